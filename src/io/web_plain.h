/* What somebody gets who speaks HTTP without TLS to our port: the way to the same page over TLS,
 * and nothing else. No cookie, no secret and no page ever goes that way. knows: the start of a
 * request (RFC 9112 section 3). knows not: sockets. owns: nothing. */
#ifndef IO_WEB_PLAIN_H
#define IO_WEB_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { PLAIN_ANSWER_MAX = 1024 };

/* These bytes begin a GET or HEAD. False for less than 4 of them. */
bool plain_begins(struct span seen);
/* Writes the answer to what came so far and gives its length; 0: its Host has not come yet and more
 * may
 * (`whole`: no more will). A redirect to https://HOST/PATH when both are plain printable names,
 * else 400. */
size_t plain_answer(struct span seen, bool whole, char out[static PLAIN_ANSWER_MAX]);

#endif
