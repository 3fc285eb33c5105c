/* A meeting in several media processes. A track has one home, the process of its publisher's
 * transport, and a mirror in each other process of its room: the same struct track, whose packets
 * come from the relay (proto/relay.h) in place of a transport.
 *
 *     home      opens, repairs, keeps, and hands each packet on once a process that wants it
 *     mirror    keeps it as well, and forwards it to its own listeners: selection, rewriting,
 *               retransmission, pacing and sealing are the home's code
 *     back      which encodings are wanted, how many, key frames: coalesced for each track
 *     voices    chosen by one process of the room, its home: microphones go there first, those that
 *               are heard come back to all
 *
 * A process sends to another what it does not lose silently: what found no room in the channel is
 * counted, and a key frame is asked for.
 * knows: tracks, rooms, the relay's records. knows not: channels, listeners' choice.
 * owns: the messages to other processes until they are sent, inside struct sfu. */
#ifndef SFU_MIRROR_H
#define SFU_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/list.h"
#include "proto/relay.h"
#include "proto/replay.h"
#include "sfu/counter.h"
#include "sfu/police.h"

struct sfu;
struct room;
struct track;
struct packet;
struct sfu_relay;

/* A track's part in the relay, at its home and at its mirrors. */
struct mirror {
    uint32_t home; /* media process */
    bool resumes;  /* a microphone: what it sends next does not follow on */
    /* at its home: */
    uint64_t wants[LIMIT_TRACK_ENCODINGS]; /* processes that get an encoding, a bit each */
    int8_t level[LIMIT_MEDIA_PROCESSES];   /* as track.want has each of them */
    uint8_t told;                          /* active encodings, as mirrors last heard */
    instant_us told_at;
    /* elsewhere, and of microphones that come back: */
    bool known;       /* its home has told how it is */
    uint8_t wanted;   /* encodings that somebody gets or waits for */
    uint8_t asked;    /* of those, what its home was told, */
    uint8_t asked_up; /* and of track.want */
    instant_us asked_at;
    instant_us lost_at; /* what it asked found the channel full or gone; 0: it did not */
    struct list asking; /* in sfu.asking while its home should hear something */
    struct replay seen[LIMIT_TRACK_ENCODINGS];
    struct police police; /* of what is handed on */
};

/* Messages to one other process. */
struct relay_lane {
    uint8_t *bytes; /* RELAY_MESSAGE_MAX */
    uint32_t used, batch_at, records, number;
    uint32_t room; /* of the open batch */
};
struct relay_port {
    struct relay_lane lane[IPC_LANE_COUNT_];
};

void mirror_init(struct mirror *m, uint32_t home);

/* --- at home --- */
/* Hands a packet that was just kept to the processes that want it. True when its listeners here get
 * it later: a microphone's packet on its way to the process that chooses the voices. */
bool mirror_packet(struct sfu *s, struct track *k, const struct packet *p);

/* --- elsewhere --- */
/* A key frame of an encoding is wanted, and so its packets. */
void mirror_want(struct sfu *s, struct track *k, uint8_t encoding);
/* Its home should hear what is wanted now. */
void mirror_ask(struct sfu *s, struct track *k);
/* Packets of a microphone were left out: its listeners go on without a gap. */
void mirror_resume(struct sfu *s, struct track *k);
/* One record that process `from` sent. */
enum sfu_drop mirror_record(struct sfu *s, uint32_t from, const struct relay_batch *b,
                            const struct relay_record *r);

/* --- both --- */
/* What is due of a room that is spread: five times a second. */
void mirror_turn(struct sfu *s, struct room *r);
/* The next message that is ready. */
bool mirror_collect(struct sfu *s, struct sfu_relay *out);
/* A message did not fit its channel. */
void mirror_lost(struct sfu *s, uint32_t to, struct span message);
/* The channel to a process is a new one: it knows nothing of what was said. */
void mirror_forget(struct sfu *s, uint32_t process);
/* A message is nearly full: collect before more packets come. */
bool mirror_full(const struct sfu *s);

#endif
