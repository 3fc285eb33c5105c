/* HMAC-SHA1 keyed once and run many times without any allocation: SRTP's AES-CM suite authenticates
 * every packet with it, and each ICE agent every Binding request (RFC 2104).
 * knows: SHA-1. knows not: packets. owns: nothing; the storage is the caller's, wiped by fini. */
#ifndef CRYPT_HMAC_H
#define CRYPT_HMAC_H

#include <stdalign.h>

#include "base/span.h"

enum { HMAC_SHA1_LEN = 20, HMAC_SHA1_STATE = 96 };

struct hmac_sha1 {
    alignas(8) uint8_t inner[HMAC_SHA1_STATE]; /* digest state after the inner padded key */
    alignas(8) uint8_t outer[HMAC_SHA1_STATE];
};

void hmac_sha1_init(struct hmac_sha1 *h, struct span key);
void hmac_sha1_fini(struct hmac_sha1 *h);

/* The tag over up to three parts as one message; empty spans are allowed. */
void hmac_sha1_tag(const struct hmac_sha1 *h, const struct span *parts, size_t count,
                   uint8_t out[HMAC_SHA1_LEN]);

#endif
