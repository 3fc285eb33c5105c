/* Life of a transport, the SSRCs bound to it, and its paths; see transport.h. knows: one remote.
 * knows not: media. owns: the cipher contexts of its SRTP session. */
#include "sfu/transport.h"

#include "base/bug.h"
#include "sfu/state.h"

/* FNV-1a with the process's seed: peers choose no part of our ufrags, so it need not be stronger.
 */
static uint64_t ufrag_hash(const struct sfu *s, struct span ufrag)
{
    uint64_t h = s->config.seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < ufrag.len; i++)
        h = (h ^ ufrag.ptr[i]) * UINT64_C(0x100000001b3);
    return h ? h : 1;
}

struct transport *transport_by_ufrag(struct sfu *s, struct span ufrag)
{
    uint64_t packed;
    if (ufrag.len == 0 || ufrag.len > IPC_UFRAG_MAX ||
        !map_get(&s->transport_by_ufrag, ufrag_hash(s, ufrag), &packed))
        return NULL;
    return pool_get(&s->transports, handle_unpack(packed));
}

static enum err ufrag_add(struct sfu *s, struct transport *t, const char *ufrag)
{
    uint64_t key = ufrag_hash(s, span_str(ufrag)), other;
    if (map_get(&s->transport_by_ufrag, key, &other))
        return ERR_CONFLICT;
    if (!map_put(&s->transport_by_ufrag, key, handle_pack(t->self)))
        return ERR_BUSY;
    if (t->ufrag_key[1])
        (void)map_remove(&s->transport_by_ufrag, t->ufrag_key[1]);
    t->ufrag_key[1] = t->ufrag_key[0];
    t->ufrag_key[0] = key;
    return ERR_OK;
}

enum err transport_open(struct sfu *s, const struct ipc_transport_open *m, instant_us now)
{
    struct peer *p = sfu_find(&s->peer_by_id, &s->peers, m->peer);
    uint64_t other;
    if (!p)
        return ERR_NOT_FOUND;
    if (m->transport == 0 || map_get(&s->transport_by_id, m->transport, &other))
        return ERR_CONFLICT;
    struct handle h;
    struct transport *t = pool_take(&s->transports, &h);
    if (!t)
        return ERR_BUSY;
    t->self = h;
    t->id = m->transport;
    enum err e = ufrag_add(s, t, m->ufrag);
    if (e == ERR_OK && !map_put(&s->transport_by_id, t->id, handle_pack(h)))
        e = ERR_BUSY;
    if (e != ERR_OK) {
        if (t->ufrag_key[0])
            (void)map_remove(&s->transport_by_ufrag, t->ufrag_key[0]);
        pool_give(&s->transports, h);
        return e;
    }
    t->peer = p;
    t->local_ssrc = (uint32_t)sfu_random(s) | 1;
    sent_init(&t->sent, (uint16_t)sfu_random(s));
    bwe_init(&t->bwe, now);
    pace_set(s, t);
    t->report_at = now + US_PER_S;
    list_init(&t->dirty);
    list_init(&t->urgent);
    list_init(&t->pacing);
    list_init(&t->tracks);
    list_init(&t->subscriptions);
    list_init(&t->peer_node);
    list_append(&p->transports, &t->peer_node);
    ice_init(&t->ice, m->ufrag, m->pwd, s->older + (size_t)h.index * ICE_FILTER_WORDS, now);
    return ERR_OK;
}

/* Most transports carry media one way only, and many of them voices alone: the rings are taken when
 * they are needed. There are as many as transports, so none is missing. */
void transport_room(struct sfu *s, struct transport *t, uint8_t kind)
{
    bool many = kind == IPC_VIDEO;
    struct pool *pool = many ? &s->sent_many : &s->sent_few;
    struct handle *place = many ? &t->sent_many : &t->sent_few;
    if (t->sent_many.generation || place->generation)
        return;
    struct sent_packet *ring = pool_take(pool, place);
    BUG_IF(!ring);
    sent_ring(&t->sent, ring, many ? SENT_MAX : SENT_FEW);
    if (many && t->sent_few.generation) {
        pool_give(&s->sent_few, t->sent_few);
        t->sent_few = HANDLE_NULL;
    }
}

static void rooms_give(struct sfu *s, struct transport *t)
{
    if (t->sent_few.generation)
        pool_give(&s->sent_few, t->sent_few);
    if (t->sent_many.generation)
        pool_give(&s->sent_many, t->sent_many);
    if (t->twcc)
        pool_give(&s->twccs, t->twcc_handle);
}

static void twcc_take(struct sfu *s, struct transport *t)
{
    if (t->twcc)
        return;
    t->twcc = pool_take(&s->twccs, &t->twcc_handle);
    BUG_IF(!t->twcc);
    twcc_init(t->twcc, t->local_ssrc, 0);
}

enum err transport_restart(struct sfu *s, const struct ipc_transport_open *m, instant_us now)
{
    struct transport *t = sfu_find(&s->transport_by_id, &s->transports, m->transport);
    if (!t)
        return ERR_NOT_FOUND;
    TRY(ufrag_add(s, t, m->ufrag));
    ice_restart(&t->ice, m->ufrag, m->pwd, now);
    return ERR_OK;
}

void transport_close(struct sfu *s, struct transport *t)
{
    LIST_EACH_SAFE(&t->subscriptions, node, next)
    subscription_close(s, LIST_ENTRY(node, struct subscription, transport_node));
    LIST_EACH_SAFE(&t->tracks, node, next)
    track_close(s, LIST_ENTRY(node, struct track, transport_node));
    while (t->path_count > 0)
        path_close(s, t->paths[t->path_count - 1]);
    effect_push(s, SFU_DTLS_CLOSE)->as.dtls_close = t->self;
    seal_close(&t->seal);
    ice_fini(&t->ice);
    pace_close(s, t);
    overload_want(&s->overload, &t->weighed, &(struct overload_costs){0});
    list_remove(&t->dirty);
    list_remove(&t->urgent);
    list_remove(&t->peer_node);
    for (size_t i = 0; i < ARRAY_LEN(t->ufrag_key); i++) {
        if (t->ufrag_key[i])
            (void)map_remove(&s->transport_by_ufrag, t->ufrag_key[i]);
    }
    (void)map_remove(&s->transport_by_id, t->id);
    rooms_give(s, t);
    redundancy_gone(t);
    pool_give(&s->transports, t->self);
}

void transport_set_state(struct sfu *s, struct transport *t, enum transport_state state,
                         enum err reason)
{
    static const uint8_t told[] = {[TRANSPORT_CONNECTED] = IPC_STATE_CONNECTED,
                                   [TRANSPORT_FAILED] = IPC_STATE_FAILED,
                                   [TRANSPORT_CLOSED] = IPC_STATE_CLOSED};
    if (t->state == state)
        return;
    t->state = state;
    effect_reply(s, IPC_TRANSPORT_STATE)->as.TRANSPORT_STATE =
        (struct ipc_transport_state){t->id, told[state], (uint8_t)reason};
    /* Receivers that waited for the transport need a picture to start with. */
    if (state == TRANSPORT_CONNECTED) {
        LIST_EACH(&t->subscriptions, node)
        subscription_want_keyframe(s, LIST_ENTRY(node, struct subscription, transport_node));
    }
}

enum err transport_keys(struct sfu *s, struct handle h, const struct srtp_keys *keys)
{
    struct transport *t = pool_get(&s->transports, h);
    if (!t)
        return ERR_NOT_FOUND;
    if (t->state != TRANSPORT_NEW)
        return ERR_STATE;
    TRY(seal_open(&t->seal, keys));
    if (!t->selected)
        t->selected = t->latest;
    transport_set_state(s, t, TRANSPORT_CONNECTED, ERR_OK);
    return ERR_OK;
}

void transport_dtls_ended(struct sfu *s, struct handle h, enum err reason)
{
    struct transport *t = pool_get(&s->transports, h);
    if (!t)
        return;
    seal_close(&t->seal);
    transport_set_state(s, t, TRANSPORT_CLOSED, reason);
}

/* --- SSRCs ------------------------------------------------------------------------------------ */

int transport_find_ssrc(const struct transport *t, uint32_t ssrc)
{
    for (uint32_t i = 0; i < t->binding_count; i++) {
        if (t->ssrc[i] == ssrc)
            return (int)i;
    }
    return -1;
}

static uint64_t owner_key(const struct transport *t, uint32_t ssrc)
{
    return (uint64_t)t->peer->room->self.index << 32 | ssrc;
}

enum err transport_bind(struct sfu *s, struct transport *t, const struct binding_request *r,
                        int *index)
{
    struct encoding *e = &r->track->encoding[r->encoding];
    uint64_t owner;
    if (transport_find_ssrc(t, r->ssrc) >= 0 ||
        !DEFENCE(9, !map_get(&s->ssrc_owner, owner_key(t, r->ssrc), &owner)))
        return ERR_CONFLICT;
    if (t->binding_count == TRANSPORT_BINDINGS ||
        (!r->rtx && !DEFENCE(9, t->peer->ssrc_count < LIMIT_PEER_SSRCS)))
        return ERR_LIMIT;
    if (!map_put(&s->ssrc_owner, owner_key(t, r->ssrc), handle_pack(t->self)))
        return ERR_BUSY;
    twcc_take(s, t);
    *index = (int)t->binding_count;
    t->ssrc[t->binding_count] = r->ssrc;
    t->binding[t->binding_count++] =
        (struct binding){.track = r->track, .encoding = r->encoding, .rtx = r->rtx};
    if (r->rtx) {
        e->rtx_ssrc = r->ssrc;
    } else {
        e->ssrc = r->ssrc;
        t->peer->ssrc_count++;
        if (t->twcc->media_ssrc == 0)
            t->twcc->media_ssrc = r->ssrc;
    }
    return ERR_OK;
}

void transport_unbind_track(struct sfu *s, struct transport *t, const struct track *track)
{
    for (uint32_t i = 0; i < t->binding_count;) {
        if (t->binding[i].track != track) {
            i++;
            continue;
        }
        (void)map_remove(&s->ssrc_owner, owner_key(t, t->ssrc[i]));
        if (!t->binding[i].rtx)
            t->peer->ssrc_count--;
        t->binding_count--;
        t->ssrc[i] = t->ssrc[t->binding_count];
        t->binding[i] = t->binding[t->binding_count];
    }
}

/* --- paths ------------------------------------------------------------------------------------ */

void path_attach(struct path *p, struct transport *t)
{
    if (t->path_count == TRANSPORT_PATHS)
        return;
    p->transport = t;
    t->paths[t->path_count++] = p;
}

void path_detach(struct path *p)
{
    struct transport *t = p->transport;
    if (!t)
        return;
    for (uint32_t i = 0; i < t->path_count; i++) {
        if (t->paths[i] == p)
            t->paths[i] = t->paths[--t->path_count];
    }
    if (t->selected == p)
        t->selected = NULL;
    if (t->latest == p)
        t->latest = NULL;
    p->transport = NULL;
    p->valid_until = 0;
}

/* The path longest without consent makes place, never the selected one. */
static bool path_make_place(struct sfu *s, struct transport *t)
{
    struct path *oldest = NULL;
    if (t->path_count < TRANSPORT_PATHS)
        return true;
    for (uint32_t i = 0; i < t->path_count; i++) {
        struct path *p = t->paths[i];
        if (p != t->selected && (!oldest || p->valid_until < oldest->valid_until))
            oldest = p;
    }
    if (!oldest || s->now < oldest->valid_until)
        return false;
    path_close(s, oldest);
    return true;
}

struct path *path_open(struct sfu *s, struct transport *t, const struct ice_remote *remote,
                       const struct ipc_addr *local, int token)
{
    /* A retransmitted first request may come by the shared socket as well: one path an address. */
    for (uint32_t i = 0; t && i < t->path_count; i++) {
        if (ice_remote_equal(&t->paths[i]->remote, remote))
            return t->paths[i];
    }
    if (t && !path_make_place(s, t))
        return NULL;
    struct handle h;
    struct path *p = pool_take(&s->paths, &h);
    if (!p)
        return NULL;
    p->self = h;
    p->remote = *remote;
    p->local = *local;
    if (t)
        path_attach(p, t);
    struct sfu_effect *e = effect_push(s, SFU_PATH_OPEN);
    e->as.path_open.path = h;
    e->as.path_open.remote = remote->addr;
    e->as.path_open.local = *local;
    e->as.path_open.protocol = remote->protocol;
    e->as.path_open.token = token;
    return p;
}

void path_close(struct sfu *s, struct path *p)
{
    path_detach(p);
    effect_push(s, SFU_PATH_CLOSE)->as.path_close = p->self;
    pool_give(&s->paths, p->self);
}
