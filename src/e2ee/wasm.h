/* The door e2ee.h as flat functions, for the browser's keys worker: numbers and addresses only.
 * knows: how texts and results lie in memory. knows not: what they mean.
 * owns: one session, one buffer for texts on their way in, one block of results; one of each in an
 * instance. Natively the same functions exist, so that both targets can be compared byte for byte.
 *
 * Spans a, b, c of an input lie one after another in the buffer. Results are 32-bit little-endian
 * words; every address in them is good until the next call. */
#ifndef E2EE_WASM_H
#define E2EE_WASM_H

#include <stdint.h>

#ifndef __wasm__
#include "e2ee/e2ee.h"
/* Natively: where randomness and the session's memory come from. */
void core_native(struct random_source random, void *memory, uint32_t bytes);
#endif

uint32_t core_memory(uint32_t members); /* bytes of a session's block */
uint8_t *core_buffer(void);
uint32_t core_buffer_size(void);
const uint32_t *core_result(void);
/* Natively addresses do not fit the result's words: they are 0 there, and read here. slot: the
 * word. */
const void *core_address(uint32_t slot);

/* The buffer holds n bytes: meeting(20) secret(16) host_hash(16) host(1) host_secret(16) bot(1)
 * device_public(32) has_build(1) build(32) name(rest). Gives an enum err, as all below. */
uint32_t core_open(uint32_t members, uint32_t n);
void core_close(void);
/* A flat call has no structs: the fields of struct e2ee_input one by one. */
#define CORE_INPUT_FIELDS                                                                          \
    uint32_t type, uint32_t member, uint32_t number, uint32_t reason, uint32_t flags,              \
        uint32_t flag, uint32_t epoch, uint32_t a_len, uint32_t b_len, uint32_t c_len,             \
        double now_ms
uint32_t core_input(CORE_INPUT_FIELDS);
/* 1 and [0]type [1]member [2]number [3]rule [4]epoch [5]flag [6]a [7]a_len [8]b [9]b_len [10]c
 * [11]c_len [12]joins [13]n_joins [14]gone [15]gone_len; 0 when there is none. */
uint32_t core_poll(void);
double core_deadline(void); /* milliseconds since 1970; Infinity: none */
/* [0]phase [1]why [2]epoch [3]leaf [4]count [5]flags [6]admin [7]refused [8]code */
void core_status(void);
/* The next cursor, 0 at the end: [0]leaf [1]member [2]participant [3]name [4]name_len [5]device
 * [6]me [7]admin [8]bot [9]has_build [10]same_build */
uint32_t core_person(uint32_t cursor);
uint32_t core_waiting(uint32_t cursor);
uint32_t core_pair_code(void); /* participant in the buffer; [0] digits */
/* [0] 44 bytes: key || salt; the caller wipes them */
uint32_t core_media_key(uint32_t context, uint32_t leaf, uint32_t epoch);
void core_wipe(uint8_t *at, uint32_t len);
const uint8_t *core_participant(void);
/* The link as for core_open: [0] access proof [1] host proof, 32 bytes each */
uint32_t core_proofs(void);
/* The buffer: meeting(20) secret(16) host_secret(16). [0] host_hash [1] descriptor [2] its length
 */
uint32_t core_make_meeting(uint32_t waiting, uint32_t max_members, double created_s);
const char *core_rule_words(uint32_t rule);

#endif
