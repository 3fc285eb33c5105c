/* Facts about sfu/allocate: one budget over several videos. */
#include "base/fact.h"

#include "sfu/allocate.h"

static struct allocate_demand demand(enum allocate_priority priority, int current)
{
    return (struct allocate_demand){
        .priority = priority,
        .count = 3,
        .current = (int8_t)current,
        .hold = ALLOCATE_POINTS,
        .point = {{150000, 0, 0}, {500000, 1, 0}, {1500000, 2, 0}},
    };
}

static void audio_sized_budgets_cut_video_off(void **state)
{
    (void)state;
    struct allocate_demand d = demand(ALLOCATE_SCREEN, ALLOCATE_NONE);
    (void)allocate(&d, 1, 40000, false);
    assert_int_equal(d.chosen, ALLOCATE_NONE);
    (void)allocate(&d, 1, 40000, true); /* before anything is known */
    assert_int_equal(d.chosen, 0);
}

static void all_get_their_lowest_before_anyone_gets_more(void **state)
{
    (void)state;
    struct allocate_demand d[3] = {demand(ALLOCATE_SMALL, ALLOCATE_NONE),
                                   demand(ALLOCATE_SCREEN, ALLOCATE_NONE),
                                   demand(ALLOCATE_LARGE, ALLOCATE_NONE)};
    struct allocate_sum sum = allocate(d, 3, 600000, false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(d[i].chosen, 0);
    assert_int_equal(sum.used, 450000);
    assert_int_equal(sum.next, 800000);
    assert_int_equal(sum.all, 4500000);
}

static void when_not_all_fit_the_screen_goes_first(void **state)
{
    (void)state;
    struct allocate_demand d[3] = {demand(ALLOCATE_SMALL, ALLOCATE_NONE),
                                   demand(ALLOCATE_LARGE, ALLOCATE_NONE),
                                   demand(ALLOCATE_SCREEN, ALLOCATE_NONE)};
    (void)allocate(d, 3, 200000, false);
    assert_int_equal(d[2].chosen, 0);
    assert_int_equal(d[1].chosen, ALLOCATE_NONE);
    assert_int_equal(d[0].chosen, ALLOCATE_NONE);
}

static void a_step_of_a_small_tile_that_costs_little_beats_one_that_costs_much(void **state)
{
    (void)state;
    struct allocate_demand d[2] = {demand(ALLOCATE_SMALL, 0), demand(ALLOCATE_LARGE, 1)};
    (void)allocate(d, 2, 1200000, false);
    assert_int_equal(d[0].chosen, 1);
    assert_int_equal(d[1].chosen, 1);
}

/* More is given with 15 % to spare; what is there is kept until it is 8 % too much. */
static void hysteresis_parts_the_way_up_from_the_way_down(void **state)
{
    (void)state;
    for (uint64_t budget = 400000; budget < 700000; budget += 10000) {
        struct allocate_demand low = demand(ALLOCATE_LARGE, 0), high = demand(ALLOCATE_LARGE, 1);
        (void)allocate(&low, 1, budget, false);
        (void)allocate(&high, 1, budget, false);
        assert_int_equal(low.chosen, budget >= 575000 ? 1 : 0);
        assert_int_equal(high.chosen, budget >= 460000 ? 1 : 0);
    }
}

static void a_point_that_failed_lately_is_not_given_anew(void **state)
{
    (void)state;
    struct allocate_demand d = demand(ALLOCATE_LARGE, 0);
    d.hold = 2;
    (void)allocate(&d, 1, 10000000, false);
    assert_int_equal(d.chosen, 1);
}

static void temporal_layers_are_points_like_any_other(void **state)
{
    (void)state;
    struct allocate_demand d = {
        .priority = ALLOCATE_LARGE,
        .count = 4,
        .current = ALLOCATE_NONE,
        .hold = ALLOCATE_POINTS,
        .point = {{90000, 0, 0}, {150000, 0, 1}, {300000, 1, 0}, {500000, 1, 1}}};
    (void)allocate(&d, 1, 400000, false);
    assert_int_equal(d.point[d.chosen].encoding, 1);
    assert_int_equal(d.point[d.chosen].temporal, 0);
}

static void whatever_is_asked_the_sum_stays_within_the_budget(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 5000; round++) {
        struct allocate_demand d[20];
        size_t n = 2 + (seed >> 20) % 19;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            d[i] = demand((seed >> 8) % 3, (int)((seed >> 16) % 4) - 1);
            d[i].count = (uint8_t)((seed >> 24) % 4);
        }
        uint64_t budget = seed % 8000000, spent = 0;
        (void)allocate(d, n, budget, false);
        for (size_t i = 0; i < n; i++) {
            assert_true(d[i].chosen < (int)d[i].count || d[i].chosen == ALLOCATE_NONE);
            if (d[i].chosen != ALLOCATE_NONE)
                spent += (uint64_t)d[i].point[d[i].chosen].bps * ALLOCATE_KEEP / 100;
        }
        /* the first may be there although it does not quite fit */
        assert_true(spent <= budget || spent / 2 <= budget);
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(audio_sized_budgets_cut_video_off),
        FACT(all_get_their_lowest_before_anyone_gets_more),
        FACT(when_not_all_fit_the_screen_goes_first),
        FACT(a_step_of_a_small_tile_that_costs_little_beats_one_that_costs_much),
        FACT(hysteresis_parts_the_way_up_from_the_way_down),
        FACT(a_point_that_failed_lately_is_not_given_anew),
        FACT(temporal_layers_are_points_like_any_other),
        FACT(whatever_is_asked_the_sum_stays_within_the_budget),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
