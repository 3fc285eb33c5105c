/* Groups of many for the benchmark: a founder, a listener who was let in last, a newcomer at the
 * door, and leaves whose owners never act. Everything is drawn from one seed. owns: the memory of
 * its people, until crowd_close. */
#ifndef BENCH_E2EE_PEOPLE_H
#define BENCH_E2EE_PEOPLE_H

#include "e2ee/group.h"

struct stream {
    uint8_t key[32];
    uint64_t block;
};

struct person {
    struct group *group;
    uint8_t *memory, *kept; /* the group's block and its snapshot */
    size_t bytes;
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
};
/* A snapshot and the way back, so that the same step can be measured many times. */
void person_keep(struct person *p);
void person_return(struct person *p);

struct crowd {
    uint32_t size; /* members, the newcomer not counted */
    struct stream stream;
    struct group_config config;
    struct person founder, listener, newcomer;
    uint8_t package[2048]; /* the newcomer's KeyPackage */
    struct span newcomer_package;
};

enum crowd_shape {
    CROWD_BLANK, /* nobody has ever rekeyed: every parent is blank, the worst for the next path */
    CROWD_POPULATED, /* a member of each pair has: no parent is blank */
};
/* size: even, at least 4. Ends the program with the rule on standard error when a step fails. */
void crowd_open(struct crowd *c, uint32_t size, enum crowd_shape shape, uint64_t seed);
void crowd_close(struct crowd *c);

/* The newcomer's Add with the link PSK, as our profile asks. */
struct group_plan crowd_add_plan(const struct crowd *c);
/* Ends the program unless the call succeeded. */
void must(const struct person *p, const char *what, enum err e);

enum { MESSAGE_MAX = 4 << 20 };

#endif
