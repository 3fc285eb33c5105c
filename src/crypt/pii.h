/* The only printer of personal data: a keyed tag that joins log lines about the same value without
 * showing the value. knows: HMAC. knows not: what is tagged. owns: nothing. */
#ifndef CRYPT_PII_H
#define CRYPT_PII_H

#include "base/span.h"

enum { PII_TAG_BYTES = 6, PII_TAG_TEXT = 2 * PII_TAG_BYTES };

/* First 6 bytes of HMAC-SHA256(key, value) in lower-case hexadecimal, zero-terminated. */
void pii_tag(struct span key, struct span value, char out[PII_TAG_TEXT + 1]);

#endif
