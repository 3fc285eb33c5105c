/* Facts about who is home: one ask after the other, as the store would answer it. */
#include "base/fact.h"

#include "cell/lease.h"

#define MS US_PER_MS

static struct lease l;
static struct lease_ask ask;

static void answer(bool done, uint64_t holder, uint32_t term, instant_us now)
{
    struct lease_answer a = {ask.number, done, {holder, term}};
    lease_answer(&l, &a, now);
}

/* Node 7 asks at 0 and is home for the first time. */
static void settle(void)
{
    lease_init(&l, 7, 0);
    assert_true(lease_poll(&l, 0, &ask));
    answer(true, 0, 0, 0);
    assert_true(lease_poll(&l, 0, &ask));
    answer(true, 7, 1, 10 * MS);
}

static void it_reads_then_claims_the_next_term(void **state)
{
    (void)state;
    lease_init(&l, 7, 0);
    assert_true(lease_poll(&l, 0, &ask));
    assert_int_equal(ask.verb, LEASE_READ);
    assert_false(lease_poll(&l, 0, &ask));
    answer(true, 0, 4, 1);
    assert_true(lease_poll(&l, 1, &ask));
    assert_int_equal(ask.verb, LEASE_CLAIM);
    assert_int_equal(ask.term, 5);
    assert_false(lease_acts(&l, 2));
    answer(true, 7, 5, 2);
    assert_true(lease_acts(&l, 2));
    assert_false(lease_first(&l));
}

static void it_stops_before_the_store_does_counted_from_the_ask(void **state)
{
    (void)state;
    settle();
    assert_true(lease_first(&l));
    assert_true(lease_acts(&l, (LEASE_TTL_MS - LEASE_MARGIN_MS) * MS - 1));
    assert_false(lease_acts(&l, (LEASE_TTL_MS - LEASE_MARGIN_MS) * MS));
    assert_true(lease_poll(&l, LEASE_TTL_MS * MS, &ask));
    assert_int_equal(ask.verb, LEASE_GIVE); /* and never acts on that term again */
}

static void it_renews_and_counts_from_the_renewal(void **state)
{
    (void)state;
    settle();
    assert_false(lease_poll(&l, 999 * MS, &ask));
    assert_true(lease_poll(&l, 1000 * MS, &ask));
    assert_int_equal(ask.verb, LEASE_RENEW);
    answer(true, 7, 1, 1400 * MS);
    assert_true(lease_acts(&l, 3699 * MS));
    assert_false(lease_acts(&l, 3700 * MS));
}

static void a_refused_renewal_ends_it(void **state)
{
    (void)state;
    settle();
    assert_true(lease_poll(&l, 1000 * MS, &ask));
    answer(false, 9, 2, 1001 * MS);
    assert_false(lease_acts(&l, 1001 * MS));
    assert_false(lease_poll(&l, 1002 * MS, &ask));
}

static void an_answer_that_is_late_or_another_ask_s_is_not_taken(void **state)
{
    (void)state;
    settle();
    assert_true(lease_poll(&l, 1000 * MS, &ask));
    struct lease_ask late = ask;
    assert_true(lease_poll(&l, 1500 * MS, &ask)); /* asked anew */
    struct lease_answer a = {late.number, false, {9, 2}};
    lease_answer(&l, &a, 1501 * MS);
    assert_true(lease_acts(&l, 1501 * MS));
    answer(true, 7, 1, 2000 * MS);
    assert_int_equal(l.until, 2700 * MS); /* of the claim: the renewal's answer came too late */
}

static void a_claim_whose_answer_was_lost_is_given_back(void **state)
{
    (void)state;
    lease_init(&l, 7, 0);
    assert_true(lease_poll(&l, 0, &ask));
    answer(true, 0, 0, 0);
    assert_true(lease_poll(&l, 0, &ask)); /* the claim */
    assert_true(lease_poll(&l, 500 * MS, &ask));
    assert_int_equal(ask.verb, LEASE_READ);
    answer(true, 7, 1, 501 * MS);
    assert_false(lease_acts(&l, 501 * MS));
    assert_true(lease_poll(&l, 501 * MS, &ask));
    assert_int_equal(ask.verb, LEASE_GIVE);
    assert_int_equal(ask.term, 1);
}

static void a_clock_that_goes_back_ends_it(void **state)
{
    (void)state;
    settle();
    assert_false(lease_acts(&l, 9 * MS));
    assert_false(lease_acts(&l, 11 * MS));
}

static void a_watch_can_end_it_and_never_begin_it(void **state)
{
    (void)state;
    settle();
    lease_watch(&l, &(struct lease_seen){0, 0}, 20 * MS); /* old */
    assert_true(lease_acts(&l, 20 * MS));
    lease_watch(&l, &(struct lease_seen){9, 2}, 20 * MS);
    assert_false(lease_acts(&l, 20 * MS));
    lease_watch(&l, &(struct lease_seen){7, 3}, 21 * MS);
    assert_false(lease_acts(&l, 21 * MS));
}

static void a_drained_node_gives_back_and_asks_no_more(void **state)
{
    (void)state;
    settle();
    lease_drain(&l, 20 * MS);
    assert_false(lease_acts(&l, 20 * MS));
    assert_true(lease_poll(&l, 20 * MS, &ask));
    assert_int_equal(ask.verb, LEASE_GIVE);
    answer(true, 0, 1, 21 * MS);
    assert_false(lease_poll(&l, 9000 * MS, &ask));
    assert_true(lease_deadline(&l) == INSTANT_NEVER);
}

static void a_claim_under_way_at_the_drain_is_given_back(void **state)
{
    (void)state;
    lease_init(&l, 7, 0);
    assert_true(lease_poll(&l, 0, &ask));
    answer(true, 0, 0, 0);
    assert_true(lease_poll(&l, 0, &ask));
    lease_drain(&l, 1);
    answer(true, 7, 1, 2);
    assert_false(lease_acts(&l, 2));
    assert_true(lease_poll(&l, 2, &ask));
    assert_int_equal(ask.verb, LEASE_GIVE);
}

static void after_the_last_term_nobody_claims(void **state)
{
    (void)state;
    lease_init(&l, 7, 0);
    assert_true(lease_poll(&l, 0, &ask));
    answer(true, 0, UINT32_MAX, 0);
    assert_false(lease_poll(&l, 1, &ask));
    assert_true(lease_poll(&l, LEASE_READ_MS * MS, &ask));
    assert_int_equal(ask.verb, LEASE_READ);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(it_reads_then_claims_the_next_term),
        FACT(it_stops_before_the_store_does_counted_from_the_ask),
        FACT(it_renews_and_counts_from_the_renewal),
        FACT(a_refused_renewal_ends_it),
        FACT(an_answer_that_is_late_or_another_ask_s_is_not_taken),
        FACT(a_claim_whose_answer_was_lost_is_given_back),
        FACT(a_clock_that_goes_back_ends_it),
        FACT(a_watch_can_end_it_and_never_begin_it),
        FACT(a_drained_node_gives_back_and_asks_no_more),
        FACT(a_claim_under_way_at_the_drain_is_given_back),
        FACT(after_the_last_term_nobody_claims),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
