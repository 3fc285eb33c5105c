/* The adapter of `conclave-bot load` for Janus's VideoRoom (version 1), so that the bench drives
 * both servers by the same media code. One WebSocket, one session, a handle for each transport:
 *
 *     session -> a room each -> publishers (join with an offer) -> viewers (an offer comes,
 * `start`)
 *
 * Viewers of a room wait until all its publishers are up. It plays audio, video600 and video2500.
 * knows: Janus's API over WebSocket, without TLS or secret, as bench/janus/configure sets it up.
 * knows not: ICE, DTLS, RTP (src/client). owns: the connection and its loop. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/load_janus_sdp.h"
#include "bin/load_texts.h"
#include "io/web_lws.h"

enum {
    HOST_MAX = 128,
    MESSAGE_MAX = 1 << 20, /* bytes of an answer */
    ROOM_FEEDS = 64,
    AUDIO_PT = 111,
    VIDEO_PT = 96,
    VIDEO_RTX_PT = 97,
    EXT_AUDIO_LEVEL = 1,
    EXT_TWCC = 3,
    EXT_MID = 4,
};

/* What a request's answer is for: the first letter of its transaction. */
enum step {
    OF_SESSION = 'S',
    OF_CONTROL = 'C',
    OF_ROOM = 'R',
    OF_HANDLE = 'H',
    OF_JOIN = 'J',
    OF_START = 'T',
    OF_LEAVE = 'D'
};

/* A published stream's place: which handle, which section of its description. */
struct feed {
    uint64_t id;
    uint32_t publisher; /* number of the peer */
    uint32_t count;
    enum ipc_kind kind[LOAD_TRACKS];
};

struct room {
    struct feed feed[ROOM_FEEDS];
    uint32_t feeds;
};

struct side {
    uint64_t handle; /* 0: none yet */
    bool asked;
};

struct participant {
    struct load_peer *peer; /* *borrowed* */
    struct side side[2];    /* by enum load_dir */
    struct feed feed;       /* id 0 until Janus named it */
    int track[LOAD_TRACKS];
};

struct janus {
    struct load *load;
    uint32_t publishers, rooms, rooms_made;
    uint64_t session, control, first_room;
    bool ready; /* session, control handle and rooms are there */
    struct room *room;
    struct participant *peers[LOAD_PEERS_MAX]; /* by number */
    char host[HOST_MAX];
    int port;
    uv_loop_t loop;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws *socket;
    struct texts texts;
    bool lost;
};

/* ---- requests ---- */

/* Sends {"janus": verb, ...more} for that step of that side. Takes over `more`. */
struct request {
    enum step step;
    const char *verb;
    uint32_t number; /* of the peer, or of the room */
    enum load_dir dir;
    uint64_t handle; /* 0: none */
};

static void ask(struct janus *j, const struct request *r, json_t *more)
{
    char transaction[32];
    (void)snprintf(transaction, sizeof transaction, "%c%d.%" PRIu32, (char)r->step, (int)r->dir,
                   r->number);
    json_object_set_new(more, "janus", json_string(r->verb));
    json_object_set_new(more, "transaction", json_string(transaction));
    if (j->session)
        json_object_set_new(more, "session_id", json_integer((json_int_t)j->session));
    if (r->handle)
        json_object_set_new(more, "handle_id", json_integer((json_int_t)r->handle));
    texts_put(&j->texts, j->socket, more);
}

static void ask_handle(struct janus *j, enum step step, uint32_t number, enum load_dir dir)
{
    struct request r = {.step = step, .verb = "attach", .number = number, .dir = dir};
    ask(j, &r, json_pack("{s:s}", "plugin", "janus.plugin.videoroom"));
}

/* As many publishers as are wanted, no cap of bits, and nothing that neither side needs. */
static void ask_room(struct janus *j, uint32_t number)
{
    struct request r = {.step = OF_ROOM, .verb = "message", .number = number, .handle = j->control};
    json_t *body =
        json_pack("{s:s, s:I, s:i, s:i, s:s, s:s, s:b, s:b, s:b, s:b}", "request", "create", "room",
                  (json_int_t)(j->first_room + number), "publishers", ROOM_FEEDS, "bitrate", 0,
                  "audiocodec", "opus", "videocodec", "vp8", "is_private", 1, "videoorient_ext", 0,
                  "playoutdelay_ext", 0, "opus_fec", 0);
    ask(j, &r, json_pack("{s:o}", "body", body));
}

/* ---- a participant comes in ---- */

static bool describe(struct participant *p, struct sdp_section *out)
{
    struct load_peer *peer = p->peer;
    p->feed.count = load_publishes(peer, p->feed.kind);
    for (uint32_t i = 0; i < p->feed.count; i++) {
        bool audio = p->feed.kind[i] == IPC_AUDIO;
        struct client_track track = {.kind = p->feed.kind[i], .encodings = 1, .cname = "load"};
        track.pt = audio ? AUDIO_PT : VIDEO_PT;
        track.rtx_pt = audio ? 0 : VIDEO_RTX_PT;
        track.ext[IPC_EXT_MID] = EXT_MID;
        track.ext[IPC_EXT_TWCC] = EXT_TWCC;
        track.ext[IPC_EXT_AUDIO_LEVEL] = audio ? EXT_AUDIO_LEVEL : 0;
        (void)snprintf(track.mid, sizeof track.mid, "%" PRIu32, i);
        p->track[i] = load_publish(peer, &track);
        if (p->track[i] < 0)
            return false;
        out[i] = (struct sdp_section){.kind = track.kind,
                                      .pt = track.pt,
                                      .rtx_pt = track.rtx_pt,
                                      .ssrc = track.encoding[0].ssrc,
                                      .rtx_ssrc = track.encoding[0].rtx_ssrc};
        memcpy(out[i].ext, track.ext, sizeof track.ext);
        memcpy(out[i].mid, track.mid, sizeof track.mid);
    }
    return true;
}

static json_t *jsep(const char *type, const struct sdp_ours *ours)
{
    char text[SDP_BYTES_MAX];
    return sdp_write(text, ours) ? json_pack("{s:s, s:s}", "type", type, "sdp", text) : NULL;
}

static void ask_publish(struct janus *j, struct participant *p)
{
    struct sdp_section sections[LOAD_TRACKS];
    const struct load_local *local = load_local(p->peer, LOAD_SEND);
    bool ok = local && describe(p, sections);
    struct sdp_ours ours = {local, sections, p->feed.count, true};
    json_t *offer = ok ? jsep("offer", &ours) : NULL;
    if (!offer) {
        load_failed(p->peer, "no transport to publish over");
        return;
    }
    struct request r = {.step = OF_JOIN,
                        .verb = "message",
                        .number = p->peer->number,
                        .handle = p->side[LOAD_SEND].handle};
    json_t *body = json_pack("{s:s, s:s, s:I}", "request", "joinandconfigure", "ptype", "publisher",
                             "room", (json_int_t)(j->first_room + p->peer->room));
    ask(j, &r, json_pack("{s:o, s:o}", "body", body, "jsep", offer));
}

/* The streams that this viewer watches, in the room's order; not its own. */
static json_t *streams_for(const struct room *room, const struct load_peer *peer)
{
    uint32_t left[IPC_KIND_COUNT_] = {
        [IPC_AUDIO] = peer->want_audio, [IPC_VIDEO] = peer->want_video};
    json_t *streams = json_array();
    for (uint32_t i = 0; i < room->feeds; i++) {
        const struct feed *f = &room->feed[i];
        for (uint32_t k = 0; k < f->count && f->publisher != peer->number; k++) {
            char mid[12];
            if (left[f->kind[k]] == 0)
                continue;
            left[f->kind[k]]--;
            (void)snprintf(mid, sizeof mid, "%" PRIu32, k);
            json_array_append_new(streams,
                                  json_pack("{s:I, s:s}", "feed", (json_int_t)f->id, "mid", mid));
        }
    }
    return streams;
}

static void ask_subscribe(struct janus *j, struct participant *p)
{
    struct load_peer *peer = p->peer;
    struct request r = {.step = OF_JOIN,
                        .verb = "message",
                        .number = peer->number,
                        .dir = LOAD_RECV,
                        .handle = p->side[LOAD_RECV].handle};
    json_t *body = json_pack("{s:s, s:s, s:I, s:o}", "request", "join", "ptype", "subscriber",
                             "room", (json_int_t)(j->first_room + peer->room), "streams",
                             streams_for(&j->room[peer->room], peer));
    ask(j, &r, json_pack("{s:o}", "body", body));
}

/* Asks for the handles that this participant may have by now. */
static void advance(struct janus *j, struct participant *p)
{
    struct load_peer *peer = p->peer;
    bool may[2] = {[LOAD_SEND] = peer->publishes,
                   [LOAD_RECV] = peer->watches && j->room[peer->room].feeds >= j->publishers};
    for (int dir = LOAD_SEND; j->ready && dir <= LOAD_RECV; dir++) {
        if (!may[dir] || p->side[dir].asked)
            continue;
        p->side[dir].asked = true;
        ask_handle(j, OF_HANDLE, peer->number, (enum load_dir)dir);
    }
}

static void advance_all(struct janus *j)
{
    for (uint32_t i = 0; i < LOAD_PEERS_MAX; i++)
        if (j->peers[i])
            advance(j, j->peers[i]);
}

/* ---- answers ---- */

static uint64_t whole(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static void refuse(struct participant *p, const json_t *data)
{
    const char *why = json_string_value(json_object_get(data, "error"));
    load_failed(p->peer, why ? why : "Janus refused");
}

static void start_transport(struct participant *p, enum load_dir dir, const struct sdp *theirs)
{
    const struct sockaddr_in *at = (const struct sockaddr_in *)(const void *)&theirs->address;
    struct client_remote remote = {.ufrag = theirs->ufrag, .pwd = theirs->pwd};
    /* libnice checks the pair from its side too, lite or not, and waits for the answer. */
    remote.address = (struct ipc_addr){.family = 4, .port = ntohs(at->sin_port)};
    memcpy(remote.address.ip, &at->sin_addr, sizeof at->sin_addr);
    memcpy(remote.fingerprint, theirs->fingerprint, sizeof remote.fingerprint);
    load_transport(p->peer, dir, &remote, &theirs->address);
}

static void published(struct participant *p, const json_t *data, const struct sdp *theirs)
{
    p->feed.id = whole(data, "id");
    p->feed.publisher = p->peer->number;
    start_transport(p, LOAD_SEND, theirs);
}

/* Janus offers: one stream a section, all over one transport. */
static void offered(struct janus *j, struct participant *p, const struct sdp *theirs)
{
    const struct load_local *local = load_local(p->peer, LOAD_RECV);
    struct sdp_ours ours = {local, theirs->section, theirs->count, false};
    json_t *answer = local ? jsep("answer", &ours) : NULL;
    bool ok = answer != NULL;
    for (uint32_t i = 0; ok && i < theirs->count; i++) {
        const struct sdp_section *s = &theirs->section[i];
        struct client_stream stream = {.kind = s->kind,
                                       .ssrc = s->ssrc,
                                       .pt = s->pt,
                                       .rtx_ssrc = s->rtx_ssrc,
                                       .rtx_pt = s->rtx_ssrc ? s->rtx_pt : 0};
        memcpy(stream.ext, s->ext, sizeof stream.ext);
        ok = load_listen(p->peer, &stream);
    }
    if (!ok) {
        json_decref(answer);
        load_failed(p->peer, "no transport to listen on");
        return;
    }
    struct request r = {.step = OF_START,
                        .verb = "message",
                        .number = p->peer->number,
                        .dir = LOAD_RECV,
                        .handle = p->side[LOAD_RECV].handle};
    ask(j, &r, json_pack("{s:{s:s}, s:o}", "body", "request", "start", "jsep", answer));
    start_transport(p, LOAD_RECV, theirs);
}

static void hear_join(struct janus *j, struct participant *p, enum load_dir dir,
                      const json_t *message)
{
    const json_t *data = json_object_get(json_object_get(message, "plugindata"), "data");
    const char *text = json_string_value(json_object_get(json_object_get(message, "jsep"), "sdp"));
    struct sdp theirs;
    if (!text)
        refuse(p, data);
    else if (!sdp_parse(&theirs, text))
        load_failed(p->peer, "Janus's description has not what is needed");
    else if (dir == LOAD_SEND)
        published(p, data, &theirs);
    else
        offered(j, p, &theirs);
}

static void hear_handle(struct janus *j, struct participant *p, enum load_dir dir, uint64_t handle)
{
    p->side[dir].handle = handle;
    if (handle == 0)
        load_failed(p->peer, "Janus gave no handle");
    else if (dir == LOAD_SEND)
        ask_publish(j, p);
    else
        ask_subscribe(j, p);
}

static void hear_room(struct janus *j)
{
    if (++j->rooms_made < j->rooms) {
        ask_room(j, j->rooms_made);
        return;
    }
    j->ready = true;
    advance_all(j);
}

/* The answer to what was asked in `step` for that peer. */
static void hear_answer(struct janus *j, const char *transaction, const json_t *message)
{
    char step = transaction[0];
    unsigned dir = 0;
    uint32_t number = 0;
    uint64_t id = whole(json_object_get(message, "data"), "id");
    if (sscanf(transaction + 1, "%u.%" SCNu32, &dir, &number) != 2 || dir > LOAD_RECV ||
        number >= LOAD_PEERS_MAX)
        return;
    struct participant *p = j->peers[number];
    if (step == OF_SESSION) {
        j->session = id;
        ask_handle(j, OF_CONTROL, 0, LOAD_SEND);
    } else if (step == OF_CONTROL) {
        j->control = id;
        ask_room(j, 0);
    } else if (step == OF_ROOM) {
        hear_room(j);
    } else if (step == OF_HANDLE && p) {
        hear_handle(j, p, (enum load_dir)dir, id);
    } else if (step == OF_JOIN && p) {
        hear_join(j, p, (enum load_dir)dir, message);
    } else if (step == OF_START && p) {
        load_settled(p->peer);
    }
}

/* ---- events ---- */

static struct participant *owner_of(struct janus *j, uint64_t handle, enum load_dir *dir)
{
    for (uint32_t i = 0; handle && i < LOAD_PEERS_MAX; i++)
        for (int d = LOAD_SEND; j->peers[i] && d <= LOAD_RECV; d++)
            if (j->peers[i]->side[d].handle == handle) {
                *dir = (enum load_dir)d;
                return j->peers[i];
            }
    return NULL;
}

/* A publisher's media arrives: now its room may subscribe to it. */
static void feed_up(struct janus *j, struct participant *p)
{
    struct room *room = &j->room[p->peer->room];
    if (room->feeds == ROOM_FEEDS)
        return;
    room->feed[room->feeds++] = p->feed;
    if (room->feeds >= j->publishers)
        advance_all(j);
}

static void hear_event(struct janus *j, const char *kind, uint64_t sender)
{
    bool up = strcmp(kind, "webrtcup") == 0, gone = strcmp(kind, "hangup") == 0;
    enum load_dir dir = LOAD_SEND;
    struct participant *p = up || gone ? owner_of(j, sender, &dir) : NULL;
    if (p && up && dir == LOAD_SEND)
        feed_up(j, p);
    else if (p && gone)
        load_failed(p->peer, "Janus hung up");
}

static void hear(struct janus *j, struct span text)
{
    json_t *message = json_loadb((const char *)text.ptr, text.len, 0, NULL);
    const char *kind = json_string_value(json_object_get(message, "janus"));
    const char *transaction = json_string_value(json_object_get(message, "transaction"));
    if (kind && transaction && strcmp(kind, "ack") != 0)
        hear_answer(j, transaction, message);
    else if (kind)
        hear_event(j, kind, whole(message, "sender"));
    json_decref(message);
}

/* ---- the connection ---- */

static int take_text(struct janus *j, struct lws *wsi, struct span part)
{
    struct span whole_text;
    enum texts_taken taken = texts_take(&j->texts, wsi, part, MESSAGE_MAX, &whole_text);
    if (taken == TEXTS_WHOLE) {
        hear(j, whole_text);
        texts_free(whole_text);
    }
    return taken == TEXTS_REFUSED ? -1 : 0;
}

static void fall(struct janus *j)
{
    j->socket = NULL;
    for (uint32_t i = 0; !j->lost && i < LOAD_PEERS_MAX; i++)
        if (j->peers[i])
            load_failed(j->peers[i]->peer, "the connection to Janus is gone");
    j->lost = true;
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct janus *j = lws_context_user(lws_get_context(wsi));
    struct request create = {.step = OF_SESSION, .verb = "create"};
    (void)user;
    if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED) {
        j->socket = wsi;
        ask(j, &create, json_object());
    } else if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR ||
               reason == LWS_CALLBACK_CLIENT_CLOSED) {
        fall(j);
    } else if (reason == LWS_CALLBACK_CLIENT_RECEIVE) {
        return take_text(j, wsi, span_of(in, len));
    } else if (reason == LWS_CALLBACK_CLIENT_WRITEABLE) {
        return texts_write(&j->texts, wsi) ? 0 : -1;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {"janus-protocol", on_socket, 0, 65536, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static bool dial(struct janus *j)
{
    void *loops[1] = {&j->loop};
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = j,
        .foreign_loops = loops,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
    };
    j->context = lws_create_context(&info);
    j->vhost = j->context ? lws_create_vhost(j->context, &info) : NULL;
    if (!j->vhost)
        return false;
    struct lws_client_connect_info i = {
        .context = j->context,
        .vhost = j->vhost,
        .address = j->host,
        .port = j->port,
        .path = "/",
        .host = j->host,
        .origin = j->host,
        .protocol = "janus-protocol",
        .local_protocol_name = "janus-protocol",
    };
    return lws_client_connect_via_info(&i) != NULL;
}

/* ---- the table ---- */

static void janus_close(void *s)
{
    struct janus *j = s;
    j->lost = true;
    if (j->context) {
        lws_context_destroy(j->context);
        while (uv_run(&j->loop, UV_RUN_NOWAIT) != 0)
            continue;
        lws_context_destroy(j->context); /* on a foreign loop it takes two, the loop run between */
        (void)uv_loop_close(&j->loop);
    }
    texts_clear(&j->texts);
    for (uint32_t i = 0; i < LOAD_PEERS_MAX; i++)
        free(j->peers[i]);
    free(j->room);
    free(j);
}

static void *janus_open(struct load *l, const struct load_options *o, struct complaint *why)
{
    struct janus *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->load = l;
    j->publishers = o->publishers;
    j->rooms = o->rooms ? o->rooms : 1;
    j->first_room = (uint64_t)getpid() * LOAD_PEERS_MAX;
    j->room = calloc(j->rooms, sizeof *j->room);
    bool address = o->server && sscanf(o->server, "ws://%127[^:/]:%d", j->host, &j->port) == 2;
    if (o->profile == LOAD_TILES)
        (void)complain(why, "The Janus adapter has no simulcast: it cannot play tiles.");
    else if (o->publishers > ROOM_FEEDS)
        (void)complain(why, "The Janus adapter takes at most %d publishers a room.", ROOM_FEEDS);
    else if (!address)
        (void)complain(why, "Janus's address must be given as --server ws://ADDRESS:PORT.");
    else if (j->room && uv_loop_init(&j->loop) == 0 && dial(j))
        return j;
    else
        (void)complain(why, "%s cannot be reached.", o->server);
    janus_close(j);
    return NULL;
}

static int janus_descriptor(void *s)
{
    return uv_backend_fd(&((struct janus *)s)->loop);
}

static int janus_wait_ms(void *s)
{
    return uv_backend_timeout(&((struct janus *)s)->loop);
}

static void janus_service(void *s)
{
    (void)uv_run(&((struct janus *)s)->loop, UV_RUN_NOWAIT);
}

static void janus_join(void *s, struct load_peer *peer)
{
    struct janus *j = s;
    struct participant *p = peer->number < LOAD_PEERS_MAX ? calloc(1, sizeof *p) : NULL;
    if (!p || j->lost) {
        free(p);
        load_failed(peer, j->lost ? "the connection to Janus is gone" : "no memory");
        return;
    }
    p->peer = peer;
    j->peers[peer->number] = p;
    advance(j, p);
}

static void janus_connected(void *s, struct load_peer *peer, enum load_dir dir)
{
    struct participant *p = ((struct janus *)s)->peers[peer->number];
    if (!p || dir != LOAD_SEND)
        return;
    for (uint32_t i = 0; i < p->feed.count; i++)
        load_publish_start(peer, p->track[i]);
    if (!peer->watches)
        load_settled(peer);
}

static void janus_leave(void *s, struct load_peer *peer)
{
    struct janus *j = s;
    struct participant *p = j->peers[peer->number];
    for (int dir = LOAD_SEND; p && dir <= LOAD_RECV; dir++)
        if (p->side[dir].handle) {
            struct request r = {.step = OF_LEAVE, .verb = "detach", .handle = p->side[dir].handle};
            ask(j, &r, json_object());
        }
    free(p);
    j->peers[peer->number] = NULL;
}

const struct load_adapter load_janus = {
    .name = "janus",
    .open = janus_open,
    .close = janus_close,
    .descriptor = janus_descriptor,
    .wait_ms = janus_wait_ms,
    .service = janus_service,
    .join = janus_join,
    .connected = janus_connected,
    .leave = janus_leave,
};
