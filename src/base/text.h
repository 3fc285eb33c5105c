/* Bytes to text and back: hexadecimal, base64url (RFC 4648 section 5, no padding), decimal. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/err.h"
#include "base/span.h"

/* Characters that text_base64url writes for n bytes, without a terminating zero. */
#define TEXT_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Writes 2n+1 bytes including a terminating zero to out. */
void text_hex(char *out, struct span in);
/* Strict: even length, [0-9a-fA-F]. ERR_LIMIT when it exceeds cap. Output untouched on failure. */
enum err text_unhex(uint8_t *out, size_t cap, size_t *len, struct span in);

/* Writes TEXT_BASE64URL_LEN(n)+1 bytes including a terminating zero to out. */
void text_base64url(char *out, struct span in);
/* Strict: no padding, no other characters, no stray bits. Output untouched on failure. */
enum err text_unbase64url(uint8_t *out, size_t cap, size_t *len, struct span in);

/* Strict decimal without sign, spaces or leading zeros; max inclusive. */
enum err text_u64(uint64_t *out, struct span in, uint64_t max);

#endif
