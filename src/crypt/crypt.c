/* Randomness, digests and key derivation. The digests use the library's plain calls for the reason
 * that hmac.c gives: no heap, no fetch by name, nothing that can fail. */
#include "crypt/crypt.h"

#include "base/bug.h"
#include "crypt/hmac.h"
#include "crypt/pii.h"
#include "base/text.h"
#include "crypt/openssl.h"

enum { BLOCK = 64 };

/* RFC 6234 section 8.5 and RFC 2202: the digest of "abc", and HMAC-SHA1 test case 2. */
static bool digests_are_right(void)
{
    static const uint8_t sha256_abc[4] = {0xba, 0x78, 0x16, 0xbf};
    static const uint8_t hmac_case_2[4] = {0xef, 0xfc, 0xdf, 0x6a};
    uint8_t out[CRYPT_SHA256_LEN];
    crypt_sha256(out, span_str("abc"));
    if (memcmp(out, sha256_abc, sizeof(sha256_abc)) != 0)
        return false;
    crypt_hmac_sha1(out, span_str("Jefe"), span_str("what do ya want for nothing?"));
    return memcmp(out, hmac_case_2, sizeof(hmac_case_2)) == 0;
}

enum err crypt_init(void)
{
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return ERR_CRYPTO;
    uint8_t probe[16];
    TRY(crypt_random(probe, sizeof(probe)));
    return digests_are_right() ? ERR_OK : ERR_CRYPTO;
}

void crypt_fini(void)
{
    OPENSSL_thread_stop();
}

enum err crypt_random(void *out, size_t len)
{
    if (RAND_bytes_ex(NULL, out, len, 256) == 1)
        return ERR_OK;
    memset(out, 0, len);
    return ERR_CRYPTO;
}

void crypt_sha256(uint8_t out[CRYPT_SHA256_LEN], struct span in)
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    if (in.len > 0)
        SHA256_Update(&ctx, in.ptr, in.len);
    SHA256_Final(out, &ctx);
    OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void crypt_hmac_sha1(uint8_t out[CRYPT_SHA1_LEN], struct span key, struct span in)
{
    struct hmac_sha1 h;
    hmac_sha1_init(&h, key);
    hmac_sha1_tag(&h, &in, 1, out);
    hmac_sha1_fini(&h);
}

static void sha256_padded(SHA256_CTX *ctx, const uint8_t key[BLOCK], uint8_t pad)
{
    uint8_t block[BLOCK];
    for (int i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)(key[i] ^ pad);
    SHA256_Init(ctx);
    SHA256_Update(ctx, block, BLOCK);
    OPENSSL_cleanse(block, sizeof(block));
}

static void hmac_sha256(uint8_t out[CRYPT_SHA256_LEN], struct span key, const struct span *parts,
                        size_t count)
{
    uint8_t padded[BLOCK] = {0}, digest[CRYPT_SHA256_LEN];
    SHA256_CTX ctx;
    if (key.len > BLOCK)
        crypt_sha256(padded, key);
    else if (key.len > 0)
        memcpy(padded, key.ptr, key.len);
    sha256_padded(&ctx, padded, 0x36);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0)
            SHA256_Update(&ctx, parts[i].ptr, parts[i].len);
    SHA256_Final(digest, &ctx);
    sha256_padded(&ctx, padded, 0x5c);
    SHA256_Update(&ctx, digest, sizeof(digest));
    SHA256_Final(out, &ctx);
    OPENSSL_cleanse(padded, sizeof(padded));
    OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void crypt_hmac_sha256(uint8_t out[CRYPT_SHA256_LEN], struct span key, struct span in)
{
    hmac_sha256(out, key, &in, 1);
}

void crypt_hkdf_sha256(uint8_t *out, size_t len, struct span ikm, struct span salt,
                       struct span info)
{
    static const uint8_t zeros[CRYPT_SHA256_LEN];
    uint8_t prk[CRYPT_SHA256_LEN], block[CRYPT_SHA256_LEN];
    BUG_IF(len > CRYPT_HKDF_MAX);
    if (salt.len == 0)
        salt = span_of(zeros, sizeof(zeros));
    crypt_hmac_sha256(prk, salt, ikm);
    size_t done = 0, previous = 0;
    for (uint8_t counter = 1; done < len; counter++) {
        struct span parts[3] = {span_of(block, previous), info, span_of(&counter, 1)};
        hmac_sha256(block, span_of(prk, sizeof(prk)), parts, 3);
        previous = sizeof(block);
        size_t n = len - done < previous ? len - done : previous;
        memcpy(out + done, block, n);
        done += n;
    }
    OPENSSL_cleanse(prk, sizeof(prk));
    OPENSSL_cleanse(block, sizeof(block));
}

bool crypt_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void crypt_wipe(void *p, size_t len)
{
    OPENSSL_cleanse(p, len);
}

void pii_tag(struct span key, struct span value, char out[PII_TAG_TEXT + 1])
{
    uint8_t mac[CRYPT_SHA256_LEN];
    crypt_hmac_sha256(mac, key, value);
    text_hex(out, span_of(mac, PII_TAG_BYTES));
}
