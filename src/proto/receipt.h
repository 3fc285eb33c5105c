/* What a node attests of one meeting for at most RECEIPT_WINDOW_MS: what it took from participants
 * and from other nodes, and what it handed on, signed with the key of its certificate. All numbers
 * are big-endian:
 *
 *     0 version 1     1 zero     2 next hops (1)   3 previous hops (1)
 *     4 fence epoch (4)          8 number of the receipt, from 1 on (4)
 *    12 meeting: SHA-256 of "conclave meeting " and its id (32)
 *    44 SHA-256 of the node's receipt before this one, signature included; zeros for the first (32)
 *    76 build: SHA-256 of the program (32)
 *   108 from, to: Unix time in ms (8, 8)
 *   124 participants connected here, most at once (4)
 *   128 packets, bytes taken from them (8, 8)    144 packets, bytes given to them (8, 8)
 *   160 node, data centre, zone: a length and so many characters each
 *       hop ...: length and characters of the other node's name, packets, bytes (8, 8);
 *                the previous hops, from whom it took, then the next ones
 *       Ed25519 signature (64) of "conclave receipt 1\n" and all bytes before it
 *
 * Hops stand in the order of their names, each name once in each direction. knows: bytes. knows
 * not: whether it is true (cell/chain.h). owns: nothing. */
#ifndef PROTO_RECEIPT_H
#define PROTO_RECEIPT_H

#include "base/err.h"
#include "base/span.h"
#include "base/writer.h"
#include "crypt/sign.h"

enum {
    RECEIPT_VERSION = 1,
    RECEIPT_NAME = 32, /* characters of a node, data centre or zone: a to z, 0 to 9 and - */
    RECEIPT_HOPS = 64, /* in each direction */
    RECEIPT_HASH = 32,
    RECEIPT_WINDOW_MS = 10000,
    RECEIPT_HEAD = 160,
    RECEIPT_BYTES = RECEIPT_HEAD + 3 * (RECEIPT_NAME + 1) +
                    2 * RECEIPT_HOPS * (RECEIPT_NAME + 1 + 16) + SIGN_BYTES,
};

/* The latest time that a receipt may say: the year 9999. */
#define RECEIPT_MS_MAX INT64_C(253402300799999)

struct receipt_count {
    uint64_t packets, bytes;
};

struct receipt_hop {
    char node[RECEIPT_NAME + 1]; /* zero-terminated, as all names here */
    struct receipt_count count;
};

struct receipt {
    uint32_t epoch, number, participants;
    uint8_t meeting[RECEIPT_HASH], before[RECEIPT_HASH], build[RECEIPT_HASH];
    int64_t from_ms, to_ms;
    struct receipt_count taken, given;
    char node[RECEIPT_NAME + 1], centre[RECEIPT_NAME + 1], zone[RECEIPT_NAME + 1];
    uint32_t previous, next;
    struct receipt_hop from[RECEIPT_HOPS], to[RECEIPT_HOPS];
};

/* Strict: exactly one receipt, in its one form. ERR_SHORT, ERR_MALFORMED, ERR_UNSUPPORTED
 * (version); out is then not to be used. The signature is not looked at. */
enum err receipt_parse(struct receipt *out, struct span bytes);
/* ERR_AUTH. `bytes` as receipt_parse took it. */
enum err receipt_verify(struct span bytes, const uint8_t key[SIGN_PUBLIC]);
/* Writes and signs it; the writer fails, and nothing is signed, unless receipt_parse would take it:
 * a key signs nothing but receipts here. */
void receipt_write(struct writer *w, const struct receipt *r, const uint8_t seed[SIGN_SEED]);
void receipt_meeting(const char *id, uint8_t out[RECEIPT_HASH]);
void receipt_hash(struct span bytes, uint8_t out[RECEIPT_HASH]);

#endif
