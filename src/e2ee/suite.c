#include "e2ee/suite.h"

#include <sodium.h>

#include "e2ee/codec.h"
#include "e2ee/suite_pieces.h"

#define MLS_LABEL "MLS 1.0 "

/* ---- hash, MAC, wiping ---- */

enum err suite_start(void)
{
    return sodium_init() < 0 ? ERR_CRYPTO : ERR_OK;
}

void suite_hash(const struct suite *s, struct span in, uint8_t out[SUITE_HASH])
{
    (void)s;
    crypto_hash_sha256(out, in.ptr, in.len);
}

static void hash_pieces(struct pieces in, uint8_t out[SUITE_HASH])
{
    crypto_hash_sha256_state h;
    crypto_hash_sha256_init(&h);
    for (size_t i = 0; i < in.n; i++)
        crypto_hash_sha256_update(&h, in.at[i].ptr, in.at[i].len);
    crypto_hash_sha256_final(&h, out);
}

void suite_hash3(const struct suite *s, struct span a, struct span b, struct span c,
                 uint8_t out[SUITE_HASH])
{
    (void)s;
    hash_pieces(PIECES(a, b, c), out);
}

bool suite_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void suite_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}

void pieces_mac(struct span key, struct pieces in, uint8_t out[SUITE_HASH])
{
    static const uint8_t none[1];
    crypto_auth_hmacsha256_state h; /* final() wipes it */
    crypto_auth_hmacsha256_init(&h, key.len ? key.ptr : none, key.len);
    for (size_t i = 0; i < in.n; i++)
        crypto_auth_hmacsha256_update(&h, in.at[i].ptr, in.at[i].len);
    crypto_auth_hmacsha256_final(&h, out);
}

void suite_mac(const struct suite *s, struct span key, struct span in, uint8_t out[SUITE_HASH])
{
    (void)s;
    pieces_mac(key, PIECES(in), out);
}

/* ---- HKDF (RFC 5869) and MLS's labels ---- */

void suite_extract(const struct suite *s, struct span salt, struct span ikm,
                   uint8_t out[SUITE_HASH])
{
    suite_mac(s, salt, ikm, out);
}

enum err pieces_expand(const uint8_t prk[SUITE_HASH], struct pieces info, uint8_t *out, size_t len)
{
    if (len > 255 * (size_t)SUITE_HASH)
        return ERR_LIMIT;
    uint8_t block[SUITE_HASH], counter = 0;
    struct span before = {NULL, 0};
    for (size_t at = 0; at < len; at += SUITE_HASH) {
        counter++;
        crypto_auth_hmacsha256_state h;
        crypto_auth_hmacsha256_init(&h, prk, SUITE_HASH);
        crypto_auth_hmacsha256_update(&h, before.ptr, before.len);
        for (size_t i = 0; i < info.n; i++)
            crypto_auth_hmacsha256_update(&h, info.at[i].ptr, info.at[i].len);
        crypto_auth_hmacsha256_update(&h, &counter, 1);
        crypto_auth_hmacsha256_final(&h, block);
        before = span_of(block, sizeof block);
        memcpy(out + at, block, len - at < SUITE_HASH ? len - at : SUITE_HASH);
    }
    suite_wipe(block, sizeof block);
    return ERR_OK;
}

enum err suite_expand(const struct suite *s, const uint8_t prk[SUITE_HASH], struct span info,
                      uint8_t *out, size_t len)
{
    (void)s;
    return pieces_expand(prk, PIECES(info), out, len);
}

static struct span vector_head(uint8_t storage[4], size_t len)
{
    return span_of(storage, codec_put_header(storage, len));
}

/* struct { uint16 length; opaque label<V>; opaque context<V>; } KDFLabel */
enum err suite_expand_label(const struct suite *s, const uint8_t secret[SUITE_HASH],
                            struct suite_label label, uint8_t *out, size_t len)
{
    (void)s;
    struct span mls = span_str(MLS_LABEL), name = span_str(label.label);
    uint8_t length[2] = {(uint8_t)(len >> 8), (uint8_t)len}, label_head[4], context_head[4];
    return pieces_expand(secret,
                         PIECES(span_of(length, 2), vector_head(label_head, mls.len + name.len),
                                mls, name, vector_head(context_head, label.context.len),
                                label.context),
                         out, len);
}

enum err suite_derive_secret(const struct suite *s, const uint8_t secret[SUITE_HASH],
                             const char *label, uint8_t out[SUITE_HASH])
{
    return suite_expand_label(s, secret, (struct suite_label){label, (struct span){NULL, 0}}, out,
                              SUITE_HASH);
}

enum err suite_derive_tree_secret(const struct suite *s, const uint8_t secret[SUITE_HASH],
                                  struct suite_generation of, uint8_t *out, size_t len)
{
    uint8_t context[4];
    struct writer w = writer_of(context, sizeof context);
    writer_u32(&w, of.generation);
    return suite_expand_label(s, secret, (struct suite_label){of.label, writer_span(&w)}, out, len);
}

/* struct { opaque label<V>; opaque value<V>; } RefHashInput */
enum err suite_ref_hash(const struct suite *s, const char *label, struct span value,
                        uint8_t out[SUITE_HASH])
{
    (void)s;
    struct span name = span_str(label);
    uint8_t name_head[4], value_head[4];
    hash_pieces(
        PIECES(vector_head(name_head, name.len), name, vector_head(value_head, value.len), value),
        out);
    return ERR_OK;
}

/* ---- signatures (RFC 9420 section 5.1.2) ---- */

/* libsodium signs one piece of memory only: label and content are joined, in `shortly` when they
 * fit, else in the caller's room. What a message says may be among them: the caller wipes. */
struct signed_text {
    uint8_t shortly[SUITE_SIGNED_SHORT];
    struct writer w;
};

static enum err join(struct signed_text *t, const char *label, struct pieces content)
{
    struct span mls = span_str(MLS_LABEL), name = span_str(label);
    uint8_t name_head[4], content_head[4];
    size_t len = 0;
    for (size_t i = 0; i < content.n; i++)
        len += content.at[i].len;
    if (len > SUITE_SIGNED_MAX)
        return ERR_LIMIT;
    struct span name_len = vector_head(name_head, mls.len + name.len);
    struct span content_len = vector_head(content_head, len);
    size_t all = name_len.len + mls.len + name.len + content_len.len + len;
    bool fits = all <= sizeof t->shortly;
    t->w = fits ? writer_of(t->shortly, sizeof t->shortly) : content.room;
    if (!t->w.start)
        return ERR_LIMIT;
    writer_bytes(&t->w, name_len);
    writer_bytes(&t->w, mls);
    writer_bytes(&t->w, name);
    writer_bytes(&t->w, content_len);
    for (size_t i = 0; i < content.n; i++)
        writer_bytes(&t->w, content.at[i]);
    return writer_ok(&t->w) ? ERR_OK : ERR_LIMIT;
}

static void wipe_text(struct signed_text *t)
{
    if (t->w.start)
        suite_wipe(t->w.start, writer_len(&t->w));
}

enum err pieces_sign(const uint8_t secret[SUITE_SIGN_SECRET], const char *label,
                     struct pieces content, uint8_t out[SUITE_SIGNATURE])
{
    struct signed_text t;
    t.w.start = NULL;
    enum err e = join(&t, label, content);
    if (e == ERR_OK)
        crypto_sign_detached(out, NULL, t.w.start, writer_len(&t.w), secret);
    wipe_text(&t);
    return e;
}

enum err pieces_verify(struct span public, const char *label, struct pieces content,
                       struct span signature)
{
    struct signed_text t;
    t.w.start = NULL;
    if (public.len != SUITE_SIGN_PUBLIC || signature.len != SUITE_SIGNATURE)
        return ERR_AUTH;
    enum err e = join(&t, label, content);
    if (e == ERR_OK &&
        crypto_sign_verify_detached(signature.ptr, t.w.start, writer_len(&t.w), public.ptr) != 0)
        e = ERR_AUTH;
    wipe_text(&t);
    return e;
}

void suite_sign_keys(const uint8_t seed[32], uint8_t secret[SUITE_SIGN_SECRET],
                     uint8_t public[SUITE_SIGN_PUBLIC])
{
    crypto_sign_seed_keypair(public, secret, seed);
}

enum err suite_sign(const struct suite *s, const uint8_t secret[SUITE_SIGN_SECRET],
                    const char *label, struct span content, uint8_t out[SUITE_SIGNATURE])
{
    (void)s;
    return pieces_sign(secret, label, PIECES(content), out);
}

enum err suite_verify(const struct suite *s, struct span public, const char *label,
                      struct span content, struct span signature)
{
    (void)s;
    return pieces_verify(public, label, PIECES(content), signature);
}
