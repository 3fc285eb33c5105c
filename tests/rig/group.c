/* A participant's part in the group, as far as the server can tell: who asks is added by whoever is
 * asked to, with commits and Welcomes of random bytes. See rig.h. */
#include <stdlib.h>

#include "base/text.h"
#include "rig/rig.h"

enum { PART = 32768, ADD_BYTES = 400 };

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static json_t *random_text(size_t bytes)
{
    uint8_t *raw = malloc(bytes);
    char *text = malloc(TEXT_BASE64URL_LEN(bytes) + 1);
    rig_random(raw, bytes);
    text_base64url(text, span_of(raw, bytes));
    json_t *o = json_string(text);
    free(raw);
    free(text);
    return o;
}

static json_t *message(const struct rig_peer *p, const char *type)
{
    return json_pack("{s:s,s:s,s:i}", "t", type, "group", p->group.id, "epoch",
                     (int)p->group.epoch);
}

void rig_group_ask(struct rig_peer *p)
{
    json_t *o = json_pack("{s:s,s:s}", "t", "group_join", "group", p->group.id);
    json_object_set_new(o, "key_package", random_text(300));
    json_object_set_new(o, "proof", random_text(32));
    rig_tell(p, o);
}

static json_t *part(size_t bytes)
{
    json_t *o = json_pack("{s:s}", "t", "group_part");
    json_object_set_new(o, "bytes", random_text(bytes));
    return o;
}

static json_t *commit_message(const struct rig_peer *p, size_t bytes, json_t *joins, json_t *gone)
{
    json_t *o = message(p, "group_commit");
    json_object_set_new(o, "commit", json_integer((json_int_t)bytes));
    json_object_set_new(o, "joins", joins ? joins : json_array());
    json_object_set_new(o, "gone", gone ? gone : json_array());
    return o;
}

json_t *rig_group_commit(struct rig_peer *p, size_t bytes, json_t *joins, json_t *gone)
{
    size_t welcome = p->group.welcome_bytes ? p->group.welcome_bytes : ADD_BYTES;
    if (!joins || json_array_size(joins) == 0)
        welcome = 0;
    for (size_t left = bytes + welcome; left > 0;) {
        size_t n = left < PART ? left : PART;
        json_t *reply = rig_ask(p, part(n));
        if (strcmp(text_of(reply, "t"), "ok") != 0)
            return reply;
        json_decref(reply);
        left -= n;
    }
    return rig_ask(p, commit_message(p, bytes, joins, gone));
}

json_t *rig_group_say(struct rig_peer *p, const char *base64url)
{
    json_t *o = message(p, "group_message");
    json_object_set_new(o, "bytes", json_string(base64url));
    return rig_ask(p, o);
}

/* Without waiting: this is called while events are read. Those who wait are left to the test. */
static void serve(struct rig_peer *p, const json_t *o)
{
    json_t *joins = json_array(), *gone = json_incref(json_object_get(o, "gone"));
    size_t i;
    json_t *who;
    json_array_foreach(json_object_get(o, "joins"), i,
                       who) if (!json_is_true(json_object_get(who, "waiting")))
        json_array_append_new(joins,
                              json_pack("{s:I}", "member", (json_int_t)rig_u32(who, "member")));
    if (json_array_size(joins) + json_array_size(gone) == 0) {
        json_decref(joins);
        json_decref(gone);
        return;
    }
    rig_tell(p, part(ADD_BYTES + (json_array_size(joins) > 0 ? ADD_BYTES : 0)));
    rig_tell(p, commit_message(p, ADD_BYTES, joins, gone));
}

void rig_group_event(struct rig_peer *p, const char *t, const json_t *o)
{
    struct rig_group *g = &p->group;
    if (!strcmp(t, "group_state")) {
        snprintf(g->id, sizeof(g->id), "%s", text_of(o, "group"));
        g->epoch = rig_u32(o, "epoch");
        g->in = false;
    } else if (!strcmp(t, "group_welcome")) {
        snprintf(g->id, sizeof(g->id), "%s", text_of(o, "group"));
        g->epoch = rig_u32(o, "epoch");
        g->in = true;
    } else if (!strcmp(t, "group_commit")) {
        g->epoch = rig_u32(o, "epoch") + 1;
        g->commits++;
    } else if (!strcmp(t, "group_reopened")) {
        g->epoch = rig_u32(o, "epoch");
    } else if (!strcmp(t, "group_wanted")) {
        g->wanted++;
        g->wanted_at = rig_now();
        if (!g->passive)
            serve(p, o);
    }
}

bool rig_group_enter(struct rig_peer *p)
{
    struct rig_group *g = &p->group;
    if (!g->id[0]) {
        json_t *id = random_text(16);
        json_t *reply = rig_ask(p, json_pack("{s:s,s:O}", "t", "group_create", "group", id));
        if (!strcmp(rig_verdict(reply), "ok")) {
            snprintf(g->id, sizeof(g->id), "%s", json_string_value(id));
            g->epoch = 0;
            g->in = true;
        }
        json_decref(id);
        if (g->in)
            return true;
    }
    rig_group_ask(p);
    return RIG_WAIT(p->rig, 5000, g->in);
}
