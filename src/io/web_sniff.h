/* The one TCP port: accepts, looks at the first bytes without taking them, and hands the connection
 * on: a TLS hello to the web server, a framed STUN request to whoever carries media. Who speaks
 * plain HTTP is shown the way (web_plain.h). knows: accept, MSG_PEEK, RFC 4571 framing. knows not:
 * TLS, STUN's content. owns: connections between accept and hand-over, at most SNIFF_MAX of them,
 * SNIFF_S seconds each.
 */
#ifndef IO_WEB_SNIFF_H
#define IO_WEB_SNIFF_H

#include <uv.h>

#include "base/err.h"
#include "base/span.h"

enum { SNIFF_MAX = 256, SNIFF_MS = 5000, SNIFF_PEEK = 640 };

struct sniff;

struct sniff_handlers {
    void *context;
    /* Both take ownership of fd. */
    void (*tls)(void *context, int fd);
    /* datagram: the first framed STUN message, still unread in the socket. */
    void (*stun)(void *context, int fd, struct span datagram);
};

struct sniff_counts {
    uint64_t tls, stun, plain, unknown, timed_out, full;
};

/* Listens on an already listening, non-blocking socket. *borrowed* handlers. ERR_NOMEM, ERR_IO. */
enum err sniff_open(struct sniff **out, uv_loop_t *loop, int listen_fd,
                    const struct sniff_handlers *handlers);
/* From now on connections are taken; until then they wait in the kernel. Once. ERR_IO. */
enum err sniff_listen(struct sniff *s);
const struct sniff_counts *sniff_count(const struct sniff *s);

/* What first bytes are; pure, for tests. MORE: too few to tell. */
enum sniff_kind { SNIFF_MORE, SNIFF_TLS, SNIFF_STUN, SNIFF_PLAIN, SNIFF_UNKNOWN };
enum sniff_kind sniff_judge(struct span bytes);

#endif
