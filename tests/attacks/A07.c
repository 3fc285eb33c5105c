/* A07: a client falls silent, and somebody replays its old connectivity checks: from another
 * address, long after they were new, and from its own. Expected: a replay from another address
 * nominates nothing and is not answered; without fresh checks media to the old address ends within
 * 15 s (RFC 7675 allows 30). */
#include "rig/honest.h"

enum { CHECKS = 600, CONSENT_S = 15 };

static struct rig_stun recorded;

/* Keeps a copy of the first check. */
static bool record(void *arg, struct span datagram)
{
    (void)arg;
    if (recorded.len == 0 && rig_stun_is(datagram, RIG_STUN_REQUEST, NULL)) {
        memcpy(recorded.buf, datagram.ptr, datagram.len);
        recorded.len = datagram.len;
    }
    return true;
}

/* Far more checks than a short memory holds, as of a long meeting. */
static void go_on_for_long(struct honest *h, struct rig_transport *t)
{
    uint64_t answered = t->stun_in;
    for (int i = 0; i < CHECKS; i++) {
        t->next_check = rig_now();
        rig_run(&h->rig, 1);
    }
    rig_run(&h->rig, 200);
    CHECK(t->stun_in - answered > CHECKS / 2, "the client's own checks are answered");
}

static void replay_from_elsewhere(struct honest *h, struct rig_peer *victim)
{
    struct hostile x;
    struct rig_sub *s = rig_sub_of(victim, h->ana, false);
    uint64_t heard = s->packets;
    hostile_open(h, &x, "127.66.7.1");
    for (int i = 0; i < 50; i++) {
        hostile_send(&x, span_of(recorded.buf, recorded.len));
        hostile_listen(h, &x, 20);
    }
    printf("      replayed %llu bytes, got %llu back\n", (unsigned long long)x.sent,
           (unsigned long long)x.received);
    CHECK(x.received == 0, "the replaying address gets neither an answer nor media");
    CHECK(s->packets > heard + 25, "its victim hears on");
    hostile_close(&x);
}

/* The victim is gone; its address goes on replaying, as a forged source could. */
static void fall_silent(struct honest *h, struct rig_peer *victim)
{
    struct rig_transport *t = &victim->recv;
    t->next_check = 0;
    instant_us start = rig_now(), last = start;
    uint64_t rtp = t->rtp_in;
    while (rig_now() - start < (CONSENT_S + 5) * US_PER_S) {
        rig_datagram_send(t, span_of(recorded.buf, recorded.len));
        rig_run(&h->rig, 100);
        if (t->rtp_in != rtp)
            last = rig_now();
        rtp = t->rtp_in;
    }
    double seconds = (double)(last - start) / 1e6;
    printf("      media went on for %.1f s after the last fresh check\n", seconds);
    CHECK(seconds > 1, "consent lasts for a while");
    CHECK(seconds < CONSENT_S + 1, "and ends, though old checks are replayed");
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_peer *victim = rig_join(&h.rig, &h.meeting, false);
    NEED(victim && rig_transport_ask(victim, false) && rig_transport_tell(victim, false),
         "a third person opens a transport");
    victim->recv.tap = record;
    NEED(rig_transport_secure(victim, false, 3000), "and connects");
    NEED(recorded.len > 0, "its first check was recorded");
    NEED(rig_subscribe_all(victim) == 4, "it subscribes");
    NEED(RIG_WAIT(&h.rig, 5000, rig_sub_of(victim, h.ana, false)->packets > 10), "and hears Ana");
    go_on_for_long(&h, &victim->recv);
    replay_from_elsewhere(&h, victim);
    fall_silent(&h, victim);
    rig_leave(victim, false);
    honest_close(&h);
    return 0;
}
