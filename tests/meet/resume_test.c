/* Story: a connection is lost; within 30 seconds its member comes back, or is counted lost. And a
 * long random script after which nothing has leaked. */
#include "meet/story.h"

static void who_comes_back_in_time_keeps_everything(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    uint32_t t = story_transport(&s, 12, MEET_SEND);
    uint32_t k = story_publish(&s, 12, t, MEET_AUDIO, MEET_MIC);
    story_forget(&s);
    story_lose(&s, 12);
    story_heard(&s, "11 member_away m3 yes\n");
    story_wait(&s, 29 * US_PER_S);
    story_heard(&s, "");
    story_join_as(&s, 22, "a", false, 12);
    story_heard(&s, "22 welcome m3 participant resumed\n11 member_away m3 no\n");
    story_pause(&s, 22, k, true);
    story_heard(&s, "22 ok\nmedia0 track_set k5 paused\n11 track_changed k5 paused\n");
    story_wait(&s, 60 * US_PER_S);
    story_heard(&s, "");
    story_end(&s);
}

static void who_does_not_is_lost(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_lose(&s, 12);
    assert_true(meet_deadline(s.meet) == s.now + MEET_GRACE_US);
    story_forget(&s);
    story_wait(&s, MEET_GRACE_US);
    story_heard(&s, "media0 peer_close m3\n11 member_left m3 lost\n");
    story_join_as(&s, 22, "a", false, 12); /* too late: a new member */
    story_heard(&s, "media0 peer_open m4\n22 welcome m4 participant\n11 member_joined m4 n12\n");
    story_end(&s);
}

static void the_last_one_lost_closes_the_room(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join(&s, 11);
    story_lose(&s, 11);
    story_forget(&s);
    story_wait(&s, MEET_GRACE_US);
    story_heard(&s, "media0 peer_close m2\nnobody member_left m2 lost\nmedia0 room_close r1\n");
    assert_true(meet_deadline(s.meet) == INSTANT_NEVER);
    story_end(&s);
}

static void the_grace_of_several_ends_in_order(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 10);
    story_join(&s, 11);
    story_join(&s, 12);
    story_lose(&s, 12);
    story_wait(&s, US_PER_S);
    story_lose(&s, 11);
    story_forget(&s);
    story_wait(&s, MEET_GRACE_US - US_PER_S);
    story_heard(&s, "media0 peer_close m4\n10 member_left m4 lost\n");
    story_wait(&s, US_PER_S);
    story_heard(&s, "media0 peer_close m3\n10 member_left m3 lost\n");
    story_end(&s);
}

static void who_joins_later_is_told_who_is_away(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_lose(&s, 12);
    story_forget(&s);
    story_join(&s, 13);
    story_heard(&s, "media0 peer_open m4\n13 welcome m4 participant\n13 member_away m3 yes\n"
                    "11 member_joined m4 n13\n");
    story_end(&s);
}

static void a_new_connection_replaces_one_that_seems_alive(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_forget(&s);
    story_join_as(&s, 22, "a", false, 12);
    story_heard(&s, "12 hang_up resumed\n22 welcome m3 participant resumed\n");
    story_lose(&s, 12); /* the old socket's end means nothing now */
    story_heard(&s, "");
    story_do(&s, 12, MEET_PING);
    story_do(&s, 22, MEET_PING);
    story_heard(&s, "12 refused state\n22 ok\n");
    story_end(&s);
}

static void a_token_is_good_in_its_own_meeting_only(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_join_as(&s, 11, "a", false, 0);
    story_join_as(&s, 21, "b", false, 0);
    story_forget(&s);
    story_join_as(&s, 31, "b", false, 11);
    story_heard(&s, "media1 peer_open m5\n31 welcome m5 participant\n21 member_joined m5 n11\n");
    story_end(&s);
}

static void resuming_does_not_change_the_role(void **state)
{
    struct story s;
    (void)state;
    story_begin(&s);
    story_host(&s, 11);
    story_join(&s, 12);
    story_lose(&s, 12);
    story_forget(&s);
    story_join_as(&s, 22, "a", true, 12);
    story_heard(&s, "22 welcome m3 participant resumed\n11 member_away m3 no\n");
    story_end(&s);
}

/* ---- random ---- */

static uint64_t seed_state;

static uint32_t draw(uint32_t below)
{
    seed_state ^= seed_state << 13;
    seed_state ^= seed_state >> 7;
    seed_state ^= seed_state << 17;
    return (uint32_t)(seed_state >> 20) % below;
}

/* Anything at all about a group, right and wrong. */
static void random_group(struct story *s, unsigned session)
{
    static const enum meet_command_type types[] = {
        MEET_GROUP_CREATE, MEET_GROUP_JOIN, MEET_GROUP_RESUME, MEET_GROUP_PART, MEET_GROUP_COMMIT,
        MEET_GROUP_LOG,    MEET_GROUP_JOIN, MEET_GROUP_COMMIT, MEET_GROUP_JOIN};
    struct meet_group_view v = meet_group_of(s->meet, session);
    char id[8] = "g";
    if (v.id.len > 0 && draw(8))
        snprintf(id, sizeof id, "%.*s", (int)v.id.len, (const char *)v.id.ptr);
    uint32_t epoch = v.epoch + (draw(4) ? 0 : draw(3));
    enum meet_command_type type = types[draw(9)];
    struct story_commit q = {id, draw(2) ? "commit" : "other", epoch, {0}, {0}};
    if (type == MEET_GROUP_JOIN) {
        story_group_join(s, session, id);
    } else if (type == MEET_GROUP_COMMIT) {
        struct meet_candidate c;
        uint32_t cursor = 0;
        if (draw(4) && meet_wanted_join_next(s->meet, session, &cursor, &c))
            q.join[0] = c.member;
        story_commit_do(s, session, q);
    } else if (draw(4) == 0 && epoch > 0) {
        q.epoch--;
        story_invalid(s, session, q);
    } else {
        story_group_do(s, session, type, id, epoch);
    }
}

static void random_step(struct story *s)
{
    static const char *const meetings[] = {"a", "b", "w"};
    unsigned session = 1 + draw(12);
    uint32_t id = 1 + draw(200);
    switch (draw(20)) {
    case 0:
    case 1:
        story_join_as(s, session, meetings[draw(3)], draw(3) == 0, draw(3) ? 0 : 1 + draw(12));
        break;
    case 2:
        story_transport(s, session, draw(2) ? MEET_SEND : MEET_RECV);
        break;
    case 3:
        story_publish(s, session, id, draw(2) ? MEET_AUDIO : MEET_VIDEO,
                      (enum meet_source)draw(MEET_SOURCE_COUNT_));
        break;
    case 4:
        story_subscribe(s, session, id, 1 + draw(200));
        break;
    case 5:
        story_lose(s, session);
        break;
    case 6:
        story_wait(s, (duration_us)draw(10) * US_PER_S);
        break;
    case 7:
        story_media_up(s, draw(2));
        break;
    case 8:
        story_media_down(s, draw(2));
        break;
    case 9:
        story_do(s, session, draw(4) ? MEET_PING : draw(2) ? MEET_END : MEET_LEAVE);
        break;
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
        random_group(s, session);
        break;
    default: {
        static const enum meet_command_type types[] = {MEET_TRANSPORT_CONNECT, MEET_TRANSPORT_CLOSE,
                                                       MEET_UNPUBLISH, MEET_UNSUBSCRIBE,
                                                       MEET_REMOVE};
        story_do_to(s, session, types[draw(5)], id);
    }
    }
    story_forget(s);
}

static void nothing_leaks_under_random_scripts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct story s;
        story_begin(&s);
        seed_state = seed * 0x9e3779b97f4a7c15u;
        for (int step = 0; step < 400; step++)
            random_step(&s);
        for (unsigned session = 1; session <= 12; session++)
            story_lose(&s, session);
        story_wait(&s, 2 * MEET_GRACE_US);
        struct meet_counts c = meet_count(s.meet);
        if (c.meetings + c.members + c.transports + c.tracks + c.subscriptions + c.away + c.pages +
                c.departed + c.waiting !=
            0)
            fail_msg("seed %lu leaves %u members", (unsigned long)seed, c.members);
        story_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_back_in_time_keeps_everything),
        cmocka_unit_test(who_does_not_is_lost),
        cmocka_unit_test(the_last_one_lost_closes_the_room),
        cmocka_unit_test(the_grace_of_several_ends_in_order),
        cmocka_unit_test(who_joins_later_is_told_who_is_away),
        cmocka_unit_test(a_new_connection_replaces_one_that_seems_alive),
        cmocka_unit_test(a_token_is_good_in_its_own_meeting_only),
        cmocka_unit_test(resuming_does_not_change_the_role),
        cmocka_unit_test(nothing_leaks_under_random_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
