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
#include "meet/meet.h"
#include "proto/ipc.h"
#include "proto/signal.h"

enum {
    FRONT_TICK_MS = 500,
    FRONT_HELLO_US = 5 * 1000000, /* from open WebSocket to hello (attack A18) */
    FRONT_BURST = 200,            /* messages a client may send at once */
    FRONT_RATE = 50,              /* and then a second */
    FRONT_ASKS = 1024,            /* questions to the store under way */
    FRONT_ASK_US = 5 * 1000000,
    FRONT_CREATES = 30, /* meetings created over HTTP at once, then one a second */
    FRONT_ADDRESSES = 32,
    FRONT_OUT = 3 << 19,            /* bytes of the largest message: a Welcome to a large group */
    FRONT_UPLOADS = 64 << 20,       /* bytes of uploads under way, of all sessions */
    FRONT_UPLOAD_US = 30 * 1000000, /* an upload that no commit followed is dropped */
    FRONT_UPLOAD_BURST = 2 * LIMIT_GROUP_UPLOAD, /* bytes a session may upload at once */
    FRONT_UPLOAD_RATE = 256 << 10,               /* and then a second */
    FRONT_FILE_S = 12 * 3600,                    /* a file is kept so long at most */
    FRONT_PAGES = 1 << 15,      /* of 4 KiB: commit logs and key packages of all meetings */
    FRONT_LINK_BYTES = 4 << 20, /* messages waiting for a stalled process */
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
    char meeting[LIMIT_MEETING_ID + 1];
    uint8_t access[32], host[32];
    bool has_host, has_resume;
    uint8_t participant[LIMIT_PARTICIPANT];
};

/* Pieces of a commit and its Welcome, until group_commit says what they are. */
struct upload {
    uint8_t *bytes; /* *owned*; NULL while there are none */
    size_t len, cap;
    instant_us since;
    int64_t tokens; /* bytes that may still come */
    instant_us tokens_at;
};

struct session {
    uint64_t number; /* of its WebSocket, and of the meeting core's session */
    instant_us opened;
    bool joined;
    struct hello *hello; /* *owned*; NULL unless the store is being asked */
    uint8_t shown[32];   /* resume token that the client has */
    uint8_t fresh[32];   /* and the one it gets if that is worth nothing */
    struct ipc_addr local;
    char tag[PII_TAG_TEXT + 1]; /* of its address, for logs */
    int64_t tokens;             /* thousandths of a message */
    instant_us tokens_at;
    uint32_t over_rate;
    struct upload upload;
    uint8_t file_token[32];
    bool has_file_token;
    uint32_t member;                   /* once joined */
    const struct ipc_meeting *meeting; /* the row, *borrowed* while its hello is judged */
};

enum ask_kind { ASK_NONE, ASK_HELLO, ASK_POST, ASK_CONTROL, ASK_END };

/* One question to the store. number: the session's, call's or line's. */
struct ask {
    enum ask_kind kind;
    uint32_t request;
    uint64_t number;
    instant_us since;
    char meeting[LIMIT_MEETING_ID + 1];
};

struct front_counts {
    uint64_t messages[SIGNAL_TYPE_COUNT_];
    uint64_t refusals[SIGNAL_reason_COUNT_];
    uint64_t broken; /* messages that ended their connection */
    uint64_t hello_late, over_rate, stray, stray_lost, media_messages, media_lost, media_restarts;
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

struct front {
    uv_loop_t loop;
    uv_timer_t tick, wake, metrics_timer;
    uint64_t ticks;
    struct ipc_role_start start;
    struct web_static files;
    struct web_handlers handlers;
    struct web *web;
    struct sniff *sniff;
    struct line *metrics, *control;
    struct meet *meet;

    struct link supervisor, store, media[LIMIT_MEDIA_PROCESSES];
    uint8_t fingerprint[LIMIT_MEDIA_PROCESSES][32];
    bool media_up[LIMIT_MEDIA_PROCESSES];

    struct map sessions;
    struct map_cell session_cells[4 * LIMIT_CONNECTIONS];
    struct ask asks[FRONT_ASKS];
    uint32_t next_request;
    int64_t create_tokens;
    instant_us create_at;

    struct ipc_addr address[FRONT_ADDRESSES]; /* of this machine, loopback last */
    uint32_t addresses;
    uint8_t pii_key[32];

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
int64_t front_unix_ms(void);

/* front_session.c */
void session_opened(void *front, uint64_t number, int fd);
void session_message(void *front, uint64_t number, struct span text);
void session_closed(void *front, uint64_t number);
struct session *session_find(struct front *f, uint64_t number);
/* The store's answer to a hello; NULL when there is none. */
void session_row(struct front *f, uint64_t number, const struct ipc_meeting_row *row);
void session_tick(struct front *f, instant_us now);
void session_refuse(struct front *f, uint64_t number, uint32_t n, enum signal_set_reason reason,
                    const char *field);

/* front_effect.c */
/* Gives the core one command and carries out all its effects. */
void front_input(struct front *f, const struct meet_command *c);
void front_send(struct front *f, uint64_t number, const struct signal_message *m);

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
void api_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row);
void api_stats(struct front *f, const struct ipc_stats *s);

/* front_address.c */
void address_collect(struct front *f);
void address_of_socket(int fd, struct ipc_addr *local, struct ipc_addr *remote);
/* Candidates for a client, best first. */
uint32_t address_candidates(const struct front *f, const struct ipc_addr *client_sees,
                            struct signal_candidate *out, uint32_t cap);
/* out holds at least 46 characters. */
void address_text(const struct ipc_addr *a, char *out);

#endif
