/* The slots that carry the loudest microphones of a meeting, and what is wanted of a publisher's
 * encodings: both are chosen by the media process and told on from here.
 * knows: who has slots, who was last heard in each, whose track it is. knows not: levels, packets,
 * how media chooses. owns: nothing; slots are subscriptions without a track. */
#include "meet/state.h"

static bool hears_a_microphone(const struct member *p)
{
    LIST_EACH(&p->subscriptions, it)
    {
        const struct subscription *s = LIST_ENTRY(it, const struct subscription, node);
        if (s->track && s->track->source == MEET_MIC)
            return true;
    }
    return false;
}

static enum meet_reason open_check(const struct meet *m, const struct member *p,
                                   const struct transport *via)
{
    if (!via)
        return MEET_NOT_FOUND;
    if (via->dir != MEET_RECV)
        return MEET_BAD;
    if (p->n_slots > 0 || hears_a_microphone(p))
        return MEET_CONFLICT; /* somebody would be heard twice */
    return m->subscriptions.count - m->subscriptions.taken < LIMIT_VOICE_SLOTS ? MEET_BUSY
                                                                               : MEET_OK;
}

static void voice_event(struct meet *m, const struct meeting *g, const struct member *to,
                        uint8_t slot)
{
    struct meet_effect *e = to ? meet_event_member(m, to, MEET_EVENT_VOICE)
                               : meet_event_room(m, g, 0, MEET_EVENT_VOICE);
    if (!e)
        return;
    e->slot = slot;
    e->member = g->voice[slot];
}

/* Who is heard already; a slot that is not told is empty. */
static void tell_voices(struct meet *m, const struct member *p)
{
    for (uint8_t i = 0; i < LIMIT_VOICE_SLOTS; i++) {
        if (p->meeting->voice[i] != 0)
            voice_event(m, p->meeting, p, i);
    }
}

void meet_voices_open(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct transport *via = meet_own_transport(m, p, in->as.voices.transport);
    enum meet_reason r = open_check(m, p, via);
    if (r != MEET_OK || in->as.voices.slots < 1 || in->as.voices.slots > LIMIT_VOICE_SLOTS) {
        meet_reply(m, in, r == MEET_OK ? MEET_BAD : r);
        return;
    }
    uint32_t first = 0;
    for (uint32_t i = 0; i < in->as.voices.slots; i++) {
        struct subscription *s = meet_subscription_add(m, via, NULL, (uint8_t)(i + 1));
        if (i == 0)
            first = s->id;
        meet_subscription_effect(m, s, MEET_MEDIA_SUBSCRIPTION_OPEN);
    }
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_VOICES);
    e->session = in->session;
    e->number = in->number;
    e->subscription = first; /* the others follow it: ids are taken in order */
    e->count = in->as.voices.slots;
    tell_voices(m, p);
}

void meet_media_voice(struct meet *m, const struct meet_command *in)
{
    struct meeting *g = meet_id_find(m, KEY_ROOM, in->as.voice.room);
    const struct track *t = meet_id_find(m, KEY_TRACK, in->as.voice.track);
    if (!g || !meet_speaks_for(in, g) || in->as.voice.slot >= LIMIT_VOICE_SLOTS)
        return;
    uint32_t member = t && t->owner->meeting == g ? t->owner->id : 0;
    if (g->voice[in->as.voice.slot] == member)
        return;
    g->voice[in->as.voice.slot] = member;
    voice_event(m, g, NULL, in->as.voice.slot);
}

static void wanted_event(struct meet *m, const struct track *t)
{
    struct meet_effect *e = meet_event_member(m, t->owner, MEET_EVENT_TRACK_WANTED);
    if (!e)
        return;
    e->track = t->id;
    e->layer = t->wanted;
}

void meet_media_wanted(struct meet *m, const struct meet_command *in)
{
    struct track *t = meet_id_find(m, KEY_TRACK, in->as.wanted.track);
    if (!t || !meet_carries(in, t->owner))
        return;
    t->wanted = in->as.wanted.layers;
    wanted_event(m, t);
}

void meet_voice_catch_up(struct meet *m, const struct member *p)
{
    for (uint8_t i = 0; p->n_slots > 0 && i < LIMIT_VOICE_SLOTS; i++)
        voice_event(m, p->meeting, p, i); /* empty ones too: it may have known somebody there */
    LIST_EACH(&p->tracks, it)
    {
        const struct track *t = LIST_ENTRY(it, const struct track, node);
        if (t->wanted != UINT8_MAX)
            wanted_event(m, t);
    }
}
