/* Effects of the meeting core become messages: to clients, media processes and the store.
 * knows: both vocabularies, the payload types and header extensions of PROTOCOL. knows not: rules.
 * owns: nothing; codecs and keys come from the request under way (front.request). */
#include "base/bug.h"
#include "base/text.h"
#include "bin/front_pass.h"
#include "bin/hostile.h"
#include "crypt/crypt.h"
#include "io/clock.h"
#include "io/logger.h"

enum { CLOSE_DONE = 1000, CLOSE_RESUMED = 4000 };
enum {
    EXT_ID_MID = 1,
    EXT_ID_ABS = 4,
    EXT_ID_TWCC = 5,
    EXT_ID_LEVEL = 10,
    EXT_ID_ORIENTATION = 11,
    EXT_ID_DEPENDENCY = 12
};

/* How receivers get each codec. Browsers have no RTX for sound and leave it aside. */
static const struct {
    uint8_t pt, rtx;
} payloads[SIGNAL_codec_COUNT_] = {
    [SIGNAL_codec_opus] = {111, 112}, [SIGNAL_codec_vp8] = {96, 97},
    [SIGNAL_codec_vp9] = {98, 99},    [SIGNAL_codec_av1] = {100, 101},
    [SIGNAL_codec_h264] = {102, 103},
};
/* Sound to a receiver that takes RED: the payload is the same, only its name differs, see
 * docs/decisions/0017. */
enum { RED_PT = 63 };

/* SSRCs of subscriptions: two a subscription, from its id, so they never meet. */
enum { SSRC_STEP = 2 };

static_assert((int)SIGNAL_ext_COUNT_ == (int)IPC_EXT_COUNT_, "same extensions");
static_assert((int)SIGNAL_ext_orientation == (int)IPC_EXT_ORIENTATION &&
                  (int)SIGNAL_ext_dependency_descriptor == (int)IPC_EXT_DEPENDENCY,
              "in the same order");
static_assert((int)SIGNAL_codec_COUNT_ == (int)IPC_CODEC_COUNT_ &&
                  (int)SIGNAL_codec_vp8 == (int)IPC_VP8 && (int)SIGNAL_codec_h264 == (int)IPC_H264,
              "same codecs");
static_assert((int)MEET_AUDIO == (int)IPC_AUDIO && (int)MEET_SCREEN_AUDIO == (int)IPC_SCREEN_AUDIO,
              "same kinds and sources");
static_assert((int)MEET_HOST == (int)SIGNAL_role_host &&
                  (int)MEET_OWNER == (int)SIGNAL_role_owner &&
                  (int)MEET_ROLE_COUNT_ == (int)SIGNAL_role_COUNT_,
              "same roles");

const enum signal_set_reason front_reasons[] = {
    [MEET_OK] = SIGNAL_reason_bad_message,      [MEET_BAD] = SIGNAL_reason_bad_message,
    [MEET_NOT_FOUND] = SIGNAL_reason_not_found, [MEET_FULL] = SIGNAL_reason_full,
    [MEET_FORBIDDEN] = SIGNAL_reason_forbidden, [MEET_CONFLICT] = SIGNAL_reason_conflict,
    [MEET_LIMIT] = SIGNAL_reason_limit,         [MEET_BUSY] = SIGNAL_reason_busy,
    [MEET_STATE] = SIGNAL_reason_state,         [MEET_UNSUPPORTED] = SIGNAL_reason_unsupported,
    [MEET_LOCKED] = SIGNAL_reason_locked,       [MEET_DISALLOWED] = SIGNAL_reason_disallowed,
    [MEET_BLOCKED] = SIGNAL_reason_blocked,     [MEET_FIXED] = SIGNAL_reason_fixed,
};

/* ---- to clients ---- */

static struct span written(struct front *f, const struct signal_message *m)
{
    struct writer w = writer_of(f->out, sizeof f->out);
    struct signal_message said = *m;
    hostile_twist(&said);
    BUG_IF(signal_write(&w, &said) != ERR_OK);
    return writer_span(&w);
}

void front_send(struct front *f, uint64_t number, const struct signal_message *m)
{
    f->counts.messages[m->type]++;
    client_send(f, number, written(f, m));
}

/* Written once, queued for each. */
void front_send_audience(struct front *f, const struct meet_effect *e,
                         const struct signal_message *m)
{
    uint32_t cursor = 0;
    uint64_t session;
    struct web_text *text = web_text_take(written(f, m));
    f->counts.messages[m->type]++;
    if (!text)
        return;
    while (meet_audience_next(f->meet, e, &cursor, &session))
        if (!hostile_keeps(m, session))
            client_send_text(f, session, text);
    web_text_give(text);
}

void front_roster(struct front *f, uint64_t session, uint32_t *count,
                  const struct signal_member_info **out)
{
    struct meet_member_view v;
    uint32_t cursor = 0, n = 0;
    while (n < LIMIT_ROOM_PEERS && meet_roster_next(f->meet, session, &cursor, &v)) {
        struct signal_track_info *tracks = f->roster_tracks[n];
        for (uint32_t i = 0; i < v.tracks; i++)
            tracks[i] = (struct signal_track_info){.track = v.track[i].track,
                                                   .kind = v.track[i].kind,
                                                   .source = v.track[i].source,
                                                   .paused = v.track[i].paused};
        f->roster[n++] = (struct signal_member_info){.member = v.member,
                                                     .participant = v.participant,
                                                     .role = v.role,
                                                     .n_tracks = v.tracks,
                                                     .tracks = tracks};
    }
    *count = n;
    *out = f->roster;
}

static void reply_welcome(struct front *f, const struct meet_effect *e)
{
    struct session *s = f->sender;
    struct signal_message m = {.type = SIGNAL_WELCOME, .number = e->number};
    struct meet_group_view g = meet_group_of(f->meet, e->session);
    struct logline l;
    BUG_IF(!s || s->number != e->session || !s->meeting);
    s->joined = true;
    hostile_joined(e->session, e->member);
    if (!e->flag)
        memcpy(s->shown, s->fresh, sizeof s->shown);
    else
        f->counts.resumed++;
    m.as.welcome.member = s->member = e->member;
    m.as.welcome.role = e->role;
    m.as.welcome.resume = span_of(s->shown, sizeof s->shown);
    m.as.welcome.resumed = e->flag;
    m.as.welcome.waiting = e->waiting;
    m.as.welcome.descriptor = span_of(s->meeting->descriptor, s->meeting->descriptor_len);
    m.as.welcome.has_group = m.as.welcome.has_epoch = g.id.len > 0;
    m.as.welcome.group = g.id;
    m.as.welcome.epoch = g.epoch;
    m.as.welcome.rtp = front_capabilities;
    const struct settings *settings = meet_settings_of(f->meet, e->session);
    m.as.welcome.has_settings = settings != NULL;
    if (settings)
        rules_settings(settings, &m.as.welcome.settings);
    front_roster(f, e->session, &m.as.welcome.n_members, &m.as.welcome.members);
    front_send(f, e->session, &m);
    logline_start(&l, "front", e->flag ? "resumed" : "joined");
    logline_int(&l, "member", e->member);
    logline_str(&l, "from", s->tag);
    log_line(&l);
}

static void reply_transport(struct front *f, const struct meet_effect *e)
{
    struct signal_candidate candidates[2 * FRONT_ADDRESSES];
    struct signal_message m = {.type = SIGNAL_TRANSPORT, .number = e->number};
    struct signal_transport *t = &m.as.transport;
    t->transport = e->transport;
    t->ice = f->ice;
    t->candidates = candidates;
    t->n_candidates = address_candidates(f, &f->sender->local, candidates, 2 * FRONT_ADDRESSES);
    t->dtls.role = SIGNAL_server_role_automatic;
    t->dtls.n_fingerprints = 1;
    t->dtls.fingerprints[0].algorithm = SIGNAL_hash_sha_256;
    memcpy(t->dtls.fingerprints[0].value, f->fingerprint[e->media], 32);
    front_send(f, e->session, &m);
}

static void text_number(char *out, char prefix, uint32_t v)
{
    char digits[12];
    size_t n = 0, at = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (prefix)
        out[at++] = prefix;
    while (n > 0)
        out[at++] = digits[--n];
    out[at] = '\0';
}

static uint32_t ssrc_of(uint32_t subscription)
{
    return subscription * SSRC_STEP; /* never 0: ids start at 1; 2^31 of them in one life */
}

/* The ids by which a receiver gets extensions, per kind; 0 none. */
static void ext_of(uint8_t kind, uint8_t codec, uint8_t ext[IPC_EXT_COUNT_])
{
    bool described = codec == SIGNAL_codec_av1 || codec == SIGNAL_codec_h264;
    memset(ext, 0, IPC_EXT_COUNT_);
    ext[IPC_EXT_MID] = EXT_ID_MID;
    ext[IPC_EXT_ABS_SEND_TIME] = EXT_ID_ABS;
    ext[IPC_EXT_TWCC] = EXT_ID_TWCC;
    if (kind == MEET_AUDIO)
        ext[IPC_EXT_AUDIO_LEVEL] = EXT_ID_LEVEL;
    else
        ext[IPC_EXT_ORIENTATION] = EXT_ID_ORIENTATION;
    if (kind == MEET_VIDEO && described)
        ext[IPC_EXT_DEPENDENCY] = EXT_ID_DEPENDENCY;
}

static uint32_t ext_list(struct signal_header_ext *out, const uint8_t ext[IPC_EXT_COUNT_])
{
    uint32_t n = 0;
    for (uint8_t i = 0; i < IPC_EXT_COUNT_; i++)
        if (ext[i] != 0)
            out[n++] = (struct signal_header_ext){.uri = i, .id = ext[i]};
    return n;
}

/* The request that is being answered asks for sound as RED. */
static bool asks_red(const struct front *f)
{
    if (!f->request)
        return false;
    const struct signal_message *m = &f->request->message;
    return (m->type == SIGNAL_SUBSCRIBE && m->as.subscribe.has_red && m->as.subscribe.red) ||
           (m->type == SIGNAL_VOICES_OPEN && m->as.voices_open.has_red && m->as.voices_open.red);
}

static void reply_subscribed(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_SUBSCRIBED, .number = e->number};
    struct signal_subscribed *s = &m.as.subscribed;
    uint8_t ext[IPC_EXT_COUNT_];
    bool video = e->kind == MEET_VIDEO;
    bool screen = e->source == MEET_SCREEN || e->source == MEET_SCREEN_AUDIO;
    s->subscription = e->subscription;
    s->track = e->track;
    s->kind = e->kind;
    text_number(s->mid, '\0', e->subscription);
    s->codec = e->codec;
    s->pt = payloads[e->codec].pt;
    s->has_rtx_pt = s->has_rtx_ssrc = true;
    s->rtx_pt = payloads[e->codec].rtx;
    s->has_red_pt = !video && asks_red(f);
    s->red_pt = RED_PT;
    s->ssrc = ssrc_of(e->subscription);
    s->rtx_ssrc = s->ssrc + 1;
    /* One cname a pair of sources that play in step: camera with mic, screen with its sound. */
    text_number(s->cname, screen ? 's' : 'm', e->owner);
    ext_of(e->kind, e->codec, ext);
    s->n_ext = ext_list(s->ext, ext);
    front_send(f, e->session, &m);
}

static void reply_voices(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_VOICES, .number = e->number};
    struct signal_voices *v = &m.as.voices;
    uint8_t ext[IPC_EXT_COUNT_];
    ext_of(MEET_AUDIO, SIGNAL_codec_opus, ext);
    v->pt = payloads[SIGNAL_codec_opus].pt;
    v->has_rtx_pt = true;
    v->rtx_pt = payloads[SIGNAL_codec_opus].rtx;
    v->has_red_pt = asks_red(f);
    v->red_pt = RED_PT;
    v->n_ext = ext_list(v->ext, ext);
    v->n_slots = e->count;
    for (uint32_t i = 0; i < e->count; i++) {
        struct signal_voice_slot *s = &v->slots[i];
        s->subscription = e->subscription + i;
        s->ssrc = ssrc_of(s->subscription);
        s->has_rtx_ssrc = true;
        s->rtx_ssrc = s->ssrc + 1;
        text_number(s->mid, '\0', s->subscription);
        text_number(s->cname, 'v', i);
    }
    front_send(f, e->session, &m);
}

static void send_reply(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_OK, .number = e->number};
    switch (e->type) {
    case MEET_REPLY_REFUSED:
        session_refuse(f, e->session, e->number, front_reasons[e->reason], e->field);
        return;
    case MEET_REPLY_WELCOME:
        reply_welcome(f, e);
        return;
    case MEET_REPLY_TRANSPORT:
        reply_transport(f, e);
        return;
    case MEET_REPLY_TRANSPORT_ICE:
        m.type = SIGNAL_TRANSPORT_ICE;
        m.as.transport_ice.transport = e->transport;
        m.as.transport_ice.ice = f->ice;
        break;
    case MEET_REPLY_FILE_TOKEN:
        if (!files_token(f->sender)) {
            session_refuse(f, e->session, e->number, SIGNAL_reason_busy, NULL);
            return;
        }
        m.type = SIGNAL_FILE_TOKEN;
        m.as.file_token.token = span_of(f->sender->file_token, sizeof f->sender->file_token);
        break;
    case MEET_REPLY_PUBLISHED:
        m.type = SIGNAL_PUBLISHED;
        m.as.published.track = e->track;
        break;
    case MEET_REPLY_VOICES:
        reply_voices(f, e);
        return;
    case MEET_REPLY_SUBSCRIBED:
        reply_subscribed(f, e);
        return;
    default: /* MEET_REPLY_OK */
        break;
    }
    front_send(f, e->session, &m);
}

/* Events about members. */
static bool member_event(const struct meet_effect *e, struct signal_message *m)
{
    switch (e->type) {
    case MEET_EVENT_MEMBER_JOINED:
        m->type = SIGNAL_MEMBER_JOINED;
        m->as.member_joined = (struct signal_member_joined){
            .member = e->member, .participant = e->bytes, .role = e->role};
        return true;
    case MEET_EVENT_MEMBER_LEFT:
        m->type = SIGNAL_MEMBER_LEFT;
        m->as.member_left = (struct signal_member_left){.member = e->member, .reason = e->left};
        return true;
    case MEET_EVENT_MEMBER_AWAY:
        m->type = SIGNAL_MEMBER_AWAY;
        m->as.member_away = (struct signal_member_away){.member = e->member, .away = e->flag};
        return true;
    case MEET_EVENT_ENDED:
        m->type = SIGNAL_ENDED;
        m->as.ended.reason = e->end;
        return true;
    default:
        return false;
    }
}

/* Events about media. */
static bool media_event(const struct meet_effect *e, struct signal_message *m)
{
    switch (e->type) {
    case MEET_EVENT_TRACK_OPENED:
        m->type = SIGNAL_TRACK_OPENED;
        m->as.track_opened = (struct signal_track_opened){.member = e->member,
                                                          .track = e->track,
                                                          .kind = e->kind,
                                                          .source = e->source,
                                                          .paused = e->flag};
        return true;
    case MEET_EVENT_TRACK_CLOSED:
        m->type = SIGNAL_TRACK_CLOSED;
        m->as.track_closed.track = e->track;
        return true;
    case MEET_EVENT_TRACK_CHANGED:
        m->type = SIGNAL_TRACK_CHANGED;
        m->as.track_changed = (struct signal_track_changed){.track = e->track, .paused = e->flag};
        return true;
    case MEET_EVENT_TRANSPORT_STATE:
        m->type = SIGNAL_TRANSPORT_STATE;
        m->as.transport_state =
            (struct signal_transport_state){.transport = e->transport, .state = e->state};
        return true;
    case MEET_EVENT_MEDIA_RESTARTED:
        m->type = SIGNAL_MEDIA_RESTARTED;
        return true;
    case MEET_EVENT_SUBSCRIPTION_CLOSED:
        m->type = SIGNAL_SUBSCRIPTION_CLOSED;
        m->as.subscription_closed.subscription = e->subscription;
        return true;
    case MEET_EVENT_SUBSCRIPTION_LAYER:
        m->type = SIGNAL_SUBSCRIPTION_LAYER;
        m->as.subscription_layer =
            (struct signal_subscription_layer){.subscription = e->subscription, .layer = e->layer};
        return true;
    case MEET_EVENT_VOICE:
        m->type = SIGNAL_VOICE;
        m->as.voice = (struct signal_voice){
            .slot = e->slot, .has_member = e->member != 0, .member = e->member};
        return true;
    case MEET_EVENT_TRACK_WANTED:
        m->type = SIGNAL_TRACK_WANTED;
        m->as.track_wanted = (struct signal_track_wanted){.track = e->track, .layers = e->layer};
        return true;
    default:
        return false;
    }
}

static void send_speakers(struct front *f, const struct meet_effect *e)
{
    struct signal_level levels[MEET_LEVELS];
    struct signal_message m = {.type = SIGNAL_SPEAKERS};
    for (uint32_t i = 0; i < e->count; i++)
        levels[i] = (struct signal_level){.member = e->levels[i].id, .level = e->levels[i].level};
    m.as.speakers.n_levels = e->count;
    m.as.speakers.levels = levels;
    front_send_audience(f, e, &m);
}

/* VP8 is everybody's. */
static void send_codecs(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_CODECS};
    struct signal_codecs *c = &m.as.codecs;
    c->video[c->n_video++].codec = SIGNAL_codec_vp8;
    for (uint8_t i = 0; i < SIGNAL_codec_COUNT_; i++)
        if (front_codec_bit(i) & e->codec)
            c->video[c->n_video++].codec = i;
    front_send_audience(f, e, &m);
}

static void send_event(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_NONE_};
    if (e->type == MEET_EVENT_SPEAKERS)
        send_speakers(f, e);
    else if (e->type == MEET_EVENT_CODECS)
        send_codecs(f, e);
    else if (e->type >= MEET_EVENT_ADMITTED && e->type <= MEET_EVENT_GROUP_REOPENED)
        front_group_event(f, e);
    else if (member_event(e, &m) || media_event(e, &m))
        front_send_audience(f, e, &m);
}

/* A client that the core knows no more: nothing is lost when its connection closes. */
static void hang_up(struct front *f, const struct meet_effect *e, uint16_t code, const char *why)
{
    struct session *s = session_find(f, e->session);
    if (s)
        s->joined = false;
    if (s)
        s->opened = INSTANT_NEVER;
    client_hang_up(f, e->session, code, why);
}

/* ---- to media ---- */

static void ice_make(struct front *f, uint32_t media)
{
    uint8_t random[4 + 16], index = (uint8_t)media;
    BUG_IF(crypt_random(random, sizeof random) != ERR_OK);
    text_hex(f->ice.usernameFragment, span_of(&index, 1));
    text_hex(f->ice.usernameFragment + 2, span_of(random, 4));
    text_hex(f->ice.password, span_of(random + 4, 16));
    f->ice.iceLite = true;
}

static void fill_transport(struct front *f, const struct meet_effect *e,
                           struct ipc_transport_open *out)
{
    ice_make(f, e->media);
    out->peer = e->member;
    out->transport = e->transport;
    memcpy(out->ufrag, f->ice.usernameFragment, sizeof f->ice.usernameFragment);
    memcpy(out->pwd, f->ice.password, sizeof f->ice.password);
}

static void fill_connect(const struct front *f, const struct meet_effect *e,
                         struct ipc_transport_connect *out)
{
    out->transport = e->transport;
    memcpy(out->fingerprint, f->request->message.as.transport_connect.fingerprints[0].value, 32);
}

static void fill_track(const struct front *f, const struct meet_effect *e,
                       struct ipc_track_open *out)
{
    const struct signal_publish *p = &f->request->message.as.publish;
    out->peer = e->member;
    out->transport = e->transport;
    out->track = e->track;
    out->kind = e->kind;
    out->source = e->source;
    out->paused = e->flag;
    out->pt = (uint8_t)p->pt;
    out->rtx_pt = (uint8_t)p->rtx_pt;
    out->encodings = (uint8_t)p->n_encodings;
    out->codec = p->has_codec ? p->codec : e->kind == MEET_AUDIO ? IPC_OPUS : IPC_VP8;
    out->spatial = (uint8_t)p->spatial;
    out->temporal = (uint8_t)p->temporal;
    memcpy(out->mid, p->mid, sizeof p->mid);
    for (uint32_t i = 0; i < p->n_ext; i++)
        out->ext[p->ext[i].uri] = (uint8_t)p->ext[i].id;
    for (uint32_t i = 0; i < p->n_encodings; i++) {
        out->encoding[i].ssrc = p->encodings[i].ssrc;
        out->encoding[i].rtx_ssrc = p->encodings[i].rtx_ssrc;
        out->encoding[i].width = (uint16_t)p->encodings[i].width;
        out->encoding[i].height = (uint16_t)p->encodings[i].height;
        memcpy(out->encoding[i].rid, p->encodings[i].rid, sizeof p->encodings[i].rid);
    }
}

static void fill_subscription(const struct front *f, const struct meet_effect *e,
                              struct ipc_subscription_open *out)
{
    bool video = e->kind == MEET_VIDEO;
    out->transport = e->transport;
    out->track = e->track;
    out->slot = e->slot;
    out->subscription = e->subscription;
    out->ssrc = ssrc_of(e->subscription);
    out->rtx_ssrc = out->ssrc + 1;
    out->pt = !video && asks_red(f) ? RED_PT : payloads[e->codec].pt;
    out->rtx_pt = payloads[e->codec].rtx;
    ext_of(e->kind, e->codec, out->ext);
    text_number(out->mid, '\0', e->subscription);
}

static enum ipc_type media_type(enum meet_effect_type type)
{
    static const enum ipc_type types[] = {
        [MEET_MEDIA_ROOM_OPEN] = IPC_ROOM_OPEN,
        [MEET_MEDIA_ROOM_CLOSE] = IPC_ROOM_CLOSE,
        [MEET_MEDIA_ROOM_SPREAD] = IPC_ROOM_SPREAD,
        [MEET_MEDIA_PEER_OPEN] = IPC_PEER_OPEN,
        [MEET_MEDIA_PEER_CLOSE] = IPC_PEER_CLOSE,
        [MEET_MEDIA_TRANSPORT_OPEN] = IPC_TRANSPORT_OPEN,
        [MEET_MEDIA_TRANSPORT_CONNECT] = IPC_TRANSPORT_CONNECT,
        [MEET_MEDIA_TRANSPORT_RESTART] = IPC_TRANSPORT_RESTART,
        [MEET_MEDIA_TRANSPORT_CLOSE] = IPC_TRANSPORT_CLOSE,
        [MEET_MEDIA_TRACK_OPEN] = IPC_TRACK_OPEN,
        [MEET_MEDIA_MIRROR_OPEN] = IPC_MIRROR_OPEN,
        [MEET_MEDIA_TRACK_SET] = IPC_TRACK_SET,
        [MEET_MEDIA_TRACK_CLOSE] = IPC_TRACK_CLOSE,
        [MEET_MEDIA_SUBSCRIPTION_OPEN] = IPC_SUBSCRIPTION_OPEN,
        [MEET_MEDIA_SUBSCRIPTION_SET] = IPC_SUBSCRIPTION_SET,
        [MEET_MEDIA_SUBSCRIPTION_CLOSE] = IPC_SUBSCRIPTION_CLOSE,
    };
    return types[type];
}

/* Of rooms, peers and tracks. False: of something else. */
static bool fill_room(struct front *f, const struct meet_effect *e, struct ipc_message *m)
{
    switch (m->type) {
    case IPC_ROOM_OPEN:
    case IPC_ROOM_CLOSE:
        m->as.ROOM_OPEN.room = e->room;
        return true;
    case IPC_ROOM_SPREAD:
        m->as.ROOM_SPREAD = (struct ipc_room_spread){e->room, e->home, e->epoch, e->spread};
        return true;
    case IPC_PEER_OPEN:
    case IPC_PEER_CLOSE:
        m->as.PEER_OPEN = (struct ipc_peer){e->room, e->member};
        return true;
    case IPC_TRACK_OPEN:
        fill_track(f, e, &m->as.TRACK_OPEN);
        f->opened[e->place] = m->as.TRACK_OPEN;
        return true;
    case IPC_MIRROR_OPEN:
        m->as.MIRROR_OPEN = (struct ipc_mirror_open){f->opened[e->place], e->media};
        m->as.MIRROR_OPEN.track.paused = e->flag;
        return true;
    case IPC_TRACK_SET:
        m->as.TRACK_SET = (struct ipc_track_set){e->track, e->flag};
        return true;
    case IPC_TRACK_CLOSE:
        m->as.TRACK_CLOSE.track = e->track;
        return true;
    default:
        return false;
    }
}

/* Of transports and subscriptions. */
static void fill_transport_or_subscription(struct front *f, const struct meet_effect *e,
                                           struct ipc_message *m)
{
    switch (m->type) {
    case IPC_TRANSPORT_OPEN:
    case IPC_TRANSPORT_RESTART:
        fill_transport(f, e, &m->as.TRANSPORT_OPEN);
        break;
    case IPC_TRANSPORT_CONNECT:
        fill_connect(f, e, &m->as.TRANSPORT_CONNECT);
        break;
    case IPC_TRANSPORT_CLOSE:
        m->as.TRANSPORT_CLOSE.transport = e->transport;
        break;
    case IPC_SUBSCRIPTION_OPEN:
        fill_subscription(f, e, &m->as.SUBSCRIPTION_OPEN);
        break;
    case IPC_SUBSCRIPTION_SET:
        m->as.SUBSCRIPTION_SET = (struct ipc_subscription_set){.subscription = e->subscription,
                                                               .paused = e->flag,
                                                               .layer = e->layer,
                                                               .priority = e->priority,
                                                               .width = e->width,
                                                               .height = e->height};
        break;
    default: /* IPC_SUBSCRIPTION_CLOSE */
        m->as.SUBSCRIPTION_CLOSE.subscription = e->subscription;
        break;
    }
}

static void send_media(struct front *f, const struct meet_effect *e)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = media_type(e->type);
    if (!fill_room(f, e, &m))
        fill_transport_or_subscription(f, e, &m);
    if (e->type == MEET_MEDIA_ROOM_CLOSE && !e->flag)
        files_drop(f, e->room);
    uint64_t to = e->also;
    if (e->type != MEET_MEDIA_MIRROR_OPEN)
        to |= UINT64_C(1) << e->media;
    for (uint32_t i = 0; i < LIMIT_MEDIA_PROCESSES && to >> i; i++) {
        if ((to >> i & 1) && !link_send(&f->media[i], &m, -1))
            f->counts.media_lost++;
    }
}

static void send_store_end(struct front *f, const struct meet_effect *e)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_MEETING_END;
    m.as.MEETING_END.request = ask_open(f, ASK_END, 0);
    memcpy(m.as.MEETING_END.id, e->bytes.ptr, e->bytes.len);
    if (!link_send(&f->store, &m, -1))
        front_log("end_not_stored", "why", "no store");
}

/* ---- all ---- */

static void carry_out(struct front *f, const struct meet_effect *e)
{
    usage_effect(f, e);
    hooks_effect(f, e);
    if (rules_effect(f, e))
        return;
    if (e->type <= MEET_REPLY_SUBSCRIBED) {
        send_reply(f, e);
    } else if (e->type == MEET_HANG_UP) {
        hang_up(f, e, e->flag ? CLOSE_RESUMED : CLOSE_DONE, e->flag ? "resumed elsewhere" : "left");
    } else if (e->type <= MEET_EVENT_ENDED) {
        send_event(f, e);
        if (e->type == MEET_EVENT_ENDED)
            hang_up(f, e, CLOSE_DONE, "ended");
    } else if (e->type == MEET_STORE_END) {
        send_store_end(f, e);
    } else {
        send_media(f, e);
    }
}

static void on_wake(uv_timer_t *t)
{
    struct meet_command c = {.type = MEET_TICK};
    front_input(t->data, &c);
}

void front_input(struct front *f, const struct meet_command *c)
{
    struct meet_effect e;
    instant_us now = clock_now();
    meet_input(f->meet, c, now);
    while (meet_poll(f->meet, &e))
        carry_out(f, &e);
    instant_us deadline = meet_deadline(f->meet);
    if (deadline == INSTANT_NEVER)
        uv_timer_stop(&f->wake);
    else
        uv_timer_start(&f->wake, on_wake,
                       deadline > now ? (uint64_t)((deadline - now) / US_PER_MS) + 1 : 0, 0);
}
