/* A rig: one real server, started by the test from $CONCLAVE, and synthetic participants that speak
 * to it over loopback with real packets: HTTPS, WebSocket, ICE, DTLS, SRTP. One thread; every wait
 * runs all participants, so their audio keeps its 20 ms whatever the test is waiting for.
 *
 *     struct rig r;
 *     rig_open(&r, NULL);
 *     rig_meeting_create(&r, &m);
 *     struct rig_peer *a = rig_join(&r, &m, true), *b = rig_join(&r, &m, false);
 *     rig_publish_audio(a); rig_publish_video(b, 3);
 *     rig_subscribe_all(a); rig_subscribe_all(b);
 *     rig_run(&r, 3000);
 *     CHECK(rig_audio_gap_ms(b) <= 200, "audio never gapped");
 *     rig_close(&r);
 *
 * Everything is open to the test: fields may be read and changed to misbehave.
 * knows: docs/wire/signalling.md. knows not: any code of the server beyond src/base.
 * owns: the server process (ended by its pid) and its data folder. */
#ifndef RIG_RIG_H
#define RIG_RIG_H

#include <jansson.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/instant.h"
#include "rig/check.h"
#include "rig/dtls.h"
#include "rig/srtp.h"
#include "rig/stun.h"
#include "rig/ws.h"

enum {
    RIG_PEERS = 128,
    RIG_TRACKS = 8,
    RIG_ENCODINGS = 4,
    RIG_SUBS = 128,
    RIG_REMOTES = 128,
    RIG_TWCC = 512,
    RIG_AUDIO_PT = 111,
    RIG_VIDEO_PT = 96,
    RIG_RTX_PT = 97,
    RIG_EXT_MID = 1,
    RIG_EXT_RID = 2,
    RIG_EXT_SEND_TIME = 4,
    RIG_EXT_TWCC = 5,
    RIG_EXT_LEVEL = 10,
    RIG_ASKS_BURST = 150, /* below the server's 200 at once, then 50 a second (signalling.md) */
    RIG_ASKS_RATE = 40,
};

#define RIG_METRIC_FLOOD "conclave_media_drop_flood_total"
#define RIG_METRIC_REPLAY "conclave_media_drop_replay_total"
#define RIG_METRIC_RTP_FORM "conclave_media_drop_rtp_form_total"

struct rig_meeting {
    char id[36];
    uint8_t secret[16], host_secret[16];
    uint8_t access[32], host[32];
    uint8_t descriptor[32]; /* opaque to the server; the rig does not sign one */
    bool waiting;           /* has a waiting room */
};

/* What a participant knows of the group: a name and an epoch. The rig's commits and Welcomes are
 * random bytes, as the server reads none of them. */
struct rig_group {
    char id[96]; /* base64url; "" none */
    uint32_t epoch;
    bool in;
    bool passive;         /* does not answer group_wanted */
    size_t welcome_bytes; /* of the Welcomes that it makes; 0: a small one */
    uint32_t commits;     /* heard of */
    uint32_t wanted;      /* group_wanted heard */
    instant_us wanted_at; /* the last */
};

/* One stream that a participant sends. */
struct rig_encoding {
    uint32_t ssrc;
    char rid[16]; /* "": found by ssrc */
    uint16_t seq;
    uint32_t roc, timestamp, counter;
    uint32_t packets, bytes;
    uint16_t picture;
    uint8_t tl0;
    bool want_key;
    uint32_t plis, firs, nacks; /* received for it */
};

struct rig_track {
    uint32_t id; /* 0: free */
    bool video, paused;
    bool quiet; /* sends, but says that it is silent */
    char mid[16];
    unsigned encodings;
    struct rig_encoding encoding[RIG_ENCODINGS];
    instant_us next;
};

/* Somebody else's track, as signalled. */
struct rig_remote {
    uint32_t track, member; /* track 0: free */
    bool video;
    bool subscribed;
};

/* What arrives for one subscription. */
struct rig_sub {
    uint32_t id, track, member; /* id 0: free */
    bool video;
    uint32_t ssrc, rtx_ssrc;
    uint32_t marker; /* of the sender, learnt from the first packet or known from the rig */
    uint64_t packets, bytes, rtx;
    uint64_t padding;    /* of probes, on the RTX stream */
    uint64_t wrong;      /* payloads that are not the sender's */
    uint64_t duplicates; /* counter at or below one already seen */
    uint32_t counter;    /* highest seen */
    uint64_t frames, keyframes;
    bool first_is_key;
    uint8_t layer; /* simulcast layer of the last packet, as its payload says */
    uint16_t seq;
    uint32_t cycles;
    instant_us first, last, last_sent;
    int64_t max_gap_us; /* between two arrivals, less what the sender itself was late */
};

struct rig_transport {
    /* NULL, or sees each datagram before it is sent; false keeps it back */
    bool (*tap)(void *arg, struct span datagram);
    void *tap_arg;
    uint32_t id; /* 0: none */
    bool send;
    int fd;
    char ufrag[32], pwd[64]; /* the server's */
    struct sockaddr_in remote;
    uint8_t fingerprint[32]; /* of the server, as signalled */
    bool ice_ok;
    struct rig_dtls dtls;
    struct rig_srtp_in in;
    uint32_t rtcp_index;
    uint16_t twcc;
    instant_us next_check, next_report;
    instant_us arrived;                   /* when the kernel got the last datagram */
    instant_us started, checked, secured; /* when opened, first STUN answer, keys there */
    /* counters of what came in */
    uint64_t bytes_in, stun_in, dtls_in, rtp_in, rtcp_in;
    uint64_t bad_auth; /* did not open */
    uint64_t unknown;  /* RTP of no subscription's SSRC */
    uint64_t evil;     /* carries RIG_EVIL somewhere */
    uint64_t twcc_in;  /* feedback messages */
    uint16_t twcc_seq[RIG_TWCC];
    instant_us twcc_at[RIG_TWCC];
    unsigned twcc_count;
    uint8_t twcc_feedbacks;
};

/* Eight bytes that no honest payload contains: an injected packet carries them. */
#define RIG_EVIL "\x66\x45\x56\x49\x4c\x45\x56\x49"

struct rig;

struct rig_peer {
    struct rig *rig;
    struct rig_meeting meeting;
    struct rig_ws ws;
    bool joined, as_host;
    uint32_t member, marker, next_n;
    uint32_t asks;                    /* of the burst, spent in rig_subscribe_all */
    char resume[64], participant[32]; /* base64url */
    struct rig_group group;
    json_t *welcome;
    json_t *events;  /* array, oldest first; speakers are only counted */
    json_t *replies; /* array of what nobody has taken yet */
    uint32_t speakers, media_restarts;
    instant_us next_ping;
    struct rig_transport send, recv;
    struct rig_track track[RIG_TRACKS];
    struct rig_remote remote[RIG_REMOTES];
    struct rig_sub sub[RIG_SUBS];
    bool silent; /* the test drives its media by hand */
};

struct rig_options {
    const char *extra[8]; /* further arguments of `conclave serve`, ends with NULL */
    const char *prefix;   /* of its meetings' ids: its data centre; NULL: none */
};

struct rig {
    struct rig_options options;
    pid_t pid;
    uint16_t port, metrics_port;
    char authority[64]; /* host:port, as Host and Origin carry it */
    char data[128], log[160];
    struct sockaddr_in addr;
    struct rig_dtls_identity identity;
    struct rig_peer *peer[RIG_PEERS];
    unsigned peers;
    int64_t worst_lag_us; /* the rig's own: how late its loop came round */
    instant_us last_pump;
};

/* --- server ------------------------------------------------------------------------------ */
instant_us rig_now(void);
/* Starts the server, waits until it answers; fails the test when it does not within 20 s. */
void rig_open(struct rig *r, const struct rig_options *o);
/* Ends it, checks that its log holds no sanitizer report, removes its folder. */
void rig_close(struct rig *r);
/* True while the server's first process lives. */
bool rig_alive(struct rig *r);
/* Ends the server and starts it again on the same folder and port. */
void rig_restart(struct rig *r);
/* A TCP connection to the port, -1 on failure. */
int rig_tcp_open(struct rig *r);
/* A UDP socket bound to this local address (127.0.0.x) and connected to the port. */
int rig_udp_open(struct rig *r, const char *local);
/* Times that a text occurs in the server's log. */
unsigned rig_log_count(struct rig *r, const char *text);
/* Value of a metric's sum over its label sets, from /metrics; -1 when there is none. */
double rig_metric(struct rig *r, const char *name);

/* --- the loop ---------------------------------------------------------------------------- */
/* Runs everyone until the deadline, or until fd (-1: none) is ready for events. */
void rig_pump(struct rig *r, int fd, short events, instant_us until);
void rig_run(struct rig *r, int64_t ms);
/* Runs until the condition holds; false when it did not within the time. */
bool rig_until(struct rig *r, bool (*holds)(void *), void *arg, int64_t ms);
/* The same for an expression: RIG_WAIT(r, 2000, x->packets > 10) */
#define RIG_WAIT(r, ms, expr)                                                                      \
    __extension__({                                                                                \
        instant_us rig_end_ = rig_now() + (int64_t)(ms)*US_PER_MS;                                 \
        while (!(expr) && rig_now() < rig_end_)                                                    \
            rig_pump(r, -1, 0, rig_now() + 5 * US_PER_MS);                                         \
        (expr);                                                                                    \
    })

/* --- signalling -------------------------------------------------------------------------- */
void rig_meeting_draw(struct rig_meeting *m);
bool rig_meeting_create(struct rig *r, struct rig_meeting *m);
/* The same, with a waiting room or without. */
bool rig_meeting_create_as(struct rig *r, struct rig_meeting *m, bool waiting);
/* The body of POST /api/meetings, at most 256 characters. */
void rig_meeting_body(char *out, size_t cap, const struct rig_meeting *m);
/* Connects and says hello; NULL when refused (with *reason, *borrowed until the next call). */
struct rig_peer *rig_join(struct rig *r, const struct rig_meeting *m, bool host);
/* A connection without a hello yet; NULL when the upgrade was refused. */
struct rig_peer *rig_connect(struct rig *r);
/* The hello of this meeting, to be sent or spoilt first. */
json_t *rig_hello(const struct rig_meeting *m, bool host);
/* Takes the welcome in. */
bool rig_welcome(struct rig_peer *p, json_t *reply);
/* Ends the connection and frees the participant, with or without a leave message. */
void rig_leave(struct rig_peer *p, bool politely);
/* Sends a request (*taken*, "n" is added) and waits for its reply: a new reference, or NULL. */
json_t *rig_ask(struct rig_peer *p, json_t *request);
/* The reply to request `n`, waited for: a new reference, or NULL when the connection ends first. */
json_t *rig_reply(struct rig_peer *p, uint32_t n);
/* The reply's type, or its reason when refused; "none" for NULL. Gives the reply back. */
const char *rig_verdict(json_t *reply);
void rig_tell(struct rig_peer *p, json_t *request);
/* The oldest event of this type, taken out: a new reference, or NULL after the time. */
json_t *rig_event(struct rig_peer *p, const char *type, int64_t ms);
/* Reads what has come on the WebSocket; called by the loop. */
void rig_signal_read(struct rig_peer *p);
uint32_t rig_u32(const json_t *o, const char *key);

/* --- the group, see tests/rig/group.c ------------------------------------------------------ */
/* Creates it or asks to be added, and waits until this participant is in. */
bool rig_group_enter(struct rig_peer *p);
/* Asks to be added, without waiting. */
void rig_group_ask(struct rig_peer *p);
/* Uploads and commits; joins and gone are arrays (*taken*) or NULL. A new reference to the reply.
 */
json_t *rig_group_commit(struct rig_peer *p, size_t bytes, json_t *joins, json_t *gone);
/* Sends these bytes to the group: a new reference to the reply. */
json_t *rig_group_say(struct rig_peer *p, const char *base64url);
/* Called with each event. */
void rig_group_event(struct rig_peer *p, const char *t, const json_t *o);

/* --- media ------------------------------------------------------------------------------- */
/* Opens and connects the transport of that direction, through ICE and DTLS. */
bool rig_transport_open(struct rig_peer *p, bool send);
/* In steps, for tests that misbehave in between: signalled and with a socket, but silent; then
 * transport_connect; then checks and DTLS until keys are there. */
bool rig_transport_ask(struct rig_peer *p, bool send);
bool rig_transport_tell(struct rig_peer *p, bool send);
bool rig_transport_secure(struct rig_peer *p, bool send, int64_t ms);
void rig_transport_fini(struct rig_transport *t);
/* Publishes and starts sending. */
struct rig_track *rig_publish_audio(struct rig_peer *p);
struct rig_track *rig_publish_video(struct rig_peer *p, unsigned layers);
/* Subscribes to all remote tracks that it is not subscribed to, and unpauses; their count. */
unsigned rig_subscribe_all(struct rig_peer *p);
struct rig_sub *rig_sub_of(struct rig_peer *p, const struct rig_peer *from, bool video);
/* Drops transports, tracks, subscriptions without a word, as after media_restarted. */
void rig_media_forget(struct rig_peer *p);
/* Largest gap of any audio subscription since the last reset, silence up to now included. */
int64_t rig_audio_gap_ms(const struct rig_peer *p);
/* The same of one subscription. */
int64_t rig_sub_gap_ms(const struct rig_peer *p, const struct rig_sub *s);
void rig_gap_reset(struct rig_peer *p);

/* A packet about to be sent: header and extension come from the stream, the payload is given. */
struct rig_packet {
    uint8_t buf[1600];
    size_t len, header;
};

struct rig_packet_options {
    struct rig_transport *transport;
    struct rig_track *track;
    struct rig_encoding *encoding;
    struct span payload;
    bool marker;
};

void rig_packet_write(struct rig_packet *k, const struct rig_packet_options *o);
/* Seals under the transport's keys and sends. */
void rig_packet_send(struct rig_transport *t, struct rig_packet *k, uint32_t roc);
void rig_datagram_send(struct rig_transport *t, struct span bytes);
void rig_rtcp_send(struct rig_transport *t, struct span clear);
/* Resident memory of the server's first process and all below it, in KiB; open descriptors. */
long rig_memory_kib(struct rig *r);
long rig_descriptors(struct rig *r);
/* Pids of the server's processes, the first one included; their count. */
unsigned rig_pids(struct rig *r, pid_t *out, unsigned cap);

/* Called by the loop. */
void rig_media_tick(struct rig_peer *p, instant_us now);
void rig_transport_tick(struct rig_peer *p, struct rig_transport *t, instant_us now);
void rig_transport_read(struct rig_peer *p, struct rig_transport *t);
void rig_rtcp_take(struct rig_peer *p, struct rig_transport *t, struct span clear);
void rig_report(struct rig_peer *p, struct rig_transport *t, instant_us now);
void rig_feedback(struct rig_peer *p, struct rig_transport *t);

#endif
