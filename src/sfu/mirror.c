/* Home and mirrors of tracks; see mirror.h. owns: nothing. */
#include "sfu/mirror.h"

#include <string.h>

#include "proto/rtp.h"
#include "sfu/layer_read.h"
#include "sfu/state.h"

/* Room that is kept in a message for what one more packet can add. */
enum { SPARE = 4 * (2 * RELAY_HEAD + RELAY_BODY_MAX), TOLD_NOTHING = 0xff, JUMP_MAX = 0x7fff };

#define TELL_US US_PER_S               /* a home says how its encodings are at least so often */
#define ASK_AGAIN_US (200 * US_PER_MS) /* a mirror that has not heard asks so often */
#define LOST_US (20 * US_PER_MS)       /* what was lost is not asked again sooner */

static uint64_t bit(uint32_t process)
{
    return UINT64_C(1) << process;
}

static uint64_t others(const struct sfu *s, const struct room *r)
{
    return r->spread & ~bit(s->config.index);
}

void mirror_init(struct mirror *m, uint32_t home)
{
    *m = (struct mirror){.home = home, .told = TOLD_NOTHING};
    memset(m->level, WANT_NOTHING, sizeof m->level);
    list_init(&m->asking);
}

/* --- messages --------------------------------------------------------------------------------- */

static void batch_close(struct sfu *s, struct relay_lane *l)
{
    const struct room *r = sfu_find(&s->room_by_id, &s->rooms, l->room);
    struct relay_batch b = {.meeting = l->room,
                            .epoch = r ? r->epoch : 0,
                            .number = l->number++,
                            .zones = bit(s->config.zone)};
    struct writer w = writer_of(l->bytes + l->batch_at, RELAY_HEAD);
    relay_write_batch(&w, &b, l->records, l->used - l->batch_at);
    l->records = 0;
}

/* False and counted when the message has no room for it. */
static bool put(struct sfu *s, const struct room *room, uint32_t to, enum ipc_lane lane,
                const struct relay_record *r)
{
    struct relay_lane *l = &s->ports[to].lane[lane];
    bool fresh = l->records == 0 || l->room != room->id;
    size_t need = relay_size(r) + (fresh ? RELAY_HEAD : 0);
    if (RELAY_MESSAGE_MAX - l->used < need) {
        count_drop(&s->counters, SFU_DROP_RELAY_FULL);
        return false;
    }
    if (fresh) {
        if (l->records > 0)
            batch_close(s, l);
        l->room = room->id;
        l->batch_at = l->used;
        l->used += RELAY_HEAD;
    }
    struct writer w = writer_of(l->bytes + l->used, RELAY_MESSAGE_MAX - l->used);
    relay_write(&w, r);
    l->used += (uint32_t)writer_len(&w);
    l->records++;
    s->relay_ready |= bit(to);
    s->relay_full = s->relay_full || RELAY_MESSAGE_MAX - l->used < SPARE;
    return true;
}

/* To each process of a set. Gives those whose message had no room. */
static uint64_t put_all(struct sfu *s, const struct room *room, uint64_t to,
                        const struct relay_record *r)
{
    enum ipc_lane lane = IPC_LANE_URGENT;
    const struct track *k = sfu_find(&s->track_by_id, &s->tracks, r->track);
    if (r->type == RELAY_PACKET && k && k->kind == IPC_VIDEO)
        lane = IPC_LANE_VIDEO;
    uint64_t failed = 0;
    for (uint32_t i = 0; i < s->config.media_count && to >> i; i++) {
        if ((to >> i & 1) && !put(s, room, i, lane, r))
            failed |= bit(i);
    }
    return failed;
}

static void ask_home(struct sfu *s, struct track *k);

bool mirror_collect(struct sfu *s, struct sfu_relay *out)
{
    LIST_EACH_SAFE(&s->asking, node, next)
    {
        if (!s->relay_full)
            ask_home(s, LIST_ENTRY(node, struct track, mirror.asking));
    }
    for (uint32_t to = 0; s->relay_ready >> to && to < s->config.media_count; to++) {
        for (int lane = 0; lane < IPC_LANE_COUNT_; lane++) {
            struct relay_lane *l = &s->ports[to].lane[lane];
            if (l->used == 0)
                continue;
            batch_close(s, l);
            *out = (struct sfu_relay){to, (enum ipc_lane)lane, span_of(l->bytes, l->used)};
            l->used = 0;
            s->relay_full = false;
            return true;
        }
        s->relay_ready &= ~bit(to);
    }
    s->relay_full = false;
    return false;
}

bool mirror_full(const struct sfu *s)
{
    return s->relay_full;
}

/* --- at home ---------------------------------------------------------------------------------- */

static uint8_t active_of(const struct track *k)
{
    uint8_t mask = 0;
    for (uint8_t i = 0; i < k->encodings; i++)
        mask |= (uint8_t)(k->encoding[i].active ? 1u << i : 0);
    return mask;
}

/* How its encodings are, to all. */
static void tell_state(struct sfu *s, struct track *k)
{
    struct relay_record r = {.type = RELAY_STATE, .track = k->id};
    r.as.state.encodings = k->encodings;
    for (uint8_t i = 0; i < k->encodings; i++) {
        const struct encoding *e = &k->encoding[i];
        duration_us age = s->now - e->clock_at;
        r.as.state.encoding[i] =
            (struct relay_encoding){.active = e->active,
                                    .clock_known = e->clock.known,
                                    .bps = e->bps,
                                    .ntp = e->clock.ntp,
                                    .ts = e->clock.ts,
                                    .age_us = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX};
    }
    bool all = put_all(s, k->room, others(s, k->room), &r) == 0;
    k->mirror.told = all ? active_of(k) : TOLD_NOTHING;
    k->mirror.told_at = s->now;
}

static struct relay_record packet_record(struct track *k, const struct packet *p)
{
    return (struct relay_record){
        .type = RELAY_PACKET,
        .track = k->id,
        .as.packet = {.seq = p->seq,
                      .ts = p->ts,
                      .encoding = p->encoding,
                      .level = k->kind == IPC_AUDIO ? p->level : 0,
                      .orientation = k->orientation,
                      .place = k->speaker.place,
                      .marker = p->marker,
                      .voice = k->kind == IPC_AUDIO && p->voice,
                      .resumed = k->mirror.resumes,
                      .dependency = {p->described ? p->dependency : NULL, p->described},
                      .payload = span_of(p->payload, p->len)}};
}

bool mirror_packet(struct sfu *s, struct track *k, const struct packet *p)
{
    const struct room *r = k->room;
    bool mic = k->source == IPC_MIC, away = mic && r->home != s->config.index;
    uint64_t to = away                   ? bit(r->home)
                  : k->kind == IPC_AUDIO ? others(s, r)
                                         : k->mirror.wants[p->encoding] & others(s, r);
    if (k->transport && k->mirror.told != active_of(k))
        tell_state(s, k);
    if (to == 0)
        return false;
    struct relay_record record = packet_record(k, p);
    if (away)
        record.as.packet.place = 0; /* chosen there */
    k->mirror.resumes = false;
    count_add(&s->counters, COUNTER_RELAY_OUT, 1);
    if (put_all(s, r, to, &record) != 0 && k->kind == IPC_VIDEO)
        track_want_keyframe(s, k, p->encoding);
    return away;
}

static void want_level(struct sfu *s, struct track *k, uint32_t process, int level)
{
    if (level == k->mirror.level[process])
        return;
    want_move(&k->want, k->mirror.level[process], level, s->now);
    k->mirror.level[process] = (int8_t)level;
}

/* A mirror says what it wants. */
static enum sfu_drop asked(struct sfu *s, struct track *k, uint32_t from, const struct relay_ask *a)
{
    if (!k->transport)
        return SFU_DROP_RELAY_TRACK;
    for (uint8_t i = 0; i < k->encodings; i++) {
        if (a->wanted >> i & 1)
            k->mirror.wants[i] |= bit(from);
        else
            k->mirror.wants[i] &= ~bit(from);
        if (a->keyframes >> i & 1)
            track_want_keyframe(s, k, i);
    }
    want_level(s, k, from, (a->level < k->encodings ? a->level : k->encodings) - 1);
    track_tell_wanted(s, k);
    if (a->tell)
        k->mirror.told = TOLD_NOTHING; /* with the next packet or turn, once for all who ask */
    return SFU_DROP_NONE;
}

/* --- elsewhere -------------------------------------------------------------------------------- */

void mirror_ask(struct sfu *s, struct track *k)
{
    if (k->kind == IPC_VIDEO && list_empty(&k->mirror.asking))
        list_append(&s->asking, &k->mirror.asking);
}

void mirror_want(struct sfu *s, struct track *k, uint8_t encoding)
{
    keyframe_want(&k->encoding[encoding].keyframe);
    k->mirror.wanted |= (uint8_t)(1u << encoding);
    mirror_ask(s, k);
}

/* What changed since it was asked last; waits on in sfu.asking for a key frame's turn. */
static void ask_home(struct sfu *s, struct track *k)
{
    struct mirror *m = &k->mirror;
    struct relay_record r = {.type = RELAY_ASK, .track = k->id};
    bool more = false;
    if (m->lost_at != 0 && s->now - m->lost_at < LOST_US)
        return; /* stays in the list: a channel that takes nothing must not hold up this round */
    for (uint8_t i = 0; i < k->encodings; i++) {
        struct keyframe *f = &k->encoding[i].keyframe;
        if (keyframe_due(f, s->now))
            r.as.ask.keyframes |= (uint8_t)(1u << i);
        more = more || f->wanted;
    }
    (void)want_due(&k->want, s->now);
    r.as.ask.wanted = m->wanted;
    r.as.ask.level = k->want.told;
    r.as.ask.tell = !m->known && (m->asked_at == 0 || s->now - m->asked_at >= ASK_AGAIN_US);
    if (!more)
        list_remove(&m->asking);
    if (!r.as.ask.keyframes && !r.as.ask.tell && m->asked == m->wanted &&
        m->asked_up == k->want.told)
        return;
    if (!put(s, k->room, m->home, IPC_LANE_URGENT, &r))
        return; /* mirror_turn looks again */
    m->asked = m->wanted;
    m->asked_up = k->want.told;
    m->asked_at = s->now;
}

static enum sfu_drop take_state(struct sfu *s, struct track *k, const struct relay_state *in)
{
    uint8_t before = active_of(k);
    if (in->encodings != k->encodings)
        return SFU_DROP_RELAY_FORM;
    for (uint8_t i = 0; i < k->encodings; i++) {
        const struct relay_encoding *from = &in->encoding[i];
        struct encoding *e = &k->encoding[i];
        e->active = from->active;
        e->bps = from->bps;
        e->clock = (struct rewrite_clock){from->clock_known, from->ntp, from->ts};
        e->clock_at = s->now - from->age_us;
    }
    bool news = !k->mirror.known || before != active_of(k);
    if (news)
        track_choose_all(s, k);
    if (!k->mirror.known) { /* what was asked before it knew the track is asked again */
        k->mirror.asked = k->mirror.asked_up = TOLD_NOTHING;
        mirror_ask(s, k);
    }
    k->mirror.known = true;
    return SFU_DROP_NONE;
}

void mirror_resume(struct sfu *s, struct track *k)
{
    if (k->room->spread == 0)
        return;
    k->mirror.resumes = true;
    LIST_EACH(&k->subscriptions, node)
    pick_restart(&LIST_ENTRY(node, struct subscription, track_node)->pick);
    for (size_t i = 0; k->source == IPC_MIC && i < LIMIT_VOICE_SLOTS; i++) {
        LIST_EACH(&k->room->voices[i], node)
        {
            struct subscription *u = LIST_ENTRY(node, struct subscription, track_node);
            if (u->source == k->id)
                u->source = 0;
        }
    }
    (void)s;
}

/* A number comes once: two packets sealed under one number would give their keystream away. */
static bool is_new(struct sfu *s, struct track *k, const struct relay_packet *in)
{
    struct replay *seen = &k->mirror.seen[in->encoding];
    if (!replay_fresh(seen, (uint64_t)in->seq))
        return false;
    if (in->resumed || (seen->started && in->seq - (int64_t)seen->highest > JUMP_MAX))
        mirror_resume(s, k);
    replay_accept(seen, (uint64_t)in->seq);
    return true;
}

/* What keep of forward.c does with a packet that arrived. */
static enum sfu_drop store(struct sfu *s, struct track *k, const struct relay_packet *in,
                           struct packet **out)
{
    bool video = k->kind == IPC_VIDEO;
    struct encoding *e = &k->encoding[in->encoding];
    struct packet *p = packet_take(video ? &s->kept : &s->fleeting);
    p->seq = in->seq;
    p->ts = in->ts;
    p->marker = in->marker;
    p->len = (uint16_t)in->payload.len;
    p->encoding = in->encoding;
    p->level = in->level;
    p->voice = in->voice;
    p->has_vp8 = false;
    p->described = 0;
    if (video && !layer_read(p, k, in->payload, in->dependency))
        return SFU_DROP_CODEC;
    if (p->len > 0)
        memcpy(p->payload, in->payload.ptr, p->len);
    if (!video && p->level < k->loudest)
        k->loudest = p->level;
    e->history[in->seq % LIMIT_RTX_HISTORY] = p->number;
    if (video) {
        k->orientation = in->orientation;
        track_note_temporal(e, p->tag.temporal, p->len);
        forward_note_frame(s, e, p->marker);
    }
    track_heard(s, k, p->encoding, s->now);
    if (video && p->tag.key)
        keyframe_came(&e->keyframe);
    if (video)
        gop_input(&e->gop, in->seq, p->tag.key, p->len, s->now);
    count_add(&s->counters, COUNTER_RELAY_IN, 1);
    *out = p;
    return SFU_DROP_NONE;
}

static enum sfu_drop take_packet(struct sfu *s, struct track *k, uint32_t from,
                                 const struct relay_packet *in)
{
    const struct room *r = k->room;
    bool mic = k->source == IPC_MIC, chosen = mic && r->home != s->config.index;
    struct packet *p;
    if (from != (chosen ? r->home : k->mirror.home))
        return SFU_DROP_RELAY_TRACK;
    if (in->encoding >= k->encodings || in->payload.len > LIMIT_RTP_PACKET - RTP_HEADER_LEN)
        return SFU_DROP_RELAY_FORM;
    if (k->paused)
        return SFU_DROP_PAUSED;
    if (!is_new(s, k, in))
        return SFU_DROP_DUPLICATE;
    /* As a publisher is held: a home that was broken into floods nobody's listeners. */
    if (!police_pass(&k->mirror.police, k->kind == IPC_AUDIO ? &police_audio : &police_video,
                     (uint32_t)in->payload.len, s->now))
        return SFU_DROP_POLICED;
    enum sfu_drop drop = store(s, k, in, &p);
    if (drop)
        return drop;
    if (mic && !chosen)
        return forward_fan_out(s, k, p);
    forward_to_listeners(s, k, p, mic && in->place > 0 ? &r->voices[in->place - 1] : NULL);
    return SFU_DROP_NONE;
}

enum sfu_drop mirror_record(struct sfu *s, uint32_t from, const struct relay_batch *b,
                            const struct relay_record *r)
{
    struct track *k = sfu_find(&s->track_by_id, &s->tracks, r->track);
    if (!(b->zones >> s->config.zone & 1))
        return SFU_DROP_RELAY_ZONE;
    if (!k || k->room->id != b->meeting || !(others(s, k->room) >> from & 1))
        return SFU_DROP_RELAY_TRACK;
    switch (r->type) {
    case RELAY_PACKET:
        return take_packet(s, k, from, &r->as.packet);
    case RELAY_STATE:
        return from == k->mirror.home ? take_state(s, k, &r->as.state) : SFU_DROP_RELAY_TRACK;
    case RELAY_ASK:
        return asked(s, k, from, &r->as.ask);
    case RELAY_TYPE_END_:
        break;
    }
    return SFU_DROP_RELAY_FORM;
}

/* --- both ------------------------------------------------------------------------------------- */

/* What its listeners get or wait for; what nobody does any more is asked for no longer. */
static void watch(struct sfu *s, struct track *k)
{
    uint8_t wanted = 0;
    LIST_EACH(&k->subscriptions, node)
    {
        const struct subscription *u = LIST_ENTRY(node, struct subscription, track_node);
        if (u->paused || u->transport->state != TRANSPORT_CONNECTED)
            continue;
        if (u->pick.current != PICK_NONE)
            wanted |= (uint8_t)(1u << track_encoding(k, u->pick.current));
        if (u->pick.target != PICK_NONE)
            wanted |= (uint8_t)(1u << track_encoding(k, u->pick.target));
    }
    for (uint8_t i = 0; i < k->encodings; i++) {
        if (!(wanted >> i & 1)) /* the kept part ends here: nobody may start from it */
            k->encoding[i].gop.open = false;
    }
    k->mirror.wanted = wanted;
    mirror_ask(s, k);
}

void mirror_turn(struct sfu *s, struct room *r)
{
    LIST_EACH(&r->tracks, node)
    {
        struct track *k = LIST_ENTRY(node, struct track, room_node);
        if (!k->transport)
            watch(s, k);
        else if (!s->relay_full && /* the others have their turn at the next look */
                 (k->mirror.told != active_of(k) || s->now - k->mirror.told_at >= TELL_US))
            tell_state(s, k);
    }
}

void mirror_lost(struct sfu *s, uint32_t to, struct span message)
{
    struct relay_walk w;
    struct relay_record r;
    relay_walk_init(&w, message);
    while (relay_next(&w, &r)) {
        struct track *k = sfu_find(&s->track_by_id, &s->tracks, r.track);
        count_drop(&s->counters, SFU_DROP_RELAY_FULL);
        if (!k || to >= s->config.media_count)
            continue;
        if (r.type == RELAY_PACKET && k->kind == IPC_VIDEO)
            track_want_keyframe(s, k, r.as.packet.encoding);
        else if (r.type == RELAY_STATE)
            k->mirror.told = TOLD_NOTHING;
        else if (r.type == RELAY_ASK) {
            k->mirror.asked = k->mirror.asked_up = TOLD_NOTHING;
            k->mirror.lost_at = s->now;
        }
    }
}

void mirror_forget(struct sfu *s, uint32_t process)
{
    if (process >= s->config.media_count)
        return;
    for (uint32_t i = 0; i < s->tracks.high; i++) {
        struct handle h;
        struct track *k = pool_at(&s->tracks, i, &h);
        if (!k)
            continue;
        for (size_t e = 0; e < LIMIT_TRACK_ENCODINGS; e++)
            k->mirror.wants[e] &= ~bit(process);
        if (k->transport) {
            want_level(s, k, process, WANT_NOTHING);
            k->mirror.told = TOLD_NOTHING;
        } else if (k->mirror.home == process) {
            k->mirror.known = false;
            k->mirror.asked = k->mirror.asked_up = TOLD_NOTHING;
            k->mirror.asked_at = 0;
            mirror_ask(s, k);
        }
    }
}
