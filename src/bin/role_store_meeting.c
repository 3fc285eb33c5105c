/* An organisation's meetings as rows of the store. knows: both shapes. knows not: who asks, which
 * meetings run. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "bin/role_store.h"
#include "meet/safe.h"

static_assert((int)ACCOUNT_MEETING <= (int)LIMIT_MEETING_ID, "an id fits its column");

static struct store_meeting row_of(const struct account_meeting *m)
{
    struct store_meeting row = {.organisation_len = STORE_ID};
    memcpy(row.organisation, m->org, sizeof row.organisation);
    memcpy(row.id, m->id, strnlen(m->id, ACCOUNT_MEETING));
    return row;
}

/* ERR_IO: a row that this program did not write. */
static enum err meeting_out(const struct store_meeting *row, struct account_meeting *out)
{
    struct safe safe;
    safe_begin(&safe, PROFILE_DEFAULT);
    safe.settings.value[SETTING_waiting_room] = row->waiting != 0;
    if (strlen(row->id) > ACCOUNT_MEETING || row->organisation_len != sizeof out->org ||
        (row->safe_len > 0 && safe_parse(span_of(row->safe, row->safe_len), &safe) != ERR_OK))
        return ERR_IO;
    memset(out, 0, sizeof *out);
    memcpy(out->id, row->id, strlen(row->id));
    memcpy(out->org, row->organisation, sizeof out->org);
    out->profile = (uint8_t)safe.settings.profile;
    out->waiting_room = setting_on(&safe.settings, SETTING_waiting_room);
    out->passcode = setting_on(&safe.settings, SETTING_passcode);
    out->created_s = row->created_ms / 1000;
    out->ended_s = row->ended_ms / 1000;
    return ERR_OK;
}

/* The row, if it is of that organisation. */
static enum err own(struct store *s, const struct account_meeting *m, struct store_meeting *row)
{
    *row = row_of(m);
    TRY(store_get_meeting(s, row));
    bool same = row->organisation_len == sizeof m->org &&
                memcmp(row->organisation, m->org, sizeof m->org) == 0;
    return same ? ERR_OK : ERR_NOT_FOUND;
}

static enum err end_own(struct store *s, const struct account_meeting *m, struct account_reply *out)
{
    struct store_meeting row;
    TRY(own(s, m, &row));
    TRY(meeting_out(&row, &out->as.meeting[0]));
    out->count = 1;
    return store_end_meeting(s, m->id, m->ended_s * 1000);
}

enum err store_meeting_end(struct store *s, const struct account_meeting *m,
                           struct account_reply *out)
{
    TRY(store_begin(s));
    enum err e = end_own(s, m, out);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

static enum err meeting_list(struct store *s, const struct account_meeting *after,
                             struct account_reply *out)
{
    static struct store_meeting rows[ACCOUNT_PAGE];
    struct store_meeting like = row_of(after);
    struct store_list l = {STORE_MEETINGS, .by = "organisation", .like = &like,
                           .after = &like, .rows = rows,         .cap = ACCOUNT_PAGE};
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        TRY(meeting_out(&rows[i], &out->as.meeting[i]));
    out->count = (uint32_t)l.count;
    out->more = l.more;
    return ERR_OK;
}

enum err store_meeting_read(struct store *s, const struct account_ask *ask,
                            struct account_reply *out)
{
    struct store_meeting row;
    if (ask->type == ASK_MEETING_LIST)
        return meeting_list(s, &ask->as.meeting, out);
    TRY(own(s, &ask->as.meeting, &row));
    TRY(meeting_out(&row, &out->as.meeting[0]));
    out->count = 1;
    return ERR_OK;
}
