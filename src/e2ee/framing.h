/* Messages on the wire (RFC 9420 section 6): MLSMessage, PublicMessage, PrivateMessage.
 * knows: signatures, membership tags, content keys. knows not: what a proposal or a commit means.
 * owns: nothing; views are borrowed. */
#ifndef E2EE_FRAMING_H
#define E2EE_FRAMING_H

#include "e2ee/codec.h"
#include "e2ee/schedule.h"
#include "e2ee/secret.h"

enum wire_format {
    WIRE_PUBLIC = 1,
    WIRE_PRIVATE = 2,
    WIRE_WELCOME = 3,
    WIRE_GROUP_INFO = 4,
    WIRE_KEY_PACKAGE = 5,
};
enum sender_type {
    SENDER_MEMBER = 1,
    SENDER_EXTERNAL = 2,
    SENDER_NEW_PROPOSAL = 3,
    SENDER_NEW_COMMIT = 4,
};
enum content_type { CONTENT_APPLICATION = 1, CONTENT_PROPOSAL = 2, CONTENT_COMMIT = 3 };

struct mls_message {
    enum wire_format wire;
    struct span body; /* what follows version and wire format */
};
/* ERR_MALFORMED, ERR_UNSUPPORTED (version, wire format). Nothing may follow the message. */
enum err mls_message_parse(struct span in, struct mls_message *out);
void mls_message_head(struct writer *w, enum wire_format wire);

struct framed {
    struct span group_id;
    uint64_t epoch;
    enum sender_type sender;
    uint32_t leaf; /* of a member, or the index of an external sender */
    struct span authenticated_data;
    enum content_type type;
    struct span content;     /* application data; a serialized Proposal; a serialized Commit */
    struct span content_raw; /* FramedContent as it stood (PublicMessage only) */
    struct span signature, confirmation_tag; /* tag empty unless a commit */
    enum wire_format wire;
};

/* What signing and opening need of the epoch. */
struct framing {
    const struct suite *suite;
    struct span context; /* serialized GroupContext */
    const struct epoch_secrets *secrets;
    struct secret_tree *ratchets;
    struct writer room; /* free memory for long texts to be signed or verified; may be empty */
};

/* Parses a PublicMessage's body; checks nothing but the form. */
enum err public_parse(struct span body, struct framed *out, struct span *membership_tag);
/* Membership tag (of members) and signature with the given key. ERR_AUTH. */
enum err public_verify(const struct framing *f, const struct framed *m, struct span membership_tag,
                       struct span signature_key);
/* Each half of public_verify alone; a message of somebody who is no member has no tag: ERR_AUTH
 * unless it is empty. framed_verify below is the other half. */
enum err public_verify_tag(const struct framing *f, const struct framed *m,
                           struct span membership_tag);
/* Signs what m says; its wire format is part of it, its signature and tag are not read. For a
 * commit the confirmation tag comes later: sign, compute the transcript, then write. */
enum err framed_sign(const struct framing *f, const struct framed *m,
                     const uint8_t *signature_secret, uint8_t signature[SUITE_SIGNATURE]);
/* MLSMessage of a PublicMessage, membership tag included. m->signature and tag are set. */
enum err public_write(const struct framing *f, const struct framed *m, struct writer *w);

/* Group id, epoch and content type of a PrivateMessage are readable without keys. */
struct private_head {
    struct span group_id;
    uint64_t epoch;
    enum content_type type;
    struct span authenticated_data, sender_data, ciphertext;
    struct span aad; /* PrivateContentAAD (section 6.3.1), as it stood */
};
enum err private_parse(struct span body, struct private_head *out);
/* Decrypts into `plain` (h->ciphertext.len bytes), views borrowed from there and from body; the
 * signature is not checked yet. ERR_AUTH; ERR_MALFORMED (also padding that is not zeros);
 * ERR_REPLAY, ERR_LIMIT, ERR_NOT_FOUND of secret_peek; ERR_STATE without ratchets. On failure *out
 * is untouched and `plain` is wiped. */
enum err private_open(const struct framing *f, const struct private_head *h, uint8_t *plain,
                      struct framed *out, uint32_t *generation);
enum err framed_verify(const struct framing *f, const struct framed *m, struct span signature_key);
/* The key of an opened message is spent: after its signature was checked. */
void private_used(const struct framing *f, const struct framed *m, uint32_t generation);
/* MLSMessage of a PrivateMessage; `padding` zero bytes are added inside. m was signed with
 * WIRE_PRIVATE. ERR_LIMIT when the writer is too small: no key is spent then. The plain content is
 * put together inside the writer's own buffer and encrypted in place. */
struct private_make {
    uint32_t padding;
    const struct random_source *random;
};
enum err private_write(const struct framing *f, const struct framed *m,
                       const struct private_make *make, struct writer *w);

/* Passes over one Proposal or Commit (section 12), of the form alone; the reader fails on malformed
 * ones and on proposal types that RFC 9420 does not define, as their end cannot be known. */
void proposal_skip(struct reader *r);
void commit_skip(struct reader *r);

/* ConfirmedTranscriptHashInput (section 8.2) of a commit, for transcript_confirmed. */
enum err framed_transcript_input(const struct framed *m, struct writer *w);

#endif
