/* Randomness, digests and key derivation for the whole program.
 * knows: OpenSSL's primitives. knows not: what the bytes mean, descriptors, clocks.
 * owns: the library's process-wide state, between crypt_init and crypt_fini.
 * Every span is *borrowed*. Functions that return nothing cannot fail. */
#ifndef CRYPT_CRYPT_H
#define CRYPT_CRYPT_H

#include "base/err.h"
#include "base/span.h"

enum { CRYPT_SHA1_LEN = 20, CRYPT_SHA256_LEN = 32, CRYPT_HKDF_MAX = 255 * 32 };

/* Once a process, before anything else here. Loads no configuration file and self-tests the digests
 * with one known answer each. ERR_CRYPTO. */
enum err crypt_init(void);
void crypt_fini(void);

/* Fills from the library's generator, seeded by the kernel. ERR_CRYPTO, then out is zeroed. */
enum err crypt_random(void *out, size_t len);

void crypt_sha256(uint8_t out[CRYPT_SHA256_LEN], struct span in);
void crypt_hmac_sha1(uint8_t out[CRYPT_SHA1_LEN], struct span key, struct span in);
void crypt_hmac_sha256(uint8_t out[CRYPT_SHA256_LEN], struct span key, struct span in);

/* RFC 5869; an empty salt is 32 zero bytes. len is at most CRYPT_HKDF_MAX (a bug otherwise). */
void crypt_hkdf_sha256(uint8_t *out, size_t len, struct span ikm, struct span salt,
                       struct span info);

/* Constant time in the bytes, for secrets and tags. */
bool crypt_equal(const void *a, const void *b, size_t len);
/* Overwrites in a way that the compiler cannot drop. */
void crypt_wipe(void *p, size_t len);

#endif
