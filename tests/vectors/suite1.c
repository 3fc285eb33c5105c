/* Suite 0x0001 for the vectors: X25519, SHA-256 and Ed25519 as ours, AES-128-GCM by OpenSSL. */
#include "crypt/openssl.h"

#include "base/bug.h"
#include "vectors/vectors.h"

enum { AES_128 = 16 };

static enum err gcm_seal(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                         struct span in, uint8_t *out)
{
    int n;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    BUG_IF(!c || EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) != 1);
    BUG_IF(aad.len && EVP_EncryptUpdate(c, NULL, &n, aad.ptr, (int)aad.len) != 1);
    BUG_IF(in.len && EVP_EncryptUpdate(c, out, &n, in.ptr, (int)in.len) != 1);
    BUG_IF(EVP_EncryptFinal_ex(c, out + in.len, &n) != 1);
    BUG_IF(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SUITE_TAG, out + in.len) != 1);
    EVP_CIPHER_CTX_free(c);
    return ERR_OK;
}

static enum err gcm_open(const uint8_t *key, const uint8_t nonce[SUITE_NONCE], struct span aad,
                         struct span in, uint8_t *out)
{
    int n;
    uint8_t tag[SUITE_TAG];
    if (in.len < SUITE_TAG)
        return ERR_AUTH;
    size_t len = in.len - SUITE_TAG;
    memcpy(tag, in.ptr + len, sizeof tag);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    BUG_IF(!c || EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) != 1);
    BUG_IF(aad.len && EVP_DecryptUpdate(c, NULL, &n, aad.ptr, (int)aad.len) != 1);
    BUG_IF(len && EVP_DecryptUpdate(c, out, &n, in.ptr, (int)len) != 1);
    BUG_IF(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SUITE_TAG, tag) != 1);
    bool good = EVP_DecryptFinal_ex(c, out + len, &n) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!good)
        memset(out, 0, len);
    return good ? ERR_OK : ERR_AUTH;
}

void vectors_add_suite_1(void)
{
    static struct suite s;
    s = suite_chacha;
    s.id = 1;        /* MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 */
    s.hpke_aead = 1; /* RFC 9180 section 7.3: AES-128-GCM */
    s.aead_key = AES_128;
    s.aead_seal = gcm_seal;
    s.aead_open = gcm_open;
    suite_add(&s);
}
