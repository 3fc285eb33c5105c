/* Who has this key: open addressing over node numbers (encryption keys) and leaf numbers (signature
 * keys), at most half full, linear probing, deletion by shifting back. A key may stand in it twice
 * while a commit's changes are made; `duplicates` counts the surplus. */
#include "e2ee/tree_inner.h"

static uint32_t index_mask(const struct tree *t, enum index_kind kind)
{
    return (kind == INDEX_ENCRYPTION ? 4 : 2) * t->capacity - 1;
}

static struct span key_of(const struct tree *t, enum index_kind kind, uint32_t id)
{
    if (kind == INDEX_ENCRYPTION)
        return tree_node_key(t, id);
    struct reader r = reader_of(tree_leaf_raw(t, id));
    (void)codec_vector(&r);
    return codec_vector(&r);
}

/* Spreads only. Against keys made to collide: the seed is the owner's own and never told, and the
 * worst that is left is a scan of the table. */
static uint32_t home_of(const struct tree *t, enum index_kind kind, struct span key)
{
    uint64_t h = t->seed ^ key.len;
    for (size_t at = 0; at < key.len; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t n = key.len - at < sizeof(word) ? key.len - at : sizeof(word);
        memcpy(&word, key.ptr + at, n);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return (uint32_t)(h >> 32) & index_mask(t, kind);
}

/* Another entry with this key, not `but` itself. */
static uint32_t find(const struct tree *t, enum index_kind kind, struct span key, uint32_t but)
{
    const uint16_t *slot = tree_index(t, kind);
    uint32_t mask = index_mask(t, kind);
    for (uint32_t i = home_of(t, kind, key); slot[i] != 0; i = (i + 1) & mask) {
        uint32_t id = slot[i] - UINT32_C(1);
        if (id != but && span_equal(key_of(t, kind, id), key))
            return id;
    }
    return NODE_NONE;
}

uint32_t index_find(const struct tree *t, enum index_kind kind, struct span key)
{
    return find(t, kind, key, NODE_NONE);
}

void index_add(struct tree *t, enum index_kind kind, uint32_t id)
{
    uint16_t *slot = tree_index(t, kind);
    uint32_t mask = index_mask(t, kind);
    struct span key = key_of(t, kind, id);
    if (find(t, kind, key, NODE_NONE) != NODE_NONE)
        t->duplicates++;
    uint32_t i = home_of(t, kind, key);
    while (slot[i] != 0)
        i = (i + 1) & mask;
    slot[i] = (uint16_t)(id + 1);
}

void index_drop(struct tree *t, enum index_kind kind, uint32_t id)
{
    uint16_t *slot = tree_index(t, kind);
    uint32_t mask = index_mask(t, kind);
    struct span key = key_of(t, kind, id);
    if (t->duplicates > 0 && find(t, kind, key, id) != NODE_NONE)
        t->duplicates--;
    uint32_t hole = home_of(t, kind, key);
    while (slot[hole] != id + 1) {
        BUG_IF(slot[hole] == 0);
        hole = (hole + 1) & mask;
    }
    slot[hole] = 0;
    for (uint32_t i = (hole + 1) & mask; slot[i] != 0; i = (i + 1) & mask) {
        uint32_t home = home_of(t, kind, key_of(t, kind, slot[i] - UINT32_C(1)));
        if (((i - home) & mask) < ((i - hole) & mask))
            continue; /* it stands between its home and here without the hole */
        slot[hole] = slot[i];
        slot[i] = 0;
        hole = i;
    }
}

void index_rebuild(struct tree *t)
{
    t->duplicates = 0;
    for (int kind = 0; kind < INDEX_KINDS; kind++)
        memset(tree_index(t, (enum index_kind)kind), 0,
               (index_mask(t, (enum index_kind)kind) + (size_t)1) * sizeof(uint16_t));
    for (uint32_t node = 0; node < tree_width(t->width); node++) {
        if (!tree_present(t, node))
            continue;
        index_add(t, INDEX_ENCRYPTION, node);
        if (node_is_leaf(node))
            index_add(t, INDEX_SIGNATURE, node / 2);
    }
}
