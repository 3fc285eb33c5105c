/* Single sign-on by OpenID Connect: authorization code with PKCE (RFC 7636), state and nonce; what
 * an identity provider's word is worth. The token's signature is verified before (crypt/jws.h).
 * knows: attempts, URLs, claims. knows not: JSON, fetching, keys. owns: nothing; storage is the
 * caller's. */
#ifndef ACCOUNT_OIDC_H
#define ACCOUNT_OIDC_H

#include "base/err.h"
#include "base/instant.h"
#include "base/span.h"

enum {
    OIDC_SECRET = 32, /* bytes of an attempt's token, state, nonce and verifier */
    OIDC_RANDOM = 4 * OIDC_SECRET,
    OIDC_ATTEMPTS = 4096,
    OIDC_URL = 1536,
    OIDC_FORM = 1024,
    OIDC_CODE = 256, /* bytes of a code, as it came */
    OIDC_SUBJECT = 255,
};

#define OIDC_ATTEMPT_US (600 * US_PER_S) /* a person's time at the provider */
#define OIDC_SKEW_S 60
#define OIDC_FRESH_S 300

struct oidc_attempt {
    instant_us since; /* 0: free */
    uint8_t hash[32]; /* of the token in the browser's cookie */
    uint8_t state[OIDC_SECRET], nonce[OIDC_SECRET], verifier[OIDC_SECRET];
};

struct oidc_config {
    const char *issuer, *client, *secret;
    const char *redirect; /* our own address of the way back */
};

struct oidc_table {
    struct oidc_attempt attempt[OIDC_ATTEMPTS];
    uint32_t next;
};

/* The first OIDC_SECRET bytes of random are the cookie's token. The oldest attempt gives way. */
const struct oidc_attempt *oidc_begin(struct oidc_table *t, const uint8_t random[OIDC_RANDOM],
                                      instant_us now);
/* Takes the attempt of this token out, if its state is this one (text) and it is not too old. Used
 * up either way. */
bool oidc_take(struct oidc_table *t, struct span token, struct span state, instant_us now,
               struct oidc_attempt *out);

/* Where the browser goes; ERR_LIMIT. endpoint may carry a query. */
enum err oidc_authorize_url(char out[OIDC_URL], const char *endpoint, const struct oidc_config *c,
                            const struct oidc_attempt *a);
/* The form that redeems a code, with our secret in it; ERR_LIMIT. */
enum err oidc_token_form(char out[OIDC_FORM], const struct oidc_config *c,
                         const struct oidc_attempt *a, struct span code);

/* Claims of an ID token, as the caller's JSON parser read them. All *borrowed*; a claim of a wrong
 * type is as absent. */
struct oidc_claims {
    struct span iss, sub, nonce, azp;
    uint32_t audiences;
    bool for_us; /* one of them is our client */
    bool has_azp, has_times;
    int64_t exp, iat, nbf; /* nbf 0: none */
};

/* OpenID Connect Core section 3.1.3.7. ERR_AUTH: of another issuer, for another client, for another
 * attempt; ERR_REPLAY: expired or not yet; ERR_MALFORMED. */
enum err oidc_check(const struct oidc_claims *k, const struct oidc_config *c,
                    const struct oidc_attempt *a, int64_t now_s);

#endif
