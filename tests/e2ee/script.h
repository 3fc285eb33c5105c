/* One session's life, written down: everything it was told in a hall, and a hash of all it
 * answered. Replayed through the flat functions of e2ee/wasm.h, natively or as wasm32, with the
 * same random stream, it must give the same hashes. knows: the scenario, the text form. owns: the
 * steps.
 *
 * Text form, one line each; bytes in hexadecimal, '-' for none; numbers decimal:
 *   R state                 the random stream: hall_byte from this 64-bit state (decimal)
 *   O members config        core_open with config in the buffer
 *   I type member number reason flags flag epoch now_ms a b c
 *                           core_input
 *   E hash                  after each I: the running hash in hexadecimal, FNV-1a of 64 bits over
 *     per effect: words 0-5 of core_poll, then length and bytes of a, b, c, then n_joins and joins
 *     then: result of core_input; words 0-7 of core_status; the code's characters;
 *     result of core_media_key(0, 0, epoch of the status), and its 44 bytes when that is 0
 *   (every number as 4 bytes, little-endian) */
#ifndef TEST_E2EE_SCRIPT_H
#define TEST_E2EE_SCRIPT_H

#include "e2ee/hall.h"

#include <stdio.h>

enum { SCRIPT_STEPS = 4096 };

struct script_step {
    struct e2ee_input in;
    uint8_t *bytes;
    uint64_t now, hash;
};

struct script {
    int person;
    uint64_t random, hash;
    uint32_t members, n, config_len;
    uint8_t config[256];
    const struct e2ee *session;
    struct script_step step[SCRIPT_STEPS];
};

/* Plays the scenario in a hall and writes down the life of person 0 (a host) or 1 (a guest). */
void script_record(struct script *s, uint64_t seed, int person);
void script_write(const struct script *s, FILE *to);
/* The first step whose hash differs in a replay through core_*, or -1. */
int script_replay(const struct script *s);
void script_free(struct script *s);

#endif
