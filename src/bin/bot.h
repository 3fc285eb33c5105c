/* conclave-bot: a native participant. Its parts: link and device key (bot_keys.c), the connection
 * (bot_wire.c), facts and requests (bot_talk.c, bot_request.c), what is printed (bot_tell.c),
 * main() (bot.c). knows: e2ee.h, the signalling messages as JSON. knows not: MLS; media comes with
 * a later issue. owns: one meeting's session for as long as the program runs. */
#ifndef BIN_BOT_H
#define BIN_BOT_H

#include <jansson.h>

#include "bin/config.h"
#include "e2ee/e2ee.h"

enum {
    BOT_MEETING = 20,
    BOT_ORIGIN_MAX = 280,
    BOT_MEMBERS = 1024,        /* capacity of the tree */
    BOT_KNOWN = 2048,          /* members whose participant id is remembered */
    BOT_REQUESTS = 256,        /* requests under way */
    BOT_MESSAGE_MAX = 4 << 20, /* bytes of one message of the server */
    BOT_LINE_MAX = 4000,       /* bytes of a chat line */
    BOT_SEED = 32,
};

/* ---- bot_keys.c ---- */

struct bot_link {
    char origin[BOT_ORIGIN_MAX]; /* https://host:port */
    char host[BOT_ORIGIN_MAX];   /* host:port as the link has it */
    char address[BOT_ORIGIN_MAX];
    int port;
    char meeting[BOT_MEETING + 1];
    struct e2ee_link keys; /* its meeting span points to `meeting` */
};

/* ERR_CONFIG with a sentence. `out` must not be copied afterwards. */
enum err bot_link_parse(struct bot_link *out, const char *link, struct complaint *why);

struct bot_device {
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
};
/* Reads the key file, or makes it (mode 0600). NULL: a key for this run alone. ERR_CONFIG with a
 * sentence. */
enum err bot_device_open(struct bot_device *out, const char *file, struct complaint *why);

/* ---- bot_wire.c ---- */

struct bot_wire;

/* Called from bot_wire_run. */
struct bot_hooks {
    void *context;
    void (*opened)(void *context);
    void (*text)(void *context, struct span message);             /* one whole message */
    void (*lost)(void *context, const char *why, int close_code); /* or never came about */
    void (*due)(void *context);                                   /* the time of bot_wire_wake */
    void (*line)(void *context, struct span line); /* from standard input, without its end */
};

struct bot_wire_options {
    const struct bot_link *link;
    const char *ca;
    bool insecure;
    struct bot_hooks hooks;
};

struct bot_wire *bot_wire_open(const struct bot_wire_options *o);
void bot_wire_close(struct bot_wire *w);
/* Connects after so many milliseconds. */
void bot_wire_connect(struct bot_wire *w, uint32_t after_ms);
/* Queues one message; takes over `message`. */
void bot_wire_send(struct bot_wire *w, json_t *message);
/* Closes after what is queued. */
void bot_wire_hang_up(struct bot_wire *w);
void bot_wire_wake(struct bot_wire *w, uint64_t after_ms);
/* Until bot_wire_stop. */
void bot_wire_run(struct bot_wire *w);
void bot_wire_stop(struct bot_wire *w);

/* ---- the session ---- */

struct bot_member {
    uint32_t member; /* 0: free */
    uint8_t participant[E2EE_PARTICIPANT];
};

struct bot_request {
    uint32_t n;      /* on the wire; 0: free */
    uint32_t number; /* of the core's effect; 0: nobody waits */
};

struct bot {
    struct bot_link link;
    struct bot_device device;
    struct bot_wire *wire;
    struct e2ee *core;
    const char *say; /* once, as soon as somebody is there; or NULL */
    struct bot_member known[BOT_KNOWN];
    struct bot_request under_way[BOT_REQUESTS];
    uint32_t next_n, hello_n;
    bool joined, leaving, over, waiting, resumable, to_sign;
    uint8_t resume[32], signature[SUITE_SIGNATURE];
    uint8_t scratch[BOT_MESSAGE_MAX];
    size_t scratch_used;
    int status; /* exit status */
};

uint64_t bot_now_ms(void);
/* Gives a fact to the core and carries out all that follows. */
void bot_input(struct bot *b, const struct e2ee_input *in);

/* bot_request.c: what goes to the server */
void bot_hello(struct bot *b);
void bot_carry(struct bot *b, const struct e2ee_effect *effect);
/* A request that the core does not wait for. Takes over `message`; gives its n. */
uint32_t bot_ask(struct bot *b, json_t *message, uint32_t number);
void bot_say(struct bot *b, struct span words);

/* bot_talk.c: what comes from the server */
void bot_hear(struct bot *b, struct span text);

/* bot_tell.c: lines on standard output */
void bot_tell_status(const struct bot *b);
void bot_tell_roster(const struct bot *b);
void bot_tell_note(const struct bot *b, const struct e2ee_effect *effect);
void bot_tell_refused(const struct e2ee_effect *effect);
void bot_tell_end(const char *reason);

#endif
