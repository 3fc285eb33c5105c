/* One log line, `id module event key=value ...`, built in the caller's storage; src/io/logger.c
 * writes it. Values are quoted when they need it; personal data has no printer here but
 * logline_tag, which takes a keyed tag (crypt/pii.h). owns: nothing. */
#ifndef BASE_LOGLINE_H
#define BASE_LOGLINE_H

#include "base/span.h"

struct logline {
    char text[512];
    size_t len;
};

void logline_start(struct logline *l, const char *module, const char *event);
void logline_str(struct logline *l, const char *key, const char *value);
void logline_int(struct logline *l, const char *key, int64_t value);

#endif
