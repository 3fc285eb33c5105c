/* A22: a client says who it is: sender, role, another member's name, another's tracks and
 * subscriptions. Expected: identity comes from the session alone. */
#include "rig/honest.h"

#include "base/text.h"
#include "crypt/crypt.h"

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

/* A message with one more field must not arrive as somebody else's. */
static void forged_sender(struct honest *h, struct rig_peer *p, const char *field)
{
    json_t *o =
        json_pack("{s:s,s:s,s:i,s:s,s:I}", "t", "group_message", "group", p->group.id, "epoch",
                  (int)p->group.epoch, "bytes", "QUJD", field, (json_int_t)h->ana->member);
    const char *verdict = say(p, o);
    NEED(!strcmp(verdict, "bad_message"), "a message that names its sender is refused");
    json_t *chat = rig_event(h->ben, "group_message", 50);
    NEED(!chat, "and does not arrive");
}

static void foreign_things(struct honest *h, struct rig_peer *p)
{
    json_int_t track = h->ana->track[0].id, transport = h->ana->send.id;
    json_int_t sub = rig_sub_of(h->ben, h->ana, false)->id;
    CHECK(
        !strcmp(say(p, json_pack("{s:s,s:I,s:b}", "t", "track_pause", "track", track, "paused", 1)),
                "not_found"),
        "another's track cannot be paused");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:I}", "t", "unpublish", "track", track)), "not_found"),
          "nor closed");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:I,s:b,s:i}", "t", "subscription_set", "subscription",
                                   sub, "paused", 1, "layer", 0)),
                  "not_found"),
          "another's subscription cannot be changed");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:I}", "t", "unsubscribe", "subscription", sub)),
                  "not_found"),
          "nor closed");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:I}", "t", "transport_close", "transport", transport)),
                  "not_found"),
          "another's transport cannot be closed");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:I}", "t", "transport_restart", "transport", transport)),
                  "not_found"),
          "nor restarted");
}

static void host_powers(struct honest *h, struct rig_peer *p)
{
    CHECK(
        !strcmp(say(p, json_pack("{s:s,s:I}", "t", "remove", "member", (json_int_t)h->ana->member)),
                "forbidden"),
        "a guest cannot remove the host");
    CHECK(!strcmp(say(p, json_pack("{s:s}", "t", "end")), "forbidden"), "nor end the meeting");
    CHECK(!strcmp(say(p, json_pack("{s:s,s:s,s:I}", "t", "rename", "name", "QUJDREVGR0hJ", "member",
                                   (json_int_t)h->ana->member)),
                  "bad_message"),
          "there is no way to name oneself, or another, to the server");
    static const char *const roles[] = {"host", "cohost", "owner", "presenter"};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        NEED(!strcmp(say(p, json_pack("{s:s,s:I,s:s}", "t", "role_set", "member",
                                      (json_int_t)p->member, "role", roles[i])),
                     "forbidden"),
             "no role is taken by asking for it");
    CHECK(true, "a guest cannot make itself host, cohost, owner or presenter");
    json_t *o = rig_hello(&h->meeting, false);
    json_object_set_new(o, "participant", json_string(h->ana->participant));
    struct rig_peer *twin = rig_connect(&h->rig);
    CHECK(!strcmp(say(twin, o), "conflict"), "another's participant id is taken");
    rig_leave(twin, false);
    CHECK(!strcmp(say(p, rig_hello(&h->meeting, true)), "state") ||
              strcmp(say(p, json_pack("{s:s}", "t", "end")), "ok") != 0,
          "a second hello makes nobody a host");
}

/* Hello with a role of its own choice, or a host proof that is wrong. */
static void false_host(struct honest *h)
{
    struct rig_peer *p = rig_connect(&h->rig);
    json_t *o = rig_hello(&h->meeting, false);
    json_object_set_new(o, "role", json_string("host"));
    CHECK(!strcmp(say(p, o), "bad_message"), "a hello that names its role is refused");
    rig_leave(p, false);

    struct rig_meeting m = h->meeting;
    m.host[0] ^= 1;
    p = rig_connect(&h->rig);
    json_t *reply = rig_ask(p, rig_hello(&m, true));
    bool in = rig_welcome(p, reply);
    json_decref(reply);
    CHECK(!in || !p->as_host, "a wrong host proof makes nobody a host");
    rig_leave(p, false);
}

/* How many pieces of a report bear the server's mark; -1: it was refused. */
static int report(struct rig_peer *by, const char *about, const char *note, const json_t *marked)
{
    char key[64];
    static const uint8_t bytes[32] = {5};
    text_base64url(key, span_of(bytes, sizeof bytes));
    json_t *o = rig_ask(
        by, json_pack("{s:s,s:s,s:s,s:[{s:s,s:s,s:O,s:O}]}", "t", "report", "participant", about,
                      "about", "harassment", "evidence", "note", note, "key", key, "frank",
                      json_object_get(marked, "frank"), "at", json_object_get(marked, "at")));
    bool taken = o && !strcmp(json_string_value(json_object_get(o, "t")), "reported");
    int franked = taken ? (int)rig_u32(o, "franked") : -1;
    json_decref(o);
    return franked;
}

/* Words put into another's mouth: the mark fits who said what, or it does not fit. */
static void fabricated_evidence(struct honest *h, struct rig_peer *p)
{
    uint8_t key[32] = {5}, commitment[32];
    char text[64];
    crypt_hmac_sha256(commitment, span_of(key, sizeof key), span_str("bad words"));
    text_base64url(text, span_of(commitment, sizeof commitment));
    json_t *said = json_pack("{s:s,s:s,s:i,s:s,s:s}", "t", "group_message", "group", p->group.id,
                             "epoch", (int)p->group.epoch, "bytes", "QUJD", "commitment", text);
    NEED(!strcmp(say(p, said), "ok"), "a guest says bad words");
    json_t *heard = rig_event(h->ben, "group_message", 2000);
    NEED(heard && json_object_get(heard, "frank"), "Ben hears them, with the server's mark");
    CHECK(report(h->ben, p->participant, "YmFkIHdvcmRz", heard) == 1, "a true report is marked");
    CHECK(report(h->ben, p->participant, "YmFkIHdvcmRT", heard) == 0, "other words are not");
    CHECK(report(h->ben, h->ana->participant, "YmFkIHdvcmRz", heard) == 0,
          "nor is another said to have said them");
    json_object_set_new(heard, "at", json_integer(rig_u32(heard, "at") + 1));
    CHECK(report(h->ben, p->participant, "YmFkIHdvcmRz", heard) == 0, "nor at another time");
    CHECK(!h->ana->ws.closed && !p->ws.closed, "and a report ends nothing");
    json_decref(heard);
}

/* A host of another meeting has no power in this one. */
static void other_meeting(struct honest *h)
{
    struct rig_meeting m;
    NEED(rig_meeting_create(&h->rig, &m), "another meeting is made");
    struct rig_peer *p = rig_join(&h->rig, &m, true);
    NEED(p && p->as_host, "its host joins");
    CHECK(
        !strcmp(say(p, json_pack("{s:s,s:I}", "t", "remove", "member", (json_int_t)h->ben->member)),
                "not_found"),
        "a host cannot remove a member of another meeting");
    NEED(rig_transport_open(p, false), "its receive transport connects");
    CHECK(
        !strcmp(say(p, json_pack("{s:s,s:I,s:I}", "t", "subscribe", "transport",
                                 (json_int_t)p->recv.id, "track", (json_int_t)h->ana->track[0].id)),
                "not_found"),
        "a track of another meeting cannot be subscribed to");
    rig_leave(p, false);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    CHECK(h.ana->as_host && !h.ben->as_host, "the host link makes the host, and nothing else does");
    struct rig_peer *p = honest_guest(&h);
    NEED(rig_group_enter(p), "and is in the group");
    static const char *const fields[] = {"from", "member", "sender", "senderId", "role", "isHost"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        forged_sender(&h, p, fields[i]);
    CHECK(!strcmp(rig_verdict(rig_group_say(p, "QUJD")), "ok"), "an honest message is taken");
    json_t *chat = rig_event(h.ben, "group_message", 2000);
    CHECK(chat && rig_u32(chat, "from") == p->member, "its sender is the session's");
    json_decref(chat);
    fabricated_evidence(&h, p);
    foreign_things(&h, p);
    host_powers(&h, p);
    false_host(&h);
    other_meeting(&h);
    CHECK(!h.ben->ws.closed && !h.ana->ws.closed, "Ana and Ben are still there");
    honest_close(&h);
    return 0;
}
