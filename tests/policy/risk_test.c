/* Facts about bursts of strangers and the budget of passcode attempts, in virtual time. */
#include "base/fact.h"

#include "policy/risk.h"

/* n strangers, one every `step`; how many signs. */
static unsigned arrive(struct risk_burst *r, unsigned n, instant_us *now, duration_us step,
                       uint32_t inside)
{
    unsigned signs = 0;
    for (unsigned i = 0; i < n; i++, *now += step)
        signs += risk_stranger(r, inside + i, 0, *now);
    return signs;
}

static void eight_strangers_at_once_in_a_settled_meeting_are_a_sign(void **state)
{
    struct risk_burst r = {0};
    instant_us now = RISK_SETTLED_US;
    (void)state;
    assert_int_equal(arrive(&r, RISK_BURST - 1, &now, US_PER_S, 5), 0);
    assert_int_equal(arrive(&r, 1, &now, US_PER_S, 12), 1);
}

static void a_class_that_arrives_is_none(void **state)
{
    struct risk_burst r = {0};
    instant_us now = US_PER_S;
    (void)state;
    assert_int_equal(arrive(&r, 200, &now, US_PER_S / 10, 1), 0);
}

static void people_who_trickle_in_are_none(void **state)
{
    struct risk_burst r = {0};
    instant_us now = RISK_SETTLED_US;
    (void)state;
    assert_int_equal(arrive(&r, 100, &now, 5 * US_PER_S, 3), 0);
}

static void in_a_large_meeting_it_takes_a_third(void **state)
{
    struct risk_burst r = {0};
    instant_us now = RISK_SETTLED_US;
    (void)state;
    assert_int_equal(arrive(&r, 20, &now, US_PER_S / 10, 100), 0);
    now += 60 * US_PER_S;
    assert_int_equal(arrive(&r, 60, &now, US_PER_S / 10, 100), 1);
}

static void a_sign_is_given_once_in_a_while(void **state)
{
    struct risk_burst r = {0};
    instant_us now = RISK_SETTLED_US;
    (void)state;
    assert_int_equal(arrive(&r, 20, &now, US_PER_S / 10, 1), 1);
    now += RISK_QUIET_US;
    assert_int_equal(arrive(&r, 20, &now, US_PER_S / 10, 1), 1);
}

static void ten_attempts_and_then_one_a_minute(void **state)
{
    struct risk_attempts a = {0};
    int64_t now = 1700000000;
    (void)state;
    for (int i = 0; i < RISK_ATTEMPTS; i++)
        assert_true(risk_attempt_take(&a, now));
    assert_false(risk_attempt_take(&a, now));
    assert_false(risk_attempt_take(&a, now + RISK_ATTEMPT_S - 1));
    assert_true(risk_attempt_take(&a, now + RISK_ATTEMPT_S));
    assert_false(risk_attempt_take(&a, now + RISK_ATTEMPT_S));
    unsigned taken = 0;
    for (int64_t s = 1; s <= 3600; s++)
        taken += risk_attempt_take(&a, now + RISK_ATTEMPT_S + s);
    assert_int_equal(taken, 60);
}

static void the_right_one_costs_nothing(void **state)
{
    struct risk_attempts a = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(risk_attempt_take(&a, 1000));
        risk_attempt_give(&a);
    }
    assert_int_equal(a.used, 0);
    risk_attempt_give(&a);
    assert_int_equal(a.used, 0);
}

static void a_clock_that_goes_back_or_a_forged_count_forgives_nothing(void **state)
{
    struct risk_attempts a = {.used = RISK_ATTEMPTS, .since_s = 1000000};
    (void)state;
    assert_false(risk_attempt_take(&a, 5));
    assert_false(risk_attempt_take(&a, -5));
    assert_int_equal(a.used, RISK_ATTEMPTS);
    a = (struct risk_attempts){.used = UINT32_MAX, .since_s = 1000000};
    assert_false(risk_attempt_take(&a, 1000000));
    assert_true(risk_attempt_take(&a, 1000000 + RISK_ATTEMPT_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_strangers_at_once_in_a_settled_meeting_are_a_sign),
        cmocka_unit_test(a_class_that_arrives_is_none),
        cmocka_unit_test(people_who_trickle_in_are_none),
        cmocka_unit_test(in_a_large_meeting_it_takes_a_third),
        cmocka_unit_test(a_sign_is_given_once_in_a_while),
        cmocka_unit_test(ten_attempts_and_then_one_a_minute),
        cmocka_unit_test(the_right_one_costs_nothing),
        cmocka_unit_test(a_clock_that_goes_back_or_a_forged_count_forgives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
