/* Facts about people's devices in the store, over SQLite and over PostgreSQL: every question is
 * answered as the rows in memory answer it, and they go with their account. */
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
    bool rows = q->type == ASK_DEVICE_LIST || q->type == ASK_DEVICE_GET;
    for (uint32_t i = 0; i < a->count && rows; i++)
        assert_memory_equal(&a->as.device[i], &b->as.device[i], sizeof a->as.device[i]);
    return a->result;
}

static struct account_ask of_device(enum account_ask_type type, unsigned account, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.device.id, n);
    id_of(q.as.device.account, account);
    memset(q.as.device.key, (int)n + 1, sizeof q.as.device.key);
    q.as.device.created_s = 1800000000 + n;
    q.as.device.seen_s = 1799971200;
    (void)snprintf(q.as.device.label, sizeof q.as.device.label, "Device %u", n);
    return q;
}

static enum err do_device(enum account_ask_type type, unsigned account, unsigned n)
{
    struct account_ask q = of_device(type, account, n);
    return ask(&q);
}

static void open_rig(void)
{
    memset(&rig, 0, sizeof rig);
    rig.s = both_open();
    rig.m = calloc(1, sizeof *rig.m);
    assert_non_null(rig.m);
    for (unsigned n = 201; n <= 202; n++) {
        struct account_ask q = {.type = ASK_ACCOUNT_PUT, .request = 1};
        id_of(q.as.fresh.row.id, n);
        (void)snprintf(q.as.fresh.row.name, sizeof q.as.fresh.row.name, "user%u", n);
        memcpy(q.as.fresh.credential.account, q.as.fresh.row.id, ACCOUNT_ID);
        q.as.fresh.credential.lookup[0] = (uint8_t)n;
        assert_int_equal(ask(&q), ERR_OK);
    }
}

static void close_rig(void)
{
    store_close(rig.s);
    free(rig.m);
}

static void a_person_has_sixteen_and_sees_their_own(void **state)
{
    (void)state;
    open_rig();
    for (unsigned n = 1; n <= ACCOUNT_DEVICES; n++)
        assert_int_equal(do_device(ASK_DEVICE_PUT, 201, n), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_PUT, 201, 17), ERR_LIMIT);
    assert_int_equal(do_device(ASK_DEVICE_PUT, 202, 17), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_PUT, 203, 18), ERR_NOT_FOUND);
    assert_int_equal(do_device(ASK_DEVICE_LIST, 201, 0), ERR_OK);
    assert_int_equal(rig.from_store.count, ACCOUNT_DEVICES);
    assert_int_equal(do_device(ASK_DEVICE_LIST, 202, 0), ERR_OK);
    assert_int_equal(rig.from_store.count, 1);
    assert_int_equal(do_device(ASK_DEVICE_GET, 202, 1), ERR_NOT_FOUND);
    assert_int_equal(do_device(ASK_DEVICE_DROP, 202, 1), ERR_NOT_FOUND);
    assert_int_equal(do_device(ASK_DEVICE_DROP, 201, 1), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_GET, 201, 1), ERR_NOT_FOUND);
    assert_int_equal(do_device(ASK_DEVICE_PUT, 201, 19), ERR_OK);
    close_rig();
}

static void one_that_is_there_is_named_anew(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(do_device(ASK_DEVICE_PUT, 201, 1), ERR_OK);
    struct account_ask q = of_device(ASK_DEVICE_PUT, 201, 1);
    memset(q.as.device.label, 0, sizeof q.as.device.label);
    memcpy(q.as.device.label, "Desk", 5);
    q.as.device.seen_s += 86400;
    q.as.device.created_s += 86400;
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_GET, 201, 1), ERR_OK);
    assert_string_equal(rig.from_store.as.device[0].label, "Desk");
    assert_int_equal(rig.from_store.as.device[0].created_s, 1800000001);
    close_rig();
}

static void devices_go_with_their_account(void **state)
{
    (void)state;
    struct account_ask q = {.type = ASK_ACCOUNT_DROP, .request = 1};
    struct store_device row = {.created_ms = 0};
    open_rig();
    assert_int_equal(do_device(ASK_DEVICE_PUT, 201, 1), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_PUT, 202, 2), ERR_OK);
    id_of(q.as.row.id, 201);
    q.as.row.created_s = 1800000000;
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(do_device(ASK_DEVICE_GET, 201, 1), ERR_NOT_FOUND);
    id_of(row.id, 1);
    assert_int_equal(store_get_device(rig.s, &row), ERR_NOT_FOUND);
    assert_int_equal(do_device(ASK_DEVICE_GET, 202, 2), ERR_OK);
    close_rig();
}

static void a_key_that_nobody_wrote_like_that_is_no_answer(void **state)
{
    (void)state;
    struct store_device row = {.signing_key_len = 31};
    open_rig();
    id_of(row.id, 1);
    id_of(row.account, 201);
    assert_int_equal(store_put_device(rig.s, &row), ERR_OK);
    struct account_ask q = of_device(ASK_DEVICE_LIST, 201, 1);
    store_account(rig.s, &q, &rig.from_store);
    assert_int_equal(rig.from_store.result, ERR_IO);
    close_rig();
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(a_person_has_sixteen_and_sees_their_own),
        BOTH_FACT(one_that_is_there_is_named_anew),
        BOTH_FACT(devices_go_with_their_account),
        BOTH_FACT(a_key_that_nobody_wrote_like_that_is_no_answer),
    };
    return BOTH(facts);
}
