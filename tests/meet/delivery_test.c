/* Story: the delivery service. Who creates the group, who is asked to commit, what wins a race,
 * what becomes of a commit that most report, of a committer that does nothing, of those who come
 * back. */
#include "meet/story.h"

#define ROUND (MEET_ROUND_US + MEET_JITTER_US)

/* Host 11 (m2) with its group, at epoch 0. */
static void group_begin(struct story *s)
{
    story_begin(s);
    story_host(s, 11);
    story_group_do(s, 11, MEET_GROUP_CREATE, "g", 0);
    story_forget(s);
}

/* Sessions 12 and, when n is 3, 13 in the group too: epochs 1 and 2. */
static void group_begin_with(struct story *s, unsigned n)
{
    group_begin(s);
    for (unsigned i = 1; i < n; i++) {
        story_join(s, 11 + i);
        story_group_join(s, 11 + i, "g");
        story_wait(s, MEET_BATCH_US);
        story_commit_do(s, 11, (struct story_commit){"g", "add", i - 1, {2 + i}, {0}});
    }
    story_forget(s);
}

static void the_first_group_is_the_group_and_all_hear_of_it(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_group_do(&s, 12, MEET_GROUP_CREATE, "g", 0);
    story_heard(&s, "12 ok\n11 group_state g/0\n");
    story_group_do(&s, 11, MEET_GROUP_CREATE, "h", 0);
    story_heard(&s, "11 refused conflict\n");
    assert_int_equal(meet_group_of(s.meet, 11).id.len, 1);
    assert_int_equal(meet_group_of(s.meet, 99).id.len, 0);
    story_end(&s);
}

static void the_first_who_asks_in_is_wanted_at_once_and_gets_the_welcome(void **state)
{
    struct story s;
    (void)state;
    group_begin(&s);
    story_join(&s, 12);
    story_forget(&s);
    story_group_join(&s, 12, "g");
    story_heard(&s, "12 ok\n11 group_wanted g/0 add m3\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "add", 0, {3}, {0}});
    story_heard(&s, "11 ok\n11 group_commit g/0 of m2 add\n12 group_welcome g/1 hi\n");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    assert_true(meet_in_group(s.meet, 12));
    story_end(&s);
}

static void joins_within_a_second_of_a_commit_are_asked_for_together(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_join(&s, 13);
    story_join(&s, 14);
    story_wait(&s, US_PER_S / 5);
    story_forget(&s);
    story_group_join(&s, 13, "g");
    story_wait(&s, US_PER_S / 5);
    story_group_join(&s, 14, "g");
    story_heard(&s, "13 ok\n14 ok\n");
    story_wait(&s, US_PER_S);
    story_heard(&s, "11 group_wanted g/1 add m4 m5\n");
    story_end(&s);
}

static void the_first_commit_of_an_epoch_wins(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_commit_do(&s, 12, (struct story_commit){"g", "mine", 1, {0}, {0}});
    story_heard(&s, "12 ok\n11,12 group_commit g/1 of m3 mine\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "late", 1, {0}, {0}});
    story_heard(&s, "11 refused conflict\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "soon", 3, {0}, {0}});
    story_heard(&s, "11 refused conflict\n");
    story_commit_do(&s, 11, (struct story_commit){"h", "else", 2, {0}, {0}});
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void a_commit_names_only_those_who_asked(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_join(&s, 13);
    story_join_as(&s, 21, "b", false, 0);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {4}, {0}});
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {6}, {0}});
    story_heard(&s, "11 refused not_found\n11 refused not_found\n");
    story_group_join(&s, 13, "g");
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {4, 4}, {0}});
    story_heard(&s, "11 refused bad\n");
    story_end(&s);
}

static void who_is_not_in_the_group_can_neither_commit_nor_send_nor_read(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_join(&s, 13);
    story_forget(&s);
    story_commit_do(&s, 13, (struct story_commit){"g", "x", 1, {0}, {0}});
    story_message(&s, 13, "x", 0);
    story_group_do(&s, 13, MEET_GROUP_LOG, "g", 0);
    story_group_do(&s, 13, MEET_GROUP_PART, "g", 0);
    story_invalid(&s, 13, (struct story_commit){"g", "add", 0, {0}, {0}});
    story_heard(&s, "13 refused state\n13 refused state\n13 refused state\n13 refused state\n"
                    "13 refused not_found\n");
    story_message(&s, 12, "word", 0);
    story_heard(&s, "12 ok\n11 group_message g/0 of m3 word\n");
    story_message(&s, 12, "word", 4);
    story_heard(&s, "12 refused not_found\n");
    story_message(&s, 12, "psst", 2);
    story_heard(&s, "12 ok\n11 group_message g/0 of m3 psst\n");
    story_end(&s);
}

static void who_left_is_to_be_removed_at_once(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
    story_do(&s, 13, MEET_LEAVE);
    story_heard(&s, "13 ok\n13 hang_up\nmedia0 peer_close m4\n11,12 member_left m4 left\n"
                    "11 group_wanted g/2 remove n13\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "rm", 2, {0}, {"n13"}});
    story_heard(&s, "11 ok\n11,12 group_commit g/2 of m2 rm\n");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    assert_int_equal(meet_count(s.meet).departed, 1); /* kept until nobody can take it back */
    story_commit_do(&s, 11, (struct story_commit){"g", "up", 3, {0}, {0}});
    assert_int_equal(meet_count(s.meet).departed, 0);
    story_end(&s);
}

static void a_commit_that_forgets_who_left_is_followed_by_another_question(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    story_forget(&s);
    story_commit_do(&s, 13, (struct story_commit){"g", "rekey", 2, {0}, {0}});
    story_heard(&s, "13 ok\n11,13 group_commit g/2 of m4 rekey\n");
    story_wait(&s, ROUND);
    story_heard(&s, "13 group_wanted g/3 remove n12\n");
    story_end(&s);
}

static void who_does_not_commit_is_passed_over_and_after_three_rounds_the_group_ends(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
    story_join(&s, 14);
    story_wait(&s, MEET_BATCH_US);
    story_forget(&s);
    story_group_join(&s, 14, "g");
    story_heard(&s, "14 ok\n11 group_wanted g/2 add m5\n");
    story_wait(&s, MEET_ROUND_US - 1);
    story_heard(&s, "");
    story_wait(&s, MEET_JITTER_US + 1);
    story_heard(&s, "12 group_wanted g/2 add m5\n");
    story_wait(&s, ROUND);
    story_heard(&s, "13 group_wanted g/2 add m5\n");
    story_wait(&s, ROUND);
    story_heard(&s, "11,12,13,14 group_state none\n");
    assert_int_equal(meet_count(s.meet).pages, 0);
    story_group_do(&s, 14, MEET_GROUP_CREATE, "new", 0);
    story_heard(&s, "14 ok\n11,12,13 group_state new/0\n");
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 2);
    story_heard(&s, "12 refused not_found\n");
    story_end(&s);
}

static void who_is_away_is_not_asked_and_the_question_goes_on_at_once(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
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

static void a_second_connection_is_out_of_the_group_until_it_resumes_that_too(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_join_as(&s, 22, "a", false, 12); /* the old one was still up */
    story_forget(&s);
    story_message(&s, 11, "word", 0);
    story_heard(&s, "11 ok\nnobody group_message g/0 of m2 word\n");
    story_group_do(&s, 22, MEET_GROUP_RESUME, "g", 1);
    story_message(&s, 11, "word", 0);
    story_heard(&s, "22 ok\n11 ok\n22 group_message g/0 of m2 word\n");
    story_end(&s);
}

static void who_comes_back_resumes_and_fetches_what_it_missed(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
    story_lose(&s, 12);
    story_commit_do(&s, 11, (struct story_commit){"g", "one", 2, {0}, {0}});
    story_commit_do(&s, 13, (struct story_commit){"g", "two", 3, {0}, {0}});
    story_join_as(&s, 22, "a", false, 12);
    story_forget(&s);
    story_group_do(&s, 22, MEET_GROUP_LOG, "g", 2);
    story_heard(&s, "22 refused state\n");
    story_group_do(&s, 22, MEET_GROUP_RESUME, "g", 2);
    story_group_do(&s, 22, MEET_GROUP_LOG, "g", 2);
    story_heard(&s, "22 ok\n22 ok\n22 group_commit g/2 of m2 one\n22 group_commit g/3 of m4 two\n");
    story_group_do(&s, 22, MEET_GROUP_LOG, "g", 4);
    story_group_do(&s, 22, MEET_GROUP_LOG, "g", 5);
    story_heard(&s, "22 ok\n22 refused not_found\n");
    story_end(&s);
}

static void the_log_keeps_the_last_64_commits(void **state)
{
    struct story s;
    (void)state;
    group_begin(&s);
    for (uint32_t epoch = 0; epoch < 70; epoch++)
        story_commit_do(&s, 11, (struct story_commit){"g", "c", epoch, {0}, {0}});
    story_forget(&s);
    assert_int_equal(meet_count(s.meet).pages, LIMIT_GROUP_LOG_COMMITS);
    story_group_do(&s, 11, MEET_GROUP_LOG, "g", 5);
    story_heard(&s, "11 refused not_found\n");
    story_group_do(&s, 11, MEET_GROUP_LOG, "g", 69);
    story_heard(&s, "11 ok\n11 group_commit g/69 of m2 c\n");
    story_end(&s);
}

/* A commit of many pages comes out as it went in, and big ones push old ones out. */
static void the_log_keeps_a_mebibyte(void **state)
{
    struct story s;
    struct meet_size size = story_size;
    static uint8_t big[LIMIT_GROUP_COMMIT];
    (void)state;
    size.pages = 400;
    story_begin_with(&s, &size);
    story_host(&s, 11);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 4096);
    for (uint32_t epoch = 0; epoch < 4; epoch++) {
        struct meet_command c = story_group_command(11, MEET_GROUP_COMMIT, "g", epoch);
        struct meet_effect e;
        c.as.group.bytes = span_of(big, sizeof big);
        meet_input(s.meet, &c, s.now);
        while (meet_poll(s.meet, &e))
            continue;
    }
    struct meet_command c = story_group_command(11, MEET_GROUP_LOG, "g", 2);
    struct meet_effect e;
    uint32_t whole = 0;
    meet_input(s.meet, &c, s.now);
    while (meet_poll(s.meet, &e))
        whole += e.type == MEET_EVENT_GROUP_COMMIT && span_equal(e.bytes, span_of(big, sizeof big));
    assert_int_equal(whole, 2);
    story_forget(&s);
    story_group_do(&s, 11, MEET_GROUP_LOG, "g", 1);
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void when_pages_run_out_the_longest_log_gives_up_its_oldest(void **state)
{
    struct story s;
    struct meet_size size = story_size;
    static uint8_t big[LIMIT_GROUP_COMMIT];
    struct meet_effect e;
    (void)state;
    size.pages = 150;
    story_begin_with(&s, &size);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 21, "b", false, 0);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_group_do(&s, 21, MEET_GROUP_CREATE, "h", 0);
    struct meet_command c = story_group_command(11, MEET_GROUP_COMMIT, "g", 0);
    c.as.group.bytes = span_of(big, sizeof big);
    meet_input(s.meet, &c, s.now);
    while (meet_poll(s.meet, &e))
        continue;
    story_forget(&s);
    struct meet_command d = story_group_command(21, MEET_GROUP_COMMIT, "h", 0);
    d.as.group.bytes = span_of(big, sizeof big);
    meet_input(s.meet, &d, s.now);
    assert_true(meet_poll(s.meet, &e) && e.type == MEET_REPLY_OK);
    while (meet_poll(s.meet, &e))
        continue;
    story_group_do(&s, 11, MEET_GROUP_LOG, "g", 0);
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void a_commit_that_most_of_the_others_report_is_dropped(void **state)
{
    struct story s;
    struct story_commit bad = {"g", "bad", 2, {0}, {0}};
    (void)state;
    group_begin_with(&s, 3);
    story_commit_do(&s, 12, bad);
    story_forget(&s);
    story_invalid(&s, 12, bad); /* its sender has no voice */
    story_heard(&s, "12 refused not_found\n");
    story_invalid(&s, 11, (struct story_commit){"g", "good", 2, {0}, {0}});
    story_heard(&s, "11 refused not_found\n");
    story_invalid(&s, 11, bad);
    story_invalid(&s, 11, bad); /* one voice each */
    story_heard(&s, "11 ok\n11 ok\n");
    story_invalid(&s, 13, bad);
    story_heard(&s, "13 ok\n11,12,13 group_reopened g/2\n");
    story_commit_do(&s, 13, (struct story_commit){"g", "good", 2, {0}, {0}});
    story_heard(&s, "13 ok\n11,12,13 group_commit g/2 of m4 good\n");
    story_end(&s);
}

static void who_came_with_a_dropped_commit_is_out_and_who_left_is_wanted_again(void **state)
{
    struct story s;
    struct story_commit bad = {"g", "bad", 2, {5}, {"n13"}};
    (void)state;
    group_begin_with(&s, 3);
    story_do(&s, 13, MEET_LEAVE);
    story_join(&s, 14);
    story_group_join(&s, 14, "g");
    story_commit_do(&s, 11, bad);
    assert_true(meet_in_group(s.meet, 14));
    story_forget(&s);
    story_invalid(&s, 12, bad);
    /* not m2, whose commit was no good */
    story_heard(&s, "12 ok\n11,12,14 group_reopened g/2\n12 group_wanted g/2 remove n13\n");
    assert_false(meet_in_group(s.meet, 14));
    story_end(&s);
}

static void after_a_restart_the_first_to_resume_says_where_the_group_is(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_join(&s, 13);
    story_forget(&s);
    story_group_do(&s, 11, MEET_GROUP_RESUME, "g", 7);
    story_heard(&s, "11 ok\n12,13 group_state g/7\n");
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 8); /* knows more */
    story_heard(&s, "12 ok\n");
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 8);
    story_group_do(&s, 13, MEET_GROUP_RESUME, "g", 1000);
    story_heard(&s, "13 refused not_found\n");
    story_commit_do(&s, 12, (struct story_commit){"g", "c", 8, {0}, {0}});
    story_forget(&s);
    story_group_do(&s, 13, MEET_GROUP_RESUME, "g", 10); /* built on what nobody saw */
    story_heard(&s, "13 refused not_found\n");
    story_group_do(&s, 13, MEET_GROUP_RESUME, "g", 8);
    story_group_do(&s, 13, MEET_GROUP_LOG, "g", 8);
    story_heard(&s, "13 ok\n13 ok\n13 group_commit g/8 of m3 c\n");
    story_join(&s, 14);
    story_wait(&s, MEET_ADOPT_US);
    story_forget(&s);
    story_group_do(&s, 14, MEET_GROUP_RESUME, "g", 9); /* too late to say that it was in it */
    story_heard(&s, "14 refused not_found\n");
    story_end(&s);
}

/* A28: only who was seen in the group comes back to it. */
static void who_left_resumes_under_its_participant_id_until_a_commit_removes_it(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 3);
    story_join(&s, 14);
    story_forget(&s);
    story_group_do(&s, 14, MEET_GROUP_RESUME, "g", 2);
    story_heard(&s, "14 refused not_found\n");
    story_do(&s, 12, MEET_LEAVE);
    story_join(&s, 12);
    story_forget(&s);
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 2);
    story_heard(&s, "12 ok\n");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER); /* nothing to remove any more */
    story_do(&s, 12, MEET_LEAVE);
    story_commit_do(&s, 11, (struct story_commit){"g", "rm", 2, {0}, {"n12"}});
    story_join(&s, 12);
    story_forget(&s);
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 2);
    story_heard(&s, "12 refused not_found\n");
    story_end(&s);
}

static void a_group_that_nobody_is_left_in_ends_at_once(void **state)
{
    struct story s;
    (void)state;
    group_begin(&s);
    story_join(&s, 12);
    story_group_join(&s, 12, "g");
    story_forget(&s);
    story_do(&s, 11, MEET_LEAVE);
    story_heard(&s, "11 ok\n11 hang_up\nmedia0 peer_close m2\n12 member_left m2 left\n"
                    "12 group_state none\n");
    story_end(&s);
}

static void who_asks_again_is_asked_for_again_and_sends_nothing_meanwhile(void **state)
{
    struct story s;
    (void)state;
    group_begin_with(&s, 2);
    story_wait(&s, MEET_BATCH_US);
    story_forget(&s);
    story_group_join(&s, 12, "g");
    story_heard(&s, "12 ok\n11 group_wanted g/1 add m3\n");
    story_message(&s, 12, "x", 0);
    story_heard(&s, "12 refused state\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "swap", 1, {3}, {0}});
    story_heard(&s, "11 ok\n11 group_commit g/1 of m2 swap\n12 group_welcome g/2 hi\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_group_is_the_group_and_all_hear_of_it),
        cmocka_unit_test(the_first_who_asks_in_is_wanted_at_once_and_gets_the_welcome),
        cmocka_unit_test(joins_within_a_second_of_a_commit_are_asked_for_together),
        cmocka_unit_test(the_first_commit_of_an_epoch_wins),
        cmocka_unit_test(a_commit_names_only_those_who_asked),
        cmocka_unit_test(who_is_not_in_the_group_can_neither_commit_nor_send_nor_read),
        cmocka_unit_test(who_left_is_to_be_removed_at_once),
        cmocka_unit_test(a_commit_that_forgets_who_left_is_followed_by_another_question),
        cmocka_unit_test(who_does_not_commit_is_passed_over_and_after_three_rounds_the_group_ends),
        cmocka_unit_test(who_is_away_is_not_asked_and_the_question_goes_on_at_once),
        cmocka_unit_test(a_host_is_asked_before_those_who_came_earlier),
        cmocka_unit_test(a_second_connection_is_out_of_the_group_until_it_resumes_that_too),
        cmocka_unit_test(who_comes_back_resumes_and_fetches_what_it_missed),
        cmocka_unit_test(the_log_keeps_the_last_64_commits),
        cmocka_unit_test(the_log_keeps_a_mebibyte),
        cmocka_unit_test(when_pages_run_out_the_longest_log_gives_up_its_oldest),
        cmocka_unit_test(a_commit_that_most_of_the_others_report_is_dropped),
        cmocka_unit_test(who_came_with_a_dropped_commit_is_out_and_who_left_is_wanted_again),
        cmocka_unit_test(after_a_restart_the_first_to_resume_says_where_the_group_is),
        cmocka_unit_test(who_left_resumes_under_its_participant_id_until_a_commit_removes_it),
        cmocka_unit_test(a_group_that_nobody_is_left_in_ends_at_once),
        cmocka_unit_test(who_asks_again_is_asked_for_again_and_sends_nothing_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
