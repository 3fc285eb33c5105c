/* Facts about the frames that many messages in one write are cut into. */
#include "base/fact.h"

#include <stdio.h>

#include "io/web_out.h"

static void has_head(size_t len, const char *hex)
{
    uint8_t head[WEB_OUT_HEAD];
    char text[2 * WEB_OUT_HEAD + 1] = "";
    size_t n = web_out_head(head, len);
    for (size_t i = 0; i < n; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", head[i]);
    assert_string_equal(text, hex);
}

/* RFC 6455 section 5.2: the shortest form that holds the length. */
static void lengths_have_their_shortest_form(void **state)
{
    (void)state;
    has_head(0, "8100");
    has_head(125, "817d");
    has_head(126, "817e007e");
    has_head(65535, "817effff");
    has_head(65536, "817f0000000000010000");
    has_head(0x123456789a, "817f000000123456789a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lengths_have_their_shortest_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
