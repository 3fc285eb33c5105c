/* Facts about where a meeting's people go: home first, then further media processes, and what those
 * are told. */
#include "meet/story.h"

enum { AFTER = 2 };

static const struct meet_size spreading = {.meetings = 8,
                                           .members = 16,
                                           .transports = 32,
                                           .tracks = 64,
                                           .subscriptions = 128,
                                           .room_members = 8,
                                           .media = 3,
                                           .spread_after = AFTER,
                                           .pages = 160};

/* Sessions 11 .. 10 + n join meeting "a" and open a transport each. */
static void people(struct story *s, const struct meet_size *size, unsigned n)
{
    story_begin_with(s, size);
    for (unsigned i = 0; i < n; i++)
        story_join(s, 11 + i);
    for (unsigned i = 0; i < n; i++)
        assert_int_not_equal(story_transport(s, 11 + i, MEET_SEND), 0);
}

static uint32_t media_of_last(const struct story *s)
{
    return s->last.media;
}

static void busy(struct story *s, uint32_t media, uint8_t percent)
{
    struct meet_command c = {.type = MEET_MEDIA_BUSY, .from_media = media};
    c.as.media.busy = percent;
    story_tell(s, &c);
}

static void a_meeting_stays_in_one_process_unless_it_is_told_to_spread(void **state)
{
    struct story s;
    struct meet_size never = spreading;
    (void)state;
    never.spread_after = 0;
    people(&s, &never, 6);
    assert_null(strstr(s.heard, "media1"));
    assert_null(strstr(s.heard, "room_spread"));
    story_end(&s);
}

static void the_next_process_learns_of_all_before_anybody_comes(void **state)
{
    struct story s;
    (void)state;
    story_begin_with(&s, &spreading);
    for (unsigned i = 0; i < 3; i++)
        story_join(&s, 11 + i);
    uint32_t t = story_transport(&s, 11, MEET_SEND);
    story_publish(&s, 11, t, MEET_VIDEO, MEET_CAMERA);
    story_transport(&s, 12, MEET_RECV);
    story_forget(&s);
    story_transport(&s, 13, MEET_RECV);
    story_heard(&s, "media1 room_open r1\n"
                    "media0+1 room_spread r1 at 0 over 3 epoch 1\n"
                    "media1 peer_open m2\n"
                    "media1 peer_open m3\n"
                    "media1 peer_open m4\n"
                    "media0>1 mirror_open k6 place 0\n"
                    "media1 transport_open t8\n"
                    "13 transport t8\n");
    story_subscribe(&s, 13, 8, 6);
    story_heard(&s, "media1 subscription_open s9 to k6 on t8\n13 subscribed s9 to k6 of m2\n");
    t = story_transport(&s, 13, MEET_SEND);
    story_heard(&s, "media1 transport_open t10\n13 transport t10\n"); /* both in one process */
    story_publish(&s, 13, t, MEET_AUDIO, MEET_MIC);
    story_heard(&s, "media1 track_open k11 on t10\n"
                    "media1>0 mirror_open k11 place 1\n"
                    "13 published k11\n"
                    "11,12 track_opened k11 of m4\n");
    story_end(&s);
}

static void what_happens_to_a_track_is_told_to_all_its_processes(void **state)
{
    struct story s;
    (void)state;
    people(&s, &spreading, 3);
    uint32_t t = story_transport(&s, 11, MEET_SEND);
    uint32_t k = story_publish(&s, 11, t, MEET_AUDIO, MEET_MIC);
    story_forget(&s);
    struct meet_command c = {.type = MEET_TRACK_PAUSE, .session = 11, .number = 1};
    c.as.pause.track = k;
    c.as.pause.paused = true;
    story_tell(&s, &c);
    assert_non_null(strstr(s.heard, "media0+1 track_set k9 paused\n"));
    story_forget(&s);
    story_do_to(&s, 11, MEET_UNPUBLISH, k);
    assert_non_null(strstr(s.heard, "media0+1 track_close k9\n"));
    k = story_publish(&s, 11, t, MEET_AUDIO, MEET_MIC);
    story_forget(&s);
    story_do_to(&s, 11, MEET_TRANSPORT_CLOSE, t);
    assert_non_null(strstr(s.heard, "media0 transport_close t8\nmedia1 track_close k10\n"));
    story_forget(&s);
    story_do(&s, 11, MEET_LEAVE);
    assert_non_null(strstr(s.heard, "media0+1 peer_close m2\n"));
    story_do(&s, 12, MEET_LEAVE);
    story_forget(&s);
    story_do(&s, 13, MEET_LEAVE);
    assert_non_null(strstr(s.heard, "media0+1 room_close r1\n"));
    story_end(&s);
}

static void people_go_home_first_then_on_then_where_the_fewest_are(void **state)
{
    struct story s;
    static const uint32_t expected[8] = {0, 0, 1, 1, 2, 2, 0, 1};
    (void)state;
    story_begin_with(&s, &spreading);
    for (unsigned i = 0; i < 8; i++)
        story_join(&s, 11 + i);
    for (unsigned i = 0; i < 8; i++) {
        story_transport(&s, 11 + i, MEET_RECV);
        assert_int_equal(media_of_last(&s), expected[i]);
    }
    story_do(&s, 12, MEET_LEAVE);
    story_do(&s, 17, MEET_LEAVE);
    story_join(&s, 21);
    story_transport(&s, 21, MEET_RECV);
    assert_int_equal(media_of_last(&s), 0); /* there is a place at home again */
    story_end(&s);
}

static void a_process_that_is_half_busy_gets_no_more(void **state)
{
    struct story s;
    (void)state;
    story_begin_with(&s, &spreading);
    for (unsigned i = 0; i < 4; i++)
        story_join(&s, 11 + i);
    busy(&s, 0, 50);
    story_transport(&s, 11, MEET_RECV);
    assert_int_equal(media_of_last(&s), 1);
    busy(&s, 0, 49);
    story_transport(&s, 12, MEET_RECV);
    assert_int_equal(media_of_last(&s), 0);
    busy(&s, 0, 90);
    busy(&s, 1, 90);
    story_transport(&s, 13, MEET_RECV);
    assert_int_equal(media_of_last(&s), 2);
    busy(&s, 2, 90); /* all are: it comes in all the same */
    story_transport(&s, 14, MEET_RECV);
    assert_int_equal(s.last.type, MEET_REPLY_TRANSPORT);
    story_end(&s);
}

static void a_process_speaks_for_its_own_people_alone(void **state)
{
    struct story s;
    (void)state;
    people(&s, &spreading, 3); /* t5 and t6 at home, t7 in 1 */
    story_forget(&s);
    struct meet_command c = {.type = MEET_MEDIA_STATE, .from_media = 0};
    c.as.state.transport = 7;
    c.as.state.state = MEET_CLOSED;
    story_tell(&s, &c);
    c.from_media = 2;
    story_tell(&s, &c);
    story_heard(&s, "");
    c.from_media = 1;
    story_tell(&s, &c);
    story_heard(&s, "13 transport_state t7 closed\nmedia1 transport_close t7\n");
    c = (struct meet_command){.type = MEET_MEDIA_VOICE, .from_media = 1};
    c.as.voice.room = 1;
    story_tell(&s, &c); /* voices are told by their home */
    story_heard(&s, "");
    story_end(&s);
}

static void when_one_process_dies_its_meeting_begins_anew_without_it(void **state)
{
    struct story s;
    (void)state;
    people(&s, &spreading, 3);
    story_forget(&s);
    story_media_down(&s, 1);
    story_heard(&s, "media0 room_close r1\n"
                    "media0 room_open r1\n"
                    "media0 peer_open m2\n"
                    "media0 peer_open m3\n"
                    "media0 peer_open m4\n"
                    "11,12,13 media_restarted\n");
    struct meet_counts n = meet_count(s.meet);
    assert_int_equal(n.transports + n.tracks + n.subscriptions, 0);
    story_transport(&s, 11, MEET_RECV);
    story_transport(&s, 12, MEET_RECV);
    story_forget(&s);
    story_transport(&s, 13, MEET_RECV); /* 1 is still away */
    assert_non_null(strstr(s.heard, "media0+2 room_spread r1 at 0 over 5 epoch 2\n"));
    assert_int_equal(media_of_last(&s), 2);
    story_forget(&s);
    story_media_up(&s, 1);
    story_heard(&s, "");
    story_end(&s);
}

static void when_its_home_dies_a_meeting_waits_for_it(void **state)
{
    struct story s;
    (void)state;
    people(&s, &spreading, 3);
    story_forget(&s);
    story_media_down(&s, 0);
    story_heard(&s, "");
    story_media_up(&s, 0);
    story_heard(&s, "media1 room_close r1\n"
                    "media0 room_open r1\n"
                    "media0 peer_open m2\n"
                    "media0 peer_open m3\n"
                    "media0 peer_open m4\n"
                    "11,12,13 media_restarted\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meeting_stays_in_one_process_unless_it_is_told_to_spread),
        cmocka_unit_test(the_next_process_learns_of_all_before_anybody_comes),
        cmocka_unit_test(what_happens_to_a_track_is_told_to_all_its_processes),
        cmocka_unit_test(people_go_home_first_then_on_then_where_the_fewest_are),
        cmocka_unit_test(a_process_that_is_half_busy_gets_no_more),
        cmocka_unit_test(a_process_speaks_for_its_own_people_alone),
        cmocka_unit_test(when_one_process_dies_its_meeting_begins_anew_without_it),
        cmocka_unit_test(when_its_home_dies_a_meeting_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
