/* HMAC-SHA1 over the library's plain digest state.
 * Why not EVP_MAC: in OpenSSL 3 each run of it duplicates digest contexts on the heap, and a packet
 * may not allocate. The plain calls use the same assembly; they are deprecated, not removed. */
#include "crypt/hmac.h"

#include <assert.h>
#include "crypt/openssl.h"

static_assert(sizeof(SHA_CTX) <= HMAC_SHA1_STATE, "a digest state fits its storage");
static_assert(SHA_DIGEST_LENGTH == HMAC_SHA1_LEN, "tag length");

enum { BLOCK = 64 };

static void absorb_pad(uint8_t state[HMAC_SHA1_STATE], const uint8_t key[BLOCK], uint8_t pad)
{
    uint8_t block[BLOCK];
    SHA_CTX ctx;
    for (int i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)(key[i] ^ pad);
    SHA1_Init(&ctx);
    SHA1_Update(&ctx, block, BLOCK);
    memcpy(state, &ctx, sizeof(ctx));
    OPENSSL_cleanse(block, sizeof(block));
    OPENSSL_cleanse(&ctx, sizeof(ctx));
}

void hmac_sha1_init(struct hmac_sha1 *h, struct span key)
{
    uint8_t padded[BLOCK] = {0};
    memset(h, 0, sizeof(*h));
    if (key.len > BLOCK)
        SHA1(key.ptr, key.len, padded);
    else if (key.len > 0)
        memcpy(padded, key.ptr, key.len);
    absorb_pad(h->inner, padded, 0x36); /* RFC 2104 section 2: ipad */
    absorb_pad(h->outer, padded, 0x5c); /* opad */
    OPENSSL_cleanse(padded, sizeof(padded));
}

void hmac_sha1_fini(struct hmac_sha1 *h)
{
    OPENSSL_cleanse(h, sizeof(*h));
}

void hmac_sha1_tag(const struct hmac_sha1 *h, const struct span *parts, size_t count,
                   uint8_t out[HMAC_SHA1_LEN])
{
    uint8_t digest[HMAC_SHA1_LEN];
    SHA_CTX ctx;
    memcpy(&ctx, h->inner, sizeof(ctx));
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0)
            SHA1_Update(&ctx, parts[i].ptr, parts[i].len);
    SHA1_Final(digest, &ctx);
    memcpy(&ctx, h->outer, sizeof(ctx));
    SHA1_Update(&ctx, digest, sizeof(digest));
    SHA1_Final(out, &ctx);
}
