/* Two small rules over time: strangers who come in a burst, and a budget of passcode attempts.
 * knows: moments and counts. knows not: who came, what a passcode is. owns: nothing; all zeros is
 * the start of both. */
#ifndef POLICY_RISK_H
#define POLICY_RISK_H

#include <stdbool.h>

#include "base/instant.h"

enum {
    RISK_BURST = 8,      /* so many strangers at least */
    RISK_KNOWN = 64,     /* arrivals that are known, the most that a burst needs */
    RISK_ATTEMPTS = 10,  /* wrong passcodes at once */
    RISK_ATTEMPT_S = 60, /* and then one in so many seconds */
};
#define RISK_BURST_US (20 * US_PER_S) /* within so long are a burst, */
#define RISK_SETTLED_US                                                                            \
    (600 * US_PER_S)                   /* in a meeting that has run for so long: a class arrives */
#define RISK_QUIET_US (300 * US_PER_S) /* after a sign the next of its kind at the earliest */

struct risk_burst {
    uint32_t count;              /* arrivals so far */
    instant_us came[RISK_KNOWN]; /* the last ones */
    instant_us signed_at;        /* 0: never */
};

/* Somebody came who showed neither the host's proof nor a personal link. `inside`: members before.
 * True: tell the hosts. A burst is RISK_BURST strangers within RISK_BURST_US, and a third as many
 * as are inside, RISK_KNOWN at most, in a meeting that began RISK_SETTLED_US ago or earlier. */
bool risk_stranger(struct risk_burst *r, uint32_t inside, instant_us began, instant_us now);

/* Wrong passcodes of one meeting, wherever they come from. Kept by the store, so in Unix time. */
struct risk_attempts {
    uint32_t used;   /* of RISK_ATTEMPTS */
    int64_t since_s; /* when the first of them is forgotten, less RISK_ATTEMPT_S */
};

/* False: none is left, and nothing is compared. A clock that goes back forgives nothing. */
bool risk_attempt_take(struct risk_attempts *a, int64_t now_s);
/* It was the right one. */
void risk_attempt_give(struct risk_attempts *a);

#endif
