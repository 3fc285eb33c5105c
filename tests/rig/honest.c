/* See honest.h. */
#include "rig/honest.h"

#include <errno.h>
#include <unistd.h>

static bool hears(struct rig_peer *p, struct rig_peer *from, uint64_t packets)
{
    struct rig_sub *s = rig_sub_of(p, from, false);
    return s && s->packets >= packets;
}

static bool sees(struct rig_peer *p, struct rig_peer *from, uint64_t frames)
{
    struct rig_sub *s = rig_sub_of(p, from, true);
    return s && s->frames >= frames;
}

bool honest_admit(struct honest *h, struct rig_peer *p)
{
    json_t *joins = json_pack("[{s:I}]", "member", (json_int_t)p->member);
    const char *verdict = rig_verdict(rig_group_commit(h->ana, 400, joins, NULL));
    if (strcmp(verdict, "ok") != 0)
        printf("      admitting: %s\n", verdict);
    return RIG_WAIT(&h->rig, 3000, p->group.in);
}

static bool enter_group(struct honest *h)
{
    if (!h->meeting.waiting)
        return rig_group_enter(h->ana) && rig_group_enter(h->ben);
    if (!rig_group_enter(h->ana) || !RIG_WAIT(&h->rig, 3000, h->ben->group.id[0] != 0))
        return false;
    rig_group_ask(h->ben);
    return RIG_WAIT(&h->rig, 3000, h->ana->group.wanted > 0) && honest_admit(h, h->ben);
}

static void open_with(struct honest *h, const struct rig_options *o, bool waiting)
{
    memset(h, 0, sizeof(*h));
    rig_open(&h->rig, o);
    NEED(rig_meeting_create_as(&h->rig, &h->meeting, waiting), "a meeting is made");
    h->ana = rig_join(&h->rig, &h->meeting, true);
    h->ben = rig_join(&h->rig, &h->meeting, false);
    NEED(h->ana && h->ben, "two people join");
    NEED(enter_group(h), "and share a group");
    struct rig_peer *both[2] = {h->ana, h->ben};
    for (int i = 0; i < 2; i++)
        NEED(rig_publish_audio(both[i]) && rig_publish_video(both[i], 3), "they publish");
    for (int i = 0; i < 2; i++) {
        struct rig_peer *p = both[i];
        RIG_WAIT(&h->rig, 3000, rig_subscribe_all(p) == 0 && rig_sub_of(p, both[1 - i], true));
    }
    CHECK(RIG_WAIT(&h->rig, 8000, hears(h->ana, h->ben, 25) && hears(h->ben, h->ana, 25)),
          "baseline: Ana and Ben hear each other");
    CHECK(RIG_WAIT(&h->rig, 8000, sees(h->ana, h->ben, 8) && sees(h->ben, h->ana, 8)),
          "baseline: Ana and Ben see each other");
    rig_gap_reset(h->ana);
    rig_gap_reset(h->ben);
}

void honest_open(struct honest *h)
{
    open_with(h, NULL, false);
}

void honest_open_as(struct honest *h, const struct rig_options *o)
{
    open_with(h, o, false);
}

void honest_open_waiting(struct honest *h)
{
    open_with(h, NULL, true);
}

struct rig_peer *honest_guest(struct honest *h)
{
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a third person joins");
    NEED(rig_subscribe_all(p) == 4, "and subscribes to four tracks");
    NEED(RIG_WAIT(&h->rig, 5000, hears(p, h->ana, 5) && hears(p, h->ben, 5)), "and hears both");
    return p;
}

/* What arrived under the other's name and was not theirs, or under nobody's. */
static uint64_t injected(struct rig_peer *p, struct rig_peer *from)
{
    return p->recv.evil + p->recv.unknown + rig_sub_of(p, from, false)->wrong +
           rig_sub_of(p, from, true)->wrong;
}

void honest_unhurt(struct honest *h)
{
    struct rig_peer *both[2] = {h->ana, h->ben};
    int64_t gap[2];
    for (int i = 0; i < 2; i++) {
        struct rig_sub *a = rig_sub_of(both[i], both[1 - i], false);
        struct rig_sub *v = rig_sub_of(both[i], both[1 - i], true);
        NEED(a && v, "the subscriptions are still there");
        uint64_t packets = a->packets + 20, frames = v->frames + 5;
        NEED(RIG_WAIT(&h->rig, 3000, a->packets >= packets && v->frames >= frames),
             "honest audio and video go on");
        gap[i] = rig_sub_gap_ms(both[i], a);
    }
    printf("      honest audio: largest gap %lld ms and %lld ms\n", (long long)gap[0],
           (long long)gap[1]);
    CHECK(gap[0] <= HONEST_GAP_MS && gap[1] <= HONEST_GAP_MS,
          "honest audio never gapped more than 200 ms");
    CHECK(injected(h->ana, h->ben) == 0 && injected(h->ben, h->ana) == 0,
          "Ana and Ben received nothing but each other's own packets");
    NEED(rig_alive(&h->rig), "the server is alive");
}

void honest_close(struct honest *h)
{
    honest_unhurt(h);
    rig_close(&h->rig);
}

void hostile_open(struct honest *h, struct hostile *x, const char *address)
{
    memset(x, 0, sizeof(*x));
    for (int i = 0; i < HOSTILE_SOCKETS; i++) {
        x->fd[i] = rig_udp_open(&h->rig, address);
        NEED(x->fd[i] >= 0, "a hostile socket");
    }
}

void hostile_send(struct hostile *x, struct span datagram)
{
    if (send(x->fd[x->turn++ % HOSTILE_SOCKETS], datagram.ptr, datagram.len, MSG_DONTWAIT) ==
        (ssize_t)datagram.len)
        x->sent += datagram.len;
}

void hostile_listen(struct honest *h, struct hostile *x, int64_t ms)
{
    uint8_t buf[2048];
    ssize_t n;
    if (ms > 0)
        rig_run(&h->rig, ms);
    for (int i = 0; i < HOSTILE_SOCKETS; i++)
        while ((n = recv(x->fd[i], buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
            x->received += (uint64_t)n;
            x->answers++;
        }
}

void hostile_close(struct hostile *x)
{
    for (int i = 0; i < HOSTILE_SOCKETS; i++)
        close(x->fd[i]);
}

size_t hostile_client_hello(struct honest *h, uint8_t *out, size_t cap)
{
    struct rig_dtls d;
    rig_dtls_init(&d, &h->rig.identity, (struct rig_dtls_options){0});
    rig_dtls_take(&d, span_of(NULL, 0));
    size_t n = rig_dtls_give(&d, out, cap);
    rig_dtls_fini(&d);
    return n;
}
