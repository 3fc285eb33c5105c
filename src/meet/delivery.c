/* What clients ask of the delivery service: create, join, resume, commit, fetch, report, send.
 * knows: the order of commits, who is in the group as commits named them. knows not: MLS, and who
 * is asked to commit next (committer.c). owns: the departed and the key packages. See delivery.h.
 */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"

enum { COMMIT_COST = 4096 }; /* bytes that a commit counts at least: each is work for everybody */

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
    p->group.tries = 0;
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
        p->group.spoiled = p->group.given_up = false;
    }
    g->group.id_len = 0;
    g->group.epoch = g->group.rounds = 0;
    g->group.adopted = g->group.asking = false;
    g->group.added = g->group.adopting = 0;
}

void delivery_dissolve(struct meet *m, struct meeting *g)
{
    delivery_close(m, g);
    tell_state(m, g, 0);
    committer_show(m, g);
    committer_update(m, g);
}

void delivery_give_up(struct meet *m, struct meeting *g)
{
    LIST_EACH_SAFE(&g->group.gone, it, next)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done == 0 && d->tries >= MEET_ROUNDS)
            departed_give(m, &g->group, d);
    }
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (p->group.key_package_len == 0 || p->group.tries < MEET_ROUNDS)
            continue;
        unpend(m, p);
        p->group.given_up = true;
    }
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
    if (setting_on(&g->safe.settings, SETTING_waiting_room))
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
    p->group.voted = p->group.given_up = false;
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
    if (setting_on(&g->safe.settings, SETTING_waiting_room) && !p->keyed && !meet_is_host(p)) {
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
    p->group.given_up = false;
    list_append(&g->group.pending, &p->group.pending_node);
    meet_reply(m, in, MEET_OK);
    if (p->waiting)
        committer_show(m, g);
    committer_update(m, g);
}

static uint32_t claims(const struct meeting *g, uint32_t epoch)
{
    uint32_t n = 0;
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        if (p->group.in_group && p->group.since == epoch)
            n += p->keyed ? 3 : 2; /* among as many, a host is right */
    }
    return n;
}

/* After a restart of ours the group is at the epoch that most of those say who came back to it, as
 * long as no commit was built on that. One member's word moves nothing but its own. */
static void adopt_epoch(struct meeting *g)
{
    uint32_t best = claims(g, g->group.epoch);
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        uint32_t n = p->group.in_group ? claims(g, p->group.since) : 0;
        if (n <= best)
            continue;
        best = n;
        g->group.epoch = p->group.since;
    }
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
    if (!same_group(g, q->id) || !DEFENCE(28, may_resume(m, p)) ||
        (q->epoch > g->group.epoch && !g->group.adopted)) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    struct departed *d = own_departure(p);
    if (d)
        departed_give(m, &g->group, d);
    enter(m, p, q->epoch);
    if (g->group.adopted)
        adopt_epoch(g);
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

/* NULL for one who left meanwhile: that must not cost the others of the batch their place. */
static struct member *join_find(const struct meet *m, const struct meeting *g, uint32_t id)
{
    struct member *p = meet_id_find(m, KEY_MEMBER, id);
    return p && p->meeting == g ? p : NULL;
}

static enum meet_reason joins_check(const struct meet *m, const struct member *p,
                                    const struct meet_group *q)
{
    if ((q->n_joins > 0) != (q->welcome.len > 0))
        return MEET_BAD;
    for (uint32_t i = 0; i < q->n_joins; i++) {
        const struct member *other = join_find(m, p->meeting, q->joins[i]);
        if (named_before(q, i))
            return MEET_BAD;
        if (!other)
            continue;
        if (other->group.key_package_len == 0 && !other->group.given_up)
            return MEET_NOT_FOUND;
        if (other->waiting && !p->keyed && !meet_is_host(p))
            return MEET_FORBIDDEN;
        if (other->waiting && !DEFENCE(30, !setting_on(&p->meeting->safe.settings, SETTING_locked)))
            return MEET_LOCKED;
    }
    return MEET_OK;
}

/* What an honest commit never exceeds, so that the room for a large batch is only there for one who
 * names a large batch. */
static size_t commit_limit(const struct meet_group *q)
{
    return LIMIT_GROUP_COMMIT_BASE + (size_t)q->n_joins * LIMIT_KEY_PACKAGE +
           (size_t)(q->n_joins + q->n_gone) * LIMIT_GROUP_COMMIT_GONE;
}

/* Everybody gets every commit: what one member can send by them has a bound of its own. */
static bool budget_take(const struct meet *m, struct delivery_member *d, size_t bytes)
{
    int64_t gained = (m->now - d->budget_at) / US_PER_MS * LIMIT_GROUP_COMMIT_RATE / 1000;
    int64_t cost = (int64_t)(bytes > COMMIT_COST ? bytes : COMMIT_COST);
    if (d->budget_at == 0 || d->budget + gained > LIMIT_GROUP_COMMIT_BURST)
        d->budget = LIMIT_GROUP_COMMIT_BURST;
    else
        d->budget += gained;
    if (d->budget_at == 0 || gained > 0)
        d->budget_at = m->now;
    if (d->budget < cost)
        return false;
    d->budget -= cost;
    return true;
}

static enum meet_reason commit_check(const struct meet *m, const struct member *p,
                                     const struct meet_group *q)
{
    const struct delivery *g = &p->meeting->group;
    if (!p->group.in_group)
        return MEET_STATE;
    if (!same_group(p->meeting, q->id))
        return MEET_NOT_FOUND;
    if (p->group.spoiled)
        return MEET_FORBIDDEN;
    if (q->epoch != g->epoch)
        return MEET_CONFLICT;
    if (q->bytes.len == 0 || q->bytes.len > commit_limit(q))
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

static struct member *member_named(const struct meeting *g, struct span participant)
{
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (span_equal(participant, span_of(p->group.participant, LIMIT_PARTICIPANT)))
            return p;
    }
    return NULL;
}

/* How many of those who left the commit takes out. Somebody still here whom a host removes is not
 * to be removed again when it goes; it hears the group until then, as nobody else may silence it.
 */
static uint32_t commit_gone(struct meet *m, const struct member *from, const struct meet_group *q)
{
    struct delivery *g = &from->meeting->group;
    uint32_t removed = 0;
    LIST_EACH_SAFE(&g->gone, it, next)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done != 0)
            departed_give(m, g, d);
    }
    for (uint32_t i = 0; i < q->n_gone; i++) {
        struct departed *d = departed_find(g, q->gone[i]);
        struct member *live = d ? NULL : member_named(from->meeting, q->gone[i]);
        if (d)
            d->done = q->epoch + 1;
        if (live && live != from && (from->keyed || meet_is_host(from)))
            live->group.in_tree = false;
        removed += d != NULL;
    }
    return removed;
}

static uint32_t commit_joins(struct meet *m, struct meeting *g, const struct meet_group *q)
{
    uint32_t added = 0;
    for (uint32_t i = 0; i < q->n_joins; i++) {
        struct member *p = join_find(m, g, q->joins[i]);
        if (!p)
            continue;
        added++;
        if (p->waiting)
            meet_member_admit(m, p);
        enter(m, p, q->epoch + 1);
        p->group.in_group = p->session != 0;
        struct meet_effect *e =
            describe(meet_event_member(m, p, MEET_EVENT_GROUP_WELCOME), g, q->epoch + 1);
        if (e)
            e->bytes = q->welcome;
    }
    return added;
}

void delivery_commit(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    enum meet_reason why = commit_check(m, p, q);
    if (why == MEET_OK && !budget_take(m, &p->group, q->bytes.len))
        why = MEET_BUSY;
    if (why == MEET_OK && !keep_commit(m, p, q))
        why = MEET_BUSY;
    meet_reply(m, in, why);
    if (why != MEET_OK)
        return;
    g->group.epoch = q->epoch + 1;
    g->group.adopted = false;
    struct meet_effect *e =
        describe(meet_event_room(m, g, 0, MEET_EVENT_GROUP_COMMIT), g, q->epoch);
    e->member = p->id;
    e->bytes = q->bytes;
    bool waited = g->waiting > 0;
    uint32_t gone = commit_gone(m, p, q), came = commit_joins(m, g, q);
    committer_served(m, g, gone, came);
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

/* The commit of the epoch, while the log has it. */
static const struct commitlog_entry *commit_of(const struct meeting *g, uint32_t epoch)
{
    return epoch < g->group.epoch ? commitlog_back(&g->group.log, g->group.epoch - epoch - 1)
                                  : NULL;
}

/* Who can judge a commit: in the group before it, and not its sender. */
static bool is_judge(const struct member *p, uint32_t epoch, const struct commitlog_entry *commit)
{
    return p->group.in_group && p->id != commit->from && p->group.since <= epoch;
}

/* More than half of the judges, and for a host's commit two at least: one participant alone cannot
 * undo what a host does. */
static bool most_report(const struct meet *m, const struct meeting *g, uint32_t epoch)
{
    const struct commitlog_entry *commit = commit_of(g, epoch);
    const struct member *from = meet_id_find(m, KEY_MEMBER, commit->from);
    uint32_t judges = 0, votes = 0;
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        bool judge = is_judge(p, epoch, commit);
        judges += judge;
        votes += judge && p->group.voted && p->group.vote == epoch;
    }
    return 2 * votes > judges && (votes > 1 || !from || !from->keyed);
}

/* Who came after this epoch is out again and asks anew; who left since is still to be removed. */
static void take_back(struct meeting *g, uint32_t epoch)
{
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        p->group.voted = false;
        if (p->group.in_tree && p->group.since > epoch)
            leave_tree(p);
    }
    LIST_EACH(&g->group.gone, it)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        if (d->done > epoch)
            d->done = 0;
    }
}

/* Back to the epoch before the commit; what was built on it goes with it. Its sender commits here
 * no more. */
static void reopen(struct meet *m, struct meeting *g, uint32_t epoch)
{
    struct member *from = meet_id_find(m, KEY_MEMBER, commit_of(g, epoch)->from);
    if (from)
        from->group.spoiled = true;
    take_back(g, epoch);
    for (; g->group.epoch > epoch; g->group.epoch--)
        (void)commitlog_drop_newest(&g->group.log, &m->pages);
    describe(meet_event_room(m, g, 0, MEET_EVENT_GROUP_REOPENED), g, g->group.epoch);
    committer_update(m, g);
}

void delivery_invalid(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    const struct meet_group *q = &in->as.group;
    const struct commitlog_entry *commit = commit_of(g, q->epoch);
    if (!same_group(g, q->id) || !commit || !is_judge(p, q->epoch, commit) ||
        memcmp(commit->hash, q->hash, sizeof q->hash) != 0) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    p->group.voted = true;
    p->group.vote = q->epoch;
    meet_reply(m, in, MEET_OK);
    if (most_report(m, g, q->epoch))
        reopen(m, g, q->epoch);
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
    struct allow may = allow_note(p, to, q->note);
    if (may.reason != MEET_OK) {
        meet_refuse(m, in, may.reason, may.field);
        return;
    }
    meet_reply(m, in, MEET_OK);
    struct meet_effect *e = to ? meet_event_member(m, to, MEET_EVENT_GROUP_MESSAGE)
                               : meet_event_room(m, g, p->id, MEET_EVENT_GROUP_MESSAGE);
    describe(e, g, q->epoch);
    if (e) {
        e->member = p->id;
        e->kind = (uint8_t)q->note;
        e->bytes = q->bytes;
    }
}
