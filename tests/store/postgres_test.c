/* Facts about a PostgreSQL that goes away: nothing waits for it for long, what was answered is
 * there when it is back, what was in doubt is settled, and no sentence holds a password. Time runs
 * 20 times as fast for the store as for the server. */
#include "store/both.h"

#include <signal.h>

#include "base/bug.h"

enum { FASTER = 20 };

/* What happens at the n-th time that the store waits for the server (0: nothing). */
enum cut { NO_CUT, DEAF, KILLED };

static struct {
    int waits, at;
    enum cut cut;
} plan;

static int64_t fast_now(void *ctx)
{
    return both_now(ctx) * FASTER;
}

static bool fast_wait(void *ctx, int fd, bool write, int64_t ms)
{
    if (++plan.waits == plan.at) {
        if (plan.cut == DEAF) { /* the server does it, the answer is lost */
            (void)both_wait(ctx, fd, write, 5000);
            return false;
        }
        postgres_kill(&both.server);
    }
    return both_wait(ctx, fd, write, (ms + FASTER - 1) / FASTER);
}

static void cut_at(int wait, enum cut cut)
{
    plan.waits = 0;
    plan.at = wait;
    plan.cut = cut;
}

static enum err open_fast(struct store **out, bool may_be_away)
{
    struct store_options o = both_options();
    o.shell = (struct store_shell){NULL, fast_now, fast_wait};
    o.may_be_away = may_be_away;
    *out = NULL;
    both.why[0] = '\0';
    return store_open(out, &o, both.why);
}

static struct store *opened(void)
{
    struct store *s = NULL;
    cut_at(0, NO_CUT);
    if (open_fast(&s, false) != ERR_OK)
        fail_msg("%s", both.why);
    return s;
}

/* The loop of the role, without its channels. */
static void until_up(struct store *s)
{
    int64_t give_up = both_now(NULL) + 20000;
    while (!store_up(s)) {
        int64_t next;
        int fd;
        bool write;
        assert_true(both_now(NULL) < give_up);
        if (store_tick(s, &next, &fd, &write))
            break;
        if (fd >= 0)
            (void)both_wait(NULL, fd, write, (next - fast_now(NULL)) / FASTER + 1);
        else if (next != INT64_MAX && next > fast_now(NULL))
            (void)poll(NULL, 0, (int)((next - fast_now(NULL)) / FASTER) + 1);
    }
}

static enum err look(struct store *s, unsigned n)
{
    struct store_meeting m = both_meeting(n);
    return store_get_meeting(s, &m);
}

static void a_killed_database_is_away_at_once_and_back_with_its_rows(void **state)
{
    (void)state;
    struct store *s = opened();
    struct store_meeting one = both_meeting(1), two = both_meeting(2);
    assert_int_equal(store_put_meeting(s, &one), ERR_OK);
    postgres_kill(&both.server);
    assert_int_equal(look(s, 1), ERR_AGAIN);
    assert_false(store_up(s));
    assert_true(strlen(store_why(s)) > 10);
    assert_int_equal(store_put_meeting(s, &two), ERR_AGAIN);
    assert_int_equal(store_doubt(s), STORE_SURE);
    assert_int_equal(store_begin(s), ERR_AGAIN);
    assert_true(postgres_start(&both.server));
    until_up(s);
    assert_string_equal(store_why(s), "");
    assert_int_equal(look(s, 1), ERR_OK);
    assert_int_equal(look(s, 2), ERR_NOT_FOUND);
    assert_int_equal(store_put_meeting(s, &two), ERR_OK);
    store_close(s);
}

static void a_database_that_hangs_is_given_up_within_its_time(void **state)
{
    (void)state;
    struct store *s = opened();
    struct store_meeting one = both_meeting(1);
    assert_int_equal(store_put_meeting(s, &one), ERR_OK);
    postgres_signal(&both.server, SIGSTOP);
    int64_t began = fast_now(NULL);
    assert_int_equal(look(s, 1), ERR_AGAIN);
    int64_t took = fast_now(NULL) - began;
    assert_true(took >= 4000 && took < 5000 + 100 * FASTER);
    int64_t at_once = both_now(NULL);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(look(s, 1), ERR_AGAIN);
    assert_true(both_now(NULL) - at_once < 1000);
    postgres_signal(&both.server, SIGCONT);
    until_up(s);
    assert_int_equal(look(s, 1), ERR_OK);
    store_close(s);
}

static void looking_for_it_never_waits_and_gets_rarer(void **state)
{
    (void)state;
    struct store *s = opened();
    postgres_kill(&both.server);
    assert_int_equal(look(s, 1), ERR_AGAIN);
    int64_t next = 0, last = 0, gap = 0;
    int fd;
    bool write;
    for (int i = 0; i < 9; i++) {
        do {
            int64_t before = both_now(NULL);
            (void)store_tick(s, &next, &fd, &write);
            assert_true(both_now(NULL) - before < 200);
        } while (next == last && poll(NULL, 0, 1) == 0);
        gap = next - fast_now(NULL);
        last = next;
        assert_true(gap <= 5000);
        (void)poll(NULL, 0, (int)(gap / FASTER) + 1);
    }
    assert_true(gap > 4000);
    assert_true(postgres_start(&both.server));
    until_up(s);
    store_close(s);
}

/* A put waits for BEGIN, the statement's preparation, the statement, the transaction's number and
 * COMMIT. Wherever it is cut, what the store says of it in the end is true. */
static void what_was_in_doubt_is_settled(void **state)
{
    (void)state;
    unsigned outcomes[4] = {0}, n = 0;
    for (int killed = 0; killed < 2; killed++)
        for (int wait = 1; wait <= 7; wait++) {
            struct store *s = opened();
            struct store_meeting m = both_meeting(++n);
            cut_at(wait, killed ? KILLED : DEAF);
            enum err e = store_put_meeting(s, &m);
            cut_at(0, NO_CUT);
            if (both.server.pid == 0)
                assert_true(postgres_start(&both.server));
            if (e == ERR_OK) { /* it waits less often than that */
                store_close(s);
                continue;
            }
            assert_int_equal(e, ERR_AGAIN);
            assert_false(store_up(s));
            until_up(s);
            enum store_doubt doubt = store_doubt(s);
            assert_int_not_equal(doubt, STORE_IN_DOUBT);
            outcomes[doubt]++;
            assert_int_equal(look(s, n), doubt == STORE_WRITTEN ? ERR_OK : ERR_NOT_FOUND);
            assert_int_equal(store_doubt(s), doubt); /* reading forgets nothing */
            m = both_meeting(++n);
            assert_int_equal(store_put_meeting(s, &m), ERR_OK);
            assert_int_equal(store_doubt(s), STORE_SURE);
            store_close(s);
        }
    assert_true(outcomes[STORE_SURE] >= 4);
    assert_true(outcomes[STORE_WRITTEN] >= 1);
}

static void a_store_may_begin_while_its_database_is_away(void **state)
{
    (void)state;
    struct store *s = NULL;
    store_close(opened());
    postgres_kill(&both.server);
    assert_int_equal(open_fast(&s, false), ERR_AGAIN);
    assert_null(s);
    assert_non_null(strstr(both.why, "away"));
    assert_int_equal(open_fast(&s, true), ERR_OK);
    assert_int_equal(look(s, 1), ERR_AGAIN);
    assert_true(postgres_start(&both.server));
    until_up(s);
    assert_int_equal(look(s, 1), ERR_NOT_FOUND);
    store_close(s);
}

static void two_nodes_make_the_schema_once(void **state)
{
    (void)state;
    struct store *a = opened(), *b = opened();
    struct store_meeting m = both_meeting(1);
    assert_int_equal(store_put_meeting(a, &m), ERR_OK);
    assert_int_equal(look(b, 1), ERR_OK);
    assert_int_equal(store_put_meeting(b, &m), ERR_CONFLICT);
    struct store_account who = both_account(1);
    struct store_credential c = {.kind = 1};
    memcpy(c.account, who.id, STORE_ID);
    assert_int_equal(store_put_account(a, &who), ERR_OK);
    assert_int_equal(store_put_credential(a, &c), ERR_OK);
    c.sign_count = 1;
    assert_int_equal(store_use_credential(a, &c), ERR_OK);
    assert_int_equal(store_use_credential(b, &c), ERR_REPLAY); /* one of two wins */
    store_close(a);
    store_close(b);
}

static void no_sentence_holds_a_password(void **state)
{
    (void)state;
    static const char *const bad[] = {"mysql://u:geheim@db/x",
                                      "postgres://u:geheim@db:notaport/x",
                                      "postgres://u:geheim@[::1",
                                      "postgres://u:geheim@db/x?nosuch=1",
                                      "geheim",
                                      "postgres://u:geheim@a,b/x",
                                      "postgres://u:geheim%2@d/x"};
    struct store *s = NULL;
    struct store_options o = both_options();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        o.database = bad[i];
        assert_int_equal(store_open(&s, &o, both.why), ERR_CONFIG);
        assert_true(strlen(both.why) > 20);
        assert_null(strstr(both.why, "geheim"));
    }
    char url[POSTGRES_URL];
    (void)snprintf(url, sizeof url, "postgres://nobody:geheim@/none?host=%s", both.server.folder);
    o.database = url;
    assert_int_equal(store_open(&s, &o, both.why), ERR_AGAIN);
    assert_non_null(strstr(both.why, "nobody"));
    assert_null(strstr(both.why, "geheim"));
}

static void a_url_names_its_host(void **state)
{
    (void)state;
    char host[64];
    uint16_t port;
    assert_int_equal(store_database_host("postgres://u:p@db.example/x", host, 64, &port), ERR_OK);
    assert_string_equal(host, "db.example");
    assert_int_equal(port, 5432);
    assert_int_equal(store_database_host("postgresql://[::1]:99/x", host, 64, &port), ERR_OK);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 99);
    assert_int_equal(store_database_host("postgres:///x?host=/run/pg", host, 64, &port), ERR_OK);
    assert_string_equal(host, "");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(a_killed_database_is_away_at_once_and_back_with_its_rows),
        BOTH_FACT(a_database_that_hangs_is_given_up_within_its_time),
        BOTH_FACT(looking_for_it_never_waits_and_gets_rarer),
        BOTH_FACT(what_was_in_doubt_is_settled),
        BOTH_FACT(a_store_may_begin_while_its_database_is_away),
        BOTH_FACT(two_nodes_make_the_schema_once),
        BOTH_FACT(no_sentence_holds_a_password),
        BOTH_FACT(a_url_names_its_host),
    };
    return cmocka_run_group_tests(facts, both_begin_postgres, both_end_postgres);
}
