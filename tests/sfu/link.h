/* A link in virtual time: a rate that changes, one queue in front of it that drops what comes when
 * it is full, a delay, jitter that never reorders, and loss in two states (Gilbert). Seeded.
 * owns: nothing outside its struct. */
#ifndef TESTS_SFU_LINK_H
#define TESTS_SFU_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum { LINK_LOST = -1, LINK_WAITS = 2000 /* histogram of waiting, in ms */ };

struct link {
    uint64_t rate_bps;
    duration_us queue_us; /* longest wait that it takes */
    duration_us delay, jitter;
    double to_bad, to_good, loss_good, loss_bad; /* Gilbert; probabilities a packet */
    bool bad;
    uint64_t seed;
    instant_us free_at, last_out;
    /* what happened */
    uint64_t bytes, packets, dropped, lost;
    uint32_t waited[LINK_WAITS];
};

static inline double link_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 11) / 9007199254740992.0;
}

/* What waits keeps its bytes: its time changes with the rate. */
static inline void link_set_rate(struct link *l, uint64_t rate_bps, instant_us now)
{
    if (l->free_at > now)
        l->free_at =
            now + (instant_us)((double)(l->free_at - now) * (double)l->rate_bps / (double)rate_bps);
    l->rate_bps = rate_bps;
}

static inline bool link_loses(struct link *l)
{
    double x = link_random(&l->seed);
    if (l->bad ? x < l->to_good : x < l->to_bad)
        l->bad = !l->bad;
    return link_random(&l->seed) < (l->bad ? l->loss_bad : l->loss_good);
}

/* When it arrives, or LINK_LOST. */
static inline instant_us link_send(struct link *l, uint32_t bytes, instant_us now)
{
    instant_us start = l->free_at > now ? l->free_at : now;
    duration_us wait = start - now;
    if (wait > l->queue_us) {
        l->dropped++;
        return LINK_LOST;
    }
    l->waited[wait / 1000 < LINK_WAITS ? wait / 1000 : LINK_WAITS - 1]++;
    l->free_at = start + (instant_us)((uint64_t)bytes * 8000000u / l->rate_bps);
    l->packets++;
    if (link_loses(l)) {
        l->lost++;
        return LINK_LOST;
    }
    l->bytes += bytes;
    instant_us out = l->free_at + l->delay;
    if (l->jitter > 0)
        out += (instant_us)(link_random(&l->seed) * (double)l->jitter);
    if (out < l->last_out)
        out = l->last_out;
    l->last_out = out;
    return out;
}

/* The wait in ms that this share of packets did not exceed. */
static inline uint32_t link_wait_ms(const struct link *l, double share)
{
    uint64_t all = 0, sum = 0;
    for (int i = 0; i < LINK_WAITS; i++)
        all += l->waited[i];
    for (uint32_t i = 0; i < LINK_WAITS; i++) {
        sum += l->waited[i];
        if ((double)sum >= share * (double)all)
            return i;
    }
    return LINK_WAITS;
}

/* A TCP sender after Reno: slow start, a packet more each round trip, half after a loss, one after
 * silence. Its packets and acknowledgements are events of the caller. */
struct reno {
    double window, threshold;
    uint32_t next, flying, recover; /* packet numbers */
    uint32_t left;                  /* packets still to send; UINT32_MAX: for ever */
    instant_us heard_at;
    uint64_t acked;
    bool active;
};

enum { RENO_PACKET = 1240 };

static inline void reno_start(struct reno *r, uint32_t packets, instant_us now)
{
    *r = (struct reno){
        .window = 3, .threshold = 1e9, .left = packets, .heard_at = now, .active = true};
}

static inline bool reno_may_send(const struct reno *r)
{
    return r->active && r->left > 0 && r->flying < (uint32_t)r->window;
}

static inline uint32_t reno_send(struct reno *r)
{
    r->flying++;
    if (r->left != UINT32_MAX)
        r->left--;
    return r->next++;
}

static inline void reno_acked(struct reno *r, instant_us now)
{
    r->heard_at = now;
    r->acked++;
    r->flying -= r->flying > 0;
    r->window += r->window < r->threshold ? 1 : 1 / r->window;
    if (r->left == 0 && r->flying == 0)
        r->active = false;
}

/* Three later ones were acknowledged: the link does not reorder, so this one is gone. */
static inline void reno_lost(struct reno *r, uint32_t number)
{
    r->flying -= r->flying > 0;
    if (r->left != UINT32_MAX)
        r->left++;
    if ((int32_t)(number - r->recover) < 0)
        return;
    r->recover = r->next;
    r->threshold = r->window / 2 > 2 ? r->window / 2 : 2;
    r->window = r->threshold;
}

static inline void reno_tick(struct reno *r, instant_us now)
{
    if (!r->active || now - r->heard_at < US_PER_S)
        return;
    if (r->left != UINT32_MAX)
        r->left += r->flying;
    r->threshold = r->window / 2 > 2 ? r->window / 2 : 2;
    r->window = 1;
    r->flying = 0;
    r->recover = r->next;
    r->heard_at = now;
}

#endif
