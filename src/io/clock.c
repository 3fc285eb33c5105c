/* clock_gettime; see clock.h. owns: nothing. */
#include "io/clock.h"

#include <time.h>

#include "base/bug.h"

instant_us clock_now(void)
{
    struct timespec t;
    BUG_IF(clock_gettime(CLOCK_MONOTONIC, &t) != 0);
    return (instant_us)t.tv_sec * US_PER_S + (instant_us)(t.tv_nsec / 1000);
}

int64_t clock_unix_s(void)
{
    struct timespec t;
    BUG_IF(clock_gettime(CLOCK_REALTIME, &t) != 0);
    return (int64_t)t.tv_sec;
}
