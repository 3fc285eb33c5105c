/* What outlives the processes, as rows: accounts, organisations, meetings and what belongs to them.
 * One interface; SQLite and PostgreSQL behind it (backend.h). Tables, columns and why each is kept:
 * schema.def. knows: rows. knows not: messages, clocks, who asks. owns: the database connection.
 *
 * A call that answers ERR_OK has been written to stable storage; any other answer left the database
 * as it was, but for one case: ERR_AGAIN with store_doubt() (see there).
 *   ERR_IO        full, read-only, damaged or failing disk; a database that is not ours
 *   ERR_AGAIN     the database is away: try later
 *   ERR_MALFORMED text that is no UTF-8
 *   ERR_STATE     inside a transaction in which something failed: only rollback is left
 * Every call may answer these; a call's own answers stand beside it. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"

enum {
    STORE_ID = 16,   /* bytes of an account, organisation, device or webhook id */
    STORE_HASH = 32, /* bytes of a SHA-256 */
    STORE_WHY = 240,
    STORE_LIST = 256, /* rows that one list call gives at most */
};

enum store_profile { STORE_PROFILE_DEFAULT, STORE_PROFILE_EDUCATION };

/* One struct a table: store_account, store_meeting, ... BYTES is an array, BLOB an array and its
 * length, TEXT ends with a zero, INT is 64 bits; times are Unix time in ms. */
#define STORE_MEMBER_BYTES(column, max) uint8_t column[max];
#define STORE_MEMBER_BLOB(column, max)                                                             \
    uint32_t column##_len;                                                                         \
    uint8_t column[max];
#define STORE_MEMBER_TEXT(column, max) char column[(max) + 1];
#define STORE_MEMBER_INT(column, max) int64_t column;
#define TABLE(NAME, name, tag, backup, words) struct store_##tag {
#define COLUMN(tag, column, kind, max, role, person, purpose, region, retention)                   \
    STORE_MEMBER_##kind(column, max)
#define END(NAME, name, tag)                                                                       \
    }                                                                                              \
    ;
#include "store/schema.def"
#undef TABLE
#undef COLUMN
#undef END

enum store_table {
#define TABLE(NAME, name, tag, backup, words) STORE_##NAME,
#define COLUMN(tag, column, kind, max, role, person, purpose, region, retention)
#define END(NAME, name, tag)
#include "store/schema.def"
#undef TABLE
#undef COLUMN
#undef END
    STORE_TABLES
};

struct store;

/* ---- opening ---- */

/* What the store asks of the process around it. */
struct store_shell {
    void *ctx;
    int64_t (*now_ms)(void *ctx); /* a clock that never goes back */
    /* Until the descriptor can be read (or written), at most ms; false when it cannot. */
    bool (*wait)(void *ctx, int fd, bool write, int64_t ms);
};

enum { STORE_ADDRESSES = 4, STORE_ADDRESSES_TEXT = STORE_ADDRESSES * 64 };

struct store_options {
    const char *path;     /* SQLite's file; used when database is "" */
    const char *database; /* "" or postgres://...; never printed, as a password may be in it */
    /* "" or the IPs of the database's host, found before the sandbox was entered, with commas
     * between them, at most STORE_ADDRESSES: tried in this order. */
    const char *host_addresses;
    struct store_shell shell; /* for PostgreSQL */
    bool may_be_away; /* an unreachable database is no failure: calls answer ERR_AGAIN meanwhile */
};

/* Opens or makes the database and brings its schema up to date; a schema newer than this program is
 * refused. On failure `why` is one sentence. ERR_IO, ERR_NOMEM, ERR_STATE (newer), ERR_CONFIG
 * (the scheme of `database`), ERR_AGAIN (away). */
enum err store_open(struct store **out, const struct store_options *options, char why[STORE_WHY]);
enum err store_open_sqlite(struct store **out, const char *path, char why[STORE_WHY]);
void store_close(struct store *s);

/* ERR_OK for "" and postgres://..., else ERR_CONFIG and a sentence without the value. */
enum err store_database_check(const char *database, char why[STORE_WHY]);
/* Host and port of postgres://[user[:password]@]host[:port]/name; "" when it names none or a folder
 * of a socket. ERR_CONFIG. */
enum err store_database_host(const char *database, char *host, size_t cap, uint16_t *port);

/* ---- a database that goes away ---- */

enum store_doubt {
    STORE_SURE,     /* nothing is in doubt */
    STORE_IN_DOUBT, /* the connection broke while the last write was being committed */
    STORE_WRITTEN,  /* as before, and now known: it was written */
    STORE_UNWRITTEN /* it was not: do it again */
};

/* True while calls can be served. */
bool store_up(const struct store *s);
/* What became of the last write that answered ERR_AGAIN; STORE_SURE: it was not written. Known at
 * the latest when store_up. The next write forgets it. */
enum store_doubt store_doubt(const struct store *s);
/* Goes on with a connection that is due or under way; never waits. True when it came up by this
 * call. *next_ms: be back by then (INT64_MAX: no need); *fd (-1: none) and *write: or when this
 * descriptor can be read or written. */
bool store_tick(struct store *s, int64_t *next_ms, int *fd, bool *write);
/* One sentence about why the database is away, or "". */
const char *store_why(const struct store *s);

/* ---- rows ---- */

/* Several calls as one: all or nothing. Once a call inside answered other than ERR_OK or
 * ERR_NOT_FOUND, all that follow answer ERR_STATE, store_commit too, which then rolls back. */
enum err store_begin(struct store *s);
enum err store_commit(struct store *s);
void store_rollback(struct store *s);

/* `row` is the table's struct; its KEY columns name the row. */
/* ERR_CONFLICT: taken, or what it refers to is not there; the stored row is untouched. */
enum err store_put(struct store *s, enum store_table table, const void *row);
/* Fills the row whose key is in it. ERR_NOT_FOUND: *row untouched. */
enum err store_get(struct store *s, enum store_table table, void *row);
/* Every column but the key. ERR_NOT_FOUND, ERR_CONFLICT. */
enum err store_set(struct store *s, enum store_table table, const void *row);
/* The row and what belongs to it. ERR_NOT_FOUND. */
enum err store_drop(struct store *s, enum store_table table, const void *row);

/* Which rows: those whose INDEX column `by` has the value that it has in `like`, or all when `by`
 * is NULL; in the order of their keys, after that of `after` (NULL: from the first). With `sort`,
 * an INDEX column of text, all rows in its order, after its value in `after`. */
struct store_list {
    enum store_table table;
    const char *by, *sort;
    const void *like, *after;
    void *rows; /* room for cap structs */
    size_t cap; /* 1 to STORE_LIST */
    size_t count;
    bool more; /* there are others behind the last one */
};
enum err store_list(struct store *s, struct store_list *l);
/* All rows whose INDEX column has that value; *count of them (may be NULL). */
enum err store_drop_by(struct store *s, enum store_table table, const char *by, const void *like,
                       uint64_t *count);

/* The four, typed: store_put_account(s, &row) and so on. */
#define TABLE(NAME, name, tag, backup, words)
#define COLUMN(tag, column, kind, max, role, person, purpose, region, retention)
#define END(NAME, name, tag)                                                                       \
    static inline enum err store_put_##tag(struct store *s, const struct store_##tag *row)         \
    {                                                                                              \
        return store_put(s, STORE_##NAME, row);                                                    \
    }                                                                                              \
    static inline enum err store_get_##tag(struct store *s, struct store_##tag *row)               \
    {                                                                                              \
        return store_get(s, STORE_##NAME, row);                                                    \
    }                                                                                              \
    static inline enum err store_set_##tag(struct store *s, const struct store_##tag *row)         \
    {                                                                                              \
        return store_set(s, STORE_##NAME, row);                                                    \
    }                                                                                              \
    static inline enum err store_drop_##tag(struct store *s, const struct store_##tag *row)        \
    {                                                                                              \
        return store_drop(s, STORE_##NAME, row);                                                   \
    }
#include "store/schema.def"
#undef TABLE
#undef COLUMN
#undef END

/* ---- acts that read and write in one step, so that two nodes cannot both win ---- */

/* A second end keeps the first time. ERR_NOT_FOUND. */
enum err store_end_meeting(struct store *s, const char *id, int64_t ended_ms);

/* What is to be replaced in a meeting's row: its safe, what counts its attempts, or both at once.
 */
struct store_protection {
    const char *meeting;
    bool has_safe, has_attempts;
    struct span safe; /* *borrowed*; opaque, LIMIT_SAFE bytes at most */
    int64_t attempts, attempts_since_ms;
};
/* ERR_NOT_FOUND. */
enum err store_protect_meeting(struct store *s, const struct store_protection *p);

/* A credential was used: its counter and used_ms are taken over, if it has that proof still and the
 * counter goes up, or stays 0 (WebAuthn section 6.1.1). ERR_REPLAY: the counter does not;
 * ERR_NOT_FOUND: no such credential, or with another proof. */
enum err store_use_credential(struct store *s, const struct store_credential *used);

struct store_member {
    uint8_t account[STORE_ID];
    int64_t role;
    char login[254 + 1];
};

/* Members of an organisation with that role or a higher one, in the order of their logins. */
struct store_members {
    const uint8_t *organisation; /* STORE_ID bytes, *borrowed* */
    int64_t role;
    const char *after; /* "": from the first; *borrowed* */
    struct store_member *rows;
    size_t cap; /* 1 to STORE_LIST */
    size_t count;
    bool more, bad;
};
enum err store_list_members(struct store *s, struct store_members *m);

/* Adds participants and people, which that run counted, to the counters of the organisation's day;
 * makes the row when there is none. The rest of *more but organisation and day is not looked at.
 * ERR_NOT_FOUND: no such organisation. */
enum err store_add_usage(struct store *s, const struct store_usage_day *more);
/* The same for the whole server; flags are united, and flags_if_there with them when the day had
 * its row already. */
enum err store_add_server_day(struct store *s, const struct store_server_day *more,
                              int64_t flags_if_there);

/* ---- a person's rows (person.c) ---- */

/* Takes the next piece of a text or file. Any answer but ERR_OK ends the work and is its answer. */
struct store_sink {
    void *ctx;
    enum err (*put)(void *ctx, struct span piece);
};

/* Everything about one account as JSON (bytes in hexadecimal, secrets as "withheld"), in one
 * snapshot. ERR_NOT_FOUND. */
enum err store_export_person(struct store *s, const uint8_t account[STORE_ID],
                             const struct store_sink *sink);
/* Deletes the account and everything about it, and notes the id in `deletions`. ERR_NOT_FOUND. */
enum err store_delete_person(struct store *s, const uint8_t account[STORE_ID], int64_t now_ms);
/* Removes what the database still holds of deleted rows in its own files. Slow; call it after
 * store_delete_person and a run of retention. */
enum err store_scrub(struct store *s);

/* ---- retention (retain.h) ---- */

/* Carries out every rule of retain.def once. *gone: rows deleted. */
enum err store_retain(struct store *s, int64_t now_ms, uint64_t *gone);

/* ---- backup (backup.c) ---- */

enum { STORE_BACKUP_DAYS = 35 };

/* Everything but the VOLATILE tables, in one snapshot, in a form that both databases read. */
enum err store_backup(struct store *s, int64_t now_ms, const struct store_sink *sink);

/* Replaces everything by a backup, in one transaction, and then deletes again whoever was deleted
 * since, and what is due by retention. On failure `why` is one sentence and nothing was changed.
 * ERR_MALFORMED, ERR_SHORT, ERR_UNSUPPORTED (newer program), ERR_STATE (older than
 * STORE_BACKUP_DAYS). */
enum err store_restore(struct store *s, struct span file, int64_t now_ms, char why[STORE_WHY]);

#endif
