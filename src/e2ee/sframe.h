/* SFrame (RFC 9605): header, keys, sealing and opening of media frames.
 * knows: KIDs, counters, AES-256-GCM-SHA512 (suite 0x0005). knows not: codecs, where the base key
 * comes from. owns: nothing; contexts are the caller's. The browser's transform worker does the
 * same in web/src/e2ee/sframe.ts with WebCrypto; both are tested against the same vectors.
 *
 * KID = context (4 bits) | leaf (11 bits) | epoch (6 bits), after RFC 9605 section 5.2. */
#ifndef E2EE_SFRAME_H
#define E2EE_SFRAME_H

#include "base/err.h"
#include "base/span.h"

enum {
    SFRAME_KEY = 32,
    SFRAME_SALT = 12,
    SFRAME_TAG = 16,
    SFRAME_HEADER_MAX = 17,
    SFRAME_WINDOW = 1024, /* counters remembered per KID */
    SFRAME_BASE_KEY = 32, /* bytes exported from MLS */
    SFRAME_EPOCH_BITS = 6,
    SFRAME_LEAF_BITS = 11,
    SFRAME_CLEAR_MAX = 2048, /* bytes that stay readable in front of a frame: parameter sets */
};
enum sframe_context { SFRAME_AUDIO, SFRAME_CAMERA, SFRAME_SCREEN, SFRAME_SCREEN_AUDIO };

struct sframe_header {
    uint64_t kid, counter;
    uint8_t length; /* bytes on the wire */
};
/* RFC 9605 section 4.3. ERR_SHORT, ERR_MALFORMED (not minimal). */
enum err sframe_header_parse(struct span in, struct sframe_header *out);
size_t sframe_header_write(uint64_t kid, uint64_t counter, uint8_t out[SFRAME_HEADER_MAX]);

uint64_t sframe_kid(enum sframe_context context, uint32_t leaf, uint64_t epoch);
uint32_t sframe_kid_leaf(uint64_t kid);
enum sframe_context sframe_kid_context(uint64_t kid);
uint32_t sframe_kid_epoch(uint64_t kid); /* the low 6 bits */

struct sframe_key {
    uint8_t key[SFRAME_KEY], salt[SFRAME_SALT];
};
/* RFC 9605 section 4.4.2 for suite 0x0005. The caller wipes. */
void sframe_derive(struct span base_key, uint64_t kid, struct sframe_key *out);
/* 4.4.3: salt XOR counter */
void sframe_nonce(const uint8_t salt[SFRAME_SALT], uint64_t counter, uint8_t nonce[SFRAME_SALT]);

/* AES-256-GCM comes from outside where libsodium has none (no AES instructions). seal: in.len +
 * SFRAME_TAG bytes; open: in.len - SFRAME_TAG bytes, ERR_AUTH with *out zeroed. `out` is apart from
 * `in`. */
struct sframe_aead {
    enum err (*seal)(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                     struct span in, uint8_t *out);
    enum err (*open)(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                     struct span in, uint8_t *out);
};
extern const struct sframe_aead sframe_aead_sodium;
bool sframe_aead_available(void); /* of libsodium, on this processor */

/* header || ciphertext || tag after `clear`; clear bytes are AAD after the header. `out` has
 * clear.len + in.len + SFRAME_HEADER_MAX + SFRAME_TAG bytes; *out_len is what was used. ERR_LIMIT:
 * more clear bytes than SFRAME_CLEAR_MAX. */
struct sframe_seal {
    const struct sframe_aead *aead;
    const struct sframe_key *key;
    uint64_t kid, counter;
    struct span clear; /* stays readable in front of the header */
};
enum err sframe_seal(const struct sframe_seal *s, struct span in, uint8_t *out, size_t *out_len);
/* `sealed` begins with the header; writes the plain payload, fewer than sealed.len bytes.
 * ERR_SHORT, ERR_MALFORMED, ERR_LIMIT; ERR_AUTH, also when the header's KID is not s->kid. The
 * counter is the header's, s->counter is not read. The caller looked the key up by
 * sframe_header_parse and notes the counter in its window only after this, so that a forged one
 * moves nothing. */
enum err sframe_open(const struct sframe_seal *s, struct span sealed, uint8_t *out,
                     size_t *out_len);

struct sframe_window {
    uint64_t top;
    bool any;
    uint64_t seen[SFRAME_WINDOW / 64];
};
/* Both false for a counter seen or too old. note() also remembers it: only after opening. */
bool sframe_window_fresh(const struct sframe_window *w, uint64_t counter);
bool sframe_window_note(struct sframe_window *w, uint64_t counter);

#endif
