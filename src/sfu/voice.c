/* Places of the ranking become streams; see voice.h. owns: nothing. */
#include "sfu/voice.h"

#include "sfu/state.h"

enum {
    LEVEL_UNTOLD = 60,    /* what a microphone without levels counts as while it sends sound, */
    SILENT_BYTES_MAX = 40 /* that is more than a sealed packet of silence has */
};

static void tell(struct sfu *s, const struct track *t, int place, bool heard)
{
    if (!room_chooses(s, t->room))
        return;
    effect_reply(s, IPC_VOICE)->as.VOICE =
        (struct ipc_voice){t->room->id, heard ? t->id : 0, (uint8_t)place};
}

void voice_enter(struct track *t)
{
    t->speaker = (struct speaker){0};
    t->room->mics++;
}

void voice_mute(struct sfu *s, struct track *t)
{
    int place = speaker_leave(&t->room->rank, &t->speaker);
    mirror_resume(s, t);
    if (place < 0)
        return;
    /* What it sends until it is heard again goes nowhere and must leave no gap in the slots. */
    LIST_EACH(&t->room->voices[place], node)
    {
        LIST_ENTRY(node, struct subscription, track_node)->source = 0;
    }
    tell(s, t, place, false);
}

void voice_leave(struct sfu *s, struct track *t)
{
    voice_mute(s, t);
    t->room->mics--;
}

static uint8_t level_of(const struct track *t, const struct packet *p)
{
    if (t->ext[IPC_EXT_AUDIO_LEVEL])
        return p->level;
    return p->len > SILENT_BYTES_MAX ? LEVEL_UNTOLD : SPEAKER_SILENCE;
}

/* When it is heard again, its streams go on where they stopped, without a gap in their numbers. */
static void fall_silent(struct track *t)
{
    t->unheard = true;
    t->mirror.resumes = true;
    LIST_EACH(&t->subscriptions, node)
    {
        pick_restart(&LIST_ENTRY(node, struct subscription, track_node)->pick);
    }
}

bool voice_admit(struct sfu *s, struct track *t, const struct packet *p, struct list **slots)
{
    *slots = NULL;
    if (t->source != IPC_MIC)
        return true;
    int taken = speaker_hear(&t->room->rank, &t->speaker, level_of(t, p), s->now);
    if (taken >= 0)
        tell(s, t, taken, true);
    if (t->speaker.place > 0)
        *slots = &t->room->voices[t->speaker.place - 1];
    bool heard = t->speaker.place > 0 || t->room->mics <= SPEAKER_TOP;
    if (!heard && !t->unheard)
        fall_silent(t);
    t->unheard = !heard;
    return heard;
}
