/* 16-bit sequence numbers that wrap: order and unwrapping (RFC 3550 appendix A.1).
 * knows: arithmetic. owns: nothing. */
#ifndef PROTO_SEQ_H
#define PROTO_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* True when a comes after b, looking at most half the circle ahead. */
static inline bool seq_newer(uint16_t a, uint16_t b)
{
    return a != b && (uint16_t)(a - b) < 0x8000;
}

/* True when timestamp a comes after b. */
static inline bool seq_newer32(uint32_t a, uint32_t b)
{
    return a != b && (uint32_t)(a - b) < 0x80000000u;
}

struct seq_unwrap {
    int64_t highest; /* unwrapped; starts at 65536 + first so that late packets stay positive */
    bool started;
};

/* The unwrapped number nearest to the highest so far; moves the highest forward. */
static inline int64_t seq_unwrap(struct seq_unwrap *u, uint16_t seq)
{
    if (!u->started) {
        u->started = true;
        u->highest = 65536 + (int64_t)seq;
        return u->highest;
    }
    int64_t full = u->highest + (int16_t)(uint16_t)(seq - (uint16_t)u->highest);
    if (full > u->highest)
        u->highest = full;
    return full;
}

#endif
