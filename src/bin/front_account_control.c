/* What `conclave user` and `conclave org` ask over the control socket, and the answers.
 * knows: the lines' JSON. knows not: people's tokens: an operator needs none. owns: nothing. */
#include <stdlib.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front_account.h"

struct line {
    const char *what;
    enum account_command command;
    const char *keys[4]; /* strings that must be there, beside "do" */
};

static const struct line lines[] = {
    {"user_create", ACCOUNT_USER_CREATE, {"name", "password"}},
    {"user_list", ACCOUNT_USER_LIST, {"name"}},
    {"user_disable", ACCOUNT_USER_SET, {"name"}},
    {"user_enable", ACCOUNT_USER_SET, {"name"}},
    {"user_sign_out", ACCOUNT_USER_END, {"name"}},
    {"user_block", ACCOUNT_USER_BLOCK, {"name", "feature", "why"}},
    {"user_unblock", ACCOUNT_USER_BLOCK, {"name", "feature"}},
    {"org_create", ACCOUNT_ORG_CREATE, {"org", "name"}},
    {"org_list", ACCOUNT_ORG_LIST, {"org"}},
    {"org_set", ACCOUNT_ORG_SET, {"org", "name", "role"}},
    {"org_remove", ACCOUNT_ORG_DROP, {"org", "name"}},
    {"key_create", ACCOUNT_KEY_MAKE, {"org", "label"}},
    {"key_list", ACCOUNT_KEY_LIST, {"org", "name"}}, /* name: empty: there is one page */
    {"key_revoke", ACCOUNT_KEY_DROP, {"org", "id"}},
    {"org_members", ACCOUNT_ORG_MEMBERS, {"org", "name"}},
};

static bool role_read(enum account_role *out, struct span word)
{
    for (int i = 0; i < ACCOUNT_ROLE_COUNT_; i++)
        if (span_equal(word, span_str(desk_role_word((enum account_role)i)))) {
            *out = (enum account_role)i;
            return true;
        }
    return false;
}

static_assert((int)SAFE_FEATURE_COUNT_ <= (int)ACCOUNT_FEATURES &&
                  (int)LIMIT_BLOCK_WHY == (int)ACCOUNT_WHY,
              "an account's blocks are a meeting's");

bool desk_feature(uint8_t *out, struct span word)
{
    *out = 0;
    while (*out < SAFE_FEATURE_COUNT_ &&
           !span_equal(word, span_str(safe_feature_name((enum safe_feature) * out))))
        (*out)++;
    return *out < SAFE_FEATURE_COUNT_;
}

/* id: room for what `e` then refers to. */
static bool key_read(struct account_event *e, uint8_t id[ACCOUNT_HASH], const char *key,
                     struct span value)
{
    if (strcmp(key, "name") == 0)
        e->name = value;
    else if (strcmp(key, "org") == 0)
        e->org = value;
    else if (strcmp(key, "password") == 0)
        e->password = value;
    else if (strcmp(key, "why") == 0)
        e->why = value;
    else if (strcmp(key, "label") == 0)
        e->label = value;
    else if (strcmp(key, "id") == 0)
        return text_unbase64url(id, ACCOUNT_HASH, &e->id.len, value) == ERR_OK;
    else if (strcmp(key, "feature") == 0)
        return desk_feature(&e->feature, value);
    else
        return role_read(&e->role, value);
    return true;
}

static bool line_read(struct account_event *e, uint8_t id[ACCOUNT_HASH], const struct line *l,
                      json_t *object)
{
    size_t keys = 1;
    e->id = span_of(id, 0);
    e->command = l->command;
    e->disabled = strcmp(l->what, "user_disable") == 0;
    e->on = strcmp(l->what, "user_block") == 0;
    for (size_t i = 0; i < ARRAY_LEN(l->keys) && l->keys[i]; i++, keys++) {
        json_t *v = json_object_get(object, l->keys[i]);
        if (!json_is_string(v) ||
            !key_read(e, id, l->keys[i], span_of(json_string_value(v), json_string_length(v))))
            return false;
    }
    return json_object_size(object) == keys;
}

static void answer_line(struct desk *d, uint64_t number, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);
    size_t len = text ? strlen(text) : 0;
    json_decref(answer);
    if (text)
        text[len] = '\n'; /* in place of the terminating zero */
    line_answer(d->front->control, number, span_of(text ? text : "{}\n", text ? len + 1 : 3));
    free(text);
}

static json_t *key_list(const struct account_answer *a)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->reply->count; i++) {
        const struct account_grant *g = &a->reply->as.grant[i];
        (void)json_array_append_new(list, json_pack("{s:o, s:s, s:I}", "id",
                                                    desk_base64(g->hash, ACCOUNT_GRANT_ID), "label",
                                                    g->label, "created", (json_int_t)g->created_s));
    }
    return json_pack("{s:b, s:o, s:b}", "ok", 1, "list", list, "more", 0);
}

static json_t *key_made(const struct account_answer *a)
{
    return json_pack("{s:b, s:o, s:o}", "ok", 1, "id", desk_base64(a->grant.hash, ACCOUNT_GRANT_ID),
                     "key", desk_base64(a->given, sizeof a->given));
}

static json_t *list_of(const struct account_answer *a)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->reply->count; i++) {
        const struct account_row *row = &a->reply->as.row[i];
        const struct account_org *org = &a->reply->as.org[i];
        const struct account_membership *m = &a->reply->as.member[i];
        json_t *one =
            a->command == ACCOUNT_USER_LIST
                ? json_pack("{s:s, s:I, s:b}", "name", row->name, "created",
                            (json_int_t)row->created_s, "disabled", row->disabled)
            : a->command == ACCOUNT_ORG_LIST
                ? json_pack("{s:s, s:I}", "org", org->name, "created", (json_int_t)org->created_s)
                : json_pack("{s:s, s:s}", "name", m->name, "role",
                            desk_role_word((enum account_role)m->role));
        (void)json_array_append_new(list, one);
    }
    return json_pack("{s:b, s:o, s:b}", "ok", 1, "list", list, "more", a->reply->more);
}

void desk_control_answer(struct desk *d, const struct account_answer *a)
{
    bool list = a->reason == ACCOUNT_OK && a->reply;
    if (a->reason == ACCOUNT_OK && a->command == ACCOUNT_USER_BLOCK)
        person_block(d->front, &a->block, a->on);
    bool made = a->reason == ACCOUNT_OK && a->command == ACCOUNT_KEY_MAKE;
    json_t *o = list && a->command == ACCOUNT_KEY_LIST ? key_list(a)
                : made                                 ? key_made(a)
                : list                                 ? list_of(a)
                       : json_pack("{s:b, s:s}", "ok", a->reason == ACCOUNT_OK, "reason",
                                   account_reason_word(a->reason));
    answer_line(d, a->call & ~DESK_CONTROL, o);
}

bool desk_control(struct desk *d, uint64_t number, const char *what, json_t *object)
{
    struct desk_call call = {.call = number | DESK_CONTROL};
    struct account_event e;
    uint8_t id[ACCOUNT_HASH];
    memset(&e, 0, sizeof e);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (strcmp(lines[i].what, what) != 0)
            continue;
        if (line_read(&e, id, &lines[i], object))
            desk_ask(d, &e, &call);
        else
            answer_line(d, number, json_pack("{s:b, s:s}", "ok", 0, "reason", "bad_message"));
        return true;
    }
    return false;
}
