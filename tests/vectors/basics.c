/* crypto-basics, deserialization, tree-math. */
#include "e2ee/codec.h"
#include "e2ee/treemath.h"
#include "vectors/vectors.h"

/* ---- crypto-basics ---- */

static bool derivations(const json_t *c, const struct suite *s)
{
    uint8_t out[256];
    const json_t *o = json_object_get(c, "ref_hash");
    suite_ref_hash(s, vector_text(o, "label"), vector_hex(o, "value"), out);
    bool good = vector_same(o, "out", span_of(out, SUITE_HASH));
    o = json_object_get(c, "expand_with_label");
    size_t len = (size_t)vector_uint(o, "length");
    good &= vector_ok("expand", suite_expand_label(s, vector_hex(o, "secret").ptr,
                                                   (struct suite_label){vector_text(o, "label"),
                                                                        vector_hex(o, "context")},
                                                   out, len));
    good &= vector_same(o, "out", span_of(out, len));
    o = json_object_get(c, "derive_secret");
    good &= vector_ok("derive", suite_derive_secret(s, vector_hex(o, "secret").ptr,
                                                    vector_text(o, "label"), out));
    good &= vector_same(o, "out", span_of(out, SUITE_HASH));
    o = json_object_get(c, "derive_tree_secret");
    len = (size_t)vector_uint(o, "length");
    good &= vector_ok("tree", suite_derive_tree_secret(
                                  s, vector_hex(o, "secret").ptr,
                                  (struct suite_generation){vector_text(o, "label"),
                                                            (uint32_t)vector_uint(o, "generation")},
                                  out, len));
    return good & vector_same(o, "out", span_of(out, len));
}

static bool signing(const json_t *o, const struct suite *s)
{
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC], signature[SUITE_SIGNATURE];
    const char *label = vector_text(o, "label");
    suite_sign_keys(vector_hex(o, "priv").ptr, secret, public);
    bool good = vector_same(o, "pub", span_of(public, sizeof public));
    good &= vector_ok("verify", suite_verify(s, vector_hex(o, "pub"), label,
                                             vector_hex(o, "content"), vector_hex(o, "signature")));
    good &= vector_ok("sign", suite_sign(s, secret, label, vector_hex(o, "content"), signature));
    return good & vector_same(o, "signature", span_of(signature, sizeof signature));
}

static bool encryption(const json_t *o, const struct suite *s)
{
    struct span sealed = vector_hex(o, "ciphertext"), plain = vector_hex(o, "plaintext");
    struct suite_kem_key key = {vector_hex(o, "priv").ptr, vector_hex(o, "pub").ptr};
    struct suite_label label = {vector_text(o, "label"), vector_hex(o, "context")};
    struct vector_random state;
    struct random_source random = vector_random_source(&state, 1);
    uint8_t *out = vector_memory(sealed.len), output[SUITE_KEM_OUTPUT_MAX];
    bool good = vector_ok(
        "decrypt", suite_decrypt(s, key, label,
                                 (struct suite_sealed){vector_hex(o, "kem_output"), sealed}, out));
    good &= vector_same(o, "plaintext", span_of(out, plain.len));
    uint8_t *again = vector_memory(sealed.len);
    good &= vector_ok("encrypt", suite_encrypt(s, key.public, label, plain,
                                               (struct suite_box){&random, output, again}));
    memset(out, 0, sealed.len);
    good &= vector_ok("its own", suite_decrypt(s, key, label,
                                               (struct suite_sealed){span_of(output, s->kem_output),
                                                                     span_of(again, sealed.len)},
                                               out));
    return good & vector_same(o, "plaintext", span_of(out, plain.len));
}

bool vectors_crypto_basics(const json_t *c, const struct suite *s)
{
    bool good = derivations(c, s);
    good &= signing(json_object_get(c, "sign_with_label"), s);
    return good & encryption(json_object_get(c, "encrypt_with_label"), s);
}

/* ---- deserialization ---- */

bool vectors_deserialization(const json_t *c, const struct suite *s)
{
    (void)s;
    struct span header = vector_hex(c, "vlbytes_header");
    size_t len = (size_t)vector_uint(c, "length");
    uint8_t written[4];
    size_t n = codec_put_header(written, len);
    bool good = vector_same(c, "vlbytes_header", span_of(written, n));
    /* The header with its content behind it is a vector of that length, with a byte less it is
     * none. */
    uint8_t *whole = vector_memory(header.len + len);
    memcpy(whole, header.ptr, header.len);
    struct reader r = reader_of(span_of(whole, header.len + len));
    struct span v = codec_vector(&r);
    if (!reader_ok(&r) || v.len != len || reader_left(&r) != 0)
        good = vector_fail("read as %zu bytes", v.len);
    r = reader_of(span_of(whole, header.len + len - 1));
    codec_vector(&r);
    return reader_ok(&r) ? vector_fail("a vector that passes the end was read") : good;
}

/* ---- tree-math ---- */

static bool same_node(const json_t *c, const char *key, size_t i, uint32_t got)
{
    const json_t *want = json_array_get(json_object_get(c, key), i);
    bool none = json_is_null(want) || !want;
    if (none ? got == NODE_NONE : got == (uint32_t)json_integer_value(want))
        return true;
    return vector_fail("%s of node %zu is %u", key, i, got);
}

bool vectors_tree_math(const json_t *c, const struct suite *s)
{
    (void)s;
    uint32_t leaves = (uint32_t)vector_uint(c, "n_leaves");
    uint32_t nodes = (uint32_t)vector_uint(c, "n_nodes");
    bool good = tree_width(leaves) == nodes && tree_root(leaves) == vector_uint(c, "root");
    if (!good)
        vector_fail("width or root");
    if (json_array_size(json_object_get(c, "left")) != nodes)
        return vector_fail("not a list of all nodes");
    for (uint32_t i = 0; i < nodes; i++) {
        good &= same_node(c, "left", i, node_left(i));
        good &= same_node(c, "right", i, node_right(i));
        good &= same_node(c, "parent", i, node_parent(i, leaves));
        good &= same_node(c, "sibling", i, node_sibling(i, leaves));
    }
    return good;
}
