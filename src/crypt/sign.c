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

void sign_write(const uint8_t seed[SIGN_SEED], struct span message, uint8_t signature[SIGN_BYTES])
{
    uint8_t public[SIGN_PUBLIC], secret[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(public, secret, seed);
    (void)crypto_sign_detached(signature, NULL, message.ptr, message.len, secret);
    sodium_memzero(secret, sizeof secret);
}

void sign_public(const uint8_t seed[SIGN_SEED], uint8_t key[SIGN_PUBLIC])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(key, secret, seed);
    sodium_memzero(secret, sizeof secret);
}
