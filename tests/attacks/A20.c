/* A20: JSON with duplicate keys, depth 10 000, 1e999, lone surrogates, NUL, __proto__, trailing
 * bytes. Expected: refused or closed; what the others get is written anew, never the sender's
 * bytes. */
#include "rig/honest.h"

#include <stdlib.h>

/* A member who is in the group, so that what it says would reach Ben. */
static struct rig_peer *member(struct honest *h)
{
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a member joins");
    NEED(rig_group_enter(p), "and is in the group");
    return p;
}

/* Sends this text as a member; true when it is refused or the connection closed, and no one else
 * gets a message from it. */
static bool refused(struct honest *h, struct span text, const char *what)
{
    struct rig_peer *p = member(h);
    json_t *old;
    while ((old = rig_event(h->ben, "group_message", 0)))
        json_decref(old);
    json_array_clear(p->replies);
    rig_ws_send(&h->rig, &p->ws, RIG_WS_TEXT, text);
    json_t *reply = NULL;
    const char *verdict = "closed";
    if (RIG_WAIT(&h->rig, 2000, json_array_size(p->replies) > 0 || p->ws.closed) && !p->ws.closed) {
        reply = json_incref(json_array_get(p->replies, 0));
        verdict = rig_verdict(reply);
    } else if (!p->ws.closed) {
        verdict = "no answer";
    }
    json_t *chat = rig_event(h->ben, "group_message", 100);
    bool ok = !chat && strcmp(verdict, "ok") != 0 && strcmp(verdict, "no answer") != 0;
    printf("      %s: %s%s\n", what, verdict, chat ? ", FORWARDED" : "");
    json_decref(chat);
    rig_leave(p, false);
    return ok;
}

/* The text with `$` written out: the type and the group of a right message. */
static size_t written(struct honest *h, char *out, size_t cap, const char *text)
{
    const char *at = strchr(text, '$');
    int before = at ? (int)(at - text) : (int)strlen(text);
    int n = snprintf(out, cap, "%.*s", before, text);
    if (at)
        n += snprintf(out + n, cap - (size_t)n,
                      "\"t\":\"group_message\",\"group\":\"%s\",\"epoch\":0%s", h->ana->group.id,
                      at + 1);
    return (size_t)n;
}

static bool refused_text(struct honest *h, const char *text, const char *what)
{
    char out[512];
    return refused(h, span_of(out, written(h, out, sizeof(out), text)), what);
}

static void deep(struct honest *h)
{
    char *text = malloc(21000);
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    CHECK(refused(h, span_of(text, 20000), "an array 10 000 deep"), "depth 10 000 is refused");
    free(text);
    CHECK(refused_text(h, "{$,\"n\":1,\"bytes\":\"AAAA\",\"x\":[[[[[[[[[[1]]]]]]]]]]}", "depth 11"),
          "depth 11 is refused");
}

/* A right message in odd clothes arrives, but written anew. */
static void rewritten(struct honest *h)
{
    struct rig_peer *p = member(h);
    char odd[512];
    int n = snprintf(odd, sizeof(odd),
                     " { \"bytes\" : \"\\u0051UJD\" ,\n\"n\": 7, \"epoch\":\t0,\"group\":\"%s\","
                     "\"t\":\"\\u0067roup_message\"}\n",
                     p->group.id);
    rig_ws_send(&h->rig, &p->ws, RIG_WS_TEXT, span_of(odd, (size_t)n));
    json_t *chat = rig_event(h->ben, "group_message", 3000);
    CHECK(chat, "a right message with odd spacing arrives");
    CHECK(!strcmp(json_string_value(json_object_get(chat, "bytes")), "QUJD"),
          "its bytes are what was meant");
    CHECK(rig_u32(chat, "from") == p->member, "its sender is the session's");
    CHECK(!json_object_get(chat, "n"), "the sender's own fields are gone");
    json_decref(chat);
    rig_leave(p, false);
}

int main(void)
{
    char raw_nul[512];
    struct honest h;
    honest_open(&h);
    rewritten(&h);
    CHECK(refused_text(&h, "{\"t\":\"ping\",\"n\":1,$,\"bytes\":\"AAAA\"}", "the type twice"),
          "a duplicate type is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"AAAA\",\"bytes\":\"BBBB\"}", "the body twice"),
          "a duplicate body is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"AAAA\",\"\\u0062ytes\":\"BBBB\"}",
                       "the body twice, once escaped"),
          "a duplicate by another spelling is refused");
    CHECK(refused_text(&h, "{$,\"n\":1e999,\"bytes\":\"AAAA\"}", "1e999"), "1e999 is refused");
    CHECK(refused_text(&h, "{$,\"n\":-1,\"bytes\":\"AAAA\"}", "n of -1"),
          "a negative number is refused");
    CHECK(refused_text(&h, "{$,\"n\":4294967296,\"bytes\":\"AAAA\"}", "n of 2^32"),
          "a number over 32 bits is refused");
    CHECK(refused_text(&h, "{$,\"n\":1.5,\"bytes\":\"AAAA\"}", "n of 1.5"),
          "a fraction is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"\\ud800AAAA\"}", "a lone surrogate"),
          "a lone surrogate is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"AA\\u0000AA\"}", "an escaped NUL"),
          "an escaped NUL is refused");
    size_t len = written(&h, raw_nul, sizeof(raw_nul), "{$,\"n\":1,\"bytes\":\"AAAA\"}");
    memcpy(raw_nul + len, "\0{}", 3);
    CHECK(refused(&h, span_of(raw_nul, len + 3), "a raw NUL"), "a raw NUL is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"AAAA\",\"__proto__\":{\"host\":true}}",
                       "__proto__"),
          "__proto__ is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":\"AAAA\"}{\"t\":\"leave\",\"n\":2}",
                       "two messages in one"),
          "trailing bytes are refused");
    CHECK(refused_text(&h, "[{$,\"n\":1,\"bytes\":\"AAAA\"}]", "an array"), "an array is refused");
    CHECK(refused_text(&h, "{$,\"n\":1,\"bytes\":[\"AAAA\"]}", "a body that is an array"),
          "a body of the wrong type is refused");
    CHECK(refused_text(&h, "{\"t\":\"constructor\",\"n\":1}", "an unknown type"),
          "an unknown type is refused");
    deep(&h);
    honest_close(&h);
    return 0;
}
