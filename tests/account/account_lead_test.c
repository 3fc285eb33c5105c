/* Facts about who leads an organisation with a session: owners and administrators do what its keys
 * do, each over those below them, and nobody else does. */
#include "account/desk.h"

static struct rig r;
static uint8_t ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN], eve[ACCOUNT_TOKEN];

static void has_role(const char *name, enum account_role role)
{
    struct account_event e = rig_event(ACCOUNT_ORG_SET, name, NULL);
    e.org = span_str("school");
    e.role = role;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
}

/* ada owns "school", bob administers it, dan is a member; eve owns "club".
 */
static int begin(void **state)
{
    (void)state;
    uint8_t none[ACCOUNT_TOKEN];
    rig_open(&r, true);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", "a long password"), ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", "a long password"), bob);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "dan", "a long password"), none);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "eve", "a long password"), eve);
    static const char *const orgs[][2] = {{"school", "ada"}, {"club", "eve"}};
    for (size_t i = 0; i < 2; i++) {
        struct account_event e = rig_event(ACCOUNT_ORG_CREATE, orgs[i][1], NULL);
        e.org = span_str(orgs[i][0]);
        assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    }
    has_role("bob", ACCOUNT_ADMIN);
    has_role("dan", ACCOUNT_MEMBER);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static enum account_reason act(const uint8_t *token, enum account_command c, const char *org,
                               const char *name)
{
    struct account_event e = rig_with(c, token);
    e.org = span_str(org);
    e.name = name ? span_str(name) : span_of(NULL, 0);
    e.feature = 1;
    e.on = true;
    e.why = span_str("a reason");
    e.label = span_str("class");
    return rig_do(&r, e);
}

static const enum account_command leads[] = {ACCOUNT_API_MEMBERS, ACCOUNT_API_MEMBER_DROP,
                                             ACCOUNT_API_INVITE, ACCOUNT_API_BLOCKS,
                                             ACCOUNT_API_BLOCK};

static void owners_reach_administrators_and_administrators_reach_members(void **state)
{
    (void)state;
    assert_int_equal(act(bob, ACCOUNT_API_BLOCK, "school", "dan"), ACCOUNT_OK);
    assert_int_equal(act(bob, ACCOUNT_API_BLOCK, "school", "ada"), ACCOUNT_FORBIDDEN);
    assert_int_equal(act(bob, ACCOUNT_API_BLOCK, "school", "bob"), ACCOUNT_FORBIDDEN);
    assert_int_equal(act(ada, ACCOUNT_API_BLOCK, "school", "bob"), ACCOUNT_OK);
    assert_int_equal(r.rows->blocks, 2);
    assert_memory_equal(r.rows->block[0].by, r.rows->org[0].id, ACCOUNT_ID);
    assert_int_equal(act(bob, ACCOUNT_API_BLOCKS, "school", "dan"), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    assert_int_equal(act(bob, ACCOUNT_API_MEMBER_DROP, "school", "ada"), ACCOUNT_FORBIDDEN);
    assert_int_equal(act(bob, ACCOUNT_API_MEMBER_DROP, "school", "dan"), ACCOUNT_OK);
    assert_int_equal(act(ada, ACCOUNT_API_MEMBER_DROP, "school", "bob"), ACCOUNT_OK);
    assert_int_equal(act(bob, ACCOUNT_API_MEMBERS, "school", NULL), ACCOUNT_NOT_FOUND);
    assert_int_equal(act(ada, ACCOUNT_API_MEMBERS, "school", NULL), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
}

static void members_and_strangers_do_none_of_it(void **state)
{
    (void)state;
    static const uint8_t none[ACCOUNT_TOKEN];
    has_role("bob", ACCOUNT_MEMBER);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        assert_int_equal(act(bob, leads[i], "school", "dan"), ACCOUNT_FORBIDDEN);
        assert_int_equal(act(eve, leads[i], "school", "dan"), ACCOUNT_NOT_FOUND);
        assert_int_equal(act(eve, leads[i], "no.such", "dan"), ACCOUNT_NOT_FOUND);
        assert_int_equal(act(none, leads[i], "school", "dan"), ACCOUNT_SIGNED_OUT);
        assert_int_equal(act(ada, leads[i], "not a name", "dan"), ACCOUNT_BAD);
    }
    assert_int_equal(r.rows->blocks, 0);
    assert_int_equal(r.rows->grants, 0);
    assert_int_equal(r.rows->members, 4);
}

static void nobody_reaches_into_another_organisation(void **state)
{
    (void)state;
    assert_int_equal(act(eve, ACCOUNT_API_BLOCK, "club", "dan"), ACCOUNT_NOT_FOUND);
    assert_int_equal(act(eve, ACCOUNT_API_MEMBER_DROP, "club", "dan"), ACCOUNT_NOT_FOUND);
    assert_int_equal(act(ada, ACCOUNT_API_BLOCK, "school", "eve"), ACCOUNT_NOT_FOUND);
    assert_int_equal(r.rows->blocks, 0);
}

static void an_invitation_of_an_administrator_is_taken(void **state)
{
    (void)state;
    uint8_t ticket[ACCOUNT_TOKEN];
    assert_int_equal(act(bob, ACCOUNT_API_INVITE, "school", NULL), ACCOUNT_OK);
    memcpy(ticket, r.got.given, sizeof ticket);
    struct account_event e = rig_with(ACCOUNT_ORG_JOIN, eve);
    e.ticket = span_of(ticket, sizeof ticket);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(act(bob, ACCOUNT_API_BLOCK, "school", "eve"), ACCOUNT_OK);
}

static void a_session_is_no_key_and_a_key_no_session(void **state)
{
    (void)state;
    uint8_t key[ACCOUNT_TOKEN];
    struct account_event e = rig_event(ACCOUNT_KEY_MAKE, NULL, NULL);
    e.org = span_str("school");
    e.label = span_str("roster");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    memcpy(key, r.got.given, sizeof key);
    assert_int_equal(act(key, ACCOUNT_API_MEMBERS, "school", NULL), ACCOUNT_SIGNED_OUT);
    assert_int_equal(act(ada, ACCOUNT_API_MEMBERS, "", NULL), ACCOUNT_WRONG);
    assert_int_equal(act(key, ACCOUNT_API_MEMBERS, "", NULL), ACCOUNT_OK);
    assert_int_equal(act(key, ACCOUNT_API_BLOCK, "", "bob"), ACCOUNT_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
        WITH(owners_reach_administrators_and_administrators_reach_members),
        WITH(members_and_strangers_do_none_of_it),
        WITH(nobody_reaches_into_another_organisation),
        WITH(an_invitation_of_an_administrator_is_taken),
        WITH(a_session_is_no_key_and_a_key_no_session),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
