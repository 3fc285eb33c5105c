/* The table of permit.def and how to read it. knows: the table. owns: nothing. */
#include "policy/permit.h"

enum { NO, YES };

static const unsigned char table[PERMIT_ACTION_COUNT_][PERMIT_ROLE_COUNT_] = {
#define PERMIT(action, ...) [PERMIT_##action] = {__VA_ARGS__},
#include "policy/permit.def"
#undef PERMIT
};

static const char *const names[PERMIT_ACTION_COUNT_] = {
#define PERMIT(action, ...) [PERMIT_##action] = #action,
#include "policy/permit.def"
#undef PERMIT
};

struct permit_verdict permit_check(enum permit_role role, enum permit_action action)
{
    if ((unsigned)role >= PERMIT_ROLE_COUNT_ || (unsigned)action >= PERMIT_ACTION_COUNT_)
        return (struct permit_verdict){false, ERR_FORBIDDEN};
    if (table[action][role] == YES)
        return (struct permit_verdict){true, ERR_OK};
    /* Joining twice, or anything before joining, is out of turn rather than forbidden. */
    bool out_of_turn = role == PERMIT_OUTSIDE || table[action][PERMIT_OUTSIDE] == YES;
    return (struct permit_verdict){false, out_of_turn ? ERR_STATE : ERR_FORBIDDEN};
}

const char *permit_action_name(enum permit_action action)
{
    return (unsigned)action < PERMIT_ACTION_COUNT_ ? names[action] : "unknown";
}
