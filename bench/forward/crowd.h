/* One media process and a crowd around it: publishers and viewers over loopback, with real ICE,
 * DTLS and SRTP, driven as front and supervisor drive it. For benchmarks: what is measured is
 * measured elsewhere.
 * knows: IPC messages, datagrams. knows not: figures. owns: the process, its sockets and sessions,
 * from crowd_open to crowd_close. */
#ifndef BENCH_FORWARD_CROWD_H
#define BENCH_FORWARD_CROWD_H

#include "base/instant.h"
#include "crypt/dtls.h"
#include "proto/ipc.h"
#include "proto/rtp.h"
#include "proto/seal.h"
#include "sfu/counter.h"

enum { CROWD_PT = 96, CROWD_AUDIO_PT = 111, CROWD_PASSWORD = 24 };

/* Somebody with one transport: publishes, or views. */
struct person {
    uint32_t id;
    uint32_t room;
    int fd;
    char ufrag[8];
    struct hmac_sha1 key;
    struct dtls *dtls;
    struct seal seal;
    struct seal_stream out, in;
    uint32_t stun_sent, stun_got;
    uint64_t rtp_got;
};

struct crowd {
    int pid, supervisor, front;
    struct ipc_addr address;
    uint8_t fingerprint[32];
    bool hello;
    uint32_t connected;
    struct ipc_stats stats;
    uint32_t nonce;
    struct cert *cert;
    struct dtls_ctx *ctx;
    struct person *person; /* the first `rooms` publish, the others view */
    uint32_t rooms, viewers;
    bool video;
};

/* Starts the process pinned to `cpu` (-1: anywhere) and brings everyone in. Ends the program when
 * something fails. */
struct crowd_options {
    uint32_t rooms, viewers;
    bool video;
    int cpu;
};
void crowd_open(struct crowd *c, const struct crowd_options *o);
void crowd_close(struct crowd *c);
/* A connectivity check, which also renews consent. */
void crowd_check(struct crowd *c, struct person *p);
/* What arrived for one person; media is counted, not opened. */
void crowd_take(struct crowd *c, struct person *p, uint8_t *bytes, size_t len);
/* The process's counters now. */
const struct ipc_stats *crowd_stats(struct crowd *c);
/* Seals one packet of a publisher. */
struct crowd_packet {
    uint16_t seq;
    uint32_t ts;
    bool marker;
    struct span payload;
};
size_t crowd_seal(struct crowd *c, struct person *p, const struct crowd_packet *k, uint8_t *out,
                  size_t cap);
/* Pins a process (0: this one). */
void crowd_pin(int pid, int cpu);
_Noreturn void crowd_fail(const char *what);

#endif
