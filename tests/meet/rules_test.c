/* Story: what hosts decide, and clients that ask for more than they may: refused with a word, and
 * nothing has changed. */
#include "meet/story.h"

/* Host 11 (m2), guests 12 (m3) and 13 (m4), each with a microphone, 12 with a screen too. */
struct cast {
    uint32_t via[3], mic[3], screen;
};

static void cast_begin(struct story *s, struct cast *c)
{
    story_begin(s);
    for (unsigned i = 0; i < 3; i++)
        story_join_as(s, 11 + i, "a", i == 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        c->via[i] = story_transport(s, 11 + i, MEET_SEND);
        c->mic[i] = story_publish(s, 11 + i, c->via[i], MEET_AUDIO, MEET_MIC);
    }
    c->screen = story_publish(s, 12, c->via[1], MEET_VIDEO, MEET_SCREEN);
    story_forget(s);
}

static void set(struct story *s, unsigned session, enum setting which, uint8_t value)
{
    struct meet_command c = {.type = MEET_SETTINGS_SET, .session = session, .number = 1};
    c.as.settings.named = 1u << which;
    c.as.settings.value[which] = value;
    story_tell(s, &c);
}

static void mute(struct story *s, unsigned session, uint32_t member, bool hold)
{
    struct meet_command c = {.type = MEET_MUTE, .session = session, .number = 1};
    c.as.mute.member = member;
    c.as.mute.source = MEET_MIC;
    c.as.mute.hold = hold;
    story_tell(s, &c);
}

static void release(struct story *s, unsigned session, uint32_t member)
{
    struct meet_command c = {.type = MEET_RELEASE, .session = session, .number = 1};
    c.as.mute.member = member;
    c.as.mute.source = MEET_MIC;
    story_tell(s, &c);
}

static void role(struct story *s, unsigned session, uint32_t member, enum meet_role role)
{
    struct meet_command c = {.type = MEET_ROLE_SET, .session = session, .number = 1};
    c.as.role.member = member;
    c.as.role.role = role;
    story_tell(s, &c);
}

static void block(struct story *s, uint32_t of, enum safe_feature feature, bool on)
{
    struct meet_command c = {.type = MEET_BLOCK};
    snprintf(c.as.block.meeting, sizeof c.as.block.meeting, "a");
    c.as.block.one = of != 0;
    snprintf((char *)c.as.block.participant, LIMIT_PARTICIPANT, "n%u", of);
    c.as.block.feature = feature;
    c.as.block.on = on;
    c.as.block.why = span_str("why");
    story_tell(s, &c);
}

static void record(struct story *s, unsigned session, bool on)
{
    struct meet_command c = {.type = MEET_RECORD, .session = session, .number = 1};
    c.as.record.on = on;
    story_tell(s, &c);
}

/* ---- what a guest asks for ---- */

static void a_guest_gets_none_of_a_host_s_powers(void **state)
{
    static const enum meet_command_type hosts[] = {
        MEET_SETTINGS_SET, MEET_SUSPEND,      MEET_MUTE,     MEET_RELEASE,   MEET_MUTE_ALL,
        MEET_ROLE_SET,     MEET_PASSCODE_SET, MEET_LINK_ADD, MEET_LINK_DROP, MEET_LINKS,
        MEET_LINK_ROTATE,  MEET_REMOVE,       MEET_END};
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    struct safe before = *meet_safe_of(s.meet, "a");
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        story_do(&s, 12, hosts[i]);
        story_heard(&s, "12 refused forbidden\n");
    }
    assert_memory_equal(meet_safe_of(s.meet, "a"), &before, sizeof before);
    assert_int_equal(s.saved, 0);
    story_end(&s);
}

static void a_cohost_runs_the_room_but_hands_out_no_roles_links_or_passcode(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    role(&s, 11, 3, MEET_COHOST);
    story_heard(&s, "11 ok\n11,12,13 role m3 cohost by m2\n");
    mute(&s, 12, 4, false);
    story_heard(&s, "12 ok\n13 muted mic k10 by m3\nmedia0 track_set k10 paused\n"
                    "11,12,13 track_changed k10 paused\n");
    role(&s, 12, 4, MEET_COHOST);
    story_heard(&s, "12 refused forbidden\n");
    story_do(&s, 12, MEET_PASSCODE_SET);
    story_do(&s, 12, MEET_LINKS);
    story_do(&s, 12, MEET_END);
    story_heard(&s, "12 refused forbidden\n12 refused forbidden\n12 refused forbidden\n");
    mute(&s, 12, 2, false);
    story_do_to(&s, 12, MEET_REMOVE, 2);
    story_heard(&s, "12 refused forbidden\n12 refused forbidden\n");
    story_end(&s);
}

/* ---- muting ---- */

static void who_is_muted_is_silent_in_media_and_may_unmute_alone(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    mute(&s, 11, 3, false);
    story_heard(&s, "11 ok\n12 muted mic k8 by m2\nmedia0 track_set k8 paused\n"
                    "11,12,13 track_changed k8 paused\n");
    mute(&s, 11, 3, false); /* is so already */
    story_heard(&s, "11 ok\n");
    story_pause(&s, 11, c.mic[1], false);
    story_heard(&s, "11 refused not_found\n"); /* nobody switches another's on */
    story_pause(&s, 12, c.mic[1], false);
    story_heard(&s, "12 ok\nmedia0 track_set k8 live\n11,13 track_changed k8 live\n");
    story_end(&s);
}

static void who_is_held_stays_silent_until_released_and_then_speaks_by_itself(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    mute(&s, 11, 3, true);
    story_forget(&s);
    story_pause(&s, 12, c.mic[1], false);
    story_heard(&s, "12 refused disallowed hold\n");
    story_do_to(&s, 12, MEET_UNPUBLISH, c.mic[1]); /* and round the corner */
    story_forget(&s);
    story_publish(&s, 12, c.via[1], MEET_AUDIO, MEET_MIC);
    story_heard(&s, "12 refused disallowed hold\n");
    release(&s, 11, 3);
    story_heard(&s, "11 ok\n12 released mic\n"); /* nothing is switched on */
    story_publish(&s, 12, c.via[1], MEET_AUDIO, MEET_MIC);
    assert_int_equal(s.last.type, MEET_EVENT_TRACK_OPENED);
    story_end(&s);
}

static void mute_all_spares_hosts_and_is_one_word_to_each(void **state)
{
    struct story s;
    struct cast c;
    struct meet_command all = {.type = MEET_MUTE_ALL, .session = 11, .number = 1};
    (void)state;
    cast_begin(&s, &c);
    story_tell(&s, &all);
    story_heard(&s, "11 ok\n12 muted mic k8 by m2\nmedia0 track_set k8 paused\n"
                    "13 muted mic k10 by m2\nmedia0 track_set k10 paused\n"
                    "11,12,13 tracks_changed k8 k10 paused\n");
    story_end(&s);
}

static void while_unmuting_is_forbidden_a_microphone_may_only_be_prepared(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    set(&s, 11, SETTING_unmute, WHO_HOSTS);
    story_heard(&s, "11 ok\n11,12,13 settings set by m2 unmute=2\n12 muted mic k8 by m2\n"
                    "media0 track_set k8 paused\n13 muted mic k10 by m2\n"
                    "media0 track_set k10 paused\n11,12,13 tracks_changed k8 k10 paused\n");
    story_pause(&s, 12, c.mic[1], false);
    story_heard(&s, "12 refused disallowed unmute\n");
    story_do_to(&s, 12, MEET_UNPUBLISH, c.mic[1]);
    story_forget(&s);
    story_publish(&s, 12, c.via[1], MEET_AUDIO, MEET_MIC);
    story_heard(&s, "12 refused disallowed unmute\n");
    struct meet_command p = {.type = MEET_PUBLISH, .session = 12, .number = 1};
    p.as.publish.transport = c.via[1];
    p.as.publish.paused = true;
    story_tell(&s, &p);
    assert_int_equal(s.last.type, MEET_EVENT_TRACK_OPENED);
    assert_true(s.last.flag);
    story_end(&s);
}

/* ---- sharing, chat, recording ---- */

static void a_share_that_is_not_allowed_any_more_is_closed(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    set(&s, 11, SETTING_share, WHO_PRESENTERS);
    story_heard(&s, "11 ok\n11,12,13 settings set by m2 share=1\n12 muted screen k11 by m2\n"
                    "media0 track_close k11\n12 track_closed k11\n11,13 track_closed k11\n");
    story_publish(&s, 12, c.via[1], MEET_VIDEO, MEET_SCREEN);
    story_heard(&s, "12 refused disallowed share\n");
    role(&s, 11, 3, MEET_PRESENTER);
    story_forget(&s);
    story_publish(&s, 12, c.via[1], MEET_VIDEO, MEET_SCREEN);
    assert_int_equal(s.last.type, MEET_EVENT_TRACK_OPENED);
    story_end(&s);
}

static void message(struct story *s, unsigned session, enum meet_note note, uint32_t to)
{
    struct meet_command c = story_group_command(session, MEET_GROUP_MESSAGE, "g", 0);
    c.as.group.bytes = span_str("x");
    c.as.group.to = to;
    c.as.group.note = note;
    story_tell(s, &c);
}

/* What 12 hears when it sends each kind of note to all. */
static void each_kind(struct story *s, const char *words[MEET_BEAT + 1])
{
    for (int note = MEET_CHAT; note <= MEET_BEAT; note++) {
        char want[64];
        story_forget(s);
        message(s, 12, (enum meet_note)note, 0);
        snprintf(want, sizeof want, "12 %s\n", words[note]);
        assert_memory_equal(s->heard, want, strlen(want));
    }
    story_forget(s);
}

static void words_pass_by_their_kind_and_beats_always(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    each_kind(&s, (const char *[]){"ok", "ok", "ok", "ok", "ok", "ok"});
    set(&s, 11, SETTING_chat, WHO_HOSTS);
    each_kind(&s, (const char *[]){"refused disallowed chat", "ok", "ok", "ok", "ok", "ok"});
    set(&s, 11, SETTING_files, WHO_HOSTS);
    set(&s, 11, SETTING_reactions, WHO_NOBODY);
    each_kind(&s, (const char *[]){"refused disallowed chat", "refused disallowed reactions", "ok",
                                   "refused disallowed files", "ok", "ok"});
    assert_false(meet_may_share_files(s.meet, 12));
    assert_true(meet_may_share_files(s.meet, 11));
    message(&s, 11, MEET_CHAT, 0);
    assert_non_null(strstr(s.heard, "11 ok\n"));
    story_end(&s);
}

static void where_only_hosts_are_written_to_pupils_do_not_write_to_each_other(void **state)
{
    struct story s;
    (void)state;
    story_group_begin_with(&s, 3);
    set(&s, 11, SETTING_private_chat, WHO_HOSTS);
    story_forget(&s);
    message(&s, 12, MEET_CHAT, 4);
    story_heard(&s, "12 refused disallowed private_chat\n");
    message(&s, 12, MEET_FILE, 4);
    story_heard(&s, "12 refused disallowed private_chat\n");
    message(&s, 12, MEET_CHAT, 2);
    message(&s, 11, MEET_CHAT, 3);
    assert_non_null(strstr(s.heard, "12 ok\n11 group_message"));
    assert_non_null(strstr(s.heard, "11 ok\n12 group_message"));
    story_end(&s);
}

static void recording_is_a_host_s_unless_said_otherwise_and_newcomers_hear_of_it(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    record(&s, 12, true);
    story_heard(&s, "12 refused disallowed record\n");
    set(&s, 11, SETTING_record, WHO_ALL);
    story_forget(&s);
    record(&s, 12, true);
    story_heard(&s, "12 ok\n11,12,13 recording m3 yes\n");
    story_join_as(&s, 14, "a", false, 0);
    assert_non_null(strstr(s.heard, "14 recording m3 yes\n"));
    story_forget(&s);
    set(&s, 11, SETTING_record, WHO_HOSTS);
    assert_non_null(strstr(s.heard, "11,12,13,14 recording m3 no\n"));
    story_end(&s);
}

/* ---- suspend ---- */

static void suspending_stops_all_but_hosts_at_once_and_things_come_back_one_by_one(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    story_do(&s, 11, MEET_SUSPEND);
    story_heard(&s,
                "11 ok\n11,12,13 settings suspend by m2 unmute=2 video=2 share=2 chat=2 "
                "private_chat=2 reactions=2 files=2 locked=1\n12 muted mic k8 by m2\n"
                "media0 track_set k8 paused\n12 muted screen k11 by m2\nmedia0 track_close k11\n"
                "12 track_closed k11\n11,13 track_closed k11\n13 muted mic k10 by m2\n"
                "media0 track_set k10 paused\n11,12,13 tracks_changed k8 k10 paused\n");
    story_join_as(&s, 14, "a", false, 0);
    story_heard(&s, "14 refused locked\n");
    set(&s, 11, SETTING_unmute, WHO_ALL);
    story_heard(&s, "11 ok\n11,12,13 settings set by m2 video=2 share=2 chat=2 private_chat=2 "
                    "reactions=2 files=2 locked=1\n");
    story_pause(&s, 12, c.mic[1], false);
    story_heard(&s, "12 ok\nmedia0 track_set k8 live\n11,13 track_changed k8 live\n");
    story_publish(&s, 12, c.via[1], MEET_VIDEO, MEET_CAMERA);
    story_heard(&s, "12 refused disallowed video\n");
    set(&s, 11, SETTING_locked, 0);
    story_join_as(&s, 14, "a", false, 0);
    assert_non_null(strstr(s.heard, "14 welcome"));
    story_end(&s);
}

/* ---- roles ---- */

static void nobody_promotes_itself_and_the_last_host_stays(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    role(&s, 11, 2, MEET_OWNER);
    story_heard(&s, "11 refused bad role\n");
    role(&s, 11, 2, MEET_HOST);
    story_heard(&s, "11 refused forbidden\n");
    role(&s, 11, 2, MEET_PARTICIPANT);
    story_heard(&s, "11 refused conflict\n");
    role(&s, 11, 3, MEET_HOST);
    role(&s, 11, 2, MEET_COHOST);
    story_heard(&s, "11 ok\n11,12,13 role m3 host by m2\n11 ok\n11,12,13 role m2 cohost by m2\n");
    role(&s, 11, 2, MEET_HOST);
    story_heard(&s, "11 refused forbidden\n");
    role(&s, 11, 3, MEET_PARTICIPANT);
    story_heard(&s, "11 refused forbidden\n");
    role(&s, 12, 4, MEET_VIEWER);
    story_heard(&s, "12 ok\n11,12,13 role m4 viewer by m3\n13 muted mic k10 by m3\n"
                    "media0 track_set k10 paused\n11,12,13 track_changed k10 paused\n");
    story_pause(&s, 13, c.mic[2], false);
    story_heard(&s, "13 refused forbidden\n");
    story_end(&s);
}

/* Every pair of roles, every role given: nobody rises above the giver, no giver below a host. */
static void no_role_is_handed_out_that_the_giver_does_not_have(void **state)
{
    static const enum meet_role all[] = {MEET_VIEWER, MEET_PARTICIPANT, MEET_PRESENTER, MEET_COHOST,
                                         MEET_HOST};
    (void)state;
    for (int giver = 0; giver < 5; giver++)
        for (int taker = 0; taker < 5; taker++)
            for (int given = 0; given < 5; given++) {
                struct story s;
                struct cast c;
                cast_begin(&s, &c);
                role(&s, 11, 3, all[giver]);
                role(&s, 11, 4, all[taker]);
                story_forget(&s);
                role(&s, 12, 4, all[given]);
                bool may = giver == 4 && taker < giver && given <= giver;
                assert_int_equal(strncmp(s.heard, "12 ok", 5) == 0, may);
                story_end(&s);
            }
}

static void a_bot_stays_one(void **state)
{
    struct story s;
    struct cast c;
    struct meet_command j = {.type = MEET_JOIN, .session = 14, .number = 1};
    (void)state;
    cast_begin(&s, &c);
    snprintf(j.as.join.meeting, sizeof j.as.join.meeting, "a");
    snprintf((char *)j.as.join.participant, LIMIT_PARTICIPANT, "n14");
    j.as.join.bot = true;
    story_tell(&s, &j);
    assert_non_null(strstr(s.heard, "14 welcome m12 bot\n"));
    story_forget(&s);
    role(&s, 11, 12, MEET_COHOST);
    story_heard(&s, "11 refused bad role\n");
    record(&s, 14, true);
    story_heard(&s, "14 refused forbidden\n");
    story_end(&s);
}

/* ---- blocks ---- */

static void a_block_is_in_force_at_once_and_says_why(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    block(&s, 12, SAFE_SHARE, true);
    story_heard(&s, "12 blocked share why\n12 muted screen k11 by m0\nmedia0 track_close k11\n"
                    "12 track_closed k11\n11,13 track_closed k11\n");
    story_publish(&s, 12, c.via[1], MEET_VIDEO, MEET_SCREEN);
    story_heard(&s, "12 refused blocked share\n");
    story_publish(&s, 13, c.via[2], MEET_VIDEO, MEET_SCREEN);
    assert_int_equal(s.last.type, MEET_EVENT_TRACK_OPENED);
    story_forget(&s);
    block(&s, 12, SAFE_SHARE, false);
    story_heard(&s, "12 unblocked share why\n");
    story_publish(&s, 12, c.via[1], MEET_VIDEO, MEET_SCREEN);
    assert_int_equal(s.last.type, MEET_EVENT_TRACK_OPENED);
    story_end(&s);
}

static void who_may_not_host_or_join_is_demoted_or_gone(void **state)
{
    struct story s;
    struct cast c;
    (void)state;
    cast_begin(&s, &c);
    block(&s, 11, SAFE_HOST, true);
    assert_non_null(strstr(s.heard, "11,12,13 role m2 participant by m0\n"));
    story_forget(&s);
    story_do(&s, 11, MEET_SUSPEND);
    story_heard(&s, "11 refused forbidden\n");
    block(&s, 12, SAFE_JOIN, true);
    assert_non_null(strstr(s.heard, "12 blocked join why\n12 ended blocked\n"));
    story_forget(&s);
    story_join_as(&s, 22, "a", false, 12);
    story_heard(&s, "22 refused blocked join\n");
    block(&s, 0, SAFE_JOIN, true);
    story_heard(&s, "11,13 blocked join all why\n");
    story_join_as(&s, 31, "a", true, 0);
    story_heard(&s, "31 refused blocked join\n");
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_gets_none_of_a_host_s_powers),
        cmocka_unit_test(a_cohost_runs_the_room_but_hands_out_no_roles_links_or_passcode),
        cmocka_unit_test(who_is_muted_is_silent_in_media_and_may_unmute_alone),
        cmocka_unit_test(who_is_held_stays_silent_until_released_and_then_speaks_by_itself),
        cmocka_unit_test(mute_all_spares_hosts_and_is_one_word_to_each),
        cmocka_unit_test(while_unmuting_is_forbidden_a_microphone_may_only_be_prepared),
        cmocka_unit_test(a_share_that_is_not_allowed_any_more_is_closed),
        cmocka_unit_test(words_pass_by_their_kind_and_beats_always),
        cmocka_unit_test(where_only_hosts_are_written_to_pupils_do_not_write_to_each_other),
        cmocka_unit_test(recording_is_a_host_s_unless_said_otherwise_and_newcomers_hear_of_it),
        cmocka_unit_test(suspending_stops_all_but_hosts_at_once_and_things_come_back_one_by_one),
        cmocka_unit_test(nobody_promotes_itself_and_the_last_host_stays),
        cmocka_unit_test(no_role_is_handed_out_that_the_giver_does_not_have),
        cmocka_unit_test(a_bot_stays_one),
        cmocka_unit_test(a_block_is_in_force_at_once_and_says_why),
        cmocka_unit_test(who_may_not_host_or_join_is_demoted_or_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
