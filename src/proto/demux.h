/* Which protocol a datagram on a media address belongs to, by its first bytes (RFC 7983 section 7,
 * RFC 5761 section 4). knows: number ranges. knows not: whether the rest is well-formed. */
#ifndef PROTO_DEMUX_H
#define PROTO_DEMUX_H

#include "base/span.h"

enum demux { DEMUX_OTHER, DEMUX_STUN, DEMUX_DTLS, DEMUX_RTP, DEMUX_RTCP };

static inline enum demux demux_classify(struct span d)
{
    if (d.len < 2)
        return DEMUX_OTHER;
    uint8_t first = d.ptr[0];
    if (first <= 3)
        return DEMUX_STUN;
    if (first >= 20 && first <= 63)
        return DEMUX_DTLS;
    if (first < 128 || first > 191)
        return DEMUX_OTHER;
    /* RTCP packet types 192..223 are what RTP would read as marker plus payload types 64..95. */
    return d.ptr[1] >= 192 && d.ptr[1] <= 223 ? DEMUX_RTCP : DEMUX_RTP;
}

#endif
