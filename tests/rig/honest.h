/* The honest side of every attack program: a server, a meeting, Ana (host) and Ben, who hear and
 * see each other before the attack, through it and after it. owns: the rig. */
#ifndef RIG_HONEST_H
#define RIG_HONEST_H

#include "rig/rig.h"

enum { HONEST_GAP_MS = 200 };

struct honest {
    struct rig rig;
    struct rig_meeting meeting;
    struct rig_peer *ana, *ben;
    uint64_t expected_unknown;
};

/* Starts everything and shows the baseline: audio and video arrive both ways. */
void honest_open(struct honest *h);
/* The same of a server with these options. */
void honest_open_as(struct honest *h, const struct rig_options *o);
/* The same in a meeting with a waiting room: Ana lets Ben in. */
void honest_open_waiting(struct honest *h);
/* Ana's commit lets in someone who waits and has asked; true when it heard so. */
bool honest_admit(struct honest *h, struct rig_peer *p);
/* A third participant of the same meeting, with transports, who hears both; publishes nothing. */
struct rig_peer *honest_guest(struct honest *h);
/* Audio and video still arrive, audio never gapped more than 200 ms, nothing was injected. */
void honest_unhurt(struct honest *h);
/* The same, then ends the server and looks through its log. */
void honest_close(struct honest *h);

/* Hostile UDP sockets on an address of a network of its own: several, so that every process that
 * shares the port gets its part. */
enum { HOSTILE_SOCKETS = 11 };

struct hostile {
    int fd[HOSTILE_SOCKETS];
    unsigned turn;
    uint64_t sent, received; /* bytes */
    uint64_t answers;        /* datagrams received */
};

void hostile_open(struct honest *h, struct hostile *x, const char *address);
void hostile_send(struct hostile *x, struct span datagram);
/* Counts what has come in; the rig runs for so long first. */
void hostile_listen(struct honest *h, struct hostile *x, int64_t ms);
void hostile_close(struct hostile *x);
/* A whole ClientHello as one datagram; its length. */
size_t hostile_client_hello(struct honest *h, uint8_t *out, size_t cap);

#endif
