/* Facts of a plan out of JSON (docs/wire/plan.md), read once and strictly: a key that is not known,
 * a value out of its range, a name that stands for nothing, and choices that contradict each other
 * are refused by the path of the key. knows: the page's shapes. knows not: files, plans. */
#ifndef BIN_PLAN_FACTS_H
#define BIN_PLAN_FACTS_H

#include "bin/json_read.h"
#include "policy/route.h"

enum {
    PLAN_NAME = JSON_READ_NAME, /* bytes of a zone's or data centre's id */
    PLAN_PERSON = 64,           /* bytes of a person's */
    PLAN_PEOPLE = 2000,         /* admitted */
    PLAN_SENTENCE = JSON_READ_SENTENCE,
    PLAN_BYTES = 1 << 20, /* of a file */
};

struct plan_facts {
    struct route_facts route;
    uint32_t zones;
    char zone[FENCE_ZONES][PLAN_NAME + 1];
    char centre[ROUTE_CENTRES][PLAN_NAME + 1]; /* in the order of their ids */
    struct json_read read;                     /* why they were refused */
};

/* False: out->read.wrong says why, and names the key. */
bool plan_facts_read(struct plan_facts *out, json_t *object);

#endif
