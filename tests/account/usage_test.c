/* Facts about usage figures, in virtual time: what counts, what midnight does, what a full set and
 * a clock that is set do, and that nothing of a day stays in memory after it. */
#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "account/usage.h"

static const int64_t noon = 20000 * USAGE_DAY_MS + USAGE_DAY_MS / 2;
static const int64_t minute = 60000;
static const uint8_t key[USAGE_KEY] = {1, 2, 3};

static struct usage *begin(int64_t now_ms)
{
    struct usage *u = malloc(sizeof *u);
    assert_non_null(u);
    usage_init(u, key, now_ms);
    return u;
}

static void end(struct usage *u)
{
    usage_fini(u);
    free(u);
}

static void enter(struct usage *u, uint32_t meeting, uint32_t account, int64_t now_ms)
{
    uint8_t id[ACCOUNT_ID] = {0};
    memcpy(id, &account, sizeof account);
    usage_enter(u, span_of((const uint8_t *)&meeting, sizeof meeting), account ? id : NULL, now_ms);
}

/* Looks at the clock twice a second until then, and adds up what is given for that day. */
static struct usage_day until(struct usage *u, int64_t from_ms, int64_t to_ms, int64_t day_ms)
{
    struct usage_day sum = {.day_ms = day_ms}, d;
    for (int64_t now = from_ms; now <= to_ms; now += 500)
        while (usage_due(u, now, &d)) {
            usage_given(u);
            if (d.day_ms != day_ms)
                continue;
            sum.meetings += d.meetings;
            sum.participants += d.participants;
            sum.guests += d.guests;
            sum.people += d.people;
            sum.minutes += d.minutes;
            sum.flags |= d.flags;
            sum.first |= d.first;
        }
    return sum;
}

static const int64_t today_ms = 20000 * USAGE_DAY_MS;

static void one_account_in_three_meetings_is_three_participants_and_one_person(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    for (uint32_t meeting = 1; meeting <= 3; meeting++)
        enter(u, meeting, 7, noon);
    struct usage_day d = until(u, noon, noon + 20000, today_ms);
    assert_int_equal(d.meetings, 3);
    assert_int_equal(d.participants, 3);
    assert_int_equal(d.people, 1);
    assert_int_equal(d.guests, 0);
    end(u);
}

static void one_account_on_two_devices_is_two_participants_and_one_person(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 7, noon);
    enter(u, 1, 7, noon);
    struct usage_day d = until(u, noon, noon + 20000, today_ms);
    assert_int_equal(d.meetings, 1);
    assert_int_equal(d.participants, 2);
    assert_int_equal(d.people, 1);
    end(u);
}

static void guests_are_participants_and_never_people(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 0, noon);
    enter(u, 1, 0, noon);
    enter(u, 1, 9, noon);
    struct usage_day d = until(u, noon, noon + 20000, today_ms);
    assert_int_equal(d.participants, 3);
    assert_int_equal(d.guests, 2);
    assert_int_equal(d.people, 1);
    end(u);
}

static void who_comes_again_later_that_day_is_not_one_more_person(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 7, noon);
    usage_leave(u, noon);
    assert_int_equal(until(u, noon, noon + minute, today_ms).people, 1);
    enter(u, 2, 7, noon + minute);
    struct usage_day d = until(u, noon + minute, noon + 2 * minute, today_ms);
    assert_int_equal(d.people, 0);
    assert_int_equal(d.participants, 1);
    end(u);
}

static void minutes_are_those_of_all_who_are_inside(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 1, noon);
    enter(u, 1, 0, noon);
    struct usage_day d = until(u, noon, noon + 10 * minute, today_ms);
    assert_int_equal(d.minutes, 20);
    usage_leave(u, noon + 10 * minute);
    usage_leave(u, noon + 10 * minute);
    d = until(u, noon + 10 * minute, noon + 30 * minute, today_ms);
    assert_int_equal(d.minutes, 0);
    end(u);
}

static void midnight_parts_the_minutes_and_begins_people_anew(void **state)
{
    (void)state;
    int64_t midnight = today_ms + USAGE_DAY_MS, start = midnight - 10 * minute;
    struct usage *u = begin(start);
    enter(u, 1, 7, start);
    struct usage_day d = until(u, start, midnight + 20000, today_ms);
    assert_int_equal(d.minutes, 10);
    assert_int_equal(d.people, 1);
    /* Who stays over midnight entered yesterday; their minutes go on. */
    enter(u, 2, 7, midnight + minute);
    d = until(u, midnight + minute, midnight + 5 * minute, midnight);
    assert_int_equal(d.people, 1);
    assert_int_equal(d.participants, 1);
    assert_int_equal(d.minutes, 5 + 4);
    assert_true(d.first);
    end(u);
}

static void a_look_over_midnight_gives_each_day_its_part(void **state)
{
    (void)state;
    int64_t midnight = today_ms + USAGE_DAY_MS;
    struct usage *u = begin(midnight - 20000);
    struct usage_day d;
    for (int i = 0; i < 6; i++)
        enter(u, 1, 0, midnight - 20000);
    assert_true(usage_due(u, midnight + 20000, &d));
    assert_int_equal(d.minutes, 2);
    usage_given(u);
    for (int i = 0; i < 6; i++)
        usage_leave(u, midnight + 20000);
    assert_int_equal(until(u, midnight + 20000, midnight + 40000, midnight).minutes, 2);
    end(u);
}

static void nothing_of_a_day_is_in_memory_after_it(void **state)
{
    (void)state;
    int64_t midnight = today_ms + USAGE_DAY_MS;
    struct usage *u = begin(noon);
    struct usage_day d;
    uint8_t before[USAGE_KEY];
    memcpy(before, u->key, sizeof before);
    enter(u, 1, 7, noon);
    (void)usage_due(u, midnight, &d);
    assert_memory_not_equal(before, u->key, sizeof before);
    assert_int_equal(u->known, 0);
    for (size_t i = 0; i < USAGE_CELLS; i++)
        assert_true(u->cell[i] == 0);
    end(u);
}

static void a_restart_says_that_it_begins_anew(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 7, noon);
    assert_true(until(u, noon, noon + 10000, today_ms).first);
    enter(u, 2, 7, noon + 10000);
    assert_false(until(u, noon + 10000, noon + 30000, today_ms).first);
    end(u);
    u = begin(noon + 40000);
    enter(u, 3, 7, noon + 40000);
    struct usage_day d = until(u, noon + 40000, noon + 60000, today_ms);
    assert_true(d.first); /* so the store marks the day: the person is counted twice */
    assert_int_equal(d.people, 1);
    end(u);
}

static void what_the_store_did_not_take_is_given_again(void **state)
{
    (void)state;
    int64_t midnight = today_ms + USAGE_DAY_MS;
    struct usage *u = begin(midnight - minute);
    struct usage_day d;
    enter(u, 1, 7, midnight - minute);
    assert_true(usage_due(u, midnight - 30000, &d));
    enter(u, 2, 8, midnight - 20000);
    assert_true(usage_due(u, midnight + 1000, &d));
    assert_int_equal(d.day_ms, today_ms);
    assert_int_equal(d.people, 2);
    assert_true(usage_due(u, midnight + 1500, &d));
    assert_int_equal(d.people, 2);
    usage_given(u);
    assert_false(usage_due(u, midnight + 2000, &d));
    end(u);
}

static void days_that_nobody_takes_are_bounded(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    for (int i = 0; i < 3 * USAGE_WAITING; i++)
        enter(u, 1, 7, noon + i * USAGE_DAY_MS);
    assert_int_equal(u->days, USAGE_WAITING);
    assert_int_equal(u->lost, 2 * USAGE_WAITING);
    end(u);
}

static void a_clock_that_is_set_makes_no_minutes(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    enter(u, 1, 7, noon);
    struct usage_day d = until(u, noon + 5 * 60 * minute, noon + 5 * 60 * minute, today_ms);
    assert_int_equal(d.minutes, 0);
    d = until(u, noon, noon + 2 * minute, today_ms); /* and back */
    assert_int_equal(d.minutes, 2);
    end(u);
}

static void a_million_entries_take_no_more_memory_and_the_day_says_so(void **state)
{
    (void)state;
    struct usage *u = begin(noon);
    for (uint32_t i = 1; i <= 1000000; i++) {
        enter(u, 1, i, noon);
        usage_leave(u, noon);
    }
    struct usage_day d = until(u, noon, noon + 20000, today_ms);
    assert_int_equal(d.participants, 1000000);
    assert_int_equal(d.people, USAGE_MOST - 1); /* one place is the meeting's */
    assert_int_equal(d.flags, USAGE_FULL);
    enter(u, 1, 5, noon + 20000); /* who is known still is */
    assert_int_equal(until(u, noon + 20000, noon + 40000, today_ms).people, 0);
    end(u);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(one_account_in_three_meetings_is_three_participants_and_one_person),
        FACT(one_account_on_two_devices_is_two_participants_and_one_person),
        FACT(guests_are_participants_and_never_people),
        FACT(who_comes_again_later_that_day_is_not_one_more_person),
        FACT(minutes_are_those_of_all_who_are_inside),
        FACT(midnight_parts_the_minutes_and_begins_people_anew),
        FACT(a_look_over_midnight_gives_each_day_its_part),
        FACT(nothing_of_a_day_is_in_memory_after_it),
        FACT(a_restart_says_that_it_begins_anew),
        FACT(what_the_store_did_not_take_is_given_again),
        FACT(days_that_nobody_takes_are_bounded),
        FACT(a_clock_that_is_set_makes_no_minutes),
        FACT(a_million_entries_take_no_more_memory_and_the_day_says_so),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
