/* Signed tokens of an identity provider (RFC 7515) through cjose, with the one algorithm that the
 * operator's configuration names: neither the token's header nor the key set chooses (attack A23).
 * knows: compact serialization, JWKs. knows not: claims. owns: nothing beyond a call. */
#ifndef CRYPT_JWS_H
#define CRYPT_JWS_H

#include "base/err.h"
#include "base/span.h"

enum { JWS_BYTES_MAX = 8192, JWS_KEY_MAX = 4096 };

enum jws_alg { JWS_RS256, JWS_PS256, JWS_ES256, JWS_ALG_COUNT_ };

/* "RS256" and so on to the enum; ERR_UNSUPPORTED for all others, "none" and "HS256" among them. */
enum err jws_alg_read(enum jws_alg *out, const char *name);

/* Verifies with one JWK (JSON text) and copies the payload. ERR_AUTH: not signed by this key with
 * this algorithm; ERR_MALFORMED, ERR_LIMIT. Output untouched on failure. */
enum err jws_open(struct span token, struct span jwk, enum jws_alg alg, uint8_t out[JWS_BYTES_MAX],
                  size_t *len);

#endif
