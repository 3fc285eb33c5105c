/* Gathers what a transport's subscriptions want, and sets their ceilings; see share.h.
 * knows: subscriptions. owns: nothing. */
#include "sfu/share.h"

#include "sfu/allocate.h"
#include "sfu/state.h"

enum {
    SHARE_MAX = 128, /* videos of one transport that are weighed; the rest gets its lowest */
    SHARE_VOICE_BPS = 40000, /* a talker in a slot */
    SHARE_DEEP = 60          /* percent of what is sent: below, a layer is cut at once */
};
#define SHARE_LOTS_US (180 * US_PER_S) /* everybody's turn to miss a video in an overload comes */

struct share {
    struct allocate_demand demand[SHARE_MAX];
    struct subscription *subscription[SHARE_MAX];
    size_t count;
    uint64_t audio_bps;
};

static enum allocate_priority priority_of(const struct subscription *u)
{
    if (u->track->source == IPC_SCREEN || u->priority >= 2)
        return ALLOCATE_SCREEN;
    return u->priority == 1 || u->pick.wanted >= 2 ? ALLOCATE_LARGE : ALLOCATE_SMALL;
}

static bool takes_part(const struct subscription *u)
{
    return !u->paused && !u->track->paused && track_active(u->track) != 0;
}

/* Ways to send the lowest layer with fewer pictures, and then whole: a face that moves ten times a
 * second is better than none. Higher layers are sent whole; below them is the lower layer. */
static void fill_lowest(struct allocate_demand *d, const struct subscription *u, uint8_t layer)
{
    const struct track *k = u->track;
    rate_bps bps = track_bps(k, layer);
    for (uint8_t i = 0; i + 1 < k->temporal && i + 1 < LIMIT_TEMPORAL_LAYERS; i++) {
        if (d->current != ALLOCATE_NONE && u->temporal == i)
            d->current = (int8_t)d->count;
        rate_bps part = (rate_bps)((uint64_t)bps * track_temporal_share(k, layer, i) / 1024);
        d->point[d->count++] = (struct allocate_point){part, layer, i};
    }
    if (d->current != ALLOCATE_NONE && u->temporal == LAYER_TEMPORAL_ALL)
        d->current = (int8_t)d->count;
    d->whole = d->count;
}

/* The active encodings up to the wanted one, or the lowest when all are above it. */
static void fill(struct share *h, struct subscription *u, instant_us now)
{
    struct allocate_demand *d = &h->demand[h->count];
    unsigned active = track_active(u->track);
    *d = (struct allocate_demand){
        .priority = priority_of(u), .current = ALLOCATE_NONE, .hold = ALLOCATE_POINTS};
    for (uint8_t i = 0; i < u->track->layers; i++) {
        if (!(active >> i & 1) || (i > u->pick.wanted && d->count > 0))
            continue;
        if (u->pick.target == (int8_t)i && u->pick.ceiling != PICK_NONE)
            d->current = (int8_t)d->count;
        if (now < u->hold_until && i >= u->hold_encoding && d->hold == ALLOCATE_POINTS)
            d->hold = d->count;
        if (d->count == 0)
            fill_lowest(d, u, i);
        d->point[d->count++] =
            (struct allocate_point){track_bps(u->track, i), i, LAYER_TEMPORAL_ALL};
    }
    h->subscription[h->count++] = u;
}

static size_t best_of(const struct share *h)
{
    size_t best = 0;
    for (size_t i = 1; i < h->count; i++) {
        if (h->demand[i].priority > h->demand[best].priority)
            best = i;
    }
    return best;
}

static enum overload_class class_of(const struct share *h, size_t i, size_t best)
{
    return i == best                                 ? OVERLOAD_FIRST
           : h->demand[i].priority == ALLOCATE_SMALL ? OVERLOAD_SMALL
                                                     : OVERLOAD_OTHERS;
}

static uint32_t step_between(const struct allocate_demand *d, int from, int to)
{
    uint32_t low = overload_cost(d->point[from].bps), high = overload_cost(d->point[to].bps);
    return high > low ? high - low : 0;
}

/* What this receiver's way takes of what it wants, as the process must pay for it. */
static void weigh(struct sfu *s, struct transport *t, const struct share *h)
{
    struct overload_costs c = {0};
    size_t best = best_of(h);
    bool sending = t->state == TRANSPORT_CONNECTED && t->selected;
    for (size_t i = 0; sending && i < h->count; i++) {
        const struct allocate_demand *d = &h->demand[i];
        int top = d->count - 1;
        if (d->chosen == ALLOCATE_NONE)
            continue;
        int lowest = d->chosen < d->whole ? d->chosen : d->whole;
        c.cost[class_of(h, i, best)] += overload_cost(d->point[lowest].bps);
        if (d->chosen == top && top > lowest)
            c.cost[OVERLOAD_TOP] += step_between(d, top - 1, top);
        int middle = d->chosen < top ? d->chosen : top - 1;
        if (middle > lowest)
            c.cost[OVERLOAD_MIDDLE] += step_between(d, lowest, middle);
    }
    overload_want(&s->overload, &t->weighed, &c);
}

/* A number of its own for each video, so that what is given up is spread over all meetings. Whole
 * videos take turns in it, layers do not: each change of a layer costs its publisher a picture. */
static uint32_t lot_of(const struct sfu *s, const struct subscription *u, bool turns)
{
    uint32_t lot = u->id * UINT32_C(2654435761) >> 16;
    uint32_t turned = (uint32_t)(s->now / (SHARE_LOTS_US / OVERLOAD_WHOLE));
    return (lot + (turns ? turned : 0)) % OVERLOAD_WHOLE;
}

/* Leaves what the process has time for. */
static void shed(struct share *h, const struct sfu *s)
{
    const struct overload *o = &s->overload;
    size_t best = best_of(h);
    for (size_t i = 0; i < h->count; i++) {
        struct allocate_demand *d = &h->demand[i];
        uint32_t lot = lot_of(s, h->subscription[i], false);
        uint8_t lowest = (uint8_t)(d->whole + 1);
        if (d->count > lowest && !overload_gives(o, OVERLOAD_TOP, lot))
            d->count--;
        if (d->count > lowest && !overload_gives(o, OVERLOAD_MIDDLE, lot))
            d->count = lowest;
        if (!overload_gives(o, class_of(h, i, best), lot_of(s, h->subscription[i], true)))
            d->count = 0;
        if (d->current >= (int8_t)d->count)
            d->current = (int8_t)(d->count - 1);
    }
}

static void gather(struct share *h, struct sfu *s, struct transport *t)
{
    h->count = 0;
    h->audio_bps = 0;
    LIST_EACH(&t->subscriptions, node)
    {
        struct subscription *u = LIST_ENTRY(node, struct subscription, transport_node);
        if (!u->track)
            h->audio_bps += u->paused ? 0 : SHARE_VOICE_BPS;
        if (!u->track || !takes_part(u))
            continue;
        if (u->track->kind == IPC_AUDIO)
            h->audio_bps += track_bps(u->track, 0);
        else if (h->count < SHARE_MAX)
            fill(h, u, s->now);
        else
            u->pick.ceiling = 0;
    }
}

/* Each step up that did not last makes the next attempt rarer: a switch costs a key frame, and
 * flows that share a way come to rest. */
static void hold(struct sfu *s, struct subscription *u, uint8_t from)
{
    duration_us most = from <= 1 ? SHARE_HOLD_LOW_US : SHARE_HOLD_MAX_US;
    bool failed = u->raised_at && s->now - u->raised_at < SHARE_FAILED_US;
    u->hold_us = failed && u->hold_us ? 2 * u->hold_us : SHARE_HOLD_US;
    if (u->hold_us > most)
        u->hold_us = most;
    u->hold_encoding = from;
    /* Not all at once: three to five quarters of it. */
    u->hold_until =
        s->now + u->hold_us * 3 / 4 + (duration_us)(sfu_random(s) % (uint64_t)(u->hold_us / 2));
}

static void raise(struct subscription *u, instant_us now)
{
    u->raised_at = now;
    bwe_raised(&u->transport->bwe, now);
}

static void apply(struct sfu *s, struct subscription *u, const struct allocate_demand *d)
{
    int8_t ceiling = d->chosen == ALLOCATE_NONE ? PICK_NONE : (int8_t)d->point[d->chosen].encoding;
    bool lower = d->current != ALLOCATE_NONE && d->chosen < d->current;
    if (lower)
        hold(s, u, d->point[d->current].encoding);
    else if (d->current != ALLOCATE_NONE && d->chosen > d->current)
        raise(u, s->now);
    if (d->chosen != ALLOCATE_NONE)
        u->temporal = d->point[d->chosen].temporal;
    if (ceiling == u->pick.ceiling)
        return;
    u->pick.ceiling = ceiling;
    if (ceiling == PICK_NONE) {
        pace_forget(s, u);
        count_add(&s->counters, COUNTER_SUSPENDED, 1);
    }
    subscription_choose(s, u);
}

/* The queue of the pacer is too old, the one on the way is long, or the way lost much of its width:
 * what is sent stops before its successor is there, as it would only stand in the queue that the
 * successor must pass. */
static void cut(struct sfu *s, const struct share *h)
{
    for (size_t i = 0; i < h->count; i++) {
        struct subscription *u = h->subscription[i];
        if (!pick_waiting(&u->pick) || u->pick.current <= u->pick.target)
            continue;
        pick_restart(&u->pick);
        pace_forget(s, u);
        count_add(&s->counters, COUNTER_LAYERS_CUT, 1);
    }
}

/* Silence is no measure of a way's width: the lowest layer goes on, so that its end is noticed. */
bool share_silent(const struct sfu *s, const struct transport *t)
{
    return t->bwe.mode == BWE_TWCC && t->sent.next > t->bwe.expected &&
           s->now - t->bwe.feedback_at >= SHARE_SILENT_US;
}

void share_run(struct sfu *s, struct transport *t)
{
    struct share h;
    gather(&h, s, t);
    t->shared_bps = t->bwe.rate;
    t->enough = false;
    pace_set(s, t);
    if (h.count == 0) {
        weigh(s, t, &h);
        return;
    }
    bool full = pace_delay(s, t) > PACER_FULL_US;
    bool deep = t->bwe.rate < t->used_bps / 100 * SHARE_DEEP;
    bool floor = bwe_guesses(&t->bwe) || s->now < t->fresh_until || share_silent(s, t);
    uint64_t rate = t->bwe.rate, budget = rate > h.audio_bps ? rate - h.audio_bps : 0;
    budget = full ? budget / 2 : budget;
    struct allocate_sum sum = allocate(h.demand, h.count, budget, floor);
    weigh(s, t, &h);
    if (overload_depth(&s->overload) > 0) {
        shed(&h, s);
        sum = allocate(h.demand, h.count, budget, floor);
    }
    for (size_t i = 0; i < h.count; i++)
        apply(s, h.subscription[i], &h.demand[i]);
    if (full || deep || bwe_queue_is_long(&t->bwe))
        cut(s, &h);
    t->used_bps = (rate_bps)(sum.used + h.audio_bps);
    t->enough = sum.next == sum.used && t->used_bps <= rate;
    pace_set(s, t);
    /* What a fresh picture takes beyond the estimate is a reason to look for more as well. */
    bool enough = sum.next == sum.used && (!floor || t->used_bps <= rate);
    if (enough || overload_saturated(&s->overload, s->now) || t->bwe.mode != BWE_TWCC)
        return;
    /* Enough for the next step, and for all of them where that is not far. */
    uint64_t next = (sum.next + h.audio_bps) * 125 / 100, all = (sum.all + h.audio_bps) * 120 / 100;
    uint64_t twice = 2 * rate, wanted = all < twice ? all : twice > next ? twice : next;
    if (sum.all > t->wanted_bps + t->wanted_bps / 4)
        probe_hurry(&t->bwe.probe, s->now);
    t->wanted_bps = sum.all;
    pace_probe(s, t, wanted > BWE_MAX_BPS ? BWE_MAX_BPS : (rate_bps)wanted);
}

void share_lowered(struct sfu *s, struct transport *t)
{
    if (t->bwe.rate < t->shared_bps / 100 * 97)
        share_run(s, t);
}
