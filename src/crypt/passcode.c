#include "crypt/passcode.h"

#include <argon2.h>

enum err passcode_hash(struct span text, const uint8_t salt[PASSCODE_SALT],
                       uint8_t out[PASSCODE_HASH])
{
    int done = argon2id_hash_raw(PASSCODE_PASSES, PASSCODE_KIB, 1, text.ptr, text.len, salt,
                                 PASSCODE_SALT, out, PASSCODE_HASH);
    return done == ARGON2_OK ? ERR_OK : ERR_NOMEM;
}
