/* Meetings of organisations, in memory; see memory.h and ASK_MEETING_* in rows.h. */
#include "account/memory_inner.h"

static uint32_t meeting_of(const struct memory *m, const struct account_meeting *like)
{
    for (uint32_t i = 0; i < m->meetings; i++)
        if (strcmp(m->meeting[i].id, like->id) == 0 &&
            memory_same(m->meeting[i].org, like->org, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

enum err memory_meeting_get(const struct memory *m, const struct account_meeting *like,
                            struct account_reply *out)
{
    uint32_t i = meeting_of(m, like);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.meeting[0] = m->meeting[i];
    out->count = 1;
    return ERR_OK;
}

/* The first of that organisation behind that id. */
static uint32_t meeting_after(const struct memory *m, const struct account_meeting *like)
{
    uint32_t best = MEMORY_NONE;
    for (uint32_t i = 0; i < m->meetings; i++) {
        const struct account_meeting *one = &m->meeting[i];
        if (memory_same(one->org, like->org, ACCOUNT_ID) && strcmp(one->id, like->id) > 0 &&
            (best == MEMORY_NONE || strcmp(one->id, m->meeting[best].id) < 0))
            best = i;
    }
    return best;
}

enum err memory_meeting_list(const struct memory *m, struct account_meeting like,
                             struct account_reply *out)
{
    uint32_t i;
    while (out->count < ACCOUNT_PAGE && (i = meeting_after(m, &like)) != MEMORY_NONE)
        like = out->as.meeting[out->count++] = m->meeting[i];
    out->more = out->count == ACCOUNT_PAGE && meeting_after(m, &like) != MEMORY_NONE;
    return ERR_OK;
}

enum err memory_meeting_end(struct memory *m, const struct account_meeting *like,
                            struct account_reply *out)
{
    uint32_t i = meeting_of(m, like);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.meeting[out->count++] = m->meeting[i];
    if (m->meeting[i].ended_s == 0)
        m->meeting[i].ended_s = like->ended_s;
    return ERR_OK;
}
