/* Facts about crypt/dtls: our client against our server in memory, both suites, lost datagrams,
 * wrong certificates. The library's retransmission timers run on its own clock, so those facts
 * sleep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/limit.h"
#include "crypt/crypt.h"
#include "crypt/dtls.h"

#define GCM_ONLY "SRTP_AEAD_AES_128_GCM"
#define CM_ONLY "SRTP_AES128_CM_SHA1_80"
#define CM_FIRST CM_ONLY ":" GCM_ONLY

static const int64_t now_unix_s = 1700000000;

struct side {
    struct cert *cert;
    struct dtls_ctx *ctx;
    struct dtls *dtls;
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
};

struct pair {
    struct side client, server;
    unsigned lose; /* of the datagrams sent, bit i: the i-th is lost */
    unsigned sent;
    size_t longest;
};

static void side_open(struct side *s, enum dtls_role role, const char *profiles)
{
    assert_int_equal(cert_open(&s->cert, now_unix_s), ERR_OK);
    cert_fingerprint(s->cert, s->fingerprint);
    assert_int_equal(dtls_ctx_open(&s->ctx, s->cert, profiles), ERR_OK);
    s->dtls = dtls_open(s->ctx, role, 0);
    assert_non_null(s->dtls);
}

static void side_close(struct side *s)
{
    dtls_close(s->dtls);
    dtls_ctx_close(s->ctx);
    cert_close(s->cert);
}

static void pair_open(struct pair *p, const char *client_profiles, const char *server_profiles)
{
    *p = (struct pair){0};
    side_open(&p->server, DTLS_ROLE_SERVER, server_profiles);
    side_open(&p->client, DTLS_ROLE_CLIENT, client_profiles);
}

static void pair_close(struct pair *p)
{
    side_close(&p->client);
    side_close(&p->server);
}

static void pair_expect_right(struct pair *p)
{
    dtls_expect(p->client.dtls, p->server.fingerprint, 0);
    dtls_expect(p->server.dtls, p->client.fingerprint, 0);
}

static bool carry(struct pair *p, struct dtls *from, struct dtls *to, instant_us now)
{
    uint8_t buf[DTLS_MTU];
    bool any = false;
    for (size_t n; (n = dtls_poll(from, buf, sizeof(buf))) > 0; any = true) {
        p->longest = n > p->longest ? n : p->longest;
        bool lost = p->sent < 32 && (p->lose >> p->sent & 1);
        p->sent++;
        if (!lost)
            dtls_input(to, span_of(buf, n), now);
    }
    return any;
}

static void exchange(struct pair *p, instant_us now)
{
    bool any = true;
    while (any) {
        any = carry(p, p->client.dtls, p->server.dtls, now);
        any |= carry(p, p->server.dtls, p->client.dtls, now);
    }
}

static void assert_keys_match(struct pair *p, enum srtp_suite suite)
{
    struct srtp_keys c, s;
    assert_int_equal(dtls_keys(p->client.dtls, &c), ERR_OK);
    assert_int_equal(dtls_keys(p->server.dtls, &s), ERR_OK);
    assert_int_equal(c.suite, suite);
    assert_int_equal(s.suite, suite);
    assert_memory_equal(c.local_key, s.remote_key, SRTP_KEY_LEN);
    assert_memory_equal(c.remote_key, s.local_key, SRTP_KEY_LEN);
    assert_memory_equal(c.local_salt, s.remote_salt, SRTP_SALT_MAX);
    assert_memory_equal(c.remote_salt, s.local_salt, SRTP_SALT_MAX);
    assert_memory_not_equal(c.local_key, c.remote_key, SRTP_KEY_LEN);
}

static void assert_no_keys(struct dtls *d)
{
    struct srtp_keys keys;
    assert_int_equal(dtls_keys(d, &keys), ERR_STATE);
}

static void connects_with(const char *client, const char *server, enum srtp_suite suite)
{
    struct pair p;
    pair_open(&p, client, server);
    pair_expect_right(&p);
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.client.dtls), DTLS_CONNECTED);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_OK);
    assert_keys_match(&p, suite);
    assert_true(p.longest <= DTLS_MTU);
    pair_close(&p);
}

static void both_suites_offered_gives_gcm(void **state)
{
    (void)state;
    connects_with(NULL, NULL, SRTP_SUITE_AEAD_GCM);
}

static void server_prefers_gcm_over_the_clients_order(void **state)
{
    (void)state;
    connects_with(CM_FIRST, NULL, SRTP_SUITE_AEAD_GCM);
}

static void a_client_with_only_aes_cm_gets_aes_cm(void **state)
{
    (void)state;
    connects_with(CM_ONLY, NULL, SRTP_SUITE_CM_SHA1_80);
}

static void no_use_srtp_fails_without_keys(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, "", NULL);
    pair_expect_right(&p);
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_UNSUPPORTED);
    assert_no_keys(p.server.dtls);
    assert_no_keys(p.client.dtls);
    pair_close(&p);
}

static void no_suite_in_common_fails(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, CM_ONLY, GCM_ONLY);
    pair_expect_right(&p);
    exchange(&p, 0);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_UNSUPPORTED);
    assert_no_keys(p.server.dtls);
    pair_close(&p);
}

static void fingerprint_mismatch_yields_no_keys_and_no_alert(void **state)
{
    (void)state;
    struct pair p;
    uint8_t buf[DTLS_MTU];
    pair_open(&p, NULL, NULL);
    dtls_expect(p.client.dtls, p.server.fingerprint, 0);
    dtls_expect(p.server.dtls, p.server.fingerprint, 0); /* its own: Licode's mistake */
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_AUTH);
    assert_int_equal(dtls_state(p.client.dtls), DTLS_HANDSHAKING);
    assert_int_equal(dtls_poll(p.server.dtls, buf, sizeof(buf)), 0);
    assert_no_keys(p.server.dtls);
    assert_no_keys(p.client.dtls);
    assert_int_equal(dtls_deadline(p.server.dtls), INSTANT_NEVER);
    pair_close(&p);
}

static void a_client_checks_the_server_too(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    dtls_expect(p.client.dtls, p.client.fingerprint, 0);
    dtls_expect(p.server.dtls, p.client.fingerprint, 0);
    exchange(&p, 0);
    assert_int_equal(dtls_reason(p.client.dtls), ERR_AUTH);
    assert_no_keys(p.client.dtls);
    assert_no_keys(p.server.dtls);
    pair_close(&p);
}

static void the_fingerprint_may_come_after_the_last_flight(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    dtls_expect(p.client.dtls, p.server.fingerprint, 0);
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_HANDSHAKING);
    assert_no_keys(p.server.dtls);
    dtls_expect(p.server.dtls, p.client.fingerprint, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    assert_keys_match(&p, SRTP_SUITE_AEAD_GCM);
    pair_close(&p);
}

/* The handshake ended with no packet left to send or read: the check must not hang on one. */
static void a_late_wrong_fingerprint_fails_all_the_same(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    dtls_expect(p.client.dtls, p.server.fingerprint, 0);
    exchange(&p, 0);
    dtls_expect(p.server.dtls, p.server.fingerprint, 0);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_AUTH);
    assert_no_keys(p.server.dtls);
    pair_close(&p);
}

static void a_second_fingerprint_is_refused(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    dtls_expect(p.server.dtls, p.server.fingerprint, 0);
    dtls_expect(p.server.dtls, p.client.fingerprint, 0);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_CONFLICT);
    pair_close(&p);
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static void recovers_from(unsigned lose)
{
    struct pair p;
    instant_us now = 0;
    pair_open(&p, NULL, NULL);
    pair_expect_right(&p);
    p.lose = lose;
    exchange(&p, now);
    for (int i = 0; i < 40; i++) {
        if (dtls_state(p.client.dtls) == DTLS_CONNECTED &&
            dtls_state(p.server.dtls) == DTLS_CONNECTED)
            break;
        sleep_ms(50);
        now += 50 * US_PER_MS;
        dtls_tick(p.client.dtls, now);
        dtls_tick(p.server.dtls, now);
        exchange(&p, now);
    }
    if (dtls_state(p.client.dtls) != DTLS_CONNECTED || dtls_state(p.server.dtls) != DTLS_CONNECTED)
        fail_msg("not connected when losing datagrams of mask %#x", lose);
    assert_keys_match(&p, SRTP_SUITE_AEAD_GCM);
    pair_close(&p);
}

static void each_lost_datagram_is_sent_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        recovers_from(1u << i);
    recovers_from(3); /* the first flight twice */
}

static void the_deadline_follows_the_flight(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    instant_us at = dtls_deadline(p.client.dtls);
    assert_true(at > 0 && at <= 100 * US_PER_MS);
    assert_int_equal(dtls_deadline(p.server.dtls), 30 * US_PER_S);
    pair_expect_right(&p);
    exchange(&p, 0);
    assert_int_equal(dtls_deadline(p.server.dtls), INSTANT_NEVER);
    pair_close(&p);
}

static void a_handshake_fails_after_30_seconds(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    dtls_tick(p.server.dtls, 29 * US_PER_S);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_HANDSHAKING);
    dtls_tick(p.server.dtls, 30 * US_PER_S);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_AGAIN);
    pair_close(&p);
}

static void handshake_bytes_are_bounded(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    /* handshake record, DTLS 1.2, epoch 0, a length that the datagram does not have */
    uint8_t junk[1000] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff};
    for (int i = 0; i < 65; i++)
        dtls_input(p.server.dtls, span_of(junk, sizeof(junk)), 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_HANDSHAKING);
    dtls_input(p.server.dtls, span_of(junk, sizeof(junk)), 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_LIMIT);
    pair_close(&p);
}

static void dtls_1_0_is_refused_in_silence(void **state)
{
    (void)state;
    struct pair p;
    uint8_t hello[DTLS_MTU], buf[DTLS_MTU];
    pair_open(&p, NULL, NULL);
    size_t n = dtls_poll(p.client.dtls, hello, sizeof(hello));
    assert_true(n > 27);
    hello[25] = 0xfe; /* client_version behind 13 bytes of record and 12 of handshake head */
    hello[26] = 0xff;
    dtls_input(p.server.dtls, span_of(hello, n), 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_poll(p.server.dtls, buf, sizeof(buf)), 0);
    pair_close(&p);
}

static void goodbye_closes_the_other_side(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    pair_expect_right(&p);
    exchange(&p, 0);
    dtls_goodbye(p.client.dtls);
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_CLOSED);
    pair_close(&p);
}

static void junk_after_the_handshake_changes_nothing(void **state)
{
    (void)state;
    struct pair p;
    pair_open(&p, NULL, NULL);
    pair_expect_right(&p);
    exchange(&p, 0);
    for (unsigned first = 20; first < 64; first++) {
        uint8_t junk[64] = {(uint8_t)first, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 51};
        dtls_input(p.server.dtls, span_of(junk, sizeof(junk)), 0);
    }
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    assert_keys_match(&p, SRTP_SUITE_AEAD_GCM);
    pair_close(&p);
}

/* ---- a server that rests ---- */

static void pair_rest(struct pair *p)
{
    pair_open(p, NULL, NULL);
    pair_expect_right(p);
    exchange(p, 0);
    assert_keys_match(p, SRTP_SUITE_AEAD_GCM);
    dtls_rest(p->server.dtls);
    assert_int_equal(dtls_state(p->server.dtls), DTLS_CONNECTED);
}

static void a_resting_server_gives_no_keys_and_has_no_deadline(void **state)
{
    (void)state;
    struct pair p;
    pair_rest(&p);
    assert_no_keys(p.server.dtls);
    assert_int_equal(dtls_deadline(p.server.dtls), INSTANT_NEVER);
    dtls_rest(p.server.dtls);
    dtls_tick(p.server.dtls, US_PER_S);
    dtls_goodbye(p.server.dtls);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    pair_close(&p);
}

static void a_resting_server_hears_the_peers_goodbye(void **state)
{
    (void)state;
    struct pair p;
    pair_rest(&p);
    dtls_goodbye(p.client.dtls);
    exchange(&p, 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_CLOSED);
    pair_close(&p);
}

/* Each byte of the goodbye's record wrong in turn. */
static void a_resting_server_believes_no_forged_goodbye(void **state)
{
    (void)state;
    struct pair p;
    uint8_t word[DTLS_MTU];
    pair_rest(&p);
    dtls_goodbye(p.client.dtls);
    size_t n = dtls_poll(p.client.dtls, word, sizeof(word));
    assert_int_equal(n, 13 + 8 + 2 + 16);
    for (size_t i = 0; i < n; i++) {
        word[i] ^= 1;
        dtls_input(p.server.dtls, span_of(word, n), 0);
        word[i] ^= 1;
        dtls_input(p.server.dtls, span_of(word, i), 0);
    }
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    dtls_input(p.server.dtls, span_of(word, n), 0);
    assert_int_equal(dtls_state(p.server.dtls), DTLS_FAILED);
    pair_close(&p);
}

static void a_resting_server_sends_its_last_flight_again(void **state)
{
    (void)state;
    struct pair p;
    instant_us now = 0;
    pair_open(&p, NULL, NULL);
    pair_expect_right(&p);
    while (dtls_state(p.server.dtls) != DTLS_CONNECTED) {
        (void)carry(&p, p.client.dtls, p.server.dtls, now);
        if (dtls_state(p.server.dtls) != DTLS_CONNECTED)
            (void)carry(&p, p.server.dtls, p.client.dtls, now);
    }
    uint8_t lost[DTLS_MTU];
    assert_true(dtls_poll(p.server.dtls, lost, sizeof(lost)) > 0);
    dtls_rest(p.server.dtls);
    assert_no_keys(p.server.dtls);
    assert_int_equal(dtls_state(p.client.dtls), DTLS_HANDSHAKING);
    for (int i = 0; i < 40 && dtls_state(p.client.dtls) != DTLS_CONNECTED; i++) {
        sleep_ms(50); /* the library's own clock */
        now += 50 * US_PER_MS;
        dtls_tick(p.client.dtls, now);
        exchange(&p, now);
    }
    assert_int_equal(dtls_state(p.client.dtls), DTLS_CONNECTED);
    pair_close(&p);
}

static void a_resting_server_answers_less_than_it_is_sent(void **state)
{
    (void)state;
    struct pair p;
    uint8_t out[DTLS_MTU];
    uint8_t record[200] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 187};
    pair_rest(&p);
    size_t answers = 0;
    for (int i = 0; i < 100; i++) {
        dtls_input(p.server.dtls, span_of(record, sizeof(record)), i * US_PER_MS);
        for (size_t n; (n = dtls_poll(p.server.dtls, out, sizeof(out))) > 0; answers++)
            assert_true(n < sizeof(record));
    }
    assert_int_equal(answers, 2);
    record[12] = 40;
    dtls_input(p.server.dtls, span_of(record, 53), US_PER_S);
    assert_int_equal(dtls_poll(p.server.dtls, out, sizeof(out)), 0);
    pair_close(&p);
}

static void junk_wakes_no_resting_server(void **state)
{
    (void)state;
    struct pair p;
    uint8_t out[DTLS_MTU];
    pair_rest(&p);
    for (unsigned first = 20; first < 64; first++) {
        uint8_t junk[64] = {(uint8_t)first, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 51};
        if (first != 22)
            dtls_input(p.server.dtls, span_of(junk, sizeof(junk)), 0);
    }
    assert_int_equal(dtls_state(p.server.dtls), DTLS_CONNECTED);
    assert_int_equal(dtls_poll(p.server.dtls, out, sizeof(out)), 0);
    dtls_expect(p.server.dtls, p.server.fingerprint, 0);
    assert_int_equal(dtls_reason(p.server.dtls), ERR_CONFLICT);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(both_suites_offered_gives_gcm),
        cmocka_unit_test(server_prefers_gcm_over_the_clients_order),
        cmocka_unit_test(a_client_with_only_aes_cm_gets_aes_cm),
        cmocka_unit_test(no_use_srtp_fails_without_keys),
        cmocka_unit_test(no_suite_in_common_fails),
        cmocka_unit_test(fingerprint_mismatch_yields_no_keys_and_no_alert),
        cmocka_unit_test(a_client_checks_the_server_too),
        cmocka_unit_test(the_fingerprint_may_come_after_the_last_flight),
        cmocka_unit_test(a_late_wrong_fingerprint_fails_all_the_same),
        cmocka_unit_test(a_second_fingerprint_is_refused),
        cmocka_unit_test(each_lost_datagram_is_sent_again),
        cmocka_unit_test(the_deadline_follows_the_flight),
        cmocka_unit_test(a_handshake_fails_after_30_seconds),
        cmocka_unit_test(handshake_bytes_are_bounded),
        cmocka_unit_test(dtls_1_0_is_refused_in_silence),
        cmocka_unit_test(goodbye_closes_the_other_side),
        cmocka_unit_test(junk_after_the_handshake_changes_nothing),
        cmocka_unit_test(a_resting_server_gives_no_keys_and_has_no_deadline),
        cmocka_unit_test(a_resting_server_hears_the_peers_goodbye),
        cmocka_unit_test(a_resting_server_believes_no_forged_goodbye),
        cmocka_unit_test(a_resting_server_sends_its_last_flight_again),
        cmocka_unit_test(a_resting_server_answers_less_than_it_is_sent),
        cmocka_unit_test(junk_wakes_no_resting_server),
    };
    if (crypt_init() != ERR_OK)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
