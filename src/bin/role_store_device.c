/* Devices of people as rows of the store. knows: both shapes. knows not: who asks, what a key is
 * for. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "bin/role_store.h"

static_assert((int)ACCOUNT_DEVICES <= (int)ACCOUNT_PAGE, "all are on one page");
static_assert((int)ACCOUNT_LABEL <= 64 && (int)ACCOUNT_DEVICE_KEY <= 64, "each fits its column");

static struct store_device row_of(const struct account_device *d)
{
    struct store_device row = {.signing_key_len = sizeof d->key,
                               .created_ms = d->created_s * 1000,
                               .seen_ms = d->seen_s * 1000};
    memcpy(row.id, d->id, sizeof row.id);
    memcpy(row.account, d->account, sizeof row.account);
    memcpy(row.signing_key, d->key, sizeof d->key);
    memcpy(row.name, d->label, strnlen(d->label, ACCOUNT_LABEL));
    return row;
}

/* ERR_IO: a row that this program did not write. */
static enum err device_out(const struct store_device *row, struct account_device *out)
{
    size_t len = strlen(row->name);
    if (row->signing_key_len != sizeof out->key || len > ACCOUNT_LABEL)
        return ERR_IO;
    memset(out, 0, sizeof *out);
    memcpy(out->id, row->id, sizeof out->id);
    memcpy(out->account, row->account, sizeof out->account);
    memcpy(out->key, row->signing_key, sizeof out->key);
    memcpy(out->label, row->name, len);
    out->created_s = row->created_ms / 1000;
    out->seen_s = row->seen_ms / 1000;
    return ERR_OK;
}

static enum err devices_of(struct store *s, const uint8_t account[ACCOUNT_ID],
                           struct store_device rows[ACCOUNT_PAGE], size_t *count)
{
    struct store_device like = {.created_ms = 0};
    struct store_list l = {STORE_DEVICES, .by = "account", .like = &like, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    memcpy(like.account, account, sizeof like.account);
    TRY(store_list(s, &l));
    *count = l.count;
    return ERR_OK;
}

/* The row of that id, if it is that account's. */
static enum err own(struct store *s, const struct account_device *d, struct store_device *row)
{
    memset(row, 0, sizeof *row);
    memcpy(row->id, d->id, sizeof row->id);
    TRY(store_get_device(s, row));
    return memcmp(row->account, d->account, sizeof row->account) == 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err put(struct store *s, const struct account_device *d)
{
    static struct store_device rows[ACCOUNT_PAGE];
    struct store_device row, fresh = row_of(d);
    struct store_account a = {.state = 0};
    size_t count;
    enum err e = own(s, d, &row);
    if (e == ERR_OK) {
        memcpy(row.name, fresh.name, sizeof row.name);
        row.seen_ms = fresh.seen_ms;
        return store_set_device(s, &row);
    }
    if (e != ERR_NOT_FOUND)
        return e;
    TRY(devices_of(s, d->account, rows, &count));
    if (count >= ACCOUNT_DEVICES)
        return ERR_LIMIT;
    memcpy(a.id, d->account, sizeof a.id);
    TRY(store_get_account(s, &a));
    return store_put_device(s, &fresh);
}

enum err store_device_write(struct store *s, const struct account_ask *ask)
{
    struct store_device row;
    if (ask->type == ASK_DEVICE_PUT)
        return put(s, &ask->as.device);
    TRY(own(s, &ask->as.device, &row));
    return store_drop_device(s, &row);
}

enum err store_device_read(struct store *s, const struct account_ask *ask,
                           struct account_reply *out)
{
    static struct store_device rows[ACCOUNT_PAGE];
    size_t count = 1;
    if (ask->type == ASK_DEVICE_GET)
        TRY(own(s, &ask->as.device, &rows[0]));
    else
        TRY(devices_of(s, ask->as.device.account, rows, &count));
    for (size_t i = 0; i < count; i++)
        TRY(device_out(&rows[i], &out->as.device[i]));
    out->count = (uint32_t)count;
    return ERR_OK;
}
