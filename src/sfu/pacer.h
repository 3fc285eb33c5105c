/* The pace at which one transport's video leaves: a token bucket as one point in time (the generic
 * cell rate algorithm), so that a packet costs one product and one comparison, and a transport well
 * below its estimate never waits. Beyond the burst that passes at once, video waits in a queue of
 * references to kept packets; audio and RTCP never do. Repairs pass the queue, but take at most
 * half the pace: what is asked for beyond that is refused, and asked for again if it still matters.
 * knows: bytes, time. knows not: packets. owns: nothing. */
#ifndef SFU_PACER_H
#define SFU_PACER_H

#include "sfu/meter.h"

#define PACER_BURST_NS ((int64_t)20 * 1000 * 1000) /* of sending at the pace: leaves at once */
#define PACER_CALM_US (5 * US_PER_S)
#define PACER_QUEUE_US (250 * US_PER_MS)              /* the pace rises so that none waits longer */
#define PACER_FULL_US (300 * US_PER_MS)               /* waited longer: whole layers must go */
#define PACER_DEBT_NS ((int64_t)500 * 1000 * 1000)    /* what does not wait owes so much at most */
#define PACER_LATE_NS ((int64_t)50 * 1000 * 1000)     /* of a late loop that is made up for */
#define PACER_REPAIRS_NS ((int64_t)100 * 1000 * 1000) /* of repairs at half the pace: at once */

struct pacer {
    int64_t free_at_ns;   /* when all that left has passed at the pace */
    int64_t repaired_ns;  /* when all repairs that left have passed at half of it */
    uint32_t ns_per_byte; /* of the pace; 0: as fast as it comes */
    uint32_t first, last; /* of the queue: place + 1, 0: empty */
    uint32_t count, bytes;
};

/* The pace is five quarters of the estimate, or what empties the queue in PACER_QUEUE_US. */
static inline void pacer_set(struct pacer *p, rate_bps estimate)
{
    uint64_t bps = (uint64_t)estimate * 5 / 4;
    uint64_t drain = (uint64_t)p->bytes * 8 * (uint64_t)US_PER_S / (uint64_t)PACER_QUEUE_US;
    if (drain > bps)
        bps = drain;
    p->ns_per_byte = bps ? (uint32_t)(UINT64_C(8000000000) / bps) : 0;
}

/* True when a packet of video must wait. */
static inline bool pacer_holds(const struct pacer *p, instant_us now)
{
    return p->count > 0 || p->free_at_ns > now * 1000 + PACER_BURST_NS;
}

/* True when the first of the queue may leave. */
static inline bool pacer_lets(const struct pacer *p, instant_us now)
{
    return p->free_at_ns <= now * 1000;
}

static inline void pacer_left(struct pacer *p, uint32_t bytes, instant_us now)
{
    /* A loop that comes late to what waits sends what it owes: the pace is no slower for it. */
    int64_t late = p->count > 0 ? PACER_LATE_NS : 0, least = now * 1000 - late;
    int64_t from = p->free_at_ns > least ? p->free_at_ns : least;
    int64_t most = now * 1000 + PACER_DEBT_NS;
    p->free_at_ns = from + (int64_t)bytes * p->ns_per_byte;
    if (p->free_at_ns > most)
        p->free_at_ns = most;
}

/* True when a repair may leave. */
static inline bool pacer_repairs(const struct pacer *p, instant_us now)
{
    return p->repaired_ns <= now * 1000 + PACER_REPAIRS_NS;
}

static inline void pacer_repaired(struct pacer *p, uint32_t bytes, instant_us now)
{
    int64_t from = p->repaired_ns > now * 1000 ? p->repaired_ns : now * 1000;
    p->repaired_ns = from + 2 * (int64_t)bytes * p->ns_per_byte;
}

static inline instant_us pacer_deadline(const struct pacer *p)
{
    return p->count > 0 ? p->free_at_ns / 1000 + 1 : INSTANT_NEVER;
}

#endif
