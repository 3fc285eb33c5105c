/* The replay window of a KID. */
#include "e2ee/sframe.h"

/* A ring of bits: counter c has bit c mod SFRAME_WINDOW, and bits stand for top - WINDOW + 1 ...
 * top. */
static uint64_t bit_of(uint64_t counter)
{
    return UINT64_C(1) << (counter % 64);
}

static size_t word_of(uint64_t counter)
{
    return (size_t)(counter % SFRAME_WINDOW / 64);
}

bool sframe_window_fresh(const struct sframe_window *w, uint64_t counter)
{
    if (!w->any || counter > w->top)
        return true;
    if (w->top - counter >= SFRAME_WINDOW)
        return false;
    return (w->seen[word_of(counter)] & bit_of(counter)) == 0;
}

bool sframe_window_note(struct sframe_window *w, uint64_t counter)
{
    if (!sframe_window_fresh(w, counter))
        return false;
    if (!w->any || (counter > w->top && counter - w->top >= SFRAME_WINDOW))
        memset(w->seen, 0, sizeof w->seen);
    else
        for (uint64_t c = w->top + 1; c > w->top && c < counter; c++)
            w->seen[word_of(c)] &= ~bit_of(c);
    if (!w->any || counter > w->top)
        w->top = counter;
    w->any = true;
    w->seen[word_of(counter)] |= bit_of(counter);
    return true;
}
