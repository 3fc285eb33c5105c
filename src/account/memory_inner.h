/* What the files of memory.h share. knows: how rows are found. owns: nothing. */
#ifndef ACCOUNT_MEMORY_INNER_H
#define ACCOUNT_MEMORY_INNER_H

#include <string.h>

#include "account/memory.h"

#define MEMORY_NONE UINT32_MAX /* there is no such row */

static inline bool memory_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

/* A row's place, or MEMORY_NONE. */
uint32_t memory_by_id(const struct memory *m, const uint8_t id[ACCOUNT_ID]);
uint32_t memory_org_of(const struct memory *m, const uint8_t id[ACCOUNT_ID]);
uint32_t memory_member_of(const struct memory *m, const struct account_membership *who);

/* As the ASK_ of the same name. */
enum err memory_member_put(struct memory *m, const struct account_membership *who);
enum err memory_grant_put(struct memory *m, const struct account_grant *g);
enum err memory_grant_get(const struct memory *m, const struct account_grant *like,
                          struct account_reply *out);
enum err memory_grant_list(const struct memory *m, struct account_grant like,
                           struct account_reply *out);
enum err memory_grant_drop(struct memory *m, const struct account_grant *like);
enum err memory_grant_take(struct memory *m, const struct account_ask *ask);
enum err memory_meeting_get(const struct memory *m, const struct account_meeting *like,
                            struct account_reply *out);
enum err memory_meeting_list(const struct memory *m, struct account_meeting like,
                             struct account_reply *out);
enum err memory_meeting_end(struct memory *m, const struct account_meeting *like,
                            struct account_reply *out);
enum err memory_hook_put(struct memory *m, const struct account_hook *h);
enum err memory_hook_list(const struct memory *m, const struct account_hook *like,
                          struct account_reply *out);
enum err memory_hook_drop(struct memory *m, const struct account_hook *like);
enum err memory_device(struct memory *m, const struct account_ask *ask, struct account_reply *out);
enum err memory_places(struct memory *m, const struct account_ask *ask, struct account_reply *out);
/* All of an account. */
void memory_places_clear(struct memory *m, const uint8_t account[ACCOUNT_ID]);
/* All of an account. */
void memory_device_clear(struct memory *m, const uint8_t account[ACCOUNT_ID]);

#endif
