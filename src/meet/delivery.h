/* The group of a meeting as its delivery service sees it: a name, an epoch, opaque bytes.
 * knows: who asked to be added, who commits next, which commit came first in an epoch.
 * knows not: MLS. It parses nothing and holds no key; clients check everything they are given.
 * owns: the state of struct delivery, the departed, members' key packages. Shared by meet/ only. */
#ifndef MEET_DELIVERY_H
#define MEET_DELIVERY_H

#include "base/instant.h"
#include "base/list.h"
#include "meet/commitlog.h"

struct meet;
struct meeting;
struct member;
struct meet_command;

/* A participant who left and whose leaf is still to be removed. */
struct departed {
    struct handle self;
    struct list node; /* in group.gone */
    uint8_t participant[LIMIT_PARTICIPANT];
    uint32_t done;  /* epoch after the commit that removes it, 0 while there is none */
    uint32_t tries; /* rounds that asked for its removal */
};

/*  nobody to add or remove --> waits for `due` --> asks a committer, round 0, 1, 2 --> the end
 *            ^--------------------- a commit that serves somebody ---------'
 * The end: those who were asked for three times are given up, for clients may refuse them rightly;
 * the group is dissolved only where nobody could have served them (committer.c). */
struct delivery {
    uint8_t id[LIMIT_GROUP_ID];
    uint32_t id_len; /* 0: there is no group */
    uint32_t epoch;
    bool adopted;        /* learnt from a member that resumed; no commit has come since */
    instant_us adopting; /* until then others may resume it whom we never saw in it */
    struct commitlog log;
    struct list gone;    /* departed */
    struct list pending; /* members who asked to be added, oldest first */
    uint32_t departed;
    bool asking; /* a round is under way */
    uint32_t asked, rounds;
    uint64_t asked_rank; /* of the one asked, committer.c; 0 before the first */
    uint32_t told;       /* departed that the one asked has heard of */
    instant_us due;      /* of the next question or round; INSTANT_NEVER */
    instant_us added;    /* when the newest commit that added somebody came; 0: none yet */
    instant_us show_due; /* when hosts next hear of the waiting room; INSTANT_NEVER */
    instant_us shown;    /* when they last did */
};

void delivery_init(struct delivery *g);
/* What a member carries of the group's state. All zeros: not in the group. */
struct delivery_member {
    struct list pending_node;
    uint8_t participant[LIMIT_PARTICIPANT];
    bool in_tree;  /* its leaf is in the group, as far as commits named it */
    bool in_group; /* and its connection follows the group */
    bool spoiled;  /* a commit of its was dropped by the others: it is not asked again */
    bool voted;    /* it reported the commit of epoch `vote` */
    uint32_t vote;
    uint32_t since; /* the first epoch it was in, or the one it resumed at */
    uint32_t tries; /* rounds that asked for it */
    bool given_up;  /* its key package is forgotten, a late commit may still add it */
    int64_t budget; /* bytes of commits that it may still send */
    instant_us budget_at;
    struct handle key_package;
    uint32_t key_package_len; /* 0: it does not ask to be added */
    uint8_t proof[32];
};

/* delivery.c: what clients ask for; each replies. */
void delivery_create(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_join(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_resume(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_part(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_commit(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_log(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_invalid(struct meet *m, struct member *p, const struct meet_command *in);
void delivery_message(struct meet *m, struct member *p, const struct meet_command *in);
/* The member's connection is gone, or back; it is out of the group until it resumes. */
void delivery_connection(struct meet *m, struct member *p);
/* Before and after the member is taken out of its meeting. */
void delivery_forget(struct meet *m, struct member *p);
void delivery_after_leaving(struct meet *m, struct meeting *g);
/* Gives back what it holds, without a word. */
void delivery_close(struct meet *m, struct meeting *g);
/* There is no group any more: everybody hears it and may create one. */
void delivery_dissolve(struct meet *m, struct meeting *g);
/* Forgets those who were asked for in MEET_ROUNDS rounds. */
void delivery_give_up(struct meet *m, struct meeting *g);

/* committer.c: who is asked to commit, and when. */
void committer_update(struct meet *m, struct meeting *g);
/* A commit came that removed so many and added so many. */
void committer_served(struct meet *m, struct meeting *g, uint32_t gone, uint32_t came);
/* Somebody came to or left the waiting room. */
void committer_show(struct meet *m, struct meeting *g);
instant_us committer_deadline(const struct meet *m);
/* One meeting's step. */
void committer_tick(struct meet *m);
/* Whether the member stands in a list of those to be added that this one gets. */
bool committer_wants(const struct member *who, const struct member *to);

#endif
