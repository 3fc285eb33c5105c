/* A11: RTP headers that lie, in the clear and properly sealed by a member of the meeting, and short
 * SRTCP. Expected: dropped and counted; sanitizers stay silent. */
#include "rig/honest.h"

static struct rig_peer *mallory;

struct shape {
    uint8_t buf[1600];
    size_t len, header;
    uint32_t roc;
};

/* A right header of Mallory's audio with this extension block, then the payload with the mark. */
static void shape_ext(struct shape *s, uint16_t profile, struct span ext, size_t words)
{
    const struct rig_encoding *e = &mallory->track[0].encoding[0];
    static uint16_t ahead = 30;
    uint16_t seq = (uint16_t)(e->seq + ahead++);
    memset(s, 0, sizeof(*s));
    s->roc = e->roc + (seq < e->seq); /* numbers begin anywhere, and may come round */
    s->buf[0] = 0x90;
    s->buf[1] = RIG_AUDIO_PT;
    s->buf[2] = (uint8_t)(seq >> 8);
    s->buf[3] = (uint8_t)seq;
    for (int i = 0; i < 4; i++)
        s->buf[8 + i] = (uint8_t)(e->ssrc >> (24 - 8 * i));
    s->buf[12] = (uint8_t)(profile >> 8);
    s->buf[13] = (uint8_t)profile;
    s->buf[14] = (uint8_t)(words >> 8);
    s->buf[15] = (uint8_t)words;
    if (ext.len)
        memcpy(s->buf + 16, ext.ptr, ext.len);
    s->header = 16 + ext.len;
    memcpy(s->buf + s->header, RIG_EVIL, 8);
    s->len = s->header + 40;
}

static void csrc_past_end(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x10\x30\0\0", 4), 1);
    s->buf[0] = 0x8f;
    s->len = 20;
    s->header = 12;
}

static void ext_past_end(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x10\x30\0\0", 4), 0xffff);
    s->header = 16;
}

static void ext_just_past(struct shape *s)
{
    shape_ext(s, 0xbede, span_of(NULL, 0), 11);
    s->header = 16;
}

/* Ends the block (RFC 8285 section 4.2), whatever its length says: sound, so without the mark. */
static void one_byte_15(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\xf3\x30\x31\x32", 4), 1);
    memset(s->buf + s->header, 0, 8);
}

static void one_byte_past(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x1f\x30\0\0", 4), 1); /* 16 bytes claimed, 3 there */
}

static void two_byte_past(struct shape *s)
{
    shape_ext(s, 0x1000, span_of("\x01\xff\x30\x31", 4), 1); /* 255 claimed, 2 there */
}

static void two_byte_no_length(struct shape *s)
{
    shape_ext(s, 0x1000, span_of("\0\0\0\x01", 4), 1); /* id without its length byte */
}

static void padding_zero(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x10\x30\0\0", 4), 1);
    s->buf[0] |= 0x20;
    s->buf[s->len - 1] = 0;
}

static void padding_long(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x10\x30\0\0", 4), 1);
    s->buf[0] |= 0x20;
    s->buf[s->len - 1] = 255;
}

static void version_one(struct shape *s)
{
    shape_ext(s, 0xbede, span_of("\x10\x30\0\0", 4), 1);
    s->buf[0] = (uint8_t)((s->buf[0] & 0x3f) | 0x40);
}

static void header_alone(struct shape *s)
{
    shape_ext(s, 0xbede, span_of(NULL, 0), 0);
    s->buf[0] = 0x80;
    s->header = s->len = 12;
}

static void (*const shapes[])(struct shape *) = {
    csrc_past_end,      ext_past_end, ext_just_past, one_byte_15, one_byte_past, two_byte_past,
    two_byte_no_length, padding_zero, padding_long,  version_one, header_alone,
};

static void fire_shapes(struct honest *h)
{
    struct shape s;
    struct rig_transport *t = &mallory->send;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        for (int k = 0; k < 20; k++) {
            shapes[i](&s);
            rig_datagram_send(t, span_of(s.buf, s.len)); /* in the clear */
            shapes[i](&s);
            size_t n = rig_srtp_seal(&t->dtls.send, s.buf, s.len, s.header, s.roc);
            rig_datagram_send(t, span_of(s.buf, n));
            if (k % 5 == 0)
                rig_run(&h->rig, 3);
        }
    rig_run(&h->rig, 100);
}

/* Every length of SRTP and SRTCP from nothing to a little more than a header. */
static void fire_short(struct honest *h)
{
    uint8_t buf[64];
    struct rig_transport *t = &mallory->send;
    for (size_t len = 1; len <= 48; len++)
        for (int rtcp = 0; rtcp < 2; rtcp++) {
            memset(buf, 0xff, sizeof(buf));
            buf[0] = 0x80;
            buf[1] = rtcp ? 200 : RIG_AUDIO_PT;
            rig_datagram_send(t, span_of(buf, len));
            buf[0] = 0x9f; /* 15 CSRCs and an extension, or 31 reports */
            rig_datagram_send(t, span_of(buf, len));
            rig_run(&h->rig, 1);
        }
    /* sealed SRTCP whose clear text is nothing but its header */
    uint8_t small[64] = {0x80, 201, 0, 1, 1, 2, 3, 4};
    rig_rtcp_send(t, span_of(small, 8));
    rig_run(&h->rig, 100);
}

static void jump(struct rig_encoding *e, uint16_t by)
{
    uint16_t seq = (uint16_t)(e->seq + by);
    e->roc += seq < e->seq;
    e->seq = seq;
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    mallory = honest_guest(&h);
    NEED(rig_publish_audio(mallory), "Mallory publishes");
    RIG_WAIT(&h.rig, 3000, rig_subscribe_all(h.ben) == 0 && rig_sub_of(h.ben, mallory, false));
    CHECK(RIG_WAIT(&h.rig, 3000, rig_sub_of(h.ben, mallory, false)->packets > 10),
          "Mallory's right packets are heard");
    double before = rig_metric(&h.rig, RIG_METRIC_RTP_FORM);
    fire_shapes(&h);
    fire_short(&h);
    double after = rig_metric(&h.rig, RIG_METRIC_RTP_FORM);
    printf("      counted as malformed: %.0f\n", after - before);
    CHECK(after > before, "malformed packets are counted as such");
    CHECK(rig_alive(&h.rig), "the server goes on");
    CHECK(h.ben->recv.evil == 0, "none of them was forwarded");
    uint64_t heard = rig_sub_of(h.ben, mallory, false)->packets;
    jump(&mallory->track[0].encoding[0], 600);
    CHECK(RIG_WAIT(&h.rig, 2000, rig_sub_of(h.ben, mallory, false)->packets > heard + 10),
          "Mallory's right packets are heard again");
    rig_leave(mallory, false);
    honest_close(&h);
    return 0;
}
