#include "e2ee/framing.h"

#include "e2ee/framing_parts.h"
#include "e2ee/suite_pieces.h"

/* ---- MLSMessage (section 6) ---- */

enum err mls_message_parse(struct span in, struct mls_message *out)
{
    struct reader r = reader_of(in);
    uint16_t version = reader_u16(&r), wire = reader_u16(&r);
    struct span body = reader_take(&r, reader_left(&r));
    if (!reader_ok(&r))
        return ERR_MALFORMED;
    if (version != MLS_VERSION || wire < WIRE_PUBLIC || wire > WIRE_KEY_PACKAGE)
        return ERR_UNSUPPORTED;
    *out = (struct mls_message){(enum wire_format)wire, body};
    return ERR_OK;
}

void mls_message_head(struct writer *w, enum wire_format wire)
{
    writer_u16(w, MLS_VERSION);
    writer_u16(w, (uint16_t)wire);
}

/* ---- FramedContent (section 6) ---- */

static bool is_commit(const struct framed *m)
{
    return m->type == CONTENT_COMMIT;
}

void framed_read_content(struct reader *r, struct framed *m)
{
    const uint8_t *from = r->at;
    switch (m->type) {
    case CONTENT_APPLICATION:
        m->content = codec_vector(r);
        return;
    case CONTENT_PROPOSAL:
        proposal_skip(r);
        break;
    case CONTENT_COMMIT:
        commit_skip(r);
        break;
    }
    m->content = span_of(from, reader_ok(r) ? (size_t)(r->at - from) : 0);
}

void framed_write_content(const struct framed *m, struct writer *w)
{
    if (m->type == CONTENT_APPLICATION)
        codec_write_vector(w, m->content);
    else
        writer_bytes(w, m->content);
}

void framed_read_auth(struct reader *r, struct framed *m)
{
    m->signature = codec_vector(r);
    m->confirmation_tag = (struct span){NULL, 0};
    if (is_commit(m))
        m->confirmation_tag = codec_vector(r);
}

void framed_write_auth(const struct framed *m, struct writer *w)
{
    codec_write_vector(w, m->signature);
    if (is_commit(m))
        codec_write_vector(w, m->confirmation_tag);
}

static void read_sender(struct reader *r, struct framed *m)
{
    uint8_t sender = reader_u8(r);
    m->leaf = 0;
    m->sender = (enum sender_type)sender;
    if (sender < SENDER_MEMBER || sender > SENDER_NEW_COMMIT)
        r->failed = true;
    else if (sender == SENDER_MEMBER || sender == SENDER_EXTERNAL)
        m->leaf = reader_u32(r);
}

static void write_sender(const struct framed *m, struct writer *w)
{
    writer_u8(w, (uint8_t)m->sender);
    if (m->sender == SENDER_MEMBER || m->sender == SENDER_EXTERNAL)
        writer_u32(w, m->leaf);
}

static void read_framed(struct reader *r, struct framed *m)
{
    const uint8_t *from = r->at;
    m->group_id = codec_vector(r);
    m->epoch = reader_u64(r);
    read_sender(r, m);
    m->authenticated_data = codec_vector(r);
    uint8_t type = reader_u8(r);
    m->type = (enum content_type)type;
    if (type < CONTENT_APPLICATION || type > CONTENT_COMMIT)
        r->failed = true;
    else
        framed_read_content(r, m);
    m->content_raw = span_of(from, reader_ok(r) ? (size_t)(r->at - from) : 0);
}

static void write_framed(const struct framed *m, struct writer *w)
{
    codec_write_vector(w, m->group_id);
    writer_u64(w, m->epoch);
    write_sender(m, w);
    codec_write_vector(w, m->authenticated_data);
    writer_u8(w, (uint8_t)m->type);
    framed_write_content(m, w);
}

/* ---- FramedContentTBS (section 6.1), in pieces ---- */

struct to_be_signed {
    uint8_t head[8], middle[32], tail[8];
    struct span piece[9];
    size_t n;
};

static void add(struct to_be_signed *t, struct span piece)
{
    t->piece[t->n++] = piece;
}

static void to_be_signed(const struct framing *f, const struct framed *m, struct to_be_signed *t)
{
    struct writer head = writer_of(t->head, sizeof t->head);
    struct writer middle = writer_of(t->middle, sizeof t->middle);
    struct writer tail = writer_of(t->tail, sizeof t->tail);
    uint8_t len[4];
    t->n = 0;
    mls_message_head(&head, m->wire);
    writer_bytes(&head, span_of(len, codec_put_header(len, m->group_id.len)));
    writer_u64(&middle, m->epoch);
    write_sender(m, &middle);
    writer_bytes(&middle, span_of(len, codec_put_header(len, m->authenticated_data.len)));
    writer_u8(&tail, (uint8_t)m->type);
    if (m->type == CONTENT_APPLICATION)
        writer_bytes(&tail, span_of(len, codec_put_header(len, m->content.len)));
    add(t, writer_span(&head));
    add(t, m->group_id);
    add(t, writer_span(&middle));
    add(t, m->authenticated_data);
    add(t, writer_span(&tail));
    add(t, m->content);
    if (m->sender == SENDER_MEMBER || m->sender == SENDER_NEW_COMMIT)
        add(t, f->context);
}

enum err framed_sign(const struct framing *f, const struct framed *m,
                     const uint8_t *signature_secret, uint8_t signature[SUITE_SIGNATURE])
{
    struct to_be_signed t;
    to_be_signed(f, m, &t);
    return pieces_sign(signature_secret, "FramedContentTBS", (struct pieces){t.piece, t.n, f->room},
                       signature);
}

enum err framed_verify(const struct framing *f, const struct framed *m, struct span signature_key)
{
    struct to_be_signed t;
    to_be_signed(f, m, &t);
    return pieces_verify(signature_key, "FramedContentTBS", (struct pieces){t.piece, t.n, f->room},
                         m->signature);
}

/* ConfirmedTranscriptHashInput (section 8.2) */
enum err framed_transcript_input(const struct framed *m, struct writer *w)
{
    writer_u16(w, (uint16_t)m->wire);
    write_framed(m, w);
    codec_write_vector(w, m->signature);
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

/* ---- PublicMessage (section 6.2) ---- */

enum err public_parse(struct span body, struct framed *out, struct span *membership_tag)
{
    struct reader r = reader_of(body);
    struct framed m = {.wire = WIRE_PUBLIC};
    struct span tag = {NULL, 0};
    read_framed(&r, &m);
    framed_read_auth(&r, &m);
    if (m.sender == SENDER_MEMBER)
        tag = codec_vector(&r);
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return ERR_MALFORMED;
    *out = m;
    *membership_tag = tag;
    return ERR_OK;
}

/* MAC(membership_key, FramedContentTBS || FramedContentAuthData) */
static void membership_mac(const struct framing *f, const struct framed *m, uint8_t out[SUITE_HASH])
{
    struct to_be_signed t;
    uint8_t auth[2 * (4 + SUITE_SIGNATURE)];
    struct writer w = writer_of(auth, sizeof auth);
    to_be_signed(f, m, &t);
    framed_write_auth(m, &w);
    add(&t, writer_span(&w));
    pieces_mac(span_of(f->secrets->membership, SUITE_HASH), (struct pieces){t.piece, t.n, {0}},
               out);
}

enum err public_verify_tag(const struct framing *f, const struct framed *m,
                           struct span membership_tag)
{
    uint8_t want[SUITE_HASH];
    if (m->sender != SENDER_MEMBER)
        return membership_tag.len == 0 ? ERR_OK : ERR_AUTH;
    if (m->signature.len > SUITE_SIGNATURE || m->confirmation_tag.len > SUITE_SIGNATURE ||
        membership_tag.len != SUITE_HASH)
        return ERR_AUTH;
    membership_mac(f, m, want);
    return suite_equal(want, membership_tag.ptr, SUITE_HASH) ? ERR_OK : ERR_AUTH;
}

enum err public_verify(const struct framing *f, const struct framed *m, struct span membership_tag,
                       struct span signature_key)
{
    TRY(public_verify_tag(f, m, membership_tag));
    return framed_verify(f, m, signature_key);
}

enum err public_write(const struct framing *f, const struct framed *m, struct writer *w)
{
    uint8_t tag[SUITE_HASH];
    if (m->signature.len > SUITE_SIGNATURE || m->confirmation_tag.len > SUITE_SIGNATURE)
        return ERR_MALFORMED;
    mls_message_head(w, WIRE_PUBLIC);
    write_framed(m, w);
    framed_write_auth(m, w);
    if (m->sender == SENDER_MEMBER) {
        membership_mac(f, m, tag);
        codec_write_vector(w, span_of(tag, sizeof tag));
    }
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
