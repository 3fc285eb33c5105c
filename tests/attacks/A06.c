/* A06: a webhook that leads inside: every spelling of this machine, its neighbours and a cloud's
 * metadata, and names that resolve to them. Expected: refused before anything is connected to; the
 * one host that the operator named is reached by that name and port alone. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mutant.h"
#include "io/fetch.h"
#include "rig/check.h"

static int listener, port;
static char named[32];

static void open_listener(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    socklen_t len = sizeof at;
    int off = 0;
    listener = socket(AF_INET6, SOCK_STREAM, 0);
    NEED(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
             bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, (struct sockaddr *)&at, &len) == 0,
         "something inside listens, in both families");
    port = ntohs(at.sin6_port);
    (void)snprintf(named, sizeof named, "localhost:%d", port);
}

/* Whether somebody connected since the last time. */
static bool was_reached(void)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    bool some = poll(&p, 1, 0) == 1;
    if (some)
        close(accept(listener, NULL, NULL));
    return some;
}

static enum err tell(const char *host, int at)
{
    static struct fetch_answer answer;
    char url[200];
    const struct fetch_tell what = {.json = span_str("{}"), .seconds = 1};
    const struct fetch_ask ask = {.url = url, .internal = named, .tell = &what};
    (void)snprintf(url, sizeof url, "https://%s:%d/", host, at);
    return fetch_do(&ask, &answer);
}

static void inside(void)
{
    static const char *const hosts[] = {
        "127.0.0.1",       "127.1",     "127.255.255.254", "2130706433",         "0x7f000001",
        "0177.0.0.1",      "0",         "0.0.0.0",         "localhost.",         "ip6-localhost",
        "[::1]",           "[::]",      "[::127.0.0.1]",   "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[::ffff:0:0]",    "10.0.0.1",  "172.16.0.1",      "192.168.0.1",        "100.64.0.1",
        "169.254.169.254", "[fe80::1]", "[fc00::1]",       "[64:ff9b::7f00:1]",  "[2002:7f00:1::]",
        "224.0.0.1",       "[ff02::1]", "255.255.255.255"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        enum err e = tell(hosts[i], port);
        bool reached = was_reached();
        if (reached || (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND))
            printf("      %s: %s\n", hosts[i], err_name(e));
        NEED(!reached, "nothing inside is connected to");
        NEED(e == ERR_FORBIDDEN || e == ERR_NOT_FOUND, "it is refused, not tried");
    }
    CHECK(true, "28 ways inside: none is gone");
}

int main(void)
{
#ifdef CONCLAVE_MUTANTS
    const char *off = getenv("CONCLAVE_MUTANT");
    mutant_off = off ? (int)strtol(off + 1, NULL, 10) : 0;
#endif
    open_listener();
    NEED(fetch_init() == ERR_OK, "requests can be made");
    (void)tell("localhost", port);
    CHECK(was_reached(), "baseline: Ana's webhook at the host that was named is connected to");
    inside();
    CHECK(tell("localhost", port == 65535 ? 1024 : port + 1) == ERR_FORBIDDEN,
          "the named host at another port is refused");
    return 0;
}
