/* The library's view of the network, inside src/crypt only: it reads the one datagram at hand and
 * its writes, one datagram each, queue up. A memory BIO would join them and lose their borders.
 * knows: BIO methods. knows not: DTLS. owns: the queued datagrams. */
#ifndef CRYPT_DTLS_BIO_H
#define CRYPT_DTLS_BIO_H

#include "base/span.h"
#include "crypt/openssl.h"

enum { DTLS_BIO_QUEUE_MAX = 32 }; /* datagrams; a flight is two or three */

struct dtls_bio_node;

struct dtls_bio {
    struct span in;                     /* *borrowed* for one call; empty once read */
    struct dtls_bio_node *first, *last; /* *owned* */
    unsigned count;
    bool failed; /* out of memory, or nobody took what was queued */
};

/* A BIO over q, which outlives it. *owned* by the caller. NULL when out of memory. */
BIO *dtls_bio_open(struct dtls_bio *q);
/* Queues a datagram; one too many is lost, as on a full link. False when out of memory. */
bool dtls_bio_put(struct dtls_bio *q, struct span datagram);
/* The only datagram in the queue, *borrowed*; empty when there are none or several. */
struct span dtls_bio_only(const struct dtls_bio *q);
/* The oldest queued datagram, 0 when there is none. One longer than cap is dropped. */
size_t dtls_bio_take(struct dtls_bio *q, uint8_t *out, size_t cap);
void dtls_bio_drop(struct dtls_bio *q);

#endif
