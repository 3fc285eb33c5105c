/* The contract of the core: its storage, its inputs, its outputs; see sfu.h.
 * knows: which module handles which event. knows not: how. owns: the layout of the storage. */
#include "sfu/sfu.h"

#include <stdalign.h>
#include <string.h>

#include "base/bug.h"
#include "sfu/state.h"

/* --- storage ---------------------------------------------------------------------------------- */

/* Hands out the storage piece by piece; with base NULL it only adds up. */
struct layout {
    unsigned char *base;
    size_t used;
};

static void *layout_take(struct layout *l, size_t size, size_t count)
{
    size_t align = alignof(max_align_t);
    l->used = (l->used + align - 1) / align * align;
    void *p = l->base ? l->base + l->used : NULL;
    l->used += size * count;
    return p;
}

/* Cells for a map of at most n entries: a power of two, at most 3/4 filled. */
static uint32_t cells_for(uint32_t n)
{
    uint32_t cells = 16;
    while ((uint64_t)cells * 3 < (uint64_t)n * 4 + 4)
        cells *= 2;
    return cells;
}

static void layout_pool(struct layout *l, struct pool *p, size_t size, uint32_t count)
{
    void *items = layout_take(l, size, count);
    struct pool_slot *slots = layout_take(l, sizeof *slots, count);
    if (l->base)
        pool_init(p, items, size, slots, count);
}

static void layout_map(struct layout *l, struct map *m, uint32_t entries, uint64_t seed)
{
    uint32_t count = cells_for(entries);
    struct map_cell *cells = layout_take(l, sizeof *cells, count);
    if (l->base)
        map_init(m, cells, count, seed);
}

/* A fifth of a second of 10,000 packets of heard sound a second. */
enum { FLEETING_PACKETS = 2048 };

static size_t layout_run(unsigned char *base, const struct sfu_config *c)
{
    struct layout l = {base, 0};
    struct sfu *s = layout_take(&l, sizeof(struct sfu), 1);
    struct sfu unused_, *o = s ? s : &unused_;
    layout_pool(&l, &o->rooms, sizeof(struct room), c->rooms);
    layout_pool(&l, &o->peers, sizeof(struct peer), c->peers);
    layout_pool(&l, &o->transports, sizeof(struct transport), c->transports);
    layout_pool(&l, &o->paths, sizeof(struct path), c->paths);
    layout_pool(&l, &o->tracks, sizeof(struct track), c->tracks);
    layout_pool(&l, &o->sent_few, SENT_FEW * sizeof(struct sent_packet), c->transports);
    layout_pool(&l, &o->sent_many, SENT_MAX * sizeof(struct sent_packet), c->transports);
    layout_pool(&l, &o->twccs, sizeof(struct twcc), c->transports);
    for (uint32_t i = 0; i < TRACK_BLOCKS; i++)
        layout_pool(&l, &o->encodings[i], track_block(i) * sizeof(struct encoding), c->tracks);
    layout_pool(&l, &o->subscriptions, sizeof(struct subscription), c->subscriptions);
    uint64_t *older = layout_take(&l, ICE_FILTER_WORDS * sizeof *older, c->transports);
    layout_map(&l, &o->room_by_id, c->rooms, c->seed);
    layout_map(&l, &o->peer_by_id, c->peers, c->seed);
    layout_map(&l, &o->transport_by_id, c->transports, c->seed);
    layout_map(&l, &o->track_by_id, c->tracks, c->seed);
    layout_map(&l, &o->subscription_by_id, c->subscriptions, c->seed);
    layout_map(&l, &o->transport_by_ufrag, 2 * c->transports, c->seed);
    layout_map(&l, &o->subscription_by_ssrc, 2 * c->subscriptions, c->seed);
    layout_map(&l, &o->ssrc_owner, TRANSPORT_BINDINGS * c->peers, c->seed);
    struct packet *kept = layout_take(&l, sizeof *kept, c->packets);
    struct packet *fleeting = layout_take(&l, sizeof *fleeting, FLEETING_PACKETS);
    struct pending *pending = layout_take(&l, sizeof *pending, c->pending);
    struct paced *paced = layout_take(&l, sizeof *paced, c->pending);
    bool alone = c->media_count < 2;
    struct relay_port *ports = layout_take(&l, sizeof *ports, alone ? 0 : c->media_count);
    uint8_t *messages =
        layout_take(&l, RELAY_MESSAGE_MAX, alone ? 0 : c->media_count * IPC_LANE_COUNT_);
    struct sfu_effect *effects = layout_take(&l, sizeof *effects, EFFECTS_MAX);
    /* One more: each may be read as a whole struct ipc_message. */
    unsigned char *replies = layout_take(&l, sizeof(struct ipc_message), REPLIES_MAX + 1);
    if (s) {
        packet_ring_init(&s->kept, kept, c->packets);
        packet_ring_init(&s->fleeting, fleeting, FLEETING_PACKETS);
        s->older = older;
        s->pending = pending;
        s->paced = paced;
        s->ports = alone ? NULL : ports;
        for (uint32_t i = 0; !alone && i < c->media_count * IPC_LANE_COUNT_; i++)
            ports[i / IPC_LANE_COUNT_].lane[i % IPC_LANE_COUNT_].bytes =
                messages + (size_t)i * RELAY_MESSAGE_MAX;
        s->effects = effects;
        s->replies = replies;
    }
    return l.used;
}

void sfu_config_default(struct sfu_config *c)
{
    *c = (struct sfu_config){.media_count = 1,
                             .rooms = LIMIT_ROOMS,
                             .peers = LIMIT_PEERS,
                             .transports = LIMIT_TRANSPORTS,
                             .paths = 2 * LIMIT_TRANSPORTS,
                             .tracks = LIMIT_TRACKS,
                             .subscriptions = LIMIT_SUBSCRIPTIONS,
                             .packets = 32768,
                             .pending = 16384,
                             .pad_to_batch = true,
                             .hold_max = 500};
}

size_t sfu_size(const struct sfu_config *c)
{
    return layout_run(NULL, c);
}

struct sfu *sfu_init(void *storage, const struct sfu_config *c, instant_us now)
{
    struct sfu *s = storage;
    BUG_IF(c->packets == 0 || (c->packets & (c->packets - 1)) != 0);
    (void)layout_run(storage, c);
    s->config = *c;
    s->now = now;
    s->random = c->seed;
    s->tick_at = now;
    s->feedback_at = INSTANT_NEVER;
    s->round = 1;
    list_init(&s->dirty);
    list_init(&s->urgent);
    list_init(&s->asking);
    budget_init(&s->budget, c->seed);
    pace_init(s);
    return s;
}

void sfu_fini(struct sfu *s)
{
    (void)command_run(s, &(struct ipc_message){.type = IPC_RESET});
}

/* --- small services of state.h ---------------------------------------------------------------- */

struct sfu_effect *effect_push(struct sfu *s, enum sfu_effect_type type)
{
    BUG_IF(s->effect_count == EFFECTS_MAX);
    struct sfu_effect *e = &s->effects[(s->effect_first + s->effect_count++) % EFFECTS_MAX];
    e->type = type;
    return e;
}

struct ipc_message *effect_reply(struct sfu *s, uint32_t type)
{
    BUG_IF(s->reply_count == REPLIES_MAX);
    const size_t align = alignof(struct ipc_message), size = ipc_size(type);
    struct ipc_message *m = (struct ipc_message *)(void *)(s->replies + s->replies_used);
    s->reply_count++;
    s->replies_used += (size + align - 1) / align * align;
    memset(m, 0, size);
    m->type = type;
    effect_push(s, SFU_REPLY)->as.reply = m;
    return m;
}

void effect_refused(struct sfu *s, uint32_t type, uint32_t id, enum err reason)
{
    effect_reply(s, IPC_REFUSED)->as.REFUSED = (struct ipc_refused){type, id, (uint8_t)reason};
}

/* splitmix64 */
uint64_t sfu_random(struct sfu *s)
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void *sfu_find(const struct map *by_id, const struct pool *pool, uint32_t id)
{
    uint64_t packed;
    return map_get(by_id, id, &packed) ? pool_get(pool, handle_unpack(packed)) : NULL;
}

/* --- the contract ----------------------------------------------------------------------------- */

/* The id that a refused command was about. */
static uint32_t command_id(const struct ipc_message *m)
{
    switch (m->type) {
    case IPC_ROOM_OPEN:
    case IPC_ROOM_CLOSE:
        return m->as.ROOM_OPEN.room;
    case IPC_PEER_OPEN:
    case IPC_PEER_CLOSE:
        return m->as.PEER_OPEN.peer;
    case IPC_TRANSPORT_OPEN:
    case IPC_TRANSPORT_RESTART:
        return m->as.TRANSPORT_OPEN.transport;
    case IPC_TRANSPORT_CONNECT:
        return m->as.TRANSPORT_CONNECT.transport;
    case IPC_TRANSPORT_CLOSE:
        return m->as.TRANSPORT_CLOSE.transport;
    case IPC_TRACK_OPEN:
        return m->as.TRACK_OPEN.track;
    case IPC_TRACK_SET:
        return m->as.TRACK_SET.track;
    case IPC_TRACK_CLOSE:
        return m->as.TRACK_CLOSE.track;
    case IPC_SUBSCRIPTION_OPEN:
        return m->as.SUBSCRIPTION_OPEN.subscription;
    case IPC_SUBSCRIPTION_SET:
        return m->as.SUBSCRIPTION_SET.subscription;
    case IPC_SUBSCRIPTION_CLOSE:
        return m->as.SUBSCRIPTION_CLOSE.subscription;
    default:
        return 0;
    }
}

static enum err input_command(struct sfu *s, const struct ipc_message *m)
{
    BUG_IF(s->pending_count > 0); /* the round was not drained: it refers to what may now close */
    enum err e = command_run(s, m);
    if (e != ERR_OK)
        effect_refused(s, m->type, command_id(m), e);
    return e;
}

static enum err input_dtls_out(struct sfu *s, struct handle h, struct span bytes)
{
    const struct transport *t = pool_get(&s->transports, h);
    const struct path *p = t ? (t->selected ? t->selected : t->latest) : NULL;
    if (!p)
        return ERR_NOT_FOUND;
    return outbox_put(s, p, bytes) ? ERR_OK : ERR_BUSY;
}

static enum err input_tcp(struct sfu *s, const struct ipc_addr *remote,
                          const struct ipc_addr *local, int token)
{
    struct ice_remote from = {*remote, ICE_TCP};
    struct path *p = path_open(s, NULL, &from, local, token);
    if (!p)
        return ERR_BUSY;
    p->valid_until = s->now + 5 * US_PER_S; /* to say who it is */
    return ERR_OK;
}

static enum err input_path_gone(struct sfu *s, struct handle h)
{
    struct path *p = pool_get(&s->paths, h);
    if (!p)
        return ERR_NOT_FOUND;
    path_close(s, p);
    return ERR_OK;
}

enum err sfu_input(struct sfu *s, const struct sfu_event *e, instant_us now)
{
    s->now = now;
    switch (e->type) {
    case SFU_COMMAND:
        return input_command(s, e->as.command);
    case SFU_KEYS:
        return transport_keys(s, e->as.keys.transport, e->as.keys.keys);
    case SFU_DTLS_OUT:
        return input_dtls_out(s, e->as.dtls_out.transport, e->as.dtls_out.bytes);
    case SFU_DTLS_ENDED:
        transport_dtls_ended(s, e->as.dtls_ended.transport, e->as.dtls_ended.reason);
        return ERR_OK;
    case SFU_TCP_OPEN:
        return input_tcp(s, &e->as.tcp_open.remote, &e->as.tcp_open.local, e->as.tcp_open.token);
    case SFU_PATH_GONE:
        return input_path_gone(s, e->as.path_gone);
    case SFU_RELAY_LOST:
        mirror_lost(s, e->as.relay.process, e->as.relay.message);
        return ERR_OK;
    case SFU_RELAY_NEW:
        mirror_forget(s, e->as.relay.process);
        return ERR_OK;
    case SFU_TICK:
        timer_tick(s, e->as.tick.busy_us);
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

/* The round takes no more packets before it was drained. */
static bool round_full(struct sfu *s)
{
    /* Half the batch is enough for any packet's listeners; effects are a few a datagram. */
    if (s->pending_count > s->config.pending / 2 || s->effect_count > EFFECTS_MAX / 2 ||
        s->reply_count > REPLIES_MAX / 2 || mirror_full(s))
        return true;
    /* A slot that something pending refers to is not written again before it was sent. */
    if (s->pending_count == 0) {
        s->fleeting_first = s->fleeting.next;
        s->kept_first = s->kept.next;
        return false;
    }
    return s->fleeting.next - s->fleeting_first >= s->fleeting.mask / 4 ||
           s->kept.next - s->kept_first >= s->kept.mask / 4;
}

uint32_t sfu_receive(struct sfu *s, struct sfu_datagram *in, uint32_t count, instant_us now)
{
    s->now = now;
    uint32_t i = 0;
    for (; i < count && !round_full(s); i++) {
        count_add(&s->counters, COUNTER_DATAGRAMS_IN, 1);
        count_add(&s->counters, COUNTER_BYTES_IN, in[i].len);
        enum sfu_drop drop = forward_datagram(s, &in[i]);
        if (drop)
            count_drop(&s->counters, drop);
    }
    return i;
}

void sfu_relay_begin(struct sfu_relay_in *in, uint32_t from, struct span message)
{
    in->from = from;
    relay_walk_init(&in->walk, message);
}

bool sfu_relay_take(struct sfu *s, struct sfu_relay_in *in, instant_us now)
{
    struct relay_record r;
    s->now = now;
    while (!round_full(s)) {
        if (!relay_next(&in->walk, &r)) {
            if (in->walk.fault != RELAY_OK)
                count_drop(&s->counters, SFU_DROP_RELAY_FORM);
            count_add(&s->counters, COUNTER_RELAY_CALLS, 1);
            return true;
        }
        enum sfu_drop drop = mirror_record(s, in->from, &in->walk.batch, &r);
        if (drop)
            count_drop(&s->counters, drop);
    }
    return false;
}

bool sfu_relay(struct sfu *s, struct sfu_relay *out)
{
    return s->ports && mirror_collect(s, out);
}

bool sfu_poll(struct sfu *s, struct sfu_effect *out)
{
    if (s->effect_count == 0) {
        s->replies_used = 0;
        s->reply_count = 0;  /* the last one given was the caller's until now */
        s->effect_first = 0; /* else the ring's pages would all be touched, one after the other */
        return false;
    }
    *out = s->effects[s->effect_first];
    s->effect_first = (s->effect_first + 1) % EFFECTS_MAX;
    s->effect_count--;
    return true;
}

void sfu_departs(struct sfu *s, instant_us now)
{
    s->now = now > s->now ? now : s->now;
}

bool sfu_send(struct sfu *s, struct sfu_sends *out)
{
    s->slab.runs = s->slab.datagrams = s->slab.used = 0;
    outbox_collect(s, &s->slab);
    if (s->outbox_sent == s->outbox_count)
        s->outbox_sent = s->outbox_count = s->outbox_used = 0;
    forward_collect(s, &s->slab);
    *out = (struct sfu_sends){s->slab.run, s->slab.runs};
    return s->slab.runs > 0 || !list_empty(&s->dirty);
}

/* A frame cannot be shown before its last packet, so its first may wait, but no longer than the
 * calls that it may save would take: a microsecond a packet. Fewer than that are not worth a timer.
 */
instant_us sfu_hold(const struct sfu *s)
{
    enum { WORTH_WAITING = 16 };
    if (s->unfinished == 0 || s->pending_count < WORTH_WAITING)
        return 0;
    return s->pending_since + instant_min(s->pending_count, s->config.hold_max);
}

duration_us sfu_rest(const struct sfu *s)
{
    return overload_rest(&s->overload);
}

instant_us sfu_deadline(const struct sfu *s)
{
    if (s->transports.taken == 0 && s->paths.taken == 0)
        return INSTANT_NEVER;
    return instant_min(s->tick_at + timer_slack(s), s->pace_at);
}

struct counters *sfu_counters(struct sfu *s)
{
    uint64_t *v = s->counters.value;
    v[COUNTER_ROOMS] = s->rooms.taken;
    v[COUNTER_PEERS] = s->peers.taken;
    v[COUNTER_TRANSPORTS] = s->transports.taken;
    v[COUNTER_PATHS] = s->paths.taken;
    v[COUNTER_TRACKS] = s->tracks.taken;
    v[COUNTER_OVERLOAD] = overload_depth(&s->overload);
    v[COUNTER_SUBSCRIPTIONS] = s->subscriptions.taken;
    return &s->counters;
}
