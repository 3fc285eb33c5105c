/* What each codec's descriptor says about a packet, as one kind of tag. Nothing sealed is looked
 * at: VP8's descriptor and its first byte, VP9's descriptor, the dependency descriptor, AV1's
 * aggregation header, the types of H.264's NAL units. knows: which codec says what where. knows
 * not: receivers. owns: nothing. */
#ifndef SFU_LAYER_READ_H
#define SFU_LAYER_READ_H

#include "sfu/packet.h"
#include "sfu/track.h"

/* Fills p->tag, p->vp8 and p->described of a packet whose p->len, ts and encoding are set. The
 * descriptor's templates are kept in the encoding. False when a descriptor breaks its format. */
bool layer_read(struct packet *p, struct track *k, struct span payload, struct span dependency);

#endif
