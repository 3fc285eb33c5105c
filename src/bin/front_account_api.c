/* The calls of programs that hold an organisation's key: the table, and what a query says. Each is
 * described in docs/api/openapi.yaml; a test compares both. knows: paths, fields. knows not: what a
 * key may do (account/). owns: nothing. */
#include <string.h>

#include "base/bug.h"
#include "bin/front_account.h"

static const struct desk_route routes[] = {
    {false, "", ACCOUNT_API_SELF, 0, false},
    {false, "/members", ACCOUNT_API_MEMBERS, FIELD_AFTER, false},
    {true, "/members/remove", ACCOUNT_API_MEMBER_DROP, FIELD_NAME, false},
    {false, "/invitations", ACCOUNT_API_INVITES, FIELD_AFTER_ID, false},
    {true, "/invitations", ACCOUNT_API_INVITE, FIELD_LABEL, false},
    {true, "/invitations/revoke", ACCOUNT_API_INVITE_DROP, FIELD_ID, false},
    {false, "/blocks", ACCOUNT_API_BLOCKS, FIELD_NAME, false},
    {true, "/blocks", ACCOUNT_API_BLOCK, FIELD_NAME | FIELD_BLOCK | FIELD_WHY, true},
    {true, "/blocks/lift", ACCOUNT_API_BLOCK, FIELD_NAME | FIELD_BLOCK, false},
    {false, "/meetings", ACCOUNT_API_MEETINGS, FIELD_AFTER_MEETING, false},
    {true, "/meetings", ACCOUNT_API_MEETING_MAKE, FIELD_MEETING, false},
    {false, "/meetings/show", ACCOUNT_API_MEETING, FIELD_MEETING_ID, false},
    {true, "/meetings/end", ACCOUNT_API_MEETING_END, FIELD_MEETING_ID, false},
    {false, "/webhooks", ACCOUNT_API_HOOKS, 0, false},
    {true, "/webhooks", ACCOUNT_API_HOOK_MAKE, FIELD_HOOK, false},
    {true, "/webhooks/remove", ACCOUNT_API_HOOK_DROP, FIELD_ID, false},
    {false, "/usage", ACCOUNT_API_USAGE, FIELD_UNTIL, false},
};

const struct desk_route *desk_api_route(const struct web_call *q, bool *path_known)
{
    return desk_route_of(routes, ARRAY_LEN(routes), q, path_known);
}

json_t *desk_api_calls(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_LEN(routes); i++)
        (void)json_array_append_new(
            list, json_sprintf("%s /api/v1%s", routes[i].post ? "POST" : "GET", routes[i].path));
    return list;
}

/* One "key=value". False: it is no such thing, or was there before. */
static bool pair(json_t *object, const char *text, size_t len)
{
    char key[16];
    const char *equals = memchr(text, '=', len);
    size_t n = equals ? (size_t)(equals - text) : 0;
    if (n == 0 || n >= sizeof key)
        return false;
    memcpy(key, text, n);
    key[n] = '\0';
    json_t *value = json_stringn(equals + 1, len - n - 1);
    bool fresh = value && !json_object_get(object, key);
    return json_object_set_new(object, key, value) == 0 && fresh;
}

json_t *desk_api_query(struct span query)
{
    json_t *object = json_object();
    for (size_t at = 0; object && at < query.len;) {
        const char *text = (const char *)query.ptr + at;
        const char *end = memchr(text, '&', query.len - at);
        size_t n = end ? (size_t)(end - text) : query.len - at;
        if (!pair(object, text, n)) {
            json_decref(object);
            return NULL;
        }
        at += n + 1;
    }
    return object;
}
