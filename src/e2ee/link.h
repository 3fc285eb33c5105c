/* What is derived from a meeting's link (HKDF-SHA256, RFC 5869, empty salt, 32 bytes each).
 * knows: the infos of docs/wire/e2ee.md. knows not: who uses what. owns: nothing; the caller wipes.
 */
#ifndef E2EE_LINK_H
#define E2EE_LINK_H

#include "e2ee/e2ee.h"

enum { LINK_MEETING = 20, LINK_KEY = 32 };

enum link_use {
    LINK_ACCESS,   /* proof for the server, from link_secret */
    LINK_HOST,     /* proof for the server, from host_secret */
    LINK_HOST_KEY, /* Ed25519 seed, from host_secret */
    LINK_PSK,      /* value of the external PSK "link" */
    LINK_JOIN,     /* HMAC key of join proofs */
    LINK_PROFILE,  /* XChaCha20-Poly1305 key of sealed profiles */
};

/* The meeting id has LINK_MEETING characters of a-z 2-7. */
bool link_meeting_valid(struct span meeting);
/* `secret`: host_secret for LINK_HOST and LINK_HOST_KEY, else link_secret; E2EE_SECRET bytes. */
void link_derive(enum link_use use, struct span meeting, const uint8_t *secret,
                 uint8_t out[LINK_KEY]);
/* The access proof of a link; of a renewed one its renewal is the salt. */
void link_access(const struct e2ee_link *link, uint8_t out[LINK_KEY]);
/* The host key pair, from its secret. */
void link_host_keys(struct span meeting, const uint8_t *host_secret,
                    uint8_t secret[SUITE_SIGN_SECRET], uint8_t public[SUITE_SIGN_PUBLIC]);
/* First E2EE_SECRET bytes of SHA-256(host_public). */
void link_key_hash(const uint8_t public[SUITE_SIGN_PUBLIC], uint8_t out[E2EE_SECRET]);
/* HMAC-SHA256(join key, KeyPackageRef || group_id) */
void link_join_proof(const uint8_t join_key[LINK_KEY], const uint8_t ref[SUITE_HASH],
                     struct span group_id, uint8_t out[E2EE_PROOF]);

#endif
