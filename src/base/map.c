#include "base/map.h"

#include "base/bug.h"

static uint32_t place(const struct map *m, uint64_t key)
{
    uint64_t h = (key ^ m->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    return (uint32_t)h & m->mask;
}

void map_init(struct map *m, struct map_cell *cells, uint32_t count, uint64_t seed)
{
    BUG_IF(count == 0 || (count & (count - 1)) != 0);
    *m = (struct map){cells, count - 1, 0, seed};
    for (uint32_t i = 0; i < count; i++)
        cells[i] = (struct map_cell){0, 0, 0};
}

bool map_put(struct map *m, uint64_t key, uint64_t value)
{
    uint32_t i = place(m, key);
    while (m->cells[i].used && m->cells[i].key != key)
        i = (i + 1) & m->mask;
    if (!m->cells[i].used) {
        if ((uint64_t)m->used * 4 >= ((uint64_t)m->mask + 1) * 3)
            return false;
        m->used++;
    }
    m->cells[i] = (struct map_cell){key, value, 1};
    return true;
}

bool map_get(const struct map *m, uint64_t key, uint64_t *value)
{
    for (uint32_t i = place(m, key); m->cells[i].used; i = (i + 1) & m->mask) {
        if (m->cells[i].key == key) {
            *value = m->cells[i].value;
            return true;
        }
    }
    return false;
}

bool map_remove(struct map *m, uint64_t key)
{
    uint32_t i = place(m, key);
    while (m->cells[i].used && m->cells[i].key != key)
        i = (i + 1) & m->mask;
    if (!m->cells[i].used)
        return false;
    uint32_t hole = i;
    for (uint32_t j = (i + 1) & m->mask; m->cells[j].used; j = (j + 1) & m->mask) {
        uint32_t home = place(m, m->cells[j].key);
        if (((j - home) & m->mask) >= ((j - hole) & m->mask)) {
            m->cells[hole] = m->cells[j];
            hole = j;
        }
    }
    m->cells[hole].used = 0;
    m->used--;
    return true;
}
