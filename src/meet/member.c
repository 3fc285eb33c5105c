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
static struct meeting *meeting_open(struct meet *m, const struct meet_join *j)
{
    struct handle h;
    uint32_t media = media_choose(m);
    struct meeting *g = media == UINT32_MAX ? NULL : pool_take(&m->meetings, &h);
    if (!g)
        return NULL;
    g->self = h;
    g->media = media;
    g->spread = UINT64_C(1) << media;
    g->room = meet_id_take(m, KEY_ROOM, h);
    g->began = m->now;
    memcpy(g->id, j->meeting, sizeof g->id);
    if (j->safe) {
        g->safe = *j->safe;
    } else {
        safe_begin(&g->safe, PROFILE_DEFAULT);
        g->safe.settings.value[SETTING_waiting_room] = j->waiting_room;
    }
    list_init(&g->members);
    list_init(&g->due_node);
    list_init(&g->turn_node);
    delivery_init(&g->group);
    list_append(&m->live, &g->node);
    meet_effect_media(m, g, MEET_MEDIA_ROOM_OPEN);
    return g;
}

static void meeting_close(struct meet *m, struct meeting *g)
{
    delivery_close(m, g);
    list_remove(&g->due_node);
    list_remove(&g->turn_node);
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
    meet_place_again(m, g);
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

/* Who shows the host's proof is a host, unless the operator took that away; who was here before on
 * another page is what a host had made of them. */
static enum meet_role role_of_join(const struct meeting *g, const struct meet_join *j)
{
    struct again a;
    bool blocked = safe_is_blocked(&g->safe, j->participant, SAFE_HOST);
    if (j->role == MEET_HOST && !blocked)
        return MEET_HOST;
    if (again_find(g, j, &a) && a.given && !(blocked && host_rank(a.role) >= PERMIT_COHOST))
        return a.role;
    if (j->bot)
        return MEET_BOT;
    enum profile profile = (enum profile)g->safe.settings.profile;
    return profile_role(profile) == PERMIT_VIEWER ? MEET_VIEWER : MEET_PARTICIPANT;
}

static bool comes_as_host(const struct meeting *g, const struct meet_join *j)
{
    return host_rank(role_of_join(g, j)) >= PERMIT_COHOST;
}

static const struct safe_link *link_of_join(struct meeting *g, const struct meet_join *j)
{
    return j->has_personal ? safe_link_find(&g->safe, j->personal) : NULL;
}

static bool is_reused(const struct safe_link *l, const struct meet_join *j)
{
    return l && l->used && memcmp(l->participant, j->participant, LIMIT_PARTICIPANT) != 0;
}

/* A personal link that somebody else used before opens nothing by itself: a host decides (A29). */
static bool waits(struct meeting *g, const struct meet_join *j)
{
    if (comes_as_host(g, j))
        return false;
    return setting_on(&g->safe.settings, SETTING_waiting_room) ||
           !DEFENCE(29, !is_reused(link_of_join(g, j), j));
}

/* Only who is inside has a say in where media go (A41). */
static uint32_t weighs(const struct member *p)
{
    return DEFENCE(41, !p->waiting);
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
    p->role = role_of_join(g, j);
    p->keyed = j->role == MEET_HOST && p->role == MEET_HOST;
    const struct safe_link *link = link_of_join(g, j);
    p->link = link ? link->id : 0;
    p->reused = is_reused(link, j);
    memcpy(p->resume, j->fresh, sizeof p->resume);
    memcpy(p->group.participant, j->participant, sizeof p->group.participant);
    p->waiting = waits(g, j);
    p->decodes = j->decodes;
    g->waiting += p->waiting;
    list_init(&p->group.pending_node);
    list_init(&p->away_node);
    list_init(&p->transports);
    list_init(&p->tracks);
    list_init(&p->subscriptions);
    list_append(&g->members, &p->node);
    g->count++;
    m->media_load[g->media] += weighs(p);
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
    if (!p->waiting)
        meet_codecs_leave(m, p);
    m->media_load[g->media] -= weighs(p);
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
    if (how != MEET_REMOVED)
        again_keep(m, p);
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

/* Who comes hears who records: before it says a word. */
static void tell_recordings(struct meet *m, const struct member *p)
{
    LIST_EACH(&p->meeting->members, it)
    {
        const struct member *other = LIST_ENTRY(it, const struct member, node);
        struct meet_effect *e =
            other->recording ? meet_event_member(m, p, MEET_EVENT_RECORDING) : NULL;
        if (!e)
            continue;
        e->member = other->id;
        e->flag = true;
    }
}

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
    tell_recordings(m, p);
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
    meet_codecs_resume(m, p, in->as.join.decodes);
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
    m->media_load[p->meeting->media] -= weighs(p);
    p->waiting = false;
    m->media_load[p->meeting->media] += weighs(p);
    p->meeting->waiting--;
    peer_effect(m, p, MEET_MEDIA_PEER_OPEN);
    meet_event_member(m, p, MEET_EVENT_ADMITTED);
    tell_recordings(m, p);
    meet_codecs_enter(m, p);
    enter_room(m, p);
}

/* A link's first use makes it that person's; a second one, and a burst of strangers, hosts hear. */
static void note_arrival(struct meet *m, struct member *p, const struct meet_join *j)
{
    struct meeting *g = p->meeting;
    struct safe_link *l = j->has_personal ? safe_link_find(&g->safe, j->personal) : NULL;
    if (is_reused(l, j)) {
        struct meet_effect *e = meet_event_room(m, g, 0, MEET_EVENT_AT_RISK);
        e->left = (uint8_t)MEET_RISK_LINK;
        e->place = l->id;
        e->member = p->id;
    } else if (l && !l->used) {
        l->used = true;
        memcpy(l->participant, j->participant, sizeof l->participant);
        host_save(m, g);
    }
    if (!l && !p->keyed && risk_stranger(&g->burst, g->count, g->began, m->now))
        host_tell_risk(m, g, MEET_RISK_BURST, g->count);
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
    if (!p->waiting)
        meet_codecs_enter(m, p);
    if (DEFENCE(27, !p->waiting))
        enter_room(m, p);
    note_arrival(m, p, &in->as.join);
    again_take(m, p, &in->as.join);
}

/* ---- joining: who may not ---- */

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

/* What keeps out one who was not inside a moment ago. */
static struct allow newcomer_check(struct meeting *g, const struct meet_join *j)
{
    bool host = comes_as_host(g, j);
    if (j->resume_only)
        return (struct allow){MEET_NOT_FOUND, NULL}; /* a link that is not good any more */
    if (!host && !DEFENCE(30, !setting_on(&g->safe.settings, SETTING_locked)))
        return (struct allow){MEET_LOCKED, NULL};
    if (j->has_personal && !link_of_join(g, j))
        return (struct allow){MEET_NOT_FOUND, NULL}; /* revoked, or never made */
    if (!host && !j->has_personal && setting_on(&g->safe.settings, SETTING_personal_only))
        return (struct allow){MEET_DISALLOWED, setting_name(SETTING_personal_only)};
    return (struct allow){MEET_OK, NULL};
}

static enum meet_reason place_check(const struct meet *m, struct meeting *g,
                                    const struct meet_join *j, const struct member *old)
{
    if (old)
        return memcmp(old->group.participant, j->participant, LIMIT_PARTICIPANT) == 0
                   ? MEET_OK
                   : MEET_CONFLICT;
    if (is_taken(g, j, old))
        return MEET_CONFLICT;
    if (g->count >= m->size.room_members || (waits(g, j) && g->waiting >= LIMIT_ROOM_WAITING))
        return MEET_FULL;
    return MEET_OK;
}

static struct allow join_check(const struct meet *m, struct meeting *g, const struct meet_join *j,
                               const struct member *old)
{
    if (safe_is_blocked(&g->safe, j->participant, SAFE_JOIN))
        return (struct allow){MEET_BLOCKED, safe_feature_name(SAFE_JOIN)};
    if (!DEFENCE(28, !safe_is_banned(&g->safe, j->participant) && !again_is_banned(g, j)))
        return (struct allow){MEET_FORBIDDEN, NULL};
    struct allow a = old ? (struct allow){MEET_OK, NULL} : newcomer_check(g, j);
    if (a.reason == MEET_OK)
        a.reason = place_check(m, g, j, old);
    return a;
}

/* A meeting of its own is opened for whoever comes first, and closed again when it may not. */
void meet_member_join(struct meet *m, const struct meet_command *in)
{
    const struct meet_join *j = &in->as.join;
    struct meeting *g = meet_find(m, j->meeting);
    if (!g && !(g = meeting_open(m, j))) {
        meet_reply(m, in, MEET_BUSY);
        return;
    }
    again_expire(m, g);
    struct member *old = member_resumable(g, j);
    struct allow may = join_check(m, g, j, old);
    if (may.reason != MEET_OK) {
        if (g->count == 0)
            meeting_close(m, g);
        meet_refuse(m, in, may.reason, may.field);
    } else if (old) {
        member_resume(m, old, in);
    } else {
        member_enter(m, g, in);
    }
}

bool meet_is_resumable(const struct meet *m, const char *meeting, const uint8_t resume[MEET_TOKEN])
{
    struct meet_join j = {.has_resume = true};
    const struct meeting *g = meet_find(m, meeting);
    memcpy(j.resume, resume, sizeof j.resume);
    return g && member_resumable(g, &j);
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
    if (!other->waiting && meet_permit_role(other) > meet_permit_role(p)) {
        meet_reply(m, in, MEET_FORBIDDEN);
        return;
    }
    meet_reply(m, in, MEET_OK);
    safe_ban(&p->meeting->safe, other->group.participant);
    again_ban(p->meeting, other);
    host_save(m, p->meeting);
    meet_member_throw_out(m, other, MEET_END_REMOVED);
}

void meet_member_throw_out(struct meet *m, struct member *p, enum meet_end why)
{
    ended_event(m, p, why);
    member_go(m, p, MEET_REMOVED);
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
