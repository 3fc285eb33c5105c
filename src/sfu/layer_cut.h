/* Layers inside one encoding, and how they are cut off for a receiver: of a scalable stream it gets
 * every layer up to a spatial and a temporal one, and changes only where that can be decoded.
 *
 *     spatial 2 |  .   .   .   .        goal (1, 1) of 3 x 3: what is marked o goes on; the last
 *     spatial 1 |  o   .   o   .        packet of (1, .) ends the picture there
 *     spatial 0 |  o   .   o   .
 *       temporal   0   2   1   2
 *
 *   - at a key frame everything may change
 *   - fewer layers: from the next picture on
 *   - more temporal ones: VP8 at a frame that needs the lowest alone (Y), VP9 after one that says
 *     so (U); a spatial one: at a frame of it that needs no earlier picture
 *   - with a dependency descriptor: where it says SWITCH for the wanted decode target
 *
 * knows: layers and marks of frames. knows not: packets' bytes, sequence numbers. owns: nothing. */
#ifndef SFU_LAYER_CUT_H
#define SFU_LAYER_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/depdesc.h"

enum { LAYER_CUT_NONE = -1, LAYER_SPATIAL_ALL = 7, LAYER_TEMPORAL_ALL = 7 };

/* What one packet's descriptor says, whatever the codec. All zero: no layers, starts nothing. */
struct layer_tag {
    uint8_t spatial, temporal;
    bool key;   /* first packet of a key frame */
    bool start; /* first packet of its layer's frame */
    bool end;   /* last packet of it */
    bool alone; /* its frame needs no earlier picture */
    bool sync;  /* its frame needs the lowest temporal layer alone (VP8) */
    bool up;    /* after it higher temporal layers may be joined (VP9) */
    bool described;
    depdesc_indications indications; /* when described */
};

struct layer_goal {
    uint8_t spatial, temporal; /* highest wanted */
};

/* What one receiver gets now. */
struct layer_cut {
    int8_t spatial, temporal; /* highest; LAYER_CUT_NONE: nothing before a key frame */
    int8_t target;            /* decode target, with descriptors */
};

static inline struct layer_cut layer_cut_none(void)
{
    return (struct layer_cut){LAYER_CUT_NONE, LAYER_CUT_NONE, LAYER_CUT_NONE};
}

/* From a key frame on everything goes. */
static inline struct layer_cut layer_cut_whole(void)
{
    return (struct layer_cut){LAYER_SPATIAL_ALL, LAYER_TEMPORAL_ALL, LAYER_CUT_NONE};
}

/* Nothing is cut off, and nothing will be. */
static inline bool layer_cut_is_whole(const struct layer_cut *c, uint8_t temporal_goal)
{
    return temporal_goal == LAYER_TEMPORAL_ALL && c->temporal == LAYER_TEMPORAL_ALL;
}

/* What the descriptors of an encoding refer to now. */
struct layer_described {
    struct depdesc_structure structure;
    uint32_t active;
};

/* True when the packet goes on; the cut moves to the goal where it may. `d` may be NULL when the
 * packet is not described. */
bool layer_cut_pass(struct layer_cut *c, const struct layer_tag *t, struct layer_goal goal,
                    const struct layer_described *d);

#endif
