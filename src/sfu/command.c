/* The messages of front, carried out.
 * knows: which module does what. knows not: how. owns: nothing. */
#include <string.h>

#include "sfu/state.h"

static enum err transport_connect(struct sfu *s, const struct ipc_transport_connect *m)
{
    struct transport *t = sfu_find(&s->transport_by_id, &s->transports, m->transport);
    if (!t)
        return ERR_NOT_FOUND;
    struct sfu_effect *e = effect_push(s, SFU_DTLS_EXPECT);
    e->as.dtls_expect.transport = t->self;
    memcpy(e->as.dtls_expect.fingerprint, m->fingerprint, sizeof m->fingerprint);
    return ERR_OK;
}

static enum err stray_back(struct sfu *s, const struct ipc_stray *m)
{
    uint8_t bytes[IPC_STRAY_MAX];
    memcpy(bytes, m->bytes, m->len);
    struct sfu_datagram d = {.remote = m->remote, .local = m->local, .bytes = bytes, .len = m->len};
    /* Only STUN is passed on; anything else has no business here. */
    enum sfu_drop drop = m->len > 0 && bytes[0] <= 3 ? gate_stun(s, &d, NULL) : SFU_DROP_STRAY;
    if (drop)
        count_drop(&s->counters, drop);
    return ERR_OK;
}

static enum err close_all(struct sfu *s)
{
    for (uint32_t i = 0; i < s->rooms.count; i++) {
        struct handle h;
        struct room *r = pool_at(&s->rooms, i, &h);
        if (r)
            room_close(s, r);
    }
    return ERR_OK;
}

#define WITH(map, pool, id, type, call)                                                            \
    do {                                                                                           \
        type *found_ = sfu_find(&s->map, &s->pool, id);                                            \
        if (!found_)                                                                               \
            return ERR_NOT_FOUND;                                                                  \
        call(s, found_);                                                                           \
        return ERR_OK;                                                                             \
    } while (0)

enum err command_run(struct sfu *s, const struct ipc_message *m)
{
    switch (m->type) {
    case IPC_RESET:
        return close_all(s);
    case IPC_ROOM_OPEN:
        return room_open(s, m->as.ROOM_OPEN.room);
    case IPC_ROOM_CLOSE:
        WITH(room_by_id, rooms, m->as.ROOM_CLOSE.room, struct room, room_close);
    case IPC_ROOM_SPREAD:
        return room_spread(s, &m->as.ROOM_SPREAD);
    case IPC_PEER_OPEN:
        return peer_open(s, &m->as.PEER_OPEN);
    case IPC_PEER_CLOSE:
        WITH(peer_by_id, peers, m->as.PEER_CLOSE.peer, struct peer, peer_close);
    case IPC_TRANSPORT_OPEN:
        return transport_open(s, &m->as.TRANSPORT_OPEN, s->now);
    case IPC_TRANSPORT_CONNECT:
        return transport_connect(s, &m->as.TRANSPORT_CONNECT);
    case IPC_TRANSPORT_RESTART:
        return transport_restart(s, &m->as.TRANSPORT_RESTART, s->now);
    case IPC_TRANSPORT_CLOSE:
        WITH(transport_by_id, transports, m->as.TRANSPORT_CLOSE.transport, struct transport,
             transport_close);
    case IPC_TRACK_OPEN:
        return track_open(s, &m->as.TRACK_OPEN);
    case IPC_MIRROR_OPEN:
        return track_mirror(s, &m->as.MIRROR_OPEN);
    case IPC_TRACK_SET:
        return track_set(s, &m->as.TRACK_SET, s->now);
    case IPC_TRACK_CLOSE:
        WITH(track_by_id, tracks, m->as.TRACK_CLOSE.track, struct track, track_close);
    case IPC_SUBSCRIPTION_OPEN:
        return subscription_open(s, &m->as.SUBSCRIPTION_OPEN);
    case IPC_SUBSCRIPTION_SET:
        return subscription_set(s, &m->as.SUBSCRIPTION_SET);
    case IPC_SUBSCRIPTION_CLOSE:
        WITH(subscription_by_id, subscriptions, m->as.SUBSCRIPTION_CLOSE.subscription,
             struct subscription, subscription_close);
    case IPC_STRAY_BACK:
        return stray_back(s, &m->as.STRAY_BACK);
    default: /* a uint32_t from a message: not an enum whose cases a compiler could count */
        return ERR_UNSUPPORTED;
    }
}
