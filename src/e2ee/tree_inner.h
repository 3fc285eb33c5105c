/* The tree's memory, for the files tree*.c and treekem*.c alone. One block, in this order, nothing
 * in it points into it, so that a copy is a copy of bytes:
 *
 *   struct tree | slots: 2 * capacity | hashes: 2 * capacity | parents: capacity | unmerged: bits
 *               | list: scratch | nodes by encryption key | leaves by signature key | arena
 *
 * Slots beyond the width are undefined; growing clears them. A blank node has no unmerged leaves.
 * Unmerged leaves are bits: row L has one bit a leaf, and says of the node of level L above that
 * leaf whether the leaf is unmerged there.
 *
 *   level 2   |     node 3     |     node 11    |     row 2: bits 0-3 are node 3's, 4-7 node 11's
 *   level 1   | node 1 | node 5| node 9 | node13|     row 1: bits 0-1 are node 1's ...
 *   leaves      0   1    2   3   4   5    6   7
 *
 * The arena holds LeafNodes, each behind a header that names its leaf; a block whose leaf does not
 * point back at it is dead and goes with the next compaction. */
#ifndef E2EE_TREE_INNER_H
#define E2EE_TREE_INNER_H

#include "base/bug.h"
#include "e2ee/tree.h"

enum { TREE_LEAVES_MAX = 2048 };

struct slot {
    uint32_t at, len; /* of the LeafNode in the arena; leaves only */
    bool present, hashed;
};

struct parent {
    uint8_t key[SUITE_KEM_PUBLIC_MAX];
    uint8_t parent_hash[SUITE_HASH];
    bool has_parent_hash;
};

enum index_kind { INDEX_ENCRYPTION, INDEX_SIGNATURE, INDEX_KINDS };

struct tree {
    const struct suite *suite;
    uint32_t capacity, width; /* leaves */
    uint32_t count;           /* leaves that are not blank */
    uint32_t first_blank;     /* no leaf before it is blank */
    uint32_t duplicates;      /* keys that stand at more than one place */
    uint32_t arena_size, arena_used, arena_dead;
    uint64_t seed; /* of the key indices */
    /* bytes from the start of the tree to each section */
    uint32_t at_slots, at_hashes, at_parents, at_bits, at_list, at_index[INDEX_KINDS], at_arena;
};

/* ---- sections (tree.c) ---- */
struct slot *tree_slots(const struct tree *t);
uint8_t *tree_hashes(const struct tree *t); /* SUITE_HASH bytes a node */
struct parent *tree_parents(const struct tree *t);
uint32_t *tree_list(const struct tree *t); /* scratch, capacity entries */
uint16_t *tree_index(const struct tree *t, enum index_kind kind);
uint8_t *tree_arena(const struct tree *t);
uint64_t *tree_row(const struct tree *t, uint32_t level); /* of unmerged bits */
void tree_clear(struct tree *t);                          /* no leaves */

static inline struct slot *tree_slot(const struct tree *t, uint32_t node)
{
    return &tree_slots(t)[node];
}
static inline struct parent *tree_parent(const struct tree *t, uint32_t node)
{
    return &tree_parents(t)[node >> 1];
}
static inline bool tree_present(const struct tree *t, uint32_t node)
{
    return tree_slot(t, node)->present;
}
static inline bool tree_bit(const uint64_t *row, uint32_t leaf)
{
    return row[leaf / 64] >> (leaf % 64) & 1;
}
/* The leaves below a node: [first, first + n). */
struct leaf_range {
    uint32_t first, n;
};
static inline struct leaf_range tree_range(uint32_t node, uint32_t level)
{
    return (struct leaf_range){node >> (level + 1) << level, UINT32_C(1) << level};
}

/* ---- node contents (tree_node.c); each keeps indices, bits and hash marks right ---- */
struct span tree_leaf_raw(const struct tree *t, uint32_t leaf);
/* leaf_node: one well-formed LeafNode with keys of the suite's lengths. ERR_MALFORMED, ERR_LIMIT.
 */
enum err tree_set_leaf(struct tree *t, uint32_t leaf, struct span leaf_node);
/* Only the bytes and the slot, for tree_read, which makes the indices itself. ERR_LIMIT. */
enum err tree_put_leaf(struct tree *t, uint32_t leaf, struct span leaf_node);
bool tree_key_lengths(const struct tree *t, const struct leaf *leaf);
/* parent_hash empty or SUITE_HASH bytes. No unmerged leaves. */
void tree_set_parent(struct tree *t, uint32_t node, const uint8_t *key, struct span parent_hash);
void tree_blank(struct tree *t, uint32_t node);
/* All nodes above the leaf. */
void tree_blank_path(struct tree *t, uint32_t leaf);
void tree_dirty(struct tree *t, uint32_t node);     /* its hash and those above */
enum err tree_grow(struct tree *t, uint32_t width); /* blank nodes at the right. ERR_LIMIT */
void tree_compact(struct tree *t);                  /* drops the arena's dead blocks */
uint32_t tree_bits_count(const uint64_t *row, struct leaf_range range);
/* Whether every bit of `row` inside the range is set in `other` too. */
bool tree_bits_within(const uint64_t *row, const uint64_t *other, struct leaf_range range);
/* The next set bit at or after `leaf` inside the range; NODE_NONE. */
uint32_t tree_bits_next(const uint64_t *row, struct leaf_range range, uint32_t leaf);

/* ---- key indices (tree_index.c) ---- */
void index_add(struct tree *t, enum index_kind kind, uint32_t id);
void index_drop(struct tree *t, enum index_kind kind, uint32_t id);
void index_rebuild(struct tree *t); /* with t->seed */
uint32_t index_find(const struct tree *t, enum index_kind kind, struct span key);

/* ---- resolution without recursion (tree_resolve.c) ---- */
struct resolution {
    const struct tree *tree;
    uint32_t pending[TREE_DEPTH_MAX + 1];
    uint32_t n_pending;
    uint32_t node, next; /* whose unmerged leaves are being told, and from which leaf on */
};
struct resolution resolution_of(const struct tree *t, uint32_t node);
uint32_t resolution_next(struct resolution *r); /* a node; NODE_NONE at the end */
bool resolution_empty(const struct tree *t, uint32_t node);

/* ---- hashes (tree_hash.c) ---- */
/* The cached hash, computed where it is missing. */
const uint8_t *tree_hash_of(struct tree *t, uint32_t node);
/* Section 7.9: the parent hash that a child of `parent` carries, when `sibling` is the other child.
 */
void tree_parent_hash(struct tree *t, uint32_t parent, uint32_t sibling, uint8_t out[SUITE_HASH]);

#endif
