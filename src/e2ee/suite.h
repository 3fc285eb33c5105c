/* The cipher suite: hashes, HKDF, signatures, KEM, HPKE and AEAD as MLS names them (RFC 9420
 * sections 5.1, 5.2 and 8; RFC 9180 base mode).
 * knows: labels and lengths. knows not: trees, epochs, who anybody is. owns: nothing.
 *
 * A post-quantum hybrid (X-Wing) will be one more `struct suite`: code outside this file takes
 * every length from the suite and sizes its arrays by the _MAX values. */
#ifndef E2EE_SUITE_H
#define E2EE_SUITE_H

#include "base/err.h"
#include "base/span.h"

enum {
    SUITE_HASH = 32,        /* bytes of a hash, a secret, a MAC: all our suites use SHA-256 */
    SUITE_SIGN_PUBLIC = 32, /* Ed25519 */
    SUITE_SIGN_SECRET = 64, /* libsodium's form: seed || public */
    SUITE_SIGNATURE = 64,
    SUITE_AEAD_KEY_MAX = 32,
    SUITE_NONCE = 12,
    SUITE_TAG = 16,
    SUITE_KEM_PUBLIC_MAX = 32,
    SUITE_KEM_SECRET_MAX = 32,
    SUITE_KEM_OUTPUT_MAX = 32, /* the encapsulated key */
    /* Bytes that can be signed at once, label included: libsodium wants them in one piece. Commits
     * and a GroupInfo with the whole tree are the long ones (an upload has 768 KiB): their callers
     * lend memory to join them in. All others are joined on the stack. */
    SUITE_SIGNED_SHORT = 7168,
    SUITE_SIGNED_MAX = 1 << 20,
};

/* Where random bytes come from; the same stream gives the same messages on every target. */
struct random_source {
    void (*fill)(void *ctx, uint8_t *out, size_t len);
    void *ctx;
};

struct suite {
    uint16_t id;                                /* RFC 9420 section 17.1 */
    uint16_t hpke_kem, hpke_kdf, hpke_aead;     /* RFC 9180 section 7 */
    uint8_t aead_key;                           /* bytes */
    uint8_t kem_public, kem_secret, kem_output; /* bytes */
    /* out = ciphertext || tag, in.len + SUITE_TAG bytes; out may be in.ptr itself, else no overlap.
     */
    enum err (*aead_seal)(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                          struct span in, uint8_t *out);
    /* out = in.len - SUITE_TAG bytes. ERR_AUTH; *out is then zeroed. */
    enum err (*aead_open)(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                          struct span in, uint8_t *out);
    /* Whether a public key from outside may stand in a tree or a key package: of this length, and
     * none that every secret makes the same of. Who seals to one that may not fails. */
    bool (*kem_valid)(struct span public);
    /* RFC 9180 section 4.1: DeriveKeyPair, Encap (with the caller's randomness), Decap. */
    enum err (*kem_derive)(struct span ikm, uint8_t *secret, uint8_t *public);
    enum err (*kem_encap)(const uint8_t *public, const struct random_source *random,
                          uint8_t shared[SUITE_HASH], uint8_t *output);
    enum err (*kem_decap)(const uint8_t *secret, const uint8_t *public, struct span output,
                          uint8_t shared[SUITE_HASH]);
};

extern const struct suite suite_chacha; /* 0x0003, the product's one */

/* Lets libsodium choose its fastest code for this processor. Once, before anything else; calls from
 * several threads are fine. ERR_CRYPTO. */
enum err suite_start(void);

/* NULL when unknown. Native test builds add 0x0001 by suite_add before anything else runs. */
const struct suite *suite_find(uint16_t id);
void suite_add(const struct suite *s);

void suite_hash(const struct suite *s, struct span in, uint8_t out[SUITE_HASH]);
/* hash(a || b || c) without joining them first; empty spans are skipped. */
void suite_hash3(const struct suite *s, struct span a, struct span b, struct span c,
                 uint8_t out[SUITE_HASH]);
void suite_mac(const struct suite *s, struct span key, struct span in, uint8_t out[SUITE_HASH]);
/* Constant time. */
bool suite_equal(const uint8_t *a, const uint8_t *b, size_t len);
void suite_wipe(void *p, size_t len);

/* HKDF, RFC 5869. ERR_LIMIT when len > 255 * SUITE_HASH. */
void suite_extract(const struct suite *s, struct span salt, struct span ikm,
                   uint8_t out[SUITE_HASH]);
enum err suite_expand(const struct suite *s, const uint8_t prk[SUITE_HASH], struct span info,
                      uint8_t *out, size_t len);
/* A label without "MLS 1.0 ", and what it is bound to. */
struct suite_label {
    const char *label;
    struct span context;
};
/* RFC 9420 section 8 */
enum err suite_expand_label(const struct suite *s, const uint8_t secret[SUITE_HASH],
                            struct suite_label label, uint8_t *out, size_t len);
enum err suite_derive_secret(const struct suite *s, const uint8_t secret[SUITE_HASH],
                             const char *label, uint8_t out[SUITE_HASH]);
/* RFC 9420 section 9.1 */
struct suite_generation {
    const char *label;
    uint32_t generation;
};
enum err suite_derive_tree_secret(const struct suite *s, const uint8_t secret[SUITE_HASH],
                                  struct suite_generation of, uint8_t *out, size_t len);
/* RFC 9420 section 5.2: RefHash; label whole, e.g. "MLS 1.0 KeyPackage Reference". */
enum err suite_ref_hash(const struct suite *s, const char *label, struct span value,
                        uint8_t out[SUITE_HASH]);

/* RFC 9420 section 5.1.2. Verify: ERR_AUTH. Labels without "MLS 1.0 ". ERR_LIMIT when label and
 * content are more than SUITE_SIGNED_SHORT bytes. */
void suite_sign_keys(const uint8_t seed[32], uint8_t secret[SUITE_SIGN_SECRET],
                     uint8_t public[SUITE_SIGN_PUBLIC]);
enum err suite_sign(const struct suite *s, const uint8_t secret[SUITE_SIGN_SECRET],
                    const char *label, struct span content, uint8_t out[SUITE_SIGNATURE]);
enum err suite_verify(const struct suite *s, struct span public, const char *label,
                      struct span content, struct span signature);

/* RFC 9420 section 5.1.3: EncryptWithLabel. `sealed` has in.len + SUITE_TAG bytes, `output`
 * s->kem_output. ERR_MALFORMED: a public key that gives no shared secret (a point of low order), or
 * an output of another length. */
struct suite_box {
    const struct random_source *random;
    uint8_t *output, *sealed;
};
enum err suite_encrypt(const struct suite *s, const uint8_t *public, struct suite_label label,
                       struct span in, struct suite_box out);
/* One label for many receivers: a long context is hashed once, before. */
void suite_label_hash(const struct suite *s, struct suite_label label, uint8_t out[SUITE_HASH]);
enum err suite_encrypt_hashed(const struct suite *s, const uint8_t *public,
                              const uint8_t label_hash[SUITE_HASH], struct span in,
                              struct suite_box out);
/* ERR_AUTH, *out zeroed; out has sealed.len - SUITE_TAG bytes. ERR_MALFORMED as above. */
struct suite_kem_key {
    const uint8_t *secret, *public;
};
struct suite_sealed {
    struct span output, sealed;
};
enum err suite_decrypt(const struct suite *s, struct suite_kem_key key, struct suite_label label,
                       struct suite_sealed in, uint8_t *out);

#endif
