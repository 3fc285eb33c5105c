/* The vectors of RFC 9605. Suite 5 is the product's and runs through sframe.c; suites 1 to 4 are
 * written here with OpenSSL's primitives, so that the file counts whole: its header, nonce and AAD
 * are ours in every suite. */
#include "crypt/openssl.h"
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/bug.h"
#include "base/writer.h"
#include "e2ee/sframe.h"
#include "vectors/frame.h"

/* ---- AES-256-GCM and AES-128-GCM of OpenSSL ---- */

struct gcm {
    const EVP_CIPHER *cipher;
    const uint8_t *key, *nonce;
    struct span aad;
};

static void gcm_seal(const struct gcm *g, struct span in, uint8_t *out)
{
    int n;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    BUG_IF(!c || EVP_EncryptInit_ex(c, g->cipher, NULL, g->key, g->nonce) != 1);
    BUG_IF(EVP_EncryptUpdate(c, NULL, &n, g->aad.ptr, (int)g->aad.len) != 1);
    BUG_IF(EVP_EncryptUpdate(c, out, &n, in.ptr, (int)in.len) != 1);
    BUG_IF(EVP_EncryptFinal_ex(c, out + in.len, &n) != 1);
    BUG_IF(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SFRAME_TAG, out + in.len) != 1);
    EVP_CIPHER_CTX_free(c);
}

static bool gcm_open(const struct gcm *g, struct span in, uint8_t *out)
{
    int n;
    uint8_t tag[SFRAME_TAG];
    size_t len = in.len - SFRAME_TAG;
    memcpy(tag, in.ptr + len, sizeof tag);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    BUG_IF(!c || EVP_DecryptInit_ex(c, g->cipher, NULL, g->key, g->nonce) != 1);
    BUG_IF(EVP_DecryptUpdate(c, NULL, &n, g->aad.ptr, (int)g->aad.len) != 1);
    BUG_IF(EVP_DecryptUpdate(c, out, &n, in.ptr, (int)len) != 1);
    BUG_IF(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SFRAME_TAG, tag) != 1);
    bool good = EVP_DecryptFinal_ex(c, out + len, &n) == 1;
    EVP_CIPHER_CTX_free(c);
    return good;
}

static enum err openssl_seal(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                             struct span in, uint8_t *out)
{
    gcm_seal(&(struct gcm){EVP_aes_256_gcm(), key, nonce, aad}, in, out);
    return ERR_OK;
}

static enum err openssl_open(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                             struct span in, uint8_t *out)
{
    bool good = gcm_open(&(struct gcm){EVP_aes_256_gcm(), key, nonce, aad}, in, out);
    return good ? ERR_OK : ERR_AUTH;
}

static const struct sframe_aead sframe_aead_openssl = {openssl_seal, openssl_open};

/* ---- AES-128-CTR with HMAC-SHA-256 (section 4.5.1) ---- */

enum { CTR_ENC = 16, CTR_AUTH = 32, CTR_KEY = CTR_ENC + CTR_AUTH };

/* Nt of suites 1 to 5 */
static size_t tag_len(unsigned suite)
{
    static const uint8_t lens[] = {0, 10, 8, 4, 16, 16};
    return lens[suite];
}

struct ctr {
    const uint8_t *key, *nonce;
    struct span aad;
    size_t tag;
};

static void ctr_crypt(const struct ctr *k, struct span in, uint8_t *out)
{
    uint8_t iv[16] = {0};
    int n;
    memcpy(iv, k->nonce, SFRAME_SALT);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    BUG_IF(!c || EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, k->key, iv) != 1);
    BUG_IF(EVP_EncryptUpdate(c, out, &n, in.ptr, (int)in.len) != 1);
    EVP_CIPHER_CTX_free(c);
}

static void ctr_tag(const struct ctr *k, struct span ct, uint8_t out[32])
{
    uint8_t text[512];
    struct writer w = writer_of(text, sizeof text);
    writer_u64(&w, k->aad.len);
    writer_u64(&w, ct.len);
    writer_u64(&w, k->tag);
    writer_bytes(&w, span_of(k->nonce, SFRAME_SALT));
    writer_bytes(&w, k->aad);
    writer_bytes(&w, ct);
    BUG_IF(!writer_ok(&w));
    HMAC(EVP_sha256(), k->key + CTR_ENC, CTR_AUTH, text, writer_len(&w), out, NULL);
}

static void ctr_seal(const struct ctr *k, struct span in, uint8_t *out)
{
    uint8_t tag[32];
    ctr_crypt(k, in, out);
    ctr_tag(k, span_of(out, in.len), tag);
    memcpy(out + in.len, tag, k->tag);
}

static bool ctr_open(const struct ctr *k, struct span in, uint8_t *out)
{
    uint8_t tag[32];
    struct span ct = span_of(in.ptr, in.len - k->tag);
    ctr_tag(k, ct, tag);
    ctr_crypt(k, ct, out);
    return memcmp(tag, in.ptr + ct.len, k->tag) == 0;
}

/* ---- the three lists ---- */

static bool header_case(const json_t *c)
{
    struct span encoded = vector_hex(c, "encoded");
    uint64_t kid = vector_uint(c, "kid"), counter = vector_uint(c, "ctr");
    struct sframe_header h = {0};
    uint8_t out[SFRAME_HEADER_MAX];
    size_t n = sframe_header_write(kid, counter, out);
    bool good = vector_same(c, "encoded", span_of(out, n));
    good &= vector_ok("parse", sframe_header_parse(encoded, &h));
    good &= h.kid == kid && h.counter == counter && h.length == encoded.len;
    return good & (sframe_header_parse(span_of(encoded.ptr, encoded.len - 1), &h) == ERR_SHORT);
}

static bool ctr_case(const json_t *c)
{
    struct span key = vector_hex(c, "key"), plain = vector_hex(c, "pt"),
                sealed = vector_hex(c, "ct");
    struct ctr k = {key.ptr, vector_hex(c, "nonce").ptr, vector_hex(c, "aad"),
                    tag_len((unsigned)vector_uint(c, "cipher_suite"))};
    uint8_t *out = vector_memory(sealed.len);
    bool good = vector_same(c, "enc_key", span_of(key.ptr, CTR_ENC));
    good &= vector_same(c, "auth_key", span_of(key.ptr + CTR_ENC, CTR_AUTH));
    ctr_seal(&k, plain, out);
    good &= vector_same(c, "ct", span_of(out, sealed.len));
    good &= ctr_open(&k, sealed, out) || vector_fail("tag");
    return good & vector_same(c, "pt", span_of(out, plain.len));
}

/* Suites 1 to 4: HKDF with SHA-256, of suite.c. */
static bool other_suite(const json_t *c, unsigned suite, const struct sframe_header *h)
{
    uint8_t secret[SUITE_HASH], key[CTR_KEY], salt[SFRAME_SALT], nonce[SFRAME_SALT];
    size_t key_len = suite == 4 ? 16 : CTR_KEY;
    struct span sealed = vector_hex(c, "ct"), plain = vector_hex(c, "pt");
    struct span body = span_of(sealed.ptr + h->length, sealed.len - h->length);
    uint8_t *out = vector_memory(sealed.len), *back = vector_memory(sealed.len);
    suite_extract(&suite_chacha, (struct span){NULL, 0}, vector_hex(c, "base_key"), secret);
    suite_expand(&suite_chacha, secret, vector_hex(c, "sframe_key_label"), key, key_len);
    suite_expand(&suite_chacha, secret, vector_hex(c, "sframe_salt_label"), salt, sizeof salt);
    bool good = vector_same(c, "sframe_secret", span_of(secret, sizeof secret));
    good &= vector_same(c, "sframe_key", span_of(key, key_len));
    good &= vector_same(c, "sframe_salt", span_of(salt, sizeof salt));
    sframe_nonce(salt, h->counter, nonce);
    good &= vector_same(c, "nonce", span_of(nonce, sizeof nonce));
    struct span aad = vector_hex(c, "aad");
    struct ctr ctr = {key, nonce, aad, tag_len(suite)};
    struct gcm gcm = {EVP_aes_128_gcm(), key, nonce, aad};
    if (suite == 4)
        gcm_seal(&gcm, plain, out);
    else
        ctr_seal(&ctr, plain, out);
    good &= vector_same_bytes("ct", body, span_of(out, body.len));
    good &= suite == 4 ? gcm_open(&gcm, body, back) : ctr_open(&ctr, body, back);
    return good & vector_same(c, "pt", span_of(back, plain.len));
}

static bool our_suite(const json_t *c, const struct sframe_aead *aead)
{
    struct sframe_key key;
    struct span clear = vector_hex(c, "metadata"), plain = vector_hex(c, "pt");
    struct span sealed = vector_hex(c, "ct");
    uint8_t nonce[SFRAME_SALT], *out = vector_memory(1024), *back = vector_memory(1024);
    size_t len = 0, back_len = 0;
    struct sframe_seal s = {aead, &key, vector_uint(c, "kid"), vector_uint(c, "ctr"), clear};
    sframe_derive(vector_hex(c, "base_key"), s.kid, &key);
    sframe_nonce(key.salt, s.counter, nonce);
    bool good = vector_same(c, "sframe_key", span_of(key.key, sizeof key.key));
    good &= vector_same(c, "sframe_salt", span_of(key.salt, sizeof key.salt));
    good &= vector_same(c, "nonce", span_of(nonce, sizeof nonce));
    good &= vector_ok("seal", sframe_seal(&s, plain, out, &len));
    good &= vector_same(c, "metadata", span_of(out, clear.len));
    good &= vector_same(c, "ct", span_of(out + clear.len, len - clear.len));
    good &= vector_ok("open", sframe_open(&s, sealed, back, &back_len));
    return good & vector_same(c, "pt", span_of(back, back_len));
}

static bool sframe_case(const json_t *c)
{
    unsigned suite = (unsigned)vector_uint(c, "cipher_suite");
    struct span clear = vector_hex(c, "metadata");
    struct sframe_header h;
    if (!vector_ok("header", sframe_header_parse(vector_hex(c, "ct"), &h)))
        return false;
    uint8_t *aad = vector_memory(SFRAME_HEADER_MAX + clear.len);
    struct writer w = writer_of(aad, SFRAME_HEADER_MAX + clear.len);
    writer_bytes(&w, span_of(vector_hex(c, "ct").ptr, h.length));
    writer_bytes(&w, clear);
    bool good = vector_same(c, "aad", writer_span(&w)) && h.kid == vector_uint(c, "kid") &&
                h.counter == vector_uint(c, "ctr");
    if (suite != 5)
        return good & other_suite(c, suite, &h);
    good &= our_suite(c, &sframe_aead_openssl);
    if (!sframe_aead_available())
        printf("rfc9605: this processor has no AES for libsodium; OpenSSL's alone was used\n");
    return good & (!sframe_aead_available() || our_suite(c, &sframe_aead_sodium));
}

struct vector_count vectors_sframe(const json_t *file)
{
    static const struct {
        const char *list;
        bool (*check)(const json_t *);
    } lists[] = {{"header", header_case}, {"aes_ctr_hmac", ctr_case}, {"sframe", sframe_case}};
    struct vector_count sum = {0};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const json_t *list = json_object_get(file, lists[i].list);
        struct vector_count count = {.failed = json_array_size(list) == 0};
        for (size_t j = 0; j < json_array_size(list); j++) {
            frame_case(lists[i].list, j);
            bool good = lists[i].check(json_array_get(list, j));
            if (!good && !frame_failed())
                vector_fail("without a reason given");
            *(good && !frame_failed() ? &count.passed : &count.failed) += 1;
        }
        printf("rfc9605 %-24s %5s %7u %7u %7u\n", lists[i].list, "1-5", count.passed, count.failed,
               count.skipped);
        sum.passed += count.passed;
        sum.failed += count.failed;
    }
    frame_case("", 0);
    return sum;
}
