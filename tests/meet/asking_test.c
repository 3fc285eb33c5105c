/* Story: who is asked to commit, who is passed over, what is given up after three rounds, and when
 * a group ends. */
#include "meet/story.h"

/* Whom nobody adds in three rounds may be refused rightly: locked, full, a bad key package. */
static void who_does_not_commit_is_passed_over_and_after_three_rounds_the_request_ends(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_join(&s, 14);
    story_wait(&s, MEET_BATCH_US);
    story_forget(&s);
    story_group_join(&s, 14, "g");
    story_heard(&s, "14 ok\n11 group_wanted g/2 add m5\n");
    story_wait(&s, MEET_ROUND_US - 1);
    story_heard(&s, "");
    story_wait(&s, MEET_JITTER_US + 1);
    story_heard(&s, "12 group_wanted g/2 add m5\n");
    story_wait(&s, STORY_ROUND);
    story_heard(&s, "13 group_wanted g/2 add m5\n");
    story_wait(&s, 60 * US_PER_S);
    story_heard(&s, "");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    assert_int_equal(meet_group_of(s.meet, 11).id.len, 1);
    story_group_join(&s, 14, "g"); /* and it may ask again */
    story_heard(&s, "14 ok\n11 group_wanted g/2 add m5\n");
    story_end(&s);
}

static void a_commit_that_comes_after_the_last_round_still_adds(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
    story_join(&s, 13);
    story_group_join(&s, 13, "g");
    story_wait(&s, 60 * US_PER_S);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "late", 1, {4}, {0}});
    story_heard(&s, "11 ok\n11,12 group_commit g/1 of m2 late\n13 group_welcome g/2 hi\n");
    story_end(&s);
}

/* One request comes back again and again, another is new: its rounds are its own. */
static void each_request_has_three_rounds_of_its_own(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
    story_join(&s, 13);
    story_join(&s, 14);
    story_wait(&s, MEET_BATCH_US);
    story_group_join(&s, 13, "g");
    story_wait(&s, 2 * STORY_ROUND + 1);
    story_forget(&s);
    story_group_join(&s, 14, "g"); /* 13's last round is on */
    story_wait(&s, 60 * US_PER_S);
    story_heard(&s, "14 ok\n11 group_wanted g/1 add m5\n12 group_wanted g/1 add m5\n"
                    "11 group_wanted g/1 add m5\n");
    story_end(&s);
}

static void a_removal_that_nobody_commits_is_given_up_too(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_do(&s, 13, MEET_LEAVE);
    story_commit_do(&s, 11, (struct story_commit){"g", "gone without a word", 2, {0}, {0}});
    story_wait(&s, 60 * US_PER_S);
    assert_int_equal(meet_group_of(s.meet, 11).id.len, 1);
    assert_int_equal(meet_count(s.meet).departed, 0);
    story_end(&s);
}

/* The clients' commit may be there before the host's word to the server. */
static void whom_a_host_s_commit_removed_is_not_removed_again(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_commit_do(&s, 11, (struct story_commit){"g", "rm", 2, {0}, {"n13"}});
    story_message(&s, 13, "still here", 0);
    story_forget(&s);
    story_do_to(&s, 11, MEET_REMOVE, 4);
    assert_null(strstr(s.heard, "wanted"));
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    story_end(&s);
}

static void a_participant_s_commit_silences_nobody(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_commit_do(&s, 13, (struct story_commit){"g", "rm", 2, {0}, {"n11", "n12"}});
    story_forget(&s);
    story_do(&s, 12, MEET_LEAVE);
    assert_non_null(strstr(s.heard, "11 group_wanted g/3 remove n12\n"));
    story_end(&s);
}

static void a_group_whose_only_member_serves_nobody_ends(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_commit_do(&s, 11, (struct story_commit){"g", "mine", 0, {0}, {0}});
    story_forget(&s);
    story_group_join(&s, 12, "g");
    story_wait(&s, 3 * STORY_ROUND);
    story_heard(&s, "12 ok\n11 group_wanted g/1 add m3\n11 group_wanted g/1 add m3\n"
                    "11 group_wanted g/1 add m3\n11,12 group_state none\n");
    story_end(&s);
}

static void a_group_without_a_host_that_keeps_a_host_out_ends(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_group_join(&s, 12, "g");
    story_commit_do(&s, 11, (struct story_commit){"g", "add", 0, {3}, {0}});
    story_host(&s, 13);
    story_group_join(&s, 13, "g");
    story_forget(&s);
    story_wait(&s, MEET_BATCH_US + 3 * STORY_ROUND);
    assert_non_null(strstr(s.heard, "11,12,13 group_state none\n"));
    story_end(&s);
}

/* Whoever is asked goes out of the group and comes back: that must not put the end off. */
static void a_round_ends_whatever_the_one_asked_does(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_group_join(&s, 12, "g");
    story_forget(&s);
    for (unsigned i = 0; i < 12; i++) {
        story_group_join(&s, 11, "g");
        story_wait(&s, US_PER_S / 2);
        if (i % 2)
            story_group_do(&s, 11, MEET_GROUP_RESUME, "g", 0);
    }
    assert_non_null(strstr(s.heard, "11,12 group_state none\n"));
    story_end(&s);
}

static void who_is_away_is_not_asked_and_the_question_goes_on_at_once(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_join(&s, 14);
    story_wait(&s, MEET_BATCH_US);
    story_group_join(&s, 14, "g");
    story_forget(&s);
    story_lose(&s, 11);
    story_heard(&s, "12,13,14 member_away m2 yes\n12 group_wanted g/2 add m5\n");
    story_end(&s);
}

static void a_host_is_asked_before_those_who_came_earlier(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_host(&s, 12);
    story_group_join(&s, 12, "g");
    story_commit_do(&s, 11, (struct story_commit){"g", "add", 0, {3}, {0}});
    story_join(&s, 13);
    story_wait(&s, MEET_BATCH_US);
    story_forget(&s);
    story_group_join(&s, 13, "g");
    story_heard(&s, "13 ok\n12 group_wanted g/1 add m4\n");
    story_end(&s);
}

static void a_commit_that_forgets_who_left_is_followed_by_another_question(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    story_forget(&s);
    story_commit_do(&s, 13, (struct story_commit){"g", "rekey", 2, {0}, {0}});
    story_heard(&s, "13 ok\n11,13 group_commit g/2 of m4 rekey\n");
    story_wait(&s, STORY_ROUND);
    story_heard(&s, "13 group_wanted g/3 remove n12\n");
    story_end(&s);
}

static void a_group_that_nobody_is_left_in_ends_at_once(void **state)
{
    struct story s;
    (void)state;
    story_group_begin(&s);
    story_join(&s, 12);
    story_group_join(&s, 12, "g");
    story_forget(&s);
    story_do(&s, 11, MEET_LEAVE);
    story_heard(&s, "11 ok\n11 hang_up\nmedia0 peer_close m2\n12 member_left m2 left\n"
                    "12 group_state none\n");
    story_end(&s);
}

static void a_round_that_asks_nobody_ends_too(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_group_join(&s, 12, "g");
    story_forget(&s);
    for (unsigned i = 0; i < 12; i++) {
        story_group_join(&s, 11, "g"); /* nobody is in the group, and one more asks in */
        story_wait(&s, US_PER_S / 2);
    }
    assert_non_null(strstr(s.heard, "11,12 group_state none\n"));
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            who_does_not_commit_is_passed_over_and_after_three_rounds_the_request_ends),
        cmocka_unit_test(a_commit_that_comes_after_the_last_round_still_adds),
        cmocka_unit_test(each_request_has_three_rounds_of_its_own),
        cmocka_unit_test(a_removal_that_nobody_commits_is_given_up_too),
        cmocka_unit_test(whom_a_host_s_commit_removed_is_not_removed_again),
        cmocka_unit_test(a_participant_s_commit_silences_nobody),
        cmocka_unit_test(a_group_whose_only_member_serves_nobody_ends),
        cmocka_unit_test(a_group_without_a_host_that_keeps_a_host_out_ends),
        cmocka_unit_test(a_round_ends_whatever_the_one_asked_does),
        cmocka_unit_test(who_is_away_is_not_asked_and_the_question_goes_on_at_once),
        cmocka_unit_test(a_host_is_asked_before_those_who_came_earlier),
        cmocka_unit_test(a_commit_that_forgets_who_left_is_followed_by_another_question),
        cmocka_unit_test(a_group_that_nobody_is_left_in_ends_at_once),
        cmocka_unit_test(a_round_that_asks_nobody_ends_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
