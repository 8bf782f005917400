// OpenBLAS brings LAPACK and the CBLAS functions. The CBLAS prototypes are taken from GSL's header:
// OpenBLAS's own declare the same enumerations differently, which one program cannot import twice.
#include <gsl/gsl_cblas.h>
#include <lapacke.h>

void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
char *openblas_get_corename(void);
