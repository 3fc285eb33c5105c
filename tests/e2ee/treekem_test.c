/* Facts about e2ee/treekem: small groups whose members hold their own keys and a tree each. */
#include "e2ee/grove.h"
#include "e2ee/treekem_inner.h"

static struct random chance;

enum { ROOM = 64, ARENA = ROOM * 512 };

struct member {
    struct person person;
    struct treekem keys;
    bool in;
};

/* The public tree is the same for all; `staged` is where a path is made or tried. */
struct world {
    struct tree *tree, *staged;
    struct member member[ROOM]; /* by leaf */
};

struct made {
    uint8_t bytes[32768];
    struct span path;
    uint8_t commit[SUITE_HASH];
    struct treekem_path secrets;
    struct treekem keys;
};

static bool path_is_new(const struct treekem_seal *s, uint32_t leaf)
{
    for (uint32_t i = 0; i < s->n_fresh; i++)
        if (s->fresh[i] == leaf)
            return true;
    return false;
}

static void world_open(struct world *w)
{
    *w = (struct world){.tree = grove_tree(ROOM, ARENA), .staged = grove_tree(ROOM, ARENA)};
}

static void world_close(struct world *w)
{
    free(w->tree);
    free(w->staged);
}

static uint32_t enter(struct world *w)
{
    struct person p;
    uint32_t at = grove_join(w->tree, &chance, &p);
    w->member[at] = (struct member){.person = p, .keys = {.leaf = at}, .in = true};
    memcpy(w->member[at].keys.leaf_secret, p.leaf_secret, sizeof(p.leaf_secret));
    return at;
}

static struct span context(void)
{
    return span_str("the context of the new epoch");
}

/* A path of `sender`, made on the staged tree. */
static void make_path(struct world *w, uint32_t sender, const struct treekem_seal *without,
                      struct made *out)
{
    struct random_source random = grove_source(&chance);
    struct treekem_seal seal = {context(), without->fresh, without->n_fresh, &random};
    struct leaf_make make = grove_make(&w->member[sender].person);
    struct writer writer = writer_of(out->bytes, sizeof(out->bytes));
    out->keys = w->member[sender].keys;
    tree_copy(w->staged, w->tree);
    assert_int_equal(treekem_renew(w->staged, &out->keys, &make, &random, &out->secrets), ERR_OK);
    assert_int_equal(treekem_seal(w->staged, &out->keys, &out->secrets, &seal, &writer), ERR_OK);
    out->path = writer_span(&writer);
}

/* The path arrives: merged into the world's tree, opened by all who were there. */
static void arrive(struct world *w, uint32_t sender, const struct treekem_seal *without,
                   const struct made *made)
{
    struct treekem_seal seal = {context(), without->fresh, without->n_fresh, NULL};
    tree_copy(w->staged, w->tree);
    assert_int_equal(treekem_merge(w->staged, sender, GROVE_GROUP, made->path), ERR_OK);
    for (uint32_t i = 0; i < ROOM; i++) {
        struct member *m = &w->member[i];
        uint8_t commit[SUITE_HASH];
        bool fresh = path_is_new(without, i);
        if (!m->in || i == sender)
            continue;
        const uint8_t *secret = treekem_secret_for(&made->secrets, w->staged, i);
        assert_non_null(secret);
        if (fresh)
            assert_int_equal(treekem_join(w->staged, &m->keys, sender, secret), ERR_OK);
        else
            assert_int_equal(treekem_open(w->staged, &m->keys,
                                          (struct treekem_from){sender, made->path}, &seal, commit),
                             ERR_OK);
        if (!fresh)
            assert_memory_equal(commit, made->secrets.commit, SUITE_HASH);
    }
    w->member[sender].keys = made->keys;
    tree_copy(w->tree, w->staged);
}

static void rekey(struct world *w, uint32_t sender)
{
    struct treekem_seal none = {0};
    static struct made made;
    make_path(w, sender, &none, &made);
    arrive(w, sender, &none, &made);
}

static void leave(struct world *w, uint32_t who)
{
    assert_int_equal(tree_remove(w->tree, who), ERR_OK);
    w->member[who].in = false;
    for (uint32_t i = 0; i < ROOM; i++)
        if (w->member[i].in)
            treekem_prune(w->tree, &w->member[i].keys);
}

/* Every private key that a member holds belongs to the public key in the tree, and to a node above
 * it. */
static void check_keys(const struct world *w)
{
    for (uint32_t i = 0; i < ROOM; i++) {
        const struct treekem *k = &w->member[i].keys;
        for (uint32_t j = 0; w->member[i].in && j < k->held; j++) {
            uint8_t public[32];
            assert_int_equal(crypto_scalarmult_base(public, k->node[j].secret), 0);
            assert_true(span_equal(tree_node_key(w->tree, k->node[j].node), span_of(public, 32)));
            assert_true(node_covers(k->node[j].node, node_of_leaf(i)));
        }
    }
}

static uint32_t next_member(const struct world *w, uint32_t from)
{
    while (!w->member[from].in)
        from = (from + 1) % ROOM;
    return from;
}

/* ---- facts ---- */

static void everybody_arrives_at_the_same_commit_secret(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    for (int i = 0; i < 13; i++)
        (void)enter(&w);
    for (uint32_t i = 0; i < 13; i++) {
        rekey(&w, i);
        check_keys(&w);
        assert_int_equal(tree_verify(w.tree, GROVE_GROUP), ERR_OK);
    }
    world_close(&w);
}

static void a_random_life_keeps_all_members_together(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    (void)enter(&w);
    for (int i = 0; i < 150; i++) {
        uint32_t who = random_below(&chance, ROOM), n_fresh = random_below(&chance, 4), n = 0;
        uint32_t fresh[4];
        while (tree_count(w.tree) > 30) {
            leave(&w, next_member(&w, who));
            who = random_below(&chance, ROOM);
        }
        for (; n < n_fresh; n++)
            fresh[n] = enter(&w);
        struct treekem_seal without = {.fresh = fresh, .n_fresh = n};
        uint32_t sender = random_below(&chance, ROOM);
        while (!w.member[sender].in || path_is_new(&without, sender))
            sender = (sender + 1) % ROOM;
        static struct made made;
        make_path(&w, sender, &without, &made);
        arrive(&w, sender, &without, &made);
        check_keys(&w);
    }
    assert_int_equal(tree_verify(w.tree, GROVE_GROUP), ERR_OK);
    world_close(&w);
}

static void who_was_removed_cannot_open_the_next_path(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0}, seal = {.context = context()};
    static struct made made;
    uint8_t commit[SUITE_HASH];
    world_open(&w);
    for (int i = 0; i < 8; i++)
        (void)enter(&w);
    for (uint32_t i = 0; i < 8; i++)
        rekey(&w, i);
    struct treekem gone = w.member[5].keys;
    leave(&w, 5);
    make_path(&w, 0, &none, &made);
    tree_copy(w.staged, w.tree);
    assert_int_equal(treekem_merge(w.staged, 0, GROVE_GROUP, made.path), ERR_OK);
    assert_int_not_equal(
        treekem_open(w.staged, &gone, (struct treekem_from){0, made.path}, &seal, commit), ERR_OK);
    treekem_prune(w.staged, &gone);
    assert_int_equal(gone.held, 0);
    world_close(&w);
}

/* Nothing but the bytes of ciphertexts to others may change without notice here; those are under
 * the commit's signature. */
static void a_changed_path_is_refused_and_keys_stay(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0}, seal = {.context = context()};
    static struct made made;
    uint8_t commit[SUITE_HASH] = {0}, untouched[SUITE_HASH] = {0};
    world_open(&w);
    for (int i = 0; i < 2; i++) /* one ciphertext, ours */
        (void)enter(&w);
    rekey(&w, 1);
    make_path(&w, 0, &none, &made);
    struct treekem *k = &w.member[1].keys, before = *k;
    for (size_t bit = 0; bit < 8 * made.path.len; bit++) {
        made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        tree_copy(w.staged, w.tree);
        enum err e = treekem_merge(w.staged, 0, GROVE_GROUP, made.path);
        if (e == ERR_OK)
            e = treekem_open(w.staged, k, (struct treekem_from){0, made.path}, &seal, commit);
        assert_int_not_equal(e, ERR_OK);
        made.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_memory_equal(k, &before, sizeof(before));
    assert_memory_equal(commit, untouched, sizeof(commit));
    world_close(&w);
}

static void another_context_does_not_open(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0}, seal = {.context = span_str("another epoch")};
    static struct made made;
    uint8_t commit[SUITE_HASH];
    world_open(&w);
    for (int i = 0; i < 3; i++)
        (void)enter(&w);
    make_path(&w, 0, &none, &made);
    assert_int_equal(treekem_open(w.staged, &w.member[2].keys, (struct treekem_from){0, made.path},
                                  &seal, commit),
                     ERR_AUTH);
    seal.context = context();
    assert_int_equal(treekem_open(w.staged, &w.member[2].keys, (struct treekem_from){0, made.path},
                                  &seal, commit),
                     ERR_OK);
    world_close(&w);
}

static void a_path_of_another_place_or_length_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0};
    static struct made made;
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    make_path(&w, 0, &none, &made);
    tree_copy(w.staged, w.tree);
    assert_int_not_equal(treekem_merge(w.staged, 1, GROVE_GROUP, made.path), ERR_OK);
    assert_int_equal(treekem_merge(w.staged, ROOM, GROVE_GROUP, made.path), ERR_NOT_FOUND);
    assert_int_equal(treekem_merge(w.staged, 0, span_str("other"), made.path), ERR_AUTH);
    for (int i = 0; i < 4; i++) /* a level more: a node more */
        (void)enter(&w);
    tree_copy(w.staged, w.tree);
    assert_int_equal(treekem_merge(w.staged, 0, GROVE_GROUP, made.path), ERR_MALFORMED);
    world_close(&w);
}

/* A path made again from the same randomness has the keys that are in the tree already. */
static void keys_are_not_used_twice(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0};
    static struct made made;
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    make_path(&w, 2, &none, &made);
    arrive(&w, 2, &none, &made);
    tree_copy(w.staged, w.tree);
    assert_int_equal(treekem_merge(w.staged, 2, GROVE_GROUP, made.path), ERR_MALFORMED);
    world_close(&w);
}

static void a_newcomer_with_the_wrong_secret_is_refused(void **state)
{
    (void)state;
    struct world w;
    uint32_t fresh = 3;
    struct treekem_seal without = {.fresh = &fresh, .n_fresh = 1};
    static struct made made;
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    make_path(&w, 0, &without, &made);
    const uint8_t *right = treekem_secret_for(&made.secrets, w.staged, fresh);
    assert_ptr_equal(right, made.secrets.secret[1]);
    struct treekem k = w.member[fresh].keys;
    assert_int_equal(treekem_join(w.staged, &k, 0, made.secrets.secret[0]), ERR_AUTH);
    assert_int_equal(k.held, 0);
    assert_int_equal(treekem_join(w.staged, &k, 0, right), ERR_OK);
    assert_int_equal(k.held, 1);
    world_close(&w);
}

/* The path has no ciphertext for those added with it: the count is checked against the list. */
static void newcomers_are_left_out_of_the_path(void **state)
{
    (void)state;
    struct world w;
    uint32_t fresh = 3;
    struct treekem_seal without = {.fresh = &fresh, .n_fresh = 1}, all = {.context = context()};
    static struct made made;
    uint8_t commit[SUITE_HASH];
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    make_path(&w, 0, &without, &made);
    assert_int_equal(treekem_open(w.staged, &w.member[1].keys, (struct treekem_from){0, made.path},
                                  &all, commit),
                     ERR_MALFORMED);
    arrive(&w, 0, &without, &made);
    world_close(&w);
}

/* ---- paths that a dishonest member can sign ---- */

struct forgery {
    struct span leaf_key, low_key, high_key; /* of the leaf, the lowest and the highest node */
    const struct person *signer; /* whose signature key the leaf has; NULL: the sender's own */
    enum leaf_source source;
    bool wrong_parent_hash;
};

/* A path of leaf 0, its signature and (unless asked) its parent hashes right; nothing sealed in it.
 */
static struct span forge(struct world *w, const struct forgery *f, struct made *out)
{
    struct path_nodes p;
    uint8_t fresh[TREE_DEPTH_MAX + 1][32], hash[SUITE_HASH];
    struct span keys[TREE_DEPTH_MAX];
    struct writer writer = writer_of(out->bytes, sizeof(out->bytes));
    tree_copy(w->staged, w->tree);
    path_nodes_of(w->staged, 0, &p);
    random_fill(&chance, fresh[0], sizeof(fresh));
    for (uint32_t i = 0; i < p.n; i++)
        keys[i] = span_of(fresh[i], 32);
    keys[0] = f->low_key.ptr ? f->low_key : keys[0];
    keys[p.n - 1] = f->high_key.ptr ? f->high_key : keys[p.n - 1];
    struct leaf_make make = grove_make(f->signer ? f->signer : &w->member[0].person);
    make.encryption_key = f->leaf_key.ptr ? f->leaf_key : span_of(fresh[TREE_DEPTH_MAX], 32);
    make.source = f->source ? f->source : LEAF_COMMIT;
    make.parent_hash = path_install(w->staged, 0, &p, keys, hash);
    hash[0] ^= f->wrong_parent_hash;
    assert_int_equal(leaf_write(suite, &make, &writer), ERR_OK);
    size_t mark = codec_begin(&writer);
    for (uint32_t i = 0; i < p.n; i++) {
        codec_write_vector(&writer, keys[i]);
        codec_write_vector(&writer, (struct span){NULL, 0});
    }
    codec_end(&writer, mark);
    return writer_span(&writer);
}

static enum err forged(struct world *w, struct forgery f)
{
    static struct made made;
    struct span path = forge(w, &f, &made);
    tree_copy(w->staged, w->tree);
    return treekem_merge(w->staged, 0, GROVE_GROUP, path);
}

static void a_well_signed_path_is_still_checked(void **state)
{
    (void)state;
    struct world w;
    uint8_t key[32];
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    rekey(&w, 2);
    random_fill(&chance, key, sizeof(key));
    struct span theirs = tree_node_key(w.tree, node_of_leaf(3)), root = tree_node_key(w.tree, 3),
                mine = tree_node_key(w.tree, 0), one = span_of(key, sizeof(key));
    assert_int_equal(forged(&w, (struct forgery){0}), ERR_OK);
    assert_int_equal(forged(&w, (struct forgery){.leaf_key = theirs}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.leaf_key = mine}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.low_key = theirs}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.high_key = root}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.leaf_key = one, .low_key = one}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.low_key = one, .high_key = one}), ERR_MALFORMED);
    static const uint8_t low[32] = {1}; /* nothing can be sealed to it */
    struct span weak = span_of(low, sizeof(low));
    assert_int_equal(forged(&w, (struct forgery){.leaf_key = weak}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.low_key = weak}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.high_key = weak}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.signer = &w.member[3].person}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.source = LEAF_UPDATE}), ERR_MALFORMED);
    assert_int_equal(forged(&w, (struct forgery){.wrong_parent_hash = true}), ERR_AUTH);
    world_close(&w);
}

/* The signature key may change with a path, to one that nobody has. */
static void a_path_may_bring_a_new_signature_key(void **state)
{
    (void)state;
    struct world w;
    struct person next;
    world_open(&w);
    for (int i = 0; i < 3; i++)
        (void)enter(&w);
    grove_person(&chance, &next);
    assert_int_equal(forged(&w, (struct forgery){.signer = &next}), ERR_OK);
    assert_int_equal(tree_find_signer(w.staged, span_of(next.sign_public, 32)), 0);
    world_close(&w);
}

/* Opening does not rest on the merge that came before it. */
static void opening_counts_the_nodes_itself(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0}, seal = {.context = context()};
    static struct made made;
    uint8_t commit[SUITE_HASH];
    world_open(&w);
    for (int i = 0; i < 5; i++)
        (void)enter(&w);
    make_path(&w, 0, &none, &made);
    struct treekem keys = w.member[1].keys;
    leave(&w, 4); /* a level less: a node less */
    tree_copy(w.staged, w.tree);
    assert_int_equal(
        treekem_open(w.staged, &keys, (struct treekem_from){0, made.path}, &seal, commit),
        ERR_MALFORMED);
    world_close(&w);
}

static void a_path_that_nobody_shares_opens_for_nobody(void **state)
{
    (void)state;
    struct world w;
    struct treekem_seal none = {0}, seal = {.context = context()};
    static struct made made;
    uint8_t commit[SUITE_HASH];
    world_open(&w);
    for (int i = 0; i < 4; i++)
        (void)enter(&w);
    struct treekem gone = w.member[0].keys;
    for (uint32_t i = 0; i < 3; i++)
        leave(&w, i);
    make_path(&w, 3, &none, &made);
    assert_int_equal(made.secrets.n, 0);
    assert_int_equal(
        treekem_open(w.staged, &gone, (struct treekem_from){3, made.path}, &seal, commit),
        ERR_MALFORMED);
    world_close(&w);
}

int main(void)
{
    chance = random_start("treekem", 0x7ec3);
    BUG_IF(suite_start() != ERR_OK);
    const struct CMUnitTest facts[] = {
        FACT(everybody_arrives_at_the_same_commit_secret),
        FACT(a_random_life_keeps_all_members_together),
        FACT(who_was_removed_cannot_open_the_next_path),
        FACT(a_changed_path_is_refused_and_keys_stay),
        FACT(another_context_does_not_open),
        FACT(a_path_of_another_place_or_length_is_refused),
        FACT(keys_are_not_used_twice),
        FACT(a_newcomer_with_the_wrong_secret_is_refused),
        FACT(newcomers_are_left_out_of_the_path),
        FACT(a_well_signed_path_is_still_checked),
        FACT(a_path_may_bring_a_new_signature_key),
        FACT(opening_counts_the_nodes_itself),
        FACT(a_path_that_nobody_shares_opens_for_nobody),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
