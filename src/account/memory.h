/* Rows in memory, for as long as the process lives: the stand-in for a database, and the one that
 * unit tests use. Every ask is answered at once, through `reply`. knows: what rows.h says of each
 * ask. knows not: disks. owns: nothing; the storage is the caller's. Each ask walks its table: a
 * few microseconds a thousand rows. */
#ifndef ACCOUNT_MEMORY_H
#define ACCOUNT_MEMORY_H

#include "account/rows.h"

enum {
    MEMORY_ACCOUNTS = 4096,
    MEMORY_CREDENTIALS = 2 * MEMORY_ACCOUNTS,
    MEMORY_ROWS_SESSIONS = 4 * MEMORY_ACCOUNTS,
    MEMORY_ORGS = 256,
    MEMORY_MEMBERS = 8192,
    MEMORY_BLOCKS = 256,
    MEMORY_GRANTS = 512,
    MEMORY_MEETINGS = 256,
    MEMORY_HOOKS = 256,
    MEMORY_DEVICES = 256,
    MEMORY_PLACES = 64,
};

struct memory {
    struct account_row account[MEMORY_ACCOUNTS];
    struct account_credential credential[MEMORY_CREDENTIALS];
    struct account_session session[MEMORY_ROWS_SESSIONS];
    struct account_org org[MEMORY_ORGS];
    struct account_membership member[MEMORY_MEMBERS];
    struct account_block block[MEMORY_BLOCKS];
    struct account_grant grant[MEMORY_GRANTS];
    struct account_meeting meeting[MEMORY_MEETINGS]; /* put there by others: no ask makes one */
    struct account_hook hook[MEMORY_HOOKS];
    struct account_device device[MEMORY_DEVICES];
    struct account_places places[MEMORY_PLACES];
    struct account_usage usage; /* put there by others, of one organisation */
    uint32_t accounts, credentials, sessions, orgs, members, blocks, grants, meetings, hooks;
    uint32_t devices, placed;
};

/* *out is all of the reply; unused rows are not written. */
void memory_ask(struct memory *m, const struct account_ask *ask, struct account_reply *out);

#endif
