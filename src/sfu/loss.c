/* Windows, the test for more than chance, and the trial; see loss.h. owns: nothing. */
#include "sfu/loss.h"

enum { WINDOW_PACKETS = 40 };
#define WINDOW_US (400 * US_PER_MS)

static const double QUEUE_EXCESS = 0.03; /* beside a queue, this much more than usual is enough */
static const double TRIAL_EXCESS = 0.15; /* without one, a trial needs more: it costs quality */
static const double HELPED = 0.6;        /* the excess must fall below this part of itself */
static const double GROW = 0.05;         /* of the bound, a window */

void loss_init(struct loss *l)
{
    *l = (struct loss){.state = LOSS_FREE};
}

/* More than chance: over three standard deviations of n draws above the usual. */
static bool is_more(const struct loss *l)
{
    double n = l->packets, expected = n * l->usual, over = l->lost - expected;
    return over > 0 && over * over > 9 * (expected * (1 - l->usual) + 0.5);
}

static rate_bps through(const struct loss *l, const struct loss_facts *f)
{
    double usual = l->usual > 0.5 ? 0.5 : l->usual;
    double bps = (double)f->acked / (1 - usual);
    return bps > (double)f->rate ? f->rate : (rate_bps)bps;
}

static void follow(struct loss *l, double share)
{
    l->usual += (share < l->usual ? 0.3 : 0.15) * (share - l->usual);
}

static void judge_free(struct loss *l, double share, const struct loss_facts *f)
{
    double excess = share - l->usual;
    bool more = is_more(l);
    if (more && f->queue && excess > QUEUE_EXCESS) {
        l->state = LOSS_HELD;
        l->bound = through(l, f);
        l->skip = 1;
    } else if (more && excess > TRIAL_EXCESS) {
        l->state = LOSS_TRIAL;
        l->tried = share;
        l->before = f->rate;
        l->bound = through(l, f) / 100 * 85;
        l->skip = 1;
    } else if (!f->queue || share < l->usual) {
        follow(l, share);
    }
}

static void judge_trial(struct loss *l, double share, const struct loss_facts *f)
{
    double before = l->tried - l->usual;
    if (f->queue || share - l->usual < HELPED * before) {
        l->state = LOSS_HELD;
        l->before = 0;
        return;
    }
    l->usual = share;
    l->state = LOSS_FREE;
}

static void judge_held(struct loss *l, double share, const struct loss_facts *f)
{
    if (is_more(l) && share - l->usual > QUEUE_EXCESS) {
        rate_bps now = through(l, f);
        l->bound = now < l->bound ? now : l->bound;
        l->skip = 1;
        /* What stays although no queue stands and less is sent is chance after all. */
        if (!f->queue)
            follow(l, share);
        return;
    }
    follow(l, share);
    uint64_t next = l->bound + (uint64_t)((double)l->bound * GROW);
    if (next > 2 * (uint64_t)f->rate)
        l->state = LOSS_FREE;
    else
        l->bound = (rate_bps)next;
}

static void judge(struct loss *l, const struct loss_facts *f)
{
    double share = (double)l->lost / l->packets;
    if (!l->known) {
        l->known = !f->queue;
        l->usual = l->known ? share : 0;
        return;
    }
    if (l->skip > 0) {
        l->skip--;
        return;
    }
    switch (l->state) {
    case LOSS_FREE:
        judge_free(l, share, f);
        return;
    case LOSS_TRIAL:
        judge_trial(l, share, f);
        return;
    case LOSS_HELD:
        judge_held(l, share, f);
        return;
    }
}

bool loss_count(struct loss *l, uint32_t packets, uint32_t lost, const struct loss_facts *f,
                instant_us now)
{
    if (l->since == 0)
        l->since = now;
    l->packets += packets;
    l->lost += lost;
    if (l->packets < WINDOW_PACKETS || now - l->since < WINDOW_US)
        return false;
    judge(l, f);
    l->packets = l->lost = 0;
    l->since = now;
    return true;
}

rate_bps loss_bound(const struct loss *l)
{
    return l->state == LOSS_FREE ? UINT32_MAX : l->bound;
}

void loss_proved(struct loss *l, rate_bps bps)
{
    if (l->state == LOSS_HELD && bps > l->bound)
        l->bound = bps;
}

rate_bps loss_take_back(struct loss *l)
{
    rate_bps before = l->state == LOSS_FREE ? l->before : 0;
    if (before)
        l->before = 0;
    return before;
}
