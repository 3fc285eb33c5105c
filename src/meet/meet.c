/* The entry of the meeting core: memory, ids, the permission gate, the effect queue.
 * knows: which command goes where and which action it needs. knows not: what a member, a track or a
 * group does (member.c, media.c, delivery.c), who gets what (view.c). owns: the core's memory
 * layout.
 */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"
#include "policy/permit.h"

/* ---- memory ---- */

static size_t round_up(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static uint32_t cells_for(uint64_t entries)
{
    uint32_t n = 16;
    while ((uint64_t)n * 3 / 4 <= entries)
        n *= 2;
    return n;
}

static uint32_t id_cells(const struct meet_size *s)
{
    return cells_for((uint64_t)s->meetings + s->members + s->transports + s->tracks +
                     s->subscriptions);
}

static size_t pool_bytes(uint32_t count, size_t item)
{
    return round_up(count * item) + round_up(count * sizeof(struct pool_slot));
}

size_t meet_bytes(const struct meet_size *s)
{
    return round_up(sizeof(struct meet)) + pool_bytes(s->meetings, sizeof(struct meeting)) +
           pool_bytes(s->members, sizeof(struct member)) +
           pool_bytes(s->transports, sizeof(struct transport)) +
           pool_bytes(s->tracks, sizeof(struct track)) +
           pool_bytes(s->subscriptions, sizeof(struct subscription)) +
           pool_bytes(s->members, sizeof(struct departed)) +
           pool_bytes(s->pages, sizeof(struct page)) + round_up(LIMIT_GROUP_COMMIT) +
           round_up(MEET_IDS * sizeof(uint32_t)) + round_up(id_cells(s) * sizeof(struct map_cell)) +
           round_up(cells_for(s->members) * sizeof(struct map_cell)) +
           round_up(MEET_EFFECTS * sizeof(struct meet_effect));
}

static void *carve(unsigned char **at, size_t bytes)
{
    void *p = *at;
    *at += round_up(bytes);
    return p;
}

static void carve_pool(unsigned char **at, struct pool *p, uint32_t count, size_t item)
{
    void *items = carve(at, count * item);
    pool_init(p, items, item, carve(at, count * sizeof(struct pool_slot)), count);
}

struct meet *meet_init(void *memory, const struct meet_size *s, uint64_t seed)
{
    BUG_IF(s->media > LIMIT_MEDIA_PROCESSES || s->room_members > LIMIT_ROOM_PEERS);
    BUG_IF(s->pages <= s->members + LIMIT_GROUP_COMMIT / COMMITLOG_PAGE);
    unsigned char *at = memory;
    struct meet *m = carve(&at, sizeof *m);
    memset(m, 0, sizeof *m);
    m->size = *s;
    m->next_id = 1;
    list_init(&m->live);
    list_init(&m->away);
    list_init(&m->due);
    list_init(&m->turning);
    m->jitter = seed | 1;
    carve_pool(&at, &m->meetings, s->meetings, sizeof(struct meeting));
    carve_pool(&at, &m->members, s->members, sizeof(struct member));
    carve_pool(&at, &m->transports, s->transports, sizeof(struct transport));
    carve_pool(&at, &m->tracks, s->tracks, sizeof(struct track));
    carve_pool(&at, &m->subscriptions, s->subscriptions, sizeof(struct subscription));
    map_init(&m->ids, carve(&at, id_cells(s) * sizeof(struct map_cell)), id_cells(s), seed);
    carve_pool(&at, &m->departed, s->members, sizeof(struct departed));
    carve_pool(&at, &m->pages, s->pages, sizeof(struct page));
    m->scratch = carve(&at, LIMIT_GROUP_COMMIT);
    m->ids_out = carve(&at, MEET_IDS * sizeof(uint32_t));
    uint32_t n = cells_for(s->members);
    map_init(&m->sessions, carve(&at, n * sizeof(struct map_cell)), n, ~seed);
    m->effects = carve(&at, MEET_EFFECTS * sizeof(struct meet_effect));
    return m;
}

/* ---- ids ---- */

static const struct pool *pool_of(const struct meet *m, enum key_kind kind)
{
    switch (kind) {
    case KEY_SESSION:
    case KEY_MEMBER:
        return &m->members;
    case KEY_ROOM:
        return &m->meetings;
    case KEY_TRANSPORT:
        return &m->transports;
    case KEY_TRACK:
        return &m->tracks;
    case KEY_SUBSCRIPTION:
        return &m->subscriptions;
    }
    return NULL;
}

static uint64_t key_of(enum key_kind kind, uint32_t id)
{
    return (uint64_t)kind << 32 | id;
}

uint32_t meet_id_take(struct meet *m, enum key_kind kind, struct handle h)
{
    uint32_t id = m->next_id++;
    BUG_IF(id == 0); /* four thousand million things in one life of the process */
    BUG_IF(!map_put(&m->ids, key_of(kind, id), handle_pack(h)));
    return id;
}

void meet_id_give(struct meet *m, enum key_kind kind, uint32_t id)
{
    BUG_IF(!map_remove(&m->ids, key_of(kind, id)));
}

void *meet_id_find(const struct meet *m, enum key_kind kind, uint32_t id)
{
    uint64_t packed;
    if (!map_get(&m->ids, key_of(kind, id), &packed))
        return NULL;
    return pool_get(pool_of(m, kind), handle_unpack(packed));
}

struct member *meet_member_of(const struct meet *m, uint64_t session)
{
    uint64_t packed;
    if (session == 0 || !map_get(&m->sessions, session, &packed))
        return NULL;
    return pool_get(&m->members, handle_unpack(packed));
}

/* ---- effects ---- */

struct meet_effect *meet_effect_add(struct meet *m, enum meet_effect_type type)
{
    BUG_IF(m->tail - m->head >= MEET_EFFECTS);
    struct meet_effect *e = &m->effects[m->tail++ % MEET_EFFECTS];
    *e = (struct meet_effect){.type = type};
    return e;
}

void meet_refuse(struct meet *m, const struct meet_command *in, enum meet_reason reason,
                 const char *field)
{
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_REFUSED);
    e->session = in->session;
    e->number = in->number;
    e->reason = (uint8_t)reason;
    e->field = field;
}

void meet_reply(struct meet *m, const struct meet_command *in, enum meet_reason reason)
{
    struct meet_effect *e =
        meet_effect_add(m, reason == MEET_OK ? MEET_REPLY_OK : MEET_REPLY_REFUSED);
    e->session = in->session;
    e->number = in->number;
    e->reason = (uint8_t)reason;
}

struct meet_effect *meet_event_room(struct meet *m, const struct meeting *g, uint32_t except,
                                    enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_add(m, type);
    e->room = g->room;
    e->except = except;
    return e;
}

struct meet_effect *meet_event_member(struct meet *m, const struct member *to,
                                      enum meet_effect_type type)
{
    if (to->session == 0)
        return NULL;
    struct meet_effect *e = meet_effect_add(m, type);
    e->session = to->session;
    return e;
}

struct meet_effect *meet_effect_media(struct meet *m, const struct meeting *g,
                                      enum meet_effect_type type)
{
    struct meet_effect *e = meet_effect_add(m, type);
    e->media = g->media;
    e->also = meet_place_others(g, g->media);
    e->home = g->media;
    e->spread = g->spread;
    e->epoch = g->epoch;
    e->room = g->room;
    return e;
}

/* ---- input ---- */

/* Of the commands about what protects a meeting. */
static enum permit_action protection_of(enum meet_command_type type)
{
    switch (type) {
    case MEET_SETTINGS_SET:
        return PERMIT_settings;
    case MEET_SUSPEND:
        return PERMIT_suspend;
    case MEET_MUTE:
    case MEET_RELEASE:
    case MEET_MUTE_ALL:
        return PERMIT_mute;
    case MEET_ROLE_SET:
        return PERMIT_role;
    case MEET_PASSCODE_SET:
        return PERMIT_passcode;
    case MEET_RECORD:
        return PERMIT_record;
    case MEET_REPORT:
        return PERMIT_report;
    default: /* the four about links */
        return PERMIT_link;
    }
}

/* The action that a client's command needs; facts need none. */
enum permit_action meet_action_of(enum meet_command_type type)
{
    switch (type) {
    case MEET_JOIN:
        return PERMIT_join;
    case MEET_TRANSPORT_OPEN:
    case MEET_TRANSPORT_CONNECT:
    case MEET_TRANSPORT_RESTART:
    case MEET_TRANSPORT_CLOSE:
    case MEET_SUBSCRIBE:
    case MEET_SUBSCRIPTION_SET:
    case MEET_VOICES_OPEN:
    case MEET_UNSUBSCRIBE:
        return PERMIT_media;
    case MEET_PUBLISH:
    case MEET_UNPUBLISH:
    case MEET_TRACK_PAUSE:
        return PERMIT_publish;
    case MEET_GROUP_JOIN:
        return PERMIT_group_join;
    case MEET_GROUP_CREATE:
    case MEET_GROUP_RESUME:
    case MEET_GROUP_PART:
    case MEET_GROUP_COMMIT:
    case MEET_GROUP_LOG:
    case MEET_GROUP_INVALID:
    case MEET_GROUP_MESSAGE:
    case MEET_FILE_TOKEN:
        return PERMIT_group;
    case MEET_SETTINGS_SET:
    case MEET_SUSPEND:
    case MEET_MUTE:
    case MEET_RELEASE:
    case MEET_MUTE_ALL:
    case MEET_ROLE_SET:
    case MEET_PASSCODE_SET:
    case MEET_LINK_ADD:
    case MEET_LINK_DROP:
    case MEET_LINKS:
    case MEET_LINK_ROTATE:
    case MEET_RECORD:
    case MEET_REPORT:
        return protection_of(type);
    case MEET_REMOVE:
        return PERMIT_remove;
    case MEET_END:
        return PERMIT_end;
    case MEET_LEAVE:
        return PERMIT_leave;
    case MEET_PING:
        return PERMIT_ping;
    case MEET_CONNECTION_LOST:
    case MEET_SERVER_END:
    case MEET_BLOCK:
    case MEET_BLOCK_SESSION:
    case MEET_PASSCODE_TRIED:
    case MEET_MEDIA_UP:
    case MEET_MEDIA_DOWN:
    case MEET_MEDIA_BUSY:
    case MEET_MEDIA_STATE:
    case MEET_MEDIA_LAYER:
    case MEET_MEDIA_LEVELS:
    case MEET_MEDIA_VOICE:
    case MEET_MEDIA_WANTED:
    case MEET_MEDIA_REFUSED:
    case MEET_TICK:
        return PERMIT_ACTION_COUNT_;
    }
    return PERMIT_ACTION_COUNT_;
}

enum permit_role meet_permit_role(const struct member *p)
{
    static const enum permit_role roles[MEET_ROLE_COUNT_] = {
        [MEET_PARTICIPANT] = PERMIT_PARTICIPANT,
        [MEET_HOST] = PERMIT_HOST,
        [MEET_COHOST] = PERMIT_COHOST,
        [MEET_PRESENTER] = PERMIT_PRESENTER,
        [MEET_VIEWER] = PERMIT_VIEWER,
        [MEET_BOT] = PERMIT_BOT,
        [MEET_OWNER] = PERMIT_OWNER,
    };
    if (!p)
        return PERMIT_OUTSIDE;
    if (!DEFENCE(27, !p->waiting))
        return PERMIT_WAITING;
    return roles[p->role];
}

static void media_up(struct meet *m, uint32_t index)
{
    if (index >= m->size.media)
        return;
    m->media_up[index] = true;
    m->media_busy[index] = 0;
    meet_place_up(m, index);
}

static void media_down(struct meet *m, uint32_t index)
{
    if (index >= m->size.media)
        return;
    m->media_up[index] = false;
    meet_place_down(m, index);
}

static void server_end(struct meet *m, const char *id)
{
    struct meeting *g = meet_find(m, id);
    if (g)
        meet_end(m, g, MEET_END_SERVER);
}

/* What a media process says of a meeting; no client's command comes here, meet_input. */
static void input_media(struct meet *m, const struct meet_command *in, instant_us now)
{
    switch (in->type) {
    case MEET_MEDIA_STATE:
        meet_media_state(m, in);
        break;
    case MEET_MEDIA_LAYER:
        meet_media_layer(m, in);
        break;
    case MEET_MEDIA_LEVELS:
        meet_media_levels(m, in, now);
        break;
    case MEET_MEDIA_VOICE:
        meet_media_voice(m, in);
        break;
    case MEET_MEDIA_WANTED:
        meet_media_wanted(m, in);
        break;
    case MEET_MEDIA_REFUSED:
        meet_media_refused(m, in);
        break;
    default:
        BUG_IF(true);
    }
}

static void input_fact(struct meet *m, const struct meet_command *in, instant_us now)
{
    switch (in->type) {
    case MEET_CONNECTION_LOST:
        meet_member_lost(m, in->session);
        break;
    case MEET_SERVER_END:
        server_end(m, in->as.end.meeting);
        break;
    case MEET_BLOCK:
        host_block(m, in);
        break;
    case MEET_BLOCK_SESSION:
        host_block_session(m, in);
        break;
    case MEET_PASSCODE_TRIED:
        host_passcode_tried(m, in->as.end.meeting);
        break;
    case MEET_MEDIA_UP:
        media_up(m, in->as.media.index);
        break;
    case MEET_MEDIA_DOWN:
        media_down(m, in->as.media.index);
        break;
    case MEET_MEDIA_BUSY:
        if (in->from_media < m->size.media)
            m->media_busy[in->from_media] = in->as.media.busy;
        break;
    case MEET_TICK:
        meet_member_expire(m);
        committer_tick(m);
        meet_codecs_tick(m);
        break;
    default:
        input_media(m, in, now);
        break;
    }
}

/* A client's command, already permitted; p is NULL for MEET_JOIN only. */
static void input_client(struct meet *m, struct member *p, const struct meet_command *in)
{
    static void (*const handlers[])(struct meet *, struct member *, const struct meet_command *) = {
        [MEET_TRANSPORT_OPEN] = meet_transport_open,
        [MEET_TRANSPORT_CONNECT] = meet_transport_touch,
        [MEET_TRANSPORT_RESTART] = meet_transport_touch,
        [MEET_TRANSPORT_CLOSE] = meet_transport_touch,
        [MEET_PUBLISH] = meet_track_publish,
        [MEET_UNPUBLISH] = meet_track_unpublish,
        [MEET_TRACK_PAUSE] = meet_track_pause,
        [MEET_SUBSCRIBE] = meet_subscription_open,
        [MEET_SUBSCRIPTION_SET] = meet_subscription_set,
        [MEET_VOICES_OPEN] = meet_voices_open,
        [MEET_UNSUBSCRIBE] = meet_subscription_end,
        [MEET_GROUP_CREATE] = delivery_create,
        [MEET_GROUP_JOIN] = delivery_join,
        [MEET_GROUP_RESUME] = delivery_resume,
        [MEET_GROUP_PART] = delivery_part,
        [MEET_GROUP_COMMIT] = delivery_commit,
        [MEET_GROUP_LOG] = delivery_log,
        [MEET_GROUP_INVALID] = delivery_invalid,
        [MEET_GROUP_MESSAGE] = delivery_message,
        [MEET_FILE_TOKEN] = meet_member_file_token,
        [MEET_SETTINGS_SET] = host_settings,
        [MEET_SUSPEND] = host_suspend,
        [MEET_MUTE] = host_mute,
        [MEET_RELEASE] = host_release,
        [MEET_MUTE_ALL] = host_mute_all,
        [MEET_ROLE_SET] = host_role,
        [MEET_PASSCODE_SET] = host_passcode,
        [MEET_LINK_ADD] = host_link,
        [MEET_LINK_DROP] = host_link,
        [MEET_LINKS] = host_link,
        [MEET_LINK_ROTATE] = host_link,
        [MEET_RECORD] = host_record,
        [MEET_REPORT] = host_report,
        [MEET_REMOVE] = meet_member_remove,
        [MEET_END] = meet_member_end,
        [MEET_LEAVE] = meet_member_leave,
    };
    if (in->type == MEET_JOIN)
        meet_member_join(m, in);
    else if (in->type == MEET_PING)
        meet_reply(m, in, MEET_OK);
    else
        handlers[in->type](m, p, in);
}

static enum meet_reason reason_of(enum err e)
{
    return e == ERR_STATE ? MEET_STATE : MEET_FORBIDDEN;
}

void meet_input(struct meet *m, const struct meet_command *in, instant_us now)
{
    enum permit_action action = meet_action_of(in->type);
    m->now = now;
    if (action == PERMIT_ACTION_COUNT_) {
        input_fact(m, in, now);
        return;
    }
    BUG_IF(in->session == 0);
    struct member *p = meet_member_of(m, in->session);
    struct permit_verdict v = permit_check(meet_permit_role(p), action);
    if (v.allowed)
        input_client(m, p, in);
    else
        meet_reply(m, in, reason_of(v.reason));
}

/* One meeting of a restarted media process at a time, so that the queue stays bounded. */
static bool reopen_next(struct meet *m)
{
    LIST_EACH(&m->live, it)
    {
        struct meeting *g = LIST_ENTRY(it, struct meeting, node);
        if (g->stale) {
            meet_reopen(m, g);
            return true;
        }
    }
    return false;
}

bool meet_poll(struct meet *m, struct meet_effect *out)
{
    while (m->head == m->tail) {
        m->head = m->tail = 0; /* else the ring's pages would all be touched, one after the other */
        if (m->stale == 0 || !reopen_next(m))
            return false;
    }
    *out = m->effects[m->head++ % MEET_EFFECTS];
    if (out->stored.len > 0) {
        commitlog_read(&m->pages, (struct handle){out->stored.index, out->stored.generation},
                       m->scratch, out->stored.len);
        out->bytes = span_of(m->scratch, out->stored.len);
    }
    return true;
}

instant_us meet_deadline(const struct meet *m)
{
    instant_us due = instant_min(committer_deadline(m), meet_codecs_deadline(m));
    if (list_empty(&m->away))
        return due;
    return instant_min(due, LIST_ENTRY(m->away.next, struct member, away_node)->away_until);
}
