#include "e2ee/sframe.h"

#include <sodium.h>

#include "base/writer.h"

enum { SFRAME_SUITE = 0x0005 }; /* AES_256_GCM_SHA512_128, RFC 9605 section 4.5 */

/* ---- header (section 4.3) ----
 *
 *    0 1 2 3 4 5 6 7
 *   +-+-----+-+-----+------------+------------+
 *   |X|  K  |Y|  C  | KID if X   | CTR if Y   |
 *   +-+-----+-+-----+------------+------------+
 *
 * K is the KID itself when X is 0, the number of its bytes less one when X is 1; C and Y the same
 * for the counter. */
enum { LONG = 8, VALUE = 7 };

static size_t bytes_of(uint64_t v)
{
    size_t n = 1;
    while (v >>= 8)
        n++;
    return n;
}

/* One half of the first byte; what follows it is read from *at on. */
static enum err number_parse(uint8_t half, struct span in, size_t *at, uint64_t *out)
{
    if (!(half & LONG)) {
        *out = half;
        return ERR_OK;
    }
    size_t n = (size_t)(half & VALUE) + 1;
    if (n > in.len - *at)
        return ERR_SHORT;
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | in.ptr[*at + i];
    *at += n;
    *out = v;
    return v > VALUE && bytes_of(v) == n ? ERR_OK : ERR_MALFORMED;
}

enum err sframe_header_parse(struct span in, struct sframe_header *out)
{
    struct sframe_header h = {0};
    size_t at = 1;
    if (in.len < 1)
        return ERR_SHORT;
    enum err e = number_parse(in.ptr[0] >> 4, in, &at, &h.kid);
    if (e == ERR_OK)
        e = number_parse(in.ptr[0] & 15, in, &at, &h.counter);
    if (e != ERR_OK)
        return e;
    h.length = (uint8_t)at;
    *out = h;
    return ERR_OK;
}

static uint8_t number_write(uint64_t v, uint8_t *out, size_t *at)
{
    if (v <= VALUE)
        return (uint8_t)v;
    size_t n = bytes_of(v);
    for (size_t i = 0; i < n; i++)
        out[*at + i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    *at += n;
    return (uint8_t)(LONG | (n - 1));
}

size_t sframe_header_write(uint64_t kid, uint64_t counter, uint8_t out[SFRAME_HEADER_MAX])
{
    size_t at = 1;
    uint8_t high = number_write(kid, out, &at), low = number_write(counter, out, &at);
    out[0] = (uint8_t)(high << 4 | low);
    return at;
}

/* ---- KIDs ---- */

uint64_t sframe_kid(enum sframe_context context, uint32_t leaf, uint64_t epoch)
{
    return (uint64_t)context << (SFRAME_LEAF_BITS + SFRAME_EPOCH_BITS) |
           (uint64_t)(leaf & ((1U << SFRAME_LEAF_BITS) - 1)) << SFRAME_EPOCH_BITS |
           (epoch & ((1U << SFRAME_EPOCH_BITS) - 1));
}

uint32_t sframe_kid_leaf(uint64_t kid)
{
    return (uint32_t)(kid >> SFRAME_EPOCH_BITS) & ((1U << SFRAME_LEAF_BITS) - 1);
}

enum sframe_context sframe_kid_context(uint64_t kid)
{
    return (enum sframe_context)(kid >> (SFRAME_LEAF_BITS + SFRAME_EPOCH_BITS) & 15);
}

uint32_t sframe_kid_epoch(uint64_t kid)
{
    return (uint32_t)kid & ((1U << SFRAME_EPOCH_BITS) - 1);
}

/* ---- keys (section 4.4.2): HKDF with SHA-512 ---- */

/* HKDF-Expand(secret, label || KID || suite), one block of it. */
static void expand(const uint8_t secret[crypto_auth_hmacsha512_BYTES], const char *label,
                   uint64_t kid, uint8_t out[crypto_auth_hmacsha512_BYTES])
{
    uint8_t info[64];
    struct writer w = writer_of(info, sizeof info);
    writer_text(&w, label);
    writer_u64(&w, kid);
    writer_u16(&w, SFRAME_SUITE);
    writer_u8(&w, 1); /* number of the block, RFC 5869 section 2.3 */
    crypto_auth_hmacsha512_state h;
    crypto_auth_hmacsha512_init(&h, secret, crypto_auth_hmacsha512_BYTES);
    crypto_auth_hmacsha512_update(&h, info, writer_len(&w));
    crypto_auth_hmacsha512_final(&h, out);
}

void sframe_derive(struct span base_key, uint64_t kid, struct sframe_key *out)
{
    static const uint8_t no_salt[1];
    uint8_t secret[crypto_auth_hmacsha512_BYTES], block[crypto_auth_hmacsha512_BYTES];
    crypto_auth_hmacsha512_state h;
    crypto_auth_hmacsha512_init(&h, no_salt, 0);
    crypto_auth_hmacsha512_update(&h, base_key.ptr, base_key.len);
    crypto_auth_hmacsha512_final(&h, secret);
    expand(secret, "SFrame 1.0 Secret key ", kid, block);
    memcpy(out->key, block, sizeof out->key);
    expand(secret, "SFrame 1.0 Secret salt ", kid, block);
    memcpy(out->salt, block, sizeof out->salt);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(block, sizeof block);
}

void sframe_nonce(const uint8_t salt[SFRAME_SALT], uint64_t counter, uint8_t nonce[SFRAME_SALT])
{
    memcpy(nonce, salt, SFRAME_SALT);
    for (size_t i = 0; i < 8; i++)
        nonce[SFRAME_SALT - 1 - i] ^= (uint8_t)(counter >> (8 * i));
}

/* ---- frames (section 4.4.3, 4.4.4) ---- */

/* AAD = header || clear bytes (the metadata of section 4.4.3) */
static struct span aad_of(uint8_t *storage, struct span header, struct span clear)
{
    struct writer w = writer_of(storage, header.len + SFRAME_CLEAR_MAX);
    writer_bytes(&w, header);
    writer_bytes(&w, clear);
    return writer_span(&w);
}

enum err sframe_seal(const struct sframe_seal *s, struct span in, uint8_t *out, size_t *out_len)
{
    uint8_t header[SFRAME_HEADER_MAX], nonce[SFRAME_SALT];
    uint8_t storage[SFRAME_HEADER_MAX + SFRAME_CLEAR_MAX];
    size_t n = sframe_header_write(s->kid, s->counter, header);
    struct span aad = aad_of(storage, span_of(header, n), s->clear);
    if (!aad.ptr)
        return ERR_LIMIT;
    sframe_nonce(s->key->salt, s->counter, nonce);
    uint8_t *sealed = out + s->clear.len + n;
    enum err e = s->aead->seal(s->key->key, nonce, aad, in, sealed);
    if (e != ERR_OK)
        return e;
    if (s->clear.len > 0)
        memcpy(out, s->clear.ptr, s->clear.len);
    memcpy(out + s->clear.len, header, n);
    *out_len = s->clear.len + n + in.len + SFRAME_TAG;
    return ERR_OK;
}

enum err sframe_open(const struct sframe_seal *s, struct span sealed, uint8_t *out, size_t *out_len)
{
    struct sframe_header h;
    uint8_t nonce[SFRAME_SALT], storage[SFRAME_HEADER_MAX + SFRAME_CLEAR_MAX];
    enum err e = sframe_header_parse(sealed, &h);
    if (e != ERR_OK)
        return e;
    if (sealed.len - h.length < SFRAME_TAG)
        return ERR_SHORT;
    if (h.kid != s->kid)
        return ERR_AUTH;
    struct span aad = aad_of(storage, span_of(sealed.ptr, h.length), s->clear);
    if (!aad.ptr)
        return ERR_LIMIT;
    struct span rest = span_of(sealed.ptr + h.length, sealed.len - h.length);
    sframe_nonce(s->key->salt, h.counter, nonce);
    e = s->aead->open(s->key->key, nonce, aad, rest, out);
    if (e == ERR_OK)
        *out_len = rest.len - SFRAME_TAG;
    return e;
}
