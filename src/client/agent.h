/* A controlling ICE agent with one candidate pair, for a peer whose address is known (RFC 8445, a
 * lite or full peer), and its consent (RFC 7675). It nominates with every check.
 * knows: credentials, transactions, time. knows not: sockets, addresses but the one that it is told
 * for its answers. owns: nothing outside its struct; agent_fini wipes the passwords. */
#ifndef CLIENT_AGENT_H
#define CLIENT_AGENT_H

#include "base/instant.h"
#include "base/span.h"
#include "base/writer.h"
#include "crypt/hmac.h"
#include "proto/ipc.h"
#include "proto/stun.h"

enum { AGENT_UFRAG_LEN = 8, AGENT_PWD_LEN = 24, AGENT_IDS = 4 };

#define AGENT_CONSENT_US (5 * US_PER_S)   /* between checks, RFC 7675 section 5.1 */
#define AGENT_EXPIRY_US (30 * US_PER_S)   /* without an answer: consent is gone */
#define AGENT_RESEND_US (100 * US_PER_MS) /* of the first check; doubles */
#define AGENT_RESEND_MAX_US (1 * US_PER_S)

struct agent {
    char ufrag[AGENT_UFRAG_LEN + 1], pwd[AGENT_PWD_LEN + 1];
    char username[IPC_UFRAG_MAX + 1 + AGENT_UFRAG_LEN + 1]; /* "theirs:ours"; empty: not started */
    struct hmac_sha1 local, remote;                         /* keyed with the passwords */
    struct ipc_addr address;
    uint64_t tiebreaker;
    uint64_t random;                    /* state of the transaction ids */
    uint8_t id[AGENT_IDS][STUN_ID_LEN]; /* of the last checks: an answer to any of them counts */
    instant_us sent_at[AGENT_IDS];      /* INSTANT_NEVER: the place is free or answered */
    uint32_t next;                      /* place of the next check */
    instant_us due, heard_at;           /* next check; last answer, or the start */
    duration_us resend;
    bool checked; /* some answer came */
    uint32_t round_trip_us;
};

void agent_init(struct agent *a, uint64_t seed);
void agent_fini(struct agent *a);
/* The peer's credentials, zero-terminated; again after an ICE restart. False: too long. */
bool agent_start(struct agent *a, const char *ufrag, const char *pwd, instant_us now);
bool agent_started(const struct agent *a);

/* The check that is due, if any, to a fresh writer of STUN_WRITE_MAX bytes. */
bool agent_poll(struct agent *a, instant_us now, struct writer *w);
instant_us agent_deadline(const struct agent *a);

enum agent_result {
    AGENT_DROPPED,  /* not ours, malformed or unauthenticated */
    AGENT_CONSENTS, /* an answer to a check: the peer wants our packets */
    AGENT_ASKED,    /* a check of the peer's: the answer was written */
};
enum agent_result agent_input(struct agent *a, struct span datagram, instant_us now,
                              struct writer *answer);
/* No answer for so long that nothing may be sent any more. */
bool agent_lost(const struct agent *a, instant_us now);

/* splitmix64: draws numbers from a seed that was random. */
static inline uint64_t agent_draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

#endif
