/* Opening and closing rooms and peers, and who is loud; see room.h. owns: nothing. */
#include "sfu/room.h"

#include "sfu/state.h"

enum {
    LEVEL_SPEAKS = 55, /* -dBov: quieter than this is not told */
    LEVELS_AGAIN = 1,
};

enum err room_open(struct sfu *s, uint32_t id)
{
    uint64_t other;
    if (id == 0 || map_get(&s->room_by_id, id, &other))
        return ERR_CONFLICT;
    struct handle h;
    struct room *r = pool_take(&s->rooms, &h);
    if (!r)
        return ERR_BUSY;
    r->id = id;
    r->self = h;
    list_init(&r->peers);
    list_init(&r->tracks);
    for (size_t i = 0; i < LIMIT_VOICE_SLOTS; i++)
        list_init(&r->voices[i]);
    if (map_put(&s->room_by_id, id, handle_pack(h)))
        return ERR_OK;
    pool_give(&s->rooms, h);
    return ERR_BUSY;
}

void room_close(struct sfu *s, struct room *r)
{
    LIST_EACH_SAFE(&r->peers, node, next)
    peer_close(s, LIST_ENTRY(node, struct peer, room_node));
    (void)map_remove(&s->room_by_id, r->id);
    pool_give(&s->rooms, r->self);
}

enum err room_spread(struct sfu *s, const struct ipc_room_spread *m)
{
    struct room *r = sfu_find(&s->room_by_id, &s->rooms, m->room);
    if (!r)
        return ERR_NOT_FOUND;
    uint64_t known =
        s->config.media_count < 64 ? (UINT64_C(1) << s->config.media_count) - 1 : UINT64_MAX;
    if ((m->spread & ~known) || !(m->spread >> s->config.index & 1) || (r->spread & ~m->spread) ||
        (r->spread && r->home != m->home))
        return ERR_STATE;
    r->home = m->home;
    r->epoch = m->epoch;
    r->spread = m->spread;
    return ERR_OK;
}

bool room_chooses(const struct sfu *s, const struct room *r)
{
    return r->spread == 0 || r->home == s->config.index;
}

enum err peer_open(struct sfu *s, const struct ipc_peer *m)
{
    struct room *r = sfu_find(&s->room_by_id, &s->rooms, m->room);
    uint64_t other;
    if (!r)
        return ERR_NOT_FOUND;
    if (m->peer == 0 || map_get(&s->peer_by_id, m->peer, &other))
        return ERR_CONFLICT;
    if (r->peer_count >= LIMIT_ROOM_PEERS)
        return ERR_LIMIT;
    struct handle h;
    struct peer *p = pool_take(&s->peers, &h);
    if (!p)
        return ERR_BUSY;
    p->id = m->peer;
    p->self = h;
    p->room = r;
    p->since = s->now;
    list_init(&p->transports);
    list_init(&p->mirrors);
    list_init(&p->room_node);
    if (!map_put(&s->peer_by_id, p->id, handle_pack(h))) {
        pool_give(&s->peers, h);
        return ERR_BUSY;
    }
    list_append(&r->peers, &p->room_node);
    r->peer_count++;
    return ERR_OK;
}

void peer_close(struct sfu *s, struct peer *p)
{
    LIST_EACH_SAFE(&p->transports, node, next)
    transport_close(s, LIST_ENTRY(node, struct transport, peer_node));
    LIST_EACH_SAFE(&p->mirrors, node, next)
    track_close(s, LIST_ENTRY(node, struct track, transport_node));
    list_remove(&p->room_node);
    p->room->peer_count--;
    (void)map_remove(&s->peer_by_id, p->id);
    pool_give(&s->peers, p->self);
}

/* Keeps the list sorted, loudest first; the quietest falls out of a full one. */
static void insert_level(struct ipc_levels *l, uint32_t track, uint8_t level)
{
    uint32_t at = l->count < IPC_LEVELS_MAX ? l->count++ : IPC_LEVELS_MAX - 1;
    if (at == IPC_LEVELS_MAX - 1 && l->level[at].track && l->level[at].level <= level)
        return;
    for (; at > 0 && l->level[at - 1].level > level; at--)
        l->level[at] = l->level[at - 1];
    l->level[at] = (struct ipc_level){track, level};
}

/* Changes of less than 8 dB are not news. */
static uint32_t levels_hash(const struct ipc_levels *l)
{
    uint32_t h = 0;
    for (uint32_t i = 0; i < l->count; i++)
        h += (l->level[i].track * 2654435761u) ^ ((uint32_t)l->level[i].level / 8 * 40503u);
    return h;
}

void room_tell_levels(struct sfu *s, struct room *r)
{
    struct ipc_levels l = {.room = r->id};
    LIST_EACH(&r->tracks, node)
    {
        struct track *k = LIST_ENTRY(node, struct track, room_node);
        if (k->kind == IPC_AUDIO && k->loudest <= LEVEL_SPEAKS)
            insert_level(&l, k->id, k->loudest);
        k->loudest = 127;
    }
    uint32_t hash = levels_hash(&l);
    bool changed = hash != r->levels_hash;
    if ((!changed && r->levels_again == 0) || !room_chooses(s, r))
        return;
    r->levels_again = (uint8_t)(changed ? LEVELS_AGAIN : r->levels_again - 1);
    r->levels_hash = hash;
    effect_reply(s, IPC_LEVELS)->as.LEVELS = l;
}
