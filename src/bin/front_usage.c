/* Figures of days: who comes into a meeting and who goes is counted (account/usage.h), and what was
 * counted goes to the store. knows: which effects let people in and out, and who signed in. knows
 * not: what the figures mean. owns: the counting, and with it a key that lives as long as the day.
 */
#include <jansson.h>
#include <stdlib.h>

#include "account/usage.h"
#include "bin/front.h"
#include "crypt/crypt.h"

bool usage_open(struct front *f)
{
    uint8_t key[USAGE_KEY];
    f->usage = malloc(sizeof *f->usage);
    f->usage_members = usage_members_open();
    if (!f->usage || !f->usage_members || crypt_random(key, sizeof key) != ERR_OK)
        return false;
    usage_init(f->usage, key, front_unix_ms());
    crypt_wipe(key, sizeof key);
    return true;
}

/* ---- counting ---- */

/* A meeting is known by its number, which it has as long as somebody is in it: a later one of the
 * same link counts as one more. */
void usage_effect(struct front *f, const struct meet_effect *e)
{
    if (e->type == MEET_EVENT_MEMBER_JOINED) {
        const struct session *s = session_of_member(f, e->member);
        const uint8_t *account = s ? person_account(s) : NULL;
        int64_t now_ms = front_unix_ms();
        struct span meeting = span_of((const uint8_t *)&e->room, sizeof e->room);
        bool first = usage_enter(f->usage, meeting, account, now_ms);
        if (account)
            usage_members_enter(f, account, first, now_ms);
    } else if (e->type == MEET_MEDIA_PEER_CLOSE) {
        usage_leave(f->usage, front_unix_ms());
    }
}

void usage_tick(struct front *f)
{
    struct ipc_message m;
    struct usage_day d;
    usage_members_tick(f);
    while (usage_due(f->usage, front_unix_ms(), &d)) {
        memset(&m, 0, sizeof m);
        m.type = IPC_USAGE_ADD;
        m.as.USAGE_ADD.day = (struct ipc_usage_day){.day_ms = d.day_ms,
                                                    .meetings = (int64_t)d.meetings,
                                                    .participants = (int64_t)d.participants,
                                                    .guests = (int64_t)d.guests,
                                                    .people = (int64_t)d.people,
                                                    .minutes = (int64_t)d.minutes,
                                                    .flags = (uint8_t)d.flags};
        m.as.USAGE_ADD.first = d.first;
        if (!link_send(&f->store, &m, -1))
            return;
        usage_given(f->usage);
    }
}

/* ---- telling ---- */

void usage_list(struct front *f, uint64_t number, int64_t after_ms)
{
    struct ipc_message m;
    uint32_t request = ask_open(f, ASK_USAGE, number);
    memset(&m, 0, sizeof m);
    m.type = IPC_USAGE_GET;
    m.as.USAGE_GET = (struct ipc_usage_get){.request = request, .after_ms = after_ms};
    if (request != 0 && link_send(&f->store, &m, -1))
        return;
    if (request != 0)
        f->asks[request % FRONT_ASKS].kind = ASK_NONE;
    api_answer_control(f, number, "busy");
}

static json_t *day_of(const struct ipc_usage_day *d)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "day_ms", (json_int_t)d->day_ms,
                     "meetings", (json_int_t)d->meetings, "participants",
                     (json_int_t)d->participants, "guests", (json_int_t)d->guests, "people",
                     (json_int_t)d->people, "minutes", (json_int_t)d->minutes, "at_most",
                     (d->flags & USAGE_RESTARTED) != 0, "at_least", (d->flags & USAGE_FULL) != 0);
}

void usage_rows(struct front *f, const struct ask *a, const struct ipc_usage_rows *rows)
{
    if (!rows || rows->result != ERR_OK) {
        api_answer_control(f, a->number, "busy");
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++)
        (void)json_array_append_new(list, day_of(&rows->day[i]));
    api_answer_object(f, a->number,
                      json_pack("{s:b, s:o, s:b}", "ok", 1, "days", list, "more", (int)rows->more));
}
