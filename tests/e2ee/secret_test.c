/* Facts about e2ee/secret: each key once, in any order inside the bounds, and nothing left behind.
 * An oracle derives the same keys from the encryption secret without a tree in memory. */
#include "e2ee/floor.h"

#include <stdlib.h>

#include "e2ee/secret.h"
#include "e2ee/treemath.h"

enum { LEAVES = 16 };
static const uint8_t encryption[SUITE_HASH] = "the encryption secret of a test";

/* ---- the oracle ---- */

static void oracle_node(uint32_t node, uint32_t leaves, uint8_t out[SUITE_HASH])
{
    uint32_t up = node_parent(node, leaves);
    uint8_t parent[SUITE_HASH];
    if (up == NODE_NONE) {
        memcpy(out, encryption, SUITE_HASH);
        return;
    }
    oracle_node(up, leaves, parent);
    struct span side = span_str(node_left(up) == node ? "left" : "right");
    assert_int_equal(
        suite_expand_label(suite, parent, (struct suite_label){"tree", side}, out, SUITE_HASH),
        ERR_OK);
}

static void oracle_ratchet(uint32_t leaf, enum secret_kind kind, uint32_t generation,
                           uint8_t out[SUITE_HASH])
{
    uint8_t node[SUITE_HASH];
    const char *label = kind == SECRET_HANDSHAKE ? "handshake" : "application";
    oracle_node(node_of_leaf(leaf), LEAVES, node);
    assert_int_equal(
        suite_expand_label(suite, node, (struct suite_label){label, floor_empty}, out, SUITE_HASH),
        ERR_OK);
    for (uint32_t g = 0; g < generation; g++)
        assert_int_equal(suite_derive_tree_secret(
                             suite, out, (struct suite_generation){"secret", g}, out, SUITE_HASH),
                         ERR_OK);
}

static struct message_key oracle(uint32_t leaf, enum secret_kind kind, uint32_t generation)
{
    struct message_key k = {.generation = generation};
    uint8_t r[SUITE_HASH];
    oracle_ratchet(leaf, kind, generation, r);
    assert_int_equal(
        suite_derive_tree_secret(suite, r, (struct suite_generation){"key", generation}, k.key, 32),
        ERR_OK);
    assert_int_equal(suite_derive_tree_secret(
                         suite, r, (struct suite_generation){"nonce", generation}, k.nonce, 12),
                     ERR_OK);
    return k;
}

/* ---- a tree under test ---- */

static struct secret_tree *tree;
static size_t tree_len;

static void fresh(uint32_t leaves)
{
    free(tree);
    tree_len = secret_bytes(leaves);
    tree = secret_init(malloc(tree_len), suite, leaves, encryption);
}

static int end(void **state)
{
    (void)state;
    free(tree);
    return 0;
}

static enum err take(uint32_t leaf, enum secret_kind kind, uint32_t generation)
{
    struct message_key got, want;
    enum err e = secret_peek(tree, leaf, kind, generation, &got);
    if (e != ERR_OK)
        return e;
    want = oracle(leaf, kind, generation);
    assert_memory_equal(&got, &want, sizeof got);
    secret_used(tree, leaf, kind, generation);
    return ERR_OK;
}

static bool left(struct span secret)
{
    return floor_holds(tree, tree_len, secret);
}

static bool key_left(const struct message_key *k)
{
    return left(span_of(k->key, sizeof k->key)) || left(span_of(k->nonce, sizeof k->nonce));
}

static void keys_are_given_once_and_in_any_order(void **state)
{
    (void)state;
    static const uint32_t order[] = {0, 3, 1, 2, 9, 4, 8, 7, 5, 6};
    fresh(LEAVES);
    for (uint32_t leaf = 0; leaf < LEAVES; leaf++)
        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
            assert_int_equal(take(leaf, SECRET_APPLICATION, order[i]), ERR_OK);
            assert_int_equal(take(leaf, SECRET_APPLICATION, order[i]), ERR_REPLAY);
            assert_int_equal(take(leaf, SECRET_HANDSHAKE, order[i]), ERR_OK);
        }
}

static void the_senders_own_keys_are_those_that_receivers_ask_for(void **state)
{
    (void)state;
    fresh(LEAVES);
    for (uint32_t g = 0; g < 5; g++) {
        struct message_key own, want = oracle(7, SECRET_HANDSHAKE, g);
        assert_int_equal(secret_next(tree, 7, SECRET_HANDSHAKE, &own), ERR_OK);
        assert_memory_equal(&own, &want, sizeof own);
        assert_false(key_left(&own)); /* its own key is spent at once */
    }
    assert_int_equal(take(7, SECRET_HANDSHAKE, 4), ERR_REPLAY);
}

static void a_peek_alone_spends_nothing(void **state)
{
    (void)state;
    fresh(LEAVES);
    struct message_key k;
    for (uint32_t g = 0; g <= SECRET_AHEAD; g += 100)
        assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, g, &k), ERR_OK);
    assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, SECRET_AHEAD + 1, &k), ERR_LIMIT);
    assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, UINT32_MAX, &k), ERR_LIMIT);
    for (uint32_t g = 0; g < 3; g++)
        assert_int_equal(take(3, SECRET_APPLICATION, g), ERR_OK);
}

/* What a forged generation may cost: the block stays as it was, byte for byte, once the leaf's
 * ratchets stand. */
static void a_forged_generation_leaves_the_block_as_it_was(void **state)
{
    (void)state;
    struct message_key k;
    fresh(LEAVES);
    assert_int_equal(take(3, SECRET_APPLICATION, 0), ERR_OK);
    uint8_t *before = malloc(tree_len);
    memcpy(before, tree, tree_len);
    assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, SECRET_AHEAD + 1, &k), ERR_OK);
    assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, SECRET_AHEAD + 2, &k), ERR_LIMIT);
    assert_int_equal(secret_peek(tree, 3, SECRET_APPLICATION, 0, &k), ERR_REPLAY);
    assert_int_equal(secret_peek(tree, LEAVES, SECRET_APPLICATION, 0, &k), ERR_NOT_FOUND);
    assert_int_equal(secret_peek(tree, UINT32_MAX, SECRET_HANDSHAKE, 0, &k), ERR_NOT_FOUND);
    secret_used(tree, 3, SECRET_APPLICATION, 0);
    secret_used(tree, 3, SECRET_APPLICATION, UINT32_MAX);
    secret_used(tree, LEAVES, SECRET_APPLICATION, 0);
    assert_memory_equal(before, tree, tree_len);
    free(before);
}

static void after_a_jump_the_last_keys_before_it_are_kept(void **state)
{
    (void)state;
    fresh(LEAVES);
    assert_int_equal(take(1, SECRET_APPLICATION, SECRET_AHEAD), ERR_OK);
    uint32_t first = SECRET_AHEAD - SECRET_SKIPPED_EACH;
    assert_int_equal(take(1, SECRET_APPLICATION, first - 1), ERR_REPLAY);
    for (uint32_t g = first; g < SECRET_AHEAD; g++)
        assert_int_equal(take(1, SECRET_APPLICATION, g), ERR_OK);
    assert_int_equal(take(1, SECRET_APPLICATION, SECRET_AHEAD + 1), ERR_OK);
}

static void a_sender_who_jumps_again_drops_his_own_keys_first(void **state)
{
    (void)state;
    fresh(LEAVES);
    assert_int_equal(take(2, SECRET_APPLICATION, 1), ERR_OK); /* keeps generation 0 */
    for (uint32_t jump = 0; jump < 20; jump++)
        assert_int_equal(take(1, SECRET_APPLICATION, (jump + 1) * 200), ERR_OK);
    assert_int_equal(take(2, SECRET_APPLICATION, 0), ERR_OK);
}

static void when_all_places_are_taken_the_oldest_key_goes(void **state)
{
    (void)state;
    fresh(LEAVES);
    assert_int_equal(take(0, SECRET_APPLICATION, 1),
                     ERR_OK); /* the oldest: generation 0 of leaf 0 */
    for (uint32_t leaf = 1; leaf <= SECRET_SKIPPED / SECRET_SKIPPED_EACH; leaf++)
        assert_int_equal(take(leaf, SECRET_APPLICATION, SECRET_SKIPPED_EACH), ERR_OK);
    assert_int_equal(take(0, SECRET_APPLICATION, 0), ERR_REPLAY);
    assert_int_equal(take(1, SECRET_APPLICATION, 0), ERR_OK);
}

static void a_ratchet_ends_before_its_numbers_do(void **state)
{
    (void)state;
    struct message_key k;
    fresh(1);
    assert_int_equal(secret_next(tree, 0, SECRET_HANDSHAKE, &k), ERR_OK);
    /* 2^32 steps take an hour: put the counter behind the block's own mark of the generation */
    uint32_t one = 1, last = UINT32_MAX;
    uint8_t r[SUITE_HASH], node[SUITE_HASH];
    oracle_node(0, 1, node);
    suite_expand_label(suite, node, (struct suite_label){"handshake", floor_empty}, r, SUITE_HASH);
    suite_derive_tree_secret(suite, r, (struct suite_generation){"secret", 0}, r, SUITE_HASH);
    uint8_t *at = (uint8_t *)tree;
    while (memcmp(at, r, SUITE_HASH) != 0)
        at++;
    assert_memory_equal(at + SUITE_HASH, &one, sizeof one);
    memcpy(at + SUITE_HASH, &last, sizeof last);
    assert_int_equal(secret_next(tree, 0, SECRET_HANDSHAKE, &k), ERR_LIMIT);
    assert_int_equal(secret_peek(tree, 0, SECRET_HANDSHAKE, UINT32_MAX, &k), ERR_LIMIT);
}

static void a_tree_of_one_leaf_works_and_one_of_none_has_no_leaf(void **state)
{
    (void)state;
    struct message_key k;
    fresh(1);
    assert_int_equal(secret_peek(tree, 0, SECRET_APPLICATION, 0, &k), ERR_OK);
    assert_int_equal(secret_peek(tree, 1, SECRET_APPLICATION, 0, &k), ERR_NOT_FOUND);
    fresh(0);
    assert_int_equal(secret_peek(tree, 0, SECRET_APPLICATION, 0, &k), ERR_NOT_FOUND);
    secret_fini(tree);
}

/* ---- leftovers: the whole block is searched ---- */

static void secrets_above_a_used_leaf_are_gone(void **state)
{
    (void)state;
    fresh(LEAVES);
    assert_true(left(span_of(encryption, SUITE_HASH)));
    assert_int_equal(take(5, SECRET_APPLICATION, 0), ERR_OK);
    uint32_t path[TREE_DEPTH_MAX], n = node_direct_path(node_of_leaf(5), LEAVES, path);
    uint8_t secret[SUITE_HASH];
    for (uint32_t i = 0; i < n; i++) {
        oracle_node(path[i], LEAVES, secret);
        assert_false(left(span_of(secret, SUITE_HASH)));
    }
    oracle_node(node_of_leaf(5), LEAVES, secret);
    assert_false(left(span_of(secret, SUITE_HASH)));
    oracle_node(node_of_leaf(4), LEAVES, secret); /* the neighbour has not spoken yet */
    assert_true(left(span_of(secret, SUITE_HASH)));
}

static void keys_that_were_used_are_gone_and_so_is_what_gives_them(void **state)
{
    (void)state;
    uint8_t r[SUITE_HASH];
    fresh(LEAVES);
    assert_int_equal(take(5, SECRET_APPLICATION, 4), ERR_OK);
    for (uint32_t g = 0; g < 4; g++) {
        struct message_key kept = oracle(5, SECRET_APPLICATION, g);
        assert_true(key_left(&kept));
        assert_int_equal(take(5, SECRET_APPLICATION, g), ERR_OK);
        assert_false(key_left(&kept));
    }
    struct message_key used = oracle(5, SECRET_APPLICATION, 4);
    assert_false(key_left(&used));
    for (uint32_t g = 0; g <= 4; g++) {
        oracle_ratchet(5, SECRET_APPLICATION, g, r);
        assert_false(left(span_of(r, SUITE_HASH)));
    }
    oracle_ratchet(5, SECRET_APPLICATION, 5, r);
    assert_true(left(span_of(r, SUITE_HASH)));
}

static void fini_leaves_zeros(void **state)
{
    (void)state;
    fresh(LEAVES);
    for (uint32_t leaf = 0; leaf < LEAVES; leaf += 3)
        assert_int_equal(take(leaf, SECRET_APPLICATION, 20), ERR_OK);
    secret_fini(tree);
    for (size_t i = 0; i < tree_len; i++)
        assert_int_equal(((uint8_t *)tree)[i], 0);
}

static void the_block_may_be_moved(void **state)
{
    (void)state;
    fresh(LEAVES);
    assert_int_equal(take(5, SECRET_APPLICATION, 4), ERR_OK);
    void *moved = malloc(tree_len);
    memcpy(moved, tree, tree_len);
    memset(tree, 0xEE, tree_len);
    free(tree);
    tree = moved;
    assert_int_equal(take(5, SECRET_APPLICATION, 2), ERR_OK);
    assert_int_equal(take(9, SECRET_HANDSHAKE, 1), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(keys_are_given_once_and_in_any_order),
        FACT(the_senders_own_keys_are_those_that_receivers_ask_for),
        FACT(a_peek_alone_spends_nothing),
        FACT(a_forged_generation_leaves_the_block_as_it_was),
        FACT(after_a_jump_the_last_keys_before_it_are_kept),
        FACT(a_sender_who_jumps_again_drops_his_own_keys_first),
        FACT(when_all_places_are_taken_the_oldest_key_goes),
        FACT(a_ratchet_ends_before_its_numbers_do),
        FACT(a_tree_of_one_leaf_works_and_one_of_none_has_no_leaf),
        FACT(secrets_above_a_used_leaf_are_gone),
        FACT(keys_that_were_used_are_gone_and_so_is_what_gives_them),
        FACT(fini_leaves_zeros),
        FACT(the_block_may_be_moved),
    };
    return cmocka_run_group_tests(facts, floor_start, end);
}
