/* The one place that asks what time it is.
 * knows: the kernel's clocks. knows not: what time is needed for. owns: nothing. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include "base/instant.h"

/* Microseconds since an arbitrary point of this boot; never goes back. */
instant_us clock_now(void);
/* Seconds since 1970 by the wall clock, for certificates and records only. */
int64_t clock_unix_s(void);

#endif
