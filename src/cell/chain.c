#include "cell/chain.h"

#include <stddef.h>
#include <string.h>

#define NOWHERE UINT32_MAX

const char *chain_fault_words(enum chain_fault fault)
{
    static const char *const words[] = {
#define FAULT(name, words) words,
        CHAIN_FAULTS(FAULT)
#undef FAULT
    };
    return fault < CHAIN_FAULT_COUNT_ ? words[fault] : "";
}

static struct chain_verdict verdict(enum chain_fault fault, const struct receipt *r,
                                    const char *other)
{
    return (struct chain_verdict){fault, r ? r->number : 0, r ? r->node : NULL, other};
}

static const struct chain_verdict fine = {CHAIN_FINE, 0, NULL, NULL};

static uint32_t node_named(const struct chain_facts *f, const char *name)
{
    for (uint32_t i = 0; i < f->nodes; i++)
        if (strcmp(f->node[i].node, name) == 0)
            return i;
    return NOWHERE;
}

static const struct receipt *receipt_of(const struct chain_facts *f, const struct chain_node *n,
                                        uint32_t i)
{
    return &f->receipt[n->first + i].r;
}

/* ---- one receipt ---- */

static bool build_known(const struct chain_facts *f, const uint8_t build[RECEIPT_HASH])
{
    for (uint32_t i = 0; i < f->builds; i++)
        if (memcmp(f->build[i], build, RECEIPT_HASH) == 0)
            return true;
    return false;
}

static enum chain_fault judge(const struct chain_facts *f, const struct chain_entry *e,
                              const struct chain_node *n)
{
    const struct receipt *r = &e->r;
    if (memcmp(r->meeting, f->meeting, sizeof f->meeting) != 0)
        return CHAIN_MEETING;
    if (!n)
        return CHAIN_STRANGER;
    if (receipt_verify(e->bytes, n->key) != ERR_OK)
        return CHAIN_FORGED;
    if (r->from_ms / 1000 < n->from_s || r->to_ms / 1000 > n->till_s)
        return CHAIN_OUTSIDE;
    if (strcmp(r->centre, n->centre) != 0 || strcmp(r->zone, n->zone) != 0)
        return CHAIN_NAMES;
    if (!f->any_build && !build_known(f, r->build))
        return CHAIN_BUILD;
    return r->to_ms > f->now_ms + CHAIN_CLOCK_MS ? CHAIN_FUTURE : CHAIN_FINE;
}

/* Against the receipt before it of the same node; of a node's first, NULL. */
static enum chain_fault judge_order(const struct chain_entry *before, const struct chain_entry *e)
{
    uint8_t hash[RECEIPT_HASH];
    if (!before) /* who came later has no earlier ones */
        return CHAIN_FINE;
    if (e->r.number <= before->r.number)
        return CHAIN_REPLAYED;
    if (e->r.number != before->r.number + 1)
        return CHAIN_GAP;
    receipt_hash(before->bytes, hash);
    if (memcmp(hash, e->r.before, sizeof hash) != 0)
        return CHAIN_BROKEN;
    return e->r.from_ms < before->r.to_ms ? CHAIN_OVERLAP : CHAIN_FINE;
}

static struct chain_verdict each(struct chain_facts *f)
{
    for (uint32_t i = 0; i < f->receipts; i++) {
        const struct chain_entry *e = &f->receipt[i], *before = NULL;
        if (i > 0 && strcmp(e[-1].r.node, e->r.node) == 0)
            before = e - 1;
        uint32_t at = node_named(f, e->r.node);
        struct chain_node *n = at == NOWHERE ? NULL : &f->node[at];
        enum chain_fault fault = judge(f, e, n);
        if (fault == CHAIN_FINE)
            fault = before || n->count == 0 ? judge_order(before, e) : CHAIN_BROKEN;
        if (fault != CHAIN_FINE)
            return verdict(fault, &e->r, NULL);
        if (n->count++ == 0)
            n->first = i;
    }
    return fine;
}

/* ---- the fence ---- */

static bool carried(const struct receipt *r)
{
    uint64_t sum = r->taken.packets + r->given.packets;
    for (uint32_t i = 0; i < r->previous; i++)
        sum += r->from[i].count.packets;
    for (uint32_t i = 0; i < r->next; i++)
        sum += r->to[i].count.packets;
    return sum > 0;
}

/* Somebody from the zone was there all the time, but for what clocks and leases allow. */
static bool covered(const struct chain_facts *f, const struct receipt *r)
{
    int64_t at = r->from_ms;
    for (bool further = true; at < r->to_ms && further;) {
        further = false;
        for (uint32_t i = 0; i < f->people; i++) {
            const struct chain_person *p = &f->person[i];
            int64_t end = p->to_ms + CHAIN_CLOCK_MS + CHAIN_LEASE_MS;
            if (strcmp(f->node[p->node].zone, r->zone) != 0 || p->from_ms - CHAIN_CLOCK_MS > at ||
                end <= at)
                continue;
            at = end;
            further = true;
        }
    }
    return at >= r->to_ms;
}

static bool differ(uint64_t more, uint64_t less, uint64_t slack)
{
    return more > less + more / CHAIN_LOSS + CHAIN_SLACK + slack;
}

static bool in_transit(const struct receipt *r)
{
    for (uint32_t i = 0; i < r->next; i++)
        if (differ(r->to[i].count.packets, r->taken.packets, 0))
            return true;
    return false;
}

static struct chain_verdict fence(const struct chain_facts *f)
{
    for (uint32_t i = 0; i < f->receipts; i++) {
        const struct receipt *r = &f->receipt[i].r;
        if (!f->node[node_named(f, r->node)].fenced || !carried(r))
            continue;
        if (!covered(f, r))
            return verdict(CHAIN_FENCE, r, NULL);
        if (in_transit(r))
            return verdict(CHAIN_TRANSIT, r, NULL);
    }
    return fine;
}

/* ---- neighbours ---- */

static uint64_t packets_to(const struct receipt_hop *hop, uint32_t count, const char *node)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(hop[i].node, node) == 0)
            return hop[i].count.packets;
    return 0;
}

struct sum {
    uint64_t all, most; /* of one receipt */
};

static struct sum sum_of(const struct chain_facts *f, const struct chain_node *n, bool next,
                         const char *other)
{
    struct sum s = {0, 0};
    for (uint32_t i = 0; i < n->count; i++) {
        const struct receipt *r = receipt_of(f, n, i);
        uint64_t p =
            next ? packets_to(r->to, r->next, other) : packets_to(r->from, r->previous, other);
        s.all += p;
        s.most = p > s.most ? p : s.most;
    }
    return s;
}

static enum chain_fault judge_pair(const struct chain_facts *f, const struct chain_node *from,
                                   const struct chain_node *to)
{
    struct sum sent = sum_of(f, from, true, to->node), got = sum_of(f, to, false, from->node);
    uint64_t slack = 2 * (sent.most > got.most ? sent.most : got.most);
    if ((sent.all == 0) != (got.all == 0) && sent.all + got.all > CHAIN_SLACK)
        return CHAIN_HOP;
    return differ(sent.all, got.all, slack) || differ(got.all, sent.all, slack) ? CHAIN_COUNTS
                                                                                : CHAIN_FINE;
}

/* A hop that is no node of these facts. */
static const char *unknown_hop(const struct chain_facts *f, const struct receipt *r)
{
    for (uint32_t i = 0; i < r->previous; i++)
        if (node_named(f, r->from[i].node) == NOWHERE)
            return r->from[i].node;
    for (uint32_t i = 0; i < r->next; i++)
        if (node_named(f, r->to[i].node) == NOWHERE)
            return r->to[i].node;
    return NULL;
}

static struct chain_verdict neighbours(const struct chain_facts *f)
{
    for (uint32_t i = 0; i < f->receipts; i++) {
        const char *other = unknown_hop(f, &f->receipt[i].r);
        if (other)
            return verdict(CHAIN_HOP, &f->receipt[i].r, other);
    }
    for (uint32_t i = 0; i < f->nodes; i++)
        for (uint32_t k = 0; k < f->nodes; k++) {
            if (i == k || f->node[i].count + f->node[k].count == 0)
                continue;
            enum chain_fault fault = judge_pair(f, &f->node[i], &f->node[k]);
            if (fault != CHAIN_FINE)
                return (struct chain_verdict){fault, 0, f->node[i].node, f->node[k].node};
        }
    return fine;
}

/* ---- from who was heard to who heard ---- */

/* Receipts without a break over the time, but for the clocks and what is not signed yet. */
static bool attested(const struct chain_facts *f, const struct chain_node *n, int64_t from_ms,
                     int64_t to_ms)
{
    int64_t at = from_ms + CHAIN_CLOCK_MS, end = to_ms - CHAIN_CLOCK_MS;
    int64_t signed_by = f->now_ms - RECEIPT_WINDOW_MS - CHAIN_CLOCK_MS;
    end = end < signed_by ? end : signed_by;
    for (uint32_t i = 0; i < n->count && at < end; i++) {
        const struct receipt *r = receipt_of(f, n, i);
        if (r->from_ms > at)
            return false;
        at = r->to_ms > at ? r->to_ms : at;
    }
    return at >= end;
}

static bool handed(const struct chain_facts *f, uint32_t from, uint32_t to, int64_t from_ms,
                   int64_t to_ms)
{
    const struct chain_node *n = &f->node[from];
    for (uint32_t i = 0; i < n->count; i++) {
        const struct receipt *r = receipt_of(f, n, i);
        if (r->from_ms < to_ms + CHAIN_CLOCK_MS && r->to_ms > from_ms - CHAIN_CLOCK_MS &&
            packets_to(r->to, r->next, f->node[to].node) > 0)
            return true;
    }
    return false;
}

/* Breadth first over hops that carried something in that time. */
static bool leads(const struct chain_facts *f, uint32_t from, uint32_t to, int64_t from_ms,
                  int64_t to_ms)
{
    uint32_t queue[CHAIN_NODES], head = 0, tail = 0;
    bool seen[CHAIN_NODES] = {false};
    queue[tail++] = from;
    seen[from] = true;
    while (head < tail && !seen[to]) {
        uint32_t at = queue[head++];
        for (uint32_t i = 0; i < f->nodes; i++)
            if (!seen[i] && handed(f, at, i, from_ms, to_ms)) {
                seen[i] = true;
                queue[tail++] = i;
            }
    }
    return seen[to];
}

static struct chain_verdict hearing(const struct chain_facts *f)
{
    for (uint32_t i = 0; i < f->heard; i++) {
        const struct chain_heard *h = &f->hear[i];
        uint32_t theirs = f->person[h->person].node, own = f->person[h->own].node;
        const char *a = f->node[theirs].node, *b = f->node[own].node;
        int64_t end = f->now_ms - RECEIPT_WINDOW_MS - CHAIN_CLOCK_MS;
        if (h->from_ms >= end) /* receipts for it are still to come */
            continue;
        if (!attested(f, &f->node[theirs], h->from_ms, h->to_ms))
            return (struct chain_verdict){CHAIN_EDGE, 0, a, NULL};
        if (!attested(f, &f->node[own], h->from_ms, h->to_ms))
            return (struct chain_verdict){CHAIN_EDGE, 0, b, NULL};
        if (!leads(f, theirs, own, h->from_ms, h->to_ms))
            return (struct chain_verdict){CHAIN_PATH, 0, a, b};
    }
    return fine;
}

struct chain_verdict chain_verify(struct chain_facts *f)
{
    if (f->receipts == 0)
        return verdict(CHAIN_EMPTY, NULL, NULL);
    for (uint32_t i = 0; i < f->nodes; i++)
        f->node[i].first = f->node[i].count = 0;
    struct chain_verdict v = each(f);
    if (v.fault == CHAIN_FINE)
        v = fence(f);
    if (v.fault == CHAIN_FINE)
        v = neighbours(f);
    if (v.fault == CHAIN_FINE)
        v = hearing(f);
    return v;
}
