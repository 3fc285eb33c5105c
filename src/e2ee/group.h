/* One MLS group as a member sees it (RFC 9420 sections 11 and 12): create, join, propose, commit,
 * process, protect.
 * knows: the whole of RFC 9420 that our profile keeps (docs/assume/mls.md). knows not: meetings,
 * links, servers, clocks: who may do what is asked of `check`, PSKs of `psk`.
 * owns: all state and secrets, inside the caller's memory. Every call that fails leaves the state
 * exactly as it was, and group_rule says which rule failed. */
#ifndef E2EE_GROUP_H
#define E2EE_GROUP_H

#include "e2ee/framing.h"
#include "e2ee/tree.h"
#include "e2ee/treekem.h"

enum {
    GROUP_ID_MAX = 64,
    GROUP_BATCH = 64,          /* members added or removed by one commit of ours */
    GROUP_PROPOSALS = 256,     /* taken from one commit, by value and by reference together */
    GROUP_CONTEXT_MAX = 4096,  /* bytes of a serialized GroupContext */
    GROUP_CLOCK_SKEW_S = 3600, /* a key package is valid so much before it was made */
};

/* What broke: rule.def holds RULE(NAME, "words"). */
enum mls_rule {
#define RULE(name, words) RULE_##name,
#include "e2ee/rule.def"
#undef RULE
    RULE_COUNT_
};
const char *rule_words(enum mls_rule r);

/* A commit as its rules see it, before it takes effect. Leaves are those of the tree before. */
struct group_change {
    uint32_t committer;
    bool external; /* no rule of ours lets it through */
    const struct tree *before, *after;
    uint32_t n_added, n_removed, n_updated;
    const uint32_t *added, *removed; /* leaf indices; added: in `after` */
    const uint32_t *updated;         /* by Update, and the committer when there is a path */
    uint32_t n_psks;
    const struct span *psk_ids; /* external psk_id, or empty for a resumption PSK */
    bool new_extensions;        /* a GroupContextExtensions proposal */
    struct span extensions_before, extensions_after; /* contents of the vectors */
};

/* A group that a Welcome would join: all verified, nothing taken yet. */
struct group_entry {
    struct span group_id, extensions; /* content of the GroupContext's vector */
    const struct tree *tree;
    uint32_t own_leaf, sender;
    uint32_t n_psks;
    const struct span *psk_ids; /* external psk_id, or empty for a resumption PSK */
};

struct group_hooks {
    void *ctx;
    /* The value of an external PSK; ERR_NOT_FOUND refuses the commit or the Welcome. */
    enum err (*psk)(void *ctx, struct span psk_id, struct span *value);
    /* Called for every commit, one's own too; anything but RULE_NONE refuses it. May be NULL. */
    enum mls_rule (*check)(void *ctx, const struct group_change *change);
    /* Called for every Welcome; anything but RULE_NONE refuses it, and the key package can still be
     * used. May be NULL. */
    enum mls_rule (*check_join)(void *ctx, const struct group_entry *entry);
};

struct group_config {
    const struct suite *suite;
    uint32_t leaves; /* capacity: a power of two, at most 2048 */
    size_t arena;    /* bytes of node contents; 1024 a leaf is ample for our profile */
    struct random_source random;
    struct group_hooks hooks;
    bool accept_external; /* test vectors only: resumption PSKs of past epochs are kept. External
                             commits and external senders are never taken: there is no code for them
                           */
};

struct group;
size_t group_bytes(const struct group_config *c);
struct group *group_open(void *memory, const struct group_config *c);
void group_close(struct group *g);               /* wipes everything */
enum mls_rule group_rule(const struct group *g); /* of the last call that failed */

/* Oneself: kept (copied) until group_close. identity: of the basic credential; extensions: content
 * of the LeafNode's vector. */
struct group_self {
    const uint8_t *signature_secret; /* SUITE_SIGN_SECRET */
    struct span signature_public, identity, extensions;
};
enum err group_set_self(struct group *g, const struct group_self *self);
/* Seconds since 1970, for the lifetimes of key packages in messages of others (section 7.3 leaves
 * that check open). 0, and from the start: not checked. */
void group_set_time(struct group *g, uint64_t now_s);
/* Forgets the group and every key of it, one's own KeyPackage too; oneself stays set. */
void group_leave(struct group *g);

/* Epoch 0 with oneself alone. extensions: content of the GroupContext's vector. ERR_STATE when in a
 * group already. */
enum err group_create(struct group *g, struct span group_id, struct span extensions);

/* A fresh KeyPackage (MLSMessage when `as_message`); its secrets stay here until joined or the next
 * call. now_s: seconds since 1970, lifetime from an hour before to `lifetime_s` after. */
enum err group_key_package(struct group *g, uint64_t now_s, uint64_t lifetime_s, struct writer *w,
                           uint8_t ref[SUITE_HASH]);
/* Joins by a Welcome (MLSMessage) for that KeyPackage; `ratchet_tree` when it is not inside, else
 * empty. now_s 0: lifetimes are not checked. */
enum err group_join(struct group *g, struct span welcome, struct span ratchet_tree, uint64_t now_s);
/* Test vectors: joins with a KeyPackage and secrets from outside. */
struct group_vector_keys {
    struct span key_package; /* KeyPackage, not MLSMessage */
    struct key_package_secrets secrets;
    const uint8_t *signature_secret;
};
enum err group_join_vector(struct group *g, const struct group_vector_keys *keys,
                           struct span welcome, struct span ratchet_tree);

/* What one's own commit shall do. Key packages are raw KeyPackage structures. Cached proposals by
 * reference are taken along when `cached`. */
struct group_plan {
    const struct span *add;
    uint32_t n_add;
    const uint32_t *remove;
    uint32_t n_remove;
    const struct span *psk; /* external psk_ids */
    uint32_t n_psk;
    bool path; /* an UpdatePath even where none is needed; Remove always has one */
    bool cached;
    bool set_extensions;
    struct span extensions; /* of the GroupContext, when set_extensions */
    bool set_leaf_extensions;
    struct span leaf_extensions; /* of one's own leaf, implies path */
    uint64_t now_s;              /* for the lifetimes of key packages; 0: not checked */
};
/* Writes the commit (PublicMessage as MLSMessage) and, when it adds, the Welcome with the ratchet
 * tree inside. The new state waits: group_merge when the server took it, group_drop when another
 * came first. A second call drops the first. */
enum err group_commit(struct group *g, const struct group_plan *plan, struct writer *commit,
                      struct writer *welcome);
bool group_pending(const struct group *g);
enum err group_merge(struct group *g);
void group_drop(struct group *g);
/* Whether `message` is the pending commit, byte for byte. */
bool group_is_own_commit(const struct group *g, struct span message);

enum group_event { GROUP_PROPOSAL_CACHED, GROUP_COMMITTED, GROUP_REMOVED, GROUP_APPLICATION };
struct group_result {
    enum group_event event;
    uint32_t sender;  /* leaf */
    uint64_t epoch;   /* of the message */
    struct span data; /* application data, borrowed until the next call */
    struct span authenticated_data;
    uint32_t n_added, n_removed;
    const uint32_t *added, *removed; /* borrowed until the next call */
};
/* A PublicMessage or PrivateMessage (MLSMessage) of this group; one's own pending commit is merged.
 * ERR_NOT_FOUND: another group.
 * ERR_STATE: another epoch (application messages of the epoch before are opened until
 * group_forget_previous). */
enum err group_process(struct group *g, struct span message, struct group_result *out);
void group_forget_previous(struct group *g);

/* A PrivateMessage (MLSMessage) with application data, padded inside to a multiple of `pad` (0:
 * none). The data is no view that group_process gave: its memory is used again. */
enum err group_protect(struct group *g, struct span authenticated_data, struct span data,
                       uint32_t pad, struct writer *w);
/* A proposal by reference, as PublicMessage: Remove of a leaf, Update of oneself, external PSK. */
enum err group_propose_remove(struct group *g, uint32_t leaf, struct writer *w);
enum err group_propose_update(struct group *g, struct writer *w);
enum err group_propose_psk(struct group *g, struct span psk_id, struct writer *w);
enum err group_propose_add(struct group *g, struct span key_package, struct writer *w);

/* ---- looking ---- */
bool group_active(const struct group *g); /* in a group and not removed */
uint64_t group_epoch(const struct group *g);
struct span group_id(const struct group *g);
uint32_t group_own_leaf(const struct group *g);
const struct tree *group_tree(const struct group *g);
struct span group_extensions(const struct group *g); /* content of the GroupContext's vector */
const uint8_t *group_authenticator(const struct group *g); /* SUITE_HASH bytes */
const uint8_t *group_transcript(const struct group *g);    /* confirmed transcript hash */
enum err group_export(const struct group *g, const char *label, struct span context, uint8_t *out,
                      size_t len);
/* With the leaf's signature key, any label: for certificates and beats of our profile. */
enum err group_sign(const struct group *g, const char *label, struct span content,
                    uint8_t out[SUITE_SIGNATURE]);
/* Decrypts what was encrypted to one's own leaf (private chat): label and context as sealed. */
enum err group_decrypt(const struct group *g, struct suite_label label, struct span output,
                       struct span sealed, uint8_t *out);
/* The same in the epoch before, until group_forget_previous; then ERR_STATE. */
enum err group_decrypt_previous(const struct group *g, struct suite_label label, struct span output,
                                struct span sealed, uint8_t *out);
/* The signature key of a leaf in this epoch, or in the one before while it is held. */
bool group_signer(const struct group *g, uint64_t epoch, uint32_t leaf,
                  uint8_t key[SUITE_SIGN_PUBLIC]);

#endif
