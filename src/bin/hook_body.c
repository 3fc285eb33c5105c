/* See hook_body.h. */
#include "bin/hook_body.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypt/crypt.h"

static const char *const words[HOOK_EVENTS_] = {
    [HOOK_CREATED] = "meeting.created",
    [HOOK_STARTED] = "meeting.started",
    [HOOK_ENDED] = "meeting.ended",
};

const char *hook_event_word(enum account_hook_event e)
{
    return e < HOOK_EVENTS_ ? words[e] : "";
}

bool hook_event_read(enum account_hook_event *out, struct span word)
{
    for (int i = 0; i < HOOK_EVENTS_; i++)
        if (span_equal(word, span_str(words[i]))) {
            *out = (enum account_hook_event)i;
            return true;
        }
    return false;
}

enum err hook_body(char out[HOOK_BODY], const struct ipc_hook_due *due,
                   const uint8_t delivery[HOOK_DELIVERY])
{
    char id[TEXT_BASE64URL_LEN(HOOK_DELIVERY) + 1];
    text_base64url(id, span_of(delivery, HOOK_DELIVERY));
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", id, "event",
                          hook_event_word((enum account_hook_event)due->event), "meeting",
                          due->meeting, "organisation", due->name, "at", (json_int_t)due->at_s);
    size_t len = o ? json_dumpb(o, out, HOOK_BODY - 1, JSON_COMPACT) : 0;
    json_decref(o);
    if (len == 0 || len > HOOK_BODY - 1)
        return ERR_NOMEM;
    out[len] = '\0';
    return ERR_OK;
}

void hook_sign(char timestamp[HOOK_HEADER], char signature[HOOK_HEADER], const uint8_t key[32],
               const char *body, int64_t at_s)
{
    char text[HOOK_BODY + 32], hex[2 * CRYPT_SHA256_LEN + 1];
    uint8_t mac[CRYPT_SHA256_LEN];
    int len = snprintf(text, sizeof text, "%" PRId64 ".%s", at_s, body);
    crypt_hmac_sha256(mac, span_of(key, 32), span_of(text, (size_t)len));
    text_hex(hex, span_of(mac, sizeof mac));
    (void)snprintf(timestamp, HOOK_HEADER, "Conclave-Timestamp: %" PRId64, at_s);
    (void)snprintf(signature, HOOK_HEADER, "Conclave-Signature: v1=%s", hex);
}
