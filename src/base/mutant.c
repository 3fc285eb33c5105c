#include "base/mutant.h"

#ifdef CONCLAVE_MUTANTS
int mutant_off;
#else
typedef int mutant_unused; /* a translation unit may not be empty */
#endif
