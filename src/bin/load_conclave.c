/* Our own server as a system to load: each participant is a WebSocket session that opens its
 * transports, publishes and subscribes, as docs/wire/signalling.md has it.
 *
 *     hello, transport_open (send, recv) -> welcome, transport -> transport_connect
 *     send connected -> publish -> published: media flows
 *     recv known, a track heard of -> subscribe -> subscribed -> subscription_set
 *
 * knows: signalling. knows not: sockets (load_conclave_wire.c), media (load_peer.c).
 * owns: the sessions. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/load_conclave.h"
#include "crypt/cert.h"
#include "crypt/crypt.h"

enum {
    EXT_MID = 1,
    EXT_RID = 2,
    EXT_RRID = 3,
    EXT_SEND_TIME = 4,
    EXT_TWCC = 5,
    EXT_LEVEL = 6,
    AUDIO_PT = 111,
    VIDEO_PT = 96,
    VIDEO_RTX_PT = 97,
    TILE_WIDTH = 320, /* of a tile, and of the lowest encoding */
    TILE_HEIGHT = 180,
};

enum request {
    REQUEST_NONE,
    REQUEST_HELLO,
    REQUEST_TRANSPORT, /* about: enum load_dir */
    REQUEST_PUBLISH,   /* about: the client's track */
    REQUEST_SUBSCRIBE,
    REQUEST_VOICES,
    REQUEST_OTHER, /* only a refusal matters */
};

struct under_way {
    uint32_t n;
    enum request what;
    int about;
};

struct hall_session {
    struct hall *hall;
    struct load_peer *peer;              /* NULL: it left, the connection may still close */
    struct hall_session *next, **before; /* among all */
    struct hall_wire wire;
    uint32_t next_n;
    struct under_way under_way[HALL_UNDER_WAY];
    uint32_t waiting; /* requests without an answer */
    uint32_t transport[2];
    uint32_t tracks[LOAD_TRACKS]; /* the server's numbers, by the client's */
    bool connected[2], published;
    uint32_t video, audio; /* subscribed or asked for */
    uint32_t heard_count, heard_cap;
    struct heard *heard; /* *owned*: tracks that cannot be asked for yet */
};

struct heard {
    uint32_t track;
    bool video;
};

struct hall {
    struct load *load;
    bool tiles, voice_slots;
    struct hall_net *net;
    struct hall_room *rooms; /* *owned* */
    struct hall_session *sessions;
};

/* ---- requests ---- */

static void ask(struct hall_session *s, json_t *message, enum request what, int about)
{
    uint32_t n = ++s->next_n;
    (void)json_object_set_new(message, "n", json_integer((json_int_t)n));
    s->under_way[n % HALL_UNDER_WAY] = (struct under_way){n, what, about};
    s->waiting++;
    hall_wire_send(&s->wire, message);
}

static struct under_way answered(struct hall_session *s, json_int_t n)
{
    struct under_way *u = &s->under_way[(uint32_t)n % HALL_UNDER_WAY];
    struct under_way was = *u;
    if (n <= 0 || was.n != (uint32_t)n)
        return (struct under_way){0};
    *u = (struct under_way){0};
    s->waiting--;
    return was;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static uint32_t number_of(const json_t *o, const char *key)
{
    json_int_t v = json_integer_value(json_object_get(o, key));
    return v > 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static void fail(struct hall_session *s, const char *why)
{
    if (s->peer)
        load_failed(s->peer, why);
}

/* All that was wanted is there. With tiles one takes what there is: others are still to come. */
static void look_settled(struct hall_session *s)
{
    const struct load_peer *p = s->peer;
    bool sends = !p->publishes || s->published, hears = !p->watches || s->connected[LOAD_RECV];
    bool all = s->hall->tiles || (s->video >= p->want_video && s->audio >= p->want_audio);
    if (s->waiting == 0 && sends && hears && all)
        load_settled(s->peer);
}

static void say_hello(struct hall_session *s)
{
    const struct hall_room *r = &s->hall->rooms[s->peer->room];
    uint8_t id[LIMIT_PARTICIPANT];
    char participant[TEXT_BASE64URL_LEN(LIMIT_PARTICIPANT) + 1];
    (void)crypt_random(id, sizeof id);
    text_base64url(participant, span_of(id, sizeof id));
    json_t *hello = json_pack("{s:s, s:i, s:s, s:s, s:s}", "t", "hello", "v", 2, "meeting",
                              r->meeting, "access", r->access, "participant", participant);
    if (s->peer->publishes && r->host_proof[0])
        (void)json_object_set_new(hello, "host", json_string(r->host_proof));
    ask(s, hello, REQUEST_HELLO, 0);
}

static void open_transport(struct hall_session *s, enum load_dir dir)
{
    ask(s,
        json_pack("{s:s, s:s}", "t", "transport_open", "dir", dir == LOAD_SEND ? "send" : "recv"),
        REQUEST_TRANSPORT, (int)dir);
}

/* ---- transports ---- */

static bool read_address(const json_t *o, struct sockaddr_storage *out)
{
    size_t i;
    json_t *c;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    memset(out, 0, sizeof *out);
    json_array_foreach(json_object_get(o, "candidates"), i, c)
    {
        uint16_t port = htons((uint16_t)number_of(c, "port"));
        if (strcmp(text_of(c, "protocol"), "udp") != 0)
            continue;
        if (inet_pton(AF_INET, text_of(c, "ip"), &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = port;
            return true;
        }
        if (inet_pton(AF_INET6, text_of(c, "ip"), &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = port;
            return true;
        }
    }
    return false;
}

static void ask_for(struct hall_session *s, uint32_t track, bool video);
static void open_voices(struct hall_session *s);

static void connect_transport(struct hall_session *s, enum load_dir dir, const json_t *o)
{
    const json_t *ice = json_object_get(o, "ice");
    const json_t *dtls = json_object_get(o, "dtls");
    const json_t *print = json_array_get(json_object_get(dtls, "fingerprints"), 0);
    const struct load_local *local = load_local(s->peer, dir);
    struct client_remote remote = {.ufrag = text_of(ice, "usernameFragment"),
                                   .pwd = text_of(ice, "password")};
    struct sockaddr_storage address;
    char ours[CERT_FINGERPRINT_TEXT + 1];
    if (!local || !read_address(o, &address) ||
        cert_fingerprint_parse(span_str(text_of(print, "value")), remote.fingerprint) != ERR_OK) {
        fail(s, "the server's transport cannot be used");
        return;
    }
    s->transport[dir] = number_of(o, "transport");
    if (dir == LOAD_RECV)
        load_step(s->peer, STEP_ADDRESS);
    cert_fingerprint_text(local->fingerprint, ours);
    ask(s,
        json_pack("{s:s, s:I, s:s, s:[{s:s, s:s}]}", "t", "transport_connect", "transport",
                  (json_int_t)s->transport[dir], "role", "client", "fingerprints", "algorithm",
                  "sha-256", "value", ours),
        REQUEST_OTHER, 0);
    load_transport(s->peer, dir, &remote, &address);
    if (dir != LOAD_RECV)
        return;
    if (s->hall->voice_slots && s->peer->want_audio > 0)
        open_voices(s);
    for (uint32_t i = 0; i < s->heard_count; i++)
        ask_for(s, s->heard[i].track, s->heard[i].video);
    s->heard_count = 0;
}

/* ---- what one publishes ---- */

static json_t *ext_json(const struct client_track *t)
{
    static const char *const names[IPC_EXT_COUNT_] = {
        [IPC_EXT_MID] = "mid",   [IPC_EXT_RID] = "rid",
        [IPC_EXT_RRID] = "rrid", [IPC_EXT_ABS_SEND_TIME] = "abs_send_time",
        [IPC_EXT_TWCC] = "twcc", [IPC_EXT_AUDIO_LEVEL] = "audio_level"};
    json_t *list = json_array();
    for (int i = 0; i < IPC_EXT_COUNT_; i++)
        if (t->ext[i] != 0)
            (void)json_array_append_new(
                list, json_pack("{s:s, s:i}", "uri", names[i], "id", (int)t->ext[i]));
    return list;
}

static json_t *encodings_json(const struct hall_session *s, const struct client_track *t)
{
    json_t *list = json_array();
    for (int i = 0; i < t->encodings; i++) {
        const struct client_encoding *e = &t->encoding[i];
        json_t *o = e->rid[0] ? json_pack("{s:s}", "rid", e->rid)
                              : json_pack("{s:I}", "ssrc", (json_int_t)e->ssrc);
        if (!e->rid[0] && e->rtx_ssrc)
            (void)json_object_set_new(o, "rtx_ssrc", json_integer((json_int_t)e->rtx_ssrc));
        if (t->kind == IPC_VIDEO && s->hall->tiles) {
            (void)json_object_set_new(o, "width", json_integer(TILE_WIDTH << i));
            (void)json_object_set_new(o, "height", json_integer(TILE_HEIGHT << i));
        }
        (void)json_array_append_new(list, o);
    }
    return list;
}

static void publish(struct hall_session *s, enum ipc_kind kind)
{
    bool video = kind == IPC_VIDEO;
    struct client_track t = {.kind = kind,
                             .pt = video ? VIDEO_PT : AUDIO_PT,
                             .rtx_pt = video ? VIDEO_RTX_PT : 0,
                             .encodings = load_encodings(s->peer, kind),
                             .mid = {video ? '1' : '0'},
                             .cname = "load"};
    t.ext[IPC_EXT_MID] = EXT_MID;
    t.ext[IPC_EXT_ABS_SEND_TIME] = EXT_SEND_TIME;
    t.ext[IPC_EXT_TWCC] = EXT_TWCC;
    t.ext[IPC_EXT_AUDIO_LEVEL] = video ? 0 : EXT_LEVEL;
    for (uint8_t i = 0; t.encodings > 1 && i < t.encodings; i++) {
        t.ext[IPC_EXT_RID] = EXT_RID;
        t.ext[IPC_EXT_RRID] = EXT_RRID;
        t.encoding[i].rid[0] = 'r';
        t.encoding[i].rid[1] = (char)('0' + i);
    }
    int track = load_publish(s->peer, &t);
    if (track < 0) {
        fail(s, "no room for a track");
        return;
    }
    json_t *m =
        json_pack("{s:s, s:I, s:s, s:s, s:b, s:s, s:i, s:o, s:o}", "t", "publish", "transport",
                  (json_int_t)s->transport[LOAD_SEND], "kind", video ? "video" : "audio", "source",
                  video ? "camera" : "mic", "paused", 0, "mid", t.mid, "pt", (int)t.pt, "ext",
                  ext_json(&t), "encodings", encodings_json(s, &t));
    if (t.rtx_pt)
        (void)json_object_set_new(m, "rtx_pt", json_integer(t.rtx_pt));
    ask(s, m, REQUEST_PUBLISH, track);
}

/* ---- what one watches ---- */

static void keep(struct hall_session *s, uint32_t track, bool video)
{
    if (s->heard_count == s->heard_cap) {
        uint32_t cap = s->heard_cap ? 2 * s->heard_cap : 16;
        struct heard *more = realloc(s->heard, cap * sizeof *more);
        if (!more)
            return;
        s->heard = more;
        s->heard_cap = cap;
    }
    s->heard[s->heard_count++] = (struct heard){track, video};
}

static void ask_for(struct hall_session *s, uint32_t track, bool video)
{
    uint32_t *have = video ? &s->video : &s->audio;
    uint32_t want = video ? s->peer->want_video : s->peer->want_audio;
    if (*have >= want)
        return;
    (*have)++;
    ask(s,
        json_pack("{s:s, s:I, s:I}", "t", "subscribe", "transport",
                  (json_int_t)s->transport[LOAD_RECV], "track", (json_int_t)track),
        REQUEST_SUBSCRIBE, video);
}

/* The loudest microphones in so many streams: no track of audio is asked for then. */
static void open_voices(struct hall_session *s)
{
    s->audio = s->peer->want_audio;
    ask(s,
        json_pack("{s:s, s:I, s:i}", "t", "voices_open", "transport",
                  (json_int_t)s->transport[LOAD_RECV], "slots", (int)s->peer->want_audio),
        REQUEST_VOICES, 0);
}

static void hear_of(struct hall_session *s, const json_t *track)
{
    uint32_t id = number_of(track, "track");
    bool video = strcmp(text_of(track, "kind"), "video") == 0;
    uint32_t want = video ? s->peer->want_video : s->peer->want_audio;
    if (id == 0 || want == 0)
        return;
    if (s->transport[LOAD_RECV])
        ask_for(s, id, video);
    else if (s->heard_count < 2 * (s->peer->want_video + s->peer->want_audio) + 64)
        keep(s, id, video);
}

static void read_ext(const json_t *o, uint8_t ext[IPC_EXT_COUNT_])
{
    static const struct {
        const char *name;
        enum ipc_ext ext;
    } known[] = {{"mid", IPC_EXT_MID},
                 {"abs_send_time", IPC_EXT_ABS_SEND_TIME},
                 {"twcc", IPC_EXT_TWCC},
                 {"audio_level", IPC_EXT_AUDIO_LEVEL},
                 {"orientation", IPC_EXT_ORIENTATION}};
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(o, "ext"), i, e)
    {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strcmp(text_of(e, "uri"), known[k].name) == 0)
                ext[known[k].ext] = (uint8_t)number_of(e, "id");
    }
}

static void subscribed(struct hall_session *s, const json_t *o)
{
    bool video = strcmp(text_of(o, "kind"), "video") == 0;
    struct client_stream stream = {.kind = video ? IPC_VIDEO : IPC_AUDIO,
                                   .ssrc = number_of(o, "ssrc"),
                                   .rtx_ssrc = number_of(o, "rtx_ssrc"),
                                   .pt = (uint8_t)number_of(o, "pt"),
                                   .rtx_pt = (uint8_t)number_of(o, "rtx_pt")};
    read_ext(o, stream.ext);
    if (!load_listen(s->peer, &stream)) {
        fail(s, "no room for a stream");
        return;
    }
    json_t *m = json_pack("{s:s, s:I, s:b, s:i}", "t", "subscription_set", "subscription",
                          (json_int_t)number_of(o, "subscription"), "paused", 0, "layer",
                          (int)s->peer->want_layer);
    if (video && s->hall->tiles) {
        (void)json_object_set_new(m, "width", json_integer(TILE_WIDTH));
        (void)json_object_set_new(m, "height", json_integer(TILE_HEIGHT));
        (void)json_object_set_new(m, "priority", json_integer(0));
    }
    ask(s, m, REQUEST_OTHER, 0);
}

static void voices_opened(struct hall_session *s, const json_t *o)
{
    struct client_stream stream = {.kind = IPC_AUDIO, .pt = (uint8_t)number_of(o, "pt")};
    size_t i;
    json_t *slot;
    read_ext(o, stream.ext);
    json_array_foreach(json_object_get(o, "slots"), i, slot)
    {
        stream.ssrc = number_of(slot, "ssrc");
        if (!load_listen(s->peer, &stream))
            fail(s, "no room for a voice");
    }
}

/* ---- what comes ---- */

static void welcomed(struct hall_session *s, const json_t *o)
{
    size_t i, k;
    json_t *member, *track;
    if (json_is_true(json_object_get(o, "waiting"))) {
        fail(s, "the meeting has a waiting room");
        return;
    }
    load_step(s->peer, STEP_INSIDE);
    json_array_foreach(json_object_get(o, "members"), i, member)
    {
        json_array_foreach(json_object_get(member, "tracks"), k, track) hear_of(s, track);
    }
}

static void refused(struct hall_session *s, const struct under_way *u, const json_t *o)
{
    char why[96];
    /* A track may end between its news and the request for it. */
    if (u->what == REQUEST_SUBSCRIBE && strcmp(text_of(o, "reason"), "not_found") == 0) {
        uint32_t *have = u->about ? &s->video : &s->audio;
        *have -= *have > 0 ? 1 : 0;
        return;
    }
    const char *field = text_of(o, "field");
    (void)snprintf(why, sizeof why, "refused: %.30s%s%.40s", text_of(o, "reason"),
                   field[0] ? " " : "", field);
    fail(s, why);
}

static void take_reply(struct hall_session *s, const struct under_way *u, const json_t *o)
{
    if (strcmp(text_of(o, "t"), "refused") == 0) {
        refused(s, u, o);
        return;
    }
    switch (u->what) {
    case REQUEST_HELLO:
        welcomed(s, o);
        break;
    case REQUEST_TRANSPORT:
        connect_transport(s, (enum load_dir)u->about, o);
        break;
    case REQUEST_PUBLISH:
        if (u->about >= 0 && u->about < LOAD_TRACKS)
            s->tracks[u->about] = number_of(o, "track");
        load_publish_start(s->peer, u->about);
        break;
    case REQUEST_SUBSCRIBE:
        subscribed(s, o);
        break;
    case REQUEST_VOICES:
        voices_opened(s, o);
        break;
    case REQUEST_NONE:
    case REQUEST_OTHER:
        break;
    }
}

/* Also before `published` was read: the server may say so at once. */
static void wanted(struct hall_session *s, const json_t *o)
{
    uint32_t id = number_of(o, "track"), layers = number_of(o, "layers");
    for (int i = 0; id != 0 && i < LOAD_TRACKS; i++)
        if (s->tracks[i] == id)
            load_wanted(s->peer, i, (uint8_t)layers);
}

static void take_event(struct hall_session *s, const json_t *o)
{
    const char *t = text_of(o, "t");
    if (strcmp(t, "track_opened") == 0)
        hear_of(s, o);
    else if (strcmp(t, "track_wanted") == 0)
        wanted(s, o);
    else if (strcmp(t, "media_restarted") == 0)
        fail(s, "a media process restarted");
    else if (strcmp(t, "ended") == 0)
        fail(s, "the meeting ended");
}

static bool starts(struct span text, const char *with)
{
    size_t len = strlen(with);
    return text.len > len && memcmp(text.ptr, with, len) == 0;
}

/* Most events tell of people and tracks that come and go: told from the rest without reading them
 * whole. */
static bool is_of_no_interest(const struct hall_session *s, struct span text)
{
    if (starts(text, "{\"t\":\"track_opened\""))
        return s->video >= s->peer->want_video && s->audio >= s->peer->want_audio;
    static const char *const dull[] = {"{\"t\":\"speakers\"", "{\"t\":\"member_",
                                       "{\"t\":\"subscription_layer\"", "{\"t\":\"voice\"",
                                       "{\"t\":\"transport_state\""};
    for (size_t i = 0; i < sizeof dull / sizeof *dull; i++) {
        if (starts(text, dull[i]))
            return true;
    }
    return false;
}

static void text(struct hall_session *s, struct span message)
{
    if (!s->peer || is_of_no_interest(s, message))
        return;
    json_t *o = json_loadb((const char *)message.ptr, message.len, 0, NULL);
    json_t *re = json_object_get(o, "re");
    if (re) {
        struct under_way u = answered(s, json_integer_value(re));
        if (u.what != REQUEST_NONE)
            take_reply(s, &u, o);
    } else if (o) {
        take_event(s, o);
    }
    json_decref(o);
    look_settled(s);
}

/* ---- life ---- */

static void session_free(struct hall_session *s)
{
    *s->before = s->next;
    if (s->next)
        s->next->before = s->before;
    free(s->heard);
    free(s);
}

static void opened(struct hall_session *s)
{
    if (!s->peer)
        return;
    load_step(s->peer, STEP_SESSION);
    say_hello(s);
    if (s->peer->publishes)
        open_transport(s, LOAD_SEND);
    if (s->peer->watches)
        open_transport(s, LOAD_RECV);
}

static void lost(struct hall_session *s, const char *why)
{
    struct load_peer *p = s->peer;
    if (!p) {
        session_free(s);
        return;
    }
    fail(s, *why ? why : "the connection was lost");
}

static void conclave_join(void *state, struct load_peer *p)
{
    struct hall *h = state;
    struct hall_session *s = calloc(1, sizeof *s);
    if (!s) {
        load_failed(p, "no memory");
        return;
    }
    s->hall = h;
    s->peer = p;
    s->wire.session = s;
    s->next = h->sessions;
    s->before = &h->sessions;
    if (s->next)
        s->next->before = &s->next;
    h->sessions = s;
    p->signal = s;
    if (!hall_wire_open(h->net, &s->wire, &h->rooms[p->room]))
        load_failed(p, "no connection");
}

static void conclave_connected(void *state, struct load_peer *p, enum load_dir dir)
{
    struct hall_session *s = p->signal;
    enum ipc_kind kinds[LOAD_TRACKS];
    (void)state;
    s->connected[dir] = true;
    if (dir == LOAD_SEND) {
        uint32_t count = load_publishes(p, kinds);
        for (uint32_t i = 0; i < count; i++)
            publish(s, kinds[i]);
        s->published = true; /* once nothing waits */
    }
    look_settled(s);
}

static void ping(struct hall_session *s)
{
    hall_wire_send(&s->wire, json_pack("{s:s, s:I}", "t", "ping", "n", (json_int_t)++s->next_n));
}

static void conclave_leave(void *state, struct load_peer *p)
{
    struct hall_session *s = p->signal;
    (void)state;
    if (!s)
        return;
    p->signal = NULL;
    s->peer = NULL;
    if (!s->wire.wsi) { /* lost already, or never there; an attempt under way ends in `lost` */
        return;
    }
    ask(s, json_pack("{s:s}", "t", "leave"), REQUEST_OTHER, 0);
    /* The server hangs up on whoever said it; hanging up first can lose the word on the way. */
    if (s->transport[LOAD_SEND] == 0 && s->transport[LOAD_RECV] == 0)
        hall_wire_hang_up(&s->wire); /* perhaps not inside yet, and then not heard */
}

static void conclave_close(void *state)
{
    struct hall *h = state;
    if (h->net)
        hall_net_close(h->net);
    while (h->sessions)
        session_free(h->sessions);
    free(h->rooms);
    free(h);
}

static void *conclave_open(struct load *l, const struct load_options *o, struct complaint *why)
{
    static const struct hall_hooks hooks = {opened, text, lost, ping};
    struct hall *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->load = l;
    h->tiles = o->profile == LOAD_TILES;
    h->voice_slots = o->voice_slots;
    h->rooms = calloc(o->rooms, sizeof *h->rooms);
    if (!h->rooms || hall_rooms(o, h->rooms, why) != ERR_OK) {
        conclave_close(h);
        return NULL;
    }
    h->net = hall_net_open(&hooks, o->ca, o->insecure);
    if (h->net)
        return h;
    (void)complain(why, "The network library could not start; is --ca a PEM file?");
    conclave_close(h);
    return NULL;
}

static int conclave_descriptor(void *state)
{
    return hall_net_descriptor(((struct hall *)state)->net);
}

static int conclave_wait_ms(void *state)
{
    return hall_net_wait_ms(((struct hall *)state)->net);
}

static void conclave_service(void *state)
{
    hall_net_run(((struct hall *)state)->net);
}

const struct load_adapter load_conclave = {
    .name = "conclave",
    .open = conclave_open,
    .close = conclave_close,
    .descriptor = conclave_descriptor,
    .wait_ms = conclave_wait_ms,
    .service = conclave_service,
    .join = conclave_join,
    .connected = conclave_connected,
    .leave = conclave_leave,
};
