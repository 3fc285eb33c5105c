/* The geographic fence: which zones a meeting may use, and whether one data centre may carry one
 * person's leg of it, with the law that forbids it (docs/wire/plan.md has the laws). Total
 * functions: any facts get an answer, and what they do not name is forbidden. knows: zones, realms,
 * an account's choice, who is admitted. knows not: delays, the order of choice (route.h), networks,
 * names. owns: nothing. */
#ifndef POLICY_FENCE_H
#define POLICY_FENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { FENCE_ZONES = 32, FENCE_NOWHERE = FENCE_ZONES };

/* A set of zones, a bit each. */
typedef uint32_t fence_set;

enum fence_realm { FENCE_COMMERCIAL, FENCE_GOVERNMENT, FENCE_REALMS_ };

enum fence_state { FENCE_UP, FENCE_DRAINING, FENCE_DOWN, FENCE_WITHDRAWN, FENCE_STATES_ };

#define FENCE_CAPACITY 1000 /* load, in thousandths */

struct fence_centre {
    uint8_t zone;  /* below FENCE_ZONES */
    uint8_t realm; /* enum fence_realm */
    uint8_t state; /* enum fence_state */
    bool chosen;   /* the account's choice of data centres lets it in */
    uint16_t country;
    uint32_t load;
};

/* Of the meeting. Countries are numbers that are equal for the same one; 0: none. */
struct fence_meeting {
    fence_set fenced;   /* zones with a fence */
    fence_set refused;  /* zones that the account refuses */
    fence_set admitted; /* zones of people whom a host or the meeting's policy let in */
    uint8_t realm;
    uint16_t country; /* of a government's meeting: its data centres are in this one alone */
};

/* Who asks. */
struct fence_client {
    uint8_t zone;  /* FENCE_NOWHERE: nobody asks; the plan is the meeting's own */
    bool admitted; /* let in already */
};

/* Why not; LAW_FINE: nothing forbids it. In the order in which they are looked at. */
#define FENCE_LAWS(X)                                                                              \
    X(FINE, "", "")                                                                                \
    X(WITHDRAWN, "G10", "it was taken off the list of data centres")                               \
    X(REALM, "G8", "it is of the other realm, and the two never meet")                             \
    X(COUNTRY, "G8", "it is a government's of another country")                                    \
    X(CHOICE, "G7", "the account has opted it out, or has not opted it in")                        \
    X(ZONE, "G7", "the account refuses its zone")                                                  \
    X(FENCE, "G3", "its zone is fenced and nobody from there is admitted")                         \
    X(LEG, "G4", "its zone is fenced: it carries only the legs of people from there")              \
    X(STRANGER, "G4", "its zone is fenced, and whoever asks is not admitted yet")                  \
    X(STATE, "G9", "it takes nobody new: it is down, or being emptied")                            \
    X(FULL, "G6", "it has no room, and nothing spills over to a forbidden one")

enum fence_law {
#define LAW(name, law, why) LAW_##name,
    FENCE_LAWS(LAW)
#undef LAW
        LAW_COUNT_
};

/* A(m): every unfenced zone that the account does not refuse and in which it has a data centre of
 * its realm and choice; and each fenced zone with somebody admitted from there, unless it is
 * refused. */
fence_set fence_allowed(const struct fence_meeting *m, const struct fence_centre *centres,
                        uint32_t count);

/* Whether that data centre may carry the client's leg (nobody's: be used by the meeting). */
enum fence_law fence_judge(const struct fence_meeting *m, fence_set allowed,
                           const struct fence_client *who, const struct fence_centre *c);

/* Whether a packet of the meeting may go from one zone into another, as a relay asks (G1). */
static inline bool fence_may_pass(fence_set allowed, uint8_t from, uint8_t to)
{
    return from < FENCE_ZONES && to < FENCE_ZONES && (allowed >> from & allowed >> to & 1) != 0;
}

/* "G4", and why in words; both static. */
const char *fence_law_name(enum fence_law law);
const char *fence_law_words(enum fence_law law);

#endif
