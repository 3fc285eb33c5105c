/* The rhythm of clusters and the reading of their answers; see probe.h. owns: nothing. */
#include "sfu/probe.h"

/* The fast start: two clusters, at these multiples of the first estimate. */
enum { STARTS = 2, PACKETS_MIN = 5, BYTES_MIN = 4000 };
static const uint8_t START_TIMES[STARTS] = {3, 6};
#define START_GAP_US (150 * US_PER_MS)
/* A rate measured over less than this is noise of clocks and batches. */
#define ANSWER_MIN_US (5 * US_PER_MS)

void probe_init(struct probe *p, instant_us now)
{
    *p = (struct probe){.next_at = now + START_GAP_US, .gap = PROBE_GAP_US};
}

/* Where nothing else is sent no feedback may ever come that would say so. */
static void give_up(struct probe *p, instant_us now)
{
    const struct probe_cluster *c = &p->cluster;
    if (!c->open || c->ended == 0 || now - c->ended < PROBE_ANSWER_US)
        return;
    p->cluster.open = false;
    p->started = STARTS;
    p->next_at = now;
}

bool probe_begin(struct probe *p, rate_bps rate, rate_bps wanted, int64_t next, instant_us now)
{
    give_up(p, now);
    if (p->cluster.open || now < p->next_at || wanted <= rate)
        return false;
    uint64_t at = wanted;
    if (p->started < STARTS) {
        uint64_t most = (uint64_t)rate * START_TIMES[p->started++];
        at = at < most ? at : most;
    } else if (at > 3 * (uint64_t)rate) {
        at = 3 * (uint64_t)rate; /* a step at a time: what is too much makes a queue */
    }
    p->cluster = (struct probe_cluster){
        .open = true, .rate = (rate_bps)at, .begun = now, .first = next, .end = next};
    return true;
}

void probe_hurry(struct probe *p, instant_us at)
{
    p->next_at = instant_min(p->next_at, at);
    p->gap = PROBE_GAP_US;
}

uint32_t probe_due(struct probe *p, int64_t next, instant_us now)
{
    struct probe_cluster *c = &p->cluster;
    if (!probe_sending(p))
        return 0;
    uint64_t target = (uint64_t)c->rate * (uint64_t)(now - c->begun + 1) / 8 / (uint64_t)US_PER_S;
    if (now - c->begun >= PROBE_LAST_US && c->bytes >= BYTES_MIN) {
        c->ended = now;
        c->end = next;
        return 0;
    }
    return target + PROBE_PACKET > c->bytes ? (uint32_t)(target + PROBE_PACKET - c->bytes) : 0;
}

instant_us probe_deadline(const struct probe *p)
{
    const struct probe_cluster *c = &p->cluster;
    if (!probe_sending(p))
        return INSTANT_NEVER;
    uint64_t until = (uint64_t)c->bytes * 8 * (uint64_t)US_PER_S / c->rate;
    instant_us end = c->begun + PROBE_LAST_US, due = c->begun + (instant_us)until;
    return c->bytes >= BYTES_MIN ? instant_min(due, end) : due;
}

void probe_arrived(struct probe *p, uint32_t size, instant_us sent, instant_us arrival)
{
    struct probe_cluster *c = &p->cluster;
    if (c->packets++ == 0) {
        c->sent[0] = sent;
        c->at[0] = arrival;
        c->first_size = size;
    }
    c->arrived += size;
    if (sent >= c->sent[1]) {
        c->sent[1] = sent;
        c->last_size = size;
    }
    if (arrival > c->at[1])
        c->at[1] = arrival;
}

/* Bytes between the first and the last over the time between them, at both ends. */
static rate_bps measure(const struct probe_cluster *c, double chance)
{
    duration_us sent = c->sent[1] - c->sent[0], arrived = c->at[1] - c->at[0];
    if (c->packets < PACKETS_MIN || sent < ANSWER_MIN_US || arrived < 0)
        return 0;
    if (arrived < ANSWER_MIN_US)
        arrived = ANSWER_MIN_US;
    uint64_t out = (uint64_t)(c->arrived - c->last_size) * 8000000u / (uint64_t)sent;
    uint64_t in = (uint64_t)(c->arrived - c->first_size) * 8000000u / (uint64_t)arrived;
    in = (uint64_t)((double)in / (1 - chance));
    out = (uint64_t)((double)out / (1 - chance));
    uint64_t bps = in < out ? in : out;
    if (bps > c->rate)
        bps = c->rate;
    /* Slower than it was sent: that is what the way takes, and a little less leaves no queue. */
    if (in * 10 < out * 9)
        bps = bps * 19 / 20;
    return (rate_bps)bps;
}

bool probe_answer(struct probe *p, const struct probe_facts *f, rate_bps *out)
{
    instant_us now = f->now;
    struct probe_cluster *c = &p->cluster;
    if (!c->open || c->ended == 0 || (!f->done && now - c->ended < PROBE_ANSWER_US))
        return false;
    *out = measure(c, f->chance > 0.5 ? 0.5 : f->chance);
    c->open = false;
    bool met = *out >= c->rate / 10 * 9;
    if (p->started < STARTS && met) {
        p->next_at = now;
        return true;
    }
    p->started = STARTS;
    p->gap = met ? PROBE_GAP_US : p->gap * 5 / 4;
    if (p->gap > PROBE_GAP_MAX_US)
        p->gap = PROBE_GAP_MAX_US;
    p->next_at = now + (met ? PROBE_GAP_US / 5 : p->gap);
    return true;
}
