/* Leaf nodes, key packages, capabilities and extensions (RFC 9420 sections 5.3, 7.2, 10, 13).
 * knows: their bytes, signatures and lifetimes. knows not: where in the tree a leaf stands.
 * owns: nothing; parsed views are borrowed from the bytes. */
#ifndef E2EE_LEAF_H
#define E2EE_LEAF_H

#include "e2ee/codec.h"
#include "e2ee/suite.h"

enum leaf_source { LEAF_KEY_PACKAGE = 1, LEAF_UPDATE = 2, LEAF_COMMIT = 3 };
enum { CREDENTIAL_BASIC = 1, CREDENTIAL_X509 = 2 };

/* Of a whole LeafNode; larger ones are malformed to us. Ours: an identity and extensions of at most
 * 2304 bytes, keys, signature, capabilities. */
enum { LEAF_BYTES_MAX = 3072 };

/* Extension types that we write (RFC 9420 section 17.3; private use 0xF000-0xFFFF). */
enum {
    EXT_APPLICATION_ID = 1,
    EXT_RATCHET_TREE = 2,
    EXT_REQUIRED_CAPABILITIES = 3,
    EXT_EXTERNAL_PUB = 4,
    EXT_EXTERNAL_SENDERS = 5,
    EXT_MEETING_POLICY = 0xF0C0, /* GroupContext: e2ee/policy.h */
    EXT_PROFILE = 0xF0C1,        /* LeafNode: e2ee/profile.h */
};

struct leaf {
    struct span raw; /* the whole LeafNode */
    struct span encryption_key, signature_key;
    uint16_t credential_type;
    struct span credential; /* the Credential as it stands, its type included */
    struct span identity;   /* of a basic credential, else empty */
    struct span versions, suites, extension_types, proposal_types, credential_types; /* raw lists */
    enum leaf_source source;
    uint64_t not_before, not_after; /* seconds since 1970; of LEAF_KEY_PACKAGE */
    struct span parent_hash;        /* of LEAF_COMMIT */
    struct span extensions;         /* content of the vector */
    struct span unsigned_part;      /* raw without the signature vector */
    struct span signature;
};

/* Reads one LeafNode; the reader fails on malformed ones. */
void leaf_parse(struct reader *r, struct leaf *out);
/* Where a leaf stands matters to its signature (LeafNodeTBS): of update and commit. */
struct leaf_place {
    struct span group_id;
    uint32_t leaf_index;
};
/* Signature, keys that can be used, capabilities that list what the leaf itself uses, source as
 * expected: with `place` NULL a leaf of a KeyPackage, else any (the caller of an Update or a Commit
 * looks at leaf->source). ERR_AUTH, ERR_MALFORMED, ERR_UNSUPPORTED (version, suite, credential,
 * extension). Time is checked by leaf_check_lifetime. */
enum err leaf_verify(const struct suite *s, const struct leaf *leaf,
                     const struct leaf_place *place);
bool leaf_check_lifetime(const struct leaf *leaf, uint64_t now_s);
/* Section 7.2: a lifetime of at most `max_s` seconds; how much that is, is the profile's to say. */
bool leaf_check_lease(const struct leaf *leaf, uint64_t max_s);
/* Whether raw list `types` (uint16 each) holds `type`. */
bool leaf_lists(struct span types, uint16_t type);
/* The same of extension types: the defaults of section 7.2 count as held. */
bool leaf_supports(struct span types, uint16_t type);
/* The same of proposal types: the defaults of section 7.2 count as held. */
bool leaf_supports_proposal(struct span types, uint16_t type);
/* Whether the leaf can do all that `required`, data of a required_capabilities extension (section
 * 11.1), names; empty: nothing is required. ERR_UNSUPPORTED, ERR_MALFORMED, ERR_LIMIT (more than
 * LEAF_REQUIRED_MAX types). */
enum { LEAF_REQUIRED_MAX = 64 };
enum err leaf_check_required(const struct leaf *leaf, struct span required);

struct leaf_make {
    struct span encryption_key, signature_key;
    const uint8_t *signature_secret; /* SUITE_SIGN_SECRET */
    struct span identity;            /* basic credential */
    enum leaf_source source;
    uint64_t not_before, not_after;
    struct span parent_hash;
    struct span extensions; /* content of the vector, as extension_write makes it */
    struct leaf_place place;
};
/* A signed LeafNode; capabilities: mls10, our suite, EXT_MEETING_POLICY and EXT_PROFILE, basic. */
enum err leaf_write(const struct suite *s, const struct leaf_make *in, struct writer *w);

struct key_package {
    struct span raw;
    uint16_t version, suite;
    struct span init_key;
    struct leaf leaf;
    struct span extensions, unsigned_part, signature;
};
void key_package_parse(struct reader *r, struct key_package *out);
/* Signatures of package and leaf, init key != encryption key, version and suite. now_s 0: no time.
 */
enum err key_package_verify(const struct suite *s, const struct key_package *p, uint64_t now_s);
enum err key_package_ref(const struct suite *s, struct span raw, uint8_t out[SUITE_HASH]);

struct key_package_secrets {
    uint8_t init_secret[SUITE_KEM_SECRET_MAX], leaf_secret[SUITE_KEM_SECRET_MAX];
    uint8_t init_public[SUITE_KEM_PUBLIC_MAX], leaf_public[SUITE_KEM_PUBLIC_MAX];
};
/* Draws both key pairs; in->encryption_key is ignored. */
enum err key_package_make(const struct suite *s, const struct leaf_make *in,
                          const struct random_source *random, struct writer *w,
                          struct key_package_secrets *secrets);

/* Extensions: content of an Extension vector. Find: false when absent (or malformed). */
bool extension_find(struct span extensions, uint16_t type, struct span *out);
void extension_write(struct writer *w, uint16_t type, struct span data);
/* Well-formed, no type twice. */
bool extensions_valid(struct span extensions);

#endif
