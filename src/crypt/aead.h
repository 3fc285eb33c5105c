/* AES-128-GCM and AES-128 in counter mode, keyed once, then allocation-free for each packet.
 * knows: the provider's ciphers. knows not: SRTP, sequence numbers, who chose the nonce.
 * owns: the keyed cipher contexts, between open and close. A context serves one thread. */
#ifndef CRYPT_AEAD_H
#define CRYPT_AEAD_H

#include "base/err.h"
#include "base/span.h"

enum { AEAD_KEY_LEN = 16, AEAD_IV_LEN = 12, AEAD_TAG_LEN = 16, AEAD_PARTS_MAX = 4 };

struct aead {
    void *ctx; /* *owned*; NULL when closed */
};

/* One direction: a context either seals or unseals. ERR_NOMEM, ERR_CRYPTO. */
enum err aead_open_sealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN]);
enum err aead_open_unsealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN]);
/* Safe on a zeroed or closed one. */
void aead_close(struct aead *a);

/* What is sealed: `aad` is authenticated only, parts are the plaintext in order. */
struct aead_text {
    struct span aad;
    struct span part[AEAD_PARTS_MAX];
    size_t parts;
};

/* Writes ciphertext || tag to out (sum of parts + AEAD_TAG_LEN bytes). Out of place: reads the
 * parts only, and they may not overlap out. The caller never repeats an iv under one key.
 * ERR_CRYPTO. */
enum err aead_seal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], const struct aead_text *text,
                   uint8_t *out);

/* In place: buf holds ciphertext || tag, len bytes; on ERR_OK its first len - AEAD_TAG_LEN bytes
 * are the plaintext. ERR_SHORT; ERR_AUTH, then buf holds no plaintext worth reading and must be
 * dropped. */
enum err aead_unseal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], struct span aad, uint8_t *buf,
                     size_t len);

enum { CTR_IV_LEN = 16 };

/* AES-128 counter mode; the same call seals and unseals. */
struct ctr {
    void *ctx; /* *owned*; NULL when closed */
};

enum err ctr_open(struct ctr *c, const uint8_t key[AEAD_KEY_LEN]);
void ctr_close(struct ctr *c);
/* Starts the key stream at iv, then each ctr_next goes on with it. ERR_CRYPTO. */
enum err ctr_start(struct ctr *c, const uint8_t iv[CTR_IV_LEN]);
/* out has in.len bytes and may be in.ptr itself. */
enum err ctr_next(struct ctr *c, struct span in, uint8_t *out);

#endif
