/* The public side of an UpdatePath (RFC 9420 sections 7.5, 7.6, 7.9). */
#include "e2ee/treekem_inner.h"

void path_nodes_of(const struct tree *t, uint32_t leaf, struct path_nodes *out)
{
    out->n = 0;
    uint32_t child = node_of_leaf(leaf), node = node_parent(child, t->width);
    for (; node != NODE_NONE; child = node, node = node_parent(node, t->width)) {
        uint32_t other = node_sibling(child, t->width);
        if (resolution_empty(t, other))
            continue;
        out->node[out->n] = node;
        out->copath[out->n] = other;
        out->n++;
    }
}

/* ---- form ---- */

enum err path_parse(struct span path, struct path_view *out)
{
    struct reader r = reader_of(path);
    leaf_parse(&r, &out->leaf);
    struct reader nodes = codec_inner(&r);
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return ERR_MALFORMED;
    for (out->n = 0; reader_left(&nodes) > 0; out->n++) {
        if (out->n == TREE_DEPTH_MAX)
            return ERR_MALFORMED;
        out->node[out->n].key = codec_vector(&nodes);
        out->node[out->n].ciphertexts = codec_vector(&nodes);
    }
    return reader_ok(&nodes) ? ERR_OK : ERR_MALFORMED;
}

bool path_is_fresh(const struct treekem_seal *in, uint32_t node)
{
    if (!node_is_leaf(node))
        return false;
    for (uint32_t i = 0; i < in->n_fresh; i++)
        if (node_of_leaf(in->fresh[i]) == node)
            return true;
    return false;
}

static uint32_t recipients(const struct tree *t, uint32_t copath, const struct treekem_seal *in)
{
    uint32_t n = 0;
    struct resolution r = resolution_of(t, copath);
    for (uint32_t node = resolution_next(&r); node != NODE_NONE; node = resolution_next(&r))
        n += !path_is_fresh(in, node);
    return n;
}

enum err path_check_counts(const struct tree *t, const struct path_view *view,
                           const struct path_nodes *p, const struct treekem_seal *in)
{
    if (view->n != p->n)
        return ERR_MALFORMED;
    for (uint32_t i = 0; i < p->n; i++) {
        struct reader list = reader_of(view->node[i].ciphertexts);
        uint32_t n = 0;
        for (; reader_left(&list) > 0; n++) {
            (void)codec_vector(&list);
            (void)codec_vector(&list);
        }
        if (!reader_ok(&list) || n != recipients(t, p->copath[i], in))
            return ERR_MALFORMED;
    }
    return ERR_OK;
}

/* ---- into the tree ---- */

/* From the top down, since each parent hash is over the one above. The nodes are new: none has
 * unmerged leaves, so that the sibling's hash is the one of now. */
struct span path_install(struct tree *t, uint32_t leaf, const struct path_nodes *p,
                         const struct span *keys, uint8_t hash[SUITE_HASH])
{
    struct span above = {NULL, 0};
    tree_blank_path(t, leaf);
    for (uint32_t i = p->n; i-- > 0;) {
        tree_set_parent(t, p->node[i], keys[i].ptr, above);
        tree_parent_hash(t, p->node[i], p->copath[i], hash);
        above = span_of(hash, SUITE_HASH);
    }
    return above;
}

/* Section 7.5: a key of the path can be sealed to, is in no node of the tree, nor twice in the
 * path.
 */
static bool keys_are_new(const struct tree *t, const struct path_view *v)
{
    struct span leaf_key = v->leaf.encryption_key;
    if (!t->suite->kem_valid(leaf_key) || tree_has_encryption_key(t, leaf_key))
        return false;
    for (uint32_t i = 0; i < v->n; i++) {
        struct span key = v->node[i].key;
        if (!t->suite->kem_valid(key) || tree_has_encryption_key(t, key) ||
            span_equal(key, leaf_key))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (span_equal(key, v->node[j].key))
                return false;
    }
    return true;
}

/* The signature key may stay one's own; it may not be another member's. */
static bool signer_is_free(const struct tree *t, uint32_t sender, struct span key)
{
    uint32_t who = tree_find_signer(t, key);
    return who == NODE_NONE || who == sender;
}

enum err treekem_merge(struct tree *t, uint32_t sender, struct span group_id, struct span path)
{
    struct path_view v;
    struct path_nodes p;
    struct span keys[TREE_DEPTH_MAX];
    uint8_t hash[SUITE_HASH];
    struct leaf_place place = {group_id, sender};
    if (sender >= t->width)
        return ERR_NOT_FOUND;
    TRY(path_parse(path, &v));
    path_nodes_of(t, sender, &p);
    if (v.leaf.source != LEAF_COMMIT || v.n != p.n || !keys_are_new(t, &v) ||
        !signer_is_free(t, sender, v.leaf.signature_key))
        return ERR_MALFORMED;
    TRY(leaf_verify(t->suite, &v.leaf, &place));
    for (uint32_t i = 0; i < p.n; i++)
        keys[i] = v.node[i].key;
    if (!span_equal(path_install(t, sender, &p, keys, hash), v.leaf.parent_hash))
        return ERR_AUTH;
    return tree_set_leaf(t, sender, v.leaf.raw);
}
