#include "e2ee/schedule.h"

#include "e2ee/codec.h"

static const uint8_t zeros[SUITE_HASH];

static struct span secret_span(const uint8_t *secret)
{
    return span_of(secret ? secret : zeros, SUITE_HASH);
}

/* RFC 9420 section 8, figure 22. Starts from out->joiner. */
static enum err from_joiner(const struct suite *s, const uint8_t psk[SUITE_HASH],
                            struct span context, struct epoch_secrets *out)
{
    const struct {
        const char *label;
        uint8_t *to;
    } derived[] = {
        {"sender data", out->sender_data},
        {"encryption", out->encryption},
        {"exporter", out->exporter},
        {"external", out->external},
        {"confirm", out->confirmation},
        {"membership", out->membership},
        {"resumption", out->resumption},
        {"authentication", out->authenticator},
        {"init", out->init},
    };
    uint8_t member[SUITE_HASH];
    suite_extract(s, secret_span(out->joiner), secret_span(psk), member);
    enum err e = suite_derive_secret(s, member, "welcome", out->welcome);
    if (e == ERR_OK)
        e = suite_expand_label(s, member, (struct suite_label){"epoch", context}, out->epoch,
                               SUITE_HASH);
    for (size_t i = 0; e == ERR_OK && i < sizeof derived / sizeof *derived; i++)
        e = suite_derive_secret(s, out->epoch, derived[i].label, derived[i].to);
    suite_wipe(member, sizeof member);
    return e;
}

enum err schedule_next(const struct suite *s, const struct schedule_inputs *in,
                       struct epoch_secrets *out)
{
    uint8_t extracted[SUITE_HASH]; /* read before `out` is written: in->init may be out->init */
    suite_extract(s, secret_span(in->init), secret_span(in->commit), extracted);
    enum err e = suite_expand_label(s, extracted, (struct suite_label){"joiner", in->context},
                                    out->joiner, SUITE_HASH);
    suite_wipe(extracted, sizeof extracted);
    return e == ERR_OK ? from_joiner(s, in->psk, in->context, out) : e;
}

enum err schedule_join(const struct suite *s, const uint8_t joiner[SUITE_HASH],
                       const uint8_t psk[SUITE_HASH], struct span context,
                       struct epoch_secrets *out)
{
    memmove(out->joiner, joiner, SUITE_HASH);
    return from_joiner(s, psk, context, out);
}

enum err schedule_welcome(const struct suite *s, const uint8_t joiner[SUITE_HASH],
                          const uint8_t psk[SUITE_HASH], uint8_t out[SUITE_HASH])
{
    uint8_t member[SUITE_HASH];
    suite_extract(s, secret_span(joiner), secret_span(psk), member);
    enum err e = suite_derive_secret(s, member, "welcome", out);
    suite_wipe(member, sizeof member);
    return e;
}

enum err schedule_export(const struct suite *s, const uint8_t exporter[SUITE_HASH],
                         struct suite_label label, uint8_t *out, size_t len)
{
    uint8_t derived[SUITE_HASH], hash[SUITE_HASH];
    suite_hash(s, label.context, hash);
    enum err e = suite_derive_secret(s, exporter, label.label, derived);
    if (e == ERR_OK)
        e = suite_expand_label(
            s, derived, (struct suite_label){"exported", span_of(hash, sizeof hash)}, out, len);
    suite_wipe(derived, sizeof derived);
    return e;
}

/* struct { PreSharedKeyID id; uint16 index; uint16 count; } PSKLabel (section 8.4) */
static enum err psk_input(const struct suite *s, const struct psk *p, uint32_t index, uint32_t n,
                          uint8_t out[SUITE_HASH])
{
    uint8_t label[SCHEDULE_PSK_ID_MAX + 4], extracted[SUITE_HASH];
    struct writer w = writer_of(label, sizeof label);
    writer_bytes(&w, p->id);
    writer_u16(&w, (uint16_t)index);
    writer_u16(&w, (uint16_t)n);
    if (!writer_ok(&w))
        return ERR_LIMIT;
    suite_extract(s, secret_span(NULL), p->value, extracted);
    enum err e = suite_expand_label(
        s, extracted, (struct suite_label){"derived psk", writer_span(&w)}, out, SUITE_HASH);
    suite_wipe(extracted, sizeof extracted);
    return e;
}

enum err schedule_psk(const struct suite *s, const struct psk *list, uint32_t n,
                      uint8_t out[SUITE_HASH])
{
    uint8_t secret[SUITE_HASH] = {0}, input[SUITE_HASH];
    enum err e = n > UINT16_MAX ? ERR_LIMIT : ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < n; i++) {
        e = psk_input(s, &list[i], i, n, input);
        if (e == ERR_OK)
            suite_extract(s, secret_span(input), secret_span(secret), secret);
    }
    if (e == ERR_OK)
        memcpy(out, secret, SUITE_HASH);
    suite_wipe(secret, sizeof secret);
    suite_wipe(input, sizeof input);
    return e;
}

void transcript_confirmed(const struct suite *s, struct span interim_before, struct span input,
                          uint8_t out[SUITE_HASH])
{
    suite_hash3(s, interim_before, input, (struct span){NULL, 0}, out);
}

void transcript_interim(const struct suite *s, const uint8_t confirmed[SUITE_HASH],
                        struct span confirmation_tag, uint8_t out[SUITE_HASH])
{
    uint8_t head[4];
    suite_hash3(s, span_of(confirmed, confirmed ? SUITE_HASH : 0),
                span_of(head, codec_put_header(head, confirmation_tag.len)), confirmation_tag, out);
}
