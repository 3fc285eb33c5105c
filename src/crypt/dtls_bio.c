/* A datagram BIO over a queue. */
#include "crypt/dtls_bio.h"

#include "base/limit.h"
#include "crypt/dtls.h"

enum { OVERHEAD = 0 }; /* DTLS_MTU counts what dtls_poll gives, not IP and UDP headers */

struct dtls_bio_node {
    struct dtls_bio_node *next;
    size_t len;
    uint8_t bytes[];
};

static int on_read(BIO *bio, char *out, int cap)
{
    struct dtls_bio *q = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (q->in.len == 0 || cap <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t n = q->in.len < (size_t)cap ? q->in.len : (size_t)cap;
    memcpy(out, q->in.ptr, n);
    q->in = (struct span){NULL, 0}; /* what did not fit is lost, as with a real datagram */
    return (int)n;
}

bool dtls_bio_put(struct dtls_bio *q, struct span datagram)
{
    if (q->count >= DTLS_BIO_QUEUE_MAX)
        return true; /* the peer's timer asks again */
    struct dtls_bio_node *node = OPENSSL_malloc(sizeof(*node) + datagram.len);
    if (!node) {
        q->failed = true;
        return false;
    }
    node->next = NULL;
    node->len = datagram.len;
    memcpy(node->bytes, datagram.ptr, datagram.len);
    if (q->last)
        q->last->next = node;
    else
        q->first = node;
    q->last = node;
    q->count++;
    return true;
}

struct span dtls_bio_only(const struct dtls_bio *q)
{
    return q->count == 1 ? span_of(q->first->bytes, q->first->len) : span_of(NULL, 0);
}

static int on_write(BIO *bio, const char *bytes, int len)
{
    BIO_clear_retry_flags(bio);
    if (len <= 0)
        return len;
    return dtls_bio_put(BIO_get_data(bio), span_of(bytes, (size_t)len)) ? len : -1;
}

static long on_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_MTU;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return OVERHEAD;
    default:
        return 0;
    }
}

/* Made once a process and kept: one method table serves every association. */
static BIO_METHOD *method(void)
{
    static BIO_METHOD *m;
    if (m)
        return m;
    m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram queue");
    if (m && (!BIO_meth_set_read(m, on_read) || !BIO_meth_set_write(m, on_write) ||
              !BIO_meth_set_ctrl(m, on_ctrl))) {
        BIO_meth_free(m);
        m = NULL;
    }
    return m;
}

BIO *dtls_bio_open(struct dtls_bio *q)
{
    BIO_METHOD *m = method();
    BIO *bio = m ? BIO_new(m) : NULL;
    if (!bio)
        return NULL;
    BIO_set_data(bio, q);
    BIO_set_init(bio, 1);
    return bio;
}

size_t dtls_bio_take(struct dtls_bio *q, uint8_t *out, size_t cap)
{
    while (q->first) {
        struct dtls_bio_node *node = q->first;
        size_t len = node->len;
        q->first = node->next;
        if (!q->first)
            q->last = NULL;
        q->count--;
        if (len <= cap)
            memcpy(out, node->bytes, len);
        OPENSSL_free(node);
        if (len <= cap)
            return len;
    }
    return 0;
}

void dtls_bio_drop(struct dtls_bio *q)
{
    while (q->first) {
        struct dtls_bio_node *node = q->first;
        q->first = node->next;
        OPENSSL_free(node);
    }
    q->last = NULL;
    q->count = 0;
}
