/* Time as an argument: microseconds on a clock that only io/ can read. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdint.h>

typedef int64_t instant_us;  /* a point on the monotonic clock */
typedef int64_t duration_us; /* a length of time */

#define US_PER_MS ((duration_us)1000)
#define US_PER_S ((duration_us)1000000)
#define INSTANT_NEVER INT64_MAX

static inline instant_us instant_min(instant_us a, instant_us b)
{
    return a < b ? a : b;
}

#endif
