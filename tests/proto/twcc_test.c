/* Facts about proto/twcc, with our own reader of the feedback as the other side. */
#include "proto/cm.h"

#include "proto/random.h"
#include "proto/rtcp.h"
#include "proto/twcc.h"

enum { SEQS = 4000 };

struct seen {
    bool reported[65536], received[65536];
    int64_t at_units[65536]; /* in 250 us */
    int packets;
};

static void read_feedback(struct span packet, struct seen *s)
{
    struct rtcp_walk w;
    struct rtcp_item i;
    struct rtcp_twcc_walk t;
    struct rtcp_twcc_status status;
    rtcp_walk_init(&w, packet);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_TWCC);
    assert_int_equal(i.twcc.feedback_count, s->packets & 0xff);
    s->packets++;
    int64_t clock = (int64_t)i.twcc.reference * 256;
    rtcp_twcc_walk_init(&t, &i.twcc);
    while (rtcp_twcc_next(&t, &status)) {
        assert_false(s->reported[status.seq]);
        s->reported[status.seq] = true;
        s->received[status.seq] = status.received;
        clock += status.delta;
        s->at_units[status.seq] = clock;
    }
    assert_false(rtcp_next(&w, &i));
    assert_int_equal(w.result, ERR_OK);
}

static void flush(struct twcc *t, struct seen *s, instant_us now)
{
    for (;;) {
        uint8_t buf[TWCC_PACKET_MAX];
        struct writer w = writer_of(buf, sizeof(buf));
        if (!twcc_write(t, &w, now))
            return;
        read_feedback(writer_span(&w), s);
    }
}

static void arrivals_come_back_within_a_quarter_millisecond(void **state)
{
    (void)state;
    static struct seen s;
    static instant_us at[SEQS];
    struct twcc t;
    struct random rnd = random_start("twcc", 41);
    instant_us now = 5 * US_PER_S;
    memset(&s, 0, sizeof(s));
    twcc_init(&t, 1, 2);
    for (int i = 0; i < SEQS; i++) {
        now += random_below(&rnd, 3000);
        if (random_below(&rnd, 100) == 0)
            now += US_PER_S; /* a pause that no one-byte delta holds */
        at[i] = INSTANT_NEVER;
        if (i > 0 && random_below(&rnd, 10) == 0)
            continue; /* lost */
        at[i] = now;
        twcc_record(&t, (uint16_t)(64000 + i), now);
        if (now >= twcc_deadline(&t))
            flush(&t, &s, now);
    }
    flush(&t, &s, now + US_PER_S);
    for (int i = 0; i < SEQS - 20; i++) {
        uint16_t seq = (uint16_t)(64000 + i);
        assert_true(s.reported[seq]);
        assert_int_equal(s.received[seq], at[i] != INSTANT_NEVER);
        if (s.received[seq])
            assert_int_equal(s.at_units[seq], at[i] / 250);
    }
    assert_int_equal(twcc_deadline(&t), INSTANT_NEVER);
}

static void feedback_is_due_a_period_after_the_first_arrival(void **state)
{
    (void)state;
    struct twcc t;
    uint8_t buf[TWCC_PACKET_MAX];
    struct writer w = writer_of(buf, sizeof(buf));
    twcc_init(&t, 1, 2);
    assert_int_equal(twcc_deadline(&t), INSTANT_NEVER);
    twcc_record(&t, 5, 1000);
    twcc_record(&t, 6, 2000);
    assert_int_equal(twcc_deadline(&t), 1000 + TWCC_PERIOD_US);
    assert_false(twcc_write(&t, &w, 1000 + TWCC_PERIOD_US - 1));
    assert_int_equal(writer_len(&w), 0);
    assert_true(twcc_write(&t, &w, 1000 + TWCC_PERIOD_US));
    assert_false(twcc_write(&t, &w, 10 * US_PER_S));
}

static void reordering_before_the_report_is_kept(void **state)
{
    (void)state;
    static struct seen s;
    struct twcc t;
    memset(&s, 0, sizeof(s));
    twcc_init(&t, 1, 2);
    twcc_record(&t, 10, 64000);
    twcc_record(&t, 12, 65000);
    twcc_record(&t, 11, 66000);
    twcc_record(&t, 9, 66500); /* before the first: too late to say */
    flush(&t, &s, US_PER_S);
    assert_true(s.received[10] && s.received[11] && s.received[12] && !s.reported[9]);
    assert_int_equal(s.at_units[11], 264);
    twcc_record(&t, 11, 70000); /* reported already */
    assert_int_equal(twcc_deadline(&t), INSTANT_NEVER);
}

static void a_jump_forgets_but_does_not_break(void **state)
{
    (void)state;
    static struct seen s;
    struct twcc t;
    memset(&s, 0, sizeof(s));
    twcc_init(&t, 1, 2);
    twcc_record(&t, 1, 1000);
    twcc_record(&t, 30000, 2000);
    flush(&t, &s, US_PER_S);
    assert_true(s.received[30000]);
    assert_false(s.reported[1]);
}

static void every_packet_fits_its_promise(void **state)
{
    (void)state;
    static struct seen s;
    struct twcc t;
    memset(&s, 0, sizeof(s));
    twcc_init(&t, 1, 2);
    /* Worst case: statuses that alternate, each with a two-byte delta. */
    for (int i = 0; i < TWCC_WINDOW; i += 1)
        twcc_record(&t, (uint16_t)i, 1000000 + (i % 2 ? 0 : 60000 + i * 300));
    flush(&t, &s, 10 * US_PER_S);
    assert_true(s.reported[0] && s.reported[TWCC_WINDOW - 1]);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(arrivals_come_back_within_a_quarter_millisecond),
        cmocka_unit_test(feedback_is_due_a_period_after_the_first_arrival),
        cmocka_unit_test(reordering_before_the_report_is_kept),
        cmocka_unit_test(a_jump_forgets_but_does_not_break),
        cmocka_unit_test(every_packet_fits_its_promise),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
