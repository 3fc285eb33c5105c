/* Writes finished log lines to descriptor 2: `<utc ms> <role>[pid] module event key=value ...`.
 * knows: the clock and descriptor 2. knows not: what an event means. owns: the role's name. */
#ifndef IO_LOGGER_H
#define IO_LOGGER_H

#include "base/logline.h"

/* Once, before the sandbox. `role` is a static string of at most 15 characters. */
void logger_init(const char *role);
/* One write, never blocking on anything but descriptor 2; a failed write is forgotten. */
void log_line(const struct logline *l);

#endif
