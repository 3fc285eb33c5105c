/* Ed25519 signatures (RFC 8032). knows: nothing of what is signed. owns:
 * nothing. */
#ifndef CRYPT_SIGN_H
#define CRYPT_SIGN_H

#include "base/err.h"
#include "base/span.h"

enum { SIGN_PUBLIC = 32, SIGN_SEED = 32, SIGN_BYTES = 64 };

/* ERR_AUTH: it is not that key's signature of these bytes, or the key is none. */
enum err sign_verify(const uint8_t key[SIGN_PUBLIC], struct span message,
                     const uint8_t signature[SIGN_BYTES]);

/* Signs with the key of that seed (RFC 8032 section 5.1.6), which the caller guards and wipes. */
void sign_write(const uint8_t seed[SIGN_SEED], struct span message, uint8_t signature[SIGN_BYTES]);
void sign_public(const uint8_t seed[SIGN_SEED], uint8_t key[SIGN_PUBLIC]);

#endif
