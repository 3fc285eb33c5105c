#include "av/picture.h"

#include <string.h>

bool picture_size_ok(unsigned width, unsigned height)
{
    return width >= PICTURE_SIDE_MIN && width <= PICTURE_SIDE_MAX && height >= PICTURE_SIDE_MIN &&
           height <= PICTURE_SIDE_MAX && width % 2 == 0 && height % 2 == 0;
}

size_t picture_bytes(uint16_t width, uint16_t height)
{
    return (size_t)width * height * 3 / 2;
}

void picture_init(struct picture *p, uint16_t width, uint16_t height, uint8_t *memory)
{
    size_t luma = (size_t)width * height;
    *p = (struct picture){
        .width = width,
        .height = height,
        .plane = {memory, memory + luma, memory + luma + luma / 4},
        .stride = {width, width / 2U, width / 2U},
    };
}

static void halve_plane(const struct picture *in, struct picture *out, int i)
{
    size_t width = i ? out->width / 2U : out->width, height = i ? out->height / 2U : out->height;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *a = in->plane[i] + 2 * y * in->stride[i], *b = a + in->stride[i];
        uint8_t *to = out->plane[i] + y * out->stride[i];
        for (size_t x = 0; x < width; x++)
            to[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) / 4);
    }
}

void picture_halve(const struct picture *in, struct picture *out)
{
    for (int i = 0; i < 3; i++)
        halve_plane(in, out, i);
}

/* ---- painting ---- */

struct paint {
    uint8_t y, u, v;
};
struct area {
    unsigned x, y, width, height;
};

/* BT.601, studio range: what VP8 decoders of browsers take for granted. */
static struct paint paint_of(const uint8_t rgb[3])
{
    int r = rgb[0], g = rgb[1], b = rgb[2];
    return (struct paint){
        .y = (uint8_t)(((66 * r + 129 * g + 25 * b + 128) >> 8) + 16),
        .u = (uint8_t)((-38 * r - 74 * g + 112 * b + 128 + 32768) >> 8),
        .v = (uint8_t)((112 * r - 94 * g - 18 * b + 128 + 32768) >> 8),
    };
}

static const struct paint white = {235, 128, 128}, black = {16, 128, 128}, grey = {126, 128, 128};

/* Cut at the picture's edge. */
static void fill(struct picture *p, struct area a, struct paint c)
{
    if (a.x >= p->width || a.y >= p->height)
        return;
    if (a.width > p->width - a.x)
        a.width = p->width - a.x;
    if (a.height > p->height - a.y)
        a.height = p->height - a.y;
    for (unsigned y = a.y; y < a.y + a.height; y++) {
        memset(p->plane[0] + y * p->stride[0] + a.x, c.y, a.width);
        memset(p->plane[1] + y / 2 * p->stride[1] + a.x / 2, c.u, (a.width + 1) / 2);
        memset(p->plane[2] + y / 2 * p->stride[2] + a.x / 2, c.v, (a.width + 1) / 2);
    }
}

/* Where a share of a side lies, in percent, on an even pixel. */
static unsigned at(unsigned side, unsigned percent)
{
    return side * percent / 100 & ~1U;
}

/* ---- the marker ---- */

enum { MARK_COLUMNS = 16, MARK_TOP = 78, MARK_MIDDLE = 84, MARK_BOTTOM = 90, MARK_BITS = 32 };

static uint8_t crc8(const uint8_t *bytes, size_t len)
{
    unsigned crc = 0xff; /* so that all black is no marker */
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x80 ? (crc << 1 ^ 0x07) & 0xff : crc << 1;
    }
    return (uint8_t)crc;
}

static struct area block(const struct picture *p, unsigned bit)
{
    unsigned column = bit % MARK_COLUMNS, row = bit / MARK_COLUMNS;
    unsigned left = column * p->width / MARK_COLUMNS,
             right = (column + 1) * p->width / MARK_COLUMNS;
    unsigned top = at(p->height, row ? MARK_MIDDLE : MARK_TOP);
    unsigned bottom = at(p->height, row ? MARK_BOTTOM : MARK_MIDDLE);
    return (struct area){left, top, right - left, bottom - top};
}

void marker_write(struct picture *p, struct marker m)
{
    uint8_t bytes[4] = {(uint8_t)(m.frame >> 8), (uint8_t)m.frame, m.stream, 0};
    bytes[3] = crc8(bytes, 3);
    for (unsigned bit = 0; bit < MARK_BITS; bit++)
        fill(p, block(p, bit), bytes[bit / 8] >> (7 - bit % 8) & 1 ? white : black);
}

/* The middle of a block, so that blurred edges do not count. */
static unsigned mean(const struct picture *p, struct area a)
{
    unsigned sum = 0, n = 0;
    for (unsigned y = a.y + a.height / 4; y < a.y + a.height - a.height / 4; y++)
        for (unsigned x = a.x + a.width / 4; x < a.x + a.width - a.width / 4; x++, n++)
            sum += p->plane[0][y * p->stride[0] + x];
    return n ? sum / n : 0;
}

bool marker_read(const struct picture *p, struct marker *out)
{
    enum { DARK = 100, BRIGHT = 150 };
    uint8_t bytes[4] = {0};
    for (unsigned bit = 0; bit < MARK_BITS; bit++) {
        unsigned light = mean(p, block(p, bit));
        if (light > DARK && light < BRIGHT)
            return false;
        if (light >= BRIGHT)
            bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    if (crc8(bytes, 3) != bytes[3])
        return false;
    *out = (struct marker){(uint16_t)(bytes[0] << 8 | bytes[1]), bytes[2]};
    return true;
}

/* ---- letters: seven rows of five dots, the left one is bit 4 ---- */

enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7 };

static const uint8_t letters[26][GLYPH_HEIGHT] = {
    {0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}, {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e},
    {0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e}, {0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c},
    {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}, {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10},
    {0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f}, {0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11},
    {0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}, {0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c},
    {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}, {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f},
    {0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11}, {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11},
    {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}, {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10},
    {0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d}, {0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11},
    {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}, {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04},
    {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}, {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04},
    {0x11, 0x11, 0x11, 0x15, 0x15, 0x1b, 0x11}, {0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11},
    {0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04}, {0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f},
};
static const uint8_t digits[10][GLYPH_HEIGHT] = {
    {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}, {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e},
    {0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f}, {0x0e, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0e},
    {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}, {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e},
    {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}, {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}, {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c},
};
static const uint8_t colon[GLYPH_HEIGHT] = {0, 0x04, 0x04, 0, 0x04, 0x04, 0};

static const uint8_t *glyph_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return letters[c - 'A'];
    if (c >= '0' && c <= '9')
        return digits[c - '0'];
    return c == ':' ? colon : NULL;
}

/* `dot`: pixels of one dot, even. */
static void write_glyph(struct picture *p, unsigned left, unsigned top, unsigned dot, char c)
{
    const uint8_t *rows = glyph_of(c);
    if (!rows)
        return;
    for (unsigned i = 0; i < GLYPH_WIDTH * GLYPH_HEIGHT; i++) {
        unsigned x = i % GLYPH_WIDTH, y = i / GLYPH_WIDTH;
        if (rows[y] >> (GLYPH_WIDTH - 1 - x) & 1)
            fill(p, (struct area){left + x * dot, top + y * dot, dot, dot}, white);
    }
}

/* ---- the camera ---- */

static unsigned dots(unsigned side, unsigned percent)
{
    unsigned dot = at(side, percent);
    return dot < 2 ? 2 : dot;
}

/* Darker to the left, brighter to the right, with a wave that moves; the middle keeps its colour.
 */
static void background(struct picture *p, const struct drawing *d, uint32_t frame)
{
    enum { STRIPES = 16, DEPTH = 3 };
    for (unsigned i = 0; i < STRIPES; i++) {
        unsigned from = i * p->width / STRIPES & ~1U, to = (i + 1) * p->width / STRIPES & ~1U;
        unsigned wave = (i + frame / 4) % STRIPES;
        struct paint c = paint_of(d->rgb);
        int shift = (int)(wave < STRIPES / 2 ? wave : STRIPES - wave) * DEPTH - 4 * DEPTH;
        c.y = (uint8_t)(c.y + shift < 16 ? 16 : c.y + shift);
        fill(p, (struct area){from, 0, to - from, at(p->height, 66)}, c);
    }
}

static void clock_face(struct picture *p, const struct drawing *d, uint32_t frame)
{
    unsigned seconds = d->fps ? frame / d->fps : 0;
    const char text[] = {(char)('0' + seconds / 600 % 10), (char)('0' + seconds / 60 % 10), ':',
                         (char)('0' + seconds / 10 % 6), (char)('0' + seconds % 10)};
    unsigned dot = dots(p->width, 1), left = at(p->width, 62), top = at(p->height, 36);
    for (unsigned i = 0; i < sizeof text; i++)
        write_glyph(p, left + i * dot * (GLYPH_WIDTH + 1), top, dot, text[i]);
}

static void bars(struct picture *p, uint8_t stream)
{
    unsigned top = at(p->height, 66), height = at(p->height, 75) - top;
    for (unsigned bit = 0; bit < 8; bit++) {
        unsigned left = bit * p->width / 8, right = (bit + 1) * p->width / 8;
        fill(p, (struct area){left, top, right - left, height},
             stream >> (7 - bit) & 1 ? white : black);
    }
}

void picture_draw(struct picture *p, const struct drawing *d, uint32_t frame)
{
    unsigned low = at(p->height, 90);
    background(p, d, frame);
    write_glyph(p, at(p->width, 10), at(p->height, 12), dots(p->height, 6), d->initial);
    clock_face(p, d, frame);
    fill(p, (struct area){0, at(p->height, 75), p->width, p->height}, grey);
    bars(p, d->stream);
    marker_write(p, (struct marker){(uint16_t)frame, d->stream});
    fill(p, (struct area){0, low, p->width, p->height - low}, grey);
    fill(p, (struct area){frame * 9 % p->width & ~1U, low, p->width / 10U, p->height - low}, white);
}

void drawing_of(struct drawing *d, unsigned number, char initial, unsigned fps)
{
    static const struct {
        uint8_t rgb[3], stream;
    } kinds[] = {{{200, 40, 40}, 0xb2},
                 {{40, 160, 60}, 0x69},
                 {{50, 80, 210}, 0xc5},
                 {{190, 150, 30}, 0x3a}};
    unsigned kind = number % 4;
    char upper = initial >= 'a' && initial <= 'z' ? (char)(initial - 'a' + 'A') : initial;
    *d = (struct drawing){
        .stream = (uint8_t)(kinds[kind].stream + number / 4), .initial = upper, .fps = fps};
    memcpy(d->rgb, kinds[kind].rgb, sizeof d->rgb);
}
