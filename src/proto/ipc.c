/* The table ipc.def as sizes, directions and names, and the check of every field.
 * knows: shapes. knows not: sockets, or what a message makes happen. owns: nothing. */
#include "proto/ipc.h"

#include <stddef.h>

#include "base/bug.h"
#include "proto/frame.h"

struct row {
    const char *name;
    uint32_t size;
    uint8_t from, to;
};

#define HEADER offsetof(struct ipc_message, as)

static const struct row rows[IPC_TYPE_COUNT_] = {
#define IPC(name, from, to, body)                                                                  \
    [IPC_##name] = {#name, (uint32_t)(HEADER + sizeof(struct ipc_##body)), IPC_##from, IPC_##to},
#include "proto/ipc.def"
#undef IPC
};

uint32_t ipc_size(uint32_t type)
{
    return type < IPC_TYPE_COUNT_ ? rows[type].size : 0;
}

const char *ipc_name(uint32_t type)
{
    return type < IPC_TYPE_COUNT_ && rows[type].name ? rows[type].name : "unknown";
}

/* Text in a field of `size` bytes: ends in it, is at least `min` long. */
static bool text_ok(const char *s, size_t size, size_t min)
{
    size_t n = 0;
    while (n < size && s[n])
        n++;
    return n < size && n >= min;
}

#define TEXT_OK(field, min) text_ok((field), sizeof(field), (min))

static bool addr_ok(const struct ipc_addr *a)
{
    return a->family == 4 || a->family == 6;
}

static bool ext_ok(const uint8_t ext[IPC_EXT_COUNT_])
{
    for (size_t i = 0; i < IPC_EXT_COUNT_; i++)
        if (ext[i] > 14) /* RFC 8285 section 4.2: one-byte headers carry ids 1 to 14 */
            return false;
    return true;
}

static bool transport_open_ok(const struct ipc_transport_open *o)
{
    return o->transport && TEXT_OK(o->ufrag, 4) && TEXT_OK(o->pwd, 22); /* RFC 8445 section 5.3 */
}

static bool track_open_ok(const struct ipc_track_open *o)
{
    if (!o->peer || !o->transport || !o->track || o->kind >= IPC_KIND_COUNT_ ||
        o->source >= IPC_SOURCE_COUNT_ || o->paused > 1 || o->pt > 127 || o->rtx_pt > 127)
        return false;
    if (o->codec >= IPC_CODEC_COUNT_ || (o->codec == IPC_OPUS) != (o->kind == IPC_AUDIO) ||
        o->spatial > LIMIT_SPATIAL_LAYERS || o->temporal > LIMIT_TEMPORAL_LAYERS)
        return false;
    if (o->encodings < 1 || o->encodings > LIMIT_TRACK_ENCODINGS || !ext_ok(o->ext))
        return false;
    for (size_t i = 0; i < LIMIT_TRACK_ENCODINGS; i++)
        if (!TEXT_OK(o->encoding[i].rid, 0))
            return false;
    return TEXT_OK(o->mid, 0);
}

static bool subscription_open_ok(const struct ipc_subscription_open *o)
{
    return o->transport && (o->track != 0) == (o->slot == 0) && o->slot <= LIMIT_VOICE_SLOTS &&
           o->subscription && o->pt <= 127 && o->rtx_pt <= 127 && ext_ok(o->ext) &&
           TEXT_OK(o->mid, 0);
}

static bool subscription_set_ok(const struct ipc_subscription_set *o)
{
    return o->subscription && o->paused <= 1 && o->layer < LIMIT_TRACK_ENCODINGS &&
           o->priority < IPC_PRIORITY_COUNT_ && o->width <= LIMIT_PICTURE_SIDE &&
           o->height <= LIMIT_PICTURE_SIDE;
}

static bool levels_ok(const struct ipc_levels *l)
{
    if (!l->room || l->count > IPC_LEVELS_MAX)
        return false;
    for (size_t i = 0; i < l->count; i++)
        if (l->level[i].level > 127)
            return false;
    return true;
}

static bool stray_ok(const struct ipc_stray *s)
{
    return s->target < LIMIT_MEDIA_PROCESSES && addr_ok(&s->remote) && addr_ok(&s->local) &&
           s->len <= IPC_STRAY_MAX;
}

static bool meeting_ok(const struct ipc_meeting *m, size_t id_min)
{
    return TEXT_OK(m->id, id_min) && m->waiting <= 1 && m->descriptor_len <= LIMIT_DESCRIPTOR &&
           m->safe_len <= LIMIT_SAFE;
}

static bool meeting_safe_ok(const struct ipc_meeting_safe *m)
{
    return TEXT_OK(m->id, 1) && m->has_attempts <= 1 && m->safe_len <= LIMIT_SAFE;
}

static bool meeting_row_ok(const struct ipc_meeting_row *r)
{
    return (r->result == ERR_OK || r->result == ERR_NOT_FOUND || r->result == ERR_CONFLICT ||
            r->result == ERR_IO || r->result == ERR_AGAIN || r->result == ERR_BUSY) &&
           meeting_ok(&r->meeting, 0);
}

/* Messages about meetings' rows. */
static bool about_meeting_ok(const struct ipc_message *m)
{
    switch ((enum ipc_type)m->type) {
    case IPC_MEETING_PUT:
        return meeting_ok(&m->as.MEETING_PUT, 1);
    case IPC_MEETING_GET:
    case IPC_MEETING_END:
        return TEXT_OK(m->as.MEETING_GET.id, 1);
    case IPC_MEETING_SAFE:
        return meeting_safe_ok(&m->as.MEETING_SAFE);
    case IPC_MEETING_ROW:
        return meeting_row_ok(&m->as.MEETING_ROW);
    default:
        return false;
    }
}

static bool accounts_ok(const struct ipc_accounts *a)
{
    return a->sign_up <= 1 && TEXT_OK(a->origin, 0) && TEXT_OK(a->oidc_issuer, 0) &&
           TEXT_OK(a->oidc_client, 0) && TEXT_OK(a->oidc_secret, 0) && TEXT_OK(a->oidc_alg, 0) &&
           TEXT_OK(a->oidc_internal, 0) && TEXT_OK(a->oidc_ca, 0);
}

static bool cell_ok(const struct ipc_cell *c)
{
    if (c->on > 1 || c->government > 1 || c->peers > ARRAY_LEN(c->peer))
        return false;
    for (size_t i = 0; i < c->peers; i++)
        if (!TEXT_OK(c->peer[i].centre, 1) || !addr_ok(&c->peer[i].at))
            return false;
    return TEXT_OK(c->centre, c->on) && TEXT_OK(c->zone, c->on) && TEXT_OK(c->node, c->on) &&
           TEXT_OK(c->key, c->on) && TEXT_OK(c->certificate, c->on) &&
           TEXT_OK(c->authority, c->on) && TEXT_OK(c->list, c->on);
}

static bool role_start_ok(const struct ipc_role_start *s)
{
    if (s->index >= LIMIT_MEDIA_PROCESSES || s->media_count < 1 ||
        s->media_count > LIMIT_MEDIA_PROCESSES || !addr_ok(&s->listen) ||
        s->public_count > ARRAY_LEN(s->public_addr) || s->pin > 1)
        return false;
    for (size_t i = 0; i < s->public_count; i++)
        if (!addr_ok(&s->public_addr[i]))
            return false;
    return TEXT_OK(s->data, 1) && TEXT_OK(s->web, 0) && TEXT_OK(s->database, 0) &&
           TEXT_OK(s->embed, 0) && accounts_ok(&s->accounts) && s->hooks.on <= 1 &&
           TEXT_OK(s->hooks.ca, 0) && TEXT_OK(s->hooks.internal, 0) && cell_ok(&s->cell);
}

static bool channel_ok(const struct ipc_channel *c)
{
    return (c->party == IPC_FRONT || c->party == IPC_MEDIA || c->party == IPC_STORE ||
            c->party == IPC_FETCH || c->party == IPC_HOOKS || c->party == IPC_NODES) &&
           c->index < LIMIT_MEDIA_PROCESSES && c->lane < IPC_LANE_COUNT_;
}

static bool room_spread_ok(const struct ipc_room_spread *r)
{
    return r->room && r->home < LIMIT_MEDIA_PROCESSES && (r->spread >> r->home & 1);
}

/* Messages of media processes and about rooms, peers and transports. */
static bool media_ok(const struct ipc_message *m)
{
    switch ((enum ipc_type)m->type) {
    case IPC_RESET:
    case IPC_STATS_ASK:
        return true;
    case IPC_MEDIA_HELLO:
        return m->as.MEDIA_HELLO.index < LIMIT_MEDIA_PROCESSES;
    case IPC_ROOM_OPEN:
    case IPC_ROOM_CLOSE:
        return m->as.ROOM_OPEN.room != 0;
    case IPC_MEDIA_BUSY:
        return m->as.MEDIA_BUSY.percent <= 100;
    case IPC_ROOM_SPREAD:
        return room_spread_ok(&m->as.ROOM_SPREAD);
    case IPC_PEER_OPEN:
    case IPC_PEER_CLOSE:
        return m->as.PEER_OPEN.room && m->as.PEER_OPEN.peer;
    case IPC_TRANSPORT_OPEN:
        return m->as.TRANSPORT_OPEN.peer && transport_open_ok(&m->as.TRANSPORT_OPEN);
    case IPC_TRANSPORT_RESTART:
        return transport_open_ok(&m->as.TRANSPORT_RESTART);
    case IPC_TRANSPORT_CONNECT:
        return m->as.TRANSPORT_CONNECT.transport != 0;
    case IPC_TRANSPORT_CLOSE:
        return m->as.TRANSPORT_CLOSE.transport != 0;
    case IPC_TRANSPORT_STATE:
        return m->as.TRANSPORT_STATE.transport && m->as.TRANSPORT_STATE.state < IPC_STATE_COUNT_ &&
               m->as.TRANSPORT_STATE.reason < ERR_COUNT_;
    case IPC_LEVELS:
        return levels_ok(&m->as.LEVELS);
    case IPC_VOICE:
        return m->as.VOICE.room && m->as.VOICE.slot < LIMIT_VOICE_SLOTS;
    case IPC_TRACK_WANTED:
        return m->as.TRACK_WANTED.track && m->as.TRACK_WANTED.layers <= LIMIT_TRACK_ENCODINGS;
    case IPC_TCP_SOCKET:
        return addr_ok(&m->as.TCP_SOCKET.remote) && addr_ok(&m->as.TCP_SOCKET.local);
    case IPC_STRAY:
    case IPC_STRAY_BACK:
        return stray_ok(&m->as.STRAY);
    case IPC_STATS:
        return m->as.STATS.index < LIMIT_MEDIA_PROCESSES && m->as.STATS.count <= IPC_STATS_MAX;
    case IPC_REFUSED:
        return m->as.REFUSED.type < IPC_TYPE_COUNT_ && m->as.REFUSED.reason < ERR_COUNT_;
    default:
        return false;
    }
}

static bool usage_day_ok(const struct ipc_usage_day *d)
{
    return d->day_ms >= 0 && d->meetings >= 0 && d->participants >= 0 && d->guests >= 0 &&
           d->people >= 0 && d->minutes >= 0 && d->flags <= 3;
}

static bool usage_members_ok(const struct ipc_usage_members *u)
{
    bool ok = u->count <= IPC_ENTRIES && u->day_ms >= 0 && u->run >= 0;
    for (size_t i = 0; ok && i < u->count; i++)
        ok = u->entry[i].first <= 1;
    return ok;
}

static bool usage_ok(const struct ipc_message *m)
{
    if (m->type == IPC_USAGE_ADD)
        return usage_day_ok(&m->as.USAGE_ADD.day) && m->as.USAGE_ADD.first <= 1;
    if (m->type == IPC_USAGE_GET)
        return true;
    if (m->type == IPC_USAGE_MEMBERS)
        return usage_members_ok(&m->as.USAGE_MEMBERS);
    const struct ipc_usage_rows *r = &m->as.USAGE_ROWS;
    if (r->count > IPC_USAGE_MAX || r->more > 1 || r->result >= ERR_COUNT_)
        return false;
    for (size_t i = 0; i < r->count; i++)
        if (!usage_day_ok(&r->day[i]))
            return false;
    return true;
}

/* Messages about accounts, to hosts outside on their behalf, and of figures. */
static bool account_ok(const struct ipc_message *m)
{
    switch ((enum ipc_type)m->type) {
    case IPC_ACCOUNT_ASK:
        return m->as.ACCOUNT_ASK.len <= IPC_ACCOUNT_MAX;
    case IPC_ACCOUNT_ROW:
        return m->as.ACCOUNT_ROW.len <= IPC_ACCOUNT_MAX && m->as.ACCOUNT_ROW.last <= 1 &&
               m->as.ACCOUNT_ROW.more <= 1 && m->as.ACCOUNT_ROW.result < ERR_COUNT_;
    case IPC_FETCH_ASK:
        return TEXT_OK(m->as.FETCH_ASK.url, 1) && TEXT_OK(m->as.FETCH_ASK.form, 0);
    case IPC_FETCH_PART:
        return m->as.FETCH_PART.len <= IPC_FETCH_PART_MAX && m->as.FETCH_PART.last <= 1;
    case IPC_USAGE_ADD:
    case IPC_USAGE_MEMBERS:
    case IPC_USAGE_GET:
    case IPC_USAGE_ROWS:
        return usage_ok(m);
    default:
        return false;
    }
}

static bool hook_ok(const struct ipc_message *m)
{
    const struct ipc_hook_tell *t = &m->as.HOOK_TELL;
    const struct ipc_hook_due *d = &m->as.HOOK_DUE;
    if (m->type == IPC_HOOK_TELL)
        return t->event < IPC_HOOK_EVENTS && TEXT_OK(t->meeting, 1) && t->at_s >= 0;
    if (m->type == IPC_HOOK_DUE)
        return d->event < IPC_HOOK_EVENTS && TEXT_OK(d->url, 1) && TEXT_OK(d->name, 1) &&
               TEXT_OK(d->meeting, 1) && d->at_s >= 0;
    return m->type != IPC_HOOK_DONE || m->as.HOOK_DONE.taken <= 1;
}

/* Messages about tracks and subscriptions. */
static bool track_ok(const struct ipc_message *m)
{
    switch ((enum ipc_type)m->type) {
    case IPC_TRACK_OPEN:
        return track_open_ok(&m->as.TRACK_OPEN);
    case IPC_MIRROR_OPEN:
        return track_open_ok(&m->as.MIRROR_OPEN.track) &&
               m->as.MIRROR_OPEN.home < LIMIT_MEDIA_PROCESSES;
    case IPC_TRACK_SET:
        return m->as.TRACK_SET.track && m->as.TRACK_SET.paused <= 1;
    case IPC_TRACK_CLOSE:
        return m->as.TRACK_CLOSE.track != 0;
    case IPC_SUBSCRIPTION_OPEN:
        return subscription_open_ok(&m->as.SUBSCRIPTION_OPEN);
    case IPC_SUBSCRIPTION_SET:
        return subscription_set_ok(&m->as.SUBSCRIPTION_SET);
    case IPC_SUBSCRIPTION_CLOSE:
        return m->as.SUBSCRIPTION_CLOSE.subscription != 0;
    case IPC_SUBSCRIPTION_LAYER:
        return m->as.SUBSCRIPTION_LAYER.subscription &&
               m->as.SUBSCRIPTION_LAYER.layer < LIMIT_TRACK_ENCODINGS;
    default:
        return false;
    }
}

static bool node_ok(const struct ipc_message *m)
{
    const struct ipc_node_way *w = &m->as.NODE_WAY;
    const struct ipc_node_part *p = &m->as.NODE_SAID;
    const struct ipc_list_part *l = &m->as.LIST_KEEP;
    if (m->type == IPC_LIST_KEEP)
        return l->first <= 1 && l->last <= 1 && l->len > 0 && l->len <= IPC_NODE_PART_MAX;
    if (m->type == IPC_NODE_SAID || m->type == IPC_NODE_SAY)
        return p->way != 0 && p->kind < FRAME_KIND_COUNT_ && p->last <= 1 &&
               p->len <= IPC_NODE_PART_MAX;
    return w->way != 0 && w->up <= 1 && w->dialled <= 1 && TEXT_OK(w->centre, w->up) &&
           TEXT_OK(w->zone, w->up) && TEXT_OK(w->node, w->up);
}

/* Messages about processes, and of other nodes. */
static bool machine_ok(const struct ipc_message *m)
{
    if (m->type == IPC_ROLE_START)
        return role_start_ok(&m->as.ROLE_START);
    if (m->type == IPC_CHANNEL)
        return channel_ok(&m->as.CHANNEL);
    return m->type == IPC_ROLE_READY ? m->as.ROLE_READY.pid != 0 : node_ok(m);
}

/* Every type once, no default: a new row of ipc.def does not compile without its check. */
static bool body_ok(const struct ipc_message *m)
{
    switch ((enum ipc_type)m->type) {
    case IPC_NONE_:
    case IPC_TYPE_COUNT_:
        return false;
    case IPC_TRACK_OPEN:
    case IPC_MIRROR_OPEN:
    case IPC_TRACK_SET:
    case IPC_TRACK_CLOSE:
    case IPC_SUBSCRIPTION_OPEN:
    case IPC_SUBSCRIPTION_SET:
    case IPC_SUBSCRIPTION_CLOSE:
    case IPC_SUBSCRIPTION_LAYER:
        return track_ok(m);
    case IPC_MEETING_PUT:
    case IPC_MEETING_GET:
    case IPC_MEETING_END:
    case IPC_MEETING_SAFE:
    case IPC_MEETING_ROW:
        return about_meeting_ok(m);
    case IPC_ROLE_START:
    case IPC_ROLE_READY:
    case IPC_CHANNEL:
    case IPC_NODE_WAY:
    case IPC_NODE_SAID:
    case IPC_NODE_SAY:
    case IPC_NODE_END:
    case IPC_LIST_KEEP:
        return machine_ok(m);
    case IPC_ACCOUNT_ASK:
    case IPC_ACCOUNT_ROW:
    case IPC_FETCH_ASK:
    case IPC_FETCH_PART:
    case IPC_USAGE_ADD:
    case IPC_USAGE_MEMBERS:
    case IPC_USAGE_GET:
    case IPC_USAGE_ROWS:
        return account_ok(m);
    case IPC_HOOK_TELL:
    case IPC_HOOK_DUE:
    case IPC_HOOK_GONE:
    case IPC_HOOK_DONE:
    case IPC_HOOK_COUNTS:
        return hook_ok(m);
    case IPC_RESET:
    case IPC_STATS_ASK:
    case IPC_MEDIA_HELLO:
    case IPC_MEDIA_BUSY:
    case IPC_ROOM_OPEN:
    case IPC_ROOM_CLOSE:
    case IPC_ROOM_SPREAD:
    case IPC_PEER_OPEN:
    case IPC_PEER_CLOSE:
    case IPC_TRANSPORT_OPEN:
    case IPC_TRANSPORT_CONNECT:
    case IPC_TRANSPORT_RESTART:
    case IPC_TRANSPORT_CLOSE:
    case IPC_TRANSPORT_STATE:
    case IPC_LEVELS:
    case IPC_VOICE:
    case IPC_TRACK_WANTED:
    case IPC_TCP_SOCKET:
    case IPC_STRAY:
    case IPC_STRAY_BACK:
    case IPC_STATS:
    case IPC_REFUSED:
        return media_ok(m);
    }
    return false;
}

enum err ipc_check(const struct ipc_message *m, uint32_t len, enum ipc_party from,
                   enum ipc_party to)
{
    if (len < HEADER || ipc_size(m->type) == 0 || len != ipc_size(m->type))
        return ERR_MALFORMED;
    const struct row *row = &rows[m->type];
    if ((row->from & (unsigned)from) == 0 || (row->to & (unsigned)to) == 0)
        return ERR_FORBIDDEN;
    return body_ok(m) ? ERR_OK : ERR_MALFORMED;
}
