/* Passwords: argon2id (RFC 9106) with the second recommended choice: 64 MiB, 3 passes, 4 lanes.
 * knows: the parameters. knows not: accounts, threads (it takes a quarter of a second or so:
 * callers run it beside their loop). owns: 64 MiB while it runs. */
#ifndef CRYPT_PASSWORD_H
#define CRYPT_PASSWORD_H

#include "base/err.h"
#include "base/span.h"

enum {
    PASSWORD_SALT = 16,
    PASSWORD_HASH = 32,
    PASSWORD_KIB = 64 * 1024, /* RFC 9106 section 4, second choice: m = 2^16 KiB, t = 3, p = 4 */
    PASSWORD_PASSES = 3,
    PASSWORD_LANES = 4,
};

/* ERR_NOMEM, ERR_CRYPTO; out is then zeroed. The lanes run one after another in this thread. */
enum err password_hash(uint8_t out[PASSWORD_HASH], struct span password,
                       const uint8_t salt[PASSWORD_SALT]);

#endif
