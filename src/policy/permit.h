/* What a role may do in a meeting: a total function over a table (permit.def).
 * knows: roles and actions. knows not: members, meetings, messages. owns: nothing. */
#ifndef POLICY_PERMIT_H
#define POLICY_PERMIT_H

#include <stdbool.h>

#include "base/err.h"

/* From the least to the most powerful; a bot stands beside a participant, with less. */
enum permit_role {
    PERMIT_OUTSIDE,
    PERMIT_WAITING,
    PERMIT_VIEWER,
    PERMIT_BOT,
    PERMIT_PARTICIPANT,
    PERMIT_PRESENTER,
    PERMIT_COHOST,
    PERMIT_HOST,
    PERMIT_OWNER,
    PERMIT_ROLE_COUNT_
};

enum permit_action {
#define PERMIT(action, ...) PERMIT_##action,
#include "policy/permit.def"
#undef PERMIT
    PERMIT_ACTION_COUNT_
};

struct permit_verdict {
    bool allowed;
    enum err reason; /* OK; STATE: not before, or not after, joining; FORBIDDEN: not this role */
};

/* Total: any pair of values, in or out of range, gets a verdict; what is not in the table is
 * refused. */
struct permit_verdict permit_check(enum permit_role role, enum permit_action action);
/* "media" and so on; "unknown" outside the range. */
const char *permit_action_name(enum permit_action action);

#endif
