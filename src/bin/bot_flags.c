/* The command line of `conclave-bot join` and `conclave-bot record`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/bot.h"
#include "bin/cmd_args.h"

enum { SECONDS_MAX = 86400, EXPECT_MAX = 100, FREEZE_MAX = 60000, NUMBER_MAX = 63, NUMBERS = 16 };

static const char help[] =
    "conclave-bot join LINK: takes part in a meeting, end-to-end encrypted, without a browser.\n"
    "conclave-bot record LINK --out FILE.mkv: joins as \"Recorder\", seen by everybody, and "
    "writes\n"
    "    what it sees and hears of those who agree: VP8 and Opus as they came, a track a person,\n"
    "    in Matroska. It asks everybody; who may record is the meeting's setting: hosts, at "
    "first.\n"
    "conclave-bot load: many participants at once, to measure a server; see its own --help.\n"
    "\n"
    "  --name NAME     how the others see it (Bot); of a recorder what stands behind the word\n"
    "  --key FILE      its device key; made when it is not there. Without it: a key for this run\n"
    "  --say TEXT      says this as soon as somebody else is there\n"
    "  --greet TEXT    says this whenever somebody comes\n"
    "  --video WHAT    generated (a picture that moves), none, or a file to be played (none)\n"
    "  --audio WHAT    tone, none, or a file to be played (none)\n"
    "  --screen WHAT   shares a screen too: generated, none, or a file to be played (none)\n"
    "  --agree         may be recorded by whoever asks; without it: by nobody\n"
    "  --tcp           media over TCP alone, as where UDP is blocked\n"
    "  --number N      0 to 63: which colour, mark and tone; otherwise the name decides\n"
    "  --script FILE   lines \"at SECONDS say TEXT | mute | unmute | video on | video off | hand "
    "|\n"
    "                  leave\", seconds from joining on\n"
    "  --check         watches everybody; exit status 1 when a picture or sound was not as it "
    "should\n"
    "  --expect N      with --check: at least N people are to be seen and heard (1)\n"
    "  --freeze MS     with --check: a picture or sound may stand still for so long (1000)\n"
    "  --tile WxH      with --check: asks for pictures as for tiles of that size (the best there "
    "is)\n"
    "  --trace FILE    with --check: writes what came of each track every second (CSV)\n"
    "  --seconds S     leaves S seconds after joining\n"
    "  --ca FILE       certificates to trust instead of the system's\n"
    "  --insecure      takes any certificate: only for a server on this machine\n"
    "\n"
    "Prints one JSON object a line: status, roster, note, seen, heard, stream, check, consent,\n"
    "recording, recorded, declined, refused, ended. Lines on standard input are said in the\n"
    "meeting's chat. It leaves on SIGTERM and SIGINT. Put the link in quotes: it has a #.\n";

const char *bot_flags_help(void)
{
    return help;
}

static const char **text_flag(const struct args *a, struct bot_flags *f)
{
    const struct {
        const char *flag;
        const char **place;
    } all[] = {{"--name", &f->name},   {"--key", &f->key},      {"--say", &f->say},
               {"--greet", &f->greet}, {"--ca", &f->ca},        {"--script", &f->script},
               {"--video", &f->video}, {"--audio", &f->audio},  {"--out", &f->out},
               {"--trace", &f->trace}, {"--screen", &f->screen}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (args_is(a, all[i].flag))
            return all[i].place;
    return NULL;
}

struct whole {
    uint32_t *place;
    uint32_t least, most;
};

static struct whole whole_flag(const struct args *a, struct bot_flags *f)
{
    if (args_is(a, "--seconds"))
        return (struct whole){&f->seconds, 1, SECONDS_MAX};
    if (args_is(a, "--expect"))
        return (struct whole){&f->expect, 0, EXPECT_MAX};
    if (args_is(a, "--freeze"))
        return (struct whole){&f->freeze_ms, 1, FREEZE_MAX};
    if (args_is(a, "--number"))
        return (struct whole){&f->number, 0, NUMBER_MAX};
    return (struct whole){NULL, 0, 0};
}

static int take_whole(struct args *a, struct whole w)
{
    char flag[32], *end = NULL;
    (void)snprintf(flag, sizeof flag, "%s", a->flag);
    const char *value = args_value(a);
    if (!value)
        return EXIT_USAGE;
    unsigned long n = *value >= '0' && *value <= '9' ? strtoul(value, &end, 10) : 0;
    if (!end || *end || n < w.least || n > w.most) {
        fprintf(stderr, "%s takes a whole number from %u to %u; see `conclave-bot --help`.\n", flag,
                w.least, w.most);
        return EXIT_USAGE;
    }
    *w.place = (uint32_t)n;
    return EXIT_DONE;
}

/* "320x180" */
static int take_tile(struct args *a, struct bot_flags *f)
{
    const char *value = args_value(a);
    unsigned width = 0, height = 0;
    char more = 0;
    if (!value)
        return EXIT_USAGE;
    if (sscanf(value, "%5u%*1[x]%5u%c", &width, &height, &more) != 2 || width < 1 ||
        width > LIMIT_PICTURE_SIDE || height < 1 || height > LIMIT_PICTURE_SIDE) {
        fprintf(stderr, "--tile takes a size like 320x180, not \"%.40s\".\n", value);
        return EXIT_USAGE;
    }
    f->tile_width = width;
    f->tile_height = height;
    return EXIT_DONE;
}

static int take_flag(struct args *a, struct bot_flags *f)
{
    const char **text = text_flag(a, f);
    struct whole whole = whole_flag(a, f);
    if (whole.place) {
        f->numbered = f->numbered || whole.place == &f->number;
        f->bounded = f->bounded || whole.place == &f->expect || whole.place == &f->freeze_ms;
        return take_whole(a, whole);
    }
    if (text) {
        *text = args_value(a);
        return *text ? EXIT_DONE : EXIT_USAGE;
    }
    if (args_is(a, "--tile"))
        return take_tile(a, f);
    if (args_is(a, "--insecure"))
        f->insecure = true;
    else if (args_is(a, "--check"))
        f->check = true;
    else if (args_is(a, "--tcp"))
        f->tcp = true;
    else if (args_is(a, "--agree"))
        f->agree = true;
    else if (args_is(a, "--help") || args_is(a, "-h"))
        f->help = true;
    else if (a->flag[0] != '-' && !f->link)
        f->link = a->words[a->at - 1];
    else
        return args_refuse(a);
    return EXIT_DONE;
}

static int usage(const char *sentence)
{
    fprintf(stderr, "%s\n", sentence);
    return EXIT_USAGE;
}

static int judge(struct bot_flags *f)
{
    const char *name = f->name ? f->name : "";
    if (!f->link)
        return usage(f->record ? "`conclave-bot record` needs the meeting's link."
                               : "`conclave-bot join` needs the meeting's link.");
    if (f->record && !f->out)
        return usage("`conclave-bot record` needs --out FILE.mkv.");
    if (!f->record && f->out)
        return usage("--out is for `conclave-bot record`, not for `conclave-bot join`.");
    bool sends = strcmp(f->video, "none") != 0 || strcmp(f->audio, "none") != 0 ||
                 strcmp(f->screen, "none") != 0;
    if (f->record && (f->check || sends))
        return usage("`conclave-bot record` only listens: no --video, --audio, --screen or "
                     "--check.");
    if (f->record && f->agree)
        return usage("--agree is for `conclave-bot join`: a recorder is not recorded.");
    if (f->bounded && !f->check)
        return usage("--expect and --freeze go with --check.");
    if ((f->trace || f->tile_width) && !f->check)
        return usage(f->trace ? "--trace goes with --check." : "--tile goes with --check.");
    if (!f->numbered)
        for (f->number = 0; *name; name++)
            f->number = (f->number * 31 + (unsigned char)*name) % NUMBERS;
    return EXIT_DONE;
}

int bot_flags_take(struct bot_flags *f, int count, char **words)
{
    struct args a = args_of(f->record ? "conclave-bot record" : "conclave-bot join", count, words);
    int status = EXIT_DONE;
    f->video = f->audio = f->screen = "none";
    f->expect = 1;
    f->freeze_ms = 1000;
    while (status == EXIT_DONE && args_next(&a))
        status = take_flag(&a, f);
    return status == EXIT_DONE && !f->help ? judge(f) : status;
}
