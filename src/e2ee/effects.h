/* What a session wants done: a queue in order, and room for the bytes that it names.
 * knows: shapes. knows not: why. owns: the texts until effects_reset. */
#ifndef E2EE_EFFECTS_H
#define E2EE_EFFECTS_H

#include "e2ee/e2ee.h"

enum { EFFECTS_MAX = 64, EFFECTS_TEXT = 32768 };

struct effects {
    uint32_t next, n;
    bool people, waiting; /* each is said once an input */
    struct e2ee_effect ring[EFFECTS_MAX];
    struct writer text;
    uint32_t joins[E2EE_BATCH];
    uint8_t room[EFFECTS_TEXT];
};

void effects_reset(struct effects *q);
bool effects_drained(const struct effects *q);
/* A zeroed effect of that type at the end, to be filled; never NULL: one input makes far fewer than
 * EFFECTS_MAX, and what would come after that many is dropped. */
struct e2ee_effect *effects_add(struct effects *q, enum e2ee_effect_type type);
/* A copy in the queue's text; empty when it does not fit. */
struct span effects_copy(struct effects *q, struct span s);
bool effects_take(struct effects *q, struct e2ee_effect *out);

#endif
