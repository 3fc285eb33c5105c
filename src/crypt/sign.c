#include "crypt/sign.h"

#include <sodium.h>

/* The library refuses keys and points of small order, and scalars that are not reduced (RFC 8032
 * section 5.1.7). */
enum err sign_verify(const uint8_t key[SIGN_PUBLIC], struct span message,
                     const uint8_t signature[SIGN_BYTES])
{
    int bad = crypto_sign_ed25519_verify_detached(signature, message.ptr, message.len, key);
    return bad ? ERR_AUTH : ERR_OK;
}
