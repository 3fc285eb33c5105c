/* Any bytes as a sealed profile, and as the plain text inside a seal that holds: parsed or refused.
 */
#include "base/bug.h"
#include "e2ee/profile.h"

#include <sodium.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[LINK_KEY] = {1}, signer[SUITE_SIGN_PUBLIC] = {2};
static const uint8_t host[SUITE_SIGN_PUBLIC] = {3};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile_place at = {key, host, span_str("group"), span_of(signer, sizeof signer)};
    struct profile p;
    uint8_t sealed[PROFILE_SEALED_MAX] = {0}, plain[PROFILE_PLAIN_MAX] = {0};
    if (profile_open(&at, span_of(data, size), 1, &p) == RULE_NONE)
        BUG_IF(true); /* nobody can seal without the key */
    size_t len = size < sizeof plain ? size : sizeof plain;
    memcpy(plain, data, len);
    len = (len + PROFILE_PAD - 1) / PROFILE_PAD * PROFILE_PAD;
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 24, NULL, plain, len, signer, sizeof signer,
                                               NULL, sealed, key);
    enum mls_rule rule = profile_open(&at, span_of(sealed, 24 + len + SUITE_TAG), 1, &p);
    BUG_IF(rule == RULE_NONE); /* nor sign for a device */
    (void)profile_name_valid(span_of(data, size));
    return 0;
}
