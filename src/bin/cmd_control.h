/* One question to the running server over <data>/control.sock: a JSON line out, one in.
 * knows: the socket. knows not: the questions. owns: nothing. */
#ifndef BIN_CMD_CONTROL_H
#define BIN_CMD_CONTROL_H

#include <jansson.h>

#include "bin/config.h"

/* *answer is an object, *owned* by the caller. ERR_NOT_FOUND when no server runs on that folder,
 * else ERR_CONFIG; both with a sentence. */
enum err control_ask(const char *data, const json_t *ask, json_t **answer, struct complaint *why);

#endif
