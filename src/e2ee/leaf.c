/* Reading and checking a LeafNode (RFC 9420 sections 7.2 and 7.3). */
#include "e2ee/leaf.h"

#include "e2ee/suite_pieces.h"

#define LEAF_LABEL "LeafNodeTBS"

enum { VERSION_MLS10 = 1 };

/* ---- reading ---- */

/* opaque cert_data<V> certificates<V>: looked at no further than its form. */
static void certificates_parse(struct reader *r)
{
    struct reader list = codec_inner(r);
    while (reader_left(&list) > 0)
        (void)codec_vector(&list);
    if (!reader_ok(&list))
        r->failed = true;
}

static void credential_parse(struct reader *r, struct leaf *out)
{
    const uint8_t *start = r->at;
    out->credential_type = reader_u16(r);
    if (out->credential_type == CREDENTIAL_BASIC)
        out->identity = codec_vector(r);
    else if (out->credential_type == CREDENTIAL_X509)
        certificates_parse(r);
    else
        r->failed = true; /* where it ends is not known */
    if (reader_ok(r))
        out->credential = span_of(start, (size_t)(r->at - start));
}

/* uint16 list<V> */
static struct span types_parse(struct reader *r)
{
    struct span types = codec_vector(r);
    if (types.len % 2 != 0)
        r->failed = true;
    return types;
}

static void source_parse(struct reader *r, struct leaf *out)
{
    uint8_t source = reader_u8(r);
    switch (source) {
    case LEAF_KEY_PACKAGE:
        out->source = LEAF_KEY_PACKAGE;
        out->not_before = reader_u64(r);
        out->not_after = reader_u64(r);
        return;
    case LEAF_UPDATE:
        out->source = LEAF_UPDATE;
        return;
    case LEAF_COMMIT:
        out->source = LEAF_COMMIT;
        out->parent_hash = codec_vector(r);
        return;
    }
    r->failed = true;
}

void leaf_parse(struct reader *r, struct leaf *out)
{
    const uint8_t *start = r->at;
    struct leaf leaf = {0};
    leaf.encryption_key = codec_vector(r);
    leaf.signature_key = codec_vector(r);
    credential_parse(r, &leaf);
    leaf.versions = types_parse(r);
    leaf.suites = types_parse(r);
    leaf.extension_types = types_parse(r);
    leaf.proposal_types = types_parse(r);
    leaf.credential_types = types_parse(r);
    source_parse(r, &leaf);
    leaf.extensions = codec_vector(r);
    const uint8_t *end = r->at;
    leaf.signature = codec_vector(r);
    if (!reader_ok(r))
        return;
    leaf.unsigned_part = span_of(start, (size_t)(end - start));
    leaf.raw = span_of(start, (size_t)(r->at - start));
    if (leaf.raw.len > LEAF_BYTES_MAX || !extensions_valid(leaf.extensions)) {
        r->failed = true;
        return;
    }
    *out = leaf;
}

/* ---- what a leaf says it can do ---- */

bool leaf_lists(struct span types, uint16_t type)
{
    for (size_t i = 0; i + 1 < types.len; i += 2)
        if ((types.ptr[i] << 8 | types.ptr[i + 1]) == type)
            return true;
    return false;
}

bool leaf_supports(struct span types, uint16_t type)
{
    return (type >= EXT_APPLICATION_ID && type <= EXT_EXTERNAL_SENDERS) || leaf_lists(types, type);
}

bool leaf_supports_proposal(struct span types, uint16_t type)
{
    enum { PROPOSAL_ADD = 1, PROPOSAL_EXTENSIONS = 7 }; /* section 17.4: all between are default */
    return (type >= PROPOSAL_ADD && type <= PROPOSAL_EXTENSIONS) || leaf_lists(types, type);
}

static enum err check_each(struct reader *required, struct span types,
                           bool (*holds)(struct span types, uint16_t type))
{
    struct reader list = codec_inner(required);
    if (reader_left(&list) > 2 * LEAF_REQUIRED_MAX)
        return ERR_LIMIT;
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);
        if (reader_ok(&list) && !holds(types, type))
            return ERR_UNSUPPORTED;
    }
    return reader_ok(&list) ? ERR_OK : ERR_MALFORMED;
}

enum err leaf_check_required(const struct leaf *leaf, struct span required)
{
    if (required.len == 0)
        return ERR_OK;
    struct reader r = reader_of(required);
    TRY(check_each(&r, leaf->extension_types, leaf_supports));
    TRY(check_each(&r, leaf->proposal_types, leaf_supports_proposal));
    TRY(check_each(&r, leaf->credential_types, leaf_lists));
    return reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}

/* ---- checking ---- */

static bool extensions_supported(const struct leaf *leaf)
{
    struct reader r = reader_of(leaf->extensions);
    while (reader_left(&r) > 0) {
        uint16_t type = reader_u16(&r);
        (void)codec_vector(&r);
        if (!leaf_supports(leaf->extension_types, type))
            return false;
    }
    return reader_ok(&r);
}

/* LeafNodeTBS: a leaf of update and commit is bound to its group and place. */
struct leaf_tbs {
    uint8_t head[4], index[4];
    struct span piece[4];
};

static struct pieces leaf_tbs(const struct leaf *leaf, const struct leaf_place *place,
                              struct leaf_tbs *t)
{
    t->piece[0] = leaf->unsigned_part;
    if (leaf->source == LEAF_KEY_PACKAGE)
        return (struct pieces){t->piece, 1, {0}};
    struct writer index = writer_of(t->index, sizeof(t->index));
    writer_u32(&index, place->leaf_index);
    t->piece[1] = span_of(t->head, codec_put_header(t->head, place->group_id.len));
    t->piece[2] = place->group_id;
    t->piece[3] = writer_span(&index);
    return (struct pieces){t->piece, 4, {0}};
}

enum err leaf_verify(const struct suite *s, const struct leaf *leaf, const struct leaf_place *place)
{
    struct leaf_tbs tbs;
    if (!place && leaf->source != LEAF_KEY_PACKAGE)
        return ERR_MALFORMED;
    if (!s->kem_valid(leaf->encryption_key) || leaf->signature_key.len != SUITE_SIGN_PUBLIC)
        return ERR_MALFORMED;
    if (!leaf_lists(leaf->versions, VERSION_MLS10) || !leaf_lists(leaf->suites, s->id) ||
        !leaf_lists(leaf->credential_types, leaf->credential_type) || !extensions_supported(leaf))
        return ERR_UNSUPPORTED;
    return pieces_verify(leaf->signature_key, LEAF_LABEL, leaf_tbs(leaf, place, &tbs),
                         leaf->signature);
}

bool leaf_check_lifetime(const struct leaf *leaf, uint64_t now_s)
{
    return leaf->source != LEAF_KEY_PACKAGE ||
           (leaf->not_before <= now_s && now_s <= leaf->not_after);
}

bool leaf_check_lease(const struct leaf *leaf, uint64_t max_s)
{
    return leaf->source != LEAF_KEY_PACKAGE ||
           (leaf->not_before <= leaf->not_after && leaf->not_after - leaf->not_before <= max_s);
}

/* ---- writing ---- */

static void types_write(struct writer *w, const uint16_t *types, size_t n)
{
    size_t mark = codec_begin(w);
    for (size_t i = 0; i < n; i++)
        writer_u16(w, types[i]);
    codec_end(w, mark);
}

static void capabilities_write(struct writer *w, uint16_t suite)
{
    types_write(w, (const uint16_t[]){VERSION_MLS10}, 1);
    types_write(w, &suite, 1);
    types_write(w, (const uint16_t[]){EXT_MEETING_POLICY, EXT_PROFILE}, 2);
    types_write(w, NULL, 0);
    types_write(w, (const uint16_t[]){CREDENTIAL_BASIC}, 1);
}

static void unsigned_write(const struct suite *s, const struct leaf_make *in, struct writer *w)
{
    codec_write_vector(w, in->encryption_key);
    codec_write_vector(w, in->signature_key);
    writer_u16(w, CREDENTIAL_BASIC);
    codec_write_vector(w, in->identity);
    capabilities_write(w, s->id);
    writer_u8(w, (uint8_t)in->source);
    if (in->source == LEAF_KEY_PACKAGE) {
        writer_u64(w, in->not_before);
        writer_u64(w, in->not_after);
    }
    if (in->source == LEAF_COMMIT)
        codec_write_vector(w, in->parent_hash);
    codec_write_vector(w, in->extensions);
}

enum err leaf_write(const struct suite *s, const struct leaf_make *in, struct writer *w)
{
    uint8_t signature[SUITE_SIGNATURE];
    struct leaf_tbs tbs;
    size_t start = writer_len(w);
    unsigned_write(s, in, w);
    if (!writer_ok(w))
        return ERR_LIMIT;
    struct leaf leaf = {.source = in->source,
                        .unsigned_part = span_of(w->start + start, writer_len(w) - start)};
    TRY(pieces_sign(in->signature_secret, LEAF_LABEL, leaf_tbs(&leaf, &in->place, &tbs),
                    signature));
    codec_write_vector(w, span_of(signature, sizeof(signature)));
    return writer_ok(w) && writer_len(w) - start <= LEAF_BYTES_MAX ? ERR_OK : ERR_LIMIT;
}
