/* Control datagrams of a round: STUN answers, DTLS flights, RTCP. They leave before media.
 * knows: paths, addresses. knows not: what they say. owns: the outbox inside struct sfu. */
#include <string.h>

#include "sfu/state.h"

static bool put(struct sfu *s, const struct outgoing *where, struct span bytes)
{
    if (s->outbox_count == OUTBOX_MAX || bytes.len > OUTBOX_BYTES - s->outbox_used) {
        count_drop(&s->counters, SFU_DROP_OUTBOX);
        return false;
    }
    struct outgoing *o = &s->outbox[s->outbox_count++];
    *o = *where;
    o->at = s->outbox_used;
    o->len = (uint32_t)bytes.len;
    memcpy(s->outbox_bytes + o->at, bytes.ptr, bytes.len);
    s->outbox_used += o->len;
    return true;
}

bool outbox_put(struct sfu *s, const struct path *p, struct span bytes)
{
    return put(s, &(struct outgoing){.path = p->self, .remote = p->remote.addr, .local = p->local},
               bytes);
}

bool outbox_put_to(struct sfu *s, const struct sfu_datagram *back_to, struct span bytes)
{
    return put(s, &(struct outgoing){.remote = back_to->remote, .local = back_to->local}, bytes);
}

bool outbox_put_rtcp(struct sfu *s, struct transport *t, struct span compound)
{
    uint8_t buf[SFU_DATAGRAM_MAX];
    struct seal_out out = {buf, sizeof buf, 0};
    if (!t->selected || t->state != TRANSPORT_CONNECTED || compound.len == 0)
        return false;
    if (seal_rtcp(&t->seal, compound, &out) != ERR_OK) {
        count_drop(&s->counters, SFU_DROP_SEAL);
        return false;
    }
    count_add(&s->counters, COUNTER_RTCP_OUT, 1);
    return outbox_put(s, t->selected, span_of(buf, out.len));
}

void outbox_collect(struct sfu *s, struct slab *out)
{
    while (s->outbox_sent < s->outbox_count && out->datagrams < SFU_SENDS_MAX) {
        const struct outgoing *o = &s->outbox[s->outbox_sent++];
        out->datagram[out->datagrams] = span_of(s->outbox_bytes + o->at, o->len);
        out->run[out->runs++] = (struct sfu_run){.path = o->path,
                                                 .remote = o->remote,
                                                 .local = o->local,
                                                 .datagrams = &out->datagram[out->datagrams],
                                                 .count = 1};
        out->datagrams++;
    }
}
