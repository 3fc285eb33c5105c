/* Dependency descriptors for tests, written bit by bit as appendix A of the AV1 RTP specification
 * lays them out: two spatial layers by two temporal ones, four decode targets.
 *
 *     template  0     1     2     3          target  0     1     2     3
 *     layer     S0T0  S0T1  S1T0  S1T1       shows   S0T0  S0T1  S1T0  S1T1
 *
 * knows: that layout. knows not: the reader under test. owns: nothing. */
#ifndef TESTS_PROTO_DEPDESC_SAMPLE_H
#define TESTS_PROTO_DEPDESC_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sample_bits {
    uint8_t bytes[160];
    size_t at;
};

static inline void sample_put(struct sample_bits *b, uint32_t v, unsigned count)
{
    while (count-- > 0) {
        if (v >> count & 1)
            b->bytes[b->at / 8] |= (uint8_t)(0x80 >> b->at % 8);
        b->at++;
    }
}

static inline size_t sample_len(const struct sample_bits *b)
{
    return (b->at + 7) / 8;
}

enum { SAMPLE_OFFSET = 60, SAMPLE_START = 2, SAMPLE_END = 1 };

/* marks: SAMPLE_START and SAMPLE_END. Template i of the structure below. */
static inline void sample_head(struct sample_bits *b, unsigned marks, unsigned template_index,
                               uint16_t frame)
{
    memset(b, 0, sizeof *b);
    sample_put(b, marks, 2);
    sample_put(b, (SAMPLE_OFFSET + template_index) % 64, 6);
    sample_put(b, frame, 16);
}

/* What frame of template i is for target t: - D S R as 0 1 2 3. */
static const uint8_t sample_indications[4][4] = {
    {2, 2, 2, 2}, /* S0T0: everybody may start here */
    {0, 2, 0, 3}, /* S0T1 */
    {0, 0, 2, 2}, /* S1T0 */
    {0, 0, 0, 1}, /* S1T1 */
};

static inline void sample_structure(struct sample_bits *b)
{
    sample_put(b, SAMPLE_OFFSET, 6);
    sample_put(b, 3, 5); /* four targets */
    sample_put(b, 1, 2); /* layers of the templates: next temporal, */
    sample_put(b, 2, 2); /* next spatial, */
    sample_put(b, 1, 2); /* next temporal, */
    sample_put(b, 3, 2); /* end */
    for (int i = 0; i < 4; i++) {
        for (int t = 0; t < 4; t++)
            sample_put(b, sample_indications[i][t], 2);
    }
    for (int i = 0; i < 4; i++) {
        sample_put(b, 1, 1); /* one difference: 2 */
        sample_put(b, 1, 4);
        sample_put(b, 0, 1);
    }
    sample_put(b, 2, 2); /* ns(5): two chains */
    for (int t = 0; t < 4; t++)
        sample_put(b, t >= 2, 1); /* ns(2): the chain of target t */
    sample_put(b, 0, 4 * 4 * 2);  /* chain differences */
    sample_put(b, 1, 1);          /* sizes, each less one */
    sample_put(b, 319, 16);
    sample_put(b, 179, 16);
    sample_put(b, 639, 16);
    sample_put(b, 359, 16);
}

/* A key frame's first packet, of template 0. */
static inline size_t sample_key(struct sample_bits *b, uint16_t frame)
{
    sample_head(b, SAMPLE_START, 0, frame);
    sample_put(b, 0x10, 5); /* a structure, nothing of its own */
    sample_structure(b);
    return sample_len(b);
}

/* Any other packet: the mandatory bytes alone. */
static inline size_t sample_plain(struct sample_bits *b, unsigned marks, unsigned template_index,
                                  uint16_t frame)
{
    sample_head(b, marks, template_index, frame);
    return sample_len(b);
}

#endif
