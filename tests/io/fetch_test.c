/* Facts about requests to hosts outside: what is inside is never connected to (attack A06). */
#include "base/fact.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/fetch.h"

static struct fetch_answer answer;
static int listener, port;

static int begin(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 4) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        return -1;
    port = ntohs(at.sin_port);
    return fetch_init() == ERR_OK ? 0 : -1;
}

static enum err get(const char *url, const char *internal)
{
    struct fetch_ask ask = {.url = url, .internal = internal};
    return fetch_do(&ask, &answer);
}

static bool was_called(void)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

/* The same place in all the ways that URLs have to write it. */
static void no_spelling_of_the_inside_is_connected_to(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1",
                                        "localhost",
                                        "LOCALHOST",
                                        "localhost.",
                                        "127.1",
                                        "2130706433",
                                        "0x7f000001",
                                        "0177.0.0.1",
                                        "0",
                                        "0.0.0.0",
                                        "[::1]",
                                        "[::]",
                                        "[::ffff:127.0.0.1]",
                                        "[::ffff:7f00:1]",
                                        "[64:ff9b::7f00:1]",
                                        "[0:0:0:0:0:0:0:1]",
                                        "169.254.169.254",
                                        "10.0.0.1",
                                        "[fe80::1]",
                                        "[fc00::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char url[200];
        (void)snprintf(url, sizeof url, "https://%s:%d/", hosts[i], port);
        enum err e = get(url, "");
        if (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
            fail_msg("%s: %s", url, err_name(e));
        assert_false(was_called());
    }
}

static void nothing_but_plain_https_is_asked(void **state)
{
    (void)state;
    static const char *const urls[] = {"",
                                       "x",
                                       "http://localhost/",
                                       "file:///etc/passwd",
                                       "ftp://localhost/",
                                       "gopher://localhost/",
                                       "//localhost/",
                                       "https://",
                                       "https://user@localhost/",
                                       "https://example.org@localhost/",
                                       "https://local host/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(get(urls[i], "localhost"), ERR_FORBIDDEN);
}

/* To a webhook, besides, not to where the server itself is reached: its public address may be a
 * router's. Nothing is sent: the answer is there before a connection could be. */
static void a_webhook_does_not_lead_back_to_the_server(void **state)
{
    (void)state;
    static const char *const urls[] = {"https://1.1.1.1/", "https://0x01010101/",
                                       "https://[2606:4700::1111]:8443/"};
    const struct ipc_addr own[] = {
        {.family = 4, .ip = {1, 1, 1, 1}},
        {.family = 6, .ip = {0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11}}};
    const struct fetch_tell tell = {
        .json = span_str("{}"), .seconds = 1, .own = own, .own_count = 2};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const struct fetch_ask ask = {.url = urls[i], .internal = "", .tell = &tell};
        assert_int_equal(fetch_do(&ask, &answer), ERR_FORBIDDEN);
    }
    char url[100];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
    const struct fetch_ask inside = {.url = url, .internal = "localhost", .tell = &tell};
    assert_int_equal(fetch_do(&inside, &answer), ERR_FORBIDDEN);
    assert_false(was_called());
}

static void only_the_host_that_was_allowed_is_reached(void **state)
{
    (void)state;
    char url[200], allowed[100];
    (void)snprintf(url, sizeof url, "https://localhost:%d/", port);
    (void)snprintf(allowed, sizeof allowed, "localhost:%d", port + 1);
    assert_int_equal(get(url, allowed), ERR_FORBIDDEN);
    assert_int_equal(get(url, "localhos"), ERR_FORBIDDEN);
    assert_int_equal(get(url, "127.0.0.1"), ERR_FORBIDDEN); /* the name is what was allowed */
    assert_false(was_called());
    close(listener); /* so that the connection is refused instead of waited for */
    (void)snprintf(allowed, sizeof allowed, "localhost:%d", port);
    assert_int_equal(get(url, allowed), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(no_spelling_of_the_inside_is_connected_to),
        FACT(nothing_but_plain_https_is_asked),
        FACT(a_webhook_does_not_lead_back_to_the_server),
        FACT(only_the_host_that_was_allowed_is_reached),
    };
    return cmocka_run_group_tests(facts, begin, NULL);
}
