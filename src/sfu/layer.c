/* Sizes of layers; see layer.h. knows: pixels. owns: nothing. */
#include "sfu/layer.h"

#include <stdbool.h>

enum { USUAL_WIDTH = 1280, USUAL_HEIGHT = 720 };

static bool is_said(struct layer_size s)
{
    return s.width > 0 && s.height > 0;
}

void layer_fill(struct layer_size *layers, uint8_t count)
{
    struct layer_size full = {0, 0};
    for (uint8_t i = 0; i < count; i++) {
        if (is_said(layers[i]) && layers[i].height >= full.height)
            full = layers[i];
    }
    if (!is_said(full))
        full = (struct layer_size){USUAL_WIDTH, USUAL_HEIGHT};
    for (uint8_t i = 0; i < count; i++) {
        unsigned down = (unsigned)(count - 1 - i);
        if (!is_said(layers[i]))
            layers[i] = (struct layer_size){(uint16_t)(full.width >> down),
                                            (uint16_t)(full.height >> down)};
    }
}

/* With an eighth of slack. */
static bool side_covers(uint16_t layer, uint16_t tile)
{
    return (uint32_t)layer * 8 >= (uint32_t)tile * 7;
}

uint8_t layer_for(const struct layer_size *layers, uint8_t count, struct layer_size tile)
{
    if (count == 0)
        return 0;
    for (uint8_t i = 0; is_said(tile) && i < count; i++) {
        if (side_covers(layers[i].width, tile.width) && side_covers(layers[i].height, tile.height))
            return i;
    }
    return (uint8_t)(count - 1);
}
