/* Any bytes as a ratchet_tree: what is read is written again byte for byte, its indices and hashes
 * agree with a tree read anew after changes, and verification ends with a verdict. */
#include "base/bug.h"
#include "e2ee/tree_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAVES = 32, ARENA = 16384 };
static _Alignas(max_align_t) uint8_t memory[3][131072];

static struct tree *fresh(int i)
{
    BUG_IF(tree_bytes(LEAVES, ARENA) > sizeof(memory[i]));
    return tree_init(memory[i], &suite_chacha, LEAVES, ARENA);
}

static void check_read_again(struct tree *t)
{
    static uint8_t bytes[2 * ARENA];
    uint8_t a[SUITE_HASH], b[SUITE_HASH];
    struct writer w = writer_of(bytes, sizeof(bytes));
    struct tree *again = fresh(1);
    BUG_IF(tree_write(t, &w) != ERR_OK);
    BUG_IF(tree_read(again, writer_span(&w)) != ERR_OK);
    BUG_IF(tree_hash(t, a) != ERR_OK || tree_hash(again, b) != ERR_OK);
    BUG_IF(memcmp(a, b, sizeof(a)) != 0);
    BUG_IF(tree_keys_unique(t) != tree_keys_unique(again) || tree_count(t) != tree_count(again));
}

static void check_nodes(const struct tree *t)
{
    uint32_t list[LEAVES];
    for (uint32_t node = 0; node < tree_width(tree_leaf_width(t)); node++) {
        BUG_IF(tree_resolution(t, node, list) > tree_leaf_width(t));
        struct span key = tree_node_key(t, node);
        BUG_IF(key.ptr && !tree_has_encryption_key(t, key));
    }
}

/* The first leaf of the input comes and goes at places that the input's last bytes choose. */
static void change(struct tree *t, struct span in)
{
    static uint8_t leaf_node[LEAF_BYTES_MAX];
    struct leaf leaf = {0};
    uint32_t at;
    for (uint32_t i = 0; i < tree_leaf_width(t) && leaf.raw.len == 0; i++)
        (void)tree_leaf(t, i, &leaf);
    if (leaf.raw.len == 0)
        return; /* parents alone can be read; verification refuses them */
    struct span copy = span_of(leaf_node, leaf.raw.len);
    memcpy(leaf_node, leaf.raw.ptr, leaf.raw.len);
    for (size_t i = in.len > 8 ? in.len - 8 : 0; i < in.len && tree_count(t) > 1; i++) {
        uint32_t where = in.ptr[i] % LEAVES;
        switch (in.ptr[i] / LEAVES % 3) {
        case 0:
            (void)tree_add(t, copy, &at);
            break;
        case 1:
            (void)tree_update(t, where, copy);
            break;
        case 2:
            (void)tree_remove(t, where);
            break;
        }
    }
}

/* An unverified tree may have a parent that nobody ever set; one who joins below it can make all
 * leaves unmerged there, which no tree that verifies comes to. */
static bool has_full_parent(const struct tree *t)
{
    for (uint32_t node = 1; node < tree_width(tree_leaf_width(t)); node += 2) {
        uint32_t level = node_level(node);
        struct leaf_range range = tree_range(node, level);
        if (tree_bits_count(tree_row(t, level), range) == range.n)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[2 * ARENA];
    struct tree *t = fresh(0), *copy = fresh(2);
    struct writer w = writer_of(bytes, sizeof(bytes));
    struct span in = span_of(data, size), tail = in;
    if (tree_read(t, in) != ERR_OK) {
        /* the length in front is hard to hit: the rest of the input as the vector's content */
        codec_write_vector(&w, in);
        if (!writer_ok(&w) || tree_read(t, writer_span(&w)) != ERR_OK) {
            BUG_IF(tree_leaf_width(t) != 0);
            return 0;
        }
        in = writer_span(&w);
    }
    struct writer out = writer_of(memory[1], sizeof(memory[1]));
    BUG_IF(tree_write(t, &out) != ERR_OK || !span_equal(in, writer_span(&out)));
    check_nodes(t);
    (void)tree_verify(t, span_str("group"));
    tree_copy(copy, t);
    change(copy, tail);
    if (tree_count(copy) > 0 && !has_full_parent(copy)) {
        check_nodes(copy);
        check_read_again(copy);
    }
    check_read_again(t);
    return 0;
}
