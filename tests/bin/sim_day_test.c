/* Facts about `conclave sim`: its second reading of the laws agrees with the fence, its books
 * balance, and what fails moves people without breaking a law. */
#include "proto/cm.h"

#include <stdlib.h>
#include <string.h>

#include "bin/sim_day.h"

static struct sim_figures day, again;

static struct sim_scenario quiet(void)
{
    return (struct sim_scenario){.seed = 5,
                                 .participants = 100000,
                                 .capacity = 40000,
                                 .scale = 1,
                                 .surge_minute = SIM_MINUTES};
}

static uint64_t sum(const uint64_t *list, size_t n)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += list[i];
    return all;
}

static uint32_t draw(uint64_t *seed, uint32_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((*seed >> 33) % n);
}

static void the_second_reading_of_the_laws_agrees_with_the_fence(void **state)
{
    (void)state;
    uint64_t seed = 11;
    uint32_t fine = 0, all = 0;
    for (int round = 0; round < 50000; round++) {
        struct route_facts f = {.count = SIM_CENTRES};
        f.meeting = (struct fence_meeting){.fenced = draw(&seed, 64) & draw(&seed, 64),
                                           .refused = draw(&seed, 64) & draw(&seed, 64),
                                           .admitted = draw(&seed, 64),
                                           .realm = (uint8_t)draw(&seed, 2)};
        f.meeting.country = f.meeting.realm == FENCE_GOVERNMENT ? 1 : 0;
        f.client = (struct fence_client){(uint8_t)draw(&seed, 7), draw(&seed, 2) == 1};
        if (f.client.zone == 6)
            f.client.zone = FENCE_NOWHERE;
        for (uint32_t i = 0; i < SIM_CENTRES; i++)
            f.centre[i] = (struct fence_centre){
                .zone = (uint8_t)draw(&seed, 6),
                .realm = (uint8_t)draw(&seed, 2),
                .state = (uint8_t)(draw(&seed, 3) ? FENCE_UP : draw(&seed, FENCE_STATES_)),
                .chosen = draw(&seed, 4) > 0,
                .country = (uint16_t)(1 + draw(&seed, 2)),
                .load = 900 + draw(&seed, 120)};
        fence_set allowed = fence_allowed(&f.meeting, f.centre, f.count);
        for (uint32_t i = 0; i < SIM_CENTRES; i++, all++) {
            bool may = fence_judge(&f.meeting, allowed, &f.client, &f.centre[i]) == LAW_FINE;
            assert_int_equal(sim_forbids(&f, i), !may);
            fine += may;
        }
    }
    assert_in_range(fine, all / 50, all / 2); /* both answers were asked for */
}

static void the_books_of_a_quiet_day_balance(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    assert_true(sim_day(&s, &day));
    assert_int_equal(day.violations, 0);
    assert_int_equal(day.refused + day.moved + day.lost, 0);
    assert_int_equal(day.asked, day.joined);
    assert_int_equal(day.joined, sum(day.joins, SIM_CENTRES));
    assert_int_equal(day.joined, sum(day.came, SIM_MINUTES));
    assert_int_equal(day.joined, sum(day.delay, SIM_DELAYS));
    assert_in_range(day.asked, 80000, 120000);
    assert_true(day.fenced_joined > 0 && day.decisions > day.joined);
}

static void the_same_seed_is_the_same_day_and_another_one_is_not(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    assert_true(sim_day(&s, &day) && sim_day(&s, &again));
    memset(day.decision, 0, sizeof day.decision); /* the clock's, not the seed's */
    memset(again.decision, 0, sizeof again.decision);
    assert_memory_equal(&day, &again, sizeof day);
    s.seed++;
    assert_true(sim_day(&s, &again));
    assert_true(day.joined != again.joined);
}

static void who_finds_no_room_is_refused_and_spills_nowhere(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    s.capacity = 2000;
    assert_true(sim_day(&s, &day));
    assert_true(day.refused > 10000);
    assert_int_equal(day.asked, day.joined + day.refused);
    assert_int_equal(day.refused, sum(day.sent_away, SIM_MINUTES));
    assert_int_equal(day.violations, 0);
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        assert_in_range(day.peak[i], 0, day.capacity[i] + 1);
}

static uint8_t centre_of(const char *id)
{
    uint8_t i = 0;
    while (strcmp(sim_centre[i].id, id) != 0)
        i++;
    return i;
}

static void whose_data_centre_fails_is_elsewhere_in_the_same_minute(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    uint8_t fra = centre_of("fra");
    s.event[0] = (struct sim_event){600, fra, FENCE_DOWN};
    s.event[1] = (struct sim_event){660, fra, FENCE_UP};
    s.events = 2;
    assert_true(sim_day(&s, &day));
    assert_true(day.load[599][fra] > 0 && day.moved > 0);
    for (uint32_t minute = 600; minute < 660; minute++)
        assert_int_equal(day.load[minute][fra], 0);
    assert_true(day.load[700][fra] > 0);
    assert_int_equal(day.violations + day.refused + day.lost, 0);
}

static void nothing_of_a_fenced_zone_is_used_where_all_accounts_lack_it(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    s.event[0] = (struct sim_event){0, centre_of("sha"), FENCE_WITHDRAWN};
    s.event[1] = (struct sim_event){0, centre_of("pek"), FENCE_WITHDRAWN};
    s.events = 2;
    assert_true(sim_day(&s, &day));
    assert_int_equal(day.fenced_joined, 0);
    assert_int_equal(day.refused, 0); /* its people join through others */
    assert_int_equal(day.violations, 0);
}

static void a_surge_comes_in_its_minute(void **state)
{
    (void)state;
    struct sim_scenario s = quiet();
    s.surge_minute = 900;
    s.surge = 20000;
    assert_true(sim_day(&s, &day));
    assert_in_range(day.came[900] + day.sent_away[900], 15000, 30000);
    assert_true(day.came[899] < 1000);
    assert_int_equal(day.violations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_reading_of_the_laws_agrees_with_the_fence),
        cmocka_unit_test(the_books_of_a_quiet_day_balance),
        cmocka_unit_test(the_same_seed_is_the_same_day_and_another_one_is_not),
        cmocka_unit_test(who_finds_no_room_is_refused_and_spills_nowhere),
        cmocka_unit_test(whose_data_centre_fails_is_elsewhere_in_the_same_minute),
        cmocka_unit_test(nothing_of_a_fenced_zone_is_used_where_all_accounts_lack_it),
        cmocka_unit_test(a_surge_comes_in_its_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
