/* Story: a receiver asks for voices instead of microphones and hears who is in each slot; a
 * publisher hears what is wanted of it. */
#include "meet/story.h"

/* 11 sends microphone k5 over t4 and camera k6; 12 has t7 to receive. */
static void begin(struct story *s)
{
    story_begin(s);
    story_host(s, 11);
    story_join(s, 12);
    story_transport(s, 11, MEET_SEND);
    assert_int_equal(story_publish(s, 11, 4, MEET_AUDIO, MEET_MIC), 5);
    assert_int_equal(story_publish(s, 11, 4, MEET_VIDEO, MEET_CAMERA), 6);
    assert_int_equal(story_transport(s, 12, MEET_RECV), 7);
    story_forget(s);
}

static void voices(struct story *s, unsigned session, uint32_t transport, uint32_t slots)
{
    struct meet_command c = {.type = MEET_VOICES_OPEN, .session = session, .number = 1};
    c.as.voices.transport = transport;
    c.as.voices.slots = slots;
    story_tell(s, &c);
}

static void heard(struct story *s, uint32_t media, uint8_t slot, uint32_t track)
{
    struct meet_command c = {.type = MEET_MEDIA_VOICE, .from_media = media};
    c.as.voice.room = 1;
    c.as.voice.slot = slot;
    c.as.voice.track = track;
    story_tell(s, &c);
}

static void wanted(struct story *s, uint32_t media, uint32_t track, uint8_t layers)
{
    struct meet_command c = {.type = MEET_MEDIA_WANTED, .from_media = media};
    c.as.wanted.track = track;
    c.as.wanted.layers = layers;
    story_tell(s, &c);
}

static void slots_are_subscriptions_without_a_track(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    voices(&s, 12, 7, 3);
    story_heard(&s, "media0 subscription_open s8 to voice 1 on t7\n"
                    "media0 subscription_open s9 to voice 2 on t7\n"
                    "media0 subscription_open s10 to voice 3 on t7\n"
                    "12 voices s8..s10\n");
    story_set(&s, 12, 9, true, 0);
    story_heard(&s, "media0 subscription_set s9 paused layer 0\n12 ok\n");
    story_do_to(&s, 12, MEET_UNSUBSCRIBE, 9);
    story_heard(&s, "media0 subscription_close s9\n12 ok\n");
    story_do_to(&s, 12, MEET_TRANSPORT_CLOSE, 7);
    story_forget(&s);
    assert_int_equal(meet_count(s.meet).subscriptions, 0);
    uint32_t again = story_transport(&s, 12, MEET_RECV);
    story_forget(&s);
    voices(&s, 12, again, 1);
    story_heard(&s, "media0 subscription_open s12 to voice 1 on t11\n12 voices s12..s12\n");
    story_end(&s);
}

static void who_is_heard_is_told_to_those_with_slots_only(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    heard(&s, 0, 1, 5);
    story_heard(&s, "nobody voice 1 m2\n");
    voices(&s, 12, 7, 3);
    assert_non_null(strstr(s.heard, "12 voices s8..s10\n12 voice 1 m2\n"));
    story_forget(&s);
    heard(&s, 0, 0, 5);
    story_heard(&s, "12 voice 0 m2\n");
    heard(&s, 0, 0, 5);
    story_heard(&s, "");
    heard(&s, 0, 0, 0);
    story_heard(&s, "12 voice 0 m0\n");
    story_end(&s);
}

static void a_media_process_speaks_for_its_own_meetings_and_tracks_only(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    voices(&s, 12, 7, 3);
    story_forget(&s);
    heard(&s, 1, 0, 5);
    heard(&s, 0, LIMIT_VOICE_SLOTS, 5);
    wanted(&s, 1, 6, 0);
    story_heard(&s, "");
    story_join_as(&s, 21, "b", true, 0);
    story_forget(&s);
    heard(&s, 0, 0, 999); /* a track that is not there is nobody */
    story_heard(&s, "");
    story_end(&s);
}

static void nobody_hears_a_microphone_twice(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    story_subscribe(&s, 12, 7, 5);
    story_forget(&s);
    voices(&s, 12, 7, 3);
    story_heard(&s, "12 refused conflict\n");
    story_do_to(&s, 12, MEET_UNSUBSCRIBE, 8);
    voices(&s, 12, 7, 3);
    story_forget(&s);
    voices(&s, 12, 7, 3);
    story_heard(&s, "12 refused conflict\n");
    struct meet_command c = {.type = MEET_SUBSCRIBE, .session = 12, .number = 1};
    c.as.subscribe.transport = 7;
    c.as.subscribe.track = 5;
    story_tell(&s, &c);
    story_heard(&s, "12 refused conflict\n");
    c.as.subscribe.track = 6;
    story_tell(&s, &c);
    assert_non_null(strstr(s.heard, "12 subscribed"));
    story_end(&s);
}

/* A22 */
static void slots_are_opened_on_one_s_own_transport_to_receive(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    voices(&s, 11, 7, 3);
    story_heard(&s, "11 refused not_found\n");
    voices(&s, 11, 4, 3);
    story_heard(&s, "11 refused bad\n");
    voices(&s, 12, 7, 0);
    story_heard(&s, "12 refused bad\n");
    voices(&s, 12, 7, LIMIT_VOICE_SLOTS + 1);
    story_heard(&s, "12 refused bad\n");
    voices(&s, 12, 7, 1);
    story_forget(&s);
    story_do_to(&s, 11, MEET_UNSUBSCRIBE, 8);
    story_heard(&s, "11 refused not_found\n");
    story_end(&s);
}

static void a_publisher_hears_what_is_wanted_of_its_track(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    wanted(&s, 0, 6, 0);
    story_heard(&s, "11 track_wanted k6 0\n");
    wanted(&s, 0, 6, 3);
    story_heard(&s, "11 track_wanted k6 3\n");
    wanted(&s, 0, 77, 3);
    story_heard(&s, "");
    story_end(&s);
}

static void who_comes_back_hears_what_it_missed(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    voices(&s, 12, 7, 1);
    story_lose(&s, 11);
    story_lose(&s, 12);
    story_forget(&s);
    wanted(&s, 0, 6, 1);
    heard(&s, 0, 0, 5);
    story_forget(&s);
    story_join_as(&s, 13, "a", false, 12);
    assert_non_null(strstr(s.heard, "13 voice 0 m2\n"));
    story_join_as(&s, 14, "a", true, 11);
    assert_non_null(strstr(s.heard, "14 track_wanted k6 1\n"));
    story_end(&s);
}

static void a_tile_s_size_reaches_media(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    story_subscribe(&s, 12, 7, 6);
    story_forget(&s);
    struct meet_command c = {.type = MEET_SUBSCRIPTION_SET, .session = 12, .number = 1};
    c.as.set.subscription = 8;
    c.as.set.layer = 3;
    c.as.set.width = 640;
    c.as.set.height = 360;
    c.as.set.priority = 1;
    story_tell(&s, &c);
    story_heard(&s, "media0 subscription_set s8 live layer 3 in 640x360 priority 1\n12 ok\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(slots_are_subscriptions_without_a_track),
        FACT(who_is_heard_is_told_to_those_with_slots_only),
        FACT(a_media_process_speaks_for_its_own_meetings_and_tracks_only),
        FACT(nobody_hears_a_microphone_twice),
        FACT(slots_are_opened_on_one_s_own_transport_to_receive),
        FACT(a_publisher_hears_what_is_wanted_of_its_track),
        FACT(who_comes_back_hears_what_it_missed),
        FACT(a_tile_s_size_reaches_media),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
