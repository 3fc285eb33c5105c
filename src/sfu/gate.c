/* What may enter: STUN from anywhere within a budget, everything else only by a path that ICE has
 * validated. An address is never learnt from media or DTLS (attacks A01, A02); nothing is answered
 * that did not authenticate, and no answer is longer than its request (A05).
 * knows: paths, ICE, addresses. knows not: what media means. owns: nothing. */
#include <string.h>

#include "proto/rtp.h"
#include "proto/stun.h"
#include "sfu/state.h"

/* What an old kind of server did: believe the sender of a packet that looks right. It is here so
 * that the mutants build can show that the attack tests would notice; DEFENCE is false elsewhere.
 */
static struct path *latch_ssrc(struct sfu *s, const struct sfu_datagram *d)
{
    struct rtp_packet rtp;
    if (rtp_parse(&rtp, span_of(d->bytes, d->len), RTP_SEALED) != ERR_OK)
        return NULL;
    for (uint32_t i = 0; i < s->transports.count; i++) {
        struct handle h;
        struct transport *t = pool_at(&s->transports, i, &h);
        if (!t || transport_find_ssrc(t, rtp.ssrc) < 0)
            continue;
        struct ice_remote remote = {d->remote, ICE_UDP};
        struct path *p = path_open(s, t, &remote, &d->local, -1);
        if (p)
            t->selected = p;
        return p;
    }
    return NULL;
}

static struct path *latch_handshake(struct sfu *s, const struct sfu_datagram *d)
{
    for (uint32_t i = 0; i < s->transports.count; i++) {
        struct handle h;
        struct transport *t = pool_at(&s->transports, i, &h);
        if (!t || t->state != TRANSPORT_NEW)
            continue;
        struct ice_remote remote = {d->remote, ICE_UDP};
        struct path *p = path_open(s, t, &remote, &d->local, -1);
        if (p)
            t->latest = p;
        return p;
    }
    return NULL;
}

struct path *gate_path(struct sfu *s, const struct sfu_datagram *d, enum sfu_drop *why)
{
    struct path *p = pool_get(&s->paths, d->path);
    if (p && p->transport) {
        if (s->now < p->valid_until)
            return p;
        *why = SFU_DROP_STALE_PATH;
        return NULL;
    }
    *why = SFU_DROP_NO_PATH;
    if (d->bytes[0] >= 128 && DEFENCE(1, false))
        return latch_ssrc(s, d);
    if (d->bytes[0] < 128 && DEFENCE(2, false))
        return latch_handshake(s, d);
    return NULL;
}

enum sfu_drop gate_dtls(struct sfu *s, const struct sfu_datagram *d, struct path *p)
{
    if (p->transport->state == TRANSPORT_CLOSED)
        return SFU_DROP_NO_KEYS;
    struct sfu_effect *e = effect_push(s, SFU_DTLS_IN);
    e->as.dtls_in.transport = p->transport->self;
    e->as.dtls_in.bytes = span_of(d->bytes, d->len);
    return SFU_DROP_NONE;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A request for another media process goes to front, which knows the way. */
static enum sfu_drop pass_on(struct sfu *s, const struct sfu_datagram *d, struct span ufrag)
{
    int high = ufrag.len >= 2 ? hex_digit(ufrag.ptr[0]) : -1;
    int low = ufrag.len >= 2 ? hex_digit(ufrag.ptr[1]) : -1;
    uint32_t target = high >= 0 && low >= 0 ? (uint32_t)(high * 16 + low) : UINT32_MAX;
    if (target >= s->config.media_count || target == s->config.index)
        return SFU_DROP_STUN;
    if (d->len > IPC_STRAY_MAX || d->path.generation != 0)
        return SFU_DROP_STRAY;
    struct ipc_message *m = effect_reply(s, IPC_STRAY);
    m->as.STRAY.target = target;
    m->as.STRAY.remote = d->remote;
    m->as.STRAY.local = d->local;
    m->as.STRAY.len = (uint16_t)d->len;
    memcpy(m->as.STRAY.bytes, d->bytes, d->len);
    count_add(&s->counters, COUNTER_STRAY_OUT, 1);
    return SFU_DROP_NONE;
}

/* The path that an authenticated request came by becomes (or already is) the transport's own. */
static struct path *claim(struct sfu *s, const struct sfu_datagram *d, struct path *p,
                          struct transport *t)
{
    if (!p) {
        struct ice_remote remote = {d->remote, ICE_UDP};
        return path_open(s, t, &remote, &d->local, -1);
    }
    if (p->transport == t)
        return p;
    /* The same address now speaks for another transport: a client that came back. */
    path_detach(p);
    path_attach(p, t);
    return p->transport ? p : NULL;
}

/* ICE answered a request that came by this path; it may be the one that the peer nominated. */
static void validated(struct sfu *s, struct path *p)
{
    struct transport *t = p->transport;
    const struct ice_remote *selected = ice_selected(&t->ice, s->now);
    p->valid_until = s->now + ICE_CONSENT_US;
    t->latest = p;
    if (!selected || !ice_remote_equal(selected, &p->remote))
        return;
    t->selected = p;
    if (t->state == TRANSPORT_FAILED)
        transport_set_state(s, t, TRANSPORT_CONNECTED, ERR_OK);
}

/* The answer goes back the way the request came; a new path's socket does not exist yet, and the
 * shell falls back to the shared one if it cannot be made. */
static enum sfu_drop answer(struct sfu *s, const struct sfu_datagram *d, const struct path *p,
                            struct span bytes)
{
    if (!DEFENCE(5, bytes.len <= d->len))
        return SFU_DROP_STUN_GROWTH;
    bool sent = p ? outbox_put(s, p, bytes) : outbox_put_to(s, d, bytes);
    return sent ? SFU_DROP_NONE : SFU_DROP_OUTBOX;
}

static enum sfu_drop refuse(struct sfu *s, const struct sfu_datagram *d)
{
    budget_charge(&s->budget, &d->remote, s->now);
    return SFU_DROP_STUN;
}

enum sfu_drop gate_stun(struct sfu *s, const struct sfu_datagram *d, struct path *p)
{
    struct span in = span_of(d->bytes, d->len), ufrag;
    bool known = p && p->transport && s->now < p->valid_until;
    if (!known && !DEFENCE(5, budget_left(&s->budget, &d->remote, s->now)))
        return SFU_DROP_FLOOD;
    if (!stun_peek_ufrag(in, &ufrag))
        return refuse(s, d);
    struct transport *t = transport_by_ufrag(s, ufrag);
    if (!t) {
        budget_charge(&s->budget, &d->remote, s->now);
        return pass_on(s, d, ufrag);
    }
    if (p && p->transport && p->transport != t && p->transport->selected == p &&
        p->transport->state == TRANSPORT_CONNECTED && s->now < p->valid_until)
        return SFU_DROP_NO_PATH; /* another's live path: the source may be forged to cut it off */
    uint8_t bytes[STUN_WRITE_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    struct ice_remote from = p ? p->remote : (struct ice_remote){d->remote, ICE_UDP};
    enum ice_result r = ice_input(&t->ice, &from, in, s->now, &w);
    if (r == ICE_DROPPED)
        return refuse(s, d);
    count_add(&s->counters, COUNTER_STUN_IN, 1);
    if (r == ICE_ANSWERED || r == ICE_SELECTED) {
        p = claim(s, d, p, t);
        if (!p)
            return SFU_DROP_NO_PATH;
        validated(s, p);
    }
    return answer(s, d, p, writer_span(&w));
}
