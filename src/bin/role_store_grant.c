/* Keys and invitations of organisations as rows of the store. knows: both shapes. knows not: who
 * asks, tokens: hashes alone come here. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "bin/role_store.h"

static_assert((int)ACCOUNT_KEYS + (int)ACCOUNT_INVITES <= (int)STORE_LIST, "one list has all");

static struct store_organisation_token grant_in(const struct account_grant *g)
{
    struct store_organisation_token out = {
        .kind = g->kind + 1, .created_ms = g->created_s * 1000, .expires_ms = g->expires_s * 1000};
    memcpy(out.token_hash, g->hash, sizeof out.token_hash);
    memcpy(out.organisation, g->org, sizeof out.organisation);
    memcpy(out.label, g->label, strnlen(g->label, ACCOUNT_LABEL));
    return out;
}

static struct account_grant grant_out(const struct store_organisation_token *t)
{
    struct account_grant out;
    memset(&out, 0, sizeof out);
    memcpy(out.hash, t->token_hash, sizeof out.hash);
    memcpy(out.org, t->organisation, sizeof out.org);
    out.kind = t->kind == GRANT_INVITE + 1 ? GRANT_INVITE : GRANT_KEY;
    out.created_s = t->created_ms / 1000;
    out.expires_s = t->expires_ms / 1000;
    memcpy(out.label, t->label, strnlen(t->label, ACCOUNT_LABEL));
    return out;
}

/* All of the organisation, of both kinds, behind that hash, in the order of hashes. */
static enum err grants_of(struct store *s, const struct account_grant *after,
                          const struct store_organisation_token **rows, size_t *count)
{
    static struct store_organisation_token all[STORE_LIST];
    struct store_organisation_token like = grant_in(after);
    struct store_list l = {
        STORE_ORGANISATION_TOKENS, .by = "organisation", .like = &like, .after = &like, .rows = all,
        .cap = STORE_LIST};
    TRY(store_list(s, &l));
    *rows = all;
    *count = l.count;
    return ERR_OK;
}

static enum err grant_put(struct store *s, const struct account_grant *g)
{
    struct account_grant first = *g;
    struct store_organisation_token row = grant_in(g);
    const struct store_organisation_token *rows;
    size_t count, same = 0, max = g->kind == GRANT_KEY ? ACCOUNT_KEYS : ACCOUNT_INVITES;
    memset(first.hash, 0, sizeof first.hash);
    TRY(grants_of(s, &first, &rows, &count));
    for (size_t i = 0; i < count; i++)
        same += rows[i].kind == row.kind;
    return same < max ? store_put_organisation_token(s, &row) : ERR_LIMIT;
}

/* The row of that hash and kind. */
static enum err grant_row(struct store *s, const struct account_grant *like,
                          struct store_organisation_token *row)
{
    memset(row, 0, sizeof *row);
    memcpy(row->token_hash, like->hash, sizeof row->token_hash);
    TRY(store_get_organisation_token(s, row));
    return row->kind == like->kind + 1 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err grant_get(struct store *s, const struct account_grant *like,
                          struct account_reply *out)
{
    struct store_organisation_token row;
    TRY(grant_row(s, like, &row));
    out->as.grant[0] = grant_out(&row);
    out->count = 1;
    return ERR_OK;
}

static enum err grant_list(struct store *s, const struct account_grant *after,
                           struct account_reply *out)
{
    const struct store_organisation_token *rows;
    size_t count;
    TRY(grants_of(s, after, &rows, &count));
    for (size_t i = 0; i < count && !out->more; i++) {
        if (rows[i].kind != after->kind + 1)
            continue;
        out->more = out->count == ACCOUNT_PAGE;
        if (!out->more)
            out->as.grant[out->count++] = grant_out(&rows[i]);
    }
    return ERR_OK;
}

static enum err grant_drop(struct store *s, const struct account_grant *like)
{
    struct account_grant first = *like;
    const struct store_organisation_token *rows;
    size_t count;
    memset(first.hash, 0, sizeof first.hash);
    TRY(grants_of(s, &first, &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind == like->kind + 1 &&
            memcmp(rows[i].token_hash, like->hash, ACCOUNT_GRANT_ID) == 0)
            return store_drop_organisation_token(s, &rows[i]);
    return ERR_NOT_FOUND;
}

static enum err grant_take(struct store *s, const struct account_ask *ask)
{
    struct account_grant like = ask->as.take.grant;
    struct store_organisation_token row;
    struct store_membership m = {.role = ACCOUNT_MEMBER, .created_ms = ask->as.take.now_s * 1000};
    like.kind = GRANT_INVITE;
    TRY(grant_row(s, &like, &row));
    if (row.expires_ms <= ask->as.take.now_s * 1000)
        return ERR_NOT_FOUND;
    TRY(store_drop_organisation_token(s, &row));
    memcpy(m.organisation, row.organisation, sizeof m.organisation);
    memcpy(m.account, ask->as.take.member.account, sizeof m.account);
    struct store_membership there = m;
    enum err e = store_get_membership(s, &there);
    return e == ERR_NOT_FOUND ? store_put_membership(s, &m) : e;
}

enum err store_grant_unblock(struct store *s, const struct account_membership *who)
{
    struct store_block rows[ACCOUNT_FEATURES], like = {.feature = 0};
    struct store_list l = {STORE_BLOCKS, .by = "account", .like = &like, .rows = rows,
                           .cap = ACCOUNT_FEATURES};
    memcpy(like.account, who->account, sizeof like.account);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        if (rows[i].set_by_len == sizeof who->org &&
            memcmp(rows[i].set_by, who->org, sizeof who->org) == 0)
            TRY(store_drop_block(s, &rows[i]));
    return ERR_OK;
}

enum err store_grant_write(struct store *s, const struct account_ask *ask)
{
    switch (ask->type) {
    case ASK_GRANT_PUT:
        return grant_put(s, &ask->as.grant);
    case ASK_GRANT_DROP:
        return grant_drop(s, &ask->as.grant);
    case ASK_GRANT_TAKE:
        return grant_take(s, ask);
    default: /* no write */
        return ERR_UNSUPPORTED;
    }
}

/* ---- organisations ---- */

static enum err org_get(struct store *s, const uint8_t id[ACCOUNT_ID], struct account_org *out)
{
    struct store_organisation o = {.profile = 0};
    memcpy(o.id, id, sizeof o.id);
    TRY(store_get_organisation(s, &o));
    memset(out, 0, sizeof *out);
    memcpy(out->id, o.id, sizeof out->id);
    memcpy(out->name, o.name, strnlen(o.name, ACCOUNT_NAME));
    out->created_s = o.created_ms / 1000;
    return ERR_OK;
}

static enum err org_mine(struct store *s, const struct account_membership *who,
                         struct account_reply *out)
{
    struct store_membership rows[ACCOUNT_PAGE], like = {.role = 0};
    struct store_list l = {STORE_MEMBERSHIPS, .by = "account", .like = &like, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    memcpy(like.account, who->account, sizeof like.account);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        TRY(org_get(s, rows[i].organisation, &out->as.org[i]));
    out->count = (uint32_t)l.count;
    return ERR_OK;
}

static enum err member_get(struct store *s, const struct account_membership *who,
                           struct account_reply *out)
{
    struct store_membership m = {.role = 0};
    struct account_membership *to = &out->as.member[0];
    memcpy(m.organisation, who->org, sizeof m.organisation);
    memcpy(m.account, who->account, sizeof m.account);
    TRY(store_get_membership(s, &m));
    if (m.role < 0 || m.role >= ACCOUNT_ROLE_COUNT_)
        return ERR_IO; /* a row that this program did not write */
    memset(to, 0, sizeof *to);
    memcpy(to->org, who->org, sizeof to->org);
    memcpy(to->account, who->account, sizeof to->account);
    to->role = (uint8_t)m.role;
    out->count = 1;
    return ERR_OK;
}

enum err store_grant_read(struct store *s, const struct account_ask *ask, struct account_reply *out)
{
    switch (ask->type) {
    case ASK_GRANT_GET:
        return grant_get(s, &ask->as.grant, out);
    case ASK_GRANT_LIST:
        return grant_list(s, &ask->as.grant, out);
    case ASK_ORG_MINE:
        return org_mine(s, &ask->as.member, out);
    case ASK_MEMBER_GET:
        return member_get(s, &ask->as.member, out);
    case ASK_ORG_GET:
        TRY(org_get(s, ask->as.org.org.id, &out->as.org[0]));
        out->count = 1;
        return ERR_OK;
    default: /* no read */
        return ERR_UNSUPPORTED;
    }
}
