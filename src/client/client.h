/* One transport of a participant, seen from the participant's side: a controlling ICE agent, the
 * DTLS association, SRTP, the streams that are sent and those that are received.
 * Facts in, datagrams and packets out, time as an argument:
 *
 *     client_connect(c, &remote, now, &out)             what signalling said of the server
 *     client_receive(c, in, n, now, packets, &out)      datagrams in; opened media packets out
 *     client_send_frame / client_send_packet            media out
 *     client_tick(c, now, &out)                         at client_deadline(c)
 *     while (client_poll(c, &event))                    what happened
 *     while (client_next_frame(c, &frame))              whole frames, when config.frame_bytes is
 * set
 *
 * Everything to be sent is appended to the caller's client_out, sealed and in order: neighbours of
 * one size are a run for UDP_SEGMENT. A transport therefore keeps no packet that waits for a
 * socket. knows: ICE, DTLS, SRTP, RTP, RTCP. knows not: sockets, clocks, signalling, codecs, the
 * group's keys. owns: the DTLS association and the cipher contexts, between client_init and
 * client_fini; all else is inside the storage that client_init was given. One thread at a time. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/err.h"
#include "base/instant.h"
#include "base/limit.h"
#include "base/span.h"
#include "crypt/dtls.h"
#include "proto/ipc.h"

enum {
    CLIENT_PAYLOAD_MAX = 1120,  /* bytes of a frame in one packet: with headers and tag <= 1200 */
    CLIENT_DATAGRAM_MAX = 1280, /* no datagram that is written here is longer */
    CLIENT_CNAME_MAX = 15,
};

struct client;

/* ---- what leaves ---- */

/* Datagrams to be sent over the transport's socket, in order. The arrays are the caller's and may
 * be shared by many transports: look at count before and after a call. Emptied by the caller
 * (count = used = 0). */
struct client_out {
    struct span *datagrams; /* *borrowed*, `cap` places */
    uint8_t *bytes;         /* *borrowed*, `size` bytes: the datagrams point into them */
    uint32_t count, cap;
    size_t used, size;
    uint32_t dropped; /* datagrams that had no room: as good as lost on the way */
};

/* ---- life ---- */

struct client_config {
    struct dtls_ctx *dtls; /* *borrowed* */
    enum dtls_role role;   /* the server is the passive side: DTLS_ROLE_CLIENT */
    uint64_t seed;         /* random: ICE credentials, SSRCs, first sequence numbers */
    int64_t unix_us;       /* wall clock minus `now`, for sender reports */
    uint16_t tracks;       /* published over this transport at most */
    uint16_t streams;      /* received over it at most */
    uint16_t history;      /* packets kept for retransmission an encoding, a power of two, or 0 */
    uint32_t
        frame_bytes; /* the largest video frame put together; 0: client_next_frame is not used */
    bool repair;     /* ask again for what is missing (NACK), ask for key frames (PLI) */
    bool lean;       /* close the DTLS association once the keys are there: saves 50 KB, a
                      * goodbye of the peer is then not heard */
};

/* Zeroed storage of that many bytes, aligned for any type. */
size_t client_size(const struct client_config *config);
/* NULL when the library has no memory for the association. */
struct client *client_init(void *storage, const struct client_config *config, instant_us now);
void client_fini(struct client *c);

/* Ours, for a signalling that exchanges them; zero-terminated. */
const char *client_ufrag(const struct client *c);
const char *client_pwd(const struct client *c);

/* The server as signalled: ICE credentials, zero-terminated, and its certificate. */
struct client_remote {
    const char *ufrag, *pwd;
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
    struct ipc_addr address; /* said in answers to a full ICE agent's checks; zero: none expected */
};

/* Starts the checks. ERR_STATE when started; ERR_LIMIT for credentials that are too long. */
enum err client_connect(struct client *c, const struct client_remote *remote, instant_us now,
                        struct client_out *out);
/* ICE restart: new credentials of the server, the same certificate and keys. */
enum err client_restart(struct client *c, const struct client_remote *remote, instant_us now,
                        struct client_out *out);
/* BYE for each published stream and DTLS's goodbye. */
void client_goodbye(struct client *c, instant_us now, struct client_out *out);

/* ---- what happened ---- */

enum client_event_type {
    CLIENT_CONNECTED,       /* keys are there: media may flow */
    CLIENT_FAILED,          /* for good: reason says why; ERR_AGAIN: the server fell silent */
    CLIENT_KEYFRAME_WANTED, /* of a published track's encoding */
    CLIENT_RATE,            /* the path takes so many bits a second (from the server's feedback) */
};

struct client_event {
    enum client_event_type type;
    enum err reason;    /* CLIENT_FAILED */
    int track;          /* CLIENT_KEYFRAME_WANTED */
    uint8_t encoding;   /* CLIENT_KEYFRAME_WANTED */
    uint32_t rate_bps;  /* CLIENT_RATE */
    uint8_t srtp_suite; /* CLIENT_CONNECTED: enum srtp_suite */
};

bool client_poll(struct client *c, struct client_event *event);
/* Back by then with client_tick, INSTANT_NEVER: no need. */
instant_us client_deadline(const struct client *c);
void client_tick(struct client *c, instant_us now, struct client_out *out);

/* ---- published tracks ---- */

/* Simulcast stream; rid empty: a track with one encoding. SSRCs 0: client_publish draws them. */
struct client_encoding {
    char rid[IPC_MID_MAX + 1];
    uint32_t ssrc, rtx_ssrc;
};

struct client_track {
    enum ipc_kind kind;
    uint8_t pt, rtx_pt;          /* rtx_pt 0: no retransmission */
    uint8_t ext[IPC_EXT_COUNT_]; /* ids of enum ipc_ext, 0: not used */
    uint8_t encodings;           /* 1 .. LIMIT_TRACK_ENCODINGS, lowest resolution first */
    char mid[IPC_MID_MAX + 1];
    char cname[CLIENT_CNAME_MAX + 1];
    struct client_encoding encoding[LIMIT_TRACK_ENCODINGS];
};

/* Its number, or -1 when there is no room. The SSRCs that were drawn are written to `track`. */
int client_publish(struct client *c, struct client_track *track);
void client_unpublish(struct client *c, int track);

/* A whole coded frame. A video frame is cut into packets of about equal size behind VP8 payload
 * descriptors with picture ids of their own; an audio frame is one packet. */
struct client_send {
    int track;
    uint8_t encoding;
    uint32_t ts; /* RTP time */
    bool keyframe;
    uint8_t level; /* audio: 0 loudest .. 127 silent (RFC 6464) */
    bool voice;    /* audio */
    struct span bytes;
};

/* ERR_STATE before CLIENT_CONNECTED; ERR_NOT_FOUND; ERR_LIMIT when `out` had no room for all of it
 * (what had is sent). */
enum err client_send_frame(struct client *c, const struct client_send *frame, instant_us now,
                           struct client_out *out);

/* One packet of a frame, for a caller that cuts frames itself: bytes <= CLIENT_PAYLOAD_MAX. */
struct client_piece {
    struct client_send of; /* bytes: of this packet alone, without a descriptor */
    bool first, last;      /* of its frame */
};

enum err client_send_packet(struct client *c, const struct client_piece *piece, instant_us now,
                            struct client_out *out);

/* ---- received streams ---- */

struct client_stream {
    enum ipc_kind kind;
    uint32_t ssrc, rtx_ssrc;     /* rtx_ssrc 0: none */
    uint8_t pt, rtx_pt;          /* rtx_pt 0: none */
    uint8_t ext[IPC_EXT_COUNT_]; /* ids of enum ipc_ext, 0: not used */
};

/* Its number, or -1 when there is no room or the SSRC is taken. */
int client_listen(struct client *c, const struct client_stream *stream);
void client_unlisten(struct client *c, int stream);
/* Asks for a key frame now (a decoder lost its way). */
void client_want_keyframe(struct client *c, int stream, instant_us now, struct client_out *out);

struct client_datagram {
    uint8_t *bytes; /* opened in place */
    uint32_t len;   /* <= LIMIT_DATAGRAM */
    instant_us at;  /* arrival */
};

/* A media packet of a stream that one listens to. */
struct client_packet {
    int stream;
    uint32_t ts;
    uint16_t seq; /* of the primary stream, also for a repaired packet */
    bool marker;
    bool repaired;       /* came as RTX */
    bool duplicate;      /* this number was here before */
    bool has_level;      /* audio level extension */
    uint8_t level;       /* 0 loudest .. 127 silent */
    uint8_t orientation; /* of the video orientation extension, 0 when absent */
    instant_us at;       /* arrival */
    struct span payload; /* opened, without padding and RTX head; *borrowed* from the datagram */
};

/* Gives how many packets were written to `packets`, which has room for `count`. */
struct client_batch {
    struct client_datagram *in; /* *borrowed*, changed in place */
    uint32_t count;
    struct client_packet *packets; /* *borrowed*, room for `count` */
};
uint32_t client_receive(struct client *c, const struct client_batch *batch, instant_us now,
                        struct client_out *out);

/* A whole video frame, without descriptors. Frames of a stream come in order and once; a frame that
 * cannot become whole is left out, and the next one says `missing`. (An audio frame is one
 * client_packet of client_receive: nothing is put together.) */
struct client_frame {
    int stream;
    uint32_t ts;
    bool keyframe;
    bool missing; /* frames before this one, of this stream, were lost */
    uint8_t orientation;
    instant_us at;     /* arrival of its last packet */
    struct span bytes; /* *borrowed* until the next call of client_next_frame or client_receive */
};

bool client_next_frame(struct client *c, struct client_frame *frame);

/* ---- numbers ---- */

struct client_stream_stats {
    uint64_t packets, bytes, duplicates, repaired;
    uint64_t expected; /* by sequence numbers, from the first packet to the highest */
    uint32_t jitter;   /* RTP time units (RFC 3550 section 6.4.1) */
};

/* lost = expected - packets: `packets` counts each number once. */
struct client_stream_stats client_stream_stats(const struct client *c, int stream);

/* The newest sender report of a stream: its RTP time on the sender's clock (RFC 3550 section
 * 6.4.1). */
struct client_stream_clock {
    uint64_t ntp; /* 32.32 seconds since 1900 */
    uint32_t rtp_ts;
    instant_us at; /* arrival; 0: none came yet */
};

struct client_stream_clock client_stream_clock(const struct client *c, int stream);

struct client_stats {
    uint64_t sent, sent_bytes;           /* RTP, retransmissions included */
    uint64_t resent;                     /* answers to NACK */
    uint64_t received, received_bytes;   /* RTP of streams one listens to */
    uint64_t unknown;                    /* RTP of other SSRCs */
    uint64_t refused;                    /* did not parse, authenticate, or was replayed */
    uint64_t nacks, keyframe_requests;   /* asked by us */
    uint64_t nacked, keyframes_wanted;   /* asked of us */
    uint64_t feedback_in, feedback_out;  /* transport-wide feedback */
    uint64_t frames, frames_lost;        /* put together; given up */
    uint32_t round_trip_us;              /* of the last STUN answer */
    uint32_t rate_bps;                   /* 0: no estimate yet */
    instant_us checked_at, connected_at; /* 0: not yet */
};

struct client_stats client_stats(const struct client *c);

#endif
