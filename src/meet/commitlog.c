/* See commitlog.h: a ring of entries, each a chain of pages.
 * knows: pages. knows not: groups, members, time. owns: nothing beyond its entries' pages. */
#include "meet/commitlog.h"

#include <string.h>

#include "base/bug.h"

/* Takes pages that are linked from the back, so that a chain is complete or not there at all. */
struct handle commitlog_pages_take(struct pool *pages, struct span bytes)
{
    size_t count = (bytes.len + COMMITLOG_PAGE - 1) / COMMITLOG_PAGE;
    struct handle next = HANDLE_NULL, h;
    if (count == 0 || pages->count - pages->taken < count)
        return HANDLE_NULL;
    while (count-- > 0) {
        struct page *p = pool_take(pages, &h);
        size_t at = count * COMMITLOG_PAGE, left = bytes.len - at;
        BUG_IF(!p);
        memcpy(p->bytes, bytes.ptr + at, left < COMMITLOG_PAGE ? left : COMMITLOG_PAGE);
        p->next = next;
        next = h;
    }
    return next;
}

void commitlog_pages_give(struct pool *pages, struct handle first)
{
    for (struct page *p; (p = pool_get(pages, first));) {
        struct handle next = p->next;
        pool_give(pages, first);
        first = next;
    }
}

void commitlog_read(const struct pool *pages, struct handle first, uint8_t *to, uint32_t len)
{
    const struct page *p;
    for (; len > 0 && (p = pool_get(pages, first)); first = p->next) {
        uint32_t n = len < COMMITLOG_PAGE ? len : COMMITLOG_PAGE;
        memcpy(to, p->bytes, n);
        to += n;
        len -= n;
    }
    BUG_IF(len > 0);
}

static struct commitlog_entry *at(struct commitlog *l, uint32_t i)
{
    return &l->ring[(l->head + i) % LIMIT_GROUP_LOG_COMMITS];
}

bool commitlog_drop_oldest(struct commitlog *l, struct pool *pages)
{
    if (l->count == 0)
        return false;
    struct commitlog_entry *e = at(l, 0);
    commitlog_pages_give(pages, e->first);
    l->bytes -= e->len;
    l->head = (l->head + 1) % LIMIT_GROUP_LOG_COMMITS;
    l->count--;
    return true;
}

bool commitlog_drop_newest(struct commitlog *l, struct pool *pages)
{
    if (l->count == 0)
        return false;
    struct commitlog_entry *e = at(l, --l->count);
    commitlog_pages_give(pages, e->first);
    l->bytes -= e->len;
    return true;
}

void commitlog_clear(struct commitlog *l, struct pool *pages)
{
    while (commitlog_drop_oldest(l, pages))
        continue;
}

bool commitlog_append(struct commitlog *l, struct pool *pages, const struct commitlog_new *new)
{
    BUG_IF(new->commit.len == 0 || new->commit.len > LIMIT_GROUP_COMMIT);
    uint32_t len = (uint32_t) new->commit.len;
    while (l->count == LIMIT_GROUP_LOG_COMMITS || l->bytes + len > LIMIT_GROUP_LOG)
        (void)commitlog_drop_oldest(l, pages);
    struct handle first = commitlog_pages_take(pages, new->commit);
    if (handle_equal(first, HANDLE_NULL))
        return false;
    struct commitlog_entry *e = at(l, l->count++);
    *e = (struct commitlog_entry){.first = first, .len = len, .from = new->from};
    memcpy(e->hash, new->hash, sizeof e->hash);
    l->bytes += len;
    return true;
}

const struct commitlog_entry *commitlog_back(const struct commitlog *l, uint32_t back)
{
    if (back >= l->count)
        return NULL;
    return &l->ring[(l->head + l->count - 1 - back) % LIMIT_GROUP_LOG_COMMITS];
}
