#include "e2ee/welcome.h"

#define WELCOME_LABEL "Welcome"

enum err welcome_parse(struct span body, struct welcome *out)
{
    struct reader r = reader_of(body);
    out->suite = reader_u16(&r);
    out->secrets = codec_vector(&r);
    out->info = codec_vector(&r);
    return reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}

bool welcome_find(const struct welcome *w, struct span ref, struct welcome_entry *out)
{
    struct reader r = reader_of(w->secrets);
    while (reader_left(&r) > 0) {
        struct welcome_entry e;
        e.ref = codec_vector(&r);
        e.output = codec_vector(&r);
        e.sealed = codec_vector(&r);
        if (reader_ok(&r) && span_equal(e.ref, ref)) {
            *out = e;
            return true;
        }
    }
    return false;
}

enum err group_secrets_parse(struct span in, struct group_secrets *out)
{
    struct reader r = reader_of(in);
    out->joiner = codec_vector(&r);
    out->has_path = codec_optional(&r);
    out->path = out->has_path ? codec_vector(&r) : span_of(NULL, 0);
    out->psks = codec_vector(&r);
    bool good = reader_ok(&r) && reader_left(&r) == 0 && out->joiner.len == SUITE_HASH &&
                (!out->has_path || out->path.len == SUITE_HASH);
    return good ? ERR_OK : ERR_MALFORMED;
}

void group_secrets_write(const struct group_secrets *s, struct writer *w)
{
    codec_write_vector(w, s->joiner);
    writer_u8(w, s->has_path);
    if (s->has_path)
        codec_write_vector(w, s->path);
    codec_write_vector(w, s->psks);
}

enum err welcome_key_derive(const struct suite *s, const uint8_t secret[SUITE_HASH],
                            struct welcome_key *out)
{
    struct span none = {NULL, 0};
    TRY(suite_expand_label(s, secret, (struct suite_label){"key", none}, out->key, s->aead_key));
    return suite_expand_label(s, secret, (struct suite_label){"nonce", none}, out->nonce,
                              SUITE_NONCE);
}

enum err welcome_open_entry(const struct suite *s, const struct welcome_entry *entry,
                            const struct welcome_open *with, uint8_t *out, size_t *len)
{
    struct suite_label label = {WELCOME_LABEL, with->info};
    if (entry->sealed.len < SUITE_TAG || entry->output.len != s->kem_output)
        return ERR_MALFORMED;
    TRY(suite_decrypt(s, with->key, label, (struct suite_sealed){entry->output, entry->sealed},
                      out));
    *len = entry->sealed.len - SUITE_TAG;
    return ERR_OK;
}

void welcome_info_hash(const struct suite *s, struct span info, uint8_t out[SUITE_HASH])
{
    suite_label_hash(s, (struct suite_label){WELCOME_LABEL, info}, out);
}

size_t welcome_entry_size(const struct suite *s, size_t len)
{
    size_t sealed = len + SUITE_TAG;
    return codec_header(SUITE_HASH) + SUITE_HASH + codec_header(s->kem_output) + s->kem_output +
           codec_header(sealed) + sealed;
}

enum err welcome_seal_entry(const struct suite *s, const struct welcome_seal *to,
                            struct span secrets, struct writer *w)
{
    uint8_t head[4];
    if (to->init_key.len != s->kem_public)
        return ERR_MALFORMED;
    codec_write_vector(w, to->ref);
    writer_bytes(w, span_of(head, codec_put_header(head, s->kem_output)));
    uint8_t *output = writer_reserve(w, s->kem_output);
    writer_bytes(w, span_of(head, codec_put_header(head, secrets.len + SUITE_TAG)));
    uint8_t *sealed = writer_reserve(w, secrets.len + SUITE_TAG);
    if (!writer_ok(w))
        return ERR_LIMIT;
    struct suite_box box = {to->random, output, sealed};
    return suite_encrypt_hashed(s, to->init_key.ptr, to->info_hash, secrets, box);
}
