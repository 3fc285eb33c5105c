/* Facts about who is heard, in virtual time: twenty milliseconds a packet. */
#include "base/fact.h"

#include "sfu/speaker.h"

enum { MICS = 5, QUIET = 127, TALK = 35 };

static struct speaker_rank r;
static struct speaker mic[MICS];
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    now = 100 * US_PER_S;
    r = (struct speaker_rank){0};
    for (int i = 0; i < MICS; i++)
        mic[i] = (struct speaker){0};
    return 0;
}

/* Everybody's packets for a while, each at a level. */
static void sound(const uint8_t level[MICS], duration_us time)
{
    for (instant_us end = now + time; now < end; now += 20 * US_PER_MS) {
        for (int i = 0; i < MICS; i++)
            (void)speaker_hear(&r, &mic[i], level[i], now);
    }
}

static void silence_takes_no_place(void **state)
{
    (void)state;
    sound((const uint8_t[]){QUIET, QUIET, 100, 90, 80}, 3 * US_PER_S);
    for (int i = 0; i < SPEAKER_TOP; i++)
        assert_null(r.top[i]);
}

static void a_free_place_is_taken_with_the_first_packet(void **state)
{
    (void)state;
    sound((const uint8_t[]){QUIET, TALK, QUIET, QUIET, QUIET}, 20 * US_PER_MS);
    assert_ptr_equal(r.top[0], &mic[1]);
    assert_int_equal(mic[1].place, 1);
}

static void a_place_is_kept_in_a_pause_that_nobody_uses(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, TALK, QUIET, QUIET}, US_PER_S);
    sound((const uint8_t[]){QUIET, QUIET, QUIET, QUIET, QUIET}, 60 * US_PER_S);
    for (int i = 0; i < SPEAKER_TOP; i++)
        assert_int_equal(mic[i].place, i + 1);
}

static void the_fourth_gets_the_place_of_whoever_is_quietest(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, TALK, QUIET, QUIET}, 2 * US_PER_S);
    sound((const uint8_t[]){TALK, QUIET, TALK, TALK, QUIET}, 500 * US_PER_MS);
    assert_int_equal(mic[3].place, 2);
    assert_int_equal(mic[1].place, 0);
    assert_int_equal(mic[0].place, 1);
    assert_int_equal(mic[2].place, 3);
}

static void a_place_is_held_for_a_second(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, TALK, QUIET, QUIET}, 400 * US_PER_MS);
    sound((const uint8_t[]){TALK, TALK, QUIET, 20, QUIET}, 560 * US_PER_MS);
    assert_int_equal(mic[3].place, 0);
    sound((const uint8_t[]){TALK, TALK, QUIET, 20, QUIET}, 200 * US_PER_MS);
    assert_int_equal(mic[3].place, 3);
}

static void who_is_hardly_louder_waits(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, TALK, TALK - 5, QUIET}, 20 * US_PER_MS);
    uint8_t before = mic[3].place;
    sound((const uint8_t[]){TALK, TALK, TALK, TALK - 5, QUIET}, 30 * US_PER_S);
    assert_int_equal(mic[3].place, before);
    sound((const uint8_t[]){TALK, TALK, TALK, TALK - 7, QUIET}, 2 * US_PER_S);
    assert_int_not_equal(mic[3].place, 0);
}

static void places_do_not_flap_between_two_equals(void **state)
{
    (void)state;
    int changes = 0;
    for (int i = 0; i < 3000; i++, now += 20 * US_PER_MS) {
        for (int m = 0; m < 4; m++) {
            uint8_t level = (uint8_t)(TALK + (i * 7 + m * 13) % 5);
            changes += speaker_hear(&r, &mic[m], level, now) >= 0;
        }
    }
    assert_int_equal(changes, SPEAKER_TOP);
}

static void who_sends_nothing_more_gives_way(void **state)
{
    (void)state;
    sound((const uint8_t[]){20, 20, 20, QUIET, QUIET}, 2 * US_PER_S);
    for (instant_us end = now + 700 * US_PER_MS; now < end; now += 20 * US_PER_MS)
        (void)speaker_hear(&r, &mic[3], 60, now); /* the others' packets are gone */
    assert_int_not_equal(mic[3].place, 0);
}

static void a_cough_takes_no_place(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, TALK, QUIET, QUIET}, 2 * US_PER_S);
    assert_int_equal(speaker_hear(&r, &mic[3], 0, now), -1);
    sound((const uint8_t[]){TALK, TALK, TALK, QUIET, QUIET}, US_PER_S);
    assert_int_equal(mic[3].place, 0);
}

static void leaving_frees_the_place(void **state)
{
    (void)state;
    sound((const uint8_t[]){TALK, TALK, QUIET, QUIET, QUIET}, US_PER_S);
    assert_int_equal(speaker_leave(&r, &mic[0]), 0);
    assert_int_equal(speaker_leave(&r, &mic[0]), -1);
    assert_null(r.top[0]);
    sound((const uint8_t[]){QUIET, TALK, QUIET, QUIET, TALK}, US_PER_S);
    assert_ptr_equal(r.top[0], &mic[4]);
    assert_int_equal(mic[1].place, 2);
}

static void a_level_beyond_the_range_is_silence(void **state)
{
    (void)state;
    sound((const uint8_t[]){255, 200, 128, QUIET, QUIET}, US_PER_S);
    assert_null(r.top[0]);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(silence_takes_no_place),
        STORY(a_free_place_is_taken_with_the_first_packet),
        STORY(a_place_is_kept_in_a_pause_that_nobody_uses),
        STORY(the_fourth_gets_the_place_of_whoever_is_quietest),
        STORY(a_place_is_held_for_a_second),
        STORY(who_is_hardly_louder_waits),
        STORY(places_do_not_flap_between_two_equals),
        STORY(who_sends_nothing_more_gives_way),
        STORY(a_cough_takes_no_place),
        STORY(leaving_frees_the_place),
        STORY(a_level_beyond_the_range_is_silence),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
