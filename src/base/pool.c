#include "base/pool.h"

#include <string.h>

#include "base/bug.h"

#define NO_SLOT UINT32_MAX

void pool_init(struct pool *p, void *items, size_t item_size, struct pool_slot *slots,
               uint32_t count)
{
    *p = (struct pool){items, slots, item_size, count, count ? 0 : NO_SLOT, 0, 0};
    for (uint32_t i = 0; i < count; i++)
        slots[i] = (struct pool_slot){0, i + 1 < count ? i + 1 : NO_SLOT};
}

void *pool_take(struct pool *p, struct handle *out)
{
    if (p->first_free == NO_SLOT)
        return NULL;
    uint32_t i = p->first_free;
    p->first_free = p->slots[i].next_free;
    p->slots[i].generation++;
    p->taken++;
    if (i >= p->high)
        p->high = i + 1;
    *out = (struct handle){i, p->slots[i].generation};
    void *item = p->items + (size_t)i * p->item_size;
    memset(item, 0, p->item_size);
    return item;
}

void *pool_get(const struct pool *p, struct handle h)
{
    if (h.index >= p->count || h.generation % 2 == 0 ||
        p->slots[h.index].generation != h.generation)
        return NULL;
    return p->items + (size_t)h.index * p->item_size;
}

void pool_give(struct pool *p, struct handle h)
{
    BUG_IF(!pool_get(p, h));
    p->slots[h.index].generation++;
    p->slots[h.index].next_free = p->first_free;
    p->first_free = h.index;
    p->taken--;
}

void *pool_at(const struct pool *p, uint32_t index, struct handle *out)
{
    if (index >= p->count || p->slots[index].generation % 2 == 0)
        return NULL;
    *out = (struct handle){index, p->slots[index].generation};
    return p->items + (size_t)index * p->item_size;
}
