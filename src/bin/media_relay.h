/* The channels of one media process to the others: two each, so that video never stands before the
 * rest. knows: descriptors and whose they are. knows not: what a message says (sfu/mirror.h).
 * owns: the descriptors and the buffer that messages are received in. */
#ifndef BIN_MEDIA_RELAY_H
#define BIN_MEDIA_RELAY_H

#include "io/loop.h"
#include "sfu/sfu.h"

struct media;

struct relay_link {
    struct loop_watch watch; /* fd -1: no such process now */
    struct media_relay *relay;
    uint32_t process;
};

struct media_relay {
    struct media *media;
    uint32_t count;          /* processes */
    struct relay_link *link; /* IPC_LANE_COUNT_ of each */
    uint8_t *buffer;         /* one message */
};

/* ERR_NOMEM. */
enum err media_relay_open(struct media_relay *r, struct media *m, uint32_t count);
void media_relay_close(struct media_relay *r);
/* A fresh channel; fd becomes the relay's. */
void media_relay_attach(struct media_relay *r, const struct ipc_channel *c, int fd);
/* Sends what the core has for others. What does not fit is given up, and the core told. */
void media_relay_flush(struct media_relay *r);

#endif
