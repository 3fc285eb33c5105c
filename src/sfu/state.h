/* The whole state of a core, for the modules of this room only; the outside sees sfu.h.
 * knows: all structs of sfu. owns: the layout of the storage. */
#ifndef SFU_STATE_H
#define SFU_STATE_H

#include "base/map.h"
#include "sfu/budget.h"
#include "sfu/overload.h"
#include "sfu/pace.h"
#include "sfu/packet.h"
#include "sfu/room.h"
#include "sfu/sfu.h"
#include "sfu/share.h"
#include "sfu/subscription.h"
#include "sfu/track.h"
#include "sfu/transport.h"
#include "sfu/voice.h"

enum {
    EFFECTS_MAX = 32768, /* closing everything gives at most one a path and one a transport */
    REPLIES_MAX = 16384,
    OUTBOX_MAX = 512,         /* control datagrams of one round */
    OUTBOX_BYTES = 384 << 10, /* and their bytes */
    PENDING_HEADER_MAX = TEMPLATE_MAX + DEPDESC_MAX,
    PENDING_FRONT_MAX = 8, /* an original sequence number and a VP8 descriptor */
};

/* One media packet for one receiver: a reference to the shared payload and a header of its own. */
struct pending {
    uint32_t next; /* index + 1, 0: last of its transport */
    const struct packet *packet;
    struct subscription *subscription;
    bool rtx;
    uint8_t header_len, front_len;
    uint8_t skip;    /* payload bytes that `front` stands for */
    uint8_t padding; /* bytes behind the payload, see equalise.c */
    uint8_t header[PENDING_HEADER_MAX];
    uint8_t front[PENDING_FRONT_MAX];
};

/* A packet of video that waits for its transport's pace. */
struct paced {
    uint32_t next;   /* place + 1, 0: last of its transport; or the next free place */
    uint32_t number; /* of its kept packet: overwritten means that it is dropped */
    uint32_t bytes;
    instant_us at;
    struct handle subscription;
    struct pending held;
};

/* STUN, DTLS and RTCP on their way out; the bytes are in outbox_bytes. */
struct outgoing {
    struct handle path;
    struct ipc_addr remote, local;
    uint32_t at, len;
};

/* What one sfu_send hands out. */
struct slab {
    struct span datagram[SFU_SENDS_MAX];
    struct sfu_run run[SFU_SENDS_MAX];
    uint32_t runs, datagrams;
    uint32_t used; /* of bytes: one datagram lies behind the other */
    uint8_t bytes[SFU_SENDS_MAX * SFU_DATAGRAM_MAX];
};

struct sfu {
    struct sfu_config config;
    instant_us now; /* of the running call */
    uint64_t random;
    struct pool rooms, peers, transports, paths, tracks, subscriptions;
    struct pool sent_few, sent_many, twccs; /* what only some transports need */
    struct pool encodings[TRACK_BLOCKS];    /* blocks of 1, 2 and LIMIT_TRACK_ENCODINGS */
    struct map room_by_id, peer_by_id, transport_by_id, track_by_id, subscription_by_id;
    struct map transport_by_ufrag, subscription_by_ssrc, ssrc_owner;
    struct packet_ring kept;     /* video: also for retransmission */
    struct packet_ring fleeting; /* heard audio: for retransmission, as long as that is of use */
    uint32_t fleeting_first;     /* of the round: what is pending refers to it and later ones */
    uint32_t kept_first;         /* the same: of video a quarter of the ring at most a round */
    struct pending *pending;
    uint64_t *older; /* ICE_FILTER_WORDS for each transport: see struct ice */
    uint32_t pending_count;
    instant_us pending_since; /* when the first of them was appended */
    uint32_t round;           /* number of the running one, never 0 */
    uint32_t unfinished;      /* video frames that have begun in it and not ended */
    struct list dirty;        /* transports with pending packets */
    struct paced *paced;      /* as many as pending */
    uint32_t paced_free;      /* place + 1, 0: none */
    uint32_t paced_count;     /* taken */
    instant_us burst_at;      /* until when the bursts so far use up what they may take */
    struct overload overload;
    struct list pacing;       /* transports with a queue or a running probe */
    instant_us pace_at;       /* when one of them wants to be asked */
    struct packet padding;    /* what a padding packet refers to */
    struct relay_port *ports; /* to the other media processes, NULL where there are none */
    uint64_t relay_ready;     /* those with a message, a bit each */
    bool relay_full;          /* one of them is nearly full */
    struct list asking;       /* mirrors whose homes should hear something */
    struct list urgent;       /* transports with RTCP that should not wait for the next report */
    struct counters counters;
    struct budget budget;
    instant_us tick_at;
    uint32_t tick_number;
    instant_us feedback_at; /* not later than the first transport's that is due */
    uint32_t effect_first, effect_count, reply_count;
    struct sfu_effect *effects; /* ring of EFFECTS_MAX */
    unsigned char *replies; /* REPLIES_MAX, those of the running call, each as long as its type */
    size_t replies_used;
    uint32_t outbox_count, outbox_sent, outbox_used;
    struct outgoing outbox[OUTBOX_MAX];
    uint8_t outbox_bytes[OUTBOX_BYTES];
    struct slab slab;
};

/* Effects; a full ring is a bug of the shell that did not drain, so the oldest rule holds: none is
 * lost silently, the process stops. */
struct sfu_effect *effect_push(struct sfu *s, enum sfu_effect_type type);
/* A zeroed message of this type for front, as an effect. */
struct ipc_message *effect_reply(struct sfu *s, uint32_t type);
void effect_refused(struct sfu *s, uint32_t type, uint32_t id, enum err reason);

/* A pseudo-random number, for what needs to differ but not to be secret. */
uint64_t sfu_random(struct sfu *s);

/* Control datagrams. False and counted when the round's outbox is full. */
bool outbox_put(struct sfu *s, const struct path *p, struct span bytes);
bool outbox_put_to(struct sfu *s, const struct sfu_datagram *back_to, struct span bytes);
/* One RTCP compound to a transport's peer, sealed. Dropped when it has no keys or no address. */
bool outbox_put_rtcp(struct sfu *s, struct transport *t, struct span compound);
/* Moves waiting control datagrams to the slab. */
void outbox_collect(struct sfu *s, struct slab *out);

/* gate.c: what arrives without being media: STUN from anywhere, DTLS from validated paths. */
enum sfu_drop gate_stun(struct sfu *s, const struct sfu_datagram *d, struct path *p);
enum sfu_drop gate_dtls(struct sfu *s, const struct sfu_datagram *d, struct path *p);
/* The path that a datagram came by when ICE has validated it; NULL and the reason otherwise. */
struct path *gate_path(struct sfu *s, const struct sfu_datagram *d, enum sfu_drop *why);

/* It goes before all video and waits for no pace. */
static inline bool subscription_is_sound(const struct subscription *u)
{
    return u->slot > 0 || u->track->kind == IPC_AUDIO;
}

/* forward.c */
enum sfu_drop forward_datagram(struct sfu *s, struct sfu_datagram *d);
void forward_collect(struct sfu *s, struct slab *out);
/* A packet that was kept goes to all that should have it: other processes and listeners here. */
enum sfu_drop forward_fan_out(struct sfu *s, struct track *k, struct packet *p);
/* The same, to listeners here alone; `slots` of the place that it has among the voices, or NULL. */
void forward_to_listeners(struct sfu *s, struct track *k, const struct packet *p,
                          const struct list *slots);
/* Counts the frames whose rest is awaited; sfu_hold asks. */
void forward_note_frame(struct sfu *s, struct encoding *e, bool ends);
/* A place in the round's batch for this transport, NULL when it is full. */
struct pending *forward_place(struct sfu *s, struct transport *t);

/* Everything of an encoding since its last key frame, at once, so that its stream starts now. False
 * when that is not there, too old or too large: then a key frame must be asked for. */
bool forward_burst(struct sfu *s, struct subscription *u, uint8_t encoding);
/* repair.c */
/* One packet of padding for a probe on the RTX stream: a kept packet once more, or only padding.
 * Gives its bytes, 0 when there was no place. */
uint32_t repair_pad(struct sfu *s, struct subscription *u);
/* Answers one NACK item with RTX. */
enum sfu_drop repair_again(struct sfu *s, struct subscription *u, uint16_t seq);

/* equalise.c: pads what a transport has pending so that it leaves in few calls. */
void equalise(struct sfu *s, const struct transport *t);

/* feedback.c: RTCP that arrived, opened. */
enum sfu_drop feedback_input(struct sfu *s, struct transport *t, struct span compound);

/* report.c: RTCP that we send. */
void report_urgent(struct sfu *s, struct transport *t);  /* NACK and PLI that are due */
void report_regular(struct sfu *s, struct transport *t); /* TWCC each call, SR and RR each second */
/* Wants report_urgent at the next tick. */
void report_soon(struct sfu *s, struct transport *t);

/* timer.c */
void timer_tick(struct sfu *s, duration_us busy_us);
/* How late the next tick may come. */
duration_us timer_slack(const struct sfu *s);

/* command.c */
enum err command_run(struct sfu *s, const struct ipc_message *m);

/* A pool's item by the id that front gave it, or NULL. */
void *sfu_find(const struct map *by_id, const struct pool *pool, uint32_t id);

#endif
