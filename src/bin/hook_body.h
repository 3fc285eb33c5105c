/* What a webhook is told, and how it proves whom it is from (docs/wire/webhooks.md). knows: JSON,
 * HMAC. knows not: where it goes. owns: nothing. */
#ifndef BIN_HOOK_BODY_H
#define BIN_HOOK_BODY_H

#include "account/rows.h"
#include "proto/ipc.h"

enum { HOOK_BODY = 512, HOOK_DELIVERY = 16, HOOK_HEADER = 96 };

/* "meeting.started" and so on. */
const char *hook_event_word(enum account_hook_event e);
/* The event of that word; false: none. */
bool hook_event_read(enum account_hook_event *out, struct span word);

/* id, event, meeting, organisation, at: that and no more. delivery: random, the same in each
 * attempt. ERR_NOMEM. */
enum err hook_body(char out[HOOK_BODY], const struct ipc_hook_due *due,
                   const uint8_t delivery[HOOK_DELIVERY]);
/* "Conclave-Timestamp: N" and "Conclave-Signature: v1=HEX", of HMAC-SHA256 with the key over N, a
 * dot and the body. */
void hook_sign(char timestamp[HOOK_HEADER], char signature[HOOK_HEADER], const uint8_t key[32],
               const char *body, int64_t at_s);

#endif
