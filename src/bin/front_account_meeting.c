/* Meetings of an organisation: what a program with its key makes, and what it is told about them.
 * The meeting that a call describes waits here while the core says whose key came with it. knows:
 * their JSON, whose they are. knows not: links, who is in a meeting. owns: the meetings that wait.
 */
#include <stdlib.h>
#include <string.h>

#include "bin/front_account.h"
#include "bin/front_list.h"
#include "bin/front_pass.h"
#include "crypt/crypt.h"

struct desk_making {
    struct ipc_meeting row;
    char passcode[LIMIT_PASSCODE + 1]; /* "": none */
};

static_assert((int)IPC_WHOSE == (int)ACCOUNT_ID, "both are the id of an organisation");

bool desk_making_read(struct desk_call *c, json_t *object)
{
    struct desk_making *m = calloc(1, sizeof *m);
    if (m && api_meeting_read(object, &m->row, m->passcode)) {
        c->making = m;
        return true;
    }
    desk_making_drop(m);
    return false;
}

void desk_making_drop(struct desk_making *m)
{
    if (m)
        crypt_wipe(m, sizeof *m);
    free(m);
}

static void refuse_prefix(struct desk *d, uint64_t call, const char *prefix)
{
    char json[API_PREFIX];
    size_t len = api_prefix_words(prefix, json);
    web_reply(d->front->web, call, &(struct web_reply){.status = 409, .json = span_of(json, len)});
}

bool desk_making_go(struct desk *d, struct desk_making *m, const struct account_answer *a)
{
    bool mine = m && a->reason == ACCOUNT_OK;
    if (mine) {
        memcpy(m->row.organisation, a->found.id, sizeof m->row.organisation);
        const char *prefix;
        if (!pass_prefix(d->front, m->row.id, &prefix))
            refuse_prefix(d, a->call, prefix);
        else if (list_withdrawn(d->front))
            api_not_put(d->front, ASK_API, a->call);
        else if (!api_make_meeting(d->front, &m->row, m->passcode, ASK_API, a->call))
            api_not_put(d->front, ASK_API, a->call);
    }
    desk_making_drop(m);
    return mine;
}

void desk_made(struct desk *d, const struct ask *a, enum err e)
{
    char json[64];
    int len = snprintf(json, sizeof json, "{\"id\":\"%s\"}", a->meeting);
    struct web_reply r = {.status = 200, .json = span_of(json, (size_t)len)};
    if (e == ERR_OK)
        hooks_made(d->front, a->meeting);
    if (e == ERR_OK)
        web_reply(d->front->web, a->number, &r);
    else
        desk_refuse(d, a->number, e == ERR_CONFLICT ? ACCOUNT_TAKEN : ACCOUNT_BUSY);
}

static json_t *meeting(const struct desk *d, const struct account_meeting *m)
{
    enum profile p = m->profile < PROFILE_COUNT_ ? (enum profile)m->profile : PROFILE_DEFAULT;
    return json_pack("{s:s, s:s, s:b, s:b, s:I, s:I, s:b}", "id", m->id, "profile", profile_name(p),
                     "waiting_room", (int)m->waiting_room, "passcode", (int)m->passcode, "created",
                     (json_int_t)m->created_s, "ended", (json_int_t)m->ended_s, "running",
                     (int)meetings_live(d->front, m->id));
}

json_t *desk_meeting_words(const struct desk *d, const struct account_answer *a)
{
    const struct account_reply *r = a->reply;
    if (a->command == ACCOUNT_API_MEETING)
        return r && r->count == 1 ? meeting(d, &r->as.meeting[0]) : NULL;
    if (a->command != ACCOUNT_API_MEETINGS)
        return json_object(); /* it is done */
    json_t *rows = json_array();
    for (uint32_t i = 0; r && i < r->count; i++)
        (void)json_array_append_new(rows, meeting(d, &r->as.meeting[i]));
    return json_pack("{s:o, s:b}", "meetings", rows, "more", (int)(r && r->more));
}
