/* A27: a client in the waiting room records everything that it receives, and asks for more.
 * Expected: 0 media bytes, 0 handshakes, no roster, no messages, no participant ids, until a host's
 * commit lets it in. What it may know: that there is a group, by its random name. */
#include "rig/honest.h"

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

/* Asks for each thing that members may ask for. */
static void grabs(struct rig_peer *p)
{
    json_t *asks[] = {
        json_pack("{s:s,s:s}", "t", "transport_open", "dir", "recv"),
        json_pack("{s:s,s:i,s:i}", "t", "subscribe", "transport", 1, "track", 1),
        json_pack("{s:s,s:s}", "t", "group_create", "group", "AAAA"),
        json_pack("{s:s,s:s,s:i}", "t", "group_resume", "group", p->group.id, "epoch", 0),
        json_pack("{s:s,s:s,s:i}", "t", "group_log", "group", p->group.id, "epoch", 0),
        json_pack("{s:s,s:s}", "t", "group_part", "bytes", "AAAA"),
        json_pack("{s:s,s:s,s:i,s:s}", "t", "group_message", "group", p->group.id, "epoch", 0,
                  "bytes", "AAAA"),
        json_pack("{s:s}", "t", "file_token"),
        json_pack("{s:s}", "t", "links"),
        json_pack("{s:s,s:b}", "t", "settings_set", "waiting_room", 0),
        json_pack("{s:s,s:b}", "t", "record", "on", 1),
        json_pack("{s:s}", "t", "passcode_set"),
        json_pack("{s:s,s:I,s:s}", "t", "role_set", "member", (json_int_t)p->member, "role",
                  "host"),
    };
    unsigned refused = 0;
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        const char *verdict = say(p, asks[i]);
        printf("      request %zu: %s\n", i + 1, verdict);
        refused += !strcmp(verdict, "forbidden");
    }
    CHECK(refused == sizeof(asks) / sizeof(asks[0]), "in the waiting room each request is refused");
}

/* What Ana and Ben do while it listens: words, commits, mutes, one more who comes and goes. */
static void a_meeting_goes_on(struct honest *h)
{
    NEED(!strcmp(rig_verdict(rig_group_say(h->ana, "d29yZHM")), "ok"), "Ana speaks to the group");
    NEED(!strcmp(rig_verdict(rig_group_commit(h->ana, 300, NULL, NULL)), "ok"), "Ana commits");
    NEED(!strcmp(say(h->ana, json_pack("{s:s,s:I,s:b}", "t", "track_pause", "track",
                                       (json_int_t)h->ana->track[1].id, "paused", 1)),
                 "ok"),
         "Ana mutes her camera");
    NEED(!strcmp(say(h->ana, json_pack("{s:s,s:I,s:b}", "t", "track_pause", "track",
                                       (json_int_t)h->ana->track[1].id, "paused", 0)),
                 "ok"),
         "and shows it again");
    struct rig_peer *host = rig_join(&h->rig, &h->meeting, true);
    NEED(host, "another host comes");
    rig_leave(host, true);
    NEED(!strcmp(say(h->ana, json_pack("{s:s,s:s}", "t", "passcode_set", "passcode", "lemon-tree")),
                 "ok"),
         "Ana sets a passcode");
    NEED(!strcmp(say(h->ana, json_pack("{s:s,s:s}", "t", "settings_set", "chat", "hosts")), "ok") &&
             !strcmp(say(h->ana, json_pack("{s:s,s:s}", "t", "settings_set", "chat", "all")), "ok"),
         "and changes what is allowed");
    json_t *heard = rig_event(h->ben, "group_message", 2000);
    json_t *joined = rig_event(h->ben, "member_joined", 2000);
    json_t *changed = rig_event(h->ben, "track_changed", 2000);
    NEED(heard && joined && changed, "Ben hears all of it");
    json_decref(heard);
    json_decref(joined);
    json_decref(changed);
}

static bool only_states(const struct rig_peer *p)
{
    size_t i;
    json_t *o;
    bool only = true;
    json_array_foreach(p->events, i, o)
    {
        const char *t = json_string_value(json_object_get(o, "t"));
        if (!strcmp(t, "group_state"))
            continue;
        printf("      heard %s\n", t);
        only = false;
    }
    return only && p->speakers == 0;
}

/* Its transports right behind the hello, without waiting for the answer: both are told the same. */
static struct rig_peer *hurries(struct rig *r, const struct rig_meeting *m, const char *first)
{
    struct rig_peer *p = rig_connect(r);
    NEED(p, "somebody connects");
    p->meeting = *m;
    uint32_t hello = p->next_n;
    rig_tell(p, rig_hello(m, false));
    for (int i = 0; i < 2; i++)
        rig_tell(p, json_pack("{s:s,s:s}", "t", "transport_open", "dir", i ? "send" : "recv"));
    json_t *welcome = rig_reply(p, hello);
    bool in = rig_welcome(p, welcome);
    json_decref(welcome);
    const char *verdict = rig_verdict(rig_reply(p, hello + 1));
    printf("      asked for a transport before the answer: %s\n", verdict);
    CHECK(!strcmp(verdict, first), "that is answered as if it had been asked for later");
    verdict = rig_verdict(rig_reply(p, hello + 2));
    CHECK(!strcmp(verdict, first), "and so is the other direction's");
    if (in)
        return p;
    rig_leave(p, false);
    return NULL;
}

static void before_the_answer(struct honest *h)
{
    struct rig_meeting open, wrong;
    struct rig_peer *p = hurries(&h->rig, &h->meeting, "forbidden");
    NEED(p, "it waits like anybody else");
    rig_leave(p, true);
    NEED(rig_meeting_create(&h->rig, &open), "a meeting without a waiting room");
    p = hurries(&h->rig, &open, "transport");
    NEED(p, "who may come in is in");
    rig_leave(p, true);
    wrong = open;
    rig_random(wrong.access, sizeof wrong.access);
    CHECK(!hurries(&h->rig, &wrong, "none"), "who has no right to be there is not");
}

int main(void)
{
    struct honest h;
    honest_open_waiting(&h);
    before_the_answer(&h);
    struct rig_peer *p = rig_join(&h.rig, &h.meeting, false);
    NEED(p, "a third person comes to the door");
    CHECK(json_is_true(json_object_get(p->welcome, "waiting")), "it waits");
    CHECK(json_array_size(json_object_get(p->welcome, "members")) == 0,
          "its welcome has no roster");
    CHECK(!json_object_get(p->welcome, "settings"), "nor what the meeting allows");
    rig_group_ask(p);
    a_meeting_goes_on(&h);
    grabs(p);
    rig_run(&h.rig, 2000);
    CHECK(only_states(p), "it hears of nothing but the group's name");
    CHECK(p->recv.bytes_in + p->send.bytes_in == 0 && p->group.commits == 0,
          "0 media bytes and 0 handshakes reached it");
    size_t i;
    json_t *o;
    bool known = false;
    json_array_foreach(h.ben->events, i, o) known |= rig_u32(o, "member") == p->member;
    CHECK(!known, "who is no host does not hear of it either");
    CHECK(honest_admit(&h, p), "Ana lets it in");
    o = rig_event(p, "admitted", 2000);
    CHECK(o && json_array_size(json_object_get(o, "members")) == 2, "now it gets the roster");
    json_decref(o);
    CHECK(rig_subscribe_all(p) == 4, "and may subscribe");
    honest_close(&h);
    return 0;
}
