/* Who is asked to commit, and when: hosts first, then the lowest member id; the next one after a
 * second and a half without a commit that serves anybody; after three rounds the group is
 * dissolved. knows: who wants in, who left, who is connected. knows not: what is in a commit. owns:
 * the meetings' moments (meet.due). See delivery.h. */
#include "meet/state.h"

/* ---- what there is to do ---- */

static bool asks_in(const struct member *p)
{
    return p->group.key_package_len != 0 && p->session != 0;
}

static bool someone_asks_in(const struct meeting *g)
{
    LIST_EACH(&g->group.pending, it)
    {
        const struct member *p = LIST_ENTRY(it, const struct member, group.pending_node);
        if (asks_in(p) && !p->waiting)
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
        return to->role == MEET_HOST;
    return g->group.asking && g->group.asked == to->id;
}

/* ---- who ---- */

/* With a waiting room only hosts may add; removing may anyone. */
static bool may_commit(const struct member *p, bool hosts_only)
{
    return p->group.in_group && p->session != 0 && !p->group.spoiled &&
           (!hosts_only || p->role == MEET_HOST);
}

static uint64_t rank(const struct member *p)
{
    return (uint64_t)(p->role != MEET_HOST) << 32 | p->id;
}

/* The member whose rank is the lowest above `above`. */
static struct member *next_in_rank(const struct meeting *g, bool hosts_only, uint64_t above)
{
    struct member *best = NULL;
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (may_commit(p, hosts_only) && rank(p) > above && (!best || rank(p) < rank(best)))
            best = p;
    }
    return best;
}

static struct member *choose(const struct meeting *g)
{
    bool hosts_only = g->waiting_room && someone_asks_in(g);
    struct member *p = next_in_rank(g, hosts_only, 0);
    for (uint32_t i = 0; p && i < g->group.rounds; i++) {
        struct member *next = next_in_rank(g, hosts_only, rank(p));
        p = next ? next : next_in_rank(g, hosts_only, 0);
    }
    return p;
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

static void ask(struct meet *m, struct meeting *g)
{
    const struct member *p = choose(g);
    g->group.asking = true;
    g->group.asked = p ? p->id : 0;
    g->group.told = to_remove(g);
    g->group.due = m->now + MEET_ROUND_US + jitter(m);
    if (p)
        tell_wanted(m, g, p);
}

static void rest(struct meeting *g)
{
    g->group.asking = false;
    g->group.asked = g->group.rounds = 0;
    g->group.due = INSTANT_NEVER;
}

/* The one who was asked hears of a removal at once; joins wait for the next batch. */
static void update_asked(struct meet *m, struct meeting *g, uint32_t left)
{
    const struct member *p = meet_id_find(m, KEY_MEMBER, g->group.asked);
    bool hosts_only = g->waiting_room && someone_asks_in(g);
    if (!p || !may_commit(p, hosts_only))
        ask(m, g); /* it went: the same round with another */
    else if (left > g->group.told)
        tell_wanted(m, g, p);
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
        instant_us batch = g->group.committed ? g->group.committed + MEET_BATCH_US : m->now;
        g->group.due = left > 0 || batch < m->now ? m->now : batch;
        if (g->group.due <= m->now)
            ask(m, g);
    }
    set_due(m, g);
}

void committer_served(struct meet *m, struct meeting *g, bool served)
{
    g->group.committed = m->now;
    if (served)
        rest(g);
    committer_update(m, g);
}

void committer_show(struct meet *m, struct meeting *g)
{
    if (!g->waiting_room)
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
        if (p->role == MEET_HOST && p->group.in_group)
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
        g->group.rounds++;
    if (g->group.rounds >= MEET_ROUNDS) {
        delivery_dissolve(m, g);
        return;
    }
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
