/* The frame of the vectors runner: files are read, cases counted by suite; a function a file checks
 * one case. knows: JSON, hexadecimal, counting. knows not: what a case means.
 * owns: what vector_memory and vector_hex give; it is freed after the case. */
#ifndef TESTS_VECTORS_VECTORS_H
#define TESTS_VECTORS_VECTORS_H

#include <jansson.h>

#include "base/span.h"
#include "e2ee/suite.h"

/* One case = one element of the file's array. true: passed. `s` is NULL in files without suites. */
typedef bool vector_check(const json_t *c, const struct suite *s);

struct vector_file {
    const char *name; /* mls/<name>.json */
    vector_check *check;
};

/* basics.c, schedule.c, message_protection.c */
vector_check vectors_crypto_basics, vectors_tree_math, vectors_deserialization;
vector_check vectors_key_schedule, vectors_psk_secret, vectors_secret_tree;
vector_check vectors_transcript_hashes, vectors_message_protection;
/* tree.c, treekem.c */
vector_check vectors_tree_operations, vectors_tree_validation, vectors_treekem;
/* messages.c, passive.c */
vector_check vectors_messages, vectors_welcome, vectors_passive;

/* sframe/rfc9605.json: prints its own table. */
struct vector_count {
    unsigned passed, failed, skipped;
};
struct vector_count vectors_sframe(const json_t *file);

/* suite1.c: 0x0001 with OpenSSL's AES-128-GCM. */
void vectors_add_suite_1(void);

/* ---- for the checks; each prints what is wrong, with the file and the case ---- */

/* Always false, so that a check can `return vector_fail("...")`. */
bool vector_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Zeroed, freed after the case; never NULL. */
void *vector_memory(size_t len);
/* A member that is hexadecimal; empty when absent or null. A case with broken hexadecimal fails. */
struct span vector_hex(const json_t *object, const char *key);
struct span vector_unhex(const json_t *string);
uint64_t vector_uint(const json_t *object, const char *key);
const char *vector_text(const json_t *object, const char *key);
/* Whether the member's bytes are those; `key` names them in the message. */
bool vector_same(const json_t *object, const char *key, struct span got);
bool vector_same_bytes(const char *what, struct span want, struct span got);
/* The call succeeded; else its error is printed. */
bool vector_ok(const char *what, enum err e);

/* Randomness of a test: a ChaCha20 stream, the same in every run. Also a random_source. */
struct vector_random {
    uint8_t key[32];
    uint64_t block;
};
struct random_source vector_random_source(struct vector_random *r, uint8_t seed);

#endif
