/* Facts about the configuration of accounts: what is taken, and what each mistake is told. */
#include "base/fact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/config.h"

static struct ipc_accounts a;
static struct complaint why;

static enum err set(const char *key, const char *value)
{
    return config_accounts_set(&a, key, value, "file:1", &why);
}

static void refused(const char *key, const char *value)
{
    struct ipc_accounts before = a;
    why.text[0] = '\0';
    assert_int_equal(set(key, value), ERR_CONFIG);
    assert_non_null(strstr(why.text, "file:1"));
    assert_non_null(strstr(why.text, key));
    if (strcmp(key, "sign_up") != 0)
        assert_memory_equal(&before, &a, sizeof a);
}

static void good_values_are_taken(void **state)
{
    (void)state;
    assert_int_equal(set("sign_up", "yes"), ERR_OK);
    assert_int_equal(a.sign_up, 1);
    assert_int_equal(set("origin", "https://meet.example.org:8443"), ERR_OK);
    assert_string_equal(a.origin, "https://meet.example.org:8443");
    assert_int_equal(set("oidc_issuer", "https://id.example.org/realms/school"), ERR_OK);
    assert_int_equal(set("oidc_alg", "ES256"), ERR_OK);
    assert_int_equal(set("listen", ":1"), ERR_NOT_FOUND); /* not one of these keys */
}

static void strange_values_are_named(void **state)
{
    (void)state;
    static char long_value[400];
    memset(long_value, 'a', sizeof long_value - 1);
    memcpy(long_value, "https://", 8);
    refused("sign_up", "maybe");
    refused("origin", "http://meet.example.org");
    refused("origin", "https://");
    refused("origin", "https://meet.example.org/");
    refused("origin", "https://meet.example.org/path");
    refused("origin", "https://ada@meet.example.org");
    refused("origin", "https://meet example.org");
    refused("origin", long_value);
    refused("oidc_issuer", "https://id.example.org/?x");
    refused("oidc_issuer", "id.example.org");
    refused("oidc_issuer", long_value);
    refused("oidc_client", "");
    refused("oidc_client", long_value);
    refused("oidc_alg", "none");
    refused("oidc_alg", "HS256");
    refused("oidc_internal", "");
}

static void a_provider_is_whole_or_absent(void **state)
{
    (void)state;
    char path[] = "/tmp/conclave-config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    memset(&a, 0, sizeof a);
    assert_int_equal(config_accounts_finish(&a, &why), ERR_OK);
    assert_int_equal(set("oidc_issuer", "https://id.example.org"), ERR_OK);
    assert_int_equal(config_accounts_finish(&a, &why), ERR_CONFIG);
    assert_non_null(strstr(why.text, "oidc_secret"));
    assert_int_equal(set("oidc_client", "conclave"), ERR_OK);
    assert_int_equal(set("oidc_secret", "/nowhere/secret"), ERR_OK);
    assert_int_equal(config_accounts_finish(&a, &why), ERR_CONFIG);
    assert_non_null(strstr(why.text, "/nowhere/secret"));
    assert_int_equal(set("oidc_secret", path), ERR_OK);
    assert_int_equal(config_accounts_finish(&a, &why), ERR_OK);
    assert_string_equal(a.oidc_alg, "RS256");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(good_values_are_taken),
        FACT(strange_values_are_named),
        FACT(a_provider_is_whole_or_absent),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
