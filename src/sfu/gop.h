/* What is kept of an encoding since its last key frame (a group of pictures), for a receiver that
 * begins to watch late: it gets these packets at once instead of waiting for a key frame of its
 * own. Only numbers are kept here; the packets lie in the ring that also serves retransmission.
 *     first = 200 (key frame) 201 202 ... 231, next = 232
 * Too old, too large or too many is not worth sending, and a group that began before the receiver
 * came in is sealed under keys that it never had: then a key frame is asked for.
 * knows: numbers, sizes, time. knows not: packets' bytes, who gets them. owns: nothing. */
#ifndef SFU_GOP_H
#define SFU_GOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limit.h"

enum { GOP_PACKETS_MAX = 256, GOP_BYTES_MAX = 200 << 10 };

#define GOP_AGE_US (1500 * US_PER_MS)
#define GOP_APART_US US_PER_S /* one receiver starts from it so often at most (attack A12) */

static_assert((int)GOP_PACKETS_MAX <= (int)LIMIT_RTX_HISTORY, "a group's packets are still kept");

struct gop {
    bool open;           /* false: no key frame yet, or the group grew too large */
    int64_t first, next; /* unwrapped sequence numbers */
    uint32_t bytes;
    instant_us since;
};

/* A packet that arrived, in any order; `key`: it is the first of a key frame. */
void gop_input(struct gop *g, int64_t seq, bool key, size_t len, instant_us now);
/* Worth sending: the caller still has to see that it has every packet of first .. next - 1. */
bool gop_ready(const struct gop *g, instant_us now);

#endif
