/* The contents of nodes: LeafNodes in the arena, parents in place, unmerged leaves as bits. */
#include "e2ee/tree_inner.h"

/* ---- the arena: {leaf, length} and a LeafNode, block after block ---- */

struct block {
    uint32_t leaf, len;
};

static uint32_t block_bytes(uint32_t len)
{
    return ((uint32_t)sizeof(struct block) + len + 7) & ~UINT32_C(7);
}

struct span tree_leaf_raw(const struct tree *t, uint32_t leaf)
{
    const struct slot *s = tree_slot(t, node_of_leaf(leaf));
    return span_of(tree_arena(t) + s->at, s->len);
}

void tree_compact(struct tree *t)
{
    uint8_t *arena = tree_arena(t);
    uint32_t to = 0;
    for (uint32_t from = 0; from < t->arena_used;) {
        struct block b;
        memcpy(&b, arena + from, sizeof(b));
        uint32_t bytes = block_bytes(b.len), content = from + (uint32_t)sizeof(b);
        struct slot *s = b.leaf < t->width ? tree_slot(t, node_of_leaf(b.leaf)) : NULL;
        if (s && s->present && s->at == content) {
            memmove(arena + to, arena + from, bytes);
            s->at = to + (uint32_t)sizeof(b);
            to += bytes;
        }
        from += bytes;
    }
    t->arena_used = to;
    t->arena_dead = 0;
}

enum err tree_put_leaf(struct tree *t, uint32_t leaf, struct span leaf_node)
{
    if (leaf_node.len > LEAF_BYTES_MAX)
        return ERR_LIMIT;
    struct slot *s = tree_slot(t, node_of_leaf(leaf));
    struct block b = {leaf, (uint32_t)leaf_node.len};
    uint32_t bytes = block_bytes(b.len);
    if (bytes > t->arena_size - t->arena_used && t->arena_dead > 0)
        tree_compact(t);
    if (bytes > t->arena_size - t->arena_used)
        return ERR_LIMIT;
    if (s->present)
        t->arena_dead += block_bytes(s->len);
    else
        t->count++;
    uint8_t *at = tree_arena(t) + t->arena_used;
    memcpy(at, &b, sizeof(b));
    memcpy(at + sizeof(b), leaf_node.ptr, leaf_node.len);
    *s = (struct slot){t->arena_used + (uint32_t)sizeof(b), b.len, true, s->hashed};
    t->arena_used += bytes;
    return ERR_OK;
}

/* ---- unmerged leaves ---- */

/* A range is a power of two long and aligned to itself: inside one word or whole words. */
static uint64_t word_mask(struct leaf_range range)
{
    uint64_t ones = range.n >= 64 ? UINT64_MAX : (UINT64_C(1) << range.n) - 1;
    return ones << (range.first % 64);
}

static uint32_t word_count(struct leaf_range range)
{
    return range.n > 64 ? range.n / 64 : 1;
}

static uint32_t ones(uint64_t v)
{
    v = v - (v >> 1 & 0x5555555555555555u);
    v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)(v * 0x0101010101010101u >> 56);
}

uint32_t tree_bits_count(const uint64_t *row, struct leaf_range range)
{
    uint32_t n = 0, words = word_count(range);
    for (uint32_t i = 0; i < words; i++)
        n += ones(row[range.first / 64 + i] & word_mask(range));
    return n;
}

bool tree_bits_within(const uint64_t *row, const uint64_t *other, struct leaf_range range)
{
    uint32_t words = word_count(range), first = range.first / 64;
    for (uint32_t i = 0; i < words; i++)
        if (row[first + i] & ~other[first + i] & word_mask(range))
            return false;
    return true;
}

uint32_t tree_bits_next(const uint64_t *row, struct leaf_range range, uint32_t leaf)
{
    uint32_t end = range.first + range.n;
    while (leaf < end) {
        uint64_t word = row[leaf / 64] >> (leaf % 64);
        if (word != 0) {
            leaf += (uint32_t)__builtin_ctzll(word);
            return leaf < end ? leaf : NODE_NONE;
        }
        leaf = (leaf / 64 + 1) * 64;
    }
    return NODE_NONE;
}

static void bits_clear(struct tree *t, uint32_t node)
{
    uint32_t level = node_level(node);
    struct leaf_range range = tree_range(node, level);
    uint64_t *row = tree_row(t, level);
    uint32_t words = word_count(range);
    for (uint32_t i = 0; i < words; i++)
        row[range.first / 64 + i] &= ~word_mask(range);
}

/* ---- nodes ---- */

/* A node without a hash has none above it either. */
void tree_dirty(struct tree *t, uint32_t node)
{
    while (node != NODE_NONE && tree_slot(t, node)->hashed) {
        tree_slot(t, node)->hashed = false;
        node = node_parent(node, t->width);
    }
}

bool tree_key_lengths(const struct tree *t, const struct leaf *leaf)
{
    return leaf->encryption_key.len == t->suite->kem_public &&
           leaf->signature_key.len == SUITE_SIGN_PUBLIC;
}

enum err tree_set_leaf(struct tree *t, uint32_t leaf, struct span leaf_node)
{
    struct reader r = reader_of(leaf_node);
    struct leaf parsed;
    uint32_t node = node_of_leaf(leaf);
    leaf_parse(&r, &parsed);
    if (!reader_ok(&r) || reader_left(&r) > 0 || !tree_key_lengths(t, &parsed))
        return ERR_MALFORMED;
    bool had = tree_present(t, node);
    if (had) {
        index_drop(t, INDEX_ENCRYPTION, node);
        index_drop(t, INDEX_SIGNATURE, leaf);
    }
    enum err e = tree_put_leaf(t, leaf, leaf_node);
    if (had || e == ERR_OK) {
        index_add(t, INDEX_ENCRYPTION, node);
        index_add(t, INDEX_SIGNATURE, leaf);
    }
    if (e == ERR_OK)
        tree_dirty(t, node);
    return e;
}

void tree_set_parent(struct tree *t, uint32_t node, const uint8_t *key, struct span parent_hash)
{
    struct parent *p = tree_parent(t, node);
    tree_blank(t, node);
    memcpy(p->key, key, t->suite->kem_public);
    p->has_parent_hash = parent_hash.len == SUITE_HASH;
    if (p->has_parent_hash)
        memcpy(p->parent_hash, parent_hash.ptr, SUITE_HASH);
    tree_slot(t, node)->present = true;
    index_add(t, INDEX_ENCRYPTION, node);
    tree_dirty(t, node);
}

void tree_blank(struct tree *t, uint32_t node)
{
    struct slot *s = tree_slot(t, node);
    if (!s->present)
        return;
    index_drop(t, INDEX_ENCRYPTION, node);
    if (node_is_leaf(node)) {
        uint32_t leaf = node / 2;
        index_drop(t, INDEX_SIGNATURE, leaf);
        t->arena_dead += block_bytes(s->len);
        t->count--;
        if (leaf < t->first_blank)
            t->first_blank = leaf;
    } else {
        bits_clear(t, node);
    }
    s->present = false;
    tree_dirty(t, node);
}

void tree_blank_path(struct tree *t, uint32_t leaf)
{
    uint32_t path[TREE_DEPTH_MAX], n = node_direct_path(node_of_leaf(leaf), t->width, path);
    for (uint32_t i = 0; i < n; i++)
        tree_blank(t, path[i]);
}

enum err tree_grow(struct tree *t, uint32_t width)
{
    if (width > t->capacity)
        return ERR_LIMIT;
    uint32_t from = tree_width(t->width), to = tree_width(width);
    memset(tree_slots(t) + from, 0, (to - from) * sizeof(struct slot));
    t->width = width;
    return ERR_OK;
}
