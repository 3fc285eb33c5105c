/* The meeting's signed facts: its policy (GroupContext extension 0xF0C0) and its descriptor.
 * knows: their bytes and the host key's signatures. knows not: trees, who commits
 * (session_rules.c). owns: nothing; parsed views are borrowed. Wire: docs/wire/e2ee.md. */
#ifndef E2EE_POLICY_H
#define E2EE_POLICY_H

#include "e2ee/leaf.h"
#include "e2ee/link.h"

enum {
    POLICY_VERSION = 1,
    POLICY_TURNED = 2,       /* version of one that an administrator turned */
    POLICY_MAX = 1200,       /* bytes */
    POLICY_ADMINS = 20,      /* keys in the list */
    POLICY_ADMINS_MAX = 660, /* bytes of the list */
    POLICY_MEMBERS_MAX = 2048,
    POLICY_CONTEXT_MAX = POLICY_MAX + 32, /* bytes of the GroupContext's extensions */
};

/* Who turned the flags of a host's policy, and the device's word that the leaf was its own. */
struct policy_turner {
    struct span device, group_id, leaf_key, device_signature;
    uint64_t expires_s; /* of the device's word; not looked at, the list is what counts */
};

struct policy {
    uint64_t seq;
    uint64_t turn; /* of the flags, since the host signed; 0: as the host signed them */
    uint8_t flags; /* E2EE_WAITING_ROOM | E2EE_LOCKED */
    uint16_t max_members;
    struct span admins; /* content of the list: devices' SignaturePublicKey<V> one after another */
    struct span host;   /* what the host signed, with the signature; the whole of it at turn 0 */
    struct span raw, unsigned_part, signature;
    struct span turned, turn_signature; /* at a turn: all before its signature, and that */
    struct policy_turner by;
};

/* RULE_POLICY_FORM; *out untouched then. */
enum mls_rule policy_parse(struct span raw, struct policy *out);
/* The host's signature, and at a turn those of a device that the list names: RULE_POLICY_SIGNATURE
 */
enum mls_rule policy_verify(const struct policy *p, struct span meeting,
                            const uint8_t host_public[SUITE_SIGN_PUBLIC]);
/* Whether the list of administrators names this device. */
bool policy_names(const struct policy *p, struct span device);
/* What the host signed last counts; of the same, the later turn. */
bool policy_newer(const struct policy *p, const struct policy *than);
struct policy_terms {
    uint64_t seq;
    uint8_t flags;
    uint16_t max_members;
    struct span admins;
};
/* Signed with the host's secret key (SUITE_SIGN_SECRET bytes). ERR_LIMIT. */
enum err policy_write(const struct policy_terms *terms, struct span meeting,
                      const uint8_t *host_secret_key, struct writer *w);
/* The same host's policy with other flags, signed with the leaf's secret key. ERR_LIMIT. */
struct policy_turn {
    const struct policy *of;
    uint8_t flags;
    struct policy_turner by;
    const uint8_t *leaf_secret_key; /* SUITE_SIGN_SECRET bytes */
};
enum err policy_turn_write(const struct policy_turn *turn, struct span meeting, struct writer *w);

/* Content of the GroupContext's extensions vector: required_capabilities (RFC 9420 section 11.1)
 * naming both of our extensions, then the policy. */
void policy_context_write(struct span policy, struct writer *w);
/* Finds and parses the policy in there; any extension but these two, and required_capabilities that
 * do not name both types, is RULE_POLICY_FORM. */
enum mls_rule policy_context_parse(struct span extensions, struct policy *out);

struct descriptor {
    struct span raw, meeting, host_public;
    uint64_t created_s;
    struct policy policy;
};
/* Form, meeting, host key against the link's hash, both signatures: RULE_DESCRIPTOR. */
enum mls_rule descriptor_check(struct span raw, const struct e2ee_link *link,
                               struct descriptor *out);

#endif
