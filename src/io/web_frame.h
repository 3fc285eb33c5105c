/* A watch over WebSocket frames as a client sends them: masks, reserved bits, opcodes, lengths, the
 * order of fragments, how many control frames (RFC 6455 section 5). The library checks some of
 * this, but takes unmasked frames and any number of pings (attack A18). knows: frame headers, in
 * whatever pieces they come. knows not: payloads, TLS. owns: nothing. */
#ifndef IO_WEB_FRAME_H
#define IO_WEB_FRAME_H

#include "base/span.h"

enum {
    WEB_FRAME_CONTROL_MAX = 64, /* control frames between two data frames or resets */
};

struct web_frame {
    uint8_t header[14];
    uint8_t have;     /* bytes of the header so far */
    uint64_t payload; /* bytes of the payload still to come */
    bool in_message;  /* a fragmented message is open */
    bool broken;
    uint32_t controls; /* since the last data frame */
};

/* Takes the next bytes of the stream. False from the first broken frame on. */
bool web_frame_take(struct web_frame *f, struct span bytes);

#endif
