/* Who may do what now, and what follows when that changes: a track whose owner may not send it is
 * paused in the media processes, a share is closed. Nothing here switches anything on.
 * knows: roles, settings, holds, blocks. knows not: who decided them (host.c), payloads.
 * owns: nothing. */
#include "base/mutant.h"
#include "meet/state.h"

static const struct allow yes = {MEET_OK, NULL};

static bool is_share(enum meet_source source)
{
    return source == MEET_SCREEN || source == MEET_SCREEN_AUDIO;
}

static enum permit_action action_of_source(enum meet_source source)
{
    return source == MEET_MIC ? PERMIT_speak : source == MEET_CAMERA ? PERMIT_show : PERMIT_share;
}

static enum setting setting_of_source(enum meet_source source)
{
    return source == MEET_MIC      ? SETTING_unmute
           : source == MEET_CAMERA ? SETTING_video
                                   : SETTING_share;
}

bool allow_is_blocked(const struct member *p, enum safe_feature feature)
{
    return (p->blocked >> feature & 1) ||
           safe_is_blocked(&p->meeting->safe, p->group.participant, feature);
}

static struct allow by_role_and_setting(const struct member *p, enum permit_action action,
                                        enum setting setting)
{
    enum permit_role role = meet_permit_role(p);
    if (!permit_check(role, action).allowed)
        return (struct allow){MEET_FORBIDDEN, NULL};
    if (!DEFENCE(31, setting_lets(&p->meeting->safe.settings, setting, role)))
        return (struct allow){MEET_DISALLOWED, setting_name(setting)};
    return yes;
}

struct allow allow_source(const struct member *p, enum meet_source source)
{
    struct allow a = by_role_and_setting(p, action_of_source(source), setting_of_source(source));
    if (a.reason != MEET_OK)
        return a;
    if (is_share(source) && allow_is_blocked(p, SAFE_SHARE))
        return (struct allow){MEET_BLOCKED, safe_feature_name(SAFE_SHARE)};
    if (p->held >> source & 1)
        return (struct allow){MEET_DISALLOWED, "hold"};
    return yes;
}

struct allow allow_record(const struct member *p)
{
    struct allow a = by_role_and_setting(p, PERMIT_record, SETTING_record);
    if (a.reason == MEET_OK && allow_is_blocked(p, SAFE_RECORD))
        return (struct allow){MEET_BLOCKED, safe_feature_name(SAFE_RECORD)};
    return a;
}

/* Where only hosts may be written to, one may write to a host. */
static struct allow allow_private(const struct member *p, const struct member *to)
{
    struct allow a = by_role_and_setting(p, PERMIT_private_chat, SETTING_private_chat);
    bool nobody = p->meeting->safe.settings.value[SETTING_private_chat] == WHO_NOBODY;
    return a.reason == MEET_DISALLOWED && !nobody && meet_is_host(to) ? yes : a;
}

struct allow allow_note(const struct member *p, const struct member *to, enum meet_note note)
{
    struct allow a = yes;
    switch (note) {
    case MEET_BEAT:
    case MEET_STATE_NOTE:
    case MEET_HAND:
        return yes;
    case MEET_REACTION:
        return by_role_and_setting(p, PERMIT_react, SETTING_reactions);
    case MEET_CHAT:
        a = to ? allow_private(p, to) : by_role_and_setting(p, PERMIT_chat, SETTING_chat);
        break;
    case MEET_FILE:
        a = by_role_and_setting(p, PERMIT_file, SETTING_files);
        if (a.reason == MEET_OK && to)
            a = allow_private(p, to);
        break;
    }
    if (a.reason == MEET_OK && allow_is_blocked(p, SAFE_CHAT))
        return (struct allow){MEET_BLOCKED, safe_feature_name(SAFE_CHAT)};
    return a;
}

/* ---- what follows ---- */

struct stopping {
    struct meet *m;
    const struct member *by;
    bool hold;
    uint32_t count; /* of m->ids_out */
};

static void tell_muted(const struct stopping *s, const struct track *t)
{
    struct meet_effect *e = meet_event_member(s->m, t->owner, MEET_EVENT_MUTED);
    if (!e)
        return;
    e->source = (uint8_t)t->source;
    e->track = t->id;
    e->flag = s->hold;
    e->owner = s->by ? s->by->id : 0;
}

/* A share ends; a microphone or camera stays, paused, for its owner to switch on again. */
static void stop_track(struct stopping *s, struct track *t)
{
    if (!is_share(t->source) && t->paused)
        return;
    tell_muted(s, t);
    if (is_share(t->source)) {
        meet_track_close(s->m, t);
        return;
    }
    meet_track_silence(s->m, t);
    s->m->ids_out[s->count++] = t->id;
}

/* One word to each person for all of it. */
static void tell_tracks(const struct stopping *s, const struct meeting *g)
{
    struct meet_effect *e;
    if (s->count == 0)
        return;
    if (s->count == 1) {
        e = meet_event_room(s->m, g, 0, MEET_EVENT_TRACK_CHANGED);
        e->track = s->m->ids_out[0];
    } else {
        e = meet_event_room(s->m, g, 0, MEET_EVENT_TRACKS_CHANGED);
        e->ids = s->m->ids_out;
        e->count = s->count;
    }
    e->flag = true;
}

static void stop_recording(struct meet *m, struct member *p)
{
    p->recording = false;
    struct meet_effect *e = meet_event_room(m, p->meeting, 0, MEET_EVENT_RECORDING);
    e->member = p->id;
}

void allow_enforce(struct meet *m, struct meeting *g, const struct member *by)
{
    struct stopping s = {.m = m, .by = by};
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        LIST_EACH_SAFE(&p->tracks, at, next)
        {
            struct track *t = LIST_ENTRY(at, struct track, node);
            if (allow_source(p, t->source).reason != MEET_OK)
                stop_track(&s, t);
        }
        if (p->recording && allow_record(p).reason != MEET_OK)
            stop_recording(m, p);
    }
    tell_tracks(&s, g);
}

static void stop_member(struct stopping *s, struct member *p, enum meet_source source)
{
    LIST_EACH_SAFE(&p->tracks, it, next)
    {
        struct track *t = LIST_ENTRY(it, struct track, node);
        if (t->source == source || (is_share(source) && is_share(t->source)))
            stop_track(s, t);
    }
}

void allow_stop(struct meet *m, const struct stop *q)
{
    struct stopping s = {.m = m, .by = q->by, .hold = q->hold};
    if (q->p)
        stop_member(&s, q->p, q->source);
    else
        LIST_EACH(&q->g->members, it)
        {
            struct member *p = LIST_ENTRY(it, struct member, node);
            if (!meet_is_host(p))
                stop_member(&s, p, q->source);
        }
    tell_tracks(&s, q->g);
}
