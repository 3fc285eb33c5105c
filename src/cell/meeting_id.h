/* A meeting's id: `[<data centre>-]<20 of a-z and 2-7>`. What stands before the last - is the id of
 * the data centre that is the meeting's home, so that any other finds it without asking
 * (design: nothing is global but the list). Total functions. knows: the form. knows not: which data
 * centres there are. owns: nothing. */
#ifndef CELL_MEETING_ID_H
#define CELL_MEETING_ID_H

#include <stdbool.h>

#include "base/limit.h"
#include "base/span.h"

enum {
    MEETING_ID_DRAWN = 20,  /* characters that are drawn: 100 bits */
    MEETING_ID_CENTRE = 11, /* characters of a data centre's id, at most */
};

bool meeting_id_fine(struct span id);
/* *Borrowed* from id; empty: the meeting is where it is asked for, or the id is of no such form. */
struct span meeting_id_centre(struct span id);

#endif
