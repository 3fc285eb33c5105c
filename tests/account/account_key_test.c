/* Facts about keys of organisations: whose a key is, whom it reaches, and that nobody becomes a
 * member but by their own doing. */
#include "account/desk.h"

static struct rig r;
static uint8_t key[ACCOUNT_TOKEN], ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN], ticket[ACCOUNT_TOKEN];

#define GOOD "a long password"

static struct account_event of_org(enum account_command c, const char *org, const char *name)
{
    struct account_event e = rig_event(c, name, NULL);
    e.org = span_str(org);
    return e;
}

static enum account_reason with_key(enum account_command c, const char *name)
{
    struct account_event e = rig_event(c, name, NULL);
    e.token = span_of(key, sizeof key);
    return rig_do(&r, e);
}

static enum account_reason block(const char *name, bool on)
{
    struct account_event e = rig_event(ACCOUNT_API_BLOCK, name, NULL);
    e.token = span_of(key, sizeof key);
    e.feature = 1;
    e.on = on;
    e.why = span_str("a reason");
    return rig_do(&r, e);
}

static void make_key(const char *org, uint8_t out[ACCOUNT_TOKEN])
{
    struct account_event e = of_org(ACCOUNT_KEY_MAKE, org, NULL);
    e.label = span_str("roster");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    memcpy(out, r.got.given, ACCOUNT_TOKEN);
}

static enum account_reason join(const uint8_t token[ACCOUNT_TOKEN])
{
    struct account_event e = rig_with(ACCOUNT_ORG_JOIN, token);
    e.ticket = span_of(ticket, sizeof ticket);
    return rig_do(&r, e);
}

static void invite(void)
{
    assert_int_equal(with_key(ACCOUNT_API_INVITE, NULL), ACCOUNT_OK);
    memcpy(ticket, r.got.given, sizeof ticket);
}

/* ada owns "school"; bob and eve have accounts. */
static int begin(void **state)
{
    (void)state;
    rig_open(&r, true);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", GOOD), ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", GOOD), bob);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_UP, "eve", GOOD)), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, of_org(ACCOUNT_ORG_CREATE, "school", "ada")), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, of_org(ACCOUNT_ORG_CREATE, "club", "eve")), ACCOUNT_OK);
    make_key("school", key);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static void a_key_is_of_one_organisation_and_says_so(void **state)
{
    (void)state;
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_OK);
    assert_string_equal(r.got.found.name, "school");
    assert_string_equal(r.got.grant.label, "roster");
    assert_int_equal(with_key(ACCOUNT_API_MEMBERS, NULL), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    assert_string_equal(r.got.reply->as.member[0].name, "ada");
}

static void the_rows_hold_no_key(void **state)
{
    (void)state;
    const uint8_t *rows = (const uint8_t *)r.rows;
    for (size_t i = 0; i + sizeof key <= sizeof *r.rows; i++)
        assert_true(rows[i] != key[0] || memcmp(rows + i, key, sizeof key) != 0);
}

static void what_is_no_key_is_nobody(void **state)
{
    (void)state;
    uint8_t good[ACCOUNT_TOKEN];
    memcpy(good, key, sizeof good);
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] ^= 1;
        assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_WRONG);
        key[i] ^= 1;
    }
    memcpy(key, ada, sizeof key); /* a person's session is no key, */
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_WRONG);
    memcpy(key, good, sizeof key);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_WHO, key)),
                     ACCOUNT_SIGNED_OUT); /* nor a key one */
    invite();
    memcpy(key, ticket, sizeof key); /* nor an invitation */
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_WRONG);
    struct account_event none = {.command = ACCOUNT_API_SELF};
    assert_int_equal(rig_do(&r, none), ACCOUNT_WRONG);
}

static void a_revoked_key_is_refused_at_once(void **state)
{
    (void)state;
    struct account_event e = of_org(ACCOUNT_KEY_DROP, "school", NULL);
    uint8_t hash[ACCOUNT_HASH];
    crypt_sha256(hash, span_of(key, sizeof key));
    e.id = span_of(hash, ACCOUNT_GRANT_ID);
    e.org = span_str("club");
    assert_int_equal(rig_do(&r, e), ACCOUNT_NOT_FOUND);
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_OK);
    e.org = span_str("school");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_WRONG);
    assert_int_equal(rig_do(&r, e), ACCOUNT_NOT_FOUND);
}

static void who_takes_an_invitation_is_a_member_and_may_leave(void **state)
{
    (void)state;
    invite();
    assert_int_equal(join(bob), ACCOUNT_OK);
    assert_string_equal(r.got.found.name, "school");
    assert_int_equal(join(bob), ACCOUNT_EXPIRED);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_ORG_MINE, bob)), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    struct account_event leave = rig_with(ACCOUNT_ORG_LEAVE, bob);
    leave.org = span_str("school");
    assert_int_equal(rig_do(&r, leave), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, leave), ACCOUNT_NOT_FOUND);
    leave.token = span_of(ada, sizeof ada);
    assert_int_equal(rig_do(&r, leave), ACCOUNT_LAST); /* an organisation keeps an owner */
}

static void an_invitation_is_for_a_week_and_makes_no_owner_less(void **state)
{
    (void)state;
    invite();
    assert_int_equal(join(ada), ACCOUNT_OK);
    assert_int_equal(with_key(ACCOUNT_API_MEMBERS, NULL), ACCOUNT_OK);
    assert_int_equal(r.got.reply->as.member[0].role, ACCOUNT_OWNER);
    invite();
    rig_pass(&r, ACCOUNT_INVITE_S);
    assert_int_equal(join(bob), ACCOUNT_EXPIRED);
    invite();
    rig_pass(&r, ACCOUNT_INVITE_S - 1);
    assert_int_equal(join(bob), ACCOUNT_OK);
}

static void a_revoked_invitation_is_over(void **state)
{
    (void)state;
    struct account_event e = rig_event(ACCOUNT_API_INVITE_DROP, NULL, NULL);
    uint8_t id[ACCOUNT_GRANT_ID];
    invite();
    memcpy(id, r.got.grant.hash, sizeof id);
    e.token = span_of(key, sizeof key);
    e.id = span_of(id, sizeof id);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(join(bob), ACCOUNT_EXPIRED);
}

static void a_key_reaches_members_of_its_own_organisation_alone(void **state)
{
    (void)state;
    static const enum account_command each[] = {ACCOUNT_API_MEMBER_DROP, ACCOUNT_API_BLOCKS};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(with_key(each[i], "eve"), ACCOUNT_NOT_FOUND); /* of another */
        assert_int_equal(with_key(each[i], "nobody"), ACCOUNT_NOT_FOUND);
    }
    assert_int_equal(block("eve", true), ACCOUNT_NOT_FOUND);
    assert_int_equal(block("ada", true), ACCOUNT_FORBIDDEN); /* an owner */
    assert_int_equal(with_key(ACCOUNT_API_MEMBER_DROP, "ada"), ACCOUNT_FORBIDDEN);
    invite();
    assert_int_equal(join(bob), ACCOUNT_OK);
    assert_int_equal(block("bob", true), ACCOUNT_OK);
    assert_int_equal(with_key(ACCOUNT_API_BLOCKS, "bob"), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    assert_int_equal(block("bob", false), ACCOUNT_OK);
    assert_int_equal(block("bob", false), ACCOUNT_OK); /* lifted is lifted */
    assert_int_equal(with_key(ACCOUNT_API_MEMBER_DROP, "bob"), ACCOUNT_OK);
    assert_int_equal(with_key(ACCOUNT_API_MEMBER_DROP, "bob"), ACCOUNT_NOT_FOUND);
}

static void what_an_operator_blocked_a_key_does_not_lift(void **state)
{
    (void)state;
    struct account_event e = rig_event(ACCOUNT_USER_BLOCK, "bob", NULL);
    e.feature = 1;
    e.on = true;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    invite();
    assert_int_equal(join(bob), ACCOUNT_OK);
    assert_int_equal(block("bob", false), ACCOUNT_FORBIDDEN);
    assert_int_equal(block("bob", true), ACCOUNT_FORBIDDEN);
}

#define MEETING(letter) #letter "aaaaaaaaaaaaaaaaaaa"

static enum account_reason meeting(enum account_command c, const char *id)
{
    struct account_event e = rig_event(c, NULL, NULL);
    e.token = span_of(key, sizeof key);
    e.meeting = span_str(id);
    return rig_do(&r, e);
}

/* One in the rows, of the organisation that the last answer was about. */
static void has_meeting(const char *id)
{
    struct account_meeting *m = &r.rows->meeting[r.rows->meetings++];
    memset(m, 0, sizeof *m);
    memcpy(m->id, id, ACCOUNT_MEETING);
    memcpy(m->org, r.got.found.id, sizeof m->org);
}

static void a_key_makes_meetings_of_its_organisation_and_sees_those_alone(void **state)
{
    (void)state;
    static const char *const not_its_own[] = {MEETING(c), MEETING(z)};
    uint8_t school[ACCOUNT_TOKEN], of_school[ACCOUNT_ID];
    assert_int_equal(with_key(ACCOUNT_API_MEETING_MAKE, NULL), ACCOUNT_OK);
    has_meeting(MEETING(a));
    has_meeting(MEETING(b));
    memcpy(of_school, r.got.found.id, sizeof of_school);
    memcpy(school, key, sizeof school);
    make_key("club", key);
    assert_int_equal(with_key(ACCOUNT_API_MEETING_MAKE, NULL), ACCOUNT_OK);
    assert_memory_not_equal(r.got.found.id, of_school, sizeof of_school);
    has_meeting(MEETING(c));
    memcpy(key, school, sizeof key);
    assert_int_equal(meeting(ACCOUNT_API_MEETINGS, ""), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 2);
    assert_int_equal(meeting(ACCOUNT_API_MEETINGS, MEETING(a)), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    for (size_t i = 0; i < 2; i++) { /* another's, and one that never was */
        assert_int_equal(meeting(ACCOUNT_API_MEETING, not_its_own[i]), ACCOUNT_NOT_FOUND);
        assert_int_equal(meeting(ACCOUNT_API_MEETING_END, not_its_own[i]), ACCOUNT_NOT_FOUND);
    }
    assert_int_equal(r.rows->meeting[2].ended_s, 0);
    assert_int_equal(meeting(ACCOUNT_API_MEETING_END, MEETING(b)), ACCOUNT_OK);
    assert_string_equal(r.got.meeting.id, MEETING(b));
    assert_int_equal(r.rows->meeting[1].ended_s, r.now.unix_s);
    assert_int_equal(r.rows->meeting[0].ended_s, 0);
}

static void what_is_no_meetings_id_is_not_asked_for(void **state)
{
    (void)state;
    static const char *const bad[] = {"aaaaaaaaaaaaaaaaaaa",  "aaaaaaaaaaaaaaaaaaaaa",
                                      "aaaaaaaaaaaaaaaaaaaA", "aaaaaaaaaaaaaaaaaaa1",
                                      "aaaaaaaaaaaaaaaaaaa8", "aaaaaaaaaaaaaaaaaaa/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(meeting(ACCOUNT_API_MEETINGS, bad[i]), ACCOUNT_BAD);
        assert_int_equal(meeting(ACCOUNT_API_MEETING, bad[i]), ACCOUNT_BAD);
        assert_int_equal(meeting(ACCOUNT_API_MEETING_END, bad[i]), ACCOUNT_BAD);
    }
    assert_int_equal(meeting(ACCOUNT_API_MEETING, ""), ACCOUNT_BAD);
    assert_int_equal(meeting(ACCOUNT_API_MEETING_END, ""), ACCOUNT_BAD);
}

static void no_meeting_is_made_without_a_key(void **state)
{
    (void)state;
    key[0] ^= 1;
    assert_int_equal(with_key(ACCOUNT_API_MEETING_MAKE, NULL), ACCOUNT_WRONG);
    assert_int_equal(meeting(ACCOUNT_API_MEETINGS, ""), ACCOUNT_WRONG);
    assert_int_equal(meeting(ACCOUNT_API_MEETING_END, MEETING(a)), ACCOUNT_WRONG);
    key[0] ^= 1;
    r.store_away = true;
    assert_int_equal(with_key(ACCOUNT_API_MEETING_MAKE, NULL), ACCOUNT_BUSY);
}

static void a_key_has_a_budget_of_its_own(void **state)
{
    (void)state;
    uint8_t first[ACCOUNT_TOKEN];
    unsigned ok = 0;
    while (with_key(ACCOUNT_API_SELF, NULL) == ACCOUNT_OK)
        ok++;
    assert_int_equal(ok, 120);
    assert_int_equal(r.got.reason, ACCOUNT_SLOW);
    assert_int_equal(r.got.retry_s, 1);
    memcpy(first, key, sizeof first);
    make_key("club", key);
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_OK);
    memcpy(key, first, sizeof key);
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_SLOW);
    rig_pass(&r, 1);
    assert_int_equal(with_key(ACCOUNT_API_SELF, NULL), ACCOUNT_OK);
}

static void without_the_store_a_key_is_neither_right_nor_wrong(void **state)
{
    (void)state;
    r.store_away = true;
    for (int c = ACCOUNT_API_SELF; c <= ACCOUNT_API_INVITES; c++)
        assert_int_equal(with_key((enum account_command)c, "bob"), ACCOUNT_BUSY);
    assert_int_equal(block("bob", true), ACCOUNT_BUSY);
    assert_int_equal(join(bob), ACCOUNT_BUSY);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest facts[] = {
        CASE(a_key_is_of_one_organisation_and_says_so),
        CASE(the_rows_hold_no_key),
        CASE(what_is_no_key_is_nobody),
        CASE(a_revoked_key_is_refused_at_once),
        CASE(who_takes_an_invitation_is_a_member_and_may_leave),
        CASE(an_invitation_is_for_a_week_and_makes_no_owner_less),
        CASE(a_revoked_invitation_is_over),
        CASE(a_key_reaches_members_of_its_own_organisation_alone),
        CASE(what_an_operator_blocked_a_key_does_not_lift),
        CASE(a_key_makes_meetings_of_its_organisation_and_sees_those_alone),
        CASE(what_is_no_meetings_id_is_not_asked_for),
        CASE(no_meeting_is_made_without_a_key),
        CASE(a_key_has_a_budget_of_its_own),
        CASE(without_the_store_a_key_is_neither_right_nor_wrong),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
