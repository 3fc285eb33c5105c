/* A30: races. Hellos fly while the meeting is being locked; somebody waiting is let in after it;
 * two hosts take each other's role away at once; one who is removed unmutes. Expected: after the
 * ack of the lock nobody new is in, there is always a host, and who is out stays out. (A hundred
 * thousand random interleavings of the same: tests/meet/races_test.c.) */
#include "rig/honest.h"

enum { RUNNERS = 12 };

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

static bool answered(struct rig_peer *p)
{
    rig_signal_read(p);
    return json_array_size(p->replies) > 0 || p->ws.closed;
}

/* Whoever said hello after the ack is out; who said it before may be in or out, but is told. */
static void lock_against_hellos(struct honest *h)
{
    struct rig_peer *p[RUNNERS];
    unsigned in = 0, locked = 0;
    for (int i = 0; i < RUNNERS; i++)
        NEED((p[i] = rig_connect(&h->rig)), "runners stand ready");
    for (int i = 0; i < RUNNERS / 2; i++)
        rig_tell(p[i], rig_hello(&h->meeting, false));
    CHECK(!strcmp(say(h->ana, json_pack("{s:s,s:b}", "t", "settings_set", "locked", 1)), "ok"),
          "Ana locks while they run");
    for (int i = RUNNERS / 2; i < RUNNERS; i++)
        rig_tell(p[i], rig_hello(&h->meeting, false));
    for (int i = 0; i < RUNNERS; i++) {
        NEED(RIG_WAIT(&h->rig, 5000, answered(p[i])), "each is answered");
        const char *word = rig_verdict(json_incref(json_array_get(p[i]->replies, 0)));
        if (i >= RUNNERS / 2)
            locked += !strcmp(word, "locked");
        else
            in += !strcmp(word, "welcome");
        rig_leave(p[i], false);
    }
    printf("      before the ack %u of %d came in\n", in, RUNNERS / 2);
    CHECK(locked == RUNNERS / 2, "after the ack of lock nobody comes in");
    struct rig_peer *host = rig_join(&h->rig, &h->meeting, true);
    CHECK(host, "but a host");
    rig_leave(host, true);
}

static void two_hosts(struct honest *h)
{
    struct rig_peer *b = rig_join(&h->rig, &h->meeting, true);
    NEED(b, "a second host");
    uint32_t ana = h->ana->next_n, bob = b->next_n;
    (void)ana, (void)bob;
    json_t *down = json_pack("{s:s,s:I,s:s}", "t", "role_set", "member", (json_int_t)h->ana->member,
                             "role", "participant");
    json_t *out = json_pack("{s:s,s:I,s:s}", "t", "role_set", "member", (json_int_t)b->member,
                            "role", "participant");
    json_array_clear(h->ana->replies);
    json_array_clear(b->replies);
    rig_tell(h->ana, down); /* each steps down, at once */
    rig_tell(b, out);
    NEED(RIG_WAIT(&h->rig, 3000, answered(h->ana) && answered(b)), "both are answered");
    char one[32], two[32];
    snprintf(one, sizeof one, "%s", rig_verdict(json_incref(json_array_get(h->ana->replies, 0))));
    snprintf(two, sizeof two, "%s", rig_verdict(json_incref(json_array_get(b->replies, 0))));
    printf("      two hosts step down: %s, %s\n", one, two);
    CHECK(strcmp(one, two) != 0 && (!strcmp(one, "conflict") || !strcmp(two, "conflict")),
          "one of two hosts who step down at once stays");
    rig_leave(b, true);
}

static void removed_and_unmuting(struct honest *h)
{
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p && rig_publish_audio(p), "somebody speaks");
    json_int_t track = p->track[0].id;
    rig_tell(h->ana, json_pack("{s:s,s:I}", "t", "remove", "member", (json_int_t)p->member));
    rig_tell(p, json_pack("{s:s,s:I,s:b}", "t", "track_pause", "track", track, "paused", 0));
    CHECK(rig_ws_wait_close(&h->rig, &p->ws, 3000) == 1000, "who is removed is out");
    rig_leave(p, false);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    removed_and_unmuting(&h);
    lock_against_hellos(&h);
    NEED(!strcmp(say(h.ana, json_pack("{s:s,s:b}", "t", "settings_set", "locked", 0)), "ok"),
         "open again");
    honest_unhurt(&h);
    two_hosts(&h);
    rig_close(&h.rig);
    return 0;
}
