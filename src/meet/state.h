/* The insides of the meeting core, shared by the files of meet/ only.
 * knows: how members, transports, tracks and subscriptions hang together. owns: nothing itself. */
#ifndef MEET_STATE_H
#define MEET_STATE_H

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "meet/delivery.h"
#include "meet/meet.h"

/*  meeting --- members --- transports (send) <--- tracks ---+
 *                    \---- transports (recv) <--- subscriptions
 *  A thing that goes takes along what hangs on it. */

enum { MEET_BANNED = 64 };

struct meeting {
    struct handle self;
    struct list members;
    struct list node; /* in meet.meetings */
    char id[LIMIT_MEETING_ID + 1];
    uint32_t room;  /* id towards media */
    uint32_t media; /* which process */
    uint32_t count; /* members, also those who wait */
    uint32_t waiting;
    bool waiting_room; /* only hosts let others in */
    bool stale;        /* its media process is new and knows nothing of it yet */
    instant_us spoke_at;
    uint32_t spoken;
    struct meet_level levels[MEET_LEVELS];
    uint32_t voice[LIMIT_VOICE_SLOTS]; /* members heard in the slots, 0: nobody */
    struct delivery group;
    struct list due_node; /* in meet.due while the group waits for a moment */
    uint32_t banned;      /* removed participants so far; the last MEET_BANNED are known */
    uint8_t ban[MEET_BANNED][LIMIT_PARTICIPANT];
};

struct member {
    struct handle self;
    struct list node; /* in meeting.members */
    struct list away_node;
    struct list transports, tracks, subscriptions;
    struct meeting *meeting;
    uint32_t id;
    enum meet_role role;
    uint64_t session; /* 0 while away */
    instant_us away_until;
    bool missed_restart; /* media restarted while it was away */
    bool waiting;        /* in the waiting room: it gets nothing of the meeting */
    uint32_t n_transports, n_tracks;
    uint32_t n_slots; /* its subscriptions to voices */
    uint8_t resume[MEET_TOKEN];
    struct delivery_member group;
};

struct transport {
    struct handle self;
    struct list node;  /* in member.transports */
    struct list users; /* tracks or subscriptions on it */
    struct member *owner;
    uint32_t id;
    enum meet_dir dir;
    bool connected_once;
};

struct track {
    struct handle self;
    struct list node; /* in member.tracks */
    struct list transport_node;
    struct list subscriptions;
    struct member *owner;
    uint32_t id;
    enum meet_kind kind;
    enum meet_source source;
    uint8_t codec;
    uint8_t wanted; /* encodings, as media last said; UINT8_MAX: it has not */
    bool paused;
};

struct subscription {
    struct handle self;
    struct list node; /* in member.subscriptions */
    struct list transport_node, track_node;
    struct member *owner;
    struct track *track; /* NULL: a slot of voices */
    struct transport *transport;
    uint8_t slot; /* from 1 on; 0: of `track` */
    uint32_t id;
};

/* The worst single command is one member leaving with all its tracks, or one meeting being opened
 * anew; both fit with room to spare. */
enum { MEET_EFFECTS = 32768 };
static_assert(MEET_EFFECTS > 2 * LIMIT_ROOM_PEERS * LIMIT_PEER_TRACKS + 4 * LIMIT_ROOM_PEERS,
              "one command's effects fit");

enum key_kind { KEY_SESSION = 1, KEY_MEMBER, KEY_ROOM, KEY_TRANSPORT, KEY_TRACK, KEY_SUBSCRIPTION };

struct meet {
    struct meet_size size;
    instant_us now; /* of the input under way */
    uint64_t jitter;
    struct pool meetings, members, transports, tracks, subscriptions;
    struct pool departed, pages;
    struct map ids;      /* kind << 32 | id -> handle */
    struct map sessions; /* session -> handle of its member */
    struct list live;    /* meetings */
    struct list away;    /* members, in the order in which their grace ends */
    struct list due;     /* meetings whose group waits for a moment */
    uint32_t next_id;
    uint32_t stale; /* meetings to be opened anew */
    bool media_up[LIMIT_MEDIA_PROCESSES];
    uint32_t media_load[LIMIT_MEDIA_PROCESSES]; /* members */
    char ended_id[LIMIT_MEETING_ID + 1];        /* borrowed by MEET_STORE_END */
    uint32_t head, tail;
    struct meet_effect *effects;
    uint8_t *scratch; /* LIMIT_GROUP_COMMIT bytes: a commit of the log, put together */
};

/* meet.c: effects and ids */
struct meet_effect *meet_effect_add(struct meet *m, enum meet_effect_type type);
void meet_reply(struct meet *m, const struct meet_command *in, enum meet_reason reason);
struct meet_effect *meet_event_room(struct meet *m, const struct meeting *g, uint32_t except,
                                    enum meet_effect_type type);
/* NULL when the member is away. */
struct meet_effect *meet_event_member(struct meet *m, const struct member *to,
                                      enum meet_effect_type type);
struct meet_effect *meet_effect_media(struct meet *m, const struct meeting *g,
                                      enum meet_effect_type type);
uint32_t meet_id_take(struct meet *m, enum key_kind kind, struct handle h);
void meet_id_give(struct meet *m, enum key_kind kind, uint32_t id);
void *meet_id_find(const struct meet *m, enum key_kind kind, uint32_t id);
struct member *meet_member_of(const struct meet *m, uint64_t session);

/* member.c: meetings and members. The handlers answer what the reply says; MEET_OK when the handler
 * has replied itself, or when REPLY_OK is still to come as its comment says. */
void meet_member_join(struct meet *m, const struct meet_command *in);
void meet_member_file_token(struct meet *m, struct member *p, const struct meet_command *in);
void meet_member_remove(struct meet *m, struct member *p, const struct meet_command *in);
void meet_member_end(struct meet *m, struct member *p, const struct meet_command *in);
void meet_member_leave(struct meet *m, struct member *p, const struct meet_command *in);
/* A host's commit added it: out of the waiting room. */
void meet_member_admit(struct meet *m, struct member *p);
void meet_member_lost(struct meet *m, uint64_t session);
void meet_member_expire(struct meet *m);
void meet_end(struct meet *m, struct meeting *g, enum meet_end why);
struct meeting *meet_find(const struct meet *m, const char *id);
void meet_reopen(struct meet *m, struct meeting *g);

/* media.c: transports, tracks, subscriptions */
void meet_transport_open(struct meet *m, struct member *p, const struct meet_command *in);
void meet_transport_touch(struct meet *m, struct member *p, const struct meet_command *in);
void meet_track_publish(struct meet *m, struct member *p, const struct meet_command *in);
void meet_track_unpublish(struct meet *m, struct member *p, const struct meet_command *in);
void meet_track_pause(struct meet *m, struct member *p, const struct meet_command *in);
void meet_subscription_open(struct meet *m, struct member *p, const struct meet_command *in);
void meet_subscription_set(struct meet *m, struct member *p, const struct meet_command *in);
void meet_subscription_end(struct meet *m, struct member *p, const struct meet_command *in);
/* The transport when it is this member's own, else NULL (attack A22). */
struct transport *meet_own_transport(const struct meet *m, const struct member *p, uint32_t id);
/* A subscription on a transport to receive; `track` NULL for a slot. NULL when there is no room. */
struct subscription *meet_subscription_add(struct meet *m, struct transport *via,
                                           struct track *track, uint8_t slot);
struct meet_effect *meet_subscription_effect(struct meet *m, const struct subscription *s,
                                             enum meet_effect_type type);
/* A media process that was taken over reaches no meeting of another. */
bool meet_speaks_for(const struct meet_command *in, const struct meeting *g);
/* Forgets all media of a member; others hear of its tracks when `tell`. Nothing goes to media. */
/* Forgets all subscriptions of a member; nobody is told. */
void meet_subscriptions_drop(struct meet *m, struct member *p);
void meet_media_drop_all(struct meet *m, struct member *p, bool tell);
void meet_media_state(struct meet *m, const struct meet_command *in);
void meet_media_layer(struct meet *m, const struct meet_command *in);
void meet_media_levels(struct meet *m, const struct meet_command *in, instant_us now);
void meet_media_refused(struct meet *m, const struct meet_command *in);

/* voice.c: the loudest microphones in a few streams, and what is wanted of a publisher */
void meet_voices_open(struct meet *m, struct member *p, const struct meet_command *in);
void meet_media_voice(struct meet *m, const struct meet_command *in);
void meet_media_wanted(struct meet *m, const struct meet_command *in);
/* What a member that was away has missed of it. */
void meet_voice_catch_up(struct meet *m, const struct member *p);

#endif
