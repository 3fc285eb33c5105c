/* Members come, wait, resume, go away and leave; meetings begin with the first and end with the
 * last. knows: roles as proven facts, the 30 seconds of grace, who was removed. knows not: proofs,
 * sockets, what the group is about.
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
    list_init(&g->due_node);
    delivery_init(&g->group);
    list_append(&m->live, &g->node);
    meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
    return g;
}

static void meeting_close(struct meet *m, struct meeting *g)
{
    delivery_close(m, g);
    list_remove(&g->due_node);
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
    memset(g->voice, 0, sizeof g->voice);
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
        if (p->waiting)
            continue;
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
    memcpy(p->group.participant, j->participant, sizeof p->group.participant);
    p->waiting = j->waiting_room && j->role != MEET_HOST;
    g->waiting += p->waiting;
    g->waiting_room = j->waiting_room;
    list_init(&p->group.pending_node);
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
    if (!p->waiting)
        peer_effect(m, p, MEET_MEDIA_PEER_CLOSE);
    delivery_forget(m, p);
    session_unbind(m, p);
    list_remove(&p->away_node);
    list_remove(&p->node);
    g->count--;
    g->waiting -= p->waiting;
    m->media_load[g->media]--;
    if (tell && !p->waiting) {
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
    else
        delivery_after_leaving(m, g);
}

static void away_event(struct meet *m, const struct member *p, bool away)
{
    if (p->waiting)
        return;
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
    e->waiting = p->waiting;
    if (!DEFENCE(27, !p->waiting))
        return;
    LIST_EACH(&p->meeting->members, it)
    {
        const struct member *other = LIST_ENTRY(it, const struct member, node);
        if (other == p || other->waiting || other->session != 0)
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
    else
        meet_voice_catch_up(m, p);
    p->missed_restart = false;
    delivery_connection(m, p);
}

static void enter_room(struct meet *m, const struct member *p)
{
    struct meet_effect *e = meet_event_room(m, p->meeting, p->id, MEET_EVENT_MEMBER_JOINED);
    e->member = p->id;
    e->role = (uint8_t)p->role;
    e->bytes = span_of(p->group.participant, sizeof p->group.participant);
}

void meet_member_admit(struct meet *m, struct member *p)
{
    p->waiting = false;
    p->meeting->waiting--;
    peer_effect(m, p, MEET_MEDIA_PEER_OPEN);
    meet_event_member(m, p, MEET_EVENT_ADMITTED);
    enter_room(m, p);
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
    if (!p->waiting)
        peer_effect(m, p, MEET_MEDIA_PEER_OPEN);
    welcome(m, p, in->number, false);
    if (DEFENCE(27, !p->waiting))
        enter_room(m, p);
}

/* ---- joining: who may not ---- */

static bool is_banned(const struct meeting *g, const struct meet_join *j)
{
    uint32_t known = g->banned < MEET_BANNED ? g->banned : MEET_BANNED;
    for (uint32_t i = 0; i < known; i++)
        if (memcmp(g->ban[i], j->participant, LIMIT_PARTICIPANT) == 0)
            return true;
    return false;
}

static void ban(struct meeting *g, const struct member *p)
{
    memcpy(g->ban[g->banned % MEET_BANNED], p->group.participant, LIMIT_PARTICIPANT);
    g->banned++;
    if (g->banned == 2 * MEET_BANNED)
        g->banned = MEET_BANNED;
}

/* Whether a live member other than `self` has this participant id. */
static bool is_taken(const struct meeting *g, const struct meet_join *j, const struct member *self)
{
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        if (p != self && memcmp(p->group.participant, j->participant, LIMIT_PARTICIPANT) == 0)
            return true;
    }
    return false;
}

static enum meet_reason join_check(const struct meet *m, const struct meeting *g,
                                   const struct meet_join *j, const struct member *old)
{
    if (!DEFENCE(28, !is_banned(g, j)))
        return MEET_FORBIDDEN;
    if (old)
        return memcmp(old->group.participant, j->participant, LIMIT_PARTICIPANT) == 0
                   ? MEET_OK
                   : MEET_CONFLICT;
    if (is_taken(g, j, old))
        return MEET_CONFLICT;
    bool waits = j->waiting_room && j->role != MEET_HOST;
    if (g->count >= m->size.room_members || (waits && g->waiting >= LIMIT_ROOM_WAITING))
        return MEET_FULL;
    return MEET_OK;
}

void meet_member_join(struct meet *m, const struct meet_command *in)
{
    const struct meet_join *j = &in->as.join;
    struct meeting *g = meet_find(m, j->meeting);
    struct member *old = g ? member_resumable(g, j) : NULL;
    enum meet_reason why = g ? join_check(m, g, j, old) : MEET_OK;
    if (why == MEET_OK && !g && !(g = meeting_open(m, j->meeting)))
        why = MEET_BUSY;
    if (why != MEET_OK)
        meet_reply(m, in, why);
    else if (old)
        member_resume(m, old, in);
    else
        member_enter(m, g, in);
}

/* ---- what members do ---- */

void meet_member_file_token(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_FILE_TOKEN);
    e->session = in->session;
    e->number = in->number;
    e->room = p->meeting->room;
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
    ban(p->meeting, other);
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

void meet_member_lost(struct meet *m, uint64_t session)
{
    struct member *p = meet_member_of(m, session);
    if (!p)
        return;
    session_unbind(m, p);
    p->away_until = m->now + MEET_GRACE_US;
    list_append(&m->away, &p->away_node);
    away_event(m, p, true);
    delivery_connection(m, p);
}

/* One a tick: the deadline of the next has passed too, so the shell comes straight back. */
void meet_member_expire(struct meet *m)
{
    if (list_empty(&m->away))
        return;
    struct member *p = LIST_ENTRY(m->away.next, struct member, away_node);
    if (p->away_until <= m->now)
        member_go(m, p, MEET_LOST);
}
