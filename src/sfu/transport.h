/* One ICE/DTLS association of a peer with us: its credentials, validated addresses, SRTP session,
 * the SSRCs bound to it, and what waits to be sent to it this round.
 * knows: protocols of one remote. knows not: rooms' rules. owns: its cipher contexts. */
#ifndef SFU_TRANSPORT_H
#define SFU_TRANSPORT_H

#include "base/list.h"
#include "proto/ice.h"
#include "proto/seal.h"
#include "proto/twcc.h"
#include "sfu/bwe.h"
#include "sfu/overload.h"
#include "sfu/pacer.h"
#include "sfu/redundancy.h"
#include "sfu/sfu.h"

enum {
    TRANSPORT_BINDINGS = 2 * LIMIT_PEER_SSRCS, /* each primary SSRC may have one for RTX */
    TRANSPORT_PATHS = LIMIT_ICE_PAIRS
};

struct peer;
struct track;
struct subscription;

enum transport_state { TRANSPORT_NEW, TRANSPORT_CONNECTED, TRANSPORT_FAILED, TRANSPORT_CLOSED };

/* A remote address that talks to us through a socket of its own. */
struct path {
    struct handle self;
    struct transport *transport; /* NULL: a TCP connection that has not authenticated yet */
    struct ice_remote remote;
    struct ipc_addr local;
    instant_us valid_until; /* consent of the last authenticated request */
};

/* Whose packets an SSRC carries. */
struct binding {
    struct track *track;
    uint8_t encoding;
    bool rtx;
    struct seal_stream stream;
};

struct transport {
    /* the hot path's own, first */
    enum transport_state state;
    uint32_t pending_first, pending_last, pending_count; /* index + 1 in the round's batch */
    struct list dirty;                                   /* in sfu.dirty while something waits */
    struct pacer pacer;
    struct handle self;
    struct peer *peer;
    struct path *selected; /* where to send; NULL: nowhere */
    struct path *latest;   /* last validated, for a handshake before nomination */
    uint32_t id;
    uint32_t local_ssrc; /* names us in RTCP */
    uint32_t binding_count;
    uint32_t ssrc[TRANSPORT_BINDINGS]; /* of binding[], apart for the scan */
    struct binding binding[TRANSPORT_BINDINGS];
    uint8_t ext[IPC_EXT_COUNT_]; /* ids as the peer sends them, of all its tracks */
    struct list tracks, subscriptions;
    struct list peer_node, urgent; /* urgent: in sfu.urgent while RTCP should leave soon */
    struct seal seal;
    struct twcc *twcc; /* from sfu.twccs, with the first SSRC bound; NULL: none was */
    struct handle twcc_handle;
    struct ice ice;
    uint64_t ufrag_key[2]; /* current and previous in the ufrag map, 0: none */
    instant_us report_at;
    struct list pacing;            /* in sfu.pacing while packets wait or a probe runs */
    rate_bps shared_bps;           /* estimate when it was last divided */
    rate_bps used_bps;             /* by what was then chosen, audio included */
    struct overload_costs weighed; /* what it adds to overload.wanted */
    bool enough;                   /* all that it wants is given, and fits */
    instant_us share_at;           /* next time that its estimate is divided */
    instant_us fresh_until; /* a video was just asked for: its lowest layer comes whatever fits */
    uint64_t wanted_bps;    /* if all videos had all that they want */
    instant_us told_until;  /* until when its feedback is paid for, see feedback.c */
    instant_us asked_until; /* until when its RTCP and what it asks for again are */
    struct bwe bwe;
    struct redundancy redundancy;
    struct sent sent;
    struct handle sent_few, sent_many; /* where its ring is, null: not there */
    uint32_t path_count;
    struct path *paths[TRANSPORT_PATHS];
};

struct sfu;

enum err transport_open(struct sfu *s, const struct ipc_transport_open *m, instant_us now);
enum err transport_restart(struct sfu *s, const struct ipc_transport_open *m, instant_us now);
void transport_close(struct sfu *s, struct transport *t);
/* Tells front when the state changes. */
void transport_set_state(struct sfu *s, struct transport *t, enum transport_state state,
                         enum err reason);
enum err transport_keys(struct sfu *s, struct handle h, const struct srtp_keys *keys);
void transport_dtls_ended(struct sfu *s, struct handle h, enum err reason);
/* The transport whose ufrag is the first part of a USERNAME, or NULL. */
struct transport *transport_by_ufrag(struct sfu *s, struct span ufrag);

/* Room for what is sent of a subscription of that kind (enum ipc_kind), before its first packet. */
void transport_room(struct sfu *s, struct transport *t, uint8_t kind);

/* Index of a bound SSRC in binding[], or -1. */
int transport_find_ssrc(const struct transport *t, uint32_t ssrc);
/* Binds an SSRC to a track's encoding: ERR_CONFLICT when it belongs to someone else in the room,
 * ERR_LIMIT when the peer has LIMIT_PEER_SSRCS (attack A09). *index gets its place. */
struct binding_request {
    struct track *track;
    uint32_t ssrc;
    uint8_t encoding;
    bool rtx;
};
enum err transport_bind(struct sfu *s, struct transport *t, const struct binding_request *r,
                        int *index);
void transport_unbind_track(struct sfu *s, struct transport *t, const struct track *track);

/* Paths: the UDP ones open with a transport, the TCP ones before they have one. NULL when the pool
 * or the transport has no place. */
struct path *path_open(struct sfu *s, struct transport *t, const struct ice_remote *remote,
                       const struct ipc_addr *local, int token);
void path_attach(struct path *p, struct transport *t);
void path_detach(struct path *p);
void path_close(struct sfu *s, struct path *p);

#endif
