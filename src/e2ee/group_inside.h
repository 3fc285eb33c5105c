/* The inside of struct group, for the files group*.c alone.
 *
 *   group.c          open, close, looking
 *   group_enter.c    from a staged epoch to the epoch: what is kept, what is wiped
 *   group_join.c     create, key packages, Welcome
 *   group_apply.c    proposals into a staged epoch (12.3), leaf rules (7.3)
 *   group_process.c  messages of others
 *   group_commit.c   one's own commit
 *   group_propose.c  proposals by reference, application messages
 *
 * Three epochs have room: `now`; `work`, in which a commit or a Welcome is tried; `pending`, one's
 * own commit until the server has ordered it. They change places by pointer when all is checked. */
#ifndef E2EE_GROUP_INSIDE_H
#define E2EE_GROUP_INSIDE_H

#include "e2ee/context.h"
#include "e2ee/proposal.h"

enum {
    GROUP_IDENTITY_MAX = 256,
    GROUP_LEAF_EXTENSIONS_MAX = 2048,
    GROUP_CACHE = 64,           /* proposals by reference in one epoch */
    GROUP_CACHE_BYTES = 65536,  /* of them all */
    GROUP_PSKS = 32,            /* in one commit */
    GROUP_RESUMPTIONS = 8,      /* test vectors only: past epochs */
    GROUP_COMMIT_ROOM = 131072, /* bytes of a commit besides its path */
    GROUP_PATH_ROOM = 128,      /* bytes of a path for each leaf, at worst */
    GROUP_SECRETS_MAX = 2048,   /* bytes of one newcomer's GroupSecrets */
};

/* What a commit changes, by leaf. The spans are borrowed from the commit. */
struct group_delta {
    uint32_t n_added, n_removed, n_updated, n_psks;
    uint32_t added[GROUP_PROPOSALS], removed[GROUP_PROPOSALS], updated[GROUP_PROPOSALS + 1];
    struct span psk[GROUP_PSKS]; /* PreSharedKeyIDs in order */
    bool new_extensions;
};

struct group_slot {
    struct tree *tree;
    struct treekem keys;
    struct context context;
    struct epoch_secrets secrets;
    uint8_t interim[SUITE_HASH], tag[SUITE_HASH]; /* transcript hash, confirmation tag */
    uint8_t commit_hash[SUITE_HASH];              /* of one's own pending commit */
    struct group_delta delta;
};

/* The epoch before, for messages under way: keys of its ratchets, and the signers that changed. */
struct group_previous {
    bool held;
    struct context context;
    struct epoch_secrets secrets; /* sender_data alone is kept */
    uint8_t leaf_secret[SUITE_KEM_SECRET_MAX], leaf_public[SUITE_KEM_PUBLIC_MAX];
    uint32_t n;
    struct {
        uint32_t leaf;
        bool was;
        uint8_t key[SUITE_SIGN_PUBLIC];
    } changed[GROUP_PROPOSALS + 1];
};

struct group_cached {
    uint8_t ref[SUITE_HASH];
    struct proposal proposal;                  /* spans into the cache's bytes */
    uint8_t leaf_secret[SUITE_KEM_SECRET_MAX]; /* of an Update of one's own */
};

struct group_resumption {
    bool held;
    uint64_t epoch;
    uint8_t secret[SUITE_HASH];
};

struct group {
    struct group_config config;
    enum mls_rule rule;
    bool active, has_pending, has_self, has_package;
    uint64_t now_s;
    struct group_slot *now, *work, *pending, slots[3];
    uint64_t tree_seed;                          /* of the trees' key indices */
    struct secret_tree *ratchets, *old_ratchets; /* NULL: none */
    uint8_t *ratchet_memory[2];                  /* of ratchets; of old_ratchets */
    struct group_previous previous;

    uint8_t signature_secret[SUITE_SIGN_SECRET], signature_public[SUITE_SIGN_PUBLIC];
    size_t identity_len, extensions_len;
    uint8_t identity[GROUP_IDENTITY_MAX], extensions[GROUP_LEAF_EXTENSIONS_MAX];

    struct key_package_secrets package;
    uint8_t package_ref[SUITE_HASH], package_leaf[SUITE_HASH]; /* KeyPackageRef; hash of its leaf */

    uint32_t n_cached;
    size_t cache_used;
    struct group_cached cached[GROUP_CACHE];
    uint8_t cache[GROUP_CACHE_BYTES];

    uint32_t n_list;
    struct proposal list[GROUP_PROPOSALS]; /* of the commit at hand */
    struct group_resumption resumption[GROUP_RESUMPTIONS];

    size_t scratch_len;
    uint8_t *scratch;
};

/* Notes the rule, gives back the code. */
enum err group_refuse(struct group *g, enum mls_rule rule, enum err code);
#define REFUSE_UNLESS(g, condition, rule, code)                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return group_refuse((g), (rule), (code));                                              \
    } while (0)
/* As TRY, with the rule. ERR_LIMIT always is RULE_SPACE. */
#define TRY_RULE(g, expr, rule_)                                                                   \
    do {                                                                                           \
        enum err rule_e_ = (expr);                                                                 \
        if (rule_e_ != ERR_OK)                                                                     \
            return group_refuse((g), rule_e_ == ERR_LIMIT ? RULE_SPACE : (rule_), rule_e_);        \
    } while (0)

struct writer group_scratch(struct group *g);
/* Empties it. */
void group_tree_init(struct group *g, struct group_slot *s);
/* Keys of the epoch `s` for framing; the caller gives it room. */
struct framing group_framing(const struct group *g, const struct group_slot *s);
/* One's own leaf as the next path or Update has it: identity and extensions of the tree's. */
enum err group_leaf_make(const struct group *g, struct leaf_make *out);

/* ---- group_enter.c ---- */
/* work (or pending) becomes the epoch; what is over is wiped. */
void group_enter(struct group *g, struct group_slot **from);
/* A new group by create or join: nothing of an older one stays. */
void group_enter_new(struct group *g);
void group_wipe_slot(struct group_slot *s);
void group_wipe_cache(struct group *g);
void group_wipe_epochs(struct group *g);
/* The signature key that leaf had in the epoch before; false: nobody was there. */
bool group_previous_signer(const struct group *g, uint32_t leaf, uint8_t key[SUITE_SIGN_PUBLIC]);

/* ---- group_apply.c ---- */
/* Signatures and form of one proposal, against the epoch `now`. now_s 0: no lifetimes. */
enum err group_check_proposal(struct group *g, const struct proposal *p, uint64_t now_s);
/* Checks the list g->list and applies it to `work`, which becomes a copy of `now` first. */
enum err group_apply(struct group *g, uint32_t committer, bool has_path);
/* The path's LeafNode against the rules of 7.3, before it is merged. */
enum err group_check_path_leaf(struct group *g, uint32_t committer, struct span path);
void group_note_path(struct group *g, uint32_t committer);
/* The ids of work's PSKs as the hooks see them: GROUP_PSKS spans. */
void group_psk_names(const struct group *g, struct span *out);
/* Asks the profile's hook about work. */
enum err group_ask(struct group *g, uint32_t committer);
/* Whether `leaf` may stand in work, but for its own signature. */
enum err group_check_leaf(struct group *g, const struct leaf *leaf, uint32_t place);

/* The psk_secret of serialized PreSharedKeyIDs. ERR_NOT_FOUND, RULE_PSK. */
enum err group_psk_secret(struct group *g, const struct span *ids, uint32_t n,
                          uint8_t out[SUITE_HASH]);
/* Work's context without the new transcript: for path secrets. ERR_LIMIT, ERR_MALFORMED. */
enum err group_provisional(struct group *g);
/* Transcript, secrets and confirmation tag of work. commit_secret NULL without a path; `room` is
 * free scratch for the transcript's input. */
enum err group_schedule(struct group *g, const struct framed *m, const uint8_t *commit_secret,
                        struct writer room);

/* ---- group_propose.c ---- */
const struct group_cached *group_find_cached(const struct group *g, struct span ref);
/* Checks and keeps a proposal that was framed in this epoch. */
enum err group_cache(struct group *g, const struct framed *m, const uint8_t *leaf_secret,
                     struct writer room);

#endif
