/* One media process, as its three files share it. knows: which part is where. knows not: the parts'
 * insides. owns: everything of the process. */
#ifndef BIN_MEDIA_H
#define BIN_MEDIA_H

#include "bin/media_dtls.h"
#include "bin/media_paths.h"
#include "bin/media_relay.h"

enum { MEDIA_QUEUE = 1024 }; /* messages that wait for a busy front */

struct media {
    struct loop loop;
    struct sfu *sfu;
    struct counters *counters;
    duration_us busy_us;  /* of work since the last tick, for its overload ladder */
    duration_us slept_us; /* of the running round, while it waited for the rest of a frame */
    struct media_dtls dtls;
    struct media_paths paths;
    struct media_relay relay;
    duration_us worked_us; /* since busy_at, for front */
    instant_us busy_at;
    uint8_t busy_told;                           /* percent */
    struct loop_watch supervisor, front, shared; /* front.fd -1: none yet */
    struct ipc_addr listen;
    uint32_t index, generation;
    struct ipc_message *queue; /* ring of MEDIA_QUEUE */
    uint32_t queue_first, queue_count;
    bool stop, failed;
    instant_us now; /* of the running round */
};

/* Carries out the core's effects until there are none. Call after every sfu_input and sfu_receive,
 * while the received bytes still stand. */
void media_effects(struct media *m);
/* Sends everything that the core has ready. */
void media_flush(struct media *m);
/* A message to front, or to its queue. */
void media_tell(struct media *m, const struct ipc_message *message);

#endif
