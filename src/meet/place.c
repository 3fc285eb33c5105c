/* Which media process carries a member. A meeting begins in one, its home, and stays there while
 * that has time and the meeting has few members; then it spreads, and does not shrink again before
 * it ends. Both transports of a member are in one process, chosen when it opens the first.
 * knows: how many of a meeting are where, how busy each process says it is. knows not: packets.
 * owns: the meetings' spread. */
#include "base/bug.h"
#include "meet/state.h"

enum { HALF_BUSY = 50 /* percent */ };

static uint64_t bit(uint32_t media)
{
    return UINT64_C(1) << media;
}

static bool has_place(const struct meet *m, const struct meeting *g, uint32_t i)
{
    return m->media_up[i] && g->placed[i] < m->size.spread_after && m->media_busy[i] < HALF_BUSY;
}

/* Of the processes that the meeting has: its home first. */
static uint32_t among_known(const struct meet *m, const struct meeting *g)
{
    if (has_place(m, g, g->media))
        return g->media;
    for (uint32_t i = 0; i < m->size.media; i++) {
        if ((g->spread & bit(i)) && has_place(m, g, i))
            return i;
    }
    return UINT32_MAX;
}

/* One that the meeting does not have yet: with time, and the fewest members of all. */
static uint32_t a_new_one(const struct meet *m, const struct meeting *g)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < m->size.media; i++) {
        if ((g->spread & bit(i)) || !has_place(m, g, i))
            continue;
        if (best == UINT32_MAX || m->media_placed[i] < m->media_placed[best])
            best = i;
    }
    return best;
}

/* All are full or busy: where the fewest of the meeting are. */
static uint32_t the_emptiest(const struct meet *m, const struct meeting *g)
{
    uint32_t best = g->media;
    for (uint32_t i = 0; i < m->size.media; i++) {
        if ((g->spread & bit(i)) && m->media_up[i] && g->placed[i] < g->placed[best])
            best = i;
    }
    return best;
}

uint32_t meet_place_choose(const struct meet *m, const struct meeting *g)
{
    if (m->size.spread_after == 0 || m->size.media < 2)
        return g->media;
    uint32_t i = among_known(m, g);
    if (i == UINT32_MAX)
        i = a_new_one(m, g);
    return i == UINT32_MAX ? the_emptiest(m, g) : i;
}

/* The process learns of the room, its people and their tracks, before anything refers to them. */
static void spread_to(struct meet *m, struct meeting *g, uint32_t media)
{
    g->spread |= bit(media);
    g->epoch++;
    struct meet_effect *e = meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
    e->media = media;
    e->also = 0;
    meet_effect_media(m, g, MEET_MEDIA_ROOM_SPREAD);
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, struct member, node);
        if (p->waiting)
            continue;
        e = meet_effect_media(m, g, MEET_MEDIA_PEER_OPEN);
        e->media = media;
        e->also = 0;
        e->member = p->id;
    }
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, struct member, node);
        LIST_EACH(&p->tracks, node)
        meet_track_mirror(m, LIST_ENTRY(node, struct track, node), bit(media));
    }
}

void meet_place_enter(struct meet *m, struct member *p)
{
    struct meeting *g = p->meeting;
    p->media = meet_place_choose(m, g);
    if (!(g->spread & bit(p->media)))
        spread_to(m, g, p->media);
    g->placed[p->media]++;
    m->media_placed[p->media]++;
}

void meet_place_leave(struct meet *m, const struct member *p)
{
    BUG_IF(p->meeting->placed[p->media] == 0 || m->media_placed[p->media] == 0);
    p->meeting->placed[p->media]--;
    m->media_placed[p->media]--;
}

uint64_t meet_place_others(const struct meeting *g, uint32_t media)
{
    return g->spread & ~bit(media);
}

static void stale(struct meet *m, struct meeting *g, uint32_t media)
{
    g->gone |= bit(media);
    if (!g->stale)
        m->stale++;
    g->stale = true;
}

void meet_place_up(struct meet *m, uint32_t media)
{
    LIST_EACH(&m->live, it)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, node);
        if (g->spread & bit(media))
            stale(m, g, media);
    }
}

/* Without its home a meeting waits for it; without another of its processes it begins anew at once,
 * for all its people. */
void meet_place_down(struct meet *m, uint32_t media)
{
    LIST_EACH(&m->live, it)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, node);
        if (g->media != media && (g->spread & bit(media)))
            stale(m, g, media);
    }
}

void meet_place_again(struct meet *m, struct meeting *g)
{
    uint64_t living = g->spread & ~g->gone;
    g->gone = 0;
    if (living) {
        struct meet_effect *e = meet_effect_media(m, g, MEET_MEDIA_ROOM_CLOSE);
        e->media = (uint32_t)__builtin_ctzll(living);
        e->also = living & (living - 1);
        e->flag = true;
    }
    g->spread = bit(g->media);
    meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
}
