/* Rooms and peers: who is together. knows: membership. knows not: media.
 * owns: nothing; closing one closes what is inside. */
#ifndef SFU_ROOM_H
#define SFU_ROOM_H

#include "base/list.h"
#include "sfu/police.h"
#include "sfu/sfu.h"
#include "sfu/speaker.h"

struct room {
    uint32_t id;
    struct handle self;
    struct list peers, tracks;
    uint32_t peer_count;
    uint32_t mics;                         /* microphones published */
    struct speaker_rank rank;              /* who of them is heard */
    struct list voices[LIMIT_VOICE_SLOTS]; /* receivers' subscriptions to a place */
    uint32_t levels_hash;                  /* of the last LEVELS, so that only changes are told, */
    uint8_t levels_again;                  /* each so many times more: front may have lost one */
    uint32_t home, epoch;                  /* of a room that is spread: who chooses the voices */
    uint64_t spread;                       /* its media processes, a bit each; 0: only this one */
    uint32_t losing; /* transports that lose packets, see redundancy.h, and what was told of it */
    bool carries;
};

struct peer {
    uint32_t id;
    struct handle self;
    struct room *room;
    instant_us since; /* nothing that was sealed before opens for it */
    struct list room_node, transports;
    struct list mirrors; /* its tracks that are published in another process */
    uint32_t track_count;
    struct police video; /* of all its cameras and screens */
    uint32_t ssrc_count; /* primary SSRCs bound, at most LIMIT_PEER_SSRCS (attack A09) */
};

struct sfu;

enum err room_open(struct sfu *s, uint32_t id);
void room_close(struct sfu *s, struct room *r);
/* It is now in these processes. ERR_STATE: its home moved, or it left this one. */
enum err room_spread(struct sfu *s, const struct ipc_room_spread *m);
/* This process chooses the voices and tells front of them. */
bool room_chooses(const struct sfu *s, const struct room *r);
enum err peer_open(struct sfu *s, const struct ipc_peer *m);
void peer_close(struct sfu *s, struct peer *p);
/* Tells front who is loud, when that changed, and once more at the next turn: of news about levels
 * the channel may drop one, and the last one would then stand until somebody speaks again. */
void room_tell_levels(struct sfu *s, struct room *r);

#endif
