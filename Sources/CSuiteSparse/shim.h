#include <suitesparse/cholmod.h>

// The first ordering method is an element of a C array, which Swift imports as a tuple.
static inline void csuitesparse_set_ordering(cholmod_common *common, int ordering) {
  common->nmethods = 1;
  common->method[0].ordering = ordering;
}

// Whether numbers below the normal range count as zero is a state of the processor's vector unit: it is set for a while
// and put back.
#if defined(__SSE2__)
#include <immintrin.h>
static inline unsigned csuitesparse_flush_to_zero(void) {
  unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
  return mode;
}
static inline void csuitesparse_restore(unsigned mode) { _mm_setcsr(mode); }
#else
static inline unsigned csuitesparse_flush_to_zero(void) { return 0; }
static inline void csuitesparse_restore(unsigned mode) { (void)mode; }
#endif
