/* One packet, one receiver: does it go on, and how the outgoing stream changes for it; see
 * select.h. owns: nothing. */
#include "sfu/select.h"

#include "sfu/state.h"

/* What the packet's timestamp becomes when its encoding takes over the outgoing stream. */
static uint32_t takeover_ts(const struct sfu *s, const struct subscription *u,
                            const struct packet *p)
{
    const struct rewrite *r = &u->rewrite;
    if (!rewrite_started(r))
        return r->ts;
    const struct rewrite_segment *last = &r->segment[r->newest];
    const struct encoding *from = &u->track->encoding[p->encoding];
    const struct encoding *to = &u->track->encoding[last->encoding];
    if (last->encoding == p->encoding)
        return p->ts - last->ts_shift;
    duration_us passed = s->now - r->sent_at;
    uint32_t by_arrival = r->ts + (uint32_t)(passed * u->track->rate / US_PER_S);
    if (!from->clock.known || !to->clock.known)
        return by_arrival;
    uint32_t by_clock =
        rewrite_clock_convert(&from->clock, &to->clock, p->ts, u->track->rate) - last->ts_shift;
    int32_t apart = (int32_t)(by_clock - by_arrival);
    /* A publisher whose reports contradict what we see by over a second is not believed. */
    return apart > (int32_t)u->track->rate || apart < -(int32_t)u->track->rate ? by_arrival
                                                                               : by_clock;
}

static void now_gets(struct sfu *s, struct subscription *u, int8_t layer)
{
    if (u->pick.current == layer)
        return;
    u->pick.current = layer;
    count_add(&s->counters, COUNTER_SWITCHES, 1);
    if (u->track->kind == IPC_VIDEO)
        effect_reply(s, IPC_SUBSCRIPTION_LAYER)->as.SUBSCRIPTION_LAYER =
            (struct ipc_subscription_layer){u->id, (uint8_t)layer};
}

/* The frame's number in its dependency descriptor. */
static uint16_t number_of(const struct packet *p)
{
    return p->described > 0 ? depdesc_number(p->dependency) : 0;
}

void select_takeover(struct sfu *s, struct subscription *u, const struct packet *p,
                     const struct packet *live)
{
    uint32_t kept = (live->ts - p->ts) / REWRITE_SQUEEZE;
    rewrite_switch(&u->rewrite, &(struct rewrite_start){.encoding = p->encoding,
                                                        .seq = p->seq,
                                                        .ts = p->ts,
                                                        .ts_out = takeover_ts(s, u, live) - kept,
                                                        .squeeze = live != p,
                                                        .live_ts = live->ts,
                                                        .picture = p->vp8.picture_id,
                                                        .tl0 = p->vp8.tl0,
                                                        .described = p->described > 0,
                                                        .frame = number_of(p)});
    u->cut = track_scalable(u->track) ? layer_cut_none() : layer_cut_whole();
    if (!track_scalable(u->track))
        now_gets(s, u, (int8_t)p->encoding);
}

enum sfu_drop select_inside(struct sfu *s, struct subscription *u, const struct packet *p)
{
    struct rewrite *r = &u->rewrite;
    bool scalable = track_scalable(u->track);
    if (!scalable && !p->tag.described && layer_cut_is_whole(&u->cut, u->temporal))
        return SFU_DROP_NONE; /* simulcast as browsers send it: nothing is left out */
    bool limited = scalable && u->pick.target != PICK_NONE;
    struct layer_goal goal = {limited ? (uint8_t)u->pick.target : LAYER_SPATIAL_ALL, u->temporal};
    if (layer_cut_pass(&u->cut, &p->tag, goal, &u->track->encoding[p->encoding].described)) {
        if (scalable)
            now_gets(s, u, u->cut.spatial);
        return SFU_DROP_NONE;
    }
    if (rewrite_skip(r, p->encoding, p->seq) && p->has_vp8 && p->tag.start)
        rewrite_skip_picture(r);
    return SFU_DROP_LAYER;
}

bool select_ends_picture(const struct subscription *u, const struct packet *p)
{
    return p->marker || (u->slot == 0 && track_scalable(u->track) && p->tag.end &&
                         p->tag.spatial == u->cut.spatial);
}

/* A key frame of what the receiver should get instead of what it gets. */
static bool starts_here(const struct subscription *u, const struct packet *p)
{
    if (track_scalable(u->track))
        return u->pick.current == PICK_NONE && u->pick.target != PICK_NONE;
    return p->encoding == (uint8_t)u->pick.target && u->pick.target != u->pick.current;
}

enum sfu_drop select_layer(struct sfu *s, struct subscription *u, const struct packet *p)
{
    struct transport *t = u->transport;
    if (u->paused)
        return SFU_DROP_PAUSED;
    if (t->state != TRANSPORT_CONNECTED || !t->selected)
        return SFU_DROP_NO_PATH;
    if (u->track->kind == IPC_AUDIO) {
        if (u->pick.current == PICK_NONE)
            select_takeover(s, u, p, p);
    } else if (p->tag.key && starts_here(u, p)) {
        select_takeover(s, u, p, p);
    }
    bool starting = p->tag.key && u->pick.target != PICK_NONE;
    bool gets = track_scalable(u->track) ? u->pick.current != PICK_NONE || starting
                                         : u->pick.current == (int8_t)p->encoding;
    if (!gets)
        return SFU_DROP_LAYER;
    if (p->len == 0 && rewrite_skip(&u->rewrite, p->encoding, p->seq))
        return SFU_DROP_PADDING;
    return u->track->kind == IPC_VIDEO && p->len > 0 ? select_inside(s, u, p) : SFU_DROP_NONE;
}

enum sfu_drop select_voice(struct sfu *s, struct subscription *u, const struct track *k,
                           const struct packet *p)
{
    const struct rewrite *r = &u->rewrite;
    if (u->paused)
        return SFU_DROP_PAUSED;
    if (u->transport->state != TRANSPORT_CONNECTED || !u->transport->selected)
        return SFU_DROP_NO_PATH;
    if (u->source == k->id)
        return SFU_DROP_NONE;
    uint32_t passed = (uint32_t)((s->now - r->sent_at) * TRACK_AUDIO_RATE / US_PER_S);
    u->source = k->id;
    u->pick.current = 0;
    rewrite_switch(&u->rewrite,
                   &(struct rewrite_start){.encoding = ++u->turn,
                                           .seq = p->seq,
                                           .ts = p->ts,
                                           .ts_out = r->ts + (rewrite_started(r) ? passed : 0)});
    count_add(&s->counters, COUNTER_VOICES, 1);
    return SFU_DROP_NONE;
}
