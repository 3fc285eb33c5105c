/* RTP padding that lets the packets of one round for one receiver leave in one call: UDP
 * segmentation wants one size, only the last may be shorter. Browsers split a frame into parts that
 * differ by a byte, which would cost a call each. docs/decisions/0014-hot-path.md
 *   - at most 5 % of a call's bytes are padding
 *   - never audio, never an empty payload, and nothing grows beyond the longest beside it
 *   - the order of packets stays
 * The sealing stage writes the padding inside the encrypted part (RFC 3550 section 5.1).
 * knows: lengths. knows not: bytes. owns: nothing. */
#include "sfu/state.h"

enum {
    CALL_PACKETS_MAX = 64,  /* segments of one call: the kernel's limit */
    CALL_BYTES_MAX = 65400, /* below 64 KiB with their headers */
    PADDING_MAX = 255,      /* one byte counts it */
    PADDING_SHARE = 20,     /* 1 / share of a call's bytes */
};

/* Neighbours that one call may take. All but the last become `size` long. */
struct call {
    struct pending *first, *last;
    uint32_t count, bytes, size;
    uint32_t least; /* the shortest */
    uint32_t rigid; /* length of those before the last that may not be padded; 0: there are none */
};

static uint32_t length(const struct pending *n)
{
    return (uint32_t)(n->header_len + n->front_len + n->packet->len - n->skip);
}

/* A probe's packet is padding already, and says so in its last byte. */
static bool may_pad(const struct sfu *s, const struct pending *n)
{
    const struct track *k = n->subscription->track; /* NULL: a voice slot */
    return k && k->kind == IPC_VIDEO && n->packet->len > n->skip && n->packet != &s->padding;
}

static void call_start(struct call *c, struct pending *n)
{
    uint32_t len = length(n);
    *c = (struct call){n, n, 1, len, len, len, 0};
}

/* The last is no longer the last: it must get the size of the others. */
static bool last_fits(const struct sfu *s, struct call *c, uint32_t size)
{
    uint32_t rigid = may_pad(s, c->last) ? c->rigid : length(c->last);
    if ((c->rigid && c->rigid != rigid) || (rigid && rigid != size))
        return false;
    c->rigid = rigid;
    return true;
}

/* Takes one more at the end. False when that would cost more than it saves. */
static bool call_take(const struct sfu *s, struct call *c, struct pending *n)
{
    uint32_t len = length(n);
    uint32_t size = len > c->size ? len : c->size;
    uint32_t bytes = c->bytes + len;
    uint32_t padding = c->count * size - c->bytes;
    if (c->count == CALL_PACKETS_MAX || bytes + padding > CALL_BYTES_MAX ||
        size - c->least > PADDING_MAX || padding * PADDING_SHARE > bytes || !last_fits(s, c, size))
        return false;
    c->last = n;
    c->count++;
    c->bytes = bytes;
    c->size = size;
    if (len < c->least)
        c->least = len;
    return true;
}

static void call_close(struct sfu *s, const struct call *c)
{
    struct pending *n = c->first;
    for (; n != c->last; n = &s->pending[n->next - 1])
        n->padding = (uint8_t)(c->size - length(n));
}

void equalise(struct sfu *s, const struct transport *t)
{
    struct call c;
    call_start(&c, &s->pending[t->pending_first - 1]);
    for (uint32_t at = c.first->next; at; at = s->pending[at - 1].next) {
        struct pending *n = &s->pending[at - 1];
        if (!call_take(s, &c, n)) {
            call_close(s, &c);
            call_start(&c, n);
        }
    }
    call_close(s, &c);
}
