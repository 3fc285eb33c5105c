/* One HTTPS request to a host that configuration or a user named, by libcurl, without reaching what
 * is inside (attack A06): the name is resolved once, every address of it must be public unless this
 * very host was allowed, and the connection goes to an address that was judged, whatever the name
 * says a moment later. No redirects, no proxy, TLS 1.2 or later, a bounded answer. knows: names,
 * addresses, HTTP. knows not: what it asks for. owns: nothing beyond a call. It blocks, so it runs
 * in a process of its own (bin/role_fetch.c). */
#ifndef IO_FETCH_H
#define IO_FETCH_H

#include "base/err.h"
#include "base/span.h"
#include "proto/ipc.h"

enum { FETCH_ANSWER_MAX = 65536, FETCH_SECONDS = 8, FETCH_HOST_MAX = 128, FETCH_HEADERS = 4 };

/* Something said to a host that whoever asks named (a webhook): its answer's body is not read. */
struct fetch_tell {
    struct span json;
    const char *header[FETCH_HEADERS]; /* "Name: value"; NULL: no more */
    unsigned seconds;                  /* the whole of it, but the look-up of the name */
    const struct ipc_addr *own;        /* addresses of ours that this machine may not know */
    size_t own_count;
};

struct fetch_ask {
    const char *url;
    struct span form;     /* POST of a form; empty: GET */
    const char *internal; /* the host[:port] that may be at an internal address; "": none */
    struct span ca;       /* authorities (PEM); empty: the system's */
    const struct fetch_tell *tell; /* NULL: none. Then no address of this machine's is public */
};

struct fetch_answer {
    uint16_t status;
    size_t len;
    uint8_t body[FETCH_ANSWER_MAX];
};

/* Once a process, before its sandbox. ERR_IO. */
enum err fetch_init(void);
/* ERR_FORBIDDEN: an internal address or our own, or no https URL; ERR_NOT_FOUND: no such host;
 * ERR_LIMIT: too large; ERR_AUTH: its certificate is not right; ERR_IO. */
enum err fetch_do(const struct fetch_ask *ask, struct fetch_answer *out);

#endif
