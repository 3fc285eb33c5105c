/* The voices of a room, put to use: which microphones are forwarded, and the slots.
 * A slot is a subscription without a track: what it carries is whoever has that place of the
 * room's ranking (speaker.h), renumbered so that it looks like one stream. Nothing is moved when a
 * place changes hands: a packet finds its slots through its track's place.
 *
 *     track.speaker.place = 2  ->  room.voices[1]: one subscription of each receiver with slots
 *
 * knows: rooms, tracks, places. knows not: how loudness is ranked, packets' way.
 * owns: nothing. */
#ifndef SFU_VOICE_H
#define SFU_VOICE_H

#include <stdbool.h>

#include "base/list.h"

struct sfu;
struct track;
struct packet;

/* A microphone was published. */
void voice_enter(struct track *t);
/* It is muted: it gives its place back, and keeps being counted. */
void voice_mute(struct sfu *s, struct track *t);
/* It is gone. */
void voice_leave(struct sfu *s, struct track *t);

/* Ranks one packet of a track. False when nobody gets it: a microphone that is not among the
 * loudest of a room with more than SPEAKER_TOP. *slots gets the list that it feeds, or NULL. */
bool voice_admit(struct sfu *s, struct track *t, const struct packet *p, struct list **slots);

#endif
