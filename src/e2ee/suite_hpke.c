/* HPKE base mode, one message a context (RFC 9180), over libsodium's X25519, HMAC-SHA-256 and
 * ChaCha20-Poly1305. */
#include <sodium.h>

#include "e2ee/codec.h"
#include "e2ee/suite_pieces.h"

static const struct span empty = {NULL, 0};

/* ---- labelled HKDF (section 4); `id` is the suite_id of section 4.1 or 5.1 ---- */

struct suite_id {
    uint8_t bytes[10];
    size_t len;
};

static struct suite_id id_of(const char *kind, const uint16_t *numbers, size_t n)
{
    struct suite_id id;
    struct writer w = writer_of(id.bytes, sizeof id.bytes);
    writer_text(&w, kind);
    for (size_t i = 0; i < n; i++)
        writer_u16(&w, numbers[i]);
    id.len = writer_len(&w);
    return id;
}

static void labeled_extract(const struct suite_id *id, struct span salt, const char *label,
                            struct span ikm, uint8_t out[SUITE_HASH])
{
    pieces_mac(salt, PIECES(span_str("HPKE-v1"), span_of(id->bytes, id->len), span_str(label), ikm),
               out);
}

struct expansion {
    const char *label;
    struct span info;
};

static enum err labeled_expand(const struct suite_id *id, const uint8_t prk[SUITE_HASH],
                               struct expansion e, uint8_t *out, size_t len)
{
    uint8_t length[2] = {(uint8_t)(len >> 8), (uint8_t)len};
    return pieces_expand(prk,
                         PIECES(span_of(length, 2), span_str("HPKE-v1"),
                                span_of(id->bytes, id->len), span_str(e.label), e.info),
                         out, len);
}

/* ---- DHKEM(X25519, HKDF-SHA256), section 4.1 ---- */

enum { KEM_X25519_SHA256 = 0x0020, KDF_SHA256 = 0x0001, AEAD_CHACHA = 0x0003 };
enum { X25519 = 32 };

static struct suite_id kem_id(void)
{
    return id_of("KEM", (const uint16_t[]){KEM_X25519_SHA256}, 1);
}

/* Points of small order give zero for every secret (RFC 7748 section 6.1), and sealing to one is an
 * error: u = 0 and 1, the two of order 8, p - 1, and p and p + 1, which stand for 0 and 1 again (p
 * = 2^255 - 19; section 5 takes them, and ignores the top bit). Little-endian. */
static const uint8_t small_order[][X25519] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

static bool x25519_valid(struct span public)
{
    uint8_t u[X25519];
    if (public.len != X25519)
        return false;
    memcpy(u, public.ptr, sizeof u);
    u[X25519 - 1] &= 0x7f;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++)
        if (memcmp(u, small_order[i], sizeof u) == 0)
            return false;
    return true;
}

static enum err x25519_derive(struct span ikm, uint8_t *secret, uint8_t *public)
{
    struct suite_id id = kem_id();
    uint8_t prk[SUITE_HASH];
    labeled_extract(&id, empty, "dkp_prk", ikm, prk);
    enum err e = labeled_expand(&id, prk, (struct expansion){"sk", empty}, secret, X25519);
    suite_wipe(prk, sizeof prk);
    if (e == ERR_OK)
        crypto_scalarmult_base(public, secret);
    return e;
}

/* ExtractAndExpand with kem_context = enc || pkRm */
static enum err shared_of(const uint8_t dh[X25519], const uint8_t *output, const uint8_t *public,
                          uint8_t shared[SUITE_HASH])
{
    struct suite_id id = kem_id();
    uint8_t prk[SUITE_HASH], context[2 * X25519];
    memcpy(context, output, X25519);
    memcpy(context + X25519, public, X25519);
    labeled_extract(&id, empty, "eae_prk", span_of(dh, X25519), prk);
    enum err e = labeled_expand(
        &id, prk, (struct expansion){"shared_secret", span_of(context, sizeof context)}, shared,
        SUITE_HASH);
    suite_wipe(prk, sizeof prk);
    return e;
}

static enum err x25519_encap(const uint8_t *public, const struct random_source *random,
                             uint8_t shared[SUITE_HASH], uint8_t *output)
{
    uint8_t secret[X25519], dh[X25519];
    random->fill(random->ctx, secret, sizeof secret);
    crypto_scalarmult_base(output, secret);
    /* section 7.1.4: an all-zero result is refused; libsodium says so */
    enum err e = crypto_scalarmult(dh, secret, public) == 0 ? shared_of(dh, output, public, shared)
                                                            : ERR_MALFORMED;
    suite_wipe(secret, sizeof secret);
    suite_wipe(dh, sizeof dh);
    return e;
}

static enum err x25519_decap(const uint8_t *secret, const uint8_t *public, struct span output,
                             uint8_t shared[SUITE_HASH])
{
    uint8_t dh[X25519];
    if (output.len != X25519)
        return ERR_MALFORMED;
    enum err e = crypto_scalarmult(dh, secret, output.ptr) == 0
                     ? shared_of(dh, output.ptr, public, shared)
                     : ERR_MALFORMED;
    suite_wipe(dh, sizeof dh);
    return e;
}

/* ---- EncryptWithLabel (RFC 9420 section 5.1.3) ---- */

struct hpke_key {
    uint8_t key[SUITE_AEAD_KEY_MAX], nonce[SUITE_NONCE];
};

static struct suite_id hpke_id(const struct suite *s)
{
    return id_of("HPKE", (const uint16_t[]){s->hpke_kem, s->hpke_kdf, s->hpke_aead}, 3);
}

/* LabeledExtract("", "info_hash", info) for info = struct { opaque label<V>; opaque context<V>; }
 */
void suite_label_hash(const struct suite *s, struct suite_label label, uint8_t out[SUITE_HASH])
{
    struct suite_id id = hpke_id(s);
    struct span mls = span_str("MLS 1.0 "), name = span_str(label.label);
    uint8_t name_head[4], context_head[4];
    struct span name_len = span_of(name_head, codec_put_header(name_head, mls.len + name.len));
    struct span context_len =
        span_of(context_head, codec_put_header(context_head, label.context.len));
    pieces_mac(empty,
               PIECES(span_str("HPKE-v1"), span_of(id.bytes, id.len), span_str("info_hash"),
                      name_len, mls, name, context_len, label.context),
               out);
}

/* RFC 9180 section 5.1, mode_base. The first message of a context has the base nonce. */
static enum err key_schedule(const struct suite *s, const uint8_t shared[SUITE_HASH],
                             const uint8_t label_hash[SUITE_HASH], struct hpke_key *out)
{
    struct suite_id id = hpke_id(s);
    uint8_t context[1 + 2 * SUITE_HASH] = {0}; /* mode || psk_id_hash || info_hash */
    uint8_t secret[SUITE_HASH];
    labeled_extract(&id, empty, "psk_id_hash", empty, context + 1);
    memcpy(context + 1 + SUITE_HASH, label_hash, SUITE_HASH);
    labeled_extract(&id, span_of(shared, SUITE_HASH), "secret", empty, secret);
    struct span info = span_of(context, sizeof context);
    enum err e =
        labeled_expand(&id, secret, (struct expansion){"key", info}, out->key, s->aead_key);
    if (e == ERR_OK)
        e = labeled_expand(&id, secret, (struct expansion){"base_nonce", info}, out->nonce,
                           SUITE_NONCE);
    suite_wipe(secret, sizeof secret);
    return e;
}

enum err suite_encrypt_hashed(const struct suite *s, const uint8_t *public,
                              const uint8_t label_hash[SUITE_HASH], struct span in,
                              struct suite_box out)
{
    uint8_t shared[SUITE_HASH];
    struct hpke_key k;
    enum err e = s->kem_encap(public, out.random, shared, out.output);
    if (e == ERR_OK)
        e = key_schedule(s, shared, label_hash, &k);
    if (e == ERR_OK)
        e = s->aead_seal(k.key, k.nonce, empty, in, out.sealed);
    suite_wipe(shared, sizeof shared);
    suite_wipe(&k, sizeof k);
    return e;
}

enum err suite_encrypt(const struct suite *s, const uint8_t *public, struct suite_label label,
                       struct span in, struct suite_box out)
{
    uint8_t label_hash[SUITE_HASH];
    suite_label_hash(s, label, label_hash);
    return suite_encrypt_hashed(s, public, label_hash, in, out);
}

enum err suite_decrypt(const struct suite *s, struct suite_kem_key key, struct suite_label label,
                       struct suite_sealed in, uint8_t *out)
{
    uint8_t shared[SUITE_HASH], label_hash[SUITE_HASH];
    struct hpke_key k;
    enum err e = s->kem_decap(key.secret, key.public, in.output, shared);
    suite_label_hash(s, label, label_hash);
    if (e == ERR_OK)
        e = key_schedule(s, shared, label_hash, &k);
    if (e == ERR_OK)
        e = s->aead_open(k.key, k.nonce, empty, in.sealed, out);
    else if (in.sealed.len > SUITE_TAG)
        memset(out, 0, in.sealed.len - SUITE_TAG);
    suite_wipe(shared, sizeof shared);
    suite_wipe(&k, sizeof k);
    return e;
}

/* ---- ChaCha20-Poly1305 (RFC 8439) and the suites ---- */

static enum err chacha_seal(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                            struct span in, uint8_t *out)
{
    int done = crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in.ptr, in.len, aad.ptr,
                                                         aad.len, NULL, nonce, key);
    return done == 0 ? ERR_OK : ERR_CRYPTO;
}

static enum err chacha_open(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                            struct span in, uint8_t *out)
{
    if (in.len < SUITE_TAG)
        return ERR_AUTH;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in.ptr, in.len, aad.ptr, aad.len,
                                                  nonce, key) == 0)
        return ERR_OK;
    memset(out, 0, in.len - SUITE_TAG);
    return ERR_AUTH;
}

const struct suite suite_chacha = {
    .id = 3, /* MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 */
    .hpke_kem = KEM_X25519_SHA256,
    .hpke_kdf = KDF_SHA256,
    .hpke_aead = AEAD_CHACHA,
    .aead_key = 32,
    .kem_public = X25519,
    .kem_secret = X25519,
    .kem_output = X25519,
    .aead_seal = chacha_seal,
    .aead_open = chacha_open,
    .kem_valid = x25519_valid,
    .kem_derive = x25519_derive,
    .kem_encap = x25519_encap,
    .kem_decap = x25519_decap,
};

static const struct suite *added; /* by native test builds */

const struct suite *suite_find(uint16_t id)
{
    if (id == suite_chacha.id)
        return &suite_chacha;
    return added && added->id == id ? added : NULL;
}

void suite_add(const struct suite *s)
{
    added = s;
}
