/* RTP packets: read a header, change its fields in place, write a new header in front of a payload
 * that is shared (RFC 3550 section 5.1).
 * knows: the fixed header, CSRCs, the extension block, padding. knows not: SRTP, what a payload is.
 * owns: nothing; spans point into the packet, *borrowed*. */
#ifndef PROTO_RTP_H
#define PROTO_RTP_H

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"
#include "base/writer.h"

enum { RTP_HEADER_LEN = 12, RTP_HEADER_MAX = 12 + 15 * 4 + 4 + 255 * 4 };

/* A sealed packet's padding is encrypted: its payload span then still holds ciphertext, padding and
 * tag. An opened packet's padding is checked and cut off. */
enum rtp_form { RTP_SEALED, RTP_OPENED };

struct rtp_packet {
    struct span whole;
    bool marker, padded;
    uint8_t pt;
    uint8_t csrc_count;
    uint16_t seq;
    uint32_t ts;
    uint32_t ssrc;
    uint16_t header_len; /* fixed header, CSRCs and extension block */
    uint16_t profile;    /* of the extension block; 0 when there is none */
    struct span ext;     /* the block's elements, without its 4-byte head */
    struct span payload;
    uint8_t padding_len; /* 0 for a sealed packet */
};

/* ERR_SHORT, ERR_MALFORMED (version, lengths that lie, padding 0 or beyond the payload). Elements
 * of the extension block are not looked at: see rtpext.h. p is untouched on failure (attack A11).
 */
enum err rtp_parse(struct rtp_packet *p, struct span in, enum rtp_form form);

/* In place; the packet must have been parsed. */
void rtp_set_seq(uint8_t *packet, uint16_t seq);
void rtp_set_ts(uint8_t *packet, uint32_t ts);
void rtp_set_ssrc(uint8_t *packet, uint32_t ssrc);
void rtp_set_pt(uint8_t *packet, uint8_t pt);
void rtp_set_marker(uint8_t *packet, bool marker);
/* The padding itself is the caller's to add; see struct rtp_header. */
void rtp_set_padded(uint8_t *packet, bool padded);

struct rtpext_set;

struct rtp_header {
    bool marker,
        padded; /* padded: the caller adds padding, its last byte the count, to the payload */
    uint8_t pt;
    uint16_t seq;
    uint32_t ts;
    uint32_t ssrc;
    const struct rtpext_set *ext; /* *borrowed*; NULL or empty: no extension block */
};

/* A fresh header, without CSRCs; the payload is not touched. False when it does not fit. */
bool rtp_write_header(struct writer *w, const struct rtp_header *h);

#endif
