/* Traces. Video: a key frame every three seconds, six times the size of others, which vary by a
 * third; all scaled so that the trace has its bit rate. Audio: 20 ms of a codec at 32 kb/s. */
#include "bin/load_trace.h"

#include <stdlib.h>

#include "client/agent.h" /* agent_draw */

enum {
    AUDIO_US = 20000,
    AUDIO_MIN = 60,
    AUDIO_SPREAD = 41, /* 60 to 100 bytes, 80 in the middle */
    KEY_SECONDS = 3,
    KEY_WEIGHT = 600, /* a common frame weighs 100 */
    WEIGHT_MIN = 67,
    WEIGHT_SPREAD = 67,
};

static bool add(struct load_trace *t, struct load_packet p)
{
    if (t->count == t->cap) {
        uint32_t cap = t->cap ? 2 * t->cap : 1024;
        struct load_packet *more = realloc(t->packets, cap * sizeof *more);
        if (!more)
            return false;
        t->packets = more;
        t->cap = cap;
    }
    t->packets[t->count++] = p;
    return true;
}

bool load_trace_audio(struct load_trace *t, uint64_t seed)
{
    uint64_t random = seed;
    *t = (struct load_trace){.encodings = 1, .ticks = 48000};
    for (uint32_t at = 0; at < LOAD_TRACE_US; at += AUDIO_US) {
        uint16_t bytes = (uint16_t)(AUDIO_MIN + agent_draw(&random) % AUDIO_SPREAD);
        if (!add(t, (struct load_packet){.at_us = at, .bytes = bytes, .first = true, .last = true}))
            return false;
    }
    return true;
}

static bool add_frame(struct load_trace *t, struct load_packet p, uint32_t bytes)
{
    uint32_t pieces = (bytes + LOAD_PACKET_BYTES - 1) / LOAD_PACKET_BYTES;
    uint32_t each = (bytes + pieces - 1) / pieces;
    for (uint32_t i = 0; i < pieces; i++) {
        uint32_t left = bytes - i * each, take = left < each ? left : each;
        p.bytes = (uint16_t)(take < LOAD_PACKET_MIN ? LOAD_PACKET_MIN : take);
        p.first = i == 0;
        p.last = i + 1 == pieces;
        if (!add(t, p))
            return false;
    }
    return true;
}

static bool add_encoding(struct load_trace *t, const struct load_video *v, uint8_t encoding,
                         uint64_t seed)
{
    uint32_t frames = (uint32_t)((uint64_t)v->fps * LOAD_TRACE_US / 1000000);
    uint32_t apart = LOAD_TRACE_US / frames, keys = v->fps * KEY_SECONDS;
    uint64_t random = seed, weights = 0;
    uint64_t total = (uint64_t)v->bps / 8 * LOAD_TRACE_US / 1000000;
    for (int pass = 0; pass < 2; pass++) {
        random = seed;
        for (uint32_t i = 0; i < frames; i++) {
            uint64_t drawn = WEIGHT_MIN + agent_draw(&random) % WEIGHT_SPREAD;
            bool key = i % keys == 0;
            uint64_t weight = key ? KEY_WEIGHT : drawn;
            if (pass == 0) {
                weights += weight;
                continue;
            }
            uint32_t bytes = (uint32_t)(total * weight / weights);
            struct load_packet p = {.at_us = i * apart, .encoding = encoding, .keyframe = key};
            if (!add_frame(t, p, bytes < LOAD_PACKET_MIN ? LOAD_PACKET_MIN : bytes))
                return false;
        }
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct load_packet *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return (int)x->encoding - (int)y->encoding;
}

bool load_trace_video(struct load_trace *t, const struct load_video *v, uint8_t encodings,
                      uint64_t seed)
{
    *t = (struct load_trace){.encodings = encodings, .ticks = 90000};
    for (uint8_t i = 0; i < encodings; i++) {
        if (!add_encoding(t, &v[i], i, seed + i))
            return false;
    }
    if (encodings > 1)
        qsort(t->packets, t->count, sizeof *t->packets, by_time);
    return true;
}

void load_trace_free(struct load_trace *t)
{
    free(t->packets);
    *t = (struct load_trace){0};
}
