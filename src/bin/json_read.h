/* Strict reading of JSON that an operator hands in: the first thing that is wrong is kept as a
 * sentence that names its key. knows: shapes. knows not: what the keys are for, files. owns:
 * nothing. */
#ifndef BIN_JSON_READ_H
#define BIN_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { JSON_READ_SENTENCE = 200, JSON_READ_NAME = 32 };

struct json_read {
    char wrong[JSON_READ_SENTENCE]; /* "": nothing yet */
};

/* False, always; only the first sentence is kept. */
bool json_read_wrong(struct json_read *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* An object with exactly these keys; those behind a '?' may be left out. `keys` ends with NULL. */
bool json_read_keys(struct json_read *r, json_t *o, const char *where, const char *const *keys);
#define JSON_KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Text of 1 to `most` bytes without a zero among them, or NULL. *borrowed* from v. */
const char *json_read_text(json_t *v, size_t most);
/* 1 to JSON_READ_NAME of a to z, 0 to 9 and -, or NULL. *borrowed* from v. */
const char *json_read_name(json_t *v);
/* Two capitals as a number, equal for the same country; 0: something else. */
uint16_t json_read_country(json_t *v);
/* Which of the words; `count`: none of them. */
uint8_t json_read_word(json_t *v, const char *const *words, uint8_t count);

#endif
