/* Facts about sfu/bwe and what it stands on (meter, sent, trend, loss, probe, pacer), fed with
 * feedback that proto/twcc writes and proto/rtcp reads, honest and lying (attack A12). */
#include "base/fact.h"

#include "proto/twcc.h"
#include "sfu/bwe.h"
#include "sfu/pacer.h"

static struct bwe b;
static struct sent h;
static struct sent_packet ring[SENT_MAX];
static struct twcc receiver;
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    now = 1000 * US_PER_S;
    bwe_init(&b, now);
    h = (struct sent){0};
    sent_init(&h, 65530);
    sent_ring(&h, ring, SENT_MAX);
    twcc_init(&receiver, 1, 2);
    return 0;
}

/* Every feedback packet in these bytes. */
static struct bwe_result take(struct span bytes)
{
    struct rtcp_walk w;
    struct rtcp_item item;
    struct bwe_result all = {0};
    rtcp_walk_init(&w, bytes);
    while (rtcp_next(&w, &item)) {
        struct bwe_result r = bwe_twcc(&b, &h, &item.twcc, now);
        all.unknown += r.unknown;
        all.repeated += r.repeated;
        all.clamped |= r.clamped;
        all.probed |= r.probed;
    }
    assert_int_equal(w.result, ERR_OK);
    return all;
}

static struct bwe_result answer(void)
{
    uint8_t buf[2400];
    struct writer w = writer_of(buf, sizeof buf);
    while (twcc_write(&receiver, &w, now))
        continue;
    return take(writer_span(&w));
}

/* A packet each 10 ms of `bytes` through a way of `way` bits a second, 1 in `lost` lost (0: none).
 */
static void flow(uint32_t bytes, uint64_t way, uint32_t lost, duration_us time)
{
    static uint32_t count;
    instant_us free_at = now;
    for (instant_us end = now + time; now < end; now += 10 * US_PER_MS) {
        uint16_t seq = sent_put(&h, SENT_MEDIA, (uint16_t)bytes, now);
        free_at = (free_at > now ? free_at : now) + (instant_us)(bytes * 8000000ull / way);
        if (lost == 0 || count++ % lost != 0)
            twcc_record(&receiver, seq, free_at + 20 * US_PER_MS);
        (void)answer();
    }
}

/* Nothing of 0.3 s arrives: no reason to send less when the way is back. */
static void an_outage_says_nothing_about_the_width_of_a_way(void **state)
{
    (void)state;
    flow(1000, 3000000, 0, 5 * US_PER_S);
    rate_bps before = b.rate;
    flow(1000, 3000000, 1, 300 * US_PER_MS);
    flow(1000, 3000000, 0, US_PER_S);
    assert_int_equal(b.loss.state, LOSS_FREE);
    assert_true(b.rate >= before / 100 * 85);
}

static void a_meter_forgets_what_is_older_than_its_window(void **state)
{
    (void)state;
    struct meter m = {0};
    for (int i = 0; i < 200; i++)
        meter_add(&m, 1250, METER_HALF_SECOND, now + i * 10 * US_PER_MS);
    assert_in_range(meter_bps(&m, now + 2 * US_PER_S), 950000, 1050000);
    assert_int_equal(meter_bps(&m, now + 3 * US_PER_S), 0);
}

static void a_sent_packet_is_found_by_its_number_until_it_is_overwritten(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++)
        (void)sent_put(&h, SENT_MEDIA, (uint16_t)(100 + i % 100), now + i);
    int64_t last = sent_unwrap(&h, (uint16_t)(65530 + 2999));
    assert_int_equal(sent_find(&h, last)->size, 199);
    assert_non_null(sent_find(&h, last - SENT_MAX + 1));
    assert_null(sent_find(&h, last - SENT_MAX));
    assert_null(sent_find(&h, last + 1));
    assert_int_equal(sent_at(sent_find(&h, last), now + US_PER_S), now + 2999);
}

static void a_larger_ring_takes_over_what_the_smaller_one_holds(void **state)
{
    (void)state;
    static struct sent_packet few[SENT_FEW];
    h = (struct sent){0};
    sent_init(&h, 65530);
    sent_ring(&h, few, SENT_FEW);
    for (int i = 0; i < 300; i++)
        (void)sent_put(&h, SENT_MEDIA, (uint16_t)(100 + i), i);
    int64_t last = h.next - 1;
    sent_ring(&h, ring, SENT_MAX);
    assert_int_equal(sent_find(&h, last)->size, 399);
    assert_int_equal(sent_find(&h, last - SENT_FEW + 1)->size, 100 + 300 - SENT_FEW);
    assert_null(sent_find(&h, last - SENT_FEW));
    for (int i = 0; i < 300; i++)
        (void)sent_put(&h, SENT_MEDIA, 50, 300 + i);
    assert_int_equal(sent_find(&h, last)->size, 399);
    assert_int_equal(sent_find(&h, last + 300)->size, 50);
}

static void a_flat_delay_is_normal_and_a_growing_one_is_overuse(void **state)
{
    (void)state;
    struct trend t;
    trend_init(&t);
    for (int i = 0; i < 200; i++) {
        (void)trend_packet(&t, i * 20000, 5000000 + i * 20000 + i % 3 * 500);
        assert_int_equal(t.use, TREND_NORMAL);
    }
    int i = 200;
    for (; i < 300 && t.use != TREND_OVER; i++)
        (void)trend_packet(&t, i * 20000, 5000000 + i * 20000 + (i - 200) * 5000);
    assert_in_range(i, 202, 220); /* well within half a second */
}

static void what_fits_grows_the_estimate_and_what_does_not_lowers_it(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, 10 * US_PER_S);
    assert_in_range(b.rate, 900000, 1300000); /* 1.5 times what was sent, at most */
    flow(1000, 500000, 0, 1500 * US_PER_MS);
    assert_in_range(b.rate, 300000, 520000);
    assert_int_equal(b.mode, BWE_TWCC);
}

static void what_arrives_above_the_guess_fits_until_a_queue_speaks_against_it(void **state)
{
    (void)state;
    assert_true(bwe_guesses(&b));
    flow(2500, 50000000, 0, US_PER_S); /* 2 Mb/s, where 600 kb/s are guessed */
    assert_in_range(b.rate, 1900000, 3100000);
    assert_true(bwe_guesses(&b));
    flow(2500, 1000000, 0, US_PER_S);
    assert_false(bwe_guesses(&b));
    assert_true(b.rate < 1100000);
}

static void a_long_queue_of_our_own_is_emptied_by_sending_less_than_goes_through(void **state)
{
    (void)state;
    flow(2500, 50000000, 0, 2 * US_PER_S);
    assert_false(bwe_queue_is_long(&b));
    flow(2500, 1000000, 0, US_PER_S); /* twice what goes through */
    assert_true(bwe_queue_is_long(&b));
    assert_in_range(b.rate, 550000, 700000);
}

/* A packet each 10 ms that takes `way` to arrive; the sender follows the estimate down. */
static void delayed(duration_us way, duration_us time)
{
    for (instant_us end = now + time; now < end; now += 10 * US_PER_MS) {
        rate_bps bps = b.rate < 800000 ? b.rate : 800000;
        uint16_t seq = sent_put(&h, SENT_MEDIA, (uint16_t)(bps / 800), now);
        twcc_record(&receiver, seq, now + way);
        (void)answer();
    }
}

static void a_queue_that_stands_is_emptied_although_it_does_not_grow(void **state)
{
    (void)state;
    delayed(20 * US_PER_MS, 5 * US_PER_S);
    delayed(220 * US_PER_MS, 200 * US_PER_MS); /* the growth itself is one decrease */
    rate_bps grown = b.rate;
    delayed(220 * US_PER_MS, US_PER_S);
    assert_true(b.rate < grown / 100 * 75);
}

static void a_way_that_only_became_longer_gets_its_rate_back(void **state)
{
    (void)state;
    delayed(20 * US_PER_MS, 5 * US_PER_S);
    delayed(220 * US_PER_MS, 3 * US_PER_S);
    rate_bps least = b.rate;
    delayed(220 * US_PER_MS, 5 * US_PER_S);
    assert_true(b.rate > least);
    assert_true(b.queue_us < 10 * US_PER_MS);
}

static void ten_percent_lost_by_chance_lowers_nothing(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, 5 * US_PER_S);
    rate_bps before = b.rate;
    flow(1000, 5000000, 10, 10 * US_PER_S);
    assert_true(b.rate >= before);
}

static void loss_beside_a_queue_bounds_the_rate_by_what_gets_through(void **state)
{
    (void)state;
    struct loss l;
    struct loss_facts f = {.rate = 2000000, .acked = 1000000, .queue = false};
    loss_init(&l);
    for (int i = 0; i < 5; i++)
        (void)loss_count(&l, 100, 0, &f, now += US_PER_S / 2);
    (void)loss_count(&l, 100, 30, &f, now += US_PER_S / 2);
    assert_int_equal(l.state, LOSS_TRIAL);
    loss_init(&l);
    for (int i = 0; i < 5; i++)
        (void)loss_count(&l, 100, 0, &f, now += US_PER_S / 2);
    f.queue = true;
    (void)loss_count(&l, 100, 30, &f, now += US_PER_S / 2);
    assert_int_equal(l.state, LOSS_HELD);
    assert_int_equal(loss_bound(&l), 1000000);
}

static void a_trial_that_does_not_help_shows_chance_and_gives_the_rate_back(void **state)
{
    (void)state;
    struct loss l;
    struct loss_facts f = {.rate = 2000000, .acked = 1000000, .queue = false};
    loss_init(&l);
    for (int i = 0; i < 5; i++)
        (void)loss_count(&l, 100, 0, &f, now += US_PER_S / 2);
    for (int i = 0; i < 3; i++)
        (void)loss_count(&l, 100, 30, &f, now += US_PER_S / 2);
    assert_int_equal(l.state, LOSS_FREE);
    assert_int_equal(loss_bound(&l), UINT32_MAX);
    assert_int_equal(loss_take_back(&l), 2000000);
    assert_int_equal(loss_take_back(&l), 0);
}

static void a_probe_measures_the_way_and_no_more_than_it_sent(void **state)
{
    (void)state;
    for (uint64_t way = 1000000; way <= 9000000; way += 4000000) {
        struct probe p;
        probe_init(&p, now);
        now += US_PER_S;
        assert_true(probe_begin(&p, 1000000, 2500000, 70000, now));
        int64_t seq = 70000;
        instant_us free_at = now;
        while (probe_sending(&p)) {
            instant_us at = probe_deadline(&p);
            now = at > now ? at : now;
            for (uint32_t due = probe_due(&p, seq, now); due > 0;
                 due = due > PROBE_PACKET ? due - PROBE_PACKET : 0) {
                probe_sent(&p, PROBE_PACKET);
                free_at =
                    (free_at > now ? free_at : now) + (instant_us)(PROBE_PACKET * 8000000ull / way);
                probe_arrived(&p, PROBE_PACKET, now, free_at);
                seq++;
            }
        }
        rate_bps out = 0;
        assert_true(probe_answer(&p, &(struct probe_facts){true, 0, now}, &out));
        assert_in_range(out, way < 2500000 ? 850000 : 2250000, way < 2500000 ? 1000000 : 2500000);
        assert_false(probe_answer(&p, &(struct probe_facts){true, 0, now}, &out));
    }
}

static void a_pacer_lets_a_burst_pass_and_then_keeps_the_pace(void **state)
{
    (void)state;
    struct pacer p = {0};
    pacer_set(&p, 1000000); /* 1.25 Mb/s: 20 ms are 3,125 bytes */
    int passed = 0;
    while (!pacer_holds(&p, now) && passed < 100) {
        pacer_left(&p, 1200, now);
        passed++;
    }
    assert_int_equal(passed, 3);
    assert_true(pacer_holds(&p, now + 2 * US_PER_MS));
    assert_false(pacer_holds(&p, now + 10 * US_PER_MS));
    /* far below the estimate nothing ever waits */
    p = (struct pacer){0};
    pacer_set(&p, 10000000);
    for (int i = 0; i < 1000; i++) {
        assert_false(pacer_holds(&p, now + i * 5 * US_PER_MS));
        for (int k = 0; k < 4; k++)
            pacer_left(&p, 1200, now + i * 5 * US_PER_MS);
    }
}

/* --- lies (attack A12) ------------------------------------------------------------------------ */

/* One feedback packet: one run of `count` received packets, each `delta` quarter milliseconds after
 * the one before. */
static struct bwe_result tell(uint16_t base, uint16_t count, int32_t reference, uint8_t delta)
{
    uint8_t buf[5000] = {0};
    struct writer w = writer_of(buf, sizeof buf);
    size_t len = (20 + 2 + (size_t)count + 3) / 4 * 4;
    writer_u8(&w, 0x8f);
    writer_u8(&w, 205);
    writer_u16(&w, (uint16_t)(len / 4 - 1));
    writer_u32(&w, 1);
    writer_u32(&w, 2);
    writer_u16(&w, base);
    writer_u16(&w, count);
    writer_u24(&w, (uint32_t)reference & 0xffffff);
    writer_u8(&w, 0);
    writer_u16(&w, (uint16_t)(0x2000 | count));
    for (uint16_t i = 0; i < count; i++)
        writer_u8(&w, delta);
    return take(span_of(buf, len));
}

static void packets_that_were_never_sent_change_nothing(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, US_PER_S);
    struct bwe before = b;
    struct bwe_result r = tell((uint16_t)h.next, 4000, b.reference, 0);
    assert_int_equal(r.unknown, 4000);
    assert_int_equal(b.rate, before.rate);
    assert_int_equal(b.feedback_at, before.feedback_at);
    h = (struct sent){0};
    sent_init(&h, 7);
    sent_ring(&h, ring, SENT_MAX);
    assert_int_equal(tell(7, 100, b.reference, 0).unknown, 100); /* nothing was sent at all */
    assert_int_equal(b.rate, before.rate);
}

static void the_same_feedback_twice_counts_once(void **state)
{
    (void)state;
    uint8_t buf[2400];
    flow(1000, 5000000, 0, US_PER_S);
    for (int i = 0; i < 20; i++, now += 10 * US_PER_MS)
        twcc_record(&receiver, sent_put(&h, SENT_MEDIA, 1000, now), now + 20 * US_PER_MS);
    struct writer w = writer_of(buf, sizeof buf);
    while (twcc_write(&receiver, &w, now + US_PER_S))
        continue;
    now += 20 * US_PER_MS;
    assert_int_equal(take(writer_span(&w)).repeated, 0);
    struct bwe before = b;
    for (int i = 0; i < 1000; i++)
        assert_true(take(writer_span(&w)).repeated >= 20);
    assert_int_equal(b.rate, before.rate);
    assert_int_equal(bwe_acked(&b), bwe_acked(&before));
}

/* All arrived at once, says the receiver: the estimate stays within what was sent to it. */
static void arrivals_told_too_close_together_are_not_believed(void **state)
{
    (void)state;
    flow(1000, 50000000, 0, 3 * US_PER_S);
    for (int i = 0; i < 30; i++) {
        uint16_t base = (uint16_t)h.next;
        for (int k = 0; k < 10; k++, now += 10 * US_PER_MS)
            (void)sent_put(&h, SENT_MEDIA, 1000, now);
        (void)tell(base, 10, b.reference, 0); /* three seconds' packets in one moment */
    }
    assert_true(bwe_acked(&b) < 2 * 800000);
    assert_true(b.rate < 3 * 800000);
}

static void a_clock_that_jumps_is_cut_off_and_counted(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, 2 * US_PER_S);
    rate_bps before = b.rate;
    unsigned clamped = 0;
    for (int i = 0; i < 50; i++, now += 100 * US_PER_MS) {
        uint16_t base = (uint16_t)h.next;
        for (int k = 0; k < 10; k++)
            (void)sent_put(&h, SENT_MEDIA, 1000, now);
        /* years ahead, and back again */
        clamped += tell(base, 10, i % 2 ? -8000000 : 8000000, 255).clamped;
    }
    assert_true(clamped >= 49);
    assert_in_range(b.rate, BWE_MIN_BPS, 2 * before);
}

static void silence_after_feedback_lowers_the_rate_but_never_to_nothing(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, 2 * US_PER_S);
    rate_bps before = b.rate;
    for (int i = 0; i < 20; i++)
        bwe_tick(&b, true, true, now += 100 * US_PER_MS);
    assert_true(b.rate < before);
    for (int i = 0; i < 1000; i++)
        bwe_tick(&b, true, true, now += 100 * US_PER_MS);
    assert_int_equal(b.rate, BWE_MIN_BPS);
}

static void remb_counts_only_without_twcc_and_is_clamped(void **state)
{
    (void)state;
    bwe_tick(&b, true, false, now);
    bwe_tick(&b, true, false, now += 3 * US_PER_S);
    assert_int_equal(b.mode, BWE_BLIND);
    bwe_remb(&b, 0, now);
    assert_int_equal(b.rate, BWE_MIN_BPS);
    bwe_remb(&b, UINT64_MAX, now);
    assert_int_equal(b.rate, BWE_MAX_BPS);
    flow(1000, 5000000, 0, US_PER_S);
    rate_bps before = b.rate;
    bwe_remb(&b, 0, now);
    assert_int_equal(b.rate, before);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

static void back(int32_t reference)
{
    static const uint8_t none[2] = {0, 1}; /* one status: not received */
    struct rtcp_twcc fb = {.base_seq = (uint16_t)(h.next - 1),
                           .count = 1,
                           .reference = (int32_t)((uint32_t)reference << 8) >> 8,
                           .chunks = span_of(none, 2)};
    now += 10;
    (void)bwe_twcc(&b, &h, &fb, now);
}

/* Proven once to write before the meter's first bucket. */
static void a_clock_that_is_told_backwards_stays_in_its_bounds(void **state)
{
    (void)state;
    flow(1000, 5000000, 0, US_PER_S);
    int32_t r = b.reference;
    for (int i = 0; i < 230000; i++) {
        r = (r - 78) & 0xffffff;
        back(r);
        assert_true(b.clock >= 0);
    }
    back((r + 200) & 0xffffff); /* 12.8 s: the line of time starts anew */
    for (int i = 0; i < 3; i++)
        twcc_record(&receiver, sent_put(&h, SENT_MEDIA, 1000, now), now);
    now += 200 * US_PER_MS;
    (void)answer();
    assert_true(b.clock >= 0);
}

/* Proven once to freeze a picture for 46 s after voices went over a way that was too narrow. */
static void a_bad_way_is_forgotten_when_it_is_over(void **state)
{
    (void)state;
    struct pacer p = {0};
    pacer_set(&p, BWE_MIN_BPS);
    for (int i = 0; i < 30 * 50; i++, now += 20 * US_PER_MS) {
        for (int k = 0; k < 2; k++) /* two talkers, 48 kb/s each: audio does not wait */
            pacer_left(&p, 120, now);
    }
    pacer_set(&p, 2000000);
    duration_us waits = 0;
    for (; pacer_holds(&p, now); now += US_PER_MS)
        waits += US_PER_MS;
    assert_true(waits <= US_PER_S);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(an_outage_says_nothing_about_the_width_of_a_way),
        STORY(a_meter_forgets_what_is_older_than_its_window),
        STORY(a_sent_packet_is_found_by_its_number_until_it_is_overwritten),
        STORY(a_larger_ring_takes_over_what_the_smaller_one_holds),
        STORY(a_flat_delay_is_normal_and_a_growing_one_is_overuse),
        STORY(what_fits_grows_the_estimate_and_what_does_not_lowers_it),
        STORY(what_arrives_above_the_guess_fits_until_a_queue_speaks_against_it),
        STORY(a_long_queue_of_our_own_is_emptied_by_sending_less_than_goes_through),
        STORY(a_queue_that_stands_is_emptied_although_it_does_not_grow),
        STORY(a_way_that_only_became_longer_gets_its_rate_back),
        STORY(ten_percent_lost_by_chance_lowers_nothing),
        STORY(loss_beside_a_queue_bounds_the_rate_by_what_gets_through),
        STORY(a_trial_that_does_not_help_shows_chance_and_gives_the_rate_back),
        STORY(a_probe_measures_the_way_and_no_more_than_it_sent),
        STORY(a_pacer_lets_a_burst_pass_and_then_keeps_the_pace),
        STORY(packets_that_were_never_sent_change_nothing),
        STORY(the_same_feedback_twice_counts_once),
        STORY(arrivals_told_too_close_together_are_not_believed),
        STORY(a_clock_that_jumps_is_cut_off_and_counted),
        STORY(silence_after_feedback_lowers_the_rate_but_never_to_nothing),
        STORY(remb_counts_only_without_twcc_and_is_clamped),
        STORY(a_clock_that_is_told_backwards_stays_in_its_bounds),
        STORY(a_bad_way_is_forgotten_when_it_is_over),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
