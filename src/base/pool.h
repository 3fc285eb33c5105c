/* Fixed pool of equal slots, sized once at boot, addressed by handles {index, generation} so that a
 * stale reference is told from a live one.
 * owns: nothing; the storage is the caller's and outlives the pool. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handle {
    uint32_t index;
    uint32_t generation; /* odd while the slot is taken; 0 in the null handle */
};

#define HANDLE_NULL ((struct handle){0, 0})

struct pool_slot {
    uint32_t generation;
    uint32_t next_free;
};

struct pool {
    unsigned char *items;    /* count x item_size bytes, *borrowed* */
    struct pool_slot *slots; /* count entries, *borrowed* */
    size_t item_size;
    uint32_t count;
    uint32_t first_free;
    uint32_t taken;
    uint32_t high; /* no item at or above this position was ever taken */
};

void pool_init(struct pool *p, void *items, size_t item_size, struct pool_slot *slots,
               uint32_t count);
/* The zeroed item and its handle, or NULL when the pool is full. */
void *pool_take(struct pool *p, struct handle *out);
/* The item, or NULL when the handle is stale or null. */
void *pool_get(const struct pool *p, struct handle h);
/* Gives the slot back; its handles become stale. The handle must be live. */
void pool_give(struct pool *p, struct handle h);
/* The live item at a position, or NULL; for walking all items. */
void *pool_at(const struct pool *p, uint32_t index, struct handle *out);

static inline bool handle_equal(struct handle a, struct handle b)
{
    return a.index == b.index && a.generation == b.generation;
}

static inline uint64_t handle_pack(struct handle h)
{
    return (uint64_t)h.generation << 32 | h.index;
}

static inline struct handle handle_unpack(uint64_t v)
{
    return (struct handle){(uint32_t)v, (uint32_t)(v >> 32)};
}

#endif
