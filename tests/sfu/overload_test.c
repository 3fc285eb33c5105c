/* Facts about sfu/overload: what a process gives up when it has more to do than time, how much of
 * it, and when it takes it up again. A core of a given strength is played: the work is what was
 * given in the window before. */
#include "base/fact.h"

#include "sfu/overload.h"

#include <string.h>

enum { TICK_US = 10 * 1000, RECEIVERS = 3000 };

/* A core that can send so many packets a second; `others` percent of it belong to others. */
static struct core {
    struct overload o;
    uint32_t strength, others, turn;
    uint32_t batch; /* packets a call */
    uint64_t packets, calls;
    uint32_t least, most; /* given, of all ticks since core_reset */
    instant_us now;
} core;

static int set_up(void **state)
{
    (void)state;
    memset(&core, 0, sizeof core);
    core.now = US_PER_S;
    core.batch = 1;
    return 0;
}

static uint32_t given_of(int class)
{
    uint64_t cost = core.o.wanted.cost[class];
    return (uint32_t)(cost - cost * core.o.part[class] / OVERLOAD_WHOLE);
}

static uint32_t given(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < OVERLOAD_CLASSES; i++)
        sum += given_of(i);
    return sum;
}

static void wants(uint32_t first, uint32_t small, uint32_t top)
{
    struct overload_costs c = {
        .cost = {[OVERLOAD_FIRST] = first, [OVERLOAD_SMALL] = small, [OVERLOAD_TOP] = top}};
    struct overload_costs old = core.o.wanted;
    overload_want(&core.o, &old, &c);
}

static unsigned run(duration_us time)
{
    unsigned times = 0;
    core.least = UINT32_MAX;
    core.most = 0;
    for (instant_us end = core.now + time; core.now < end;) {
        core.now += TICK_US;
        uint64_t work = (uint64_t)given() * TICK_US / core.strength + core.others * TICK_US / 100;
        bool late = work > 3 * TICK_US;
        struct overload_work w = {(duration_us)(work > TICK_US ? TICK_US : work),
                                  late ? 60 * US_PER_MS : 0, core.turn++, core.packets, core.calls};
        core.packets += given() * (uint64_t)TICK_US / US_PER_S;
        core.calls += given() * (uint64_t)TICK_US / US_PER_S / core.batch;
        times += overload_tick(&core.o, &w, core.now);
        core.least = given() < core.least ? given() : core.least;
        core.most = given() > core.most ? given() : core.most;
    }
    return times;
}

static void a_process_with_time_gives_up_nothing(void **state)
{
    (void)state;
    core.strength = 200000;
    wants(140000, 20000, 20000);
    assert_int_equal(run(60 * US_PER_S), 0);
    assert_int_equal(overload_depth(&core.o), 0);
}

static void one_full_window_is_an_accident(void **state)
{
    (void)state;
    core.strength = 200000;
    wants(150000, 0, 0);
    (void)run(1 * US_PER_S);
    core.others = 100;
    assert_int_equal(run(250 * US_PER_MS), 0);
    core.others = 0;
    assert_int_equal(run(5 * US_PER_S), 0);
}

static void at_half_as_much_again_as_fits_nine_tenths_of_the_limit_are_given(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(4 * US_PER_S);
    (void)run(30 * US_PER_S);
    assert_in_range(core.least, 160000 * 88 / 100, 160000);
    assert_in_range(core.most, 160000 * 90 / 100, 160000 * 105 / 100);
    assert_int_equal(overload_depth(&core.o), OVERLOAD_CLASSES);
}

static void a_little_too_much_costs_little(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(200000, 0, 0);
    (void)run(10 * US_PER_S);
    assert_in_range(core.least, 160000 * 85 / 100, 160000);
}

static void ten_times_too_much_is_given_up_within_seconds(void **state)
{
    (void)state;
    core.strength = 40000;
    wants(400000, 0, 0);
    (void)run(6 * US_PER_S);
    assert_in_range(given(), 40000 / 2, 41000);
    (void)run(5 * US_PER_S);
    assert_in_range(given(), 40000 * 85 / 100, 41000);
}

static void the_last_classes_go_first_and_only_one_in_part(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(100000, 40000, 100000);
    (void)run(10 * US_PER_S);
    assert_int_equal(given_of(OVERLOAD_FIRST), 100000);
    assert_int_equal(given_of(OVERLOAD_SMALL), 40000);
    assert_in_range(given_of(OVERLOAD_TOP), 1, 20000);
    assert_int_equal(overload_depth(&core.o), 1);
    core.strength = 120000;
    (void)run(10 * US_PER_S);
    assert_int_equal(given_of(OVERLOAD_FIRST), 100000);
    assert_in_range(given_of(OVERLOAD_SMALL), 1, 20000);
    assert_int_equal(given_of(OVERLOAD_TOP), 0);
    assert_int_equal(overload_depth(&core.o), 3);
}

static void a_part_is_that_part_of_the_receivers(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(10 * US_PER_S);
    uint32_t have = 0;
    for (uint32_t i = 0; i < RECEIVERS; i++)
        have += overload_gives(&core.o, OVERLOAD_FIRST, i * OVERLOAD_WHOLE / RECEIVERS);
    assert_in_range(have, (uint64_t)given() * RECEIVERS / 240000 - 1,
                    (uint64_t)given() * RECEIVERS / 240000 + 1);
}

static void all_is_back_within_three_seconds_of_the_end(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(20 * US_PER_S);
    core.strength = 320000;
    (void)run(3 * US_PER_S);
    assert_int_equal(given(), 240000);
    assert_int_equal(overload_depth(&core.o), 0);
}

static void the_limit_is_held_without_swinging(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(20 * US_PER_S);
    uint32_t times = run(60 * US_PER_S);
    assert_in_range(times, 0, 3);
    assert_in_range(core.most - core.least, 0, 160000 * 10 / 100);
}

/* What is wanted is felt at once where nothing is to be given back. */
static void fewer_receivers_end_it(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(10 * US_PER_S);
    wants(80000, 0, 0);
    (void)run(300 * US_PER_MS);
    assert_int_equal(given(), 80000);
    (void)run(3 * US_PER_S);
    assert_false(core.o.short_of_time);
}

static void a_process_full_of_other_work_gives_up_all_and_comes_back(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(80000, 0, 0);
    core.others = 100;
    (void)run(60 * US_PER_S);
    assert_in_range(given(), 0, 1000);
    core.others = 0;
    (void)run(6 * US_PER_S);
    assert_int_equal(given(), 80000);
}

static void giving_back_too_much_makes_the_next_time_later(void **state)
{
    (void)state;
    core.strength = 160000;
    wants(240000, 0, 0);
    (void)run(10 * US_PER_S);
    assert_int_equal(core.o.need, 3);
    core.strength = 220000;
    while (!core.o.raised_at)
        (void)run(TICK_US);
    core.strength = 100000;
    (void)run(2 * US_PER_S);
    assert_in_range(core.o.need, 6, 12);
}

static void small_batches_are_waited_for_once_most_of_the_time_is_used(void **state)
{
    (void)state;
    core.strength = 200000;
    wants(110000, 0, 0); /* 55 percent */
    (void)run(5 * US_PER_S);
    assert_int_equal(overload_rest(&core.o), 0);
    core.strength = 150000; /* 73 percent */
    (void)run(5 * US_PER_S);
    assert_in_range(overload_rest(&core.o), 3000, 5000);
    core.strength = 100000;
    (void)run(5 * US_PER_S);
    assert_in_range(overload_rest(&core.o), 6000, 8000);
    wants(50000, 0, 0);
    (void)run(10 * US_PER_S);
    assert_in_range(overload_rest(&core.o), 0, 1);
}

static void large_batches_are_not_waited_for(void **state)
{
    (void)state;
    core.strength = 100000;
    core.batch = 7;
    wants(95000, 0, 0);
    (void)run(5 * US_PER_S);
    assert_int_equal(overload_rest(&core.o), 0);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_process_with_time_gives_up_nothing),
        STORY(one_full_window_is_an_accident),
        STORY(at_half_as_much_again_as_fits_nine_tenths_of_the_limit_are_given),
        STORY(a_little_too_much_costs_little),
        STORY(ten_times_too_much_is_given_up_within_seconds),
        STORY(the_last_classes_go_first_and_only_one_in_part),
        STORY(a_part_is_that_part_of_the_receivers),
        STORY(all_is_back_within_three_seconds_of_the_end),
        STORY(the_limit_is_held_without_swinging),
        STORY(fewer_receivers_end_it),
        STORY(a_process_full_of_other_work_gives_up_all_and_comes_back),
        STORY(giving_back_too_much_makes_the_next_time_later),
        STORY(small_batches_are_waited_for_once_most_of_the_time_is_used),
        STORY(large_batches_are_not_waited_for),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
