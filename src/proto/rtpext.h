/* RTP header extension elements, one-byte and two-byte forms (RFC 8285), and the values of those
 * that we negotiate. knows: element framing, our value formats. knows not: which id means what.
 * owns: nothing; values point into the packet or to the caller's bytes, *borrowed*. */
#ifndef PROTO_RTPEXT_H
#define PROTO_RTPEXT_H

#include "base/instant.h"
#include "proto/rtp.h"

enum { RTPEXT_ONE_BYTE = 0xBEDE, RTPEXT_TWO_BYTE = 0x1000 };

struct rtpext {
    uint8_t id; /* 1..14 in the one-byte form, 1..255 in the two-byte form */
    struct span value;
};

struct rtpext_set {
    uint8_t count;
    struct rtpext item[LIMIT_RTP_EXTENSIONS];
};

/* All elements of a parsed packet, in order. A packet without a block, or with a profile that is
 * neither form, has none. Id 15 of the one-byte form ends the list (RFC 8285 section 4.2).
 * ERR_MALFORMED (a length past the end), ERR_LIMIT; set is then empty (attack A11). */
enum err rtpext_parse(struct rtpext_set *set, const struct rtp_packet *p);

/* The value of an id, ptr NULL when it is absent or the id is 0 (not negotiated). */
struct span rtpext_get(const struct rtpext_set *set, uint8_t id);
/* Adds or replaces; the value stays *borrowed*. False when the set is full, the id is 0 or the
 * value is longer than 255 bytes. */
bool rtpext_put(struct rtpext_set *set, uint8_t id, struct span value);

/* Writes the whole block with its head and padding: the one-byte form where every id and length
 * allows it, else the two-byte form. Writes nothing for an empty set. */
bool rtpext_write(struct writer *w, const struct rtpext_set *set);

/* Overwrites an element's value inside the packet that it was parsed from; same length only. */
bool rtpext_overwrite(uint8_t *packet, const struct rtp_packet *p, struct span old,
                      struct span value);

/* Audio level (RFC 6464): 0 loudest .. 127 silence. False when the value has a wrong length. */
bool rtpext_audio_level(struct span value, uint8_t *level, bool *voice);
/* Transport-wide sequence number: 2 bytes. */
bool rtpext_twcc(struct span value, uint16_t *seq);
void rtpext_write_twcc(uint8_t out[2], uint16_t seq);
/* Absolute send time: 24 bits, seconds in 6.18 fixed point. */
void rtpext_write_abs_send_time(uint8_t out[3], instant_us now);

#endif
