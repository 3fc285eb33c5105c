/* Facts about proto/nack and proto/seq. */
#include "proto/cm.h"

#include "proto/nack.h"
#include "proto/random.h"

#define RTT (50 * US_PER_MS)

static void numbers_unwrap_both_ways(void **state)
{
    (void)state;
    struct seq_unwrap u = {0};
    assert_int_equal(seq_unwrap(&u, 65534), 65536 + 65534);
    assert_int_equal(seq_unwrap(&u, 1), 65536 + 65537);
    assert_int_equal(seq_unwrap(&u, 65535), 65536 + 65535);
    assert_int_equal(u.highest, 65536 + 65537);
    assert_int_equal(seq_unwrap(&u, 2), 65536 + 65538);
    struct seq_unwrap low = {0};
    assert_int_equal(seq_unwrap(&low, 0), 65536);
    assert_int_equal(seq_unwrap(&low, 65535), 65535);
}

static void newer_looks_half_the_circle_ahead(void **state)
{
    (void)state;
    assert_true(seq_newer(1, 0) && seq_newer(0, 65535) && seq_newer(32767, 0));
    assert_false(seq_newer(0, 0) || seq_newer(0, 1) || seq_newer(32768, 0));
    assert_true(seq_newer32(0, 0xffffffff));
    assert_false(seq_newer32(5, 5));
}

static void a_gap_is_asked_for_once_and_again_after_a_round_trip(void **state)
{
    (void)state;
    struct nack n;
    struct rtcp_nack out[4];
    nack_init(&n);
    assert_int_equal(nack_input(&n, 100, 0, 0), NACK_NEXT);
    assert_int_equal(nack_deadline(&n), INSTANT_NEVER);
    assert_int_equal(nack_input(&n, 103, 10, 0), NACK_NEXT);
    assert_int_equal(nack_deadline(&n), 10);
    assert_int_equal(nack_poll(&n, 10, RTT, out, 4), 1);
    assert_int_equal(out[0].seq, 101);
    assert_int_equal(out[0].mask, 1);
    assert_int_equal(nack_poll(&n, 10 + RTT - 1, RTT, out, 4), 0);
    assert_int_equal(nack_poll(&n, 10 + RTT, RTT, out, 4), 1);
    assert_int_equal(nack_input(&n, 102, 20 + RTT, 0), NACK_RECOVERED);
    assert_int_equal(nack_input(&n, 102, 20 + RTT, 0), NACK_OLD);
    assert_int_equal(nack_input(&n, 101, 20 + RTT, 0), NACK_RECOVERED);
    assert_int_equal(nack_deadline(&n), INSTANT_NEVER);
    assert_false(nack_take_loss(&n));
}

static void reordering_within_the_wait_costs_nothing(void **state)
{
    (void)state;
    struct nack n;
    struct rtcp_nack out[4];
    nack_init(&n);
    nack_input(&n, 1, 0, 10);
    nack_input(&n, 3, 0, 10);
    assert_int_equal(nack_poll(&n, 9, RTT, out, 4), 0);
    assert_int_equal(nack_input(&n, 2, 9, 10), NACK_RECOVERED);
    assert_int_equal(nack_poll(&n, US_PER_S, RTT, out, 4), 0);
}

static void it_gives_up_after_its_tries_and_says_so_once(void **state)
{
    (void)state;
    struct nack n;
    struct rtcp_nack out[4];
    int asked = 0;
    nack_init(&n);
    nack_input(&n, 1, 0, 0);
    nack_input(&n, 3, 0, 0);
    for (instant_us now = 0; now < 60 * US_PER_S; now += US_PER_MS)
        asked += nack_poll(&n, now, RTT, out, 4);
    assert_int_equal(asked, NACK_TRIES_MAX);
    assert_int_equal(nack_deadline(&n), INSTANT_NEVER);
    assert_true(nack_take_loss(&n));
    assert_false(nack_take_loss(&n));
}

static void the_list_is_bounded_and_keeps_the_newest(void **state)
{
    (void)state;
    struct nack n;
    struct rtcp_nack out[64];
    nack_init(&n);
    nack_input(&n, 0, 0, 0);
    nack_input(&n, 900, 0, 0);
    assert_int_equal(n.count, NACK_MISSING_MAX);
    assert_true(nack_take_loss(&n));
    assert_int_equal(n.missing[0].seq - 65536, 900 - NACK_MISSING_MAX);
    assert_int_equal(nack_poll(&n, 0, RTT, out, 64), (NACK_MISSING_MAX + 16) / 17);
    nack_input(&n, 1000, 1, 0);
    assert_int_equal(n.count, NACK_MISSING_MAX);
    assert_int_equal(n.missing[NACK_MISSING_MAX - 1].seq - 65536, 999);
}

static void a_jump_starts_afresh(void **state)
{
    (void)state;
    struct nack n;
    nack_init(&n);
    nack_input(&n, 0, 0, 0);
    nack_input(&n, 5, 0, 0);
    assert_int_equal(nack_input(&n, 5000, 0, 0), NACK_JUMPED);
    assert_int_equal(n.count, 0);
    assert_true(nack_take_loss(&n));
    assert_int_equal(nack_input(&n, 5001, 0, 0), NACK_NEXT);
    assert_int_equal(nack_input(&n, 2, 0, 0),
                     NACK_OLD); /* nobody begins anew under the same keys */
    assert_int_equal(nack_input(&n, 5002, 0, 0), NACK_NEXT);
}

static void what_does_not_fit_is_asked_for_next_time(void **state)
{
    (void)state;
    struct nack n;
    struct rtcp_nack out[1];
    nack_init(&n);
    nack_input(&n, 0, 0, 0);
    nack_input(&n, 2, 0, 0);
    nack_input(&n, 100, 0, 0);
    assert_int_equal(nack_poll(&n, 0, RTT, out, 1), 1);
    assert_int_equal(out[0].seq, 1);
    assert_int_equal(out[0].mask, 0xfffe); /* 2 came, 3 to 17 did not */
    assert_int_equal(nack_poll(&n, 0, RTT, out, 1), 1);
    assert_int_equal(out[0].seq, 18);
    assert_int_equal(out[0].mask, 0xffff);
}

/* Whatever is lost and whatever comes late: what is missing is exactly what did not come. */
static void the_list_agrees_with_a_naive_set(void **state)
{
    (void)state;
    struct random rnd = random_start("nack", 42);
    static bool came[3000];
    struct nack n;
    memset(came, 0, sizeof(came));
    nack_init(&n);
    int highest = 0;
    nack_input(&n, 65000, 0, 0);
    came[0] = true;
    for (int i = 0; i < 2000; i++) {
        int pick = random_below(&rnd, 4) ? highest + 1 + (int)random_below(&rnd, 2)
                                         : highest - (int)random_below(&rnd, 60);
        if (pick < 0 || pick >= 3000)
            continue;
        enum nack_result r = nack_input(&n, (uint16_t)(65000 + pick), i, 0);
        bool known = highest - pick <= 60;
        if (pick > highest)
            assert_int_equal(r, NACK_NEXT);
        else if (known)
            assert_int_equal(r, came[pick] ? NACK_OLD : NACK_RECOVERED);
        came[pick] = true;
        highest = pick > highest ? pick : highest;
        for (uint16_t k = 1; k < n.count; k++)
            assert_true(n.missing[k - 1].seq < n.missing[k].seq);
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(numbers_unwrap_both_ways),
        cmocka_unit_test(newer_looks_half_the_circle_ahead),
        cmocka_unit_test(a_gap_is_asked_for_once_and_again_after_a_round_trip),
        cmocka_unit_test(reordering_within_the_wait_costs_nothing),
        cmocka_unit_test(it_gives_up_after_its_tries_and_says_so_once),
        cmocka_unit_test(the_list_is_bounded_and_keeps_the_newest),
        cmocka_unit_test(a_jump_starts_afresh),
        cmocka_unit_test(what_does_not_fit_is_asked_for_next_time),
        cmocka_unit_test(the_list_agrees_with_a_naive_set),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
