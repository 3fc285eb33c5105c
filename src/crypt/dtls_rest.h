/* What is left of a server's association once its keys are out: to send its last flight again when
 * the peer missed it, and to hear the peer's goodbye. Two hundred bytes do that; the
 * library's association takes 70 KB. Inside src/crypt only.
 * knows: DTLS 1.2 records (RFC 6347 section 4.1) under ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
 * (RFC 5288 section 3, RFC 5246 sections 5 and 6.3). knows not: handshakes, sockets.
 * owns: nothing outside its struct; the key in it is the caller's to wipe. */
#ifndef CRYPT_DTLS_REST_H
#define CRYPT_DTLS_REST_H

#include "base/err.h"
#include "base/instant.h"
#include "crypt/aead.h"
#include "crypt/dtls_bio.h"

enum {
    DTLS_REST_FLIGHT = 160, /* bytes of the last flight: ChangeCipherSpec 14, Finished 61 */
    DTLS_REST_SALT = 4,     /* of the nonce; the other eight bytes are in the record */
};

struct dtls_rest {
    uint8_t key[AEAD_KEY_LEN], salt[DTLS_REST_SALT]; /* of what the peer writes */
    instant_us again_at;                             /* not sent again before */
    uint16_t flight_len;
    uint8_t flight[DTLS_REST_FLIGHT]; /* one datagram */
};

enum dtls_heard { DTLS_HEARD_NOTHING, DTLS_HEARD_FLIGHT, DTLS_HEARD_GOODBYE };

/* Keeps the last flight; one that is longer than a flight of that suite is not kept. */
void dtls_rest_flight(struct dtls_rest *r, struct span flight);
/* The key of an association whose handshake has finished. ERR_UNSUPPORTED when its suite is another
 * or its last flight was not kept: then the library's association must stay. ERR_CRYPTO. */
enum err dtls_rest_key(struct dtls_rest *r, const SSL *ssl);
/* One datagram from the peer: its own last flight once more (it missed ours), its authenticated
 * goodbye or fatal alert, or nothing of interest, which is dropped. */
enum dtls_heard dtls_rest_hear(const struct dtls_rest *r, struct span datagram);

#endif
