#include "e2ee/private.h"

#define PRIVATE_LABEL "conclave private"
enum { CONTEXT_MAX = GROUP_ID_MAX + 32, TEXT_MAX = 8192 };

enum err private_message_parse(struct span in, struct private_message *out)
{
    struct reader r = reader_of(in);
    struct private_message m;
    uint8_t mark = reader_u8(&r);
    m.from = reader_u32(&r);
    m.to = reader_u32(&r);
    m.output = codec_vector(&r);
    m.sealed = codec_vector(&r);
    m.signature = codec_vector(&r);
    if (!reader_ok(&r) || reader_left(&r) != 0 || mark != PRIVATE_MARK ||
        m.signature.len != SUITE_SIGNATURE || m.sealed.len <= SUITE_TAG ||
        m.sealed.len > PRIVATE_PLAIN_MAX + SUITE_TAG)
        return ERR_MALFORMED;
    *out = m;
    return ERR_OK;
}

/* group_id<V> || epoch || from || to */
static void context_write(const struct group *g, uint64_t epoch, const struct private_message *m,
                          struct writer *w)
{
    codec_write_vector(w, group_id(g));
    writer_u64(w, epoch);
    writer_u32(w, m->from);
    writer_u32(w, m->to);
}

static void signed_write(const struct group *g, uint64_t epoch, const struct private_message *m,
                         struct writer *w)
{
    context_write(g, epoch, m, w);
    codec_write_vector(w, m->output);
    codec_write_vector(w, m->sealed);
}

enum err private_message_write(const struct group *g, const struct private_message_make *in,
                               struct writer *w)
{
    uint8_t context[CONTEXT_MAX], text[TEXT_MAX], sealed[PRIVATE_PLAIN_MAX + SUITE_TAG];
    uint8_t output[SUITE_KEM_OUTPUT_MAX], signature[SUITE_SIGNATURE];
    struct writer c = writer_of(context, sizeof context), s = writer_of(text, sizeof text);
    struct private_message m = {.from = group_own_leaf(g), .to = in->to};
    struct leaf leaf;
    if (!tree_leaf(group_tree(g), in->to, &leaf))
        return ERR_NOT_FOUND;
    if (in->content.len == 0 || in->content.len > PRIVATE_PLAIN_MAX)
        return ERR_LIMIT;
    context_write(g, group_epoch(g), &m, &c);
    TRY(suite_encrypt(&suite_chacha, leaf.encryption_key.ptr,
                      (struct suite_label){PRIVATE_LABEL, writer_span(&c)}, in->content,
                      (struct suite_box){in->random, output, sealed}));
    m.output = span_of(output, suite_chacha.kem_output);
    m.sealed = span_of(sealed, in->content.len + SUITE_TAG);
    signed_write(g, group_epoch(g), &m, &s);
    if (!writer_ok(&s))
        return ERR_LIMIT;
    TRY(group_sign(g, PRIVATE_LABEL, writer_span(&s), signature));
    writer_u8(w, PRIVATE_MARK);
    writer_u32(w, m.from);
    writer_u32(w, m.to);
    codec_write_vector(w, m.output);
    codec_write_vector(w, m.sealed);
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

enum err private_message_open(const struct group *g, const struct private_message *m,
                              uint64_t epoch, uint8_t *plain, size_t *len)
{
    uint8_t context[CONTEXT_MAX], text[TEXT_MAX];
    struct writer c = writer_of(context, sizeof context), s = writer_of(text, sizeof text);
    uint8_t signer[SUITE_SIGN_PUBLIC];
    if (m->to != group_own_leaf(g) || m->from == m->to || !group_signer(g, epoch, m->from, signer))
        return ERR_NOT_FOUND;
    context_write(g, epoch, m, &c);
    signed_write(g, epoch, m, &s);
    if (!writer_ok(&s))
        return ERR_LIMIT;
    TRY(suite_verify(&suite_chacha, span_of(signer, sizeof signer), PRIVATE_LABEL, writer_span(&s),
                     m->signature));
    struct suite_label label = {PRIVATE_LABEL, writer_span(&c)};
    if (epoch == group_epoch(g))
        TRY(group_decrypt(g, label, m->output, m->sealed, plain));
    else
        TRY(group_decrypt_previous(g, label, m->output, m->sealed, plain));
    *len = m->sealed.len - SUITE_TAG;
    return ERR_OK;
}
