#include "e2ee/context.h"

enum { MLS10 = 1 };

struct span context_id(const struct context *c)
{
    return span_of(c->id, c->id_len);
}

struct span context_extensions(const struct context *c)
{
    return span_of(c->extensions, c->extensions_len);
}

struct span context_raw(const struct context *c)
{
    return span_of(c->raw, c->raw_len);
}

struct span context_confirmed(const struct context *c)
{
    return span_of(c->confirmed, c->confirmed_len);
}

/* Every leaf is asked for every type of these lists: a long one ends here. */
static enum err check_required(struct span extensions)
{
    struct span required;
    if (!extension_find(extensions, EXT_REQUIRED_CAPABILITIES, &required))
        return ERR_OK;
    struct reader r = reader_of(required);
    for (size_t i = 0; i < 3; i++) {
        struct span types = codec_vector(&r);
        if (types.len > 2 * LEAF_REQUIRED_MAX)
            return ERR_LIMIT;
        if (types.len % 2 != 0)
            return ERR_MALFORMED;
    }
    return reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}

enum err context_set_extensions(struct context *c, struct span extensions)
{
    if (extensions.len > sizeof c->extensions)
        return ERR_LIMIT;
    if (!extensions_valid(extensions))
        return ERR_MALFORMED;
    TRY(check_required(extensions));
    if (extensions.len > 0)
        memcpy(c->extensions, extensions.ptr, extensions.len);
    c->extensions_len = extensions.len;
    return ERR_OK;
}

enum err context_parse(const struct suite *s, struct reader *r, struct context *out)
{
    uint16_t version = reader_u16(r), suite = reader_u16(r);
    struct span id = codec_vector(r);
    uint64_t epoch = reader_u64(r);
    struct span tree_hash = codec_vector(r), confirmed = codec_vector(r);
    struct span extensions = codec_vector(r);
    if (!reader_ok(r) || tree_hash.len != SUITE_HASH)
        return ERR_MALFORMED;
    if (confirmed.len != SUITE_HASH && confirmed.len != 0)
        return ERR_MALFORMED;
    if (version != MLS10 || suite != s->id)
        return ERR_UNSUPPORTED;
    if (id.len > GROUP_ID_MAX)
        return ERR_LIMIT;
    TRY(context_set_extensions(out, extensions));
    out->epoch = epoch;
    memcpy(out->tree_hash, tree_hash.ptr, SUITE_HASH);
    if (confirmed.len > 0)
        memcpy(out->confirmed, confirmed.ptr, confirmed.len);
    out->confirmed_len = (uint8_t)confirmed.len;
    if (id.len > 0)
        memcpy(out->id, id.ptr, id.len);
    out->id_len = (uint8_t)id.len;
    context_seal(s, out);
    return ERR_OK;
}

void context_seal(const struct suite *s, struct context *c)
{
    struct writer w = writer_of(c->raw, sizeof c->raw);
    writer_u16(&w, MLS10);
    writer_u16(&w, s->id);
    codec_write_vector(&w, context_id(c));
    writer_u64(&w, c->epoch);
    codec_write_vector(&w, span_of(c->tree_hash, SUITE_HASH));
    codec_write_vector(&w, context_confirmed(c));
    codec_write_vector(&w, context_extensions(c));
    c->raw_len = writer_len(&w);
}

bool context_fits(struct span extensions, const struct leaf *leaf)
{
    struct reader r = reader_of(extensions);
    while (reader_left(&r) > 0) {
        uint16_t type = reader_u16(&r);
        struct span data = codec_vector(&r);
        if (!reader_ok(&r) || !leaf_supports(leaf->extension_types, type))
            return false;
        if (type == EXT_REQUIRED_CAPABILITIES && leaf_check_required(leaf, data) != ERR_OK)
            return false;
    }
    return reader_ok(&r);
}

bool context_fits_all(struct span extensions, const struct tree *t)
{
    uint32_t width = tree_leaf_width(t);
    struct leaf leaf;
    for (uint32_t i = 0; i < width; i++) {
        if (tree_leaf(t, i, &leaf) && !context_fits(extensions, &leaf))
            return false;
    }
    return true;
}
