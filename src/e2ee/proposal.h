/* Proposals (RFC 9420 section 12.1): their bytes, and the rules that a list of them keeps by itself
 * (section 12.2). knows: forms. knows not: trees, signatures. owns: nothing; views are borrowed. */
#ifndef E2EE_PROPOSAL_H
#define E2EE_PROPOSAL_H

#include "e2ee/group.h"

enum proposal_type {
    PROPOSAL_ADD = 1,
    PROPOSAL_UPDATE = 2,
    PROPOSAL_REMOVE = 3,
    PROPOSAL_PSK = 4,
    PROPOSAL_REINIT = 5,
    PROPOSAL_EXTERNAL_INIT = 6,
    PROPOSAL_EXTENSIONS = 7,
};
enum psk_type { PSK_EXTERNAL = 1, PSK_RESUMPTION = 2 };
enum psk_usage { PSK_APPLICATION = 1, PSK_REINIT = 2, PSK_BRANCH = 3 };

/* PreSharedKeyID, section 8.4. */
struct psk_id {
    enum psk_type type;
    enum psk_usage usage; /* of a resumption PSK */
    struct span id;       /* psk_id, or psk_group_id */
    uint64_t epoch;       /* of a resumption PSK */
    struct span nonce, raw;
};
/* The reader fails on malformed ones. */
void psk_id_parse(struct reader *r, struct psk_id *out);
/* An external one; nonce of SUITE_HASH bytes. */
void psk_id_write(struct writer *w, struct span id, const uint8_t nonce[SUITE_HASH]);

struct proposal {
    enum proposal_type type;
    uint32_t sender;  /* leaf */
    uint32_t removed; /* leaf of a Remove */
    struct span raw;  /* the Proposal as it stands */
    struct span body; /* KeyPackage; LeafNode; PreSharedKeyID; content of the extension list */
    const uint8_t *leaf_secret; /* of an Update of one's own, else NULL */
    bool checked;               /* signatures inside were verified already */
};
/* Reads one Proposal; `sender` is not touched. Types outside section 17.4 fail the reader: our
 * capabilities list none of them. */
void proposal_parse(struct reader *r, struct proposal *out);

/* The rules of section 12.2 that need no tree. RULE_PROPOSAL_LIST, RULE_PSK, RULE_EXTERNAL. */
enum mls_rule proposal_list_check(const struct proposal *list, uint32_t n, uint32_t committer);
/* Section 12.4: whether the commit must have a path. */
bool proposal_list_needs_path(const struct proposal *list, uint32_t n);

#endif
