#include <suitesparse/cholmod.h>

// The first ordering method is an element of a C array, which Swift imports as a tuple.
static inline void csuitesparse_set_ordering(cholmod_common *common, int ordering) {
  common->nmethods = 1;
  common->method[0].ordering = ordering;
}
