/* Whether microphones of a room carry earlier sound along (decision 0017): while somebody loses
 * packets, and for some seconds after; on a way that loses nothing it would be half of what sound
 * takes. A room that several processes carry has it always: none of them sees all ways.
 *
 * knows: how much each transport of this process loses, both ways. knows not: RED, which is inside
 * the seal. owns: nothing outside its structs. */
#ifndef SFU_REDUNDANCY_H
#define SFU_REDUNDANCY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

#define REDUNDANCY_WINDOW_US (400 * US_PER_MS)

enum {
    REDUNDANCY_PACKETS = 40, /* of a window at least */
    REDUNDANCY_BEGINS = 20,  /* lost of 1,000: from there on it helps */
    REDUNDANCY_ENDS = 4,     /* and there it is over, */
    REDUNDANCY_FORGETS = 16, /* a sixteenth of it being forgotten each window: 10 % after 20 s */
    REDUNDANCY_PLAIN = 1,    /* what publishers are told, as IPC_TRACK_WANTED's layers */
    REDUNDANCY_CARRIED = 2
};

/* One transport. Zero-initialised: loses nothing. */
struct redundancy {
    uint32_t packets, lost; /* of the running window, to and from it together */
    instant_us since;
    uint32_t asked; /* numbers of its microphones that it was asked for, since its last report */
    uint32_t share; /* lost of 65,536: the worst of the last windows, slowly forgotten */
    bool losing;
};

struct sfu;
struct transport;
struct track;

/* Packets to or from a transport, lost ones included. */
void redundancy_count(struct redundancy *r, uint32_t packets, uint32_t lost, instant_us now);
/* At each turn of the transport: counts it in its room, and tells the room's microphones when that
 * changes what they should do. */
void redundancy_turn(struct sfu *s, struct transport *t);
/* It is about to close. */
void redundancy_gone(struct transport *t);
/* A microphone was published: it starts plain, and is told when it should not. */
void redundancy_begin(struct sfu *s, struct track *k);

#endif
