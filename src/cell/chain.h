/* Whether the receipts of a meeting (proto/receipt.h) are true and whole, as one who was in it can
 * judge: by certificates, by the roster that they verified themselves, and by what they heard.
 * Total; the reasons are of docs/wire/receipts.md. knows: receipts, nodes, people's presence. knows
 * not: certificates' form, files, JSON. owns: nothing. */
#ifndef CELL_CHAIN_H
#define CELL_CHAIN_H

#include <stdbool.h>

#include "proto/receipt.h"

enum {
    CHAIN_NODES = 128,
    CHAIN_PEOPLE = 4096,
    CHAIN_HEARD = 4096,
    CHAIN_RECEIPTS = 32768,
    CHAIN_CLOCK_MS = 1000, /* by which clocks of nodes and clients may differ */
    CHAIN_LEASE_MS = 2000, /* that a node may still hold after somebody left (law G5) */
    CHAIN_LOSS = 20,       /* neighbours' counts differ by one in so many at most, */
    CHAIN_SLACK = 64,      /* and so many packets, and one receipt's worth at either end */
};

/* A node whose certificate was checked, and what the list of data centres says of its zone. */
struct chain_node {
    char node[RECEIPT_NAME + 1], centre[RECEIPT_NAME + 1], zone[RECEIPT_NAME + 1];
    uint8_t key[SIGN_PUBLIC];
    int64_t from_s, till_s;
    bool fenced;
    uint32_t first, count; /* its receipts; filled by chain_verify */
};

/* Somebody admitted, as long as the verified roster had them. */
struct chain_person {
    uint32_t node; /* place in facts.node: where they were connected */
    int64_t from_ms, to_ms;
};

/* Whom the one who exports heard or saw. */
struct chain_heard {
    uint32_t person, own; /* places in facts.person: theirs, and one's own at that time */
    int64_t from_ms, to_ms;
};

struct chain_entry {
    struct span bytes; /* *borrowed*; parsed into r by the caller */
    struct receipt r;
};

struct chain_facts {
    uint8_t meeting[RECEIPT_HASH];
    int64_t now_ms; /* of the export */
    uint32_t nodes, people, heard, builds, receipts;
    bool any_build; /* builds are not compared: nobody said which are known */
    struct chain_node *node;
    const struct chain_person *person;
    const struct chain_heard *hear;
    const uint8_t (*build)[RECEIPT_HASH];
    const struct chain_entry *receipt; /* in the order of node name and number */
};

#define CHAIN_FAULTS(X)                                                                            \
    X(FINE, "the receipts are whole and agree")                                                    \
    X(EMPTY, "there is no receipt")                                                                \
    X(MEETING, "a receipt is of another meeting")                                                  \
    X(STRANGER, "a receipt is of a node without a certificate")                                    \
    X(FORGED, "a receipt is not signed by its node")                                               \
    X(OUTSIDE, "a receipt is from outside the time of its node's certificate")                     \
    X(NAMES, "a receipt names another data centre or zone than its node's certificate")            \
    X(BUILD, "a node ran a program that is not among the known builds")                            \
    X(FUTURE, "a receipt is from the future")                                                      \
    X(REPLAYED, "a receipt is there twice")                                                        \
    X(GAP, "a receipt is missing")                                                                 \
    X(BROKEN, "a receipt does not follow the one before it")                                       \
    X(OVERLAP, "two receipts of a node are for the same time")                                     \
    X(FENCE, "a node of a fenced zone had the meeting while nobody from there was in it")          \
    X(TRANSIT, "a node of a fenced zone handed on more than its own participants sent")            \
    X(HOP, "a receipt names a node that gave no receipt for it")                                   \
    X(COUNTS, "two neighbours count differently")                                                  \
    X(EDGE, "the node of somebody who was heard gave no receipt for that time")                    \
    X(PATH, "no receipts lead from the node of somebody who was heard to one's own")

enum chain_fault {
#define FAULT(name, words) CHAIN_##name,
    CHAIN_FAULTS(FAULT)
#undef FAULT
        CHAIN_FAULT_COUNT_
};

struct chain_verdict {
    enum chain_fault fault;
    uint32_t number;          /* of the receipt, 0: none in particular */
    const char *node, *other; /* *borrowed* from the facts; NULL: none */
};

/* The first fault in the order above, receipt by receipt and then over all. */
struct chain_verdict chain_verify(struct chain_facts *f);
const char *chain_fault_words(enum chain_fault fault);

#endif
