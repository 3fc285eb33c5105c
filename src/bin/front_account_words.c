/* What is said about organisations, their keys and their members. knows: names of fields.
 * knows not: who asked, routes. owns: nothing beyond an answer. */
#include <jansson.h>
#include <string.h>

#include "bin/front_account.h"

const char *desk_role_word(enum account_role r)
{
    static const char *const words[ACCOUNT_ROLE_COUNT_] = {"member", "admin", "owner"};
    return words[r < ACCOUNT_ROLE_COUNT_ ? r : ACCOUNT_MEMBER];
}

static json_t *self(const struct account_answer *a)
{
    const struct account_grant *g = &a->grant;
    return json_pack("{s:s, s:s, s:{s:o, s:s, s:I}, s:o}", "version", "v1", "organisation",
                     a->found.name, "key", "id", desk_base64(g->hash, ACCOUNT_GRANT_ID), "label",
                     g->label, "created", (json_int_t)g->created_s, "calls", desk_api_calls());
}

static json_t *member(const struct account_membership *m)
{
    return json_pack("{s:s, s:s}", "name", m->name, "role",
                     desk_role_word((enum account_role)m->role));
}

static json_t *grant(const struct account_grant *g)
{
    return json_pack("{s:o, s:s, s:I, s:I}", "id", desk_base64(g->hash, ACCOUNT_GRANT_ID), "label",
                     g->label, "created", (json_int_t)g->created_s, "expires",
                     (json_int_t)g->expires_s);
}

static json_t *block(const struct account_block *b)
{
    static const uint8_t nobody[ACCOUNT_ID];
    bool operators = memcmp(b->by, nobody, sizeof nobody) == 0;
    const char *feature =
        b->feature < SAFE_FEATURE_COUNT_ ? safe_feature_name((enum safe_feature)b->feature) : "";
    return json_pack("{s:s, s:s, s:I, s:s}", "feature", feature, "why", b->why, "created",
                     (json_int_t)b->created_s, "by", operators ? "operator" : "organisation");
}

static json_t *org(const struct account_org *o)
{
    return json_pack("{s:s}", "organisation", o->name);
}

static json_t *list(const struct account_answer *a, const char *name)
{
    json_t *rows = json_array();
    const struct account_reply *r = a->reply;
    for (uint32_t i = 0; r && i < r->count; i++)
        (void)json_array_append_new(rows,
                                    a->command == ACCOUNT_API_MEMBERS   ? member(&r->as.member[i])
                                    : a->command == ACCOUNT_API_INVITES ? grant(&r->as.grant[i])
                                    : a->command == ACCOUNT_API_BLOCKS  ? block(&r->as.block[i])
                                                                        : org(&r->as.org[i]));
    return json_pack("{s:o, s:b}", name, rows, "more", r && r->more);
}

static json_t *usage_day(const struct account_usage_day *d)
{
    if (d->flags & USAGE_OF_FEW)
        return json_pack("{s:I, s:b}", "day", (json_int_t)d->day_s, "few", 1);
    return json_pack("{s:I, s:I, s:I, s:b}", "day", (json_int_t)d->day_s, "participants",
                     (json_int_t)d->participants, "people", (json_int_t)d->people, "at_most",
                     (d->flags & USAGE_AT_MOST) != 0);
}

static json_t *usage(const struct account_reply *r)
{
    json_t *days = json_array();
    for (uint32_t i = 0; r && i < r->count; i++)
        for (uint32_t n = 0; n < r->as.usage[i].count; n++)
            (void)json_array_append_new(days, usage_day(&r->as.usage[i].day[n]));
    return json_pack("{s:o}", "days", days);
}

static json_t *invitation(const struct account_answer *a)
{
    json_t *o = grant(&a->grant);
    (void)json_object_set_new(o, "invitation", desk_base64(a->given, sizeof a->given));
    return o;
}

json_t *desk_org_words(const struct account_answer *a)
{
    switch (a->command) {
    case ACCOUNT_API_SELF:
        return self(a);
    case ACCOUNT_API_MEMBERS:
        return list(a, "members");
    case ACCOUNT_API_INVITE:
        return invitation(a);
    case ACCOUNT_API_INVITES:
        return list(a, "invitations");
    case ACCOUNT_API_BLOCKS:
        return list(a, "blocks");
    case ACCOUNT_ORG_MINE:
        return list(a, "organisations");
    case ACCOUNT_API_USAGE:
        return usage(a->reply);
    case ACCOUNT_ORG_JOIN:
        return org(&a->found);
    default: /* done, and nothing to tell */
        return json_object();
    }
}
