/* argon2id through libargon2, see password.h. */
#include "crypt/password.h"

#include <argon2.h>

#include "crypt/crypt.h"

enum err password_hash(uint8_t out[PASSWORD_HASH], struct span password,
                       const uint8_t salt[PASSWORD_SALT])
{
    uint8_t own_salt[PASSWORD_SALT];
    memcpy(own_salt, salt, sizeof own_salt);
    argon2_context c = {
        .out = out,
        .outlen = PASSWORD_HASH,
        .pwd = (uint8_t *)(uintptr_t)password.ptr, /* only read: no flag asks to clear it */
        .pwdlen = (uint32_t)password.len,
        .salt = own_salt,
        .saltlen = sizeof own_salt,
        .t_cost = PASSWORD_PASSES,
        .m_cost = PASSWORD_KIB,
        .lanes = PASSWORD_LANES,
        .threads = 1, /* the sandbox lets nobody start threads */
        .version = ARGON2_VERSION_13,
    };
    int code = argon2id_ctx(&c);
    if (code == ARGON2_OK)
        return ERR_OK;
    crypt_wipe(out, PASSWORD_HASH);
    return code == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_NOMEM : ERR_CRYPTO;
}
