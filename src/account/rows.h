/* What the account core asks of whoever keeps rows, and the rows. Each ask carries a number and is
 * answered later, or at once, by one account_reply with the same number: nobody waits.
 * knows: shapes. knows not: databases, files. owns: nothing; rows are copied.
 *
 * A password, a passkey and a person's name at an identity provider are all credentials. Each has a
 * lookup of 32 bytes, so that a store needs one index:
 *     password   SHA-256("password" account)
 *     passkey    SHA-256("passkey" credential id)
 *     provider   SHA-256("oidc" length of iss (4 bytes) iss sub)
 * Tokens are never stored: a session is found by the SHA-256 of its token. */
#ifndef ACCOUNT_ROWS_H
#define ACCOUNT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
    ACCOUNT_ID = 16,    /* random */
    ACCOUNT_NAME = 64,  /* bytes of a sign-in name */
    ACCOUNT_LABEL = 48, /* bytes of what a person calls a device or a passkey */
    ACCOUNT_HASH = 32,  /* SHA-256 */
    ACCOUNT_KEY = 260,  /* a passkey's public key, or a password's salt and hash */
    ACCOUNT_PASSKEY_ID = 255,
    ACCOUNT_SESSIONS = 16,    /* a person; the least recently used gives way to a new one */
    ACCOUNT_CREDENTIALS = 16, /* a person */
    ACCOUNT_PAGE = 16,        /* rows of one reply */
    ACCOUNT_FEATURES = 8,     /* of meetings: which is which is the meeting's to say */
    ACCOUNT_WHY = 120,        /* bytes of a reason */
    ACCOUNT_KEYS = 16,        /* an organisation */
    ACCOUNT_INVITES = 200,    /* an organisation, open at once */
    ACCOUNT_PIECE = 512,      /* bytes of an export in one row */
    ACCOUNT_PIECES = 10,      /* rows of an export in one reply */
    ACCOUNT_GRANT_ID = 12,    /* bytes of a grant's hash that name it in lists */
    ACCOUNT_MEETING = 20,     /* characters of a meeting's id: a to z, 2 to 7 */
    ACCOUNT_HOOKS = 8,        /* webhooks of an organisation */
    ACCOUNT_URL = 255,        /* bytes of a webhook's address */
    ACCOUNT_DEVICES = 16,     /* a person */
    ACCOUNT_DEVICE_KEY = 32,  /* bytes of an Ed25519 public key */
    ACCOUNT_USAGE_DAYS = 30,  /* of one row */
    ACCOUNT_CHOICE = 640,     /* bytes of a choice of data centres (places.h) */
};

enum account_means { ACCOUNT_BY_PASSWORD, ACCOUNT_BY_PASSKEY, ACCOUNT_BY_PROVIDER, ACCOUNT_MEANS_ };

enum account_role { ACCOUNT_MEMBER, ACCOUNT_ADMIN, ACCOUNT_OWNER, ACCOUNT_ROLE_COUNT_ };

struct account_row {
    uint8_t id[ACCOUNT_ID];
    char name[ACCOUNT_NAME + 1];
    int64_t created_s; /* Unix time, as all times of rows */
    bool disabled;
};

struct account_credential {
    uint8_t lookup[ACCOUNT_HASH];
    uint8_t account[ACCOUNT_ID];
    uint8_t means; /* enum account_means */
    int32_t alg;   /* of a passkey: its COSE algorithm */
    uint16_t key_len, id_len;
    uint8_t key[ACCOUNT_KEY];
    uint8_t id[ACCOUNT_PASSKEY_ID]; /* of a passkey: what browsers call it */
    uint32_t counter;               /* of a passkey's signatures; 0: it does not count */
    int64_t created_s, used_s;
    char label[ACCOUNT_LABEL + 1];
};

struct account_session {
    uint8_t hash[ACCOUNT_HASH];
    uint8_t account[ACCOUNT_ID];
    uint8_t means;
    int64_t created_s, used_s;
    char device[ACCOUNT_LABEL + 1];
};

struct account_org {
    uint8_t id[ACCOUNT_ID];
    char name[ACCOUNT_NAME + 1];
    int64_t created_s;
};

struct account_membership {
    uint8_t org[ACCOUNT_ID], account[ACCOUNT_ID];
    uint8_t role;                /* enum account_role */
    char name[ACCOUNT_NAME + 1]; /* of the account; filled in by the store in replies */
};

enum account_grant_kind { GRANT_KEY, GRANT_INVITE, GRANT_KINDS_ };

/* What an organisation gave out as a token: to a program its key, to a person an invitation. */
struct account_grant {
    uint8_t hash[ACCOUNT_HASH]; /* of the token */
    uint8_t org[ACCOUNT_ID];
    uint8_t kind;                 /* enum account_grant_kind */
    int64_t created_s, expires_s; /* 0: it does not expire */
    char label[ACCOUNT_LABEL + 1];
};

/* A feature that a person may not use in any meeting that they enter with their account. */
struct account_block {
    uint8_t account[ACCOUNT_ID];
    uint8_t feature;
    char why[ACCOUNT_WHY + 1]; /* told to the person */
    int64_t created_s;
    uint8_t by[ACCOUNT_ID]; /* organisation that set it; zeros: an operator */
};

/* A part of all that is stored about an account, as JSON text in UTF-8. */
struct account_piece {
    uint8_t account[ACCOUNT_ID];  /* of the ask */
    uint8_t digest[ACCOUNT_HASH]; /* SHA-256 of the whole text: pieces of one digest fit together */
    uint32_t total, from;         /* bytes; where this one begins */
    uint16_t len;
    uint8_t bytes[ACCOUNT_PIECE];
};

/* A meeting that an organisation's program made. Its hashes and what protects it stay in the store.
 */
struct account_meeting {
    char id[ACCOUNT_MEETING + 1];
    uint8_t org[ACCOUNT_ID];
    uint8_t profile;             /* which is which is the meeting's to say */
    bool waiting_room, passcode; /* as they are now */
    int64_t created_s, ended_s;  /* ended_s 0: not ended */
};

/* What an organisation is told of; a hook's `events` has a bit for each. */
enum account_hook_event { HOOK_CREATED, HOOK_STARTED, HOOK_ENDED, HOOK_EVENTS_ };

/* An address that an organisation is told at (webhook). */
struct account_hook {
    uint8_t id[ACCOUNT_ID], org[ACCOUNT_ID];
    char url[ACCOUNT_URL + 1];
    uint8_t key[ACCOUNT_HASH]; /* what is sent is signed with it; zeros in replies */
    uint8_t events;
    uint32_t failures; /* deliveries given up in a row */
};

/* A browser or program that a person says is theirs, by the key that certifies it in meetings. Its
 * id is the first half of SHA-256("device" account key). */
struct account_device {
    uint8_t id[ACCOUNT_ID], account[ACCOUNT_ID];
    uint8_t key[ACCOUNT_DEVICE_KEY];
    int64_t created_s, seen_s; /* seen_s: the beginning of a day */
    char label[ACCOUNT_LABEL + 1];
};

/* Figures of an organisation's members on days that are over, as they may be shown (usage.h). */
enum { USAGE_OF_FEW = 1, USAGE_AT_MOST = 2 };

struct account_usage_day {
    int64_t day_s;
    uint32_t participants, people; /* 0 when they were few */
    uint8_t flags;
};

struct account_usage {
    uint8_t org[ACCOUNT_ID]; /* of the ask */
    int64_t from_s, until_s; /* of the ask: days that begin at from_s or later, before until_s */
    uint8_t count;
    struct account_usage_day day[ACCOUNT_USAGE_DAYS]; /* in their order; none where nobody came */
};

/* Which data centres an account or an organisation chose (places.h says how). */
struct account_places {
    uint8_t owner[ACCOUNT_ID]; /* the account or the organisation */
    bool of_org;
    uint32_t version; /* of the choice, one more with each; 0: nothing was chosen yet */
    int64_t changed_s;
    char org[ACCOUNT_NAME + 1]; /* PLACES_ABOVE: whose it is */
    char text[ACCOUNT_CHOICE + 1];
};

enum account_ask_type {
    ASK_ACCOUNT_PUT,     /* fresh: both rows or neither; CONFLICT: name, id or lookup is taken */
    ASK_ACCOUNT_NAMED,   /* name -> row */
    ASK_ACCOUNT_GET,     /* id -> row */
    ASK_ACCOUNT_SET,     /* row: `disabled` is taken over */
    ASK_ACCOUNT_LIST,    /* name -> rows whose names come after it, in order */
    ASK_CREDENTIAL_PUT,  /* credential; CONFLICT: the lookup exists; LIMIT */
    ASK_CREDENTIAL_GET,  /* lookup -> row */
    ASK_CREDENTIAL_SET,  /* credential: key and used_s are taken over */
    ASK_CREDENTIAL_LIST, /* account -> rows */
    ASK_CREDENTIAL_DROP, /* lookup of that account; NOT_FOUND; STATE: it is the last */
    ASK_SESSION_PUT,     /* enter, all or nothing. NOT_FOUND: no such account, or the credential is
                            not there with that key any more; REPLAY: its counter did not go up;
                            FORBIDDEN: the account is disabled */
    ASK_SESSION_GET,     /* hash -> row */
    ASK_SESSION_USED,    /* session: used_s is taken over */
    ASK_SESSION_LIST,    /* account -> rows, the latest used first */
    ASK_SESSION_DROP,    /* hash, of that account; NOT_FOUND */
    ASK_SESSION_CLEAR,   /* all of that account but `hash` */
    ASK_ORG_PUT,         /* org and its first owner; CONFLICT: the name is taken */
    ASK_ORG_NAMED,       /* name -> org */
    ASK_ORG_GET,         /* id -> org */
    ASK_ORG_LIST,        /* name -> orgs whose names come after it, in order */
    ASK_ORG_MINE,        /* membership: account -> the orgs it is in, in the order of ids */
    ASK_MEMBER_PUT,      /* membership; replaces the role; STATE: it was the last owner */
    ASK_MEMBER_GET,      /* membership: org, account -> row without its name */
    ASK_MEMBER_DROP,     /* membership, and the blocks that org set; NOT_FOUND; STATE */
    ASK_MEMBER_LIST,     /* membership: org -> rows with names after `name`, in order */
    ASK_MEMBER_OWNERS,   /* membership: org -> rows of its owners */
    ASK_BLOCK_PUT,       /* block; replaces the reason; FORBIDDEN: by an org, and not its own */
    ASK_BLOCK_DROP,      /* block: account, feature, by; NOT_FOUND; FORBIDDEN likewise */
    ASK_BLOCK_LIST,      /* block: account -> rows, in the order of features */
    ASK_GRANT_PUT,       /* grant; CONFLICT: there is that hash, or no such org; LIMIT */
    ASK_GRANT_GET,       /* grant: hash, kind -> row */
    ASK_GRANT_LIST,      /* grant: org, kind -> rows after `hash`, in the order of hashes */
    ASK_GRANT_DROP,      /* grant: org, kind, the first ACCOUNT_GRANT_ID bytes of hash; NOT_FOUND */
    ASK_GRANT_TAKE,      /* take: the invitation is used up, the account a member, if it was none;
                            NOT_FOUND: it was used, is over or revoked; CONFLICT: no such account */
    ASK_MEETING_GET,     /* meeting: id, org -> row; NOT_FOUND, also for another's or nobody's */
    ASK_MEETING_LIST,    /* meeting: org -> rows after `id`, in the order of ids */
    ASK_MEETING_END,     /* meeting: id, org, and in ended_s the time; one that ended keeps its own
                            -> row as it was before. NOT_FOUND likewise */
    ASK_HOOK_PUT,        /* hook; CONFLICT: there is that id, or no such org; LIMIT */
    ASK_HOOK_LIST,       /* hook: org -> all its rows without their keys, in the order of ids */
    ASK_HOOK_DROP,       /* hook: id, org; NOT_FOUND, also for another's */
    ASK_DEVICE_PUT,      /* device; one that is there gets its label and seen_s. NOT_FOUND: no such
                            account; LIMIT */
    ASK_DEVICE_GET,      /* device: account, id -> row; NOT_FOUND */
    ASK_DEVICE_LIST,     /* device: account -> all its rows, in the order of ids */
    ASK_DEVICE_DROP,     /* device: account, id; NOT_FOUND, also for another's */
    ASK_USAGE_LIST,      /* usage: org, from_s, until_s -> rows */
    ASK_PLACES_GET,      /* places: owner, of_org -> row; nothing chosen: one with version 0 */
    ASK_PLACES_PUT,      /* places; version is the one that was read. CONFLICT: there is another;
                            NOT_FOUND: no such owner -> row with the next version */
    ASK_PLACES_ABOVE,    /* places: owner, an account -> rows of all organisations that it is in,
                            also of those that chose nothing; LIMIT: more than ACCOUNT_PAGE */
    ASK_ACCOUNT_DROP,    /* row: id, and in created_s the time; the account and everything about it.
                            NOT_FOUND; STATE: an organisation would be left without an owner */
    ASK_EXPORT, /* piece: account, from -> the text from there on; NOT_FOUND: no account, or it
                   ends before; LIMIT: more than 1 MiB */
    ASK_COUNT_
};

struct account_ask {
    enum account_ask_type type;
    uint32_t request;
    union {
        struct account_row row;
        struct account_credential credential;
        struct {
            struct account_row row;
            struct account_credential credential;
        } fresh;
        struct account_session session;
        struct {
            struct account_session session;
            struct account_credential credential; /* as it was read, with a new counter, used_s */
            uint8_t checked;                      /* 0: it was made just now */
        } enter;
        struct {
            struct account_org org;
            struct account_membership owner; /* ORG_PUT: its first member, made with it */
        } org;
        struct account_membership member;
        struct account_block block;
        struct account_grant grant;
        struct account_piece piece;
        struct account_meeting meeting;
        struct account_hook hook;
        struct account_device device;
        struct account_usage usage;
        struct account_places places;
        struct {
            struct account_grant grant;       /* hash */
            struct account_membership member; /* account */
            int64_t now_s;
        } take;
    } as;
};

/* result: OK, NOT_FOUND, CONFLICT, LIMIT, STATE, REPLAY, FORBIDDEN; any other: the store cannot
 * say, and changed nothing that it knows of. */
struct account_reply {
    uint32_t request;
    enum err result;
    uint32_t count;
    bool more; /* a list goes on after its last row */
    union {
        struct account_row row[ACCOUNT_PAGE];
        struct account_credential credential[ACCOUNT_PAGE];
        struct account_session session[ACCOUNT_PAGE];
        struct account_org org[ACCOUNT_PAGE];
        struct account_membership member[ACCOUNT_PAGE];
        struct account_block block[ACCOUNT_PAGE];
        struct account_grant grant[ACCOUNT_PAGE];
        struct account_piece piece[ACCOUNT_PAGE];
        struct account_meeting meeting[ACCOUNT_PAGE];
        struct account_hook hook[ACCOUNT_PAGE];
        struct account_device device[ACCOUNT_PAGE];
        struct account_usage usage[ACCOUNT_PAGE];
        struct account_places places[ACCOUNT_PAGE];
    } as;
};

/* ---- between processes: the structs' bytes, judged by whoever takes them ---- */

/* ERR_MALFORMED: no such type, a text without an end, a number out of its range. */
enum err account_ask_take(struct account_ask *out, struct span bytes);
/* The bytes of a row of the reply to such an ask; *borrowed*. */
struct span account_reply_row(const struct account_reply *r, enum account_ask_type type,
                              uint32_t row);
/* Adds one; ERR_LIMIT: there are ACCOUNT_PAGE; ERR_MALFORMED. */
enum err account_reply_add(struct account_reply *r, enum account_ask_type type, struct span bytes);

#endif
