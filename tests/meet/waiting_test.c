/* Story: a meeting with a waiting room. Who waits gets nothing (attack A27) until a host's commit
 * names it. */
#include "meet/story.h"

/* Host 11 (m2) with its group; 12 (m3) waits. */
static void waiting_begin(struct story *s)
{
    story_begin(s);
    story_join_as(s, 11, "w", true, 0);
    story_group_do(s, 11, MEET_GROUP_CREATE, "g", 0);
    story_join_as(s, 12, "w", false, 0);
}

static void who_waits_is_unknown_and_hears_nothing(void **state)
{
    struct story s;
    struct meet_member_view v;
    uint32_t cursor = 0;
    (void)state;
    story_begin(&s);
    story_join_as(&s, 11, "w", true, 0);
    story_heard(&s, "media0 room_open r1\nmedia0 peer_open m2\n11 welcome m2 host\n"
                    "nobody member_joined m2 n11\n");
    story_join_as(&s, 12, "w", false, 0);
    story_heard(&s, "12 welcome m3 participant waiting\n");
    assert_false(meet_roster_next(s.meet, 12, &cursor, &v));
    cursor = 0;
    assert_false(meet_roster_next(s.meet, 11, &cursor, &v));
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    story_heard(&s, "11 ok\n12 group_state g/0\n");
    uint32_t t = story_transport(&s, 11, MEET_SEND);
    story_publish(&s, 11, t, MEET_AUDIO, MEET_MIC);
    story_join_as(&s, 13, "w", true, 0);
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "c", 0, {0}, {0}});
    story_message(&s, 11, "word", 0);
    story_lose(&s, 13);
    story_heard(&s,
                "11 ok\n11 group_commit g/0 of m2 c\n11 ok\nnobody group_message g/0 of m2 word\n"
                "11 member_away m6 yes\n");
    story_end(&s);
}

static void who_waits_may_ask_in_leave_and_ping_and_nothing_else(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_forget(&s);
    for (int t = MEET_TRANSPORT_OPEN; t <= MEET_PING; t++) {
        if (t == MEET_GROUP_JOIN || t == MEET_LEAVE || t == MEET_PING)
            continue;
        story_do(&s, 12, (enum meet_command_type)t);
        story_heard(&s, "12 refused forbidden\n");
    }
    story_do(&s, 12, MEET_PING);
    story_heard(&s, "12 ok\n");
    story_do(&s, 12, MEET_LEAVE);
    story_heard(&s, "12 ok\n12 hang_up\n");
    story_end(&s);
}

static void hosts_alone_hear_who_waits_and_a_host_s_commit_admits(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_forget(&s);
    story_group_join(&s, 12, "g");
    story_wait(&s, MEET_BATCH_US);
    story_heard(&s, "12 ok\n11 group_wanted g/0 add m3?\n");
    story_wait(&s, 60 * US_PER_S); /* nobody is hurried: the host decides */
    story_heard(&s, "");
    story_commit_do(&s, 11, (struct story_commit){"g", "in", 0, {3}, {0}});
    story_wait(&s, MEET_BATCH_US);
    story_heard(&s, "11 ok\n11 group_commit g/0 of m2 in\nmedia0 peer_open m3\n12 admitted\n"
                    "11 member_joined m3 n12\n12 group_welcome g/1 hi\n11 group_wanted g/1\n");
    story_message(&s, 12, "thanks", 0);
    story_heard(&s, "12 ok\n11 group_message g/0 of m3 thanks\n");
    story_end(&s);
}

static void a_participant_can_let_nobody_in(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_group_join(&s, 12, "g");
    story_commit_do(&s, 11, (struct story_commit){"g", "in", 0, {3}, {0}});
    story_join_as(&s, 13, "w", false, 0);
    story_group_join(&s, 13, "g");
    story_forget(&s);
    story_commit_do(&s, 12, (struct story_commit){"g", "in", 1, {4}, {0}});
    story_heard(&s, "12 refused forbidden\n");
    story_wait(&s, MEET_BATCH_US);
    story_heard(&s, "11 group_wanted g/1 add m4?\n");
    story_end(&s);
}

static void only_a_host_begins_the_group(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_group_join(&s, 12, "g");
    story_commit_do(&s, 11, (struct story_commit){"g", "in", 0, {3}, {0}});
    story_join_as(&s, 21, "w", true, 0); /* the host on another device, then gone from this one */
    story_do(&s, 11, MEET_LEAVE);
    story_group_join(&s, 21, "g");
    story_forget(&s);
    story_wait(&s, 3 * (MEET_ROUND_US + MEET_JITTER_US));
    /* The clients' rules let no participant add a new device: a group that keeps a host out goes.
     */
    story_heard(&s, "12 group_wanted g/1 add m4 remove n11\n"
                    "12 group_wanted g/1 add m4 remove n11\n12,21 group_state none\n");
    story_group_do(&s, 12, MEET_GROUP_CREATE, "h", 0);
    story_heard(&s, "12 refused forbidden\n");
    story_group_do(&s, 21, MEET_GROUP_CREATE, "h", 0);
    story_heard(&s, "21 ok\n12 group_state h/0\n");
    story_end(&s);
}

static void a_host_who_reloads_the_page_is_let_in_by_those_inside(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_group_join(&s, 12, "g");
    story_commit_do(&s, 11, (struct story_commit){"g", "in", 0, {3}, {0}});
    story_wait(&s, MEET_BATCH_US + 1);
    story_lose(&s, 11);
    story_join_as(&s, 21, "w", true, 0); /* a page that knows nothing of the first */
    story_forget(&s);
    story_group_join(&s, 21, "g");
    story_heard(&s, "21 ok\n12 group_wanted g/1 add m4\n");
    story_commit_do(&s, 12, (struct story_commit){"g", "back", 1, {4}, {"n11"}});
    story_heard(&s, "12 ok\n12 group_commit g/1 of m3 back\n21 group_welcome g/2 hi\n");
    story_end(&s);
}

/* 12 (m3) and 13 (m4) are inside, 13 as a co-host; the host's page is gone. */
static void cohost_begin(struct story *s)
{
    struct meet_command give = {.type = MEET_ROLE_SET, .session = 11, .number = 1};
    waiting_begin(s);
    story_join_as(s, 13, "w", false, 0);
    story_group_join(s, 12, "g");
    story_group_join(s, 13, "g");
    story_commit_do(s, 11, (struct story_commit){"g", "in", 0, {3, 4}, {0}});
    give.as.role.member = 4;
    give.as.role.role = MEET_COHOST;
    story_tell(s, &give);
    story_wait(s, 2 * MEET_BATCH_US);
    story_lose(s, 11);
}

static void a_cohost_is_asked_before_others_once_no_host_is_there(void **state)
{
    struct story s;
    (void)state;
    cohost_begin(&s);
    story_join_as(&s, 21, "w", true, 0);
    story_forget(&s);
    story_group_join(&s, 21, "g");
    story_heard(&s, "21 ok\n13 group_wanted g/1 add m5\n");
    /* The co-host can add a host: the group is not given up for keeping one out. */
    story_wait(&s, 3 * (MEET_ROUND_US + MEET_JITTER_US));
    assert_null(strstr(s.heard, "group_state none"));
    story_end(&s);
}

static void a_cohost_begins_the_group_anew(void **state)
{
    struct story s;
    (void)state;
    cohost_begin(&s);
    story_group_join(&s, 12, "g"); /* both have lost it */
    story_group_join(&s, 13, "g");
    story_wait(&s, 4 * (MEET_ROUND_US + MEET_JITTER_US));
    assert_non_null(strstr(s.heard, "group_state none"));
    story_forget(&s);
    story_group_do(&s, 12, MEET_GROUP_CREATE, "h", 0);
    story_heard(&s, "12 refused forbidden\n");
    story_group_do(&s, 13, MEET_GROUP_CREATE, "h", 0);
    story_heard(&s, "13 ok\n12 group_state h/0\n");
    story_end(&s);
}

static void the_waiting_room_is_shown_at_most_once_a_second(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_join_as(&s, 13, "w", false, 0);
    story_join_as(&s, 14, "w", false, 0);
    story_group_join(&s, 12, "g");
    story_wait(&s, 0);
    story_forget(&s);
    story_group_join(&s, 13, "g");
    story_group_join(&s, 14, "g");
    story_lose(&s, 12);
    story_wait(&s, MEET_BATCH_US - 1);
    story_heard(&s, "13 ok\n14 ok\n");
    story_wait(&s, 1);
    story_heard(&s, "11 group_wanted g/0 add m4? m5?\n");
    story_end(&s);
}

static void
a_participant_who_is_asked_to_remove_someone_hears_nothing_of_those_who_wait(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    for (unsigned i = 12; i <= 13; i++) {
        if (i == 13)
            story_join_as(&s, i, "w", false, 0);
        story_group_join(&s, i, "g");
        story_commit_do(&s, 11, (struct story_commit){"g", "in", i - 12, {i - 9}, {0}});
    }
    story_join_as(&s, 14, "w", false, 0);
    story_group_join(&s, 14, "g");
    story_lose(&s, 11);
    story_do(&s, 13, MEET_LEAVE);
    assert_non_null(strstr(s.heard, "12 group_wanted g/2 remove n13\n"));
    story_end(&s);
}

static void only_so_many_wait(void **state)
{
    struct story s;
    struct meet_size size = {.meetings = 2,
                             .members = LIMIT_ROOM_PEERS,
                             .transports = 4,
                             .tracks = 4,
                             .subscriptions = 4,
                             .room_members = LIMIT_ROOM_PEERS,
                             .media = 1,
                             .pages = 2 * LIMIT_ROOM_PEERS};
    (void)state;
    story_begin_with(&s, &size);
    story_join_as(&s, 1, "w", true, 0);
    for (unsigned i = 0; i < LIMIT_ROOM_WAITING; i++) {
        story_forget(&s);
        story_join_as(&s, 1000 + i, "w", false, 0);
        assert_int_equal(s.last.type, MEET_REPLY_WELCOME);
    }
    story_forget(&s);
    story_join_as(&s, 2, "w", false, 0);
    story_heard(&s, "2 refused full\n");
    story_join_as(&s, 3, "w", true, 0); /* hosts do not wait */
    assert_int_equal(meet_count(s.meet).waiting, LIMIT_ROOM_WAITING);
    assert_int_equal(meet_count(s.meet).members, LIMIT_ROOM_WAITING + 2);
    story_end(&s);
}

static void a_host_may_send_someone_away_from_the_waiting_room(void **state)
{
    struct story s;
    (void)state;
    waiting_begin(&s);
    story_group_join(&s, 12, "g");
    story_wait(&s, MEET_BATCH_US);
    story_forget(&s);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    story_heard(&s, "11 ok\n12 ended removed\n");
    story_wait(&s, MEET_BATCH_US);
    story_heard(&s, "11 group_wanted g/0\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_is_unknown_and_hears_nothing),
        cmocka_unit_test(who_waits_may_ask_in_leave_and_ping_and_nothing_else),
        cmocka_unit_test(hosts_alone_hear_who_waits_and_a_host_s_commit_admits),
        cmocka_unit_test(a_participant_can_let_nobody_in),
        cmocka_unit_test(only_a_host_begins_the_group),
        cmocka_unit_test(a_host_who_reloads_the_page_is_let_in_by_those_inside),
        cmocka_unit_test(a_cohost_is_asked_before_others_once_no_host_is_there),
        cmocka_unit_test(a_cohost_begins_the_group_anew),
        cmocka_unit_test(the_waiting_room_is_shown_at_most_once_a_second),
        cmocka_unit_test(
            a_participant_who_is_asked_to_remove_someone_hears_nothing_of_those_who_wait),
        cmocka_unit_test(only_so_many_wait),
        cmocka_unit_test(a_host_may_send_someone_away_from_the_waiting_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
