/* Bytes a second over the last half second or second: eight buckets of time, the oldest of which
 * leaves as a new one begins. knows: time. knows not: what is counted. owns: nothing. */
#ifndef SFU_METER_H
#define SFU_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

typedef uint32_t rate_bps; /* bits a second */

enum {
    METER_BUCKETS = 8,
    METER_HALF_SECOND = 16, /* shift: buckets of 65.5 ms */
    METER_SECOND = 17,      /* 131 ms */
};

struct meter {
    instant_us first; /* when counting began */
    int64_t newest;   /* number of the youngest bucket */
    uint32_t bucket[METER_BUCKETS];
    uint8_t shift; /* a bucket lasts 2^shift us; 0: nothing was counted yet */
};

static inline void meter_roll(struct meter *m, instant_us now)
{
    int64_t bucket = now >> m->shift;
    if (bucket - m->newest >= METER_BUCKETS)
        m->newest = bucket - METER_BUCKETS;
    for (int64_t i = m->newest + 1; i <= bucket; i++)
        m->bucket[i % METER_BUCKETS] = 0;
    if (bucket > m->newest)
        m->newest = bucket;
}

/* `now` may be a little late, never negative: it then counts for the youngest bucket. */
static inline void meter_add(struct meter *m, uint32_t bytes, uint8_t shift, instant_us now)
{
    if (m->shift == 0)
        *m = (struct meter){.first = now, .newest = now >> shift, .shift = shift};
    if (now >> shift != m->newest)
        meter_roll(m, now);
    m->bucket[m->newest % METER_BUCKETS] += bytes;
}

/* True when a quarter of the window has passed since counting began: before, a rate says little. */
static inline bool meter_ready(const struct meter *m, instant_us now)
{
    return m->shift != 0 && now - m->first >= (instant_us)2 << m->shift;
}

static inline rate_bps meter_bps(struct meter *m, instant_us now)
{
    uint64_t sum = 0;
    if (m->shift == 0)
        return 0;
    meter_roll(m, now);
    for (int i = 0; i < METER_BUCKETS; i++)
        sum += m->bucket[i];
    instant_us begin = (m->newest - METER_BUCKETS + 1) << m->shift;
    instant_us since = now - (begin > m->first ? begin : m->first);
    if (since < (instant_us)1 << m->shift)
        since = (instant_us)1 << m->shift;
    uint64_t bps = sum * 8u * (uint64_t)US_PER_S / (uint64_t)since;
    return bps > UINT32_MAX ? UINT32_MAX : (rate_bps)bps;
}

/* The highest rate over two whole buckets in a row among the last three: what came while it came.
 */
static inline rate_bps meter_peak_bps(struct meter *m, instant_us now)
{
    uint64_t most = 0;
    if (m->shift == 0)
        return 0;
    meter_roll(m, now);
    for (int64_t i = m->newest - 1; i >= 1 && i > m->newest - 3; i--) {
        uint64_t sum = (uint64_t)m->bucket[i % METER_BUCKETS] + m->bucket[(i - 1) % METER_BUCKETS];
        most = sum > most ? sum : most;
    }
    uint64_t bps = most * 8u * (uint64_t)US_PER_S >> (m->shift + 1);
    return bps > UINT32_MAX ? UINT32_MAX : (rate_bps)bps;
}

#endif
