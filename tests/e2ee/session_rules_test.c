/* Facts about the rules that every client enforces: a member whose program has no checks commits
 * what it likes; each honest member refuses with the rule's own name and stays where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "attacks/hall_honest.h"
#include "e2ee/group_inside.h"

static uint8_t commit_bytes[65536], welcome_bytes[65536];
static uint8_t device_secret[SUITE_SIGN_SECRET], device[SUITE_SIGN_PUBLIC];

static void open_with(bool waiting_room)
{
    hall_open(&hall, &(struct hall_terms){.seed = 44, .waiting_room = waiting_room});
    hall_join(&hall, "Ana", true);
    hall_run(&hall, 2000);
    for (int i = BEN; i <= CHI; i++) {
        hall_join(&hall, i == BEN ? "Ben" : "Chi", false);
        hall_run(&hall, 2500);
        struct e2ee_input admit = {.type = E2EE_IN_ADMIT, .flag = true};
        admit.a = span_of(hall.person[i].participant, E2EE_PARTICIPANT);
        if (waiting_room)
            assert_int_equal(hall_tell(&hall, ANA, &admit), ERR_OK);
        assert_true(hall_until(&hall, 5000, hall_all_secure));
    }
    hall_run(&hall, 40000);
    assert_true(hall_all_secure(&hall));
}

static int start(void **state)
{
    (void)state;
    open_with(false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    return 0;
}

/* `who` commits the plan without its checks; the others refuse it with the rule. */
static void refused(int who, const struct group_plan *plan, enum mls_rule rule)
{
    struct group *g = hall.person[who].e->g;
    struct writer c = writer_of(commit_bytes, sizeof commit_bytes);
    struct writer w = writer_of(welcome_bytes, sizeof welcome_bytes);
    g->config.hooks.check = NULL;
    assert_int_equal(group_commit(g, plan, &c, &w), ERR_OK);
    group_drop(g);
    g->config.hooks.check = session_check;
    for (int i = ANA; i <= CHI; i++) {
        struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
        in.member = hall.person[who].member;
        in.a = span_of(hall.group, hall.group_len);
        in.b = writer_span(&c);
        if (i == who)
            continue;
        struct e2ee_status before = hall_status(&hall, i);
        uint32_t count = hall.person[i].refused[rule];
        assert_int_not_equal(hall_tell(&hall, i, &in), ERR_OK);
        if (hall.person[i].refused[rule] != count + 1)
            fail_msg("not refused by: %s", rule_words(rule));
        assert_int_equal(hall_status(&hall, i).epoch, before.epoch);
        assert_string_equal(hall_status(&hall, i).code, before.code);
    }
}

static struct forged stranger(void)
{
    uint8_t seed[32];
    forged_fill(NULL, seed, sizeof seed);
    suite_sign_keys(seed, device_secret, device);
    struct forged f = {.link = hall.link, .name = "Stranger", .device = device};
    f.device_secret = device_secret;
    return f;
}

static void add_is_refused(int who, const char *psk, enum mls_rule rule)
{
    struct forged f = stranger();
    forged_make(&f);
    struct span package = span_of(f.package, f.len), id = span_str(psk ? psk : "");
    struct group_plan plan = {.add = &package, .n_add = 1, .psk = &id, .n_psk = psk ? 1 : 0};
    refused(who, &plan, rule);
    forged_free(&f);
}

static void an_add_needs_the_link(void **state)
{
    (void)state;
    add_is_refused(BEN, NULL, RULE_LINK_PSK);
    add_is_refused(ANA, NULL, RULE_LINK_PSK);
}

static void a_locked_meeting_refuses_any_committers_add(void **state)
{
    (void)state;
    struct e2ee_input lock = {.type = E2EE_IN_POLICY, .flags = E2EE_LOCKED};
    assert_int_equal(hall_tell(&hall, ANA, &lock), ERR_OK);
    hall_run(&hall, 500);
    add_is_refused(BEN, "link", RULE_LOCKED);
}

static void who_is_no_administrator_admits_nobody_from_the_waiting_room(void **state)
{
    (void)state;
    hall_close(&hall);
    open_with(true);
    add_is_refused(BEN, "link", RULE_WAITING_ROOM);
}

static void who_is_no_administrator_removes_nobody_who_is_here(void **state)
{
    (void)state;
    uint32_t leaf = hall_status(&hall, CHI).leaf;
    struct group_plan plan = {.remove = &leaf, .n_remove = 1, .path = true};
    refused(BEN, &plan, RULE_REMOVE);
    leaf = hall_status(&hall, ANA).leaf;
    refused(BEN, &plan, RULE_REMOVE);
}

/* seq: of the policy that Ben commits, signed with the host's key as it could be found in a log. */
static void policy_is_refused(int who, uint64_t seq, bool host_signed, enum mls_rule rule)
{
    uint8_t text[POLICY_MAX], all[POLICY_CONTEXT_MAX], secret[SUITE_SIGN_SECRET], public[32];
    struct writer p = writer_of(text, sizeof text), x = writer_of(all, sizeof all);
    struct policy_terms terms = {.seq = seq, .flags = 0, .max_members = 60};
    link_host_keys(hall.link.meeting, hall.link.host_secret, secret, public);
    if (!host_signed)
        memset(secret, 7, sizeof secret);
    assert_int_equal(policy_write(&terms, hall.link.meeting, secret, &p), ERR_OK);
    policy_context_write(writer_span(&p), &x);
    struct group_plan plan = {.set_extensions = true, .path = true};
    plan.extensions = writer_span(&x);
    refused(who, &plan, rule);
}

static void a_policy_comes_from_an_administrator_signed_and_newer(void **state)
{
    (void)state;
    policy_is_refused(BEN, 9, true, RULE_POLICY_CHANGE);
    policy_is_refused(ANA, 9, false, RULE_POLICY_SIGNATURE);
    policy_is_refused(ANA, 0, true, RULE_POLICY_OLD);
    struct group_plan none = {.set_extensions = true, .path = true};
    refused(ANA, &none, RULE_POLICY_FORM);
}

static void a_leaf_stays_the_person_it_is(void **state)
{
    (void)state;
    struct forged f = stranger();
    struct e2ee *ben = hall.person[BEN].e;
    uint8_t extensions[1024];
    struct writer x = writer_of(extensions, sizeof extensions);
    struct profile_place at =
        session_place(ben, group_id(ben->g), span_of(ben->sign_public, SUITE_SIGN_PUBLIC));
    forged_profile(&f, &at, &x); /* another device certifies Ben's leaf */
    struct group_plan plan = {.set_leaf_extensions = true, .path = true};
    plan.leaf_extensions = writer_span(&x);
    refused(BEN, &plan, RULE_PROFILE_CHANGED);
    plan.leaf_extensions = (struct span){NULL, 0};
    refused(BEN, &plan, RULE_PROFILE_FORM);
}

static void a_full_meeting_takes_nobody(void **state)
{
    (void)state;
    for (int i = ANA; i <= CHI; i++)
        hall.person[i].e->policy.max_members = 3; /* as if the host had said so */
    add_is_refused(BEN, "link", RULE_FULL);
}

static void a_group_made_anew_keeps_the_lock(void **state)
{
    (void)state;
    struct e2ee_input lock = {.type = E2EE_IN_POLICY, .flags = E2EE_LOCKED};
    assert_int_equal(hall_tell(&hall, ANA, &lock), ERR_OK);
    hall_run(&hall, 500);
    hall.group_len = 0; /* the server says that no group runs */
    for (int i = ANA; i <= CHI; i++)
        hall_down(&hall, i, &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE});
    hall_run(&hall, 5000);
    for (int i = ANA; i <= CHI; i++)
        assert_int_equal(hall_status(&hall, i).flags, E2EE_LOCKED);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(an_add_needs_the_link),
        FACT(a_locked_meeting_refuses_any_committers_add),
        FACT(who_is_no_administrator_admits_nobody_from_the_waiting_room),
        FACT(who_is_no_administrator_removes_nobody_who_is_here),
        FACT(a_policy_comes_from_an_administrator_signed_and_newer),
        FACT(a_leaf_stays_the_person_it_is),
        FACT(a_full_meeting_takes_nobody),
        FACT(a_group_made_anew_keeps_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
