/* A participant's signalling: meeting, hello, requests, events. See rig.h. */
#include "rig/rig.h"

#include <poll.h>
#include <stdlib.h>

#include "base/text.h"

void rig_meeting_draw(struct rig_meeting *m)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t raw[20];
    char info[64];
    rig_random(raw, sizeof(raw));
    for (int i = 0; i < 20; i++)
        m->id[i] = letters[raw[i] & 31];
    m->id[20] = '\0';
    rig_random(m->secret, 16);
    rig_random(m->host_secret, 16);
    snprintf(info, sizeof(info), "conclave v1 access %s", m->id);
    rig_hkdf(m->access, m->secret, info);
    snprintf(info, sizeof(info), "conclave v1 host %s", m->id);
    rig_hkdf(m->host, m->host_secret, info);
    rig_random(m->descriptor, sizeof(m->descriptor));
    m->waiting = false;
}

static const char *b64(char out[64], const uint8_t in[32])
{
    text_base64url(out, span_of(in, 32));
    return out;
}

void rig_meeting_body(char *out, size_t cap, const struct rig_meeting *m)
{
    char access[64], host[64], descriptor[64];
    snprintf(out, cap, "{\"access\":\"%s\",\"host\":\"%s\",\"id\":\"%s\",\"descriptor\":\"%s\"%s}",
             b64(access, m->access), b64(host, m->host), m->id, b64(descriptor, m->descriptor),
             m->waiting ? ",\"waiting\":true" : "");
}

bool rig_meeting_create(struct rig *r, struct rig_meeting *m)
{
    return rig_meeting_create_as(r, m, false);
}

bool rig_meeting_create_as(struct rig *r, struct rig_meeting *m, bool waiting)
{
    char body[320];
    struct rig_http h;
    rig_meeting_draw(m);
    if (r->options.prefix) {
        char drawn[24];
        memcpy(drawn, m->id, sizeof drawn);
        (void)snprintf(m->id, sizeof m->id, "%.11s-%.20s", r->options.prefix, drawn);
    }
    m->waiting = waiting;
    rig_meeting_body(body, sizeof(body), m);
    rig_http_do(
        r, &(struct rig_http_request){.method = "POST", .path = "/api/meetings", .body = body}, &h);
    if (h.status != 201)
        printf("      POST /api/meetings: %d %s\n", h.status, h.body);
    rig_http_fini(&h);
    return h.status == 201;
}

uint32_t rig_u32(const json_t *o, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(o, key));
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

struct rig_peer *rig_connect(struct rig *r)
{
    struct rig_peer *p = calloc(1, sizeof(*p));
    NEED(r->peers < RIG_PEERS, "fewer participants than the rig holds");
    p->rig = r;
    p->send.fd = p->recv.fd = -1;
    p->ws.tls.fd = -1;
    p->events = json_array();
    p->replies = json_array();
    p->next_n = 1;
    rig_random((uint8_t *)&p->marker, 4);
    if (!rig_ws_open(r, &p->ws, (struct rig_ws_options){0}) || p->ws.status != 101) {
        printf("      upgrade: status %d\n", p->ws.status);
        rig_leave(p, false);
        return NULL;
    }
    r->peer[r->peers++] = p;
    return p;
}

json_t *rig_hello(const struct rig_meeting *m, bool host)
{
    char access[64], proof[64], participant[32];
    uint8_t id[16];
    rig_random(id, sizeof(id));
    text_base64url(participant, span_of(id, sizeof(id)));
    json_t *o = json_pack("{s:s,s:i,s:s,s:s,s:s}", "t", "hello", "v", 2, "meeting", m->id, "access",
                          b64(access, m->access), "participant", participant);
    if (host)
        json_object_set_new(o, "host", json_string(b64(proof, m->host)));
    return o;
}

static void remote_add(struct rig_peer *p, uint32_t member, const json_t *track)
{
    for (int i = 0; i < RIG_REMOTES; i++)
        if (!p->remote[i].track) {
            p->remote[i] = (struct rig_remote){rig_u32(track, "track"), member,
                                               !strcmp(text_of(track, "kind"), "video"), false};
            return;
        }
}

/* The members of a welcome, or of admitted. */
static void roster_add(struct rig_peer *p, const json_t *o)
{
    size_t i, k;
    json_t *member, *track;
    json_array_foreach(json_object_get(o, "members"), i, member)
        json_array_foreach(json_object_get(member, "tracks"), k, track)
            remote_add(p, rig_u32(member, "member"), track);
}

bool rig_welcome(struct rig_peer *p, json_t *reply)
{
    if (!reply || strcmp(text_of(reply, "t"), "welcome") != 0)
        return false;
    p->joined = true;
    p->welcome = json_incref(reply);
    p->member = rig_u32(reply, "member");
    p->as_host = !strcmp(text_of(reply, "role"), "host");
    snprintf(p->resume, sizeof(p->resume), "%s", text_of(reply, "resume"));
    snprintf(p->group.id, sizeof(p->group.id), "%s", text_of(reply, "group"));
    p->group.epoch = rig_u32(reply, "epoch");
    p->next_ping = rig_now() + 5 * US_PER_S;
    roster_add(p, reply);
    return true;
}

struct rig_peer *rig_join(struct rig *r, const struct rig_meeting *m, bool host)
{
    struct rig_peer *p = rig_connect(r);
    if (!p)
        return NULL;
    p->meeting = *m;
    json_t *hello = rig_hello(m, host);
    snprintf(p->participant, sizeof(p->participant), "%s", text_of(hello, "participant"));
    json_t *reply = rig_ask(p, hello);
    bool ok = rig_welcome(p, reply);
    if (!ok) {
        printf("      join: %s\n", rig_verdict(json_incref(reply)));
        rig_leave(p, false);
        p = NULL;
    }
    json_decref(reply);
    return p;
}

void rig_leave(struct rig_peer *p, bool politely)
{
    struct rig *r = p->rig;
    if (politely)
        json_decref(rig_ask(p, json_pack("{s:s}", "t", "leave")));
    for (unsigned i = 0; i < r->peers; i++)
        if (r->peer[i] == p) {
            memmove(r->peer + i, r->peer + i + 1, (r->peers - i - 1) * sizeof(p));
            r->peers--;
        }
    rig_transport_fini(&p->send);
    rig_transport_fini(&p->recv);
    rig_ws_close(&p->ws);
    json_decref(p->welcome);
    json_decref(p->events);
    json_decref(p->replies);
    free(p);
}

void rig_tell(struct rig_peer *p, json_t *request)
{
    json_object_set_new(request, "n", json_integer(p->next_n++));
    char *text = json_dumps(request, JSON_COMPACT);
    rig_ws_send(p->rig, &p->ws, RIG_WS_TEXT, span_str(text));
    free(text);
    json_decref(request);
}

static json_t *take_reply(struct rig_peer *p, uint32_t n)
{
    size_t i;
    json_t *o;
    json_array_foreach(p->replies, i, o) if (rig_u32(o, "re") == n)
    {
        json_incref(o);
        json_array_remove(p->replies, i);
        return o;
    }
    return NULL;
}

json_t *rig_ask(struct rig_peer *p, json_t *request)
{
    uint32_t n = p->next_n;
    rig_tell(p, request);
    return rig_reply(p, n);
}

json_t *rig_reply(struct rig_peer *p, uint32_t n)
{
    json_t *reply = NULL;
    instant_us deadline = rig_now() + 5 * US_PER_S;
    while (!(reply = take_reply(p, n)) && rig_now() < deadline) {
        if (p->ws.closed)
            break;
        rig_pump(p->rig, p->ws.tls.fd, POLLIN, rig_now() + 5 * US_PER_MS);
        rig_signal_read(p);
    }
    return reply;
}

const char *rig_verdict(json_t *reply)
{
    static char word[64];
    const char *t = text_of(reply, "t");
    snprintf(word, sizeof(word), "%s",
             !reply                  ? "none"
             : !strcmp(t, "refused") ? text_of(reply, "reason")
                                     : t);
    json_decref(reply);
    return word;
}

/* Keeps the picture of who sends what; true when the event needs no further keeping. */
static bool note_event(struct rig_peer *p, const char *t, json_t *o)
{
    if (!strcmp(t, "speakers")) {
        p->speakers++;
        return true;
    }
    if (!strcmp(t, "subscription_layer"))
        return true;
    rig_group_event(p, t, o);
    if (!strcmp(t, "admitted"))
        roster_add(p, o);
    if (!strcmp(t, "track_opened"))
        remote_add(p, rig_u32(o, "member"), o);
    for (int i = 0; !strcmp(t, "track_closed") && i < RIG_REMOTES; i++)
        if (p->remote[i].track == rig_u32(o, "track"))
            p->remote[i].track = 0;
    for (int i = 0; !strcmp(t, "subscription_closed") && i < RIG_SUBS; i++)
        if (p->sub[i].id == rig_u32(o, "subscription"))
            p->sub[i].id = 0;
    if (!strcmp(t, "media_restarted"))
        p->media_restarts++;
    return false;
}

void rig_signal_read(struct rig_peer *p)
{
    struct rig_frame f;
    while (rig_ws_next(p->rig, &p->ws, &f)) {
        if (f.opcode != RIG_WS_TEXT)
            continue;
        json_t *o =
            json_loadb((const char *)f.payload.ptr, f.payload.len, JSON_REJECT_DUPLICATES, NULL);
        NEED(o, "the server sends well-formed JSON");
        if (getenv("RIG_TRACE"))
            printf("      <- %u %.*s\n", p->member, (int)f.payload.len,
                   (const char *)f.payload.ptr);
        const char *t = text_of(o, "t");
        if (json_object_get(o, "re")) {
            json_array_append(p->replies, o); /* a ping's answer is shifted out at last */
        } else if (!note_event(p, t, o)) {
            json_array_append(p->events, o);
        }
        if (json_array_size(p->replies) > 32)
            json_array_remove(p->replies, 0);
        if (json_array_size(p->events) > 256)
            json_array_remove(p->events, 0);
        json_decref(o);
    }
}

static json_t *take_event(struct rig_peer *p, const char *type)
{
    size_t i;
    json_t *o;
    json_array_foreach(p->events, i, o) if (!strcmp(text_of(o, "t"), type))
    {
        json_incref(o);
        json_array_remove(p->events, i);
        return o;
    }
    return NULL;
}

json_t *rig_event(struct rig_peer *p, const char *type, int64_t ms)
{
    json_t *o = NULL;
    instant_us deadline = rig_now() + ms * US_PER_MS;
    while (!(o = take_event(p, type)) && rig_now() < deadline && !p->ws.closed)
        rig_pump(p->rig, -1, 0, rig_now() + 5 * US_PER_MS);
    return o ? o : take_event(p, type);
}

/* --- transports, tracks and subscriptions, as signalled --------------------------------------- */

static bool read_fingerprint(uint8_t out[32], const char *text)
{
    size_t len = 0;
    char plain[65];
    for (int i = 0; i < 32; i++)
        for (int k = 0; k < 2; k++)
            plain[2 * i + k] = strlen(text) == 95 ? text[3 * i + k] : '?';
    return text_unhex(out, 32, &len, span_of(plain, 64)) == ERR_OK;
}

bool rig_transport_ask(struct rig_peer *p, bool send)
{
    struct rig_transport *t = send ? &p->send : &p->recv;
    json_t *o =
        rig_ask(p, json_pack("{s:s,s:s}", "t", "transport_open", "dir", send ? "send" : "recv"));
    if (!o || strcmp(text_of(o, "t"), "transport") != 0) {
        printf("      transport_open: %s\n", rig_verdict(o));
        return false;
    }
    memset(t, 0, sizeof(*t));
    t->send = send;
    t->id = rig_u32(o, "transport");
    t->fd = rig_udp_open(p->rig, "127.0.0.1");
    t->started = rig_now();
    const json_t *ice = json_object_get(o, "ice");
    snprintf(t->ufrag, sizeof(t->ufrag), "%s", text_of(ice, "usernameFragment"));
    snprintf(t->pwd, sizeof(t->pwd), "%s", text_of(ice, "password"));
    const json_t *dtls = json_object_get(o, "dtls");
    const json_t *print = json_array_get(json_object_get(dtls, "fingerprints"), 0);
    bool ok = t->fd >= 0 && read_fingerprint(t->fingerprint, text_of(print, "value"));
    bool udp = false;
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(o, "candidates"), i, c) udp =
        udp || (!strcmp(text_of(c, "protocol"), "udp") && rig_u32(c, "port") == p->rig->port);
    NEED(udp, "the server gives a UDP candidate on its port");
    json_decref(o);
    return ok;
}

bool rig_transport_tell(struct rig_peer *p, bool send)
{
    struct rig_transport *t = send ? &p->send : &p->recv;
    return !strcmp(
        rig_verdict(rig_ask(p, json_pack("{s:s,s:I,s:s,s:[{s:s,s:s}]}", "t", "transport_connect",
                                         "transport", (json_int_t)t->id, "role", "client",
                                         "fingerprints", "algorithm", "sha-256", "value",
                                         p->rig->identity.fingerprint_text))),
        "ok");
}

bool rig_transport_open(struct rig_peer *p, bool send)
{
    return rig_transport_ask(p, send) && rig_transport_tell(p, send) &&
           rig_transport_secure(p, send, 8000);
}

static json_t *ext_list(bool video)
{
    json_t *a =
        json_pack("[{s:s,s:i},{s:s,s:i},{s:s,s:i}]", "uri", "mid", "id", RIG_EXT_MID, "uri",
                  "abs_send_time", "id", RIG_EXT_SEND_TIME, "uri", "twcc", "id", RIG_EXT_TWCC);
    json_array_append_new(
        a, video ? json_pack("{s:s,s:i}", "uri", "rid", "id", RIG_EXT_RID)
                 : json_pack("{s:s,s:i}", "uri", "audio_level", "id", RIG_EXT_LEVEL));
    return a;
}

static struct rig_track *publish(struct rig_peer *p, bool video, unsigned layers)
{
    struct rig_track *t = NULL;
    for (int i = 0; i < RIG_TRACKS && !t; i++)
        if (!p->track[i].id)
            t = &p->track[i];
    NEED(t, "fewer tracks than the rig holds");
    if (!p->send.id)
        NEED(rig_transport_open(p, true), "the send transport connects");
    memset(t, 0, sizeof(*t));
    t->video = video;
    t->encodings = layers;
    snprintf(t->mid, sizeof(t->mid), "%d", (int)(t - p->track));
    json_t *list = json_array();
    for (unsigned i = 0; i < layers; i++) {
        struct rig_encoding *e = &t->encoding[i];
        rig_random((uint8_t *)&e->ssrc, 4);
        rig_random((uint8_t *)&e->seq, 2);
        rig_random((uint8_t *)&e->timestamp, 4);
        e->want_key = true;
        if (layers > 1)
            snprintf(e->rid, sizeof(e->rid), "r%u", i);
        json_array_append_new(list, layers > 1 ? json_pack("{s:s}", "rid", e->rid)
                                               : json_pack("{s:I}", "ssrc", (json_int_t)e->ssrc));
    }
    json_t *q =
        json_pack("{s:s,s:I,s:s,s:s,s:b,s:s,s:i,s:o,s:o}", "t", "publish", "transport",
                  (json_int_t)p->send.id, "kind", video ? "video" : "audio", "source",
                  video ? "camera" : "mic", "paused", 0, "mid", t->mid, "pt",
                  video ? RIG_VIDEO_PT : RIG_AUDIO_PT, "ext", ext_list(video), "encodings", list);
    json_t *o = rig_ask(p, q);
    uint32_t id = rig_u32(o, "track");
    if (!id)
        printf("      publish: %s\n", rig_verdict(json_incref(o)));
    json_decref(o);
    t->next = rig_now();
    t->id = id;
    return id ? t : NULL;
}

struct rig_track *rig_publish_audio(struct rig_peer *p)
{
    return publish(p, false, 1);
}

struct rig_track *rig_publish_video(struct rig_peer *p, unsigned layers)
{
    return publish(p, true, layers);
}

static struct rig_sub *subscribe(struct rig_peer *p, struct rig_remote *m)
{
    struct rig_sub *s = NULL;
    for (int i = 0; i < RIG_SUBS && !s; i++)
        if (!p->sub[i].id)
            s = &p->sub[i];
    NEED(s, "fewer subscriptions than the rig holds");
    json_t *o = rig_ask(p, json_pack("{s:s,s:I,s:I}", "t", "subscribe", "transport",
                                     (json_int_t)p->recv.id, "track", (json_int_t)m->track));
    if (!rig_u32(o, "subscription")) {
        printf("      subscribe: %s\n", rig_verdict(o));
        return NULL;
    }
    memset(s, 0, sizeof(*s));
    s->track = m->track;
    s->member = m->member;
    s->video = m->video;
    s->ssrc = rig_u32(o, "ssrc");
    s->rtx_ssrc = rig_u32(o, "rtx_ssrc");
    for (unsigned i = 0; i < p->rig->peers; i++)
        if (p->rig->peer[i]->member == m->member)
            s->marker = p->rig->peer[i]->marker;
    s->id = rig_u32(o, "subscription");
    json_decref(o);
    return s;
}

/* An honest client keeps below the rate that is refused as busy, however fast the machine is. */
static void keep_the_rate(struct rig_peer *p, uint32_t asks)
{
    p->asks += asks;
    if (p->asks > RIG_ASKS_BURST)
        rig_run(p->rig, 1000 * asks / RIG_ASKS_RATE);
}

unsigned rig_subscribe_all(struct rig_peer *p)
{
    unsigned n = 0;
    if (!p->recv.id)
        NEED(rig_transport_open(p, false), "the receive transport connects");
    for (int i = 0; i < RIG_REMOTES; i++) {
        struct rig_remote *m = &p->remote[i];
        if (!m->track || m->subscribed)
            continue;
        keep_the_rate(p, 2);
        struct rig_sub *s = subscribe(p, m);
        NEED(s, "a subscription is given");
        m->subscribed = true;
        NEED(!strcmp(rig_verdict(rig_ask(p, json_pack("{s:s,s:I,s:b,s:i}", "t", "subscription_set",
                                                      "subscription", (json_int_t)s->id, "paused",
                                                      0, "layer", 2))),
                     "ok"),
             "a subscription is unpaused");
        n++;
    }
    return n;
}

struct rig_sub *rig_sub_of(struct rig_peer *p, const struct rig_peer *from, bool video)
{
    for (int i = 0; i < RIG_SUBS; i++)
        if (p->sub[i].id && p->sub[i].member == from->member && p->sub[i].video == video)
            return &p->sub[i];
    return NULL;
}

void rig_media_forget(struct rig_peer *p)
{
    rig_transport_fini(&p->send);
    rig_transport_fini(&p->recv);
    memset(p->track, 0, sizeof(p->track));
    memset(p->sub, 0, sizeof(p->sub));
    memset(p->remote, 0, sizeof(p->remote));
}
