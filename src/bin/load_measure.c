/* Histograms with a logarithmic scale, and the time of processes. */
#include "bin/load_measure.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* The bucket of a time: `fine` buckets to a doubling. */
static uint32_t bucket_of(uint64_t us, uint32_t fine, uint32_t buckets)
{
    if (us < fine)
        return (uint32_t)us;
    uint32_t power = 0;
    while (us >> power >= 2u * fine)
        power++;
    uint64_t at = (uint64_t)(power + 1) * fine + ((us >> power) - fine);
    return at < buckets ? (uint32_t)at : buckets - 1;
}

/* The largest time of a bucket. */
static uint64_t top_of(uint32_t bucket, uint32_t fine)
{
    if (bucket < fine)
        return bucket;
    uint32_t power = bucket / fine - 1;
    return ((uint64_t)(bucket % fine + fine + 1) << power) - 1;
}

void measure_time(struct measure_times *t, int64_t us)
{
    uint64_t v = us < 0 ? 0 : (uint64_t)us;
    t->count++;
    t->max_us = v > t->max_us ? v : t->max_us;
    t->bucket[bucket_of(v, MEASURE_FINE, MEASURE_BUCKETS)]++;
}

uint64_t measure_share(const struct measure_times *t, unsigned thousandth)
{
    uint64_t want = (t->count * thousandth + 999) / 1000, seen = 0;
    for (uint32_t i = 0; i < MEASURE_BUCKETS && t->count > 0; i++) {
        seen += t->bucket[i];
        if (seen >= want) {
            uint64_t top = top_of(i, MEASURE_FINE);
            return top < t->max_us ? top : t->max_us;
        }
    }
    return 0;
}

const char *measure_step_name(enum measure_step step)
{
    static const char *const names[STEP_COUNT_] = {"session", "inside", "address", "keys"};
    return names[step];
}

void measure_delay(struct measure_receiver *r, int64_t us)
{
    uint64_t v = us < 0 ? 0 : (uint64_t)us;
    uint32_t v32 = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
    r->delay_max_us = v32 > r->delay_max_us ? v32 : r->delay_max_us;
    r->bucket[bucket_of(v, 4, MEASURE_COARSE)]++;
}

uint64_t measure_receiver_share(const struct measure_receiver *r, unsigned thousandth)
{
    uint64_t all = 0, seen = 0;
    for (uint32_t i = 0; i < MEASURE_COARSE; i++)
        all += r->bucket[i];
    uint64_t want = (all * thousandth + 999) / 1000;
    for (uint32_t i = 0; i < MEASURE_COARSE && all > 0; i++) {
        seen += r->bucket[i];
        if (seen >= want) {
            uint64_t top = top_of(i, 4);
            return top < r->delay_max_us ? top : r->delay_max_us;
        }
    }
    return 0;
}

uint64_t measure_memory_kb(pid_t pid)
{
    char path[40];
    unsigned long long all = 0, resident = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    int n = fscanf(f, "%llu %llu", &all, &resident);
    (void)fclose(f);
    return n == 2 ? (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024 : 0;
}

/* The process's own clock: /proc/PID/stat has ticks of 10 ms, too coarse for a core that is 3 %
 * busy. */
uint64_t measure_cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}
