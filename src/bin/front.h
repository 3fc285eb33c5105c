/* The insides of the front role, shared by role_front.c and front_*.c only.
 * What each part does: session (clients' messages to commands), effect (effects to messages), group
 * (the same for the group's messages), file (files of a meeting), link (channels to media, store,
 * supervisor), api (HTTP call, control socket, metrics), address (candidates). Decisions are in
 * meet/ and policy/; this is the wiring between them and io/. */
#ifndef BIN_FRONT_H
#define BIN_FRONT_H

#include <uv.h>

#include "base/instant.h"
#include "base/logline.h"
#include "base/map.h"
#include "crypt/pii.h"
#include "io/web.h"
#include "io/web_line.h"
#include "io/web_sniff.h"
#include "io/worker.h"
#include "meet/meet.h"
#include "policy/risk.h"
#include "proto/frame.h"
#include "proto/ipc.h"
#include "proto/signal.h"

enum {
    FRONT_TICK_MS = 500,
    FRONT_ALONE_TICKS = 10, /* then people are told that there is no media process */
    FRONT_STRANGER_MS = 20,
    FRONT_HELLO_US = 5 * 1000000, /* from open WebSocket to hello (attack A18) */
    FRONT_BURST = 200,            /* messages a client may send at once */
    FRONT_EARLY = 2,              /* transports asked for before the hello is answered */
    FRONT_RATE = 50,              /* and then a second */
    FRONT_ASKS = 1024,            /* questions to the store under way */
    FRONT_ASK_US = 5 * 1000000,
    FRONT_CHANGE_US = 2 * 1000000, /* a host waits no longer for the store */
    FRONT_CHANGES = 64,            /* changes of meetings that wait for the store */
    FRONT_CREATES = 30,            /* meetings created over HTTP at once, then one a second */
    FRONT_ADDRESSES = 32,
    FRONT_TRACKS = 4 * LIMIT_CONNECTIONS, /* of all meetings */
    FRONT_OUT = 3 << 19,            /* bytes of the largest message: a Welcome to a large group */
    FRONT_UPLOADS = 64 << 20,       /* bytes of uploads under way, of all sessions */
    FRONT_UPLOAD_US = 30 * 1000000, /* an upload that no commit followed is dropped */
    FRONT_UPLOAD_BURST = 2 * LIMIT_GROUP_UPLOAD, /* bytes a session may upload at once */
    FRONT_UPLOAD_RATE = 256 << 10,               /* and then a second */
    FRONT_FILE_S = 12 * 3600,                    /* a file is kept so long at most */
    FRONT_PAGES = 1 << 15,        /* of 4 KiB: commit logs and key packages of all meetings */
    FRONT_TRIED = 256,            /* meetings whose wrong passcodes are counted at once */
    FRONT_REPORTS = 64,           /* reports kept until they are delivered; the oldest goes first */
    FRONT_LINK_BYTES = 4 << 20,   /* messages waiting for a stalled process */
    FRONT_NODES_BYTES = 64 << 20, /* and for the connections to other nodes */
};

/* A channel to another process, with what waits while it is full. */
struct link_item {
    struct link_item *next;
    int fd;                     /* passed along, or -1 */
    struct ipc_message message; /* only its own size is kept */
};

struct front;

struct link {
    struct front *front;
    enum ipc_party party;
    uint32_t index;
    int fd; /* -1: none */
    uv_poll_t *poll;
    struct link_item *first, *last;
    size_t waiting;
};

/* What a hello said, kept while the store is asked. */
struct hello {
    uint32_t number;
    uint64_t at_ms; /* by uv_now: when it came */
    char meeting[LIMIT_MEETING_ID + 1];
    uint8_t access[32], host[32];
    bool has_host, has_resume;
    uint8_t decodes; /* as meet_join.decodes */
    uint8_t participant[LIMIT_PARTICIPANT];
    char passcode[LIMIT_PASSCODE + 1];
    bool has_proved;
    uint8_t proved[SAFE_HASH]; /* the digest that was right when it was asked for */
    uint8_t personal[32];
    uint8_t again[32]; /* hash */
    bool has_passcode, has_personal, has_again, bot;
};

/* Whose answer waits for its moment, front_stranger.c. */
struct stranger {
    uint64_t session, due_ms;
    enum signal_set_reason reason;
};

/* A meeting whose wrong passcodes are counted; what the store has may be a moment older. */
struct tried {
    char meeting[LIMIT_MEETING_ID + 1]; /* "" free */
    struct risk_attempts attempts;
};

/* What a reporter chose to attach, until it is delivered. */
struct report {
    uint8_t id[8];
    char meeting[LIMIT_MEETING_ID + 1];
    uint8_t by[LIMIT_PARTICIPANT], about[LIMIT_PARTICIPANT];
    int64_t at_ms;
    uint8_t kind;     /* enum signal_set_about */
    uint32_t franked; /* of the pieces: those that passed here as they say */
    uint32_t len;
    uint8_t bytes[]; /* words and pieces, each behind its length of two bytes */
};

/* Pieces of a commit and its Welcome, until group_commit says what they are. */
struct upload {
    uint8_t *bytes; /* *owned*; NULL while there are none */
    size_t len, cap;
    instant_us since;
    int64_t tokens; /* bytes that may still come */
    instant_us tokens_at;
};

/* A transport that was asked for right behind the hello, before its answer. */
struct early {
    uint32_t number;
    uint8_t dir; /* SIGNAL_dir */
};

struct session {
    uint64_t number; /* of its WebSocket, and of the meeting core's session */
    instant_us opened;
    bool joined;
    struct hello *hello; /* *owned*; NULL unless the store is being asked */
    uint8_t shown[32];   /* resume token that the client has */
    uint8_t fresh[32];   /* and the one it gets if that is worth nothing */
    struct early early[FRONT_EARLY];
    uint8_t earlies;
    struct ipc_addr local;
    char tag[PII_TAG_TEXT + 1]; /* of its address, for logs */
    /* Of one that is passed between nodes: the way that it takes, and its number there. */
    uint32_t way, there;           /* 0: none */
    bool ended;                    /* it takes and says nothing more, and is closed soon */
    char cookie[FRAME_COOKIE + 1]; /* that its WebSocket came with */
    int64_t tokens;                /* thousandths of a message */
    instant_us tokens_at;
    uint32_t over_rate;
    struct upload upload;
    uint8_t file_token[32];
    bool has_file_token;
    uint32_t member; /* once joined */
    uint8_t participant[LIMIT_PARTICIPANT];
    const struct ipc_meeting *meeting; /* the row, *borrowed* while its hello is judged */
    enum person_state { PERSON_NONE, PERSON_ASKED, PERSON_LOST, PERSON_KNOWN } person_state;
    struct person *person; /* *owned*; of PERSON_KNOWN: who signed in */
};

enum ask_kind {
    ASK_NONE,
    ASK_HELLO,
    ASK_POST,
    ASK_CONTROL,
    ASK_END,
    ASK_SAFE,
    ASK_BLOCK,
    ASK_CHANGE,
    ASK_SHOW,
    ASK_FINISH,
    ASK_USAGE,
    ASK_API /* a meeting that an organisation's program makes */
};

/* One question to the store. number: the session's, call's or line's. */
struct ask {
    enum ask_kind kind;
    uint32_t request;
    uint64_t number;
    instant_us since;
    char meeting[LIMIT_MEETING_ID + 1];
    struct block_wish *block; /* *owned*; of ASK_BLOCK */
};

/* What a host wants changed, while the store is asked. */
struct change {
    bool used;
    uint32_t request;
    uint64_t order;
    char meeting[LIMIT_MEETING_ID + 1];
    struct meet_command command; /* of those that borrow nothing */
};

/* What an operator wants blocked, while the store is asked. */
struct block_wish {
    bool one, on;
    enum safe_feature feature;
    uint8_t participant[LIMIT_PARTICIPANT];
    char why[LIMIT_BLOCK_WHY + 1];
};

struct front_counts {
    uint64_t messages[SIGNAL_TYPE_COUNT_];
    uint64_t refusals[SIGNAL_reason_COUNT_];
    uint64_t broken; /* messages that ended their connection */
    uint64_t hello_late, over_rate, stray, stray_lost, media_messages, media_lost, media_restarts;
    uint64_t passcodes, passcodes_wrong, passcodes_spent, passcodes_full, reports, blocks;
    uint64_t meetings_created, resumed, commits, reopened;
};

/* A file of a meeting: ciphertext under a number that nobody guesses. */
struct kept_file {
    struct kept_file *next;
    uint8_t id[16];
    uint32_t room, owner; /* member */
    instant_us since;
    size_t len;
    uint8_t bytes[];
};

struct files_kept {
    struct kept_file *first; /* newest first */
    size_t bytes;
};

struct front_stats {
    bool fresh;
    uint32_t count;
    uint64_t value[IPC_STATS_MAX];
};

struct desk;
struct json_t;
struct usage;
struct usage_members;
struct hook_watch;
struct pass;
struct lists;

struct front {
    uv_loop_t loop;
    uv_timer_t tick, wake, metrics_timer, stranger_timer;
    uint64_t ticks;
    bool listens;
    struct ipc_role_start start;
    struct web_static files;
    struct web_handlers handlers;
    struct web *web;
    struct sniff *sniff;
    struct line *metrics, *control;
    struct meet *meet;
    struct desk *desk; /* accounts, front_account.h */
    struct usage *usage;
    struct usage_members *usage_members;
    struct hook_watch *hook_watch; /* NULL: webhooks are off */

    struct lists *lists; /* of data centres, front_list.h; NULL: a machine for itself */
    struct pass *pass;   /* NULL: a machine for itself */

    struct link supervisor, store, fetch, hooks, nodes, media[LIMIT_MEDIA_PROCESSES];
    uint8_t fingerprint[LIMIT_MEDIA_PROCESSES][32];
    bool media_up[LIMIT_MEDIA_PROCESSES];

    struct ipc_track_open *opened; /* *owned*: of each track by its place, for later mirrors */

    struct map sessions;
    struct map_cell session_cells[4 * LIMIT_CONNECTIONS];
    struct ask asks[FRONT_ASKS];
    struct change changes[FRONT_CHANGES];
    uint64_t n_changes, stored; /* so far; records given to the store */
    uint32_t next_request;
    int64_t create_tokens;
    instant_us create_at;

    struct ipc_addr address[FRONT_ADDRESSES]; /* of this machine, loopback last */
    uint32_t addresses;
    uint8_t pii_key[32];
    uint8_t frank_key[32]; /* marks messages that pass, for reports */
    struct worker *worker;
    struct tried tried[FRONT_TRIED];
    struct stranger stranger[LIMIT_CONNECTIONS];
    uint32_t strangers;
    struct report *report[FRONT_REPORTS]; /* *owned* */
    uint32_t reports;

    /* The request whose effects are being carried out, and what they made up on the way. */
    const struct signal_request *request;
    struct session *sender;
    struct signal_ice ice;

    size_t upload_bytes;
    struct files_kept files_kept;
    struct front_counts counts;
    struct front_stats stats[LIMIT_MEDIA_PROCESSES];
    uint64_t metrics_asker;
    uint32_t metrics_nonce;

    struct signal_member_info roster[LIMIT_ROOM_PEERS];
    struct signal_track_info roster_tracks[LIMIT_ROOM_PEERS][LIMIT_PEER_TRACKS];
    struct signal_group_candidate candidates[LIMIT_GROUP_BATCH];
    struct signal_participant_ref gone[LIMIT_GROUP_BATCH];
    uint8_t out[FRONT_OUT];
};

/* role_front.c */
void front_log(const char *event, const char *key, const char *value);
/* People are let in: when the first media process is there, or has not come in time. */
void front_listen(struct front *f, const char *why);
int64_t front_unix_ms(void);

/* front_session.c */
void session_opened(void *front, uint64_t number, int fd);
void session_message(void *front, uint64_t number, struct span text);
void session_closed(void *front, uint64_t number);
/* A new one, not yet on any WebSocket; NULL: no memory. */
struct session *session_begin(struct front *f, uint64_t number);
struct session *session_find(struct front *f, uint64_t number);
/* The connection of a member that the core speaks of; NULL: it is away. */
const struct session *session_of_member(const struct front *f, uint32_t member);
/* The store's answer to a hello; NULL when there is none. */
void session_row(struct front *f, uint64_t number, const struct ipc_meeting_row *row);
void session_tick(struct front *f, instant_us now);
void session_refuse(struct front *f, uint64_t number, uint32_t n, enum signal_set_reason reason,
                    const char *field);

/* The hello's proofs are right: it becomes a command. */
void session_enter(struct front *f, struct session *s, const struct ipc_meeting *row,
                   const struct safe *safe);
void session_end_hello(struct front *f, struct session *s, enum signal_set_reason reason);
/* Says so at a moment that tells nothing of why. front_stranger.c */
void stranger_refuse(struct front *f, struct session *s, enum signal_set_reason reason);
/* Asks the store for the meeting of the session's hello. */
void session_ask(struct front *f, struct session *s);

/* front_rules.c: what protects a meeting, as messages */
/* False: not one of these requests. */
bool rules_command(struct meet_command *c, const struct signal_message *m);
/* Replies and events about it; false: another one's. */
bool rules_effect(struct front *f, const struct meet_effect *e);
void rules_settings(const struct settings *s, struct signal_settings *out);
void rules_store(struct front *f, const char *meeting, const struct safe *safe);
/* The same for a question that is open; false: there is no store. */
bool rules_store_as(struct front *f, uint32_t request, const char *meeting,
                    const struct safe *safe);
/* front_change.c: true when the change waits for the store, or has been refused. */
bool change_take(struct front *f, const struct meet_command *command);
void change_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row);
void rules_store_attempts(struct front *f, const char *meeting, const struct risk_attempts *a);
/* What the store's row says, or what a meeting without one begins with. ERR_MALFORMED. */
enum err rules_of_row(const struct ipc_meeting *row, struct safe *out);
/* An operator's, over the control socket: answered now, or when the store has said. */
void rules_block(struct front *f, uint64_t number, const struct block_wish *w, const char *meeting);
void rules_block_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row);

/* front_passcode.c: digests on the worker thread, and the budget of wrong ones */
/* Compares the hello's passcode and goes on with session_enter, or refuses. `row` NULL, or not to
 * be known to this client: the same work, and the same refusal. */
void passcode_try(struct front *f, struct session *s, const struct ipc_meeting *row,
                  const struct safe *safe);
/* A host's request: answered when it is done. */
void passcode_set(struct front *f, struct session *s, const struct signal_message *m);
/* A new meeting's: `put` is called with the digest in the meeting's record. False: try later. */
bool passcode_create(struct front *f, const struct ipc_meeting *meeting, const char *text,
                     enum ask_kind kind, uint64_t number);

/* front_report.c */
void report_take(struct front *f, const struct meet_effect *e);
/* The mark of a message that passes: who sent it, when, and what they bound themselves to. */
struct frank {
    const char *meeting;
    const uint8_t *participant;
    uint32_t at_s;
    const uint8_t *commitment; /* 32 bytes */
};
void report_frank(const struct front *f, const struct frank *q, uint8_t out[32]);

/* front_effect.c */
extern const enum signal_set_reason front_reasons[];
/* Gives the core one command and carries out all its effects. */
void front_input(struct front *f, const struct meet_command *c);
void front_send(struct front *f, uint64_t number, const struct signal_message *m);
/* The bit of meet_join.decodes for a codec of signal.def; 0 for opus and VP8, which all have. */
uint8_t front_codec_bit(uint8_t codec);
/* What the server can do, as JSON in mediasoup's vocabulary; the codec named first is the usual
 * one. */
extern const char front_capabilities[];

void front_roster(struct front *f, uint64_t session, uint32_t *n,
                  const struct signal_member_info **out);
/* To everyone that the event is for. */
void front_send_audience(struct front *f, const struct meet_effect *e,
                         const struct signal_message *m);

/* front_group.c */
/* Requests about the group: fills the command in, or answers itself and returns false. */
struct group_lists {
    uint32_t joins[LIMIT_GROUP_BATCH];
    struct span gone[LIMIT_GROUP_BATCH];
};
bool front_group_command(struct front *f, struct session *s, const struct signal_message *m,
                         struct meet_command *c, struct group_lists *lists);
/* After the command's effects: an upload that became a commit, or failed to, is dropped. */
void front_group_carried(struct front *f, struct session *s, const struct meet_command *c);
void front_group_event(struct front *f, const struct meet_effect *e);
void upload_drop(struct front *f, struct session *s);
/* What a piece costs besides its message; false: more than this session's share. */
bool upload_take_share(struct session *s, size_t bytes, instant_us now);

/* front_file.c: the web server's handlers for files, see io/web.h */
/* Makes the session's token at its first call; false: no randomness. */
bool files_token(struct session *s);
unsigned files_check(void *front, const struct web_file_ask *q, size_t len);
void files_put(void *front, uint64_t call, const struct web_file_ask *q, struct span body);
void files_get(void *front, uint64_t call, const struct web_file_ask *q);
/* Of a meeting that is over. */
void files_drop(struct front *f, uint32_t room);
/* Those older than FRONT_FILE_S. */
void files_expire(struct front *f, instant_us now);

/* front_person.c: who of a meeting's people has an account, and what that one may not do */
/* The session is not asked for its row before it is known whose it is. */
bool person_is_asked(const struct session *s);
/* Whether that account may enter no meeting. */
bool person_may_not_join(const struct session *s);
/* Right after it joined. */
void person_joined(struct front *f, const struct session *s);
void person_drop(struct session *s);

/* NULL: a guest. ACCOUNT_ID bytes, *borrowed*. */
const uint8_t *person_account(const struct session *s);

/* front_usage.c: figures of days (docs/usage.md) */
bool usage_open(struct front *f);
/* An effect of the meeting core that lets somebody in or out; others change nothing. */
void usage_effect(struct front *f, const struct meet_effect *e);
void usage_tick(struct front *f);
/* An operator's question on the control socket, and the store's answer (NULL: none). */
void usage_list(struct front *f, uint64_t number, int64_t after_ms);
void usage_rows(struct front *f, const struct ask *a, const struct ipc_usage_rows *rows);

/* front_usage_members.c: the same for organisations; NULL without memory. account: ACCOUNT_ID bytes
 */
struct usage_members *usage_members_open(void);
void usage_members_enter(struct front *f, const uint8_t *account, bool first, int64_t now_ms);
void usage_members_tick(struct front *f);
uint64_t usage_members_lost(const struct front *f);

/* front_hooks.c: what webhooks are told of (decision 0031) */
bool hooks_open(struct front *f);
/* An effect of the meeting core that begins or ends a meeting; others change nothing. */
void hooks_effect(struct front *f, const struct meet_effect *e);
/* A meeting was made, or one that did not run was ended. */
void hooks_made(struct front *f, const char *meeting);
void hooks_ended(struct front *f, const char *meeting);
void hooks_counts(struct front *f, const struct ipc_hook_counts *c);
/* Counters for /metrics, by index; NULL at the end. */
const char *hooks_metric(const struct front *f, unsigned index, uint64_t *value);

/* front_link.c */
void link_attach(struct front *f, enum ipc_party party, uint32_t index, int fd);
/* Queues when full. False: no such process now, or too much waits; pass_fd is then still the
 * caller's, else it is the link's. */
bool link_send(struct link *l, const struct ipc_message *m, int pass_fd);
/* 0 when no question can be asked now. */
uint32_t ask_open(struct front *f, enum ask_kind kind, uint64_t number);
void ask_tick(struct front *f, instant_us now);
bool ask_meeting_get(struct front *f, uint32_t request, const char *id);
void front_stun(void *front, int fd, struct span datagram);

/* front_api.c */
void api_post(void *front, uint64_t call, struct span body);
void api_control(void *front, uint64_t number, struct span line);
void api_metrics(void *front, uint64_t number, struct span head);
/* `answer` is a json_t, *owned*. */
void api_answer_object(struct front *f, uint64_t number, struct json_t *answer);
void api_answer_control(struct front *f, uint64_t number, const char *refusal);
/* False: try again later. */
bool api_put_meeting(struct front *f, const struct ipc_meeting *meeting, enum ask_kind kind,
                     uint64_t number);
/* An object that is exactly a meeting to be made; passcode: "" for none. False: it breaks a rule.
 */
bool api_meeting_read(struct json_t *object, struct ipc_meeting *out,
                      char passcode[LIMIT_PASSCODE + 1]);
/* api_put_meeting, once the passcode's digest is made. */
bool api_make_meeting(struct front *f, const struct ipc_meeting *meeting, const char *passcode,
                      enum ask_kind kind, uint64_t number);
/* {"error":"prefix",...}: ids of meetings begin with another data centre here. Its length. */
enum { API_PREFIX = 64 };
size_t api_prefix_words(const char *prefix, char out[API_PREFIX]);
void api_not_put(struct front *f, enum ask_kind kind, uint64_t number);
void api_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row);
void api_stats(struct front *f, const struct ipc_stats *s);
/* "https://host:port" as people reach us by default. */
void api_base_url(const struct front *f, char *out, size_t cap);

/* front_meetings.c: an operator's questions, each answered on the control socket */
void meetings_list(struct front *f, uint64_t number, const char *after);
void meetings_show(struct front *f, uint64_t number, const char *id);
void meetings_end(struct front *f, uint64_t number, const char *id);
/* Whether it runs. */
bool meetings_live(const struct front *f, const char *id);
/* One that runs is over at once; what ended it is logged. */
void meetings_end_live(struct front *f, const char *id, const char *event);
/* The store's answer to one of them; NULL when there is none. */
void meetings_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row);

/* front_address.c */
void address_collect(struct front *f);
void address_of_socket(int fd, struct ipc_addr *local, struct ipc_addr *remote);
/* For a client that came over another node: the address that we would name first. */
void address_default(const struct front *f, struct ipc_addr *out);
/* Candidates for a client, best first. */
uint32_t address_candidates(const struct front *f, const struct ipc_addr *client_sees,
                            struct signal_candidate *out, uint32_t cap);
/* out holds at least 46 characters. */
void address_text(const struct ipc_addr *a, char *out);

#endif
