/* Changes of what protects a meeting: stored first, then in force and told. What the store does not
 * take is refused as `busy`, and nothing has changed. One change of a meeting after another.
 * knows: which commands change the record, whose turn it is. knows not: what a change means
 * (meet/host.c). owns: the changes that wait, in struct front. */
#include <string.h>

#include "bin/front.h"

static bool is_pending(const struct front *f, const char *meeting)
{
    for (size_t i = 0; i < FRONT_CHANGES; i++)
        if (f->changes[i].used && strcmp(f->changes[i].meeting, meeting) == 0)
            return true;
    return false;
}

static struct change *next_of(struct front *f, const char *meeting)
{
    struct change *first = NULL;
    for (size_t i = 0; i < FRONT_CHANGES; i++) {
        struct change *c = &f->changes[i];
        if (c->used && strcmp(c->meeting, meeting) == 0 && (!first || c->order < first->order))
            first = c;
    }
    return first;
}

static void refuse(struct front *f, const struct change *c)
{
    session_refuse(f, c->command.session, c->command.number, SIGNAL_reason_busy, NULL);
}

/* The record as it is goes to the store again when the change came to nothing after all: whoever
 * asked has gone, or is no host any more. */
static void apply(struct front *f, const struct change *c)
{
    uint64_t stored = f->stored;
    front_input(f, &c->command);
    const struct safe *now = meet_safe_of(f->meet, c->meeting);
    if (f->stored == stored && now)
        rules_store(f, c->meeting, now);
}

/* Whether the store is being asked. */
static bool begin(struct front *f, struct change *c)
{
    struct safe next;
    if (!meet_would_change(f->meet, &c->command, &next)) {
        front_input(f, &c->command); /* which says why not */
        return false;
    }
    c->request = ask_open(f, ASK_CHANGE, (uint64_t)(c - f->changes));
    if (c->request != 0 && rules_store_as(f, c->request, c->meeting, &next))
        return true;
    if (c->request != 0)
        f->asks[c->request % FRONT_ASKS].kind = ASK_NONE;
    refuse(f, c);
    return false;
}

static void run(struct front *f, const char *meeting)
{
    struct change *c = next_of(f, meeting);
    while (c && !begin(f, c)) {
        c->used = false;
        c = next_of(f, meeting);
    }
}

bool change_take(struct front *f, const struct meet_command *command)
{
    struct safe next;
    const char *meeting = meet_meeting_of(f->meet, command->session);
    bool waits = is_pending(f, meeting);
    if (!meet_changes_record(command->type) ||
        (!waits && !meet_would_change(f->meet, command, &next)))
        return false;
    struct change *c = f->changes;
    while (c < f->changes + FRONT_CHANGES && c->used)
        c++;
    if (c == f->changes + FRONT_CHANGES) {
        session_refuse(f, command->session, command->number, SIGNAL_reason_busy, NULL);
        return true;
    }
    *c = (struct change){.used = true, .order = ++f->n_changes, .command = *command};
    memcpy(c->meeting, meeting, strnlen(meeting, LIMIT_MEETING_ID));
    if (!waits)
        run(f, c->meeting);
    return true;
}

/* No answer may still become one: the record as it is goes behind it. */
void change_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row)
{
    struct change c = f->changes[a->number];
    bool ok = row && row->result == ERR_OK;
    const struct safe *now = meet_safe_of(f->meet, c.meeting);
    f->changes[a->number].used = false;
    if (ok) {
        apply(f, &c);
    } else {
        front_log("change_not_stored", "error", err_name(row ? (enum err)row->result : ERR_BUSY));
        refuse(f, &c);
        if (!row && now)
            rules_store(f, c.meeting, now);
    }
    run(f, c.meeting);
}
