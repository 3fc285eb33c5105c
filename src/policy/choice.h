/* A customer's choice of data centres: what it lets in for processing, for transit and for storage,
 * and why a choice is refused before anybody depends on it. Total functions; a data centre is a bit
 * at its place in the world's table. An account's choice and those of its organisations all hold
 * together: adding one never lets more in. knows: lists, zones, realms. knows not: names, who may
 * choose, delays, who is admitted (fence.h). owns: nothing. */
#ifndef POLICY_CHOICE_H
#define POLICY_CHOICE_H

#include "policy/fence.h"

enum { CHOICE_CENTRES = 64, CHOICE_ABOVE = 16 };

enum choice_use { CHOICE_PROCESSING, CHOICE_TRANSIT, CHOICE_STORAGE, CHOICE_USES_ };

typedef uint64_t choice_set; /* a bit a data centre */

/* What there is to choose from. */
struct choice_world {
    uint32_t count;                             /* at most CHOICE_CENTRES; more are not looked at */
    struct fence_centre centre[CHOICE_CENTRES]; /* `chosen` and `load` are not read */
    fence_set fenced;
};

struct choice_lists {
    bool only;          /* `in` is all that is let in, also when nothing of it is left */
    choice_set in, out; /* out holds whatever in says */
};

struct choice {
    struct choice_lists use[CHOICE_USES_];
    bool transit_own;  /* false: transit goes by the lists of processing */
    fence_set refused; /* zones */
    uint8_t realm;     /* enum fence_realm; of an account in an organisation: the organisation's */
    uint16_t country;  /* of a government */
};

/* What is in force. */
struct choice_result {
    choice_set may[CHOICE_USES_];
    fence_set refused;
    uint8_t realm;
    uint16_t country;
    bool torn; /* organisations of two realms, or countries: nothing is let in */
};

/* In the order in which they are looked at. */
#define CHOICE_FAULTS(X)                                                                           \
    X(FINE, "fine", "")                                                                            \
    X(TORN, "realm", "its organisations are of two realms, which never meet")                      \
    X(BOTH, "in_and_out", "a data centre is both opted in and opted out")                          \
    X(REALM, "other_realm", "a data centre that is opted in is of the other realm")                \
    X(BOUND, "organisation", "a data centre that is opted in is left out by the organisation")     \
    X(ZONE, "refused_zone", "a data centre that is opted in is in a zone that is refused")         \
    X(NONE, "none_left", "no data centre is left outside the fenced zones")

enum choice_fault {
#define FAULT(name, word, why) CHOICE_##name,
    CHOICE_FAULTS(FAULT)
#undef FAULT
        CHOICE_FAULT_COUNT_
};

struct choice_verdict {
    enum choice_fault fault;
    uint8_t use;    /* enum choice_use: whose list it is; of TORN: processing */
    uint8_t centre; /* the first that it is about; CHOICE_CENTRES: none */
};

/* What `own` lets in together with the `count` choices above it, at most CHOICE_ABOVE (more: torn,
 * so that nothing is let in). */
void choice_bind(const struct choice_world *w, const struct choice *own, const struct choice *above,
                 uint32_t count, struct choice_result *out);

/* Whether `own` may be chosen below those. */
struct choice_verdict choice_judge(const struct choice_world *w, const struct choice *own,
                                   const struct choice *above, uint32_t count);

/* "in_and_out", and why in words; both static. */
const char *choice_fault_word(enum choice_fault f);
const char *choice_fault_why(enum choice_fault f);

#endif
