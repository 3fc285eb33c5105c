/* What clients ask of the delivery service: create, join, resume, commit, fetch, report, send.
 * knows: the order of commits, who is in the group as commits named them. knows not: MLS, and who
 * is asked to commit next (committer.c). owns: the departed and the key packages. See delivery.h.
 */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"

enum { ADOPT_AHEAD = 64 }; /* epochs that a later member may know of, after a restart of ours */

static bool same_group(const struct meeting *g, struct span id)
{
    return g->group.id_len != 0 && span_equal(id, span_of(g->group.id, g->group.id_len));
}

static void set_group(struct meeting *g, struct span id, uint32_t epoch)
{
    BUG_IF(id.len == 0 || id.len > sizeof g->group.id);
    memcpy(g->group.id, id.ptr, id.len);
    g->group.id_len = (uint32_t)id.len;
    g->group.epoch = epoch;
}

static struct meet_effect *describe(struct meet_effect *e, const struct meeting *g, uint32_t epoch)
{
    if (!e)
        return NULL;
    e->group = span_of(g->group.id, g->group.id_len);
    e->epoch = epoch;
    return e;
}

static void tell_state(struct meet *m, const struct meeting *g, uint32_t except)
{
    describe(meet_event_room(m, g, except, MEET_EVENT_GROUP_STATE), g, g->group.epoch);
}

void delivery_init(struct delivery *g)
{
    list_init(&g->gone);
    list_init(&g->pending);
    g->due = g->show_due = INSTANT_NEVER;
}

/* ---- those who want in, and those who left ---- */

static void unpend(struct meet *m, struct member *p)
{
    if (p->group.key_package_len == 0)
        return;
    list_remove(&p->group.pending_node);
    commitlog_pages_give(&m->pages, p->group.key_package);
    p->group.key_package = HANDLE_NULL;
    p->group.key_package_len = 0;
}

static void departed_give(struct meet *m, struct delivery *g, struct departed *d)
{
    list_remove(&d->node);
    g->departed--;
    pool_give(&m->departed, d->self);
}

static struct departed *departed_find(struct delivery *g, struct span participant)
{
    LIST_EACH(&g->gone, it)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done == 0 && span_equal(participant, span_of(d->participant, LIMIT_PARTICIPANT)))
            return d;
    }
    return NULL;
}

/* False when nobody can keep more of them: then the group is not worth mending. */
static bool departed_add(struct meet *m, struct delivery *g, const struct member *p)
{
    struct handle h;
    struct departed *d = g->departed < LIMIT_ROOM_PEERS ? pool_take(&m->departed, &h) : NULL;
    if (!d)
        return false;
    d->self = h;
    memcpy(d->participant, p->group.participant, sizeof d->participant);
    list_append(&g->gone, &d->node);
    g->departed++;
    return true;
}

static void leave_tree(struct member *p)
{
    p->group.in_tree = p->group.in_group = p->group.voted = false;
    p->group.since = 0;
}

void delivery_close(struct meet *m, struct meeting *g)
{
    commitlog_clear(&g->group.log, &m->pages);
    LIST_EACH_SAFE(&g->group.gone, it, next)
    {
        departed_give(m, &g->group, LIST_ENTRY(it, struct departed, node));
    }
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        unpend(m, p);
        leave_tree(p);
        p->group.spoiled = false;
    }
    g->group.id_len = 0;
    g->group.epoch = g->group.rounds = 0;
    g->group.adopted = g->group.asking = false;
    g->group.committed = g->group.adopting = 0;
}

void delivery_dissolve(struct meet *m, struct meeting *g)
{
    delivery_close(m, g);
    tell_state(m, g, 0);
    committer_show(m, g);
    committer_update(m, g);
}

void delivery_forget(struct meet *m, struct member *p)
{
    struct meeting *g = p->meeting;
    unpend(m, p);
    bool kept = !p->group.in_tree || departed_add(m, &g->group, p);
    leave_tree(p);
    if (!kept)
        delivery_dissolve(m, g);
}

static bool anyone_in_tree(const struct meeting *g)
{
    LIST_EACH(&g->members, it)
    {
        if (LIST_ENTRY(it, const struct member, node)->group.in_tree)
            return true;
    }
    return false;
}

void delivery_after_leaving(struct meet *m, struct meeting *g)
{
    if (g->group.id_len != 0 && !anyone_in_tree(g))
        delivery_dissolve(m, g);
    else
        committer_update(m, g);
    if (g->waiting_room)
        committer_show(m, g);
}

void delivery_connection(struct meet *m, struct member *p)
{
    p->group.in_group = false;
    committer_update(m, p->meeting);
    if (p->waiting)
        committer_show(m, p->meeting);
}

/* ---- coming in ---- */

static void enter(struct meet *m, struct member *p, uint32_t epoch)
{
    unpend(m, p);
    p->group.in_tree = p->group.in_group = true;
    p->group.voted = false;
    p->group.since = epoch;
}

void delivery_create(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    if (g->group.id_len != 0) {
        meet_reply(m, in, MEET_CONFLICT);
        return;
    }
    /* Who may not let others in would be alone in its group. */
    if (g->waiting_room && p->role != MEET_HOST) {
        meet_reply(m, in, MEET_FORBIDDEN);
        return;
    }
    set_group(g, in->as.group.id, 0);
    enter(m, p, 0);
    meet_reply(m, in, MEET_OK);
    tell_state(m, g, p->id);
}

void delivery_join(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    BUG_IF(q->bytes.len > LIMIT_KEY_PACKAGE || q->proof.len != sizeof p->group.proof);
    if (!same_group(g, q->id)) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    unpend(m, p);
    struct handle h = commitlog_pages_take(&m->pages, q->bytes);
    if (handle_equal(h, HANDLE_NULL)) {
        meet_reply(m, in, MEET_BUSY);
        return;
    }
    p->group.key_package = h;
    p->group.key_package_len = (uint32_t)q->bytes.len;
    memcpy(p->group.proof, q->proof.ptr, sizeof p->group.proof);
    p->group.in_group = false; /* whoever asks holds no state that works */
    list_append(&g->group.pending, &p->group.pending_node);
    meet_reply(m, in, MEET_OK);
    if (p->waiting)
        committer_show(m, g);
    committer_update(m, g);
}

/* After a restart of ours the first to come back says where the group is, and those that follow
 * may know more, as long as nothing was built on what we were told. */
static bool resume_epoch(struct meeting *g, uint32_t epoch)
{
    if (epoch <= g->group.epoch)
        return true;
    if (!g->group.adopted || epoch - g->group.epoch > ADOPT_AHEAD)
        return false;
    g->group.epoch = epoch;
    return true;
}

static struct departed *own_departure(struct member *p)
{
    return departed_find(&p->meeting->group, span_of(p->group.participant, LIMIT_PARTICIPANT));
}

/* Whoever was seen in it: as this member, or as one of the same participant who left and whose leaf
 * no commit has removed. After a restart of ours we saw nobody, for a while all may say so; a
 * removed participant's word counts for nothing (attack A28). */
static bool may_resume(const struct meet *m, struct member *p)
{
    return p->group.in_tree || own_departure(p) || m->now < p->meeting->group.adopting;
}

void delivery_resume(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    bool fresh = g->group.id_len == 0;
    if (fresh) {
        set_group(g, q->id, q->epoch);
        g->group.adopted = true;
        g->group.adopting = m->now + MEET_ADOPT_US;
    }
    if (!same_group(g, q->id) || !DEFENCE(28, may_resume(m, p)) || !resume_epoch(g, q->epoch)) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    struct departed *d = own_departure(p);
    if (d)
        departed_give(m, &g->group, d);
    enter(m, p, q->epoch);
    meet_reply(m, in, MEET_OK);
    if (fresh)
        tell_state(m, g, p->id);
    committer_update(m, g);
    committer_show(m, g);
}

void delivery_part(struct meet *m, struct member *p, const struct meet_command *in)
{
    meet_reply(m, in, p->group.in_group ? MEET_OK : MEET_STATE);
}

/* ---- commits ---- */

static bool named_before(const struct meet_group *q, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (q->joins[k] == q->joins[i])
            return true;
    return false;
}

static enum meet_reason joins_check(const struct meet *m, const struct member *p,
                                    const struct meet_group *q)
{
    if (q->n_joins > 0 && p->meeting->waiting_room && p->role != MEET_HOST)
        return MEET_FORBIDDEN;
    if ((q->n_joins > 0) != (q->welcome.len > 0))
        return MEET_BAD;
    for (uint32_t i = 0; i < q->n_joins; i++) {
        const struct member *other = meet_id_find(m, KEY_MEMBER, q->joins[i]);
        if (!other || other->meeting != p->meeting || other->group.key_package_len == 0)
            return MEET_NOT_FOUND;
        if (named_before(q, i))
            return MEET_BAD;
    }
    return MEET_OK;
}

static enum meet_reason commit_check(const struct meet *m, const struct member *p,
                                     const struct meet_group *q)
{
    const struct delivery *g = &p->meeting->group;
    if (!p->group.in_group)
        return MEET_STATE;
    if (!same_group(p->meeting, q->id))
        return MEET_NOT_FOUND;
    if (q->epoch != g->epoch)
        return MEET_CONFLICT;
    if (q->bytes.len == 0 || q->bytes.len > LIMIT_GROUP_COMMIT)
        return MEET_BAD;
    if (g->epoch == INT32_MAX)
        return MEET_LIMIT;
    return joins_check(m, p, q);
}

static struct meeting *longest_log(const struct meet *m)
{
    struct meeting *most = NULL;
    LIST_EACH(&m->live, it)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, node);
        if (g->group.log.count > 0 && (!most || g->group.log.bytes > most->group.log.bytes))
            most = g;
    }
    return most;
}

/* When pages run out, the longest log of all gives up its oldest commit. */
static bool keep_commit(struct meet *m, const struct member *p, const struct meet_group *q)
{
    const struct commitlog_new e = {q->bytes, q->hash, p->id};
    while (!commitlog_append(&p->meeting->group.log, &m->pages, &e)) {
        struct meeting *most = longest_log(m);
        if (!most)
            return false;
        (void)commitlog_drop_oldest(&most->group.log, &m->pages);
    }
    return true;
}

/* How many of those who left the commit takes out. */
static uint32_t commit_gone(struct meet *m, struct delivery *g, const struct meet_group *q)
{
    uint32_t removed = 0;
    LIST_EACH_SAFE(&g->gone, it, next)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done != 0)
            departed_give(m, g, d);
    }
    for (uint32_t i = 0; i < q->n_gone; i++) {
        struct departed *d = departed_find(g, q->gone[i]);
        if (d)
            d->done = q->epoch + 1;
        removed += d != NULL;
    }
    return removed;
}

static void commit_joins(struct meet *m, struct meeting *g, const struct meet_group *q)
{
    for (uint32_t i = 0; i < q->n_joins; i++) {
        struct member *p = meet_id_find(m, KEY_MEMBER, q->joins[i]);
        if (p->waiting)
            meet_member_admit(m, p);
        enter(m, p, q->epoch + 1);
        p->group.in_group = p->session != 0;
        struct meet_effect *e =
            describe(meet_event_member(m, p, MEET_EVENT_GROUP_WELCOME), g, q->epoch + 1);
        if (e)
            e->bytes = q->welcome;
    }
}

static void votes_clear(struct meeting *g)
{
    LIST_EACH(&g->members, it)
    {
        LIST_ENTRY(it, struct member, node)->group.voted = false;
    }
}

void delivery_commit(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    enum meet_reason why = commit_check(m, p, q);
    if (why == MEET_OK && !keep_commit(m, p, q))
        why = MEET_BUSY;
    meet_reply(m, in, why);
    if (why != MEET_OK)
        return;
    g->group.epoch = q->epoch + 1;
    g->group.adopted = false;
    votes_clear(g);
    struct meet_effect *e =
        describe(meet_event_room(m, g, 0, MEET_EVENT_GROUP_COMMIT), g, q->epoch);
    e->member = p->id;
    e->bytes = q->bytes;
    bool waited = g->waiting > 0;
    uint32_t served = commit_gone(m, &g->group, q) + q->n_joins;
    commit_joins(m, g, q);
    committer_served(m, g, served > 0);
    if (waited)
        committer_show(m, g);
}

void delivery_log(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    bool known = p->group.in_group && same_group(g, q->id) && q->epoch <= g->group.epoch &&
                 g->group.epoch - q->epoch <= g->group.log.count;
    meet_reply(m, in, known ? MEET_OK : p->group.in_group ? MEET_NOT_FOUND : MEET_STATE);
    for (uint32_t epoch = q->epoch; known && epoch < g->group.epoch; epoch++) {
        const struct commitlog_entry *c = commitlog_back(&g->group.log, g->group.epoch - epoch - 1);
        struct meet_effect *e =
            describe(meet_event_member(m, p, MEET_EVENT_GROUP_COMMIT), g, epoch);
        e->member = c->from;
        e->stored.index = c->first.index;
        e->stored.generation = c->first.generation;
        e->stored.len = c->len;
    }
}

/* ---- reports ---- */

/* Who can judge the newest commit: in the group before it, and not its sender. */
static bool is_judge(const struct meeting *g, const struct member *p)
{
    const struct commitlog_entry *newest = commitlog_back(&g->group.log, 0);
    return newest && p->group.in_group && p->id != newest->from && p->group.since < g->group.epoch;
}

static bool most_report(const struct meeting *g)
{
    uint32_t judges = 0, votes = 0;
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        judges += is_judge(g, p);
        votes += is_judge(g, p) && p->group.voted;
    }
    return 2 * votes > judges;
}

/* Who came with the commit is out again and asks anew; who left with it is still to be removed. */
static void take_back(struct meeting *g)
{
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        p->group.voted = false;
        if (p->group.in_tree && p->group.since == g->group.epoch)
            leave_tree(p);
    }
    LIST_EACH(&g->group.gone, it)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done == g->group.epoch)
            d->done = 0;
    }
}

static void reopen(struct meet *m, struct meeting *g)
{
    struct member *from = meet_id_find(m, KEY_MEMBER, commitlog_back(&g->group.log, 0)->from);
    if (from)
        from->group.spoiled = true;
    take_back(g);
    (void)commitlog_drop_newest(&g->group.log, &m->pages);
    g->group.epoch--;
    describe(meet_event_room(m, g, 0, MEET_EVENT_GROUP_REOPENED), g, g->group.epoch);
    committer_update(m, g);
}

void delivery_invalid(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    const struct commitlog_entry *newest = commitlog_back(&g->group.log, 0);
    if (!same_group(g, q->id) || !newest || q->epoch + 1 != g->group.epoch || !is_judge(g, p) ||
        memcmp(newest->hash, q->hash, sizeof q->hash) != 0) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    p->group.voted = true;
    meet_reply(m, in, MEET_OK);
    if (most_report(g))
        reopen(m, g);
}

/* ---- messages ---- */

void delivery_message(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    const struct member *to = q->to ? meet_id_find(m, KEY_MEMBER, q->to) : NULL;
    if (!p->group.in_group) {
        meet_reply(m, in, MEET_STATE);
        return;
    }
    if (!same_group(g, q->id) ||
        (q->to && (!to || to->meeting != g || !to->group.in_group || to == p))) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    meet_reply(m, in, MEET_OK);
    struct meet_effect *e = to ? meet_event_member(m, to, MEET_EVENT_GROUP_MESSAGE)
                               : meet_event_room(m, g, p->id, MEET_EVENT_GROUP_MESSAGE);
    describe(e, g, q->epoch);
    if (e) {
        e->member = p->id;
        e->bytes = q->bytes;
    }
}
