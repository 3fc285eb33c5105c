/* A window of half a second: loss and queue of it decide the step. */
#include "client/rate.h"

enum {
    REFERENCE_US = 64000,
    DELTA_US = 250,
    QUEUE_MAX_US = 50000, /* standing queue that is taken for overload */
    LOSS_HIGH = 10,       /* percent: down */
    LOSS_LOW = 2,         /* percent: up below it */
    TELL_PERCENT = 5,
};
#define WINDOW_US (500 * US_PER_MS)
#define FLOOR_US (10 * US_PER_S)

void rate_init(struct rate *r)
{
    memset(r, 0, sizeof *r);
    for (int i = 0; i < RATE_SENT; i++)
        r->sent[i].at = INSTANT_NEVER;
    r->floor[0] = r->floor[1] = INT64_MAX;
    r->bps = RATE_START_BPS;
}

void rate_sent(struct rate *r, uint16_t seq, size_t bytes, instant_us now)
{
    r->sent[seq % RATE_SENT] = (struct rate_sent){now, (uint32_t)bytes, seq};
    if (r->window_at == 0)
        r->window_at = now;
}

/* The clocks differ by a constant and a drift: the floor is that of the last ten to twenty seconds.
 */
static void take_delay(struct rate *r, int64_t apart, instant_us now)
{
    if (now >= r->floor_until) {
        r->floor[1] = r->floor[0];
        r->floor[0] = INT64_MAX;
        r->floor_until = now + FLOOR_US;
    }
    if (apart < r->floor[0])
        r->floor[0] = apart;
    int64_t floor = r->floor[0] < r->floor[1] ? r->floor[0] : r->floor[1];
    r->queue_us += (apart - floor - r->queue_us) / 16;
}

static void take_status(struct rate *r, const struct rtcp_twcc_status *s, int64_t arrival,
                        instant_us now)
{
    struct rate_sent *p = &r->sent[s->seq % RATE_SENT];
    if (p->at == INSTANT_NEVER || p->seq != s->seq)
        return;
    if (s->received) {
        r->acked++;
        r->acked_bytes += p->bytes;
        take_delay(r, arrival - p->at, now);
    } else {
        r->lost++;
    }
    p->at = INSTANT_NEVER;
}

static uint32_t clamp(uint64_t bps)
{
    return bps < RATE_MIN_BPS ? RATE_MIN_BPS : bps > RATE_MAX_BPS ? RATE_MAX_BPS : (uint32_t)bps;
}

static void step(struct rate *r, instant_us now)
{
    uint64_t took = (uint64_t)(now - r->window_at);
    uint64_t acked_bps = r->acked_bytes * 8 * 1000000u / took;
    uint32_t all = r->acked + r->lost;
    uint32_t loss = all > 0 ? r->lost * 100 / all : 0;
    if (r->queue_us > QUEUE_MAX_US || loss >= LOSS_HIGH) {
        uint64_t down = acked_bps * 85 / 100;
        r->bps = clamp(down < r->bps ? down : (uint64_t)r->bps * 85 / 100);
    } else if (loss < LOSS_LOW) {
        /* A path that was not tried says nothing: never above twice of what went through. */
        uint64_t up = (uint64_t)r->bps + (uint64_t)r->bps / 20 + 1000;
        uint64_t top = acked_bps * 2 > r->bps ? acked_bps * 2 : r->bps;
        r->bps = clamp(up < top ? up : top);
    }
    r->window_at = now;
    r->acked_bytes = 0;
    r->acked = r->lost = 0;
}

bool rate_feedback(struct rate *r, const struct rtcp_twcc *t, instant_us now)
{
    struct rtcp_twcc_walk walk;
    struct rtcp_twcc_status s;
    int64_t arrival = (int64_t)t->reference * REFERENCE_US;
    rtcp_twcc_walk_init(&walk, t);
    while (rtcp_twcc_next(&walk, &s)) {
        arrival += s.received ? s.delta * DELTA_US : 0;
        take_status(r, &s, arrival, now);
    }
    if (r->window_at == 0 || now - r->window_at < WINDOW_US)
        return false;
    step(r, now);
    uint32_t apart = r->bps > r->told_bps ? r->bps - r->told_bps : r->told_bps - r->bps;
    if ((uint64_t)apart * 100 < (uint64_t)r->told_bps * TELL_PERCENT)
        return false;
    r->told_bps = r->bps;
    return true;
}
