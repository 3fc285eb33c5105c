/* A28: a client that the host removed comes back with its old resume token, its old participant id,
 * its old group and epoch, and goes on speaking on its old connection. Expected: refused, all of
 * it; the others are asked to take its leaf out within a second. */
#include "rig/honest.h"

static json_t *hello_of(struct rig_peer *p, bool same_participant)
{
    json_t *o = rig_hello(&p->meeting, false);
    json_object_set_new(o, "resume", json_string(p->resume));
    if (same_participant)
        json_object_set_new(o, "participant", json_string(p->participant));
    return o;
}

static json_t *resume_group(const struct rig_group *g)
{
    return json_pack("{s:s,s:s,s:i}", "t", "group_resume", "group", g->id, "epoch", (int)g->epoch);
}

/* Words and a commit right behind the removal, on the connection that is being closed. */
static void last_words(struct rig_peer *p)
{
    rig_tell(p, json_pack("{s:s,s:s,s:i,s:s}", "t", "group_message", "group", p->group.id, "epoch",
                          (int)p->group.epoch, "bytes", "QUJD"));
    rig_tell(p, json_pack("{s:s,s:s}", "t", "group_part", "bytes", "QUJD"));
    rig_tell(p, json_pack("{s:s,s:s,s:i,s:i,s:[],s:[]}", "t", "group_commit", "group", p->group.id,
                          "epoch", (int)p->group.epoch, "commit", 3, "joins", "gone"));
    rig_tell(p, json_pack("{s:s,s:s}", "t", "transport_open", "dir", "recv"));
}

static void events_forget(struct rig_peer *p)
{
    json_array_clear(p->events);
}

/* Ben got nothing that this member sent. */
static bool silent(struct honest *h, uint32_t member)
{
    size_t i;
    json_t *o;
    json_array_foreach(h->ben->events, i, o) if (rig_u32(o, "from") == member) return false;
    return true;
}

static void comes_back(struct honest *h, struct rig_peer *old)
{
    struct rig_peer *p = rig_connect(&h->rig);
    NEED(p, "it connects again");
    CHECK(!strcmp(rig_verdict(rig_ask(p, hello_of(old, true))), "forbidden"),
          "its old participant id and token are refused");
    rig_leave(p, false);

    p = rig_connect(&h->rig);
    NEED(p, "it connects once more, under another id");
    json_t *reply = rig_ask(p, hello_of(old, false));
    CHECK(rig_welcome(p, reply) && !json_is_true(json_object_get(reply, "resumed")),
          "its old token resumes nothing: it is a stranger with the link");
    json_decref(reply);
    CHECK(!strcmp(rig_verdict(rig_ask(p, resume_group(&old->group))), "not_found"),
          "its old group and epoch are refused");
    p->group = old->group;
    CHECK(!strcmp(rig_verdict(rig_group_say(p, "QUJD")), "state"), "its messages are refused");
    CHECK(!strcmp(rig_verdict(rig_group_commit(p, 100, NULL, NULL)), "state"),
          "its handshakes are refused");
    CHECK(!strcmp(rig_verdict(rig_ask(p, json_pack("{s:s,s:s,s:i}", "t", "group_log", "group",
                                                   old->group.id, "epoch", 0))),
                  "state"),
          "and it gets none");
    events_forget(h->ben);
    NEED(!strcmp(rig_verdict(rig_group_say(h->ana, "d29yZHM")), "ok"), "Ana speaks to the group");
    json_t *o = rig_event(h->ben, "group_message", 2000);
    NEED(o, "Ben hears her");
    json_decref(o);
    CHECK(!rig_event(p, "group_message", 200) && p->group.commits == old->group.commits,
          "it hears nothing of the group");
    rig_leave(p, true);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_peer *p = honest_guest(&h);
    NEED(rig_group_enter(p), "and is in the group");
    events_forget(h.ben);
    uint32_t commits = h.ben->group.commits;
    uint64_t packets = rig_sub_of(p, h.ana, false)->packets;
    NEED(packets > 0, "and hears Ana");
    instant_us at = rig_now();
    CHECK(!strcmp(rig_verdict(rig_ask(h.ana, json_pack("{s:s,s:I}", "t", "remove", "member",
                                                       (json_int_t)p->member))),
                  "ok"),
          "Ana removes it");
    last_words(p);
    CHECK(RIG_WAIT(&h.rig, 2000, h.ana->group.wanted_at >= at), "its leaf is to be taken out");
    printf("      asked for after %lld ms\n", (long long)(h.ana->group.wanted_at - at) / 1000);
    CHECK(h.ana->group.wanted_at - at <= US_PER_S, "that is asked for within a second");
    CHECK(RIG_WAIT(&h.rig, 2000, h.ben->group.commits > commits), "and done: a new epoch");
    CHECK(h.ben->group.commits == commits + 1 && silent(&h, p->member),
          "what it said on its old connection went nowhere");
    CHECK(rig_ws_wait_close(&h.rig, &p->ws, 3000) == 1000, "its connection is closed");
    rig_run(&h.rig, 500);
    packets = rig_sub_of(p, h.ana, false)->packets;
    rig_run(&h.rig, 1000);
    CHECK(rig_sub_of(p, h.ana, false)->packets == packets, "no media reaches it any more");
    comes_back(&h, p);
    honest_close(&h);
    return 0;
}
