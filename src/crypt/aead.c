/* Keyed EVP contexts. A packet costs one re-initialisation with its nonce, no allocation. */
#include "crypt/aead.h"

#include "base/bug.h"
#include "crypt/openssl.h"

/* Errors of the library are kept in a queue a thread; one that nobody reads is dropped here. */
static enum err crypto_failed(void)
{
    ERR_clear_error();
    return ERR_CRYPTO;
}

static enum err open_ctx(struct evp_cipher_ctx_st **out, const EVP_CIPHER *cipher,
                         const uint8_t key[AEAD_KEY_LEN], int seals)
{
    *out = NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx)
        return ERR_NOMEM;
    if (EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, seals) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return crypto_failed();
    }
    *out = ctx;
    return ERR_OK;
}

enum err aead_open_sealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&a->ctx, EVP_aes_128_gcm(), key, 1);
}

enum err aead_open_unsealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&a->ctx, EVP_aes_128_gcm(), key, 0);
}

void aead_close(struct aead *a)
{
    EVP_CIPHER_CTX_free(a->ctx); /* clears the key schedule; NULL is fine */
    a->ctx = NULL;
}

enum err aead_seal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], const struct aead_text *text,
                   uint8_t *out)
{
    int n = 0;
    BUG_IF(text->parts > AEAD_PARTS_MAX);
    if (EVP_EncryptInit_ex(a->ctx, NULL, NULL, NULL, iv) != 1)
        return crypto_failed();
    if (text->aad.len > 0 &&
        EVP_EncryptUpdate(a->ctx, NULL, &n, text->aad.ptr, (int)text->aad.len) != 1)
        return crypto_failed();
    for (size_t i = 0; i < text->parts; i++) {
        struct span part = text->part[i];
        if (part.len == 0)
            continue;
        if (EVP_EncryptUpdate(a->ctx, out, &n, part.ptr, (int)part.len) != 1)
            return crypto_failed();
        out += part.len;
    }
    if (EVP_EncryptFinal_ex(a->ctx, out, &n) != 1)
        return crypto_failed();
    if (EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, out) != 1)
        return crypto_failed();
    return ERR_OK;
}

enum err aead_unseal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], struct span aad, uint8_t *buf,
                     size_t len)
{
    if (len < AEAD_TAG_LEN)
        return ERR_SHORT;
    int n = 0;
    int body = (int)(len - AEAD_TAG_LEN);
    uint8_t *tag = buf + body;
    if (EVP_DecryptInit_ex(a->ctx, NULL, NULL, NULL, iv) != 1)
        return crypto_failed();
    if (aad.len > 0 && EVP_DecryptUpdate(a->ctx, NULL, &n, aad.ptr, (int)aad.len) != 1)
        return crypto_failed();
    if (body > 0 && EVP_DecryptUpdate(a->ctx, buf, &n, buf, body) != 1)
        return crypto_failed();
    if (EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, tag) != 1)
        return crypto_failed();
    uint8_t rest[AEAD_TAG_LEN]; /* GCM has nothing left to write at its end */
    return EVP_DecryptFinal_ex(a->ctx, rest, &n) == 1 ? ERR_OK : ERR_AUTH;
}

enum err ctr_open(struct ctr *c, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&c->ctx, EVP_aes_128_ctr(), key, 1);
}

void ctr_close(struct ctr *c)
{
    EVP_CIPHER_CTX_free(c->ctx);
    c->ctx = NULL;
}

enum err ctr_start(struct ctr *c, const uint8_t iv[CTR_IV_LEN])
{
    return EVP_EncryptInit_ex(c->ctx, NULL, NULL, NULL, iv) == 1 ? ERR_OK : crypto_failed();
}

enum err ctr_next(struct ctr *c, struct span in, uint8_t *out)
{
    int n = 0;
    if (in.len == 0)
        return ERR_OK;
    return EVP_EncryptUpdate(c->ctx, out, &n, in.ptr, (int)in.len) == 1 ? ERR_OK : crypto_failed();
}
