#include "e2ee/treemath.h"

/* A tree of 8 leaves; the level of a node is the number of ones at the end of its index:
 *
 *                 7
 *         3               11
 *     1       5       9       13
 *   0   2   4   6   8  10  12   14
 */
static bool width_valid(uint32_t leaves)
{
    return leaves != 0 && (leaves & (leaves - 1)) == 0;
}

static bool inside(uint32_t node, uint32_t leaves)
{
    return width_valid(leaves) && node < tree_width(leaves);
}

uint32_t tree_width(uint32_t leaves)
{
    return leaves == 0 ? 0 : 2 * (leaves - 1) + 1;
}

uint32_t node_level(uint32_t node)
{
    uint32_t level = 0;
    for (; node & 1; node >>= 1)
        level++;
    return level;
}

uint32_t tree_root(uint32_t leaves)
{
    return width_valid(leaves) ? leaves - 1 : NODE_NONE;
}

uint32_t node_left(uint32_t node)
{
    if (node_is_leaf(node) || node == NODE_NONE)
        return NODE_NONE;
    return node ^ (UINT32_C(1) << (node_level(node) - 1));
}

uint32_t node_right(uint32_t node)
{
    if (node_is_leaf(node) || node == NODE_NONE)
        return NODE_NONE;
    return node ^ (UINT32_C(3) << (node_level(node) - 1));
}

uint32_t node_parent(uint32_t node, uint32_t leaves)
{
    if (!inside(node, leaves) || node == tree_root(leaves))
        return NODE_NONE;
    uint32_t level = node_level(node);
    uint32_t bit = (node >> (level + 1)) & 1;
    return (node | UINT32_C(1) << level) ^ (bit << (level + 1));
}

uint32_t node_sibling(uint32_t node, uint32_t leaves)
{
    uint32_t parent = node_parent(node, leaves);
    if (parent == NODE_NONE)
        return NODE_NONE;
    return node < parent ? node_right(parent) : node_left(parent);
}

uint32_t node_direct_path(uint32_t node, uint32_t leaves, uint32_t out[TREE_DEPTH_MAX])
{
    uint32_t n = 0;
    for (node = node_parent(node, leaves); node != NODE_NONE; node = node_parent(node, leaves))
        out[n++] = node;
    return n;
}

bool node_covers(uint32_t node, uint32_t descendant)
{
    if (node == NODE_NONE || descendant == NODE_NONE)
        return false;
    uint32_t reach = (UINT32_C(1) << node_level(node)) - 1;
    return descendant >= node - reach && descendant - (node - reach) <= 2 * reach;
}

uint32_t node_common_ancestor(uint32_t a, uint32_t b, uint32_t leaves)
{
    if (!inside(a, leaves) || !inside(b, leaves))
        return NODE_NONE;
    while (!node_covers(a, b))
        a = node_parent(a, leaves);
    return a;
}
