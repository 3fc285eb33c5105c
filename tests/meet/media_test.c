/* Story: members open transports, publish and subscribe; nobody can touch what is another's; a
 * media process dies and comes back. */
#include "meet/story.h"

/* 11 sends camera k6 over t5; 12 has t7 to receive. */
static void two_people(struct story *s)
{
    story_begin(s);
    story_host(s, 11);
    story_join(s, 12);
    assert_int_equal(story_transport(s, 11, MEET_SEND), 4);
    assert_int_equal(story_publish(s, 11, 4, MEET_VIDEO, MEET_CAMERA), 5);
    assert_int_equal(story_transport(s, 12, MEET_RECV), 6);
    story_forget(s);
}

static void a_track_finds_its_way(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_transport(&s, 11, MEET_SEND);
    story_heard(&s, "media0 transport_open t4\n11 transport t4\n");
    story_do_to(&s, 11, MEET_TRANSPORT_CONNECT, 4);
    story_heard(&s, "media0 transport_connect t4\n11 ok\n");
    story_publish(&s, 11, 4, MEET_VIDEO, MEET_CAMERA);
    story_heard(&s, "media0 track_open k5 on t4\n11 published k5\n12 track_opened k5 of m2\n");
    story_transport(&s, 12, MEET_RECV);
    story_forget(&s);
    story_subscribe(&s, 12, 6, 5);
    story_heard(&s, "media0 subscription_open s7 to k5 on t6\n12 subscribed s7 to k5 of m2\n");
    story_set(&s, 12, 7, false, 2);
    story_heard(&s, "media0 subscription_set s7 live layer 2\n12 ok\n");
    story_do_to(&s, 12, MEET_TRANSPORT_RESTART, 6);
    story_heard(&s, "media0 transport_restart t6\n12 ice t6\n");
    story_do_to(&s, 12, MEET_UNSUBSCRIBE, 7);
    story_heard(&s, "media0 subscription_close s7\n12 ok\n");
    story_end(&s);
}

static void muting_is_told_to_the_others_once(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_pause(&s, 11, 5, true);
    story_heard(&s, "11 ok\nmedia0 track_set k5 paused\n12 track_changed k5 paused\n");
    story_pause(&s, 11, 5, true);
    story_heard(&s, "11 ok\n");
    story_pause(&s, 11, 5, false);
    story_heard(&s, "11 ok\nmedia0 track_set k5 live\n12 track_changed k5 live\n");
    story_end(&s);
}

static void a_track_takes_its_subscriptions_along(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_subscribe(&s, 12, 6, 5);
    story_forget(&s);
    story_do_to(&s, 11, MEET_UNPUBLISH, 5);
    story_heard(&s,
                "media0 track_close k5\n11 ok\n12 subscription_closed s7\n12 track_closed k5\n");
    assert_int_equal(meet_count(s.meet).subscriptions, 0);
    story_end(&s);
}

static void a_transport_takes_its_tracks_along(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_publish(&s, 11, 4, MEET_AUDIO, MEET_MIC);
    story_forget(&s);
    story_do_to(&s, 11, MEET_TRANSPORT_CLOSE, 4);
    story_heard(&s, "media0 transport_close t4\n11 ok\n12 track_closed k5\n12 track_closed k7\n");
    assert_int_equal(meet_count(s.meet).tracks, 0);
    assert_int_equal(meet_count(s.meet).transports, 1);
    story_end(&s);
}

static void who_leaves_takes_everything_along(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_subscribe(&s, 12, 6, 5);
    story_forget(&s);
    story_do(&s, 12, MEET_LEAVE);
    story_heard(&s, "12 ok\n12 hang_up\nmedia0 peer_close m3\n11 member_left m3 left\n");
    struct meet_counts c = meet_count(s.meet);
    assert_int_equal(c.subscriptions, 0);
    assert_int_equal(c.transports, 1);
    assert_int_equal(c.tracks, 1);
    story_end(&s);
}

/* A22 */
static void nobody_touches_what_is_anothers(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    uint32_t sub = story_subscribe(&s, 12, 6, 5);
    story_join(&s, 13);
    story_forget(&s);
    story_do_to(&s, 13, MEET_TRANSPORT_CONNECT, 4);
    story_do_to(&s, 13, MEET_TRANSPORT_RESTART, 4);
    story_do_to(&s, 13, MEET_TRANSPORT_CLOSE, 4);
    story_publish(&s, 13, 4, MEET_AUDIO, MEET_MIC);
    story_do_to(&s, 13, MEET_UNPUBLISH, 5);
    story_pause(&s, 13, 5, true);
    story_subscribe(&s, 13, 6, 5);
    story_set(&s, 13, sub, false, 0);
    story_do_to(&s, 13, MEET_UNSUBSCRIBE, sub);
    story_heard(&s, "13 refused not_found\n13 refused not_found\n13 refused not_found\n"
                    "13 refused not_found\n13 refused not_found\n13 refused not_found\n"
                    "13 refused not_found\n13 refused not_found\n13 refused not_found\n");
    story_end(&s);
}

static void another_meetings_things_do_not_exist(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_join_as(&s, 21, "b", true, 0);
    uint32_t t = story_transport(&s, 21, MEET_RECV);
    story_forget(&s);
    story_subscribe(&s, 21, t, 5);
    story_do_to(&s, 21, MEET_REMOVE, 3);
    story_heard(&s, "21 refused not_found\n21 refused not_found\n");
    story_end(&s);
}

static void ids_of_other_kinds_do_not_fit(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    for (uint32_t id = 0; id < 20; id++) {
        if (id != 4)
            story_do_to(&s, 11, MEET_TRANSPORT_RESTART, id);
        if (id != 5)
            story_do_to(&s, 11, MEET_UNPUBLISH, id);
        story_do_to(&s, 11, MEET_UNSUBSCRIBE, id);
    }
    for (const char *line = s.heard; *line; line = strchr(line, '\n') + 1)
        assert_memory_equal(line, "11 refused not_found\n", 21);
    story_end(&s);
}

static void a_transport_goes_one_way(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    uint32_t recv = story_transport(&s, 11, MEET_RECV);
    uint32_t send = story_transport(&s, 12, MEET_SEND);
    story_forget(&s);
    story_publish(&s, 11, recv, MEET_AUDIO, MEET_MIC);
    story_subscribe(&s, 12, send, 5);
    story_heard(&s, "11 refused bad\n12 refused bad\n");
    story_end(&s);
}

static void a_source_is_published_once_and_of_its_kind(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_publish(&s, 11, 4, MEET_VIDEO, MEET_CAMERA);
    story_heard(&s, "11 refused conflict\n");
    story_publish(&s, 11, 4, MEET_VIDEO, MEET_MIC);
    story_publish(&s, 11, 4, MEET_AUDIO, MEET_SCREEN);
    story_heard(&s, "11 refused bad\n11 refused bad\n");
    story_publish(&s, 11, 4, MEET_VIDEO, MEET_SCREEN);
    story_publish(&s, 11, 4, MEET_AUDIO, MEET_SCREEN_AUDIO);
    story_publish(&s, 11, 4, MEET_AUDIO, MEET_MIC);
    assert_int_equal(meet_count(s.meet).tracks, 4);
    story_end(&s);
}

static void a_track_is_subscribed_to_once_and_not_by_its_owner(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    uint32_t recv = story_transport(&s, 11, MEET_RECV);
    story_subscribe(&s, 12, 6, 5);
    story_forget(&s);
    story_subscribe(&s, 12, 6, 5);
    story_subscribe(&s, 11, recv, 5);
    story_heard(&s, "12 refused conflict\n11 refused not_found\n");
    story_end(&s);
}

static void a_certificate_is_said_once(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_do_to(&s, 11, MEET_TRANSPORT_CONNECT, 4);
    story_forget(&s);
    story_do_to(&s, 11, MEET_TRANSPORT_CONNECT, 4);
    story_heard(&s, "11 refused state\n");
    story_end(&s);
}

static void transports_of_a_member_are_limited(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    for (int i = 0; i < MEET_PEER_TRANSPORTS; i++)
        assert_int_not_equal(story_transport(&s, 11, MEET_SEND), 0);
    story_forget(&s);
    story_transport(&s, 11, MEET_RECV);
    story_heard(&s, "11 refused limit\n");
    story_end(&s);
}

static void a_full_meeting_takes_nobody(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    for (unsigned i = 0; i < story_size.room_members; i++)
        story_join(&s, 11 + i);
    story_forget(&s);
    story_join(&s, 30);
    story_heard(&s, "30 refused full\n");
    story_lose(&s, 11); /* away is not gone: the place is kept */
    story_forget(&s);
    story_join(&s, 31);
    story_heard(&s, "31 refused full\n");
    story_join_as(&s, 32, "a", false, 11);
    story_heard(&s, "32 welcome m2 participant resumed\n12,13,14 member_away m2 no\n");
    story_end(&s);
}

static void a_full_server_says_busy_and_forgets_nothing(void **state)
{
    struct story s;
    struct meet_size small = story_size;
    (void)state;
    small.members = 2;
    small.meetings = 1;
    small.transports = 1;
    story_begin_with(&s, &small);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 12, "a", false, 0);
    story_forget(&s);
    story_join_as(&s, 13, "a", false, 0);
    story_join_as(&s, 14, "b", false, 0);
    story_heard(&s, "13 refused busy\n14 refused busy\n");
    story_transport(&s, 11, MEET_SEND);
    story_forget(&s);
    story_transport(&s, 12, MEET_SEND);
    story_heard(&s, "12 refused busy\n");
    story_do(&s, 11, MEET_LEAVE);
    story_forget(&s);
    assert_int_not_equal(story_transport(&s, 12, MEET_SEND), 0);
    story_end(&s);
}

static void a_meeting_that_no_member_could_enter_is_not_left_open(void **state)
{
    struct story s;
    struct meet_size small = story_size;
    (void)state;
    small.members = 1;
    story_begin_with(&s, &small);
    story_join_as(&s, 11, "a", false, 0);
    story_forget(&s);
    story_join_as(&s, 12, "b", false, 0);
    story_heard(&s, "media1 room_open r3\nmedia1 room_close r3\n12 refused busy\n");
    story_end(&s);
}

/* ---- media processes ---- */

static void a_restarted_media_process_is_told_who_is_there(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_subscribe(&s, 12, 6, 5);
    story_join_as(&s, 21, "b", false, 0); /* on the other process: hears nothing of it */
    story_forget(&s);
    story_media_down(&s, 0);
    story_heard(&s, "");
    story_transport(&s, 12, MEET_SEND);
    story_heard(&s, "12 refused busy\n");
    story_media_up(&s, 0);
    story_heard(&s, "media0 room_open r1\n"
                    "12 track_closed k5\n"
                    "media0 peer_open m2\n"
                    "media0 peer_open m3\n"
                    "11,12 media_restarted\n");
    struct meet_counts c = meet_count(s.meet);
    assert_int_equal(c.transports + c.tracks + c.subscriptions, 0);
    story_transport(&s, 12, MEET_SEND);
    story_heard(&s, "media0 transport_open t10\n12 transport t10\n");
    story_end(&s);
}

static void who_was_away_during_a_restart_hears_of_it_on_return(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    story_lose(&s, 12);
    story_media_up(&s, 0);
    story_forget(&s);
    story_join_as(&s, 22, "a", false, 12);
    story_heard(&s,
                "22 welcome m3 participant resumed\n11 member_away m3 no\n22 media_restarted\n");
    story_lose(&s, 22);
    story_forget(&s);
    story_join_as(&s, 23, "a", false, 12);
    story_heard(&s, "23 welcome m3 participant resumed\n11 member_away m3 no\n");
    story_end(&s);
}

static void without_media_no_meeting_begins(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_media_down(&s, 0);
    story_media_down(&s, 1);
    story_join(&s, 11);
    story_heard(&s, "11 refused busy\n");
    story_media_up(&s, 1);
    story_join(&s, 11);
    story_heard(&s, "media1 room_open r1\nmedia1 peer_open m2\n11 welcome m2 participant\n"
                    "nobody member_joined m2 n11\n");
    story_media_up(&s, 77);
    story_media_down(&s, 77);
    story_end(&s);
}

static void the_owner_hears_of_its_transport(void **state)
{
    struct story s;
    struct meet_command c = {.type = MEET_MEDIA_STATE};
    (void)state;
    two_people(&s);
    c.as.state.transport = 4;
    story_tell(&s, &c);
    c.as.state.state = MEET_FAILED;
    story_tell(&s, &c);
    story_heard(&s, "11 transport_state t4 connected\n11 transport_state t4 failed\n");
    c.as.state.state = MEET_CLOSED;
    story_tell(&s, &c);
    story_heard(&s,
                "11 transport_state t4 closed\nmedia0 transport_close t4\n12 track_closed k5\n");
    story_tell(&s, &c);
    story_heard(&s, "");
    story_end(&s);
}

static void another_media_process_is_not_believed(void **state)
{
    struct story s;
    struct meet_command c = {.type = MEET_MEDIA_STATE, .from_media = 1};
    (void)state;
    two_people(&s);
    c.as.state.transport = 4;
    c.as.state.state = MEET_CLOSED;
    story_tell(&s, &c);
    c = (struct meet_command){.type = MEET_MEDIA_REFUSED, .from_media = 1};
    c.as.refused.thing = MEET_A_TRACK;
    c.as.refused.id = 5;
    story_tell(&s, &c);
    story_heard(&s, "");
    story_end(&s);
}

static void what_media_refuses_is_gone(void **state)
{
    struct story s;
    struct meet_command c = {.type = MEET_MEDIA_REFUSED};
    (void)state;
    two_people(&s);
    story_subscribe(&s, 12, 6, 5);
    story_forget(&s);
    c.as.refused.thing = MEET_A_SUBSCRIPTION;
    c.as.refused.id = 7;
    story_tell(&s, &c);
    story_heard(&s, "12 subscription_closed s7\n");
    c.as.refused.thing = MEET_A_TRACK;
    c.as.refused.id = 5;
    story_tell(&s, &c);
    story_heard(&s, "11 track_closed k5\n12 track_closed k5\n");
    c.as.refused.thing = MEET_A_TRANSPORT;
    c.as.refused.id = 6;
    story_tell(&s, &c);
    story_heard(&s, "12 transport_state t6 closed\n");
    story_tell(&s, &c);
    story_heard(&s, "");
    story_end(&s);
}

static void a_layer_is_told_to_who_receives_it(void **state)
{
    struct story s;
    struct meet_command c = {.type = MEET_MEDIA_LAYER};
    (void)state;
    two_people(&s);
    story_subscribe(&s, 12, 6, 5);
    story_forget(&s);
    c.as.layer.subscription = 7;
    c.as.layer.layer = 2;
    story_tell(&s, &c);
    c.as.layer.subscription = 8;
    story_tell(&s, &c);
    story_heard(&s, "12 subscription_layer s7 2\n");
    story_end(&s);
}

static void levels(struct story *s, uint32_t count, const struct meet_level *level)
{
    struct meet_command c = {.type = MEET_MEDIA_LEVELS};
    c.as.levels.room = 1;
    c.as.levels.count = count;
    c.as.levels.level = level;
    story_tell(s, &c);
}

static void speakers_are_told_loudest_first_on_change_ten_times_a_second(void **state)
{
    struct story s;
    (void)state;
    two_people(&s);
    uint32_t k1 = story_publish(&s, 11, 4, MEET_AUDIO, MEET_MIC);
    uint32_t k2 = story_publish(&s, 11, 4, MEET_AUDIO, MEET_SCREEN_AUDIO);
    uint32_t t = story_transport(&s, 12, MEET_SEND);
    uint32_t k3 = story_publish(&s, 12, t, MEET_AUDIO, MEET_MIC);
    story_forget(&s);
    const struct meet_level first[] = {{k1, 60}, {k2, 40}, {k3, 20}, {999, 1}};
    levels(&s, 4, first);
    story_heard(&s, "11,12 speakers m3:20 m2:40\n");
    const struct meet_level second[] = {{k1, 10}, {k3, 20}};
    s.now += 90 * US_PER_MS;
    levels(&s, 2, second); /* too soon */
    story_heard(&s, "");
    s.now += 10 * US_PER_MS;
    levels(&s, 2, second);
    story_heard(&s, "11,12 speakers m2:10 m3:20\n");
    s.now += US_PER_S;
    levels(&s, 2, second); /* nothing new */
    story_heard(&s, "");
    story_pause(&s, 11, k1, true);
    story_forget(&s);
    s.now += US_PER_S;
    levels(&s, 2, second); /* who is muted is not heard */
    story_heard(&s, "11,12 speakers m3:20\n");
    s.now += US_PER_S;
    levels(&s, 0, NULL);
    story_heard(&s, "11,12 speakers\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_track_finds_its_way),
        cmocka_unit_test(muting_is_told_to_the_others_once),
        cmocka_unit_test(a_track_takes_its_subscriptions_along),
        cmocka_unit_test(a_transport_takes_its_tracks_along),
        cmocka_unit_test(who_leaves_takes_everything_along),
        cmocka_unit_test(nobody_touches_what_is_anothers),
        cmocka_unit_test(another_meetings_things_do_not_exist),
        cmocka_unit_test(ids_of_other_kinds_do_not_fit),
        cmocka_unit_test(a_transport_goes_one_way),
        cmocka_unit_test(a_source_is_published_once_and_of_its_kind),
        cmocka_unit_test(a_track_is_subscribed_to_once_and_not_by_its_owner),
        cmocka_unit_test(a_certificate_is_said_once),
        cmocka_unit_test(transports_of_a_member_are_limited),
        cmocka_unit_test(a_full_meeting_takes_nobody),
        cmocka_unit_test(a_full_server_says_busy_and_forgets_nothing),
        cmocka_unit_test(a_meeting_that_no_member_could_enter_is_not_left_open),
        cmocka_unit_test(a_restarted_media_process_is_told_who_is_there),
        cmocka_unit_test(who_was_away_during_a_restart_hears_of_it_on_return),
        cmocka_unit_test(without_media_no_meeting_begins),
        cmocka_unit_test(the_owner_hears_of_its_transport),
        cmocka_unit_test(another_media_process_is_not_believed),
        cmocka_unit_test(what_media_refuses_is_gone),
        cmocka_unit_test(a_layer_is_told_to_who_receives_it),
        cmocka_unit_test(speakers_are_told_loudest_first_on_change_ten_times_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
