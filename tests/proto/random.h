/* Repeatable randomness for tests: splitmix64 from a seed that every failure prints. */
#ifndef TESTS_PROTO_RANDOM_H
#define TESTS_PROTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_u64(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)(random_u64(r) % n);
}

static inline void random_fill(struct random *r, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_u64(r);
}

/* The seed of CONCLAVE_SEED, else the one given; printed so that a failure can be repeated. */
static inline struct random random_start(const char *what, uint64_t otherwise)
{
    const char *text = getenv("CONCLAVE_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : otherwise;
    printf("%s: CONCLAVE_SEED=%llu\n", what, (unsigned long long)seed);
    return (struct random){seed};
}

#endif
