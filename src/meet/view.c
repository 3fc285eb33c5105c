/* What the shell may look at: who hears an event, rosters, what a committer is asked for, counts.
 * knows: members, their place in the waiting room and in the group. knows not: why. owns: nothing;
 * nothing here changes the state. */
#include "base/mutant.h"
#include "meet/state.h"

/* The member after the one that the cursor names (its place in the pool, plus one), or NULL. */
static const struct member *member_after(const struct meet *m, const struct meeting *g,
                                         uint32_t *cursor)
{
    const struct list *at = &g->members;
    struct handle h;
    if (*cursor > 0) {
        const struct member *last = pool_at(&m->members, *cursor - 1, &h);
        if (!last || last->meeting != g)
            return NULL;
        at = &last->node;
    }
    if (at->next == &g->members)
        return NULL;
    const struct member *p = LIST_ENTRY(at->next, const struct member, node);
    *cursor = p->self.index + 1;
    return p;
}

/* Who waits hears only whether there is a group (attack A27); handshakes and messages are for those
 * who are in it, and a commit not for those whom it added. */
static bool hears(const struct member *p, const struct meet_effect *e)
{
    if (p->session == 0 || p->id == e->except)
        return false;
    if (!DEFENCE(27, !p->waiting) && e->type != MEET_EVENT_GROUP_STATE)
        return false;
    if (e->type == MEET_EVENT_GROUP_COMMIT)
        return DEFENCE(27, p->group.in_group) && p->group.since <= e->epoch;
    if (e->type == MEET_EVENT_VOICE)
        return p->n_slots > 0;
    if (e->type == MEET_EVENT_AT_RISK)
        return meet_is_host(p);
    if (e->type == MEET_EVENT_GROUP_MESSAGE)
        return DEFENCE(27, p->group.in_group);
    return true;
}

bool meet_audience_next(const struct meet *m, const struct meet_effect *e, uint32_t *cursor,
                        uint64_t *session)
{
    if (e->session != 0) {
        *session = e->session;
        return (*cursor)++ == 0;
    }
    const struct meeting *g = meet_id_find(m, KEY_ROOM, e->room);
    for (const struct member *p; g && (p = member_after(m, g, cursor));) {
        if (!hears(p, e))
            continue;
        *session = p->session;
        return true;
    }
    return false;
}

static void view_member(const struct member *p, struct meet_member_view *out)
{
    *out =
        (struct meet_member_view){.member = p->id,
                                  .role = (uint8_t)p->role,
                                  .participant = span_of(p->group.participant, LIMIT_PARTICIPANT)};
    LIST_EACH(&p->tracks, it)
    {
        const struct track *t = LIST_ENTRY(it, const struct track, node);
        out->track[out->tracks++] =
            (struct meet_track_view){t->id, (uint8_t)t->kind, (uint8_t)t->source, t->paused};
    }
}

bool meet_roster_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                      struct meet_member_view *out)
{
    const struct member *self = meet_member_of(m, session);
    if (!self || !DEFENCE(27, !self->waiting))
        return false;
    for (const struct member *p; (p = member_after(m, self->meeting, cursor));) {
        if (p == self || p->waiting)
            continue;
        view_member(p, out);
        return true;
    }
    return false;
}

struct meet_counts meet_count(const struct meet *m)
{
    struct meet_counts c = {m->meetings.taken, m->members.taken,       0, m->transports.taken,
                            m->tracks.taken,   m->subscriptions.taken, 0, m->pages.taken,
                            m->departed.taken};
    LIST_EACH(&m->away, it)
    {
        c.away++;
    }
    LIST_EACH(&m->live, it)
    {
        c.waiting += LIST_ENTRY(it, const struct meeting, node)->waiting;
    }
    return c;
}

bool meet_running_next(const struct meet *m, uint32_t *cursor, struct meet_running *out)
{
    struct handle h;
    for (uint32_t n = m->meetings.high; *cursor < n;) {
        const struct meeting *g = pool_at(&m->meetings, (*cursor)++, &h);
        if (!g)
            continue;
        memcpy(out->id, g->id, sizeof out->id);
        out->people = g->count - g->waiting;
        out->waiting = g->waiting;
        return true;
    }
    return false;
}

uint32_t meet_media_of(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p ? p->meeting->media : 0;
}

/* ---- the group ---- */

/* The cursor counts places in the list of those who ask to be added. */
bool meet_wanted_join_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                           struct meet_candidate *out)
{
    const struct member *self = meet_member_of(m, session);
    uint32_t n = 0;
    if (!self)
        return false;
    LIST_EACH(&self->meeting->group.pending, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, group.pending_node);
        if (!committer_wants(p, self) || n++ < *cursor)
            continue;
        if (n > LIMIT_GROUP_BATCH)
            return false;
        const struct page *page = pool_get(&m->pages, p->group.key_package);
        *cursor = n;
        *out =
            (struct meet_candidate){.member = p->id,
                                    .waiting = p->waiting,
                                    .link = p->link,
                                    .participant = span_of(p->group.participant, LIMIT_PARTICIPANT),
                                    .key_package = span_of(page->bytes, p->group.key_package_len),
                                    .proof = span_of(p->group.proof, sizeof p->group.proof)};
        return true;
    }
    return false;
}

bool meet_wanted_gone_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                           struct span *participant)
{
    const struct member *self = meet_member_of(m, session);
    uint32_t n = 0;
    if (!self || !self->meeting->group.asking || self->meeting->group.asked != self->id)
        return false;
    LIST_EACH(&self->meeting->group.gone, it)
    {
        const struct departed *d = LIST_ENTRY(it, const struct departed, node);
        if (d->done != 0 || n++ < *cursor)
            continue;
        if (n > LIMIT_GROUP_BATCH)
            return false;
        *cursor = n;
        *participant = span_of(d->participant, sizeof d->participant);
        return true;
    }
    return false;
}

struct meet_group_view meet_group_of(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    if (!p)
        return (struct meet_group_view){span_of(NULL, 0), 0};
    const struct delivery *g = &p->meeting->group;
    return (struct meet_group_view){span_of(g->id, g->id_len), g->epoch};
}

uint32_t meet_room_of(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p && !p->waiting ? p->meeting->room : 0;
}

const char *meet_meeting_of(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p ? p->meeting->id : "";
}

const struct settings *meet_settings_of(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p && DEFENCE(27, !p->waiting) ? &p->meeting->safe.settings : NULL;
}

const struct safe *meet_safe_of(const struct meet *m, const char *meeting)
{
    const struct meeting *g = meet_find(m, meeting);
    return g ? &g->safe : NULL;
}

bool meet_may_share_files(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p && allow_note(p, NULL, MEET_FILE).reason == MEET_OK;
}

/* Who came by a link; for one used twice the first who is here. */
static uint32_t member_by_link(const struct meeting *g, uint32_t link)
{
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        if (p->link == link)
            return p->id;
    }
    return 0;
}

bool meet_link_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                    struct meet_link_view *out)
{
    const struct member *p = meet_member_of(m, session);
    if (!p || *cursor >= p->meeting->safe.links)
        return false;
    const struct safe_link *l = &p->meeting->safe.link[(*cursor)++];
    *out = (struct meet_link_view){l->id, member_by_link(p->meeting, l->id), l->used};
    return true;
}

bool meet_in_group(const struct meet *m, uint64_t session)
{
    const struct member *p = meet_member_of(m, session);
    return p && p->group.in_group;
}
