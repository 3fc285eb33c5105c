/* What media processes hand to each other: opened packets of a meeting's tracks, and what goes with
 * them. The same bytes serve as one message of a channel on this machine and, sealed, as a datagram
 * between data centres.
 *
 *     message = batch ...            at most RELAY_MESSAGE_MAX bytes
 *     batch   = head, record ...     one meeting; head 32 bytes:
 *       0 version   1 zero     2 records (2)    4 bytes of the batch, head included (4)
 *       8 meeting (4)         12 epoch (4)     16 allowed zones, a bit each (8)
 *      24 number of the batch in its lane (4)  28 zero (4)
 *     record  = head, body;          head 32 bytes:
 *       0 type      1 encoding     2 flags      3 place     4 track (4)
 *       8 sequence number, unwrapped (8)       16 timestamp (4)
 *      20 bytes of the body (2)   22 level     23 bytes of the dependency descriptor in front
 *      24 orientation             25 zero (7)
 *
 * All numbers are big-endian. A PACKET's body is its dependency descriptor and its payload, which
 * is end-to-end encrypted: no header, key or address of a receiver is ever in it. A STATE's body
 * has 24 bytes for each encoding, an ASK's is its head's fields alone. knows: bytes. knows not:
 * channels, tracks, who may say what. owns: nothing. */
#ifndef PROTO_RELAY_H
#define PROTO_RELAY_H

#include "base/limit.h"
#include "base/reader.h"
#include "base/writer.h"
#include "proto/depdesc.h"

enum {
    RELAY_VERSION = 1,
    RELAY_HEAD = 32,
    RELAY_STATE_EACH = 24,
    RELAY_BODY_MAX = DEPDESC_MAX + LIMIT_RTP_PACKET,
    RELAY_MESSAGE_MAX = 32 << 10,
};

/* Unwrapped numbers stay far from the ends of their type. */
#define RELAY_SEQ_MAX ((int64_t)1 << 47)

enum relay_type { RELAY_PACKET = 1, RELAY_STATE, RELAY_ASK, RELAY_TYPE_END_ };

/* Why a message was read no further. */
enum relay_fault {
    RELAY_OK,
    RELAY_SHORT, /* ends inside a head or a body */
    RELAY_NO_VERSION,
    RELAY_LENGTH, /* lengths that contradict each other */
    RELAY_NO_TYPE,
    RELAY_RANGE,    /* an encoding, number, level or place out of range */
    RELAY_RESERVED, /* a bit that means nothing yet */
    RELAY_FAULT_COUNT_
};

struct relay_batch {
    uint32_t meeting, epoch, number;
    uint64_t zones;
};

/* One packet as its publisher sent it. */
struct relay_packet {
    int64_t seq;
    uint32_t ts;
    uint8_t encoding, level, orientation;
    uint8_t place; /* of a microphone that is heard, from 1 on; 0: none */
    bool marker, voice;
    bool resumed; /* packets before it were left out: its numbers do not follow on */
    struct span dependency, payload; /* *borrowed*; dependency of length 0: none */
};

/* How an encoding is, as its home sees it. */
struct relay_encoding {
    bool active, clock_known;
    uint32_t bps;
    uint64_t ntp; /* of the publisher's last sender report, */
    uint32_t ts;
    uint32_t age_us; /* and how long ago it came */
};

struct relay_state {
    uint8_t encodings;
    struct relay_encoding encoding[LIMIT_TRACK_ENCODINGS];
};

/* What a mirror wants of a track. */
struct relay_ask {
    uint8_t wanted;    /* a bit each encoding */
    uint8_t keyframes; /* the same */
    uint8_t level;     /* how many encodings its listeners want, from the lowest on */
    bool tell;         /* and a STATE, now */
};

struct relay_record {
    enum relay_type type;
    uint32_t track;
    union {
        struct relay_packet packet;
        struct relay_state state;
        struct relay_ask ask;
    } as;
};

/* Writing. A batch's head is written twice: first to keep its place, then with its counts. */
void relay_write_batch(struct writer *w, const struct relay_batch *b, uint32_t records,
                       uint32_t bytes);
/* Bytes that such a record takes. */
size_t relay_size(const struct relay_record *r);
void relay_write(struct writer *w, const struct relay_record *r);

/* Reading: one record after the other; false at the end or at the first fault. Records given before
 * a fault were whole. */
struct relay_walk {
    struct reader in;
    struct relay_batch batch; /* of the record given last */
    uint32_t left;            /* records of the running batch */
    const uint8_t *batch_end;
    enum relay_fault fault;
};

void relay_walk_init(struct relay_walk *w, struct span message);
bool relay_next(struct relay_walk *w, struct relay_record *out);
/* Bytes read so far. */
size_t relay_walk_at(const struct relay_walk *w, struct span message);
const char *relay_fault_name(enum relay_fault f);

#endif
