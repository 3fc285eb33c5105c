#include "e2ee/beat.h"

#include "base/mutant.h"

#define BEAT_LABEL "conclave beat"

enum err beat_parse(struct span in, struct beat *out)
{
    struct reader r = reader_of(in);
    struct beat b;
    uint8_t mark = reader_u8(&r);
    b.group_id = codec_vector(&r);
    b.epoch = reader_u64(&r);
    b.leaf = reader_u32(&r);
    b.transcript = codec_vector(&r);
    b.authenticator = codec_vector(&r);
    b.time_ms = reader_u64(&r);
    b.signed_part = span_of(in.ptr, in.len - reader_left(&r));
    b.signature = codec_vector(&r);
    if (!reader_ok(&r) || reader_left(&r) != 0 || mark != BEAT_MARK ||
        b.transcript.len != SUITE_HASH || b.authenticator.len != SUITE_HASH ||
        b.signature.len != SUITE_SIGNATURE)
        return ERR_MALFORMED;
    *out = b;
    return ERR_OK;
}

enum err beat_verify(const struct beat *b, struct span signer)
{
    return suite_verify(&suite_chacha, signer, BEAT_LABEL, b->signed_part, b->signature);
}

static void authenticator_hash(const struct group *g, uint8_t out[SUITE_HASH])
{
    suite_hash(&suite_chacha, span_of(group_authenticator(g), SUITE_HASH), out);
}

enum err beat_write(const struct group *g, uint64_t time_ms, struct writer *w)
{
    uint8_t hash[SUITE_HASH], signature[SUITE_SIGNATURE];
    size_t start = writer_len(w);
    authenticator_hash(g, hash);
    writer_u8(w, BEAT_MARK);
    codec_write_vector(w, group_id(g));
    writer_u64(w, group_epoch(g));
    writer_u32(w, group_own_leaf(g));
    codec_write_vector(w, span_of(group_transcript(g), SUITE_HASH));
    codec_write_vector(w, span_of(hash, sizeof hash));
    writer_u64(w, time_ms);
    if (!writer_ok(w))
        return ERR_LIMIT;
    TRY(group_sign(g, BEAT_LABEL, span_of(w->start + start, writer_len(w) - start), signature));
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

void beat_remember(struct beat_history *h, const struct group *g)
{
    struct beat_state *s = &h->at[group_epoch(g) % BEAT_HISTORY];
    s->any = true;
    s->epoch = group_epoch(g);
    memcpy(s->transcript, group_transcript(g), SUITE_HASH);
    authenticator_hash(g, s->authenticator);
}

enum beat_verdict beat_compare(const struct beat_history *h, const struct beat *b)
{
    const struct beat_state *s = &h->at[b->epoch % BEAT_HISTORY];
    if (!s->any || s->epoch != b->epoch)
        return BEAT_UNKNOWN;
    bool same = span_equal(b->transcript, span_of(s->transcript, SUITE_HASH)) &&
                span_equal(b->authenticator, span_of(s->authenticator, SUITE_HASH));
    return DEFENCE(36, same) ? BEAT_SAME : BEAT_FORK;
}
