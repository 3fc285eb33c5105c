/* conclave-bot: main(), the command line, and the loop between the server and the core. */
#include "bin/bot.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bin/cmd_args.h"

enum { TRIES = 10, RETRY_MS = 1000, PING_MS = 5000, GOODBYE_MS = 2000 };

static const char help[] =
    "conclave-bot join LINK: takes part in a meeting, end-to-end encrypted, without a browser.\n"
    "\n"
    "  --name NAME     how the others see it (Bot)\n"
    "  --key FILE      its device key; made when it is not there. Without it: a key for this run\n"
    "  --say TEXT      says this as soon as somebody else is there\n"
    "  --ca FILE       certificates to trust instead of the system's\n"
    "  --insecure      takes any certificate: only for a server on this machine\n"
    "\n"
    "Prints one JSON object a line: status, roster, note, refused, ended. Lines on standard input "
    "are "
    "said\nin the meeting's chat. It leaves on SIGTERM and SIGINT. Put the link in quotes: it has "
    "a "
    "#.\n";

struct flags {
    const char *link, *name, *key, *say, *ca;
    bool insecure, help;
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

/* The core is asked again within a second: a stop by signal and the ping are looked at then. */
static void arm(struct bot *b)
{
    uint64_t now = bot_now_ms(), at = e2ee_deadline(b->core), wait = 1000;
    if (at <= now)
        wait = 0;
    else if (at - now < wait)
        wait = at - now;
    bot_wire_wake(b->wire, wait);
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
    uint32_t tries;
    uint64_t ping_at, give_up_at;
};

static void opened(void *context)
{
    struct shell *s = context;
    bot_hello(&s->bot);
}

static void text(void *context, struct span message)
{
    struct shell *s = context;
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

static void leave(struct shell *s)
{
    struct bot *b = &s->bot;
    b->leaving = true;
    s->give_up_at = bot_now_ms() + GOODBYE_MS;
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_LEAVE});
    if (b->joined)
        (void)bot_ask(b, json_pack("{s:s}", "t", "leave"), 0);
    bot_wire_hang_up(b->wire);
}

static void due(void *context)
{
    struct shell *s = context;
    struct bot *b = &s->bot;
    uint64_t now = bot_now_ms();
    if (asked_to_stop && !b->leaving)
        leave(s);
    if (b->leaving && s->give_up_at != 0 && now >= s->give_up_at)
        bot_wire_stop(b->wire);
    if (b->joined && !b->leaving && now >= s->ping_at) {
        s->ping_at = now + PING_MS;
        (void)bot_ask(b, json_pack("{s:s}", "t", "ping"), 0);
    }
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_TICK});
}

static void line(void *context, struct span words)
{
    struct shell *s = context;
    bot_say(&s->bot, words);
}

/* ---- from the command line to the end ---- */

static enum err open_core(struct bot *b, const struct flags *f, void **memory,
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

static int run(struct shell *s, const struct flags *f)
{
    struct bot *b = &s->bot;
    const struct bot_wire_options o = {
        &b->link, f->ca, f->insecure, {s, opened, text, lost, due, line}};
    b->wire = bot_wire_open(&o);
    if (!b->wire)
        return cmd_fail(false, "The network library could not start; is --ca a PEM file?");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    bot_wire_connect(b->wire, 0);
    bot_wire_wake(b->wire, 0);
    bot_wire_run(b->wire);
    bot_wire_close(b->wire);
    return b->status;
}

static int join(const struct flags *f)
{
    struct complaint why;
    void *memory = NULL;
    struct shell *s = calloc(1, sizeof *s);
    if (!s || sodium_init() < 0 || suite_start() != ERR_OK)
        return cmd_fail(false, "The cryptographic library could not start.");
    s->bot.say = f->say;
    enum err e = bot_link_parse(&s->bot.link, f->link, &why);
    if (e == ERR_OK)
        e = bot_device_open(&s->bot.device, f->key, &why);
    if (e == ERR_OK)
        e = open_core(&s->bot, f, &memory, &why);
    int status = e == ERR_OK ? run(s, f) : cmd_fail(false, why.text);
    if (s->bot.core)
        e2ee_close(s->bot.core);
    free(memory);
    sodium_memzero(s, sizeof *s);
    free(s);
    return status;
}

static const char **flag_of(const struct args *a, struct flags *f)
{
    if (args_is(a, "--name"))
        return &f->name;
    if (args_is(a, "--key"))
        return &f->key;
    if (args_is(a, "--say"))
        return &f->say;
    return args_is(a, "--ca") ? &f->ca : NULL;
}

static int take_flag(struct args *a, struct flags *f)
{
    const char **value = flag_of(a, f);
    if (value) {
        *value = args_value(a);
        return *value ? EXIT_DONE : EXIT_USAGE;
    }
    if (args_is(a, "--insecure"))
        f->insecure = true;
    else if (args_is(a, "--help") || args_is(a, "-h"))
        f->help = true;
    else if (a->flag[0] != '-' && !f->link)
        f->link = a->words[a->at - 1];
    else
        return args_refuse(a);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    struct flags f = {.name = "Bot"};
    struct args a = args_of("conclave-bot join", argc - 1, argv + 1);
    (void)umask(077);
    bool named = args_next(&a);
    if (named && (args_is(&a, "--help") || args_is(&a, "-h"))) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (!named || !args_is(&a, "join")) {
        fprintf(stderr, "Say what to do: `conclave-bot join LINK`; see `conclave-bot --help`.\n");
        return EXIT_USAGE;
    }
    int status = EXIT_DONE;
    while (status == EXIT_DONE && args_next(&a))
        status = take_flag(&a, &f);
    if (status != EXIT_DONE)
        return status;
    if (f.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (!f.link) {
        fprintf(stderr, "`conclave-bot join` needs the meeting's link.\n");
        return EXIT_USAGE;
    }
    return join(&f);
}
