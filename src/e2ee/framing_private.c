/* PrivateMessage (RFC 9420 section 6.3): content under a key of the sender's ratchet, and who the
 * sender is under a key of the epoch, drawn from the content's ciphertext. */
#include "e2ee/framing.h"
#include "e2ee/framing_parts.h"

/* struct { uint32 leaf_index; uint32 generation; opaque reuse_guard[4]; } SenderData */
enum {
    REUSE_GUARD = 4,
    SENDER_DATA = 8 + REUSE_GUARD,
    SENDER_DATA_SEALED = SENDER_DATA + SUITE_TAG
};

struct sender_data {
    uint32_t leaf, generation;
    uint8_t guard[REUSE_GUARD];
};

static enum secret_kind kind_of(enum content_type type)
{
    return type == CONTENT_APPLICATION ? SECRET_APPLICATION : SECRET_HANDSHAKE;
}

enum err private_parse(struct span body, struct private_head *out)
{
    struct reader r = reader_of(body);
    struct private_head h;
    h.group_id = codec_vector(&r);
    h.epoch = reader_u64(&r);
    uint8_t type = reader_u8(&r);
    h.type = (enum content_type)type;
    h.authenticated_data = codec_vector(&r);
    h.aad = span_of(body.ptr, reader_ok(&r) ? (size_t)(r.at - body.ptr) : 0);
    h.sender_data = codec_vector(&r);
    h.ciphertext = codec_vector(&r);
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return ERR_MALFORMED;
    if (type < CONTENT_APPLICATION || type > CONTENT_COMMIT)
        return ERR_MALFORMED;
    *out = h;
    return ERR_OK;
}

/* ---- sender data (section 6.3.2) ---- */

/* SenderDataAAD is PrivateContentAAD without its last member. */
static struct span sender_aad(const struct private_head *h)
{
    size_t last = codec_header(h->authenticated_data.len) + h->authenticated_data.len;
    return span_of(h->aad.ptr, h->aad.len - last);
}

static enum err sender_key(const struct framing *f, struct span ciphertext, struct message_key *out)
{
    size_t len = ciphertext.len < SUITE_HASH ? ciphertext.len : SUITE_HASH;
    struct span sample = span_of(ciphertext.ptr, len);
    TRY(suite_expand_label(f->suite, f->secrets->sender_data, (struct suite_label){"key", sample},
                           out->key, f->suite->aead_key));
    return suite_expand_label(f->suite, f->secrets->sender_data,
                              (struct suite_label){"nonce", sample}, out->nonce, SUITE_NONCE);
}

static enum err sender_open(const struct framing *f, const struct private_head *h,
                            struct sender_data *out)
{
    struct message_key key;
    uint8_t plain[SENDER_DATA];
    if (h->sender_data.len != SENDER_DATA_SEALED)
        return ERR_AUTH;
    enum err e = sender_key(f, h->ciphertext, &key);
    if (e == ERR_OK)
        e = f->suite->aead_open(key.key, key.nonce, sender_aad(h), h->sender_data, plain);
    suite_wipe(&key, sizeof key);
    TRY(e);
    struct reader r = reader_of(span_of(plain, sizeof plain));
    out->leaf = reader_u32(&r);
    out->generation = reader_u32(&r);
    memcpy(out->guard, reader_take(&r, REUSE_GUARD).ptr, REUSE_GUARD);
    return ERR_OK;
}

/* Section 6.3.1: two messages under one key by mistake still get two nonces. */
static void guard_nonce(uint8_t nonce[SUITE_NONCE], const uint8_t guard[REUSE_GUARD])
{
    for (int i = 0; i < REUSE_GUARD; i++)
        nonce[i] ^= guard[i];
}

/* ---- opening ---- */

static enum err content_open(const struct framing *f, const struct private_head *h,
                             const struct sender_data *sender, uint8_t *plain)
{
    struct message_key key;
    enum err e = secret_peek(f->ratchets, sender->leaf, kind_of(h->type), sender->generation, &key);
    if (e == ERR_OK) {
        guard_nonce(key.nonce, sender->guard);
        e = f->suite->aead_open(key.key, key.nonce, h->aad, h->ciphertext, plain);
    }
    suite_wipe(&key, sizeof key);
    return e;
}

/* PrivateMessageContent: content, FramedContentAuthData, zeros. */
static enum err content_parse(struct span plain, struct framed *m)
{
    struct reader r = reader_of(plain);
    framed_read_content(&r, m);
    framed_read_auth(&r, m);
    uint8_t other = 0;
    struct span padding = reader_take(&r, reader_left(&r));
    for (size_t i = 0; i < padding.len; i++)
        other |= padding.ptr[i];
    return reader_ok(&r) && other == 0 ? ERR_OK : ERR_MALFORMED;
}

enum err private_open(const struct framing *f, const struct private_head *h, uint8_t *plain,
                      struct framed *out, uint32_t *generation)
{
    struct sender_data sender;
    struct framed m = {.group_id = h->group_id,
                       .epoch = h->epoch,
                       .sender = SENDER_MEMBER,
                       .authenticated_data = h->authenticated_data,
                       .type = h->type,
                       .wire = WIRE_PRIVATE};
    if (!f->ratchets)
        return ERR_STATE;
    if (h->ciphertext.len < SUITE_TAG)
        return ERR_AUTH;
    TRY(sender_open(f, h, &sender));
    enum err e = content_open(f, h, &sender, plain);
    if (e == ERR_OK)
        e = content_parse(span_of(plain, h->ciphertext.len - SUITE_TAG), &m);
    if (e != ERR_OK) {
        suite_wipe(plain, h->ciphertext.len);
        return e;
    }
    m.leaf = sender.leaf;
    *out = m;
    *generation = sender.generation;
    return ERR_OK;
}

void private_used(const struct framing *f, const struct framed *m, uint32_t generation)
{
    secret_used(f->ratchets, m->leaf, kind_of(m->type), generation);
}

/* ---- writing ---- */

static size_t vector_len(size_t content)
{
    return codec_header(content) + content;
}

static size_t plain_len(const struct framed *m, uint32_t padding)
{
    size_t len = m->type == CONTENT_APPLICATION ? vector_len(m->content.len) : m->content.len;
    if (m->type == CONTENT_COMMIT)
        len += vector_len(m->confirmation_tag.len);
    return len + vector_len(m->signature.len) + padding;
}

/* The places of a PrivateMessage inside the writer's buffer. */
struct places {
    struct private_head head;     /* group id to authenticated data, and aad */
    uint8_t *sender, *ciphertext; /* SENDER_DATA_SEALED bytes; plain + SUITE_TAG bytes */
    size_t plain;
};

static enum err lay_out(const struct framed *m, uint32_t padding, struct writer *w,
                        struct places *out)
{
    uint8_t len[4];
    size_t plain = plain_len(m, padding);
    mls_message_head(w, WIRE_PRIVATE);
    const uint8_t *aad = w->at;
    codec_write_vector(w, m->group_id);
    writer_u64(w, m->epoch);
    writer_u8(w, (uint8_t)m->type);
    codec_write_vector(w, m->authenticated_data);
    out->head = (struct private_head){.authenticated_data = m->authenticated_data,
                                      .aad = span_of(aad, (size_t)(w->at - aad))};
    writer_u8(w, SENDER_DATA_SEALED);
    out->sender = writer_reserve(w, SENDER_DATA_SEALED);
    writer_bytes(w, span_of(len, codec_put_header(len, plain + SUITE_TAG)));
    out->ciphertext = writer_reserve(w, plain + SUITE_TAG);
    out->plain = plain;
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

static enum err content_seal(const struct framing *f, const struct framed *m,
                             const struct message_key *key, const struct places *at)
{
    struct writer plain = writer_of(at->ciphertext, at->plain);
    framed_write_content(m, &plain);
    framed_write_auth(m, &plain);
    size_t len = writer_len(&plain);
    memset(at->ciphertext + len, 0, at->plain - len);
    return f->suite->aead_seal(key->key, key->nonce, at->head.aad,
                               span_of(at->ciphertext, at->plain), at->ciphertext);
}

static enum err sender_seal(const struct framing *f, const struct sender_data *sender,
                            const struct places *at)
{
    struct message_key key;
    struct writer w = writer_of(at->sender, SENDER_DATA);
    writer_u32(&w, sender->leaf);
    writer_u32(&w, sender->generation);
    writer_bytes(&w, span_of(sender->guard, REUSE_GUARD));
    enum err e = sender_key(f, span_of(at->ciphertext, at->plain + SUITE_TAG), &key);
    if (e == ERR_OK)
        e = f->suite->aead_seal(key.key, key.nonce, sender_aad(&at->head),
                                span_of(at->sender, SENDER_DATA), at->sender);
    suite_wipe(&key, sizeof key);
    return e;
}

enum err private_write(const struct framing *f, const struct framed *m,
                       const struct private_make *make, struct writer *w)
{
    struct places at;
    struct message_key key;
    struct sender_data sender = {.leaf = m->leaf};
    if (!f->ratchets || m->sender != SENDER_MEMBER)
        return ERR_STATE;
    TRY(lay_out(m, make->padding, w, &at));
    enum err e = secret_next(f->ratchets, m->leaf, kind_of(m->type), &key);
    if (e == ERR_OK) {
        sender.generation = key.generation;
        make->random->fill(make->random->ctx, sender.guard, REUSE_GUARD);
        guard_nonce(key.nonce, sender.guard);
        e = content_seal(f, m, &key, &at);
    }
    suite_wipe(&key, sizeof key);
    if (e == ERR_OK)
        e = sender_seal(f, &sender, &at);
    if (e != ERR_OK)
        w->failed = true; /* what stands there is no message */
    return e;
}
