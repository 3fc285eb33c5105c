/* A meeting hall in memory and in virtual time: N sessions and a delivery service between them, all
 * from one seed. Honest by default; hooks make the server hostile.
 * knows: the requests and events of docs/wire/e2ee.md. knows not: what is inside any bytes.
 * owns: the sessions, the mail, everything. */
#ifndef TEST_E2EE_HALL_H
#define TEST_E2EE_HALL_H

#include "e2ee/e2ee.h"

enum { HALL_PEOPLE = 64, HALL_LOG = 512, HALL_NOTES = 64, HALL_PENDING = 64 };

struct hall;

/* One message on its way: to a person (fact), or to the server (effect). */
struct hall_mail {
    uint64_t at, order;
    int person;
    bool up; /* to the server */
    struct e2ee_input in;
    struct e2ee_effect out;
    uint8_t *bytes; /* that the spans point into */
    uint32_t joins[E2EE_BATCH];
};

struct hall_person {
    bool used, connected, in_group, host, away;
    uint32_t member;
    void *memory;
    struct e2ee *e;
    uint8_t participant[E2EE_PARTICIPANT], device_secret[SUITE_SIGN_SECRET];
    uint8_t device[SUITE_SIGN_PUBLIC];
    char name[32];
    /* the server's */
    bool asks; /* a key package is here */
    uint8_t package[4096], proof[E2EE_PROOF];
    size_t package_len;
    bool wanted_gone, waiting;
    uint64_t down_at, up_at; /* when the last mail of each way arrives: no overtaking */
    /* seen by the test */
    uint32_t n_notes, refused[RULE_COUNT_];
    struct {
        char text[64];
        uint8_t from[E2EE_PARTICIPANT];
        bool private;
        uint64_t at;
    } note[HALL_NOTES];
    uint64_t secure_at, stopped_at, epochs, forgets, invalids;
    uint64_t deadline; /* next tick */
    uint64_t random;   /* state of this person's own stream */
    uint64_t random_start;
};

struct hall_log {
    uint8_t *commit;
    size_t len;
    uint32_t from;
};

/* Writes down what one session is told and what it answers. */
struct hall_tape {
    void (*told)(void *ctx, int i, const struct e2ee_input *in, uint64_t now);
    void (*answered)(void *ctx, int i, const struct e2ee_effect *out);
    void (*done)(void *ctx, int i, enum err e);
    void *ctx;
};

/* A hostile server's hands. false: the mail is dropped (the hook may have sent other mail). */
struct hall_hooks {
    bool (*down)(struct hall *h, int to, struct e2ee_input *in);
    bool (*up)(struct hall *h, int from, struct e2ee_effect *out);
    void *ctx;
};

struct hall {
    uint64_t now, seed, order;
    uint32_t capacity;
    struct e2ee_link link;
    uint8_t descriptor[E2EE_DESCRIPTOR_MAX];
    size_t descriptor_len;
    struct hall_person person[HALL_PEOPLE];
    int n_people;
    struct hall_mail *mail; /* a heap by (at, order) */
    size_t n_mail, cap_mail;
    struct hall_hooks hooks;
    struct hall_tape tape;
    /* the delivery service */
    uint8_t group[GROUP_ID_MAX];
    size_t group_len;
    uint64_t epoch, log_base;
    struct hall_log log[HALL_LOG];
    uint64_t last_commit, ask_at, asked_epoch;
    uint32_t asked_rank, invalid_votes;
    bool waiting_room;
    uint64_t commits, conflicts;
    uint64_t hash; /* over everything that went by: the same seed gives the same */
};

struct hall_terms {
    uint64_t seed;
    uint32_t capacity; /* members of each session's block */
    bool waiting_room;
};
void hall_open(struct hall *h, const struct hall_terms *terms);
void hall_close(struct hall *h);

/* Opens a session and says hello; its index. device: of this person when they come back, or -1. */
int hall_join(struct hall *h, const char *name, bool host);
int hall_join_device(struct hall *h, const char *name, int device);
void hall_leave(struct hall *h, int i);      /* the server knows at once */
void hall_disconnect(struct hall *h, int i); /* the server keeps the seat */
void hall_reconnect(struct hall *h, int i);

/* Runs until everything that is due by now + ms has happened. */
void hall_run(struct hall *h, uint64_t ms);
/* Runs until the condition holds, at most `ms`; whether it does. */
bool hall_until(struct hall *h, uint64_t ms, bool (*holds)(struct hall *h));
/* All that are connected are secure, in one epoch, with one code. */
bool hall_all_secure(struct hall *h);

/* A fact at once, without the server; the result of e2ee_input. */
enum err hall_tell(struct hall *h, int i, const struct e2ee_input *in);
enum err hall_say(struct hall *h, int i, const char *text, int to); /* to -1: all */
uint32_t hall_heard(const struct hall *h, int i, const char *text); /* how often */
struct e2ee_status hall_status(const struct hall *h, int i);
void hall_down(struct hall *h, int to, const struct e2ee_input *in); /* mail to a person, copied */
uint64_t hall_random(struct hall *h, uint64_t below);
/* One byte of a session's random stream: xorshift64, bits 32 to 39. */
uint8_t hall_byte(uint64_t *state);
bool hall_same_epoch(const struct hall *h, int a, int b);

#endif
