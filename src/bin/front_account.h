/* Accounts in the front role: HTTP calls and control lines in, the account core, its store and the
 * password threads behind it. Shared by front_account*.c only, but for the last functions. knows:
 * JSON, cookies, which call waits for what. knows not: what an account may do (account/). */
#ifndef BIN_FRONT_ACCOUNT_H
#define BIN_FRONT_ACCOUNT_H

#include <jansson.h>

#include "account/account.h"
#include "bin/front.h"
#include "io/worker.h"

/* A call number of the control socket has this bit, one of HTTP has not. */
#define DESK_CONTROL (1ULL << 63)
/* And one about who opened a WebSocket this one. */
#define DESK_SOCKET (1ULL << 62)
/* Names of the cookies, as io/web_call.c reads them. */
#define DESK_COOKIE "__Host-conclave"
#define DESK_COOKIE_ATTEMPT "__Host-conclave-attempt"
#define DESK_COOKIE_KNOWN "__Host-conclave-known"

/* What an answer needs beside the core's words. */
struct desk_call {
    uint64_t call;              /* 0: free */
    bool bearer;                /* the token goes into the JSON, not into a cookie */
    bool redirect;              /* it came as a page, back from an identity provider */
    struct desk_making *making; /* *owned*; NULL: the call makes no meeting */
};

struct provider;
struct desk;

/* Passwords that wait: at 5 to 10 a second, the last of them waits some seconds. Some places are
 * for people who were let in before. */
enum { DESK_HASHES = 32, DESK_HASHES_KNOWN = 8 };

/* A password on its way to the worker thread. */
struct desk_hash {
    struct worker_job head;
    struct desk *desk;
    uint32_t job; /* 0: free */
    enum err result;
    size_t len;
    uint8_t password[ACCOUNT_PASSWORD_MAX], salt[PASSWORD_SALT], made[PASSWORD_HASH];
};

struct desk {
    struct front *front;
    struct provider *provider; /* front_provider.h; NULL: none */
    struct account *core;
    struct worker *worker; /* its own, so that a flood of sign-ins keeps no passcode waiting */
    struct desk_hash hashes[DESK_HASHES];
    /* Questions that the store has, by their flow: number (0: none) and kind. */
    uint32_t asked[ACCOUNT_FLOWS];
    enum account_ask_type asked_type[ACCOUNT_FLOWS];
    struct account_config config;
    struct centre_table places;
    struct desk_call calls[ACCOUNT_FLOWS];
    struct account_reply reply; /* being put together from its rows */
    /* What to tell the core next: a question or a password that nobody took. */
    bool pumping;
    uint32_t failed_ask, failed_job; /* 0: none */
    enum err failed_why;
};

/* Bytes that a request carried in base64url, decoded. */
struct desk_bytes {
    uint8_t token[ACCOUNT_TOKEN], ceremony[ACCOUNT_TOKEN], id[ACCOUNT_HASH];
    uint8_t known[ACCOUNT_TOKEN], ticket[ACCOUNT_TOKEN];
    uint8_t client[WEBAUTHN_CLIENT_MAX], attestation[WEBAUTHN_ATTEST_MAX];
    uint8_t key_id[ACCOUNT_PASSKEY_ID], auth[PASSKEY_AUTH_MAX], signature[PASSKEY_SIG_MAX];
    uint8_t user[ACCOUNT_ID];
    char choice[ACCOUNT_CHOICE]; /* of data centres, as text */
    json_t *client_json;         /* *owned*: the event's spans lead into it */
};

/* front_account_json.c */
enum desk_field {
    FIELD_NAME = 1,
    FIELD_PASSWORD = 2,
    FIELD_PASSWORD_NEW = 4,
    FIELD_DEVICE = 8, /* may be left out, as label, bearer and everywhere */
    FIELD_LABEL = 16,
    FIELD_BEARER = 32,
    FIELD_EVERYWHERE = 64,
    FIELD_ID = 128,
    FIELD_MADE = 256,    /* client_data, attestation */
    FIELD_ENTERED = 512, /* key, client_data, auth, signature, and user, which may be left out */
    FIELD_TICKET = 1024, /* invitation */
    FIELD_ORG = 2048,    /* organisation */
    FIELD_BLOCK = 4096,  /* feature */
    FIELD_WHY = 8192,
    FIELD_AFTER = 16384,          /* a name, or nothing */
    FIELD_AFTER_ID = 32768,       /* an id, or nothing */
    FIELD_MEETING = 65536,        /* all that makes one: front_account_meeting.c reads it */
    FIELD_MEETING_ID = 131072,    /* id */
    FIELD_AFTER_MEETING = 262144, /* a meeting's id, or nothing */
    FIELD_FROM = 524288,          /* bytes */
    FIELD_HOOK = 1048576,         /* url, events */
    FIELD_KEY = 2097152,          /* key: of a device */
    FIELD_PROOF = 4194304,        /* signature: by that key */
    FIELD_UNTIL = 8388608,        /* until: digits of a Unix time, or nothing */
    FIELD_CHOICE = 16777216,      /* choice, version: front_account_places.c reads it */
};

/* Takes exactly these fields out of an object. False: one is missing, strange or too many. */
bool desk_read(struct account_event *e, struct desk_bytes *b, bool *bearer, json_t *object,
               unsigned fields);
void desk_bytes_fini(struct desk_bytes *b);
/* The answer's object; NULL without memory. */
json_t *desk_words(const struct desk *d, const struct account_answer *a, bool bearer);
unsigned desk_status(enum account_reason r);
/* The feature of a meeting that is called so; false: none is. */
bool desk_feature(uint8_t *out, struct span word);

/* front_account_words.c: answers about organisations; NULL: the command has no words there. */
json_t *desk_org_words(const struct account_answer *a);
const char *desk_role_word(enum account_role r);
/* Bytes as base64url text; len at most ACCOUNT_PASSKEY_ID. */
json_t *desk_base64(const uint8_t *bytes, size_t len);

struct desk_route {
    bool post;
    const char *path;
    enum account_command command;
    unsigned fields;
    bool on; /* of a block */
};

/* front_account_api.c: calls of programs, below /api/v1 */
const struct desk_route *desk_api_route(const struct web_call *q, bool *path_known);
/* A query as an object of texts; NULL: it is none. */
json_t *desk_api_query(struct span query);
/* "GET /api/v1/members" and so on, for programs to look at. */
json_t *desk_api_calls(void);

/* front_account_meeting.c: an organisation's meetings */
/* False: the object is no meeting, or there is no memory. */
bool desk_making_read(struct desk_call *c, json_t *object);
void desk_making_drop(struct desk_making *m);
/* The core's answer to who asks for it: true when the store is asked now, and answers the call. */
bool desk_making_go(struct desk *d, struct desk_making *m, const struct account_answer *a);
/* The store's answer. */
void desk_made(struct desk *d, const struct ask *a, enum err e);
json_t *desk_meeting_words(const struct desk *d, const struct account_answer *a);

/* front_account_places.c: choices of data centres */
/* A choice as text; its length. False: the object is none, or too long. */
bool desk_choice_read(char out[ACCOUNT_CHOICE], size_t *len, json_t *object);
json_t *desk_places_words(const struct desk *d, const struct account_answer *a);
/* {"fault", "why", and "key" and "id" where there is one} */
json_t *desk_places_fault(const struct places_fault *f);
/* The data centres there are; anybody may know them. */
json_t *desk_places_list(const struct centre_table *t);

/* front_account_hook.c: an organisation's webhooks */
/* The words of a list of events as bits; 0: one is none, or there twice. */
uint8_t desk_hook_events(json_t *list);
json_t *desk_hook_words(const struct account_answer *a);

/* front_account.c */
/* The route of that method and path. *path_known: of another method, or of this. */
const struct desk_route *desk_route_of(const struct desk_route *routes, size_t count,
                                       const struct web_call *q, bool *path_known);
void desk_ask(struct desk *d, struct account_event *e, const struct desk_call *call);
void desk_refuse(struct desk *d, uint64_t call, enum account_reason reason);
/* The same of what a person looks at: back to the account's page, with the word. */
void desk_refuse_page(struct desk *d, uint64_t call, enum account_reason reason);

/* Tells the core, and carries out what it wants then. */
void desk_tell(struct desk *d, const struct account_event *e);

/* front_account_back.c: the store and the worker thread */
/* False: the question cannot be asked now; no reply follows. */
bool desk_store_ask(struct desk *d, const struct account_ask *ask);
/* ERR_BUSY: as many as may wait; ERR_LIMIT. */
enum err desk_hash(struct desk *d, const struct account_job *job);

/* front_account_control.c */
void desk_control_answer(struct desk *d, const struct account_answer *a);

/* For the rest of front. */
void desk_store_says(struct desk *d, const struct ipc_account_row *row);
void desk_store_lost(struct desk *d);
/* front_person.c */
/* Whose token came with a WebSocket: a handler of io/web.h. */
void person_cookie(void *front, uint64_t socket, struct span token);
void person_answer(struct front *f, const struct account_answer *a);
/* An operator's word about an account, stored already: in force now for who is in a meeting. */
void person_block(struct front *f, const struct account_block *b, bool on);
/* Before the sandbox. */
struct desk *desk_open(struct front *f);
void desk_tick(struct desk *d);
/* A handler of io/web.h. */
void desk_call(void *front, uint64_t call, const struct web_call *q);
/* Whether the line is about users or organisations; it is then answered now or later. */
bool desk_control(struct desk *d, uint64_t number, const char *what, json_t *object);
/* Counters for /metrics, by index; NULL at the end. */
const char *desk_metric(const struct desk *d, unsigned index, uint64_t *value);

#endif
