/* The meeting as a pure state machine: one command in, effects out.
 *
 *     meet_input(m, &command, now);
 *     while (meet_poll(m, &effect)) ...carry it out...;
 *     be back with MEET_TICK by meet_deadline(m)
 *
 * knows: meetings, members, transports, tracks, subscriptions, who owns which, who may do what; the
 * order of a group's commits. knows not: sockets, JSON, SRTP, codecs, MLS, names, clocks, proofs
 * (it gets "is a host" as a fact). owns: its state, carved from one block of the caller's memory;
 * no allocation afterwards.
 *
 * A client is known by its session, a number that the shell gave to its connection; a command never
 * names its sender (attack A22). Drain all effects after each input, before the next. */
#ifndef MEET_MEET_H
#define MEET_MEET_H

#include "base/instant.h"
#include "base/limit.h"
#include "base/span.h"
#include "meet/safe.h"

#define MEET_GRACE_US (30 * US_PER_S)    /* a lost connection may resume for this long */
#define MEET_KEPT_US (600 * US_PER_S)    /* so long a role waits for who has gone */
#define MEET_SPEAKERS_US (US_PER_S / 10) /* at most so often; media tells half as often */
#define MEET_BATCH_US US_PER_S           /* joins after a commit with joins wait so long */
#define MEET_ROUND_US (3 * US_PER_S / 2) /* a committer has so long, and up to MEET_JITTER_US */
#define MEET_JITTER_US (US_PER_S / 2)
#define MEET_CODECS_US (2 * US_PER_S) /* a codec that all have again is told after so long */
#define MEET_ADOPT_US                                                                              \
    (30 * US_PER_S) /* after a restart of ours, to come back to the same group                     \
                     */

enum {
    MEET_TOKEN = 32,
    MEET_PEER_TRANSPORTS = 4,
    MEET_LEVELS = 32,
    MEET_ROUNDS = 3,
    MEET_KEPT = 64
};
enum { MEET_CODECS = 8, MEET_CODECS_TURNS = 20 };

enum meet_role {
    MEET_PARTICIPANT,
    MEET_HOST,
    MEET_COHOST,
    MEET_PRESENTER,
    MEET_VIEWER,
    MEET_BOT,
    MEET_OWNER,
    MEET_ROLE_COUNT_
};
enum meet_dir { MEET_SEND, MEET_RECV, MEET_DIR_COUNT_ };
enum meet_kind { MEET_AUDIO, MEET_VIDEO, MEET_KIND_COUNT_ };
enum meet_source { MEET_MIC, MEET_CAMERA, MEET_SCREEN, MEET_SCREEN_AUDIO, MEET_SOURCE_COUNT_ };
enum meet_state { MEET_CONNECTED, MEET_FAILED, MEET_CLOSED };
enum meet_left { MEET_LEFT, MEET_LOST, MEET_REMOVED };
enum meet_end { MEET_END_HOST, MEET_END_REMOVED, MEET_END_SERVER, MEET_END_BLOCKED, MEET_END_LINK };
enum meet_cause { MEET_CAUSE_SET, MEET_CAUSE_SUSPEND, MEET_CAUSE_PASSCODE };
enum meet_risk { MEET_RISK_BURST, MEET_RISK_PASSCODE, MEET_RISK_LINK };
/* What a message of the group is, as its sender says; receivers drop one that is something else. */
enum meet_note { MEET_CHAT, MEET_REACTION, MEET_HAND, MEET_FILE, MEET_STATE_NOTE, MEET_BEAT };

enum meet_reason {
    MEET_OK,
    MEET_BAD,
    MEET_NOT_FOUND,
    MEET_FULL,
    MEET_FORBIDDEN,
    MEET_CONFLICT,
    MEET_LIMIT,
    MEET_BUSY,
    MEET_STATE,
    MEET_UNSUPPORTED,
    MEET_LOCKED,
    MEET_DISALLOWED, /* by the settings, or a host holds it: field */
    MEET_BLOCKED,    /* by the operator: field */
    MEET_FIXED,      /* an administrator keeps it: field */
};

enum meet_command_type {
    /* from a client's session */
    MEET_JOIN,
    MEET_TRANSPORT_OPEN,
    MEET_TRANSPORT_CONNECT,
    MEET_TRANSPORT_RESTART,
    MEET_TRANSPORT_CLOSE,
    MEET_PUBLISH,
    MEET_UNPUBLISH,
    MEET_TRACK_PAUSE,
    MEET_SUBSCRIBE,
    MEET_SUBSCRIPTION_SET,
    MEET_VOICES_OPEN,
    MEET_UNSUBSCRIBE,
    MEET_GROUP_CREATE,
    MEET_GROUP_JOIN,
    MEET_GROUP_RESUME,
    MEET_GROUP_PART, /* ok when the session may upload; the shell keeps the bytes */
    MEET_GROUP_COMMIT,
    MEET_GROUP_LOG,
    MEET_GROUP_INVALID,
    MEET_GROUP_MESSAGE,
    MEET_FILE_TOKEN,
    MEET_SETTINGS_SET,
    MEET_SUSPEND,
    MEET_MUTE,
    MEET_RELEASE,
    MEET_MUTE_ALL,
    MEET_ROLE_SET,
    MEET_PASSCODE_SET,
    MEET_LINK_ADD,
    MEET_LINK_DROP,
    MEET_LINKS,
    MEET_LINK_ROTATE,
    MEET_RECORD,
    MEET_REPORT, /* ok when the session may; the shell keeps the report and answers */
    MEET_REMOVE,
    MEET_END,
    MEET_LEAVE,
    MEET_PING,
    /* facts about the world */
    MEET_CONNECTION_LOST, /* of `session` */
    MEET_SERVER_END,      /* an operator ends as.end.meeting */
    MEET_BLOCK,           /* an operator blocks a feature: as.block */
    MEET_BLOCK_SESSION,   /* the same for the member of `session`, by the account they have */
    MEET_PASSCODE_TRIED,  /* of as.end.meeting: its budget of wrong passcodes is used up */
    MEET_MEDIA_UP,        /* a fresh media process as.media.index: it holds nothing yet */
    MEET_MEDIA_DOWN,
    MEET_MEDIA_BUSY,    /* as.media: how busy process from_media is */
    MEET_MEDIA_STATE,   /* as.state: of a transport */
    MEET_MEDIA_LAYER,   /* as.layer: of a subscription */
    MEET_MEDIA_LEVELS,  /* as.levels: of a room */
    MEET_MEDIA_VOICE,   /* as.voice: who is heard in a slot of a room */
    MEET_MEDIA_WANTED,  /* as.wanted: how many encodings of a track are */
    MEET_MEDIA_REFUSED, /* as.refused: media could not open it */
    MEET_TICK,
};

enum meet_thing { MEET_A_TRANSPORT, MEET_A_TRACK, MEET_A_SUBSCRIPTION };

struct meet_level {
    uint32_t id;   /* a track going in, a member coming out */
    uint8_t level; /* -dBov, 0 loudest */
};

/* Hashes of resume tokens, so that the token itself is not kept here. `resume` is the hash of the
 * one the client shows, `fresh` of the one it gets when it cannot resume. */
struct meet_join {
    char meeting[LIMIT_MEETING_ID + 1];
    enum meet_role role; /* as proven */
    /* What the store has of the meeting, *borrowed* for the input; NULL: nothing, so that it begins
     * with the default profile and `waiting_room`. Not looked at while the meeting runs. */
    const struct safe *safe;
    bool waiting_room;
    bool bot;         /* says that it is one: fewer rights */
    bool resume_only; /* its access proof was replaced by another */
    bool has_personal;
    uint8_t personal[SAFE_HASH]; /* SHA-256 of a personal link's token */
    bool has_resume;
    uint8_t resume[MEET_TOKEN], fresh[MEET_TOKEN];
    bool has_again; /* a page loaded anew: the token of its membership before, not to resume */
    uint8_t again[MEET_TOKEN];
    uint8_t participant[LIMIT_PARTICIPANT];
    uint8_t decodes; /* a bit for each codec that not everybody has; what it is, the shell knows */
};

/* What clients say about the group; all spans *borrowed* for the input and its effects. */
struct meet_group {
    struct span id;
    uint32_t epoch;
    struct span bytes;   /* key package, commit or message */
    struct span welcome; /* behind a commit */
    struct span proof;   /* 32 bytes: of a join */
    uint8_t hash[32];    /* SHA-256 of the commit made, or of the one reported */
    uint32_t to;         /* of a message; 0: all */
    enum meet_note note; /* of a message */
    const uint32_t *joins;
    const struct span *gone; /* participants */
    uint32_t n_joins, n_gone;
};

struct meet_command {
    enum meet_command_type type;
    uint64_t session;    /* never 0 for a client's command */
    uint32_t number;     /* of the request, for its reply */
    uint32_t from_media; /* the media process that says it; it speaks for its own meetings only */
    union {
        struct meet_join join;
        struct {
            enum meet_dir dir;
        } open;
        struct {
            uint32_t id; /* transport, track, subscription or member */
        } thing;
        struct {
            uint32_t transport;
            enum meet_kind kind;
            enum meet_source source;
            bool paused;
            uint8_t codec;     /* opaque here: told to those who subscribe */
            uint8_t needs;     /* bits of meet_join.decodes: who has them not cannot subscribe */
            uint32_t replaces; /* own track of this source, to be unpublished soon; 0 none */
        } publish;
        struct {
            uint32_t track;
            bool paused;
        } pause;
        struct {
            uint32_t transport, track;
        } subscribe;
        struct {
            uint32_t subscription;
            bool paused;
            uint8_t layer, priority;
            uint16_t width, height; /* of the tile, 0: not said */
        } set;
        struct {
            uint32_t transport;
            uint32_t slots; /* 1 .. LIMIT_VOICE_SLOTS */
        } voices;
        struct meet_group group;
        struct {
            char meeting[LIMIT_MEETING_ID + 1];
        } end;
        struct setting_change settings;
        struct {
            uint32_t member;
            enum meet_source source;
            bool hold;
        } mute;
        struct {
            uint32_t member;
            enum meet_role role;
        } role;
        struct {
            bool on;
            uint8_t salt[SAFE_SALT], hash[SAFE_HASH];
        } passcode;
        struct {
            uint8_t hash[SAFE_HASH]; /* of a token, or of an access proof */
        } link;
        struct {
            bool on;
        } record;
        struct {
            char meeting[LIMIT_MEETING_ID + 1];
            bool one; /* only this participant */
            uint8_t participant[LIMIT_PARTICIPANT];
            enum safe_feature feature;
            bool on;
            struct span why; /* *borrowed* */
        } block;
        struct {
            uint32_t index;
            uint8_t busy; /* percent */
        } media;
        struct {
            uint32_t transport;
            enum meet_state state;
        } state;
        struct {
            uint32_t subscription;
            uint8_t layer;
        } layer;
        struct {
            uint32_t room, count;
            const struct meet_level *level;
        } levels;
        struct {
            uint32_t room, track; /* track 0: nobody */
            uint8_t slot;
        } voice;
        struct {
            uint32_t track;
            uint8_t layers;
        } wanted;
        struct {
            enum meet_thing thing;
            uint32_t id;
        } refused;
    } as;
};

enum meet_effect_type {
    /* replies to `session` about request `number` */
    MEET_REPLY_OK,
    MEET_REPLY_REFUSED,    /* reason, field */
    MEET_REPLY_LINK_ADDED, /* count = the link's number */
    MEET_REPLY_LINKS,      /* the list by meet_link_next */
    MEET_REPLY_REPORT,     /* the session may report; nothing is answered yet */
    MEET_REPLY_WELCOME,    /* member, role, flag = resumed, waiting; roster by meet_roster_next */
    MEET_REPLY_TRANSPORT,
    MEET_REPLY_TRANSPORT_ICE,
    MEET_REPLY_PUBLISHED,
    MEET_REPLY_FILE_TOKEN, /* room */
    MEET_REPLY_VOICES,     /* count slots, their subscriptions from `subscription` on */
    MEET_REPLY_SUBSCRIBED, /* subscription, track, kind, source, owner = publishing member */
    /* events: to `session`, or when that is 0 to everyone of `room` but member `except`; see
     * meet_audience_next for those who wait and for those outside the group */
    MEET_EVENT_MEMBER_JOINED, /* member, role, bytes = participant */
    MEET_EVENT_MEMBER_LEFT,   /* member, left */
    MEET_EVENT_MEMBER_AWAY,   /* member, flag = away */
    MEET_EVENT_TRACK_OPENED,  /* member, track, kind, source, flag = paused */
    MEET_EVENT_TRACK_CLOSED,
    MEET_EVENT_TRACK_CHANGED, /* track, flag = paused */
    MEET_EVENT_CODECS,        /* codec = bits that all have */
    MEET_EVENT_ADMITTED,      /* the roster by meet_roster_next */
    MEET_EVENT_GROUP_STATE,   /* group, of length 0 when there is none; epoch */
    MEET_EVENT_GROUP_WANTED, /* group, epoch; the lists by meet_wanted_join_next and .._gone_next */
    MEET_EVENT_GROUP_COMMIT, /* group, epoch before it, member, bytes */
    MEET_EVENT_GROUP_WELCOME,  /* group, epoch after it, bytes */
    MEET_EVENT_GROUP_MESSAGE,  /* group, epoch, member, bytes */
    MEET_EVENT_GROUP_REOPENED, /* group, epoch */
    MEET_EVENT_SPEAKERS,       /* levels, count */
    MEET_EVENT_VOICE,          /* slot, member or 0; to those with slots */
    MEET_EVENT_TRACK_WANTED,   /* track, layer = how many */
    MEET_EVENT_TRANSPORT_STATE,
    MEET_EVENT_MEDIA_RESTARTED,
    MEET_EVENT_SUBSCRIPTION_CLOSED,
    MEET_EVENT_SUBSCRIPTION_LAYER,
    MEET_EVENT_SETTINGS,       /* left = cause, owner = by; by meet_settings_of */
    MEET_EVENT_ROLE,           /* member, role, owner = by */
    MEET_EVENT_MUTED,          /* source, track or 0, flag = hold, owner = by or 0 */
    MEET_EVENT_RELEASED,       /* source */
    MEET_EVENT_TRACKS_CHANGED, /* ids, count, flag = paused */
    MEET_EVENT_RECORDING,      /* member, flag = on */
    MEET_EVENT_AT_RISK,        /* to hosts: left = enum meet_risk, count, place = link, member */
    MEET_EVENT_BLOCKED,        /* kind = feature, flag = on, waiting = all, bytes = why */
    MEET_EVENT_ENDED,          /* end; then hang up the session */
    MEET_HANG_UP, /* session: flag = its member resumed on another connection, else it left */
    /* to media process `media` and those of `also`; closing a thing there closes what hangs on it
     */
    MEET_MEDIA_ROOM_OPEN,
    MEET_MEDIA_ROOM_CLOSE,  /* flag: the meeting goes on, its media begins anew */
    MEET_MEDIA_ROOM_SPREAD, /* home, epoch, spread */
    MEET_MEDIA_PEER_OPEN,
    MEET_MEDIA_PEER_CLOSE,
    MEET_MEDIA_TRANSPORT_OPEN,
    MEET_MEDIA_TRANSPORT_CONNECT,
    MEET_MEDIA_TRANSPORT_RESTART,
    MEET_MEDIA_TRANSPORT_CLOSE,
    MEET_MEDIA_TRACK_OPEN,
    MEET_MEDIA_MIRROR_OPEN, /* to `also` alone: a track of place `place`, its publisher in `media`
                             */
    MEET_MEDIA_TRACK_SET,
    MEET_MEDIA_TRACK_CLOSE,
    MEET_MEDIA_SUBSCRIPTION_OPEN, /* kind, source, codec, member, owner; or slot */
    MEET_MEDIA_SUBSCRIPTION_SET,
    MEET_MEDIA_SUBSCRIPTION_CLOSE,
    /* to the store */
    MEET_STORE_END,  /* bytes = id of the meeting */
    MEET_STORE_SAFE, /* bytes = id of the meeting, safe */
};

/* One thing for the shell to do. Spans and levels are borrowed until the next meet_input, the bytes
 * of GROUP_COMMIT until the next meet_poll. Media
 * effects that carry a client's parameters (TRACK_OPEN, TRANSPORT_CONNECT) come while the shell
 * still holds the request that caused them: the core never looks at codecs or keys. */
struct meet_effect {
    enum meet_effect_type type;
    uint64_t session;
    uint32_t number;
    uint32_t room, except, media;
    uint32_t member, owner, transport, track, subscription;
    uint64_t also;   /* further media processes, a bit each */
    uint64_t spread; /* all of the meeting */
    uint32_t home,
        place; /* a track's place is below meet_size.tracks, and its own while it lives */
    uint8_t kind, source, codec, role, reason, left, end, state, layer, priority;
    uint8_t slot; /* of voices: of a subscription from 1 on, 0 none; of an event from 0 on */
    uint16_t width, height;
    bool flag, waiting;
    uint32_t epoch;
    struct span group, bytes;
    struct {
        uint32_t index, generation, len;
    } stored; /* meet's own: where bytes lie until meet_poll puts them together */
    const struct meet_level *levels;
    const uint32_t *ids;
    uint32_t count;
    const char *field;       /* of a refusal, or NULL */
    const struct safe *safe; /* of a meeting, as it is now */
};

struct meet_size {
    uint32_t meetings, members, transports, tracks, subscriptions;
    uint32_t room_members; /* participants a meeting, at most LIMIT_ROOM_PEERS */
    uint32_t media;        /* media processes, at most LIMIT_MEDIA_PROCESSES */
    uint32_t spread_after; /* members of a meeting in one of them before it spreads; 0: never */
    uint32_t pages;        /* of 4 KiB, for commit logs and key packages; more than members */
};

struct meet;

/* Bytes that meet_init needs for this size. */
size_t meet_bytes(const struct meet_size *size);
/* `memory` is aligned for any type, meet_bytes long and outlives the core. seed: random. */
struct meet *meet_init(void *memory, const struct meet_size *size, uint64_t seed);

void meet_input(struct meet *m, const struct meet_command *in, instant_us now);
bool meet_poll(struct meet *m, struct meet_effect *out);
/* INSTANT_NEVER when there is nothing to wait for. */
instant_us meet_deadline(const struct meet *m);

/* The sessions that an event is for: call with *cursor = 0 first; false at the end. Members away
 * have no session and are skipped; those who wait hear of GROUP_STATE alone (attack A27); commits
 * and messages of the group go to those who are in it. */
bool meet_audience_next(const struct meet *m, const struct meet_effect *e, uint32_t *cursor,
                        uint64_t *session);

struct meet_track_view {
    uint32_t track;
    uint8_t kind, source;
    bool paused;
};

struct meet_member_view {
    uint32_t member;
    uint8_t role;
    struct span participant; /* borrowed until the next meet_input */
    uint32_t tracks;
    struct meet_track_view track[LIMIT_PEER_TRACKS];
};

/* The other members of a session's meeting, for its welcome; cursor as above. Nobody for one who
 * waits, and none of those who wait. */
bool meet_roster_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                      struct meet_member_view *out);

/* Someone to be added, and the participants to be removed, that GROUP_WANTED to this session is
 * about: at most LIMIT_GROUP_BATCH of each. Call with *cursor = 0 first. */
struct meet_candidate {
    uint32_t member;
    bool waiting;
    uint32_t link;                               /* the personal link that it came by, or 0 */
    struct span participant, key_package, proof; /* borrowed until the next meet_input */
};
bool meet_wanted_join_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                           struct meet_candidate *out);
bool meet_wanted_gone_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                           struct span *participant);

struct meet_group_view {
    struct span id; /* length 0: there is no group */
    uint32_t epoch;
};
struct meet_group_view meet_group_of(const struct meet *m, uint64_t session);
/* The id towards media of the session's meeting, which is also its name for files; 0 for a session
 * that has not joined or waits. */
uint32_t meet_room_of(const struct meet *m, uint64_t session);
/* The meeting's id, "" for a session that has not joined. */
const char *meet_meeting_of(const struct meet *m, uint64_t session);
/* What the session's meeting allows; NULL for one that has not joined or waits. */
const struct settings *meet_settings_of(const struct meet *m, uint64_t session);
/* The record of a meeting that runs, or NULL. */
const struct safe *meet_safe_of(const struct meet *m, const char *meeting);
/* Commands of clients that change the record; all of them borrow nothing. */
bool meet_changes_record(enum meet_command_type type);
/* The record as this one of them would leave it; false when it would be refused now. Nothing
 * changes: the shell stores it first. */
bool meet_would_change(const struct meet *m, const struct meet_command *in, struct safe *out);
/* Whether the session's member may do so now; NULL, or the field of a refusal in *field. */
enum meet_reason meet_may_set_passcode(const struct meet *m, uint64_t session, bool on,
                                       const char **field);
bool meet_may_share_files(const struct meet *m, uint64_t session);
/* Whether somebody away, or still connected, can be resumed with this token's hash. */
bool meet_is_resumable(const struct meet *m, const char *meeting, const uint8_t resume[MEET_TOKEN]);
struct meet_link_view {
    uint32_t link, member; /* member 0: nobody who is here */
    bool used;
};
bool meet_link_next(const struct meet *m, uint64_t session, uint32_t *cursor,
                    struct meet_link_view *out);
/* Whether the session's member is in the group, so that it may upload. */
bool meet_in_group(const struct meet *m, uint64_t session);

struct meet_counts {
    uint32_t meetings, members, away, transports, tracks, subscriptions;
    uint32_t waiting, pages, departed;
};
struct meet_counts meet_count(const struct meet *m);
/* A meeting that somebody is in, or waits for. */
struct meet_running {
    char id[LIMIT_MEETING_ID + 1];
    uint32_t people, waiting; /* people: without those who wait */
};
/* Call with *cursor = 0 first; false at the end. Nothing may change in between. */
bool meet_running_next(const struct meet *m, uint32_t *cursor, struct meet_running *out);
/* The media process where a session's meeting began; 0 for a session that has not joined. */
uint32_t meet_media_of(const struct meet *m, uint64_t session);

#endif
