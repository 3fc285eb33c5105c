/* KeyPackage (RFC 9420 section 10). */
#include "e2ee/leaf.h"

enum { VERSION_MLS10 = 1 };

void key_package_parse(struct reader *r, struct key_package *out)
{
    const uint8_t *start = r->at;
    struct key_package p = {0};
    p.version = reader_u16(r);
    p.suite = reader_u16(r);
    p.init_key = codec_vector(r);
    leaf_parse(r, &p.leaf);
    p.extensions = codec_vector(r);
    const uint8_t *end = r->at;
    p.signature = codec_vector(r);
    if (!reader_ok(r))
        return;
    if (!extensions_valid(p.extensions)) {
        r->failed = true;
        return;
    }
    p.unsigned_part = span_of(start, (size_t)(end - start));
    p.raw = span_of(start, (size_t)(r->at - start));
    *out = p;
}

enum err key_package_verify(const struct suite *s, const struct key_package *p, uint64_t now_s)
{
    if (p->version != VERSION_MLS10 || p->suite != s->id)
        return ERR_UNSUPPORTED;
    if (!s->kem_valid(p->init_key) || span_equal(p->init_key, p->leaf.encryption_key))
        return ERR_MALFORMED;
    TRY(leaf_verify(s, &p->leaf, NULL));
    if (now_s != 0 && !leaf_check_lifetime(&p->leaf, now_s))
        return ERR_STATE;
    return suite_verify(s, p->leaf.signature_key, "KeyPackageTBS", p->unsigned_part, p->signature);
}

enum err key_package_ref(const struct suite *s, struct span raw, uint8_t out[SUITE_HASH])
{
    return suite_ref_hash(s, "MLS 1.0 KeyPackage Reference", raw, out);
}

static enum err draw(const struct suite *s, const struct random_source *random, uint8_t *secret,
                     uint8_t *public)
{
    uint8_t ikm[SUITE_HASH];
    random->fill(random->ctx, ikm, sizeof(ikm));
    enum err e = s->kem_derive(span_of(ikm, sizeof(ikm)), secret, public);
    suite_wipe(ikm, sizeof(ikm));
    return e;
}

enum err key_package_make(const struct suite *s, const struct leaf_make *in,
                          const struct random_source *random, struct writer *w,
                          struct key_package_secrets *secrets)
{
    struct leaf_make make = *in;
    uint8_t signature[SUITE_SIGNATURE];
    size_t start = writer_len(w);
    TRY(draw(s, random, secrets->init_secret, secrets->init_public));
    TRY(draw(s, random, secrets->leaf_secret, secrets->leaf_public));
    make.encryption_key = span_of(secrets->leaf_public, s->kem_public);
    make.source = LEAF_KEY_PACKAGE;
    writer_u16(w, VERSION_MLS10);
    writer_u16(w, s->id);
    codec_write_vector(w, span_of(secrets->init_public, s->kem_public));
    TRY(leaf_write(s, &make, w));
    codec_write_vector(w, (struct span){NULL, 0}); /* extensions */
    if (!writer_ok(w))
        return ERR_LIMIT;
    struct span content = span_of(w->start + start, writer_len(w) - start);
    TRY(suite_sign(s, make.signature_secret, "KeyPackageTBS", content, signature));
    codec_write_vector(w, span_of(signature, sizeof(signature)));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
