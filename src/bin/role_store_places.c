/* Choices of data centres as rows of the store: an account's and an organisation's are two tables
 * of one shape. knows: both shapes. knows not: what a choice says. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "bin/role_store.h"

static_assert(sizeof((struct store_account_choice *)0)->choice > ACCOUNT_CHOICE &&
                  sizeof((struct store_organisation_choice *)0)->choice > ACCOUNT_CHOICE,
              "a choice fits its column");

static struct store_account_choice account_row(const struct account_places *p)
{
    struct store_account_choice row = {.version = p->version, .changed_ms = p->changed_s * 1000};
    memcpy(row.account, p->owner, sizeof row.account);
    memcpy(row.choice, p->text, strnlen(p->text, ACCOUNT_CHOICE));
    return row;
}

static struct store_organisation_choice org_row(const struct account_places *p)
{
    struct store_organisation_choice row = {.version = p->version,
                                            .changed_ms = p->changed_s * 1000};
    memcpy(row.organisation, p->owner, sizeof row.organisation);
    memcpy(row.choice, p->text, strnlen(p->text, ACCOUNT_CHOICE));
    return row;
}

/* ERR_IO: a row that this program did not write. */
static enum err take(struct account_places *p, int64_t version, const char *choice,
                     int64_t changed_ms)
{
    if (version < 1 || version > UINT32_MAX || strlen(choice) > ACCOUNT_CHOICE)
        return ERR_IO;
    memset(p->text, 0, sizeof p->text);
    memcpy(p->text, choice, strlen(choice));
    p->version = (uint32_t)version;
    p->changed_s = changed_ms / 1000;
    return ERR_OK;
}

/* The row of p's owner; nothing chosen: version 0 and no text. */
static enum err get(struct store *s, struct account_places *p)
{
    struct store_account_choice of_account = account_row(p);
    struct store_organisation_choice of_org = org_row(p);
    enum err e = p->of_org ? store_get_organisation_choice(s, &of_org)
                           : store_get_account_choice(s, &of_account);
    p->version = 0;
    p->changed_s = 0;
    memset(p->text, 0, sizeof p->text);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    return p->of_org ? take(p, of_org.version, of_org.choice, of_org.changed_ms)
                     : take(p, of_account.version, of_account.choice, of_account.changed_ms);
}

static enum err owner_there(struct store *s, const struct account_places *p)
{
    struct store_account a = {.state = 0};
    struct store_organisation o = {.profile = 0};
    memcpy(a.id, p->owner, sizeof a.id);
    memcpy(o.id, p->owner, sizeof o.id);
    return p->of_org ? store_get_organisation(s, &o) : store_get_account(s, &a);
}

static enum err put(struct store *s, const struct account_places *in, struct account_reply *out)
{
    struct account_places was = *in, now = *in;
    TRY(owner_there(s, in));
    TRY(get(s, &was));
    if (was.version != in->version || in->version == UINT32_MAX)
        return ERR_CONFLICT;
    now.version++;
    struct store_account_choice of_account = account_row(&now);
    struct store_organisation_choice of_org = org_row(&now);
    if (was.version == 0)
        TRY(now.of_org ? store_put_organisation_choice(s, &of_org)
                       : store_put_account_choice(s, &of_account));
    else
        TRY(now.of_org ? store_set_organisation_choice(s, &of_org)
                       : store_set_account_choice(s, &of_account));
    out->as.places[0] = now;
    out->count = 1;
    return ERR_OK;
}

enum err store_places_put(struct store *s, const struct account_places *in,
                          struct account_reply *out)
{
    TRY(store_begin(s));
    enum err e = put(s, in, out);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

static enum err above(struct store *s, const struct account_places *like, struct account_reply *out)
{
    static struct store_membership rows[ACCOUNT_PAGE];
    struct store_membership of = {.role = 0};
    struct store_list l = {STORE_MEMBERSHIPS, .by = "account", .like = &of, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    memcpy(of.account, like->owner, sizeof of.account);
    TRY(store_list(s, &l));
    if (l.more)
        return ERR_LIMIT;
    for (size_t i = 0; i < l.count; i++) {
        struct account_places *p = &out->as.places[i];
        struct store_organisation o = {.profile = 0};
        memset(p, 0, sizeof *p);
        p->of_org = true;
        memcpy(p->owner, rows[i].organisation, sizeof p->owner);
        memcpy(o.id, p->owner, sizeof o.id);
        TRY(store_get_organisation(s, &o));
        if (strlen(o.name) > ACCOUNT_NAME)
            return ERR_IO;
        memcpy(p->org, o.name, strlen(o.name));
        TRY(get(s, p));
    }
    out->count = (uint32_t)l.count;
    return ERR_OK;
}

enum err store_places_read(struct store *s, const struct account_ask *ask,
                           struct account_reply *out)
{
    if (ask->type == ASK_PLACES_ABOVE)
        return above(s, &ask->as.places, out);
    struct account_places *p = &out->as.places[0];
    memset(p, 0, sizeof *p);
    p->of_org = ask->as.places.of_org;
    memcpy(p->owner, ask->as.places.owner, sizeof p->owner);
    TRY(get(s, p));
    out->count = 1;
    return ERR_OK;
}
