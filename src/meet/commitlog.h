/* The newest commits of one meeting's group, for members who missed some.
 * knows: bytes, hashes, who sent which, the bounds of limit.h. knows not: what a commit says.
 * owns: the pages that its entries hold; the pool is the meeting core's. */
#ifndef MEET_COMMITLOG_H
#define MEET_COMMITLOG_H

#include "base/limit.h"
#include "base/pool.h"
#include "base/span.h"

enum { COMMITLOG_PAGE = 4096, COMMITLOG_HASH = 32 };

/* A piece of a commit, or one key package. */
struct page {
    struct handle next; /* HANDLE_NULL in the last */
    uint8_t bytes[COMMITLOG_PAGE];
};

struct commitlog_entry {
    struct handle first;
    uint32_t len;
    uint32_t from; /* member */
    uint8_t hash[COMMITLOG_HASH];
};

/* All zeros is an empty log. */
struct commitlog {
    uint32_t head, count, bytes;
    struct commitlog_entry ring[LIMIT_GROUP_LOG_COMMITS];
};

struct commitlog_new {
    struct span commit; /* at most LIMIT_GROUP_COMMIT bytes */
    const uint8_t *hash;
    uint32_t from;
};

/* Drops the oldest entries until the new one is within the limits, then keeps it. False when the
 * pool has no pages: the log has lost nothing but those oldest. */
bool commitlog_append(struct commitlog *l, struct pool *pages, const struct commitlog_new *e);
/* NULL when there are not so many; 0 is the newest. */
const struct commitlog_entry *commitlog_back(const struct commitlog *l, uint32_t back);
/* False when it is empty. */
bool commitlog_drop_oldest(struct commitlog *l, struct pool *pages);
bool commitlog_drop_newest(struct commitlog *l, struct pool *pages);
void commitlog_clear(struct commitlog *l, struct pool *pages);
/* Copies a chain of pages out; `to` holds len bytes. */
void commitlog_read(const struct pool *pages, struct handle first, uint8_t *to, uint32_t len);
/* A chain holding these bytes, or HANDLE_NULL when the pool has no room for all of it. */
struct handle commitlog_pages_take(struct pool *pages, struct span bytes);
void commitlog_pages_give(struct pool *pages, struct handle first);

#endif
