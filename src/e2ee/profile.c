#include "e2ee/profile.h"

#include "base/mutant.h"
#include "e2ee/codec.h"

#include <sodium.h>

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
#define DEVICE_LABEL "conclave device"
#define HOST_LABEL "conclave host leaf"

/* ---- names ---- */

/* Length of the UTF-8 sequence that begins here, 0 when it is none (RFC 3629). */
static size_t utf8_step(struct span s)
{
    static const struct {
        uint8_t first, last, low, high;
        size_t len;
    } forms[] = {
        {0x20, 0x7E, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s.ptr[0] < forms[i].first || s.ptr[0] > forms[i].last || s.len < forms[i].len)
            continue;
        bool good = forms[i].len == 1 || (s.ptr[1] >= forms[i].low && s.ptr[1] <= forms[i].high);
        for (size_t k = 2; k < forms[i].len; k++)
            good = good && s.ptr[k] >= 0x80 && s.ptr[k] <= 0xBF;
        return good ? forms[i].len : 0;
    }
    return 0;
}

/* Codes that move or reverse what follows could make one name look like another: U+0080-009F,
 * U+200E, U+200F, U+202A-202E, U+2066-2069. */
static bool utf8_steers(const uint8_t *c, size_t len)
{
    if (len == 2)
        return c[0] == 0xC2 && c[1] < 0xA0;
    if (len != 3 || c[0] != 0xE2)
        return false;
    return (c[1] == 0x80 && (c[2] == 0x8E || c[2] == 0x8F || (c[2] >= 0xAA && c[2] <= 0xAE))) ||
           (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9);
}

bool profile_name_valid(struct span name)
{
    if (name.len == 0 || name.len > E2EE_NAME_MAX)
        return false;
    for (size_t at = 0; at < name.len;) {
        size_t n = utf8_step(span_of(name.ptr + at, name.len - at));
        if (n == 0 || !DEFENCE(32, !utf8_steers(name.ptr + at, n)))
            return false;
        at += n;
    }
    return true;
}

/* ---- what is signed ---- */

static void device_content(const struct profile_place *at, uint64_t expires_s, struct writer *w)
{
    codec_write_vector(w, at->group_id);
    codec_write_vector(w, at->signer);
    writer_u64(w, expires_s);
}

static struct span host_content(const struct profile_place *at, struct writer *w)
{
    codec_write_vector(w, at->group_id);
    codec_write_vector(w, at->signer);
    return writer_span(w);
}

struct span profile_to_sign(const struct profile_place *at, uint64_t expires_s, struct writer *w)
{
    size_t mark = codec_begin(w);
    writer_text(w, "MLS 1.0 " DEVICE_LABEL);
    codec_end(w, mark);
    mark = codec_begin(w);
    device_content(at, expires_s, w);
    codec_end(w, mark);
    return writer_span(w);
}

bool profile_device_signed(const struct profile_place *at, const struct profile *p,
                           struct span signature)
{
    uint8_t text[PROFILE_SIGNED_MAX];
    struct writer w = writer_of(text, sizeof text);
    device_content(at, p->expires_s, &w);
    return writer_ok(&w) && suite_verify(&suite_chacha, span_of(p->device, sizeof p->device),
                                         DEVICE_LABEL, writer_span(&w), signature) == ERR_OK;
}

/* ---- sealing ---- */

static void profile_write(const struct profile_make *in, struct span host, struct writer *w)
{
    const struct profile *p = in->profile;
    writer_u8(w, PROFILE_VERSION);
    writer_u8(w, p->bot ? PROFILE_BOT : 0);
    codec_write_vector(w, span_of(p->name, p->name_len));
    codec_write_vector(w, span_of(p->device, sizeof p->device));
    writer_u64(w, p->expires_s);
    codec_write_vector(w, span_of(in->device_signature, SUITE_SIGNATURE));
    codec_write_vector(w, host);
    codec_write_vector(w, span_of(p->build, p->has_build ? sizeof p->build : 0));
    while (writer_ok(w) && writer_len(w) % PROFILE_PAD != 0)
        writer_u8(w, 0);
}

enum err profile_seal(const struct profile_place *at, const struct profile_make *in,
                      struct writer *w)
{
    uint8_t plain[PROFILE_PLAIN_MAX], text[PROFILE_SIGNED_MAX], host[SUITE_SIGNATURE];
    struct writer body = writer_of(plain, sizeof plain), content = writer_of(text, sizeof text);
    struct span host_signature = {NULL, 0};
    if (!profile_name_valid(span_of(in->profile->name, in->profile->name_len)))
        return ERR_MALFORMED;
    if (in->host_secret_key) {
        TRY(suite_sign(&suite_chacha, in->host_secret_key, HOST_LABEL, host_content(at, &content),
                       host));
        host_signature = span_of(host, sizeof host);
    }
    profile_write(in, host_signature, &body);
    uint8_t *out = writer_reserve(w, NONCE + writer_len(&body) + SUITE_TAG);
    if (!writer_ok(&body) || !out)
        return ERR_LIMIT;
    in->random->fill(in->random->ctx, out, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain, writer_len(&body),
                                               at->signer.ptr, at->signer.len, NULL, out, at->key);
    suite_wipe(plain, sizeof plain);
    return ERR_OK;
}

struct parsed {
    struct profile p;
    struct span device_signature, host_signature;
};

static bool profile_parse(struct span plain, struct parsed *out)
{
    struct reader r = reader_of(plain);
    struct profile *p = &out->p;
    uint8_t version = reader_u8(&r), flags = reader_u8(&r);
    struct span name = codec_vector(&r), device = codec_vector(&r);
    p->expires_s = reader_u64(&r);
    out->device_signature = codec_vector(&r);
    out->host_signature = codec_vector(&r);
    struct span build = codec_vector(&r), padding = reader_take(&r, reader_left(&r));
    for (size_t i = 0; i < padding.len; i++)
        if (padding.ptr[i] != 0)
            return false;
    if (!reader_ok(&r) || version != PROFILE_VERSION || (flags & ~PROFILE_BOT) != 0 ||
        padding.len >= PROFILE_PAD || !profile_name_valid(name) ||
        device.len != SUITE_SIGN_PUBLIC || out->device_signature.len != SUITE_SIGNATURE ||
        (out->host_signature.len != 0 && out->host_signature.len != SUITE_SIGNATURE) ||
        (build.len != 0 && build.len != sizeof p->build))
        return false;
    p->bot = flags & PROFILE_BOT;
    p->has_build = build.len != 0;
    p->host = out->host_signature.len != 0;
    p->name_len = (uint8_t)name.len;
    memcpy(p->name, name.ptr, name.len);
    memcpy(p->device, device.ptr, device.len);
    if (p->has_build)
        memcpy(p->build, build.ptr, build.len);
    return true;
}

static enum mls_rule profile_verify(const struct profile_place *at, const struct parsed *in,
                                    uint64_t now_s)
{
    uint8_t text[PROFILE_SIGNED_MAX];
    struct writer w = writer_of(text, sizeof text);
    if (!DEFENCE(37, profile_device_signed(at, &in->p, in->device_signature)))
        return RULE_PROFILE_DEVICE;
    if (in->p.host && suite_verify(&suite_chacha, span_of(at->host_public, SUITE_SIGN_PUBLIC),
                                   HOST_LABEL, host_content(at, &w), in->host_signature) != ERR_OK)
        return RULE_PROFILE_HOST;
    if (now_s != 0 &&
        (in->p.expires_s < now_s || in->p.expires_s > now_s + PROFILE_LEASE_S + PROFILE_SKEW_S))
        return RULE_PROFILE_EXPIRED;
    return RULE_NONE;
}

enum mls_rule profile_open(const struct profile_place *at, struct span sealed, uint64_t now_s,
                           struct profile *out)
{
    uint8_t plain[PROFILE_PLAIN_MAX];
    struct parsed in = {.p = {.bot = false}};
    if (sealed.len < NONCE + PROFILE_PAD + SUITE_TAG || sealed.len > PROFILE_SEALED_MAX ||
        (sealed.len - NONCE - SUITE_TAG) % PROFILE_PAD != 0)
        return RULE_PROFILE_FORM;
    struct span box = span_of(sealed.ptr + NONCE, sealed.len - NONCE);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, box.ptr, box.len,
                                                   at->signer.ptr, at->signer.len, sealed.ptr,
                                                   at->key) != 0 ||
        !profile_parse(span_of(plain, box.len - SUITE_TAG), &in)) {
        suite_wipe(plain, sizeof plain);
        return RULE_PROFILE_FORM;
    }
    enum mls_rule rule = profile_verify(at, &in, now_s);
    if (rule == RULE_NONE)
        *out = in.p;
    suite_wipe(plain, sizeof plain);
    return rule;
}
