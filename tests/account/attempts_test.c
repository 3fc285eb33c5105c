/* Facts about budgets of attempts. */
#include "base/fact.h"

#include "account/attempts.h"

static struct attempts a;
static uint32_t retry;

static void start(uint32_t all_burst)
{
    attempts_init(&a, (struct attempts_rule){3, 10}, all_burst, 100 * US_PER_MS);
}

static void a_name_has_its_burst_and_then_its_pace(void **state)
{
    (void)state;
    start(1000);
    instant_us now = 5 * US_PER_S;
    for (int i = 0; i < 3; i++)
        assert_true(attempts_take(&a, 7, now, &retry));
    assert_false(attempts_take(&a, 7, now, &retry));
    assert_int_equal(retry, 10);
    assert_false(attempts_take(&a, 7, now + 9 * US_PER_S, &retry));
    assert_int_equal(retry, 1);
    assert_true(attempts_take(&a, 7, now + 10 * US_PER_S, &retry));
    assert_false(attempts_take(&a, 7, now + 10 * US_PER_S, &retry));
    now += 1000 * US_PER_S; /* a full bucket holds no more than its burst */
    for (int i = 0; i < 3; i++)
        assert_true(attempts_take(&a, 7, now, &retry));
    assert_false(attempts_take(&a, 7, now, &retry));
}

static void one_name_does_not_slow_another(void **state)
{
    (void)state;
    start(1000);
    for (int i = 0; i < 10; i++)
        (void)attempts_take(&a, 7, 0, &retry);
    assert_true(attempts_take(&a, 8, 0, &retry));
}

static void all_names_together_have_a_budget_that_costs_no_name_its_own(void **state)
{
    (void)state;
    start(5);
    for (uint64_t key = 1; key <= 5; key++)
        assert_true(attempts_take(&a, key, 0, &retry));
    assert_false(attempts_take(&a, 6, 0, &retry));
    assert_int_equal(retry, 1);
    for (int i = 0; i < 3; i++) /* its three are still there */
        assert_true(attempts_take(&a, 6, (i + 1) * US_PER_S, &retry));
}

static void the_right_password_gives_the_budget_back(void **state)
{
    (void)state;
    start(1000);
    for (int i = 0; i < 3; i++)
        assert_true(attempts_take(&a, 7, 0, &retry));
    attempts_forgive(&a, 7);
    assert_true(attempts_take(&a, 7, 0, &retry));
}

static void a_flood_of_names_forgets_those_that_owe_least(void **state)
{
    (void)state;
    start(1000000);
    for (int i = 0; i < 3; i++)
        assert_true(attempts_take(&a, 7, 0, &retry));
    for (uint64_t i = 1; i <= 3 * ATTEMPTS_CELLS; i++)
        (void)attempts_take(&a, 100 + i, 0, &retry);
    assert_false(attempts_take(&a, 7, 0, &retry));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(a_name_has_its_burst_and_then_its_pace),
        FACT(one_name_does_not_slow_another),
        FACT(all_names_together_have_a_budget_that_costs_no_name_its_own),
        FACT(the_right_password_gives_the_budget_back),
        FACT(a_flood_of_names_forgets_those_that_owe_least),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
