/* The inside of struct e2ee, for the files session*.c alone.
 *
 *   session.c         open, close, one fact in, effects out
 *   session_enter.c   the way into the group: create, join, resume, rejoin
 *   session_commit.c  what we want committed, and our commit's fate
 *   session_policy.c  the policy that we want, and who signs it
 *   session_take.c    commits, Welcomes and messages of others
 *   session_rules.c   what every client demands of a commit and of a tree
 *   session_known.c   who was in a group that is made anew
 *   session_time.c    timers, beats, who beats and who commits
 *   session_look.c    what is true now
 *
 * Time: `now_ms` is the caller's clock, which may jump. Timers run on `mono`, which only goes
 * forward: it adds up the forward steps. */
#ifndef E2EE_SESSION_H
#define E2EE_SESSION_H

#include "e2ee/beat.h"
#include "e2ee/effects.h"
#include "e2ee/policy.h"
#include "e2ee/roster.h"

enum {
    JOINS_MAX = 128,         /* people whose key packages are here, waiting room included */
    JOIN_PACKAGE_MAX = 2048, /* bytes of one */
    JOIN_LIVES_MS = 15000,   /* a wish of the server that nothing came of is forgotten */
    PACKAGE_LEASE_S = 24 * 3600,
    /* from a package's first second to its last: the lease, and what clocks differ before it */
    PACKAGE_LIFETIME_MAX_S = PACKAGE_LEASE_S + GROUP_CLOCK_SKEW_S,
    LEAF_MAX = 2048, /* bytes of a leaf node in our profile */
    NOTE_KIND = 1,
    MESSAGE_PAD = 64,
    PRIVATE_SEEN = 256, /* private messages of one epoch: their tags are kept against replay */
};

/* Milliseconds; the figures are those of docs/wire/e2ee.md. */
enum {
    BEAT_EVERY_MS = 4000,
    BEAT_SOON_MS = 800, /* the beater, after an epoch began */
    BEAT_ALL_MS = 2000, /* everybody once, in groups of up to BEAT_ALL_MAX */
    BEAT_ALL_MAX = 50,
    BEAT_RANKS = 3,          /* so many beat */
    BEAT_ROUND_MS = 20000,   /* and everybody so often, in groups of up to BEAT_ALL_MAX */
    BEAT_DEAD_MS = 6000,     /* who beats and was not heard for that long gets a deputy */
    SILENT_MS = 12000,       /* three beats, of anybody */
    SILENT_ADMIN_MS = 80000, /* of any administrator; longer than the server keeps a lost seat */
    SILENT_HALF_MS = 100000, /* of half of the others, in groups of up to BEAT_ALL_MAX */
    GHOST_MS = 700,          /* a leaf that was never shown; checked a little earlier */
    GONE_MS = 3000,          /* a leaf that was shown: its removal is due by then */
    GONE_COMMIT_MS = 1500,   /* then the first committer removes it unasked */
    AWAY_MS = 30000,         /* more for both, when it was our connection that was lost */
    BACK_MS = 60000,         /* so long after coming back a removal may mean that we were lost */
    BACK_JOIN_MS = 1000,     /* then we ask to come in, unless the server ends our session */
    REMOVE_MS = 1000,        /* a removal that the person asked for is due by then */
    FORGET_MS = 2000,        /* old keys */
    LOG_MS = 2000,           /* between two requests for the log */
    LOG_TRIES = 3,
    LOG_SLOW_MS = 5000, /* when only a beat says that there is more */
    FAILED_MS = 2000,   /* after a commit that the server could not take */
    BEHIND_MS = 2000,
    JOIN_RETRY_MS = 20000,
    RESTART_MS = 2000, /* doubled up to RESTART_MAX_MS */
    RESTART_MAX_MS = 60000,
    WELCOME_RETRY_MS = 3000, /* after a Welcome that was refused */
    CONFLICTS_MAX = 4,       /* commits that lost to nobody: the group is joined anew */
    REJOIN_MS = 3000,
    OUT_MS = 5000, /* so long a removal may turn out to be none: most refused its commit */
    OWN_REKEY_MS = 30000,
    REKEY_EVERY_MS = 300000,
    REKEY_RANK_MS = 10000,
};

enum step {
    STEP_IDLE,   /* not told yet what runs */
    STEP_WAIT,   /* for a group to be named */
    STEP_SIGN,   /* for the device's signature */
    STEP_CREATE, /* for the server's word */
    STEP_JOIN,   /* for a Welcome */
    STEP_IN,
    STEP_OUT, /* removed, and not yet sure that the commit stands */
};

enum timer {
    TIMER_FORGET,
    TIMER_BEAT,
    TIMER_LOG,
    TIMER_JOIN,  /* another try to get in */
    TIMER_RETRY, /* another try to commit */
    TIMER_REJOIN,
    TIMER_OUT,
    TIMER_OWN_REKEY,
    TIMER_REKEY,
    TIMER_WAKE, /* the status may change by then */
    TIMER_COUNT_,
};

struct join {
    bool used;
    bool asks;     /* the server wants it committed */
    bool waiting;  /* for a click */
    bool admitted; /* clicked */
    bool denied;
    bool named; /* since the server's last list */
    uint32_t member;
    uint64_t since_ms;
    uint8_t participant[E2EE_PARTICIPANT], signer[SUITE_SIGN_PUBLIC];
    struct profile profile;
    uint16_t len;
    uint8_t package[JOIN_PACKAGE_MAX];
};

/* What we want of the next commit besides joins and removals. Of the policy the flags that the
 * person changed, so that two hosts at once do not undo each other's change. */
struct want {
    bool rekey, rename;
    uint8_t n_admin; /* devices to be named in the policy, or not any more */
    struct {
        bool on;
        uint8_t device[SUITE_SIGN_PUBLIC];
    } admin[POLICY_ADMINS];
    uint8_t policy_mask, policy_flags, name_len;
    uint8_t name[E2EE_NAME_MAX];
};

/* Our commit that the server has. */
struct flight {
    bool on;
    uint32_t number;
    bool rekey, rename; /* what it carries */
};

struct numbers {
    uint32_t last, create, join, resume, commit, log;
};

/* How a commit under check changes people: kept from the check to its effect. */
struct added {
    uint8_t participant[E2EE_PARTICIPANT], device[SUITE_SIGN_PUBLIC];
    uint32_t replaces; /* leaf removed by the same commit, or NODE_NONE */
};

/* Somebody at a leaf: a leaf alone may be another's later. */
struct who {
    uint32_t leaf;
    uint8_t signer[SUITE_SIGN_PUBLIC];
};

struct base_key {
    bool held;
    uint64_t epoch;
    uint8_t key[SFRAME_BASE_KEY];
};

struct e2ee {
    size_t bytes; /* of the block */
    uint32_t members;
    struct random_source random;
    uint64_t now_ms, mono;
    uint64_t timer[TIMER_COUNT_]; /* on mono; UINT64_MAX: off */

    /* from the configuration */
    struct e2ee_link link; /* its spans and secrets point into or are wiped: see meeting */
    uint8_t meeting[LINK_MEETING], participant[E2EE_PARTICIPANT];
    struct profile self;
    uint8_t psk[LINK_KEY], join_key[LINK_KEY], profile_key[LINK_KEY];
    uint8_t host_secret_key[SUITE_SIGN_SECRET]; /* when link.host */

    /* the meeting */
    struct span descriptor;
    uint8_t descriptor_raw[E2EE_DESCRIPTOR_MAX];
    uint8_t host_public[SUITE_SIGN_PUBLIC];
    struct policy policy; /* the newest that is known, over policy_raw */
    uint8_t policy_raw[POLICY_MAX];

    /* the connection */
    bool connected;
    uint32_t own_member;
    uint8_t server_group[GROUP_ID_MAX];
    size_t server_group_len; /* 0: none runs */
    struct numbers number;

    /* on the way in */
    enum step step;
    bool creating, once_in;
    uint8_t target[GROUP_ID_MAX];
    size_t target_len;
    uint8_t sign_secret[SUITE_SIGN_SECRET], sign_public[SUITE_SIGN_PUBLIC];
    uint8_t device_signature[SUITE_SIGNATURE];
    uint64_t out_epoch;       /* of the commit that removed one, at STEP_OUT */
    uint32_t restarts, signs; /* signs: requests to the device that are open */
    uint32_t bad_welcomes;    /* for this key package */
    uint16_t package_len;
    uint8_t package[JOIN_PACKAGE_MAX], proof[E2EE_PROOF]; /* that we asked with */

    /* in the group */
    struct group *g;
    void *group_memory;
    uint64_t heard_ms; /* a beat or commit that counts */
    uint64_t epoch_ms; /* since when this epoch */
    uint64_t rekeyed_ms;
    uint64_t beat_sent_ms;  /* the time inside our last beat */
    uint64_t beat_round_ms; /* when we sent it */
    bool beat_now;          /* whatever our rank: we are back */
    bool back;              /* came back with the group, at back_ms */
    uint64_t back_ms;
    uint32_t conflicts; /* of this epoch: commits that lost, and none has come */
    bool forked;
    struct who fork_by;
    uint64_t ahead;  /* an epoch that others are in; 0: none */
    bool ahead_said; /* by the server; else only by a beat of ahead_by */
    struct who ahead_by;
    uint64_t ahead_ms, catch_up;
    uint32_t log_tries;
    struct {
        bool on, ours; /* ours: a rule of our profile was broken, not one of MLS's */
        uint64_t since_ms;
        uint8_t hash[SUITE_HASH];
    } bad; /* a commit of this epoch that was refused */
    struct base_key base, base_before;
    struct beat_history history;
    uint32_t n_private[2], n_touched, n_added;
    uint8_t private_seen[2][PRIVATE_SEEN][16]; /* of even and of odd epochs */
    uint32_t touched[GROUP_PROPOSALS];
    struct added added[GROUP_PROPOSALS];

    struct roster roster;
    uint8_t *known; /* n_known devices: session_known.c */
    uint32_t n_known;
    struct want want;
    struct flight flight;
    struct join joins[JOINS_MAX];
    uint8_t strangers[E2EE_BATCH][E2EE_PARTICIPANT]; /* to be removed, says the server; no leaf */
    uint32_t n_strangers;

    /* the end */
    enum e2ee_why over;
    uint32_t refused;
    struct {
        enum e2ee_phase phase;
        enum e2ee_why why;
        uint64_t epoch;
        uint32_t count, flags;
        bool admin;
    } told;
    char code[E2EE_CODE_DIGITS + 1];

    struct effects effects;
    uint8_t *commit_room, *welcome_room;
    size_t commit_cap, welcome_cap;
};

/* ---- session.c ---- */
uint32_t session_number(struct e2ee *e);
uint64_t session_random(struct e2ee *e, uint64_t below); /* below > 0 */
void session_end(struct e2ee *e, enum e2ee_why why);     /* wipes what the group knew */
struct profile_place session_place(const struct e2ee *e, struct span group_id, struct span signer);
bool session_is_own_group(const struct e2ee *e, struct span group);

/* ---- session_enter.c ---- */
enum mls_rule session_welcomed(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_group_state(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_device_signed(struct e2ee *e, struct span signature);
enum mls_rule session_group_welcome(struct e2ee *e, const struct e2ee_input *in);
void session_enter_reply(struct e2ee *e, const struct e2ee_input *in);
/* Forgets the group and joins it (or what runs) anew. */
void session_rejoin(struct e2ee *e);
void session_follow(struct e2ee *e);
/* The commit of `epoch` removes oneself: the group is forgotten. What confirms such a commit cannot
 * be checked by who is removed, so that the way back stays open for OUT_MS. */
void session_removed(struct e2ee *e, uint64_t epoch);
/* Removed soon after coming back: by somebody, it seems, who had not seen us come. */
void session_given_up(struct e2ee *e);
/* At STEP_OUT: back in when the server says that this epoch has not ended after all. */
void session_maybe_back(struct e2ee *e, const struct e2ee_input *in, struct span group);
void session_disconnected(struct e2ee *e);

/* ---- session_commit.c ---- */
enum mls_rule session_wanted_join(struct e2ee *e, const struct e2ee_input *in);
void session_wanted_gone(struct e2ee *e, struct span participant);
void session_wanted(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_remove(struct e2ee *e, struct span participant);
enum mls_rule session_admit(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_rename(struct e2ee *e, struct span name);
void session_commit_reply(struct e2ee *e, const struct e2ee_input *in);
void session_commit_lost(struct e2ee *e); /* another commit has this epoch, or none */
void session_try_commit(struct e2ee *e);
void session_forget_joins(struct e2ee *e, const uint8_t *participant);
void session_tidy_joins(struct e2ee *e); /* after an epoch began, and with time */

/* ---- session_policy.c ---- */
enum mls_rule session_policy(struct e2ee *e, uint32_t flags);
enum mls_rule session_admin(struct e2ee *e, const struct e2ee_input *in);
void session_policy_settled(struct e2ee *e); /* what the policy says is not wanted any more */
bool session_policy_wanted(const struct e2ee *e);
/* The GroupContext's extensions with the policy as it is wanted, signed by the host, or by the leaf
 * of an administrator that the host's policy names. */
enum err session_policy_write(struct e2ee *e, struct writer *w);
void session_policy_forget(struct e2ee *e);
/* Wants this device named, or not; nothing when it is so. The host's client alone. RULE_SPACE. */
enum mls_rule session_policy_name(struct e2ee *e, const uint8_t *device, bool on);

/* ---- session_take.c ---- */
enum mls_rule session_commit_in(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_message_in(struct e2ee *e, const struct e2ee_input *in);
enum mls_rule session_note_out(struct e2ee *e, const struct e2ee_input *in);
void session_reopened(struct e2ee *e, const struct e2ee_input *in);
bool session_is_at(const struct e2ee *e, const struct who *w);
/* An epoch has begun, by `committer` (NODE_NONE: one has just come in). */
void session_epoch_began(struct e2ee *e, uint32_t committer);
void session_need_log(struct e2ee *e, uint64_t epoch); /* others are in that epoch */
void session_ask_log(struct e2ee *e);

/* ---- session_rules.c ---- */
enum mls_rule session_check(void *ctx, const struct group_change *c);
enum err session_psk(void *ctx, struct span psk_id, struct span *value);
enum mls_rule session_open_leaf(struct e2ee *e, const struct leaf *leaf, uint64_t now_s,
                                struct person *out);
/* A whole group that one would come into: policy, every leaf, nobody twice. Fills the roster, which
 * is empty before and after a refusal. */
enum mls_rule session_check_entry(struct e2ee *e, const struct group_entry *in);
/* The same, and that the Welcome had the link's PSK and no other. */
enum mls_rule session_check_join(void *ctx, const struct group_entry *in);
enum mls_rule session_read_policy(const struct e2ee *e, struct span extensions, struct policy *out);
void session_take_policy(struct e2ee *e); /* of the group, which is checked */

/* ---- session_known.c ----
 * When a group is made anew, those who were in the last one are nobody new to who makes it, if that
 * is an administrator: a lock or a waiting room would keep them out for ever. Whoever is removed
 * after that is forgotten, and so are all when one comes in by a Welcome. */
void session_known_keep(struct e2ee *e); /* the people of the roster */
void session_known_drop(struct e2ee *e, const uint8_t *device);
bool session_known(const struct e2ee *e, const uint8_t *device); /* in the tree, or kept */

/* ---- session_time.c ---- */
void session_clock(struct e2ee *e, uint64_t now_ms);
void session_set(struct e2ee *e, enum timer t, uint64_t in_ms);
/* Not later than that. */
void session_set_early(struct e2ee *e, enum timer t, uint64_t in_ms);
void session_due(struct e2ee *e);
enum mls_rule session_beat_in(struct e2ee *e, const struct e2ee_input *in);
void session_plan_beat(struct e2ee *e);
/* One's place among those who shall commit (or beat): administrators first, then lowest leaf; only
 * people whom the server shows. */
uint32_t session_rank(const struct e2ee *e);

/* ---- session_look.c ---- */
void session_phase(const struct e2ee *e, enum e2ee_phase *phase, enum e2ee_why *why);
void session_settle(struct e2ee *e); /* tells what changed, sets TIMER_WAKE */
bool session_me_admin(const struct e2ee *e);

#endif
