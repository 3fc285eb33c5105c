/* The datagrams between two nodes' media processes, and the keys of such a link.
 *
 *     datagram = clear head, sealed (inner head, body), tag of 16 bytes; at most 1,200 bytes
 *       0 version   1 generation of the key, its low byte   2 zero (2)
 *       4 link, a number that the receiver chose (4)        8 number (8)
 *      16 kind     17 1: sent again   18 zero (2)   20 sequence (8)   28 body
 *
 * All numbers are big-endian. Sealed with AES-128-GCM; the clear head is the additional data, and
 * the nonce is the key's salt with the number added bit by bit, as in TLS 1.3 (RFC 8446 section
 * 5.3). Meeting, epoch and zones are inside (proto/relay.h): who reads the path learns of a link
 * only that it is used. A number is used once; what is sent again gets a new number and keeps its
 * sequence.
 *
 * Keys come from a secret that both nodes export from their TLS connection, one chain each
 * direction. A generation ends after so many datagrams or so long; its successor is derived and the
 * secret behind it wiped. The receiver follows when a datagram of the next generation is authentic,
 * and takes the former one for BRIDGE_OLD_US more.
 * knows: bytes, keys, replay. knows not: meetings, fences, addresses, what is sent again.
 * owns: the keyed contexts, between open and close. Only a change of generation allocates. */
#ifndef PROTO_BRIDGE_H
#define PROTO_BRIDGE_H

#include "base/err.h"
#include "base/instant.h"
#include "crypt/aead.h"
#include "proto/relay.h"
#include "proto/replay.h"

enum {
    BRIDGE_VERSION = 1,
    BRIDGE_CLEAR = 16,
    BRIDGE_INNER = 12,
    BRIDGE_OVERHEAD = BRIDGE_CLEAR + BRIDGE_INNER + AEAD_TAG_LEN,
    BRIDGE_DATAGRAM_MAX = 1200,
    BRIDGE_BODY_MAX = BRIDGE_DATAGRAM_MAX - BRIDGE_OVERHEAD,
    BRIDGE_SECRET = 32,
    BRIDGE_ASK_EACH = 16,
    BRIDGE_ASK_MAX = 32, /* items of one ASK */
};

/* The largest record in a batch of its own goes in two pieces, never more. */
static_assert(RELAY_HEAD + RELAY_HEAD + RELAY_BODY_MAX <= 2 * BRIDGE_BODY_MAX,
              "two pieces hold any batch of one record");
static_assert(BRIDGE_ASK_EACH * BRIDGE_ASK_MAX <= BRIDGE_BODY_MAX, "an ASK fits");

#define BRIDGE_KEY_DATAGRAMS ((uint64_t)1 << 30)
#define BRIDGE_KEY_US (600 * US_PER_S)
#define BRIDGE_OLD_US (2 * US_PER_S)

enum bridge_kind {
    BRIDGE_WHOLE = 1, /* one batch */
    BRIDGE_FIRST,     /* its first piece, */
    BRIDGE_LAST,      /* and the rest: the sequence after it */
    BRIDGE_AT,        /* sequence: the next that will be used; no body */
    BRIDGE_ASK,       /* items: a sequence (8), and the 64 after it that are missing, a bit each */
    BRIDGE_KIND_END_
};

enum bridge_fault {
    BRIDGE_OK,
    BRIDGE_SIZE, /* shorter than its heads and tag, or over 1,200 bytes */
    BRIDGE_NO_VERSION,
    BRIDGE_RESERVED,   /* a bit of the clear head that means nothing yet */
    BRIDGE_NO_LINK,    /* not this link's number */
    BRIDGE_GENERATION, /* no key of that generation is held */
    BRIDGE_REPLAYED,   /* seen, or older than the window */
    BRIDGE_AUTH,
    BRIDGE_KIND,   /* authentic, but of no known kind or with a bit that means nothing */
    BRIDGE_LENGTH, /* authentic, but its body is not as its kind has it */
    BRIDGE_FAULT_COUNT_
};

/* A key of one generation. */
struct bridge_key {
    struct aead gcm;
    uint8_t salt[AEAD_IV_LEN];
};

struct bridge_out {
    uint8_t secret[BRIDGE_SECRET]; /* of the next generation */
    struct bridge_key key;
    uint64_t number, key_end; /* next one; where the generation ends */
    instant_us key_until;
    uint32_t generation, link;
};

struct bridge_in {
    uint8_t secret[BRIDGE_SECRET]; /* of the generation after `next` */
    struct bridge_key old, now, next;
    instant_us old_until;
    uint32_t generation, link; /* of `now` */
    struct replay replay;
};

struct bridge_text {
    enum bridge_kind kind;
    bool again; /* its sequence was sent before */
    uint64_t sequence;
    struct span body; /* *borrowed* */
};

/* `first`: the side that opened the TLS connection. `peer` is the number that the other side chose
 * for this link, `own` ours. The secret may be wiped afterwards. ERR_NOMEM, ERR_CRYPTO; nothing is
 * held then. */
struct bridge_link {
    struct bridge_out out;
    struct bridge_in in;
};
struct bridge_setup {
    const uint8_t *secret; /* BRIDGE_SECRET bytes, *borrowed* */
    bool first;
    uint32_t own, peer;
};
enum err bridge_open(struct bridge_link *l, const struct bridge_setup *setup, instant_us now);
/* Safe on a zeroed or closed one. */
void bridge_close(struct bridge_link *l);

/* Seals to out, BRIDGE_DATAGRAM_MAX bytes, and gives the length. ERR_LIMIT: the body is too long;
 * ERR_CRYPTO. A number is used up even when it fails. */
enum err bridge_seal(struct bridge_link *l, const struct bridge_text *text, instant_us now,
                     struct writer *out);

/* Opens in place; *text borrows from the datagram. Nothing changes unless it is authentic, and
 * nothing is to be answered then. */
enum bridge_fault bridge_unseal(struct bridge_link *l, uint8_t *datagram, size_t len,
                                instant_us now, struct bridge_text *text);

const char *bridge_fault_name(enum bridge_fault f);

#endif
