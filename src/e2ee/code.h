/* Codes that people compare by voice or by eye.
 * knows: hashes to digits. knows not: how keys are found or shown. owns: nothing. */
#ifndef E2EE_CODE_H
#define E2EE_CODE_H

#include "e2ee/e2ee.h"

enum { CODE_ROUNDS = 1024 }; /* repeated hashing: makes searching for a look-alike dearer */

/* E2EE_CODE_DIGITS digits. `seed`: hash over what the code is of. */
void code_digits(const uint8_t seed[SUITE_HASH], uint32_t groups, char *out);

struct code_meeting {
    struct span devices; /* public keys of SUITE_SIGN_PUBLIC bytes, sorted */
    struct span descriptor, group_id;
};
void code_meeting(const struct code_meeting *in, char out[E2EE_CODE_DIGITS + 1]);
/* Over both device keys, the smaller first: the same for both, in every meeting. */
void code_pair(const uint8_t a[SUITE_SIGN_PUBLIC], const uint8_t b[SUITE_SIGN_PUBLIC],
               char out[E2EE_PAIR_DIGITS + 1]);

#endif
