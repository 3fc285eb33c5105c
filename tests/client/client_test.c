/* A client's life against the real core: checks, handshake, consent, and what makes it fail. */
#include "client/line.h"

static const struct client_config viewer = {.streams = 2, .repair = true, .frame_bytes = 65536};
static const struct client_config lean = {.streams = 2, .lean = true};
static const struct client_config talker = {.tracks = 2, .history = 128};

static struct line line;

static bool lose_all(struct line *l, const struct line_flying *f)
{
    (void)l;
    (void)f;
    return true;
}

static bool lose_first_three(struct line *l, const struct line_flying *f)
{
    (void)f;
    return l->seen <= 3;
}

static void ice_and_dtls_give_keys_to_both_sides(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_enter(&line, 1, &viewer);
    line_connect(&line, at, false);
    line_advance(&line, 200 * US_PER_MS);
    assert_int_equal(line.end[at].connected, 1);
    assert_int_equal(line.end[at].failed, 0);
    struct client_stats s = client_stats(line.end[at].client);
    assert_int_equal(s.round_trip_us, 20000);
    /* One round trip of checks, two of DTLS: the join takes no more. */
    assert_int_equal(s.connected_at - s.checked_at, 40000);
    line_close(&line);
}

static void a_server_may_choose_the_older_suite(void **state)
{
    (void)state;
    line_open(&line, "SRTP_AES128_CM_SHA1_80");
    int talks = line_join(&line, 1, &talker), hears = line_join(&line, 2, &viewer);
    int track = line_publish(&line, talks, 5, IPC_AUDIO, 1);
    (void)line_subscribe(&line, hears, 5, 40, IPC_AUDIO);
    line_send(&line, talks, &(struct client_send){.track = track, .bytes = span_str("hello")});
    line_advance(&line, 100 * US_PER_MS);
    assert_int_equal(line.end[hears].got_count, 1);
    assert_memory_equal(line.end[hears].first[0], "hello", 5);
    line_close(&line);
}

static void lost_checks_are_sent_again(void **state)
{
    (void)state;
    line_open(&line, NULL);
    line.lose = lose_first_three;
    int at = line_enter(&line, 1, &viewer);
    line_connect(&line, at, false);
    line_advance(&line, 2 * US_PER_S);
    assert_int_equal(line.lost, 3);
    assert_int_equal(line.end[at].connected, 1);
    line_close(&line);
}

static void a_server_with_another_certificate_gets_no_keys(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_enter(&line, 1, &viewer);
    line_connect(&line, at, true);
    line_advance(&line, 1 * US_PER_S);
    assert_int_equal(line.end[at].connected, 0);
    assert_int_equal(line.end[at].failed, 1);
    assert_int_equal(line.end[at].reason, ERR_AUTH);
    line_close(&line);
}

static void consent_is_renewed_for_as_long_as_it_runs(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_join(&line, 1, &lean);
    line_advance(&line, 300 * US_PER_S);
    assert_int_equal(line.end[at].failed, 0);
    uint64_t packed = 0;
    assert_true(map_get(&line.sfu->transport_by_id, 1, &packed));
    const struct transport *t = pool_get(&line.sfu->transports, handle_unpack(packed));
    assert_non_null(t);
    assert_int_equal(t->state, TRANSPORT_CONNECTED);
    line_close(&line);
}

static void without_answers_consent_ends_after_30_s(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_join(&line, 1, &lean);
    line.lose = lose_all;
    line_advance(&line, 29 * US_PER_S);
    assert_int_equal(line.end[at].failed, 0);
    line_advance(&line, 7 * US_PER_S);
    assert_int_equal(line.end[at].failed, 1);
    assert_int_equal(line.end[at].reason, ERR_AGAIN);
    uint32_t seen = line.seen;
    line_advance(&line, 60 * US_PER_S);
    assert_int_equal(line.seen, seen); /* and nothing is sent any more */
    line_close(&line);
}

static void what_is_not_the_servers_is_refused_and_counted(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_join(&line, 1, &viewer);
    static const uint8_t rubbish[5][40] = {{0x00, 0x01},
                                           {0x01, 0x01, 0x00, 0x14, 0x21, 0x12, 0xa4, 0x42},
                                           {0x80, 0x60},
                                           {0x80, 0xc8},
                                           {0xff}};
    uint64_t before = client_stats(line.end[at].client).refused;
    for (int i = 0; i < 5; i++)
        line_fly(&line, at, false, span_of(rubbish[i], sizeof rubbish[i]));
    line_advance(&line, 20 * US_PER_MS);
    struct client_stats s = client_stats(line.end[at].client);
    assert_int_equal(s.refused + s.unknown - before, 5);
    assert_int_equal(line.end[at].failed, 0);
    line_close(&line);
}

static void a_goodbye_closes_the_transport_at_the_server(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int at = line_join(&line, 1, &talker);
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    client_goodbye(line.end[at].client, line.now, line_out(o));
    line_flush(&line, at, o);
    free(o);
    line_advance(&line, 100 * US_PER_MS);
    assert_int_equal(dtls_state(line.end[at].server), DTLS_FAILED);
    assert_int_equal(dtls_reason(line.end[at].server), ERR_CLOSED);
    line_close(&line);
}

static void a_viewer_without_frames_is_small(void **state)
{
    (void)state;
    const struct client_config tiles = {.streams = 28, .lean = true};
    assert_true(client_size(&lean) < 16 * 1024);
    assert_true(client_size(&tiles) < 32 * 1024);
}

int main(void)
{
    assert(crypt_init() == ERR_OK);
    const struct CMUnitTest tests[] = {
        FACT(ice_and_dtls_give_keys_to_both_sides),
        FACT(a_server_may_choose_the_older_suite),
        FACT(lost_checks_are_sent_again),
        FACT(a_server_with_another_certificate_gets_no_keys),
        FACT(consent_is_renewed_for_as_long_as_it_runs),
        FACT(without_answers_consent_ends_after_30_s),
        FACT(what_is_not_the_servers_is_refused_and_counted),
        FACT(a_goodbye_closes_the_transport_at_the_server),
        FACT(a_viewer_without_frames_is_small),
    };
    return cmocka_run_group_tests_name("client/client", tests, NULL, NULL);
}
