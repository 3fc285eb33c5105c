/* Where a Proposal or a Commit ends. They carry no length of their own (RFC 9420 section 12), so
 * that a message's signature is found only by walking through the structures; what they mean is not
 * looked at here. */
#include "e2ee/framing.h"
#include "e2ee/leaf.h"

enum proposal_type {
    PROPOSAL_ADD = 1,
    PROPOSAL_UPDATE,
    PROPOSAL_REMOVE,
    PROPOSAL_PSK,
    PROPOSAL_REINIT,
    PROPOSAL_EXTERNAL_INIT,
    PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
};
enum { PSK_EXTERNAL = 1, PSK_RESUMPTION = 2 };
enum { OR_REF_PROPOSAL = 1, OR_REF_REFERENCE = 2 };

static void vectors_skip(struct reader *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        codec_vector(r);
}

/* Section 7.2 */
static void leaf_skip(struct reader *r)
{
    vectors_skip(r, 2); /* encryption_key, signature_key */
    uint16_t credential = reader_u16(r);
    if (credential != CREDENTIAL_BASIC && credential != CREDENTIAL_X509)
        r->failed = true;
    codec_vector(r);    /* identity or certificates */
    vectors_skip(r, 5); /* capabilities */
    switch (reader_u8(r)) {
    case LEAF_KEY_PACKAGE:
        reader_skip(r, 16); /* lifetime */
        break;
    case LEAF_UPDATE:
        break;
    case LEAF_COMMIT:
        codec_vector(r); /* parent_hash */
        break;
    default:
        r->failed = true;
    }
    vectors_skip(r, 2); /* extensions, signature */
}

/* Section 10 */
static void key_package_skip(struct reader *r)
{
    reader_skip(r, 4); /* version, cipher_suite */
    codec_vector(r);   /* init_key */
    leaf_skip(r);
    vectors_skip(r, 2); /* extensions, signature */
}

/* Section 8.4 */
static void psk_skip(struct reader *r)
{
    switch (reader_u8(r)) {
    case PSK_EXTERNAL:
        codec_vector(r); /* psk_id */
        break;
    case PSK_RESUMPTION:
        reader_skip(r, 1); /* usage */
        codec_vector(r);   /* psk_group_id */
        reader_skip(r, 8); /* psk_epoch */
        break;
    default:
        r->failed = true;
    }
    codec_vector(r); /* psk_nonce */
}

/* Section 12.1 */
void proposal_skip(struct reader *r)
{
    switch (reader_u16(r)) {
    case PROPOSAL_ADD:
        key_package_skip(r);
        break;
    case PROPOSAL_UPDATE:
        leaf_skip(r);
        break;
    case PROPOSAL_REMOVE:
        reader_skip(r, 4);
        break;
    case PROPOSAL_PSK:
        psk_skip(r);
        break;
    case PROPOSAL_REINIT:
        codec_vector(r);   /* group_id */
        reader_skip(r, 4); /* version, cipher_suite */
        codec_vector(r);   /* extensions */
        break;
    case PROPOSAL_EXTERNAL_INIT:
    case PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
        codec_vector(r); /* kem_output; extensions */
        break;
    default:
        r->failed = true;
    }
}

/* Section 7.6: struct { LeafNode leaf_node; UpdatePathNode nodes<V>; } UpdatePath */
static void update_path_skip(struct reader *r)
{
    leaf_skip(r);
    codec_vector(r);
}

/* Section 12.4: struct { ProposalOrRef proposals<V>; optional<UpdatePath> path; } Commit */
void commit_skip(struct reader *r)
{
    struct reader list = codec_inner(r);
    while (reader_left(&list) > 0) {
        switch (reader_u8(&list)) {
        case OR_REF_PROPOSAL:
            proposal_skip(&list);
            break;
        case OR_REF_REFERENCE:
            codec_vector(&list);
            break;
        default:
            list.failed = true;
        }
    }
    if (list.failed)
        r->failed = true;
    if (codec_optional(r))
        update_path_skip(r);
}
