/* Who may do what in an organisation: a total function over a table. An owner may all, an admin all
 * that does not touch owners or admins, a member may look and leave. Guests need no organisation
 * and no account at all; nothing here is asked about them. knows: roles. knows not: accounts, the
 * store. owns: nothing. */
#ifndef ACCOUNT_ORGANISATION_H
#define ACCOUNT_ORGANISATION_H

#include "account/rows.h"

enum organisation_act {
    ORGANISATION_LOOK,   /* the members and their roles */
    ORGANISATION_ADD,    /* somebody with the role `to` */
    ORGANISATION_CHANGE, /* somebody's role from `from` to `to` */
    ORGANISATION_BLOCK,  /* features of somebody with the role `from` */
    ORGANISATION_REMOVE, /* somebody with the role `from` */
    ORGANISATION_LEAVE,  /* oneself; `owners` says how many there are */
    ORGANISATION_ACT_COUNT_
};

struct organisation_wish {
    enum organisation_act act;
    enum account_role actor, from, to;
    uint32_t owners; /* of the organisation, now */
};

/* ERR_OK; ERR_FORBIDDEN: not with that role; ERR_STATE: it would leave no owner. */
enum err organisation_may(const struct organisation_wish *w);

#endif
