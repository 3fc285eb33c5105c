/* The forwarding core of one media process: rooms, peers, transports, tracks, subscriptions.
 * Facts in, effects out, time as an argument:
 *
 *     sfu_input(s, &event, now)          a command of front, or a fact about the world
 *     sfu_receive(s, batch, n, now)      datagrams, the same contract over an array
 *     while (sfu_poll(s, &effect)) ...   what the shell must do
 *     while (sfu_relay(s, &relay)) ...   what other media processes must get
 *     sfu_departs(s, now)                the time, before each sfu_send
 *     while (sfu_send(s, &sends)) ...    what must leave, grouped by address
 *     sfu_deadline(s)                    be back by then with a SFU_TICK
 *
 * After sfu_input or sfu_receive drain sfu_poll first (it opens the sockets), then sfu_send.
 * knows: ICE, SRTP, RTP, RTCP. knows not: descriptors, clocks, DTLS, who a person is.
 * owns: everything inside the storage that sfu_init was given, and the cipher contexts of its
 * transports; allocates nothing else. One thread. */
#ifndef SFU_SFU_H
#define SFU_SFU_H

#include "base/instant.h"
#include "base/pool.h"
#include "base/span.h"
#include "proto/ice.h"
#include "proto/ipc.h"
#include "proto/relay.h"
#include "sfu/counter.h"

enum {
    SFU_SENDS_MAX = 256,     /* datagrams of one sfu_send */
    SFU_DATAGRAM_MAX = 1600, /* room for each: a rewritten packet and its tag */
};

struct sfu;
struct srtp_keys; /* crypt/srtp_keys.h */

/* Sizes of the pools, at most the numbers of base/limit.h; packets a power of two. */
struct sfu_config {
    uint32_t index;       /* of this media process: the first two characters of its ufrags */
    uint32_t media_count; /* how many there are */
    uint32_t zone;        /* of this machine, 0 .. 63 */
    uint32_t rooms, peers, transports, paths, tracks, subscriptions;
    uint32_t packets;     /* kept for retransmission, of all rooms together */
    uint32_t pending;     /* packets for receivers in one round */
    bool pad_to_batch;    /* pad video so that a frame leaves in one call */
    duration_us hold_max; /* longest that a round waits for the rest of a frame; 0: never */
    uint64_t seed;        /* random: keys of maps, first sequence numbers */
};

/* The numbers of base/limit.h and 32,768 packets (some 50 MB). */
void sfu_config_default(struct sfu_config *c);
/* Bytes of storage that such a core needs; it must be zeroed and aligned for any type. */
size_t sfu_size(const struct sfu_config *c);
struct sfu *sfu_init(void *storage, const struct sfu_config *c, instant_us now);
/* Closes every transport's ciphers; the storage is the caller's again. */
void sfu_fini(struct sfu *s);

enum sfu_event_type {
    SFU_COMMAND,    /* a message of front, checked by ipc_check */
    SFU_KEYS,       /* a transport's handshake is done, the peer's fingerprint was right */
    SFU_DTLS_OUT,   /* a datagram of its handshake wants out */
    SFU_DTLS_ENDED, /* its association failed or the peer said goodbye */
    SFU_TCP_OPEN,   /* a TCP connection of yet unknown owner: SFU_PATH_OPEN follows */
    SFU_PATH_GONE,  /* a path's socket is closed or broken */
    SFU_RELAY_LOST, /* a message to another process found its channel full */
    SFU_RELAY_NEW,  /* the channels to another process are new ones */
    SFU_TICK,       /* the deadline has come */
};

struct sfu_event {
    enum sfu_event_type type;
    union {
        const struct ipc_message *command; /* *borrowed* */
        struct {
            struct handle transport;
            const struct srtp_keys *keys; /* *borrowed*, wiped by the caller */
        } keys;
        struct {
            struct handle transport;
            struct span bytes; /* *borrowed* */
        } dtls_out;
        struct {
            struct handle transport;
            enum err reason;
        } dtls_ended;
        struct {
            struct ipc_addr remote, local;
            int token; /* given back in SFU_PATH_OPEN */
        } tcp_open;
        struct handle path_gone;
        struct {
            uint32_t process;
            struct span message; /* of LOST; *borrowed* */
        } relay;
        struct {
            duration_us busy_us; /* that the shell worked, not slept, since the tick before */
        } tick;
    } as;
};

enum sfu_effect_type {
    SFU_REPLY,       /* a message to front */
    SFU_PATH_OPEN,   /* connect a socket of our port from local to remote, or adopt the TCP token */
    SFU_PATH_CLOSE,  /* close it */
    SFU_DTLS_EXPECT, /* its peer's fingerprint is known */
    SFU_DTLS_IN,     /* a datagram for it */
    SFU_DTLS_CLOSE,  /* the transport closed */
};

struct sfu_effect {
    enum sfu_effect_type type;
    union {
        const struct ipc_message *reply; /* *borrowed* until the next sfu_input or sfu_receive */
        struct {
            struct handle path;
            struct ipc_addr remote, local;
            enum ice_protocol protocol;
            int token; /* of SFU_TCP_OPEN */
        } path_open;
        struct handle path_close;
        struct handle dtls_close;
        struct {
            struct handle transport;
            uint8_t fingerprint[32];
        } dtls_expect;
        struct {
            struct handle transport;
            struct span bytes; /* *borrowed* from the datagram, until the next sfu_receive */
        } dtls_in;
    } as;
};

/* One received datagram. `path` is the null handle for the shared socket, and for what another
 * sender got into a connected socket. `bytes` are changed in place. */
struct sfu_datagram {
    struct handle path;
    struct ipc_addr remote, local;
    uint8_t *bytes;
    uint32_t len;
};

/* Datagrams to one address, in order. path null, or its socket not (yet) there: the shared socket
 * sends them from `local` to `remote`. */
struct sfu_run {
    struct handle path;
    struct ipc_addr remote, local;
    const struct span *datagrams; /* *borrowed* until the next call */
    uint32_t count;
};

struct sfu_sends {
    const struct sfu_run *runs; /* *borrowed* until the next call */
    uint32_t count;
};

/* A message to another media process. */
struct sfu_relay {
    uint32_t to;
    enum ipc_lane lane;
    struct span bytes; /* *borrowed* until the next sfu_input, sfu_receive or sfu_relay_take */
};

/* One that came from another; it is taken in pieces when the round's batch is full. */
struct sfu_relay_in {
    uint32_t from;
    struct relay_walk walk; /* walk.fault: why the rest was refused */
};

/* ERR_OK, or why a command was refused (front is told by SFU_REPLY as well). */
enum err sfu_input(struct sfu *s, const struct sfu_event *e, instant_us now);
/* Gives how many datagrams were taken: fewer than count when the round's batch is full; then drain
 * and call again with the rest. */
uint32_t sfu_receive(struct sfu *s, struct sfu_datagram *in, uint32_t count, instant_us now);
/* `message` stays *borrowed* until it is taken. */
void sfu_relay_begin(struct sfu_relay_in *in, uint32_t from, struct span message);
/* True when all of it was taken or refused; false: drain and call again. */
bool sfu_relay_take(struct sfu *s, struct sfu_relay_in *in, instant_us now);
bool sfu_poll(struct sfu *s, struct sfu_effect *out);
/* The next message for another process, before sfu_send. False when nothing is left. */
bool sfu_relay(struct sfu *s, struct sfu_relay *out);
/* What the next sfu_send hands out leaves now: a round for many receivers takes milliseconds, and
 * their estimates compare departures with arrivals. Later inputs are not earlier than this. */
void sfu_departs(struct sfu *s, instant_us now);
/* The next at most SFU_SENDS_MAX sealed datagrams. False when nothing is left. */
bool sfu_send(struct sfu *s, struct sfu_sends *out);
instant_us sfu_deadline(const struct sfu *s);
/* So long after the last sfu_send it pays to leave arrivals in their sockets, though never beyond
 * the deadline. */
duration_us sfu_rest(const struct sfu *s);
/* Until then it pays to go on receiving before sfu_send, because a frame has begun whose rest would
 * leave in the same calls. In the past: there is nothing to wait for. */
instant_us sfu_hold(const struct sfu *s);

/* Gauges are brought up to date. The shell adds to the counters of sockets and rounds itself. */
struct counters *sfu_counters(struct sfu *s);

#endif
