/* A02: a DTLS ClientHello from an address without a validated ICE pair, each millisecond of the
 * set-up. Expected: dropped without a word; the honest handshake completes. */
#include "rig/honest.h"

/* A record of one ClientHello that offers TLS_NULL_WITH_NULL_NULL alone (the Enable Security way).
 */
static const uint8_t null_hello[] = {
    22,   0xfe, 0xff, 0,  0, 0, 0, 0, 0, 0,  0,  0,  54, /* record: handshake, 54 bytes */
    1,    0,    0,    42, 0, 0, 0, 0, 0, 0,  0,  42,     /* ClientHello, 42 bytes, whole */
    0xfe, 0xfd,                                          /* DTLS 1.2 */
    1,    2,    3,    4,  5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,    /* random */
    1,    2,    3,    4,  5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, /* no session */
    0,                                                                  /* no cookie */
    0,    2,    0,    0, /* TLS_NULL_WITH_NULL_NULL */
    1,    0,             /* no compression */
};

static void fire(struct honest *h, struct hostile *x, int64_t ms)
{
    uint8_t hello[1500];
    size_t n = hostile_client_hello(h, hello, sizeof(hello));
    for (int64_t i = 0; i < ms; i++) {
        hostile_send(x, span_of(hello, n));
        hostile_send(x, span_of(null_hello, sizeof(null_hello)));
        hostile_listen(h, x, 1);
    }
}

int main(void)
{
    struct honest h;
    struct hostile x;
    honest_open(&h);
    hostile_open(&h, &x, "127.66.2.1");
    struct rig_peer *guest = rig_join(&h.rig, &h.meeting, false);
    NEED(guest && rig_transport_ask(guest, false), "a third person opens a transport");
    fire(&h, &x, 100);
    NEED(rig_transport_tell(guest, false), "and tells its fingerprint");
    fire(&h, &x, 100);

    /* the guest's own address is no better before its first check */
    uint8_t hello[1500];
    size_t n = hostile_client_hello(&h, hello, sizeof(hello));
    for (int i = 0; i < 50; i++) {
        rig_datagram_send(&guest->recv, span_of(hello, n));
        rig_datagram_send(&guest->recv, span_of(null_hello, sizeof(null_hello)));
        rig_run(&h.rig, 1);
    }
    rig_run(&h.rig, 100);
    CHECK(guest->recv.bytes_in == 0, "no answer, no alert before the address is validated");

    guest->recv.next_check = rig_now();
    instant_us start = rig_now();
    while (!guest->recv.ice_ok && rig_now() - start < 3 * US_PER_S)
        fire(&h, &x, 1);
    CHECK(rig_transport_secure(guest, false, 3000), "the honest handshake completes meanwhile");
    printf("      checks and handshake took %lld ms\n",
           (long long)(guest->recv.secured - start) / 1000);
    CHECK(guest->recv.secured - start < US_PER_S, "within a second");
    fire(&h, &x, 100);
    hostile_listen(&h, &x, 200);
    CHECK(x.received == 0, "the hostile address never got a byte");
    CHECK(rig_subscribe_all(guest) == 4, "the third person subscribes");
    CHECK(RIG_WAIT(&h.rig, 5000, rig_sub_of(guest, h.ana, false)->packets > 10), "and hears Ana");
    hostile_close(&x);
    honest_close(&h);
    return 0;
}
