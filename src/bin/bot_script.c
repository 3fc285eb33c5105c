/* What the bot does at its time: a file of lines, read whole before it joins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/bot.h"
#include "bin/bot_media.h"

enum { LINES_MAX = 1000, SECONDS_MAX = 86400, MS = 1000, ROOM = BOT_LINE_MAX + 64 };

enum deed { SAY, MUTE, UNMUTE, VIDEO_ON, VIDEO_OFF, HAND, LEAVE };

struct step {
    uint64_t at_ms;
    enum deed deed;
    char *text; /* *owned*; of SAY */
};

struct bot_script {
    struct step step[LINES_MAX];
    size_t count, next;
};

void bot_script_close(struct bot_script *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        free(s->step[i].text);
    free(s);
}

static const char *take_word(const char *at, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(at, word, len) != 0 || (at[len] != ' ' && at[len] != '\0'))
        return NULL;
    return at + len + strspn(at + len, " ");
}

static bool take_deed(const char *words, struct step *out)
{
    static const struct {
        const char *words;
        enum deed deed;
    } plain[] = {{"mute", MUTE},           {"unmute", UNMUTE}, {"video on", VIDEO_ON},
                 {"video off", VIDEO_OFF}, {"hand", HAND},     {"leave", LEAVE}};
    const char *text = take_word(words, "say");
    if (text && *text) {
        out->deed = SAY;
        out->text = strdup(text);
        return out->text != NULL;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(words, plain[i].words) == 0) {
            out->deed = plain[i].deed;
            return true;
        }
    return false;
}

/* "at 1.5 mute"; an empty line and one that begins with # say nothing. */
static bool take_line(struct bot_script *s, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    const char *words = line + strspn(line, " \t");
    if (*words == '\0' || *words == '#')
        return true;
    words = take_word(words, "at");
    char *end = NULL;
    double seconds = words && *words >= '0' && *words <= '9' ? strtod(words, &end) : -1;
    if (!end || *end != ' ' || seconds < 0 || seconds > SECONDS_MAX || s->count == LINES_MAX)
        return false;
    struct step *step = &s->step[s->count];
    *step = (struct step){.at_ms = (uint64_t)(seconds * MS)};
    if (s->count > 0 && step->at_ms < step[-1].at_ms)
        return false;
    if (!take_deed(end + strspn(end, " "), step))
        return false;
    s->count++;
    return true;
}

struct bot_script *bot_script_open(const char *file, struct complaint *why)
{
    char line[ROOM];
    struct bot_script *s = calloc(1, sizeof *s);
    FILE *in = fopen(file, "r");
    bool ok = s && in;
    int number = 0;
    if (!in)
        (void)complain(why, "The script %.300s cannot be read.", file);
    while (ok && fgets(line, sizeof line, in)) {
        number++;
        ok = (strchr(line, '\n') || feof(in)) && take_line(s, line);
        if (!ok)
            (void)complain(why,
                           "%.300s line %d is not \"at SECONDS say TEXT | mute | unmute | video on "
                           "| video off | hand | leave\", in the order of time.",
                           file, number);
    }
    if (in)
        (void)fclose(in);
    if (ok)
        return s;
    bot_script_close(s);
    return NULL;
}

uint64_t bot_script_next(const struct bot_script *s)
{
    return s->next < s->count ? s->step[s->next].at_ms : UINT64_MAX;
}

bool bot_script_due(struct bot_script *s, struct bot *b, uint64_t since_ms)
{
    while (s->next < s->count && s->step[s->next].at_ms <= since_ms) {
        const struct step *step = &s->step[s->next++];
        switch (step->deed) {
        case SAY:
            bot_say(b, span_str(step->text));
            break;
        case MUTE:
        case UNMUTE:
            bot_media_mute(b, step->deed == MUTE);
            break;
        case VIDEO_ON:
        case VIDEO_OFF:
            bot_media_video(b, step->deed == VIDEO_ON);
            break;
        case HAND:
            bot_hand(b, true);
            break;
        case LEAVE:
            return true;
        }
    }
    return false;
}
