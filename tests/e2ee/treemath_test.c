/* Facts about e2ee/treemath, asked of every node of every width up to 256 leaves against a tree
 * that is built by hand. */
#include "base/fact.h"

#include "e2ee/treemath.h"

enum { NODES = 511 };
static uint32_t parent[NODES], left[NODES], right[NODES], level[NODES];

/* Leaves are even; a node of level k stands in the middle of its 2^(k+1) - 1 nodes. */
static uint32_t build(uint32_t from, uint32_t nodes)
{
    uint32_t root = from + nodes / 2;
    left[root] = right[root] = NODE_NONE;
    level[root] = 0;
    if (nodes == 1)
        return root;
    left[root] = build(from, nodes / 2);
    right[root] = build(root + 1, nodes / 2);
    parent[left[root]] = parent[right[root]] = root;
    level[root] = level[left[root]] + 1;
    return root;
}

static bool above(uint32_t node, uint32_t descendant)
{
    while (descendant != node && descendant != NODE_NONE)
        descendant = parent[descendant];
    return descendant == node;
}

static void every_relation_equals_that_of_a_tree_built_by_hand(void **state)
{
    (void)state;
    for (uint32_t leaves = 1; leaves <= 256; leaves *= 2) {
        uint32_t nodes = 2 * leaves - 1, root = build(0, nodes);
        parent[root] = NODE_NONE;
        assert_int_equal(tree_width(leaves), nodes);
        assert_int_equal(tree_root(leaves), root);
        for (uint32_t i = 0; i < nodes; i++) {
            uint32_t up = parent[i];
            assert_int_equal(node_level(i), level[i]);
            assert_int_equal(node_left(i), left[i]);
            assert_int_equal(node_right(i), right[i]);
            assert_int_equal(node_parent(i, leaves), up);
            uint32_t other = up == NODE_NONE ? NODE_NONE : left[up] == i ? right[up] : left[up];
            assert_int_equal(node_sibling(i, leaves), other);
        }
    }
}

static void covers_and_common_ancestor_hold_for_every_pair_of_64_leaves(void **state)
{
    (void)state;
    parent[build(0, 127)] = NODE_NONE;
    for (uint32_t a = 0; a < 127; a++)
        for (uint32_t b = 0; b < 127; b++) {
            uint32_t c = a;
            while (!above(c, b))
                c = parent[c];
            assert_int_equal(node_covers(a, b), above(a, b));
            assert_int_equal(node_common_ancestor(a, b, 64), c);
        }
}

static void the_direct_path_leads_from_the_parent_to_the_root(void **state)
{
    (void)state;
    uint32_t path[TREE_DEPTH_MAX];
    assert_int_equal(node_direct_path(0, 8, path), 3);
    assert_int_equal(path[0], 1);
    assert_int_equal(path[1], 3);
    assert_int_equal(path[2], 7);
    assert_int_equal(node_direct_path(0, 1, path), 0);
    assert_int_equal(node_direct_path(0, UINT32_C(1) << 31, path), TREE_DEPTH_MAX);
    assert_int_equal(path[TREE_DEPTH_MAX - 1], tree_root(UINT32_C(1) << 31));
}

static void outside_the_tree_there_is_no_node(void **state)
{
    (void)state;
    uint32_t path[TREE_DEPTH_MAX];
    assert_int_equal(tree_width(0), 0);
    assert_int_equal(tree_root(0), NODE_NONE);
    assert_int_equal(tree_root(3), NODE_NONE); /* no power of two */
    assert_int_equal(node_parent(15, 8), NODE_NONE);
    assert_int_equal(node_parent(NODE_NONE, 8), NODE_NONE);
    assert_int_equal(node_parent(2, 3), NODE_NONE);
    assert_int_equal(node_left(NODE_NONE), NODE_NONE);
    assert_int_equal(node_right(4), NODE_NONE);
    assert_int_equal(node_common_ancestor(0, 15, 8), NODE_NONE);
    assert_int_equal(node_direct_path(99, 8, path), 0);
    assert_false(node_covers(NODE_NONE, 0) || node_covers(7, NODE_NONE));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(every_relation_equals_that_of_a_tree_built_by_hand),
        FACT(covers_and_common_ancestor_hold_for_every_pair_of_64_leaves),
        FACT(the_direct_path_leads_from_the_parent_to_the_root),
        FACT(outside_the_tree_there_is_no_node),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
