/* The sender's estimate against a modelled link: its rate, its queue, its losses. The feedback is
 * the real one, written by proto/twcc as the server writes it. */
#include "base/fact.h"

#include "client/rate.h"
#include "proto/twcc.h"

enum { PACKET = 1200 };

/* A link that takes `bps` and holds 300 ms of it; more is lost. */
struct link {
    uint64_t bps;
    instant_us free_at;
    uint32_t lost;
};

static struct rate rate;
static struct twcc receiver;
static struct link pipe_;
static instant_us now;
static uint16_t seq;
static uint64_t sent_bytes;

static int set_up(void **state)
{
    (void)state;
    rate_init(&rate);
    twcc_init(&receiver, 1, 2);
    pipe_ = (struct link){.bps = 100000000};
    now = 1000 * US_PER_S;
    seq = 65000; /* it wraps on the way */
    sent_bytes = 0;
    return 0;
}

static void feed_back(void)
{
    uint8_t bytes[TWCC_PACKET_MAX];
    for (;;) {
        struct writer w = writer_of(bytes, sizeof bytes);
        struct rtcp_walk walk;
        struct rtcp_item item;
        if (!twcc_write(&receiver, &w, now))
            return;
        rtcp_walk_init(&walk, writer_span(&w));
        assert_true(rtcp_next(&walk, &item));
        assert_int_equal(item.kind, RTCP_TWCC);
        (void)rate_feedback(&rate, &item.twcc, now);
    }
}

static void send_one(void)
{
    instant_us start = pipe_.free_at > now ? pipe_.free_at : now;
    uint64_t takes = (uint64_t)PACKET * 8 * 1000000 / pipe_.bps;
    rate_sent(&rate, seq, PACKET, now);
    sent_bytes += PACKET;
    if (start - now > 300 * US_PER_MS) {
        pipe_.lost++;
    } else {
        pipe_.free_at = start + (instant_us)takes;
        twcc_record(&receiver, seq, pipe_.free_at + 20 * US_PER_MS);
    }
    seq++;
}

/* Sends at the estimate, but at most `most`, for so long. */
static void run(duration_us time, uint32_t most)
{
    instant_us end = now + time;
    while (now < end) {
        uint32_t bps = rate.bps < most ? rate.bps : most;
        send_one();
        now += (instant_us)((uint64_t)PACKET * 8 * 1000000 / bps);
        feed_back();
    }
}

static void a_free_link_is_found_out(void **state)
{
    (void)state;
    run(30 * US_PER_S, RATE_MAX_BPS);
    assert_true(rate.bps > 3 * RATE_START_BPS);
}

static void a_narrow_link_is_not_overrun(void **state)
{
    (void)state;
    pipe_.bps = 500000;
    run(10 * US_PER_S, RATE_MAX_BPS);
    sent_bytes = 0;
    run(20 * US_PER_S, RATE_MAX_BPS);
    assert_in_range(sent_bytes * 8 / 20, 300000, 550000);
}

static void a_drop_is_followed_within_two_seconds(void **state)
{
    (void)state;
    pipe_.bps = 3000000;
    run(30 * US_PER_S, RATE_MAX_BPS);
    pipe_.bps = 600000;
    run(2 * US_PER_S, RATE_MAX_BPS);
    assert_true(rate.bps < 700000);
}

static void it_comes_back_when_the_link_does(void **state)
{
    (void)state;
    pipe_.bps = 500000;
    run(20 * US_PER_S, RATE_MAX_BPS);
    pipe_.bps = 10000000;
    run(20 * US_PER_S, RATE_MAX_BPS);
    assert_true(rate.bps > 1000000);
}

static void what_was_never_tried_is_not_claimed(void **state)
{
    (void)state;
    run(60 * US_PER_S, 200000);
    assert_true(rate.bps <= RATE_START_BPS);
}

static void feedback_about_what_was_not_sent_changes_nothing(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 200; i++)
        twcc_record(&receiver, (uint16_t)(30000 + i), now + i * 100);
    now += 1 * US_PER_S;
    feed_back();
    assert_int_equal(rate.bps, RATE_START_BPS);
    assert_int_equal(rate.told_bps, 0);
}

int main(void)
{
#define WITH(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        WITH(a_free_link_is_found_out),
        WITH(a_narrow_link_is_not_overrun),
        WITH(a_drop_is_followed_within_two_seconds),
        WITH(it_comes_back_when_the_link_does),
        WITH(what_was_never_tried_is_not_claimed),
        WITH(feedback_about_what_was_not_sent_changes_nothing),
    };
    return cmocka_run_group_tests_name("client/rate", tests, NULL, NULL);
}
