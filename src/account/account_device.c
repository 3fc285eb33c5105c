/* A person's devices: the keys that certify them in meetings, put on the person's list by whoever
 * holds both the session and the key; and whether a key is on the list of a name.
 * knows: what a device signs. knows not: meetings, leaves, what a browser is. owns: nothing. */
#include "account/flow.h"
#include "crypt/crypt.h"
#include "crypt/sign.h"

#define DAY_S 86400

static const char purpose[] = "Conclave account device v1";

/* purpose 0 name: such a proof is worth nothing for another account. A browser has one key for each
 * server's origin, so none leads from one to another. */
static bool proved(const struct flow *f)
{
    uint8_t message[sizeof purpose + ACCOUNT_NAME];
    size_t len = strlen(f->row.name);
    memcpy(message, purpose, sizeof purpose);
    memcpy(message + sizeof purpose, f->row.name, len);
    return sign_verify(f->device.key, span_of(message, sizeof purpose + len), f->signature) ==
           ERR_OK;
}

static void name_device(struct flow *f, const uint8_t account[ACCOUNT_ID])
{
    static const char kind[] = "device";
    uint8_t bytes[sizeof kind - 1 + ACCOUNT_ID + ACCOUNT_DEVICE_KEY], hash[ACCOUNT_HASH];
    memcpy(bytes, kind, sizeof kind - 1);
    memcpy(bytes + sizeof kind - 1, account, ACCOUNT_ID);
    memcpy(bytes + sizeof kind - 1 + ACCOUNT_ID, f->device.key, ACCOUNT_DEVICE_KEY);
    crypt_sha256(hash, span_of(bytes, sizeof bytes));
    memcpy(f->device.id, hash, sizeof f->device.id);
    memcpy(f->device.account, account, sizeof f->device.account);
}

static void add(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_DEVICE_PUT};
    (void)reply;
    if (!proved(f)) {
        flow_answer(a, f, ACCOUNT_FORGED);
        return;
    }
    name_device(f, f->row.id);
    memcpy(f->device.label, f->label, sizeof f->device.label);
    f->device.created_s = a->now.unix_s;
    f->device.seen_s = a->now.unix_s / DAY_S * DAY_S;
    ask.as.device = f->device;
    flow_ask(a, f, &ask, flow_done);
}

static void list(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_DEVICE_LIST};
    (void)reply;
    memcpy(ask.as.device.account, f->row.id, sizeof ask.as.device.account);
    flow_ask(a, f, &ask, flow_list);
}

static void drop(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_DEVICE_DROP};
    (void)reply;
    memcpy(f->device.account, f->row.id, sizeof f->device.account);
    ask.as.device = f->device;
    flow_ask(a, f, &ask, flow_done);
}

/* ---- of anybody ---- */

static void looked(struct account *a, struct flow *f, const struct account_reply *reply)
{
    bool same = reply->result == ERR_OK &&
                memcmp(reply->as.device[0].key, f->device.key, sizeof f->device.key) == 0;
    flow_answer(a, f,
                reply->result != ERR_OK
                    ? flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_BUSY)
                : same && !f->disabled ? ACCOUNT_OK
                                       : ACCOUNT_NOT_FOUND);
}

/* A name that nobody has costs the same two questions. */
static void whose(struct account *a, struct flow *f, const struct account_reply *reply)
{
    static const uint8_t nobody[ACCOUNT_ID];
    struct account_ask ask = {.type = ASK_DEVICE_GET};
    if (reply->result != ERR_OK && reply->result != ERR_NOT_FOUND) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    bool known = reply->result == ERR_OK;
    f->disabled = known && reply->as.row[0].disabled;
    name_device(f, known ? reply->as.row[0].id : nobody);
    ask.as.device = f->device;
    flow_ask(a, f, &ask, looked);
}

static void check(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_NAMED};
    struct account_answer slow = {.reason = ACCOUNT_SLOW};
    uint64_t budget;
    memcpy(&budget, f->device.key, sizeof budget);
    if (!attempts_take(&a->keys, budget | 1, a->now.at, &slow.retry_s)) {
        flow_answer_with(a, f, &slow);
        return;
    }
    memcpy(ask.as.row.name, f->name, sizeof ask.as.row.name);
    flow_ask(a, f, &ask, whose);
}

/* False: a field breaks its rules. */
static bool read(struct flow *f, const struct account_event *in)
{
    if (in->command == ACCOUNT_DEVICE_LIST)
        return true;
    if (in->command == ACCOUNT_DEVICE_DROP) {
        if (in->id.len == sizeof f->device.id)
            memcpy(f->device.id, in->id.ptr, in->id.len);
        return in->id.len == sizeof f->device.id;
    }
    if (in->device_key.len != sizeof f->device.key)
        return false;
    memcpy(f->device.key, in->device_key.ptr, in->device_key.len);
    if (in->command == ACCOUNT_DEVICE_CHECK)
        return name_read(f->name, in->name);
    if (in->device_proof.len != SIGN_BYTES)
        return false;
    memcpy(f->signature, in->device_proof.ptr, SIGN_BYTES);
    return true;
}

void device_command(struct account *a, struct flow *f, const struct account_event *in)
{
    if (!read(f, in)) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    if (in->command == ACCOUNT_DEVICE_CHECK)
        check(a, f);
    else
        session_with(a, f, in,
                     in->command == ACCOUNT_DEVICE_ADD    ? add
                     : in->command == ACCOUNT_DEVICE_LIST ? list
                                                          : drop);
}
