/* Facts about what plain HTTP on the port is answered. */
#include "io/web_plain.h"

#include <stdio.h>
#include <string.h>

#include "base/fact.h"

static char answer[PLAIN_ANSWER_MAX + 1];

static size_t ask(const char *request, bool whole)
{
    size_t n = plain_answer(span_of(request, strlen(request)), whole, answer);
    answer[n] = '\0';
    return n;
}

static void redirected(const char *request, const char *to)
{
    assert_int_not_equal(ask(request, false), 0);
    assert_memory_equal(answer, "HTTP/1.1 307 ", 13);
    const char *place = strstr(answer, "\r\nLocation: ");
    assert_non_null(place);
    assert_memory_equal(place + 12, to, strlen(to));
    assert_memory_equal(place + 12 + strlen(to), "\r\n", 2);
}

static void refused(const char *request)
{
    assert_int_not_equal(ask(request, true), 0);
    assert_memory_equal(answer, "HTTP/1.1 400 ", 13);
    assert_null(strstr(answer, "Location"));
    const char *body = strstr(answer, "\r\n\r\n") + 4;
    assert_int_equal(strlen(body), 62);
}

static void a_browser_is_shown_the_same_page_over_tls(void **state)
{
    (void)state;
    redirected("GET / HTTP/1.1\r\nHost: localhost:8443\r\n", "https://localhost:8443/");
    redirected("HEAD /m/a?b=c HTTP/1.1\r\nAccept: */*\r\nhost:\t[::1]:8443 \r\n\r\n",
               "https://[::1]:8443/m/a?b=c");
}

static void half_a_request_is_waited_for(void **state)
{
    (void)state;
    static const char request[] = "GET /m HTTP/1.1\r\nHost: a.example\r\n";
    for (size_t n = 0; n < sizeof request - 1; n++)
        assert_int_equal(plain_answer(span_of(request, n), false, answer), 0);
    assert_int_not_equal(ask(request, false), 0);
}

static void what_could_lead_elsewhere_is_refused(void **state)
{
    (void)state;
    refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a/@evil\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    refused("GET //evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET /\"><b> HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("GET /\r\nHost: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\n\r\nHost: a\r\n");
    refused("GET / HTTP/1.1\r\nAccept: */*");
    refused("GET ");
}

static void a_long_host_or_path_is_refused(void **state)
{
    (void)state;
    char request[1200];
    (void)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %0256d\r\n\r\n", 0);
    refused(request);
    (void)snprintf(request, sizeof request, "GET /%01100d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    refused(request);
}

static void only_get_and_head_begin_so(void **state)
{
    (void)state;
    assert_true(plain_begins(span_of("GET ", 4)));
    assert_true(plain_begins(span_of("HEAD /", 6)));
    assert_false(plain_begins(span_of("GET", 3)));
    assert_false(plain_begins(span_of("POST /", 6)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_browser_is_shown_the_same_page_over_tls),
        FACT(half_a_request_is_waited_for),
        FACT(what_could_lead_elsewhere_is_refused),
        FACT(a_long_host_or_path_is_refused),
        FACT(only_get_and_head_begin_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
