/* Life of a track, and which of its encodings are alive; see track.h. knows: one publisher's track.
 * knows not: packets on their way (forward.c). owns: nothing. */
#include "sfu/track.h"

#include <string.h>

#include "base/bug.h"
#include "sfu/state.h"

static void encoding_init(struct encoding *e, const struct ipc_track_open *m, uint8_t i)
{
    memcpy(e->rid, m->encoding[i].rid, sizeof e->rid);
    nack_init(&e->nack);
    if (m->kind == IPC_AUDIO)
        nack_limit(&e->nack, NACK_SOUND_TRIES);
}

/* There are as many blocks of each size as tracks, so none is missing. */
static void encodings_take(struct sfu *s, struct track *t, const struct ipc_track_open *m)
{
    t->encodings = m->encodings;
    while (track_block(t->block_size) < t->encodings)
        t->block_size++;
    t->encoding = pool_take(&s->encodings[t->block_size], &t->block);
    BUG_IF(!t->encoding);
    for (uint8_t i = 0; i < m->encodings; i++)
        encoding_init(&t->encoding[i], m, i);
}

static void track_give(struct sfu *s, struct track *t)
{
    pool_give(&s->encodings[t->block_size], t->block);
    pool_give(&s->tracks, t->self);
}

/* SSRCs that signalling gave are bound at once; the others are learnt from MID and RID. */
static enum err bind_announced(struct sfu *s, struct track *t, const struct ipc_track_open *m)
{
    for (uint8_t i = 0; i < m->encodings; i++) {
        int index;
        if (m->encoding[i].ssrc)
            TRY(transport_bind(s, t->transport,
                               &(struct binding_request){t, m->encoding[i].ssrc, i, false},
                               &index));
        if (m->encoding[i].rtx_ssrc && m->rtx_pt)
            TRY(transport_bind(s, t->transport,
                               &(struct binding_request){t, m->encoding[i].rtx_ssrc, i, true},
                               &index));
    }
    return ERR_OK;
}

static enum err may_open(struct sfu *s, const struct ipc_track_open *m, const struct transport *t)
{
    uint64_t other;
    if (!t || t->peer->id != m->peer)
        return ERR_NOT_FOUND;
    if (m->track == 0 || map_get(&s->track_by_id, m->track, &other))
        return ERR_CONFLICT;
    LIST_EACH(&t->tracks, node)
    {
        const struct track *k = LIST_ENTRY(node, struct track, transport_node);
        if (m->mid[0] && memcmp(k->mid, m->mid, sizeof k->mid) == 0)
            return ERR_CONFLICT;
    }
    return t->peer->track_count < LIMIT_PEER_TRACKS ? ERR_OK : ERR_LIMIT;
}

/* Layers are encodings; of a single encoding, its spatial layers. */
static void size_layers(struct track *t, const struct ipc_track_open *m)
{
    t->layers = m->encodings > 1 || m->spatial == 0 ? m->encodings : m->spatial;
    t->temporal = m->temporal > 0 ? m->temporal : 1;
    for (uint8_t i = 0; i < m->encodings; i++) {
        uint8_t at = m->encodings > 1 ? i : (uint8_t)(t->layers - 1);
        t->size[at] = (struct layer_size){m->encoding[i].width, m->encoding[i].height};
    }
    layer_fill(t->size, t->layers);
}

/* Among few people somebody will watch at once, and no time is lost. In a crowd of N, who all come
 * in with cameras, N streams that nobody watches would arrive; there the first who watches waits
 * for the publisher to hear of it. */
static void want_begin(struct sfu *s, struct track *t)
{
    bool crowd = t->kind == IPC_VIDEO && t->room->peer_count > WANT_CROWD;
    want_init(&t->want, crowd ? 0 : t->encodings, s->now);
    if (crowd)
        effect_reply(s, IPC_TRACK_WANTED)->as.TRACK_WANTED = (struct ipc_track_wanted){t->id, 0};
}

/* What its home and its mirrors know alike. */
static void fill(struct sfu *s, struct track *t, const struct ipc_track_open *m, struct handle self)
{
    t->id = m->track;
    t->self = self;
    t->kind = m->kind;
    t->source = m->source;
    t->paused = m->paused != 0;
    t->pt = m->pt;
    t->rtx_pt = m->rtx_pt;
    t->codec = m->codec;
    t->rate = m->kind == IPC_AUDIO ? TRACK_AUDIO_RATE : TRACK_VIDEO_RATE;
    t->loudest = 127;
    memcpy(t->ext, m->ext, sizeof t->ext);
    memcpy(t->mid, m->mid, sizeof t->mid);
    list_init(&t->subscriptions);
    list_init(&t->transport_node);
    list_init(&t->room_node);
    encodings_take(s, t, m);
}

enum err track_open(struct sfu *s, const struct ipc_track_open *m)
{
    struct transport *transport = sfu_find(&s->transport_by_id, &s->transports, m->transport);
    TRY(may_open(s, m, transport));
    struct handle h;
    struct track *t = pool_take(&s->tracks, &h);
    if (!t)
        return ERR_BUSY;
    fill(s, t, m, h);
    t->transport = transport;
    t->peer = transport->peer;
    t->room = transport->peer->room;
    mirror_init(&t->mirror, s->config.index);
    enum err e = bind_announced(s, t, m);
    if (e == ERR_OK && !map_put(&s->track_by_id, t->id, handle_pack(h)))
        e = ERR_BUSY;
    if (e != ERR_OK) {
        transport_unbind_track(s, transport, t);
        track_give(s, t);
        return e;
    }
    /* One id means one extension on all tracks of a bundle (RFC 8843 section 9.2). */
    for (size_t i = 0; i < IPC_EXT_COUNT_; i++) {
        if (t->ext[i])
            transport->ext[i] = t->ext[i];
    }
    transport->peer->track_count++;
    size_layers(t, m);
    want_begin(s, t);
    if (t->source == IPC_MIC)
        voice_enter(t);
    list_append(&transport->tracks, &t->transport_node);
    list_append(&t->room->tracks, &t->room_node);
    redundancy_begin(s, t);
    return ERR_OK;
}

enum err track_mirror(struct sfu *s, const struct ipc_mirror_open *m)
{
    struct peer *p = sfu_find(&s->peer_by_id, &s->peers, m->track.peer);
    uint64_t other;
    if (!p)
        return ERR_NOT_FOUND;
    if (m->home == s->config.index || !(p->room->spread >> m->home & 1))
        return ERR_STATE;
    if (map_get(&s->track_by_id, m->track.track, &other))
        return ERR_CONFLICT;
    if (p->track_count >= LIMIT_PEER_TRACKS)
        return ERR_LIMIT;
    struct handle h;
    struct track *t = pool_take(&s->tracks, &h);
    if (!t)
        return ERR_BUSY;
    if (!map_put(&s->track_by_id, m->track.track, handle_pack(h))) {
        pool_give(&s->tracks, h);
        return ERR_BUSY;
    }
    fill(s, t, &m->track, h);
    t->peer = p;
    t->room = p->room;
    mirror_init(&t->mirror, m->home);
    p->track_count++;
    size_layers(t, &m->track);
    want_init(&t->want, 0, s->now);
    if (t->source == IPC_MIC)
        voice_enter(t);
    list_append(&p->mirrors, &t->transport_node);
    list_append(&t->room->tracks, &t->room_node);
    mirror_ask(s, t);
    return ERR_OK;
}

enum err track_set(struct sfu *s, const struct ipc_track_set *m, instant_us now)
{
    struct track *t = sfu_find(&s->track_by_id, &s->tracks, m->track);
    (void)now;
    if (!t)
        return ERR_NOT_FOUND;
    if (t->paused == (m->paused != 0))
        return ERR_OK;
    t->paused = m->paused != 0;
    t->loudest = 127;
    if (t->paused && t->source == IPC_MIC)
        voice_mute(s, t);
    LIST_EACH(&t->subscriptions, node)
    {
        struct subscription *u = LIST_ENTRY(node, struct subscription, track_node);
        pick_restart(&u->pick);
        if (!t->paused)
            subscription_choose(s, u);
    }
    return ERR_OK;
}

void track_close(struct sfu *s, struct track *t)
{
    LIST_EACH_SAFE(&t->subscriptions, node, next)
    subscription_close(s, LIST_ENTRY(node, struct subscription, track_node));
    if (t->source == IPC_MIC)
        voice_leave(s, t);
    if (t->transport)
        transport_unbind_track(s, t->transport, t);
    t->peer->track_count--;
    list_remove(&t->mirror.asking);
    list_remove(&t->transport_node);
    list_remove(&t->room_node);
    (void)map_remove(&s->track_by_id, t->id);
    track_give(s, t);
}

unsigned track_active(const struct track *t)
{
    unsigned active = 0;
    if (track_scalable(t))
        return t->encoding[0].active ? (1u << t->layers) - 1 : 0;
    for (uint8_t i = 0; i < t->encodings; i++)
        active |= t->encoding[i].active ? 1u << i : 0;
    return active;
}

void track_choose_all(struct sfu *s, struct track *t)
{
    LIST_EACH(&t->subscriptions, node)
    subscription_choose(s, LIST_ENTRY(node, struct subscription, track_node));
}

void track_heard(struct sfu *s, struct track *t, uint8_t encoding, instant_us now)
{
    struct encoding *e = &t->encoding[encoding];
    e->heard_at = now;
    if (e->active)
        return;
    e->active = true;
    track_choose_all(s, t);
}

static const rate_bps GUESS[LIMIT_TRACK_ENCODINGS] = {150000, 500000, 1500000, 2500000};

/* Turns come 10 to 100 ms apart. */
#define MEASURE_US (90 * US_PER_MS)

/* Smoothed over some two seconds, ten times a second: a key frame is no reason to switch. */
static void measure(struct encoding *e, rate_bps guess, instant_us now)
{
    if (!e->active || now - e->measured_at < MEASURE_US || !meter_ready(&e->meter, now))
        return;
    e->measured_at = now;
    rate_bps bps = meter_bps(&e->meter, now);
    if (e->bps == 0)
        e->bps = guess ? guess : bps;
    e->bps = e->bps - e->bps / 16 + bps / 16;
}

rate_bps track_bps(const struct track *t, uint8_t layer)
{
    enum { QUARTER = 2 }; /* each spatial layer takes some four times what is below it */
    const struct encoding *e = &t->encoding[track_encoding(t, layer)];
    if (e->bps == 0)
        return t->kind == IPC_AUDIO ? 0 : GUESS[layer];
    return track_scalable(t) ? e->bps >> QUARTER * (t->layers - 1 - layer) : e->bps;
}

void track_note_temporal(struct encoding *e, uint8_t temporal, uint16_t bytes)
{
    enum { REMEMBERED = 1 << 18 }; /* bytes: some seconds of a small picture */
    uint32_t all = 0;
    if (temporal >= LIMIT_TEMPORAL_LAYERS)
        return;
    e->by_temporal[temporal] += bytes;
    for (int i = 0; i < LIMIT_TEMPORAL_LAYERS; i++)
        all += e->by_temporal[i];
    for (int i = 0; all > REMEMBERED && i < LIMIT_TEMPORAL_LAYERS; i++)
        e->by_temporal[i] /= 2;
}

uint32_t track_temporal_share(const struct track *t, uint8_t layer, uint8_t temporal)
{
    const struct encoding *e = &t->encoding[track_encoding(t, layer)];
    uint64_t all = 0, upto = 0;
    for (int i = 0; i < LIMIT_TEMPORAL_LAYERS; i++) {
        all += e->by_temporal[i];
        upto += i <= temporal ? e->by_temporal[i] : 0;
    }
    if (all == 0)
        return 1024u * (temporal + 1u) / t->temporal;
    return (uint32_t)(upto * 1024 / all);
}

void track_watch(struct sfu *s, struct track *t, instant_us now)
{
    bool changed = false;
    for (uint8_t i = 0; i < t->encodings; i++) {
        struct encoding *e = &t->encoding[i];
        measure(e, t->kind == IPC_VIDEO ? GUESS[i] : 0, now);
        if (e->active && now - e->heard_at >= PICK_IDLE_US) {
            e->active = false;
            e->bps = 0;
            e->meter.shift = 0;
            changed = true;
        }
    }
    if (changed && t->kind == IPC_VIDEO)
        track_choose_all(s, t);
    track_tell_wanted(s, t);
}

void track_tell_wanted(struct sfu *s, struct track *t)
{
    if (!t->transport)
        mirror_ask(s, t);
    else if (t->kind == IPC_VIDEO && want_due(&t->want, s->now))
        effect_reply(s, IPC_TRACK_WANTED)->as.TRACK_WANTED =
            (struct ipc_track_wanted){t->id, t->want.told};
}

void track_want_keyframe(struct sfu *s, struct track *t, uint8_t encoding)
{
    struct encoding *e = &t->encoding[encoding];
    if (t->kind == IPC_VIDEO && !t->paused && !t->transport)
        mirror_want(s, t, encoding);
    if (t->kind != IPC_VIDEO || t->paused || !e->ssrc || !t->transport)
        return;
    keyframe_want(&e->keyframe);
    report_soon(s, t->transport);
}
