/* The insides of the account core, shared by account*.c only: flows, and what each step may do. */
#ifndef ACCOUNT_FLOW_H
#define ACCOUNT_FLOW_H

#include "account/account.h"

enum {
    FLOW_EFFECTS = ACCOUNT_FLOWS + 8, /* a tick may answer them all */
    /* a command's fresh bytes */
    RANDOM_TOKEN = 0,
    RANDOM_CHALLENGE = 32,
    RANDOM_ID = 64,
    RANDOM_SALT = 80,
};

struct flow;

/* The next step. reply is NULL after a password was hashed. */
typedef void (*flow_step)(struct account *a, struct flow *f, const struct account_reply *reply);

struct flow {
    uint32_t waits_for; /* number of the question under way; 0: the flow is free */
    flow_step next, signed_in;
    instant_us since;
    uint64_t call;
    enum account_command command;
    uint8_t random[ACCOUNT_RANDOM];
    char name[ACCOUNT_NAME + 1], org[ACCOUNT_NAME + 1];
    char label[ACCOUNT_LABEL + 1]; /* of a device or a passkey */
    uint8_t password[ACCOUNT_PASSWORD_MAX], password_new[ACCOUNT_PASSWORD_MAX];
    size_t password_len, password_new_len;
    uint64_t budget; /* key of the name's attempts */
    bool everywhere, disabled, known;
    uint32_t from; /* of an export, of usage */
    bool fresh;    /* the account was made just now */
    bool trusted;  /* signed in, or from a browser that was before; or an operator's */
    enum account_role role;
    enum account_role actor; /* in f->found: a key is an administrator */
    enum account_means means;
    enum err hashed;
    uint8_t hash[PASSWORD_HASH];
    uint8_t id[ACCOUNT_HASH]; /* what the command names */
    struct account_row row;
    struct account_session session;
    struct account_credential credential;
    struct account_org found;
    struct account_grant grant;
    struct account_block block;
    bool on; /* of the block */
    struct account_meeting meeting;
    struct account_hook hook;
    struct account_device device;
    struct account_places places;
    char wanted[ACCOUNT_CHOICE + 1]; /* instead of places.text */
    struct choice_result above, bound;
    struct places_fault fault;
    /* of an assertion, until the key is there */
    uint8_t auth[PASSKEY_AUTH_MAX], signature[PASSKEY_SIG_MAX], client_hash[ACCOUNT_HASH];
    uint8_t user[ACCOUNT_ID];
    size_t auth_len, signature_len, user_len;
};

enum ceremony_kind { CEREMONY_FREE, CEREMONY_ENTER, CEREMONY_NEW, CEREMONY_ADD };

/* A challenge that was given out: answered once, within a minute, and by whom it was given to. */
struct ceremony {
    enum ceremony_kind kind;
    instant_us since;
    uint8_t hash[ACCOUNT_HASH]; /* of the ceremony's token */
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    uint8_t session[ACCOUNT_HASH]; /* ADD: the session that it belongs to */
    uint8_t account[ACCOUNT_ID];
    char name[ACCOUNT_NAME + 1]; /* NEW */
};

struct account {
    struct account_config config;
    uint8_t rp_hash[ACCOUNT_HASH];
    struct attempts tries, known_tries; /* of strangers, of browsers that were let in before */
    struct attempts keys;               /* calls of each key, exports of each account */
    struct attempts_all sign_ups, challenges;
    uint32_t counter;
    struct account_now now; /* of the input under way */
    struct flow flows[ACCOUNT_FLOWS];
    struct ceremony ceremonies[ACCOUNT_CEREMONIES];
    uint32_t next_ceremony;
    struct account_effect effects[FLOW_EFFECTS];
    uint32_t first, count;
    struct account_counts counts;
    struct centre_table places;
};

/* account.c */
void flow_ask(struct account *a, struct flow *f, struct account_ask *ask, flow_step next);
void flow_hash(struct account *a, struct flow *f, struct span password,
               const uint8_t salt[PASSWORD_SALT], flow_step next);
/* The one answer; the flow is wiped and free. */
void flow_answer(struct account *a, struct flow *f, enum account_reason reason);
void flow_answer_with(struct account *a, struct flow *f, struct account_answer *answer);
/* What a reply that is not as hoped means: not_found for NOT_FOUND, conflict for CONFLICT. */
enum account_reason flow_reason(enum err e, enum account_reason not_found,
                                enum account_reason conflict);
/* Answers with the list. */
void flow_list(struct account *a, struct flow *f, const struct account_reply *reply);
/* Answers "ok" or why not. */
void flow_done(struct account *a, struct flow *f, const struct account_reply *reply);
/* Makes a session for f->row, by f->credential, and answers with its token. */
void flow_enter(struct account *a, struct flow *f, enum account_means means);

/* account_session.c: finds the session of the event's token; `then` goes on as f->row. */
void session_with(struct account *a, struct flow *f, const struct account_event *in,
                  flow_step then);
void session_command(struct account *a, struct flow *f, const struct account_event *in);

/* account_password.c */
void password_command(struct account *a, struct flow *f, const struct account_event *in);
/* A name as accounts have it: ASCII, folded to small letters. */
bool name_read(char out[ACCOUNT_NAME + 1], struct span in);
bool password_ok(struct span password);
/* What a browser that was let in by that name keeps (no secret of the person's, worth more attempts
 * at that name alone). */
void name_known(const struct account *a, const char *name, uint8_t out[ACCOUNT_HASH]);
/* Makes f->row anew from f->name. */
void password_row(struct account *a, struct flow *f);

/* account_passkey.c */
void passkey_command(struct account *a, struct flow *f, const struct account_event *in);

/* account_key.c */
void key_command(struct account *a, struct flow *f, const struct account_event *in);

/* account_meeting.c */
/* The id that the event names. False: it breaks the rules. */
bool meeting_read(struct flow *f, struct span id, bool optional);
/* With a key of f->found. */
void meeting_command(struct account *a, struct flow *f);

/* account_hook.c */
/* What the event says of a webhook. False: it breaks the rules. */
bool hook_read(struct flow *f, const struct account_event *in);
/* With a key of f->found. */
void hook_command(struct account *a, struct flow *f);

/* account_figures.c: of f->found, before f->from */
void figures_of(struct account *a, struct flow *f);

/* account_device.c */
void device_command(struct account *a, struct flow *f, const struct account_event *in);

/* account_places.c */
void places_command(struct account *a, struct flow *f, const struct account_event *in);

/* account_operator.c */
/* What a block is about, out of a command. False: it breaks the rules. */
bool block_read(struct flow *f, const struct account_event *in);
void operator_command(struct account *a, struct flow *f, const struct account_event *in);

#endif
