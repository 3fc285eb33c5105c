/* Facts about names, passwords and sessions, against rows in memory. */
#include "account/desk.h"
#include "crypt/sign.h"

static struct rig r;

static int begin(void **state)
{
    (void)state;
    rig_open(&r, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

#define GOOD "correct horse battery"

static void sign_up_ada(uint8_t token[ACCOUNT_TOKEN])
{
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "Ada@example.org", GOOD), token);
}

static enum account_reason who(const uint8_t token[ACCOUNT_TOKEN])
{
    return rig_do(&r, rig_with(ACCOUNT_WHO, token));
}

/* ---- names and passwords ---- */

static void a_new_account_is_signed_in_and_signs_in_again(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN], second[ACCOUNT_TOKEN];
    sign_up_ada(token);
    assert_int_equal(who(token), ACCOUNT_OK);
    assert_string_equal(r.got.row.name, "ada@example.org");
    rig_token(&r, rig_event(ACCOUNT_SIGN_IN, "ADA@example.org", GOOD), second);
    assert_memory_not_equal(token, second, ACCOUNT_TOKEN);
    assert_int_equal(who(second), ACCOUNT_OK);
}

static void neither_password_nor_token_is_in_the_rows(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    sign_up_ada(token);
    const uint8_t *rows = (const uint8_t *)r.rows;
    for (size_t i = 0; i + ACCOUNT_TOKEN <= sizeof *r.rows; i++) {
        assert_false(rows[i] == token[0] && memcmp(rows + i, token, ACCOUNT_TOKEN) == 0);
        assert_false(rows[i] == 'c' && memcmp(rows + i, GOOD, strlen(GOOD)) == 0);
    }
    const uint8_t *core = (const uint8_t *)r.core; /* nor does the core keep them */
    for (size_t i = 0; i + ACCOUNT_TOKEN <= account_bytes(); i++) {
        assert_false(core[i] == token[0] && memcmp(core + i, token, ACCOUNT_TOKEN) == 0);
        assert_false(core[i] == 'c' && memcmp(core + i, GOOD, strlen(GOOD)) == 0);
    }
}

static void unknown_and_wrong_are_one_answer_by_the_same_steps(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    struct rig wrong, unknown;
    sign_up_ada(token);
    memset(r.asks, 0, sizeof r.asks);
    r.hashes = 0;
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", "not this one")),
                     ACCOUNT_WRONG);
    wrong = r;
    memset(r.asks, 0, sizeof r.asks);
    r.hashes = 0;
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "bob@example.org", "not this one")),
                     ACCOUNT_WRONG);
    unknown = r;
    assert_memory_equal(wrong.asks, unknown.asks, sizeof wrong.asks);
    assert_int_equal(wrong.hashes, 1);
    assert_int_equal(unknown.hashes, 1);
    wrong.got.call = unknown.got.call;
    assert_memory_equal(&wrong.got, &unknown.got, sizeof wrong.got);
}

static void a_browser_that_was_let_in_has_attempts_of_its_own(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN], known[ACCOUNT_HASH];
    sign_up_ada(token);
    memcpy(known, r.got.known, sizeof known);
    struct account_event wrong = rig_event(ACCOUNT_SIGN_IN, "ada@example.org", "not this one");
    for (int i = 0; i < 60; i++)
        (void)rig_do(&r, wrong);
    assert_int_equal(r.got.reason, ACCOUNT_SLOW);
    struct account_event good = rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD);
    assert_int_equal(rig_do(&r, good), ACCOUNT_SLOW);
    good.known = span_of(known, sizeof known);
    assert_int_equal(rig_do(&r, good), ACCOUNT_OK);
    assert_memory_equal(r.got.known, known, sizeof known);
    good.known = span_of(known, sizeof known - 1);
    assert_int_equal(rig_do(&r, good), ACCOUNT_SLOW);
    known[0] ^= 1;
    good.known = span_of(known, sizeof known);
    assert_int_equal(rig_do(&r, good), ACCOUNT_SLOW);
    known[0] ^= 1;
    struct account_event other = rig_event(ACCOUNT_SIGN_IN, "bob@example.org", GOOD);
    for (int i = 0; i < 12; i++) {
        other.known = span_of(known, sizeof known); /* ada's opens nothing for bob */
        (void)rig_do(&r, other);
    }
    assert_int_equal(r.got.reason, ACCOUNT_SLOW);
    wrong.known = span_of(known, sizeof known);
    for (int i = 0; i < 11; i++)
        (void)rig_do(&r, wrong);
    assert_int_equal(r.got.reason, ACCOUNT_SLOW); /* and guesses no more than others */
}

static void bytes_from_another_process_are_judged(void **state)
{
    (void)state;
    static struct account_reply reply;
    struct account_ask ask = {.type = ASK_ACCOUNT_PUT, .request = 7}, got = {.request = 9};
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_OK);
    assert_int_equal(got.request, 7);
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask - 1)), ERR_MALFORMED);
    memset(ask.as.fresh.row.name, 'x', sizeof ask.as.fresh.row.name); /* no end */
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(&ask.as, 0, sizeof ask.as);
    ask.as.fresh.credential.key_len = ACCOUNT_KEY + 1;
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(&ask.as, 0, sizeof ask.as);
    memset(&ask.as.fresh.row.disabled, 2, 1); /* neither true nor false */
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(&ask.as, 0, sizeof ask.as);
    ask.type = ASK_MEMBER_PUT;
    ask.as.member.role = ACCOUNT_ROLE_COUNT_;
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(&ask.as, 0, sizeof ask.as);
    ask.type = ASK_MEETING_END;
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_OK);
    memset(&ask.as.meeting.passcode, 2, 1);
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(&ask.as, 0, sizeof ask.as);
    memset(ask.as.meeting.id, 'x', sizeof ask.as.meeting.id); /* no end */
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    for (unsigned type = ASK_COUNT_; type < ASK_COUNT_ + 3; type++) {
        ask = (struct account_ask){.type = (enum account_ask_type)type};
        assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    }
    struct account_meeting m = {.id = "aaaaaaaaaaaaaaaaaaaa"};
    assert_int_equal(account_reply_add(&reply, ASK_MEETING_LIST, span_of(&m, sizeof m)), ERR_OK);
    assert_int_equal(account_reply_add(&reply, ASK_MEETING_END, span_of(&m, sizeof m)), ERR_OK);
    struct account_hook h = {.url = "https://a.example/", .events = 7};
    assert_int_equal(account_reply_add(&reply, ASK_HOOK_DROP, span_of(&h, sizeof h)),
                     ERR_MALFORMED); /* it has no rows */
    assert_int_equal(account_reply_add(&reply, ASK_HOOK_LIST, span_of(&h, sizeof h)), ERR_OK);
    h.events = 1 << HOOK_EVENTS_;
    assert_int_equal(account_reply_add(&reply, ASK_HOOK_LIST, span_of(&h, sizeof h)),
                     ERR_MALFORMED);
    ask = (struct account_ask){.type = ASK_HOOK_PUT};
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_OK);
    memset(ask.as.hook.url, 'x', sizeof ask.as.hook.url); /* no end */
    assert_int_equal(account_ask_take(&got, span_of(&ask, sizeof ask)), ERR_MALFORMED);
    memset(m.id, 'x', sizeof m.id);
    assert_int_equal(account_reply_add(&reply, ASK_MEETING_GET, span_of(&m, sizeof m)),
                     ERR_MALFORMED);
    reply.count = 0;
    struct account_session s = {.device = "Desk"};
    struct span row = span_of(&s, sizeof s);
    assert_int_equal(account_reply_add(&reply, ASK_SESSION_PUT, row), ERR_MALFORMED);
    assert_int_equal(account_reply_add(&reply, ASK_ACCOUNT_GET, row), ERR_MALFORMED);
    for (int i = 0; i < ACCOUNT_PAGE; i++)
        assert_int_equal(account_reply_add(&reply, ASK_SESSION_LIST, row), ERR_OK);
    assert_int_equal(account_reply_add(&reply, ASK_SESSION_LIST, row), ERR_LIMIT);
    reply.count = 0;
    s.means = ACCOUNT_MEANS_;
    assert_int_equal(account_reply_add(&reply, ASK_SESSION_LIST, row), ERR_MALFORMED);
    assert_int_equal(reply.count, 0);
}

static void a_password_that_was_replaced_while_it_was_hashed_is_wrong(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    sign_up_ada(token);
    r.replace_between = true;
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD)),
                     ACCOUNT_WRONG);
    assert_false(r.got.has_token);
    assert_int_equal(r.rows->sessions, 1);
}

static void a_name_is_taken_once_whatever_its_letters(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    sign_up_ada(token);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_UP, "ADA@EXAMPLE.ORG", "another password")),
                     ACCOUNT_TAKEN);
    assert_int_equal(r.rows->accounts, 1);
    assert_int_equal(r.rows->credentials, 1);
}

static void strange_names_and_passwords_are_refused(void **state)
{
    (void)state;
    static char long_name[66], long_password[258];
    memset(long_name, 'a', 65);
    memset(long_password, 'p', 257);
    static const char *const names[] = {"",
                                        "a",
                                        "ad a",
                                        "ad\na",
                                        ".ada",
                                        "-ada",
                                        "@ada",
                                        "ad\x7f",
                                        "ad%a",
                                        "ad<a>",
                                        "\xc3\xa4"
                                        "da",
                                        "ad/../a",
                                        long_name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_UP, names[i], GOOD)), ACCOUNT_BAD);
    static const char *const passwords[] = {"", "short", "ninebytes", "ada-lovelace",
                                            long_password};
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
        assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_UP, "ada-lovelace", passwords[i])),
                         ACCOUNT_BAD);
    struct account_event zero = rig_event(ACCOUNT_SIGN_UP, "ada", GOOD);
    zero.name = span_of("ad\0a", 4);
    assert_int_equal(rig_do(&r, zero), ACCOUNT_BAD);
    assert_int_equal(r.hashes, 0);
    assert_int_equal(r.rows->accounts, 0);
}

static void a_closed_server_makes_no_accounts_but_its_operator_does(void **state)
{
    (void)state;
    rig_close(&r);
    rig_open(&r, false);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_UP, "ada", GOOD)), ACCOUNT_CLOSED);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_PASSKEY_NEW, "ada", NULL)), ACCOUNT_CLOSED);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_USER_CREATE, "ada", GOOD)), ACCOUNT_OK);
    assert_false(r.got.has_token);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada", GOOD)), ACCOUNT_OK);
}

static void a_name_has_ten_attempts_and_then_one_in_half_a_minute(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada", "guess no. 1")),
                         ACCOUNT_WRONG);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada", GOOD)), ACCOUNT_SLOW);
    assert_int_equal(r.got.retry_s, 30);
    assert_int_equal(r.hashes, 10); /* nothing was tried */
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "bob", GOOD)), ACCOUNT_WRONG);
    rig_pass(&r, 30);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada", GOOD)), ACCOUNT_WRONG);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada", GOOD)), ACCOUNT_SLOW);
}

static void another_password_ends_all_other_sessions(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN], other[ACCOUNT_TOKEN];
    sign_up_ada(token);
    rig_token(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD), other);
    struct account_event e = rig_with(ACCOUNT_PASSWORD_SET, token);
    e.password = span_str("not the old one");
    e.password_new = span_str("the next password");
    assert_int_equal(rig_do(&r, e), ACCOUNT_WRONG);
    assert_int_equal(who(other), ACCOUNT_OK);
    e.password = span_str(GOOD);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(who(token), ACCOUNT_OK);
    assert_int_equal(who(other), ACCOUNT_SIGNED_OUT);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD)),
                     ACCOUNT_WRONG);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", "the next password")),
                     ACCOUNT_OK);
}

/* ---- sessions ---- */

/* A session without a password's time: what an identity provider vouches for. */
static void enter(uint8_t token[ACCOUNT_TOKEN])
{
    static const uint8_t lookup[ACCOUNT_HASH] = {1};
    struct account_event e = {.command = ACCOUNT_VOUCHED};
    e.id = span_of(lookup, sizeof lookup);
    e.device = span_str("a phone");
    rig_token(&r, e, token);
}

static void any_other_token_is_nobody(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    for (size_t i = 0; i < 8 * ACCOUNT_TOKEN; i += 5) {
        token[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(who(token), ACCOUNT_SIGNED_OUT);
        token[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    struct account_event e = {.command = ACCOUNT_WHO};
    assert_int_equal(rig_do(&r, e), ACCOUNT_SIGNED_OUT);
    e.token = span_of(token, ACCOUNT_TOKEN - 1);
    assert_int_equal(rig_do(&r, e), ACCOUNT_SIGNED_OUT);
    e.token = span_of(r.rows->session[0].hash, ACCOUNT_HASH); /* what the store holds is no token */
    assert_int_equal(rig_do(&r, e), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(token), ACCOUNT_OK);
}

static void a_session_ends_when_it_is_not_used(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    rig_pass(&r, ACCOUNT_IDLE_S - 1);
    assert_int_equal(who(token), ACCOUNT_OK);
    rig_pass(&r, ACCOUNT_IDLE_S - 1); /* its use was kept */
    assert_int_equal(who(token), ACCOUNT_OK);
    rig_pass(&r, ACCOUNT_IDLE_S + 1);
    assert_int_equal(who(token), ACCOUNT_SIGNED_OUT);
    assert_int_equal(r.rows->sessions, 0);
}

static void a_session_ends_however_much_it_is_used(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    for (int64_t t = 0; t < ACCOUNT_LIFE_S; t += 86400) {
        assert_int_equal(who(token), ACCOUNT_OK);
        rig_pass(&r, 86400);
    }
    rig_pass(&r, 1);
    assert_int_equal(who(token), ACCOUNT_SIGNED_OUT);
}

static void its_use_is_written_once_a_minute(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    for (int i = 0; i < 120; i++) {
        assert_int_equal(who(token), ACCOUNT_OK);
        rig_pass(&r, 1);
    }
    assert_int_equal(r.asks[ASK_SESSION_USED], 1);
}

static void sessions_are_listed_and_ended_one_by_one(void **state)
{
    (void)state;
    uint8_t first[ACCOUNT_TOKEN], second[ACCOUNT_TOKEN];
    enter(first);
    rig_pass(&r, 5);
    enter(second);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_SESSION_LIST, second)), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 2);
    assert_memory_equal(r.got.reply->as.session[0].hash, r.got.session, ACCOUNT_HASH);
    assert_string_equal(r.got.reply->as.session[1].device, "a phone");
    uint8_t id[ACCOUNT_SESSION_ID];
    memcpy(id, r.got.reply->as.session[1].hash, sizeof id);
    struct account_event e = rig_with(ACCOUNT_SESSION_END, second);
    e.id = span_of(id, sizeof id);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(who(first), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(second), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, e), ACCOUNT_NOT_FOUND);
}

static void nobody_ends_another_persons_session(void **state)
{
    (void)state;
    uint8_t mine[ACCOUNT_TOKEN], theirs[ACCOUNT_TOKEN];
    static const uint8_t other[ACCOUNT_HASH] = {2};
    struct account_event e = {.command = ACCOUNT_VOUCHED};
    enter(mine);
    e.id = span_of(other, sizeof other);
    rig_token(&r, e, theirs);
    uint8_t hash[ACCOUNT_HASH];
    crypt_sha256(hash, span_of(theirs, sizeof theirs));
    e = rig_with(ACCOUNT_SESSION_END, mine);
    e.id = span_of(hash, ACCOUNT_SESSION_ID);
    assert_int_equal(rig_do(&r, e), ACCOUNT_NOT_FOUND);
    e = rig_with(ACCOUNT_SESSIONS_END, mine);
    e.everywhere = true;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(who(mine), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(theirs), ACCOUNT_OK);
}

static void a_session_that_ends_while_a_command_is_under_way_ends_it(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    rig_pass(&r, ACCOUNT_TOUCH_S);
    r.revoke_between = true;
    assert_int_equal(who(token), ACCOUNT_SIGNED_OUT);
}

static void a_disabled_account_has_no_session_that_counts(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    r.rows->account[0].disabled = true;
    assert_int_equal(who(token), ACCOUNT_DISABLED);
}

static void sign_out_ends_this_session_alone(void **state)
{
    (void)state;
    uint8_t first[ACCOUNT_TOKEN], second[ACCOUNT_TOKEN];
    enter(first);
    enter(second);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_SIGN_OUT, first)), ACCOUNT_OK);
    assert_int_equal(who(first), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(second), ACCOUNT_OK);
}

static void the_least_used_of_too_many_sessions_gives_way(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_SESSIONS + 1][ACCOUNT_TOKEN];
    for (size_t i = 0; i <= ACCOUNT_SESSIONS; i++) {
        enter(token[i]);
        rig_pass(&r, 1);
    }
    assert_int_equal(r.rows->sessions, ACCOUNT_SESSIONS);
    assert_int_equal(who(token[0]), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(token[1]), ACCOUNT_OK);
}

static void a_disabled_user_is_out_at_once_and_stays_out(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    sign_up_ada(token);
    struct account_event e = rig_event(ACCOUNT_USER_SET, "ada@example.org", NULL);
    e.disabled = true;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(who(token), ACCOUNT_SIGNED_OUT);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", "not this one")),
                     ACCOUNT_WRONG); /* only who knows the password is told */
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD)),
                     ACCOUNT_DISABLED);
    e.disabled = false;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD)), ACCOUNT_OK);
}

/* ---- trouble ---- */

static void without_the_store_everything_is_busy(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    r.store_away = true;
    for (int c = 0; c < ACCOUNT_COMMAND_COUNT_; c++) {
        if (c == ACCOUNT_PASSKEY_ASK || c == ACCOUNT_PASSKEY_NEW || c == ACCOUNT_PASSKEY_ENTER ||
            c == ACCOUNT_PASSKEY_MADE || c == ACCOUNT_SIGN_UP || c == ACCOUNT_SIGN_IN)
            continue; /* they need no store yet, or hash first */
        static const uint8_t id[ACCOUNT_HASH] = {1}, proof[SIGN_BYTES] = {0};
        struct account_event e = rig_with((enum account_command)c, token);
        e.name = span_str("ada");
        e.org = span_str("school");
        e.password = e.password_new = span_str(GOOD);
        e.url = span_str("https://hooks.example.org/");
        e.events = 1;
        e.device_key = span_of(proof, SIGN_PUBLIC);
        e.device_proof = span_of(proof, SIGN_BYTES);
        e.id = span_of(id, c == ACCOUNT_SESSION_END     ? ACCOUNT_SESSION_ID
                           : c == ACCOUNT_API_HOOK_DROP ? ACCOUNT_ID
                           : c == ACCOUNT_DEVICE_DROP   ? ACCOUNT_ID
                           : c >= ACCOUNT_KEY_MAKE      ? ACCOUNT_GRANT_ID
                                                        : ACCOUNT_HASH);
        e.label = span_str("roster");
        e.ticket = e.token;
        e.meeting = span_str("abcdefghijklmnop2345");
        assert_int_equal(rig_do(&r, e), ACCOUNT_BUSY);
    }
    r.store_away = false;
    assert_int_equal(who(token), ACCOUNT_OK);
}

static void a_silent_store_is_given_up(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    enter(token);
    r.store_dumb = true;
    uint32_t before = r.answers;
    for (int i = 0; i < ACCOUNT_FLOWS; i++)
        (void)rig_do(&r, rig_with(ACCOUNT_WHO, token));
    assert_int_equal(r.answers, before);
    (void)rig_do(&r, rig_with(ACCOUNT_WHO, token)); /* no more flows */
    assert_int_equal(r.got.reason, ACCOUNT_BUSY);
    rig_pass(&r, 21);
    account_tick(r.core, &r.now);
    rig_run(&r);
    assert_int_equal(r.answers, before + ACCOUNT_FLOWS + 1);
    assert_int_equal(r.got.reason, ACCOUNT_BUSY);
    r.store_dumb = false;
    assert_int_equal(who(token), ACCOUNT_OK);
    r.reply.request ^= 0x100; /* an answer that nobody waits for */
    struct account_event late = {.type = ACCOUNT_STORED, .reply = &r.reply};
    account_input(r.core, &late, &r.now);
    rig_run(&r);
    assert_int_equal(who(token), ACCOUNT_OK);
}

static void a_label_shows_nothing_but_itself(void **state)
{
    (void)state;
    uint8_t token[ACCOUNT_TOKEN];
    static const uint8_t lookup[ACCOUNT_HASH] = {3};
    struct account_event e = {.command = ACCOUNT_VOUCHED};
    e.id = span_of(lookup, sizeof lookup);
    e.device = span_str("a\x1b[31m\n\xe2\x80\xae"
                        "b ________________________________________________");
    rig_token(&r, e, token);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_SESSION_LIST, token)), ACCOUNT_OK);
    const char *device = r.got.reply->as.session[0].device;
    assert_int_equal(strlen(device), ACCOUNT_LABEL);
    assert_memory_equal(device, "a[31mb _", 8);
}

/* ---- deletion ---- */

static enum account_reason delete_as(const uint8_t token[ACCOUNT_TOKEN], const char *name)
{
    struct account_event e = rig_with(ACCOUNT_DELETE, token);
    e.name = span_str(name);
    return rig_do(&r, e);
}

static void a_person_deletes_their_account_and_nothing_of_it_stays(void **state)
{
    (void)state;
    uint8_t ada[ACCOUNT_TOKEN], phone[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN];
    sign_up_ada(ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", GOOD), bob);
    rig_token(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD), phone);
    assert_int_equal(delete_as(phone, "Ada@example.org"), ACCOUNT_OK);
    assert_int_equal(who(ada), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(phone), ACCOUNT_SIGNED_OUT);
    assert_int_equal(who(bob), ACCOUNT_OK);
    assert_int_equal(r.rows->accounts + r.rows->credentials, 2);
    assert_int_equal(r.rows->sessions, 1);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD)),
                     ACCOUNT_WRONG);
}

static void a_person_gets_what_is_stored_about_them_alone_and_at_a_pace(void **state)
{
    (void)state;
    uint8_t ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN], none[ACCOUNT_TOKEN] = {0};
    sign_up_ada(ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", GOOD), bob);
    struct account_event e = rig_with(ACCOUNT_EXPORT, bob);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    assert_int_equal(r.got.reply->as.piece[0].total, 3);
    assert_memory_equal(r.got.reply->as.piece[0].bytes, "bob", 3);
    e.from = 2;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_memory_equal(r.got.reply->as.piece[0].bytes, "b", 1);
    e.from = 3;
    assert_int_equal(rig_do(&r, e), ACCOUNT_NOT_FOUND);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_EXPORT, none)), ACCOUNT_SIGNED_OUT);
    for (int i = 0; i < 200 && rig_do(&r, e) != ACCOUNT_SLOW; i++)
        ;
    assert_int_equal(r.got.reason, ACCOUNT_SLOW);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_EXPORT, ada)), ACCOUNT_OK); /* others are not */
}

static void an_old_session_or_another_name_deletes_nothing(void **state)
{
    (void)state;
    uint8_t ada[ACCOUNT_TOKEN];
    sign_up_ada(ada);
    assert_int_equal(delete_as(ada, "bob"), ACCOUNT_WRONG);
    assert_int_equal(delete_as(ada, "."), ACCOUNT_BAD);
    rig_pass(&r, ACCOUNT_FRESH_S);
    assert_int_equal(delete_as(ada, "bob"), ACCOUNT_WRONG);
    rig_pass(&r, 1);
    assert_int_equal(delete_as(ada, "ada@example.org"), ACCOUNT_STALE);
    assert_int_equal(who(ada), ACCOUNT_OK);
    assert_int_equal(r.asks[ASK_ACCOUNT_DROP], 0);
    rig_token(&r, rig_event(ACCOUNT_SIGN_IN, "ada@example.org", GOOD), ada);
    assert_int_equal(delete_as(ada, "ada@example.org"), ACCOUNT_OK);
}

static void the_last_owner_of_an_organisation_stays(void **state)
{
    (void)state;
    uint8_t ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN];
    struct account_event e = rig_event(ACCOUNT_ORG_CREATE, "ada@example.org", NULL);
    sign_up_ada(ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", GOOD), bob);
    e.org = span_str("school");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(delete_as(ada, "ada@example.org"), ACCOUNT_LAST);
    assert_int_equal(who(ada), ACCOUNT_OK);
    e.command = ACCOUNT_ORG_SET;
    e.name = span_str("bob");
    e.role = ACCOUNT_OWNER;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(delete_as(ada, "ada@example.org"), ACCOUNT_OK);
    assert_int_equal(delete_as(bob, "bob"), ACCOUNT_LAST);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest facts[] = {
        CASE(a_new_account_is_signed_in_and_signs_in_again),
        CASE(neither_password_nor_token_is_in_the_rows),
        CASE(unknown_and_wrong_are_one_answer_by_the_same_steps),
        CASE(a_name_is_taken_once_whatever_its_letters),
        CASE(strange_names_and_passwords_are_refused),
        CASE(a_closed_server_makes_no_accounts_but_its_operator_does),
        CASE(a_browser_that_was_let_in_has_attempts_of_its_own),
        CASE(bytes_from_another_process_are_judged),
        CASE(a_password_that_was_replaced_while_it_was_hashed_is_wrong),
        CASE(a_name_has_ten_attempts_and_then_one_in_half_a_minute),
        CASE(another_password_ends_all_other_sessions),
        CASE(any_other_token_is_nobody),
        CASE(a_session_ends_when_it_is_not_used),
        CASE(a_session_ends_however_much_it_is_used),
        CASE(its_use_is_written_once_a_minute),
        CASE(sessions_are_listed_and_ended_one_by_one),
        CASE(nobody_ends_another_persons_session),
        CASE(a_session_that_ends_while_a_command_is_under_way_ends_it),
        CASE(a_disabled_account_has_no_session_that_counts),
        CASE(sign_out_ends_this_session_alone),
        CASE(the_least_used_of_too_many_sessions_gives_way),
        CASE(a_disabled_user_is_out_at_once_and_stays_out),
        CASE(without_the_store_everything_is_busy),
        CASE(a_silent_store_is_given_up),
        CASE(a_label_shows_nothing_but_itself),
        CASE(a_person_deletes_their_account_and_nothing_of_it_stays),
        CASE(a_person_gets_what_is_stored_about_them_alone_and_at_a_pace),
        CASE(an_old_session_or_another_name_deletes_nothing),
        CASE(the_last_owner_of_an_organisation_stays),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
