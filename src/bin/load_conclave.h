/* The inside of the adapter for our own server: sessions over one libwebsockets context, and the
 * making of meetings. knows: signalling as JSON, as docs/wire/signalling.md has it. knows not:
 * media. owns: the connections. */
#ifndef BIN_LOAD_CONCLAVE_H
#define BIN_LOAD_CONCLAVE_H

#include <jansson.h>

#include "bin/load.h"
#include "bin/load_texts.h"

enum {
    HALL_ID = 20,
    HALL_PROOF = 43, /* characters of 32 bytes in base64url */
    HALL_HOST_MAX = 280,
    HALL_UNDER_WAY = 256, /* requests of one session */
    HALL_MESSAGE_MAX = 4 << 20,
};

struct hall;
struct hall_session;

/* A meeting to load. */
struct hall_room {
    char meeting[LIMIT_MEETING_ID + 1], access[HALL_PROOF + 1];
    char host_proof[HALL_PROOF + 1]; /* of a host's link: those who send are hosts; "" otherwise */
    char origin[HALL_HOST_MAX], host[HALL_HOST_MAX], address[HALL_HOST_MAX];
    int port;
};

/* ---- load_conclave_rooms.c ---- */

/* Fills o->rooms places, from links or by POST /api/meetings. ERR_CONFIG with a sentence. */
enum err hall_rooms(const struct load_options *o, struct hall_room *rooms, struct complaint *why);

/* ---- load_conclave_wire.c ---- */

struct hall_message;

struct hall_wire {
    struct hall_session *session;
    struct lws *wsi; /* NULL: not connected */
    struct texts texts;
    bool closing;
};

struct hall_net;

/* Called from hall_net_run. After `lost` the wire is free again. */
struct hall_hooks {
    void (*opened)(struct hall_session *s);
    void (*text)(struct hall_session *s, struct span message);
    void (*lost)(struct hall_session *s, const char *why);
    void (*due)(struct hall_session *s); /* to say that it still lives */
};

struct hall_net *hall_net_open(const struct hall_hooks *hooks, const char *ca, bool insecure);
void hall_net_close(struct hall_net *n);
int hall_net_descriptor(const struct hall_net *n);
int hall_net_wait_ms(const struct hall_net *n);
void hall_net_run(struct hall_net *n);
/* False when not even an attempt could be made; else opened or lost follows. */
bool hall_wire_open(struct hall_net *n, struct hall_wire *w, const struct hall_room *room);
/* Queues one message; takes over `message`. */
void hall_wire_send(struct hall_wire *w, json_t *message);
/* Closes behind what is queued; `lost` follows. */
void hall_wire_hang_up(struct hall_wire *w);

#endif
