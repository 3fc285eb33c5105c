/* Facts about proto/seal against libsrtp2 as an oracle, both suites and both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <srtp2/srtp.h>

#include "crypt/crypt.h"
#include "proto/random.h"
#include "proto/rtp.h"
#include "proto/seal.h"

enum { PACKETS = 400, PAYLOAD_MAX = 1300, BUF = 2048, SSRC = 0x11223344 };

struct bench {
    struct random rnd;
    struct srtp_keys keys; /* ours */
    struct seal seal;
    srtp_t theirs_in, theirs_out;
    struct seal_stream out, in; /* of the one SSRC */
};

/* libsrtp wants key and salt in one row. */
static srtp_t oracle(const struct srtp_keys *k, bool outbound)
{
    static uint8_t master[2][SRTP_KEY_LEN + SRTP_SALT_MAX];
    uint8_t *key = master[outbound];
    srtp_policy_t policy = {0};
    srtp_t session = NULL;
    bool gcm = k->suite == SRTP_SUITE_AEAD_GCM;
    memcpy(key, outbound ? k->remote_key : k->local_key, SRTP_KEY_LEN);
    memcpy(key + SRTP_KEY_LEN, outbound ? k->remote_salt : k->local_salt, gcm ? 12 : 14);
    if (gcm) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = key;
    policy.window_size = 128;
    policy.allow_repeat_tx = 1;
    assert_int_equal(srtp_create(&session, &policy), srtp_err_status_ok);
    return session;
}

static void bench_open(struct bench *b, enum srtp_suite suite, const char *what, uint64_t seed)
{
    *b = (struct bench){.rnd = random_start(what, seed)};
    b->keys.suite = suite;
    size_t salt = suite == SRTP_SUITE_AEAD_GCM ? 12 : 14;
    random_fill(&b->rnd, b->keys.local_key, SRTP_KEY_LEN);
    random_fill(&b->rnd, b->keys.remote_key, SRTP_KEY_LEN);
    random_fill(&b->rnd, b->keys.local_salt, salt);
    random_fill(&b->rnd, b->keys.remote_salt, salt);
    assert_int_equal(seal_open(&b->seal, &b->keys), ERR_OK);
    b->theirs_in = oracle(&b->keys, false);
    b->theirs_out = oracle(&b->keys, true);
}

static void bench_close(struct bench *b)
{
    seal_close(&b->seal);
    srtp_dealloc(b->theirs_in);
    srtp_dealloc(b->theirs_out);
}

struct sample {
    uint8_t bytes[BUF];
    size_t len, header_len;
};

/* A random packet: CSRCs, an extension block and a payload of any length. */
static void sample_rtp(struct random *rnd, uint16_t seq, struct sample *s)
{
    uint8_t csrcs = (uint8_t)random_below(rnd, 4);
    bool extended = random_below(rnd, 2);
    size_t words = extended ? random_below(rnd, 8) : 0;
    random_fill(rnd, s->bytes, sizeof(s->bytes));
    s->bytes[0] = (uint8_t)(0x80 | (extended ? 0x10 : 0) | csrcs);
    rtp_set_seq(s->bytes, seq);
    rtp_set_ssrc(s->bytes, SSRC);
    s->header_len = 12u + 4u * csrcs;
    if (extended) {
        /* A profile of neither RFC 8285 form: libsrtp then reads nothing into the elements. */
        memcpy(s->bytes + s->header_len, (uint8_t[]){0xab, 0xcd, 0, (uint8_t)words}, 4);
        s->header_len += 4 + 4 * words;
    }
    s->len = s->header_len + random_below(rnd, PAYLOAD_MAX);
}

static void ours_to_theirs(struct bench *b, uint16_t seq)
{
    struct sample s;
    uint8_t sealed[BUF + SEAL_RTP_OVERHEAD], before[BUF];
    sample_rtp(&b->rnd, seq, &s);
    memcpy(before, s.bytes, s.len);
    size_t body = s.len - s.header_len;
    size_t front = body > 0 ? random_below(&b->rnd, (uint32_t)(body < 8 ? body : 8)) : 0;
    struct seal_packet packet = {
        .header = span_of(s.bytes, s.header_len),
        .front = span_of(s.bytes + s.header_len, front),
        .payload = span_of(s.bytes + s.header_len + front, body - front),
    };
    struct seal_out out = {sealed, sizeof(sealed), 0};
    assert_int_equal(seal_rtp(&b->seal, &b->out, &packet, &out), ERR_OK);
    assert_memory_equal(before, s.bytes, s.len); /* sealing changed nothing that is shared */
    assert_int_equal(out.len, s.len + seal_rtp_overhead(&b->seal));
    int len = (int)out.len;
    assert_int_equal(srtp_unprotect(b->theirs_in, sealed, &len), srtp_err_status_ok);
    assert_int_equal(len, s.len);
    assert_memory_equal(sealed, s.bytes, s.len);
}

static void theirs_to_ours(struct bench *b, uint16_t seq)
{
    struct sample s;
    struct rtp_packet p;
    uint8_t sealed[BUF + SRTP_MAX_TRAILER_LEN], copy[sizeof(sealed)];
    sample_rtp(&b->rnd, seq, &s);
    memcpy(sealed, s.bytes, s.len);
    int n = (int)s.len;
    assert_int_equal(srtp_protect(b->theirs_out, sealed, &n), srtp_err_status_ok);
    size_t len = (size_t)n;
    assert_int_equal(rtp_parse(&p, span_of(sealed, len), RTP_SEALED), ERR_OK);
    assert_int_equal(p.header_len, s.header_len);

    memcpy(copy, sealed, len);
    size_t at = random_below(&b->rnd, (uint32_t)len), flipped = len;
    copy[at] ^= (uint8_t)(1u << random_below(&b->rnd, 8));
    if (at < 2 || at > 3) { /* a changed number may look too old instead */
        struct seal_stream untouched = b->in;
        enum err e = seal_unseal_rtp(&b->seal, &b->in, copy, &flipped, s.header_len);
        assert_int_equal(e, ERR_AUTH);
        assert_memory_equal(&untouched, &b->in, sizeof(untouched));
    }

    memcpy(copy, sealed, len);
    size_t again = len;
    assert_int_equal(seal_unseal_rtp(&b->seal, &b->in, sealed, &len, s.header_len), ERR_OK);
    assert_int_equal(len, s.len);
    assert_memory_equal(sealed, s.bytes, s.len);
    enum err e = seal_unseal_rtp(&b->seal, &b->in, copy, &again, s.header_len);
    assert_int_equal(e, ERR_REPLAY);
}

static void rtp_agrees(enum srtp_suite suite, const char *what)
{
    struct bench b;
    bench_open(&b, suite, what, 20251);
    for (unsigned i = 0; i < PACKETS; i++) {
        ours_to_theirs(&b, (uint16_t)(1000 + i));
        theirs_to_ours(&b, (uint16_t)(30000 + i));
    }
    bench_close(&b);
}

static void rtp_agrees_under_gcm(void **state)
{
    (void)state;
    rtp_agrees(SRTP_SUITE_AEAD_GCM, "rtp, gcm");
}

static void rtp_agrees_under_aes_cm(void **state)
{
    (void)state;
    rtp_agrees(SRTP_SUITE_CM_SHA1_80, "rtp, aes-cm");
}

/* Steps of 20,000 go round the 16-bit circle three times in ten packets. */
static void roll_over_agrees(enum srtp_suite suite)
{
    struct bench b;
    bench_open(&b, suite, "roll-over", 20252);
    uint32_t seq = 30000;
    for (int i = 0; i < 40; i++) {
        ours_to_theirs(&b, (uint16_t)seq);
        theirs_to_ours(&b, (uint16_t)seq);
        seq += i % 4 == 3 ? 1 : 20000;
    }
    assert_true(b.out.replay.highest >> 16 > 5);
    assert_int_equal(b.out.replay.highest, b.in.replay.highest);
    bench_close(&b);
}

static void the_roll_over_counter_agrees(void **state)
{
    (void)state;
    roll_over_agrees(SRTP_SUITE_AEAD_GCM);
    roll_over_agrees(SRTP_SUITE_CM_SHA1_80);
}

/* Around a wrap, packets of both sides of it in mixed order. */
static void reordering_across_a_wrap_agrees(void **state)
{
    (void)state;
    static const uint16_t order[] = {65530, 65533, 65531, 2, 65535, 0, 65532, 1, 5, 65534, 3, 4};
    for (int gcm = 0; gcm < 2; gcm++) {
        struct bench b;
        bench_open(&b, gcm ? SRTP_SUITE_AEAD_GCM : SRTP_SUITE_CM_SHA1_80, "reordering", 20253);
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
            ours_to_theirs(&b, order[i]);
            theirs_to_ours(&b, order[i]);
        }
        bench_close(&b);
    }
}

static void sample_rtcp(struct random *rnd, struct sample *s)
{
    s->len = 8 + 4 * random_below(rnd, 200);
    random_fill(rnd, s->bytes, s->len);
    memcpy(s->bytes, (uint8_t[]){0x80, 201, 0, 1}, 4);
    s->bytes[7] &= 3; /* few senders, so that their windows are used */
    memset(s->bytes + 4, 0, 3);
}

static void rtcp_agrees(enum srtp_suite suite, const char *what)
{
    struct bench b;
    struct sample s;
    bench_open(&b, suite, what, 20254);
    for (int i = 0; i < PACKETS; i++) {
        uint8_t sealed[BUF + SRTP_MAX_TRAILER_LEN], copy[sizeof(sealed)];
        struct seal_out out = {sealed, sizeof(sealed), 0};
        sample_rtcp(&b.rnd, &s);
        assert_int_equal(seal_rtcp(&b.seal, span_of(s.bytes, s.len), &out), ERR_OK);
        int n = (int)out.len;
        assert_int_equal(srtp_unprotect_rtcp(b.theirs_in, sealed, &n), srtp_err_status_ok);
        assert_int_equal(n, s.len);
        assert_memory_equal(sealed, s.bytes, s.len);

        sample_rtcp(&b.rnd, &s);
        memcpy(sealed, s.bytes, s.len);
        n = (int)s.len;
        assert_int_equal(srtp_protect_rtcp(b.theirs_out, sealed, &n), srtp_err_status_ok);
        size_t len = (size_t)n, flipped = len, again = len;
        memcpy(copy, sealed, len);
        copy[random_below(&b.rnd, (uint32_t)len)] ^= 0x10;
        assert_int_not_equal(seal_unseal_rtcp(&b.seal, copy, &flipped), ERR_OK);
        memcpy(copy, sealed, len);
        assert_int_equal(seal_unseal_rtcp(&b.seal, sealed, &len), ERR_OK);
        assert_int_equal(len, s.len);
        assert_memory_equal(sealed, s.bytes, s.len);
        assert_int_equal(seal_unseal_rtcp(&b.seal, copy, &again), ERR_REPLAY);
    }
    bench_close(&b);
}

static void rtcp_agrees_under_gcm(void **state)
{
    (void)state;
    rtcp_agrees(SRTP_SUITE_AEAD_GCM, "rtcp, gcm");
}

static void rtcp_agrees_under_aes_cm(void **state)
{
    (void)state;
    rtcp_agrees(SRTP_SUITE_CM_SHA1_80, "rtcp, aes-cm");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(rtp_agrees_under_gcm),
        cmocka_unit_test(rtp_agrees_under_aes_cm),
        cmocka_unit_test(the_roll_over_counter_agrees),
        cmocka_unit_test(reordering_across_a_wrap_agrees),
        cmocka_unit_test(rtcp_agrees_under_gcm),
        cmocka_unit_test(rtcp_agrees_under_aes_cm),
    };
    if (crypt_init() != ERR_OK || srtp_init() != srtp_err_status_ok)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
