/* The operator's questions about meetings, over the control socket: which run, how one stands, its
 * end. Answers hold counts and settings; nobody's id, name or address.
 * knows: their JSON. knows not: what may be asked by members. owns: nothing. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bin/front.h"
#include "io/clock.h"

enum { LIST_PAGE = 24 }; /* an answer stays below what the command line reads */

static void answer_object(struct front *f, uint64_t number, json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (!text) {
        api_answer_control(f, number, "busy");
        return;
    }
    size_t len = strlen(text);
    text[len] = '\n'; /* in place of the terminating zero */
    line_answer(f->control, number, span_of(text, len + 1));
    free(text);
}

/* ---- which run ---- */

/* The LIST_PAGE first ids behind `after`, in their order; the number of them. */
static size_t page_of(const struct meet *m, const char *after, struct meet_running page[LIST_PAGE],
                      bool *more)
{
    struct meet_running r;
    size_t n = 0;
    *more = false;
    for (uint32_t cursor = 0; meet_running_next(m, &cursor, &r);) {
        if (strcmp(r.id, after) <= 0)
            continue;
        size_t at = n;
        while (at > 0 && strcmp(page[at - 1].id, r.id) > 0)
            at--;
        *more = *more || n == LIST_PAGE;
        if (at == LIST_PAGE)
            continue;
        n += n < LIST_PAGE;
        memmove(page + at + 1, page + at, (n - 1 - at) * sizeof *page);
        page[at] = r;
    }
    return n;
}

void meetings_list(struct front *f, uint64_t number, const char *after)
{
    struct meet_running page[LIST_PAGE];
    bool more;
    size_t n = page_of(f->meet, after, page, &more);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:i}", "id", page[i].id, "people",
                                                    (int)page[i].people, "waiting",
                                                    (int)page[i].waiting));
    answer_object(f, number,
                  json_pack("{s:b, s:o, s:b}", "ok", 1, "meetings", list, "more", (int)more));
}

/* ---- one of them ---- */

static bool running(const struct front *f, const char *id, struct meet_running *out)
{
    for (uint32_t cursor = 0; meet_running_next(f->meet, &cursor, out);)
        if (strcmp(out->id, id) == 0)
            return true;
    return false;
}

/* What an operator blocked for everybody in it. */
static json_t *blocked_list(const struct safe *safe)
{
    json_t *list = json_array();
    for (int i = 0; i < SAFE_FEATURE_COUNT_; i++)
        if (safe->all.features >> i & 1)
            (void)json_array_append_new(list, json_string(safe_feature_name((enum safe_feature)i)));
    return list;
}

static void show(struct front *f, uint64_t number, const struct ipc_meeting *row)
{
    struct meet_running r = {.people = 0};
    struct safe stored;
    const struct safe *safe = &stored;
    bool live = running(f, row->id, &r);
    if (live)
        safe = meet_safe_of(f->meet, row->id);
    else if (rules_of_row(row, &stored) != ERR_OK) {
        api_answer_control(f, number, "busy");
        return;
    }
    const struct settings *s = &safe->settings;
    const char *state = row->ended_ms != 0 ? "ended" : live ? "running" : "idle";
    answer_object(f, number,
                  json_pack("{s:b, s:s, s:s, s:i, s:i, s:I, s:I, s:s, s:b, s:b, s:b, s:o}", "ok", 1,
                            "id", row->id, "state", state, "people", (int)r.people, "waiting",
                            (int)r.waiting, "created_ms", (json_int_t)row->created_ms, "ended_ms",
                            (json_int_t)row->ended_ms, "profile",
                            profile_name((enum profile)s->profile), "waiting_room",
                            (int)setting_on(s, SETTING_waiting_room), "passcode",
                            (int)setting_on(s, SETTING_passcode), "locked",
                            (int)setting_on(s, SETTING_locked), "blocked", blocked_list(safe)));
}

void meetings_show(struct front *f, uint64_t number, const char *id)
{
    uint32_t request = ask_open(f, ASK_SHOW, number);
    if (request != 0 && ask_meeting_get(f, request, id))
        return;
    if (request != 0)
        f->asks[request % FRONT_ASKS].kind = ASK_NONE;
    api_answer_control(f, number, "busy");
}

bool meetings_live(const struct front *f, const char *id)
{
    return meet_safe_of(f->meet, id) != NULL;
}

void meetings_end_live(struct front *f, const char *id, const char *event)
{
    struct meet_command c = {.type = MEET_SERVER_END};
    if (!meetings_live(f, id)) {
        front_log(event, "live", "no");
        return;
    }
    memcpy(c.as.end.meeting, id, strnlen(id, LIMIT_MEETING_ID));
    front_input(f, &c);
    front_log(event, "live", "yes");
}

/* One that runs is over at once, and stored as such by what the core asks for. */
void meetings_end(struct front *f, uint64_t number, const char *id)
{
    struct ipc_message m;
    if (meetings_live(f, id)) {
        meetings_end_live(f, id, "ended_by_operator");
        api_answer_control(f, number, NULL);
        return;
    }
    uint32_t request = ask_open(f, ASK_FINISH, number);
    if (request == 0) {
        api_answer_control(f, number, "busy");
        return;
    }
    memset(&m, 0, sizeof m);
    m.type = IPC_MEETING_END;
    m.as.MEETING_END.request = request;
    memcpy(m.as.MEETING_END.id, id, strnlen(id, LIMIT_MEETING_ID));
    if (link_send(&f->store, &m, -1))
        return;
    f->asks[request % FRONT_ASKS].kind = ASK_NONE;
    api_answer_control(f, number, "busy");
}

/* Unless it had ended before it was asked for. One that runs is told of by the core's effect. */
static void tell_end(struct front *f, const struct ask *a, const struct ipc_meeting *m)
{
    int64_t asked_ms = front_unix_ms() - (clock_now() - a->since) / US_PER_MS;
    if (!meetings_live(f, m->id) && m->ended_ms + 1 >= asked_ms) /* both clocks are cut to ms */
        hooks_ended(f, m->id);
}

void meetings_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row)
{
    enum err e = row ? (enum err)row->result : ERR_BUSY;
    if (e != ERR_OK) {
        api_answer_control(f, a->number, e == ERR_NOT_FOUND ? "not_found" : "busy");
    } else if (a->kind == ASK_SHOW) {
        show(f, a->number, &row->meeting);
    } else {
        tell_end(f, a, &row->meeting);
        meetings_end_live(f, row->meeting.id,
                          "ended_by_operator"); /* it may have begun meanwhile */
        api_answer_control(f, a->number, NULL);
    }
}
