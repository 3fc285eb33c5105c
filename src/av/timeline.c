#include "av/timeline.h"

enum { US = 1000000 };

void timeline_init(struct timeline *t, struct timeline_sender *sender, uint32_t rate)
{
    *t = (struct timeline){.sender = sender, .rate = rate};
}

/* 1900 to 1970; then 32.32 seconds as microseconds. */
static int64_t us_of(uint64_t ntp)
{
    const int64_t unix_epoch_s = 2208988800;
    return ((int64_t)(ntp >> 32) - unix_epoch_s) * US + (int64_t)((ntp & UINT32_MAX) * US >> 32);
}

static int64_t unwrap(struct timeline *t, uint32_t rtp_ts)
{
    if (!t->started)
        return rtp_ts;
    return t->ticks + (int32_t)(rtp_ts - t->last);
}

void timeline_report(struct timeline *t, uint64_t ntp, uint32_t rtp_ts, int64_t now_us)
{
    int64_t theirs = us_of(ntp);
    if (!t->sender->known)
        *t->sender = (struct timeline_sender){true, now_us - theirs};
    int64_t ticks = unwrap(t, rtp_ts);
    if (!t->started) {
        t->started = true;
        t->last = rtp_ts;
        t->ticks = ticks;
    }
    t->anchor_ticks = ticks;
    t->anchor_us = theirs + t->sender->offset_us;
}

int64_t timeline_at(struct timeline *t, uint32_t rtp_ts, int64_t now_us)
{
    int64_t ticks = unwrap(t, rtp_ts);
    if (!t->started) {
        t->anchor_ticks = ticks;
        t->anchor_us = now_us;
    }
    t->started = true;
    t->last = rtp_ts;
    t->ticks = ticks;
    /* Who jumps half a turn a frame gets far: whole seconds apart, so that nothing overflows. */
    int64_t since = ticks - t->anchor_ticks, rate = t->rate;
    return t->anchor_us + since / rate * US + since % rate * US / rate;
}
