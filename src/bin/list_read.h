/* The list of data centres out of its signed text (docs/wire/datacentres.md). knows: JSON, the
 * list's key. knows not: files, which list is in force (cell/list.h). owns: nothing. */
#ifndef BIN_LIST_READ_H
#define BIN_LIST_READ_H

#include "base/span.h"
#include "bin/json_read.h"
#include "cell/list.h"
#include "crypt/sign.h"

#define LIST_KEY_NAME "conclave-list"

/* The document alone, unsigned. False: r->wrong says why and names the key; out is not to be used.
 */
bool list_read_text(struct list *out, struct json_read *r, struct span text);
/* The same out of a note that this key signed. */
bool list_read_note(struct list *out, struct json_read *r, struct span note,
                    const uint8_t key[SIGN_PUBLIC]);

#endif
