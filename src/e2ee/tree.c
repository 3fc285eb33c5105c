/* Memory, copies and the changes that proposals make (RFC 9420 sections 7.7, 12.1). */
#include "e2ee/tree_inner.h"

/* ---- sections ---- */

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

/* Bytes before each section. */
struct layout {
    size_t slots, hashes, parents, bits, list, index[INDEX_KINDS], arena;
};

static size_t row_words(uint32_t capacity)
{
    return capacity < 64 ? 1 : capacity / 64;
}

static size_t index_slots(uint32_t capacity, enum index_kind kind)
{
    return (kind == INDEX_ENCRYPTION ? 4 : 2) * (size_t)capacity;
}

static struct layout layout_of(uint32_t capacity)
{
    size_t n = capacity, levels = node_level(tree_root(capacity)) + 1;
    struct layout at;
    at.slots = aligned(sizeof(struct tree));
    at.hashes = at.slots + aligned(2 * n * sizeof(struct slot));
    at.parents = at.hashes + 2 * n * SUITE_HASH;
    at.bits = at.parents + aligned(n * sizeof(struct parent));
    at.list = at.bits + aligned(levels * row_words(capacity) * sizeof(uint64_t));
    at.index[INDEX_ENCRYPTION] = at.list + aligned(n * sizeof(uint32_t));
    at.index[INDEX_SIGNATURE] = at.index[INDEX_ENCRYPTION] +
                                aligned(index_slots(capacity, INDEX_ENCRYPTION) * sizeof(uint16_t));
    at.arena = at.index[INDEX_SIGNATURE] +
               aligned(index_slots(capacity, INDEX_SIGNATURE) * sizeof(uint16_t));
    return at;
}

/* The tree's memory is the caller's and is not const; a const tree lends its sections for reading.
 */
static void *section(const struct tree *t, size_t at)
{
    return (uint8_t *)(uintptr_t)t + at;
}

struct slot *tree_slots(const struct tree *t)
{
    return section(t, t->at_slots);
}

uint8_t *tree_hashes(const struct tree *t)
{
    return section(t, t->at_hashes);
}

struct parent *tree_parents(const struct tree *t)
{
    return section(t, t->at_parents);
}

uint32_t *tree_list(const struct tree *t)
{
    return section(t, t->at_list);
}

uint16_t *tree_index(const struct tree *t, enum index_kind kind)
{
    return section(t, t->at_index[kind]);
}

uint8_t *tree_arena(const struct tree *t)
{
    return section(t, t->at_arena);
}

uint64_t *tree_row(const struct tree *t, uint32_t level)
{
    uint64_t *rows = section(t, t->at_bits);
    return rows + level * row_words(t->capacity);
}

/* ---- making and copying ---- */

static bool capacity_valid(uint32_t leaves)
{
    return leaves != 0 && leaves <= TREE_LEAVES_MAX && (leaves & (leaves - 1)) == 0;
}

size_t tree_bytes(uint32_t leaves, size_t arena)
{
    BUG_IF(!capacity_valid(leaves) || arena > UINT32_MAX / 2);
    return layout_of(leaves).arena + aligned(arena);
}

struct tree *tree_init(void *memory, const struct suite *s, uint32_t leaves, size_t arena)
{
    BUG_IF(!capacity_valid(leaves) || arena > UINT32_MAX / 2);
    struct layout at = layout_of(leaves);
    struct tree *t = memory;
    *t = (struct tree){
        .suite = s,
        .capacity = leaves,
        .arena_size = (uint32_t)aligned(arena),
        .at_slots = (uint32_t)at.slots,
        .at_hashes = (uint32_t)at.hashes,
        .at_parents = (uint32_t)at.parents,
        .at_bits = (uint32_t)at.bits,
        .at_list = (uint32_t)at.list,
        .at_index = {(uint32_t)at.index[0], (uint32_t)at.index[1]},
        .at_arena = (uint32_t)at.arena,
    };
    tree_clear(t);
    return t;
}

void tree_set_seed(struct tree *t, uint64_t seed)
{
    BUG_IF(t->width != 0);
    t->seed = seed;
}

void tree_clear(struct tree *t)
{
    t->width = 0;
    t->count = 0;
    t->first_blank = 0;
    t->duplicates = 0;
    t->arena_used = 0;
    t->arena_dead = 0;
    memset(tree_row(t, 0), 0, t->at_list - t->at_bits);
    for (int kind = 0; kind < INDEX_KINDS; kind++)
        memset(tree_index(t, (enum index_kind)kind), 0,
               index_slots(t->capacity, (enum index_kind)kind) * sizeof(uint16_t));
}

void tree_copy(struct tree *to, const struct tree *from)
{
    BUG_IF(to->capacity != from->capacity || to->arena_size != from->arena_size);
    size_t n = from->width;
    *to = *from;
    memcpy(tree_slots(to), tree_slots(from), 2 * n * sizeof(struct slot));
    memcpy(tree_hashes(to), tree_hashes(from), 2 * n * SUITE_HASH);
    memcpy(tree_parents(to), tree_parents(from), n * sizeof(struct parent));
    /* rows and indices lie beside each other and are small: whole */
    memcpy(tree_row(to, 0), tree_row(from, 0), from->at_list - from->at_bits);
    memcpy(tree_index(to, INDEX_ENCRYPTION), tree_index(from, INDEX_ENCRYPTION),
           from->at_arena - from->at_index[INDEX_ENCRYPTION]);
    memcpy(tree_arena(to), tree_arena(from), from->arena_used);
    if (to->arena_dead > to->arena_used / 2)
        tree_compact(to);
}

/* ---- looking ---- */

uint32_t tree_leaf_width(const struct tree *t)
{
    return t->width;
}

uint32_t tree_count(const struct tree *t)
{
    return t->count;
}

bool tree_leaf(const struct tree *t, uint32_t leaf, struct leaf *out)
{
    if (leaf >= t->width || !tree_present(t, node_of_leaf(leaf)))
        return false;
    struct reader r = reader_of(tree_leaf_raw(t, leaf));
    leaf_parse(&r, out);
    return reader_ok(&r);
}

struct span tree_node_key(const struct tree *t, uint32_t node)
{
    if (node >= tree_width(t->width) || !tree_present(t, node))
        return (struct span){NULL, 0};
    if (!node_is_leaf(node))
        return span_of(tree_parent(t, node)->key, t->suite->kem_public);
    struct reader r = reader_of(tree_leaf_raw(t, node / 2));
    return codec_vector(&r);
}

uint32_t tree_find_signer(const struct tree *t, struct span signature_key)
{
    return index_find(t, INDEX_SIGNATURE, signature_key);
}

bool tree_has_encryption_key(const struct tree *t, struct span key)
{
    return index_find(t, INDEX_ENCRYPTION, key) != NODE_NONE;
}

bool tree_keys_unique(const struct tree *t)
{
    return t->duplicates == 0;
}

/* ---- changing ---- */

enum err tree_add(struct tree *t, struct span leaf_node, uint32_t *leaf)
{
    uint32_t at = t->first_blank;
    while (at < t->width && tree_present(t, node_of_leaf(at)))
        at++;
    uint32_t width = t->width;
    if (at == width)
        TRY(tree_grow(t, width == 0 ? 1 : 2 * width));
    enum err e = tree_set_leaf(t, at, leaf_node);
    if (e != ERR_OK) {
        t->width = width;
        return e;
    }
    t->first_blank = at + 1;
    uint32_t path[TREE_DEPTH_MAX], n = node_direct_path(node_of_leaf(at), t->width, path);
    for (uint32_t i = 0; i < n; i++)
        if (tree_present(t, path[i]))
            tree_row(t, i + 1)[at / 64] |= UINT64_C(1) << (at % 64);
    *leaf = at;
    return ERR_OK;
}

enum err tree_update(struct tree *t, uint32_t leaf, struct span leaf_node)
{
    if (leaf >= t->width || !tree_present(t, node_of_leaf(leaf)))
        return ERR_NOT_FOUND;
    TRY(tree_set_leaf(t, leaf, leaf_node));
    tree_blank_path(t, leaf);
    return ERR_OK;
}

static bool half_blank(const struct tree *t)
{
    for (uint32_t leaf = t->width / 2; leaf < t->width; leaf++)
        if (tree_present(t, node_of_leaf(leaf)))
            return false;
    return true;
}

/* Section 7.7: the right half goes while no leaf is in it. */
static void truncate(struct tree *t)
{
    while (t->width > 0 && half_blank(t)) {
        uint32_t root = tree_root(t->width);
        for (uint32_t node = root; node < tree_width(t->width); node++)
            tree_blank(t, node);
        t->width /= 2;
    }
    if (t->first_blank > t->width)
        t->first_blank = t->width;
}

enum err tree_remove(struct tree *t, uint32_t leaf)
{
    if (leaf >= t->width || !tree_present(t, node_of_leaf(leaf)))
        return ERR_NOT_FOUND;
    tree_blank(t, node_of_leaf(leaf));
    tree_blank_path(t, leaf);
    truncate(t);
    return ERR_OK;
}
