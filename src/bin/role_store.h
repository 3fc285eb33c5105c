/* What the store role answers about accounts, beside meetings.
 * knows: rows.h's questions, the tables. knows not: channels, who asks. owns: nothing. */
#ifndef BIN_ROLE_STORE_H
#define BIN_ROLE_STORE_H

#include "account/rows.h"
#include "proto/ipc.h"
#include "store/store.h"

/* Carries the question out and fills all of the reply but rows that are not there. */
void store_account(struct store *s, const struct account_ask *ask, struct account_reply *out);

/* role_store_export.c: all that is stored about an account, from a byte on. ERR_NOT_FOUND,
 * ERR_LIMIT: more than 1 MiB. */
enum err store_export(struct store *s, const struct account_piece *like, struct account_reply *out);

/* role_store_grant.c: keys and invitations of organisations, and one's own; the writes inside a
 * transaction. */
enum err store_grant_write(struct store *s, const struct account_ask *ask);
enum err store_grant_read(struct store *s, const struct account_ask *ask,
                          struct account_reply *out);
/* Lifts what that organisation blocked for that account. */
enum err store_grant_unblock(struct store *s, const struct account_membership *who);

/* role_store_meeting.c: what an organisation's programs ask about its meetings; the end in a
 * transaction of its own. */
enum err store_meeting_end(struct store *s, const struct account_meeting *m,
                           struct account_reply *out);
enum err store_meeting_read(struct store *s, const struct account_ask *ask,
                            struct account_reply *out);

/* role_store_device.c: devices of people; the write inside a transaction. */
enum err store_device_write(struct store *s, const struct account_ask *ask);
enum err store_device_read(struct store *s, const struct account_ask *ask,
                           struct account_reply *out);

/* role_store_usage.c: figures; those of organisations are added in a transaction of their own. */
enum err store_usage_add(struct store *s, const struct ipc_usage_add *a);
/* The server's days after that one. */
enum err store_usage_days(struct store *s, int64_t after_ms, struct ipc_usage_rows *out);
enum err store_usage_members(struct store *s, const struct ipc_usage_members *m);
enum err store_usage_list(struct store *s, const struct account_usage *ask,
                          struct account_reply *out);

/* role_store_places.c: choices of data centres; the write is a transaction of its own. */
enum err store_places_put(struct store *s, const struct account_places *in,
                          struct account_reply *out);
enum err store_places_read(struct store *s, const struct account_ask *ask,
                           struct account_reply *out);

/* role_store_list.c: pieces of the list of data centres; the last one writes the file. */
void role_store_list(const char *data, const struct ipc_list_part *part);

/* role_store_hook.c: webhooks; the write inside a transaction. */
enum err store_hook_write(struct store *s, const struct account_ask *ask);
enum err store_hook_list(struct store *s, const struct account_hook *like,
                         struct account_reply *out);
/* Who is to be told of what front saw: a message each. ERR_OK, also for nobody. */
struct hook_dues {
    size_t count;
    struct ipc_hook_due due[ACCOUNT_HOOKS];
};
enum err store_hook_dues(struct store *s, const struct ipc_hook_tell *tell, struct hook_dues *out);
/* How it went: failures in a row are counted. ERR_NOT_FOUND: it was removed. */
enum err store_hook_done(struct store *s, const struct ipc_hook_done *done);

#endif
