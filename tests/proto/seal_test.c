/* Facts about proto/seal and proto/replay that need no oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/crypt.h"
#include "proto/seal.h"

static const uint8_t header[12] = {
    0x80, 96,               /* version 2, payload type 96 */
    0x00, 0x01,             /* sequence number 1 */
    0,    0,    0,    0,    /* timestamp */
    0xde, 0xad, 0xbe, 0xef, /* SSRC */
};

struct ends {
    struct seal a, b; /* what a seals, b unseals */
};

static void ends_open(struct ends *e, enum srtp_suite suite)
{
    struct srtp_keys k = {.suite = suite};
    memset(k.local_key, 1, sizeof(k.local_key));
    memset(k.remote_key, 2, sizeof(k.remote_key));
    memset(k.local_salt, 3, 12);
    memset(k.remote_salt, 4, 12);
    assert_int_equal(seal_open(&e->a, &k), ERR_OK);
    struct srtp_keys turned = {.suite = suite};
    memcpy(turned.local_key, k.remote_key, sizeof(k.local_key));
    memcpy(turned.remote_key, k.local_key, sizeof(k.local_key));
    memcpy(turned.local_salt, k.remote_salt, sizeof(k.local_salt));
    memcpy(turned.remote_salt, k.local_salt, sizeof(k.local_salt));
    assert_int_equal(seal_open(&e->b, &turned), ERR_OK);
}

static void ends_close(struct ends *e)
{
    seal_close(&e->a);
    seal_close(&e->b);
}

static enum err seal_one(struct seal *s, struct seal_stream *st, uint16_t seq, uint8_t *buf,
                         size_t *len)
{
    uint8_t head[12];
    struct seal_out out = {buf, 200, 0};
    memcpy(head, header, sizeof(head));
    head[2] = (uint8_t)(seq >> 8);
    head[3] = (uint8_t)seq;
    struct seal_packet p = {.header = span_of(head, 12), .payload = span_str("payload")};
    enum err e = seal_rtp(s, st, &p, &out);
    *len = out.len;
    return e;
}

static void an_index_is_never_sealed_twice(void **state)
{
    (void)state;
    struct ends e;
    struct seal_stream st = {0};
    uint8_t buf[200];
    size_t len = 0;
    ends_open(&e, SRTP_SUITE_AEAD_GCM);
    assert_int_equal(seal_one(&e.a, &st, 7, buf, &len), ERR_OK);
    assert_int_equal(seal_one(&e.a, &st, 7, buf, &len), ERR_REPLAY);
    assert_int_equal(seal_one(&e.a, &st, 6, buf, &len), ERR_OK);
    assert_int_equal(seal_one(&e.a, &st, 1000, buf, &len), ERR_OK);
    assert_int_equal(seal_one(&e.a, &st, 8, buf, &len), ERR_REPLAY); /* behind the window */
    ends_close(&e);
}

static void padding_ends_in_its_count(void **state)
{
    (void)state;
    const enum srtp_suite suites[] = {SRTP_SUITE_AEAD_GCM, SRTP_SUITE_CM_SHA1_80};
    for (int i = 0; i < 2; i++) {
        struct ends e;
        struct seal_stream out = {0}, in = {0};
        uint8_t buf[400];
        struct seal_out o = {buf, sizeof(buf), 0};
        struct seal_packet p = {.header = span_of(header, 12), .front = span_str("AB")};
        p.payload = span_str("cdef");
        p.padding = 200;
        ends_open(&e, suites[i]);
        assert_int_equal(seal_rtp(&e.a, &out, &p, &o), ERR_OK);
        size_t len = o.len;
        assert_int_equal(seal_unseal_rtp(&e.b, &in, buf, &len, 12), ERR_OK);
        assert_int_equal(len, 12 + 6 + 200);
        assert_memory_equal(buf + 12, "ABcdef", 6);
        for (int k = 18; k < 217; k++)
            assert_int_equal(buf[k], 0);
        assert_int_equal(buf[217], 200);
        ends_close(&e);
    }
}

static void an_unknown_ssrc_leaves_no_state_when_forged(void **state)
{
    (void)state;
    struct ends e;
    struct seal_stream untouched = {0}, fresh = {0};
    uint8_t junk[100] = {0x80, 96, 0, 1};
    size_t len = sizeof(junk);
    ends_open(&e, SRTP_SUITE_AEAD_GCM);
    assert_int_equal(seal_unseal_rtp(&e.b, &fresh, junk, &len, 12), ERR_AUTH);
    assert_memory_equal(&untouched, &fresh, sizeof(fresh));
    assert_int_equal(len, sizeof(junk));
    ends_close(&e);
}

static void a_forged_jump_does_not_move_the_roll_over_counter(void **state)
{
    (void)state;
    struct ends e;
    struct seal_stream out = {0}, in = {0};
    uint8_t buf[200], forged[200];
    size_t len = 0;
    ends_open(&e, SRTP_SUITE_CM_SHA1_80);
    assert_int_equal(seal_one(&e.a, &out, 10, buf, &len), ERR_OK);
    memcpy(forged, buf, len);
    forged[2] = 0x7f; /* 2^15 ahead */
    size_t n = len;
    assert_int_equal(seal_unseal_rtp(&e.b, &in, buf, &len, 12), ERR_OK);
    assert_int_equal(seal_unseal_rtp(&e.b, &in, forged, &n, 12), ERR_AUTH);
    assert_int_equal(seal_one(&e.a, &out, 11, buf, &len), ERR_OK);
    assert_int_equal(seal_unseal_rtp(&e.b, &in, buf, &len, 12), ERR_OK);
    ends_close(&e);
}

static void short_packets_are_refused(void **state)
{
    (void)state;
    const enum srtp_suite suites[] = {SRTP_SUITE_AEAD_GCM, SRTP_SUITE_CM_SHA1_80};
    for (int i = 0; i < 2; i++) {
        struct ends e;
        struct seal_stream in = {0};
        uint8_t buf[64] = {0x80, 96};
        ends_open(&e, suites[i]);
        for (size_t n = 0; n < 12 + seal_rtp_overhead(&e.b); n++) {
            size_t len = n;
            assert_int_equal(seal_unseal_rtp(&e.b, &in, buf, &len, 12), ERR_SHORT);
        }
        for (size_t n = 0; n < 12 + seal_rtp_overhead(&e.b); n++) {
            size_t len = n;
            assert_int_equal(seal_unseal_rtcp(&e.b, buf, &len), ERR_SHORT);
        }
        ends_close(&e);
    }
}

static void rtcp_that_is_not_encrypted_is_refused(void **state)
{
    (void)state;
    struct ends e;
    uint8_t buf[64] = {0x80, 201, 0, 1};
    size_t len = 32;
    ends_open(&e, SRTP_SUITE_AEAD_GCM);
    assert_int_equal(seal_unseal_rtcp(&e.b, buf, &len), ERR_AUTH); /* E = 0 in the last word */
    ends_close(&e);
}

static void rtcp_senders_beyond_the_table_replace_the_longest_silent(void **state)
{
    (void)state;
    struct ends e;
    uint8_t first[64], buf[64];
    size_t first_len = 0;
    ends_open(&e, SRTP_SUITE_AEAD_GCM);
    for (uint32_t i = 0; i < 3 * SEAL_RTCP_SENDERS; i++) {
        uint8_t rr[8] = {0x80, 201, 0, 1, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
        struct seal_out out = {buf, sizeof(buf), 0};
        assert_int_equal(seal_rtcp(&e.a, span_of(rr, 8), &out), ERR_OK);
        size_t len = out.len;
        if (i == 3 * SEAL_RTCP_SENDERS - 1) {
            memcpy(first, buf, len);
            first_len = len;
        }
        assert_int_equal(seal_unseal_rtcp(&e.b, buf, &len), ERR_OK);
        assert_true(e.b.rtcp_senders <= SEAL_RTCP_SENDERS);
    }
    assert_int_equal(seal_unseal_rtcp(&e.b, first, &first_len), ERR_REPLAY);
    ends_close(&e);
}

static void the_replay_window_is_as_wide_as_it_says(void **state)
{
    (void)state;
    struct replay r = {0};
    replay_accept(&r, 100000);
    assert_false(replay_fresh(&r, 100000));
    assert_true(replay_fresh(&r, 100001));
    assert_true(replay_fresh(&r, 100000 - REPLAY_WINDOW + 1));
    assert_false(replay_fresh(&r, 100000 - REPLAY_WINDOW));
}

/* A deliberately naive oracle: remember every index there ever was. */
static void the_replay_window_agrees_with_remembering_everything(void **state)
{
    (void)state;
    static bool seen[8192];
    struct replay r = {0};
    uint64_t highest = 0, x = 12345;
    for (int i = 0; i < 20000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t ahead = i % 997 == 0 ? 900 : x >> 60 == 0 ? 64 : 1;
        uint64_t back = (x >> 33) % 600;
        uint64_t index = i % 3 && highest > back ? highest - back : highest + ahead;
        if (index >= 8192)
            break;
        bool fresh = !seen[index] && (index > highest || highest - index < REPLAY_WINDOW);
        if (i == 0)
            fresh = true;
        assert_int_equal(replay_fresh(&r, index), fresh);
        if (!fresh)
            continue;
        replay_accept(&r, index);
        seen[index] = true;
        highest = index > highest ? index : highest;
    }
}

static void an_unknown_suite_is_refused(void **state)
{
    (void)state;
    struct seal s;
    struct srtp_keys keys = {.suite = SRTP_SUITE_NONE};
    struct seal_stream st = {0};
    uint8_t buf[100] = {0x80};
    size_t len = sizeof(buf);
    assert_int_equal(seal_open(&s, &keys), ERR_UNSUPPORTED);
    assert_int_equal(seal_unseal_rtp(&s, &st, buf, &len, 12), ERR_STATE);
    assert_int_equal(seal_unseal_rtcp(&s, buf, &len), ERR_STATE);
    seal_close(&s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(an_index_is_never_sealed_twice),
        cmocka_unit_test(padding_ends_in_its_count),
        cmocka_unit_test(an_unknown_ssrc_leaves_no_state_when_forged),
        cmocka_unit_test(a_forged_jump_does_not_move_the_roll_over_counter),
        cmocka_unit_test(short_packets_are_refused),
        cmocka_unit_test(rtcp_that_is_not_encrypted_is_refused),
        cmocka_unit_test(rtcp_senders_beyond_the_table_replace_the_longest_silent),
        cmocka_unit_test(the_replay_window_is_as_wide_as_it_says),
        cmocka_unit_test(the_replay_window_agrees_with_remembering_everything),
        cmocka_unit_test(an_unknown_suite_is_refused),
    };
    if (crypt_init() != ERR_OK)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
