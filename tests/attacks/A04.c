/* A04: broken, unauthenticated and lying STUN over UDP and framed over TCP.
 * Expected: no answer at all, not even an error; nothing changes for the others. */
#include "rig/honest.h"

#include <poll.h>
#include <unistd.h>

static struct rig_transport *victim;

static void base(struct rig_stun *m, const char *ufrag)
{
    char user[80];
    snprintf(user, sizeof(user), "%s:rigX", ufrag);
    rig_stun_start(m, RIG_STUN_REQUEST);
    rig_stun_add(m, RIG_STUN_USERNAME, span_str(user));
}

static void no_integrity(struct rig_stun *m)
{
    base(m, victim->ufrag);
    rig_stun_fingerprint(m);
}

static void bad_integrity(struct rig_stun *m)
{
    base(m, victim->ufrag);
    rig_stun_sign(m, "not the password at all");
    rig_stun_fingerprint(m);
}

static void flipped(struct rig_stun *m)
{
    rig_stun_check(m, victim->ufrag, victim->pwd, "rigX");
    m->buf[m->len - 20] ^= 1; /* a byte of the HMAC; the fingerprint is now wrong, too */
}

static void short_integrity(struct rig_stun *m)
{
    base(m, victim->ufrag);
    rig_stun_add(m, RIG_STUN_INTEGRITY, span_of("\0\0\0\0", 4));
    rig_stun_fingerprint(m);
}

static void wrong_ufrag(struct rig_stun *m)
{
    rig_stun_check(m, "00nobody", victim->pwd, "rigX");
}

static void no_colon(struct rig_stun *m)
{
    rig_stun_start(m, RIG_STUN_REQUEST);
    rig_stun_add(m, RIG_STUN_USERNAME, span_str(victim->ufrag));
    rig_stun_sign(m, victim->pwd);
    rig_stun_fingerprint(m);
}

static void long_attribute(struct rig_stun *m)
{
    base(m, victim->ufrag);
    m->buf[22] = 0xff;
    m->buf[23] = 0xff;
}

static void long_message(struct rig_stun *m)
{
    rig_stun_check(m, victim->ufrag, victim->pwd, "rigX");
    m->buf[2] = 0x7f;
}

static void empty_username(struct rig_stun *m)
{
    rig_stun_start(m, RIG_STUN_REQUEST);
    rig_stun_add(m, RIG_STUN_USERNAME, span_of(NULL, 0));
    rig_stun_sign(m, victim->pwd);
    rig_stun_fingerprint(m);
}

static void two_usernames(struct rig_stun *m)
{
    base(m, "00nobody");
    rig_stun_add(m, RIG_STUN_USERNAME, span_of(m->buf + 24, 13));
    rig_stun_sign(m, victim->pwd);
    rig_stun_fingerprint(m);
}

static void unknown_required(struct rig_stun *m)
{
    base(m, victim->ufrag);
    rig_stun_add(m, 0x7abc, span_of("????", 4));
    rig_stun_sign(m, "not the password at all");
    rig_stun_fingerprint(m);
}

static void junk(struct rig_stun *m)
{
    rig_random(m->buf, 1500);
    m->buf[0] = 0;
    m->buf[1] = 1;
    m->len = 1500;
}

static void junk_cookie(struct rig_stun *m)
{
    rig_stun_start(m, RIG_STUN_REQUEST);
    rig_random(m->buf + 20, 1472);
    m->len = 1492;
    m->buf[2] = 1472 >> 8;
    m->buf[3] = 1472 & 255;
}

static void header_only(struct rig_stun *m)
{
    rig_stun_start(m, RIG_STUN_REQUEST);
}

static void other_cookie(struct rig_stun *m)
{
    rig_stun_check(m, victim->ufrag, victim->pwd, "rigX");
    m->buf[4] ^= 0xff;
}

static const struct {
    const char *name;
    void (*make)(struct rig_stun *m);
} bad[] = {
    {"no MESSAGE-INTEGRITY", no_integrity},
    {"wrong MESSAGE-INTEGRITY", bad_integrity},
    {"one flipped bit", flipped},
    {"short MESSAGE-INTEGRITY", short_integrity},
    {"wrong ufrag", wrong_ufrag},
    {"USERNAME without a colon", no_colon},
    {"attribute length past the end", long_attribute},
    {"message length past the end", long_message},
    {"empty USERNAME", empty_username},
    {"two USERNAMEs", two_usernames},
    {"unknown required attribute, unauthenticated", unknown_required},
    {"1500 bytes of junk", junk},
    {"junk after a right header", junk_cookie},
    {"header only", header_only},
    {"another magic cookie", other_cookie},
};

static void over_udp(struct honest *h, struct hostile *x)
{
    struct rig_stun m;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (int k = 0; k < 20; k++) {
            bad[i].make(&m);
            hostile_send(x, span_of(m.buf, m.len));
        }
        hostile_listen(h, x, 20);
        if (x->received)
            printf("      answered: %s\n", bad[i].name);
        NEED(x->received == 0, "no answer to an unauthenticated request");
    }
}

/* RFC 4571: a length, then so many bytes; here the length lies or what follows is not STUN. */
static void over_tcp(struct honest *h, struct span bytes, const char *what)
{
    uint8_t buf[2048];
    int fd = rig_tcp_open(&h->rig);
    NEED(fd >= 0, "a TCP connection");
    if (send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) < 0)
        printf("      send failed: %s\n", what);
    rig_pump(&h->rig, fd, POLLIN, rig_now() + 150 * US_PER_MS);
    ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
    if (n > 0)
        printf("      answered: %s\n", what);
    NEED(n <= 0, "no answer over TCP");
    close(fd);
}

static void framed(struct honest *h)
{
    struct rig_stun m;
    uint8_t f[4096] = {0};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bad[i].make(&m);
        f[0] = (uint8_t)(m.len >> 8);
        f[1] = (uint8_t)m.len;
        memcpy(f + 2, m.buf, m.len);
        over_tcp(h, span_of(f, m.len + 2), bad[i].name);
    }
    rig_stun_check(&m, victim->ufrag, victim->pwd, "rigX");
    memcpy(f + 2, m.buf, m.len);
    f[0] = 0;
    f[1] = 10; /* shorter than the message */
    over_tcp(h, span_of(f, m.len + 2), "length below the message's");
    f[0] = 0xff;
    f[1] = 0xff; /* longer than anything that follows */
    over_tcp(h, span_of(f, m.len + 2), "length of 65535");
    f[0] = f[1] = 0;
    over_tcp(h, span_of(f, 2), "length 0");
    over_tcp(h, span_of(f, 1), "half a length");
}

int main(void)
{
    struct honest h;
    struct hostile x;
    honest_open(&h);
    hostile_open(&h, &x, "127.66.4.1");
    struct rig_peer *guest = rig_join(&h.rig, &h.meeting, false);
    NEED(guest && rig_transport_ask(guest, false), "a third person opens a transport");
    victim = &guest->recv;
    over_udp(&h, &x);
    CHECK(x.received == 0, "no answer to any malformed or unauthenticated request over UDP");
    framed(&h);
    CHECK(true, "nor over TCP, and lying frame lengths are harmless");
    NEED(rig_transport_tell(guest, false), "its fingerprint is told");
    CHECK(rig_transport_secure(guest, false, 5000),
          "an honest check on that transport is answered");
    hostile_close(&x);
    honest_close(&h);
    return 0;
}
