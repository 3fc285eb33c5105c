/* What the files of src/client share; nobody else includes it.
 * owns: see client.h. */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include "client/agent.h"
#include "client/assemble.h"
#include "client/client.h"
#include "client/rate.h"
#include "proto/nack.h"
#include "proto/rtcp.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"
#include "proto/seal.h"
#include "proto/twcc.h"
#include "proto/vp8.h"

enum {
    CLIENT_AUDIO_RATE = 48000, /* RTP clocks */
    CLIENT_VIDEO_RATE = 90000,
    CLIENT_COMPOUND_MAX = 1100, /* bytes of one RTCP compound before SRTCP */
};

#define CLIENT_REPORT_US (1 * US_PER_S)
#define CLIENT_REORDER_US (10 * US_PER_MS) /* a gap is asked for after so long */
#define CLIENT_KEYFRAME_AGAIN_US (500 * US_PER_MS)

enum client_state { CLIENT_NEW, CLIENT_CHECKING, CLIENT_SECURING, CLIENT_OPEN, CLIENT_DEAD };

/* A sent packet, for RTX: what was behind its header. */
struct history_entry {
    bool used, marker, voice;
    uint8_t level;
    uint16_t seq, len;
    uint32_t ts;
    instant_us resent_at; /* a second request within a round trip is the same request */
    uint8_t bytes[VP8_DESCRIPTOR_MAX + CLIENT_PAYLOAD_MAX];
};

struct encoding_out {
    struct seal_stream stream, rtx_stream;
    uint16_t seq, rtx_seq;
    uint16_t picture_id;
    uint8_t tl0;
    bool known; /* a report named the SSRC: mid and rid need not be sent any more */
    bool rtx_known;
    bool wants_keyframe;
    uint32_t packets, octets, last_ts;
    instant_us last_at;
    struct history_entry *history; /* config.history places, or NULL */
};

struct track_out {
    bool used;
    struct client_track as;
    struct encoding_out encoding[LIMIT_TRACK_ENCODINGS];
};

struct stream_in {
    bool used, wants_keyframe;
    struct client_stream as;
    struct seal_stream stream, rtx_stream;
    struct replay seen; /* over the unwrapped numbers, both ways of coming together */
    struct seq_unwrap unwrap;
    int64_t first;
    struct client_stream_stats stats;
    int64_t transit; /* of the last packet, RTP units */
    uint32_t jitter16;
    uint64_t reported_expected, reported_packets;
    uint32_t lsr, sr_rtp_ts;
    uint64_t sr_ntp;
    instant_us sr_at, keyframe_asked_at;
    struct nack *nack;        /* NULL: no repair */
    struct assembler *frames; /* NULL: no frames */
};

/* Which SSRC is whose; apart from the streams for the scan. */
struct client_binding {
    uint32_t ssrc;
    uint16_t stream;
    bool rtx;
};

struct client {
    struct client_config config;
    enum client_state state;
    struct dtls *dtls; /* *owned*; NULL before the first answered check, and after when lean */
    struct seal seal;
    struct client_remote remote;
    uint64_t random;
    uint32_t local_ssrc; /* names us in RTCP */
    uint16_t twcc_out;   /* next transport-wide number */
    uint8_t twcc_id;     /* of what comes in */
    uint16_t binding_count, last_binding;
    struct client_binding *bindings; /* 2 x config.streams */
    struct stream_in *streams;
    struct track_out *tracks;
    struct twcc *twcc; /* NULL without streams */
    struct rate *rate; /* NULL without tracks */
    instant_us report_at, repair_at;
    struct client_stats stats;
    bool tell_connected, tell_failed, tell_rate;
    enum err reason;
    instant_us now;      /* of the last call that told the time */
    uint32_t next_frame; /* stream to look at first */
    struct agent agent;
};

/* client.c */
/* Room for a datagram of at most `max` bytes, or NULL: then it is counted as dropped. */
uint8_t *client_out_room(struct client_out *out, size_t max);
void client_out_add(struct client_out *out, size_t len);
void client_fail(struct client *c, enum err reason);

/* send.c */
void send_resend(struct client *c, uint32_t ssrc, struct rtcp_nack item, instant_us now,
                 struct client_out *out);
/* The encoding whose SSRC (or RTX SSRC) it is, or NULL. */
struct encoding_out *send_find(struct client *c, uint32_t ssrc, bool *rtx);

/* receive.c */
/* One sealed RTP packet; true when `packet` was filled. */
bool receive_rtp(struct client *c, const struct client_datagram *d, struct client_packet *packet);
struct stream_in *receive_find(struct client *c, uint32_t ssrc);

/* report.c */
void report_take(struct client *c, const struct client_datagram *d, instant_us now,
                 struct client_out *out);
/* Whatever RTCP is due. */
void report_write(struct client *c, instant_us now, struct client_out *out);
void report_goodbye(struct client *c, instant_us now, struct client_out *out);
instant_us report_deadline(const struct client *c);

#endif
