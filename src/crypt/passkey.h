/* Passkeys (WebAuthn Level 3): reading a new public key out of authenticator data, and verifying an
 * assertion with it, both through libfido2 without any device.
 * knows: CBOR, COSE keys, ES256, EdDSA, RS256. knows not: challenges, origins, counters (account/
 * checks those), accounts. owns: nothing beyond a call. */
#ifndef CRYPT_PASSKEY_H
#define CRYPT_PASSKEY_H

#include "base/err.h"
#include "base/span.h"

enum {
    PASSKEY_ID_MAX = 255,    /* bytes of a credential id that we take */
    PASSKEY_KEY_MAX = 260,   /* the largest: RS256, 256 bytes of modulus and 3 of exponent */
    PASSKEY_AUTH_MAX = 1024, /* bytes of authenticator data */
    PASSKEY_SIG_MAX = 512,
};

/* COSE algorithms (RFC 9053, RFC 8812); the three that we ask authenticators for. */
enum passkey_alg { PASSKEY_ES256 = -7, PASSKEY_EDDSA = -8, PASSKEY_RS256 = -257 };

struct passkey {
    int32_t alg; /* enum passkey_alg */
    uint16_t id_len, key_len;
    uint8_t id[PASSKEY_ID_MAX];
    uint8_t key[PASSKEY_KEY_MAX];
};

/* The new key in authenticator data with an attested credential. ERR_MALFORMED, also for another
 * algorithm; ERR_LIMIT, ERR_NOMEM. Output untouched on failure. */
enum err passkey_read(struct passkey *out, struct span auth);

struct passkey_assertion {
    const char *rp_id;
    struct span auth;                /* authenticator data */
    const uint8_t *client_data_hash; /* 32 bytes: SHA-256 of clientDataJSON as it came */
    struct span signature;
};

/* Whether this key signed this assertion for this relying party, with the user present and
 * verified. ERR_AUTH otherwise, ERR_MALFORMED for a key that is none. */
enum err passkey_verify(const struct passkey *key, const struct passkey_assertion *a);

#endif
