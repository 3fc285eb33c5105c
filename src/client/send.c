/* Published tracks: frames into packets, packets into SRTP, and sent again on request. */
#include "base/bug.h"
#include "client/state.h"

enum {
    PACKET_BUF = 160,     /* a header with its extensions */
    RESEND_APART_MS = 20, /* a packet is sent again at most that often */
};

/* The values that header extensions point to, until the header is written. */
struct header_values {
    uint8_t twcc[2], abs_send_time[3], level[1];
};

static struct track_out *find_track(struct client *c, int track)
{
    if (track < 0 || track >= c->config.tracks || !c->tracks[track].used)
        return NULL;
    return &c->tracks[track];
}

static uint32_t draw_ssrc(struct client *c)
{
    uint32_t v = 0;
    while (v == 0)
        v = (uint32_t)agent_draw(&c->random);
    return v;
}

int client_publish(struct client *c, struct client_track *track)
{
    int at = 0;
    while (at < c->config.tracks && c->tracks[at].used)
        at++;
    if (at == c->config.tracks || track->encodings == 0 || track->encodings > LIMIT_TRACK_ENCODINGS)
        return -1;
    struct track_out *t = &c->tracks[at];
    for (int i = 0; i < track->encodings; i++) {
        struct encoding_out *e = &t->encoding[i];
        struct history_entry *history = e->history;
        if (track->encoding[i].ssrc == 0)
            track->encoding[i].ssrc = draw_ssrc(c);
        if (track->encoding[i].rtx_ssrc == 0 && track->rtx_pt != 0)
            track->encoding[i].rtx_ssrc = draw_ssrc(c);
        *e = (struct encoding_out){.history = history};
        e->seq = (uint16_t)(agent_draw(&c->random) & 0x7fff); /* RFC 3711: no early roll-over */
        e->rtx_seq = (uint16_t)(agent_draw(&c->random) & 0x7fff);
        e->picture_id = (uint16_t)(agent_draw(&c->random) & 0x7fff);
        for (uint32_t k = 0; history && k < c->config.history; k++)
            history[k].used = false;
    }
    t->as = *track;
    t->used = true;
    return at;
}

void client_unpublish(struct client *c, int track)
{
    struct track_out *t = find_track(c, track);
    if (t)
        t->used = false;
}

struct encoding_out *send_find(struct client *c, uint32_t ssrc, bool *rtx)
{
    for (int i = 0; i < c->config.tracks; i++) {
        struct track_out *t = &c->tracks[i];
        for (int k = 0; t->used && k < t->as.encodings; k++) {
            *rtx = ssrc == t->as.encoding[k].rtx_ssrc;
            if (ssrc != 0 && (*rtx || ssrc == t->as.encoding[k].ssrc))
                return &t->encoding[k];
        }
    }
    return NULL;
}

/* ---- one packet ---- */

/* What one packet is made of; the header's fields, then what is behind it. */
struct packet_out {
    struct track_out *track;
    struct encoding_out *encoding;
    uint8_t index; /* of the encoding */
    bool rtx, marker, voice;
    uint8_t level;
    uint16_t seq;
    uint32_t ts;
    struct span front, payload;
};

static void put_ext(struct rtpext_set *set, uint8_t id, struct span value)
{
    if (id != 0 && value.len > 0)
        (void)rtpext_put(set, id, value);
}

static void fill_ext(struct client *c, const struct packet_out *p, instant_us now,
                     struct header_values *v, struct rtpext_set *set)
{
    const struct client_track *t = &p->track->as;
    const char *rid = t->encoding[p->index].rid;
    bool known = p->rtx ? p->encoding->rtx_known : p->encoding->known;
    set->count = 0;
    if (!known) {
        put_ext(set, t->ext[IPC_EXT_MID], span_str(t->mid));
        put_ext(set, t->ext[p->rtx ? IPC_EXT_RRID : IPC_EXT_RID], span_str(rid));
    }
    rtpext_write_abs_send_time(v->abs_send_time, now);
    put_ext(set, t->ext[IPC_EXT_ABS_SEND_TIME], span_of(v->abs_send_time, 3));
    rtpext_write_twcc(v->twcc, c->twcc_out);
    put_ext(set, t->ext[IPC_EXT_TWCC], span_of(v->twcc, 2));
    if (t->kind == IPC_AUDIO) {
        v->level[0] = (uint8_t)((p->voice ? 0x80 : 0) | (p->level & 0x7f));
        put_ext(set, t->ext[IPC_EXT_AUDIO_LEVEL], span_of(v->level, 1));
    }
}

/* Seals to `out` and counts. */
static enum err send_packet(struct client *c, const struct packet_out *p, instant_us now,
                            struct client_out *out)
{
    struct header_values values;
    struct rtpext_set ext;
    uint8_t header[PACKET_BUF];
    struct writer w = writer_of(header, sizeof header);
    const struct client_encoding *as = &p->track->as.encoding[p->index];
    fill_ext(c, p, now, &values, &ext);
    struct rtp_header h = {.marker = p->marker,
                           .pt = p->rtx ? p->track->as.rtx_pt : p->track->as.pt,
                           .seq = p->seq,
                           .ts = p->ts,
                           .ssrc = p->rtx ? as->rtx_ssrc : as->ssrc,
                           .ext = &ext};
    uint8_t *room = client_out_room(out, CLIENT_DATAGRAM_MAX);
    if (!room)
        return ERR_LIMIT;
    BUG_IF(!rtp_write_header(&w, &h));
    struct seal_packet s = {.header = writer_span(&w), .front = p->front, .payload = p->payload};
    struct seal_out sealed = {.buf = room, .cap = CLIENT_DATAGRAM_MAX};
    TRY(seal_rtp(&c->seal, p->rtx ? &p->encoding->rtx_stream : &p->encoding->stream, &s, &sealed));
    client_out_add(out, sealed.len);
    if (p->track->as.ext[IPC_EXT_TWCC] != 0) {
        rate_sent(c->rate, c->twcc_out, sealed.len, now);
        c->twcc_out++;
    }
    c->stats.sent++;
    c->stats.sent_bytes += sealed.len;
    return ERR_OK;
}

static void remember(struct client *c, const struct packet_out *p)
{
    if (!p->encoding->history)
        return;
    struct history_entry *h = &p->encoding->history[p->seq & (c->config.history - 1u)];
    h->used = true;
    h->marker = p->marker;
    h->voice = p->voice;
    h->level = p->level;
    h->seq = p->seq;
    h->ts = p->ts;
    h->resent_at = 0;
    h->len = (uint16_t)(p->front.len + p->payload.len);
    if (p->front.len > 0)
        memcpy(h->bytes, p->front.ptr, p->front.len);
    memcpy(h->bytes + p->front.len, p->payload.ptr, p->payload.len);
}

static size_t describe(struct encoding_out *e, const struct client_piece *piece,
                       uint8_t out[VP8_DESCRIPTOR_MAX])
{
    if (piece->first) {
        e->picture_id = (e->picture_id + 1) & 0x7fff;
        e->tl0++;
    }
    struct vp8 v = {.start = piece->first,
                    .has_picture_id = true,
                    .long_picture_id = true,
                    .picture_id = e->picture_id,
                    .has_tl0 = true,
                    .tl0 = e->tl0,
                    .has_tid = true};
    return vp8_write(&v, out);
}

enum err client_send_packet(struct client *c, const struct client_piece *piece, instant_us now,
                            struct client_out *out)
{
    struct track_out *t = find_track(c, piece->of.track);
    if (c->state != CLIENT_OPEN)
        return ERR_STATE;
    if (!t || piece->of.encoding >= t->as.encodings)
        return ERR_NOT_FOUND;
    if (piece->of.bytes.len > CLIENT_PAYLOAD_MAX || piece->of.bytes.len == 0)
        return ERR_LIMIT;
    struct encoding_out *e = &t->encoding[piece->of.encoding];
    uint8_t descriptor[VP8_DESCRIPTOR_MAX];
    size_t front = t->as.kind == IPC_VIDEO ? describe(e, piece, descriptor) : 0;
    struct packet_out p = {.track = t,
                           .encoding = e,
                           .index = piece->of.encoding,
                           .marker = t->as.kind == IPC_VIDEO && piece->last,
                           .voice = piece->of.voice,
                           .level = piece->of.level,
                           .seq = e->seq++,
                           .ts = piece->of.ts,
                           .front = span_of(descriptor, front),
                           .payload = piece->of.bytes};
    if (t->as.rtx_pt != 0)
        remember(c, &p);
    e->packets++;
    e->octets += (uint32_t)(front + piece->of.bytes.len);
    e->last_ts = piece->of.ts;
    e->last_at = now;
    return send_packet(c, &p, now, out);
}

enum err client_send_frame(struct client *c, const struct client_send *frame, instant_us now,
                           struct client_out *out)
{
    const struct track_out *t = find_track(c, frame->track);
    if (!t)
        return c->state == CLIENT_OPEN ? ERR_NOT_FOUND : ERR_STATE;
    if (frame->bytes.len == 0 || (t->as.kind == IPC_AUDIO && frame->bytes.len > CLIENT_PAYLOAD_MAX))
        return ERR_LIMIT;
    size_t len = frame->bytes.len, pieces = (len + CLIENT_PAYLOAD_MAX - 1) / CLIENT_PAYLOAD_MAX;
    size_t each = (len + pieces - 1) / pieces; /* equal but the last: a run for the kernel */
    enum err result = ERR_OK;
    for (size_t from = 0; from < len; from += each) {
        size_t take = len - from < each ? len - from : each;
        struct client_piece piece = {.of = *frame, .first = from == 0, .last = from + take == len};
        piece.of.bytes = span_of(frame->bytes.ptr + from, take);
        enum err e = client_send_packet(c, &piece, now, out);
        result = e == ERR_OK ? result : e;
    }
    return result;
}

/* ---- again, on request (RFC 4588) ---- */

static void resend_one(struct client *c, struct packet_out *p, uint16_t seq, instant_us now,
                       struct client_out *out)
{
    struct encoding_out *e = p->encoding;
    struct history_entry *h = &e->history[seq & (c->config.history - 1u)];
    if (!h->used || h->seq != seq)
        return;
    if (h->resent_at != 0 && now - h->resent_at < RESEND_APART_MS * US_PER_MS)
        return;
    uint8_t original[2] = {(uint8_t)(seq >> 8), (uint8_t)seq};
    h->resent_at = now;
    p->marker = h->marker;
    p->voice = h->voice;
    p->level = h->level;
    p->ts = h->ts;
    p->seq = e->rtx_seq++;
    p->front = span_of(original, sizeof original);
    p->payload = span_of(h->bytes, h->len);
    if (send_packet(c, p, now, out) == ERR_OK)
        c->stats.resent++;
}

void send_resend(struct client *c, uint32_t ssrc, struct rtcp_nack item, instant_us now,
                 struct client_out *out)
{
    bool rtx = false;
    struct encoding_out *e = send_find(c, ssrc, &rtx);
    if (!e || rtx || !e->history)
        return;
    for (int i = 0; i < c->config.tracks; i++) {
        struct track_out *t = &c->tracks[i];
        if (e < t->encoding || e >= t->encoding + LIMIT_TRACK_ENCODINGS || t->as.rtx_pt == 0)
            continue;
        struct packet_out p = {
            .track = t, .encoding = e, .index = (uint8_t)(e - t->encoding), .rtx = true};
        for (uint16_t bit = 0; bit <= 16; bit++)
            if (bit == 0 || item.mask >> (bit - 1) & 1)
                resend_one(c, &p, (uint16_t)(item.seq + bit), now, out);
    }
}
