/* Webhooks of an organisation, as its programs read and write them. knows: names of fields. knows
 * not: what is told, or to whom. owns: nothing beyond an answer. */
#include <jansson.h>

#include "base/text.h"
#include "bin/front_account.h"
#include "bin/hook_body.h"
#include "crypt/crypt.h"

uint8_t desk_hook_events(json_t *list)
{
    uint8_t bits = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum account_hook_event e;
        json_t *word = json_array_get(list, i);
        struct span text = span_of(json_string_value(word), json_string_length(word));
        if (!json_is_string(word) || !hook_event_read(&e, text) || (bits >> e & 1))
            return 0;
        bits |= (uint8_t)(1u << e);
    }
    return bits;
}

static json_t *hook(const struct account_hook *h)
{
    json_t *events = json_array();
    for (int i = 0; i < HOOK_EVENTS_; i++)
        if (h->events >> i & 1)
            (void)json_array_append_new(events,
                                        json_string(hook_event_word((enum account_hook_event)i)));
    return json_pack("{s:o, s:s, s:o, s:i, s:b}", "id", desk_base64(h->id, sizeof h->id), "url",
                     h->url, "events", events, "failures", (int)h->failures, "left_alone",
                     h->failures >= IPC_HOOK_FAILURES);
}

json_t *desk_hook_words(const struct account_answer *a)
{
    char key[2 * sizeof a->given + 1];
    if (a->command == ACCOUNT_API_HOOK_MAKE) {
        json_t *o = hook(&a->hook);
        text_hex(key, span_of(a->given, sizeof a->given));
        (void)json_object_set_new(o, "signing_key", json_string(key));
        crypt_wipe(key, sizeof key);
        return o;
    }
    json_t *rows = json_array();
    for (uint32_t i = 0; a->reply && i < a->reply->count; i++)
        (void)json_array_append_new(rows, hook(&a->reply->as.hook[i]));
    return json_pack("{s:o}", "webhooks", rows);
}
