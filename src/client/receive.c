/* Received streams: SRTP open, numbers, RTX back into its stream. */
#include "client/state.h"

static struct client_binding *find_binding(struct client *c, uint32_t ssrc)
{
    if (c->last_binding < c->binding_count && c->bindings[c->last_binding].ssrc == ssrc)
        return &c->bindings[c->last_binding];
    for (uint16_t i = 0; i < c->binding_count; i++) {
        if (c->bindings[i].ssrc == ssrc) {
            c->last_binding = i;
            return &c->bindings[i];
        }
    }
    return NULL;
}

struct stream_in *receive_find(struct client *c, uint32_t ssrc)
{
    const struct client_binding *b = find_binding(c, ssrc);
    return b && !b->rtx ? &c->streams[b->stream] : NULL;
}

static void bind_ssrc(struct client *c, uint32_t ssrc, int stream, bool rtx)
{
    if (ssrc != 0)
        c->bindings[c->binding_count++] =
            (struct client_binding){.ssrc = ssrc, .stream = (uint16_t)stream, .rtx = rtx};
}

int client_listen(struct client *c, const struct client_stream *stream)
{
    int at = 0;
    while (at < c->config.streams && c->streams[at].used)
        at++;
    bool taken = find_binding(c, stream->ssrc) ||
                 (stream->rtx_ssrc != 0 && find_binding(c, stream->rtx_ssrc));
    if (at == c->config.streams || stream->ssrc == 0 || stream->ssrc == stream->rtx_ssrc || taken)
        return -1;
    struct stream_in *s = &c->streams[at];
    struct nack *nack = s->nack;
    struct assembler *frames = s->frames;
    uint32_t count = frames ? frames->count : 0;
    *s = (struct stream_in){.used = true, .as = *stream, .nack = nack, .frames = frames};
    if (nack)
        nack_init(nack);
    if (nack && stream->kind == IPC_AUDIO)
        nack_limit(nack, NACK_SOUND_TRIES);
    if (count > 0)
        assemble_init(frames, frames->slots, frames->frame_max);
    bind_ssrc(c, stream->ssrc, at, false);
    bind_ssrc(c, stream->rtx_ssrc, at, true);
    if (stream->ext[IPC_EXT_TWCC] != 0)
        c->twcc_id = stream->ext[IPC_EXT_TWCC];
    return at;
}

void client_unlisten(struct client *c, int stream)
{
    uint16_t kept = 0;
    if (stream < 0 || stream >= c->config.streams || !c->streams[stream].used)
        return;
    c->streams[stream].used = false;
    for (uint16_t i = 0; i < c->binding_count; i++)
        if (c->bindings[i].stream != stream)
            c->bindings[kept++] = c->bindings[i];
    c->binding_count = kept;
}

struct client_stream_stats client_stream_stats(const struct client *c, int stream)
{
    if (stream < 0 || stream >= c->config.streams)
        return (struct client_stream_stats){0};
    struct client_stream_stats s = c->streams[stream].stats;
    s.jitter = c->streams[stream].jitter16 >> 4;
    return s;
}

struct client_stream_clock client_stream_clock(const struct client *c, int stream)
{
    if (stream < 0 || stream >= c->config.streams)
        return (struct client_stream_clock){0};
    const struct stream_in *s = &c->streams[stream];
    return (struct client_stream_clock){s->sr_ntp, s->sr_rtp_ts, s->sr_at};
}

/* ---- one packet ---- */

/* RFC 3550 section 6.4.1 and appendix A.8, in sixteenths. */
static void take_jitter(struct stream_in *s, uint32_t ts, instant_us at)
{
    int64_t rate = s->as.kind == IPC_AUDIO ? CLIENT_AUDIO_RATE : CLIENT_VIDEO_RATE;
    int64_t transit = at * rate / US_PER_S - (int64_t)ts;
    int32_t d = (int32_t)(uint32_t)(transit - s->transit); /* timestamps wrap */
    if (s->stats.packets > 1) {
        uint32_t apart = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;
        s->jitter16 += apart - ((s->jitter16 + 8) >> 4);
    }
    s->transit = transit;
}

/* Counts the number; true when it is new. */
static bool take_number(struct stream_in *s, uint16_t seq, int64_t *full)
{
    bool first = !s->unwrap.started;
    *full = seq_unwrap(&s->unwrap, seq);
    if (first)
        s->first = *full;
    if (!replay_fresh(&s->seen, (uint64_t)*full)) {
        s->stats.duplicates++;
        return false;
    }
    replay_accept(&s->seen, (uint64_t)*full);
    if (*full >= s->first)
        s->stats.packets++;
    s->stats.expected = (uint64_t)(s->unwrap.highest - s->first + 1);
    return true;
}

/* RFC 4588 section 4: the original number, then the original payload. Padding alone is a probe. */
static bool unwrap_rtx(struct rtp_packet *p)
{
    if (p->payload.len < 2)
        return false;
    p->seq = (uint16_t)(p->payload.ptr[0] << 8 | p->payload.ptr[1]);
    p->payload = span_of(p->payload.ptr + 2, p->payload.len - 2);
    return true;
}

static void take_ext(struct client *c, const struct stream_in *s, const struct rtp_packet *p,
                     struct client_packet *out)
{
    struct rtpext_set set;
    uint16_t number;
    bool voice;
    if (rtpext_parse(&set, p) != ERR_OK)
        return;
    if (c->twcc_id != 0 && rtpext_twcc(rtpext_get(&set, c->twcc_id), &number))
        twcc_record(c->twcc, number, out->at);
    out->has_level =
        rtpext_audio_level(rtpext_get(&set, s->as.ext[IPC_EXT_AUDIO_LEVEL]), &out->level, &voice);
    struct span turn = rtpext_get(&set, s->as.ext[IPC_EXT_ORIENTATION]);
    out->orientation = turn.len == 1 ? turn.ptr[0] : 0;
}

/* For repair and for frames. */
static void file_away(struct client *c, struct stream_in *s, const struct client_packet *p,
                      int64_t full)
{
    if (s->nack)
        (void)nack_input(s->nack, p->seq, p->at, CLIENT_REORDER_US);
    if (s->nack && nack_deadline(s->nack) < c->repair_at)
        c->repair_at = nack_deadline(s->nack);
    if (s->frames && s->as.kind == IPC_VIDEO) {
        struct assemble_packet a = {.seq = full,
                                    .ts = p->ts,
                                    .marker = p->marker,
                                    .orientation = p->orientation,
                                    .at = p->at,
                                    .payload = p->payload};
        assemble_put(s->frames, &a);
    }
}

/* True when the datagram is a new media packet of a stream. */
static bool open_packet(struct client *c, const struct client_datagram *d,
                        const struct client_binding *b, struct rtp_packet *p)
{
    struct stream_in *s = &c->streams[b->stream];
    size_t len = d->len;
    enum err e = seal_unseal_rtp(&c->seal, b->rtx ? &s->rtx_stream : &s->stream, d->bytes, &len,
                                 p->header_len);
    if (e == ERR_OK)
        e = rtp_parse(p, span_of(d->bytes, len), RTP_OPENED);
    if (e == ERR_OK)
        return true;
    s->stats.duplicates += e == ERR_REPLAY ? 1 : 0;
    c->stats.refused++;
    return false;
}

bool receive_rtp(struct client *c, const struct client_datagram *d, struct client_packet *out)
{
    struct rtp_packet p;
    int64_t full;
    if (c->state != CLIENT_OPEN || rtp_parse(&p, span_of(d->bytes, d->len), RTP_SEALED) != ERR_OK) {
        c->stats.refused++;
        return false;
    }
    const struct client_binding *b = find_binding(c, p.ssrc);
    if (!b) {
        c->stats.unknown++;
        return false;
    }
    if (!open_packet(c, d, b, &p))
        return false;
    struct stream_in *s = &c->streams[b->stream];
    *out = (struct client_packet){.stream = b->stream, .at = d->at, .level = 127};
    c->stats.received++;
    c->stats.received_bytes += d->len;
    take_ext(c, s, &p, out);
    if (b->rtx && !unwrap_rtx(&p))
        return false;
    out->ts = p.ts;
    out->seq = p.seq;
    out->marker = p.marker;
    out->repaired = b->rtx;
    out->payload = p.payload;
    out->duplicate = !take_number(s, p.seq, &full);
    s->stats.bytes += p.payload.len;
    s->stats.repaired += b->rtx && !out->duplicate ? 1 : 0;
    if (!b->rtx)
        take_jitter(s, p.ts, d->at);
    if (!out->duplicate)
        file_away(c, s, out, full);
    return p.payload.len > 0;
}

/* ---- frames ---- */

bool client_next_frame(struct client *c, struct client_frame *out)
{
    struct assemble_frame f;
    for (uint32_t n = 0; n < c->config.streams; n++) {
        uint32_t at = (c->next_frame + n) % c->config.streams;
        struct stream_in *s = &c->streams[at];
        if (!s->used || !s->frames || s->as.kind != IPC_VIDEO)
            continue;
        bool repairs = s->nack && s->as.rtx_ssrc != 0;
        bool whole =
            assemble_next(s->frames, c->now, repairs ? ASSEMBLE_REPAIR_US : ASSEMBLE_WAIT_US, &f);
        if (s->nack && s->frames->gave_up)
            c->repair_at = c->now; /* the key frame that mends it is asked for */
        if (!whole)
            continue;
        *out = (struct client_frame){.stream = (int)at,
                                     .ts = f.ts,
                                     .keyframe = f.keyframe,
                                     .missing = f.missing,
                                     .orientation = f.orientation,
                                     .at = f.at,
                                     .bytes = f.bytes};
        c->next_frame = at;
        c->stats.frames++;
        if (f.keyframe)
            s->wants_keyframe = false;
        return true;
    }
    return false;
}
