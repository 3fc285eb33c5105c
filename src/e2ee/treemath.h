/* Node indices of a left-balanced complete tree (RFC 9420 appendix C). Leaves are the even nodes;
 * `leaves` is the width, a power of two. Total functions: outside the tree they give NODE_NONE. */
#ifndef E2EE_TREEMATH_H
#define E2EE_TREEMATH_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_NONE UINT32_MAX
enum { TREE_DEPTH_MAX = 31 };

static inline uint32_t node_of_leaf(uint32_t leaf)
{
    return 2 * leaf;
}
static inline bool node_is_leaf(uint32_t node)
{
    return (node & 1) == 0;
}
uint32_t tree_width(uint32_t leaves); /* nodes: 2 * leaves - 1 */
uint32_t node_level(uint32_t node);
uint32_t tree_root(uint32_t leaves);
uint32_t node_left(uint32_t node);
uint32_t node_right(uint32_t node);
uint32_t node_parent(uint32_t node, uint32_t leaves);
uint32_t node_sibling(uint32_t node, uint32_t leaves);
/* From the parent of `node` up to the root; the number written (at most TREE_DEPTH_MAX). */
uint32_t node_direct_path(uint32_t node, uint32_t leaves, uint32_t out[TREE_DEPTH_MAX]);
bool node_covers(uint32_t node, uint32_t descendant); /* itself included */
uint32_t node_common_ancestor(uint32_t a, uint32_t b, uint32_t leaves);

#endif
