/* CBOR that may be handed to a library (RFC 8949): libcbor asks for as much memory as an array or a
 * map says that it holds, before it looks whether so much is there: five bytes could take all
 * memory of the process. So what comes from outside is walked first. knows: heads of items. knows
 * not: what the items mean. owns: nothing. */
#ifndef CRYPT_CBOR_BOUND_H
#define CRYPT_CBOR_BOUND_H

#include "base/err.h"
#include "base/reader.h"

enum { CBOR_BOUND_DEPTH = 4 /* maps and arrays inside each other: CTAP2.1 section 8 */ };

/* Takes one whole item off the reader. ERR_SHORT when it says that more is in it than bytes follow,
 * ERR_MALFORMED for lengths that are open, tags and reserved heads (CTAP2's form has none of them),
 * ERR_LIMIT when it is nested deeper. After a failure the reader has failed. */
enum err cbor_bound_take(struct reader *r);

#endif
