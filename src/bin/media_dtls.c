/* Feeds associations and passes on what they say; see media_dtls.h. owns: the associations. */
#include "bin/media_dtls.h"

#include <stdlib.h>
#include <string.h>

#include "crypt/crypt.h"
#include "io/clock.h"

enum err media_dtls_open(struct media_dtls *m, struct sfu *sfu, uint32_t transports)
{
    *m = (struct media_dtls){.sfu = sfu, .count = transports};
    m->place = calloc(transports, sizeof *m->place);
    m->waiting = calloc(transports, sizeof *m->waiting);
    if (!m->place || !m->waiting)
        return ERR_NOMEM;
    TRY(cert_open(&m->cert, clock_unix_s()));
    return dtls_ctx_open(&m->ctx, m->cert, NULL);
}

static void stop_waiting(struct media_dtls *m, struct media_association *a)
{
    uint32_t last = m->waiting[m->waiting_count - 1];
    m->waiting[a->waiting_at] = last;
    m->place[last].waiting_at = a->waiting_at;
    m->waiting_count--;
}

static void forget(struct media_dtls *m, struct media_association *a)
{
    if (a->dtls && !a->settled)
        stop_waiting(m, a);
    if (a->dtls)
        dtls_close(a->dtls);
    *a = (struct media_association){0};
}

void media_dtls_close(struct media_dtls *m)
{
    for (uint32_t i = 0; m->place && i < m->count; i++)
        forget(m, &m->place[i]);
    if (m->ctx)
        dtls_ctx_close(m->ctx);
    if (m->cert)
        cert_close(m->cert);
    free(m->place);
    free(m->waiting);
    *m = (struct media_dtls){0};
}

/* The place of a transport; what an earlier one left there is closed. */
static struct media_association *association(struct media_dtls *m, struct handle transport)
{
    struct media_association *a = &m->place[transport.index];
    if (!handle_equal(a->transport, transport)) {
        forget(m, a);
        a->transport = transport;
    }
    return a;
}

static void give_keys(struct media_dtls *m, struct media_association *a, instant_us now)
{
    struct srtp_keys keys;
    enum err e = dtls_keys(a->dtls, &keys);
    if (e == ERR_OK)
        e = sfu_input(m->sfu,
                      &(struct sfu_event){.type = SFU_KEYS,
                                          .as.keys = {.transport = a->transport, .keys = &keys}},
                      now);
    crypt_wipe(&keys, sizeof keys);
    dtls_rest(a->dtls);
    if (e != ERR_OK)
        (void)sfu_input(
            m->sfu,
            &(struct sfu_event){.type = SFU_DTLS_ENDED,
                                .as.dtls_ended = {.transport = a->transport, .reason = e}},
            now);
}

/* Passes on what the association wants to send and what became of it. */
static void pump(struct media_dtls *m, struct media_association *a, instant_us now)
{
    uint8_t out[DTLS_MTU];
    size_t len;
    while ((len = dtls_poll(a->dtls, out, sizeof out)) > 0)
        (void)sfu_input(m->sfu,
                        &(struct sfu_event){
                            .type = SFU_DTLS_OUT,
                            .as.dtls_out = {.transport = a->transport, .bytes = span_of(out, len)}},
                        now);
    enum dtls_state state = dtls_state(a->dtls);
    if (state == DTLS_CONNECTED && !a->settled) {
        stop_waiting(m, a);
        a->settled = true;
        give_keys(m, a, now);
    } else if (state == DTLS_FAILED) {
        enum err reason = dtls_reason(a->dtls);
        struct handle transport = a->transport;
        if (!a->settled)
            stop_waiting(m, a);
        a->settled = true;
        (void)sfu_input(
            m->sfu,
            &(struct sfu_event){.type = SFU_DTLS_ENDED,
                                .as.dtls_ended = {.transport = transport, .reason = reason}},
            now);
    }
}

void media_dtls_expect(struct media_dtls *m, struct handle transport, const uint8_t *fingerprint,
                       instant_us now)
{
    struct media_association *a = association(m, transport);
    /* A second, different value must fail an association (attack A03), so it is passed on as well.
     */
    if (a->dtls) {
        dtls_expect(a->dtls, fingerprint, now);
        pump(m, a, now);
    } else if (a->expected && memcmp(a->fingerprint, fingerprint, sizeof a->fingerprint) != 0) {
        (void)sfu_input(
            m->sfu,
            &(struct sfu_event){.type = SFU_DTLS_ENDED,
                                .as.dtls_ended = {.transport = transport, .reason = ERR_CONFLICT}},
            now);
    }
    if (!a->expected)
        memcpy(a->fingerprint, fingerprint, sizeof a->fingerprint);
    a->expected = true;
}

void media_dtls_input(struct media_dtls *m, struct handle transport, struct span bytes,
                      instant_us now)
{
    struct media_association *a = association(m, transport);
    if (!a->dtls) {
        a->dtls = dtls_open(m->ctx, DTLS_ROLE_SERVER, now);
        if (!a->dtls)
            return; /* no memory now: the client tries again */
        a->waiting_at = m->waiting_count;
        m->waiting[m->waiting_count++] = transport.index;
        if (a->expected)
            dtls_expect(a->dtls, a->fingerprint, now);
    }
    if (dtls_state(a->dtls) == DTLS_FAILED)
        return;
    dtls_input(a->dtls, bytes, now);
    pump(m, a, now);
}

void media_dtls_end(struct media_dtls *m, struct handle transport)
{
    struct media_association *a = &m->place[transport.index];
    if (handle_equal(a->transport, transport))
        forget(m, a);
}

instant_us media_dtls_deadline(const struct media_dtls *m)
{
    instant_us first = INSTANT_NEVER;
    for (uint32_t i = 0; i < m->waiting_count; i++)
        first = instant_min(first, dtls_deadline(m->place[m->waiting[i]].dtls));
    return first;
}

void media_dtls_tick(struct media_dtls *m, instant_us now)
{
    /* From the end: one that settles takes itself out, and the last one takes its place. */
    for (uint32_t i = m->waiting_count; i-- > 0;) {
        struct media_association *a = &m->place[m->waiting[i]];
        if (now < dtls_deadline(a->dtls))
            continue;
        dtls_tick(a->dtls, now);
        pump(m, a, now);
    }
}
