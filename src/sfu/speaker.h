/* Who is heard: of all microphones of a room the three loudest, each in a place that it keeps while
 * it is among them.
 *   - loudness is smoothed: up within some 60 ms, down within some 400 ms
 *   - a free place goes to whoever makes a sound, with the first packet of it
 *   - a taken one is handed over after a second at least, to someone 6 dB louder
 * The level is the publisher's own word (RFC 6464): who lies takes one place of three.
 * knows: levels, time. knows not: packets, tracks, receivers. owns: nothing; the speakers belong to
 * their tracks, and leave before those go. */
#ifndef SFU_SPEAKER_H
#define SFU_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum {
    SPEAKER_TOP = 3,
    SPEAKER_SILENCE = 127, /* level, -dBov */
    SPEAKER_AUDIBLE = 75,  /* quieter than this never takes a place */
    SPEAKER_MARGIN = 6,    /* dB that a successor must be louder */
};

#define SPEAKER_HOLD_US US_PER_S

/* One microphone. All zero: silent, without a place. */
struct speaker {
    int32_t loud;  /* 1/256 dB above silence, right at `at` */
    instant_us at; /* 0: never heard */
    uint8_t place; /* 1 .. SPEAKER_TOP, 0: none */
};

struct speaker_rank {
    struct speaker *top[SPEAKER_TOP]; /* *borrowed*; NULL: free */
    instant_us since[SPEAKER_TOP];
};

/* One packet's level, 0 loudest .. 127. Gives the index of the place that v took just now, or -1;
 * whoever had it has none any more. */
int speaker_hear(struct speaker_rank *r, struct speaker *v, uint8_t level, instant_us now);
/* Muted or gone. Gives the index of the place that is free now, or -1. */
int speaker_leave(struct speaker_rank *r, struct speaker *v);

#endif
