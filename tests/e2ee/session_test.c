/* Facts about whole sessions, in an honest hall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/hall.h"

#include <stdio.h>

static struct hall hall;

static void open_hall(uint64_t seed, bool waiting_room)
{
    hall_open(&hall, &(struct hall_terms){.seed = seed, .waiting_room = waiting_room});
}

static void dump(void)
{
    for (int i = 0; i < hall.n_people; i++) {
        struct e2ee_status s = hall_status(&hall, i);
        printf("  %s used %d conn %d phase %d why %d epoch %lu leaf %u count %u refused %u\n",
               hall.person[i].name, hall.person[i].used, hall.person[i].connected, s.phase, s.why,
               (unsigned long)s.epoch, s.leaf, s.count, s.refused);
        for (int r = 1; r < RULE_COUNT_; r++)
            if (hall.person[i].refused[r])
                printf("     %u x %s\n", hall.person[i].refused[r], rule_words((enum mls_rule)r));
    }
    printf("  server epoch %lu commits %lu conflicts %lu\n", (unsigned long)hall.epoch,
           (unsigned long)hall.commits, (unsigned long)hall.conflicts);
}

static void need_secure(uint64_t ms)
{
    if (!hall_until(&hall, ms, hall_all_secure)) {
        dump();
        fail_msg("not all secure");
    }
}

static void two_people_become_secure_and_hear_each_other(void **state)
{
    (void)state;
    open_hall(1, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    assert_int_equal(hall_say(&hall, ana, "hello", -1), ERR_OK);
    assert_int_equal(hall_say(&hall, ben, "good morning", ana), ERR_OK);
    hall_run(&hall, 100);
    assert_int_equal(hall_heard(&hall, ben, "hello"), 1);
    assert_int_equal(hall_heard(&hall, ana, "good morning"), 1);
    assert_true(hall.person[ana].note[0].private);
    hall_run(&hall, 60000);
    need_secure(1000);
    if (hall_status(&hall, ben).refused)
        dump();
    assert_int_equal(hall_status(&hall, ben).refused, 0);
    hall_close(&hall);
}

static const struct e2ee_input *about(enum e2ee_input_type type, int who)
{
    static struct e2ee_input in;
    in = (struct e2ee_input){.type = type, .flag = true};
    in.a = span_of(hall.person[who].participant, E2EE_PARTICIPANT);
    return &in;
}

static void whoever_comes_first_makes_the_group_and_all_follow(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        open_hall(seed, false);
        for (int i = 0; i < 8; i++) {
            hall_join(&hall, "guest", i == 5);
            hall_run(&hall, hall_random(&hall, 300));
        }
        need_secure(5000);
        hall_run(&hall, 120000); /* everybody has changed its keys once by now */
        need_secure(1000);
        for (int i = 0; i < 8; i++)
            assert_int_equal(hall.person[i].stopped_at, 0);
        assert_true(hall.commits >= 9);
        hall_close(&hall);
    }
}

static void comings_and_goings_end_in_one_epoch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        open_hall(seed * 31, false);
        hall_join(&hall, "host", true);
        for (int i = 1; i < 24; i++) {
            hall_join(&hall, "guest", false);
            hall_run(&hall, hall_random(&hall, 2000));
            int who = (int)hall_random(&hall, (uint64_t)hall.n_people);
            struct hall_person *p = &hall.person[who];
            if (p->used && p->connected && hall_random(&hall, 3) == 0 && who != i)
                hall_leave(&hall, who);
            else if (p->used && p->connected && p->in_group && hall_random(&hall, 3) == 0) {
                hall_disconnect(&hall, who);
                hall_run(&hall, hall_random(&hall, 4000));
                hall_reconnect(&hall, who);
            }
        }
        if (!hall_until(&hall, 20000, hall_all_secure)) {
            dump();
            fail_msg("seed %lu", (unsigned long)seed);
        }
        hall_close(&hall);
    }
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    uint64_t hash[2];
    for (int k = 0; k < 2; k++) {
        open_hall(77, false);
        hall_join(&hall, "Ana", true);
        hall_join(&hall, "Ben", false);
        hall_join(&hall, "Chi", false);
        hall_run(&hall, 40000);
        hash[k] = hall.hash;
        hall_close(&hall);
    }
    assert_true(hash[0] == hash[1]);
}

static void a_removed_person_opens_nothing_sent_later(void **state)
{
    (void)state;
    open_hall(3, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    int eve = hall_join(&hall, "Eve", false);
    need_secure(3000);
    struct sframe_key key;
    uint64_t epoch = hall_status(&hall, eve).epoch;
    assert_int_equal(hall_tell(&hall, ben, about(E2EE_IN_REMOVE, eve)), ERR_FORBIDDEN);
    assert_int_equal(hall.person[ben].refused[RULE_REMOVE], 1);
    assert_int_equal(hall_tell(&hall, ana, about(E2EE_IN_REMOVE, eve)), ERR_OK);
    hall_run(&hall, 1000);
    assert_int_equal(hall_status(&hall, eve).why, E2EE_WHY_REMOVED);
    assert_true(hall_status(&hall, ben).epoch > epoch);
    assert_int_equal(hall_status(&hall, ben).count, 2);
    assert_int_equal(e2ee_media_key(hall.person[eve].e, SFRAME_AUDIO, 0, epoch, &key),
                     ERR_NOT_FOUND);
    hall_say(&hall, ana, "without Eve", -1);
    hall_run(&hall, 100);
    assert_int_equal(hall_heard(&hall, ben, "without Eve"), 1);
    assert_int_equal(hall_heard(&hall, eve, "without Eve"), 0);
    assert_int_equal(hall_say(&hall, eve, "still here", -1), ERR_STATE);
    hall_close(&hall);
}

static void old_media_keys_are_forgotten_after_two_seconds(void **state)
{
    (void)state;
    open_hall(4, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    hall_run(&hall, 40000); /* both have changed their keys: no other epoch comes */
    struct sframe_key key;
    uint64_t epoch = hall_status(&hall, ana).epoch;
    hall_tell(&hall, ben, &(struct e2ee_input){.type = E2EE_IN_RENAME, .b = span_str("Benno")});
    hall_run(&hall, 500);
    assert_int_equal(hall_status(&hall, ana).epoch, epoch + 1);
    struct e2ee *e = hall.person[ana].e;
    uint32_t own = hall_status(&hall, ana).leaf, other = hall_status(&hall, ben).leaf;
    assert_int_equal(e2ee_media_key(e, SFRAME_CAMERA, other, epoch, &key), ERR_OK);
    assert_int_equal(e2ee_media_key(e, SFRAME_CAMERA, own, epoch, &key), ERR_STATE);
    assert_int_equal(e2ee_media_key(e, SFRAME_CAMERA, own, epoch + 1, &key), ERR_OK);
    hall_run(&hall, 2000);
    assert_int_equal(e2ee_media_key(e, SFRAME_CAMERA, other, epoch, &key), ERR_NOT_FOUND);
    assert_true(hall.person[ana].forgets >= 1);
    hall_close(&hall);
}

static bool shows_name(int i, const char *name)
{
    struct e2ee_person p;
    for (uint32_t cursor = 0; e2ee_person_next(hall.person[i].e, &cursor, &p);)
        if (span_equal(p.name, span_str(name)))
            return true;
    return false;
}

static void a_rename_is_seen_by_all_and_keeps_the_code(void **state)
{
    (void)state;
    open_hall(5, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    struct e2ee_status before = hall_status(&hall, ana);
    hall_tell(&hall, ben, &(struct e2ee_input){.type = E2EE_IN_RENAME, .b = span_str("Benno")});
    hall_run(&hall, 500);
    assert_true(shows_name(ana, "Benno") && shows_name(ben, "Benno") && !shows_name(ana, "Ben"));
    assert_string_equal(before.code, hall_status(&hall, ana).code);
    assert_int_equal(
        hall_tell(&hall, ben, &(struct e2ee_input){.type = E2EE_IN_RENAME, .b = span_str("a\nb")}),
        ERR_MALFORMED);
    hall_close(&hall);
}

static void the_pair_code_is_the_same_for_both(void **state)
{
    (void)state;
    char a[E2EE_PAIR_DIGITS + 1], b[E2EE_PAIR_DIGITS + 1];
    open_hall(6, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    assert_int_equal(e2ee_pair_code(hall.person[ana].e, hall.person[ben].participant, a), ERR_OK);
    assert_int_equal(e2ee_pair_code(hall.person[ben].e, hall.person[ana].participant, b), ERR_OK);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), E2EE_PAIR_DIGITS);
    assert_int_equal(e2ee_pair_code(hall.person[ana].e, hall.person[ana].participant, a),
                     ERR_NOT_FOUND);
    hall_close(&hall);
}

static void the_waiting_room_lets_in_by_a_click_alone(void **state)
{
    (void)state;
    open_hall(7, true);
    int ben = hall_join(&hall, "Ben", false);
    hall_run(&hall, 3000);
    assert_int_equal(hall_status(&hall, ben).phase, E2EE_STARTING);
    int ana = hall_join(&hall, "Ana", true), eve = hall_join(&hall, "Eve", false);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, ana).count, 1);
    struct e2ee_person p;
    uint32_t n = 0;
    for (uint32_t cursor = 0; e2ee_waiting_next(hall.person[ana].e, &cursor, &p); n++)
        assert_true(span_equal(p.name, span_str("Ben")) || span_equal(p.name, span_str("Eve")));
    assert_int_equal(n, 2);
    struct e2ee_input deny = *about(E2EE_IN_ADMIT, eve);
    deny.flag = false;
    assert_int_equal(hall_tell(&hall, ana, &deny), ERR_OK);
    assert_int_equal(hall_tell(&hall, ana, about(E2EE_IN_ADMIT, ben)), ERR_OK);
    hall_run(&hall, 8000);
    assert_int_equal(hall_status(&hall, ana).count, 2);
    assert_int_equal(hall_status(&hall, ben).phase, E2EE_SECURE);
    assert_int_equal(hall_status(&hall, eve).phase, E2EE_STARTING);
    assert_int_equal(hall.person[eve].epochs, 0);
    hall_close(&hall);
}

static void a_locked_meeting_takes_nobody_new_but_those_who_come_back(void **state)
{
    (void)state;
    open_hall(8, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    struct e2ee_input lock = {.type = E2EE_IN_POLICY, .flags = E2EE_LOCKED};
    assert_int_equal(hall_tell(&hall, ben, &lock), ERR_FORBIDDEN);
    assert_int_equal(hall_tell(&hall, ana, &lock), ERR_OK);
    hall_run(&hall, 500);
    assert_int_equal(hall_status(&hall, ben).flags, E2EE_LOCKED);
    int eve = hall_join(&hall, "Eve", false);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, eve).phase, E2EE_STARTING);
    assert_int_equal(hall_status(&hall, ana).count, 2);
    assert_true(hall.person[ana].refused[RULE_LOCKED] > 0);
    hall_leave(&hall, eve);
    hall_disconnect(&hall, ben); /* and its state is lost: a new session of the same device */
    int again = hall_join_device(&hall, "Ben", ben);
    hall_run(&hall, 3000);
    assert_int_equal(hall_status(&hall, again).phase, E2EE_SECURE);
    assert_int_equal(hall_status(&hall, ana).count, 2);
    hall_close(&hall);
}

static void a_member_that_was_away_catches_up(void **state)
{
    (void)state;
    open_hall(9, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    hall_disconnect(&hall, ben);
    for (int i = 0; i < 5; i++) {
        hall_join(&hall, "guest", false);
        hall_run(&hall, 1200);
    }
    hall_leave(&hall, 3);
    hall_run(&hall, 1200);
    assert_true(hall_status(&hall, ana).epoch > hall_status(&hall, ben).epoch + 4);
    hall_reconnect(&hall, ben);
    need_secure(3000);
    assert_true(hall_same_epoch(&hall, ana, ben));
    hall_close(&hall);
}

static void a_meeting_goes_on_for_hours_and_changes_its_keys(void **state)
{
    (void)state;
    open_hall(10, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    hall_run(&hall, 60000);
    uint64_t epoch = hall_status(&hall, ana).epoch;
    for (int minute = 0; minute < 60; minute++) {
        hall_run(&hall, 60000);
        assert_int_equal(hall_status(&hall, ben).phase, E2EE_SECURE);
    }
    uint64_t rekeys = hall_status(&hall, ana).epoch - epoch;
    if (rekeys < 10 || rekeys > 13)
        fail_msg("%lu rekeys in an hour", (unsigned long)rekeys);
    hall_close(&hall);
}

/* Key packages live a day, profiles a week: that is asked of newcomers, not of those who are in. */
static void somebody_who_stays_for_weeks_keeps_nobody_out(void **state)
{
    (void)state;
    open_hall(31, false);
    hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    need_secure(3000);
    hall.now += 15ull * 24 * 3600 * 1000;
    hall_run(&hall, 5000);
    hall_join(&hall, "Late", false);
    need_secure(5000);
    assert_int_equal(hall_status(&hall, 2).count, 3);
    hall_close(&hall);
}

/* The log was cut back by more than one commit: what we hold is no epoch of this group any more. */
static void a_group_reopened_further_back_is_joined_anew(void **state)
{
    (void)state;
    open_hall(32, false);
    hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    hall_join(&hall, "Chi", false);
    need_secure(5000);
    hall_run(&hall, 40000); /* newcomers rekey once within 30 s */
    assert_true(hall_status(&hall, 1).epoch >= 2);
    struct e2ee_input in = {.type = E2EE_IN_REOPENED, .epoch = 0};
    in.a = span_of(hall.group, hall.group_len);
    assert_int_equal(hall_tell(&hall, 1, &in), ERR_OK);
    assert_int_not_equal(hall_status(&hall, 1).phase, E2EE_SECURE);
    need_secure(30000);
    hall_close(&hall);
}

static void junk_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    open_hall(11, false);
    int ana = hall_join(&hall, "Ana", true), ben = hall_join(&hall, "Ben", false);
    need_secure(3000);
    uint8_t junk[3][300];
    for (int i = 0; i < 3000; i++) {
        struct e2ee_input in = {.type = (enum e2ee_input_type)(E2EE_IN_MEMBER + i % 10)};
        if (in.type == E2EE_IN_GROUP_STATE || in.type == E2EE_IN_REOPENED)
            continue; /* the server may say so: it costs a new start */
        for (int k = 0; k < 900; k++)
            junk[k / 300][k % 300] = (uint8_t)hall_random(&hall, 256);
        junk[1][0] = (uint8_t[]){0, 0xF1, 0xF2, 7}[i % 4];
        in.a = i % 3 ? span_of(hall.group, hall.group_len) : span_of(junk[0], 16);
        in.b = span_of(junk[1], (size_t)hall_random(&hall, 300));
        in.c = span_of(junk[2], 32);
        in.member = (uint32_t)hall_random(&hall, 5) + 40;
        in.epoch = hall.epoch;
        struct e2ee_status before = hall_status(&hall, ben);
        (void)hall_tell(&hall, ben, &in);
        struct e2ee_status after = hall_status(&hall, ben);
        assert_int_equal(before.epoch, after.epoch);
        assert_string_equal(before.code, after.code);
        assert_int_equal(before.count, after.count);
    }
    hall_tell(&hall, ben,
              &(struct e2ee_input){.type = E2EE_IN_REOPENED,
                                   .epoch = hall.epoch,
                                   .a = span_of(hall.group, hall.group_len)});
    assert_int_equal(hall_say(&hall, ana, "all well", -1), ERR_OK);
    hall_run(&hall, 100);
    assert_int_equal(hall_heard(&hall, ben, "all well"), 1);
    hall_close(&hall);
}

static void closing_leaves_no_secret_behind(void **state)
{
    (void)state;
    open_hall(12, false);
    int ana = hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    need_secure(3000);
    hall_run(&hall, 40000);
    struct hall_person *p = &hall.person[ana];
    size_t len = e2ee_bytes(hall.capacity), kept = 0;
    uint8_t *copy = test_malloc(len);
    memcpy(copy, p->memory, len);
    e2ee_close(p->e);
    for (size_t i = 0; i < len; i++)
        kept += copy[i] != 0;
    assert_true(kept > 5000); /* it was full of things */
    for (size_t i = 0; i < len; i++)
        assert_int_equal(((uint8_t *)p->memory)[i], 0);
    test_free(copy);
    p->e = NULL;
    hall_close(&hall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_people_become_secure_and_hear_each_other),
        cmocka_unit_test(whoever_comes_first_makes_the_group_and_all_follow),
        cmocka_unit_test(comings_and_goings_end_in_one_epoch),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(a_removed_person_opens_nothing_sent_later),
        cmocka_unit_test(old_media_keys_are_forgotten_after_two_seconds),
        cmocka_unit_test(a_rename_is_seen_by_all_and_keeps_the_code),
        cmocka_unit_test(the_pair_code_is_the_same_for_both),
        cmocka_unit_test(the_waiting_room_lets_in_by_a_click_alone),
        cmocka_unit_test(a_locked_meeting_takes_nobody_new_but_those_who_come_back),
        cmocka_unit_test(a_member_that_was_away_catches_up),
        cmocka_unit_test(a_meeting_goes_on_for_hours_and_changes_its_keys),
        cmocka_unit_test(somebody_who_stays_for_weeks_keeps_nobody_out),
        cmocka_unit_test(a_group_reopened_further_back_is_joined_anew),
        cmocka_unit_test(junk_is_refused_and_changes_nothing),
        cmocka_unit_test(closing_leaves_no_secret_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
