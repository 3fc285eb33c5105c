/* Facts about figures of organisations, over SQLite and over PostgreSQL: whose entries count, what
 * is shown of a day, and which days. */
#include "store/both.h"

#include "account/usage.h"
#include "bin/role_store.h"

#define DAY_S 86400
#define TODAY_S ((int64_t)20000 * DAY_S)

static struct store *s;
static struct account_reply got;

static void id_of(uint8_t id[ACCOUNT_ID], unsigned n)
{
    memset(id, 0, ACCOUNT_ID);
    id[0] = (uint8_t)(n * 37);
    id[ACCOUNT_ID - 1] = (uint8_t)n;
}

static void member(unsigned org, unsigned account)
{
    struct store_membership m = {.role = ACCOUNT_MEMBER};
    id_of(m.organisation, 100 + org);
    id_of(m.account, account);
    assert_int_equal(store_put_membership(s, &m), ERR_OK);
}

/* Twelve people: those of odd numbers are of the first organisation, the sixth is of both. */
static void open_rig(void)
{
    s = both_open();
    for (unsigned org = 1; org <= 2; org++) {
        struct store_organisation o = {.created_ms = 1};
        id_of(o.id, 100 + org);
        (void)snprintf(o.name, sizeof o.name, "org%u", org);
        assert_int_equal(store_put_organisation(s, &o), ERR_OK);
    }
    for (unsigned n = 1; n <= 12; n++) {
        struct store_account a = {.created_ms = 1};
        id_of(a.id, n);
        (void)snprintf(a.login, sizeof a.login, "user%u", n);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
        if (n % 2 == 1)
            member(1, n);
    }
    member(1, 6);
    member(2, 6);
}

struct entries {
    int64_t day_s, run;
    const unsigned *who; /* ends with 0 */
    bool again;
};

static enum err enter(struct entries e)
{
    struct ipc_usage_members m = {.day_ms = e.day_s * 1000, .run = e.run};
    for (; e.who[m.count]; m.count++) {
        id_of(m.entry[m.count].account, e.who[m.count]);
        m.entry[m.count].first = !e.again;
    }
    return store_usage_members(s, &m);
}

#define WHO(...)                                                                                   \
    (const unsigned[])                                                                             \
    {                                                                                              \
        __VA_ARGS__, 0                                                                             \
    }

static const struct account_usage_day *look(unsigned org, int64_t day_s)
{
    struct account_ask q = {.type = ASK_USAGE_LIST, .request = 1};
    id_of(q.as.usage.org, 100 + org);
    q.as.usage.from_s = day_s;
    q.as.usage.until_s = day_s + DAY_S;
    store_account(s, &q, &got);
    assert_int_equal(got.result, ERR_OK);
    assert_true(got.count == 0 || got.as.usage[0].count == 1);
    return got.count == 0 ? NULL : &got.as.usage[0].day[0];
}

static void members_count_and_nobody_else(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(enter((struct entries){TODAY_S, 1, WHO(1, 2, 3, 4, 5, 6, 7), false}), ERR_OK);
    assert_int_equal(
        enter((struct entries){.day_s = TODAY_S, .run = 1, .who = WHO(1, 1, 2), .again = true}),
        ERR_OK);
    const struct account_usage_day *d = look(1, TODAY_S); /* 1, 3, 5, 6, 7 */
    assert_non_null(d);
    assert_int_equal(d->people, 5);
    assert_int_equal(d->participants, 7);
    assert_int_equal(d->flags, 0);
    assert_null(look(1, TODAY_S + DAY_S));
    store_close(s);
}

static void a_day_of_fewer_than_five_says_nothing_else(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(enter((struct entries){TODAY_S, 1, WHO(1, 3, 5, 7), false}), ERR_OK);
    assert_int_equal(
        enter((struct entries){.day_s = TODAY_S, .run = 1, .who = WHO(1, 3, 5), .again = true}),
        ERR_OK);
    const struct account_usage_day *d = look(1, TODAY_S);
    assert_non_null(d);
    assert_int_equal(d->flags, USAGE_OF_FEW);
    assert_int_equal(d->people, 0);
    assert_int_equal(d->participants, 0);
    assert_int_equal(d->day_s, TODAY_S);
    assert_int_equal(enter((struct entries){TODAY_S, 1, WHO(9), false}), ERR_OK);
    d = look(1, TODAY_S);
    assert_int_equal(d->people, 5);
    assert_int_equal(d->participants, 8);
    store_close(s);
}

static void people_who_are_counted_again_after_a_start_show_no_small_day(void **state)
{
    (void)state;
    open_rig();
    for (int64_t run = 1; run <= 3; run++)
        assert_int_equal(enter((struct entries){TODAY_S, run, WHO(1, 3, 5), false}), ERR_OK);
    assert_int_equal(look(1, TODAY_S)->flags, USAGE_OF_FEW); /* nine of three */
    assert_int_equal(enter((struct entries){TODAY_S, 4, WHO(1, 3, 5, 6, 7), false}), ERR_OK);
    assert_int_equal(look(1, TODAY_S)->flags, USAGE_AT_MOST);
    assert_int_equal(look(1, TODAY_S)->people, 14);
    store_close(s);
}

static void ninety_two_days_fit_an_answer_in_their_order(void **state)
{
    (void)state;
    open_rig();
    for (int i = -1; i <= USAGE_SHOWN; i++)
        assert_int_equal(
            enter((struct entries){TODAY_S + i * (int64_t)DAY_S, 1, WHO(1, 3, 5, 7, 9), false}),
            ERR_OK);
    struct account_ask q = {.type = ASK_USAGE_LIST, .request = 1};
    id_of(q.as.usage.org, 101);
    q.as.usage.from_s = TODAY_S;
    q.as.usage.until_s = TODAY_S + USAGE_SHOWN * (int64_t)DAY_S;
    store_account(s, &q, &got);
    assert_int_equal(got.result, ERR_OK);
    int n = 0;
    for (uint32_t i = 0; i < got.count; i++)
        for (uint32_t d = 0; d < got.as.usage[i].count; d++)
            assert_int_equal(got.as.usage[i].day[d].day_s, TODAY_S + n++ * (int64_t)DAY_S);
    assert_int_equal(n, USAGE_SHOWN);
    assert_null(look(2, TODAY_S)); /* another's */
    store_close(s);
}

static void an_account_that_is_gone_counts_nowhere(void **state)
{
    (void)state;
    struct store_account a = {.created_ms = 0};
    open_rig();
    id_of(a.id, 1);
    assert_int_equal(store_drop_account(s, &a), ERR_OK);
    assert_int_equal(enter((struct entries){TODAY_S, 1, WHO(1, 200), false}), ERR_OK);
    assert_null(look(1, TODAY_S));
    struct store_organisation o = {.profile = 0};
    assert_int_equal(enter((struct entries){TODAY_S, 1, WHO(3), false}), ERR_OK);
    assert_non_null(look(1, TODAY_S));
    id_of(o.id, 101);
    assert_int_equal(store_drop_organisation(s, &o), ERR_OK);
    assert_null(look(1, TODAY_S)); /* the figures go with their organisation */
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(members_count_and_nobody_else),
        BOTH_FACT(a_day_of_fewer_than_five_says_nothing_else),
        BOTH_FACT(people_who_are_counted_again_after_a_start_show_no_small_day),
        BOTH_FACT(ninety_two_days_fit_an_answer_in_their_order),
        BOTH_FACT(an_account_that_is_gone_counts_nowhere),
    };
    return BOTH(facts);
}
