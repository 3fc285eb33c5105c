/* Facts about rows and acts, the same over SQLite and PostgreSQL. */
#include "store/both.h"

static void a_meeting_comes_back_as_it_was_put(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = both_meeting(513), got = {.created_ms = 0};
    memcpy(got.id, m.id, sizeof m.id);
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m);
    store_close(s);
}

/* Rows that others refer to come first, as in the register. */
static void put_one_of_each(struct store *s)
{
    uint8_t row[BOTH_ROW], account[STORE_ID];
    both_id(account, 1);
    for (int t = 0; t < STORE_TABLES; t++) {
        both_fill((enum store_table)t, 1, row);
        const struct store_schema *table = &store_schema[t];
        for (size_t i = 0; i < table->count; i++) {
            const struct store_column *c = &table->columns[i];
            uint8_t *at = row + c->at;
            if (c->person == STORE_OWNER || c->person == STORE_MENTION)
                memcpy(at, account, STORE_ID);
            if (strcmp(c->name, "meeting") == 0 || (t == STORE_MEETINGS && i == 0))
                memcpy(memset(at, 0, c->max), "meeting1", 8);
            if (strcmp(c->name, "organisation") == 0 || (t == STORE_ORGANISATIONS && i == 0))
                memset(at, 7, STORE_ID);
        }
        assert_int_equal(store_put(s, (enum store_table)t, row), ERR_OK);
        uint8_t got[BOTH_ROW];
        memcpy(got, row, sizeof got);
        assert_int_equal(store_get(s, (enum store_table)t, got), ERR_OK);
        assert_memory_equal(got, row, table->size);
        assert_int_equal(store_set(s, (enum store_table)t, row), ERR_OK);
        assert_int_equal(store_put(s, (enum store_table)t, row), ERR_CONFLICT);
    }
}

static void every_table_keeps_every_column(void **state)
{
    (void)state;
    struct store *s = both_open();
    put_one_of_each(s);
    store_close(s);
    s = both_open(); /* and across an end */
    struct store_account a = both_account(1);
    assert_int_equal(store_get_account(s, &a), ERR_OK);
    assert_string_equal(a.login, "CANARY-accounts-login-1");
    store_close(s);
}

static void numbers_keep_their_64_bits_and_sign(void **state)
{
    (void)state;
    struct store *s = both_open();
    static const int64_t n[] = {INT64_MIN, -1, 0, 1, 1LL << 40, INT64_MAX};
    for (unsigned i = 0; i < sizeof n / sizeof n[0]; i++) {
        struct store_account a = both_account(i), got = a;
        a.created_ms = n[i];
        assert_int_equal(store_put_account(s, &a), ERR_OK);
        assert_int_equal(store_get_account(s, &got), ERR_OK);
        assert_int_equal(got.created_ms, n[i]);
    }
    store_close(s);
}

static void text_is_utf_8_or_refused_and_quotes_are_text(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1), got = a;
    (void)snprintf(a.name, sizeof a.name, "%s",
                   "Zo\xc3\xab '; DROP TABLE accounts; -- \xf0\x9f\x94\x91");
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_get_account(s, &got), ERR_OK);
    assert_string_equal(got.name, a.name);
    static const char *const bad[] = {"\xff",         "\xc3",
                                      "a\x80",        "\xc0\xaf",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82",     "\xf8\x88\x80\x80\x80"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        a = both_account(10 + i);
        (void)snprintf(a.name, sizeof a.name, "%s", bad[i]);
        assert_int_equal(store_put_account(s, &a), ERR_MALFORMED);
        assert_int_equal(store_get_account(s, &a), ERR_NOT_FOUND);
    }
    store_close(s);
}

static void an_unknown_row_is_not_found_and_changes_nothing(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = {.id = "' OR '1'='1", .created_ms = 77};
    assert_int_equal(store_get_meeting(s, &m), ERR_NOT_FOUND);
    assert_int_equal(m.created_ms, 77);
    assert_int_equal(store_set_meeting(s, &m), ERR_NOT_FOUND);
    assert_int_equal(store_drop_meeting(s, &m), ERR_NOT_FOUND);
    assert_int_equal(store_end_meeting(s, "nobody", 5), ERR_NOT_FOUND);
    store_close(s);
}

static void a_taken_key_is_a_conflict_and_keeps_its_first_row(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting first = both_meeting(1), second = both_meeting(2), got;
    memcpy(second.id, first.id, sizeof first.id);
    assert_int_equal(store_put_meeting(s, &first), ERR_OK);
    assert_int_equal(store_put_meeting(s, &second), ERR_CONFLICT);
    got = second;
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(got.access_hash, first.access_hash, STORE_HASH);
    store_close(s);
}

static void two_accounts_have_no_login_in_common_but_the_empty_one(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1), b = both_account(2), c = both_account(3);
    memcpy(b.login, a.login, sizeof a.login);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_put_account(s, &b), ERR_CONFLICT);
    b.login[0] = c.login[0] = '\0';
    assert_int_equal(store_put_account(s, &b), ERR_OK);
    assert_int_equal(store_put_account(s, &c), ERR_OK);
    memcpy(c.login, a.login, sizeof a.login);
    assert_int_equal(store_set_account(s, &c), ERR_CONFLICT);
    store_close(s);
}

static void what_refers_to_nobody_is_refused(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_session x = {.means = 1, .expires_ms = 5};
    both_id(x.account, 1);
    assert_int_equal(store_put_session(s, &x), ERR_CONFLICT);
    store_close(s);
}

static void an_end_is_kept_once_and_the_id_stays_taken(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = both_meeting(1), got = m;
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    assert_int_equal(store_end_meeting(s, m.id, 5000), ERR_OK);
    assert_int_equal(store_end_meeting(s, m.id, 6000), ERR_OK);
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_int_equal(got.ended_ms, 5000);
    assert_int_equal(store_put_meeting(s, &m), ERR_CONFLICT);
    store_close(s);
}

static void a_list_comes_in_pages_in_the_order_of_keys(void **state)
{
    (void)state;
    struct store *s = both_open();
    for (unsigned n = 25; n > 0; n--) {
        struct store_account a = both_account(n);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
    }
    static struct store_account page[10];
    struct store_account last;
    struct store_list l = {.table = STORE_ACCOUNTS, .rows = page, .cap = 10};
    unsigned seen = 0;
    do {
        assert_int_equal(store_list(s, &l), ERR_OK);
        for (size_t i = 0; i < l.count; i++)
            assert_int_equal(page[i].id[15], ++seen);
        last = page[l.count - 1];
        l.after = &last;
    } while (l.more);
    assert_int_equal(seen, 25);
    assert_int_equal(store_list(s, &l), ERR_OK);
    assert_int_equal(l.count, 0);
    store_close(s);
}

static struct store_session session(unsigned account, unsigned n)
{
    struct store_session x = {.means = 1, .created_ms = 1, .expires_ms = 5000};
    both_id(x.account, account);
    x.token_hash[0] = (uint8_t)account;
    x.token_hash[1] = (uint8_t)n;
    return x;
}

static void rows_are_listed_and_dropped_by_whose_they_are(void **state)
{
    (void)state;
    struct store *s = both_open();
    for (unsigned n = 1; n <= 2; n++) {
        struct store_account a = both_account(n);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
        for (unsigned i = 0; i < 5; i++) {
            struct store_session x = session(n, i);
            assert_int_equal(store_put_session(s, &x), ERR_OK);
        }
    }
    static struct store_session rows[4];
    struct store_session like = session(2, 0);
    struct store_list l = {
        .table = STORE_SESSIONS, .by = "account", .like = &like, .rows = rows, .cap = 4};
    assert_int_equal(store_list(s, &l), ERR_OK);
    assert_int_equal(l.count, 4);
    assert_true(l.more);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(rows[i].account, like.account, STORE_ID);
    uint64_t gone = 0;
    assert_int_equal(store_drop_by(s, STORE_SESSIONS, "account", &like, &gone), ERR_OK);
    assert_int_equal(gone, 5);
    assert_int_equal(store_list(s, &l), ERR_OK);
    assert_int_equal(l.count, 0);
    like = session(1, 3);
    assert_int_equal(store_get_session(s, &like), ERR_OK);
    store_close(s);
}

static void several_calls_are_one_or_nothing(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1), b = both_account(2);
    assert_int_equal(store_begin(s), ERR_OK);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_put_account(s, &b), ERR_OK);
    store_rollback(s);
    assert_int_equal(store_get_account(s, &a), ERR_NOT_FOUND);
    assert_int_equal(store_begin(s), ERR_OK);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_put_account(s, &b), ERR_OK);
    assert_int_equal(store_commit(s), ERR_OK);
    assert_int_equal(store_get_account(s, &b), ERR_OK);
    store_close(s);
}

static void a_failure_inside_fails_the_whole(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1), b = both_account(2), bad = both_account(3);
    bad.name[0] = (char)0xff;
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(store_begin(s), ERR_OK);
        assert_int_equal(store_put_account(s, &b), ERR_OK);
        if (twice)
            assert_int_equal(store_put_account(s, &bad), ERR_MALFORMED);
        else
            assert_int_equal(store_put_account(s, &a), ERR_CONFLICT);
        assert_int_equal(store_get_account(s, &a), ERR_STATE);
        assert_int_equal(store_commit(s), ERR_STATE);
        assert_int_equal(store_get_account(s, &b), ERR_NOT_FOUND);
    }
    store_close(s);
}

/* ---- acts ---- */

static void what_protects_a_meeting_is_replaced_in_parts_and_survives_an_end(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = both_meeting(1), other = both_meeting(2), got = m;
    m.safe_len = 5;
    memcpy(m.safe, "first", 5);
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    assert_int_equal(store_put_meeting(s, &other), ERR_OK);
    struct store_protection p = {
        .meeting = m.id, .has_attempts = true, .attempts = 7, .attempts_since_ms = 1700000000000};
    assert_int_equal(store_protect_meeting(s, &p), ERR_OK);
    store_close(s);
    s = both_open();
    m.attempts = 7;
    m.attempts_since_ms = 1700000000000;
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m); /* the safe stays */
    uint8_t bytes[LIMIT_SAFE];
    memset(bytes, 0xa5, sizeof bytes);
    p = (struct store_protection){
        .meeting = m.id, .has_safe = true, .safe = span_of(bytes, sizeof bytes)};
    assert_int_equal(store_protect_meeting(s, &p), ERR_OK);
    store_close(s);
    s = both_open();
    m.safe_len = LIMIT_SAFE;
    memcpy(m.safe, bytes, sizeof bytes);
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m); /* the attempts stay */
    got = other;
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &other, sizeof other);
    store_close(s);
}

static void both_parts_of_a_protection_are_written_at_once_or_none(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = both_meeting(1), got = m;
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    struct store_protection p = {.meeting = m.id,
                                 .has_safe = true,
                                 .has_attempts = true,
                                 .safe = span_of("both", 4),
                                 .attempts = UINT32_MAX,
                                 .attempts_since_ms = INT64_MIN};
    assert_int_equal(store_protect_meeting(s, &p), ERR_OK);
    m.safe_len = 4;
    memcpy(m.safe, "both", 4);
    m.attempts = UINT32_MAX;
    m.attempts_since_ms = INT64_MIN;
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m);
    p = (struct store_protection){.meeting = m.id}; /* nothing is replaced */
    assert_int_equal(store_protect_meeting(s, &p), ERR_OK);
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m);
    p.meeting = "nobody";
    assert_int_equal(store_protect_meeting(s, &p), ERR_NOT_FOUND);
    store_close(s);
}

static void a_passkeys_counter_only_goes_up_and_its_proof_stays(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1);
    struct store_credential c = {.kind = 1, .id = "hello", .proof = "abc", .proof_len = 3};
    memcpy(c.account, a.id, STORE_ID);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_put_credential(s, &c), ERR_OK);
    static const struct {
        int64_t count, at;
        enum err expected;
    } uses[] = {{0, 5, ERR_OK}, /* one that does not count */
                {4, 6, ERR_OK},
                {4, 7, ERR_REPLAY},
                {0, 8, ERR_REPLAY}};
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        c.sign_count = uses[i].count;
        c.used_ms = uses[i].at;
        assert_int_equal(store_use_credential(s, &c), uses[i].expected);
    }
    c.sign_count = 9;
    c.proof[0] = 'x'; /* it was replaced meanwhile */
    assert_int_equal(store_use_credential(s, &c), ERR_NOT_FOUND);
    c.id[0] = 'x';
    assert_int_equal(store_use_credential(s, &c), ERR_NOT_FOUND);
    c.id[0] = 'h';
    assert_int_equal(store_get_credential(s, &c), ERR_OK);
    assert_int_equal(c.sign_count, 4);
    assert_int_equal(c.used_ms, 6);
    store_close(s);
}

static void accounts_are_listed_by_their_logins(void **state)
{
    (void)state;
    struct store *s = both_open();
    static const char *const logins[] = {"cleo", "", "ada", "bob.b", "bob"};
    static const char *const sorted[] = {"ada", "bob", "bob.b", "cleo"};
    struct store_account a, rows[3];
    for (unsigned i = 0; i < 5; i++) {
        a = both_account(i + 1);
        memset(a.login, 0, sizeof a.login);
        (void)snprintf(a.login, sizeof a.login, "%s", logins[i]);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
    }
    memset(a.login, 0, sizeof a.login);
    struct store_list l = {STORE_ACCOUNTS, .sort = "login", .after = &a, .rows = rows, .cap = 3};
    assert_int_equal(store_list(s, &l), ERR_OK);
    assert_int_equal(l.count, 3);
    assert_true(l.more);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(rows[i].login, sorted[i]);
    l.after = &rows[2];
    a = rows[2];
    l.after = &a;
    assert_int_equal(store_list(s, &l), ERR_OK);
    assert_int_equal(l.count, 1);
    assert_false(l.more);
    assert_string_equal(rows[0].login, sorted[3]);
    store_close(s);
}

static void members_come_with_their_logins_and_from_a_role_on(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_organisation o = {.created_ms = 1, .name = "school"};
    struct store_membership m = {.created_ms = 1};
    struct store_member rows[2];
    memset(o.id, 7, STORE_ID);
    memset(m.organisation, 7, STORE_ID);
    assert_int_equal(store_put_organisation(s, &o), ERR_OK);
    for (unsigned i = 1; i <= 3; i++) {
        struct store_account a = both_account(i);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
        memcpy(m.account, a.id, STORE_ID);
        m.role = i - 1;
        assert_int_equal(store_put_membership(s, &m), ERR_OK);
    }
    struct store_members l = {.organisation = o.id, .after = "", .rows = rows, .cap = 2};
    assert_int_equal(store_list_members(s, &l), ERR_OK);
    assert_int_equal(l.count, 2);
    assert_true(l.more);
    assert_string_equal(rows[1].login, both_account(2).login);
    l.after = both_account(2).login;
    assert_int_equal(store_list_members(s, &l), ERR_OK);
    assert_int_equal(l.count, 1);
    assert_false(l.more);
    assert_int_equal(rows[0].role, 2);
    l.after = "";
    l.role = 2;
    assert_int_equal(store_list_members(s, &l), ERR_OK);
    assert_int_equal(l.count, 1);
    assert_string_equal(rows[0].login, both_account(3).login);
    store_close(s);
}

static void the_most_that_one_run_counted_is_kept(void **state)
{
    (void)state;
    static const struct {
        int64_t run, people, most;
    } steps[] = {{7, 2, 2}, {7, 1, 3}, {8, 2, 3}, {8, 3, 5}, {9, 4, 5}, {9, 0, 5}};
    struct store *s = both_open();
    struct store_organisation o = {.created_ms = 1};
    memset(o.id, 7, STORE_ID);
    assert_int_equal(store_put_organisation(s, &o), ERR_OK);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct store_usage_day d = {
            .day_ms = 86400000, .participants = 1, .people = steps[i].people, .run = steps[i].run};
        memset(d.organisation, 7, STORE_ID);
        assert_int_equal(store_add_usage(s, &d), ERR_OK);
        assert_int_equal(store_get_usage_day(s, &d), ERR_OK);
        assert_int_equal(d.most_people, steps[i].most);
        assert_int_equal(d.run, steps[i].run);
    }
    store_close(s);
}

static void counters_of_a_day_add_up(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_organisation o = {.profile = 1, .created_ms = 1};
    struct store_usage_day d = {.day_ms = 86400000, .participants = 5, .people = 4, .run = 1};
    memset(o.id, 7, STORE_ID);
    memset(d.organisation, 7, STORE_ID);
    assert_int_equal(store_add_usage(s, &d), ERR_NOT_FOUND); /* no such organisation */
    assert_int_equal(store_put_organisation(s, &o), ERR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(store_add_usage(s, &d), ERR_OK);
    assert_int_equal(store_get_usage_day(s, &d), ERR_OK);
    assert_int_equal(d.participants, 15);
    assert_int_equal(d.people, 12);
    assert_int_equal(d.most_people, 12);
    assert_int_equal(d.profile, 1);
    store_close(s);
}

static void figures_of_the_server_add_up_and_its_flags_stay(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_server_day d = {
        .day_ms = 86400000, .meetings = 1, .participants = 3, .guests = 1, .people = 2};
    assert_int_equal(store_add_server_day(s, &d, 1), ERR_OK);
    assert_int_equal(store_get_server_day(s, &d), ERR_OK);
    assert_int_equal(d.flags, 0); /* the first that was ever counted of it */
    d.flags = 2;
    assert_int_equal(store_add_server_day(s, &d, 0), ERR_OK);
    d.flags = 0;
    assert_int_equal(store_add_server_day(s, &d, 1), ERR_OK);
    assert_int_equal(store_get_server_day(s, &d), ERR_OK);
    assert_int_equal(d.flags, 3);
    assert_int_equal(d.participants, 9);
    assert_int_equal(d.guests, 3);
    assert_int_equal(d.people, 6);
    assert_int_equal(d.meetings, 3);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(a_meeting_comes_back_as_it_was_put),
        BOTH_FACT(every_table_keeps_every_column),
        BOTH_FACT(numbers_keep_their_64_bits_and_sign),
        BOTH_FACT(text_is_utf_8_or_refused_and_quotes_are_text),
        BOTH_FACT(an_unknown_row_is_not_found_and_changes_nothing),
        BOTH_FACT(a_taken_key_is_a_conflict_and_keeps_its_first_row),
        BOTH_FACT(two_accounts_have_no_login_in_common_but_the_empty_one),
        BOTH_FACT(what_refers_to_nobody_is_refused),
        BOTH_FACT(an_end_is_kept_once_and_the_id_stays_taken),
        BOTH_FACT(a_list_comes_in_pages_in_the_order_of_keys),
        BOTH_FACT(rows_are_listed_and_dropped_by_whose_they_are),
        BOTH_FACT(several_calls_are_one_or_nothing),
        BOTH_FACT(a_failure_inside_fails_the_whole),
        BOTH_FACT(what_protects_a_meeting_is_replaced_in_parts_and_survives_an_end),
        BOTH_FACT(both_parts_of_a_protection_are_written_at_once_or_none),
        BOTH_FACT(a_passkeys_counter_only_goes_up_and_its_proof_stays),
        BOTH_FACT(accounts_are_listed_by_their_logins),
        BOTH_FACT(members_come_with_their_logins_and_from_a_role_on),
        BOTH_FACT(figures_of_the_server_add_up_and_its_flags_stay),
        BOTH_FACT(counters_of_a_day_add_up),
        BOTH_FACT(the_most_that_one_run_counted_is_kept),
    };
    return BOTH(facts);
}
