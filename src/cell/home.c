#include "cell/home.h"

#include <string.h>

void home_init(struct home *h, uint32_t term, bool first, instant_us now)
{
    memset(h, 0, sizeof *h);
    h->word.term = term;
    h->word.epoch = 1;
    h->quiet = first ? now : now + GRANT_MOST_US;
    h->clock = now;
}

/* Leases are counted on this clock: where it cannot be trusted, none is taken to have run out. */
static void look_at(struct home *h, instant_us now)
{
    if (now < h->clock)
        h->act_until = 0;
    if (now < h->clock || now - h->clock > HOME_GAP_MS * US_PER_MS)
        h->quiet = now + GRANT_MOST_US;
    h->clock = now;
}

bool home_acts(struct home *h, instant_us now)
{
    look_at(h, now);
    return now < h->act_until;
}

void home_act(struct home *h, instant_us until)
{
    h->act_until = until;
}

static struct home_node *node_of(struct home *h, uint32_t id)
{
    for (uint32_t i = 0; i < HOME_NODES; i++)
        if (h->node[i].id == id)
            return &h->node[i];
    return NULL;
}

/* A place for a node: its own, a free one, or that of one whose lease has run out. */
static struct home_node *place_for(struct home *h, uint32_t id, instant_us now)
{
    struct home_node *n = node_of(h, id);
    for (uint32_t i = 0; i < HOME_NODES && !n; i++)
        if (h->node[i].id == 0 || now >= h->node[i].may_hold)
            n = &h->node[i];
    if (n && n->id != id)
        *n = (struct home_node){.id = id};
    return n;
}

bool home_allow(struct home *h, grant_zones steady, grant_zones leased, instant_us now)
{
    if (!home_acts(h, now))
        return false;
    leased &= ~steady;
    if (steady == h->word.steady && leased == h->word.leased)
        return true;
    grant_zones gone = h->word.leased & ~(leased | steady);
    h->word.steady = steady;
    h->word.leased = leased;
    h->word.epoch++;
    h->leaving = (h->leaving | gone) & ~(leased | steady);
    if (gone) {
        h->withdrawn_in = h->word.epoch;
        h->repeat_at = now;
        h->cursor = 0;
    }
    return true;
}

bool home_asked(struct home *h, uint32_t node, instant_us now, struct grant_word *out)
{
    struct home_node *n = home_acts(h, now) && node != 0 ? place_for(h, node, now) : NULL;
    if (!n)
        return false;
    n->may_hold = now + GRANT_MOST_US;
    n->may_have |= h->word.leased;
    *out = h->word;
    return true;
}

void home_acked(struct home *h, uint32_t node, uint32_t term, uint32_t epoch)
{
    struct home_node *n = node != 0 ? node_of(h, node) : NULL;
    if (n && term == h->word.term && epoch >= h->withdrawn_in && epoch <= h->word.epoch)
        n->may_have &= ~h->leaving;
}

/* What the node may hold of the zones that are leaving. */
static grant_zones held(const struct home *h, const struct home_node *n, instant_us now)
{
    return n->id != 0 && now < n->may_hold ? n->may_have & h->leaving : 0;
}

bool home_poll(struct home *h, instant_us now, uint32_t *node, struct grant_word *out)
{
    if (!home_acts(h, now) || h->leaving == 0 || now < h->repeat_at)
        return false;
    while (h->cursor < HOME_NODES) {
        const struct home_node *n = &h->node[h->cursor++];
        if (!held(h, n, now))
            continue;
        *node = n->id;
        *out = h->word;
        return true;
    }
    h->cursor = 0;
    h->repeat_at = now + HOME_REPEAT_MS * US_PER_MS;
    return false;
}

grant_zones home_committed(struct home *h, instant_us now)
{
    grant_zones waits = 0;
    if (!home_acts(h, now) || now < h->quiet)
        return 0;
    for (uint32_t i = 0; i < HOME_NODES; i++)
        waits |= held(h, &h->node[i], now);
    grant_zones done = h->leaving & ~waits;
    h->leaving &= waits;
    return done;
}
