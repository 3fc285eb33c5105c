/* What browsers and authenticators say in a passkey ceremony (WebAuthn Level 3): authenticator data
 * (section 6.1), an attestation object of the format "none" (section 6.5.4), and the checks of
 * sections 7.1 and 7.2 that need no cryptography.
 * knows: those bytes. knows not: keys and signatures (crypt/passkey.h), JSON (the caller reads the
 * client data and hands its fields in), accounts. owns: nothing, spans are *borrowed*. */
#ifndef ACCOUNT_WEBAUTHN_H
#define ACCOUNT_WEBAUTHN_H

#include "base/err.h"
#include "base/span.h"

enum {
    WEBAUTHN_CHALLENGE = 32,
    WEBAUTHN_CLIENT_MAX = 1024, /* bytes of clientDataJSON */
    WEBAUTHN_ATTEST_MAX = 2048, /* bytes of an attestation object */
};

enum webauthn_flag { /* section 6.1 */
                     WEBAUTHN_PRESENT = 0x01,
                     WEBAUTHN_VERIFIED = 0x04,
                     WEBAUTHN_ELIGIBLE = 0x08,
                     WEBAUTHN_BACKED_UP = 0x10,
                     WEBAUTHN_ATTESTED = 0x40,
                     WEBAUTHN_EXTENDED = 0x80,
};

struct webauthn_auth {
    const uint8_t *rp_hash; /* 32 bytes */
    uint8_t flags;
    uint32_t counter;
    struct span id;  /* of the attested credential, empty without one */
    struct span key; /* COSE, and what follows it */
};

/* The fields of clientDataJSON, as the one JSON parser of the caller read them. */
struct webauthn_client {
    struct span type, challenge, origin;
    bool cross_origin; /* true, or of another type than a boolean */
    bool has_top;      /* there is a topOrigin */
};

struct webauthn_expected {
    const char *type;         /* "webauthn.create" or "webauthn.get" */
    const uint8_t *challenge; /* WEBAUTHN_CHALLENGE bytes */
    const char *origin;       /* exact: scheme, host and port */
    const uint8_t *rp_hash;   /* SHA-256 of the relying party's id */
};

/* ERR_SHORT, ERR_MALFORMED: bytes too many, a backed-up credential that may not be, a credential id
 * that is empty. */
enum err webauthn_auth_read(struct webauthn_auth *out, struct span in);
/* The authenticator data of an attestation object {fmt, attStmt, authData} in any order.
 * ERR_UNSUPPORTED: a format other than "none"; ERR_MALFORMED, ERR_SHORT, ERR_LIMIT. */
enum err webauthn_attestation_read(struct span *auth, struct span in);
/* ERR_AUTH: another type, challenge or origin; framed in another site. */
enum err webauthn_client_check(const struct webauthn_client *c,
                               const struct webauthn_expected *expected);
/* ERR_AUTH: for another relying party; ERR_FORBIDDEN: the person was not verified. */
enum err webauthn_auth_check(const struct webauthn_auth *a,
                             const struct webauthn_expected *expected);
/* Section 7.2 step 22: whether the counter moved as one key's does. Both 0: it does not count. */
bool webauthn_counter_ok(uint32_t before, uint32_t now);

#endif
