#include "av/sound.h"

#include <math.h>

static const double two_pi = 6.283185307179586;

void tone_init(struct tone *t, unsigned hz, double amplitude)
{
    double angle = two_pi * hz / SOUND_RATE;
    *t = (struct tone){1, 0, cos(angle), sin(angle), amplitude};
}

void tone_fill(struct tone *t, int16_t *out, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        double re = t->re * t->step_re - t->im * t->step_im;
        t->im = t->re * t->step_im + t->im * t->step_re;
        t->re = re;
        out[i] = (int16_t)(t->im * t->amplitude * 32767);
    }
    /* Rounding lets the circle grow or shrink: one Newton step puts it back. */
    double fix = (3 - t->re * t->re - t->im * t->im) / 2;
    t->re *= fix;
    t->im *= fix;
}

uint8_t sound_level(const int16_t *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    if (sum <= 0)
        return SOUND_SILENT;
    double db = -10 * log10(sum / (double)count / (32768.0 * 32768.0));
    return db < 0 ? 0 : db > SOUND_SILENT ? SOUND_SILENT : (uint8_t)(db + 0.5);
}

/* Goertzel's filter: the power of one frequency. */
static double power_at(const int16_t *samples, unsigned hz)
{
    double turn = 2 * cos(two_pi * hz / SOUND_RATE), a = 0, b = 0;
    for (size_t i = 0; i < SOUND_EAR; i++) {
        double next = samples[i] + turn * a - b;
        b = a;
        a = next;
    }
    return a * a + b * b - turn * a * b;
}

unsigned sound_tone(const int16_t samples[SOUND_EAR])
{
    enum { STEP_HZ = 10, FAINT = 70 };
    double best = 0, sum = 0;
    unsigned best_hz = 0;
    if (sound_level(samples, SOUND_EAR) > FAINT)
        return 0;
    for (size_t i = 0; i < SOUND_EAR; i++)
        sum += (double)samples[i] * samples[i];
    for (unsigned hz = SOUND_LOWEST_HZ; hz <= SOUND_HIGHEST_HZ; hz += STEP_HZ) {
        double power = power_at(samples, hz);
        if (power > best) {
            best = power;
            best_hz = hz;
        }
    }
    /* A pure tone has count / 2 times the energy here: a quarter of that is a tone in a mixture. */
    return best > sum * SOUND_EAR / 8 ? best_hz : 0;
}
