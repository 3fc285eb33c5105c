/* See organisation.h: an organisation always keeps an owner, and nobody reaches those at or above
 * their own role but an owner. */
#include "account/organisation.h"

static bool over(enum account_role actor, enum account_role other)
{
    return actor == ACCOUNT_OWNER || actor > other;
}

static bool loses_last_owner(const struct organisation_wish *w)
{
    switch (w->act) {
    case ORGANISATION_LOOK:
    case ORGANISATION_ADD:
    case ORGANISATION_BLOCK:
        return false;
    case ORGANISATION_CHANGE:
        return w->from == ACCOUNT_OWNER && w->to != ACCOUNT_OWNER && w->owners <= 1;
    case ORGANISATION_REMOVE:
        return w->from == ACCOUNT_OWNER && w->owners <= 1;
    case ORGANISATION_LEAVE:
        return w->actor == ACCOUNT_OWNER && w->owners <= 1;
    case ORGANISATION_ACT_COUNT_:
        break;
    }
    return true;
}

static bool allowed(const struct organisation_wish *w)
{
    switch (w->act) {
    case ORGANISATION_LOOK:
    case ORGANISATION_LEAVE:
        return true;
    case ORGANISATION_ADD:
        return over(w->actor, w->to);
    case ORGANISATION_CHANGE:
        return over(w->actor, w->from) && over(w->actor, w->to);
    case ORGANISATION_BLOCK:
    case ORGANISATION_REMOVE:
        return over(w->actor, w->from);
    case ORGANISATION_ACT_COUNT_:
        break;
    }
    return false;
}

enum err organisation_may(const struct organisation_wish *w)
{
    if (w->actor >= ACCOUNT_ROLE_COUNT_ || w->from >= ACCOUNT_ROLE_COUNT_ ||
        w->to >= ACCOUNT_ROLE_COUNT_ || !allowed(w))
        return ERR_FORBIDDEN;
    return loses_last_owner(w) ? ERR_STATE : ERR_OK;
}
