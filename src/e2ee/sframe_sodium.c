/* AES-256-GCM of libsodium, where the processor has instructions for it. Apart from sframe.c, so
 * that the browser's build, where WebCrypto does this, leaves it out. */
#include <sodium.h>

#include "e2ee/sframe.h"

/* libsodium's one-call functions leave the expanded key on the stack, and so do the frames below
 * these (tests/e2ee/wipe_test.c): the state is ours to wipe, and what lies below is wiped by depth.
 */
enum { FRAMES_BELOW = 2048 };

static void wipe(crypto_aead_aes256gcm_state *state)
{
    sodium_memzero(state, sizeof *state);
    sodium_stackzero(FRAMES_BELOW);
}

static enum err seal(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                     struct span in, uint8_t *out)
{
    crypto_aead_aes256gcm_state state;
    crypto_aead_aes256gcm_beforenm(&state, key);
    int done = crypto_aead_aes256gcm_encrypt_afternm(out, NULL, in.ptr, in.len, aad.ptr, aad.len,
                                                     NULL, nonce, &state);
    wipe(&state);
    return done == 0 ? ERR_OK : ERR_CRYPTO;
}

static enum err unseal(const uint8_t key[32], const uint8_t nonce[12], struct span aad,
                       struct span in, uint8_t *out)
{
    crypto_aead_aes256gcm_state state;
    if (in.len < SFRAME_TAG)
        return ERR_AUTH;
    crypto_aead_aes256gcm_beforenm(&state, key);
    int done = crypto_aead_aes256gcm_decrypt_afternm(out, NULL, NULL, in.ptr, in.len, aad.ptr,
                                                     aad.len, nonce, &state);
    wipe(&state);
    if (done != 0)
        memset(out, 0, in.len - SFRAME_TAG);
    return done == 0 ? ERR_OK : ERR_AUTH;
}

const struct sframe_aead sframe_aead_sodium = {seal, unseal};

bool sframe_aead_available(void)
{
    return crypto_aead_aes256gcm_is_available() == 1;
}
