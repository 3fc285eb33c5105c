/* An organisation's meetings, as a program with its key asks about them. Another's meeting,
 * nobody's and none are one answer. knows: whose a meeting is. knows not: links, what goes on in a
 * meeting. owns: nothing. */
#include "account/flow.h"

bool meeting_read(struct flow *f, struct span id, bool optional)
{
    if (id.len == 0)
        return optional;
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= 'a' && id.ptr[i] <= 'z') || (id.ptr[i] >= '2' && id.ptr[i] <= '7')))
            return false;
    if (id.len != ACCOUNT_MEETING)
        return false;
    memcpy(f->meeting.id, id.ptr, id.len);
    return true;
}

/* As it was before this end. */
static void ended(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_OK && reply->count == 1)
        f->meeting = reply->as.meeting[0];
    flow_done(a, f, reply);
}

void meeting_command(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = f->command == ACCOUNT_API_MEETINGS  ? ASK_MEETING_LIST
                                      : f->command == ACCOUNT_API_MEETING ? ASK_MEETING_GET
                                                                          : ASK_MEETING_END};
    if (f->command == ACCOUNT_API_MEETING_MAKE) { /* who made it writes it */
        flow_answer(a, f, ACCOUNT_OK);
        return;
    }
    memcpy(f->meeting.org, f->found.id, sizeof f->meeting.org);
    f->meeting.ended_s = a->now.unix_s;
    ask.as.meeting = f->meeting;
    flow_ask(a, f, &ask, ask.type == ASK_MEETING_END ? ended : flow_list);
}
