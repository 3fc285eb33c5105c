/* Whether a packet goes on to one receiver: the layer that it gets, layers inside that, the talker
 * in a slot; and the changes of the outgoing stream that follow from it. knows: subscriptions,
 * tags, the rules of pick.h and layer_cut.h. knows not: batches, headers, sockets. owns: nothing.
 */
#ifndef SFU_SELECT_H
#define SFU_SELECT_H

#include "sfu/counter.h"
#include "sfu/packet.h"

struct sfu;
struct subscription;
struct track;

/* For a subscription of the packet's track: SFU_DROP_NONE when it goes on. */
enum sfu_drop select_layer(struct sfu *s, struct subscription *u, const struct packet *p);
/* For a slot that k has the place of. It changes hands at any packet: the talkers' clocks have
 * nothing in common, so the stream's time goes on by what has passed here. */
enum sfu_drop select_voice(struct sfu *s, struct subscription *u, const struct track *k,
                           const struct packet *p);
/* Layers inside the encoding that the receiver gets already. What is left out leaves no gap, unless
 * it came out of order. */
enum sfu_drop select_inside(struct sfu *s, struct subscription *u, const struct packet *p);
/* The packet's encoding takes over the outgoing stream. `live` is p, or the newest of the kept
 * packets that follow p at once. */
void select_takeover(struct sfu *s, struct subscription *u, const struct packet *p,
                     const struct packet *live);
/* The packet ends what the receiver gets of this picture: its marker. */
bool select_ends_picture(const struct subscription *u, const struct packet *p);

#endif
