/* Facts about migrations: a database of every earlier version, with rows in it, comes to the newest
 * with its rows, in both databases; a newer one is refused and left alone. */
#include "store/both.h"

#include "base/bug.h"

/* Rows that a program of version N would have added to what it found, for each N. H, I, T stand for
 * bytes (32, 16, 16 others) in the words of each database. */
static const char *const fixtures[] = {
    NULL,
    /* 1 */
    "INSERT INTO meetings (id, access_hash, host_hash, created_ms, ended_ms)"
    " VALUES ('m1', H, H, 11, 22);",
    /* 2 */
    "INSERT INTO meetings (id, access_hash, host_hash, created_ms, descriptor, waiting)"
    " VALUES ('m2', H, H, 12, I, 1);",
    /* 3 */
    "INSERT INTO accounts (id, login, name, region, profile, state, created_ms, seen_ms)"
    " VALUES (I, 'ann', 'Ann', 'eu', 1, 0, 13, 14);",
    /* 4 */
    "INSERT INTO credentials (id, account, kind, key_id, algorithm, proof, sign_count, name,"
    " created_ms, used_ms) VALUES (H, I, 1, T, -7, H, 7, 'key', 15, 16);"
    "INSERT INTO devices (id, account, name, signing_key, created_ms, seen_ms)"
    " VALUES (T, I, 'phone', H, 17, 18);"
    "INSERT INTO sessions (token_hash, account, means, device, created_ms, used_ms, expires_ms)"
    " VALUES (H, I, 2, 'phone', 19, 19, 20);",
    /* 5 */
    "INSERT INTO organisations (id, name, region, profile, created_ms)"
    " VALUES (T, 'School', 'eu', 1, 21);"
    "INSERT INTO organisation_settings (organisation, setting, value, locked)"
    " VALUES (T, 3, 4, 1);"
    "INSERT INTO memberships (organisation, account, role, created_ms) VALUES (T, I, 1, 23);",
    /* 6 */
    "INSERT INTO meetings (id, access_hash, host_hash, created_ms, owner, organisation, profile,"
    " attempts, attempts_since_ms, safe) VALUES ('m6', H, H, 24, I, T, 1, 2, 25, T);",
    /* 7 */
    "INSERT INTO schedules (meeting, account, starts_ms, minutes, zone, repeats, title, revision)"
    " VALUES ('m6', I, 30, 45, 'Europe/Paris', '', T, 1);",
    /* 8 */
    "INSERT INTO blocks (account, feature, reason, set_by, created_ms, until_ms)"
    " VALUES (I, 2, 'spam', T, 31, 32);"
    "INSERT INTO consents (account, kind, version, given_ms, withdrawn_ms)"
    " VALUES (I, 1, 1, 33, 34);",
    /* 9 */
    "INSERT INTO usage_days (organisation, day_ms, profile, meetings, participants, people,"
    " minutes) VALUES (T, 35, 1, 2, 3, 4, 5);"
    "INSERT INTO webhooks (id, organisation, url, signing_key, events, failures)"
    " VALUES (I, T, 'https://example.org/', H, 6, 0);",
    /* 10 */
    "INSERT INTO deletions (account, deleted_ms) VALUES (T, 36);",
    /* 11 */
    "INSERT INTO organisation_tokens (token_hash, organisation, kind, label, created_ms,"
    " expires_ms) VALUES (H, T, 2, 'class', 37, 38);",
    /* 12 */
    "INSERT INTO server_days (day_ms, meetings, participants, guests, people, minutes, flags)"
    " VALUES (37, 1, 2, 3, 4, 5, 3);",
    /* 13 */
    "INSERT INTO usage_days (organisation, day_ms, profile, participants, people, run,"
    " run_people, most_people) VALUES (T, 39, 1, 2, 3, 4, 5, 6);",
    /* 14 */
    "INSERT INTO account_choices (account, version, choice, changed_ms)"
    " VALUES (I, 2, 'p.out=sin;', 40);"
    "INSERT INTO organisation_choices (organisation, version, choice, changed_ms)"
    " VALUES (T, 3, 'zones=cn;', 41);",
};

/* What must be found at the newest version once version N had written, in both. */
static const struct {
    int since;
    const char *question, *answer;
} found[] = {
    {1,
     "SELECT ended_ms || '/' || waiting || '/' || length(descriptor) || '/' || length(owner)"
     " FROM meetings WHERE id = 'm1'",
     "22/0/0/0"},
    {2,
     "SELECT waiting || '/' || length(descriptor) || '/' || attempts FROM meetings"
     " WHERE id = 'm2'",
     "1/16/0"},
    {3, "SELECT login || name || region || profile || seen_ms FROM accounts", "annAnneu114"},
    {4, "SELECT sign_count || name || length(proof) || algorithm FROM credentials", "7key32-7"},
    {4, "SELECT name || seen_ms FROM devices", "phone18"},
    {4, "SELECT device || '/' || means || '/' || expires_ms FROM sessions", "phone/2/20"},
    {5, "SELECT name || profile FROM organisations", "School1"},
    {5, "SELECT setting || '/' || value || '/' || locked FROM organisation_settings", "3/4/1"},
    {5, "SELECT role || '/' || created_ms FROM memberships", "1/23"},
    {6, "SELECT length(owner) || '/' || attempts FROM meetings WHERE id = 'm6'", "16/2"},
    {6, "SELECT length(safe) || '/' || attempts_since_ms FROM meetings WHERE id = 'm6'", "16/25"},
    {7, "SELECT zone || minutes FROM schedules", "Europe/Paris45"},
    {8, "SELECT reason || until_ms FROM blocks", "spam32"},
    {8, "SELECT given_ms || '/' || withdrawn_ms FROM consents", "33/34"},
    {9, "SELECT participants || '/' || people FROM usage_days WHERE day_ms = 35", "3/4"},
    {9, "SELECT url || events FROM webhooks", "https://example.org/6"},
    {10, "SELECT deleted_ms FROM deletions", "36"},
    {11, "SELECT label || kind || '/' || expires_ms FROM organisation_tokens", "class2/38"},
    {12, "SELECT participants || '/' || people || '/' || flags FROM server_days", "2/4/3"},
    {13, "SELECT run || '/' || run_people || '/' || most_people FROM usage_days WHERE day_ms = 39",
     "4/5/6"},
    {14, "SELECT version || choice || changed_ms FROM account_choices", "2p.out=sin;40"},
    {14, "SELECT version || choice || changed_ms FROM organisation_choices", "3zones=cn;41"},
};

static const char *bytes_of(char letter)
{
    if (letter == 'H')
        return both_say("zeroblob(32)", "decode(repeat('00', 32), 'hex')");
    if (letter == 'I')
        return both_say("x'a0000000000000000000000000000001'",
                        "decode('a0000000000000000000000000000001', 'hex')");
    return both_say("zeroblob(16)", "decode(repeat('00', 16), 'hex')");
}

/* A letter alone between spaces, commas or brackets stands for bytes. */
static void write_fixture(const char *fixture)
{
    char sql[4096];
    size_t n = 0;
    for (const char *at = fixture; *at; at++) {
        bool alone =
            at > fixture && strchr("HIT", *at) && strchr(" (", at[-1]) && strchr(",)", at[1]);
        const char *text = alone ? bytes_of(*at) : at;
        size_t len = alone ? strlen(text) : 1;
        assert_true(n + len < sizeof sql);
        memcpy(sql + n, text, len);
        n += len;
    }
    sql[n] = '\0';
    both_execute(sql);
}

/* An empty database, taken to a version by the steps of that time. */
static struct store *open_empty(void)
{
    struct store *s = both_open();
    s->ops->forget(s);
    for (int t = STORE_TABLES - 1; t >= 0; t--) {
        char sql[80];
        (void)snprintf(sql, sizeof sql, "DROP TABLE %s", store_schema[t].name);
        assert_int_equal(s->ops->script(s, sql), ERR_OK);
    }
    assert_int_equal(s->ops->set_version(s, 0), ERR_OK);
    return s;
}

static void every_earlier_version_comes_forward_with_its_rows(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(fixtures), store_newest_version() + 1);
    for (int last = 0; last <= store_newest_version(); last++) {
        struct store *s = open_empty();
        for (int v = 1; v <= last; v++) {
            assert_int_equal(store_migrate(s, v), ERR_OK);
            write_fixture(fixtures[v]);
        }
        store_close(s);
        store_close(both_open()); /* to the newest, as after an upgrade */
        for (size_t i = 0; i < ARRAY_LEN(found); i++)
            assert_string_equal(both_ask(found[i].question),
                                found[i].since <= last ? found[i].answer : "");
        s = both_open(); /* once */
        struct store_account a = both_account(1);
        assert_int_equal(store_get_account(s, &a), last >= 3 ? ERR_OK : ERR_NOT_FOUND);
        store_close(s);
    }
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    store_close(both_open());
    both_execute("CREATE TABLE future (x INTEGER)");
    both_execute(
        both_say("PRAGMA user_version = 1000", "UPDATE schema_version SET version = 1000"));
    struct store *s = NULL;
    assert_int_equal(both_try(&s), ERR_STATE);
    assert_null(s);
    assert_non_null(strstr(both.why, "newer version of this program"));
    assert_string_equal(both_ask("SELECT count(*) FROM future"), "0");
    assert_string_equal(both_ask(both_say("PRAGMA user_version", "SELECT version FROM"
                                                                 " schema_version")),
                        "1000");
}

static void a_step_that_fails_leaves_the_version_before(void **state)
{
    (void)state;
    struct store *s = open_empty();
    assert_int_equal(store_migrate(s, 3), ERR_OK);
    store_close(s);
    both_execute("CREATE TABLE devices (other INTEGER)"); /* in the way of the second half */
    assert_int_equal(both_try(&s), ERR_IO);
    assert_string_equal(both_ask("SELECT count(*) FROM devices"), "0");
    assert_string_equal(
        both_ask(both_say("PRAGMA user_version", "SELECT version FROM schema_version")), "3");
    assert_string_equal(
        both_ask(both_say("SELECT count(*) FROM sqlite_master WHERE name = 'credentials'",
                          "SELECT count(*) FROM pg_class WHERE relname = 'credentials'")),
        "0");
    both_execute("DROP TABLE devices");
    store_close(both_open());
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(every_earlier_version_comes_forward_with_its_rows),
        BOTH_FACT(a_newer_schema_is_refused),
        BOTH_FACT(a_step_that_fails_leaves_the_version_before),
    };
    return BOTH(facts);
}
