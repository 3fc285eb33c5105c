#include "e2ee/effects.h"

void effects_reset(struct effects *q)
{
    q->next = q->n = 0;
    q->people = q->waiting = false;
    q->text = writer_of(q->room, sizeof q->room);
}

bool effects_drained(const struct effects *q)
{
    return q->next == q->n;
}

struct e2ee_effect *effects_add(struct effects *q, enum e2ee_effect_type type)
{
    struct e2ee_effect *e = &q->ring[q->n < EFFECTS_MAX ? q->n++ : EFFECTS_MAX - 1];
    *e = (struct e2ee_effect){.type = type};
    return e;
}

struct span effects_copy(struct effects *q, struct span s)
{
    uint8_t *to = s.len ? writer_reserve(&q->text, s.len) : NULL;
    if (!to)
        return (struct span){NULL, 0};
    memcpy(to, s.ptr, s.len);
    return span_of(to, s.len);
}

bool effects_take(struct effects *q, struct e2ee_effect *out)
{
    if (effects_drained(q))
        return false;
    *out = q->ring[q->next++];
    return true;
}
