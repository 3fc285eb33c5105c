/* Accounts and sign-in: commands in, effects out. Each command of a person or an operator becomes a
 * flow that asks the store and the password worker and ends in one answer.
 * knows: names, passwords, passkeys, sessions, their times and limits. knows not: HTTP, JSON, which
 * store there is, threads. owns: nothing; the storage is the caller's.
 *
 *     account_input(a, &event, &now); while (account_poll(a, &effect)) ...; account_deadline(a)
 *
 * Time and randomness are arguments. A name that no account has is treated step by step like one
 * with a wrong password: the same questions to the store, the same work, the same words.
 * Guests need no account: nothing in a meeting asks for one. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "account/attempts.h"
#include "account/places.h"
#include "account/rows.h"
#include "account/webauthn.h"
#include "base/span.h"
#include "crypt/passkey.h"
#include "crypt/password.h"

enum {
    ACCOUNT_TOKEN = 32, /* bytes of a session's token */
    ACCOUNT_PASSWORD_MIN = 10,
    ACCOUNT_PASSWORD_MAX = 256, /* bytes */
    ACCOUNT_FLOWS = 256,        /* commands under way */
    ACCOUNT_CEREMONIES = 2048,  /* passkey challenges that wait for their answer */
    ACCOUNT_RANDOM = 96,        /* fresh bytes that each command takes */
    ACCOUNT_ORIGIN = 200,
    ACCOUNT_INVITE_S = 7 * 86400, /* an invitation's life */
    ACCOUNT_SESSION_ID = 12,      /* bytes of a session's hash that name it to its owner */
};

#define ACCOUNT_IDLE_S (14 * 86400)         /* unused for so long, a session is over */
#define ACCOUNT_LIFE_S (60 * 86400)         /* and however much used, after so long */
#define ACCOUNT_TOUCH_S 60                  /* how exactly its last use is kept */
#define ACCOUNT_FRESH_S 120                 /* so long who it is counts as proved anew */
#define ACCOUNT_CEREMONY_US (60 * US_PER_S) /* a challenge's life */
#define ACCOUNT_FLOW_US (20 * US_PER_S)     /* a flow that the store left alone is given up */

/* What an answer says; ACCOUNT_words gives each its word on the wire. */
#define ACCOUNT_REASONS(X)                                                                         \
    X(OK, "ok")                                                                                    \
    X(BAD, "bad_message")         /* a field breaks its rules */                                   \
    X(WRONG, "wrong")             /* no such name, or not its password */                          \
    X(SLOW, "slow_down")          /* too many attempts; retry_s */                                 \
    X(BUSY, "busy")               /* no capacity, or the store is away */                          \
    X(TAKEN, "taken")             /* somebody has that name, or that passkey */                    \
    X(SIGNED_OUT, "signed_out")   /* no session, or one that is over */                            \
    X(DISABLED, "disabled")       /* an operator switched the account off */                       \
    X(CLOSED, "closed")           /* the operator has this switched off here */                    \
    X(EXPIRED, "expired")         /* a challenge that is over or was answered */                   \
    X(FORGED, "forged")           /* a passkey's answer that does not verify */                    \
    X(UNVERIFIED, "unverified")   /* the passkey did not check who holds it */                     \
    X(COUNTER, "counter")         /* its counter went back: there may be a copy */                 \
    X(UNSUPPORTED, "unsupported") /* passkeys need a domain; or a format we do not take */         \
    X(NOT_FOUND, "not_found")                                                                      \
    X(LIMIT, "limit")                                                                              \
    X(LAST, "last")             /* the last way in, or the last owner */                           \
    X(FORBIDDEN, "forbidden")   /* a key may not: an administrator, or an operator's block */      \
    X(STALE, "stale")           /* who it is must be proved anew first: sign in again */           \
    X(CHANGED, "changed")       /* somebody else changed it meanwhile: read it anew */             \
    X(REFUSED_CHOICE, "choice") /* of data centres: refused; the answer's fault says why */

enum account_reason {
#define REASON(name, word) ACCOUNT_##name,
    ACCOUNT_REASONS(REASON)
#undef REASON
        ACCOUNT_REASON_COUNT_
};

enum account_command {
    /* of anybody */
    ACCOUNT_SIGN_UP,       /* name, password, device -> token */
    ACCOUNT_SIGN_IN,       /* name, password, device -> token */
    ACCOUNT_PASSKEY_ASK,   /* -> ceremony, challenge */
    ACCOUNT_PASSKEY_ENTER, /* ceremony, passkey answer, device -> token */
    ACCOUNT_PASSKEY_NEW,   /* name: a new account with a passkey alone -> ceremony, challenge, id */
    ACCOUNT_VOUCHED, /* lookup of (iss, sub), device -> token; an unknown one gets an account */
    /* with a token */
    ACCOUNT_WHO,  /* -> row */
    ACCOUNT_MEET, /* -> row, and reply: what is blocked for them in meetings */
    ACCOUNT_SIGN_OUT,
    ACCOUNT_SESSION_LIST, /* -> reply: sessions */
    ACCOUNT_SESSION_END,  /* id of a session */
    ACCOUNT_SESSIONS_END, /* all others, or all (everywhere) */
    ACCOUNT_PASSWORD_SET, /* password, password_new; other sessions end */
    ACCOUNT_PASSKEY_ADD,  /* -> ceremony, challenge, id, and reply: the passkeys there are */
    ACCOUNT_PASSKEY_MADE, /* ceremony, passkey attestation, label; also ends ACCOUNT_PASSKEY_NEW */
    ACCOUNT_PASSKEY_LIST, /* -> reply: credentials */
    ACCOUNT_PASSKEY_DROP, /* lookup; never the last way in */
    ACCOUNT_EXPORT,       /* from -> reply: pieces of all that is stored about them */
    ACCOUNT_DELETE,       /* name: their own, so that none other goes by mistake; a fresh session */
    /* of the operator, over the control socket */
    ACCOUNT_USER_CREATE, /* name, password */
    ACCOUNT_USER_LIST,   /* name: those after it -> reply: rows */
    ACCOUNT_USER_SET,    /* name, disabled; a disabled one's sessions end */
    ACCOUNT_USER_END,    /* name: ends its sessions */
    ACCOUNT_USER_BLOCK,  /* name, feature, on, why -> row, block, on */
    ACCOUNT_ORG_CREATE,  /* org, name: its first owner */
    ACCOUNT_ORG_LIST,    /* org: those after it -> reply: orgs */
    ACCOUNT_ORG_SET,     /* org, name, role */
    ACCOUNT_ORG_DROP,    /* org, name */
    ACCOUNT_ORG_MEMBERS, /* org; name: those after it -> reply: members */
    ACCOUNT_KEY_MAKE,    /* org, label -> token, grant */
    ACCOUNT_KEY_LIST,    /* org -> reply: grants */
    ACCOUNT_KEY_DROP,    /* org, id */
    /* of a program with an organisation's key as its token; with `org`, those marked P also of an
     * administrator or owner of it with a session's token */
    ACCOUNT_API_SELF,         /* -> found, grant */
    ACCOUNT_API_MEMBERS,      /* P name: those after it -> reply: members */
    ACCOUNT_API_MEMBER_DROP,  /* P name */
    ACCOUNT_API_INVITE,       /* P label -> invited, grant */
    ACCOUNT_API_INVITES,      /* P id: those after it, or none -> reply: grants */
    ACCOUNT_API_INVITE_DROP,  /* P id */
    ACCOUNT_API_BLOCKS,       /* P name -> reply: blocks */
    ACCOUNT_API_BLOCK,        /* P name, feature, why, on -> row, block */
    ACCOUNT_API_MEETING_MAKE, /* -> found: whose the meeting is to be */
    ACCOUNT_API_MEETINGS,     /* meeting: those after it, or none -> reply: meetings */
    ACCOUNT_API_MEETING,      /* meeting -> reply: the one */
    ACCOUNT_API_MEETING_END,  /* meeting -> meeting: as it was before; stored as ended */
    ACCOUNT_API_HOOK_MAKE,    /* url, events -> given: its signing key, hook */
    ACCOUNT_API_HOOKS,        /* -> reply: hooks */
    ACCOUNT_API_HOOK_DROP,    /* id */
    ACCOUNT_API_USAGE,        /* P from: days before that second, or none -> reply: usage */
    /* of a person with a session's token */
    ACCOUNT_ORG_MINE,  /* -> reply: orgs */
    ACCOUNT_ORG_JOIN,  /* ticket -> found */
    ACCOUNT_ORG_LEAVE, /* org */
    /* devices; account_device.c says what is signed */
    ACCOUNT_DEVICE_ADD,   /* device_key, device_proof, label; one that is there is named anew */
    ACCOUNT_DEVICE_LIST,  /* -> reply: devices */
    ACCOUNT_DEVICE_DROP,  /* id */
    ACCOUNT_DEVICE_CHECK, /* of anybody: name, device_key; NOT_FOUND: it is not on that list, or
                             there is no such account */
    /* data centres, of the account, or with `org` of an organisation: its members look, those who
       lead it choose */
    ACCOUNT_PLACES_LOOK, /* -> places, bound; reply: what binds it from above */
    ACCOUNT_PLACES_SET,  /* choice, version -> places, bound; or fault */
    ACCOUNT_COMMAND_COUNT_
};

/* A passkey's answer, read once by the caller. All *borrowed*. */
struct account_passkey {
    struct webauthn_client client;
    uint8_t client_hash[ACCOUNT_HASH];     /* SHA-256 of clientDataJSON as it came */
    struct span attestation;               /* of a new one */
    struct span id, auth, signature, user; /* of an assertion; user may be empty */
};

enum account_event_type { ACCOUNT_ASKED, ACCOUNT_STORED, ACCOUNT_HASHED };

/* All spans are *borrowed* for the call. */
struct account_event {
    enum account_event_type type;
    /* ASKED */
    enum account_command command;
    uint64_t call; /* the answer carries it */
    struct span name, org, password, password_new, device, label;
    struct span token;    /* ACCOUNT_TOKEN bytes, or none */
    struct span ceremony; /* ACCOUNT_TOKEN bytes, or none */
    struct span known;    /* ACCOUNT_HASH bytes: an answer's, from a browser that had it; or none */
    struct span meeting;  /* an id: ACCOUNT_MEETING characters */
    struct span ticket;   /* an invitation: ACCOUNT_TOKEN bytes */
    struct span url;      /* of a webhook */
    struct span choice;   /* of data centres: a text of places.h */
    uint32_t version;     /* of the choice that it replaces */
    struct span device_key, device_proof; /* Ed25519: a public key, a signature */
    uint8_t events;                       /* of a webhook: a bit of enum account_hook_event each */
    struct span id; /* of a session: ACCOUNT_SESSION_ID bytes; a lookup: ACCOUNT_HASH; of a
                       grant: ACCOUNT_GRANT_ID; of a webhook or a device: ACCOUNT_ID */
    struct account_passkey passkey;
    bool everywhere, disabled, on;
    uint8_t feature;
    uint32_t from; /* of an export: bytes; of usage: Unix time */
    struct span why;
    enum account_role role;
    uint8_t random[ACCOUNT_RANDOM];
    /* STORED */
    const struct account_reply *reply;
    /* HASHED */
    uint32_t job;
    enum err hashed;
    uint8_t hash[PASSWORD_HASH];
};

struct account_now {
    instant_us at;
    int64_t unix_s;
};

enum account_effect_type { ACCOUNT_ANSWER, ACCOUNT_ASK, ACCOUNT_HASH_PASSWORD };

struct account_answer {
    uint64_t call;
    enum account_command command;
    enum account_reason reason;
    uint32_t retry_s;
    struct account_row row;        /* who it is, once known */
    bool has_token;                /* a session was made */
    uint8_t token[ACCOUNT_TOKEN];  /* of it; the only place where it ever is */
    uint8_t session[ACCOUNT_HASH]; /* the asking one's hash */
    uint8_t known[ACCOUNT_HASH];   /* with a token: proves later that this name was let in here */
    uint8_t ceremony[ACCOUNT_TOKEN], challenge[WEBAUTHN_CHALLENGE];
    uint8_t user[ACCOUNT_ID];     /* for a new passkey: the account's id */
    uint8_t given[ACCOUNT_TOKEN]; /* KEY_MAKE, API_INVITE: the only place where it ever is;
                                     API_HOOK_MAKE: told this once */
    struct account_grant grant;
    struct account_org found;
    struct account_block block;     /* USER_BLOCK, API_BLOCK */
    struct account_meeting meeting; /* API_MEETING_END: as it was before */
    struct account_hook hook;       /* API_HOOK_MAKE: without its key */
    struct account_places places;   /* PLACES_*: as it is stored now */
    struct choice_result above;     /* PLACES_*: what the organisations let in */
    struct choice_result bound;     /* PLACES_*: what is in force, with what binds it */
    struct places_fault fault;      /* PLACES_SET, with REFUSED_CHOICE */
    bool on;
    const struct account_reply *reply; /* lists; *borrowed* until the next account_input */
};

struct account_job {
    uint32_t job;
    struct span password; /* *borrowed* until the next account_input */
    uint8_t salt[PASSWORD_SALT];
    bool known; /* of somebody who was let in before: strangers may not keep them waiting */
};

struct account_effect {
    enum account_effect_type type;
    union {
        struct account_answer answer;
        struct account_ask ask;
        struct account_job job;
    } as;
};

struct account_config {
    bool sign_up;                      /* whoever asks gets an account */
    bool hooks;                        /* organisations may have webhooks */
    char origin[ACCOUNT_ORIGIN + 1];   /* "https://meet.example.org": exact */
    char rp_id[ACCOUNT_ORIGIN + 1];    /* its host; "" when that is an address: no passkeys */
    const struct centre_table *places; /* *borrowed*; NULL: this server alone */
    uint8_t key[32];                   /* random: for what must not be guessed from outside */
};

struct account_counts {
    uint64_t commands, signed_in, signed_up, wrong, slowed, forged, counters_back, busy, keys;
};

struct account;

size_t account_bytes(void);
/* memory: account_bytes() bytes, aligned for anything, zeroed or not. */
struct account *account_init(void *memory, const struct account_config *c);
void account_input(struct account *a, const struct account_event *in,
                   const struct account_now *now);
/* Gives the next effect until there is none; to be emptied after each input. */
bool account_poll(struct account *a, struct account_effect *out);
/* Flows that the store left alone are answered "busy"; call about once a second. */
void account_tick(struct account *a, const struct account_now *now);
const struct account_counts *account_count(const struct account *a);
/* "wrong" and so on. */
const char *account_reason_word(enum account_reason r);

/* The lookups of rows.h. */
void account_lookup_password(uint8_t out[ACCOUNT_HASH], const uint8_t account[ACCOUNT_ID]);
void account_lookup_passkey(uint8_t out[ACCOUNT_HASH], struct span id);
void account_lookup_provider(uint8_t out[ACCOUNT_HASH], struct span iss, struct span sub);

#endif
