/* A live group of three for the fuzzers of e2ee/group, and a member of it who signs whatever the
 * fuzzer likes. Seeded; the block of the listener is put back after every input that changed it. */
#ifndef TESTS_FUZZ_PARTY_H
#define TESTS_FUZZ_PARTY_H

#include <stdlib.h>

#include "base/bug.h"
#include "e2ee/group_inside.h"

enum { PARTY = 4, PARTY_LEAVES = 8, PARTY_ARENA = PARTY_LEAVES * 1024, PARTY_ROOM = 1 << 18 };

struct guest {
    struct group *g;
    uint64_t random;
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
};

struct party {
    struct guest guest[PARTY]; /* 0 to 2 are in, 0 is bad, 1 listens; 3 waits with a KeyPackage */
    uint8_t package[2048];
    struct span add;
    uint8_t *commit, *welcome;
    size_t commit_len, welcome_len;
    uint8_t *kept; /* copy of the block that inputs act upon */
    size_t bytes;
};

static inline void party_fill(void *ctx, uint8_t *out, size_t len)
{
    uint64_t *state = ctx;
    for (size_t i = 0; i < len; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*state >> 56);
    }
}

static inline enum err party_psk(void *ctx, struct span id, struct span *value)
{
    static const uint8_t link[SUITE_HASH] = {1, 2, 3};
    (void)ctx;
    *value = span_of(link, sizeof link);
    return span_equal(id, span_str("link")) ? ERR_OK : ERR_NOT_FOUND;
}

static inline struct group_config party_config(struct guest *p)
{
    return (struct group_config){.suite = &suite_chacha,
                                 .leaves = PARTY_LEAVES,
                                 .arena = PARTY_ARENA,
                                 .random = {party_fill, &p->random},
                                 .hooks = {.psk = party_psk}};
}

static inline void guest_open(struct guest *p, uint64_t number)
{
    uint8_t seed[32];
    p->random = number;
    struct group_config c = party_config(p);
    void *block = malloc(group_bytes(&c));
    BUG_IF(!block);
    p->g = group_open(block, &c);
    party_fill(&p->random, seed, sizeof seed);
    suite_sign_keys(seed, p->secret, p->public);
    struct group_self self = {p->secret, span_of(p->public, sizeof p->public), span_str("guest"),
                              span_of(NULL, 0)};
    BUG_IF(group_set_self(p->g, &self) != ERR_OK);
}

static inline void party_package(struct party *y, struct guest *p)
{
    uint8_t ref[SUITE_HASH];
    struct writer w = writer_of(y->package, sizeof y->package);
    BUG_IF(group_key_package(p->g, 0, 1000, &w, ref) != ERR_OK);
    y->add = writer_span(&w);
}

static inline void party_commit(struct party *y, struct guest *p, const struct group_plan *plan)
{
    struct writer c = writer_of(y->commit, PARTY_ROOM), w = writer_of(y->welcome, PARTY_ROOM);
    BUG_IF(group_commit(p->g, plan, &c, &w) != ERR_OK);
    y->commit_len = writer_len(&c);
    y->welcome_len = writer_len(&w);
}

static inline void party_add(struct party *y, uint32_t n)
{
    struct group_result result;
    party_package(y, &y->guest[n]);
    struct group_plan plan = {.add = &y->add, .n_add = 1, .path = true};
    party_commit(y, &y->guest[0], &plan);
    for (uint32_t i = 0; i < n; i++)
        BUG_IF(group_process(y->guest[i].g, span_of(y->commit, y->commit_len), &result) != ERR_OK);
    BUG_IF(group_join(y->guest[n].g, span_of(y->welcome, y->welcome_len), span_of(NULL, 0), 0) !=
           ERR_OK);
}

static inline void party_open(struct party *y)
{
    y->commit = malloc(PARTY_ROOM);
    y->welcome = malloc(PARTY_ROOM);
    BUG_IF(!y->commit || !y->welcome || suite_start() != ERR_OK);
    for (uint32_t i = 0; i < PARTY; i++)
        guest_open(&y->guest[i], i + 1);
    BUG_IF(group_create(y->guest[0].g, span_str("party"), span_of(NULL, 0)) != ERR_OK);
    party_add(y, 1);
    party_add(y, 2);
    party_package(y, &y->guest[3]);
}

/* ---- the block under test ---- */

static inline void party_keep(struct party *y, const struct guest *p)
{
    struct group_config c = p->g->config;
    y->bytes = group_bytes(&c);
    y->kept = malloc(y->bytes);
    BUG_IF(!y->kept);
    memcpy(y->kept, p->g, y->bytes);
}

static inline void party_restore(const struct party *y, const struct guest *p)
{
    memcpy(p->g, y->kept, y->bytes);
}

static inline void party_same(const struct party *y, const struct guest *p, const void *at,
                              size_t len)
{
    size_t offset = (size_t)((const uint8_t *)at - (const uint8_t *)p->g);
    BUG_IF(memcmp(y->kept + offset, at, len) != 0);
}

/* After a refusal: the epoch and all that is kept beside it are as they were, work holds no secret.
 */
static inline void party_unchanged(const struct party *y, const struct guest *p)
{
    static const struct epoch_secrets none;
    const struct group *g = p->g;
    party_same(y, p, g->now, sizeof *g->now);
    party_same(y, p, g->pending, sizeof *g->pending);
    party_same(y, p, &g->active, offsetof(struct group, slots) - offsetof(struct group, active));
    party_same(y, p, &g->ratchets,
               offsetof(struct group, n_list) - offsetof(struct group, ratchets));
    party_same(y, p, g->now->tree, tree_bytes(PARTY_LEAVES, PARTY_ARENA));
    BUG_IF(memcmp(&g->work->secrets, &none, sizeof none) != 0);
}

/* ---- edits ---- */

/* Overwrites parts of `base` by the fuzzer's wish: (offset, offset, length - 1 of 0..15, bytes)*,
 * and after a length byte of 255 cuts the rest off. The new length. */
static inline size_t party_edit(uint8_t *base, size_t len, struct span wish)
{
    struct reader r = reader_of(wish);
    while (reader_left(&r) >= 4 && len > 0) {
        size_t at = reader_u16(&r) % len;
        uint8_t n = reader_u8(&r);
        if (n == 255)
            return at;
        struct span bytes = reader_take(&r, (size_t)(n & 15) + 1);
        for (size_t i = 0; i < bytes.len && at + i < len; i++)
            base[at + i] = bytes.ptr[i];
    }
    return len;
}

#endif
