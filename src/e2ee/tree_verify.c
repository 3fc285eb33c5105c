/* A tree from outside (RFC 9420 section 12.4.3.1): one pass for each thing that must hold, the
 * dearest, the signatures, last. */
#include "e2ee/tree_inner.h"

/* ---- unmerged leaves: what a node says, every node between it and the leaf says too ---- */

static uint32_t parent_above(const struct tree *t, uint32_t node)
{
    do
        node = node_parent(node, t->width);
    while (node != NODE_NONE && !tree_present(t, node));
    return node;
}

static bool unmerged_consistent(const struct tree *t)
{
    for (uint32_t node = 1; node < tree_width(t->width); node += 2) {
        uint32_t above = tree_present(t, node) ? parent_above(t, node) : NODE_NONE;
        uint32_t level = node_level(node);
        if (above != NODE_NONE && !tree_bits_within(tree_row(t, node_level(above)),
                                                    tree_row(t, level), tree_range(node, level)))
            return false;
    }
    return true;
}

/* ---- parent hashes (section 7.9.2) ---- */

/* The one node of the child's resolution that is not an unmerged leaf of the parent; NODE_NONE when
 * there are more. That the parent has no other unmerged leaf below the child follows from the two
 * checks before: each is a leaf that is there, and known to every node between. */
static uint32_t sole_heir(const struct tree *t, uint32_t parent, uint32_t child)
{
    const uint64_t *row = tree_row(t, node_level(parent));
    struct resolution r = resolution_of(t, child);
    uint32_t heir = NODE_NONE;
    for (uint32_t n = resolution_next(&r); n != NODE_NONE; n = resolution_next(&r)) {
        if (node_is_leaf(n) && tree_bit(row, n / 2))
            continue;
        if (heir != NODE_NONE)
            return NODE_NONE;
        heir = n;
    }
    return heir;
}

static struct span carried_hash(const struct tree *t, uint32_t node)
{
    struct leaf leaf;
    if (node_is_leaf(node))
        return tree_leaf(t, node / 2, &leaf) ? leaf.parent_hash : (struct span){NULL, 0};
    const struct parent *p = tree_parent(t, node);
    return span_of(p->parent_hash, p->has_parent_hash ? SUITE_HASH : 0);
}

static bool linked(struct tree *t, uint32_t parent, uint32_t child, uint32_t sibling)
{
    uint8_t expected[SUITE_HASH];
    uint32_t heir = sole_heir(t, parent, child);
    if (heir == NODE_NONE)
        return false;
    struct span carried = carried_hash(t, heir);
    if (carried.len == 0)
        return false;
    tree_parent_hash(t, parent, sibling, expected);
    return span_equal(carried, span_of(expected, sizeof(expected)));
}

static bool parents_valid(struct tree *t)
{
    for (uint32_t node = 1; node < tree_width(t->width); node += 2) {
        uint32_t left = node_left(node), right = node_right(node);
        if (tree_present(t, node) && !linked(t, node, left, right) && !linked(t, node, right, left))
            return false;
    }
    return true;
}

/* ---- what leaves can do ---- */

static bool credentials_listed(const struct leaf *leaf, bool basic, bool x509)
{
    return (!basic || leaf_lists(leaf->credential_types, CREDENTIAL_BASIC)) &&
           (!x509 || leaf_lists(leaf->credential_types, CREDENTIAL_X509));
}

enum err tree_supports(const struct tree *t, struct span required)
{
    struct leaf leaf;
    bool basic = false, x509 = false; /* no other credential is read */
    for (uint32_t i = 0; i < t->width; i++) {
        if (!tree_leaf(t, i, &leaf))
            continue;
        basic |= leaf.credential_type == CREDENTIAL_BASIC;
        x509 |= leaf.credential_type == CREDENTIAL_X509;
        TRY(leaf_check_required(&leaf, required));
    }
    for (uint32_t i = 0; i < t->width; i++)
        if (tree_leaf(t, i, &leaf) && !credentials_listed(&leaf, basic, x509))
            return ERR_UNSUPPORTED;
    return ERR_OK;
}

enum err tree_verify(struct tree *t, struct span group_id)
{
    struct leaf leaf;
    if (t->width == 0 || !tree_keys_unique(t) || !unmerged_consistent(t))
        return ERR_MALFORMED;
    TRY(tree_supports(t, (struct span){NULL, 0}));
    if (!parents_valid(t))
        return ERR_AUTH;
    for (uint32_t i = 0; i < t->width; i++) {
        struct leaf_place place = {group_id, i};
        if (tree_leaf(t, i, &leaf))
            TRY(leaf_verify(t->suite, &leaf, &place));
    }
    return ERR_OK;
}
