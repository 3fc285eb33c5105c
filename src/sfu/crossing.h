/* One link to a media process of another node: the relay's messages cut into datagrams, each judged
 * before it is sealed and again after it is opened, and what the path loses asked for again.
 *
 *     message -> batches of one meeting, at most a datagram (or two: one large record)
 *             -> egress -> kept for CROSSING_KEPT_US -> sealed -> path
 *     path -> opened -> sequence: new, asked for, or known -> ingress -> DELIVER
 *                       gaps -> ASK, six times; then LOST, and a key frame is asked for as when a
 *                       channel is full
 *
 * What is delivered may be out of order, as packets of any network are. What is kept is plain and
 * judged anew when it is sent again: a zone that was withdrawn meanwhile gets nothing.
 * Contract: input one thing, then poll until false; spans of an effect live until the next call.
 * Nothing is sent because of a datagram that is not authentic.
 * knows: batches, zones, sequences. knows not: sockets, tracks. owns: what it keeps; allocates
 * nothing but what a key's change does. Some 1.3 MB. */
#ifndef SFU_CROSSING_H
#define SFU_CROSSING_H

#include "proto/bridge.h"
#include "sfu/counter.h"
#include "sfu/egress.h"
#include "sfu/ingress.h"

enum {
    CROSSING_KEPT = 1024, /* datagrams that may be asked for */
    CROSSING_GAPS = 512,  /* sequences that are missing at once */
    CROSSING_HALVES = 16, /* large records of which one piece is here */
    CROSSING_TRIES = 6,   /* times that a sequence is asked for */
    CROSSING_AGAIN = 8,   /* times that a datagram is sent again */
};
#define CROSSING_KEPT_US (1000 * US_PER_MS)
#define CROSSING_ORDER_US (3 * US_PER_MS)  /* before a gap is asked for: it may be a late one */
#define CROSSING_AGAIN_US (5 * US_PER_MS)  /* between two answers with one datagram */
#define CROSSING_IDLE_US (20 * US_PER_MS)  /* after the last datagram: where the sequence stands */
#define CROSSING_ALARM_US (1 * US_PER_S)   /* between two violations that are told */
#define CROSSING_RETRY_US (60 * US_PER_MS) /* until a round trip is known, */
#define CROSSING_RETRY_MIN_US (10 * US_PER_MS)
#define CROSSING_RETRY_MAX_US (200 * US_PER_MS)

struct crossing_config {
    const struct passes *grants; /* *shared* */
    struct counters *counters;   /* *shared* */
    uint8_t own_zone, peer_zone;
    bool own_fenced;
};

struct crossing_kept {
    uint64_t sequence;
    instant_us at, again_at;
    struct relay_batch batch;
    enum bridge_kind kind;
    uint16_t len; /* 0: nothing kept */
    uint8_t again;
    bool relayed;
    uint8_t body[BRIDGE_BODY_MAX];
};

struct crossing_gap {
    uint64_t sequence;
    instant_us due, asked_at;
    uint8_t tries;
};

struct crossing_half {
    uint64_t first; /* sequence of the first piece */
    uint16_t len[2];
    uint8_t piece[2][BRIDGE_BODY_MAX];
};

struct crossing_ask {
    uint64_t first, after;
};

struct crossing_out {
    uint64_t next; /* sequence */
    struct span message;
    struct relay_walk walk;
    bool relayed, walking, more; /* more: the second piece waits in `body` */
    struct span held;            /* a record that found no place in the running body */
    struct relay_batch batch;    /* of the running body */
    uint32_t used, records;
    uint8_t body[2 * BRIDGE_BODY_MAX];
    struct crossing_ask ask[BRIDGE_ASK_MAX]; /* to be answered */
    uint32_t asks, ask_at;
    uint32_t ask_bit;
    instant_us at_due; /* INSTANT_NEVER: the peer was told */
    struct crossing_kept kept[CROSSING_KEPT];
};

struct crossing_in {
    uint64_t expect; /* sequence */
    uint32_t gaps;
    uint32_t lost;          /* given up, not told yet */
    duration_us round_trip; /* smoothed; 0: unknown */
    struct span ready;
    uint8_t whole[2 * BRIDGE_BODY_MAX];
    struct crossing_gap gap[CROSSING_GAPS]; /* in ascending order */
    struct crossing_half half[CROSSING_HALVES];
};

/* A batch that the fence stopped, for the audit log: the last one, and how many since the last was
 * told. */
struct crossing_alarm {
    uint64_t batches;
    uint32_t meeting;
    enum passage why;
    bool leaving; /* egress; else ingress */
};

struct crossing {
    struct crossing_config config;
    struct bridge_link link;
    struct crossing_out out;
    struct crossing_in in;
    struct crossing_alarm alarm;
    instant_us alarm_due;
    uint8_t datagram[BRIDGE_DATAGRAM_MAX];
};

enum crossing_input_type { CROSSING_MESSAGE, CROSSING_DATAGRAM, CROSSING_TICK };

struct crossing_input {
    enum crossing_input_type type;
    bool relayed;        /* MESSAGE: it came from another node */
    struct span message; /* MESSAGE: *borrowed* until poll is false */
    uint8_t *bytes;      /* DATAGRAM: opened in place, *borrowed* until poll is false */
    size_t len;
};

enum crossing_effect_type {
    CROSSING_SEND,    /* bytes: a datagram for the peer */
    CROSSING_DELIVER, /* bytes: a message of one batch, as a channel would give it */
    CROSSING_LOST,    /* count sequences are given up */
    CROSSING_ALARM,
};

struct crossing_effect {
    enum crossing_effect_type type;
    struct span bytes;
    uint32_t count;
    struct crossing_alarm alarm;
};

/* ERR_NOMEM, ERR_CRYPTO: nothing is held. */
enum err crossing_open(struct crossing *c, const struct crossing_config *config,
                       const struct bridge_setup *keys, instant_us now);
void crossing_close(struct crossing *c);
void crossing_input(struct crossing *c, const struct crossing_input *in, instant_us now);
bool crossing_poll(struct crossing *c, struct crossing_effect *e, instant_us now);
/* INSTANT_NEVER: nothing is due. */
instant_us crossing_deadline(const struct crossing *c);

#endif
