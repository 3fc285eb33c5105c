/* Facts about webhooks in the store, over SQLite and over PostgreSQL: every question is answered as
 * the rows in memory answer it, and the right ones are told. */
#include "store/both.h"

#include "account/memory.h"
#include "bin/role_store.h"

static struct {
    struct store *s;
    struct memory *m;
    struct account_reply from_store, from_memory;
} rig;

static void id_of(uint8_t id[ACCOUNT_ID], unsigned n)
{
    memset(id, 0, ACCOUNT_ID);
    id[0] = (uint8_t)(n * 37); /* not in the order of their making */
    id[ACCOUNT_ID - 1] = (uint8_t)n;
}

static enum err ask(const struct account_ask *q)
{
    struct account_reply *a = &rig.from_store, *b = &rig.from_memory;
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    store_account(rig.s, q, a);
    memory_ask(rig.m, q, b);
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->more, b->more);
    for (uint32_t i = 0; i < a->count && q->type == ASK_HOOK_LIST; i++)
        assert_memory_equal(&a->as.hook[i], &b->as.hook[i], sizeof a->as.hook[i]);
    return a->result;
}

static enum err of_hook(enum account_ask_type type, unsigned org, unsigned n, uint8_t events)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.hook.id, n);
    id_of(q.as.hook.org, 100 + org);
    (void)snprintf(q.as.hook.url, sizeof q.as.hook.url, "https://hooks.example.org/%u", n);
    memset(q.as.hook.key, (int)n + 1, sizeof q.as.hook.key);
    q.as.hook.events = events;
    return ask(&q);
}

static void open_rig(void)
{
    memset(&rig, 0, sizeof rig);
    rig.s = both_open();
    rig.m = calloc(1, sizeof *rig.m);
    assert_non_null(rig.m);
    struct account_ask q = {.type = ASK_ACCOUNT_PUT, .request = 1};
    id_of(q.as.fresh.row.id, 1);
    memcpy(q.as.fresh.row.name, "ada", 4);
    memcpy(q.as.fresh.credential.account, q.as.fresh.row.id, ACCOUNT_ID);
    assert_int_equal(ask(&q), ERR_OK);
    for (unsigned org = 1; org <= 2; org++) {
        q = (struct account_ask){.type = ASK_ORG_PUT, .request = 1};
        id_of(q.as.org.org.id, 100 + org);
        (void)snprintf(q.as.org.org.name, sizeof q.as.org.org.name, "org%u", org);
        memcpy(q.as.org.owner.org, q.as.org.org.id, ACCOUNT_ID);
        id_of(q.as.org.owner.account, 1);
        q.as.org.owner.role = ACCOUNT_OWNER;
        assert_int_equal(ask(&q), ERR_OK);
    }
}

static void close_rig(void)
{
    store_close(rig.s);
    free(rig.m);
}

/* A meeting of that organisation; 0: nobody's. */
static void has_meeting(const char *id, unsigned org)
{
    struct store_meeting row = both_meeting(1);
    memset(row.id, 0, sizeof row.id);
    memcpy(row.id, id, strlen(id));
    row.organisation_len = org ? STORE_ID : 0;
    memset(row.organisation, 0, sizeof row.organisation);
    if (org)
        id_of(row.organisation, 100 + org);
    assert_int_equal(store_put_meeting(rig.s, &row), ERR_OK);
}

static struct hook_dues dues(const char *meeting, enum account_hook_event event)
{
    static struct hook_dues out;
    struct ipc_hook_tell tell = {.event = (uint8_t)event, .at_s = 1800000000};
    memcpy(tell.meeting, meeting, strlen(meeting));
    assert_int_equal(store_hook_dues(rig.s, &tell, &out), ERR_OK);
    return out;
}

static void done(unsigned n, bool taken, enum err want)
{
    struct ipc_hook_done d = {.taken = taken};
    id_of(d.hook, n);
    assert_int_equal(store_hook_done(rig.s, &d), want);
}

static void an_organisation_has_eight_and_sees_its_own(void **state)
{
    (void)state;
    open_rig();
    for (unsigned n = 1; n <= ACCOUNT_HOOKS; n++)
        assert_int_equal(of_hook(ASK_HOOK_PUT, 1, n, 7), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 20, 7), ERR_LIMIT);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 2, 3, 7), ERR_CONFLICT);  /* that id is there */
    assert_int_equal(of_hook(ASK_HOOK_PUT, 3, 21, 7), ERR_CONFLICT); /* no such organisation */
    assert_int_equal(of_hook(ASK_HOOK_PUT, 2, 22, 1), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_LIST, 1, 0, 0), ERR_OK);
    assert_int_equal(rig.from_store.count, ACCOUNT_HOOKS);
    assert_int_equal(of_hook(ASK_HOOK_LIST, 2, 0, 0), ERR_OK);
    assert_int_equal(rig.from_store.count, 1);
    assert_int_equal(of_hook(ASK_HOOK_DROP, 2, 3, 0), ERR_NOT_FOUND);
    assert_int_equal(of_hook(ASK_HOOK_DROP, 1, 3, 0), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_DROP, 1, 3, 0), ERR_NOT_FOUND);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 20, 7), ERR_OK);
    close_rig();
}

static void those_are_told_whose_meeting_it_is_and_who_asked_for_it(void **state)
{
    (void)state;
    open_rig();
    has_meeting("aaaaabbbbbcccccddddd", 1);
    has_meeting("bbbbbbbbbbbbbbbbbbbb", 0);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 1, 1 << HOOK_STARTED), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 2, 7), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 2, 3, 7), ERR_OK);
    struct hook_dues d = dues("aaaaabbbbbcccccddddd", HOOK_STARTED);
    assert_int_equal(d.count, 2);
    d = dues("aaaaabbbbbcccccddddd", HOOK_ENDED);
    assert_int_equal(d.count, 1);
    uint8_t id[ACCOUNT_ID], key[32];
    id_of(id, 2);
    memset(key, 3, sizeof key);
    assert_memory_equal(d.due[0].hook, id, sizeof id);
    assert_memory_equal(d.due[0].key, key, sizeof key);
    assert_string_equal(d.due[0].url, "https://hooks.example.org/2");
    assert_string_equal(d.due[0].name, "org1");
    assert_string_equal(d.due[0].meeting, "aaaaabbbbbcccccddddd");
    assert_int_equal(d.due[0].at_s, 1800000000);
    assert_int_equal(dues("bbbbbbbbbbbbbbbbbbbb", HOOK_ENDED).count, 0);
    assert_int_equal(dues("cccccccccccccccccccc", HOOK_ENDED).count, 0);
    close_rig();
}

static void after_twenty_deliveries_that_were_given_up_it_is_left_alone(void **state)
{
    (void)state;
    open_rig();
    has_meeting("aaaaabbbbbcccccddddd", 1);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 1, 7), ERR_OK);
    for (int i = 0; i < IPC_HOOK_FAILURES - 1; i++)
        done(1, false, ERR_OK);
    assert_int_equal(dues("aaaaabbbbbcccccddddd", HOOK_ENDED).count, 1);
    done(1, true, ERR_OK); /* in a row */
    for (int i = 0; i < IPC_HOOK_FAILURES - 1; i++)
        done(1, false, ERR_OK);
    assert_int_equal(dues("aaaaabbbbbcccccddddd", HOOK_ENDED).count, 1);
    done(1, false, ERR_OK);
    assert_int_equal(dues("aaaaabbbbbcccccddddd", HOOK_ENDED).count, 0);
    rig.m->hook[0].failures = IPC_HOOK_FAILURES;
    assert_int_equal(of_hook(ASK_HOOK_LIST, 1, 0, 0), ERR_OK);
    assert_int_equal(rig.from_store.as.hook[0].failures, IPC_HOOK_FAILURES);
    assert_int_equal(of_hook(ASK_HOOK_DROP, 1, 1, 0), ERR_OK);
    done(1, false, ERR_NOT_FOUND);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 1, 7), ERR_OK); /* made again, it is told */
    assert_int_equal(dues("aaaaabbbbbcccccddddd", HOOK_ENDED).count, 1);
    close_rig();
}

static void webhooks_go_with_their_organisation(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(of_hook(ASK_HOOK_PUT, 1, 1, 7), ERR_OK);
    assert_int_equal(of_hook(ASK_HOOK_PUT, 2, 2, 7), ERR_OK);
    struct store_organisation org = {.profile = 0};
    struct store_webhook row = {.events = 0};
    id_of(org.id, 101);
    assert_int_equal(store_drop_organisation(rig.s, &org), ERR_OK);
    id_of(row.id, 1);
    assert_int_equal(store_get_webhook(rig.s, &row), ERR_NOT_FOUND);
    id_of(row.id, 2);
    assert_int_equal(store_get_webhook(rig.s, &row), ERR_OK);
    close_rig();
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(an_organisation_has_eight_and_sees_its_own),
        BOTH_FACT(those_are_told_whose_meeting_it_is_and_who_asked_for_it),
        BOTH_FACT(after_twenty_deliveries_that_were_given_up_it_is_left_alone),
        BOTH_FACT(webhooks_go_with_their_organisation),
    };
    return BOTH(facts);
}
