/* Files of `conclave dc`: private keys, certificates and lists. Whatever is wrong with one is a
 * sentence on standard error that names it. knows: files and their modes. knows not: what is
 * signed. owns: nothing. */
#ifndef BIN_DC_FILES_H
#define BIN_DC_FILES_H

#include <stdbool.h>

#include "bin/list_read.h"
#include "crypt/authority.h"

/* Draws a key into a new file of mode 0600; one that is there already is left alone. */
bool dc_key_make(const char *file, uint8_t public[SIGN_PUBLIC]);
/* Refuses a file that others than its owner may read. The caller wipes `seed`. */
bool dc_key_read(const char *file, uint8_t seed[SIGN_SEED]);
/* A public key as it is printed: 43 characters of base64url. */
bool dc_public(const char *flag, const char *text, uint8_t key[SIGN_PUBLIC]);
void dc_public_text(const uint8_t key[SIGN_PUBLIC], char out[44]);

bool dc_certificate_read(const char *file, struct authority_der *out);
bool dc_certificate_write(const char *file, const struct authority_der *der);
/* A whole file, *borrowed* until the next call. False after a sentence. */
bool dc_read(const char *file, struct span *out);
bool dc_write(const char *file, struct span content);
/* file: sentence. EXIT_FAILED. */
int dc_refuse(const char *file, const char *sentence);

#endif
