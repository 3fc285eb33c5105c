/* Messages between our own processes, over SOCK_SEQPACKET, one fixed-size struct a message.
 * knows: shapes and directions. knows not: sockets. owns: nothing.
 * Ids of rooms, peers, transports, tracks and subscriptions are chosen by front, unique for its
 * life time, never 0. A receiver trusts no field: lengths and enums are checked by ipc_check. */
#ifndef PROTO_IPC_H
#define PROTO_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limit.h"

enum ipc_party {
    IPC_SUPERVISOR = 1,
    IPC_FRONT = 2,
    IPC_MEDIA = 4,
    IPC_STORE = 8,
    IPC_FETCH = 16,
    IPC_HOOKS = 32,
    IPC_NODES = 64,
    IPC_ANY = 127
};

enum ipc_type {
    IPC_NONE_,
#define IPC(name, from, to, body) IPC_##name,
#include "proto/ipc.def"
#undef IPC
    IPC_TYPE_COUNT_
};

enum ipc_kind { IPC_AUDIO, IPC_VIDEO, IPC_KIND_COUNT_ };

enum ipc_codec { IPC_OPUS, IPC_VP8, IPC_VP9, IPC_AV1, IPC_H264, IPC_CODEC_COUNT_ };

enum ipc_priority { IPC_NORMAL, IPC_LARGE, IPC_PINNED_SCREEN, IPC_PRIORITY_COUNT_ };

enum ipc_source { IPC_MIC, IPC_CAMERA, IPC_SCREEN, IPC_SCREEN_AUDIO, IPC_SOURCE_COUNT_ };

/* Header extensions that we understand; an id of 0 means that the peer did not negotiate it. */
enum ipc_ext {
    IPC_EXT_MID,
    IPC_EXT_RID,
    IPC_EXT_RRID,
    IPC_EXT_ABS_SEND_TIME,
    IPC_EXT_TWCC,
    IPC_EXT_AUDIO_LEVEL,
    IPC_EXT_ORIENTATION,
    IPC_EXT_DEPENDENCY,
    IPC_EXT_COUNT_
};

enum ipc_state { IPC_STATE_CONNECTED, IPC_STATE_FAILED, IPC_STATE_CLOSED, IPC_STATE_COUNT_ };

enum {
    IPC_UFRAG_MAX = 16, /* characters, zero-terminated in [IPC_UFRAG_MAX + 1] */
    IPC_PWD_MAX = 32,
    IPC_MID_MAX = 15,
    IPC_LEVELS_MAX = 32,
    IPC_STRAY_MAX = 600, /* bytes of a STUN request that is passed on */
    IPC_STATS_MAX = 160,
    IPC_PATH_MAX = 255,
    IPC_DATABASE_MAX = 500,
    IPC_CENTRE_MAX = 11, /* characters of a running data centre's id: it begins meetings' ids */
    IPC_NODE_PART_MAX = 4000, /* bytes of a piece of a message between nodes */
    IPC_PEERS_MAX = 32,       /* other nodes that one connects to */
    IPC_EMBED_MAX = 1000,     /* origins that may frame the client, a blank between them */
    IPC_USAGE_MAX = 16,       /* days of one answer */
    IPC_ENTRIES = 32,         /* into meetings, of one message */
    IPC_ACCOUNT_MAX = 1024,   /* bytes of a question about accounts, or of a row */
    IPC_WHOSE = 16,           /* bytes of an account's or organisation's id */
    IPC_URL_MAX = 255,
    IPC_FORM_MAX = 1023,
    IPC_FETCH_PART_MAX = 1024, /* bytes of an answer go in parts */
    IPC_HOOK_EVENTS = 3,       /* created, started, ended */
    IPC_HOOK_FAILURES = 20,    /* deliveries given up in a row: then it is left alone */
};

/* An address and port; family 4 or 6, address in network order in the first 4 or 16 bytes. */
struct ipc_addr {
    uint8_t family;
    uint8_t ip[16];
    uint16_t port;
};

struct ipc_media_hello {
    uint32_t index; /* which media process, 0 .. LIMIT_MEDIA_PROCESSES - 1 */
    uint32_t pid;
    uint8_t fingerprint[32]; /* SHA-256 of this process's DTLS certificate */
};

/* How much of its time a media process works, when that changed. */
struct ipc_media_busy {
    uint8_t percent;
};

struct ipc_reset {
    uint32_t nonce; /* STATS answers carry it back */
};

struct ipc_room {
    uint32_t room;
};

/* The media processes that a room is spread over. It stays in those that it had. */
struct ipc_room_spread {
    uint32_t room;
    uint32_t home;   /* which of them chooses the voices */
    uint32_t epoch;  /* counts the changes */
    uint64_t spread; /* bit i: process i */
};

struct ipc_peer {
    uint32_t room, peer;
};

struct ipc_transport {
    uint32_t transport;
};

/* ufrag and pwd are the server's own; the first two characters of ufrag are the media process's
 * index in lower-case hexadecimal, so that a stray packet finds its process. */
struct ipc_transport_open {
    uint32_t peer, transport;
    char ufrag[IPC_UFRAG_MAX + 1];
    char pwd[IPC_PWD_MAX + 1];
};

struct ipc_transport_connect {
    uint32_t transport;
    uint8_t fingerprint[32]; /* SHA-256 of the peer's certificate, as signalled */
};

struct ipc_transport_state {
    uint32_t transport;
    uint8_t state;  /* enum ipc_state */
    uint8_t reason; /* enum err */
};

struct ipc_encoding {
    uint32_t ssrc;          /* 0: learnt from mid + rid */
    uint32_t rtx_ssrc;      /* 0: none, or learnt from mid + rrid */
    uint16_t width, height; /* largest, as the publisher says; 0: not said */
    char rid[IPC_MID_MAX + 1];
};

struct ipc_track_open {
    uint32_t peer, transport, track;
    uint8_t kind, source; /* enum ipc_kind, enum ipc_source */
    uint8_t paused;
    uint8_t pt, rtx_pt;          /* as the publisher sends them; rtx_pt 0: none */
    uint8_t encodings;           /* 1 .. LIMIT_TRACK_ENCODINGS, lowest resolution first */
    uint8_t codec;               /* enum ipc_codec */
    uint8_t spatial, temporal;   /* layers inside one encoding; 0 or 1: none */
    uint8_t ext[IPC_EXT_COUNT_]; /* ids as the publisher sends them */
    char mid[IPC_MID_MAX + 1];
    struct ipc_encoding encoding[LIMIT_TRACK_ENCODINGS];
};

/* A track whose publisher is in another process, which hands its packets on. */
struct ipc_mirror_open {
    struct ipc_track_open track; /* as its home was told */
    uint32_t home;               /* media process */
};

struct ipc_track {
    uint32_t track;
};

struct ipc_track_set {
    uint32_t track;
    uint8_t paused;
};

struct ipc_subscription_open {
    uint32_t transport, track, subscription;
    uint8_t slot;            /* 0: of `track`; n: the n-th of the room's voices, `track` is 0 */
    uint32_t ssrc, rtx_ssrc; /* as the receiver sees them; rtx_ssrc 0: none */
    uint8_t pt, rtx_pt;
    uint8_t ext[IPC_EXT_COUNT_]; /* ids as the receiver expects them */
    char mid[IPC_MID_MAX + 1];
};

struct ipc_subscription {
    uint32_t subscription;
};

struct ipc_subscription_set {
    uint32_t subscription;
    uint8_t paused;
    uint8_t layer;          /* highest layer wanted */
    uint8_t priority;       /* enum ipc_priority */
    uint16_t width, height; /* of the tile, device pixels; 0: not said, so as large as there is */
};

struct ipc_subscription_layer {
    uint32_t subscription;
    uint8_t layer;
};

struct ipc_level {
    uint32_t track;
    uint8_t level; /* -dBov: 0 loudest, 127 silence (RFC 6464) */
};

struct ipc_levels {
    uint32_t room;
    uint32_t count;
    struct ipc_level level[IPC_LEVELS_MAX];
};

/* Who is heard in a slot of a room's voices from now on. */
struct ipc_voice {
    uint32_t room;
    uint32_t track; /* 0: nobody */
    uint8_t slot;   /* 0 .. LIMIT_VOICE_SLOTS - 1 */
};

struct ipc_track_wanted {
    uint32_t track;
    uint8_t layers; /* encodings wanted, from the lowest on; 0: none */
};

/* Carries one descriptor: a TCP connection whose first bytes are a framed STUN message, unread. */
struct ipc_tcp_socket {
    struct ipc_addr remote, local;
};

/* A STUN request that arrived at a process that does not own its ufrag. */
struct ipc_stray {
    uint32_t target; /* media process index */
    struct ipc_addr remote, local;
    uint16_t len;
    uint8_t bytes[IPC_STRAY_MAX];
};

/* Counters in the order of sfu/counter.def; meaning and names live there. */
struct ipc_stats {
    uint32_t index, nonce, count;
    uint64_t value[IPC_STATS_MAX];
};

/* A front message that media could not carry out. */
struct ipc_refused {
    uint32_t type;  /* enum ipc_type */
    uint32_t id;    /* the id of the thing that the message was about */
    uint8_t reason; /* enum err */
};

struct ipc_meeting {
    uint32_t request; /* echoed in MEETING_ROW */
    char id[LIMIT_MEETING_ID + 1];
    uint8_t access_hash[32];      /* SHA-256 of the access proof */
    uint8_t host_hash[32];        /* SHA-256 of the host proof */
    int64_t created_ms, ended_ms; /* Unix time; ended_ms 0: not ended */
    uint8_t waiting;              /* 1: it has a waiting room */
    uint16_t descriptor_len;
    uint8_t descriptor[LIMIT_DESCRIPTOR]; /* opaque: signed and checked by clients */
    uint32_t attempts;                    /* wrong passcodes, policy/risk.h */
    int64_t attempts_since_s;             /* Unix time */
    uint16_t safe_len;                    /* 0: nothing but `waiting` */
    uint8_t safe[LIMIT_SAFE];             /* what protects it: meet/safe.h */
    /* Whose program made it; zeros: nobody's. Not told in MEETING_ROW. */
    uint8_t organisation[IPC_WHOSE];
};

/* Replaces what protects a meeting, its attempts, or both. Answered by MEETING_ROW. */
struct ipc_meeting_safe {
    uint32_t request;
    char id[LIMIT_MEETING_ID + 1];
    uint8_t has_attempts;
    uint32_t attempts;
    int64_t attempts_since_s;
    uint16_t safe_len; /* 0: stays as it is */
    uint8_t safe[LIMIT_SAFE];
};

struct ipc_meeting_get {
    uint32_t request;
    char id[LIMIT_MEETING_ID + 1];
};

struct ipc_meeting_row {
    /* enum err: OK, NOT_FOUND, CONFLICT, IO, AGAIN (the database is away), BUSY (and too many
     * writes wait for it) */
    uint8_t result;
    struct ipc_meeting meeting;
};

/* A question about accounts: account/rows.h says what the bytes are, and judges them. */
struct ipc_account_ask {
    uint16_t len;
    uint8_t bytes[IPC_ACCOUNT_MAX];
};

/* One row of the answer, in order; result and more count in the last. */
struct ipc_account_row {
    uint32_t request;
    uint8_t result; /* enum err */
    uint8_t last;   /* 1: the answer is whole */
    uint8_t more;   /* 1: a list goes on after its last row */
    uint16_t len;   /* 0: there is no row here */
    uint8_t bytes[IPC_ACCOUNT_MAX];
};

/* A day of the server's figures (docs/usage.md); in USAGE_ADD: what is to be added to them. */
struct ipc_usage_day {
    int64_t day_ms;
    int64_t meetings, participants, guests, people, minutes;
    uint8_t flags; /* USAGE_* of account/usage.h */
};

/* Nobody waits for it: there is no answer. */
struct ipc_usage_add {
    struct ipc_usage_day day;
    uint8_t first; /* 1: of this run of front, of that day */
};

/* Entries of accounts into meetings, for the figures of the organisations that they are in. Nobody
 * waits for it: there is no answer, and nothing of an account is stored. */
struct ipc_usage_members {
    int64_t day_ms;
    int64_t run; /* random, of this run of front: who came is counted within one */
    uint8_t count;
    struct {
        uint8_t account[16];
        uint8_t first; /* 1: their first of the day that this run saw */
    } entry[IPC_ENTRIES];
};

/* Answered by USAGE_ROWS: days after that one, oldest first. */
struct ipc_usage_get {
    uint32_t request;
    int64_t after_ms;
};

struct ipc_usage_rows {
    uint32_t request;
    uint8_t result; /* enum err: OK, IO, AGAIN */
    uint8_t more;   /* 1: there are later days */
    uint8_t count;
    struct ipc_usage_day day[IPC_USAGE_MAX];
};

/* How people sign in. Empty texts: the default, or none. */
struct ipc_accounts {
    uint8_t sign_up;                    /* 1: whoever asks gets an account */
    char origin[201];                   /* of our pages, "https://meet.example.org" */
    char oidc_issuer[201];              /* of the identity provider, exactly as it names itself */
    char oidc_client[129];              /* our name there */
    char oidc_secret[IPC_PATH_MAX + 1]; /* the file with our password there */
    char oidc_alg[8];                   /* "RS256", "PS256" or "ES256" */
    char oidc_ca[IPC_PATH_MAX + 1];     /* the file of authorities for it alone */
    char oidc_internal[129];            /* the one host that may be at an internal address */
};

/* Webhooks (decision 0031). Empty texts: none. */
struct ipc_hooks {
    uint8_t on;                /* 1: organisations may have them */
    char ca[IPC_PATH_MAX + 1]; /* the file of authorities instead of the system's */
    char internal[129];        /* the one host:port that may be at an internal address */
};

/* A piece of the list of data centres in force, to be kept in the data folder. */
struct ipc_list_part {
    uint8_t first, last;
    uint16_t len;
    uint8_t bytes[IPC_NODE_PART_MAX];
};

/* Another node that this one connects to; zero-terminated. */
struct ipc_node_peer {
    char centre[IPC_CENTRE_MAX + 1]; /* its data centre: its certificate must say the same */
    struct ipc_addr at;
};

/* This node among the data centres (docs/wire/cells.md). Paths are absolute. */
struct ipc_cell {
    uint8_t on;         /* 0: one machine for itself, and the rest is zeros */
    uint8_t government; /* its realm, as its certificate says */
    char centre[IPC_CENTRE_MAX + 1], zone[33], node[33]; /* likewise */
    char key[IPC_PATH_MAX + 1], certificate[IPC_PATH_MAX + 1], authority[IPC_PATH_MAX + 1];
    char list[IPC_PATH_MAX + 1]; /* the newest list of data centres that the operator has */
    uint8_t root[32], list_key[32];
    uint32_t peers;
    struct ipc_node_peer peer[IPC_PEERS_MAX];
};

/* A connection to another node is there, or gone for good: its number is not used again. front that
 * says it is gone wants it ended. */
struct ipc_node_way {
    uint32_t way;                        /* from 1 on */
    uint8_t up, dialled;                 /* dialled: by this node, to pass sessions on */
    char centre[33], zone[33], node[33]; /* as the other's certificate says; "" when gone */
    uint8_t authority[32];               /* the key of its zone's authority */
};

/* A piece of what goes over such a connection (proto/frame.h). */
struct ipc_node_part {
    uint32_t way, session;
    uint8_t kind; /* enum frame_kind */
    uint8_t last;
    uint16_t len;
    uint8_t bytes[IPC_NODE_PART_MAX];
};

/* A meeting was made, or somebody was the first to enter it, or it was ended. */
struct ipc_hook_tell {
    uint8_t event; /* enum account_hook_event */
    char meeting[LIMIT_MEETING_ID + 1];
    int64_t at_s;
};

/* What one webhook is to be told. */
struct ipc_hook_due {
    uint8_t hook[IPC_WHOSE], organisation[IPC_WHOSE];
    char url[IPC_URL_MAX + 1];
    uint8_t key[32];
    uint8_t event;
    char name[65]; /* of the organisation */
    char meeting[LIMIT_MEETING_ID + 1];
    int64_t at_s;
};

/* It was removed: what waits for it is dropped. */
struct ipc_hook_gone {
    uint8_t hook[IPC_WHOSE];
};

/* A delivery was taken, or given up after the last attempt. */
struct ipc_hook_done {
    uint8_t hook[IPC_WHOSE];
    uint8_t taken;
};

/* So far, and how many wait; for /metrics. */
struct ipc_hook_counts {
    uint64_t taken, failed, given_up, dropped, refused, waiting;
};

/* A request to a host outside; an empty form: GET. */
struct ipc_fetch_ask {
    uint32_t request;
    char url[IPC_URL_MAX + 1];
    char form[IPC_FORM_MAX + 1];
};

/* The answer, in order and in parts; result and status stand in each. */
struct ipc_fetch_part {
    uint32_t request;
    uint8_t result; /* enum err */
    uint8_t last;
    uint16_t status, len;
    uint8_t bytes[IPC_FETCH_PART_MAX];
};

/* First message to a role, with the descriptors that the role's table in bin/ names. */
struct ipc_role_start {
    uint32_t index; /* of a media process */
    uint32_t media_count;
    uint32_t generation;   /* how often this role was started */
    uint8_t pin;           /* 1: a media process keeps to a core */
    uint32_t spread_after; /* members of a meeting in one media process; 0: it stays in one */
    struct ipc_addr listen;
    uint32_t public_count;
    struct ipc_addr public_addr[8];
    char data[IPC_PATH_MAX + 1]; /* the data folder, absolute */
    char web[IPC_PATH_MAX + 1];  /* the folder of the built web client, absolute */
    /* postgres://..., maybe with a password: store alone gets it. "": SQLite in the data folder */
    char database[IPC_DATABASE_MAX + 1];
    char embed[IPC_EMBED_MAX + 1]; /* for front; "": no page may frame the client */
    struct ipc_accounts accounts;
    struct ipc_hooks hooks;
    struct ipc_cell cell;
};

struct ipc_role_ready {
    uint32_t pid;
};

/* Between media processes there are two, so that video never stands before the rest. */
enum ipc_lane { IPC_LANE_URGENT, IPC_LANE_VIDEO, IPC_LANE_COUNT_ };

/* Carries one descriptor: a fresh SEQPACKET channel to `party` (index for media). It replaces the
 * former one: the process at its other end was restarted. */
struct ipc_channel {
    uint8_t party; /* enum ipc_party */
    uint8_t lane;  /* enum ipc_lane; URGENT towards front and store */
    uint32_t index;
};

struct ipc_message {
    uint32_t type; /* enum ipc_type */
    union {
#define IPC(name, from, to, body) struct ipc_##body name;
#include "proto/ipc.def"
#undef IPC
    } as;
};

/* Bytes on the wire of a message of this type (header and its own struct), 0 for an unknown type.
 */
uint32_t ipc_size(uint32_t type);
/* ERR_OK when the message, received by `to` from `from`, has its exact size, a known direction,
 * zero-terminated strings, and enums and counts in range; ERR_MALFORMED or ERR_FORBIDDEN otherwise.
 */
enum err ipc_check(const struct ipc_message *m, uint32_t len, enum ipc_party from,
                   enum ipc_party to);
/* "TRACK_OPEN" and so on; "unknown" outside the range. */
const char *ipc_name(uint32_t type);

#endif
