/* Facts about bin/config: addresses are strict, defaults stand, a mistake names its line. The
 * sentences as a person sees them are tests/cli/config.sh. */
#include "base/fact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/config.h"
#include "bin/config_addr.h"

static struct complaint why;

static enum err load(struct config *c, const char *text)
{
    char path[] = "/tmp/conclave-config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    config_init(c);
    why.text[0] = '\0';
    enum err e = config_load(c, path, &why);
    unlink(path);
    return e;
}

static void addresses_are_read_and_printed(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0.0.0:8443", "127.0.0.1:1", "[::]:8443", "[::1]:65535",
                                       "[2001:db8::5]:443"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ipc_addr a;
        bool any = true;
        char text[CONFIG_ADDR_TEXT];
        assert_true(config_addr_parse(good[i], &a, &any));
        assert_false(any);
        config_addr_print(&a, text);
        assert_string_equal(text, good[i]);
    }
}

static void a_port_alone_means_every_address(void **state)
{
    (void)state;
    struct ipc_addr a;
    bool any = false;
    assert_true(config_addr_parse(":443", &a, &any));
    assert_true(any);
    assert_int_equal(a.port, 443);
    assert_int_equal(a.family, 6);
    assert_true(config_ip_unspecified(&a));
}

static void bad_addresses_are_refused_and_leave_the_output_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "8443",
        "1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3:5",
        "::1:8443",
        "[1.2.3.4]:1",
        "[::1]",
        "[::1]:",
        "[]:1",
        "host:1",
        "1.2.3.4:+1",
        "1.2.3.4: 1",
        "1.2.3.4:01",
        "[::1:8443",
        "::1]:8443",
        "[::1%lo]:1",
        "[[::1]]:1",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ipc_addr a = {.family = 77};
        bool any = false;
        if (config_addr_parse(bad[i], &a, &any))
            fail_msg("%s was taken", bad[i]);
        assert_int_equal(a.family, 77);
    }
}

static void an_empty_file_gives_the_defaults(void **state)
{
    (void)state;
    struct config c;
    assert_int_equal(load(&c, "# nothing\n"), ERR_OK);
    assert_string_equal(c.data, "data");
    assert_int_equal(c.listen.port, 8443);
    assert_true(c.listen_any);
    assert_false(c.metrics_off);
    assert_int_equal(c.metrics.port, 9464);
    assert_int_equal(c.media_processes, 0);
    assert_int_equal(c.media_spread, 0);
    assert_int_equal(c.public_count, 0);
    assert_string_equal(c.embed, "");
}

static void every_key_is_taken(void **state)
{
    (void)state;
    struct config c;
    assert_int_equal(load(&c, "data: /d\nlisten: 10.0.0.1:443\nweb: /w\nmetrics: off\n"
                              "media_processes: 3\nmedia_pin: yes\nmedia_spread: "
                              "40\ntls_certificate: /c\ntls_key: /k\n"
                              "public_ip:\n  - 203.0.113.5\n  - 2001:db8::1\n"
                              "embed_origins:\n  - https://a.example\n  - https://b.c:8443\n"),
                     ERR_OK);
    assert_string_equal(c.data, "/d");
    assert_string_equal(c.web, "/w");
    assert_int_equal(c.listen.family, 4);
    assert_int_equal(c.listen.port, 443);
    assert_false(c.listen_any);
    assert_true(c.metrics_off);
    assert_int_equal(c.media_processes, 3);
    assert_true(c.media_pin);
    assert_int_equal(c.media_spread, 40);
    assert_string_equal(c.tls_certificate, "/c");
    assert_string_equal(c.tls_key, "/k");
    assert_int_equal(c.public_count, 2);
    assert_int_equal(c.public_addr[1].family, 6);
    assert_int_equal(c.embed_count, 2);
    assert_string_equal(c.embed, "https://a.example https://b.c:8443");
    assert_int_equal(config_finish(&c, &why), ERR_OK);
}

static void mistakes_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"data: x\n\n# c\nporta: 1\n", ":4: there is no key porta"},
        {"porta: 1\ndata: x\n", ":1: there is no key porta"},
        {"data: porta\nporta: 1\n", ":2: there is no key porta"},
        {"data: x\n\"porta\": 1\n", ":2: there is no key porta"},
        {"data: x\ndata: y\n", ":2: data is given twice"},
        {"data: x\nlisten: 5\n", ":2: listen"},
        {"media_processes: 65\n", ":1: media_processes"},
        {"media_pin: maybe\n", ":1: media_pin"},
        {"media_spread: 0\n", ":1: media_spread"},
        {"media_spread: 1025\n", ":1: media_spread"},
        {"media_processes: -1\n", ":1: media_processes"},
        {"public_ip:\n\n  - 1.2.3.4\n  # c\n  - nope\n", ":5: public_ip"},
        {"public_ip: [1.2.3.4, nope]\n", ":1: public_ip"},
        {"public_ip:\n - 1.1.1.1\n - 1.1.1.2\n - 1.1.1.3\n - 1.1.1.4\n - 1.1.1.5\n - 1.1.1.6\n"
         " - 1.1.1.7\n - 1.1.1.8\n - 1.1.1.9\n",
         "public_ip"},
        {"metrics: 192.0.2.1:9464\n", ":1: metrics"},
        {"embed_origins:\n  - https://a.example\n  - '*'\n", ":3: embed_origins"},
        {"embed_origins: https://a.example\n", ":1: embed_origins must be a list"},
        {"metrics: '[::]:9464'\n", ":1: metrics"},
        {"tls_key: ''\n", ":1: tls_key"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct config c;
        if (load(&c, bad[i].text) != ERR_CONFIG)
            fail_msg("taken: %s", bad[i].text);
        if (!strstr(why.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", why.text, bad[i].says);
        assert_null(strchr(why.text, '\n'));
    }
}

static void an_origin_is_exact(void **state)
{
    (void)state;
    static const char *const good[] = {"https://a.example",       "https://a",
                                       "https://a-1.b2.example",  "https://192.0.2.7",
                                       "https://a.example:65535", "https://xn--cole-9oa.example"};
    static const char *const bad[] = {"",
                                      "*",
                                      "https://",
                                      "https://*",
                                      "https://*.example",
                                      "http://a.example",
                                      "a.example",
                                      "https://a.example/",
                                      "https://a.example/x",
                                      "https://a.example?x",
                                      "https://a.example#",
                                      "https://u@a.example",
                                      "https://A.example",
                                      "https://a..example",
                                      "https://.example",
                                      "https://a.example.",
                                      "https://-a.example",
                                      "https://a.example:",
                                      "https://a.example:0",
                                      "https://a.example:443",
                                      "https://a.example:65536",
                                      "https://a.example:8443x",
                                      "https://a.example:08443",
                                      "https://[2001:db8::1]",
                                      "https://a.example https://b.example",
                                      "https://a.example;",
                                      "https://a.example\n",
                                      " https://a.example",
                                      "HTTPS://a.example",
                                      "'none'",
                                      "'self'",
                                      "https:",
                                      "https://\xc3\xa9.example"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!config_origin_valid(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (config_origin_valid(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

static void too_many_origins_are_refused(void **state)
{
    (void)state;
    struct config c;
    char text[64];
    config_init(&c);
    for (int i = 0; i < CONFIG_EMBED_MAX; i++) {
        snprintf(text, sizeof text, "https://a%d.example", i);
        assert_int_equal(config_set(&c, "embed_origins", text, "here", &why), ERR_OK);
    }
    assert_int_equal(config_set(&c, "embed_origins", "https://b.example", "here", &why),
                     ERR_CONFIG);
    assert_non_null(strstr(why.text, "at most 8"));
    assert_null(strstr(c.embed, "b.example"));
    char longest[300] = "https://";
    for (size_t i = 8; i < 8 + 252; i++)
        longest[i] = i % 2 ? '.' : 'a';
    longest[8 + 253 - 2] = 'a';
    config_init(&c);
    for (int i = 0; i < 3; i++)
        assert_int_equal(config_set(&c, "embed_origins", longest, "here", &why), ERR_OK);
    assert_int_equal(config_set(&c, "embed_origins", longest, "here", &why), ERR_CONFIG);
    assert_true(strlen(c.embed) <= IPC_EMBED_MAX);
}

static void a_certificate_and_its_key_belong_together(void **state)
{
    (void)state;
    struct config c;
    assert_int_equal(load(&c, "tls_key: /k\n"), ERR_OK);
    assert_int_equal(config_finish(&c, &why), ERR_CONFIG);
    assert_non_null(strstr(why.text, "tls_certificate is missing"));
}

static void a_file_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct config c;
    char *text = test_malloc(CONFIG_BYTES_MAX + 2);
    memset(text, '#', CONFIG_BYTES_MAX + 1);
    text[CONFIG_BYTES_MAX + 1] = '\0';
    assert_int_equal(load(&c, text), ERR_CONFIG);
    test_free(text);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(addresses_are_read_and_printed),
        FACT(a_port_alone_means_every_address),
        FACT(bad_addresses_are_refused_and_leave_the_output_alone),
        FACT(an_empty_file_gives_the_defaults),
        FACT(every_key_is_taken),
        FACT(mistakes_name_their_line),
        FACT(an_origin_is_exact),
        FACT(too_many_origins_are_refused),
        FACT(a_certificate_and_its_key_belong_together),
        FACT(a_file_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
