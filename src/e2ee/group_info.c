#include "e2ee/group_info.h"

#include "e2ee/suite_pieces.h"

#define INFO_LABEL "GroupInfoTBS"

enum err group_info_parse(const struct suite *s, struct span in, struct group_info *out)
{
    struct reader r = reader_of(in);
    TRY(context_parse(s, &r, out->context));
    out->extensions = codec_vector(&r);
    out->confirmation_tag = codec_vector(&r);
    out->signer = reader_u32(&r);
    if (!reader_ok(&r))
        return ERR_MALFORMED;
    out->tbs = span_of(in.ptr, (size_t)(r.at - in.ptr));
    out->signature = codec_vector(&r);
    bool good = reader_ok(&r) && reader_left(&r) == 0 && extensions_valid(out->extensions) &&
                out->confirmation_tag.len == SUITE_HASH;
    return good ? ERR_OK : ERR_MALFORMED;
}

enum err group_info_verify(const struct suite *s, const struct group_info *i, struct span key,
                           struct writer room)
{
    (void)s;
    struct pieces text = {&i->tbs, 1, room};
    return pieces_verify(key, INFO_LABEL, text, i->signature);
}

enum err group_info_write(const struct suite *s, const struct group_info_make *in, struct writer *w)
{
    (void)s;
    uint8_t signature[SUITE_SIGNATURE];
    size_t start = writer_len(w);
    writer_bytes(w, context_raw(in->context));
    size_t list = codec_begin(w);
    writer_u16(w, EXT_RATCHET_TREE);
    size_t data = codec_begin(w);
    TRY(tree_write(in->tree, w));
    codec_end(w, data);
    codec_end(w, list);
    codec_write_vector(w, span_of(in->confirmation_tag, SUITE_HASH));
    writer_u32(w, in->signer);
    if (!writer_ok(w))
        return ERR_LIMIT;
    struct span content = span_of(w->start + start, writer_len(w) - start);
    struct pieces text = {&content, 1, *w};
    text.room.start = w->at;
    TRY(pieces_sign(in->signature_secret, INFO_LABEL, text, signature));
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
