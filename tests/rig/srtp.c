/* See srtp.h. */
#include "rig/srtp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* RFC 3711 section 4.3.3: AES in counter mode over the salt with the label at byte 7. RFC 7714
 * section 11: the 96-bit salt stands left in the 112-bit field. */
static void derive(uint8_t *out, int n, const uint8_t key[16], const uint8_t salt[12],
                   uint8_t label)
{
    uint8_t iv[16] = {0}, zero[16] = {0};
    memcpy(iv, salt, 12);
    iv[7] ^= label;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int got = 0;
    if (!c || EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv) != 1 ||
        EVP_EncryptUpdate(c, out, &got, zero, n) != 1)
        abort();
    EVP_CIPHER_CTX_free(c);
}

void rig_srtp_derive(struct rig_srtp_keys *k, const uint8_t master[16], const uint8_t salt[12])
{
    derive(k->rtp_key, 16, master, salt, 0);
    derive(k->rtp_salt, 12, master, salt, 2);
    derive(k->rtcp_key, 16, master, salt, 3);
    derive(k->rtcp_salt, 12, master, salt, 5);
}

struct aead {
    const uint8_t *key;
    uint8_t iv[12];
    struct span aad, aad2;
    uint8_t *text;
    size_t len;
    uint8_t *tag;
};

static bool gcm(struct aead *a, bool seal)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    if (!c || EVP_CipherInit_ex(c, EVP_aes_128_gcm(), NULL, a->key, a->iv, seal) != 1)
        abort();
    bool ok = EVP_CipherUpdate(c, NULL, &n, a->aad.ptr, (int)a->aad.len) == 1;
    if (ok && a->aad2.len)
        ok = EVP_CipherUpdate(c, NULL, &n, a->aad2.ptr, (int)a->aad2.len) == 1;
    if (ok && !seal)
        ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, a->tag) == 1;
    n = 0;
    if (ok && a->len)
        ok = EVP_CipherUpdate(c, a->text, &n, a->text, (int)a->len) == 1;
    uint8_t none[16];
    ok = ok && EVP_CipherFinal_ex(c, none, &last) == 1;
    if (ok && seal)
        ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, a->tag) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

/* RFC 7714 section 8.1: 00 00 | SSRC | ROC | SEQ, xor the salt. */
static void rtp_iv(uint8_t iv[12], const struct rig_srtp_keys *k, const uint8_t *buf, uint32_t roc)
{
    memset(iv, 0, 12);
    memcpy(iv + 2, buf + 8, 4);
    put32(iv + 6, roc);
    memcpy(iv + 10, buf + 2, 2);
    for (int i = 0; i < 12; i++)
        iv[i] ^= k->rtp_salt[i];
}

size_t rig_srtp_seal(const struct rig_srtp_keys *k, uint8_t *buf, size_t len, size_t header,
                     uint32_t roc)
{
    struct aead a = {.key = k->rtp_key, .aad = span_of(buf, header)};
    rtp_iv(a.iv, k, buf, roc);
    a.text = buf + header;
    a.len = len - header;
    a.tag = buf + len;
    if (!gcm(&a, true))
        abort();
    return len + RIG_SRTP_TAG;
}

size_t rig_rtp_header(const uint8_t *buf, size_t len)
{
    size_t h = 12 + 4 * (size_t)(buf[0] & 15);
    if (len < 12 || h > len)
        return 0;
    if (buf[0] & 0x10) {
        if (h + 4 > len)
            return 0;
        h += 4 + 4 * ((size_t)buf[h + 2] << 8 | buf[h + 3]);
    }
    return h > len ? 0 : h;
}

/* RFC 3711 appendix A: the rollover count that puts seq nearest to the highest one seen. */
static uint32_t guess(uint32_t roc, uint16_t last, uint16_t seq)
{
    if (last < 0x8000)
        return seq > last && seq - last > 0x8000 && roc > 0 ? roc - 1 : roc;
    return last - 0x8000 > seq ? roc + 1 : roc;
}

size_t rig_srtp_open(struct rig_srtp_in *in, uint8_t *buf, size_t len)
{
    if (len < 12 + RIG_SRTP_TAG)
        return 0;
    size_t header = rig_rtp_header(buf, len - RIG_SRTP_TAG);
    if (!header)
        return 0;
    uint32_t ssrc = get32(buf + 8);
    uint16_t seq = (uint16_t)(buf[2] << 8 | buf[3]);
    size_t i = 0;
    while (i < RIG_SRTP_STREAMS - 1 && in->stream[i].used && in->stream[i].ssrc != ssrc)
        i++;
    uint32_t roc = in->stream[i].used ? guess(in->stream[i].roc, in->stream[i].seq, seq) : 0;
    struct aead a = {.key = in->keys.rtp_key, .aad = span_of(buf, header)};
    rtp_iv(a.iv, &in->keys, buf, roc);
    a.text = buf + header;
    a.len = len - header - RIG_SRTP_TAG;
    a.tag = buf + len - RIG_SRTP_TAG;
    if (!gcm(&a, false))
        return 0;
    uint64_t had = (uint64_t)in->stream[i].roc << 16 | in->stream[i].seq;
    if (!in->stream[i].used || ((uint64_t)roc << 16 | seq) > had) {
        in->stream[i].used = true;
        in->stream[i].ssrc = ssrc;
        in->stream[i].roc = roc;
        in->stream[i].seq = seq;
    }
    return len - RIG_SRTP_TAG;
}

/* RFC 7714 section 9.1: 00 00 | SSRC | 00 00 | 0 and 31-bit index, xor the salt. */
static void rtcp_iv(uint8_t iv[12], const struct rig_srtp_keys *k, const uint8_t *buf,
                    uint32_t index)
{
    memset(iv, 0, 12);
    memcpy(iv + 2, buf + 4, 4);
    put32(iv + 8, index & 0x7fffffff);
    for (int i = 0; i < 12; i++)
        iv[i] ^= k->rtcp_salt[i];
}

size_t rig_srtcp_seal(const struct rig_srtp_keys *k, uint8_t *buf, size_t len, uint32_t index)
{
    uint8_t word[4];
    put32(word, index | 0x80000000u);
    struct aead a = {.key = k->rtcp_key, .aad = span_of(buf, 8), .aad2 = span_of(word, 4)};
    rtcp_iv(a.iv, k, buf, index);
    a.text = buf + 8;
    a.len = len - 8;
    a.tag = buf + len;
    if (!gcm(&a, true))
        abort();
    memcpy(buf + len + RIG_SRTP_TAG, word, 4);
    return len + RIG_SRTCP_TRAILER;
}

size_t rig_srtcp_open(const struct rig_srtp_keys *k, uint8_t *buf, size_t len)
{
    if (len < 8 + RIG_SRTCP_TRAILER)
        return 0;
    uint8_t *word = buf + len - 4;
    struct aead a = {.key = k->rtcp_key, .aad = span_of(buf, 8), .aad2 = span_of(word, 4)};
    rtcp_iv(a.iv, k, buf, get32(word));
    a.text = buf + 8;
    a.len = len - 8 - RIG_SRTCP_TRAILER;
    a.tag = word - RIG_SRTP_TAG;
    return gcm(&a, false) ? len - RIG_SRTCP_TRAILER : 0;
}

void rig_hkdf(uint8_t out[32], const uint8_t secret[16], const char *info)
{
    uint8_t zero[32] = {0}, prk[32], text[128];
    size_t n = strlen(info);
    if (n >= sizeof(text))
        abort();
    memcpy(text, info, n);
    text[n] = 1;
    HMAC(EVP_sha256(), zero, 32, secret, 16, prk, NULL);
    HMAC(EVP_sha256(), prk, 32, text, n + 1, out, NULL);
}

void rig_random(void *out, size_t n)
{
    if (RAND_bytes(out, (int)n) != 1)
        abort();
}
