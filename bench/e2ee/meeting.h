/* A meeting of many for the benchmark, by the session's own door (e2ee.h): descriptor, link, key
 * packages with join proofs, and a profile with its device's signature for each person. Where
 * people.h measures MLS alone, this measures what a client does. A host, a listener who came in
 * last, a newcomer at the door, and leaves whose owners never act. Everything is drawn from one
 * seed; the clock stands still. owns: the memory of its people, until meeting_close. */
#ifndef BENCH_E2EE_MEETING_H
#define BENCH_E2EE_MEETING_H

#include "e2ee/e2ee.h"
#include "people.h"

enum { MEETING_MAX = 2002, MEETING_PACKAGE = 2048 };

struct attendee {
    struct e2ee *e;
    uint8_t *memory, *kept; /* the session's block and its snapshot */
    size_t bytes;
    uint8_t device[SUITE_SIGN_SECRET];
    uint32_t member;
    uint8_t package[MEETING_PACKAGE], proof[E2EE_PROOF];
    size_t package_len;
};

struct meeting {
    uint32_t size; /* members, the newcomer not counted */
    struct stream stream;
    struct e2ee_link link;
    uint8_t descriptor_room[E2EE_DESCRIPTOR_MAX], group_room[16];
    struct span descriptor, group;
    uint64_t epoch;
    uint32_t capacity, refused;
    struct attendee host, listener, newcomer;
    uint8_t participant[MEETING_MAX][E2EE_PARTICIPANT]; /* by member, from 1 */
    uint8_t *commit, *welcome;
    size_t commit_len, welcome_len;
};

/* size: even, at least 4. Ends the program when a step fails. */
void meeting_open(struct meeting *m, uint32_t size, uint64_t seed);
void meeting_close(struct meeting *m);

/* A snapshot and the way back, so that the same step can be measured many times. */
void attendee_keep(struct attendee *a);
void attendee_return(struct attendee *a);

/* The host is told who wants in, and makes the commit and its Welcome. */
void meeting_add(struct meeting *m);
/* The listener takes the commit. */
void meeting_process(struct meeting *m);
/* The newcomer takes the Welcome and can then send. */
void meeting_join(struct meeting *m);

#endif
