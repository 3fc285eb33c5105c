/* The ratchet_tree extension (RFC 9420 section 12.4.3.3): optional<Node> ratchet_tree<V>, nodes
 * from the left, without the blank ones at the right end. */
#include "e2ee/tree_inner.h"

enum { NODE_LEAF = 1, NODE_PARENT = 2 };

/* ---- reading ---- */

static enum err leaf_read(struct tree *t, struct reader *r, uint32_t node)
{
    struct leaf leaf;
    leaf_parse(r, &leaf);
    if (!reader_ok(r) || !tree_key_lengths(t, &leaf))
        return ERR_MALFORMED;
    return tree_put_leaf(t, node / 2, leaf.raw);
}

/* Strictly rising, below the node, not all that are below. */
static bool unmerged_read(struct tree *t, struct reader *r, uint32_t node)
{
    uint32_t level = node_level(node), next;
    struct leaf_range range = tree_range(node, level);
    uint64_t *row = tree_row(t, level);
    struct reader list = codec_inner(r);
    if (reader_left(&list) % 4 != 0 || reader_left(&list) / 4 >= range.n)
        return false;
    for (next = range.first; reader_left(&list) > 0; next++) {
        uint32_t leaf = reader_u32(&list);
        if (leaf < next || leaf - range.first >= range.n)
            return false;
        row[leaf / 64] |= UINT64_C(1) << (leaf % 64);
        next = leaf;
    }
    return reader_ok(&list);
}

static enum err parent_read(struct tree *t, struct reader *r, uint32_t node)
{
    struct parent *p = tree_parent(t, node);
    struct span key = codec_vector(r), hash = codec_vector(r);
    if (!reader_ok(r) || !t->suite->kem_valid(key) || (hash.len != 0 && hash.len != SUITE_HASH))
        return ERR_MALFORMED;
    memcpy(p->key, key.ptr, key.len);
    p->has_parent_hash = hash.len != 0;
    if (p->has_parent_hash)
        memcpy(p->parent_hash, hash.ptr, SUITE_HASH);
    tree_slot(t, node)->present = true;
    return unmerged_read(t, r, node) ? ERR_OK : ERR_MALFORMED;
}

static enum err node_read(struct tree *t, struct reader *r, uint32_t node)
{
    uint8_t type = reader_u8(r);
    if (type != (node_is_leaf(node) ? NODE_LEAF : NODE_PARENT))
        return ERR_MALFORMED;
    return type == NODE_LEAF ? leaf_read(t, r, node) : parent_read(t, r, node);
}

/* Reads at full width; *n: nodes seen, the last one not blank. */
static enum err nodes_read(struct tree *t, struct reader list, uint32_t *n)
{
    bool blank = true;
    for (*n = 0; reader_left(&list) > 0; ++*n) {
        if (*n >= tree_width(t->width))
            return ERR_LIMIT;
        blank = !codec_optional(&list);
        if (!blank)
            TRY(node_read(t, &list, *n));
    }
    return reader_ok(&list) && !blank ? ERR_OK : ERR_MALFORMED;
}

static bool unmerged_are_leaves(const struct tree *t)
{
    for (uint32_t node = 1; node < tree_width(t->width); node += 2) {
        uint32_t level = node_level(node);
        struct leaf_range range = tree_range(node, level);
        const uint64_t *row = tree_row(t, level);
        uint32_t leaf = tree_bits_next(row, range, range.first);
        for (; leaf != NODE_NONE; leaf = tree_bits_next(row, range, leaf + 1))
            if (!tree_present(t, node_of_leaf(leaf)))
                return false;
    }
    return true;
}

static enum err tree_fill(struct tree *t, struct span ratchet_tree)
{
    struct reader r = reader_of(ratchet_tree), list = codec_inner(&r);
    uint32_t n, width = 1;
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return ERR_MALFORMED;
    TRY(tree_grow(t, t->capacity));
    TRY(nodes_read(t, list, &n));
    while (tree_width(width) < n)
        width *= 2;
    t->width = width;
    if (!unmerged_are_leaves(t))
        return ERR_MALFORMED;
    index_rebuild(t);
    return ERR_OK;
}

enum err tree_read(struct tree *t, struct span ratchet_tree)
{
    tree_clear(t);
    enum err e = tree_fill(t, ratchet_tree);
    if (e != ERR_OK)
        tree_clear(t);
    return e;
}

/* ---- writing ---- */

static void parent_write(const struct tree *t, uint32_t node, struct writer *w)
{
    const struct parent *p = tree_parent(t, node);
    uint32_t level = node_level(node);
    struct leaf_range range = tree_range(node, level);
    const uint64_t *row = tree_row(t, level);
    codec_write_vector(w, span_of(p->key, t->suite->kem_public));
    codec_write_vector(w, span_of(p->parent_hash, p->has_parent_hash ? SUITE_HASH : 0));
    size_t mark = codec_begin(w);
    uint32_t leaf = tree_bits_next(row, range, range.first);
    for (; leaf != NODE_NONE; leaf = tree_bits_next(row, range, leaf + 1))
        writer_u32(w, leaf);
    codec_end(w, mark);
}

enum err tree_write(const struct tree *t, struct writer *w)
{
    uint32_t n = tree_width(t->width);
    while (n > 0 && !tree_present(t, n - 1))
        n--;
    size_t mark = codec_begin(w);
    for (uint32_t node = 0; node < n; node++) {
        bool present = tree_present(t, node);
        writer_u8(w, present);
        if (!present)
            continue;
        writer_u8(w, node_is_leaf(node) ? NODE_LEAF : NODE_PARENT);
        if (node_is_leaf(node))
            writer_bytes(w, tree_leaf_raw(t, node / 2));
        else
            parent_write(t, node, w);
    }
    codec_end(w, mark);
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
