/* Facts about sfu/overload: when a process gives up more, and when it takes it up again. */
#include "base/fact.h"

#include "sfu/overload.h"

static instant_us now;

/* Ticks of 10 ms, each with this share of work. */
static unsigned run(struct overload *o, int percent, duration_us lag, duration_us time)
{
    unsigned changes = 0;
    for (instant_us end = now + time; now < end;) {
        now += 10 * US_PER_MS;
        changes += overload_tick(o, percent * 100, lag, now);
    }
    return changes;
}

static int set_up(void **state)
{
    (void)state;
    now = US_PER_S;
    return 0;
}

static void a_process_with_time_gives_up_nothing(void **state)
{
    (void)state;
    struct overload o = {0};
    assert_int_equal(run(&o, 90, 5 * US_PER_MS, 60 * US_PER_S), 0);
    assert_int_equal(o.step, OVERLOAD_NONE);
}

static void the_steps_come_in_order_and_end_with_one_video(void **state)
{
    (void)state;
    struct overload o = {0};
    for (int step = OVERLOAD_TOP; step <= (int)OVERLOAD_ONE; step++) {
        assert_int_equal(run(&o, 98, 0, 260 * US_PER_MS), 1);
        assert_int_equal(o.step, step);
    }
    assert_int_equal(run(&o, 100, 0, 5 * US_PER_S), 0);
    assert_int_equal(o.step, OVERLOAD_ONE);
}

static void a_late_tick_counts_like_a_full_window(void **state)
{
    (void)state;
    struct overload o = {0};
    assert_int_equal(run(&o, 10, 60 * US_PER_MS, 260 * US_PER_MS), 1);
    assert_int_equal(o.step, OVERLOAD_TOP);
}

static void a_step_back_takes_three_calm_seconds_each(void **state)
{
    (void)state;
    struct overload o = {0};
    (void)run(&o, 98, 0, 600 * US_PER_MS);
    assert_int_equal(o.step, OVERLOAD_LOWEST);
    assert_int_equal(run(&o, 50, 0, 2700 * US_PER_MS), 0);
    assert_int_equal(run(&o, 50, 0, 600 * US_PER_MS), 1);
    assert_int_equal(o.step, OVERLOAD_TOP);
    assert_int_equal(run(&o, 80, 0, 20 * US_PER_S), 0); /* neither busy nor calm: it stays */
    assert_int_equal(run(&o, 50, 0, 3300 * US_PER_MS), 1);
    assert_int_equal(o.step, OVERLOAD_NONE);
}

static void a_relapse_makes_the_next_step_back_slower(void **state)
{
    (void)state;
    struct overload o = {0};
    (void)run(&o, 98, 0, 600 * US_PER_MS);
    (void)run(&o, 50, 0, 3300 * US_PER_MS);
    assert_int_equal(o.step, OVERLOAD_TOP);
    while (o.step == OVERLOAD_TOP)
        (void)run(&o, 98, 0, 10 * US_PER_MS);
    assert_int_equal(o.step, OVERLOAD_LOWEST);
    assert_int_equal(run(&o, 50, 0, 5 * US_PER_S), 0);
    assert_int_equal(run(&o, 50, 0, 1500 * US_PER_MS), 1);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_process_with_time_gives_up_nothing),
        STORY(the_steps_come_in_order_and_end_with_one_video),
        STORY(a_late_tick_counts_like_a_full_window),
        STORY(a_step_back_takes_three_calm_seconds_each),
        STORY(a_relapse_makes_the_next_step_back_slower),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
