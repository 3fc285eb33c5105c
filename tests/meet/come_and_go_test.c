/* Story: people come to a meeting, talk, and go; a host removes one and ends it. */
#include "meet/story.h"

static void the_first_opens_the_room_and_the_next_are_told_of_each_other(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_heard(&s, "media0 room_open r1\n"
                    "media0 peer_open m2\n"
                    "11 welcome m2 host\n"
                    "nobody member_joined m2 n11\n");
    story_join(&s, 12);
    story_heard(&s, "media0 peer_open m3\n"
                    "12 welcome m3 participant\n"
                    "11 member_joined m3 n12\n");
    story_join(&s, 13);
    story_heard(&s, "media0 peer_open m4\n"
                    "13 welcome m4 participant\n"
                    "11,12 member_joined m4 n13\n");
    story_end(&s);
}

static void a_roster_lists_the_others_with_their_tracks(void **state)
{
    struct story s;
    struct meet_member_view v;
    uint32_t cursor = 0;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    uint32_t t = story_transport(&s, 11, MEET_SEND);
    uint32_t k = story_publish(&s, 11, t, MEET_AUDIO, MEET_MIC);
    story_join(&s, 13);
    assert_true(meet_roster_next(s.meet, 13, &cursor, &v));
    assert_int_equal(v.member, 2);
    assert_int_equal(v.role, MEET_HOST);
    assert_memory_equal(v.participant.ptr, "n11", 3);
    assert_int_equal(v.tracks, 1);
    assert_int_equal(v.track[0].track, k);
    assert_true(meet_roster_next(s.meet, 13, &cursor, &v));
    assert_int_equal(v.member, 3);
    assert_int_equal(v.tracks, 0);
    assert_false(meet_roster_next(s.meet, 13, &cursor, &v));
    cursor = 0;
    assert_false(meet_roster_next(s.meet, 99, &cursor, &v));
    story_end(&s);
}

static void words_go_to_the_others_in_the_group_and_not_back(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_join(&s, 13);
    story_forget(&s);
    story_message(&s, 12, "early", 0);
    story_heard(&s, "12 refused state\n");
    story_group_do(&s, 11, MEET_GROUP_RESUME, "g", 0);
    story_group_do(&s, 12, MEET_GROUP_RESUME, "g", 0);
    story_forget(&s);
    story_message(&s, 12, "hello", 0);
    story_heard(&s, "12 ok\n11 group_message g/0 of m3 hello\n");
    story_do(&s, 11, MEET_PING);
    story_heard(&s, "11 ok\n");
    story_end(&s);
}

static void who_leaves_is_gone_at_once_and_the_last_closes_the_room(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_do(&s, 11, MEET_LEAVE);
    story_heard(&s, "11 ok\n11 hang_up\nmedia0 peer_close m2\n12 member_left m2 left\n");
    story_lose(&s, 11); /* its socket closes later: nothing more to say */
    story_heard(&s, "");
    story_do(&s, 12, MEET_LEAVE);
    story_heard(&s, "12 ok\n12 hang_up\nmedia0 peer_close m3\nnobody member_left m3 left\n"
                    "media0 room_close r1\n");
    assert_int_equal(meet_count(s.meet).meetings, 0);
    assert_int_equal(meet_count(s.meet).members, 0);
    story_end(&s);
}

static void meetings_do_not_hear_each_other(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 21, "b", false, 0);
    story_forget(&s);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_message(&s, 11, "x", 0);
    story_heard(&s, "11 ok\nnobody group_state g/0\n11 ok\nnobody group_message g/0 of m2 x\n");
    story_end(&s);
}

static void meetings_are_spread_over_media_processes(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 21, "b", false, 0);
    story_join_as(&s, 22, "b", false, 0);
    story_join_as(&s, 31, "c", false, 0);
    assert_int_equal(meet_media_of(s.meet, 11), 0);
    assert_int_equal(meet_media_of(s.meet, 21), 1);
    assert_int_equal(meet_media_of(s.meet, 22), 1);
    assert_int_equal(meet_media_of(s.meet, 31), 0);
    story_end(&s);
}

static void a_host_removes_a_member(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_join(&s, 13);
    story_forget(&s);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    story_heard(&s,
                "11 ok\n12 ended removed\nmedia0 peer_close m3\n11,13 member_left m3 removed\n");
    story_do(&s, 12, MEET_PING); /* it is outside now */
    story_heard(&s, "12 refused state\n");
    story_end(&s);
}

/* A28: a removed participant is refused under its id, and its token is worth nothing under another.
 */
static void a_removed_member_cannot_resume(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    story_forget(&s);
    story_join_as(&s, 22, "a", false, 12);
    story_heard(&s, "22 refused forbidden\n");
    struct meet_command c = {.type = MEET_JOIN, .session = 23, .number = 1};
    snprintf(c.as.join.meeting, sizeof c.as.join.meeting, "a");
    snprintf((char *)c.as.join.participant, sizeof c.as.join.participant, "other");
    c.as.join.has_resume = true;
    memset(c.as.join.resume, 12, MEET_TOKEN);
    story_tell(&s, &c);
    story_heard(&s, "media0 peer_open m4\n23 welcome m4 participant\n11 member_joined m4 other\n");
    story_end(&s);
}

static void a_participant_id_is_in_a_meeting_once(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    struct meet_command c = {.type = MEET_JOIN, .session = 13, .number = 1};
    snprintf(c.as.join.meeting, sizeof c.as.join.meeting, "a");
    snprintf((char *)c.as.join.participant, sizeof c.as.join.participant, "n12");
    story_tell(&s, &c);
    story_heard(&s, "13 refused conflict\n");
    c.as.join.has_resume = true; /* another's id with one's own token is no better */
    memset(c.as.join.resume, 11, MEET_TOKEN);
    story_tell(&s, &c);
    story_heard(&s, "13 refused conflict\n");
    story_end(&s);
}

static void a_participant_can_neither_remove_nor_end(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_do_to(&s, 12, MEET_REMOVE, 2);
    story_do(&s, 12, MEET_END);
    story_heard(&s, "12 refused forbidden\n12 refused forbidden\n");
    story_end(&s);
}

static void a_host_cannot_remove_itself_or_nobody(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_forget(&s);
    story_do_to(&s, 11, MEET_REMOVE, 2);
    story_do_to(&s, 11, MEET_REMOVE, 77);
    story_heard(&s, "11 refused conflict\n11 refused not_found\n");
    story_end(&s);
}

static void a_host_ends_the_meeting_for_all(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_join(&s, 13);
    story_lose(&s, 13);
    story_forget(&s);
    story_do(&s, 11, MEET_END);
    story_heard(&s, "11 ok\n"
                    "11 ended host\nmedia0 peer_close m2\n"
                    "12 ended host\nmedia0 peer_close m3\n"
                    "media0 peer_close m4\n"
                    "store end a\nmedia0 room_close r1\n");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    story_end(&s);
}

static void an_operator_ends_a_meeting(void **state)
{
    struct story s;
    struct meet_command c = {.type = MEET_SERVER_END};
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_forget(&s);
    c.as.end.meeting[0] = 'a';
    story_tell(&s, &c);
    story_heard(&s, "11 ended server\nmedia0 peer_close m2\nstore end a\nmedia0 room_close r1\n");
    story_tell(&s, &c);
    story_heard(&s, "");
    story_end(&s);
}

static void before_joining_nothing_is_allowed_but_joining(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    for (int t = MEET_TRANSPORT_OPEN; t <= MEET_PING; t++) {
        story_do(&s, 11, (enum meet_command_type)t);
        story_heard(&s, "11 refused state\n");
    }
    story_join(&s, 11);
    story_forget(&s);
    story_join(&s, 11);
    story_heard(&s, "11 refused state\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_opens_the_room_and_the_next_are_told_of_each_other),
        cmocka_unit_test(a_roster_lists_the_others_with_their_tracks),
        cmocka_unit_test(words_go_to_the_others_in_the_group_and_not_back),
        cmocka_unit_test(who_leaves_is_gone_at_once_and_the_last_closes_the_room),
        cmocka_unit_test(meetings_do_not_hear_each_other),
        cmocka_unit_test(meetings_are_spread_over_media_processes),
        cmocka_unit_test(a_host_removes_a_member),
        cmocka_unit_test(a_removed_member_cannot_resume),
        cmocka_unit_test(a_participant_id_is_in_a_meeting_once),
        cmocka_unit_test(a_participant_can_neither_remove_nor_end),
        cmocka_unit_test(a_host_cannot_remove_itself_or_nobody),
        cmocka_unit_test(a_host_ends_the_meeting_for_all),
        cmocka_unit_test(an_operator_ends_a_meeting),
        cmocka_unit_test(before_joining_nothing_is_allowed_but_joining),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
