/* Who a leaf is: the sealed profile in LeafNode extension 0xF0C1.
 * knows: names, device keys, their signatures over a leaf, the seal that keeps names from the
 * server. knows not: trees, the meeting's rules. owns: nothing. Wire: docs/wire/e2ee.md. */
#ifndef E2EE_PROFILE_H
#define E2EE_PROFILE_H

#include "e2ee/link.h"

enum {
    PROFILE_VERSION = 1,
    PROFILE_BOT = 1,
    PROFILE_PAD = 64,
    PROFILE_PLAIN_MAX = 384,
    PROFILE_SEALED_MAX = 24 + PROFILE_PLAIN_MAX + SUITE_TAG,
    PROFILE_SIGNED_MAX = 192,        /* bytes of what a device signs, label included */
    PROFILE_LEASE_S = 7 * 24 * 3600, /* validity of a device's signature over a leaf */
    PROFILE_SKEW_S = 3600,           /* clocks may differ by so much */
};

/* Of one person; the texts are copies, so that a table can keep it. */
struct profile {
    uint8_t device[SUITE_SIGN_PUBLIC], build[32];
    uint8_t name[E2EE_NAME_MAX];
    uint8_t name_len;
    bool bot, host, has_build; /* host: a valid host_signature */
    uint64_t expires_s;
};

/* What surrounds a leaf: keys of the link and of the meeting. */
struct profile_place {
    const uint8_t *key;         /* LINK_PROFILE */
    const uint8_t *host_public; /* of the descriptor */
    struct span group_id;
    struct span signer; /* the leaf's signature key */
};

bool profile_name_valid(struct span name); /* UTF-8 of 1..E2EE_NAME_MAX bytes, no control codes */

/* The bytes that the device key signs (plain Ed25519): SignContent (RFC 9420 section 5.1.2) with
 * label "MLS 1.0 conclave device" over group_id<V> || leaf signature key<V> || expires_s. */
struct span profile_to_sign(const struct profile_place *at, uint64_t expires_s, struct writer *w);
bool profile_device_signed(const struct profile_place *at, const struct profile *p,
                           struct span signature);

struct profile_make {
    const struct profile *profile;
    const uint8_t *device_signature; /* SUITE_SIGNATURE bytes */
    const uint8_t *host_secret_key;  /* SUITE_SIGN_SECRET bytes, or NULL: no host */
    const struct random_source *random;
};
/* Sealed, as the extension's data. ERR_LIMIT, ERR_MALFORMED. */
enum err profile_seal(const struct profile_place *at, const struct profile_make *in,
                      struct writer *w);
/* Opens and verifies everything but the expiry when now_s is 0. RULE_PROFILE_*; *out untouched
 * then. */
enum mls_rule profile_open(const struct profile_place *at, struct span sealed, uint64_t now_s,
                           struct profile *out);

#endif
