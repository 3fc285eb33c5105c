/* conclave-bot: a native participant. Its parts: link and device key (bot_keys.c), the connection
 * (bot_wire.c), facts and requests (bot_talk.c, bot_request.c), notes (bot_note.c), what is printed
 * (bot_tell.c), the command line (bot_flags.c), what it does at its time (bot_script.c), media
 * (bot_media.h), main() (bot.c). knows: e2ee.h, the signalling messages as JSON. knows not: MLS.
 * owns: one meeting's session for as long as the program runs. */
#ifndef BIN_BOT_H
#define BIN_BOT_H

#include <jansson.h>

#include "base/text.h"
#include "bin/config.h"
#include "cell/meeting_id.h"
#include "e2ee/e2ee.h"

enum {
    BOT_MEETING = MEETING_ID_DRAWN,
    BOT_ORIGIN_MAX = 280,
    BOT_MEMBERS = 1024,        /* capacity of the tree */
    BOT_KNOWN = 2048,          /* members whose participant id is remembered */
    BOT_REQUESTS = 256,        /* requests under way */
    BOT_MESSAGE_MAX = 4 << 20, /* bytes of one message of the server */
    BOT_LINE_MAX = 4000,       /* bytes of a chat line */
    BOT_SEED = 32,
    BOT_TOKEN = 32,
    BOT_KIND_MAX = 15, /* bytes of a note's kind */
    BOT_RECORD_ID = 16,
    BOT_AGREED_MAX = 150, /* as many as one note names */
};

/* ---- bot_keys.c ---- */

struct bot_link {
    char origin[BOT_ORIGIN_MAX]; /* https://host:port */
    char host[BOT_ORIGIN_MAX];   /* host:port as the link has it */
    char address[BOT_ORIGIN_MAX];
    int port;
    char meeting[LIMIT_MEETING_ID + 1];
    struct e2ee_link keys; /* its meeting is what was drawn, the end of `meeting` */
    bool personal;
    uint8_t token[BOT_TOKEN]; /* of a personal link */
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

enum bot_lane { BOT_OUT, BOT_IN, BOT_LANES }; /* the transports: what is sent, what is received */

/* Called from bot_wire_run. */
struct bot_hooks {
    void *context;
    void (*opened)(void *context);
    void (*text)(void *context, struct span message);             /* one whole message */
    void (*lost)(void *context, const char *why, int close_code); /* or never came about */
    void (*due)(void *context);                                   /* the time of bot_wire_wake */
    void (*line)(void *context, struct span line);       /* from standard input, without its end */
    void (*readable)(void *context, enum bot_lane lane); /* a socket of bot_wire_watch */
    void (*media)(void *context);                        /* the time of bot_wire_media */
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
/* Takes the connection for dead: `lost` follows. */
void bot_wire_drop(struct bot_wire *w);
void bot_wire_wake(struct bot_wire *w, uint64_t after_ms);
void bot_wire_media(struct bot_wire *w, uint64_t after_us);
/* The socket stays the caller's. False: it cannot be watched. */
bool bot_wire_watch(struct bot_wire *w, enum bot_lane lane, int fd);
void bot_wire_unwatch(struct bot_wire *w, enum bot_lane lane);
/* The server's address, as text; empty without a connection. */
void bot_wire_peer(const struct bot_wire *w, char *out, size_t size);
/* Until bot_wire_stop. */
void bot_wire_run(struct bot_wire *w);
void bot_wire_stop(struct bot_wire *w);

/* ---- the session ---- */

struct bot_member {
    uint32_t member; /* 0: free */
    uint8_t participant[E2EE_PARTICIPANT];
};

enum bot_step {
    BOT_STEP_NONE,
    BOT_STEP_TRANSPORT,
    BOT_STEP_PUBLISH,
    BOT_STEP_SUBSCRIBE,
    BOT_STEP_RECORD, /* bot_consent.c waits for it, not the media */
};

struct bot_request {
    uint32_t n;         /* on the wire; 0: free */
    uint32_t number;    /* of the core's effect; 0: the core does not wait */
    enum bot_step step; /* of the media; BOT_STEP_NONE: they do not wait */
    uint32_t arg;       /* of that step */
    uint32_t round;     /* bot_media: an answer to an older round is not ours any more */
};

/* bot_consent.c */
struct bot_consent {
    bool records, agrees; /* `record`; `join --agree` */
    enum { BOT_RECORD_OFF, BOT_RECORD_ASKED, BOT_RECORD_ON } phase;
    char id[TEXT_BASE64URL_LEN(BOT_RECORD_ID) + 1];
    uint8_t agree[BOT_AGREED_MAX][E2EE_PARTICIPANT];
    uint32_t agreed;
    uint64_t epoch; /* in which it was announced last */
    bool owed;      /* to be announced: who is kept has changed, or who is there */
    bool question;  /* somebody asks us */
    char asked[TEXT_BASE64URL_LEN(BOT_RECORD_ID) + 1];
    uint8_t asker[E2EE_PARTICIPANT];
};

struct bot {
    struct bot_link link;
    struct bot_device device;
    struct bot_wire *wire;
    struct e2ee *core;
    struct bot_media *media;   /* NULL: takes no part in sound and pictures */
    struct bot_script *script; /* NULL: none */
    struct bot_consent consent;
    uint32_t member;   /* ours at the server */
    const char *say;   /* once, as soon as somebody is there; or NULL */
    const char *greet; /* to whoever comes; or NULL */
    uint32_t people;   /* that were there when it was last looked */
    uint64_t greet_at; /* 0: nobody waits for it */
    struct bot_member known[BOT_KNOWN];
    struct bot_request under_way[BOT_REQUESTS];
    uint32_t next_n, hello_n;
    uint64_t look_at; /* when what happens by itself is looked at next */
    bool joined, leaving, over, waiting, resumable, to_sign;
    uint8_t resume[32], signature[SUITE_SIGNATURE];
    const char *sealing;               /* the kind of the note that is being sealed, or NULL */
    uint8_t commitment[32];            /* to it */
    char heard_kind[BOT_KIND_MAX + 1]; /* what the server says of the note that is being read */
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
/* `number`: the core waits for the answer; 0: nobody does. Takes over `message`; gives its n. */
uint32_t bot_ask(struct bot *b, json_t *message, uint32_t number);
/* The media wait for the answer: step, arg and round of `what`. */
void bot_ask_media(struct bot *b, json_t *message, struct bot_request what);
json_t *bot_base64(struct span bytes);

/* The same without a round: the answer goes to the module of that step. */
void bot_ask_step(struct bot *b, json_t *message, enum bot_step step);

/* bot_consent.c: who may be kept by a recording */
void bot_consent_open(struct bot *b, bool records, bool agrees);
void bot_consent_welcomed(struct bot *b);
void bot_consent_note(struct bot *b, const json_t *note, const struct e2ee_effect *from);
void bot_consent_answer(struct bot *b, const json_t *answer);
/* The server says that our recording is over. */
void bot_consent_stopped(struct bot *b);
void bot_consent_due(struct bot *b);
/* Whether that participant's sound and pictures may be kept now. */
bool bot_consent_has(const struct bot *b, const uint8_t *participant);

/* bot_note.c: what is said inside the keys, and its kind, which the server is told. Takes over
 * `note`, which may be NULL; `to`: a participant, or empty for everybody. */
void bot_note_send(struct bot *b, json_t *note, struct span to);
void bot_say(struct bot *b, struct span words);
void bot_hand(struct bot *b, bool up);
/* The note's kind and commitment beside the message that it became; beats are no notes. */
void bot_note_mark(const struct bot *b, const struct e2ee_effect *message, json_t *m);
/* NULL: no note, or one that came as another kind than it is. */
json_t *bot_note_read(const struct bot *b, struct span bytes);

/* bot_talk.c: what comes from the server */
void bot_hear(struct bot *b, struct span text);

/* Fields of a message; a missing or wrong one is 0. */
uint32_t bot_number(const json_t *m, const char *name);

/* bot_script.c: lines "at SECONDS say TEXT | mute | unmute | video on | video off | hand | leave",
 * seconds from joining on, in growing order */
struct bot_script;
/* NULL with a sentence. */
struct bot_script *bot_script_open(const char *file, struct complaint *why);
void bot_script_close(struct bot_script *s);
/* Does what is due, so many milliseconds after joining. True: it said to leave. */
bool bot_script_due(struct bot_script *s, struct bot *b, uint64_t since_ms);
/* Milliseconds after joining of its next line; UINT64_MAX: none. */
uint64_t bot_script_next(const struct bot_script *s);

/* bot_flags.c: the command line of `join` and `record` */
struct bot_flags {
    const char *link, *name, *key, *say, *greet, *ca, *script;
    const char *video, *audio; /* generated or tone, none, or a file */
    const char *screen;        /* generated, none, or a file */
    const char *out;           /* record: the file */
    const char *trace;         /* join --check: a file, lines a second; or NULL */
    bool insecure, help, record, check;
    bool tcp;   /* media over TCP alone */
    bool agree; /* join: may be recorded by whoever asks */
    uint32_t seconds, expect, freeze_ms, number;
    uint32_t tile_width, tile_height; /* how large each picture is shown; 0: not said */
    bool numbered, bounded;           /* --number was said; --expect or --freeze was */
};
/* `words`: what follows the command. EXIT_DONE, or the exit status after a sentence. */
int bot_flags_take(struct bot_flags *f, int count, char **words);
const char *bot_flags_help(void);

/* bot_tell.c: lines on standard output */
void bot_tell(json_t *line); /* takes it over */
json_t *bot_text(struct span s);
void bot_tell_status(const struct bot *b);
void bot_tell_roster(const struct bot *b);
/* Takes over `note`, which the effect has. */
void bot_tell_note(const struct bot *b, const struct e2ee_effect *effect, json_t *note);
void bot_tell_consent(const struct bot *b, struct span participant, bool kept);
void bot_tell_refused(const struct e2ee_effect *effect);
void bot_tell_end(const char *reason);

#endif
