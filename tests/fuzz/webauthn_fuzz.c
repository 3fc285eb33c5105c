/* Any bytes as an attestation object and as authenticator data, the key in what passes, and an
 * assertion with them: none is taken, and none asks for more memory than its bytes. */
#include "account/webauthn.h"
#include "crypt/passkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size), auth = in;
    struct webauthn_auth a;
    struct passkey key;
    (void)webauthn_attestation_read(&auth, in);
    if (webauthn_auth_read(&a, auth) != ERR_OK)
        return 0;
    if (a.id.len > 0 && (a.id.ptr < data || a.id.ptr + a.id.len > data + size))
        __builtin_trap();
    static const struct passkey some = {.alg = PASSKEY_EDDSA, .key_len = 32, .key = {0x58, 0x66}};
    struct passkey_assertion sent = {"a.example", auth, some.id, span_of(some.id, 64)};
    if (passkey_verify(&some, &sent) == ERR_OK)
        __builtin_trap();
    if (passkey_read(&key, auth) == ERR_OK && (key.key_len == 0 || key.id_len == 0))
        __builtin_trap();
    return 0;
}
