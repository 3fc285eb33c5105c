/* A01: RTP from a third address, before ICE, during DTLS and mid-call, even under the right keys.
 * Expected: the server never latches on to it, sends it nothing, forwards none of it. */
#include "rig/honest.h"

enum { FLOOD = 10000 };

static size_t forged(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
    memset(out, 0, 120);
    out[0] = 0x80;
    out[1] = RIG_AUDIO_PT;
    out[2] = (uint8_t)(seq >> 8);
    out[3] = (uint8_t)seq;
    for (int i = 0; i < 4; i++)
        out[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    memcpy(out + 20, RIG_EVIL, 8);
    return 120;
}

/* A burst in the clear, then what the rig does in 5 ms. */
static void burst(struct honest *h, struct hostile *x, uint32_t ssrc, int count)
{
    uint8_t buf[128];
    for (int i = 0; i < count; i++) {
        size_t n = forged(buf, ssrc + (i & 1 ? (uint32_t)i : 0), (uint16_t)i);
        hostile_send(x, span_of(buf, n));
    }
    hostile_listen(h, x, 5);
}

/* Packets that open under Ana's keys: an attacker who reads them on the way and sends them first.
 */
static void stolen(struct honest *h, struct hostile *x)
{
    struct rig_track *t = &h->ana->track[0];
    struct rig_encoding e = t->encoding[0];
    uint8_t payload[80] = {0};
    memcpy(payload, RIG_EVIL, 8);
    e.seq = (uint16_t)(e.seq + 50);
    for (int i = 0; i < 40; i++, e.seq++) {
        struct rig_packet k;
        struct rig_packet_options o = {&h->ana->send, t, &e, span_of(payload, 80), false};
        rig_packet_write(&k, &o);
        size_t n = rig_srtp_seal(&h->ana->send.dtls.send, k.buf, k.len, k.header,
                                 e.seq < t->encoding[0].seq ? e.roc + 1 : e.roc);
        hostile_send(x, span_of(k.buf, n));
    }
    hostile_listen(h, x, 100);
}

int main(void)
{
    struct honest h;
    struct hostile x;
    honest_open(&h);
    hostile_open(&h, &x, "127.66.1.1");

    struct rig_peer *guest = rig_join(&h.rig, &h.meeting, false);
    NEED(guest && rig_transport_ask(guest, true), "a third person opens a transport");
    for (int i = 0; i < 10; i++)
        burst(&h, &x, h.ana->track[0].encoding[0].ssrc, 50);
    NEED(rig_transport_tell(guest, true), "and tells its fingerprint");
    guest->send.next_check = rig_now();
    NEED(RIG_WAIT(&h.rig, 3000, guest->send.ice_ok), "its checks are answered");
    for (int i = 0; i < 10; i++)
        burst(&h, &x, h.ana->track[0].encoding[0].ssrc, 50);
    CHECK(rig_transport_secure(guest, true, 5000), "a handshake under fire completes");
    for (int i = 0; i < FLOOD / 50; i++)
        burst(&h, &x, h.ana->track[0].encoding[0].ssrc, 50);
    stolen(&h, &x);
    hostile_listen(&h, &x, 200);
    printf("      %llu bytes fired, %llu came back\n", (unsigned long long)x.sent,
           (unsigned long long)x.received);
    CHECK(x.received == 0, "not one byte was sent to the third address");
    CHECK(h.ben->recv.evil == 0, "not one injected packet was forwarded");
    hostile_close(&x);
    honest_close(&h);
    return 0;
}
