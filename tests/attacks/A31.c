/* A31: sound and pictures that should not be there. A client that ignores the interface goes on
 * sending after it was muted, unmutes itself while that is forbidden, shares its screen where only
 * hosts may; somebody asks the server to switch on another's microphone. Expected: 0 packets
 * forwarded, each request refused with a word, and no message at all that switches anything on. */
#include "rig/honest.h"

#include "proto/signal.h"

enum { CROWD = 100 };

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

static json_t *member_and(const char *t, const struct rig_peer *p)
{
    return json_pack("{s:s,s:I,s:s}", "t", t, "member", (json_int_t)p->member, "source", "mic");
}

static json_t *pause_of(const struct rig_peer *p, bool paused)
{
    return json_pack("{s:s,s:I,s:b}", "t", "track_pause", "track", (json_int_t)p->track[0].id,
                     "paused", (int)paused);
}

/* Packets that reach Ben from p within the time. */
static uint64_t packets_in(struct honest *h, struct rig_peer *p, int64_t ms)
{
    struct rig_sub *s = rig_sub_of(h->ben, p, false);
    NEED(s, "Ben listens to it");
    uint64_t before = s->packets;
    rig_run(&h->rig, ms);
    return s->packets - before;
}

static void muted(struct honest *h, struct rig_peer *p)
{
    instant_us at = rig_now();
    CHECK(!strcmp(say(h->ana, member_and("mute", p)), "ok"), "Ana mutes it");
    json_t *o = rig_event(p, "muted", 2000);
    CHECK(o && rig_now() - at < US_PER_S, "it is told within a second");
    json_decref(o);
    rig_run(&h->rig, 100); /* what was under way */
    CHECK(packets_in(h, p, 800) == 0, "it goes on sending, and nothing of it is forwarded");
    CHECK(!strcmp(say(h->ana, pause_of(p, false)), "not_found") &&
              !strcmp(say(h->ben, pause_of(p, false)), "not_found"),
          "nobody else can switch it on, a host neither");
    CHECK(!strcmp(say(p, pause_of(p, false)), "ok"), "it may itself");
    CHECK(RIG_WAIT(&h->rig, 3000, packets_in(h, p, 100) > 0), "and is heard again");
}

static void held(struct honest *h, struct rig_peer *p)
{
    json_t *o = member_and("mute", p);
    json_object_set_new(o, "hold", json_true());
    CHECK(!strcmp(say(h->ana, o), "ok"), "Ana mutes it and holds it");
    rig_run(&h->rig, 100);
    CHECK(!strcmp(say(p, pause_of(p, false)), "disallowed"), "now it is refused");
    CHECK(!strcmp(say(p, member_and("release", p)), "forbidden") &&
              !strcmp(say(h->ben, member_and("release", p)), "forbidden"),
          "and cannot release itself, nor can Ben");
    CHECK(packets_in(h, p, 500) == 0, "nothing of it is forwarded");
    CHECK(!strcmp(say(h->ana, member_and("release", p)), "ok"), "Ana releases it");
    CHECK(packets_in(h, p, 500) == 0, "that switches nothing on");
    CHECK(!strcmp(say(p, pause_of(p, false)), "ok"), "it does so itself");
}

static json_t *set(const char *name, const char *who)
{
    return json_pack("{s:s,s:s}", "t", "settings_set", name, who);
}

static void forbidden_by_settings(struct honest *h, struct rig_peer *p)
{
    CHECK(!strcmp(say(p, set("unmute", "all")), "forbidden") &&
              !strcmp(say(p, json_pack("{s:s}", "t", "suspend")), "forbidden") &&
              !strcmp(say(p, json_pack("{s:s,s:s}", "t", "mute_all", "source", "mic")),
                      "forbidden") &&
              !strcmp(say(p, json_pack("{s:s,s:I,s:s}", "t", "role_set", "member",
                                       (json_int_t)p->member, "role", "host")),
                      "forbidden"),
          "a guest changes no setting, mutes nobody, promotes nobody");
    CHECK(!strcmp(say(h->ana, set("share", "hosts")), "ok"), "Ana lets only hosts share");
    json_t *o =
        json_pack("{s:s,s:I,s:s,s:s,s:b,s:s,s:i,s:[],s:[{s:I}]}", "t", "publish", "transport",
                  (json_int_t)p->send.id, "kind", "video", "source", "screen", "paused", 0, "mid",
                  "9", "pt", 96, "ext", "encodings", "ssrc", (json_int_t)77777);
    json_t *reply = rig_ask(p, o);
    const char *field = json_string_value(json_object_get(reply, "field"));
    CHECK(field && !strcmp(field, "share"), "a client that shares all the same is refused: share");
    json_decref(reply);
}

/* No request of the protocol names another's track, and no event asks for anything. */
static void the_protocol_has_no_such_message(void)
{
    static const char *const words[] = {"unmute", "switch_on", "start", "enable", "ask_unmute"};
    enum signal_type type;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        NEED(!signal_request_of(span_str(words[i]), &type), "no such request");
    const struct signal_row *muted = signal_row_of(SIGNAL_MUTED);
    NEED(muted && muted->direction == SIGNAL_EVENT, "muted is an event");
    CHECK(true, "no message of the protocol switches on a microphone or camera");
}

static unsigned heard(struct rig_peer *const crowd[], unsigned n)
{
    unsigned heard = 0;
    for (unsigned i = 0; i < n; i++) {
        size_t k;
        json_t *o;
        bool one = false;
        rig_signal_read(crowd[i]);
        json_array_foreach(crowd[i]->events, k, o) one |=
            !strcmp(json_string_value(json_object_get(o, "t")), "settings");
        heard += one;
    }
    return heard;
}

static uint64_t all_packets(const struct rig_peer *p)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < RIG_SUBS; i++)
        sum += p->sub[i].id ? p->sub[i].packets : 0;
    return sum;
}

/* Until nothing has come for half a second: when the last packet came. */
static instant_us last_packet(struct honest *h, const struct rig_peer *p)
{
    instant_us last = 0;
    for (uint64_t before = 0; last == 0 || rig_now() - last < US_PER_S / 2;) {
        uint64_t n = all_packets(p);
        if (n != before || last == 0)
            last = rig_now();
        before = n;
        rig_run(&h->rig, 10);
    }
    return last;
}

static void everything_at_once(struct honest *h)
{
    struct rig_meeting m;
    struct rig_peer *crowd[CROWD];
    NEED(rig_meeting_create(&h->rig, &m), "a larger meeting");
    struct rig_peer *host = rig_join(&h->rig, &m, true);
    for (unsigned i = 0; i < CROWD; i++)
        NEED((crowd[i] = rig_join(&h->rig, &m, false)), "its guests");
    for (unsigned i = 0; i < CROWD; i++)
        NEED(rig_publish_audio(crowd[i]), "all of them speak");
    NEED(RIG_WAIT(&h->rig, 5000, rig_subscribe_all(host) == 0), "the host listens to all");
    CHECK(RIG_WAIT(&h->rig, 5000, all_packets(host) > 100), "and hears the loudest");
    instant_us at = rig_now();
    CHECK(host && !strcmp(say(host, json_pack("{s:s}", "t", "suspend")), "ok"),
          "its host stops everything");
    CHECK(RIG_WAIT(&h->rig, 1000, heard(crowd, CROWD) == CROWD), "all hear it within a second");
    printf("      %d people after %lld ms\n", CROWD, (long long)(rig_now() - at) / 1000);
    instant_us last = last_packet(h, host);
    CHECK(last - at < US_PER_S, "all send on, and within a second nothing of it is forwarded");
    printf("      the last packet after %lld ms\n", (long long)(last - at) / 1000);
    CHECK(!strcmp(say(crowd[0], pause_of(crowd[0], false)), "disallowed"), "nobody speaks");
    CHECK(!rig_join(&h->rig, &m, false), "and nobody comes in");
    NEED(!strcmp(say(host, set("unmute", "all")), "ok"), "sound is allowed again");
    CHECK(!strcmp(say(crowd[0], pause_of(crowd[0], false)), "ok"), "and comes back alone");
    for (unsigned i = 0; i < CROWD; i++)
        rig_leave(crowd[i], false);
    rig_leave(host, false);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_peer *p = honest_guest(&h);
    NEED(rig_publish_audio(p), "a guest speaks");
    NEED(RIG_WAIT(&h.rig, 3000, rig_subscribe_all(h.ben) == 0 && rig_sub_of(h.ben, p, false)),
         "Ben subscribes to it");
    CHECK(RIG_WAIT(&h.rig, 3000, packets_in(&h, p, 100) > 0), "the guest is heard");
    muted(&h, p);
    held(&h, p);
    forbidden_by_settings(&h, p);
    the_protocol_has_no_such_message();
    CHECK(!strcmp(say(h.ana, set("unmute", "hosts")), "ok"), "Ana forbids unmuting");
    CHECK(!strcmp(say(p, pause_of(p, false)), "disallowed"), "the guest stays silent");
    NEED(!strcmp(say(h.ana, set("unmute", "all")), "ok"), "and allows it again");
    NEED(!strcmp(say(h.ben, pause_of(h.ben, false)), "ok"), "Ben speaks again");
    everything_at_once(&h);
    rig_gap_reset(h.ana);
    rig_gap_reset(h.ben);
    honest_close(&h);
    return 0;
}
