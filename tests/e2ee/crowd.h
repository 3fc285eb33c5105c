/* People with a group each, for the tests of e2ee/group: seeded, every key real. */
#ifndef TESTS_E2EE_CROWD_H
#define TESTS_E2EE_CROWD_H

#include <stdio.h>
#include <stdlib.h>

#include "base/fact.h"
#include "e2ee/group_inside.h"
#include "proto/random.h"

enum { CROWD_MESSAGE = 1 << 20, CROWD_PACKAGE = 2048 };

struct person {
    struct group *g;
    size_t bytes;
    struct random random;
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    uint8_t link[SUITE_HASH]; /* the PSK "link" as this person knows it */
    bool knows_link;
    enum mls_rule refuses; /* what the hooks say */
    unsigned asked;        /* calls of the hook */
    struct group_change seen;
    uint32_t seen_added, seen_removed, seen_updated; /* the first leaf of each list */
};

struct paper {
    uint8_t *bytes;
    struct writer w;
};

static inline struct paper paper_new(void)
{
    struct paper p = {.bytes = malloc(CROWD_MESSAGE)};
    assert_non_null(p.bytes);
    p.w = writer_of(p.bytes, CROWD_MESSAGE);
    return p;
}

static inline struct writer *paper_blank(struct paper *p)
{
    p->w = writer_of(p->bytes, CROWD_MESSAGE);
    return &p->w;
}

static inline struct span paper_span(const struct paper *p)
{
    return writer_span(&p->w);
}

static inline enum err crowd_psk(void *ctx, struct span id, struct span *value)
{
    struct person *p = ctx;
    if (!p->knows_link || !span_equal(id, span_str("link")))
        return ERR_NOT_FOUND;
    *value = span_of(p->link, sizeof p->link);
    return ERR_OK;
}

static inline enum mls_rule crowd_check(void *ctx, const struct group_change *change)
{
    struct person *p = ctx;
    p->asked++;
    p->seen = *change;
    p->seen_added = change->n_added ? change->added[0] : NODE_NONE;
    p->seen_removed = change->n_removed ? change->removed[0] : NODE_NONE;
    p->seen_updated = change->n_updated ? change->updated[0] : NODE_NONE;
    return p->refuses;
}

static inline enum mls_rule crowd_check_join(void *ctx, const struct group_entry *entry)
{
    struct person *p = ctx;
    assert_true(entry->group_id.len > 0 && tree_count(entry->tree) > 0);
    p->asked++;
    return p->refuses;
}

static inline void crowd_fill(void *ctx, uint8_t *out, size_t len)
{
    random_fill(ctx, out, len);
}

static inline void person_self(struct person *p, struct span extensions)
{
    uint8_t seed[32], identity[16];
    random_fill(&p->random, seed, sizeof seed);
    random_fill(&p->random, identity, sizeof identity);
    suite_sign_keys(seed, p->secret, p->public);
    struct group_self self = {p->secret, span_of(p->public, sizeof p->public),
                              span_of(identity, sizeof identity), extensions};
    assert_int_equal(group_set_self(p->g, &self), ERR_OK);
}

static inline void person_open(struct person *p, uint64_t seed, uint32_t leaves)
{
    memset(p, 0, sizeof *p);
    p->random = (struct random){seed * 2654435761u + 12345};
    struct group_config config = {
        .suite = &suite_chacha,
        .leaves = leaves,
        .arena = (size_t)leaves * 1024,
        .random = {crowd_fill, &p->random},
        .hooks = {p, crowd_psk, crowd_check, crowd_check_join},
    };
    p->bytes = group_bytes(&config);
    void *memory = calloc(1, p->bytes); /* fingerprint() reads what was never written, too */
    assert_non_null(memory);
    p->g = group_open(memory, &config);
    memset(p->link, 0x5a, sizeof p->link);
    p->knows_link = true;
    person_self(p, span_of(NULL, 0));
}

static inline void person_close(struct person *p)
{
    void *memory = p->g;
    group_close(p->g);
    free(memory);
}

static inline struct span person_package(struct person *p, uint8_t room[CROWD_PACKAGE])
{
    uint8_t ref[SUITE_HASH];
    struct writer w = writer_of(room, CROWD_PACKAGE);
    assert_int_equal(group_key_package(p->g, 0, 1000, &w, ref), ERR_OK);
    return writer_span(&w);
}

static inline void must(struct person *p, enum err e)
{
    if (e != ERR_OK)
        fail_msg("%s: %s", err_name(e), rule_words(group_rule(p->g)));
}

static inline void refused(struct person *p, enum err e, enum mls_rule rule)
{
    if (e == ERR_OK)
        fail_msg("taken, not refused by: %s", rule_words(rule));
    if (group_rule(p->g) != rule)
        fail_msg("refused by \"%s\", not \"%s\"", rule_words(group_rule(p->g)), rule_words(rule));
}

static inline enum err hear(struct person *p, struct span message)
{
    struct group_result result;
    return group_process(p->g, message, &result);
}

static inline void agree(const struct person *a, const struct person *b)
{
    assert_int_equal(group_epoch(a->g), group_epoch(b->g));
    assert_memory_equal(group_authenticator(a->g), group_authenticator(b->g), SUITE_HASH);
    assert_memory_equal(group_transcript(a->g), group_transcript(b->g), SUITE_HASH);
}

/* Everything that a member can tell of its state, and every byte that keeps it: for tests that
 * nothing changed. The secret trees are left out when `ratchets` is false (opening draws keys
 * lazily). */
static inline void fingerprint(const struct person *p, bool ratchets, uint8_t out[SUITE_HASH])
{
    const struct group *g = p->g;
    struct paper tree = paper_new();
    uint8_t part[8][SUITE_HASH];
    assert_int_equal(tree_write(g->now->tree, paper_blank(&tree)), ERR_OK);
    suite_hash(g->config.suite, paper_span(&tree), part[0]);
    const struct group_slot *s = g->now;
    struct span pieces[] = {
        span_of(&s->keys, sizeof s->keys),
        span_of(&s->context, sizeof s->context),
        span_of(&s->secrets,
                offsetof(struct group_slot, delta) - offsetof(struct group_slot, secrets)),
        span_of(&g->previous, sizeof g->previous),
        span_of(&g->n_cached, offsetof(struct group, n_list) - offsetof(struct group, n_cached)),
        span_of(g->signature_secret,
                offsetof(struct group, n_cached) - offsetof(struct group, signature_secret)),
    };
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        suite_hash(g->config.suite, pieces[i], part[i + 1]);
    size_t len = ratchets ? secret_bytes(g->config.leaves) : 0;
    suite_hash3(g->config.suite, span_of(g->ratchet_memory[0], len),
                span_of(g->ratchet_memory[1], len),
                span_of(g->pending, g->has_pending ? sizeof *g->pending : 0), part[7]);
    uint8_t flags[] = {g->active, g->has_pending, g->has_package, (uint8_t)(g->now - g->slots)};
    suite_hash3(g->config.suite, span_of(part, sizeof part), span_of(flags, sizeof flags),
                span_of(NULL, 0), out);
    free(tree.bytes);
}

static inline void unchanged(const struct person *p, bool ratchets,
                             const uint8_t before[SUITE_HASH])
{
    uint8_t after[SUITE_HASH];
    fingerprint(p, ratchets, after);
    assert_memory_equal(before, after, SUITE_HASH);
}

/* ---- a meeting in which everybody hears everybody ---- */

enum { CROWD_MAX = 64 };

struct crowd {
    uint32_t n;
    struct person person[CROWD_MAX]; /* those in the group stand first in no special order */
    bool in[CROWD_MAX];
    struct paper commit, welcome;
    uint8_t package[CROWD_MAX][CROWD_PACKAGE];
};

static inline struct crowd *crowd_open(uint32_t n, uint64_t seed, uint32_t leaves)
{
    struct crowd *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->n = n;
    c->commit = paper_new();
    c->welcome = paper_new();
    for (uint32_t i = 0; i < n; i++)
        person_open(&c->person[i], seed * 1000 + i, leaves);
    must(&c->person[0], group_create(c->person[0].g, span_str("a meeting"), span_of(NULL, 0)));
    c->in[0] = true;
    return c;
}

static inline void crowd_close(struct crowd *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        person_close(&c->person[i]);
    free(c->commit.bytes);
    free(c->welcome.bytes);
    free(c);
}

/* `who` commits the plan, everybody in the group hears it; the Welcome is in c->welcome. */
static inline void crowd_commit(struct crowd *c, uint32_t who, const struct group_plan *plan)
{
    struct person *p = &c->person[who];
    must(p, group_commit(p->g, plan, paper_blank(&c->commit), paper_blank(&c->welcome)));
    for (uint32_t i = 0; i < c->n; i++) {
        if (!c->in[i])
            continue;
        must(&c->person[i], hear(&c->person[i], paper_span(&c->commit)));
        c->in[i] = group_active(c->person[i].g);
    }
}

static inline void crowd_add(struct crowd *c, uint32_t who, uint32_t newcomer, bool path)
{
    struct span add = person_package(&c->person[newcomer], c->package[newcomer]);
    struct span link = span_str("link");
    struct group_plan plan = {.add = &add, .n_add = 1, .psk = &link, .n_psk = 1, .path = path};
    crowd_commit(c, who, &plan);
    must(&c->person[newcomer],
         group_join(c->person[newcomer].g, paper_span(&c->welcome), span_of(NULL, 0), 0));
    c->in[newcomer] = true;
    agree(&c->person[who], &c->person[newcomer]);
}

static inline void crowd_remove(struct crowd *c, uint32_t who, uint32_t gone)
{
    uint32_t leaf = group_own_leaf(c->person[gone].g);
    struct group_plan plan = {.remove = &leaf, .n_remove = 1};
    crowd_commit(c, who, &plan);
    assert_false(c->in[gone]);
}

/* The first n people are in. */
static inline struct crowd *crowd_of(uint32_t n, uint32_t spare, uint64_t seed)
{
    struct crowd *c = crowd_open(n + spare, seed, 64);
    for (uint32_t i = 1; i < n; i++)
        crowd_add(c, i - 1, i, true);
    return c;
}

#endif
