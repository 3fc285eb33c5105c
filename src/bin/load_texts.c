/* A client's texts in a list and in a growing buffer; see load_texts.h. */
#include "bin/load_texts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/web_lws.h"

struct text {
    struct text *next;
    size_t len;
    unsigned char bytes[]; /* LWS_PRE of room, then the text */
};

void texts_put(struct texts *t, struct lws *wsi, json_t *message)
{
    char *words = message ? json_dumps(message, JSON_COMPACT) : NULL;
    json_decref(message);
    size_t len = words ? strlen(words) : 0;
    struct text *one = words && wsi ? malloc(sizeof *one + LWS_PRE + len) : NULL;
    if (one) {
        one->next = NULL;
        one->len = len;
        memcpy(one->bytes + LWS_PRE, words, len);
        *(t->last ? t->last : &t->first) = one;
        t->last = &one->next;
        (void)lws_callback_on_writable(wsi);
    }
    free(words);
}

bool texts_waiting(const struct texts *t)
{
    return t->first != NULL;
}

static void drop_first(struct texts *t)
{
    struct text *one = t->first;
    t->first = one->next;
    if (!t->first)
        t->last = NULL;
    free(one);
}

bool texts_write(struct texts *t, struct lws *wsi)
{
    struct text *one = t->first;
    if (!one)
        return true;
    bool sent = lws_write(wsi, one->bytes + LWS_PRE, one->len, LWS_WRITE_TEXT) >= (int)one->len;
    drop_first(t);
    if (t->first)
        (void)lws_callback_on_writable(wsi);
    return sent;
}

enum texts_taken texts_take(struct texts *t, struct lws *wsi, struct span part, size_t max,
                            struct span *whole)
{
    char *grown = part.len <= max - t->in_len ? realloc(t->in, t->in_len + part.len + 1) : NULL;
    if (!grown)
        return TEXTS_REFUSED;
    memcpy(grown + t->in_len, part.ptr, part.len);
    t->in = grown;
    t->in_len += part.len;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return TEXTS_PART;
    *whole = span_of(t->in, t->in_len);
    t->in = NULL;
    t->in_len = 0;
    return TEXTS_WHOLE;
}

void texts_free(struct span whole)
{
    free((void *)(uintptr_t)whole.ptr);
}

void texts_clear(struct texts *t)
{
    while (t->first)
        drop_first(t);
    free(t->in);
    *t = (struct texts){0};
}
