/* tree-operations and tree-validation: what Add, Update and Remove do to a tree; whether trees
 * verify, and their resolutions and hashes. */
#include "e2ee/tree.h"
#include "vectors/vectors.h"

enum { LEAVES = 512 };

static struct tree *tree_of(const struct suite *s, struct span bytes)
{
    size_t arena = 4 * bytes.len + 4096;
    struct tree *t = tree_init(vector_memory(tree_bytes(LEAVES, arena)), s, LEAVES, arena);
    return vector_ok("tree_read", tree_read(t, bytes)) ? t : NULL;
}

static bool same_hash(const json_t *c, const char *key, struct tree *t)
{
    uint8_t hash[SUITE_HASH];
    return vector_ok("tree_hash", tree_hash(t, hash)) &&
           vector_same(c, key, span_of(hash, sizeof(hash)));
}

static bool same_bytes(const json_t *c, const char *key, const struct tree *t)
{
    size_t room = vector_hex(c, key).len + 64;
    struct writer w = writer_of(vector_memory(room), room);
    return vector_ok("tree_write", tree_write(t, &w)) && vector_same(c, key, writer_span(&w));
}

/* ---- tree-operations ---- */

enum { PROPOSAL_ADD = 1, PROPOSAL_UPDATE = 2, PROPOSAL_REMOVE = 3 };

static enum err apply(struct tree *t, struct span proposal, uint32_t sender)
{
    struct reader r = reader_of(proposal);
    struct key_package package;
    uint32_t leaf;
    switch (reader_u16(&r)) {
    case PROPOSAL_ADD:
        key_package_parse(&r, &package);
        return reader_ok(&r) ? tree_add(t, package.leaf.raw, &leaf) : ERR_MALFORMED;
    case PROPOSAL_UPDATE:
        return tree_update(t, sender, span_of(r.at, reader_left(&r)));
    case PROPOSAL_REMOVE:
        return tree_remove(t, reader_u32(&r));
    }
    return ERR_UNSUPPORTED;
}

bool vectors_tree_operations(const json_t *c, const struct suite *s)
{
    struct tree *t = tree_of(s, vector_hex(c, "tree_before"));
    uint32_t sender = (uint32_t)vector_uint(c, "proposal_sender");
    if (!t || !same_hash(c, "tree_hash_before", t) || !same_bytes(c, "tree_before", t))
        return false;
    return vector_ok("proposal", apply(t, vector_hex(c, "proposal"), sender)) &&
           same_bytes(c, "tree_after", t) && same_hash(c, "tree_hash_after", t);
}

/* ---- tree-validation ---- */

static bool same_resolution(const json_t *want, const struct tree *t, uint32_t node)
{
    uint32_t got[LEAVES], n = tree_resolution(t, node, got);
    if (n != json_array_size(want))
        return vector_fail("resolution of node %u: %u nodes", node, n);
    for (uint32_t i = 0; i < n; i++)
        if (got[i] != json_integer_value(json_array_get(want, i)))
            return vector_fail("resolution of node %u: entry %u is %u", node, i, got[i]);
    return true;
}

static bool same_nodes(const json_t *c, struct tree *t)
{
    const json_t *hashes = json_object_get(c, "tree_hashes"),
                 *resolutions = json_object_get(c, "resolutions");
    uint32_t n = tree_width(tree_leaf_width(t));
    if (json_array_size(hashes) != n || json_array_size(resolutions) != n)
        return vector_fail("%u nodes", n);
    for (uint32_t node = 0; node < n; node++) {
        uint8_t hash[SUITE_HASH];
        struct span want = vector_unhex(json_array_get(hashes, node));
        if (!vector_ok("tree_node_hash", tree_node_hash(t, node, hash)) ||
            !vector_same_bytes("node hash", want, span_of(hash, sizeof(hash))) ||
            !same_resolution(json_array_get(resolutions, node), t, node))
            return false;
    }
    return true;
}

bool vectors_tree_validation(const json_t *c, const struct suite *s)
{
    struct tree *t = tree_of(s, vector_hex(c, "tree"));
    return t && same_nodes(c, t) && same_bytes(c, "tree", t) &&
           vector_ok("tree_verify", tree_verify(t, vector_hex(c, "group_id")));
}
