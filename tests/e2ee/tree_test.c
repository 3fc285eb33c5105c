/* Facts about e2ee/tree. The oracle is the tree that comes from writing and reading it again: it
 * computes every hash and index anew. */
#include <time.h>

#include "e2ee/grove.h"
#include "e2ee/treekem.h"

static struct random chance;

static void assert_same_hash(struct tree *a, struct tree *b)
{
    uint8_t x[SUITE_HASH], y[SUITE_HASH];
    assert_int_equal(tree_hash(a, x), ERR_OK);
    assert_int_equal(tree_hash(b, y), ERR_OK);
    assert_memory_equal(x, y, SUITE_HASH);
}

/* ---- places ---- */

static void a_newcomer_takes_the_leftmost_blank_leaf(void **state)
{
    (void)state;
    struct tree *t = grove_tree(16, 16384);
    struct person p;
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(grove_join(t, &chance, &p), i);
    assert_int_equal(tree_leaf_width(t), 16);
    assert_int_equal(tree_count(t), 9);
    assert_int_equal(tree_remove(t, 6), ERR_OK);
    assert_int_equal(tree_remove(t, 2), ERR_OK);
    assert_int_equal(grove_join(t, &chance, &p), 2);
    assert_int_equal(grove_join(t, &chance, &p), 6);
    assert_int_equal(grove_join(t, &chance, &p), 9);
    free(t);
}

static void a_full_tree_refuses_and_stays(void **state)
{
    (void)state;
    struct tree *t = grove_tree(4, 16384), *small = grove_tree(16, 1024);
    struct person p;
    struct grove_leaf room;
    uint32_t leaf, n = 0;
    for (int i = 0; i < 4; i++)
        (void)grove_join(t, &chance, &p);
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    struct span before = grove_bytes(t), raw = grove_leaf(&make, &room);
    assert_int_equal(tree_add(t, raw, &leaf), ERR_LIMIT);
    struct span after = grove_bytes(t);
    assert_true(span_equal(before, after));
    free((void *)(uintptr_t)before.ptr);
    free((void *)(uintptr_t)after.ptr);
    for (; n < 16; n++) { /* the arena ends before the leaves do */
        grove_person(&chance, &p);
        make = grove_make(&p);
        if (tree_add(small, grove_leaf(&make, &room), &leaf) != ERR_OK)
            break;
    }
    assert_in_range(n, 2, 8);
    assert_int_equal(tree_count(small), n);
    assert_int_equal(tree_find_signer(small, make.signature_key), NODE_NONE);
    assert_true(tree_leaf_width(small) < 2 * n);
    free(t);
    free(small);
}

static void the_right_half_goes_with_its_last_leaf(void **state)
{
    (void)state;
    struct tree *t = grove_tree(16, 16384);
    struct person p;
    for (int i = 0; i < 9; i++)
        (void)grove_join(t, &chance, &p);
    assert_int_equal(tree_remove(t, 8), ERR_OK);
    assert_int_equal(tree_leaf_width(t), 8);
    for (uint32_t i = 3; i < 8; i++)
        assert_int_equal(tree_remove(t, i), ERR_OK);
    assert_int_equal(tree_leaf_width(t), 4);
    assert_int_equal(tree_remove(t, 0), ERR_OK);
    assert_int_equal(tree_leaf_width(t), 4);
    assert_int_equal(tree_remove(t, 0), ERR_NOT_FOUND);
    assert_int_equal(tree_remove(t, 7), ERR_NOT_FOUND);
    assert_int_equal(tree_remove(t, 2), ERR_OK);
    assert_int_equal(tree_remove(t, 1), ERR_OK);
    assert_int_equal(tree_leaf_width(t), 0);
    assert_int_equal(tree_count(t), 0);
    free(t);
}

static void only_a_leaf_node_becomes_a_leaf(void **state)
{
    (void)state;
    struct tree *t = grove_tree(4, 4096);
    struct person p;
    struct grove_leaf room;
    uint32_t leaf;
    (void)grove_join(t, &chance, &p);
    struct leaf_make make = grove_make(&p);
    struct span raw = grove_leaf(&make, &room);
    assert_int_equal(tree_add(t, span_of(raw.ptr, raw.len - 1), &leaf), ERR_MALFORMED);
    assert_int_equal(tree_add(t, span_of(raw.ptr, raw.len + 1), &leaf), ERR_MALFORMED);
    make.encryption_key.len = 31; /* not the suite's */
    assert_int_equal(tree_add(t, grove_leaf(&make, &room), &leaf), ERR_MALFORMED);
    assert_int_equal(tree_update(t, 0, span_of(raw.ptr, 5)), ERR_MALFORMED);
    assert_int_equal(tree_leaf_width(t), 1);
    free(t);
}

/* ---- random lives ---- */

struct life {
    struct tree *tree;
    struct person people[32];
};

static void commit(struct life *l, uint32_t leaf)
{
    struct random_source random = grove_source(&chance);
    struct treekem k = {.leaf = leaf};
    struct treekem_path path;
    struct leaf_make make = grove_make(&l->people[leaf]);
    assert_int_equal(treekem_renew(l->tree, &k, &make, &random, &path), ERR_OK);
}

static void update(struct life *l, uint32_t leaf)
{
    struct person fresh;
    struct grove_leaf room;
    grove_person(&chance, &fresh);
    memcpy(l->people[leaf].leaf_public, fresh.leaf_public, sizeof(fresh.leaf_public));
    struct leaf_make make = grove_make(&l->people[leaf]);
    make.source = LEAF_UPDATE;
    make.place.leaf_index = leaf;
    assert_int_equal(tree_update(l->tree, leaf, grove_leaf(&make, &room)), ERR_OK);
}

static void step(struct life *l)
{
    uint32_t leaf = random_below(&chance, 32), what = random_below(&chance, 8);
    if (what < 3 && tree_count(l->tree) < 32) {
        struct person p;
        uint32_t at = grove_join(l->tree, &chance, &p);
        l->people[at] = p;
        return;
    }
    struct leaf there;
    if (!tree_leaf(l->tree, leaf, &there))
        return;
    if (what < 5)
        commit(l, leaf);
    else if (what < 6)
        update(l, leaf);
    else if (tree_count(l->tree) > 1)
        assert_int_equal(tree_remove(l->tree, leaf), ERR_OK);
}

/* The indices against a search from the left. */
static void check_indices(const struct tree *t)
{
    struct leaf leaf;
    for (uint32_t i = 0; i < tree_leaf_width(t); i++)
        if (tree_leaf(t, i, &leaf))
            assert_int_equal(tree_find_signer(t, leaf.signature_key), i);
    for (uint32_t node = 0; node < tree_width(tree_leaf_width(t)); node++) {
        struct span key = tree_node_key(t, node);
        if (key.ptr)
            assert_int_equal(index_find(t, INDEX_ENCRYPTION, key), node);
    }
    assert_true(tree_keys_unique(t));
}

static void a_random_life_gives_valid_trees_that_read_back_equal(void **state)
{
    (void)state;
    struct life l = {.tree = grove_tree(32, 32 * 400)}; /* scarce: the arena is compacted often */
    struct tree *again = grove_tree(32, 32 * 400), *copy = grove_tree(32, 32 * 400);
    (void)grove_join(l.tree, &chance, &l.people[0]);
    for (int i = 0; i < 600; i++) {
        step(&l);
        check_indices(l.tree);
        struct span bytes = grove_bytes(l.tree);
        assert_int_equal(tree_read(again, bytes), ERR_OK);
        assert_same_hash(l.tree, again);
        check_indices(again);
        assert_int_equal(tree_verify(again, GROVE_GROUP), ERR_OK);
        tree_copy(copy, l.tree);
        assert_same_hash(l.tree, copy);
        if (random_below(&chance, 4) == 0) { /* life goes on in the copy */
            struct tree *other = l.tree;
            l.tree = copy;
            copy = other;
        }
        struct span second = grove_bytes(again);
        assert_true(span_equal(bytes, second));
        free((void *)(uintptr_t)bytes.ptr);
        free((void *)(uintptr_t)second.ptr);
    }
    free(l.tree);
    free(again);
    free(copy);
}

static void a_copy_is_independent(void **state)
{
    (void)state;
    struct life l = {.tree = grove_tree(32, 32768)};
    struct tree *copy = grove_tree(32, 32768);
    uint8_t before[SUITE_HASH], after[SUITE_HASH];
    for (int i = 0; i < 5; i++) {
        struct person p;
        uint32_t at = grove_join(l.tree, &chance, &p);
        l.people[at] = p;
    }
    commit(&l, 3);
    tree_copy(copy, l.tree);
    assert_int_equal(tree_hash(copy, before), ERR_OK);
    commit(&l, 1);
    assert_int_equal(tree_remove(l.tree, 4), ERR_OK);
    assert_int_equal(tree_hash(copy, after), ERR_OK);
    assert_memory_equal(before, after, SUITE_HASH);
    assert_int_equal(tree_count(copy), 5);
    assert_int_equal(tree_verify(copy, GROVE_GROUP), ERR_OK);
    free(l.tree);
    free(copy);
}

/* ---- keys ---- */

static void a_key_at_two_places_is_noticed_and_forgotten(void **state)
{
    (void)state;
    struct tree *t = grove_tree(8, 8192);
    struct person a, b;
    struct grove_leaf room;
    uint32_t leaf;
    (void)grove_join(t, &chance, &a);
    (void)grove_join(t, &chance, &b);
    assert_true(tree_keys_unique(t));
    memcpy(b.leaf_public, a.leaf_public, sizeof(a.leaf_public));
    struct leaf_make make = grove_make(&b);
    assert_int_equal(tree_add(t, grove_leaf(&make, &room), &leaf), ERR_OK); /* both keys twice */
    assert_false(tree_keys_unique(t));
    assert_int_equal(tree_verify(t, GROVE_GROUP), ERR_MALFORMED);
    assert_int_equal(tree_remove(t, 1), ERR_OK);
    assert_false(tree_keys_unique(t)); /* the encryption key still */
    assert_int_equal(tree_remove(t, 0), ERR_OK);
    assert_true(tree_keys_unique(t));
    assert_int_equal(tree_find_signer(t, make.signature_key), leaf);
    free(t);
}

static void a_tree_read_with_a_key_twice_does_not_verify(void **state)
{
    (void)state;
    struct tree *t = grove_tree(8, 8192), *again = grove_tree(8, 8192);
    struct person p;
    struct grove_leaf room;
    uint32_t leaf;
    (void)grove_join(t, &chance, &p);
    struct leaf_make make = grove_make(&p);
    assert_int_equal(tree_add(t, grove_leaf(&make, &room), &leaf), ERR_OK);
    struct span bytes = grove_bytes(t);
    assert_int_equal(tree_read(again, bytes), ERR_OK);
    assert_false(tree_keys_unique(again));
    assert_int_equal(tree_verify(again, GROVE_GROUP), ERR_MALFORMED);
    free((void *)(uintptr_t)bytes.ptr);
    free(t);
    free(again);
}

/* ---- hostile trees ---- */

/* Leaves 0-4 and 6, the paths of 0 and 4, then a newcomer at 5: unmerged at nodes 11 and 7. Leaf 7
 * is blank. */
static struct tree *lived_tree(void)
{
    struct life l = {.tree = grove_tree(8, 8192)};
    struct person p;
    for (int i = 0; i < 7; i++) {
        uint32_t at = grove_join(l.tree, &chance, &p);
        l.people[at] = p;
    }
    assert_int_equal(tree_remove(l.tree, 5), ERR_OK);
    commit(&l, 0);
    commit(&l, 4);
    assert_int_equal(grove_join(l.tree, &chance, &p), 5);
    assert_true(tree_bit(tree_row(l.tree, 3), 5) && tree_bit(tree_row(l.tree, 2), 5));
    return l.tree;
}

static void every_flipped_bit_of_a_tree_is_refused(void **state)
{
    (void)state;
    struct tree *t = lived_tree(), *read = grove_tree(8, 8192);
    struct span bytes = grove_bytes(t);
    uint8_t *flip = (uint8_t *)(uintptr_t)bytes.ptr;
    assert_int_equal(tree_read(read, bytes), ERR_OK);
    assert_int_equal(tree_verify(read, GROVE_GROUP), ERR_OK);
    assert_int_equal(tree_verify(read, span_str("another group")), ERR_AUTH);
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        flip[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum err e = tree_read(read, bytes);
        if (e == ERR_OK)
            e = tree_verify(read, GROVE_GROUP);
        else
            assert_int_equal(tree_leaf_width(read), 0);
        assert_int_not_equal(e, ERR_OK);
        flip[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(flip);
    free(t);
    free(read);
}

static void a_tree_cut_or_longer_is_refused(void **state)
{
    (void)state;
    struct tree *t = lived_tree(), *read = grove_tree(8, 8192);
    struct span bytes = grove_bytes(t);
    for (size_t n = 0; n < bytes.len; n++)
        assert_int_equal(tree_read(read, span_of(bytes.ptr, n)), ERR_MALFORMED);
    assert_int_equal(tree_read(read, span_of(bytes.ptr, bytes.len + 1)), ERR_MALFORMED);
    free((void *)(uintptr_t)bytes.ptr);
    free(t);
    free(read);
}

static void the_form_of_a_tree_is_checked(void **state)
{
    (void)state;
    struct tree *t = grove_tree(2, 4096);
    assert_int_equal(tree_read(t, span_of("\x00", 1)), ERR_MALFORMED);     /* no node */
    assert_int_equal(tree_read(t, span_of("\x01\x00", 2)), ERR_MALFORMED); /* the last one blank */
    assert_int_equal(tree_read(t, span_of("\x02\x01\x02", 3)), ERR_MALFORMED); /* a parent first */
    assert_int_equal(tree_read(t, span_of("\x01\x02", 2)), ERR_MALFORMED);     /* no optional */
    assert_int_equal(tree_read(t, span_of("\x04\x00\x00\x00\x00", 5)), ERR_LIMIT);
    free(t);
}

static void a_parent_has_a_key_that_can_be_sealed_to(void **state)
{
    (void)state;
    struct tree *t = lived_tree(), *read = grove_tree(8, 8192);
    struct span bytes = grove_bytes(t);
    uint8_t *at = (uint8_t *)(uintptr_t)bytes.ptr;
    uint32_t seen = 0;
    for (uint32_t node = 1; node < 2 * tree_leaf_width(t); node += 2) {
        struct span key = tree_node_key(t, node);
        uint8_t before[32];
        size_t i = 0;
        if (key.len == 0)
            continue;
        seen++;
        while (memcmp(at + i, key.ptr, 32) != 0)
            i++;
        memcpy(before, at + i, 32);
        memset(at + i, 0, 32);
        assert_int_equal(tree_read(read, bytes), ERR_MALFORMED);
        memcpy(at + i, before, 32);
        assert_int_equal(tree_read(read, bytes), ERR_OK);
    }
    assert_true(seen > 0);
    free(at);
    free(t);
    free(read);
}

/* Unmerged leaves as no honest tree has them, in bytes that say so. */
static void unmerged_leaves_are_checked(void **state)
{
    (void)state;
    struct tree *t = lived_tree(), *read = grove_tree(8, 8192);
    uint64_t *root = tree_row(t, 3), *inner = tree_row(t, 2);
    struct {
        uint64_t root, inner;
        enum err read, verify;
    } say[] = {
        {1 << 5, 1 << 5, ERR_OK, ERR_OK},
        {1 << 5, 0, ERR_OK, ERR_MALFORMED},               /* known above, not between */
        {1 << 7, 0, ERR_MALFORMED, ERR_OK},               /* a blank leaf */
        {0xff, 1 << 5, ERR_MALFORMED, ERR_OK},            /* all that are below */
        {0, 1 << 5, ERR_OK, ERR_AUTH},                    /* not said by the root */
        {1 << 5 | 1 << 1, 1 << 5, ERR_OK, ERR_MALFORMED}, /* one who is not */
    };
    for (size_t i = 0; i < ARRAY_LEN(say); i++) {
        root[0] = say[i].root;
        inner[0] = (inner[0] & ~(uint64_t)0xf0) | say[i].inner;
        struct span bytes = grove_bytes(t);
        assert_int_equal(tree_read(read, bytes), say[i].read);
        if (say[i].read == ERR_OK)
            assert_int_equal(tree_verify(read, GROVE_GROUP), say[i].verify);
        free((void *)(uintptr_t)bytes.ptr);
    }
    free(t);
    free(read);
}

/* The tree of above with leaf 7 taken too: 5 and 7 are unmerged at the root, in this order. */
static void unmerged_leaves_rise_and_leave_one_out(void **state)
{
    (void)state;
    static const uint8_t rising[] = {0, 0, 0, 5, 0, 0, 0, 7}, falling[] = {0, 0, 0, 7, 0, 0, 0, 5},
                         twice[] = {0, 0, 0, 7, 0, 0, 0, 7};
    struct tree *t = lived_tree(), *read = grove_tree(8, 8192);
    struct person p;
    assert_int_equal(grove_join(t, &chance, &p), 7);
    struct span bytes = grove_bytes(t);
    uint8_t *at = memmem(bytes.ptr, bytes.len, rising, sizeof(rising));
    assert_non_null(at);
    assert_int_equal(tree_read(read, bytes), ERR_OK);
    memcpy(at, falling, sizeof(falling));
    assert_int_equal(tree_read(read, bytes), ERR_MALFORMED);
    memcpy(at, twice, sizeof(twice));
    assert_int_equal(tree_read(read, bytes), ERR_MALFORMED);
    free((void *)(uintptr_t)bytes.ptr);
    tree_row(t, 3)[0] = 0xff; /* nobody would hold the root's key */
    bytes = grove_bytes(t);
    assert_int_equal(tree_read(read, bytes), ERR_MALFORMED);
    tree_row(t, 3)[0] = 0xfe;
    free((void *)(uintptr_t)bytes.ptr);
    bytes = grove_bytes(t);
    assert_int_equal(tree_read(read, bytes), ERR_OK);
    free((void *)(uintptr_t)bytes.ptr);
    free(t);
    free(read);
}

/* A signed leaf with a certificate in place of an identity; it lists both kinds of credential. */
static struct span certified_leaf(const struct person *p, struct grove_leaf *out)
{
    static const uint8_t middle[] = {
        0,           CREDENTIAL_X509,
        3,           2,
        0x30,        0x00, /* one certificate of two bytes */
        2,           0,
        1,           2,
        0,           3,
        0,           0,
        4,           0,
        1,           0,
        2,              /* versions, suites, -, -, credentials */
        LEAF_UPDATE, 0, /* no extensions */
    };
    struct writer w = writer_of(out->bytes, sizeof(out->bytes));
    struct writer tbs = writer_of((uint8_t[512]){0}, 512);
    uint8_t signature[SUITE_SIGNATURE];
    codec_write_vector(&w, span_of(p->leaf_public, sizeof(p->leaf_public)));
    codec_write_vector(&w, span_of(p->sign_public, sizeof(p->sign_public)));
    writer_bytes(&w, span_of(middle, sizeof(middle)));
    writer_bytes(&tbs, writer_span(&w));
    codec_write_vector(&tbs, GROVE_GROUP);
    writer_u32(&tbs, 1);
    assert_int_equal(suite_sign(suite, p->sign_secret, "LeafNodeTBS", writer_span(&tbs), signature),
                     ERR_OK);
    codec_write_vector(&w, span_of(signature, sizeof(signature)));
    return writer_span(&w);
}

/* Everybody of the grove lists basic credentials and the two extensions of our profile. */
static void every_leaf_supports_what_is_in_use_and_required(void **state)
{
    (void)state;
    static const uint8_t ours[] = {4, 0xf0, 0xc0, 0xf0, 0xc1, 0, 2, 0, 1},
                         more[] = {2, 0xf0, 0xc2, 0, 0};
    struct tree *t = grove_tree(8, 8192);
    struct person p;
    struct grove_leaf room;
    uint32_t leaf;
    (void)grove_join(t, &chance, &p);
    assert_int_equal(tree_supports(t, span_of(ours, sizeof(ours))), ERR_OK);
    assert_int_equal(tree_supports(t, span_of(more, sizeof(more))), ERR_UNSUPPORTED);
    grove_person(&chance, &p);
    assert_int_equal(tree_add(t, certified_leaf(&p, &room), &leaf), ERR_OK);
    assert_int_equal(leaf, 1);
    assert_int_equal(tree_supports(t, (struct span){NULL, 0}), ERR_UNSUPPORTED);
    assert_int_equal(tree_verify(t, GROVE_GROUP), ERR_UNSUPPORTED);
    assert_int_equal(tree_remove(t, 0), ERR_OK);
    assert_int_equal(tree_verify(t, GROVE_GROUP), ERR_OK);
    free(t);
}

/* ---- the worst that one message can ask for ---- */

/* A tree whose every parent has all odd leaves below it unmerged and whose parent hashes all hold:
 * the most hashing that a valid tree can cause. From the top down, each right half before the left
 * one, since the left child's parent hash is over the right one's content. */
static void worst_node(struct tree *t, const struct person *p, uint32_t node, struct span hash)
{
    uint8_t key[32], below[SUITE_HASH];
    struct grove_leaf room;
    if (node_is_leaf(node)) {
        struct leaf_make make = grove_make(p);
        random_fill(&chance, key, sizeof(key));
        make.encryption_key = span_of(key, sizeof(key));
        make.source = hash.len ? LEAF_COMMIT : LEAF_KEY_PACKAGE;
        make.parent_hash = hash;
        make.place.leaf_index = node / 2;
        uint8_t *raw = (uint8_t *)(uintptr_t)grove_leaf(&make, &room).ptr;
        random_fill(&chance, raw + 34, 8); /* a signature key of its own; it signs nothing */
        assert_int_equal(tree_set_leaf(t, node / 2, room.raw), ERR_OK);
        return;
    }
    random_fill(&chance, key, sizeof(key));
    tree_set_parent(t, node, key, hash);
    struct leaf_range range = tree_range(node, node_level(node));
    for (uint32_t leaf = range.first + 1; leaf < range.first + range.n; leaf += 2)
        tree_row(t, node_level(node))[leaf / 64] |= UINT64_C(1) << (leaf % 64);
    worst_node(t, p, node_right(node), span_of(NULL, 0));
    tree_parent_hash(t, node, node_right(node), below);
    worst_node(t, p, node_left(node), span_of(below, sizeof(below)));
}

static double worst_seconds(uint32_t leaves)
{
    struct tree *t = grove_tree(leaves, leaves * 512u), *read = grove_tree(leaves, leaves * 512u);
    struct person p;
    grove_person(&chance, &p);
    assert_int_equal(tree_grow(t, leaves), ERR_OK);
    worst_node(t, &p, tree_root(leaves), span_of(NULL, 0));
    struct span bytes = grove_bytes(t);
    clock_t from = clock();
    assert_int_equal(tree_read(read, bytes), ERR_OK);
    assert_int_equal(tree_verify(read, GROVE_GROUP), ERR_AUTH); /* at the first signature */
    double spent = (double)(clock() - from) / CLOCKS_PER_SEC;
    print_message("%u leaves, %zu bytes: %.1f ms of CPU\n", leaves, bytes.len, 1000 * spent);
    free((void *)(uintptr_t)bytes.ptr);
    free(t);
    free(read);
    return spent;
}

/* Eight times the leaves: eight times the work and a little for the depth, not sixty-four times. */
static void a_hostile_tree_costs_little_more_than_its_length(void **state)
{
    (void)state;
    double small = worst_seconds(256), large = worst_seconds(2048);
    assert_true(large < 24 * small + 0.02);
}

static void equal_keys_do_not_make_the_index_slow(void **state)
{
    (void)state;
    struct tree *t = grove_tree(2048, 2048 * 512), *read = grove_tree(2048, 2048 * 512);
    struct person p;
    struct grove_leaf room;
    uint32_t leaf;
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    struct span raw = grove_leaf(&make, &room);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(tree_add(t, raw, &leaf), ERR_OK);
    while (tree_count(t) < 2048) /* put, not added: indexed only when read */
        assert_int_equal(tree_count(t) == tree_leaf_width(t) ? tree_grow(t, 2 * tree_leaf_width(t))
                                                             : tree_put_leaf(t, tree_count(t), raw),
                         ERR_OK);
    struct span bytes = grove_bytes(t);
    clock_t from = clock();
    assert_int_equal(tree_read(read, bytes), ERR_OK);
    assert_false(tree_keys_unique(read));
    print_message("2048 equal leaves: %.1f ms of CPU\n",
                  1000 * (double)(clock() - from) / CLOCKS_PER_SEC);
    free((void *)(uintptr_t)bytes.ptr);
    free(t);
    free(read);
}

int main(void)
{
    chance = random_start("tree", 0x74ee);
    BUG_IF(suite_start() != ERR_OK);
    const struct CMUnitTest facts[] = {
        FACT(a_newcomer_takes_the_leftmost_blank_leaf),
        FACT(a_full_tree_refuses_and_stays),
        FACT(the_right_half_goes_with_its_last_leaf),
        FACT(only_a_leaf_node_becomes_a_leaf),
        FACT(a_random_life_gives_valid_trees_that_read_back_equal),
        FACT(a_copy_is_independent),
        FACT(a_key_at_two_places_is_noticed_and_forgotten),
        FACT(a_tree_read_with_a_key_twice_does_not_verify),
        FACT(every_flipped_bit_of_a_tree_is_refused),
        FACT(a_tree_cut_or_longer_is_refused),
        FACT(the_form_of_a_tree_is_checked),
        FACT(a_parent_has_a_key_that_can_be_sealed_to),
        FACT(unmerged_leaves_are_checked),
        FACT(unmerged_leaves_rise_and_leave_one_out),
        FACT(every_leaf_supports_what_is_in_use_and_required),
        FACT(a_hostile_tree_costs_little_more_than_its_length),
        FACT(equal_keys_do_not_make_the_index_slow),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
