/* Making an UpdatePath and opening one (RFC 9420 sections 7.4, 7.5, 12.4.1, 12.4.2).
 *
 *   path secrets:  draw -> secret[0] -> secret[1] -> ... -> secret[n-1] -> commit     ("path")
 *   node keys:               |             |                  |                        ("node",
 * DeriveKeyPair) node[0]       node[1]            node[n-1]
 */
#include "e2ee/treekem_inner.h"

#define PATH_LABEL "UpdatePathNode"

/* ---- secrets upward ---- */

/* The key pair of the node with this path secret. */
static enum err node_keys(const struct suite *s, const uint8_t path_secret[SUITE_HASH],
                          uint8_t *secret, uint8_t *public)
{
    uint8_t node_secret[SUITE_HASH];
    enum err e = suite_derive_secret(s, path_secret, "node", node_secret);
    if (e == ERR_OK)
        e = s->kem_derive(span_of(node_secret, sizeof(node_secret)), secret, public);
    suite_wipe(node_secret, sizeof(node_secret));
    return e;
}

/* path_secret becomes the next one. */
static enum err step_up(const struct suite *s, uint8_t path_secret[SUITE_HASH])
{
    uint8_t next[SUITE_HASH];
    enum err e = suite_derive_secret(s, path_secret, "path", next);
    memcpy(path_secret, next, sizeof(next));
    suite_wipe(next, sizeof(next));
    return e;
}

/* ---- private keys ---- */

static uint32_t held_at(const struct treekem *k, uint32_t node)
{
    for (uint32_t i = 0; i < k->held; i++)
        if (k->node[i].node == node)
            return i;
    return NODE_NONE;
}

static void forget(struct treekem *k, uint32_t i)
{
    k->held--;
    k->node[i] = k->node[k->held];
    suite_wipe(&k->node[k->held], sizeof(k->node[0]));
}

/* Drops the keys of the nodes above `node`, itself included: they have been replaced. */
static void forget_above(struct treekem *k, uint32_t node)
{
    for (uint32_t i = k->held; i-- > 0;)
        if (node_covers(k->node[i].node, node))
            forget(k, i);
}

void treekem_prune(const struct tree *t, struct treekem *k)
{
    for (uint32_t i = k->held; i-- > 0;) {
        struct span key = tree_node_key(t, k->node[i].node);
        if (!span_equal(key, span_of(k->node[i].public, t->suite->kem_public)))
            forget(k, i);
    }
}

bool treekem_complete(const struct tree *t, const struct treekem *k)
{
    uint32_t node = node_parent(node_of_leaf(k->leaf), t->width);
    for (; node != NODE_NONE; node = node_parent(node, t->width)) {
        bool unmerged = tree_bit(tree_row(t, node_level(node)), k->leaf);
        if (tree_present(t, node) && !unmerged && held_at(k, node) == NODE_NONE)
            return false;
    }
    return true;
}

/* ---- making ---- */

static enum err draw_path(struct tree *t, struct treekem *k, const struct path_nodes *p,
                          struct treekem_path *out, uint8_t path_secret[SUITE_HASH])
{
    k->held = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        k->node[i].node = out->node[i] = p->node[i];
        memcpy(out->secret[i], path_secret, SUITE_HASH);
        TRY(node_keys(t->suite, path_secret, k->node[i].secret, k->node[i].public));
        TRY(step_up(t->suite, path_secret));
        k->held++;
    }
    out->n = p->n;
    memcpy(out->commit, path_secret, SUITE_HASH);
    return ERR_OK;
}

/* Fresh keys for leaf and path; what was held before is wiped. */
static enum err draw(struct tree *t, struct treekem *k, const struct path_nodes *p,
                     const struct random_source *random, struct fresh_path *out)
{
    uint8_t leaf_ikm[SUITE_HASH], path_secret[SUITE_HASH];
    suite_wipe(k->node, sizeof(k->node));
    random->fill(random->ctx, leaf_ikm, sizeof(leaf_ikm));
    random->fill(random->ctx, path_secret, sizeof(path_secret));
    enum err e =
        t->suite->kem_derive(span_of(leaf_ikm, sizeof(leaf_ikm)), k->leaf_secret, out->leaf_public);
    if (e == ERR_OK)
        e = draw_path(t, k, p, out->path, path_secret);
    suite_wipe(leaf_ikm, sizeof(leaf_ikm));
    suite_wipe(path_secret, sizeof(path_secret));
    return e;
}

enum err treekem_renew(struct tree *t, struct treekem *k, const struct leaf_make *in,
                       const struct random_source *random, struct treekem_path *out)
{
    uint8_t leaf_node[LEAF_BYTES_MAX], parent_hash[SUITE_HASH];
    struct writer w = writer_of(leaf_node, sizeof(leaf_node));
    struct fresh_path fresh = {.path = out};
    struct path_nodes p;
    struct span keys[TREE_DEPTH_MAX];
    if (k->leaf >= t->width)
        return ERR_NOT_FOUND;
    path_nodes_of(t, k->leaf, &p);
    TRY(draw(t, k, &p, random, &fresh));
    for (uint32_t i = 0; i < p.n; i++)
        keys[i] = span_of(k->node[i].public, t->suite->kem_public);
    struct leaf_make make = *in;
    make.encryption_key = span_of(fresh.leaf_public, t->suite->kem_public);
    make.source = LEAF_COMMIT;
    make.parent_hash = path_install(t, k->leaf, &p, keys, parent_hash);
    make.place.leaf_index = k->leaf;
    TRY(leaf_write(t->suite, &make, &w));
    return tree_set_leaf(t, k->leaf, writer_span(&w));
}

/* The next node of a resolution that is not a leaf added by this commit. */
static uint32_t next_recipient(struct resolution *r, const struct treekem_seal *in)
{
    for (;;) {
        uint32_t node = resolution_next(r);
        if (node == NODE_NONE || !path_is_fresh(in, node))
            return node;
    }
}

/* What all ciphertexts of a path share. */
struct sealing {
    const struct random_source *random;
    uint8_t label_hash[SUITE_HASH];
};

/* HPKECiphertext: kem_output<V>, ciphertext<V> */
static enum err seal_one(struct tree *t, uint32_t to, const uint8_t *path_secret,
                         const struct sealing *with, struct writer *w)
{
    uint8_t output[SUITE_KEM_OUTPUT_MAX], sealed[SUITE_HASH + SUITE_TAG];
    struct suite_box box = {with->random, output, sealed};
    TRY(suite_encrypt_hashed(t->suite, tree_node_key(t, to).ptr, with->label_hash,
                             span_of(path_secret, SUITE_HASH), box));
    codec_write_vector(w, span_of(output, t->suite->kem_output));
    codec_write_vector(w, span_of(sealed, sizeof(sealed)));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

enum err treekem_seal(struct tree *t, const struct treekem *k, const struct treekem_path *path,
                      const struct treekem_seal *in, struct writer *w)
{
    struct sealing with = {.random = in->random};
    struct path_nodes p;
    path_nodes_of(t, k->leaf, &p);
    if (p.n != path->n)
        return ERR_STATE;
    suite_label_hash(t->suite, (struct suite_label){PATH_LABEL, in->context}, with.label_hash);
    writer_bytes(w, tree_leaf_raw(t, k->leaf));
    size_t nodes = codec_begin(w);
    for (uint32_t i = 0; i < p.n; i++) {
        codec_write_vector(w, tree_node_key(t, p.node[i]));
        size_t list = codec_begin(w);
        struct resolution r = resolution_of(t, p.copath[i]);
        uint32_t to = next_recipient(&r, in);
        for (; to != NODE_NONE; to = next_recipient(&r, in))
            TRY(seal_one(t, to, path->secret[i], &with, w));
        codec_end(w, list);
    }
    codec_end(w, nodes);
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

const uint8_t *treekem_secret_for(const struct treekem_path *path, const struct tree *t,
                                  uint32_t leaf)
{
    (void)t;
    for (uint32_t i = 0; i < path->n; i++)
        if (node_covers(path->node[i], node_of_leaf(leaf)))
            return path->secret[i];
    return NULL;
}

/* ---- opening ---- */

/* From node p->node[first] up: derives, compares with the tree, keeps the keys in `next`.
 * path_secret ends as the commit secret. */
static enum err climb(const struct tree *t, struct treekem *next, const struct path_nodes *p,
                      uint32_t first, uint8_t path_secret[SUITE_HASH])
{
    forget_above(next, p->node[first]);
    for (uint32_t i = first; i < p->n; i++) {
        if (next->held >= TREE_DEPTH_MAX)
            return ERR_LIMIT;
        uint32_t at = next->held;
        next->node[at].node = p->node[i];
        TRY(node_keys(t->suite, path_secret, next->node[at].secret, next->node[at].public));
        next->held++;
        struct span made = span_of(next->node[at].public, t->suite->kem_public);
        if (!span_equal(made, tree_node_key(t, p->node[i])))
            return ERR_AUTH;
        TRY(step_up(t->suite, path_secret));
    }
    return ERR_OK;
}

/* Works on a copy, so that k is changed only on success. */
static enum err climb_and_keep(const struct tree *t, struct treekem *k, const struct path_nodes *p,
                               uint32_t first, uint8_t path_secret[SUITE_HASH])
{
    struct treekem next = *k;
    enum err e = climb(t, &next, p, first, path_secret);
    if (e == ERR_OK)
        *k = next;
    suite_wipe(&next, sizeof(next));
    return e;
}

/* The first node of the path that is above one's own leaf; p->n when none is. */
static uint32_t common_node(const struct path_nodes *p, uint32_t leaf)
{
    uint32_t i = 0;
    while (i < p->n && !node_covers(p->node[i], node_of_leaf(leaf)))
        i++;
    return i;
}

/* Which ciphertext of the node is for us, and the key that opens it. */
struct own_key {
    uint32_t position, count;
    struct suite_kem_key key;
    bool found;
};

static struct own_key find_own(const struct tree *t, const struct treekem *k, uint32_t copath,
                               const struct treekem_seal *in)
{
    struct own_key own = {0};
    struct resolution r = resolution_of(t, copath);
    uint32_t node = next_recipient(&r, in);
    for (; node != NODE_NONE; node = next_recipient(&r, in)) {
        uint32_t held = held_at(k, node);
        bool mine = node == node_of_leaf(k->leaf) || held != NODE_NONE;
        if (mine && !own.found) {
            own.found = true;
            own.position = own.count;
            own.key.secret = held != NODE_NONE ? k->node[held].secret : k->leaf_secret;
            own.key.public = tree_node_key(t, node).ptr;
        }
        own.count++;
    }
    return own;
}

/* Opens ciphertext `position` of `list`. */
static enum err open_one(const struct suite *s, const struct own_key *own, struct reader list,
                         struct span context, uint8_t path_secret[SUITE_HASH])
{
    struct span output = {NULL, 0}, sealed = {NULL, 0};
    for (uint32_t i = 0; i <= own->position; i++) {
        output = codec_vector(&list);
        sealed = codec_vector(&list);
    }
    if (!reader_ok(&list) || sealed.len != SUITE_HASH + SUITE_TAG)
        return ERR_MALFORMED;
    struct suite_label label = {PATH_LABEL, context};
    return suite_decrypt(s, own->key, label, (struct suite_sealed){output, sealed}, path_secret);
}

enum err treekem_open(struct tree *t, struct treekem *k, struct treekem_from from,
                      const struct treekem_seal *in, uint8_t commit[SUITE_HASH])
{
    struct path_view view;
    struct path_nodes p;
    uint8_t path_secret[SUITE_HASH];
    if (from.sender >= t->width || k->leaf >= t->width)
        return ERR_NOT_FOUND;
    TRY(path_parse(from.path, &view));
    path_nodes_of(t, from.sender, &p);
    TRY(path_check_counts(t, &view, &p, in));
    uint32_t first = common_node(&p, k->leaf);
    if (first == p.n)
        return ERR_MALFORMED;
    struct own_key own = find_own(t, k, p.copath[first], in);
    if (!own.found)
        return ERR_STATE;
    enum err e =
        open_one(t->suite, &own, reader_of(view.node[first].ciphertexts), in->context, path_secret);
    if (e == ERR_OK)
        e = climb_and_keep(t, k, &p, first, path_secret);
    if (e == ERR_OK)
        memcpy(commit, path_secret, SUITE_HASH);
    suite_wipe(path_secret, sizeof(path_secret));
    return e;
}

enum err treekem_join(struct tree *t, struct treekem *k, uint32_t sender,
                      const uint8_t path_secret[SUITE_HASH])
{
    struct path_nodes p;
    uint8_t rising[SUITE_HASH];
    if (sender >= t->width || k->leaf >= t->width)
        return ERR_NOT_FOUND;
    path_nodes_of(t, sender, &p);
    uint32_t first = common_node(&p, k->leaf);
    if (first == p.n)
        return ERR_MALFORMED;
    memcpy(rising, path_secret, SUITE_HASH);
    enum err e = climb_and_keep(t, k, &p, first, rising);
    suite_wipe(rising, sizeof(rising));
    return e;
}
