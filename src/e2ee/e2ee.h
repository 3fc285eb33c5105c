/* The one door of this room: a person's end-to-end encryption in one meeting.
 *
 *     e2ee_input(e, &fact, now_ms);
 *     while (e2ee_poll(e, &effect)) ...carry it out...;
 *     be back with E2EE_IN_TICK by e2ee_deadline(e)
 *
 * knows: MLS (RFC 9420), SFrame keys (RFC 9605), links, profiles, policies, join proofs, codes,
 * beats. knows not: sockets, JSON, browsers, clocks (time and randomness are arguments), codecs.
 * owns: every key, inside one block of the caller's memory; nothing is allocated after e2ee_open.
 *
 * The same code runs natively and as wasm32 in the browser's worker; with the same random stream it
 * writes the same bytes. The server is the adversary: whatever it says is checked or only believed
 * as far as it can hurt nobody but by refusing. An input that breaks a rule changes nothing and
 * comes back as E2EE_OUT_REFUSED with the rule. The meaning of bytes: docs/wire/e2ee.md. */
#ifndef E2EE_E2EE_H
#define E2EE_E2EE_H

#include "base/err.h"
#include "base/span.h"
#include "base/writer.h"
#include "e2ee/group.h" /* struct random_source, enum mls_rule */
#include "e2ee/sframe.h"

enum {
    E2EE_PARTICIPANT = 16,
    E2EE_SECRET = 16, /* link_secret, host_secret, host_key_hash */
    E2EE_PROOF = 32,
    E2EE_NAME_MAX = 120,      /* bytes of UTF-8 */
    E2EE_NOTE_MAX = 6000,     /* bytes of one note */
    E2EE_MESSAGE_MAX = 8192,  /* bytes of one application message on the wire */
    E2EE_UPLOAD_MAX = 786432, /* commit and Welcome together */
    E2EE_BATCH = 64,
    E2EE_CODE_DIGITS = 30,
    E2EE_PAIR_DIGITS = 60,
    E2EE_DESCRIPTOR_MAX = 1024,
};

/* ---- opening ---- */

struct e2ee_link {
    struct span meeting; /* id, 20 characters */
    uint8_t secret[E2EE_SECRET], host_key_hash[E2EE_SECRET];
    bool host;
    uint8_t host_secret[E2EE_SECRET]; /* when host */
    bool renewed;                     /* by a host: the access proof depends on `renewal` too */
    uint8_t renewal[E2EE_SECRET];
};

struct e2ee_config {
    uint32_t members; /* capacity, a power of two, at most 2048 */
    struct random_source random;
    struct e2ee_link link;
    struct span name;                         /* UTF-8, 1..E2EE_NAME_MAX bytes */
    bool bot;                                 /* shown as one */
    uint8_t device_public[SUITE_SIGN_PUBLIC]; /* Ed25519; its secret stays with the shell */
    bool has_build;
    uint8_t build[32]; /* SHA-256 of the client's manifest */
};

struct e2ee;

size_t e2ee_bytes(uint32_t members);
/* `memory`: aligned for any type, e2ee_bytes long. The configuration is copied. ERR_MALFORMED for a
 * name or link that breaks the limits (*out untouched). */
enum err e2ee_open(void *memory, const struct e2ee_config *c, struct e2ee **out);
void e2ee_close(struct e2ee *e); /* wipes the block */

/* What the server gets in hello, and what a new meeting is made of. */
void e2ee_access_proof(const struct e2ee_link *link, uint8_t out[E2EE_PROOF]);
void e2ee_host_proof(const struct e2ee_link *link, uint8_t out[E2EE_PROOF]);
void e2ee_host_key_hash(const struct e2ee_link *link, uint8_t out[E2EE_SECRET]);
struct e2ee_terms {
    bool waiting_room;
    uint16_t max_members;
    uint64_t created_s;
};
enum err e2ee_descriptor_make(const struct e2ee_link *link, const struct e2ee_terms *terms,
                              struct writer *w);
const uint8_t *e2ee_participant(const struct e2ee *e); /* one's own id, E2EE_PARTICIPANT bytes */

/* ---- facts in ----
 * Fields not named are ignored. `member` is the server's id of a session's member. */
enum e2ee_input_type {
    /* from the server */
    /* member = own; a = descriptor; b = group that runs, or empty; epoch; flag = resumed */
    E2EE_IN_WELCOMED = 1,
    E2EE_IN_MEMBER, /* member, a = participant: the server says they are here (roster, joined) */
    E2EE_IN_GONE,   /* member, a = participant: left, lost or removed, says the server */
    E2EE_IN_GROUP_STATE,   /* a = group or empty, epoch */
    E2EE_IN_WANTED_JOIN,   /* member, a = participant, b = key package, c = proof, flag = waiting */
    E2EE_IN_WANTED_GONE,   /* a = participant */
    E2EE_IN_WANTED,        /* a = group, epoch: commit what was named just before */
    E2EE_IN_COMMIT,        /* a = group, epoch before it, b = commit, member = sender */
    E2EE_IN_GROUP_WELCOME, /* a = group, epoch after it, b = welcome */
    E2EE_IN_MESSAGE,       /* a = group, epoch, b = bytes, member = sender */
    E2EE_IN_REOPENED,      /* a = group, epoch */
    E2EE_IN_REPLY,         /* number = of the effect's request, reason = enum e2ee_reply */
    E2EE_IN_DISCONNECTED,  /* requests under way are lost; a new E2EE_IN_WELCOMED follows */
    /* from the person or the shell */
    E2EE_IN_DEVICE_SIGNED, /* a = signature for E2EE_OUT_SIGN */
    E2EE_IN_NOTE,          /* b = note; a = participant for a private one, else empty */
    E2EE_IN_REMOVE,        /* a = participant */
    E2EE_IN_ADMIT,         /* a = participant of somebody waiting; flag = false denies */
    E2EE_IN_RENAME,        /* b = name */
    E2EE_IN_POLICY,        /* flags = E2EE_WAITING_ROOM | E2EE_LOCKED: administrators only */
    E2EE_IN_ADMIN,         /* a = participant; flag = an administrator, or none: the host only */
    E2EE_IN_LEAVE,
    E2EE_IN_TICK,
};
enum e2ee_reply { E2EE_REPLY_OK, E2EE_REPLY_CONFLICT, E2EE_REPLY_NOT_FOUND, E2EE_REPLY_FAILED };
enum { E2EE_WAITING_ROOM = 1, E2EE_LOCKED = 2 };

struct e2ee_input {
    enum e2ee_input_type type;
    uint32_t member, number, reason, flags;
    uint64_t epoch;
    bool flag;
    struct span a, b, c;
};

/* now_ms: milliseconds since 1970, from a clock that may jump; jumps cost beats, never safety.
 * ERR_OK, or the class of the refusal (E2EE_OUT_REFUSED says the rule); ERR_BUSY when effects were
 * not drained. */
enum err e2ee_input(struct e2ee *e, const struct e2ee_input *in, uint64_t now_ms);

/* ---- effects out ----
 * Requests carry a number, to be given back in E2EE_IN_REPLY. Spans are borrowed until the next
 * input. */
enum e2ee_effect_type {
    /* requests to the server */
    E2EE_OUT_CREATE = 1, /* number; a = group */
    E2EE_OUT_JOIN,       /* number; a = group, b = key package, c = proof */
    E2EE_OUT_RESUME,     /* number; a = group, epoch */
    E2EE_OUT_COMMIT,  /* number; a = group, epoch, b = commit, c = welcome; joins = members, gone */
    E2EE_OUT_LOG,     /* number; a = group, epoch */
    E2EE_OUT_INVALID, /* number; a = group, epoch, b = hash of the commit */
    E2EE_OUT_MESSAGE, /* number; a = group, epoch, b = bytes, member = only to, or 0 */
    /* to the shell */
    E2EE_OUT_SIGN,    /* b = bytes to sign with the device key (plain Ed25519) */
    E2EE_OUT_EPOCH,   /* epoch: fetch one's sending keys and the others' anew; flag = first epoch */
    E2EE_OUT_FORGET,  /* epoch: its media keys are gone now */
    E2EE_OUT_PEOPLE,  /* the roster changed: read it with e2ee_person_next */
    E2EE_OUT_NOTE,    /* a = participant of the author, b = note, flag = private */
    E2EE_OUT_STATUS,  /* e2ee_status changed */
    E2EE_OUT_WAITING, /* the list of those who wait changed: e2ee_waiting_next */
    E2EE_OUT_REFUSED, /* rule, member = who sent it (0 the server itself); for counters and logs */
};
struct e2ee_effect {
    enum e2ee_effect_type type;
    uint32_t member, number;
    enum mls_rule rule;
    uint64_t epoch;
    bool flag;
    struct span a, b, c;
    uint32_t n_joins;
    const uint32_t *joins;
    struct span gone; /* of E2EE_OUT_COMMIT: participant ids that have no leaf after it, in a row */
};
bool e2ee_poll(struct e2ee *e, struct e2ee_effect *out);
/* Milliseconds since 1970; UINT64_MAX when there is nothing to wait for. */
uint64_t e2ee_deadline(const struct e2ee *e);

/* ---- what is true now ---- */
enum e2ee_phase {
    E2EE_STARTING, /* not in the group yet: nothing can be sent */
    E2EE_SECURE,
    E2EE_STOPPED, /* sending has stopped: why */
};
enum e2ee_why {
    E2EE_WHY_NONE,
    E2EE_WHY_FORK,   /* somebody is in another group state under the same number */
    E2EE_WHY_SILENT, /* three beats missed */
    E2EE_WHY_GHOST,  /* a leaf that the meeting does not show */
    E2EE_WHY_BEHIND, /* messages are missing; trying to catch up */
    E2EE_WHY_REMOVED,
    E2EE_WHY_DESCRIPTOR, /* the meeting's description is not the one that the link promises */
    E2EE_WHY_LEFT,
};
struct e2ee_status {
    enum e2ee_phase phase;
    enum e2ee_why why;
    uint64_t epoch;
    uint32_t leaf, count;            /* own leaf, members of the tree */
    uint32_t flags;                  /* policy: E2EE_WAITING_ROOM | E2EE_LOCKED */
    bool admin;                      /* oneself */
    uint32_t refused;                /* inputs refused so far */
    char code[E2EE_CODE_DIGITS + 1]; /* meeting code; empty while starting */
};
void e2ee_status(const struct e2ee *e, struct e2ee_status *out);

/* Everyone of the tree, oneself too. */
struct e2ee_person {
    uint32_t leaf;
    uint32_t member; /* as the server says; 0: the server shows nobody for this leaf */
    const uint8_t *participant;
    struct span name;
    const uint8_t *device; /* public key, SUITE_SIGN_PUBLIC bytes */
    bool me, admin, bot;
    bool named; /* an administrator because the policy names the device */
    bool same_build, has_build;
    const uint8_t *build;
};
/* *cursor 0 at first; false at the end. Borrowed until the next input. */
bool e2ee_person_next(const struct e2ee *e, uint32_t *cursor, struct e2ee_person *out);
/* Those whose key package waits for an administrator: participant, name, member, device. */
bool e2ee_waiting_next(const struct e2ee *e, uint32_t *cursor, struct e2ee_person *out);
/* 60 digits that both of a pair see alike; ERR_NOT_FOUND. */
enum err e2ee_pair_code(const struct e2ee *e, const uint8_t participant[E2EE_PARTICIPANT],
                        char out[E2EE_PAIR_DIGITS + 1]);

/* Media keys of a leaf in an epoch that is held (the current, or the one before until
 * E2EE_OUT_FORGET). ERR_NOT_FOUND; for one's own leaf also ERR_STATE unless the phase is SECURE.
 * The caller wipes. */
enum err e2ee_media_key(const struct e2ee *e, enum sframe_context context, uint32_t leaf,
                        uint64_t epoch, struct sframe_key *out);

#endif
