/* What happens by itself: a tick every 10 ms. Urgent feedback each tick; each transport once in
 * ten ticks, each room once in twenty, by turns, so that no tick is long.
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

static void turn(struct sfu *s)
{
    struct handle h;
    uint32_t n = s->tick_number++;
    LIST_EACH_SAFE(&s->urgent, node, next)
    report_urgent(s, LIST_ENTRY(node, struct transport, urgent));
    for (uint32_t i = n % TURNS_TRANSPORT; i < s->transports.count; i += TURNS_TRANSPORT) {
        struct transport *t = pool_at(&s->transports, i, &h);
        if (t)
            transport_turn(s, t);
    }
    for (uint32_t i = n % TURNS_TRANSPORT; i < s->paths.count; i += TURNS_TRANSPORT) {
        struct path *p = pool_at(&s->paths, i, &h);
        if (p)
            path_turn(s, p);
    }
    for (uint32_t i = n % TURNS_ROOM; i < s->rooms.count; i += TURNS_ROOM) {
        struct room *r = pool_at(&s->rooms, i, &h);
        if (r)
            room_tell_levels(s, r);
    }
}

void timer_tick(struct sfu *s)
{
    for (int i = 0; i < CATCH_UP_MAX && s->now >= s->tick_at; i++) {
        turn(s);
        s->tick_at += TICK_US;
    }
    if (s->now >= s->tick_at) /* slept too long: start a new rhythm */
        s->tick_at = s->now + TICK_US;
}
