/* What happens by itself: a tick every 10 ms. Urgent feedback each tick; each transport once in
 * ten ticks, each room once in twenty, by turns, so that no tick is long. Where there are few
 * transports, ticks are left out as long as none is needed.
 * knows: the rhythm. knows not: what is due. owns: nothing. */
#include "sfu/state.h"

enum { TURNS_TRANSPORT = 10, TURNS_ROOM = 20, CATCH_UP_MAX = 10 };
#define TICK_US (10 * US_PER_MS)

/* Consent ended for the address that we send to (or, before any nomination, were to send to). */
static bool is_lost(const struct sfu *s, const struct transport *t)
{
    if (t->ice.started)
        return ice_lost(&t->ice, s->now);
    return !t->latest || s->now >= t->latest->valid_until;
}

static void transport_turn(struct sfu *s, struct transport *t)
{
    if (t->state == TRANSPORT_CONNECTED && is_lost(s, t)) {
        /* Kept, so that an ICE restart can revive it; its sockets are of no more use. */
        while (t->path_count > 0)
            path_close(s, t->paths[t->path_count - 1]);
        transport_set_state(s, t, TRANSPORT_FAILED, ERR_CLOSED);
    }
    LIST_EACH(&t->tracks, node)
    track_watch(s, LIST_ENTRY(node, struct track, transport_node), s->now);
    LIST_EACH(&t->subscriptions, node)
    {
        /* A key frame that was lost on its way is asked for again, as often as the throttle lets.
         */
        struct subscription *u = LIST_ENTRY(node, struct subscription, transport_node);
        if (!u->paused && pick_waiting(&u->pick))
            subscription_choose(s, u);
    }
    if (s->now >= t->share_at) {
        t->share_at = s->now + SHARE_EVERY_US;
        /* Who has no time reads feedback late, and not all of it: that is no silence. */
        bool waiting = t->sent.next > t->bwe.expected && !overload_saturated(&s->overload, s->now);
        bwe_tick(&t->bwe, t->pacer.free_at_ns > 0, waiting, s->now);
        share_run(s, t);
        redundancy_turn(s, t);
    }
    report_regular(s, t);
}

static void path_turn(struct sfu *s, struct path *p)
{
    /* A selected path outlives its consent only under transport_turn, which says so to front. */
    bool kept =
        p->transport && p == p->transport->selected && p->transport->state == TRANSPORT_CONNECTED;
    if (!kept && s->now >= p->valid_until)
        path_close(s, p);
}

/* One transport in ten, where there are many. */
static void transports_turn(struct sfu *s, uint32_t n)
{
    struct handle h;
    for (uint32_t i = n % TURNS_TRANSPORT; i < s->transports.high; i += TURNS_TRANSPORT) {
        struct transport *t = pool_at(&s->transports, i, &h);
        if (t)
            transport_turn(s, t);
    }
}

/* All of them, where there are few; also finds when the next feedback is due. */
static void transports_all(struct sfu *s)
{
    struct handle h;
    s->feedback_at = INSTANT_NEVER;
    for (uint32_t i = 0; i < s->transports.high; i++) {
        struct transport *t = pool_at(&s->transports, i, &h);
        if (!t)
            continue;
        transport_turn(s, t);
        if (t->twcc)
            s->feedback_at = instant_min(s->feedback_at, twcc_deadline(t->twcc));
    }
}

static void turn(struct sfu *s, bool few)
{
    struct handle h;
    uint32_t n = s->tick_number++;
    LIST_EACH_SAFE(&s->urgent, node, next)
    report_urgent(s, LIST_ENTRY(node, struct transport, urgent));
    if (!few)
        transports_turn(s, n);
    for (uint32_t i = n % TURNS_TRANSPORT; i < s->paths.high; i += TURNS_TRANSPORT) {
        struct path *p = pool_at(&s->paths, i, &h);
        if (p)
            path_turn(s, p);
    }
    for (uint32_t i = n % TURNS_ROOM; i < s->rooms.high; i += TURNS_ROOM) {
        struct room *r = pool_at(&s->rooms, i, &h);
        if (r)
            room_tell_levels(s, r);
        if (r && r->spread)
            mirror_turn(s, r);
    }
}

/* A wake-up costs more than the turn of a few transports. So few have their turn together, and with
 * nothing urgent and no feedback due, up to ten ticks become one. */
static bool are_few(const struct sfu *s)
{
    enum { FEW = 256 };
    return s->transports.high <= FEW;
}

duration_us timer_slack(const struct sfu *s)
{
    if (!are_few(s) || !list_empty(&s->urgent) || s->feedback_at <= s->tick_at)
        return 0;
    return instant_min(s->feedback_at - s->tick_at, (CATCH_UP_MAX - 1) * TICK_US);
}

void timer_tick(struct sfu *s, duration_us busy_us)
{
    bool few = are_few(s);
    /* What passed while there was nothing to do is no delay. */
    duration_us lag = s->now > s->tick_at ? instant_min(s->now - s->tick_at, busy_us) : 0;
    const uint64_t *count = s->counters.value;
    const struct overload_work work = {busy_us, lag, s->tick_number, count[COUNTER_RTP_OUT],
                                       count[COUNTER_SEND_CALLS]};
    if (overload_tick(&s->overload, &work, s->now))
        count_add(&s->counters, COUNTER_OVERLOADS, 1);
    if (s->now >= s->pace_at)
        pace_run(s);
    if (s->now < s->tick_at)
        return;
    for (int i = 0; i < CATCH_UP_MAX && s->now >= s->tick_at; i++) {
        turn(s, few);
        s->tick_at += TICK_US;
    }
    if (few)
        transports_all(s);
    if (s->now >= s->tick_at) /* slept too long: start a new rhythm */
        s->tick_at = s->now + TICK_US;
}
