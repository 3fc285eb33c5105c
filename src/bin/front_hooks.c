/* What webhooks are told of: that a meeting was made, that somebody is the first in it, that it was
 * ended. The store knows whose a meeting is, and whom to tell. knows: which effects these are.
 * knows not: organisations, addresses, keys. owns: which meetings have begun. */
#include <stdlib.h>

#include "account/rows.h"
#include "base/bug.h"
#include "bin/front.h"
#include "crypt/crypt.h"

enum { CELLS = 2 * LIMIT_CONNECTIONS };

struct hook_watch {
    struct map begun; /* numbers of rooms */
    struct map_cell cells[CELLS];
    struct ipc_hook_counts counts;
    uint64_t lost; /* the store could not be told */
};

static_assert((CELLS & (CELLS - 1)) == 0, "a map's cells are a power of two");

bool hooks_open(struct front *f)
{
    uint64_t seed;
    if (!f->start.hooks.on)
        return true;
    f->hook_watch = calloc(1, sizeof *f->hook_watch);
    if (!f->hook_watch || crypt_random(&seed, sizeof seed) != ERR_OK)
        return false;
    map_init(&f->hook_watch->begun, f->hook_watch->cells, CELLS, seed);
    return true;
}

static void tell(struct front *f, enum account_hook_event event, struct span meeting)
{
    struct ipc_message m;
    if (!f->hook_watch || meeting.len == 0 || meeting.len > LIMIT_MEETING_ID)
        return;
    memset(&m, 0, sizeof m);
    m.type = IPC_HOOK_TELL;
    m.as.HOOK_TELL.event = (uint8_t)event;
    m.as.HOOK_TELL.at_s = front_unix_ms() / 1000;
    memcpy(m.as.HOOK_TELL.meeting, meeting.ptr, meeting.len);
    f->hook_watch->lost += !link_send(&f->store, &m, -1);
}

void hooks_made(struct front *f, const char *meeting)
{
    tell(f, HOOK_CREATED, span_str(meeting));
}

void hooks_ended(struct front *f, const char *meeting)
{
    tell(f, HOOK_ENDED, span_str(meeting));
}

static void entered(struct front *f, const struct meet_effect *e)
{
    uint64_t value;
    const struct session *s = session_of_member(f, e->member);
    if (s && !map_get(&f->hook_watch->begun, e->room, &value) &&
        map_put(&f->hook_watch->begun, e->room, 1))
        tell(f, HOOK_STARTED, span_str(meet_meeting_of(f->meet, s->number)));
}

void hooks_effect(struct front *f, const struct meet_effect *e)
{
    if (!f->hook_watch)
        return;
    if (e->type == MEET_EVENT_MEMBER_JOINED)
        entered(f, e);
    else if (e->type == MEET_STORE_END)
        tell(f, HOOK_ENDED, e->bytes);
    else if (e->type == MEET_MEDIA_ROOM_CLOSE && !e->flag)
        (void)map_remove(&f->hook_watch->begun, e->room);
}

void hooks_counts(struct front *f, const struct ipc_hook_counts *c)
{
    if (f->hook_watch)
        f->hook_watch->counts = *c;
}

const char *hooks_metric(const struct front *f, unsigned index, uint64_t *value)
{
    const struct hook_watch *w = f->hook_watch;
    if (!w)
        return NULL;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"webhooks_waiting", w->counts.waiting},
        {"webhooks_taken_total", w->counts.taken},
        {"webhooks_failed_total", w->counts.failed},
        {"webhooks_given_up_total", w->counts.given_up},
        {"webhooks_dropped_total", w->counts.dropped},
        {"webhooks_refused_total", w->counts.refused},
        {"webhooks_untold_total", w->lost},
    };
    if (index >= ARRAY_LEN(rows))
        return NULL;
    *value = rows[index].value;
    return rows[index].name;
}
