/* Facts about addresses that nothing of ours may be made to connect to (attack A06). */
#include "base/fact.h"

#include <arpa/inet.h>

#include "base/internal.h"

static bool internal(const char *text)
{
    uint8_t ip[16];
    if (inet_pton(AF_INET, text, ip) == 1)
        return internal_v4(ip);
    assert_int_equal(inet_pton(AF_INET6, text, ip), 1);
    return internal_v6(ip);
}

static void what_is_inside_is_internal(void **state)
{
    (void)state;
    static const char *const list[] = {"0.0.0.0",
                                       "0.1.2.3",
                                       "10.0.0.1",
                                       "10.255.255.255",
                                       "100.64.0.1",
                                       "100.127.255.255",
                                       "127.0.0.1",
                                       "127.255.255.254",
                                       "169.254.169.254",
                                       "172.16.0.1",
                                       "172.31.255.255",
                                       "192.0.0.170",
                                       "192.0.2.1",
                                       "192.168.0.1",
                                       "192.168.255.255",
                                       "198.18.0.1",
                                       "198.19.255.255",
                                       "198.51.100.1",
                                       "203.0.113.5",
                                       "224.0.0.1",
                                       "239.255.255.255",
                                       "240.0.0.1",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "::ffff:127.0.0.1",
                                       "::ffff:10.0.0.1",
                                       "::ffff:8.8.8.8",
                                       "::127.0.0.1",
                                       "64:ff9b::a00:1",
                                       "64:ff9b::808:808",
                                       "64:ff9b:1::1",
                                       "100::1",
                                       "fc00::1",
                                       "fd12:3456::1",
                                       "fe80::1",
                                       "febf::1",
                                       "fec0::1",
                                       "ff02::1",
                                       "2001::1",
                                       "2001:db8::1",
                                       "2001:2::1",
                                       "2002:7f00:1::",
                                       "3fff::1",
                                       "4000::1"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!internal(list[i]))
            fail_msg("%s passes", list[i]);
}

static void what_is_public_is_not(void **state)
{
    (void)state;
    static const char *const list[] = {"1.1.1.1",
                                       "8.8.8.8",
                                       "9.255.255.255",
                                       "11.0.0.0",
                                       "100.63.255.255",
                                       "100.128.0.0",
                                       "126.255.255.255",
                                       "128.0.0.1",
                                       "169.253.255.255",
                                       "169.255.0.0",
                                       "172.15.255.255",
                                       "172.32.0.0",
                                       "192.0.1.1",
                                       "192.167.255.255",
                                       "192.169.0.0",
                                       "198.17.255.255",
                                       "198.20.0.0",
                                       "223.255.255.255",
                                       "2606:4700::1111",
                                       "2a00:1450:4001:80b::200e",
                                       "2001:4860:4860::8888",
                                       "2620:fe::fe",
                                       "2001:200::1"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (internal(list[i]))
            fail_msg("%s is refused", list[i]);
}

int main(void)
{
    const struct CMUnitTest facts[] = {FACT(what_is_inside_is_internal),
                                       FACT(what_is_public_is_not)};
    return cmocka_run_group_tests(facts, NULL, NULL);
}
