/* What the participants of a load are found to get: packets, losses and delays of a measured time,
 * the first whole frame of each, and, on request, the same a slice of the time.
 * knows: streams and their numbers. knows not: sockets, signalling, what is printed.
 * owns: the list of slices until the report took it. */
#include <string.h>
#include <string.h>
#include <unistd.h>

#include "base/reader.h"
#include "bin/load_core.h"
#include "proto/vp8.h"

enum { GAP_US = 100000 /* of audio: a gap that is counted */ };

const uint8_t load_magic[LOAD_MAGIC] = {'C', 'L', 'O', 'A', 'D', '1'};

/* ---- a packet ---- */

/* When it was sent, INSTANT_NEVER: it carries no stamp. */
static instant_us stamp_of(const struct client_packet *p, enum ipc_kind kind)
{
    struct span payload = p->payload;
    struct vp8 v;
    if (kind == IPC_VIDEO) {
        if (vp8_parse(&v, payload) != ERR_OK)
            return INSTANT_NEVER;
        payload = span_of(payload.ptr + v.descriptor_len, payload.len - v.descriptor_len);
    }
    if (payload.len < LOAD_PACKET_MIN ||
        memcmp(payload.ptr + LOAD_MAGIC_AT, load_magic, LOAD_MAGIC))
        return INSTANT_NEVER;
    struct reader r = reader_of(span_of(payload.ptr + LOAD_STAMP_AT, 8));
    return (instant_us)reader_u64(&r);
}

/* What was sent in the measured time counts, also when it comes later. */
static void count_packet(struct load *l, struct load_member *m, const struct client_packet *p,
                         struct load_stream *s)
{
    instant_us sent = stamp_of(p, s->kind);
    struct measure *r = &l->measure;
    if (sent < r->from || sent >= r->to)
        return;
    r->received++;
    r->received_bytes += p->payload.len;
    measure_time(&r->delay, p->at - sent);
    measure_delay(&m->measured, p->at - sent);
    if (l->o.every_s)
        measure_time(&l->slice.delay, p->at - sent);
    if (s->kind != IPC_AUDIO)
        return;
    measure_time(&r->audio_delay, p->at - sent);
    uint64_t gap = s->last_at != 0 && p->at > s->last_at ? (uint64_t)(p->at - s->last_at) : 0;
    r->audio_gaps += gap > GAP_US ? 1 : 0;
    if (gap > r->audio_gap_max_us)
        r->audio_gap_max_us = gap;
}

/* A picture can be shown when all packets of a key frame are there, in whatever order. */
static void note_frame(struct load *l, struct load_member *m, const struct client_packet *p,
                       struct load_key *k)
{
    struct vp8 v;
    if (vp8_parse(&v, p->payload) != ERR_OK || p->duplicate)
        return;
    if (v.keyframe && (!k->begun || k->ts != p->ts))
        *k = (struct load_key){.begun = true, .ts = p->ts, .first = p->seq};
    if (!k->begun || k->ts != p->ts)
        return;
    k->count++;
    k->ended = k->ended || p->marker;
    k->last = p->marker ? p->seq : k->last;
    if (!k->ended || (uint16_t)(k->last - k->first + 1) != k->count)
        return;
    m->framed_at = p->at;
    measure_time(&l->measure.first_frame, p->at - m->joined_at);
}

void load_count_packet(struct load *l, struct load_member *m, const struct client_packet *p,
                       struct load_stream *s)
{
    if (m->framed_at == 0 && s->kind == IPC_VIDEO)
        note_frame(l, m, p, &s->key);
    if (l->measuring)
        count_packet(l, m, p, s);
}

/* ---- a measured time ---- */

static void each_stream(struct load *l,
                        void (*visit)(struct load *l, struct load_member *m, struct load_stream *s,
                                      const struct client_stream_stats *now))
{
    for (uint32_t i = 0; i < l->target; i++) {
        struct load_member *m = &l->members[i];
        const struct load_lane *a = &m->lane[LOAD_RECV];
        for (uint32_t k = 0; a->client && k < a->stream_count; k++) {
            if (!a->streams[k].used)
                continue;
            struct client_stream_stats now = client_stream_stats(a->client, (int)k);
            visit(l, m, &a->streams[k], &now);
        }
    }
}

static void note_base(struct load *l, struct load_member *m, struct load_stream *s,
                      const struct client_stream_stats *now)
{
    (void)l;
    (void)m;
    s->base_expected = now->expected;
    s->base_packets = now->packets;
    s->base_duplicates = now->duplicates;
    s->last_at = 0;
}

static void note_end(struct load *l, struct load_member *m, struct load_stream *s,
                     const struct client_stream_stats *now)
{
    uint64_t expected = now->expected - s->base_expected, came = now->packets - s->base_packets;
    uint64_t lost = expected > came ? expected - came : 0;
    m->measured.expected += expected;
    m->measured.received += came;
    m->measured.duplicates += now->duplicates - s->base_duplicates;
    m->measured.streams++;
    /* With tiles three talk: the server need not forward the others. */
    bool may_be = l->o.profile == LOAD_TILES && s->kind == IPC_AUDIO;
    m->measured.silent += came == 0 && !may_be ? 1 : 0;
    if (s->kind == IPC_AUDIO) {
        l->measure.audio_expected += expected;
        l->measure.audio_lost += lost;
    }
}

/* Each process's time less what was noted before: at the begin all of it, at the end the
 * difference. */
static void note_server_cpu(struct load *l)
{
    struct measure *m = &l->measure;
    m->server_cpu_us = 0;
    for (uint32_t i = 0; i < l->o.pid_count; i++) {
        m->server_each_us[i] = measure_cpu_us(l->o.pids[i]) - m->server_each_us[i];
        m->server_cpu_us += m->server_each_us[i];
    }
}

void load_measure_begin(struct load *l)
{
    struct measure was = l->measure;
    l->measure = (struct measure){
        .join = was.join, .first_frame = was.first_frame, .has_server = l->o.pid_count > 0};
    memcpy(l->measure.step, was.step, sizeof was.step);
    for (uint32_t i = 0; i < l->target; i++)
        l->members[i].measured = (struct measure_receiver){0};
    each_stream(l, note_base);
    l->measure.own_cpu_us = measure_cpu_us(getpid());
    note_server_cpu(l); /* from nothing: the time so far */
    l->measure.from = load_now();
    l->measure.to = l->measure.from + (instant_us)l->o.seconds * US_PER_S;
    l->measuring = true;
    l->slice = (struct load_slice){0};
}

/* ---- slices ---- */

static void add_stream(struct load *l, struct load_member *m, struct load_stream *s,
                       const struct client_stream_stats *now)
{
    uint64_t expected = now->expected - s->base_expected, came = now->packets - s->base_packets;
    (void)m;
    l->slice.expected += expected;
    l->slice.lost += expected > came ? expected - came : 0;
}

static json_t *slice_json(const struct load *l, const struct load_slice *now, json_t *memory)
{
    const struct load_slice *was = &l->told;
    uint64_t lost = now->lost > was->lost ? now->lost - was->lost : 0; /* some came late */
    return json_pack("{s:f, s:i, s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "until_s",
                     (double)(l->now - l->measure.from) / 1e6, "inside", (int)l->inside, "received",
                     (json_int_t)now->delay.count, "expected",
                     (json_int_t)(now->expected - was->expected), "lost", (json_int_t)lost,
                     "p50_ms", (double)measure_share(&now->delay, 500) / 1e3, "p99_ms",
                     (double)measure_share(&now->delay, 990) / 1e3, "max_ms",
                     (double)now->delay.max_us / 1e3, "memory_kb", memory);
}

void load_slice_end(struct load *l)
{
    json_t *memory = json_array();
    each_stream(l, add_stream);
    for (uint32_t i = 0; i < l->o.pid_count; i++)
        (void)json_array_append_new(memory,
                                    json_integer((json_int_t)measure_memory_kb(l->o.pids[i])));
    json_t *told = slice_json(l, &l->slice, memory);
    load_report_slice(told);
    if (!l->slices)
        l->slices = json_array();
    (void)json_array_append_new(l->slices, told);
    l->told = (struct load_slice){.expected = l->slice.expected, .lost = l->slice.lost};
    l->slice = (struct load_slice){0};
}

/* ---- the end ---- */

/* The processor time is that of the measured time alone. */
void load_measure_cpu(struct load *l)
{
    struct measure *r = &l->measure;
    r->to = instant_min(r->to, load_now()); /* it was stopped */
    r->own_cpu_us = measure_cpu_us(getpid()) - r->own_cpu_us;
    note_server_cpu(l);
}

void load_measure_end(struct load *l)
{
    struct measure *r = &l->measure;
    l->measuring = false;
    l->told_broken = l->broken;
    each_stream(l, note_end);
    for (uint32_t i = 0; i < l->target; i++) {
        const struct measure_receiver *m = &l->members[i].measured;
        if (m->streams == 0)
            continue;
        r->receivers++;
        r->expected += m->expected;
        r->duplicates += m->duplicates;
        r->lost += m->expected > m->received ? m->expected - m->received : 0;
        r->lossy += m->expected > m->received ? 1 : 0;
        r->silent_streams += m->silent;
    }
}
