/* See hostile.h. knows: which lie is asked for, who came in which order. knows not: what clients
 * make of it. owns: nothing. */
#include "bin/hostile.h"

#ifdef CONCLAVE_HOSTILE
#include <stdlib.h>

#include "sfu/tap.h"

enum { PEOPLE = 64, SHOWN = 2, CLEAR_HEAD = 24 };

static struct {
    uint64_t session[PEOPLE];
    uint32_t member[PEOPLE], count;
    bool forked;
} seen;

static bool lies(const char *word)
{
    const char *set = getenv("CONCLAVE_HOSTILE");
    return set && strcmp(set, word) == 0;
}

/* The place in which it came, PEOPLE for a stranger. */
static uint32_t place_of_member(uint32_t member)
{
    uint32_t i = 0;
    while (i < seen.count && seen.member[i] != member)
        i++;
    return i < seen.count ? i : PEOPLE;
}

static uint32_t place_of_session(uint64_t session)
{
    uint32_t i = 0;
    while (i < seen.count && seen.session[i] != session)
        i++;
    return i < seen.count ? i : PEOPLE;
}

void hostile_joined(uint64_t session, uint32_t member)
{
    uint32_t place = place_of_member(member);
    if (place == PEOPLE && seen.count < PEOPLE)
        place = seen.count++;
    if (place == PEOPLE)
        return;
    seen.session[place] = session;
    seen.member[place] = member;
}

static bool hidden(uint32_t member)
{
    return lies("ghost") && place_of_member(member) >= SHOWN;
}

static void hide_members(uint32_t *count, const struct signal_member_info **members)
{
    static struct signal_member_info shown[LIMIT_ROOM_PEERS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (!hidden((*members)[i].member))
            shown[n++] = (*members)[i];
    *members = shown;
    *count = n;
}

static void spoil_descriptor(struct span *descriptor)
{
    static uint8_t other[LIMIT_DESCRIPTOR];
    if (descriptor->len == 0)
        return;
    memcpy(other, descriptor->ptr, descriptor->len);
    other[descriptor->len / 2] ^= 1;
    descriptor->ptr = other;
}

void hostile_twist(struct signal_message *m)
{
    if (m->type == SIGNAL_WELCOME && lies("ghost"))
        hide_members(&m->as.welcome.n_members, &m->as.welcome.members);
    if (m->type == SIGNAL_ADMITTED && lies("ghost"))
        hide_members(&m->as.admitted.n_members, &m->as.admitted.members);
    if (m->type == SIGNAL_WELCOME && lies("descriptor"))
        spoil_descriptor(&m->as.welcome.descriptor);
    if (m->type == SIGNAL_TRACK_OPENED && lies("swap") && seen.count > 0)
        m->as.track_opened.member = seen.member[0];
}

/* Odd places are cut off from even ones. */
static bool across(uint32_t from, uint64_t to)
{
    return place_of_member(from) % 2 != place_of_session(to) % 2;
}

bool hostile_keeps(const struct signal_message *m, uint64_t session)
{
    switch (m->type) {
    case SIGNAL_MEMBER_JOINED:
        return hidden(m->as.member_joined.member);
    case SIGNAL_GROUP_COMMITTED:
        if (lies("withhold"))
            return place_of_session(session) == 1;
        return seen.forked && across(m->as.group_committed.from, session);
    default:
        return false;
    }
}

/* To the odd ones, as if it had won. */
static void commit_to_odd(struct front *f, struct session *s, const struct signal_group_commit *q)
{
    struct signal_message m = {.type = SIGNAL_GROUP_COMMITTED};
    m.as.group_committed =
        (struct signal_group_committed){.group = q->group,
                                        .epoch = q->epoch,
                                        .from = seen.member[place_of_session(s->number)],
                                        .commit = span_of(s->upload.bytes, q->commit)};
    for (uint32_t i = 1; i < seen.count; i += 2)
        front_send(f, seen.session[i], &m);
}

bool hostile_takes(struct front *f, struct session *s, const struct signal_message *m)
{
    struct signal_message ok = {.type = SIGNAL_OK, .number = m->number};
    uint32_t place = place_of_session(s->number);
    if (lies("fork") && m->type == SIGNAL_GROUP_MESSAGE && m->as.group_message.has_kind &&
        m->as.group_message.kind == SIGNAL_note_kind_chat)
        seen.forked = true;
    bool cut_off = seen.forked ? place % 2 == 1 : lies("withhold") && place == 1;
    if (m->type == SIGNAL_GROUP_LOG && cut_off) {
        front_send(f, s->number, &ok);
        return true;
    }
    if (m->type != SIGNAL_GROUP_COMMIT || !seen.forked || place % 2 == 0 || place == PEOPLE ||
        m->as.group_commit.commit > s->upload.len)
        return false;
    front_send(f, s->number, &ok);
    commit_to_odd(f, s, &m->as.group_commit);
    upload_drop(f, s);
    return true;
}

void sfu_tap(uint8_t *payload, size_t len)
{
    if (!lies("clear"))
        return;
    /* Behind what stays clear of a video frame, so that layers are still told apart. */
    size_t from = len > 2 * CLEAR_HEAD ? CLEAR_HEAD : 0;
    for (size_t i = from; i < len; i++)
        payload[i] = (uint8_t)i;
}
#endif
