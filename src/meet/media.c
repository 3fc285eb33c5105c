/* Transports, tracks and subscriptions of members: who owns which, and what goes when one goes.
 * knows: ids, ownership, limits. knows not: codecs, keys, addresses; the shell adds those to the
 * effects from the request that it still holds. owns: these things' life. */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"

/* A22: an id is good only in the hands of its owner; another's is answered like one that never
 * was. */
struct transport *meet_own_transport(const struct meet *m, const struct member *p, uint32_t id)
{
    struct transport *t = meet_id_find(m, KEY_TRANSPORT, id);
    return t && DEFENCE(22, t->owner == p) ? t : NULL;
}

static struct track *own_track(const struct meet *m, const struct member *p, uint32_t id)
{
    struct track *t = meet_id_find(m, KEY_TRACK, id);
    return t && DEFENCE(22, t->owner == p) ? t : NULL;
}

static struct subscription *own_subscription(const struct meet *m, const struct member *p,
                                             uint32_t id)
{
    struct subscription *s = meet_id_find(m, KEY_SUBSCRIPTION, id);
    return s && DEFENCE(22, s->owner == p) ? s : NULL;
}

static bool media_ready(const struct meet *m, const struct member *p)
{
    const struct meeting *g = p->meeting;
    return m->media_up[g->media] && !g->stale && (p->n_transports == 0 || m->media_up[p->media]);
}

/* ---- going ---- */

/* Its owner hears of it when `tell`: it did not ask for this. */
static void subscription_drop(struct meet *m, struct subscription *s, bool tell)
{
    struct meet_effect *e =
        tell ? meet_event_member(m, s->owner, MEET_EVENT_SUBSCRIPTION_CLOSED) : NULL;
    if (e)
        e->subscription = s->id;
    if (s->slot > 0)
        s->owner->n_slots--;
    list_remove(&s->node);
    list_remove(&s->transport_node);
    list_remove(&s->track_node);
    meet_id_give(m, KEY_SUBSCRIPTION, s->id);
    pool_give(&m->subscriptions, s->self);
}

void meet_subscriptions_drop(struct meet *m, struct member *p)
{
    LIST_EACH_SAFE(&p->subscriptions, it, next)
    {
        subscription_drop(m, LIST_ENTRY(it, struct subscription, node), false);
    }
}

/* Subscribers and the room hear of it when `tell`. */
static void track_drop(struct meet *m, struct track *t, bool tell)
{
    LIST_EACH_SAFE(&t->subscriptions, it, next)
    {
        subscription_drop(m, LIST_ENTRY(it, struct subscription, track_node), tell);
    }
    if (tell) {
        struct meet_effect *e = meet_event_room(m, t->owner->meeting, 0, MEET_EVENT_TRACK_CLOSED);
        e->track = t->id;
        e->except = t->owner->id;
    }
    t->owner->n_tracks--;
    list_remove(&t->node);
    list_remove(&t->transport_node);
    meet_id_give(m, KEY_TRACK, t->id);
    pool_give(&m->tracks, t->self);
}

static void transport_drop(struct meet *m, struct transport *t, bool tell)
{
    LIST_EACH_SAFE(&t->users, it, next)
    {
        if (t->dir == MEET_SEND)
            track_drop(m, LIST_ENTRY(it, struct track, transport_node), tell);
        else
            subscription_drop(m, LIST_ENTRY(it, struct subscription, transport_node), false);
    }
    if (--t->owner->n_transports == 0)
        meet_place_leave(m, t->owner);
    list_remove(&t->node);
    meet_id_give(m, KEY_TRANSPORT, t->id);
    pool_give(&m->transports, t->self);
}

void meet_media_drop_all(struct meet *m, struct member *p, bool tell)
{
    LIST_EACH_SAFE(&p->transports, it, next)
    {
        transport_drop(m, LIST_ENTRY(it, struct transport, node), tell);
    }
    BUG_IF(!list_empty(&p->tracks) || !list_empty(&p->subscriptions));
}

/* ---- mirrors ---- */

static struct meet_effect *track_effect(struct meet *m, const struct track *t,
                                        enum meet_effect_type type);

void meet_track_mirror(struct meet *m, const struct track *t, uint64_t where)
{
    where &= meet_place_others(t->owner->meeting, t->owner->media);
    if (where)
        track_effect(m, t, MEET_MEDIA_MIRROR_OPEN)->also = where;
}

/* Its home does not know the track any more, or never did. */
static void mirror_close(struct meet *m, const struct track *t)
{
    uint64_t where = meet_place_others(t->owner->meeting, t->owner->media);
    if (where == 0)
        return;
    struct meet_effect *e = track_effect(m, t, MEET_MEDIA_TRACK_CLOSE);
    e->media = (uint32_t)__builtin_ctzll(where);
    e->also = where & (where - 1);
}

static void mirrors_close(struct meet *m, const struct transport *t)
{
    if (t->dir != MEET_SEND)
        return;
    LIST_EACH(&t->users, it)
    mirror_close(m, LIST_ENTRY(it, struct track, transport_node));
}

/* ---- transports ---- */

static struct meet_effect *transport_effect(struct meet *m, const struct transport *t,
                                            enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_media(m, t->owner->meeting, type);
    e->media = t->owner->media;
    e->also = 0;
    e->member = t->owner->id;
    e->transport = t->id;
    return e;
}

static void transport_reply(struct meet *m, const struct meet_command *in,
                            const struct transport *t, enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_add(m, type);
    e->session = in->session;
    e->number = in->number;
    e->transport = t->id;
    e->media = t->owner->media;
}

void meet_transport_open(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct handle h;
    if (!media_ready(m, p)) {
        meet_reply(m, in, MEET_BUSY);
        return;
    }
    if (p->n_transports >= MEET_PEER_TRANSPORTS) {
        meet_reply(m, in, MEET_LIMIT);
        return;
    }
    struct transport *t = pool_take(&m->transports, &h);
    if (!t) {
        meet_reply(m, in, MEET_BUSY);
        return;
    }
    t->self = h;
    t->owner = p;
    t->dir = in->as.open.dir;
    t->id = meet_id_take(m, KEY_TRANSPORT, h);
    list_init(&t->users);
    list_append(&p->transports, &t->node);
    if (p->n_transports++ == 0)
        meet_place_enter(m, p);
    transport_effect(m, t, MEET_MEDIA_TRANSPORT_OPEN);
    transport_reply(m, in, t, MEET_REPLY_TRANSPORT);
}

/* Connect, restart, close: each names one transport of the sender. */
void meet_transport_touch(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct transport *t = meet_own_transport(m, p, in->as.thing.id);
    if (!t) {
        meet_reply(m, in, MEET_NOT_FOUND);
    } else if (in->type == MEET_TRANSPORT_CONNECT) {
        if (t->connected_once) {
            meet_reply(m, in, MEET_STATE); /* the certificate of a transport is said once */
            return;
        }
        t->connected_once = true;
        transport_effect(m, t, MEET_MEDIA_TRANSPORT_CONNECT);
        meet_reply(m, in, MEET_OK);
    } else if (in->type == MEET_TRANSPORT_RESTART) {
        transport_effect(m, t, MEET_MEDIA_TRANSPORT_RESTART);
        transport_reply(m, in, t, MEET_REPLY_TRANSPORT_ICE);
    } else {
        transport_effect(m, t, MEET_MEDIA_TRANSPORT_CLOSE);
        mirrors_close(m, t);
        meet_reply(m, in, MEET_OK);
        transport_drop(m, t, true);
    }
}

/* ---- tracks ---- */

static struct meet_effect *track_effect(struct meet *m, const struct track *t,
                                        enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_media(m, t->owner->meeting, type);
    e->media = t->owner->media;
    e->also = meet_place_others(t->owner->meeting, t->owner->media);
    e->place = t->self.index;
    e->member = t->owner->id;
    e->track = t->id;
    e->kind = (uint8_t)t->kind;
    e->source = (uint8_t)t->source;
    e->flag = t->paused;
    return e;
}

static bool source_fits(enum meet_kind kind, enum meet_source source)
{
    bool audio = source == MEET_MIC || source == MEET_SCREEN_AUDIO;
    return audio == (kind == MEET_AUDIO);
}

/* By a track other than `but`. */
static bool source_taken(const struct member *p, enum meet_source source, const struct track *but)
{
    LIST_EACH(&p->tracks, it)
    {
        const struct track *t = LIST_ENTRY(it, const struct track, node);
        if (t->source == source && t != but)
            return true;
    }
    return false;
}

static enum meet_reason publish_check(const struct meet *m, const struct member *p,
                                      const struct meet_command *in)
{
    const struct transport *via = meet_own_transport(m, p, in->as.publish.transport);
    if (!via)
        return MEET_NOT_FOUND;
    if (via->dir != MEET_SEND || !source_fits(in->as.publish.kind, in->as.publish.source))
        return MEET_BAD;
    uint32_t replaces = in->as.publish.replaces;
    const struct track *old = replaces ? own_track(m, p, replaces) : NULL;
    if (replaces && (!old || old->source != in->as.publish.source))
        return MEET_NOT_FOUND;
    if (old && old->kind != MEET_VIDEO)
        return MEET_BAD; /* a sound would be heard twice */
    if (source_taken(p, in->as.publish.source, old))
        return MEET_CONFLICT;
    return p->n_tracks >= LIMIT_PEER_TRACKS ? MEET_LIMIT : MEET_OK;
}

/* A microphone or camera that is off may be prepared by whoever could be let to switch it on. */
static struct allow publish_allowed(const struct member *p, const struct meet_command *in)
{
    enum meet_source source = in->as.publish.source;
    struct allow a = allow_source(p, source);
    bool off = in->as.publish.paused && (source == MEET_MIC || source == MEET_CAMERA);
    if (a.reason == MEET_DISALLOWED && off)
        a = (struct allow){MEET_OK, NULL};
    return a;
}

void meet_track_publish(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct handle h;
    enum meet_reason r = publish_check(m, p, in);
    struct allow may = publish_allowed(p, in);
    if (r == MEET_OK && may.reason != MEET_OK) {
        meet_refuse(m, in, may.reason, may.field);
        return;
    }
    struct track *t = r == MEET_OK ? pool_take(&m->tracks, &h) : NULL;
    if (!t) {
        meet_reply(m, in, r == MEET_OK ? MEET_BUSY : r);
        return;
    }
    struct transport *via = meet_own_transport(m, p, in->as.publish.transport);
    t->self = h;
    t->owner = p;
    t->kind = in->as.publish.kind;
    t->source = in->as.publish.source;
    t->paused = in->as.publish.paused;
    t->codec = in->as.publish.codec;
    t->needs = in->as.publish.needs;
    t->wanted = UINT8_MAX;
    t->id = meet_id_take(m, KEY_TRACK, h);
    list_init(&t->subscriptions);
    list_append(&p->tracks, &t->node);
    list_append(&via->users, &t->transport_node);
    p->n_tracks++;
    struct meet_effect *opened = track_effect(m, t, MEET_MEDIA_TRACK_OPEN);
    opened->transport = via->id;
    opened->also = 0;
    meet_track_mirror(m, t, UINT64_MAX);
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_PUBLISHED);
    e->session = in->session;
    e->number = in->number;
    e->track = t->id;
    struct meet_effect *told = track_effect(m, t, MEET_EVENT_TRACK_OPENED);
    told->except = p->id;
}

void meet_track_unpublish(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct track *t = own_track(m, p, in->as.thing.id);
    if (!t) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    track_effect(m, t, MEET_MEDIA_TRACK_CLOSE);
    meet_reply(m, in, MEET_OK);
    track_drop(m, t, true);
}

void meet_track_pause(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct track *t = own_track(m, p, in->as.pause.track);
    if (!t) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    struct allow may =
        in->as.pause.paused ? (struct allow){MEET_OK, NULL} : allow_source(p, t->source);
    if (may.reason != MEET_OK) {
        meet_refuse(m, in, may.reason, may.field);
        return;
    }
    meet_reply(m, in, MEET_OK);
    if (t->paused == in->as.pause.paused)
        return;
    t->paused = in->as.pause.paused;
    track_effect(m, t, MEET_MEDIA_TRACK_SET);
    struct meet_effect *told = track_effect(m, t, MEET_EVENT_TRACK_CHANGED);
    told->except = p->id;
}

void meet_track_silence(struct meet *m, struct track *t)
{
    t->paused = true;
    track_effect(m, t, MEET_MEDIA_TRACK_SET);
}

void meet_track_close(struct meet *m, struct track *t)
{
    track_effect(m, t, MEET_MEDIA_TRACK_CLOSE);
    struct meet_effect *e = meet_event_member(m, t->owner, MEET_EVENT_TRACK_CLOSED);
    if (e)
        e->track = t->id;
    track_drop(m, t, true);
}

/* ---- subscriptions ---- */

struct meet_effect *meet_subscription_effect(struct meet *m, const struct subscription *s,
                                             enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_media(m, s->owner->meeting, type);
    e->media = s->owner->media;
    e->also = 0;
    e->member = s->owner->id;
    e->transport = s->transport->id;
    e->subscription = s->id;
    e->slot = s->slot;
    e->kind = (uint8_t)MEET_AUDIO;
    if (!s->track)
        return e;
    e->owner = s->track->owner->id;
    e->track = s->track->id;
    e->kind = (uint8_t)s->track->kind;
    e->source = (uint8_t)s->track->source;
    e->codec = s->track->codec;
    return e;
}

static enum meet_reason subscribe_check(const struct meet *m, const struct member *p,
                                        const struct meet_command *in)
{
    const struct transport *via = meet_own_transport(m, p, in->as.subscribe.transport);
    const struct track *t = meet_id_find(m, KEY_TRACK, in->as.subscribe.track);
    /* A track of another meeting, and one's own, are as if they were not there. */
    if (!via || !t || !DEFENCE(22, t->owner->meeting == p->meeting) || t->owner == p)
        return MEET_NOT_FOUND;
    if (via->dir != MEET_RECV)
        return MEET_BAD;
    if (t->source == MEET_MIC && p->n_slots > 0)
        return MEET_CONFLICT; /* it would be heard twice */
    if (t->needs & ~p->decodes)
        return MEET_UNSUPPORTED; /* its publisher knows, and sends another in its place */
    LIST_EACH(&p->subscriptions, it)
    {
        if (LIST_ENTRY(it, const struct subscription, node)->track == t)
            return MEET_CONFLICT;
    }
    return MEET_OK;
}

struct subscription *meet_subscription_add(struct meet *m, struct transport *via,
                                           struct track *track, uint8_t slot)
{
    struct handle h;
    struct subscription *s = pool_take(&m->subscriptions, &h);
    if (!s)
        return NULL;
    s->self = h;
    s->owner = via->owner;
    s->track = track;
    s->transport = via;
    s->slot = slot;
    s->id = meet_id_take(m, KEY_SUBSCRIPTION, h);
    list_init(&s->track_node);
    list_append(&s->owner->subscriptions, &s->node);
    list_append(&via->users, &s->transport_node);
    if (track)
        list_append(&track->subscriptions, &s->track_node);
    else
        s->owner->n_slots++;
    return s;
}

void meet_subscription_open(struct meet *m, struct member *p, const struct meet_command *in)
{
    enum meet_reason r = subscribe_check(m, p, in);
    struct subscription *s = NULL;
    if (r == MEET_OK)
        s = meet_subscription_add(m, meet_own_transport(m, p, in->as.subscribe.transport),
                                  meet_id_find(m, KEY_TRACK, in->as.subscribe.track), 0);
    if (!s) {
        meet_reply(m, in, r == MEET_OK ? MEET_BUSY : r);
        return;
    }
    meet_subscription_effect(m, s, MEET_MEDIA_SUBSCRIPTION_OPEN);
    struct meet_effect *e = meet_subscription_effect(m, s, MEET_REPLY_SUBSCRIBED);
    e->session = in->session;
    e->number = in->number;
}

void meet_subscription_set(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct subscription *s = own_subscription(m, p, in->as.set.subscription);
    if (!s) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    struct meet_effect *e = meet_subscription_effect(m, s, MEET_MEDIA_SUBSCRIPTION_SET);
    e->flag = in->as.set.paused;
    e->layer = in->as.set.layer;
    e->priority = in->as.set.priority;
    e->width = in->as.set.width;
    e->height = in->as.set.height;
    meet_reply(m, in, MEET_OK);
}

void meet_subscription_end(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct subscription *s = own_subscription(m, p, in->as.thing.id);
    if (!s) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    meet_subscription_effect(m, s, MEET_MEDIA_SUBSCRIPTION_CLOSE);
    meet_reply(m, in, MEET_OK);
    subscription_drop(m, s, false);
}

/* ---- facts from media processes ---- */

static void state_event(struct meet *m, const struct transport *t, enum meet_state state)
{
    struct meet_effect *e = meet_event_member(m, t->owner, MEET_EVENT_TRANSPORT_STATE);
    if (!e)
        return;
    e->transport = t->id;
    e->state = (uint8_t)state;
}

/* A media process that was taken over reaches no meeting of another. */
bool meet_speaks_for(const struct meet_command *in, const struct meeting *g)
{
    return g->media == in->from_media;
}

bool meet_carries(const struct meet_command *in, const struct member *p)
{
    return p->n_transports > 0 && p->media == in->from_media;
}

void meet_media_state(struct meet *m, const struct meet_command *in)
{
    struct transport *t = meet_id_find(m, KEY_TRANSPORT, in->as.state.transport);
    if (!t || !meet_carries(in, t->owner))
        return;
    state_event(m, t, in->as.state.state);
    if (in->as.state.state != MEET_CLOSED)
        return;
    /* Media keeps what it reported until it is told; else its places fill with what ended. */
    transport_effect(m, t, MEET_MEDIA_TRANSPORT_CLOSE);
    mirrors_close(m, t);
    transport_drop(m, t, true);
}

void meet_media_layer(struct meet *m, const struct meet_command *in)
{
    const struct subscription *s = meet_id_find(m, KEY_SUBSCRIPTION, in->as.layer.subscription);
    struct meet_effect *e = s && meet_carries(in, s->owner)
                                ? meet_event_member(m, s->owner, MEET_EVENT_SUBSCRIPTION_LAYER)
                                : NULL;
    if (!e)
        return;
    e->subscription = s->id;
    e->layer = in->as.layer.layer;
}

/* Keeps the loudest level of each member, loudest first; ties by id so that equal facts compare
 * equal. */
static uint32_t levels_place(struct meet_level *out, uint32_t n, struct meet_level v)
{
    for (uint32_t i = 0; i < n; i++) {
        if (out[i].id != v.id)
            continue;
        if (out[i].level <= v.level)
            return n;
        memmove(out + i, out + i + 1, (n - i - 1) * sizeof *out);
        n--;
        break;
    }
    uint32_t at = 0;
    while (at < n && (out[at].level < v.level || (out[at].level == v.level && out[at].id < v.id)))
        at++;
    if (n == MEET_LEVELS)
        return n;
    memmove(out + at + 1, out + at, (n - at) * sizeof *out);
    out[at] = v;
    return n + 1;
}

void meet_media_levels(struct meet *m, const struct meet_command *in, instant_us now)
{
    struct meeting *g = meet_id_find(m, KEY_ROOM, in->as.levels.room);
    if (!g || !meet_speaks_for(in, g) || (g->spoke_at != 0 && now - g->spoke_at < MEET_SPEAKERS_US))
        return;
    struct meet_level levels[MEET_LEVELS];
    uint32_t n = 0;
    memset(levels, 0, sizeof levels);
    for (uint32_t i = 0; i < in->as.levels.count; i++) {
        const struct track *t = meet_id_find(m, KEY_TRACK, in->as.levels.level[i].id);
        if (t && t->owner->meeting == g && !t->paused)
            n = levels_place(levels, n,
                             (struct meet_level){t->owner->id, in->as.levels.level[i].level});
    }
    bool same = n == g->spoken;
    for (uint32_t i = 0; same && i < n; i++)
        same = levels[i].id == g->levels[i].id && levels[i].level == g->levels[i].level;
    if (same)
        return;
    memcpy(g->levels, levels, sizeof levels);
    g->spoken = n;
    g->spoke_at = now;
    struct meet_effect *e = meet_event_room(m, g, 0, MEET_EVENT_SPEAKERS);
    e->levels = g->levels;
    e->count = n;
}

/* What media could not open does not exist; those who count on it hear so. */
void meet_media_refused(struct meet *m, const struct meet_command *in)
{
    uint32_t id = in->as.refused.id;
    struct transport *t;
    struct track *k;
    struct subscription *s;
    switch (in->as.refused.thing) {
    case MEET_A_TRANSPORT:
        if ((t = meet_id_find(m, KEY_TRANSPORT, id)) && meet_carries(in, t->owner)) {
            state_event(m, t, MEET_CLOSED);
            mirrors_close(m, t);
            transport_drop(m, t, true);
        }
        break;
    case MEET_A_TRACK:
        if ((k = meet_id_find(m, KEY_TRACK, id)) && meet_carries(in, k->owner)) {
            mirror_close(m, k);
            struct meet_effect *e = meet_event_member(m, k->owner, MEET_EVENT_TRACK_CLOSED);
            if (e)
                e->track = id;
            track_drop(m, k, true);
        }
        break;
    case MEET_A_SUBSCRIPTION:
        if ((s = meet_id_find(m, KEY_SUBSCRIPTION, id)) && meet_carries(in, s->owner))
            subscription_drop(m, s, true);
        break;
    }
}
