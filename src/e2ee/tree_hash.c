/* Tree hashes (RFC 9420 section 7.8) and parent hashes (7.9). A node's hash is kept until something
 * at or below it changes. The recursions go down one level a step, at most TREE_DEPTH_MAX. */
#include "e2ee/tree_inner.h"

enum { NODE_LEAF = 1, NODE_PARENT = 2 };

/* TreeHashInput of a leaf: type, leaf_index, optional<LeafNode> */
static void hash_leaf(const struct tree *t, uint32_t leaf, bool present, uint8_t out[SUITE_HASH])
{
    uint8_t head[6];
    struct writer w = writer_of(head, sizeof(head));
    writer_u8(&w, NODE_LEAF);
    writer_u32(&w, leaf);
    writer_u8(&w, present);
    struct span raw = present ? tree_leaf_raw(t, leaf) : (struct span){NULL, 0};
    suite_hash3(t->suite, writer_span(&w), raw, (struct span){NULL, 0}, out);
}

/* uint32 unmerged_leaves<V>, those of row `without` left out. The content goes to the scratch list.
 */
static struct span unmerged_list(const struct tree *t, uint32_t node, const uint64_t *without)
{
    uint32_t level = node_level(node);
    const uint64_t *row = tree_row(t, level);
    struct leaf_range range = tree_range(node, level);
    struct writer w = writer_of(tree_list(t), t->capacity * sizeof(uint32_t));
    uint32_t leaf = tree_bits_next(row, range, range.first);
    for (; leaf != NODE_NONE; leaf = tree_bits_next(row, range, leaf + 1))
        if (!without || !tree_bit(without, leaf))
            writer_u32(&w, leaf);
    return writer_span(&w);
}

struct children {
    uint8_t left[SUITE_HASH], right[SUITE_HASH];
};

/* TreeHashInput of a parent: type, optional<ParentNode>, left_hash, right_hash */
static void hash_parent(const struct tree *t, uint32_t node, const uint64_t *without,
                        const struct children *c, uint8_t out[SUITE_HASH])
{
    uint8_t head[SUITE_KEM_PUBLIC_MAX + SUITE_HASH + 16], tail[2 * (SUITE_HASH + 1)];
    struct writer w = writer_of(head, sizeof(head)), v = writer_of(tail, sizeof(tail));
    struct span list = {NULL, 0};
    writer_u8(&w, NODE_PARENT);
    writer_u8(&w, tree_present(t, node));
    if (tree_present(t, node)) {
        const struct parent *p = tree_parent(t, node);
        codec_write_vector(&w, span_of(p->key, t->suite->kem_public));
        codec_write_vector(&w, span_of(p->parent_hash, p->has_parent_hash ? SUITE_HASH : 0));
        list = unmerged_list(t, node, without);
        w.at += codec_put_header(w.at, list.len);
    }
    codec_write_vector(&v, span_of(c->left, SUITE_HASH));
    codec_write_vector(&v, span_of(c->right, SUITE_HASH));
    suite_hash3(t->suite, writer_span(&w), list, writer_span(&v), out);
}

const uint8_t *tree_hash_of(struct tree *t, uint32_t node)
{
    uint8_t *hash = tree_hashes(t) + (size_t)node * SUITE_HASH;
    struct slot *s = tree_slot(t, node);
    if (s->hashed)
        return hash;
    if (node_is_leaf(node)) {
        hash_leaf(t, node / 2, s->present, hash);
    } else {
        struct children c;
        memcpy(c.left, tree_hash_of(t, node_left(node)), SUITE_HASH);
        memcpy(c.right, tree_hash_of(t, node_right(node)), SUITE_HASH);
        hash_parent(t, node, NULL, &c, hash);
    }
    s->hashed = true;
    return hash;
}

enum err tree_hash(struct tree *t, uint8_t out[SUITE_HASH])
{
    return tree_node_hash(t, tree_root(t->width), out);
}

enum err tree_node_hash(struct tree *t, uint32_t node, uint8_t out[SUITE_HASH])
{
    if (node >= tree_width(t->width))
        return ERR_NOT_FOUND;
    memcpy(out, tree_hash_of(t, node), SUITE_HASH);
    return ERR_OK;
}

/* The hash that the subtree had before the leaves of row `without` came. */
static void hash_without(struct tree *t, uint32_t node, const uint64_t *without,
                         uint8_t out[SUITE_HASH])
{
    if (tree_bits_count(without, tree_range(node, node_level(node))) == 0) {
        memcpy(out, tree_hash_of(t, node), SUITE_HASH);
        return;
    }
    if (node_is_leaf(node)) {
        hash_leaf(t, node / 2, false, out);
        return;
    }
    struct children c;
    hash_without(t, node_left(node), without, c.left);
    hash_without(t, node_right(node), without, c.right);
    hash_parent(t, node, without, &c, out);
}

/* ParentHashInput: encryption_key, parent_hash, original_sibling_tree_hash */
void tree_parent_hash(struct tree *t, uint32_t parent, uint32_t sibling, uint8_t out[SUITE_HASH])
{
    uint8_t input[SUITE_KEM_PUBLIC_MAX + 2 * SUITE_HASH + 8], original[SUITE_HASH];
    const struct parent *p = tree_parent(t, parent);
    struct writer w = writer_of(input, sizeof(input));
    hash_without(t, sibling, tree_row(t, node_level(parent)), original);
    codec_write_vector(&w, span_of(p->key, t->suite->kem_public));
    codec_write_vector(&w, span_of(p->parent_hash, p->has_parent_hash ? SUITE_HASH : 0));
    codec_write_vector(&w, span_of(original, SUITE_HASH));
    suite_hash(t->suite, writer_span(&w), out);
}
