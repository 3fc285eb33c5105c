/* conclave-bot: main(), and the loop between the server and the core. */
#include "bin/bot.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bin/bot_media.h"
#include "bin/cmd_args.h"
#include "bin/load.h"

enum {
    TRIES = 10,
    RETRY_MS = 1000,
    PING_MS = 5000,
    DEAD_MS = 10000,
    LOOK_MS = 250,
    GREET_MS = 1500,
    GOODBYE_MS = 2000
};

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    asked_to_stop = 1;
}

uint64_t bot_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the core ---- */

static void fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    randombytes_buf(out, len);
}

static void say_once(struct bot *b)
{
    struct e2ee_status s;
    e2ee_status(b->core, &s);
    if (!b->say || s.phase != E2EE_SECURE || s.count < 2)
        return;
    const char *words = b->say;
    b->say = NULL;
    bot_say(b, span_str(words));
}

/* A moment after somebody came: then their client shows what is said. */
static void greet(struct bot *b, uint64_t now)
{
    struct e2ee_status s;
    e2ee_status(b->core, &s);
    if (!b->greet || s.phase != E2EE_SECURE)
        return;
    if (b->people > 0 && s.count > b->people)
        b->greet_at = now + GREET_MS;
    b->people = s.count;
    if (b->greet_at == 0 || now < b->greet_at)
        return;
    b->greet_at = 0;
    bot_say(b, span_str(b->greet));
}

/* What no waiting mends: the link does not fit the meeting, or a host removed the bot. */
static void end_when_hopeless(struct bot *b)
{
    struct e2ee_status s;
    e2ee_status(b->core, &s);
    bool foreign = s.why == E2EE_WHY_DESCRIPTOR, removed = s.why == E2EE_WHY_REMOVED;
    if (b->over || s.phase != E2EE_STOPPED || (!foreign && !removed))
        return;
    b->over = true;
    b->status = foreign ? EXIT_FAILED : EXIT_DONE;
    bot_tell_end(foreign ? "descriptor" : "removed");
    bot_wire_stop(b->wire);
}

/* The core is asked again within a quarter of a second: a stop by signal, the script and the ping
 * are looked at then. */
static void arm(struct bot *b)
{
    uint64_t now = bot_now_ms(), at = e2ee_deadline(b->core);
    at = at < b->look_at ? at : b->look_at; /* set by `due`: what arrives never puts it off */
    bot_wire_wake(b->wire, at > now ? at - now : 0);
}

void bot_input(struct bot *b, const struct e2ee_input *in)
{
    struct e2ee_effect effect;
    (void)e2ee_input(b->core, in, bot_now_ms()); /* a refusal comes as an effect */
    while (e2ee_poll(b->core, &effect))
        bot_carry(b, &effect);
    if (b->to_sign) {
        b->to_sign = false;
        bot_input(b, &(struct e2ee_input){.type = E2EE_IN_DEVICE_SIGNED,
                                          .a = span_of(b->signature, sizeof b->signature)});
    }
    say_once(b);
    end_when_hopeless(b);
    arm(b);
}

/* ---- the connection ---- */

struct shell {
    struct bot bot;
    uint32_t tries, seconds;
    uint64_t ping_at, heard_at, give_up_at, in_at; /* in_at: in the group since, 0: not yet */
};

static void opened(void *context)
{
    struct shell *s = context;
    bot_hello(&s->bot);
}

static void text(void *context, struct span message)
{
    struct shell *s = context;
    s->heard_at = bot_now_ms();
    bot_hear(&s->bot, message);
    s->tries = s->bot.joined ? 0 : s->tries;
    if (s->bot.over)
        bot_wire_stop(s->bot.wire);
}

static void give_up(struct shell *s, const char *why)
{
    fprintf(stderr, "%s cannot be reached%s%s.\n", s->bot.link.origin, *why ? ": " : "", why);
    s->bot.status = EXIT_FAILED;
    bot_wire_stop(s->bot.wire);
}

static void lost(void *context, const char *why, int close_code)
{
    struct shell *s = context;
    struct bot *b = &s->bot;
    if (b->leaving || b->over) {
        bot_wire_stop(b->wire);
        return;
    }
    if (close_code == 4000) {
        bot_tell_end("replaced");
        bot_wire_stop(b->wire);
        return;
    }
    if (!b->joined && !b->resumable) {
        give_up(s, why);
        return;
    }
    if (b->joined)
        bot_input(b, &(struct e2ee_input){.type = E2EE_IN_DISCONNECTED});
    b->joined = false;
    if (++s->tries > TRIES)
        give_up(s, why);
    else
        bot_wire_connect(b->wire, RETRY_MS);
}

/* The server hangs up on whoever said it. Hanging up first can lose the word on the way: what the
 * server sends meanwhile is answered with a reset, and the others see somebody away for 30 s. */
static void leave(struct shell *s)
{
    struct bot *b = &s->bot;
    b->leaving = true;
    s->give_up_at = bot_now_ms() + GOODBYE_MS;
    bot_media_goodbye(b);
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_LEAVE});
    if (b->joined)
        (void)bot_ask(b, json_pack("{s:s}", "t", "leave"), 0);
    else
        bot_wire_hang_up(b->wire);
}

static bool time_to_leave(struct shell *s, uint64_t now)
{
    struct bot *b = &s->bot;
    struct e2ee_status now_is;
    e2ee_status(b->core, &now_is);
    if (s->in_at == 0 && now_is.phase == E2EE_SECURE)
        s->in_at = now;
    if (asked_to_stop || s->in_at == 0)
        return asked_to_stop;
    if (s->seconds && now - s->in_at >= (uint64_t)s->seconds * 1000)
        return true;
    return b->script && bot_script_due(b->script, b, now - s->in_at);
}

static void due(void *context)
{
    struct shell *s = context;
    struct bot *b = &s->bot;
    uint64_t now = bot_now_ms();
    b->look_at = now + LOOK_MS;
    if (!b->leaving && time_to_leave(s, now))
        leave(s);
    if (b->leaving && s->give_up_at != 0 && now >= s->give_up_at)
        bot_wire_stop(b->wire);
    if (b->joined && !b->leaving && now >= s->ping_at) {
        s->ping_at = now + PING_MS;
        (void)bot_ask(b, json_pack("{s:s}", "t", "ping"), 0);
    }
    if (b->joined && !b->leaving && now >= s->heard_at + DEAD_MS) {
        s->heard_at = now;
        bot_wire_drop(b->wire); /* no answer to a ping: the network changed, perhaps */
    }
    greet(b, now);
    bot_consent_due(b);
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_TICK});
}

static void line(void *context, struct span words)
{
    struct shell *s = context;
    bot_say(&s->bot, words);
}

static void readable(void *context, enum bot_lane lane)
{
    struct shell *s = context;
    bot_media_readable(&s->bot, lane);
}

static void media(void *context)
{
    struct shell *s = context;
    bot_media_due(&s->bot);
}

/* ---- from the command line to the end ---- */

static enum err open_core(struct bot *b, const struct bot_flags *f, void **memory,
                          struct complaint *why)
{
    struct e2ee_config c = {
        .members = BOT_MEMBERS,
        .random = {fill_random, NULL},
        .link = b->link.keys,
        .name = span_str(f->name),
        .bot = true,
    };
    memcpy(c.device_public, b->device.public, sizeof c.device_public);
    *memory = calloc(1, e2ee_bytes(BOT_MEMBERS));
    if (!*memory)
        return complain(why, "There is not enough memory for a meeting.");
    enum err e = e2ee_open(*memory, &c, &b->core);
    sodium_memzero(&c, sizeof c);
    if (e != ERR_OK)
        return complain(why, "\"%.150s\" is no name: it takes 1 to %d bytes of text.", f->name,
                        E2EE_NAME_MAX);
    return ERR_OK;
}

static int no_file(const char *path)
{
    struct complaint why;
    (void)complain(&why, "There is no file %.300s that can be read.", path);
    return cmd_fail(false, why.text);
}

static int run(struct shell *s, const struct bot_flags *f)
{
    if (f->ca && access(f->ca, R_OK) != 0)
        return no_file(f->ca);
    struct bot *b = &s->bot;
    const struct bot_wire_options o = {
        &b->link, f->ca, f->insecure, {s, opened, text, lost, due, line, readable, media}};
    b->wire = bot_wire_open(&o);
    if (!b->wire)
        return cmd_fail(false, "The network library could not start; is --ca a PEM file?");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    bot_wire_connect(b->wire, 0);
    bot_wire_wake(b->wire, 0);
    bot_wire_run(b->wire);
    b->leaving = true;
    bot_media_goodbye(b);
    bot_media_close(b);
    bot_wire_close(b->wire);
    return b->status;
}

static int join(const struct bot_flags *f)
{
    struct complaint why;
    void *memory = NULL;
    struct shell *s = calloc(1, sizeof *s);
    if (!s || sodium_init() < 0 || suite_start() != ERR_OK)
        return cmd_fail(false, "The cryptographic library could not start.");
    s->bot.say = f->say;
    s->bot.greet = f->greet;
    bot_consent_open(&s->bot, f->record, f->agree);
    s->seconds = f->seconds;
    enum err e = bot_link_parse(&s->bot.link, f->link, &why);
    if (e == ERR_OK)
        e = bot_device_open(&s->bot.device, f->key, &why);
    if (e == ERR_OK)
        e = open_core(&s->bot, f, &memory, &why);
    if (e == ERR_OK && f->script)
        e = (s->bot.script = bot_script_open(f->script, &why)) ? ERR_OK : ERR_CONFIG;
    if (e == ERR_OK)
        e = bot_media_open(&s->bot, f, &why);
    int status = e == ERR_OK ? run(s, f) : cmd_fail(false, why.text);
    bot_media_close(&s->bot); /* when it never ran */
    bot_script_close(s->bot.script);
    if (s->bot.core)
        e2ee_close(s->bot.core);
    free(memory);
    sodium_memzero(s, sizeof *s);
    free(s);
    return status;
}

/* "Recorder" stands in front of the name that everybody sees: nobody is recorded by something that
 * calls itself Ada. */
static const char *visible_name(const struct bot_flags *f, char out[E2EE_NAME_MAX + 2])
{
    if (!f->record)
        return f->name ? f->name : "Bot";
    (void)snprintf(out, E2EE_NAME_MAX + 2, "Recorder%s%s", f->name ? ": " : "",
                   f->name ? f->name : "");
    return out; /* one that is too long is refused as any name is */
}

static int take_part(bool record, int count, char **words)
{
    struct bot_flags f = {.record = record};
    char name[E2EE_NAME_MAX + 2];
    int status = bot_flags_take(&f, count, words);
    if (status != EXIT_DONE)
        return status;
    if (f.help) {
        fputs(bot_flags_help(), stdout);
        return EXIT_DONE;
    }
    f.name = visible_name(&f, name);
    return join(&f);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    (void)umask(077);
    if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0) {
        fputs(bot_flags_help(), stdout);
        return EXIT_DONE;
    }
    if (strcmp(what, "join") == 0 || strcmp(what, "record") == 0)
        return take_part(strcmp(what, "record") == 0, argc - 2, argv + 2);
    if (strcmp(what, "load") == 0)
        return load_main(argc - 2, argv + 2);
    fprintf(stderr, "Say what to do: `conclave-bot join LINK`, `conclave-bot record LINK` or "
                    "`conclave-bot load`; see `conclave-bot --help`.\n");
    return EXIT_USAGE;
}
