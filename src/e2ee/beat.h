/* Beats: signed words of where a member stands, readable across forks.
 * knows: their bytes, signatures, the hashes of recent epochs. knows not: who must beat when.
 * owns: nothing. Wire: docs/wire/e2ee.md. */
#ifndef E2EE_BEAT_H
#define E2EE_BEAT_H

#include "e2ee/group.h"

enum {
    BEAT_MARK = 0xF2, /* first byte of a group message */
    BEAT_MAX = 320,
    BEAT_HISTORY = 64, /* epochs whose hashes are remembered */
};

struct beat {
    struct span group_id;
    uint64_t epoch, time_ms;
    uint32_t leaf;
    struct span transcript, authenticator; /* SUITE_HASH bytes each; the authenticator hashed */
    struct span signed_part, signature;
};
/* ERR_MALFORMED; *out untouched. */
enum err beat_parse(struct span in, struct beat *out);
enum err beat_verify(const struct beat *b, struct span signer);
/* One's own, of the group's epoch. ERR_LIMIT. */
enum err beat_write(const struct group *g, uint64_t time_ms, struct writer *w);

/* What was true in an epoch; a beat of an epoch that is not remembered says nothing. */
struct beat_state {
    bool any;
    uint64_t epoch;
    uint8_t transcript[SUITE_HASH], authenticator[SUITE_HASH];
};
struct beat_history {
    struct beat_state at[BEAT_HISTORY];
};
void beat_remember(struct beat_history *h, const struct group *g);
enum beat_verdict { BEAT_UNKNOWN, BEAT_SAME, BEAT_FORK };
enum beat_verdict beat_compare(const struct beat_history *h, const struct beat *b);

#endif
