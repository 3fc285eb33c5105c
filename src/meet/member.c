/* Members come, resume, speak, go away and leave; meetings begin with the first and end with the
 * last. knows: roles as proven facts, the 30 seconds of grace. knows not: proofs, sockets.
 * owns: the members' and meetings' life. */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"

/* ---- meetings ---- */

struct meeting *meet_find(const struct meet *m, const char *id)
{
    LIST_EACH(&m->live, it)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, node);
        if (strcmp(g->id, id) == 0)
            return g;
    }
    return NULL;
}

/* The media process with the fewest members, or UINT32_MAX when none is up. */
static uint32_t media_choose(const struct meet *m)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < m->size.media; i++)
        if (m->media_up[i] && (best == UINT32_MAX || m->media_load[i] < m->media_load[best]))
            best = i;
    return best;
}

/* NULL when there is no room for it. */
static struct meeting *meeting_open(struct meet *m, const char *id)
{
    struct handle h;
    uint32_t media = media_choose(m);
    struct meeting *g = media == UINT32_MAX ? NULL : pool_take(&m->meetings, &h);
    if (!g)
        return NULL;
    g->self = h;
    g->media = media;
    g->room = meet_id_take(m, KEY_ROOM, h);
    memcpy(g->id, id, sizeof g->id);
    list_init(&g->members);
    list_append(&m->live, &g->node);
    meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
    return g;
}

static void meeting_close(struct meet *m, struct meeting *g)
{
    meet_effect_media(m, g, MEET_MEDIA_ROOM_CLOSE);
    if (g->stale)
        m->stale--;
    list_remove(&g->node);
    meet_id_give(m, KEY_ROOM, g->room);
    pool_give(&m->meetings, g->self);
}

static void peer_effect(struct meet *m, const struct member *p, enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_media(m, p->meeting, type);
    e->member = p->id;
}

/* Its media process is new: tell it who is here, and the members that their media is gone. */
void meet_reopen(struct meet *m, struct meeting *g)
{
    g->stale = false;
    m->stale--;
    meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
    /* First, and untold: media_restarted says it, and a word for each would be N * N words. */
    LIST_EACH(&g->members, it)
    {
        meet_subscriptions_drop(m, LIST_ENTRY(it, struct member, node));
    }
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        meet_media_drop_all(m, p, true);
        p->missed_restart = p->session == 0;
        peer_effect(m, p, MEET_MEDIA_PEER_OPEN);
    }
    meet_event_room(m, g, 0, MEET_EVENT_MEDIA_RESTARTED);
}

/* ---- members ---- */

static void session_bind(struct meet *m, struct member *p, uint64_t session)
{
    p->session = session;
    BUG_IF(!map_put(&m->sessions, session, handle_pack(p->self)));
}

static void session_unbind(struct meet *m, struct member *p)
{
    if (p->session != 0)
        map_remove(&m->sessions, p->session);
    p->session = 0;
}

static void name_set(struct member *p, struct span name)
{
    p->name_len = (uint32_t)(name.len < sizeof p->name ? name.len : sizeof p->name);
    memcpy(p->name, name.ptr, p->name_len);
}

static struct member *member_open(struct meet *m, struct meeting *g, const struct meet_join *j)
{
    struct handle h;
    struct member *p = pool_take(&m->members, &h);
    if (!p)
        return NULL;
    p->self = h;
    p->id = meet_id_take(m, KEY_MEMBER, h);
    p->meeting = g;
    p->role = j->role;
    memcpy(p->resume, j->fresh, sizeof p->resume);
    name_set(p, j->name);
    list_init(&p->away_node);
    list_init(&p->transports);
    list_init(&p->tracks);
    list_init(&p->subscriptions);
    list_append(&g->members, &p->node);
    g->count++;
    m->media_load[g->media]++;
    return p;
}

/* Takes the member out; others hear it when `tell`. The caller closes an empty meeting. */
static void member_close(struct meet *m, struct member *p, enum meet_left how, bool tell)
{
    struct meeting *g = p->meeting;
    meet_media_drop_all(m, p, tell);
    peer_effect(m, p, MEET_MEDIA_PEER_CLOSE);
    session_unbind(m, p);
    list_remove(&p->away_node);
    list_remove(&p->node);
    g->count--;
    m->media_load[g->media]--;
    if (tell) {
        struct meet_effect *e = meet_event_room(m, g, 0, MEET_EVENT_MEMBER_LEFT);
        e->member = p->id;
        e->left = (uint8_t)how;
    }
    meet_id_give(m, KEY_MEMBER, p->id);
    pool_give(&m->members, p->self);
}

static void member_go(struct meet *m, struct member *p, enum meet_left how)
{
    struct meeting *g = p->meeting;
    member_close(m, p, how, true);
    if (g->count == 0)
        meeting_close(m, g);
}

static void away_event(struct meet *m, const struct member *p, bool away)
{
    struct meet_effect *e = meet_event_room(m, p->meeting, p->id, MEET_EVENT_MEMBER_AWAY);
    e->member = p->id;
    e->flag = away;
}

/* ---- joining ---- */

static void welcome(struct meet *m, const struct member *p, uint32_t number, bool resumed)
{
    struct meet_effect *e = meet_event_member(m, p, MEET_REPLY_WELCOME);
    e->number = number;
    e->member = p->id;
    e->role = (uint8_t)p->role;
    e->flag = resumed;
    LIST_EACH(&p->meeting->members, it)
    {
        const struct member *other = LIST_ENTRY(it, const struct member, node);
        if (other == p || other->session != 0)
            continue;
        e = meet_event_member(m, p, MEET_EVENT_MEMBER_AWAY);
        e->member = other->id;
        e->flag = true;
    }
}

static struct member *member_resumable(const struct meeting *g, const struct meet_join *j)
{
    if (!j->has_resume)
        return NULL;
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        /* Hashes of random tokens: how long the comparison takes tells nothing. */
        if (memcmp(p->resume, j->resume, sizeof p->resume) == 0)
            return p;
    }
    return NULL;
}

/* The same member on a new connection; the old one, if it is still up, is hung up. */
static void member_resume(struct meet *m, struct member *p, const struct meet_command *in)
{
    bool was_away = p->session == 0;
    if (!was_away) {
        struct meet_effect *e = meet_event_member(m, p, MEET_HANG_UP);
        e->flag = true;
        session_unbind(m, p);
    }
    list_remove(&p->away_node);
    session_bind(m, p, in->session);
    welcome(m, p, in->number, true);
    if (was_away)
        away_event(m, p, false);
    if (p->missed_restart)
        meet_event_member(m, p, MEET_EVENT_MEDIA_RESTARTED);
    p->missed_restart = false;
}

static void member_enter(struct meet *m, struct meeting *g, const struct meet_command *in)
{
    struct member *p = member_open(m, g, &in->as.join);
    if (!p) {
        if (g->count == 0)
            meeting_close(m, g);
        meet_reply(m, in, MEET_BUSY);
        return;
    }
    session_bind(m, p, in->session);
    peer_effect(m, p, MEET_MEDIA_PEER_OPEN);
    welcome(m, p, in->number, false);
    struct meet_effect *e = meet_event_room(m, g, p->id, MEET_EVENT_MEMBER_JOINED);
    e->member = p->id;
    e->role = (uint8_t)p->role;
    e->bytes = span_of(p->name, p->name_len);
}

void meet_member_join(struct meet *m, const struct meet_command *in, instant_us now)
{
    const struct meet_join *j = &in->as.join;
    (void)now;
    struct meeting *g = meet_find(m, j->meeting);
    struct member *old = g ? member_resumable(g, j) : NULL;
    if (old) {
        member_resume(m, old, in);
        return;
    }
    if (!g)
        g = meeting_open(m, j->meeting);
    if (!g)
        meet_reply(m, in, MEET_BUSY);
    else if (g->count >= m->size.room_members)
        meet_reply(m, in, MEET_FULL);
    else
        member_enter(m, g, in);
}

/* ---- what members do ---- */

void meet_member_rename(struct meet *m, struct member *p, const struct meet_command *in)
{
    name_set(p, in->as.sealed.bytes);
    meet_reply(m, in, MEET_OK);
    struct meet_effect *e = meet_event_room(m, p->meeting, p->id, MEET_EVENT_MEMBER_CHANGED);
    e->member = p->id;
    e->bytes = span_of(p->name, p->name_len);
}

void meet_member_chat(struct meet *m, struct member *p, const struct meet_command *in)
{
    meet_reply(m, in, MEET_OK);
    struct meet_effect *e = meet_event_room(m, p->meeting, p->id, MEET_EVENT_CHAT);
    e->member = p->id;
    e->bytes = in->as.sealed.bytes;
}

static void ended_event(struct meet *m, const struct member *p, enum meet_end why)
{
    struct meet_effect *e = meet_event_member(m, p, MEET_EVENT_ENDED);
    if (e)
        e->end = (uint8_t)why;
}

void meet_member_remove(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct member *other = meet_id_find(m, KEY_MEMBER, in->as.thing.id);
    if (!other || !DEFENCE(22, other->meeting == p->meeting)) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    if (other == p) {
        meet_reply(m, in, MEET_CONFLICT);
        return;
    }
    meet_reply(m, in, MEET_OK);
    ended_event(m, other, MEET_END_REMOVED);
    member_go(m, other, MEET_REMOVED);
}

void meet_end(struct meet *m, struct meeting *g, enum meet_end why)
{
    LIST_EACH_SAFE(&g->members, it, next)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        ended_event(m, p, why);
        member_close(m, p, MEET_LEFT, false);
    }
    memcpy(m->ended_id, g->id, sizeof m->ended_id);
    struct meet_effect *e = meet_effect_add(m, MEET_STORE_END);
    e->bytes = span_str(m->ended_id);
    meeting_close(m, g);
}

void meet_member_end(struct meet *m, struct member *p, const struct meet_command *in)
{
    meet_reply(m, in, MEET_OK);
    meet_end(m, p->meeting, MEET_END_HOST);
}

void meet_member_leave(struct meet *m, struct member *p, const struct meet_command *in)
{
    meet_reply(m, in, MEET_OK);
    meet_event_member(m, p, MEET_HANG_UP);
    member_go(m, p, MEET_LEFT);
}

/* ---- losing the connection ---- */

void meet_member_lost(struct meet *m, uint64_t session, instant_us now)
{
    struct member *p = meet_member_of(m, session);
    if (!p)
        return;
    session_unbind(m, p);
    p->away_until = now + MEET_GRACE_US;
    list_append(&m->away, &p->away_node);
    away_event(m, p, true);
}

/* One a tick: the deadline of the next has passed too, so the shell comes straight back. */
void meet_member_expire(struct meet *m, instant_us now)
{
    if (list_empty(&m->away))
        return;
    struct member *p = LIST_ENTRY(m->away.next, struct member, away_node);
    if (p->away_until <= now)
        member_go(m, p, MEET_LOST);
}
