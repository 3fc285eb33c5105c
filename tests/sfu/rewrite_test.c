/* Facts about sfu/rewrite: random scripts of switches, gaps, reordering and dropped padding against
 * what a receiver may see; the seed of a failing script is printed. */
#include "base/fact.h"

#include <string.h>

#include "sfu/rewrite.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

static void begin(struct rewrite *r, uint8_t encoding, int64_t seq, uint32_t ts, uint32_t ts_out)
{
    rewrite_switch(
        r, &(struct rewrite_start){.encoding = encoding, .seq = seq, .ts = ts, .ts_out = ts_out});
}

static int64_t send(struct rewrite *r, uint8_t encoding, int64_t seq, uint32_t ts)
{
    int64_t out;
    const struct rewrite_segment *g = rewrite_map(r, encoding, seq, &out);
    if (!g)
        return -1;
    rewrite_sent(r, out, ts - g->ts_shift, 1);
    return out;
}

static void the_first_number_leaves_the_roll_over_count_at_zero(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 0x20000; random += 77) {
        struct rewrite r;
        rewrite_init(&r, random);
        begin(&r, 0, 70000, 1, 1);
        assert_in_range(send(&r, 0, 70000, 1), 1, 0x8000);
    }
}

static void a_switch_goes_on_with_the_next_number(void **state)
{
    (void)state;
    struct rewrite r;
    rewrite_init(&r, 9);
    begin(&r, 0, 100, 1000, 5000);
    assert_int_equal(send(&r, 0, 100, 1000), 10);
    assert_int_equal(send(&r, 0, 102, 3000), 12);
    begin(&r, 1, 7, 50, 9000);
    assert_int_equal(send(&r, 1, 7, 50), 13);
    assert_int_equal(r.ts, 9000);
    /* late packets: of the new layer from before its start, of the old one that would collide */
    assert_int_equal(send(&r, 1, 6, 40), -1);
    assert_int_equal(send(&r, 0, 103, 4000), -1);
    assert_int_equal(send(&r, 0, 101, 2000), 11);
}

static void time_never_stands_still_over_a_switch(void **state)
{
    (void)state;
    struct rewrite r;
    rewrite_init(&r, 9);
    begin(&r, 0, 100, 1000, 5000);
    (void)send(&r, 0, 100, 1000);
    begin(&r, 1, 100, 77, 4000); /* a report that says: earlier */
    (void)send(&r, 1, 100, 77);
    assert_int_equal(r.ts, 5001);
}

static void skipping_closes_the_gap_only_at_the_front(void **state)
{
    (void)state;
    struct rewrite r;
    rewrite_init(&r, 0);
    begin(&r, 0, 100, 1, 1);
    assert_int_equal(send(&r, 0, 100, 1), 1);
    assert_true(rewrite_skip(&r, 0, 101));
    assert_int_equal(send(&r, 0, 102, 2), 2);
    assert_true(rewrite_skip(&r, 0, 104)); /* 103 is still on its way */
    assert_int_equal(send(&r, 0, 105, 3), 4);
    assert_int_equal(send(&r, 0, 103, 2), 3);
    assert_false(rewrite_skip(&r, 0, 104));
    assert_false(rewrite_skip(&r, 1, 106));
}

/* Frames of twenty packets, every second one left out: one segment each, not one a packet. */
static void a_run_of_drops_costs_one_segment(void **state)
{
    (void)state;
    struct rewrite r;
    int64_t seq;
    rewrite_init(&r, 0);
    begin(&r, 0, 0, 1, 1);
    for (int64_t i = 0; i < 40 * REWRITE_SEGMENTS; i++) {
        if (i / 20 % 2 == 0)
            assert_true(send(&r, 0, i, (uint32_t)i) >= 0);
        else
            assert_true(rewrite_skip(&r, 0, i));
    }
    int64_t oldest = r.out_highest - 20 * (REWRITE_SEGMENTS - 2);
    assert_non_null(rewrite_unmap(&r, (uint16_t)oldest, &seq));
    assert_int_equal(seq / 20 % 2, 0);
}

static void what_was_sent_is_found_again(void **state)
{
    (void)state;
    struct rewrite r;
    int64_t seq;
    rewrite_init(&r, 0x7ffe);
    begin(&r, 0, 65536, 1, 1);
    for (int64_t i = 0; i < 70000; i++)
        assert_true(send(&r, 0, 65536 + i, (uint32_t)i) > 0);
    assert_null(rewrite_unmap(&r, (uint16_t)(r.out_highest + 1), &seq));
    assert_non_null(rewrite_unmap(&r, (uint16_t)(r.out_highest - 500), &seq));
    assert_int_equal(seq, 65536 + 69999 - 500);
}

/* One script: two encodings, in order with gaps that are filled later, padding, switches. Outgoing
 * numbers must be unique, and each must lead back to the packet it was given for. */
static void run_script(uint64_t seed)
{
    enum { STEPS = 3000 };
    static int64_t source[STEPS * 2][2]; /* by outgoing number: encoding, seq */
    struct rewrite r;
    int64_t next[2] = {65536, 90000}, missing = -1;
    uint8_t now = 0;
    random_state = seed * 7919 + 1;
    memset(source, -1, sizeof source);
    rewrite_init(&r, 0);
    begin(&r, 0, next[0], 0, 0);
    for (int step = 0; step < STEPS; step++) {
        uint32_t dice = random_below(100);
        if (dice < 3) {
            now = (uint8_t)!now;
            begin(&r, now, next[now], (uint32_t)step, (uint32_t)step);
            missing = -1;
        } else if (dice < 8) {
            (void)rewrite_skip(&r, now, next[now]++);
            continue;
        } else if (dice < 14 && missing < 0) {
            missing = next[now]++;
        } else if (dice < 24 && missing >= 0) {
            int64_t out = send(&r, now, missing, (uint32_t)step);
            if (out >= 0) {
                if (source[out][0] != -1)
                    fail_msg("seed %lu: %ld twice", (unsigned long)seed, (long)out);
                source[out][0] = now;
                source[out][1] = missing;
            }
            missing = -1;
            continue;
        }
        int64_t seq = next[now]++, out = send(&r, now, seq, (uint32_t)step), back;
        if (out < 0 || source[out][0] != -1)
            fail_msg("seed %lu step %d: out %ld", (unsigned long)seed, step, (long)out);
        source[out][0] = now;
        source[out][1] = seq;
        const struct rewrite_segment *g = rewrite_unmap(&r, (uint16_t)out, &back);
        if (!g || g->encoding != now || back != seq)
            fail_msg("seed %lu step %d: does not lead back", (unsigned long)seed, step);
    }
}

static void random_scripts_never_use_a_number_twice(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        run_script(seed);
}

static void clocks_convert_through_common_time(void **state)
{
    (void)state;
    struct rewrite_clock a = {true, (uint64_t)100 << 32, 1000};
    struct rewrite_clock b = {true, (uint64_t)100 << 32, 500000};
    assert_int_equal(rewrite_clock_convert(&a, &b, 1900, 90000), 500900);
    b.ntp += (uint64_t)1 << 31; /* b's report is half a second later */
    assert_int_equal(rewrite_clock_convert(&a, &b, 1000, 90000), 500000 - 45000);
    assert_int_equal(rewrite_clock_convert(&b, &a, 500000, 90000), 1000 + 45000);
    a.ts = UINT32_MAX - 10; /* over the wrap */
    assert_int_equal(rewrite_clock_convert(&a, &b, 9, 90000), 500000 - 45000 + 20);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_first_number_leaves_the_roll_over_count_at_zero),
        FACT(a_switch_goes_on_with_the_next_number),
        FACT(time_never_stands_still_over_a_switch),
        FACT(skipping_closes_the_gap_only_at_the_front),
        FACT(a_run_of_drops_costs_one_segment),
        FACT(what_was_sent_is_found_again),
        FACT(random_scripts_never_use_a_number_twice),
        FACT(clocks_convert_through_common_time),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
