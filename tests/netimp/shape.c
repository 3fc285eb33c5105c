/* The model of one direction; see shape.h. owns: nothing. */
#include "netimp/shape.h"

enum { BITS = 8, BELL = 12 };
#define QUEUE_US (300 * US_PER_MS)
#define HELD_BACK_US (5 * US_PER_MS) /* and a tenth of the delay */

/* splitmix64 */
static uint64_t draw(struct shape *s)
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool happens(struct shape *s, uint32_t chance)
{
    return chance > 0 && draw(s) % SHAPE_MILLION < chance;
}

/* A bell of deviation `width` around 0: the sum of twelve even draws has a variance of one. */
static duration_us bell(struct shape *s, duration_us width)
{
    if (width == 0)
        return 0;
    int64_t sum = 0;
    for (int i = 0; i < BELL; i++)
        sum += (int64_t)(draw(s) % SHAPE_MILLION);
    return (sum - BELL / 2 * (int64_t)SHAPE_MILLION) * width / SHAPE_MILLION;
}

void shape_init(struct shape *s, uint64_t seed)
{
    *s = (struct shape){.random = seed};
}

void shape_set(struct shape *s, const struct shape_rule *rule)
{
    s->rule = *rule;
    if (rule->to_bad == 0)
        s->bad = false;
}

static bool is_lost(struct shape *s)
{
    const struct shape_rule *r = &s->rule;
    if (r->to_bad > 0)
        s->bad = s->bad ? !happens(s, r->to_good) : happens(s, r->to_bad);
    return happens(s, s->bad ? r->loss_bad : r->loss_good);
}

/* True when the queue takes it; *at becomes when its last bit has left. */
static bool pass_queue(struct shape *s, uint32_t bytes, instant_us *at)
{
    const struct shape_rule *r = &s->rule;
    if (r->rate_bps == 0) {
        s->waited = 0;
        return true;
    }
    instant_us start = s->free_at > *at ? s->free_at : *at;
    if (start - *at > (r->queue > 0 ? r->queue : QUEUE_US))
        return false;
    s->waited = start - *at;
    s->free_at = start + (duration_us)((uint64_t)bytes * BITS * US_PER_S / r->rate_bps);
    *at = s->free_at;
    return true;
}

static instant_us delivered(struct shape *s, instant_us at)
{
    const struct shape_rule *r = &s->rule;
    duration_us delay = r->delay + bell(s, r->jitter);
    instant_us when = at + (delay > 0 ? delay : 0);
    if (when < s->last_at)
        when = s->last_at;
    s->last_at = when;
    return when;
}

struct shape_fate shape_packet(struct shape *s, uint32_t bytes, instant_us now)
{
    struct shape_fate fate = {0};
    s->counts.in++;
    s->counts.in_bytes += bytes;
    if (is_lost(s)) {
        s->counts.lost++;
        return fate;
    }
    instant_us at = now;
    if (!pass_queue(s, bytes, &at)) {
        s->counts.overflowed++;
        return fate;
    }
    if (happens(s, s->rule.reorder)) {
        fate.at[0] = at + s->rule.delay + s->rule.delay / 10 + HELD_BACK_US;
        s->counts.reordered++;
    } else {
        fate.at[0] = delivered(s, at);
    }
    fate.count = 1;
    if (happens(s, s->rule.duplicate)) {
        fate.at[fate.count++] = fate.at[0];
        s->counts.duplicated++;
    }
    s->counts.out += fate.count;
    s->counts.out_bytes += (uint64_t)fate.count * bytes;
    return fate;
}
