/* Where a key frame starts in H.264 over RTP (RFC 6184): the types of NAL units, which a sealing
 * sender leaves clear. knows: NAL and aggregation headers. knows not: what is behind them.
 * owns: nothing. */
#ifndef PROTO_H264_H
#define PROTO_H264_H

#include <stdbool.h>

#include "base/span.h"

/* The packet holds the parameters that a key frame starts with, or the start of the key frame
 * itself. False for what breaks the format: it is passed on and starts nothing. */
struct h264 {
    bool parameters; /* a sequence parameter set */
    bool key;        /* the first slice of an IDR picture begins here */
};

struct h264 h264_look(struct span payload);

#endif
