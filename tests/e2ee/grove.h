/* Leaves and trees for the tests of e2ee/leaf, e2ee/tree and e2ee/treekem: people with real keys,
 * drawn from a seed. */
#ifndef TESTS_E2EE_GROVE_H
#define TESTS_E2EE_GROVE_H

#include <sodium.h>

#include "base/fact.h"
#include "e2ee/tree_inner.h"
#include "proto/random.h"

struct person {
    uint8_t sign_secret[SUITE_SIGN_SECRET], sign_public[SUITE_SIGN_PUBLIC];
    uint8_t leaf_secret[SUITE_KEM_SECRET_MAX], leaf_public[SUITE_KEM_PUBLIC_MAX];
    uint8_t identity[16];
};

static const struct suite *const suite = &suite_chacha;
#define GROVE_GROUP span_str("the group")

static inline void grove_fill(void *ctx, uint8_t *out, size_t len)
{
    random_fill(ctx, out, len);
}

static inline struct random_source grove_source(struct random *r)
{
    return (struct random_source){grove_fill, r};
}

static inline void grove_person(struct random *r, struct person *p)
{
    uint8_t seed[32], ikm[32];
    random_fill(r, seed, sizeof(seed));
    random_fill(r, ikm, sizeof(ikm));
    random_fill(r, p->identity, sizeof(p->identity));
    suite_sign_keys(seed, p->sign_secret, p->sign_public);
    assert_int_equal(suite->kem_derive(span_of(ikm, 32), p->leaf_secret, p->leaf_public), ERR_OK);
}

static inline struct leaf_make grove_make(const struct person *p)
{
    return (struct leaf_make){.encryption_key = span_of(p->leaf_public, sizeof(p->leaf_public)),
                              .signature_key = span_of(p->sign_public, sizeof(p->sign_public)),
                              .signature_secret = p->sign_secret,
                              .identity = span_of(p->identity, sizeof(p->identity)),
                              .source = LEAF_KEY_PACKAGE,
                              .not_before = 1000,
                              .not_after = 2000,
                              .place = {GROVE_GROUP, 0}};
}

struct grove_leaf {
    uint8_t bytes[1024];
    struct span raw;
};

static inline struct span grove_leaf(const struct leaf_make *make, struct grove_leaf *out)
{
    struct writer w = writer_of(out->bytes, sizeof(out->bytes));
    assert_int_equal(leaf_write(suite, make, &w), ERR_OK);
    out->raw = writer_span(&w);
    return out->raw;
}

static inline struct tree *grove_tree(uint32_t leaves, size_t arena)
{
    return tree_init(malloc(tree_bytes(leaves, arena)), suite, leaves, arena);
}

/* A new person's leaf, added; its place. */
static inline uint32_t grove_join(struct tree *t, struct random *r, struct person *p)
{
    struct grove_leaf leaf;
    uint32_t at = NODE_NONE;
    grove_person(r, p);
    struct leaf_make make = grove_make(p);
    assert_int_equal(tree_add(t, grove_leaf(&make, &leaf), &at), ERR_OK);
    return at;
}

/* The ratchet_tree extension's data; the caller frees ptr. */
static inline struct span grove_bytes(const struct tree *t)
{
    size_t room = 4u << 20;
    uint8_t *at = malloc(room);
    struct writer w = writer_of(at, room);
    assert_int_equal(tree_write(t, &w), ERR_OK);
    return writer_span(&w);
}

#endif
