/* A picture: 4:2:0 planes, eight bits, even sides, in memory of the caller.
 * knows: planes and strides, halving, a marker that a program can read, what a bot's camera shows.
 * knows not: codecs, clocks, files. owns: nothing, planes are *borrowed*. */
#ifndef AV_PICTURE_H
#define AV_PICTURE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_SIDE_MIN = 64, PICTURE_SIDE_MAX = 4096 };

struct picture {
    uint16_t width, height; /* pixels, even */
    uint8_t *plane[3];      /* Y, U, V */
    size_t stride[3];       /* bytes a row */
};

/* Even and PICTURE_SIDE_MIN to PICTURE_SIDE_MAX each. */
bool picture_size_ok(unsigned width, unsigned height);
size_t picture_bytes(uint16_t width, uint16_t height);
/* Lays the planes out in picture_bytes() of memory. */
void picture_init(struct picture *p, uint16_t width, uint16_t height, uint8_t *memory);
/* Copies with averages of 2 x 2 pixels; `out` has half of each side, rounded down to even. */
void picture_halve(const struct picture *in, struct picture *out);

/* ---- the marker ----
 * Two rows of 16 blocks, from 78 % to 90 % of the height, white is 1, most significant bit first:
 *
 *     row 0   frame number, 16 bits
 *     row 1   stream, 8 bits | CRC-8 (polynomial 0x07, from 0xff) of the three bytes before
 *
 * It survives scaling and a codec at a low rate. */
struct marker {
    uint16_t frame;
    uint8_t stream;
};
void marker_write(struct picture *p, struct marker m);
/* False where the picture has none, or where it cannot be trusted. *out untouched then. */
bool marker_read(const struct picture *p, struct marker *out);

/* ---- a camera that draws ----
 * Colour with a slow gradient, the initial in the left half, a running clock in the right one,
 * `stream` as eight bars in the middle (the browser tests read these at 70 % of the height), the
 * marker, and a spot that runs along the bottom. */
struct drawing {
    uint8_t stream;
    uint8_t rgb[3];
    char initial; /* A-Z, 0-9; anything else draws none */
    unsigned fps; /* frames a second, for the clock */
};
void picture_draw(struct picture *p, const struct drawing *d, uint32_t frame);

/* What the tests of the browsers know too: red, green, blue, ochre in turn, by number. */
void drawing_of(struct drawing *d, unsigned number, char initial, unsigned fps);

#endif
