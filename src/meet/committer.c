/* Who is asked to commit, and when: hosts first, then the lowest member id; the next one after a
 * second and a half without a commit that serves anybody; what three rounds did not bring is given
 * up, and only a group that can serve nobody is dissolved. knows: who wants in, who left, who is
 * connected. knows not: what is in a commit. owns: the meetings' moments (meet.due). See
 * delivery.h. */
#include "meet/state.h"

/* ---- what there is to do ---- */

static bool asks_in(const struct member *p)
{
    return p->group.key_package_len != 0 && p->session != 0;
}

/* Of those in the waiting room nobody is hurried: they are shown to hosts, committer_show. */
static bool hurries(const struct member *p)
{
    return asks_in(p) && !p->waiting;
}

static bool someone_asks_in(const struct meeting *g)
{
    LIST_EACH(&g->group.pending, it)
    {
        if (hurries(LIST_ENTRY(it, const struct member, group.pending_node)))
            return true;
    }
    return false;
}

static uint32_t to_remove(const struct meeting *g)
{
    uint32_t n = 0;
    LIST_EACH(&g->group.gone, it)
    {
        n += LIST_ENTRY(it, const struct departed, node)->done == 0;
    }
    return n;
}

bool committer_wants(const struct member *who, const struct member *to)
{
    const struct meeting *g = to->meeting;
    if (!asks_in(who) || who == to || !to->group.in_group)
        return false;
    if (who->waiting)
        return to->keyed || meet_is_host(to);
    return g->group.asking && g->group.asked == to->id;
}

/* ---- who ---- */

/* Not one who came back with an epoch that is not the group's: after a restart of ours. */
static bool may_commit(const struct member *p)
{
    return p->group.in_group && p->session != 0 && !p->group.spoiled &&
           p->group.since <= p->meeting->group.epoch;
}

/* Whose client signs for the group, then other hosts: behind a waiting room they alone may add. */
static uint64_t rank(const struct member *p)
{
    return (p->keyed ? 0 : meet_is_host(p) ? UINT64_C(1) << 32 : UINT64_C(1) << 33) | p->id;
}

/* The member whose rank is the lowest above `above`, or NULL. */
static struct member *next_in_rank(const struct meeting *g, uint64_t above)
{
    struct member *best = NULL;
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (may_commit(p) && rank(p) > above && (!best || rank(p) < rank(best)))
            best = p;
    }
    return best;
}

/* The one after the last who was asked. */
static struct member *choose(const struct meeting *g)
{
    struct member *next = next_in_rank(g, g->group.asked_rank);
    return next ? next : next_in_rank(g, 0);
}

/* ---- when ---- */

static void set_due(struct meet *m, struct meeting *g)
{
    list_remove(&g->due_node);
    if (g->group.due != INSTANT_NEVER || g->group.show_due != INSTANT_NEVER)
        list_append(&m->due, &g->due_node);
}

/* 0 .. MEET_JITTER_US, so that meetings of one moment do not stay together. */
static duration_us jitter(struct meet *m)
{
    m->jitter ^= m->jitter << 13;
    m->jitter ^= m->jitter >> 7;
    m->jitter ^= m->jitter << 17;
    return (duration_us)(m->jitter % (uint64_t)(MEET_JITTER_US + 1));
}

static void tell_wanted(struct meet *m, const struct meeting *g, const struct member *to)
{
    struct meet_effect *e = meet_event_member(m, to, MEET_EVENT_GROUP_WANTED);
    if (!e)
        return;
    e->group = span_of(g->group.id, g->group.id_len);
    e->epoch = g->group.epoch;
}

/* Each round is one try for everybody whom it is about. */
static void count_tries(struct meeting *g)
{
    LIST_EACH(&g->group.pending, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, group.pending_node);
        p->group.tries += hurries(p);
    }
    LIST_EACH(&g->group.gone, it)
    {
        struct departed *d = LIST_ENTRY(it, struct departed, node);
        d->tries += d->done == 0;
    }
}

static void ask(struct meet *m, struct meeting *g)
{
    const struct member *p = choose(g);
    count_tries(g);
    g->group.asking = true;
    g->group.asked = p ? p->id : 0;
    g->group.asked_rank = p ? rank(p) : 0;
    g->group.told = to_remove(g);
    g->group.due = m->now + MEET_ROUND_US + jitter(m);
    if (p)
        tell_wanted(m, g, p);
}

static void rest(struct meeting *g)
{
    g->group.asking = false;
    g->group.asked = g->group.rounds = 0;
    g->group.asked_rank = 0;
    g->group.due = INSTANT_NEVER;
}

/* The group can serve nobody: nobody in it can be asked; or it has never served anybody; or it has
 * no host, and keeps one out or holds but one member. Else its members may be right to refuse: it
 * is locked or full, the key package is bad, the leaf is gone already. */
static bool is_useless(const struct meeting *g)
{
    uint32_t leaves = 0;
    bool host_in = false, host_out = false;
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        leaves += p->group.in_tree;
        host_in = host_in || ((p->keyed || meet_is_host(p)) && may_commit(p));
        host_out = host_out || (p->keyed && hurries(p));
    }
    return !choose(g) || g->group.epoch == 0 || (!host_in && (host_out || leaves < 2));
}

/* Three rounds of one question end it, in whatever way they ended. */
static void round_over(struct meet *m, struct meeting *g)
{
    g->group.rounds++;
    if (g->group.rounds < MEET_ROUNDS) {
        ask(m, g);
    } else if (is_useless(g)) {
        delivery_dissolve(m, g);
    } else {
        delivery_give_up(m, g);
        rest(g);
        committer_update(m, g);
    }
}

/* The one who was asked hears of a removal at once; joins wait for the next batch. */
static void update_asked(struct meet *m, struct meeting *g, uint32_t left)
{
    const struct member *p = meet_id_find(m, KEY_MEMBER, g->group.asked);
    if (p && may_commit(p)) {
        if (left > g->group.told)
            tell_wanted(m, g, p);
    } else if (g->group.asked != 0) {
        round_over(m, g); /* it went: the next, at once */
    } else if (choose(g)) {
        ask(m, g); /* there was nobody, and now there is */
    }              /* else the round that asks nobody goes on: it must end some time */
    g->group.told = left;
}

void committer_update(struct meet *m, struct meeting *g)
{
    uint32_t left = to_remove(g);
    if (g->group.id_len == 0 || (left == 0 && !someone_asks_in(g))) {
        rest(g);
    } else if (g->group.asking) {
        update_asked(m, g, left);
    } else {
        instant_us batch = g->group.added ? g->group.added + MEET_BATCH_US : m->now;
        g->group.due = left > 0 || batch < m->now ? m->now : batch;
        if (g->group.due <= m->now)
            ask(m, g);
    }
    set_due(m, g);
}

/* Only additions space out additions: in a large group members' own rekeys come all the time, and
 * a newcomer does not wait for those. */
void committer_served(struct meet *m, struct meeting *g, uint32_t gone, uint32_t came)
{
    if (came > 0)
        g->group.added = m->now;
    if (gone + came > 0)
        rest(g);
    committer_update(m, g);
}

void committer_show(struct meet *m, struct meeting *g)
{
    if (!setting_on(&g->safe.settings, SETTING_waiting_room) && g->waiting == 0)
        return;
    instant_us next = g->group.shown ? g->group.shown + MEET_BATCH_US : m->now;
    if (g->group.show_due == INSTANT_NEVER)
        g->group.show_due = next > m->now ? next : m->now;
    set_due(m, g);
}

static void show(struct meet *m, struct meeting *g)
{
    g->group.show_due = INSTANT_NEVER;
    g->group.shown = m->now;
    LIST_EACH(&g->members, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, node);
        if ((p->keyed || meet_is_host(p)) && p->group.in_group)
            tell_wanted(m, g, p);
    }
}

instant_us committer_deadline(const struct meet *m)
{
    instant_us first = INSTANT_NEVER;
    LIST_EACH(&m->due, it)
    {
        const struct meeting *g = LIST_ENTRY(it, const struct meeting, due_node);
        first = instant_min(first, instant_min(g->group.due, g->group.show_due));
    }
    return first;
}

static void step(struct meet *m, struct meeting *g)
{
    if (g->group.show_due <= m->now)
        show(m, g);
    if (g->group.due > m->now) {
        set_due(m, g);
        return;
    }
    if (g->group.asking)
        round_over(m, g);
    else
        ask(m, g);
    set_due(m, g);
}

/* One a tick: the shell comes straight back while another's moment has passed. */
void committer_tick(struct meet *m)
{
    LIST_EACH_SAFE(&m->due, it, next)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, due_node);
        if (instant_min(g->group.due, g->group.show_due) <= m->now) {
            step(m, g);
            return;
        }
    }
}
