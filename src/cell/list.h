/* The list of data centres that is in force, and which list may follow which. One document, signed
 * by the holder of the list's key (docs/wire/datacentres.md has the text); every node and client
 * keeps the newest that it has seen. Total functions. knows: zones, data centres, versions. knows
 * not: JSON, signatures, files, what a meeting may use (policy/fence.h). owns: nothing. */
#ifndef CELL_LIST_H
#define CELL_LIST_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LIST_ZONES = 32,
    LIST_CENTRES = 64,
    LIST_ID = 32,        /* characters of an id: a to z, 0 to 9 and - */
    LIST_LABEL = 64,     /* bytes of a name that people read */
    LIST_URL = 128,      /* https://host[:port] */
    LIST_COUNTRIES = 64, /* of one zone */
    LIST_SKEW_S = 600,   /* so far ahead of our clock a list may say it was issued */
};

#define LIST_VERSION_MAX ((int64_t)1 << 53) /* whole numbers that JSON keeps everywhere */

enum list_realm { LIST_COMMERCIAL, LIST_GOVERNMENT };
enum list_kind { LIST_COLOCATED, LIST_CLOUD };
/* In the order of enum fence_state. */
enum list_state { LIST_UP, LIST_DRAINING, LIST_DOWN, LIST_WITHDRAWN };

/* Texts are zero-terminated, and zero behind their end. */
struct list_zone {
    char id[LIST_ID + 1];
    bool fenced;
    uint8_t authority[32]; /* Ed25519 public key of the zone's authority */
    uint32_t countries;
    char country[LIST_COUNTRIES][3]; /* ISO 3166-1 alpha-2 */
};

struct list_centre {
    char id[LIST_ID + 1], name[LIST_LABEL + 1], url[LIST_URL + 1], country[3];
    uint8_t zone; /* place in list.zone */
    uint8_t realm, kind, state;
    int32_t latitude, longitude; /* millionths of a degree */
    uint32_t capacity;           /* meeting participants */
};

struct list {
    int64_t version; /* from 1 on; 0: there is no list yet */
    int64_t issued_s;
    uint32_t zones, centres;
    struct list_zone zone[LIST_ZONES];
    struct list_centre centre[LIST_CENTRES];
};

/* Why a list does not follow the one in force, which then stays. */
#define LIST_FAULTS(X)                                                                             \
    X(FINE, "it follows the list in force")                                                        \
    X(SAME, "it is the list in force")                                                             \
    X(OLDER, "it is older than the list in force")                                                 \
    X(FORK, "it has the version of the list in force and says something else")                     \
    X(FUTURE, "it was issued in the future")                                                       \
    X(BEFORE, "it was issued before the list in force, though its version is higher")              \
    X(ZONE_GONE, "a zone of the list in force is missing")                                         \
    X(UNFENCED, "a zone loses its fence; a zone without one needs an id of its own")               \
    X(CENTRE_GONE, "a data centre of the list in force is missing; withdraw it")                   \
    X(MOVED, "a data centre changes its zone, realm or country; it needs an id of its own")        \
    X(RETURNED, "a data centre that was withdrawn comes back; it needs an id of its own")

enum list_fault {
#define FAULT(name, words) LIST_##name,
    LIST_FAULTS(FAULT)
#undef FAULT
        LIST_FAULT_COUNT_
};

/* Whether `next` may take the place of `now` (version 0: of nothing). *id: which zone or data
 * centre it is about, *borrowed* from one of the two, or NULL. */
enum list_fault list_follows(const struct list *now, const struct list *next, int64_t now_s,
                             const char **id);
const char *list_fault_words(enum list_fault fault);

/* NULL: there is none of that id. */
const struct list_zone *list_zone_of(const struct list *l, const char *id);
const struct list_centre *list_centre_of(const struct list *l, const char *id);

#endif
