/* A member who breaks the rules: any content, under right signatures and membership tags. */
#ifndef TESTS_E2EE_INSIDER_H
#define TESTS_E2EE_INSIDER_H

#include "e2ee/crowd.h"

struct insider_message {
    enum content_type type;
    struct span content, confirmation_tag;
    uint32_t leaf; /* that signs, or claims to */
    enum sender_type sender;
    uint64_t epoch;
};

static inline struct insider_message insider_of(const struct person *p, enum content_type type,
                                                struct span content)
{
    static const uint8_t no_tag[SUITE_HASH];
    return (struct insider_message){
        type,          content,          span_of(no_tag, SUITE_HASH), group_own_leaf(p->g),
        SENDER_MEMBER, group_epoch(p->g)};
}

static inline struct span insider_write(const struct person *p, const struct insider_message *in,
                                        struct paper *out)
{
    struct framing f = group_framing(p->g, p->g->now);
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {
        .group_id = group_id(p->g),
        .epoch = in->epoch,
        .sender = in->sender,
        .leaf = in->leaf,
        .type = in->type,
        .content = in->content,
        .wire = WIRE_PUBLIC,
    };
    assert_int_equal(framed_sign(&f, &m, p->secret, signature), ERR_OK);
    m.signature = span_of(signature, sizeof signature);
    m.confirmation_tag = in->type == CONTENT_COMMIT ? in->confirmation_tag : span_of(NULL, 0);
    assert_int_equal(public_write(&f, &m, paper_blank(out)), ERR_OK);
    return paper_span(out);
}

/* A Commit of these ProposalOrRefs, without a path unless one is given. */
static inline struct span insider_commit(const struct person *p, struct span proposals,
                                         struct span path, struct paper *out)
{
    struct paper content = paper_new();
    codec_write_vector(&content.w, proposals);
    writer_u8(&content.w, path.len > 0);
    writer_bytes(&content.w, path);
    struct insider_message m = insider_of(p, CONTENT_COMMIT, paper_span(&content));
    struct span message = insider_write(p, &m, out);
    free(content.bytes);
    return message;
}

/* The parts of a PublicMessage. */
static inline struct framed framed_of(struct span message)
{
    struct mls_message m;
    struct framed f;
    struct span tag;
    assert_int_equal(mls_message_parse(message, &m), ERR_OK);
    assert_int_equal(public_parse(m.body, &f, &tag), ERR_OK);
    return f;
}

#endif
