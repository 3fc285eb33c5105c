/* Story: the delivery service. Who creates the group, what wins a race, what becomes of a commit
 * that most report, of those who come back; who is asked to commit is in asking_test.c. */
#include "meet/story.h"

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
    story_group_begin(&s);
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
    story_group_begin_with(&s, 2);
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

static void a_join_does_not_wait_for_a_commit_that_added_nobody(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    story_join(&s, 14);
    story_wait(&s, 2 * US_PER_S);
    story_commit_do(&s, 12, (struct story_commit){"g", "rekey", 2, {0}, {0}});
    story_forget(&s);
    story_group_join(&s, 14, "g");
    story_heard(&s, "14 ok\n11 group_wanted g/3 add m5\n");
    story_end(&s);
}

static void the_first_commit_of_an_epoch_wins(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
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
    story_group_begin_with(&s, 2);
    story_join(&s, 13);
    story_join_as(&s, 21, "b", false, 0);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {4}, {0}});
    story_heard(&s, "11 refused not_found\n");
    story_group_join(&s, 13, "g");
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {4, 4}, {0}});
    story_heard(&s, "11 refused bad\n");
    story_end(&s);
}

static void who_left_before_the_commit_came_costs_the_others_nothing(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
    story_join(&s, 13);
    story_join(&s, 14);
    story_join_as(&s, 21, "b", false, 0);
    story_group_join(&s, 13, "g");
    story_group_join(&s, 14, "g");
    story_do(&s, 13, MEET_LEAVE);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "x", 1, {4, 5, 7}, {0}});
    story_heard(&s, "11 ok\n11,12 group_commit g/1 of m2 x\n14 group_welcome g/2 hi\n");
    story_end(&s);
}

static void who_is_not_in_the_group_can_neither_commit_nor_send_nor_read(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
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
    story_group_begin_with(&s, 3);
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

static void a_second_connection_is_out_of_the_group_until_it_resumes_that_too(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
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
    story_group_begin_with(&s, 3);
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
    story_group_begin(&s);
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

/* A commit without joins; a second passes, so that no budget is used up. */
static void commit_big(struct story *s, unsigned session, const char *group, uint32_t epoch,
                       struct span bytes)
{
    struct meet_command c = story_group_command(session, MEET_GROUP_COMMIT, group, epoch);
    struct meet_effect e;
    c.as.group.bytes = bytes;
    meet_input(s->meet, &c, s->now);
    assert_true(meet_poll(s->meet, &e) && e.type == MEET_REPLY_OK);
    while (meet_poll(s->meet, &e))
        continue;
    story_wait(s, 2 * US_PER_S);
}

/* A commit of many pages comes out as it went in, and big ones push old ones out. */
static void the_log_keeps_a_mebibyte(void **state)
{
    struct story s;
    struct meet_size size = story_size;
    static uint8_t big[LIMIT_GROUP_COMMIT_BASE];
    (void)state;
    size.pages = 400;
    story_begin_with(&s, &size);
    story_host(&s, 11);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 4096);
    for (uint32_t epoch = 0; epoch < 20; epoch++)
        commit_big(&s, 11, "g", epoch, span_of(big, sizeof big));
    struct meet_command c = story_group_command(11, MEET_GROUP_LOG, "g", 4);
    struct meet_effect e;
    uint32_t whole = 0;
    meet_input(s.meet, &c, s.now);
    while (meet_poll(s.meet, &e))
        whole += e.type == MEET_EVENT_GROUP_COMMIT && span_equal(e.bytes, span_of(big, sizeof big));
    assert_int_equal(whole, LIMIT_GROUP_LOG / LIMIT_GROUP_COMMIT_BASE);
    story_forget(&s);
    story_group_do(&s, 11, MEET_GROUP_LOG, "g", 3);
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void when_pages_run_out_the_longest_log_gives_up_its_oldest(void **state)
{
    struct story s;
    struct meet_size size = story_size;
    static uint8_t big[LIMIT_GROUP_COMMIT_BASE];
    struct meet_effect e;
    (void)state;
    size.pages = 70;
    story_begin_with(&s, &size);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 21, "b", false, 0);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_group_do(&s, 21, MEET_GROUP_CREATE, "h", 0);
    for (uint32_t epoch = 0; epoch < 4; epoch++)
        commit_big(&s, 11, "g", epoch, span_of(big, sizeof big));
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
    story_group_begin_with(&s, 3);
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
    story_group_begin_with(&s, 3);
    story_do(&s, 13, MEET_LEAVE);
    story_join(&s, 14);
    story_group_join(&s, 14, "g");
    story_commit_do(&s, 12, bad);
    assert_true(meet_in_group(s.meet, 14));
    story_forget(&s);
    story_invalid(&s, 11, bad);
    story_heard(&s, "11 ok\n11,12,14 group_reopened g/2\n11 group_wanted g/2 remove n13\n");
    assert_false(meet_in_group(s.meet, 14));
    story_commit_do(&s, 12, (struct story_commit){"g", "again", 2, {0}, {0}});
    story_heard(&s, "12 refused forbidden\n"); /* one that most had to drop is enough */
    story_end(&s);
}

/* Each client can judge the commit of its own epoch only; an insider may have sent more by then. */
static void an_older_commit_can_be_reported_and_takes_along_what_follows(void **state)
{
    struct story s;
    struct story_commit bad = {"g", "bad", 3, {0}, {0}};
    (void)state;
    story_group_begin_with(&s, 4);
    story_commit_do(&s, 14, bad);
    story_commit_do(&s, 14, (struct story_commit){"g", "worse", 4, {0}, {0}});
    story_forget(&s);
    story_invalid(&s, 11, bad);
    story_invalid(&s, 12, bad);
    story_heard(&s, "11 ok\n12 ok\n11,12,13,14 group_reopened g/3\n");
    story_commit_do(&s, 14, (struct story_commit){"g", "third", 3, {0}, {0}});
    story_commit_do(&s, 13, (struct story_commit){"g", "good", 3, {0}, {0}});
    story_heard(&s, "14 refused forbidden\n13 ok\n11,12,13,14 group_commit g/3 of m4 good\n");
    story_invalid(&s, 11, bad);
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void one_participant_cannot_undo_what_a_host_does(void **state)
{
    struct story s;
    struct story_commit add = {"g", "c", 2, {0}, {0}};
    (void)state;
    story_group_begin_with(&s, 3);
    story_do(&s, 13, MEET_LEAVE);
    story_commit_do(&s, 11, add);
    story_forget(&s);
    story_invalid(&s, 12, add);
    story_heard(&s, "12 ok\n");
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 3);
    story_end(&s);
}

static void a_commit_is_no_longer_than_what_it_names_needs(void **state)
{
    struct story s;
    static uint8_t big[LIMIT_GROUP_COMMIT];
    struct meet_effect e;
    (void)state;
    story_group_begin_with(&s, 2);
    struct meet_command c = story_group_command(12, MEET_GROUP_COMMIT, "g", 1);
    c.as.group.bytes = span_of(big, LIMIT_GROUP_COMMIT_BASE + 1);
    meet_input(s.meet, &c, s.now);
    assert_true(meet_poll(s.meet, &e) && e.type == MEET_REPLY_REFUSED && e.reason == MEET_BAD);
    assert_false(meet_poll(s.meet, &e));
    commit_big(&s, 12, "g", 1, span_of(big, LIMIT_GROUP_COMMIT_BASE));
    story_end(&s);
}

static void a_member_s_commits_have_a_bound_of_bytes(void **state)
{
    struct story s;
    static uint8_t big[LIMIT_GROUP_COMMIT_BASE];
    struct meet_effect e;
    uint32_t epoch = 1, fit = LIMIT_GROUP_COMMIT_BURST / LIMIT_GROUP_COMMIT_BASE;
    (void)state;
    story_group_begin_with(&s, 2);
    for (; epoch <= fit; epoch++) {
        struct meet_command c = story_group_command(12, MEET_GROUP_COMMIT, "g", epoch);
        c.as.group.bytes = span_of(big, sizeof big);
        meet_input(s.meet, &c, s.now);
        assert_true(meet_poll(s.meet, &e) && e.type == MEET_REPLY_OK);
        while (meet_poll(s.meet, &e))
            continue;
    }
    story_commit_do(&s, 12, (struct story_commit){"g", "more", epoch, {0}, {0}});
    story_heard(&s, "12 refused busy\n");
    story_commit_do(&s, 11, (struct story_commit){"g", "mine", epoch, {0}, {0}});
    story_heard(&s, "11 ok\n11,12 group_commit g/9 of m2 mine\n");
    story_wait(&s, US_PER_S);
    story_commit_do(&s, 12, (struct story_commit){"g", "then", epoch + 1, {0}, {0}});
    story_heard(&s, "12 ok\n11,12 group_commit g/10 of m3 then\n");
    story_end(&s);
}

static void after_a_restart_one_member_s_word_moves_no_epoch(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_join(&s, 13);
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 154); /* a liar is first */
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 154);
    story_group_do(&s, 11, MEET_GROUP_RESUME, "g", 90);
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 90);
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 218);
    story_group_do(&s, 13, MEET_GROUP_RESUME, "g", 90);
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 90);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "c", 90, {0}, {0}});
    story_heard(&s, "11 ok\n11,13 group_commit g/90 of m2 c\n");
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
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 7);
    story_group_do(&s, 13, MEET_GROUP_RESUME, "g", 8); /* and is right, say most */
    story_heard(&s, "12 ok\n13 ok\n");
    assert_int_equal(meet_group_of(s.meet, 11).epoch, 8);
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
    story_group_begin_with(&s, 3);
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

static void who_asks_again_is_asked_for_again_and_sends_nothing_meanwhile(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 2);
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
        cmocka_unit_test(a_join_does_not_wait_for_a_commit_that_added_nobody),
        cmocka_unit_test(the_first_commit_of_an_epoch_wins),
        cmocka_unit_test(a_commit_names_only_those_who_asked),
        cmocka_unit_test(who_is_not_in_the_group_can_neither_commit_nor_send_nor_read),
        cmocka_unit_test(who_left_is_to_be_removed_at_once),
        cmocka_unit_test(who_left_before_the_commit_came_costs_the_others_nothing),
        cmocka_unit_test(a_commit_is_no_longer_than_what_it_names_needs),
        cmocka_unit_test(a_member_s_commits_have_a_bound_of_bytes),
        cmocka_unit_test(an_older_commit_can_be_reported_and_takes_along_what_follows),
        cmocka_unit_test(one_participant_cannot_undo_what_a_host_does),
        cmocka_unit_test(after_a_restart_one_member_s_word_moves_no_epoch),
        cmocka_unit_test(a_second_connection_is_out_of_the_group_until_it_resumes_that_too),
        cmocka_unit_test(who_comes_back_resumes_and_fetches_what_it_missed),
        cmocka_unit_test(the_log_keeps_the_last_64_commits),
        cmocka_unit_test(the_log_keeps_a_mebibyte),
        cmocka_unit_test(when_pages_run_out_the_longest_log_gives_up_its_oldest),
        cmocka_unit_test(a_commit_that_most_of_the_others_report_is_dropped),
        cmocka_unit_test(who_came_with_a_dropped_commit_is_out_and_who_left_is_wanted_again),
        cmocka_unit_test(after_a_restart_the_first_to_resume_says_where_the_group_is),
        cmocka_unit_test(who_left_resumes_under_its_participant_id_until_a_commit_removes_it),
        cmocka_unit_test(who_asks_again_is_asked_for_again_and_sends_nothing_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
