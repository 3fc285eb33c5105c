/* Facts about deliveries that wait: when each is tried, how often, who gives way when there is no
 * room, and that nobody takes all the time. */
#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "account/hook_queue.h"

static struct hook_queue *q;
static instant_us now;

static int begin(void **state)
{
    (void)state;
    q = malloc(sizeof *q);
    assert_non_null(q);
    hook_queue_init(q);
    now = 1000 * US_PER_S;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(q);
    return 0;
}

/* A hook and organisation by small numbers. */
static uint32_t put(uint8_t hook, uint8_t org)
{
    uint8_t h[ACCOUNT_ID] = {hook, 1}, o[ACCOUNT_ID] = {org, 2};
    return hook_queue_put(q, h, o, now);
}

static bool is_next(uint32_t place)
{
    uint32_t got;
    return hook_queue_next(q, now, &got) && got == place;
}

static bool nothing_now(void)
{
    uint32_t got;
    return !hook_queue_next(q, now, &got);
}

static uint8_t tried(uint32_t place, bool taken, duration_us took)
{
    instant_us began = now;
    now += took;
    return hook_queue_tried(q, place, taken, began, now);
}

static void what_comes_first_is_tried_first(void **state)
{
    (void)state;
    assert_true(nothing_now());
    assert_int_equal(hook_queue_deadline(q), INSTANT_NEVER);
    uint32_t a = put(1, 1), b = put(2, 2), c = put(1, 1);
    assert_true(is_next(a));
    assert_int_equal(tried(a, true, 0), 0);
    assert_true(is_next(b));
    assert_int_equal(tried(b, true, 0), 0);
    assert_true(is_next(c));
    assert_int_equal(tried(c, true, 0), 0);
    assert_true(nothing_now());
    assert_int_equal(q->count, 0);
}

static void four_attempts_are_made_further_and_further_apart(void **state)
{
    (void)state;
    static const duration_us waits[] = {5 * US_PER_S, 60 * US_PER_S, 600 * US_PER_S};
    uint32_t a = put(1, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tried(a, false, 0), i + 1);
        assert_int_equal(hook_queue_deadline(q), now + waits[i]);
        now += waits[i] - 1;
        assert_true(nothing_now());
        now++;
        assert_true(is_next(a));
    }
    assert_int_equal(tried(a, false, 0), HOOK_ATTEMPTS);
    assert_int_equal(q->count, 0);
    assert_int_equal(hook_queue_deadline(q), INSTANT_NEVER);
}

static void a_later_one_is_not_held_up_by_one_that_failed(void **state)
{
    (void)state;
    uint32_t a = put(1, 1), b = put(1, 1);
    assert_int_equal(tried(a, false, 0), 1);
    assert_true(is_next(b));
    assert_int_equal(tried(b, true, 0), 0);
    now += 5 * US_PER_S;
    assert_true(is_next(a));
}

/* Two silent receivers of one organisation, two quick ones of another. */
static void a_slow_organisation_rests_while_others_are_told(void **state)
{
    (void)state;
    uint32_t slow = put(1, 1), next = put(2, 1), other = put(3, 2);
    assert_true(is_next(slow));
    (void)tried(slow, false, 5 * US_PER_S);
    assert_true(is_next(other)); /* though `next` came before it */
    (void)tried(other, true, US_PER_S / 100);
    assert_true(nothing_now());
    instant_us due = now - US_PER_S / 100 + HOOK_REST * 5 * US_PER_S;
    assert_int_equal(hook_queue_deadline(q), due);
    now = due - 1;
    assert_true(nothing_now());
    now = due;
    assert_true(is_next(slow)); /* its own wait is over too, and it came first */
    (void)tried(slow, true, 0);
    assert_true(is_next(next));
}

static void one_organisation_takes_a_fifth_of_the_time(void **state)
{
    (void)state;
    duration_us busy = 0;
    instant_us since = now;
    for (int i = 0; i < 100; i++) {
        uint32_t place = put((uint8_t)(i % 8), 1);
        while (nothing_now())
            now = hook_queue_deadline(q);
        assert_true(is_next(place));
        busy += 5 * US_PER_S;
        (void)tried(place, true, 5 * US_PER_S);
    }
    assert_true(busy * 5 <= now - since + 4 * 5 * US_PER_S);
}

static void a_hook_has_32_places_and_loses_its_oldest(void **state)
{
    (void)state;
    uint32_t other = put(9, 9), first = put(1, 1), second = put(1, 1);
    for (int i = 2; i < HOOK_WAITING; i++)
        put(1, 1);
    assert_int_equal(q->dropped, 0);
    assert_int_equal(put(1, 1), first); /* the place that the oldest had */
    assert_int_equal(q->dropped, 1);
    assert_int_equal(q->count, HOOK_WAITING + 1);
    assert_true(is_next(other));
    (void)tried(other, true, 0);
    assert_true(is_next(second));
}

static void when_all_places_are_taken_the_one_with_the_most_gives_way(void **state)
{
    (void)state;
    for (int i = 0; i < HOOK_WAITING; i++)
        put(200, 200);
    for (int i = HOOK_WAITING; i < HOOK_QUEUE; i++)
        put((uint8_t)(i % 100), 1);
    assert_int_equal(q->count, HOOK_QUEUE);
    assert_int_equal(q->dropped, 0);
    uint8_t most[ACCOUNT_ID] = {200, 1};
    uint32_t place = put(150, 3);
    assert_int_equal(q->count, HOOK_QUEUE);
    assert_int_equal(q->dropped, 1);
    uint32_t left = 0;
    for (uint32_t i = 0; i < HOOK_QUEUE; i++)
        left += memcmp(q->wait[i].hook, most, ACCOUNT_ID) == 0;
    assert_int_equal(left, HOOK_WAITING - 1);
    assert_int_equal(q->wait[place].hook[0], 150);
}

static void a_removed_hook_is_forgotten(void **state)
{
    (void)state;
    uint8_t gone[ACCOUNT_ID] = {1, 1};
    put(1, 1);
    uint32_t other = put(2, 1);
    put(1, 1);
    hook_queue_forget(q, gone);
    assert_int_equal(q->count, 1);
    assert_true(is_next(other));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest facts[] = {
        CASE(what_comes_first_is_tried_first),
        CASE(four_attempts_are_made_further_and_further_apart),
        CASE(a_later_one_is_not_held_up_by_one_that_failed),
        CASE(a_slow_organisation_rests_while_others_are_told),
        CASE(one_organisation_takes_a_fifth_of_the_time),
        CASE(a_hook_has_32_places_and_loses_its_oldest),
        CASE(when_all_places_are_taken_the_one_with_the_most_gives_way),
        CASE(a_removed_hook_is_forgotten),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
