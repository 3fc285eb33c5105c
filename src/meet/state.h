/* The insides of the meeting core, shared by the files of meet/ only.
 * knows: how members, transports, tracks and subscriptions hang together. owns: nothing itself. */
#ifndef MEET_STATE_H
#define MEET_STATE_H

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "meet/delivery.h"
#include "meet/meet.h"
#include "policy/permit.h"
#include "policy/risk.h"

/*  meeting --- members --- transports (send) <--- tracks ---+
 *                    \---- transports (recv) <--- subscriptions
 *  A thing that goes takes along what hangs on it. */

/* Who has gone, for a page that is loaded anew; until 0: free. */
struct kept {
    instant_us until;
    enum meet_role role;
    bool given;
    uint8_t held, token[MEET_TOKEN];
};

struct meeting {
    struct handle self;
    struct list members;
    struct list node; /* in meet.meetings */
    char id[LIMIT_MEETING_ID + 1];
    uint32_t room;   /* id towards media */
    uint32_t media;  /* which process: its home, that chooses the voices */
    uint64_t spread; /* all processes that it is in, a bit each; see place.c */
    uint64_t gone;   /* those of them that have forgotten it, while it is stale */
    uint32_t epoch;  /* counts its spreading */
    uint16_t placed[LIMIT_MEDIA_PROCESSES]; /* members with transports in each */
    uint32_t count;                         /* members, also those who wait */
    uint32_t waiting;
    bool stale; /* its media process is new and knows nothing of it yet */
    instant_us spoke_at;
    uint32_t spoken;
    struct meet_level levels[MEET_LEVELS];
    uint32_t voice[LIMIT_VOICE_SLOTS]; /* members heard in the slots, 0: nobody */
    struct delivery group;
    struct list due_node;           /* in meet.due while the group waits for a moment */
    uint32_t decoders[MEET_CODECS]; /* members inside that decode it */
    uint8_t codecs;                 /* what all do, as they were told */
    uint8_t narrowed;               /* how often that shrank; at most MEET_CODECS_TURNS */
    uint8_t turns;                  /* of MEET_CODECS_US until it may grow */
    instant_us turn_due;
    struct list turn_node; /* in meet.turning meanwhile */
    instant_us began;
    struct risk_burst burst;
    instant_us tried_at; /* when hosts last heard of wrong passcodes; 0: never */
    struct safe safe;
    struct kept kept[MEET_KEPT];
    uint32_t n_kept; /* so far */
};

struct member {
    struct handle self;
    struct list node; /* in meeting.members */
    struct list away_node;
    struct list transports, tracks, subscriptions;
    struct meeting *meeting;
    uint32_t id;
    enum meet_role role;
    bool given;       /* its role was given by hand */
    bool keyed;       /* showed the host's proof: its client signs for the group */
    bool recording;   /* announced it */
    uint8_t held;     /* sources that a host keeps off, a bit each */
    uint8_t blocked;  /* features, a bit each: by the account that they joined with */
    uint32_t link;    /* the personal link that it came by; 0 none */
    bool reused;      /* which is somebody else's: a host decides */
    uint64_t session; /* 0 while away */
    instant_us away_until;
    bool missed_restart; /* media restarted while it was away */
    bool waiting;        /* in the waiting room: it gets nothing of the meeting */
    uint32_t media;      /* process of its transports, while it has some */
    uint32_t n_transports, n_tracks;
    uint32_t n_slots; /* its subscriptions to voices */
    uint8_t decodes;
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
    uint8_t codec, needs;
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

enum { MEET_IDS = LIMIT_ROOM_PEERS * LIMIT_PEER_TRACKS };

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
    struct list turning; /* meetings whose codecs may grow, in the order of their moments */
    uint32_t next_id;
    uint32_t stale; /* meetings to be opened anew */
    bool media_up[LIMIT_MEDIA_PROCESSES];
    uint32_t media_load[LIMIT_MEDIA_PROCESSES];   /* members inside the meetings that began there */
    uint32_t media_placed[LIMIT_MEDIA_PROCESSES]; /* members with transports there */
    uint8_t media_busy[LIMIT_MEDIA_PROCESSES];    /* percent, as each said last */
    char ended_id[LIMIT_MEETING_ID + 1];          /* borrowed by MEET_STORE_END */
    uint32_t head, tail;
    struct meet_effect *effects;
    uint8_t *scratch;  /* LIMIT_GROUP_COMMIT bytes: a commit of the log, put together */
    uint32_t *ids_out; /* MEET_IDS: of MEET_EVENT_TRACKS_CHANGED */
};

/* meet.c: effects and ids */
struct meet_effect *meet_effect_add(struct meet *m, enum meet_effect_type type);
void meet_reply(struct meet *m, const struct meet_command *in, enum meet_reason reason);
void meet_refuse(struct meet *m, const struct meet_command *in, enum meet_reason reason,
                 const char *field);
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
/* The action that a client's command needs. */
enum permit_action meet_action_of(enum meet_command_type type);
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

enum permit_role meet_permit_role(const struct member *p);
/* A cohost, host or owner who is inside. */
bool meet_is_host(const struct member *p);
void meet_member_throw_out(struct meet *m, struct member *p, enum meet_end why);

/* allow.c: who may do what now: role, settings, holds and blocks together, and what follows when
 * one of them changes. */
struct allow {
    enum meet_reason reason; /* MEET_OK, FORBIDDEN, DISALLOWED, BLOCKED */
    const char *field;
};
struct allow allow_source(const struct member *p, enum meet_source source);
struct allow allow_note(const struct member *p, const struct member *to, enum meet_note note);
struct allow allow_record(const struct member *p);
/* By the operator: for all, for this participant here, or for their account. */
bool allow_is_blocked(const struct member *p, enum safe_feature feature);
/* Pauses, closes and stops whatever its owner may not do any more; `by`: whose doing, or NULL. */
void allow_enforce(struct meet *m, struct meeting *g, const struct member *by);
/* Stops this source of one, or when p is NULL of all who are no hosts. */
struct stop {
    struct meeting *g;
    struct member *p;
    enum meet_source source;
    const struct member *by;
    bool hold;
};
void allow_stop(struct meet *m, const struct stop *s);

/* host.c: what hosts decide for others */
void host_settings(struct meet *m, struct member *p, const struct meet_command *in);
void host_suspend(struct meet *m, struct member *p, const struct meet_command *in);
void host_mute(struct meet *m, struct member *p, const struct meet_command *in);
void host_release(struct meet *m, struct member *p, const struct meet_command *in);
void host_mute_all(struct meet *m, struct member *p, const struct meet_command *in);
void host_role(struct meet *m, struct member *p, const struct meet_command *in);
void host_passcode(struct meet *m, struct member *p, const struct meet_command *in);
void host_link(struct meet *m, struct member *p, const struct meet_command *in);
void host_record(struct meet *m, struct member *p, const struct meet_command *in);
void host_report(struct meet *m, struct member *p, const struct meet_command *in);
void host_block(struct meet *m, const struct meet_command *in);
void host_block_session(struct meet *m, const struct meet_command *in);
void host_passcode_tried(struct meet *m, const char *meeting);
void host_tell_risk(struct meet *m, struct meeting *g, enum meet_risk what, uint32_t count);
/* Where a role stands among those of policy/permit.h. */
enum permit_role host_rank(enum meet_role role);
void host_save(struct meet *m, const struct meeting *g);

/* again.c: somebody on a page that was loaded anew */
struct again {
    enum meet_role role;
    bool given; /* by hand: else the role is nothing to come back to */
    uint8_t held;
};
void again_expire(struct meet *m, struct meeting *g);
bool again_find(const struct meeting *g, const struct meet_join *j, struct again *out);
void again_keep(struct meet *m, const struct member *p);
void again_take(struct meet *m, struct member *p, const struct meet_join *j);
bool again_is_banned(const struct meeting *g, const struct meet_join *j);
/* Keeps the person out by the token too: a page loaded anew draws another participant id. */
void again_ban(struct meeting *g, const struct member *p);

/* media.c: transports, tracks, subscriptions */
/* Both tell the others and the media processes; the owner hears of a close only. */
void meet_track_silence(struct meet *m, struct track *t);
void meet_track_close(struct meet *m, struct track *t);
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
/* A media process that was taken over reaches no meeting of another, */
bool meet_speaks_for(const struct meet_command *in, const struct meeting *g);
/* and no member whose transports are elsewhere. */
bool meet_carries(const struct meet_command *in, const struct member *p);
/* Tells these processes of a track whose publisher is in another. */
void meet_track_mirror(struct meet *m, const struct track *t, uint64_t where);
/* Forgets all subscriptions of a member; nobody is told. */
void meet_subscriptions_drop(struct meet *m, struct member *p);
/* Forgets all media of a member; others hear of its tracks when `tell`. Nothing goes to media. */
void meet_media_drop_all(struct meet *m, struct member *p, bool tell);
void meet_media_state(struct meet *m, const struct meet_command *in);
void meet_media_layer(struct meet *m, const struct meet_command *in);
void meet_media_levels(struct meet *m, const struct meet_command *in, instant_us now);
void meet_media_refused(struct meet *m, const struct meet_command *in);

/* codecs.c: what all members decode. A member is counted while it is inside, not while it waits. */
void meet_codecs_enter(struct meet *m, struct member *p);
void meet_codecs_leave(struct meet *m, const struct member *p);
/* Back on another connection, perhaps in another program. */
void meet_codecs_resume(struct meet *m, struct member *p, uint8_t decodes);
void meet_codecs_tick(struct meet *m);
instant_us meet_codecs_deadline(const struct meet *m);

/* place.c: which process carries whom */
uint32_t meet_place_choose(const struct meet *m, const struct meeting *g);
/* Before its first transport, and after its last. */
void meet_place_enter(struct meet *m, struct member *p);
void meet_place_leave(struct meet *m, const struct member *p);
/* The meeting's processes but this one. */
uint64_t meet_place_others(const struct meeting *g, uint32_t media);
/* A process began anew, or died: its meetings have to be opened again. */
void meet_place_up(struct meet *m, uint32_t media);
void meet_place_down(struct meet *m, uint32_t media);
/* Closes the meeting where it still is, and opens it at its home. */
void meet_place_again(struct meet *m, struct meeting *g);

/* voice.c: the loudest microphones in a few streams, and what is wanted of a publisher */
void meet_voices_open(struct meet *m, struct member *p, const struct meet_command *in);
void meet_media_voice(struct meet *m, const struct meet_command *in);
void meet_media_wanted(struct meet *m, const struct meet_command *in);
/* What a member that was away has missed of it. */
void meet_voice_catch_up(struct meet *m, const struct member *p);

#endif
