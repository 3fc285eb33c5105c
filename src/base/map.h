/* Open-addressing map from a 64-bit key to a 64-bit value, fixed capacity, linear probing with
 * backward-shift deletion, so it never degrades and never allocates.
 * owns: nothing; the cells are the caller's, their count a power of two, at most 3/4 filled. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_cell {
    uint64_t key;
    uint64_t value;
    uint8_t used;
};

struct map {
    struct map_cell *cells; /* *borrowed* */
    uint32_t mask;
    uint32_t used;
    uint64_t seed; /* random from boot: a peer who chooses keys cannot choose collisions */
};

void map_init(struct map *m, struct map_cell *cells, uint32_t count, uint64_t seed);
/* False when the map is full; an existing key gets the new value. */
bool map_put(struct map *m, uint64_t key, uint64_t value);
bool map_get(const struct map *m, uint64_t key, uint64_t *value);
/* False when the key was not there. */
bool map_remove(struct map *m, uint64_t key);

#endif
