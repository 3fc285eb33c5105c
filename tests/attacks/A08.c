/* A08: a client claims the controlled role, nominates two addresses in turns 1 000 times a second,
 * and checks from thousands of addresses. Expected: 487 for the role; the selected address changes
 * at most five times at once and then once a second; at most 16 addresses are remembered. */
#include "rig/honest.h"

#include <poll.h>
#include <unistd.h>

enum { FLAP_MS = 3000, SOURCES = 2000, BURST = 5, CONTROLLED = 0x8029 };
#define METRIC_PATHS "conclave_media_paths"

static void check_from(int fd, const struct rig_transport *t)
{
    struct rig_stun m;
    rig_stun_check(&m, t->ufrag, t->pwd, "rigX");
    (void)!send(fd, m.buf, m.len, MSG_DONTWAIT);
}

/* True for a datagram of media; STUN answers are read as well. */
static bool media_came(int fd)
{
    uint8_t buf[2048];
    bool media = false;
    ssize_t n;
    while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
        media = media || (buf[0] >= 128 && buf[0] < 192 && (buf[1] < 192 || buf[1] > 223));
    return media;
}

static void claim_the_other_role(struct honest *h, struct rig_peer *p)
{
    static const uint8_t tie[8] = {1}, priority[4] = {1};
    char user[64];
    struct rig_stun m;
    uint8_t buf[1500];
    int fd = rig_udp_open(&h->rig, "127.0.8.9");
    snprintf(user, sizeof(user), "%s:rigX", p->recv.ufrag);
    rig_stun_start(&m, RIG_STUN_REQUEST);
    rig_stun_add(&m, RIG_STUN_USERNAME, span_str(user));
    rig_stun_add(&m, RIG_STUN_PRIORITY, span_of(priority, 4));
    rig_stun_add(&m, CONTROLLED, span_of(tie, 8));
    rig_stun_sign(&m, p->recv.pwd);
    rig_stun_fingerprint(&m);
    (void)!send(fd, m.buf, m.len, 0);
    rig_pump(&h->rig, fd, POLLIN, rig_now() + 2 * US_PER_S);
    ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
    CHECK(n > 0 && rig_stun_is(span_of(buf, (size_t)n), RIG_STUN_ERROR, p->recv.pwd),
          "the role conflict is refused with an error that the client can check");
    rig_run(&h->rig, 200);
    CHECK(!media_came(fd), "and selects nothing");
    close(fd);
}

static void flap(struct honest *h, struct rig_peer *p)
{
    int fd[2], at = -1;
    unsigned changes = 0;
    for (int i = 0; i < 2; i++)
        fd[i] = rig_udp_open(&h->rig, i ? "127.0.8.2" : "127.0.8.1");
    instant_us start = rig_now();
    for (int ms = 0; ms < FLAP_MS; ms++) {
        check_from(fd[ms & 1], &p->recv);
        rig_run(&h->rig, 1);
        for (int i = 0; i < 2; i++)
            if (media_came(fd[i]) && at != i)
                at = i, changes++;
    }
    double seconds = (double)(rig_now() - start) / 1e6;
    printf("      %d nominations in %.1f s moved the media %u times\n", FLAP_MS, seconds, changes);
    CHECK(changes >= 1, "a nomination moves the media");
    CHECK(changes <= BURST + seconds + 1, "five times at once, then once a second");
    for (int i = 0; i < 2; i++)
        close(fd[i]);
}

static void many_sources(struct honest *h, struct rig_peer *p)
{
    double before = rig_metric(&h->rig, METRIC_PATHS);
    for (int i = 0; i < SOURCES; i++) {
        int fd = rig_udp_open(&h->rig, "127.0.8.3");
        check_from(fd, &p->recv);
        close(fd);
        rig_run(&h->rig, i % 4 == 0 ? 1 : 0);
    }
    rig_run(&h->rig, 300);
    double after = rig_metric(&h->rig, METRIC_PATHS);
    printf("      checks from %d ports: %.0f validated addresses, %.0f before\n", SOURCES, after,
           before);
    CHECK(after <= before + 16, "at most 16 addresses are remembered");
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_peer *p = honest_guest(&h);
    claim_the_other_role(&h, p);
    flap(&h, p);
    many_sources(&h, p);
    p->recv.next_check = rig_now();
    CHECK(RIG_WAIT(&h.rig, 12000, p->recv.stun_in > 0 && rig_alive(&h.rig)), "all is well after");
    rig_leave(p, false);
    honest_close(&h);
    return 0;
}
