/* Story: a page that is loaded anew proves by the token of its membership before that it is the
 * same person: a role given by hand and a hold come back, and who was removed stays out. */
#include "meet/story.h"

/* 11 (m2) is the host; 12 (m3) a guest, whose token's hash is twelves. */
static void begin(struct story *s)
{
    story_begin(s);
    story_host(s, 11);
    story_join(s, 12);
}

static void role(struct story *s, uint32_t member, enum meet_role to)
{
    struct meet_command c = {.type = MEET_ROLE_SET, .session = 11, .number = 1};
    c.as.role.member = member;
    c.as.role.role = to;
    story_tell(s, &c);
}

/* A page that knows the token of session `was`, and has a participant id of its own. */
static void load_anew(struct story *s, unsigned session, unsigned was)
{
    struct meet_command c = {.type = MEET_JOIN, .session = session, .number = 1};
    struct meet_join *j = &c.as.join;
    snprintf(j->meeting, sizeof j->meeting, "a");
    snprintf((char *)j->participant, sizeof j->participant, "n%u", session);
    j->has_again = true;
    memset(j->again, (int)was, MEET_TOKEN);
    memset(j->fresh, (int)session, MEET_TOKEN);
    story_forget(s);
    story_tell(s, &c);
}

static void a_role_comes_back_with_a_page_that_is_loaded_anew(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    role(&s, 3, MEET_COHOST);
    story_lose(&s, 12);
    load_anew(&s, 22, 12);
    story_heard(&s, "media0 peer_open m4\n22 welcome m4 cohost\n22 member_away m3 yes\n"
                    "11 member_joined m4 n22\n");
    story_end(&s);
}

static void after_the_grace_or_a_leave_it_waits_ten_minutes(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    role(&s, 3, MEET_PRESENTER);
    story_lose(&s, 12);
    story_wait(&s, MEET_GRACE_US);
    load_anew(&s, 22, 12);
    assert_non_null(strstr(s.heard, "22 welcome m4 presenter\n"));
    story_do(&s, 22, MEET_LEAVE);
    story_wait(&s, MEET_KEPT_US - 1);
    load_anew(&s, 23, 22);
    assert_non_null(strstr(s.heard, "23 welcome m5 presenter\n"));
    story_do(&s, 23, MEET_LEAVE);
    story_wait(&s, MEET_KEPT_US);
    load_anew(&s, 24, 23);
    assert_non_null(strstr(s.heard, "24 welcome m6 participant\n"));
    story_end(&s);
}

static void a_token_is_worth_it_once_and_hangs_up_the_page_before(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    role(&s, 3, MEET_COHOST);
    load_anew(&s, 22, 12);
    assert_non_null(strstr(s.heard, "22 welcome m4 cohost\n"));
    assert_non_null(strstr(s.heard, "12 hang_up resumed\n"));
    load_anew(&s, 23, 12);
    assert_non_null(strstr(s.heard, "23 welcome m5 participant\n"));
    story_wait(&s, MEET_GRACE_US); /* so many places has this meeting */
    load_anew(&s, 24, 22);         /* the newest one is what counts */
    assert_non_null(strstr(s.heard, "24 welcome m6 cohost\n"));
    story_end(&s);
}

static void a_token_of_nobody_is_worth_nothing(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    load_anew(&s, 22, 99);
    assert_non_null(strstr(s.heard, "22 welcome m4 participant\n"));
    load_anew(&s, 23, 11); /* the host's rights come from the link alone */
    assert_non_null(strstr(s.heard, "23 welcome m5 participant\n"));
    story_end(&s);
}

static void a_cohost_comes_back_into_a_locked_meeting_and_a_guest_does_not(void **state)
{
    struct story s;
    struct meet_command lock = {.type = MEET_SETTINGS_SET, .session = 11, .number = 1};
    (void)state;
    begin(&s);
    story_join(&s, 13);
    role(&s, 3, MEET_COHOST);
    lock.as.settings.named = 1u << SETTING_locked;
    lock.as.settings.value[SETTING_locked] = 1;
    story_tell(&s, &lock);
    story_lose(&s, 12);
    story_lose(&s, 13);
    load_anew(&s, 22, 12);
    assert_non_null(strstr(s.heard, "22 welcome m5 cohost\n"));
    load_anew(&s, 23, 13);
    story_heard(&s, "23 refused locked\n");
    story_end(&s);
}

static void a_hold_is_not_shaken_off_by_loading_the_page_anew(void **state)
{
    struct story s;
    struct meet_command hold = {.type = MEET_MUTE, .session = 11, .number = 1};
    (void)state;
    begin(&s);
    hold.as.mute.member = 3;
    hold.as.mute.source = MEET_MIC;
    hold.as.mute.hold = true;
    story_tell(&s, &hold);
    story_lose(&s, 12);
    load_anew(&s, 22, 12);
    uint32_t via = story_transport(&s, 22, MEET_SEND);
    story_forget(&s);
    story_publish(&s, 22, via, MEET_AUDIO, MEET_MIC);
    story_heard(&s, "22 refused disallowed hold\n");
    story_end(&s);
}

static void who_was_removed_stays_out_under_another_participant_id(void **state)
{
    struct story s;
    (void)state;
    begin(&s);
    role(&s, 3, MEET_PRESENTER);
    story_do_to(&s, 11, MEET_REMOVE, 3);
    load_anew(&s, 22, 12);
    story_heard(&s, "22 refused forbidden\n");
    story_join(&s, 23); /* who shows no token is a stranger */
    assert_non_null(strstr(s.heard, "23 welcome m4 participant\n"));
    story_end(&s);
}

static void a_blocked_host_does_not_come_back_as_one(void **state)
{
    struct story s;
    struct meet_command block = {.type = MEET_BLOCK};
    (void)state;
    begin(&s);
    role(&s, 3, MEET_COHOST);
    snprintf(block.as.block.meeting, sizeof block.as.block.meeting, "a");
    block.as.block.one = block.as.block.on = true;
    snprintf((char *)block.as.block.participant, LIMIT_PARTICIPANT, "n22");
    block.as.block.feature = SAFE_HOST;
    block.as.block.why = span_str("why");
    story_tell(&s, &block);
    story_lose(&s, 12);
    load_anew(&s, 22, 12);
    assert_non_null(strstr(s.heard, "22 welcome m4 participant\n"));
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_comes_back_with_a_page_that_is_loaded_anew),
        cmocka_unit_test(after_the_grace_or_a_leave_it_waits_ten_minutes),
        cmocka_unit_test(a_token_is_worth_it_once_and_hangs_up_the_page_before),
        cmocka_unit_test(a_token_of_nobody_is_worth_nothing),
        cmocka_unit_test(a_cohost_comes_back_into_a_locked_meeting_and_a_guest_does_not),
        cmocka_unit_test(a_hold_is_not_shaken_off_by_loading_the_page_anew),
        cmocka_unit_test(who_was_removed_stays_out_under_another_participant_id),
        cmocka_unit_test(a_blocked_host_does_not_come_back_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
