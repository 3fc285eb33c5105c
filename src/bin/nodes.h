/* The insides of the nodes role, shared by role_nodes.c (front, supervisor, start) and nodes_way.c
 * (connections) only. */
#ifndef BIN_NODES_H
#define BIN_NODES_H

#include <uv.h>

#include "base/instant.h"
#include "crypt/nodetls.h"
#include "proto/frame.h"
#include "proto/ipc.h"

enum {
    NODES_WAYS = 128,           /* connections, both ways together */
    NODES_SHAKE_MS = 5000,      /* from the connection to its last handshake byte */
    NODES_PING_MS = 1000,       /* something is said so often */
    NODES_QUIET_MS = 5000,      /* nothing heard for so long: it is gone */
    NODES_REFUSED_MS = 10000,   /* the same when front would not have it */
    NODES_RETRY_MS = 500,       /* between two attempts to reach a peer */
    NODES_OUT = 32 << 20,       /* bytes that wait for a slow peer; then it is given up */
    NODES_WORDS = 20,           /* failures that are logged in one second */
    NODES_FRONT_HIGH = 8 << 20, /* bytes that wait for front: nothing more is read */
    NODES_FRONT_LOW = 1 << 20,
};

struct nodes_item {
    struct nodes_item *next;
    struct ipc_message message; /* only its own size is kept */
};

/* One TCP connection. */
struct way {
    struct nodes *nodes;
    uint32_t number; /* never used twice; 0 until front was told */
    bool dialled, closing, said_hello, heard_hello;
    bool ending;   /* what waits is sent, nothing more is heard */
    uint32_t peer; /* of a dialled one: place in cell.peer */
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct nodetls *tls; /* *owned* */
    instant_us since, heard, spoke;
    size_t out; /* bytes that uv has not sent yet */
    size_t in_len;
    uint8_t in[2 * FRAME_MOST];
};

struct nodes {
    uv_loop_t loop;
    uv_poll_t supervisor;
    uv_tcp_t listener;
    uv_timer_t tick;
    struct ipc_cell cell;
    struct nodetls_ctx *ctx;
    int front; /* -1: none */
    uv_poll_t *front_poll;
    struct nodes_item *first, *last;
    size_t waiting;
    bool stopped;                /* nothing is read from others until front has taken more */
    struct way *way[NODES_WAYS]; /* *owned* */
    uint32_t numbers;
    uint32_t failures; /* of the second that began at failed_at */
    instant_us failed_at;
    instant_us dial_at[IPC_PEERS_MAX];
};

/* role_nodes.c */
void nodes_log(const char *event, const char *key, const char *value);
/* False: there is no front, or no memory. */
bool nodes_tell(struct nodes *n, const struct ipc_message *m);

/* nodes_way.c */
enum err ways_open(struct nodes *n, int listen_fd);
/* Connects to every peer that there is no connection to. */
void ways_dial(struct nodes *n);
/* Ends all of them: front, who knew their sessions, is another one. */
void ways_reset(struct nodes *n);
void ways_resume(struct nodes *n);
/* Nothing happens for a number that is gone. */
void way_say(struct nodes *n, uint32_t number, const struct frame *f);
void way_end(struct nodes *n, uint32_t number);

#endif
