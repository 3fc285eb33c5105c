/* Facts about what a publisher is told of its encodings, in virtual time. */
#include "base/fact.h"

#include "sfu/want.h"

static struct want w;
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    now = 100 * US_PER_S;
    want_init(&w, 3, now);
    return 0;
}

static void a_fresh_track_is_wholly_wanted_for_two_seconds(void **state)
{
    (void)state;
    assert_false(want_due(&w, now + WANT_DOWN_US - 1));
    assert_true(want_due(&w, now + WANT_DOWN_US));
    assert_int_equal(w.told, 0);
    assert_false(want_due(&w, now + 10 * WANT_DOWN_US));
}

static void growth_is_told_at_once(void **state)
{
    (void)state;
    assert_true(want_due(&w, now + WANT_DOWN_US));
    want_move(&w, WANT_NOTHING, 1, now + WANT_DOWN_US);
    assert_true(want_due(&w, now + WANT_DOWN_US));
    assert_int_equal(w.told, 2);
    want_move(&w, WANT_NOTHING, 0, now + WANT_DOWN_US);
    assert_false(want_due(&w, now + WANT_DOWN_US));
}

static void shrinking_waits_two_seconds_and_starts_anew_after_a_change_of_mind(void **state)
{
    (void)state;
    want_move(&w, WANT_NOTHING, 2, now);
    want_move(&w, WANT_NOTHING, 0, now);
    assert_false(want_due(&w, now + 10 * US_PER_S));
    now += 20 * US_PER_S;
    want_move(&w, 2, 0, now);
    assert_false(want_due(&w, now + US_PER_S));
    want_move(&w, 0, 2, now + US_PER_S); /* back in time */
    assert_false(want_due(&w, now + 3 * US_PER_S));
    want_move(&w, 2, WANT_NOTHING, now + 3 * US_PER_S);
    assert_false(want_due(&w, now + 4 * US_PER_S));
    assert_true(want_due(&w, now + 5 * US_PER_S));
    assert_int_equal(w.told, 1);
}

static void the_highest_wish_of_many_counts(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        want_move(&w, WANT_NOTHING, 0, now);
    want_move(&w, WANT_NOTHING, 1, now);
    assert_true(want_due(&w, now + WANT_DOWN_US));
    assert_int_equal(w.told, 2);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test_setup(a_fresh_track_is_wholly_wanted_for_two_seconds, set_up),
        cmocka_unit_test_setup(growth_is_told_at_once, set_up),
        cmocka_unit_test_setup(shrinking_waits_two_seconds_and_starts_anew_after_a_change_of_mind,
                               set_up),
        cmocka_unit_test_setup(the_highest_wish_of_many_counts, set_up),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
