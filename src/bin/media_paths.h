/* The sockets of a media process: the shared one, one a validated address, and TCP carriers.
 * knows: descriptors and the core's paths. knows not: what a datagram holds.
 * owns: the sockets and carriers of paths; the shared socket is the role's. */
#ifndef BIN_MEDIA_PATHS_H
#define BIN_MEDIA_PATHS_H

#include "io/loop.h"
#include "io/tcp.h"
#include "io/udp.h"
#include "sfu/sfu.h"

enum { MEDIA_CARRIERS = 256 }; /* TCP connections at once, some 68 KB each when used */

struct media;

struct media_path {
    struct loop_watch watch; /* fd -1: no socket */
    struct handle path;
    struct tcp_carrier *carrier; /* NULL: UDP */
    struct media *media;
    bool blocked; /* a TCP peer that reads slowly: write readiness is awaited */
    struct ipc_addr remote, local;
};

struct media_paths {
    struct media *media;
    struct media_path *place; /* by path index */
    uint32_t count;
    struct tcp_carrier *carriers;
    uint16_t free_carrier[MEDIA_CARRIERS];
    uint32_t free_carriers;
    struct udp_batch *batch;
};

/* ERR_NOMEM. */
enum err media_paths_open(struct media_paths *p, struct media *media, uint32_t count);
void media_paths_close(struct media_paths *p);

/* The core's effects. */
void media_path_open(struct media_paths *p, const struct sfu_effect *e);
void media_path_close(struct media_paths *p, struct handle path);
/* Sends one run over its path's socket, or over the shared one when it has none. */
void media_path_send(struct media_paths *p, const struct sfu_run *run);
/* Asks the processor to fetch what media_path_send will read for that run. */
static inline void media_path_prefetch(const struct media_paths *p, const struct sfu_run *run)
{
    __builtin_prefetch(&p->place[run->path.index]);
}
/* The shared socket is readable. */
void media_shared_ready(void *media, unsigned events);

#endif
