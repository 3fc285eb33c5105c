/* Usage figures of the whole server, a day (UTC) at a time, derived while people come and go:
 * docs/usage.md says what each of them means. Nothing that is kept says who was in which meeting:
 * whom and what was counted today is a set of keyed hashes in memory, and neither the set nor its
 * key outlives the day.
 * knows: entries, leavings, Unix time as an argument. knows not: clocks, the store, names, who is
 * in a meeting now. owns: nothing; the storage is the caller's. Time: O(1) an entry. */
#ifndef ACCOUNT_USAGE_H
#define ACCOUNT_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "account/rows.h"

enum {
    USAGE_CELLS = 1 << 18,
    USAGE_MOST = USAGE_CELLS / 4 * 3, /* people and meetings told apart a day, together */
    USAGE_KEY = 32,
    USAGE_WAITING = 8,      /* days that wait for the store, today's among them */
    USAGE_EVERY_MS = 10000, /* between two additions to what is stored of today */
    USAGE_STEP_MS = 60000,  /* a clock that goes further at once was set: no time in meetings */
};

/* Of an organisation's day, as its owners see it. */
enum {
    USAGE_FEW = 5,    /* fewer people than these hide the whole day */
    USAGE_SHOWN = 92, /* days of one answer */
};

/* What is stored of a day as it may be shown: nothing but that they were few, when no run of the
 * server counted USAGE_FEW people; at most so many people, when several counted. */
void usage_show(struct account_usage_day *out, const struct account_usage_day *stored,
                uint32_t most_people);

#define USAGE_DAY_MS (24 * 60 * 60 * (int64_t)1000)

/* Of a day. */
enum {
    USAGE_RESTARTED = 1, /* counting began anew within it: people and meetings are upper bounds */
    USAGE_FULL = 2,      /* more than could be told apart: people and meetings are lower bounds */
    USAGE_FLAGS_ = 4
};

/* What is to be added to a day's figures. */
struct usage_day {
    int64_t day_ms;        /* its beginning, Unix time */
    uint64_t meetings;     /* entered by anybody */
    uint64_t participants; /* entries into meetings */
    uint64_t guests;       /* those of them by somebody without an account */
    uint64_t people;       /* accounts that entered any */
    uint64_t minutes;      /* that participants spent in meetings, together */
    uint32_t flags;        /* USAGE_FULL or none */
    bool first;            /* the first addition since counting began; see USAGE_RESTARTED */
};

struct usage {
    struct usage_day day[USAGE_WAITING]; /* oldest first, today last */
    uint32_t days;
    int64_t last_ms, given_ms; /* last looked at the clock; last gave today's */
    uint64_t spent_ms;         /* in meetings today, not yet in minutes */
    uint32_t present;
    uint64_t lost; /* days that nobody took in time */
    uint8_t key[USAGE_KEY];
    uint32_t known;
    uint64_t cell[USAGE_CELLS]; /* 0: free */
};

/* key: random, of this run of the process. */
void usage_init(struct usage *u, const uint8_t key[USAGE_KEY], int64_t now_ms);
void usage_fini(struct usage *u);

/* Somebody is inside: was let in, where there is a waiting room. account: ACCOUNT_ID bytes, or NULL
 * for a guest. True: the account was counted now as one of the day's people. */
bool usage_enter(struct usage *u, struct span meeting, const uint8_t *account, int64_t now_ms);
void usage_leave(struct usage *u, int64_t now_ms);

/* Goes on to now_ms; to be called about twice a second. True: *out is to be added to what is
 * stored, and usage_given called once it is on its way; else it is given again. */
bool usage_due(struct usage *u, int64_t now_ms, struct usage_day *out);
void usage_given(struct usage *u);

#endif
