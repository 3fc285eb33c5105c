/* Who is who: the people of the tree's leaves, and whom the server says it shows.
 * knows: participants, devices, members' ids, since when somebody is not shown. knows not: why.
 * owns: its tables, inside the session's block. */
#ifndef E2EE_ROSTER_H
#define E2EE_ROSTER_H

#include "e2ee/profile.h"
#include "e2ee/treemath.h"

struct person {
    bool used, admin;
    bool gone_once;     /* the server said so since this leaf is here */
    bool shown_once;    /* the server showed them since this leaf is here */
    bool remove;        /* to be removed by our next commit */
    bool asked;         /* by the person, since asked_ms */
    bool away;          /* hidden because our own connection was lost, not by the server's word */
    uint32_t member;    /* as the server says; 0: shows nobody */
    uint64_t hidden_ms; /* since when member is 0 */
    uint64_t asked_ms;
    uint64_t beat_ms;  /* time inside the last beat */
    uint64_t heard_ms; /* when they last proved to be in our state, or came */
    uint64_t since;    /* first epoch at this leaf */
    uint8_t participant[E2EE_PARTICIPANT], signer[SUITE_SIGN_PUBLIC];
    struct profile profile;
};

struct roster_shown {
    uint32_t member;
    uint8_t participant[E2EE_PARTICIPANT];
};

struct roster {
    uint32_t leaves, n_shown, max_shown;
    struct person *person;      /* by leaf */
    struct roster_shown *shown; /* in no order */
    uint16_t *order;            /* scratch for sorting */
    uint8_t *devices;           /* scratch: device keys in order */
};

size_t roster_bytes(uint32_t leaves);
void roster_init(struct roster *r, void *memory, uint32_t leaves);

/* ---- the server's words ---- */
void roster_show(struct roster *r, uint32_t member, const uint8_t *participant);
void roster_hide(struct roster *r, const uint8_t *participant, uint64_t now);
void roster_hide_all(struct roster *r, uint64_t now);
uint32_t roster_member(const struct roster *r, const uint8_t *participant); /* 0: not shown */

/* ---- the tree's ---- */
void roster_clear(struct roster *r, uint32_t leaf);
void roster_clear_all(struct roster *r);
/* Puts a person there; a person of the same participant keeps what the server said. */
void roster_put(struct roster *r, uint32_t leaf, const struct person *p, uint64_t now);
uint32_t roster_find(const struct roster *r, const uint8_t *participant);   /* leaf, NODE_NONE */
uint32_t roster_find_device(const struct roster *r, const uint8_t *device); /* leaf, NODE_NONE */
uint32_t roster_count(const struct roster *r);
/* No participant and no device twice. */
enum mls_rule roster_unique(struct roster *r);
/* All device keys, sorted; borrowed until the next call. */
struct span roster_devices(struct roster *r);

#endif
