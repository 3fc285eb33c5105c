/* The meeting's signed facts: its policy (GroupContext extension 0xF0C0) and its descriptor.
 * knows: their bytes and the host key's signatures. knows not: trees, who commits
 * (session_rules.c). owns: nothing; parsed views are borrowed. Wire: docs/wire/e2ee.md. */
#ifndef E2EE_POLICY_H
#define E2EE_POLICY_H

#include "e2ee/leaf.h"
#include "e2ee/link.h"

enum {
    POLICY_VERSION = 1,
    POLICY_MAX = 800,        /* bytes */
    POLICY_ADMINS_MAX = 660, /* bytes of the list: 20 keys */
    POLICY_MEMBERS_MAX = 2048,
    POLICY_CONTEXT_MAX = POLICY_MAX + 32, /* bytes of the GroupContext's extensions */
};

struct policy {
    uint64_t seq;
    uint8_t flags; /* E2EE_WAITING_ROOM | E2EE_LOCKED */
    uint16_t max_members;
    struct span admins; /* content of the list: SignaturePublicKey<V> one after another */
    struct span raw, unsigned_part, signature;
};

/* RULE_POLICY_FORM; *out untouched then. */
enum mls_rule policy_parse(struct span raw, struct policy *out);
/* RULE_POLICY_SIGNATURE */
enum mls_rule policy_verify(const struct policy *p, struct span meeting,
                            const uint8_t host_public[SUITE_SIGN_PUBLIC]);
/* Whether `key` stands in the list of administrators. */
bool policy_names(const struct policy *p, struct span key);
struct policy_terms {
    uint64_t seq;
    uint8_t flags;
    uint16_t max_members;
    struct span admins;
};
/* Signed with the host's secret key (SUITE_SIGN_SECRET bytes). ERR_LIMIT. */
enum err policy_write(const struct policy_terms *terms, struct span meeting,
                      const uint8_t *host_secret_key, struct writer *w);

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
