/* Windows, and who is told; see redundancy.h. owns: nothing. */
#include "sfu/redundancy.h"

#include "base/bug.h"
#include "sfu/state.h"

#define OF_1000(n) ((uint32_t)(n)*65536u / 1000u)

void redundancy_count(struct redundancy *r, uint32_t packets, uint32_t lost, instant_us now)
{
    if (r->packets == 0)
        r->since = now;
    r->packets += packets;
    r->lost += lost < packets ? lost : packets;
    if (r->packets < REDUNDANCY_PACKETS || now - r->since < REDUNDANCY_WINDOW_US)
        return;
    uint32_t share = (uint32_t)((uint64_t)r->lost * 65536u / r->packets);
    r->share -= r->share / REDUNDANCY_FORGETS;
    r->share = share > r->share ? share : r->share;
    r->packets = r->lost = 0;
}

static bool wants(const struct room *r)
{
    return r->losing > 0 || r->spread != 0;
}

static void tell(struct sfu *s, const struct track *k, bool carries)
{
    if (k->source == IPC_MIC && k->transport)
        effect_reply(s, IPC_TRACK_WANTED)->as.TRACK_WANTED =
            (struct ipc_track_wanted){k->id, carries ? REDUNDANCY_CARRIED : REDUNDANCY_PLAIN};
}

static void tell_all(struct sfu *s, struct room *r)
{
    r->carries = wants(r);
    LIST_EACH(&r->tracks, node)
    {
        tell(s, LIST_ENTRY(node, struct track, room_node), r->carries);
    }
}

void redundancy_turn(struct sfu *s, struct transport *t)
{
    struct redundancy *r = &t->redundancy;
    struct room *room = t->peer->room;
    if (!r->losing && r->share >= OF_1000(REDUNDANCY_BEGINS)) {
        r->losing = true;
        room->losing++;
    } else if (r->losing && r->share < OF_1000(REDUNDANCY_ENDS)) {
        redundancy_gone(t);
    }
    if (wants(room) != room->carries)
        tell_all(s, room);
}

void redundancy_gone(struct transport *t)
{
    if (!t->redundancy.losing)
        return;
    t->redundancy.losing = false;
    BUG_IF(t->peer->room->losing == 0);
    t->peer->room->losing--;
}

void redundancy_begin(struct sfu *s, struct track *k)
{
    if (k->room->carries)
        tell(s, k, true);
}
