/* Ties a process to one core, so that its packets and keys stay in that core's caches.
 * knows: affinity. knows not: which process is worth it. owns: nothing. */
#ifndef IO_PIN_H
#define IO_PIN_H

#include <stdint.h>

#include "base/err.h"

/* The calling process runs on the index-th core of those that it may use; indices beyond the last
 * start anew. ERR_IO when the kernel refuses. */
enum err pin_to_core(uint32_t index);

#endif
