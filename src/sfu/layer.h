/* Which layer of a picture a tile needs: the lowest that covers it.
 * knows: sizes in pixels. knows not: packets, subscriptions, networks. owns: nothing. */
#ifndef SFU_LAYER_H
#define SFU_LAYER_H

#include <stdint.h>

#include "base/limit.h"

/* A side of 0 was not said. */
struct layer_size {
    uint16_t width, height;
};

/* Sizes of `count` layers, lowest first, where the publisher did not say them: each half of the
 * next, the last one as large as the largest that was said, else 1280 x 720. */
void layer_fill(struct layer_size *layers, uint8_t count);

/* Index of the lowest layer that covers the tile; the highest when none does, or when the tile's
 * size was not said. A layer may be an eighth smaller than the tile: that is not seen. */
uint8_t layer_for(const struct layer_size *layers, uint8_t count, struct layer_size tile);

#endif
