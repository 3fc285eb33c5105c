/* What a publisher sends and when: made from a seed, the same for every system that is measured.
 * knows: sizes and times of packets. knows not: RTP, sockets. owns: its items, from make to free.
 */
#ifndef BIN_LOAD_TRACE_H
#define BIN_LOAD_TRACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOAD_TRACE_US = 10000000, /* length: then it begins again */
    LOAD_STAMP_AT = 16,       /* of a packet's payload, behind a VP8 descriptor */
    LOAD_MAGIC_AT = 10,
    LOAD_PACKET_MIN = 24,
    LOAD_PACKET_BYTES = 1100, /* of a whole packet */
};

/* A packet; those of one `at_us` and encoding from `first` to `last` are a frame. */
struct load_packet {
    uint32_t at_us;
    uint16_t bytes; /* of payload, without a descriptor */
    uint8_t encoding;
    bool first, last, keyframe;
};

struct load_trace {
    struct load_packet *packets; /* *owned* */
    uint32_t count, cap;
    uint8_t encodings;
    uint32_t ticks; /* RTP clock, ticks a second */
};

/* One simulcast encoding. */
struct load_video {
    uint32_t bps, fps;
};

/* False without memory. */
bool load_trace_audio(struct load_trace *t, uint64_t seed);
bool load_trace_video(struct load_trace *t, const struct load_video *v, uint8_t encodings,
                      uint64_t seed);
void load_trace_free(struct load_trace *t);

#endif
