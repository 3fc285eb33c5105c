#include "e2ee/secret.h"

#include <stdalign.h>

#include "e2ee/treemath.h"

/* One ratchet of one sender: the secret of generation `next`, from which its key, its nonce and the
 * secret of the generation after come (RFC 9420 section 9.1). */
struct ratchet {
    uint8_t secret[SUITE_HASH];
    uint32_t next;
};

/* The key of a generation that was passed before its message came. */
struct skipped {
    uint32_t leaf;
    uint32_t age; /* when it was passed; 0: the place is free */
    enum secret_kind kind;
    struct message_key key;
};

/* Secrets come down the tree when a sender is first heard of: a node's secret is replaced by those
 * of its two children, a leaf's by its two ratchets. No pointers into itself, so the block may be
 * moved.
 *
 *   | struct secret_tree | struct ratchet [leaves][2] | secret [nodes] | state [nodes] | */
struct secret_tree {
    const struct suite *suite;
    uint32_t leaves;
    uint32_t age;
    struct skipped skipped[SECRET_SKIPPED];
    struct ratchet ratchet[][2];
};

enum node_state { NODE_UNKNOWN, NODE_SECRET, NODE_SPENT };

static uint8_t *node_secret(struct secret_tree *t, uint32_t node)
{
    return (uint8_t *)&t->ratchet[t->leaves] + (size_t)node * SUITE_HASH;
}

static uint8_t *node_state(struct secret_tree *t, uint32_t node)
{
    return node_secret(t, tree_width(t->leaves)) + node;
}

size_t secret_bytes(uint32_t leaves)
{
    size_t nodes = tree_width(leaves);
    size_t bytes =
        sizeof(struct secret_tree) + leaves * sizeof(struct ratchet[2]) + nodes * (SUITE_HASH + 1);
    return (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

struct secret_tree *secret_init(void *memory, const struct suite *s, uint32_t leaves,
                                const uint8_t encryption[SUITE_HASH])
{
    struct secret_tree *t = memory;
    memset(t, 0, secret_bytes(leaves));
    t->suite = s;
    t->leaves = leaves;
    if (tree_root(leaves) == NODE_NONE)
        return t; /* no leaf is inside */
    memcpy(node_secret(t, tree_root(leaves)), encryption, SUITE_HASH);
    *node_state(t, tree_root(leaves)) = NODE_SECRET;
    return t;
}

void secret_fini(struct secret_tree *t)
{
    suite_wipe(t, secret_bytes(t->leaves));
}

/* ---- down the tree (section 9) ---- */

static enum err split(struct secret_tree *t, uint32_t node)
{
    uint8_t *secret = node_secret(t, node);
    uint32_t left = node_left(node), right = node_right(node);
    TRY(suite_expand_label(t->suite, secret, (struct suite_label){"tree", span_str("left")},
                           node_secret(t, left), SUITE_HASH));
    TRY(suite_expand_label(t->suite, secret, (struct suite_label){"tree", span_str("right")},
                           node_secret(t, right), SUITE_HASH));
    suite_wipe(secret, SUITE_HASH);
    *node_state(t, node) = NODE_SPENT;
    *node_state(t, left) = *node_state(t, right) = NODE_SECRET;
    return ERR_OK;
}

/* The leaf's ratchets stand ready afterwards. */
static enum err reach(struct secret_tree *t, uint32_t leaf)
{
    const struct span empty = {NULL, 0};
    if (leaf >= t->leaves || tree_root(t->leaves) == NODE_NONE)
        return ERR_NOT_FOUND;
    uint32_t node = node_of_leaf(leaf), path[TREE_DEPTH_MAX];
    if (*node_state(t, node) == NODE_SPENT)
        return ERR_OK;
    uint32_t n = node_direct_path(node, t->leaves, path);
    while (n-- > 0)
        if (*node_state(t, path[n]) == NODE_SECRET)
            TRY(split(t, path[n]));
    uint8_t *secret = node_secret(t, node);
    struct ratchet *r = t->ratchet[leaf];
    TRY(suite_expand_label(t->suite, secret, (struct suite_label){"handshake", empty},
                           r[SECRET_HANDSHAKE].secret, SUITE_HASH));
    TRY(suite_expand_label(t->suite, secret, (struct suite_label){"application", empty},
                           r[SECRET_APPLICATION].secret, SUITE_HASH));
    suite_wipe(secret, SUITE_HASH);
    *node_state(t, node) = NODE_SPENT;
    return ERR_OK;
}

/* ---- along a ratchet (section 9.1) ---- */

static enum err key_of(const struct secret_tree *t, const struct ratchet *r,
                       struct message_key *out)
{
    memset(out, 0, sizeof *out);
    out->generation = r->next;
    TRY(suite_derive_tree_secret(t->suite, r->secret, (struct suite_generation){"key", r->next},
                                 out->key, t->suite->aead_key));
    return suite_derive_tree_secret(
        t->suite, r->secret, (struct suite_generation){"nonce", r->next}, out->nonce, SUITE_NONCE);
}

static enum err step(const struct secret_tree *t, struct ratchet *r)
{
    uint8_t next[SUITE_HASH];
    enum err e = suite_derive_tree_secret(
        t->suite, r->secret, (struct suite_generation){"secret", r->next}, next, sizeof next);
    if (e == ERR_OK) {
        memcpy(r->secret, next, sizeof next);
        r->next++;
    }
    suite_wipe(next, sizeof next);
    return e;
}

enum err secret_next(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
                     struct message_key *out)
{
    TRY(reach(t, leaf));
    struct ratchet *r = &t->ratchet[leaf][kind];
    if (r->next == UINT32_MAX)
        return ERR_LIMIT;
    TRY(key_of(t, r, out));
    return step(t, r);
}

/* ---- keys of generations that were passed ---- */

static struct skipped *skipped_find(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
                                    uint32_t generation)
{
    for (uint32_t i = 0; i < SECRET_SKIPPED; i++) {
        struct skipped *k = &t->skipped[i];
        if (k->age && k->leaf == leaf && k->kind == kind && k->key.generation == generation)
            return k;
    }
    return NULL;
}

/* A free place; else the oldest key of a sender who has used up his share; else the oldest of all.
 */
static struct skipped *skipped_place(struct secret_tree *t, uint32_t leaf)
{
    struct skipped *oldest = &t->skipped[0], *own = NULL, *empty = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < SECRET_SKIPPED; i++) {
        struct skipped *k = &t->skipped[i];
        if (!k->age)
            empty = k;
        if (k->age < oldest->age)
            oldest = k;
        if (!k->age || k->leaf != leaf)
            continue;
        n++;
        if (!own || k->age < own->age)
            own = k;
    }
    if (n >= SECRET_SKIPPED_EACH)
        return own;
    return empty ? empty : oldest;
}

static enum err skipped_keep(struct secret_tree *t, uint32_t leaf, enum secret_kind kind)
{
    struct skipped *place = skipped_place(t, leaf);
    place->age = ++t->age;
    place->leaf = leaf;
    place->kind = kind;
    return key_of(t, &t->ratchet[leaf][kind], &place->key);
}

enum err secret_peek(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
                     uint32_t generation, struct message_key *out)
{
    TRY(reach(t, leaf));
    struct ratchet r = t->ratchet[leaf][kind];
    enum err e = ERR_OK;
    if (generation < r.next) {
        const struct skipped *k = skipped_find(t, leaf, kind, generation);
        suite_wipe(&r, sizeof r);
        if (k)
            *out = k->key;
        return k ? ERR_OK : ERR_REPLAY;
    }
    if (generation - r.next > SECRET_AHEAD || generation == UINT32_MAX)
        e = ERR_LIMIT;
    while (e == ERR_OK && r.next < generation)
        e = step(t, &r);
    if (e == ERR_OK)
        e = key_of(t, &r, out);
    suite_wipe(&r, sizeof r);
    return e;
}

void secret_used(struct secret_tree *t, uint32_t leaf, enum secret_kind kind, uint32_t generation)
{
    if (reach(t, leaf) != ERR_OK)
        return;
    struct ratchet *r = &t->ratchet[leaf][kind];
    if (generation < r->next) {
        struct skipped *k = skipped_find(t, leaf, kind, generation);
        if (k)
            suite_wipe(k, sizeof *k);
        return;
    }
    if (generation - r->next > SECRET_AHEAD || generation == UINT32_MAX)
        return;
    enum err e = ERR_OK;
    for (; e == ERR_OK && r->next <= generation; e = step(t, r))
        if (r->next < generation && generation - r->next <= SECRET_SKIPPED_EACH)
            e = skipped_keep(t, leaf, kind);
}
