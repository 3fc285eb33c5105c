/* Sound: 48 kHz, one channel, 16 bits, in pieces of 20 ms.
 * knows: a generated tone, loudness, which tone is heard. knows not: Opus, clocks.
 * owns: nothing. */
#ifndef AV_SOUND_H
#define AV_SOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SOUND_RATE = 48000,
    SOUND_PIECE = 960, /* samples of 20 ms */
    SOUND_SILENT = 127,
    SOUND_EAR = 4800, /* samples that a tone is judged by: 100 ms */
    SOUND_LOWEST_HZ = 100,
    SOUND_HIGHEST_HZ = 4000,
};

/* A point that turns on a circle. */
struct tone {
    double re, im, step_re, step_im;
    double amplitude; /* of full scale, 0..1 */
};
void tone_init(struct tone *t, unsigned hz, double amplitude);
void tone_fill(struct tone *t, int16_t *out, size_t samples);

/* -dBov of RFC 6464: 0 as loud as can be .. 127 silent. */
uint8_t sound_level(const int16_t *samples, size_t count);

/* The strongest tone of SOUND_EAR samples to 10 Hz; 0 when they are silent or no tone stands out.
 */
unsigned sound_tone(const int16_t samples[SOUND_EAR]);

#endif
