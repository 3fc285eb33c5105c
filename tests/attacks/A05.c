/* A05: floods of STUN, DTLS and RTP from addresses that are not validated, as a spoofed source
 * would send them. Expected: never more bytes back than came in, and a budget for each network. */
#include "rig/honest.h"

enum { ROUNDS = 200, BURST = 60 };

static void flood(struct honest *h, struct hostile *x)
{
    uint8_t hello[1500];
    struct rig_stun m;
    size_t n = hostile_client_hello(h, hello, sizeof(hello));
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < BURST / 3; k++) {
            rig_stun_check(&m, "00nobody", "whatever it may be here", "rigX");
            hostile_send(x, span_of(m.buf, m.len));
            rig_stun_start(&m, RIG_STUN_REQUEST);
            hostile_send(x, span_of(m.buf, m.len));
            hostile_send(x, span_of(hello, n));
        }
        hostile_listen(h, x, 2);
    }
    hostile_listen(h, x, 200);
}

/* The shortest request that authenticates: its answer must not be longer than itself. */
static void smallest(struct honest *h, struct hostile *x, const struct rig_transport *t)
{
    struct rig_stun m;
    char user[80];
    snprintf(user, sizeof(user), "%s:r", t->ufrag);
    for (int i = 0; i < 20; i++) {
        rig_stun_start(&m, RIG_STUN_REQUEST);
        rig_stun_add(&m, RIG_STUN_USERNAME, span_str(user));
        rig_stun_sign(&m, t->pwd);
        hostile_send(x, span_of(m.buf, m.len));
        hostile_listen(h, x, 5);
    }
    hostile_listen(h, x, 100);
}

int main(void)
{
    struct honest h;
    struct hostile x;
    honest_open(&h);
    hostile_open(&h, &x, "127.66.5.1");
    flood(&h, &x);
    printf("      flood: %llu bytes in, %llu bytes out\n", (unsigned long long)x.sent,
           (unsigned long long)x.received);
    CHECK(x.received <= x.sent, "unvalidated addresses never get more bytes than they sent");
    CHECK(x.received == 0, "and here none at all");
    hostile_close(&x);

    struct rig_peer *guest = rig_join(&h.rig, &h.meeting, false);
    NEED(guest && rig_transport_ask(guest, false), "a third person opens a transport");
    hostile_open(&h, &x, "127.67.5.1");
    smallest(&h, &x, &guest->recv);
    printf("      smallest authenticated requests: %llu bytes in, %llu bytes out\n",
           (unsigned long long)x.sent, (unsigned long long)x.received);
    CHECK(x.received <= x.sent, "authenticated requests are not amplified either");
    hostile_close(&x);
    double dropped = rig_metric(&h.rig, RIG_METRIC_FLOOD);
    printf("      dropped over the budget: %.0f\n", dropped);
    CHECK(dropped > 0, "the flooding network ran out of its budget");
    NEED(rig_transport_tell(guest, false), "its fingerprint is told");
    CHECK(rig_transport_secure(guest, false, 5000),
          "a newcomer from another network still connects");
    honest_close(&h);
    return 0;
}
