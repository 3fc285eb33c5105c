/* Facts about the configuration of webhooks: off unless said, and what each mistake is told. */
#include "base/fact.h"

#include <string.h>

#include "bin/config.h"

static struct ipc_hooks h;
static struct complaint why;

static enum err set(const char *key, const char *value)
{
    return config_hooks_set(&h, key, value, "file:1", &why);
}

static void refused(const char *key, const char *value)
{
    why.text[0] = '\0';
    assert_int_equal(set(key, value), ERR_CONFIG);
    assert_non_null(strstr(why.text, "file:1"));
    assert_non_null(strstr(why.text, key));
}

static void they_are_off_unless_the_operator_says_yes(void **state)
{
    (void)state;
    struct config c;
    config_init(&c);
    assert_int_equal(c.hooks.on, 0);
    assert_int_equal(c.hooks.internal[0], 0);
    assert_int_equal(set("webhooks", "yes"), ERR_OK);
    assert_int_equal(h.on, 1);
    assert_int_equal(set("webhooks", "no"), ERR_OK);
    assert_int_equal(h.on, 0);
    refused("webhooks", "true");
    refused("webhooks", "");
    assert_int_equal(set("webhook", "yes"), ERR_NOT_FOUND);
}

static void one_internal_host_is_named_as_a_host(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "https://a", "a/b:1",     "a b:1",
                                      "u@a:1", "a:1\n",     "hooks.lan", ":8443",
                                      "a:",    "a:0",       "a:65536",   "a:x"};
    char longest[sizeof h.internal + 1];
    assert_int_equal(set("webhooks_internal", "hooks.lan:8443"), ERR_OK);
    assert_string_equal(h.internal, "hooks.lan:8443");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused("webhooks_internal", bad[i]);
    memset(longest, 'a', sizeof longest - 1);
    memcpy(longest + sizeof longest - 3, ":1", 3);
    refused("webhooks_internal", longest);
    assert_string_equal(h.internal, "hooks.lan:8443");
}

static void what_belongs_together_is_asked_for(void **state)
{
    (void)state;
    h = (struct ipc_hooks){.internal = "hooks.lan"};
    assert_int_equal(config_hooks_finish(&h, &why), ERR_CONFIG);
    assert_non_null(strstr(why.text, "webhooks: yes"));
    h.on = 1;
    assert_int_equal(config_hooks_finish(&h, &why), ERR_OK);
    assert_int_equal(set("webhooks_ca", "/there/is/none"), ERR_OK);
    assert_int_equal(config_hooks_finish(&h, &why), ERR_CONFIG);
    assert_non_null(strstr(why.text, "webhooks_ca"));
    refused("webhooks_ca", "");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(they_are_off_unless_the_operator_says_yes),
        FACT(one_internal_host_is_named_as_a_host),
        FACT(what_belongs_together_is_asked_for),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
