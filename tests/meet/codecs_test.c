/* Story: publishers hear which codecs all who are inside decode; a track in another cannot be
 * subscribed to, until its publisher puts one in its place. */
#include "meet/story.h"

enum { X = 1, Y = 2, Z = 4 };

static void come(struct story *s, unsigned session, uint8_t decodes)
{
    s->decodes = decodes;
    story_join(s, session);
}

static uint32_t publish(struct story *s, unsigned session, uint8_t needs, uint32_t replaces)
{
    struct meet_command c = {.type = MEET_PUBLISH, .session = session, .number = 1};
    c.as.publish.transport = 4;
    c.as.publish.kind = MEET_VIDEO;
    c.as.publish.source = MEET_SCREEN;
    c.as.publish.needs = needs;
    c.as.publish.replaces = replaces;
    story_tell(s, &c);
    return s->last.type == MEET_EVENT_TRACK_OPENED ? s->last.track : 0;
}

static void who_comes_hears_what_all_have(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X | Y | Z);
    assert_non_null(strstr(s.heard, "11 welcome m2 participant\n11 codecs 7\n"));
    story_forget(&s);
    come(&s, 12, X | Y | Z);
    story_heard(&s, "media0 peer_open m3\n12 welcome m3 participant\n12 codecs 7\n"
                    "11 member_joined m3 n12\n");
    story_end(&s);
}

static void those_without_any_are_told_nothing(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, 0);
    come(&s, 12, X);
    come(&s, 13, X | Y);
    assert_null(strstr(s.heard, "codecs"));
    story_end(&s);
}

static void what_one_lacks_is_told_to_all_at_once(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X | Y);
    come(&s, 12, X | Y | Z);
    story_forget(&s);
    come(&s, 13, Y | Z);
    story_heard(&s, "media0 peer_open m4\n13 welcome m4 participant\n11,12,13 codecs 2\n"
                    "11,12 member_joined m4 n13\n");
    story_end(&s);
}

static void what_all_have_again_is_told_after_a_while(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X);
    come(&s, 12, X);
    come(&s, 13, 0);
    story_do(&s, 13, MEET_LEAVE);
    story_forget(&s);
    story_wait(&s, MEET_CODECS_US - 1);
    story_heard(&s, "");
    story_wait(&s, 1);
    story_heard(&s, "11,12 codecs 1\n");
    story_wait(&s, 100 * US_PER_S);
    story_heard(&s, "");
    story_end(&s);
}

static void who_came_meanwhile_counts(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X | Y);
    come(&s, 12, 0);
    story_do(&s, 12, MEET_LEAVE);
    come(&s, 13, X);
    story_forget(&s);
    story_wait(&s, MEET_CODECS_US);
    story_heard(&s, "11,13 codecs 1\n");
    story_end(&s);
}

/* Each time it takes longer, up to a minute: publishers are not made to change all the time. */
static void coming_and_going_in_a_loop_ends_in_the_common_codec(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X);
    for (unsigned i = 1; i <= MEET_CODECS_TURNS + 3; i++) {
        unsigned turns = i < MEET_CODECS_TURNS ? i : MEET_CODECS_TURNS;
        come(&s, 100 + i, 0);
        story_do(&s, 100 + i, MEET_LEAVE);
        story_forget(&s);
        story_wait(&s, turns * MEET_CODECS_US - 1);
        story_heard(&s, "");
        story_wait(&s, 1);
        story_heard(&s, "11 codecs 1\n");
    }
    story_end(&s);
}

static void one_who_waits_does_not_count_until_let_in(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    s.decodes = X;
    story_join_as(&s, 11, "w", true, 0);
    story_group_do(&s, 11, MEET_GROUP_CREATE, "g", 0);
    s.decodes = 0;
    story_join_as(&s, 12, "w", false, 0);
    assert_null(strstr(s.heard, "codecs 0"));
    story_group_join(&s, 12, "g");
    story_forget(&s);
    story_commit_do(&s, 11, (struct story_commit){"g", "add", 0, {3}, {0}});
    assert_non_null(strstr(s.heard, "12 admitted\n11,12 codecs 0\n"));
    story_end(&s);
}

static void one_who_waits_changes_nothing_for_those_who_come(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    s.decodes = X;
    story_join_as(&s, 11, "w", true, 0);
    s.decodes = 0;
    story_join_as(&s, 12, "w", false, 0);
    story_forget(&s);
    s.decodes = X;
    story_join_as(&s, 13, "w", true, 0);
    assert_non_null(strstr(s.heard, "13 codecs 1\n"));
    assert_null(strstr(s.heard, "codecs 0"));
    story_end(&s);
}

static void one_who_waits_and_goes_takes_nothing_along(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    s.decodes = X;
    story_join_as(&s, 11, "w", true, 0);
    story_join_as(&s, 12, "w", false, 0);
    story_do(&s, 12, MEET_LEAVE);
    story_forget(&s);
    story_wait(&s, 2 * MEET_CODECS_US);
    story_heard(&s, "");
    story_end(&s);
}

static void who_is_away_still_counts_and_is_told_when_back(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X);
    come(&s, 12, X);
    story_lose(&s, 12);
    come(&s, 13, 0);
    story_forget(&s);
    s.decodes = X;
    story_join_as(&s, 22, "a", false, 12);
    assert_non_null(strstr(s.heard, "22 codecs 0\n"));
    story_end(&s);
}

static void a_program_that_comes_back_with_less_is_heard(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    come(&s, 11, X | Y);
    come(&s, 12, X | Y);
    story_lose(&s, 12);
    story_forget(&s);
    s.decodes = Y;
    story_join_as(&s, 22, "a", false, 12);
    assert_non_null(strstr(s.heard, "11,22 codecs 2\n"));
    story_end(&s);
}

/* 11 sends a screen that needs X over t4; 12, who does not have it, has t6 to receive. */
static void begin(struct story *s)
{
    story_begin(s);
    come(s, 11, X);
    come(s, 12, 0);
    assert_int_equal(story_transport(s, 11, MEET_SEND), 4);
    assert_int_equal(publish(s, 11, X, 0), 5);
    assert_int_equal(story_transport(s, 12, MEET_RECV), 6);
    story_forget(s);
}

static void a_track_that_one_cannot_decode_is_refused(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    story_subscribe(&s, 12, 6, 5);
    story_heard(&s, "12 refused unsupported\n");
    come(&s, 13, X | Y);
    uint32_t via = story_transport(&s, 13, MEET_RECV);
    story_forget(&s);
    assert_int_equal(story_subscribe(&s, 13, via, 5), 9);
    story_end(&s);
}

static void another_takes_its_place_before_it_goes(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    assert_int_equal(publish(&s, 11, 0, 5), 7);
    story_heard(&s, "media0 track_open k7 on t4\n11 published k7\n12 track_opened k7 of m2\n");
    story_subscribe(&s, 12, 6, 7);
    story_do_to(&s, 11, MEET_UNPUBLISH, 5);
    story_heard(&s, "media0 subscription_open s8 to k7 on t6\n12 subscribed s8 to k7 of m2\n"
                    "media0 track_close k5\n11 ok\n12 track_closed k5\n");
    assert_int_equal(publish(&s, 11, X, 7), 9);
    story_end(&s);
}

static void only_an_own_track_of_the_source_is_replaced_and_once(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    uint32_t camera = story_publish(&s, 11, 4, MEET_VIDEO, MEET_CAMERA);
    uint32_t sound = story_publish(&s, 11, 4, MEET_AUDIO, MEET_SCREEN_AUDIO);
    uint32_t other = story_transport(&s, 12, MEET_SEND);
    uint32_t others = story_publish(&s, 12, other, MEET_VIDEO, MEET_SCREEN);
    story_forget(&s);
    publish(&s, 11, 0, camera);
    publish(&s, 11, 0, others);
    publish(&s, 11, 0, 99);
    story_heard(&s, "11 refused not_found\n11 refused not_found\n11 refused not_found\n");
    struct meet_command c = {.type = MEET_PUBLISH, .session = 11, .number = 1};
    c.as.publish.transport = 4;
    c.as.publish.kind = MEET_AUDIO;
    c.as.publish.source = MEET_SCREEN_AUDIO;
    c.as.publish.replaces = sound;
    story_tell(&s, &c);
    story_heard(&s, "11 refused bad\n");
    uint32_t second = publish(&s, 11, 0, 5);
    story_forget(&s);
    publish(&s, 11, 0, 5);
    publish(&s, 11, 0, second);
    publish(&s, 11, 0, 0);
    story_heard(&s, "11 refused conflict\n11 refused conflict\n11 refused conflict\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(who_comes_hears_what_all_have),
        FACT(those_without_any_are_told_nothing),
        FACT(what_one_lacks_is_told_to_all_at_once),
        FACT(what_all_have_again_is_told_after_a_while),
        FACT(who_came_meanwhile_counts),
        FACT(coming_and_going_in_a_loop_ends_in_the_common_codec),
        FACT(one_who_waits_does_not_count_until_let_in),
        FACT(one_who_waits_changes_nothing_for_those_who_come),
        FACT(one_who_waits_and_goes_takes_nothing_along),
        FACT(who_is_away_still_counts_and_is_told_when_back),
        FACT(a_program_that_comes_back_with_less_is_heard),
        FACT(a_track_that_one_cannot_decode_is_refused),
        FACT(another_takes_its_place_before_it_goes),
        FACT(only_an_own_track_of_the_source_is_replaced_and_once),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
