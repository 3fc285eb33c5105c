/* treekem: every update path of the file is opened by everybody else, then everybody makes one of
 * their own that everybody else opens. */
#include "e2ee/treekem.h"
#include "vectors/vectors.h"

enum { LEAVES = 256, VERSION_MLS10 = 1 };

static size_t arena_of(const json_t *c)
{
    return 4 * vector_hex(c, "ratchet_tree").len + 16384;
}

static struct tree *tree_new(const json_t *c, const struct suite *s)
{
    size_t arena = arena_of(c);
    return tree_init(vector_memory(tree_bytes(LEAVES, arena)), s, LEAVES, arena);
}

/* GroupContext of the provisional state (section 8.1); no extensions. */
static struct span context_of(const json_t *c, struct tree *t, struct writer *w)
{
    uint8_t hash[SUITE_HASH];
    const struct suite *s = suite_find((uint16_t)vector_uint(c, "cipher_suite"));
    vector_ok("tree_hash", tree_hash(t, hash));
    writer_u16(w, VERSION_MLS10);
    writer_u16(w, s->id);
    codec_write_vector(w, vector_hex(c, "group_id"));
    writer_u64(w, vector_uint(c, "epoch"));
    codec_write_vector(w, span_of(hash, sizeof(hash)));
    codec_write_vector(w, vector_hex(c, "confirmed_transcript_hash"));
    codec_write_vector(w, (struct span){NULL, 0});
    return writer_span(w);
}

/* ---- private keys from the file, which path secrets give ---- */

static bool member_keys(const struct suite *s, const struct tree *t, const json_t *private,
                        struct treekem *k)
{
    const json_t *secret;
    size_t i;
    *k = (struct treekem){.leaf = (uint32_t)vector_uint(private, "index")};
    struct span leaf_secret = vector_hex(private, "encryption_priv");
    if (leaf_secret.len != s->kem_secret)
        return vector_fail("encryption_priv");
    memcpy(k->leaf_secret, leaf_secret.ptr, leaf_secret.len);
    json_array_foreach(json_object_get(private, "path_secrets"), i, secret)
    {
        uint8_t node_secret[SUITE_HASH];
        k->node[i].node = (uint32_t)vector_uint(secret, "node");
        if (!vector_ok("node secret", suite_derive_secret(s, vector_hex(secret, "path_secret").ptr,
                                                          "node", node_secret)) ||
            !vector_ok("node keys", s->kem_derive(span_of(node_secret, sizeof(node_secret)),
                                                  k->node[i].secret, k->node[i].public)) ||
            !vector_same_bytes("node key", tree_node_key(t, k->node[i].node),
                               span_of(k->node[i].public, s->kem_public)))
            return false;
        k->held++;
    }
    return true;
}

/* What is sealed to the leaf's key opens with the secret of the file. */
static bool leaf_key_fits(const struct suite *s, const struct tree *t, const struct treekem *k)
{
    struct vector_random state;
    struct random_source random = vector_random_source(&state, 3);
    struct span public = tree_node_key(t, node_of_leaf(k->leaf)), text = span_str("a leaf key");
    uint8_t output[SUITE_KEM_OUTPUT_MAX], sealed[64], plain[64];
    struct suite_label label = {"test", {NULL, 0}};
    return vector_ok("seal", suite_encrypt(s, public.ptr, label, text,
                                           (struct suite_box){&random, output, sealed})) &&
           vector_ok("open",
                     suite_decrypt(s, (struct suite_kem_key){k->leaf_secret, public.ptr}, label,
                                   (struct suite_sealed){span_of(output, s->kem_output),
                                                         span_of(sealed, text.len + SUITE_TAG)},
                                   plain)) &&
           vector_same_bytes("leaf text", text, span_of(plain, text.len));
}

/* ---- opening ---- */

struct opening {
    const json_t *file; /* the case */
    struct tree *after;
    struct span path, context, commit_secret;
    uint32_t sender;
};

static bool opens(const struct opening *o, const struct treekem *member)
{
    struct treekem k = *member;
    uint8_t commit[SUITE_HASH];
    struct treekem_seal seal = {.context = o->context};
    return vector_ok("treekem_open",
                     treekem_open(o->after, &k, (struct treekem_from){o->sender, o->path}, &seal,
                                  commit)) &&
           vector_same_bytes("commit secret", o->commit_secret, span_of(commit, sizeof(commit)));
}

static bool all_open(const struct opening *o, const struct suite *s, const struct tree *before)
{
    const json_t *private;
    size_t i;
    json_array_foreach(json_object_get(o->file, "leaves_private"), i, private)
    {
        struct treekem k;
        if (vector_uint(private, "index") == o->sender)
            continue;
        if (!member_keys(s, before, private, &k) || !leaf_key_fits(s, before, &k) || !opens(o, &k))
            return vector_fail("leaf %u, sender %u", k.leaf, o->sender);
    }
    return true;
}

/* Each leaf's path secret of the file leads up to the keys that are in the tree. */
static bool secrets_lead_up(const struct opening *o, const json_t *secrets)
{
    const json_t *secret;
    size_t leaf;
    json_array_foreach(secrets, leaf, secret)
    {
        struct treekem k = {.leaf = (uint32_t)leaf};
        if (!json_is_null(secret) &&
            !vector_ok("treekem_join",
                       treekem_join(o->after, &k, o->sender, vector_unhex(secret).ptr)))
            return vector_fail("leaf %zu", leaf);
    }
    return true;
}

static bool path_of_file(const json_t *c, const json_t *update, const struct suite *s)
{
    struct tree *before = tree_new(c, s), *after = tree_new(c, s);
    uint8_t hash[SUITE_HASH], context[512];
    struct writer w = writer_of(context, sizeof(context));
    struct opening o = {.file = c,
                        .after = after,
                        .path = vector_hex(update, "update_path"),
                        .commit_secret = vector_hex(update, "commit_secret"),
                        .sender = (uint32_t)vector_uint(update, "sender")};
    if (!vector_ok("tree_read", tree_read(before, vector_hex(c, "ratchet_tree"))))
        return false;
    tree_copy(after, before);
    if (!vector_ok("treekem_merge",
                   treekem_merge(after, o.sender, vector_hex(c, "group_id"), o.path)) ||
        !vector_ok("tree_hash", tree_hash(after, hash)) ||
        !vector_same(update, "tree_hash_after", span_of(hash, sizeof(hash))) ||
        !vector_ok("tree_verify", tree_verify(after, vector_hex(c, "group_id"))))
        return false;
    o.context = context_of(c, after, &w);
    return all_open(&o, s, before) && secrets_lead_up(&o, json_object_get(update, "path_secrets"));
}

/* ---- making ---- */

static bool path_of_ours(const json_t *c, const json_t *private, const struct suite *s)
{
    struct tree *before = tree_new(c, s), *ours = tree_new(c, s), *theirs = tree_new(c, s);
    struct vector_random state;
    struct random_source random = vector_random_source(&state, 4);
    struct treekem k;
    struct treekem_path path;
    struct leaf leaf;
    uint8_t context[512], signature_secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    struct writer w = writer_of(context, sizeof(context));
    size_t room = 65536;
    struct writer out = writer_of(vector_memory(room), room);
    if (!vector_ok("tree_read", tree_read(before, vector_hex(c, "ratchet_tree"))) ||
        !member_keys(s, before, private, &k) || !tree_leaf(before, k.leaf, &leaf))
        return false;
    tree_copy(ours, before);
    tree_copy(theirs, before);
    suite_sign_keys(vector_hex(private, "signature_priv").ptr, signature_secret, public);
    struct leaf_make make = {.signature_key = leaf.signature_key,
                             .identity = leaf.identity,
                             .signature_secret = signature_secret,
                             .place = {vector_hex(c, "group_id"), k.leaf}};
    if (!vector_ok("treekem_renew", treekem_renew(ours, &k, &make, &random, &path)))
        return false;
    struct treekem_seal seal = {.context = context_of(c, ours, &w), .random = &random};
    struct opening o = {.file = c,
                        .after = theirs,
                        .context = seal.context,
                        .sender = k.leaf,
                        .commit_secret = span_of(path.commit, SUITE_HASH)};
    if (!vector_ok("treekem_seal", treekem_seal(ours, &k, &path, &seal, &out)))
        return false;
    o.path = writer_span(&out);
    return vector_ok("treekem_merge",
                     treekem_merge(theirs, k.leaf, vector_hex(c, "group_id"), o.path)) &&
           all_open(&o, s, before);
}

bool vectors_treekem(const json_t *c, const struct suite *s)
{
    const json_t *each;
    size_t i;
    json_array_foreach(json_object_get(c, "update_paths"), i, each)
    {
        if (!path_of_file(c, each, s))
            return vector_fail("update path %zu", i);
    }
    json_array_foreach(json_object_get(c, "leaves_private"), i, each)
    {
        if (!path_of_ours(c, each, s))
            return vector_fail("own path %zu", i);
    }
    return true;
}
