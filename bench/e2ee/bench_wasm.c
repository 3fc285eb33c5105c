/* The benchmark's steps as flat calls of a wasm32 test build (tools/wasm OUT test): the same crowds
 * as natively (people.c), timed by the page. knows: one crowd at a time. owns: its memory. */
#include <stdio.h>
#include <stdlib.h>

#include "meeting.h"
#include "people.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* The last words of people.c have nowhere to go here (tools/wasm renames them): it traps, and the
 * page sees that. */
#undef stderr
FILE *const stderr = NULL;
int bench_print(FILE *out, const char *format, ...);
void bench_exit(int status);
void bench_abort(void);

int bench_print(FILE *out, const char *format, ...)
{
    (void)out, (void)format;
    return 0;
}

void bench_exit(int status)
{
    (void)status;
    __builtin_trap();
}

void bench_abort(void)
{
    __builtin_trap();
}

static struct crowd crowd;
static uint8_t commit_room[MESSAGE_MAX], welcome_room[MESSAGE_MAX];
static struct span commit, welcome;
static bool opened;

EXPORT(bench_crowd) void bench_crowd(uint32_t size, uint32_t populated)
{
    if (opened)
        crowd_close(&crowd);
    opened = true;
    crowd_open(&crowd, size, populated ? CROWD_POPULATED : CROWD_BLANK, 420);
}

static struct person *person_at(uint32_t who)
{
    return who == 0 ? &crowd.founder : who == 1 ? &crowd.listener : &crowd.newcomer;
}

EXPORT(bench_keep) void bench_keep(uint32_t who)
{
    person_keep(person_at(who));
}

EXPORT(bench_return) void bench_return(uint32_t who)
{
    person_return(person_at(who));
}

enum { MAKE_ADD, MAKE_PATH, MAKE_REMOVE };

/* The founder's commit; the one before it is dropped. */
EXPORT(bench_make) void bench_make(uint32_t what)
{
    uint32_t gone = crowd.size / 2;
    struct group_plan plan = {.path = true};
    if (what == MAKE_ADD)
        plan = crowd_add_plan(&crowd);
    if (what == MAKE_REMOVE)
        plan = (struct group_plan){.remove = &gone, .n_remove = 1};
    struct writer c = writer_of(commit_room, sizeof(commit_room));
    struct writer w = writer_of(welcome_room, sizeof(welcome_room));
    group_drop(crowd.founder.group);
    must(&crowd.founder, "make", group_commit(crowd.founder.group, &plan, &c, &w));
    commit = writer_span(&c);
    welcome = writer_span(&w);
}

EXPORT(bench_merge) void bench_merge(void)
{
    must(&crowd.founder, "merge", group_merge(crowd.founder.group));
}

EXPORT(bench_process) void bench_process(void)
{
    struct group_result result;
    must(&crowd.listener, "process", group_process(crowd.listener.group, commit, &result));
}

EXPORT(bench_join) void bench_join(void)
{
    struct span inside = {NULL, 0};
    must(&crowd.newcomer, "join", group_join(crowd.newcomer.group, welcome, inside, 0));
}

EXPORT(bench_bytes) uint32_t bench_bytes(uint32_t of_welcome)
{
    return (uint32_t)(of_welcome ? welcome.len : commit.len);
}

/* ---- by the session's door ---- */

static struct meeting meeting;
static bool meeting_opened;

EXPORT(bench_meeting) void bench_meeting(uint32_t size)
{
    if (opened)
        crowd_close(&crowd);
    if (meeting_opened)
        meeting_close(&meeting);
    opened = false;
    meeting_opened = true;
    meeting_open(&meeting, size, 420);
}

static struct attendee *attendee_at(uint32_t who)
{
    return who == 0 ? &meeting.host : who == 1 ? &meeting.listener : &meeting.newcomer;
}

EXPORT(bench_attendee_keep) void bench_attendee_keep(uint32_t who)
{
    attendee_keep(attendee_at(who));
}

EXPORT(bench_attendee_return) void bench_attendee_return(uint32_t who)
{
    attendee_return(attendee_at(who));
}

EXPORT(bench_session_add) void bench_session_add(void)
{
    meeting_add(&meeting);
}

EXPORT(bench_session_process) void bench_session_process(void)
{
    meeting_process(&meeting);
}

EXPORT(bench_session_join) void bench_session_join(void)
{
    meeting_join(&meeting);
}
