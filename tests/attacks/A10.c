/* A10: SRTP and SRTCP replays: duplicates, packets from before the window, a jump of 2^15, the
 * sequence number's wrap. Expected: no replay is forwarded; the honest stream recovers in 1 s. */
#include "rig/honest.h"

enum { KEEP = 1200 };

/* What Ana sent, as an eavesdropper keeps it. */
static struct {
    uint8_t bytes[KEEP][1500];
    size_t len[KEEP];
    unsigned count;
    bool echo; /* send each one again at once */
} tape;

static bool record(void *arg, struct span datagram)
{
    struct rig_transport *t = arg;
    if (datagram.ptr[0] < 128 || datagram.len > 1500)
        return true;
    unsigned i = tape.count++ % KEEP;
    memcpy(tape.bytes[i], datagram.ptr, datagram.len);
    tape.len[i] = datagram.len;
    for (int k = 0; tape.echo && k < 2; k++)
        if (send(t->fd, datagram.ptr, datagram.len, 0) < 0)
            return true;
    return true;
}

static void replay_all(struct honest *h, struct rig_transport *t)
{
    unsigned n = tape.count < KEEP ? tape.count : KEEP;
    t->tap = NULL;
    for (unsigned i = 0; i < n; i++) {
        if (send(t->fd, tape.bytes[i], tape.len[i], 0) < 0)
            break;
        if (i % 20 == 0)
            rig_run(&h->rig, 4);
    }
    t->tap = record;
    rig_run(&h->rig, 300);
}

static uint64_t heard_twice(struct honest *h)
{
    return rig_sub_of(h->ben, h->ana, false)->duplicates;
}

/* Skips so many sequence numbers of Ana's audio; true when Ben hears her again within a second. */
static bool jump(struct honest *h, uint32_t by)
{
    struct rig_encoding *e = &h->ana->track[0].encoding[0];
    struct rig_sub *s = rig_sub_of(h->ben, h->ana, false);
    uint32_t index = (e->roc << 16 | e->seq) + by;
    e->roc = index >> 16;
    e->seq = (uint16_t)index;
    uint64_t packets = s->packets + 5;
    return RIG_WAIT(&h->rig, 1000, s->packets >= packets);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_transport *t = &h.ana->send;
    t->tap_arg = t;
    t->tap = record;
    tape.echo = true;
    rig_run(&h.rig, 1500);
    tape.echo = false;
    printf("      %u datagrams sent three times each\n", tape.count);
    CHECK(heard_twice(&h) == 0, "no duplicate was forwarded");
    replay_all(&h, t);
    CHECK(heard_twice(&h) == 0, "no packet from the tape was forwarded");
    double replayed = rig_metric(&h.rig, RIG_METRIC_REPLAY);
    printf("      dropped as replays: %.0f\n", replayed);
    CHECK(replayed > 100, "replays were counted as such");

    CHECK(jump(&h, 500), "after a jump of 500 the stream goes on within a second");
    struct rig_encoding *e = &h.ana->track[0].encoding[0];
    /* half the number space ahead is behind: in steps that cannot be mistaken */
    while (e->seq < 0xf000)
        NEED(jump(&h, e->seq < 0xb000 ? 0x3000 : 0xf000u - e->seq),
             "after a jump of 12 288 as well");
    CHECK(jump(&h, 0x10000u - e->seq - 3u), "after the wrap of the sequence number as well");
    replay_all(&h, t);
    CHECK(heard_twice(&h) == 0, "old packets are replays after the wrap, too");
    CHECK(jump(&h, 0x7ff0), "after a jump of almost 2^15 the stream goes on within a second");
    t->tap = NULL;
    honest_close(&h);
    return 0;
}
