/* Facts about the policy's list of administrators: the host names a device, which then lets in,
 * locks and makes the group anew, until the host takes it out; and what hostile members try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "attacks/hall_honest.h"
#include "e2ee/group_inside.h"
#include "e2ee/hall_inside.h"

enum { DAN = CHI + 1 };

static uint8_t commit_bytes[65536], welcome_bytes[65536];

static struct e2ee_input about(enum e2ee_input_type type, int who, bool flag)
{
    struct e2ee_input in = {.type = type, .flag = flag, .member = hall.person[who].member};
    in.a = span_of(hall.person[who].participant, E2EE_PARTICIPANT);
    return in;
}

static void name(int by, int who, bool on)
{
    struct e2ee_input in = about(E2EE_IN_ADMIN, who, on);
    assert_int_equal(hall_tell(&hall, by, &in), ERR_OK);
    hall_run(&hall, 1000);
}

static enum err set_flags(int who, uint32_t flags)
{
    struct e2ee_input in = {.type = E2EE_IN_POLICY, .flags = flags};
    return hall_tell(&hall, who, &in);
}

static void open_with(uint64_t seed, bool waiting_room)
{
    hall_open(&hall, &(struct hall_terms){.seed = seed, .waiting_room = waiting_room});
    for (int i = ANA; i <= CHI; i++) {
        hall_join(&hall, "somebody", i == ANA);
        hall_run(&hall, 2500);
        struct e2ee_input admit = about(E2EE_IN_ADMIT, i, true);
        if (waiting_room && i != ANA)
            assert_int_equal(hall_tell(&hall, ANA, &admit), ERR_OK);
        hall_run(&hall, 2500);
    }
    hall_run(&hall, 40000);
    assert_true(hall_all_secure(&hall));
}

static int start(void **state)
{
    (void)state;
    open_with(81, false);
    name(ANA, BEN, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    hall.hooks = (struct hall_hooks){0};
    return 0;
}

static bool person_is(int to, int who, bool admin)
{
    struct e2ee_person p;
    for (uint32_t cursor = 0; e2ee_person_next(hall.person[to].e, &cursor, &p);)
        if (memcmp(p.participant, hall.person[who].participant, E2EE_PARTICIPANT) == 0)
            return p.admin == admin && p.named == admin;
    return false;
}

static void flags_are(uint32_t flags)
{
    for (int i = ANA; i <= CHI; i++)
        assert_int_equal(hall_status(&hall, i).flags, flags);
}

static void whom_the_host_names_is_an_administrator_to_all(void **state)
{
    (void)state;
    assert_true(hall_status(&hall, BEN).admin);
    assert_false(hall_status(&hall, CHI).admin);
    for (int i = ANA; i <= CHI; i++)
        assert_true(person_is(i, BEN, true) && person_is(i, CHI, false));
}

static void the_host_takes_it_back(void **state)
{
    (void)state;
    name(ANA, BEN, false);
    assert_false(hall_status(&hall, BEN).admin);
    for (int i = ANA; i <= CHI; i++)
        assert_true(person_is(i, BEN, false));
    assert_int_equal(set_flags(BEN, E2EE_LOCKED), ERR_FORBIDDEN);
}

static void only_the_hosts_client_names(void **state)
{
    (void)state;
    struct e2ee_input in = about(E2EE_IN_ADMIN, CHI, true);
    assert_int_equal(hall_tell(&hall, BEN, &in), ERR_FORBIDDEN);
    assert_int_equal(hall_tell(&hall, CHI, &in), ERR_FORBIDDEN);
    in = about(E2EE_IN_ADMIN, ANA, true); /* oneself: the link's key stands above the list */
    assert_int_equal(hall_tell(&hall, ANA, &in), ERR_AUTH);
    in.a = span_str("nobody at all 16");
    assert_int_equal(hall_tell(&hall, ANA, &in), ERR_AUTH);
}

static void who_is_named_locks_and_unlocks_and_the_host_after_that(void **state)
{
    (void)state;
    assert_int_equal(set_flags(BEN, E2EE_LOCKED), ERR_OK);
    hall_run(&hall, 1000);
    flags_are(E2EE_LOCKED);
    assert_int_equal(set_flags(BEN, E2EE_WAITING_ROOM), ERR_OK);
    hall_run(&hall, 1000);
    flags_are(E2EE_WAITING_ROOM);
    assert_int_equal(set_flags(ANA, 0), ERR_OK);
    hall_run(&hall, 1000);
    flags_are(0);
    assert_true(hall_status(&hall, BEN).admin);
    assert_int_equal(set_flags(BEN, E2EE_LOCKED), ERR_OK);
    hall_run(&hall, 1000);
    flags_are(E2EE_LOCKED);
    assert_true(hall_all_secure(&hall));
}

static void who_is_named_and_the_host_change_flags_at_once_and_both_get_their_way(void **state)
{
    (void)state;
    assert_int_equal(set_flags(ANA, E2EE_LOCKED), ERR_OK);
    assert_int_equal(set_flags(BEN, E2EE_WAITING_ROOM), ERR_OK);
    hall_run(&hall, 5000);
    flags_are(E2EE_LOCKED | E2EE_WAITING_ROOM);
}

static void who_is_named_lets_in_from_the_waiting_room(void **state)
{
    (void)state;
    end(NULL);
    open_with(82, true);
    name(ANA, BEN, true);
    hall.person[BEN].host = true; /* to the server, which asks hosts first */
    hall.person[ANA].host = false;
    int dan = hall_join(&hall, "Dan", false);
    hall_run(&hall, 3000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_STARTING);
    struct e2ee_input admit = about(E2EE_IN_ADMIT, dan, true);
    assert_int_not_equal(hall_tell(&hall, CHI, &admit), ERR_OK);
    assert_int_equal(hall_tell(&hall, BEN, &admit), ERR_OK);
    hall_run(&hall, 3000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_SECURE);
    assert_true(person_is(dan, BEN, true)); /* a newcomer reads it from the group alone */
}

static void the_host_comes_back_behind_a_lock_that_an_administrator_set(void **state)
{
    (void)state;
    hall_leave(&hall, ANA);
    hall_run(&hall, 3000);
    assert_int_equal(set_flags(BEN, E2EE_LOCKED | E2EE_WAITING_ROOM), ERR_OK);
    hall.person[BEN].host = true;
    hall_run(&hall, 1000);
    int again = hall_join(&hall, "Ana", true);
    int dan = hall_join(&hall, "Dan", false);
    hall_run(&hall, 6000);
    assert_int_equal(hall_status(&hall, again).phase, E2EE_SECURE);
    assert_int_equal(hall_status(&hall, again).flags, E2EE_LOCKED | E2EE_WAITING_ROOM);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_STARTING);
}

static void a_newcomer_takes_a_policy_that_an_administrator_turned(void **state)
{
    (void)state;
    assert_int_equal(set_flags(BEN, E2EE_WAITING_ROOM), ERR_OK);
    hall_run(&hall, 1000);
    int dan = hall_join(&hall, "Dan", false);
    hall_run(&hall, 2000);
    struct e2ee_input admit = about(E2EE_IN_ADMIT, dan, true);
    assert_int_equal(hall_tell(&hall, ANA, &admit), ERR_OK);
    hall_run(&hall, 2000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_SECURE);
    assert_int_equal(hall_status(&hall, dan).flags, E2EE_WAITING_ROOM);
}

static void a_device_stays_named_when_its_page_is_loaded_again(void **state)
{
    (void)state;
    hall_leave(&hall, BEN);
    hall_run(&hall, 3000);
    int again = hall_join_device(&hall, "Ben", BEN);
    hall_run(&hall, 5000);
    assert_true(hall_status(&hall, again).admin);
    assert_int_equal(set_flags(again, E2EE_LOCKED), ERR_OK);
    hall_run(&hall, 1000);
    assert_int_equal(hall_status(&hall, ANA).flags, E2EE_LOCKED);
}

static void who_is_removed_by_the_host_is_named_no_more(void **state)
{
    (void)state;
    struct e2ee_input remove = about(E2EE_IN_REMOVE, BEN, false);
    assert_int_equal(hall_tell(&hall, ANA, &remove), ERR_OK);
    hall_leave(&hall, BEN);
    hall_run(&hall, 8000);
    int again = hall_join_device(&hall, "Ben", BEN);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, again).phase, E2EE_SECURE);
    assert_false(hall_status(&hall, again).admin);
}

static void who_is_named_makes_a_locked_group_anew(void **state)
{
    (void)state;
    assert_int_equal(set_flags(BEN, E2EE_LOCKED), ERR_OK);
    hall_run(&hall, 1000);
    hall_disconnect(&hall, ANA);
    hall.group_len = 0;
    for (int i = BEN; i <= CHI; i++)
        hall_down(&hall, i, &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE});
    hall_run(&hall, 5000);
    assert_int_not_equal(hall.group_len, 0);
    for (int i = BEN; i <= CHI; i++) {
        assert_int_equal(hall_status(&hall, i).flags, E2EE_LOCKED);
        assert_true(person_is(i, BEN, true));
    }
}

/* ---- hostile ---- */

/* `who` commits this policy without its checks; Chi refuses it with the rule. */
static void refused(int who, struct span policy, enum mls_rule rule)
{
    uint8_t all[POLICY_CONTEXT_MAX];
    struct group *g = hall.person[who].e->g;
    struct writer c = writer_of(commit_bytes, sizeof commit_bytes), x = writer_of(all, sizeof all);
    struct writer w = writer_of(welcome_bytes, sizeof welcome_bytes);
    policy_context_write(policy, &x);
    struct group_plan plan = {.set_extensions = true, .path = true, .extensions = writer_span(&x)};
    g->config.hooks.check = NULL;
    assert_int_equal(group_commit(g, &plan, &c, &w), ERR_OK);
    group_drop(g);
    g->config.hooks.check = session_check;
    struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
    in.member = hall.person[who].member;
    in.a = span_of(hall.group, hall.group_len);
    in.b = writer_span(&c);
    uint32_t before = hall.person[CHI].refused[rule], flags = hall_status(&hall, CHI).flags;
    assert_int_not_equal(hall_tell(&hall, CHI, &in), ERR_OK);
    if (hall.person[CHI].refused[rule] != before + 1)
        fail_msg("not refused by: %s", rule_words(rule));
    assert_int_equal(hall_status(&hall, CHI).flags, flags);
}

static struct policy_turn turn_of(int who, const struct policy *of)
{
    struct e2ee *e = hall.person[who].e;
    struct policy_turn t = {.of = of, .flags = E2EE_LOCKED, .leaf_secret_key = e->sign_secret};
    t.by = (struct policy_turner){.device = span_of(e->self.device, SUITE_SIGN_PUBLIC),
                                  .group_id = group_id(e->g),
                                  .leaf_key = span_of(e->sign_public, SUITE_SIGN_PUBLIC),
                                  .device_signature = span_of(e->device_signature, SUITE_SIGNATURE),
                                  .expires_s = e->self.expires_s};
    return t;
}

static struct span turn_bytes(const struct policy_turn *t, uint8_t *out)
{
    struct writer w = writer_of(out, POLICY_MAX);
    assert_int_equal(policy_turn_write(t, hall.link.meeting, &w), ERR_OK);
    return writer_span(&w);
}

static void who_is_not_named_turns_nothing(void **state)
{
    (void)state;
    uint8_t text[POLICY_MAX];
    const struct policy *now = &hall.person[CHI].e->policy;
    struct policy_turn t = turn_of(DAN, now), by_ben = turn_of(BEN, now);
    refused(DAN, turn_bytes(&by_ben, text),
            RULE_POLICY_CHANGE);                               /* who commits is no administrator */
    refused(BEN, turn_bytes(&t, text), RULE_POLICY_SIGNATURE); /* nor is who signed it */
    t.by.device = by_ben.by.device;                            /* in another's name */
    refused(BEN, turn_bytes(&t, text), RULE_POLICY_SIGNATURE);
    t.by.device_signature = by_ben.by.device_signature;
    refused(BEN, turn_bytes(&t, text), RULE_POLICY_SIGNATURE);
}

/* The policy that named Ben is kept, and turned again after the host has signed another. */
static void who_was_named_once_cannot_go_back_to_that_policy(void **state)
{
    (void)state;
    uint8_t old_raw[POLICY_MAX], text[POLICY_MAX];
    struct policy old;
    struct span raw = hall.person[BEN].e->policy.raw;
    memcpy(old_raw, raw.ptr, raw.len);
    assert_int_equal(policy_parse(span_of(old_raw, raw.len), &old), RULE_NONE);
    name(ANA, BEN, false);
    struct policy_turn t = turn_of(BEN, &old);
    old.turn = UINT64_MAX - 1; /* however often it was turned */
    refused(BEN, turn_bytes(&t, text), RULE_POLICY_CHANGE);
    refused(ANA, turn_bytes(&t, text), RULE_POLICY_OLD);
}

static void a_turn_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    uint8_t raw[POLICY_MAX];
    struct policy p;
    const struct policy *now = &hall.person[CHI].e->policy;
    struct policy_turn t = turn_of(BEN, now);
    struct span whole = turn_bytes(&t, raw);
    const uint8_t *host = hall.person[CHI].e->host_public;
    assert_int_equal(policy_parse(whole, &p), RULE_NONE);
    assert_int_equal(policy_verify(&p, hall.link.meeting, host), RULE_NONE);
    assert_true(policy_newer(&p, now) && !policy_newer(now, &p));
    for (size_t i = 0; i < whole.len; i++) {
        raw[i] ^= 1;
        assert_true(policy_parse(whole, &p) != RULE_NONE ||
                    policy_verify(&p, hall.link.meeting, host) != RULE_NONE);
        raw[i] ^= 1;
    }
    for (size_t n = 0; n < whole.len; n++)
        assert_int_equal(policy_parse(span_of(raw, n), &p), RULE_POLICY_FORM);
}

static int start_four(void **state)
{
    start(state);
    hall_join(&hall, "Dan", false);
    hall_run(&hall, 5000);
    return hall_all_secure(&hall) ? 0 : -1;
}

/* ---- a personal link that was used twice ---- */

static bool held_back(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    (void)to;
    if (in->type == E2EE_IN_WANTED_JOIN)
        in->flag = true;
    return true;
}

static void whom_the_server_holds_back_waits_for_a_click_without_a_waiting_room(void **state)
{
    (void)state;
    struct e2ee_person p;
    uint32_t cursor = 0;
    hall.hooks.down = held_back;
    int dan = hall_join(&hall, "Dan", false);
    hall_run(&hall, 6000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_STARTING);
    assert_int_equal(hall_status(&hall, ANA).count, 3);
    assert_true(e2ee_waiting_next(hall.person[ANA].e, &cursor, &p));
    struct e2ee_input admit = about(E2EE_IN_ADMIT, dan, true);
    assert_int_equal(hall_tell(&hall, ANA, &admit), ERR_OK);
    hall_run(&hall, 3000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_SECURE);
}

static void whose_device_is_inside_comes_back_without_a_click(void **state)
{
    (void)state;
    hall.hooks.down = held_back;
    hall_leave(&hall, CHI);
    int again = hall_join_device(&hall, "Chi", CHI);
    hall_run(&hall, 6000);
    assert_int_equal(hall_status(&hall, again).count, 3);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)
#define FACT_OF_FOUR(f) cmocka_unit_test_setup_teardown(f, start_four, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(whom_the_host_names_is_an_administrator_to_all),
        FACT(the_host_takes_it_back),
        FACT(only_the_hosts_client_names),
        FACT(who_is_named_locks_and_unlocks_and_the_host_after_that),
        FACT(who_is_named_and_the_host_change_flags_at_once_and_both_get_their_way),
        FACT(who_is_named_lets_in_from_the_waiting_room),
        FACT(the_host_comes_back_behind_a_lock_that_an_administrator_set),
        FACT(a_newcomer_takes_a_policy_that_an_administrator_turned),
        FACT(a_device_stays_named_when_its_page_is_loaded_again),
        FACT(who_is_removed_by_the_host_is_named_no_more),
        FACT(who_is_named_makes_a_locked_group_anew),
        FACT_OF_FOUR(who_is_not_named_turns_nothing),
        FACT(who_was_named_once_cannot_go_back_to_that_policy),
        FACT(a_turn_with_any_byte_changed_is_refused),
        FACT(whom_the_server_holds_back_waits_for_a_click_without_a_waiting_room),
        FACT(whose_device_is_inside_comes_back_without_a_click),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
