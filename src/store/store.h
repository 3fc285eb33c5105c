/* What outlives the processes: meetings, as rows. One interface, one file per database behind it
 * (sqlite.c; PostgreSQL will be the second).
 * knows: rows. knows not: messages, clocks, who asks. owns: the database connection.
 * A call that answers ERR_OK has been written to stable storage; any other answer left the database
 * as it was. ERR_IO: full, read-only, damaged or failing disk. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limit.h"

enum { STORE_HASH = 32, STORE_WHY = 240 };

struct store_meeting {
    char id[LIMIT_MEETING_ID + 1];
    uint8_t access_hash[STORE_HASH];
    uint8_t host_hash[STORE_HASH];
    int64_t created_ms; /* Unix time */
    int64_t ended_ms;   /* 0: not ended */
    bool waiting;       /* has a waiting room */
    uint32_t descriptor_len;
    uint8_t descriptor[LIMIT_DESCRIPTOR]; /* opaque */
};

struct store;

struct store_ops {
    void (*close)(struct store *s);
    enum err (*meeting_put)(struct store *s, const struct store_meeting *m);
    enum err (*meeting_get)(struct store *s, const char *id, struct store_meeting *out);
    enum err (*meeting_end)(struct store *s, const char *id, int64_t ended_ms);
};

/* The head of every kind of store. */
struct store {
    const struct store_ops *ops;
};

/* Opens or makes the SQLite database in `path` and brings its schema up to date; a schema newer
 * than this program is refused. On failure `why` is one sentence. ERR_IO, ERR_NOMEM, ERR_STATE. */
enum err store_open_sqlite(struct store **out, const char *path, char why[STORE_WHY]);

static inline void store_close(struct store *s)
{
    s->ops->close(s);
}

/* ERR_CONFLICT when the id is taken; the stored row is untouched. */
static inline enum err store_meeting_put(struct store *s, const struct store_meeting *m)
{
    return s->ops->meeting_put(s, m);
}

/* ERR_NOT_FOUND; *out untouched. */
static inline enum err store_meeting_get(struct store *s, const char *id, struct store_meeting *out)
{
    return s->ops->meeting_get(s, id, out);
}

/* A second end keeps the first time. ERR_NOT_FOUND. */
static inline enum err store_meeting_end(struct store *s, const char *id, int64_t ended_ms)
{
    return s->ops->meeting_end(s, id, ended_ms);
}

#endif
