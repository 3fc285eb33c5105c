/* The command line of `conclave-bot load`. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "bin/load_core.h"

static const char help[] =
    "conclave-bot load [LINK ...]: many participants at once, to load a media server and measure "
    "it.\n"
    "\n"
    "  LINK                 a meeting, each is a room (in quotes: it has a #), or instead\n"
    "  --create R --server URL   makes R meetings by the server's API (five at once, then one a "
    "second)\n"
    "  --publishers P       participants of a room that only send (1); hosts, when the link is a "
    "host's\n"
    "  --viewers V          participants of a room that only receive (10); with tiles: who do "
    "both\n"
    "  --profile NAME       audio, video600, video2500 (kb/s, 30 frames a second), or tiles: all "
    "send audio\n"
    "                       and two simulcast layers, and watch --tiles and --voices\n"
    "  --tiles N            video tracks that one participant watches, lowest layer (25)\n"
    "  --voices N           audio tracks that one hears (3)\n"
    "  --voice-slots        hears them by voices_open, the loudest, instead of one track each\n"
    "  --suite gcm|cm       SRTP: AEAD_AES_128_GCM, or AES_CM_128_HMAC_SHA1_80 (gcm)\n"
    "  --seconds S          measured time (10)\n"
    "  --every S            also tells what each S seconds of it had, while it runs\n"
    "  --warmup W           seconds between the last join and the measure (2)\n"
    "  --ramp N             joins a second (50)\n"
    "  --batch N            so many of them at once, as a group lets people in (1)\n"
    "  --lead               viewers come when all publishers are in\n"
    "  --search             adds viewers until loss is over 0.1 % or the p99 delay over --p99\n"
    "  --climb              with --search: ends at the first number that is too many\n"
    "  --p99 MS             the delay that --search allows (40)\n"
    "  --max-viewers N      of all rooms together, where --search ends (4000)\n"
    "  --pid PID            a process of the server: its processor time is measured; may be "
    "repeated\n"
    "  --cpu N              stays on this processor\n"
    "  --gro                receives with UDP_GRO: cheaper, but on loopback it flatters the "
    "server\n"
    "  --seed N             of traces and ids (1)\n"
    "  --json FILE          writes the figures there as well (- for standard output)\n"
    "  --system NAME        whose signalling: conclave\n"
    "  --ca FILE, --insecure   certificates to trust; none to check\n"
    "\n"
    "Payloads are noise of a trace's sizes and times, and carry the time of sending. No "
    "participant enters\n"
    "the group: a server never reads what is sealed, so encryption between members is left out.\n"
    "Delay is from just before SRTP at the sender to the kernel's receipt at the receiver, both on "
    "this\n"
    "machine. Loss is by sequence numbers, without repair.\n";

static const char *const profiles[] = {"audio", "video600", "video2500", "tiles"};

struct number_flag {
    const char *flag;
    uint32_t *value;
    uint64_t max;
};

static int take_number(struct args *a, uint64_t max, uint64_t *out)
{
    const char *text = args_value(a);
    if (!text)
        return EXIT_USAGE;
    if (text_u64(out, span_str(text), max) == ERR_OK)
        return EXIT_DONE;
    fprintf(stderr, "%s takes a number up to %llu, not \"%.40s\".\n", a->flag,
            (unsigned long long)max, text);
    return EXIT_USAGE;
}

static int take_profile(struct args *a, struct load_options *o)
{
    const char *text = args_value(a);
    for (int i = 0; text && i < 4; i++) {
        if (strcmp(text, profiles[i]) == 0) {
            o->profile = (enum load_profile)i;
            return EXIT_DONE;
        }
    }
    if (text)
        fprintf(stderr, "--profile takes audio, video600, video2500 or tiles, not \"%.40s\".\n",
                text);
    return EXIT_USAGE;
}

static int take_suite(struct args *a, struct load_options *o)
{
    const char *text = args_value(a);
    o->cm = text && strcmp(text, "cm") == 0;
    if (text && (o->cm || strcmp(text, "gcm") == 0))
        return EXIT_DONE;
    if (text)
        fprintf(stderr, "--suite takes gcm or cm, not \"%.40s\".\n", text);
    return EXIT_USAGE;
}

static int take_pid(struct args *a, struct load_options *o)
{
    uint64_t pid = 0;
    int status = take_number(a, INT32_MAX, &pid);
    if (status != EXIT_DONE)
        return status;
    if (o->pid_count == LOAD_SERVER_PIDS) {
        fprintf(stderr, "--pid may be said %d times.\n", LOAD_SERVER_PIDS);
        return EXIT_USAGE;
    }
    o->pids[o->pid_count++] = (pid_t)pid;
    return EXIT_DONE;
}

static int take_link(struct args *a, struct load_options *o)
{
    if (a->flag[0] == '-' || o->link_count == LOAD_LINKS)
        return args_refuse(a);
    o->links[o->link_count++] = a->words[a->at - 1];
    return EXIT_DONE;
}

static int take_word(struct args *a, struct load_options *o)
{
    const struct {
        const char *flag;
        const char **value;
    } words[] = {
        {"--server", &o->server}, {"--json", &o->json}, {"--ca", &o->ca}, {"--system", &o->system}};
    const struct {
        const char *flag;
        bool *value;
    } switches[] = {
        {"--gro", &o->gro},           {"--search", &o->search},           {"--climb", &o->climb},
        {"--insecure", &o->insecure}, {"--voice-slots", &o->voice_slots}, {"--lead", &o->lead}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (args_is(a, words[i].flag)) {
            *words[i].value = args_value(a);
            return *words[i].value ? EXIT_DONE : EXIT_USAGE;
        }
    }
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (args_is(a, switches[i].flag)) {
            *switches[i].value = true;
            return EXIT_DONE;
        }
    }
    return take_link(a, o);
}

static int take_flag(struct args *a, struct load_options *o)
{
    const struct number_flag numbers[] = {
        {"--create", &o->create, LOAD_LINKS},
        {"--publishers", &o->publishers, LOAD_PEERS_MAX},
        {"--viewers", &o->viewers, LOAD_PEERS_MAX},
        {"--max-viewers", &o->max_viewers, LOAD_PEERS_MAX},
        {"--p99", &o->p99_ms, 60000},
        {"--tiles", &o->tiles, 256},
        {"--voices", &o->voices, 256},
        {"--seconds", &o->seconds, 86400},
        {"--every", &o->every_s, 86400},
        {"--warmup", &o->warmup_s, 3600},
        {"--ramp", &o->ramp, 100000},
        {"--batch", &o->batch, LOAD_PEERS_MAX},
    };
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!args_is(a, numbers[i].flag))
            continue;
        int status = take_number(a, numbers[i].max, &value);
        *numbers[i].value = (uint32_t)value;
        return status;
    }
    if (args_is(a, "--cpu")) {
        int status = take_number(a, 1023, &value);
        o->cpu = (int)value;
        return status;
    }
    if (args_is(a, "--seed"))
        return take_number(a, UINT64_MAX, &o->seed);
    if (args_is(a, "--profile"))
        return take_profile(a, o);
    if (args_is(a, "--suite"))
        return take_suite(a, o);
    return args_is(a, "--pid") ? take_pid(a, o) : take_word(a, o);
}

static int refuse(const char *sentence)
{
    fprintf(stderr, "%s See `conclave-bot load --help`.\n", sentence);
    return EXIT_USAGE;
}

static int refuse_file(const char *flag, const char *path, const char *why)
{
    fprintf(stderr, "%s %.300s: %s.\n", flag, path, why);
    return EXIT_FAILED;
}

/* A figure that could not be kept is one measured for nothing. */
static int check_places(const struct load_options *o)
{
    for (uint32_t i = 0; i < o->pid_count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(o->pids[i], &clock) == 0)
            continue;
        fprintf(stderr, "--pid %d: there is no such process.\n", (int)o->pids[i]);
        return EXIT_FAILED;
    }
    FILE *f = o->json && strcmp(o->json, "-") != 0 ? fopen(o->json, "a") : NULL;
    if (!f && o->json && strcmp(o->json, "-") != 0)
        return refuse_file("--json", o->json, "It cannot be written");
    if (f)
        fclose(f);
    return EXIT_DONE;
}

static int check(struct load_options *o)
{
    o->rooms = o->create ? o->create : o->link_count;
    if (o->create && (o->link_count > 0 || !o->server))
        return refuse("--create needs --server, and no links beside it.");
    if (o->rooms == 0)
        return refuse("`conclave-bot load` needs a link, or --create with --server.");
    if (!o->create && o->server)
        return refuse("--server goes with --create, not with links.");
    if (o->climb && !o->search)
        return refuse("--climb goes with --search.");
    if (o->lead && (o->search || o->profile == LOAD_TILES))
        return refuse("--lead goes neither with --search nor with tiles.");
    if (o->ca && access(o->ca, R_OK) != 0)
        return refuse_file("--ca", o->ca, "There is no such file that can be read");
    if (o->profile == LOAD_TILES)
        o->publishers = 0;
    if ((uint64_t)(o->publishers + o->viewers) * o->rooms > LOAD_PEERS_MAX)
        return refuse("That is more than 20000 participants.");
    if (o->seconds == 0 || o->ramp == 0 || o->batch == 0 || o->publishers + o->viewers == 0)
        return refuse("--seconds, --ramp, --batch and the participants must be more than 0.");
    return check_places(o);
}

int load_args(int argc, char **argv, struct load_options *o, bool *helped)
{
    struct args a = args_of("conclave-bot load", argc, argv);
    int status = EXIT_DONE;
    *o = (struct load_options){.system = "conclave",
                               .publishers = 1,
                               .viewers = 10,
                               .max_viewers = 4000,
                               .p99_ms = 40,
                               .profile = LOAD_VIDEO600,
                               .tiles = 25,
                               .voices = 3,
                               .seconds = 10,
                               .warmup_s = 2,
                               .ramp = 50,
                               .batch = 1,
                               .cpu = -1,
                               .seed = 1};
    while (status == EXIT_DONE && args_next(&a)) {
        if (args_is(&a, "--help") || args_is(&a, "-h")) {
            fputs(help, stdout);
            *helped = true;
            return EXIT_DONE;
        }
        status = take_flag(&a, o);
    }
    return status == EXIT_DONE ? check(o) : status;
}

const char *load_profile_name(enum load_profile p)
{
    return profiles[p];
}
