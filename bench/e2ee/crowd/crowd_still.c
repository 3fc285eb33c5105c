/* The members of a crowd neither send nor receive media: what the bot's signalling would tell its
 * media part goes nowhere. owns: nothing. */
#include "bin/bot_media.h"

void bot_media_begin(struct bot *b)
{
    (void)b;
}

void bot_media_member(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_track(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_track_closed(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_track_changed(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_unsubscribed(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_transport_state(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_restarted(struct bot *b, const json_t *m)
{
    (void)b, (void)m;
}

void bot_media_answer(struct bot *b, const struct bot_request *asked, const json_t *m)
{
    (void)b, (void)asked, (void)m;
}

void bot_media_people(struct bot *b)
{
    (void)b;
}

void bot_media_forget(struct bot *b, uint64_t epoch)
{
    (void)b, (void)epoch;
}

void bot_media_gone(struct bot *b, uint32_t member)
{
    (void)b, (void)member;
}
