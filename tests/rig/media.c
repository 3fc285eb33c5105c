/* A participant's media: ICE checks, DTLS, packets out every 20 ms and every frame, packets in with
 * their sender's marker and counter. See rig.h.
 *
 * payload: (video: VP8 descriptor 6, frame tag 10 in key frames) magic 8 | marker 4 | counter 4 |
 *          sent us 8 | layer 1 | key 1 | filler */
#include "rig/rig.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"

enum { AUDIO_US = 20000, FRAME_US = 66000, STAMP = 26 };

static const uint8_t stamp_magic[8] = {'R', 'I', 'G', 'p', 'a', 'y', '0', '1'};

/* --- out ------------------------------------------------------------------------------------- */

void rig_datagram_send(struct rig_transport *t, struct span bytes)
{
    if (t->tap && !t->tap(t->tap_arg, bytes))
        return;
    if (t->fd >= 0 && send(t->fd, bytes.ptr, bytes.len, 0) < 0) {
        /* refused or full: as lost on the way */
    }
}

void rig_packet_send(struct rig_transport *t, struct rig_packet *k, uint32_t roc)
{
    size_t n = rig_srtp_seal(&t->dtls.send, k->buf, k->len, k->header, roc);
    rig_datagram_send(t, span_of(k->buf, n));
}

void rig_rtcp_send(struct rig_transport *t, struct span clear)
{
    uint8_t buf[2048];
    if (!t->dtls.done || clear.len > 1900)
        return;
    memcpy(buf, clear.ptr, clear.len);
    size_t n = rig_srtcp_seal(&t->dtls.send, buf, clear.len, t->rtcp_index++);
    rig_datagram_send(t, span_of(buf, n));
}

static void ext_element(struct writer *w, uint8_t id, struct span value)
{
    writer_u8(w, (uint8_t)((unsigned)id << 4 | (value.len - 1)));
    writer_bytes(w, value);
}

void rig_packet_write(struct rig_packet *k, const struct rig_packet_options *o)
{
    struct rig_encoding *e = o->encoding;
    uint8_t pt = o->track->video ? RIG_VIDEO_PT : RIG_AUDIO_PT;
    struct writer w = writer_of(k->buf, 1450);
    writer_u8(&w, 0x90);
    writer_u8(&w, (uint8_t)((o->marker ? 0x80u : 0u) | pt));
    writer_u16(&w, e->seq);
    writer_u32(&w, e->timestamp);
    writer_u32(&w, e->ssrc);
    writer_u16(&w, 0xbede);
    uint8_t *words = writer_reserve(&w, 2);
    size_t start = writer_len(&w);
    /* abs-send-time: 6.18 fixed point seconds */
    uint32_t abs = (uint32_t)((uint64_t)rig_now() * 262144 / 1000000) & 0xffffff;
    uint8_t time[3] = {(uint8_t)(abs >> 16), (uint8_t)(abs >> 8), (uint8_t)abs};
    uint16_t n = o->transport->twcc++;
    uint8_t twcc[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    uint8_t level = o->track->quiet ? 127 : 0x80 | 30;
    ext_element(&w, RIG_EXT_MID, span_str(o->track->mid));
    ext_element(&w, RIG_EXT_SEND_TIME, span_of(time, 3));
    ext_element(&w, RIG_EXT_TWCC, span_of(twcc, 2));
    if (e->rid[0])
        ext_element(&w, RIG_EXT_RID, span_str(e->rid));
    if (!o->track->video)
        ext_element(&w, RIG_EXT_LEVEL, span_of(&level, 1));
    while ((writer_len(&w) - start) % 4)
        writer_u8(&w, 0);
    words[0] = 0;
    words[1] = (uint8_t)((writer_len(&w) - start) / 4);
    k->header = writer_len(&w);
    writer_bytes(&w, o->payload);
    k->len = writer_len(&w);
}

static void send_one(struct rig_packet_options *o)
{
    struct rig_packet k;
    struct rig_encoding *e = o->encoding;
    rig_packet_write(&k, o);
    rig_packet_send(o->transport, &k, e->roc);
    e->packets++;
    e->bytes += (uint32_t)o->payload.len;
    if (++e->seq == 0)
        e->roc++;
}

struct stamp {
    uint32_t marker, counter;
    instant_us sent;
    uint8_t layer;
    bool key;
};

static void stamp_write(struct writer *w, const struct stamp *s)
{
    writer_bytes(w, span_of(stamp_magic, 8));
    writer_u32(w, s->marker);
    writer_u32(w, s->counter);
    writer_u64(w, (uint64_t)s->sent);
    writer_u8(w, s->layer);
    writer_u8(w, s->key);
}

static void send_audio(struct rig_peer *p, struct rig_track *t)
{
    uint8_t payload[80] = {0};
    struct writer w = writer_of(payload, sizeof(payload));
    stamp_write(&w, &(struct stamp){p->marker, t->encoding[0].counter++, rig_now(), 0, false});
    struct rig_packet_options o = {&p->send, t, &t->encoding[0], span_of(payload, 80), false};
    send_one(&o);
    t->encoding[0].timestamp += 960;
}

/* RFC 7741 section 4.2: X S PID | I L T | picture id 15 bits | TL0PICIDX | TID Y KEYIDX; then, in a
 * key frame's first packet, the frame tag, start code and dimensions of RFC 6386 section 9.1. */
static void send_frame(struct rig_peer *p, struct rig_track *t, unsigned layer)
{
    static const size_t size[3] = {400, 900, 1100};
    struct rig_encoding *e = &t->encoding[layer];
    uint8_t payload[1200] = {0};
    unsigned parts = layer + 1;
    bool key = e->want_key;
    e->want_key = false;
    e->picture = (e->picture + 1) & 0x7fff;
    e->tl0++;
    for (unsigned i = 0; i < parts; i++) {
        struct writer w = writer_of(payload, sizeof(payload));
        writer_u8(&w, i == 0 ? 0x90 : 0x80);
        writer_u8(&w, 0xe0);
        writer_u16(&w, 0x8000u | e->picture);
        writer_u8(&w, e->tl0);
        writer_u8(&w, 0x20);
        if (i == 0) {
            writer_u24(&w, key ? 0x100200 : 0x110200);
            if (key)
                writer_u24(&w, 0x9d012a);
            if (key)
                writer_u32(&w, 0x40010000u >> layer | 0xb400);
        }
        stamp_write(&w, &(struct stamp){p->marker, e->counter++, rig_now(), (uint8_t)layer, key});
        struct rig_packet_options o = {&p->send, t, e, span_of(payload, size[layer % 3]),
                                       i + 1 == parts};
        send_one(&o);
    }
    e->timestamp += 90 * FRAME_US / 1000;
}

void rig_media_tick(struct rig_peer *p, instant_us now)
{
    if (!p->send.dtls.done || p->silent)
        return;
    for (int i = 0; i < RIG_TRACKS; i++) {
        struct rig_track *t = &p->track[i];
        if (!t->id || t->paused)
            continue;
        if (now - t->next > 200000)
            t->next = now; /* the rig was late: no burst to make up */
        for (; now >= t->next; t->next += t->video ? FRAME_US : AUDIO_US) {
            if (!t->video)
                send_audio(p, t);
            for (unsigned k = 0; t->video && k < t->encodings; k++)
                send_frame(p, t, k);
        }
    }
}

/* --- in -------------------------------------------------------------------------------------- */

static bool stamp_read(struct span payload, bool video, struct stamp *s)
{
    struct reader r = reader_of(payload);
    if (video) {
        /* the descriptor is the server's to rewrite, not to lengthen */
        bool start = payload.len > 0 && (payload.ptr[0] & 0x10);
        reader_skip(&r, 6);
        bool key = start && payload.len > 9 && payload.ptr[6] == 0x10;
        reader_skip(&r, !start ? 0 : key ? 10 : 3);
    }
    struct span magic = reader_take(&r, 8);
    s->marker = reader_u32(&r);
    s->counter = reader_u32(&r);
    s->sent = (instant_us)reader_u64(&r);
    s->layer = reader_u8(&r);
    s->key = reader_u8(&r) != 0;
    return reader_ok(&r) && memcmp(magic.ptr, stamp_magic, 8) == 0;
}

static void note_gap(struct rig_sub *s, const struct stamp *st, instant_us now)
{
    int64_t gap = now - s->last, own = st->sent - s->last_sent - AUDIO_US;
    if (own > 0)
        gap -= own;
    if (s->last && gap > s->max_gap_us)
        s->max_gap_us = gap;
}

static void take_media(struct rig_sub *s, const uint8_t *buf, struct span payload, instant_us now)
{
    struct stamp st = {0};
    s->packets++;
    s->bytes += payload.len;
    uint16_t seq = (uint16_t)(buf[2] << 8 | buf[3]);
    if (s->packets > 1 && seq < 0x1000 && s->seq > 0xf000)
        s->cycles++;
    if (s->packets == 1 || (uint16_t)(seq - s->seq) < 0x8000)
        s->seq = seq;
    if (!stamp_read(payload, s->video, &st) || (s->marker && st.marker != s->marker)) {
        s->wrong++;
        return;
    }
    s->marker = st.marker;
    if (!s->first) {
        s->first = now;
        s->first_is_key = st.key;
    }
    if (!s->video) {
        if (s->last && st.counter <= s->counter)
            s->duplicates++;
        note_gap(s, &st, now);
    }
    if (st.counter > s->counter || st.layer != s->layer)
        s->counter = st.counter;
    s->layer = st.layer;
    s->last = now;
    s->last_sent = st.sent;
    if (buf[1] & 0x80) {
        s->frames++;
        s->keyframes += st.key;
    }
}

static void note_twcc(struct rig_transport *t, const uint8_t *buf, size_t header, instant_us now)
{
    if (!(buf[0] & 0x10))
        return;
    size_t at = 12 + 4 * (size_t)(buf[0] & 15) + 4;
    while (at < header) {
        uint8_t id = buf[at] >> 4, n = (uint8_t)((buf[at] & 15) + 1);
        if (id == 0) {
            at++;
            continue;
        }
        if (id == RIG_EXT_TWCC && n == 2 && at + 2 < header && t->twcc_count < RIG_TWCC) {
            t->twcc_seq[t->twcc_count] = (uint16_t)(buf[at + 1] << 8 | buf[at + 2]);
            t->twcc_at[t->twcc_count++] = now;
        }
        at += 1 + (size_t)n;
    }
}

static void take_rtp(struct rig_peer *p, struct rig_transport *t, uint8_t *buf, size_t len)
{
    instant_us now = t->arrived;
    t->rtp_in++;
    len = rig_srtp_open(&t->in, buf, len);
    if (!len) {
        t->bad_auth++;
        return;
    }
    size_t header = rig_rtp_header(buf, len);
    note_twcc(t, buf, header, now);
    struct span payload = span_of(buf + header, len - header);
    for (size_t i = 0; i + 8 <= len; i++)
        if (memcmp(buf + i, RIG_EVIL, 8) == 0)
            t->evil++;
    uint32_t ssrc =
        (uint32_t)buf[8] << 24 | (uint32_t)buf[9] << 16 | (uint32_t)buf[10] << 8 | buf[11];
    for (int i = 0; i < RIG_SUBS; i++) {
        struct rig_sub *s = &p->sub[i];
        if (s->ssrc && s->ssrc == ssrc) {
            if (s->id) /* else: it was closed while this one was on its way */
                take_media(s, buf, payload, now);
            return;
        }
        if (s->rtx_ssrc && s->rtx_ssrc == ssrc) {
            if (buf[0] & 0x20)
                s->padding++;
            else
                s->rtx++;
            return;
        }
    }
    t->unknown++;
}

static void flush_dtls(struct rig_transport *t)
{
    uint8_t out[2048];
    for (size_t n; (n = rig_dtls_give(&t->dtls, out, sizeof(out))) > 0;)
        rig_datagram_send(t, span_of(out, n));
}

static void take_dtls(struct rig_transport *t, struct span in)
{
    bool before = t->dtls.done;
    t->dtls_in++;
    if (!t->dtls.ssl)
        return;
    rig_dtls_take(&t->dtls, in);
    flush_dtls(t);
    if (t->dtls.done && !before) {
        t->secured = rig_now();
        t->in.keys = t->dtls.recv;
    }
}

/* One datagram and when the kernel got it: that the rig itself came late to fetch it is no gap. */
static ssize_t receive(struct rig_transport *t, uint8_t *buf, size_t cap)
{
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec part = {buf, cap};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(t->fd, &m, MSG_DONTWAIT);
    struct timespec real, at;
    t->arrived = rig_now();
    clock_gettime(CLOCK_REALTIME, &real);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
        memcpy(&at, CMSG_DATA(c), sizeof(at));
        int64_t late = (real.tv_sec - at.tv_sec) * US_PER_S + (real.tv_nsec - at.tv_nsec) / 1000;
        t->arrived -= late > 0 ? late : 0;
    }
    return n;
}

void rig_transport_read(struct rig_peer *p, struct rig_transport *t)
{
    uint8_t buf[2048];
    ssize_t got;
    while (t->fd >= 0 && (got = receive(t, buf, sizeof(buf))) > 0) {
        size_t len = (size_t)got;
        t->bytes_in += len;
        /* RFC 7983: 0-3 STUN, 20-63 DTLS, 128-191 RTP and RTCP */
        if (buf[0] < 4) {
            t->stun_in++;
            if (!t->ice_ok && rig_stun_is(span_of(buf, len), RIG_STUN_SUCCESS, t->pwd)) {
                t->ice_ok = true;
                t->checked = rig_now();
            }
        } else if (buf[0] >= 20 && buf[0] < 64) {
            take_dtls(t, span_of(buf, len));
        } else if (buf[0] >= 128 && buf[0] < 192 && t->dtls.done && len > 8) {
            if (buf[1] >= 192 && buf[1] <= 223) {
                t->rtcp_in++;
                size_t n = rig_srtcp_open(&t->dtls.recv, buf, len);
                t->bad_auth += n == 0;
                rig_rtcp_take(p, t, span_of(buf, n));
            } else {
                take_rtp(p, t, buf, len);
            }
        }
    }
}

/* --- connecting ------------------------------------------------------------------------------ */

void rig_transport_tick(struct rig_peer *p, struct rig_transport *t, instant_us now)
{
    if (!t->id || t->fd < 0)
        return;
    if (t->next_check && now >= t->next_check) {
        struct rig_stun m;
        rig_stun_check(&m, t->ufrag, t->pwd, "rigX");
        rig_datagram_send(t, span_of(m.buf, m.len));
        t->next_check = now + (t->ice_ok ? 2500 : 50) * US_PER_MS;
    }
    if (t->dtls.ssl && !t->dtls.done) {
        rig_dtls_tick(&t->dtls);
        flush_dtls(t);
    }
    if (t->dtls.done && now >= t->next_report) {
        t->next_report = now + 100 * US_PER_MS;
        if (!t->send)
            rig_feedback(p, t);
        if (++t->twcc_feedbacks % 10 == 0)
            rig_report(p, t, now);
    }
}

bool rig_transport_secure(struct rig_peer *p, bool send, int64_t ms)
{
    struct rig_transport *t = send ? &p->send : &p->recv;
    t->next_check = rig_now();
    if (!RIG_WAIT(p->rig, ms, t->ice_ok)) {
        printf("      no answer to connectivity checks\n");
        return false;
    }
    if (!t->dtls.ssl)
        rig_dtls_init(&t->dtls, &p->rig->identity, (struct rig_dtls_options){0});
    rig_dtls_take(&t->dtls, span_of(NULL, 0));
    flush_dtls(t);
    if (!RIG_WAIT(p->rig, ms, t->dtls.done || t->dtls.failed) || t->dtls.failed) {
        printf("      DTLS %s\n", t->dtls.failed ? "failed" : "did not finish");
        return false;
    }
    NEED(memcmp(t->dtls.remote_fingerprint, t->fingerprint, 32) == 0,
         "the server's certificate is the signalled one");
    return true;
}

void rig_transport_fini(struct rig_transport *t)
{
    rig_dtls_fini(&t->dtls);
    if (t->fd >= 0 && t->id)
        close(t->fd);
    memset(t, 0, sizeof(*t));
    t->fd = -1;
}

/* --- what was seen --------------------------------------------------------------------------- */

int64_t rig_sub_gap_ms(const struct rig_peer *p, const struct rig_sub *s)
{
    int64_t silence = s->last ? rig_now() - s->last - p->rig->worst_lag_us : 0;
    return (s->max_gap_us > silence ? s->max_gap_us : silence) / 1000;
}

int64_t rig_audio_gap_ms(const struct rig_peer *p)
{
    int64_t worst = 0;
    for (int i = 0; i < RIG_SUBS; i++) {
        const struct rig_sub *s = &p->sub[i];
        int64_t gap = s->id && !s->video ? rig_sub_gap_ms(p, s) : 0;
        worst = gap > worst ? gap : worst;
    }
    return worst;
}

void rig_gap_reset(struct rig_peer *p)
{
    for (int i = 0; i < RIG_SUBS; i++)
        p->sub[i].max_gap_us = 0;
    p->rig->worst_lag_us = 0;
}
