/* The ICE-lite agent of one transport as a pure machine (RFC 8445 lite, RFC 7675 consent): it
 * answers authenticated Binding requests, learns remote addresses from them, and selects the one
 * that the peer nominates. It never sends a request of its own. knows: credentials, remote
 * addresses, time. knows not: sockets, DTLS, the peer's own ufrag. owns: nothing outside its
 * struct; ice_fini wipes the passwords. */
#ifndef PROTO_ICE_H
#define PROTO_ICE_H

#include "base/instant.h"
#include "base/limit.h"
#include "base/span.h"
#include "base/writer.h"
#include "crypt/hmac.h"
#include "proto/ipc.h"

enum {
    ICE_SEEN_IDS = 32,      /* transaction ids whose retransmissions are still answered */
    ICE_FILTER_WORDS = 512, /* 64 bits each: the ids before those, one generation of them */
    ICE_FILTER_IDS = 3000, /* ids of a generation: with two full ones 2.7 % of fresh ids look old */
    ICE_NOMINATION_BURST = 5, /* changes of the selected pair at once, then one a second (A08) */
};

/* RFC 7675 lets consent live 30 s; browsers ask every 5 s at most, so three losses end it. */
#define ICE_CONSENT_US (15 * US_PER_S)
/* A selected pair silent for longer gives way to another nominated one that is heard: a peer that
 * nominates every pair it tries (aggressive nomination) keeps only its favourite alive. */
#define ICE_SILENT_US (7 * US_PER_S)
/* How long the credentials from before an ICE restart still count. */
#define ICE_PREVIOUS_US (30 * US_PER_S)

enum ice_protocol { ICE_UDP, ICE_TCP };

struct ice_remote {
    struct ipc_addr addr;
    uint8_t protocol; /* enum ice_protocol */
};

struct ice_credentials {
    char ufrag[IPC_UFRAG_MAX + 1]; /* empty: none */
    struct hmac_sha1 key;          /* keyed with the password */
};

struct ice_pair {
    struct ice_remote remote;
    instant_us heard_at; /* last authenticated request; INSTANT_NEVER: the slot is free */
    uint32_t generation; /* of the credentials that last vouched for it */
    bool nominated;      /* by those credentials */
};

struct ice {
    struct ice_credentials current, previous;
    instant_us previous_until;
    uint32_t generation; /* grows with each restart */
    struct ice_pair pair[LIMIT_ICE_PAIRS];
    int selected;         /* index into pair, -1: none */
    uint32_t nominations; /* tokens left, in thousandths */
    instant_us nominations_at;
    uint64_t seen[ICE_SEEN_IDS];      /* 8 bytes of each id, 0: free */
    uint32_t seen_pair[ICE_SEEN_IDS]; /* a hash of the address that it came from */
    uint32_t seen_next;
    /* Two generations of a Bloom filter over all ids answered: a request recorded up to 3,000 (and
     * at most 6,000) checks ago is not taken again (attack A07); at one check in 2.5 s these are
     * two to four hours. A fresh id that looks old is dropped, and the peer asks again with
     * another. */
    uint64_t filter[ICE_FILTER_WORDS];
    uint64_t *older; /* the generation before, once there is one; *borrowed* from the caller */
    uint32_t filter_ids;
    bool turned;  /* there is one */
    bool started; /* some pair was selected once */
};

enum ice_result {
    ICE_DROPPED,  /* not for us, malformed, unauthenticated or replayed: send nothing (A04) */
    ICE_REFUSED,  /* authenticated, but an error response was written: send it */
    ICE_ANSWERED, /* a success response was written: send it; the remote is now validated */
    ICE_SELECTED, /* the same, and the selected pair is now this remote */
};

/* ufrag and pwd are zero-terminated, as ipc_transport_open gives them. */
void ice_init(struct ice *ice, const char *ufrag, const char *pwd, uint64_t older[ICE_FILTER_WORDS],
              instant_us now);
void ice_fini(struct ice *ice);
/* ICE restart: new credentials; the former ones keep consent alive, but cannot nominate, until a
 * pair is nominated with the new ones or ICE_PREVIOUS_US passes. */
void ice_restart(struct ice *ice, const char *ufrag, const char *pwd, instant_us now);

/* One STUN datagram from `from`. The answer, if any, is written to a fresh writer (cap at least
 * STUN_WRITE_MAX) and goes back over the path that the datagram came by. */
enum ice_result ice_input(struct ice *ice, const struct ice_remote *from, struct span datagram,
                          instant_us now, struct writer *answer);

/* The remote to send to, *borrowed*; NULL before nomination and after consent ended. */
const struct ice_remote *ice_selected(const struct ice *ice, instant_us now);
/* True when an authenticated request came from this remote within the consent time: only then may
 * DTLS and SRTP from it be read (attacks A01, A02). */
bool ice_validated(const struct ice *ice, const struct ice_remote *from, instant_us now);
/* When consent for the selected pair ends; INSTANT_NEVER when none is selected. */
instant_us ice_deadline(const struct ice *ice);
/* True when something was selected once and consent has ended since. */
bool ice_lost(const struct ice *ice, instant_us now);

bool ice_remote_equal(const struct ice_remote *a, const struct ice_remote *b);

#endif
