/* Digests of passcodes: argon2id (RFC 9106), slow on purpose.
 * knows: libargon2 and how much work one digest is. knows not: meetings, threads, who waits for it.
 * owns: nothing. */
#ifndef CRYPT_PASSCODE_H
#define CRYPT_PASSCODE_H

#include "base/err.h"
#include "base/span.h"

enum {
    PASSCODE_SALT = 16,
    PASSCODE_HASH = 32,
    PASSCODE_KIB = 19456, /* with two passes: OWASP's least for argon2id */
    PASSCODE_PASSES = 2,
};

/* Takes some 30 ms and PASSCODE_KIB of memory: not for the event loop. ERR_NOMEM. */
enum err passcode_hash(struct span text, const uint8_t salt[PASSCODE_SALT],
                       uint8_t out[PASSCODE_HASH]);

#endif
