/* Is what gets lost lost by chance, or because the way is full? Loss that was always there, and
 * that stays the same when less is sent, is chance (a radio link): it bounds nothing. Loss that
 * comes with a queue, or that goes when less is sent, is a full way: it bounds the rate by what got
 * through. knows: counts, rates, whether a queue stands. knows not: packets. owns: nothing. */
#ifndef SFU_LOSS_H
#define SFU_LOSS_H

#include <stdbool.h>

#include "sfu/meter.h"

enum loss_state {
    LOSS_FREE,  /* no bound */
    LOSS_TRIAL, /* less is sent for a moment, to see whether that helps */
    LOSS_HELD   /* it helped: the bound holds, and grows slowly */
};

struct loss {
    enum loss_state state;
    uint32_t packets, lost; /* of the running window */
    instant_us since;       /* it began; 0: not yet */
    bool known;             /* `usual` is */
    double usual;           /* share that chance takes */
    double tried;           /* share that made us try */
    uint32_t skip;          /* windows not judged: what was under way still arrives */
    rate_bps bound, before; /* `before`: the rate to go back to when the trial shows chance */
};

/* What is known beside the counts. */
struct loss_facts {
    rate_bps rate;  /* estimate now */
    rate_bps acked; /* what arrives */
    bool queue;     /* a queue stands or grows */
};

void loss_init(struct loss *l);
/* Counts of one feedback. True when a window was judged: then the bound may have changed. */
bool loss_count(struct loss *l, uint32_t packets, uint32_t lost, const struct loss_facts *f,
                instant_us now);
/* The highest rate that loss allows; UINT32_MAX: any. */
rate_bps loss_bound(const struct loss *l);
/* A probe went through at this rate: the bound is no lower. */
void loss_proved(struct loss *l, rate_bps bps);
/* Once after a trial that showed chance: the rate to go back to; 0: nothing to go back to. */
rate_bps loss_take_back(struct loss *l);

#endif
