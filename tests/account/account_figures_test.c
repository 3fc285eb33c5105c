/* Facts about who is shown an organisation's figures, and of which days. */
#include "account/desk.h"

#include "account/usage.h"

#define DAY_S 86400

static struct rig r;
static uint8_t ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN], key[ACCOUNT_TOKEN];
static int64_t today;

static void has_role(const char *name, enum account_role role)
{
    struct account_event e = rig_event(ACCOUNT_ORG_SET, name, NULL);
    e.org = span_str("school");
    e.role = role;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
}

/* A hundred days with figures, today the last. */
static int begin(void **state)
{
    (void)state;
    rig_open(&r, true);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", "a long password"), ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", "a long password"), bob);
    struct account_event e = rig_event(ACCOUNT_ORG_CREATE, "ada", NULL);
    e.org = span_str("school");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    e = rig_event(ACCOUNT_KEY_MAKE, NULL, NULL);
    e.org = span_str("school");
    e.label = span_str("figures");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    memcpy(key, r.got.given, sizeof key);
    memcpy(r.rows->usage.org, r.rows->org[0].id, ACCOUNT_ID);
    today = r.now.unix_s / DAY_S * DAY_S;
    for (uint8_t i = 0; i < ACCOUNT_USAGE_DAYS; i++)
        r.rows->usage.day[r.rows->usage.count++] = (struct account_usage_day){
            .day_s = today - (ACCOUNT_USAGE_DAYS - 1 - i) * (int64_t)DAY_S, .people = 5u + i};
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static enum account_reason usage(const uint8_t *token, const char *org, int64_t until_s)
{
    struct account_event e = rig_with(ACCOUNT_API_USAGE, token);
    e.org = span_str(org);
    e.from = (uint32_t)until_s;
    return rig_do(&r, e);
}

static void owners_and_administrators_see_them_and_members_do_not(void **state)
{
    (void)state;
    static const uint8_t none[ACCOUNT_TOKEN];
    assert_int_equal(usage(ada, "school", 0), ACCOUNT_OK);
    assert_int_equal(usage(bob, "school", 0), ACCOUNT_NOT_FOUND);
    assert_int_equal(usage(bob, "no.such", 0), ACCOUNT_NOT_FOUND);
    has_role("bob", ACCOUNT_MEMBER);
    assert_int_equal(usage(bob, "school", 0), ACCOUNT_FORBIDDEN);
    assert_int_equal(r.asks[ASK_USAGE_LIST], 1);
    has_role("bob", ACCOUNT_ADMIN);
    assert_int_equal(usage(bob, "school", 0), ACCOUNT_OK);
    assert_int_equal(usage(none, "school", 0), ACCOUNT_SIGNED_OUT);
    assert_int_equal(usage(ada, "no name", 0), ACCOUNT_BAD);
    assert_int_equal(usage(ada, "", 0), ACCOUNT_WRONG); /* a session is no key */
}

static void today_is_not_over_and_not_shown(void **state)
{
    (void)state;
    assert_int_equal(usage(ada, "school", 0), ACCOUNT_OK);
    const struct account_usage *u = &r.got.reply->as.usage[0];
    assert_int_equal(u->until_s, today);
    assert_int_equal(u->from_s, today - USAGE_SHOWN * (int64_t)DAY_S);
    assert_int_equal(u->count, ACCOUNT_USAGE_DAYS - 1);
    assert_int_equal(u->day[u->count - 1].day_s, today - DAY_S);
    assert_int_equal(usage(ada, "school", today + 10 * DAY_S), ACCOUNT_OK);
    assert_int_equal(r.got.reply->as.usage[0].until_s, today);
    rig_pass(&r, DAY_S);
    assert_int_equal(usage(ada, "school", 0), ACCOUNT_OK);
    assert_int_equal(r.got.reply->as.usage[0].count, ACCOUNT_USAGE_DAYS);
}

static void earlier_days_are_asked_for_by_their_end(void **state)
{
    (void)state;
    assert_int_equal(usage(ada, "school", today - 7 * DAY_S + 3600), ACCOUNT_OK);
    const struct account_usage *u = &r.got.reply->as.usage[0];
    assert_int_equal(u->until_s, today - 7 * DAY_S);
    assert_int_equal(u->day[u->count - 1].day_s, today - 8 * DAY_S);
    assert_int_equal(usage(ada, "school", 1), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 0);
}

static void a_program_with_a_key_sees_its_own(void **state)
{
    (void)state;
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_API_USAGE, key)), ACCOUNT_OK);
    assert_int_equal(r.got.reply->as.usage[0].count, ACCOUNT_USAGE_DAYS - 1);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_API_USAGE, ada)), ACCOUNT_WRONG);
    assert_int_equal(usage(key, "school", 0), ACCOUNT_SIGNED_OUT);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
        WITH(owners_and_administrators_see_them_and_members_do_not),
        WITH(today_is_not_over_and_not_shown),
        WITH(earlier_days_are_asked_for_by_their_end),
        WITH(a_program_with_a_key_sees_its_own),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
