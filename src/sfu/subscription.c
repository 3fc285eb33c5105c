/* Life of a subscription and its header templates; see subscription.h. knows: one receiver's
 * stream. knows not: packets on their way (forward.c). owns: nothing. */
#include "sfu/subscription.h"

#include <string.h>

#include "proto/rtp.h"
#include "proto/rtpext.h"
#include "sfu/state.h"

/* A value too long for the one-byte form, so that the header has the form that holds any. */
enum { DEPENDENCY_ROOM = 17 };

static uint8_t offset_of(const struct rtpext_set *set, uint8_t id, const uint8_t *start)
{
    struct span v = rtpext_get(set, id);
    return v.ptr ? (uint8_t)(v.ptr - start) : TEMPLATE_NONE;
}

/* Writes a header with place-holder values, then looks where the values came to lie. */
static enum err template_write(struct header_template *h, const struct ipc_subscription_open *m,
                               enum ipc_kind kind, bool rtx)
{
    static const uint8_t zero[DEPENDENCY_ROOM] = {0};
    struct rtpext_set set = {0};
    size_t mid_len = strlen(m->mid);
    if (m->ext[IPC_EXT_MID] && mid_len > 0)
        rtpext_put(&set, m->ext[IPC_EXT_MID], span_of(m->mid, mid_len));
    if (m->ext[IPC_EXT_ABS_SEND_TIME])
        rtpext_put(&set, m->ext[IPC_EXT_ABS_SEND_TIME], span_of(zero, 3));
    if (m->ext[IPC_EXT_TWCC])
        rtpext_put(&set, m->ext[IPC_EXT_TWCC], span_of(zero, 2));
    if (m->ext[IPC_EXT_AUDIO_LEVEL] && kind == IPC_AUDIO)
        rtpext_put(&set, m->ext[IPC_EXT_AUDIO_LEVEL], span_of(zero, 1));
    if (m->ext[IPC_EXT_ORIENTATION] && kind == IPC_VIDEO)
        rtpext_put(&set, m->ext[IPC_EXT_ORIENTATION], span_of(zero, 1));
    if (m->ext[IPC_EXT_DEPENDENCY] && kind == IPC_VIDEO)
        rtpext_put(&set, m->ext[IPC_EXT_DEPENDENCY], span_of(zero, DEPENDENCY_ROOM));
    struct rtp_header header = {
        .pt = rtx ? m->rtx_pt : m->pt, .ssrc = rtx ? m->rtx_ssrc : m->ssrc, .ext = &set};
    struct writer w = writer_of(h->bytes, sizeof h->bytes);
    if (!rtp_write_header(&w, &header))
        return ERR_LIMIT;
    /* One byte of payload, so that the header parses as a packet. */
    size_t len = writer_len(&w);
    writer_u8(&w, 0);
    struct rtp_packet p;
    struct rtpext_set read;
    if (!writer_ok(&w) || rtp_parse(&p, writer_span(&w), RTP_OPENED) != ERR_OK ||
        rtpext_parse(&read, &p) != ERR_OK)
        return ERR_LIMIT;
    h->len = (uint8_t)len;
    h->abs_send_time = offset_of(&read, m->ext[IPC_EXT_ABS_SEND_TIME], h->bytes);
    h->twcc = offset_of(&read, m->ext[IPC_EXT_TWCC], h->bytes);
    if (kind == IPC_AUDIO)
        h->level = offset_of(&read, m->ext[IPC_EXT_AUDIO_LEVEL], h->bytes);
    else
        h->orientation = offset_of(&read, m->ext[IPC_EXT_ORIENTATION], h->bytes);
    if (kind == IPC_VIDEO)
        h->dependency = offset_of(&read, m->ext[IPC_EXT_DEPENDENCY], h->bytes);
    return ERR_OK;
}

static uint64_t ssrc_key(const struct transport *t, uint32_t ssrc)
{
    return (uint64_t)t->self.index << 32 | ssrc;
}

struct subscription *subscription_by_ssrc(struct sfu *s, const struct transport *t, uint32_t ssrc)
{
    uint64_t packed;
    if (!map_get(&s->subscription_by_ssrc, ssrc_key(t, ssrc), &packed))
        return NULL;
    return pool_get(&s->subscriptions, handle_unpack(packed));
}

static enum err may_open(struct sfu *s, const struct ipc_subscription_open *m,
                         const struct transport *t, const struct track *k)
{
    uint64_t other;
    if (!t || (!k && m->slot == 0))
        return ERR_NOT_FOUND;
    if (k && t->peer->room != k->room)
        return ERR_FORBIDDEN;
    if (m->subscription == 0 || map_get(&s->subscription_by_id, m->subscription, &other) ||
        m->ssrc == 0 || m->ssrc == m->rtx_ssrc || subscription_by_ssrc(s, t, m->ssrc) ||
        (m->rtx_ssrc && subscription_by_ssrc(s, t, m->rtx_ssrc)))
        return ERR_CONFLICT;
    return ERR_OK;
}

static enum err enter_maps(struct sfu *s, struct subscription *u)
{
    uint64_t packed = handle_pack(u->self);
    if (!map_put(&s->subscription_by_id, u->id, packed) ||
        !map_put(&s->subscription_by_ssrc, ssrc_key(u->transport, u->ssrc), packed))
        return ERR_BUSY;
    if (u->rtx_ssrc &&
        !map_put(&s->subscription_by_ssrc, ssrc_key(u->transport, u->rtx_ssrc), packed))
        return ERR_BUSY;
    return ERR_OK;
}

static void leave_maps(struct sfu *s, const struct subscription *u)
{
    (void)map_remove(&s->subscription_by_id, u->id);
    (void)map_remove(&s->subscription_by_ssrc, ssrc_key(u->transport, u->ssrc));
    if (u->rtx_ssrc)
        (void)map_remove(&s->subscription_by_ssrc, ssrc_key(u->transport, u->rtx_ssrc));
}

enum err subscription_open(struct sfu *s, const struct ipc_subscription_open *m)
{
    struct transport *t = sfu_find(&s->transport_by_id, &s->transports, m->transport);
    struct track *k = sfu_find(&s->track_by_id, &s->tracks, m->track);
    TRY(may_open(s, m, t, k));
    struct handle h;
    struct subscription *u = pool_take(&s->subscriptions, &h);
    if (!u)
        return ERR_BUSY;
    u->self = h;
    u->id = m->subscription;
    u->transport = t;
    u->track = k;
    u->slot = m->slot;
    u->paused = m->slot == 0; /* a slot is live at once */
    u->cap = LIMIT_TRACK_ENCODINGS - 1;
    u->counted = WANT_NOTHING;
    u->pt = m->pt;
    u->ssrc = m->ssrc;
    u->rtx_pt = m->rtx_pt;
    u->rtx_ssrc = m->rtx_pt ? m->rtx_ssrc : 0;
    u->rtx_seq = (uint16_t)(sfu_random(s) & 0x7fff);
    pick_init(&u->pick);
    u->cut = layer_cut_none();
    u->temporal = LAYER_TEMPORAL_ALL;
    rewrite_init(&u->rewrite, (uint32_t)sfu_random(s));
    enum ipc_kind kind = k ? (enum ipc_kind)k->kind : IPC_AUDIO;
    enum err e = template_write(&u->header, m, kind, false);
    if (e == ERR_OK)
        e = template_write(&u->rtx_header, m, kind, true);
    if (e == ERR_OK)
        e = enter_maps(s, u);
    if (e != ERR_OK) {
        leave_maps(s, u);
        pool_give(&s->subscriptions, h);
        return e;
    }
    transport_room(s, t, (uint8_t)kind);
    list_append(k ? &k->subscriptions : &t->peer->room->voices[u->slot - 1], &u->track_node);
    list_append(&t->subscriptions, &u->transport_node);
    return ERR_OK;
}

/* What the tile needs becomes the ceiling of its picture, and is counted for the publisher. */
static void want_now(struct sfu *s, struct subscription *u)
{
    struct track *k = u->track;
    uint8_t layer = layer_for(k->size, k->layers, u->tile);
    u->pick.wanted = layer < u->cap ? layer : u->cap;
    int wanted = k->encodings > u->pick.wanted ? u->pick.wanted : k->encodings - 1;
    if (u->paused)
        wanted = WANT_NOTHING;
    if (wanted == u->counted)
        return;
    want_move(&k->want, u->counted, wanted, s->now);
    u->counted = (int8_t)wanted;
    track_tell_wanted(s, k);
}

enum err subscription_set(struct sfu *s, const struct ipc_subscription_set *m)
{
    struct subscription *u = sfu_find(&s->subscription_by_id, &s->subscriptions, m->subscription);
    if (!u)
        return ERR_NOT_FOUND;
    bool pause = m->paused != 0;
    if (pause != u->paused) {
        pick_restart(&u->pick);
        u->source = 0;
    }
    u->paused = pause;
    u->cap = m->layer < LIMIT_TRACK_ENCODINGS ? m->layer : LIMIT_TRACK_ENCODINGS - 1;
    u->priority = m->priority;
    u->tile = (struct layer_size){m->width, m->height};
    if (!u->track)
        return ERR_OK;
    want_now(s, u);
    if (!pause) {
        u->transport->fresh_until = s->now + SHARE_FRESH_US;
        share_run(s, u->transport);
        subscription_choose(s, u);
    }
    return ERR_OK;
}

void subscription_close(struct sfu *s, struct subscription *u)
{
    leave_maps(s, u);
    if (u->track)
        want_move(&u->track->want, u->counted, WANT_NOTHING, s->now);
    list_remove(&u->track_node);
    list_remove(&u->transport_node);
    pool_give(&s->subscriptions, u->self);
}

const struct track *subscription_source(const struct sfu *s, const struct subscription *u)
{
    return u->track ? u->track : sfu_find(&s->track_by_id, &s->tracks, u->source);
}

void subscription_choose(struct sfu *s, struct subscription *u)
{
    if (!u->track)
        return;
    (void)pick_target(&u->pick, track_active(u->track));
    if (u->paused || u->transport->state != TRANSPORT_CONNECTED || !pick_waiting(&u->pick))
        return;
    uint8_t encoding = track_encoding(u->track, u->pick.target);
    if (!forward_burst(s, u, encoding))
        track_want_keyframe(s, u->track, encoding);
}

void subscription_want_keyframe(struct sfu *s, struct subscription *u)
{
    if (!u->track || u->paused || u->pick.target == PICK_NONE)
        return;
    int layer = u->pick.current != PICK_NONE ? u->pick.current : u->pick.target;
    track_want_keyframe(s, u->track, track_encoding(u->track, layer));
    if (pick_waiting(&u->pick))
        track_want_keyframe(s, u->track, track_encoding(u->track, u->pick.target));
}
