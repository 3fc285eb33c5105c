/* Resolutions (RFC 9420 section 4.1.1), one node at a time: a walk from the left with the subtrees
 * that are still to be seen on a small stack. */
#include "e2ee/tree_inner.h"

struct resolution resolution_of(const struct tree *t, uint32_t node)
{
    return (struct resolution){.tree = t, .pending = {node}, .n_pending = 1, .node = NODE_NONE};
}

static uint32_t next_unmerged(struct resolution *r)
{
    uint32_t level = node_level(r->node);
    uint32_t leaf = tree_bits_next(tree_row(r->tree, level), tree_range(r->node, level), r->next);
    if (leaf == NODE_NONE) {
        r->node = NODE_NONE;
        return NODE_NONE;
    }
    r->next = leaf + 1;
    return node_of_leaf(leaf);
}

uint32_t resolution_next(struct resolution *r)
{
    if (r->node != NODE_NONE) {
        uint32_t unmerged = next_unmerged(r);
        if (unmerged != NODE_NONE)
            return unmerged;
    }
    while (r->n_pending > 0) {
        uint32_t node = r->pending[--r->n_pending];
        bool leaf = node_is_leaf(node);
        if (tree_present(r->tree, node)) {
            r->node = leaf ? NODE_NONE : node;
            r->next = leaf ? 0 : tree_range(node, node_level(node)).first;
            return node;
        }
        if (!leaf) {
            r->pending[r->n_pending++] = node_right(node);
            r->pending[r->n_pending++] = node_left(node);
        }
    }
    return NODE_NONE;
}

bool resolution_empty(const struct tree *t, uint32_t node)
{
    struct resolution r = resolution_of(t, node);
    return resolution_next(&r) == NODE_NONE;
}

uint32_t tree_resolution(const struct tree *t, uint32_t node, uint32_t *out)
{
    if (node >= tree_width(t->width))
        return 0;
    struct resolution r = resolution_of(t, node);
    uint32_t n = 0;
    for (uint32_t found = resolution_next(&r); found != NODE_NONE; found = resolution_next(&r))
        out[n++] = found;
    return n;
}
