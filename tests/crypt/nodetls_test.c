/* Facts about crypt/nodetls: two ends in memory, whom each believes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/crypt.h"
#include "crypt/sign.h"
#include "crypt/nodetls.h"
#include "crypt/openssl.h"

static const int64_t now_s = 1790000000;
static const uint8_t root_seed[32] = {1}, cn_seed[32] = {2}, us_seed[32] = {3},
                     other_root_seed[32] = {5};

struct party {
    uint8_t root[32], seed[32];
    struct authority_der zone, node;
    struct nodetls_ctx *ctx;
};

struct plan {
    const uint8_t *root, *zone_seed;
    const char *zone, *claims; /* the zone that the node's certificate names */
    bool government;
    int64_t till_s;
};

static struct span der(const struct authority_der *d)
{
    return span_of(d->bytes, d->len);
}

static enum err open_party(struct party *p, const struct plan *plan, uint8_t number, int64_t at_s)
{
    struct authority_node z = {.from_s = now_s - 1000, .till_s = now_s + 1000};
    struct authority_node n = {
        .from_s = now_s - 100, .till_s = plan->till_s, .government = plan->government};
    enum authority_fault fault;
    memset(p, 0, sizeof *p);
    p->seed[0] = 100;
    p->seed[1] = number;
    (void)snprintf(z.zone, sizeof z.zone, "%s", plan->zone);
    sign_public(plan->zone_seed, z.key);
    (void)snprintf(n.zone, sizeof n.zone, "%s", plan->claims);
    (void)snprintf(n.centre, sizeof n.centre, "%s", "dc");
    (void)snprintf(n.node, sizeof n.node, "%s", number == 1 ? "one" : "two");
    sign_public(p->seed, n.key);
    sign_public(plan->root, p->root);
    assert_int_equal(authority_sign_zone(plan->root, &z, &p->zone), ERR_OK);
    /* The tool signs no other zone's node: for that its holder makes a certificate of their own. */
    struct authority_der above = p->zone;
    (void)snprintf(z.zone, sizeof z.zone, "%s", plan->claims);
    if (strcmp(plan->zone, plan->claims) != 0)
        assert_int_equal(authority_sign_zone(plan->zone_seed, &z, &above), ERR_OK);
    assert_int_equal(authority_sign_node(plan->zone_seed, der(&above), &n, &p->node), ERR_OK);
    struct nodetls_identity own = {.zone = der(&p->zone), .node = der(&p->node)};
    memcpy(own.root, p->root, 32);
    memcpy(own.seed, p->seed, 32);
    return nodetls_ctx_open(&p->ctx, &own, at_s, &fault);
}

/* Carries bytes to and fro until neither has any. */
static void carry(struct nodetls *a, struct nodetls *b)
{
    uint8_t bytes[4096];
    size_t n, moved = 1;
    while (moved > 0) {
        moved = 0;
        while ((n = nodetls_poll(a, bytes, sizeof bytes)) > 0) {
            nodetls_input(b, span_of(bytes, n));
            moved += n;
        }
        while ((n = nodetls_poll(b, bytes, sizeof bytes)) > 0) {
            nodetls_input(a, span_of(bytes, n));
            moved += n;
        }
    }
}

static const struct plan good_us = {root_seed, us_seed, "us", "us", false, now_s + 100};
static const struct plan good_cn = {root_seed, cn_seed, "cn", "cn", false, now_s + 100};

struct pair {
    struct party one, two;
    struct nodetls *client, *server;
};

static void meet(struct pair *p, const struct plan *client, const struct plan *server, int64_t at_s)
{
    assert_int_equal(open_party(&p->one, client, 1, now_s), ERR_OK);
    assert_int_equal(open_party(&p->two, server, 2, now_s), ERR_OK);
    p->client = nodetls_open(p->one.ctx, NODETLS_CLIENT, at_s);
    p->server = nodetls_open(p->two.ctx, NODETLS_SERVER, at_s);
    assert_non_null(p->client);
    assert_non_null(p->server);
    carry(p->client, p->server);
}

static void part(struct pair *p)
{
    nodetls_close(p->client);
    nodetls_close(p->server);
    nodetls_ctx_close(p->one.ctx);
    nodetls_ctx_close(p->two.ctx);
}

static void two_nodes_of_two_zones_know_each_other(void **state)
{
    (void)state;
    struct pair p;
    uint8_t heard[64], a[32], b[32], c[32];
    meet(&p, &good_us, &good_cn, now_s);
    assert_int_equal(nodetls_state(p.client), NODETLS_CONNECTED);
    assert_int_equal(nodetls_state(p.server), NODETLS_CONNECTED);
    assert_string_equal(nodetls_peer(p.client)->node, "two");
    assert_string_equal(nodetls_peer(p.client)->zone, "cn");
    assert_string_equal(nodetls_peer(p.server)->node, "one");
    assert_string_equal(nodetls_peer_zone(p.server)->zone, "us");
    assert_int_equal(nodetls_write(p.client, span_str("a word")), ERR_OK);
    carry(p.client, p.server);
    assert_int_equal(nodetls_read(p.server, heard, sizeof heard), 6);
    assert_memory_equal(heard, "a word", 6);
    assert_int_equal(nodetls_read(p.server, heard, sizeof heard), 0);
    assert_int_equal(nodetls_export(p.client, "test label", span_str("x"), a, 32), ERR_OK);
    assert_int_equal(nodetls_export(p.server, "test label", span_str("x"), b, 32), ERR_OK);
    assert_int_equal(nodetls_export(p.server, "test label", span_str("y"), c, 32), ERR_OK);
    assert_memory_equal(a, b, 32);
    assert_memory_not_equal(a, c, 32);
    part(&p);
}

/* The server refuses the client, or the client the server; both learn that it failed. */
struct refusal {
    int64_t at_s;
    enum nodetls_fault server, client;
    enum authority_fault certificate;
};

static void refused(const struct plan *client, const struct plan *server, struct refusal r)
{
    struct pair p;
    uint8_t key[32];
    meet(&p, client, server, r.at_s);
    assert_int_equal(nodetls_state(p.client), NODETLS_FAILED);
    assert_int_equal(nodetls_state(p.server), NODETLS_FAILED);
    assert_int_equal(nodetls_fault(p.server), r.server);
    assert_int_equal(nodetls_fault(p.client), r.client);
    assert_null(nodetls_peer(p.client));
    assert_null(nodetls_peer(p.server));
    assert_int_equal(nodetls_export(p.client, "test label", span_str(""), key, 32), ERR_STATE);
    assert_int_equal(nodetls_certificate(r.client == NODETLS_FAULT_REFUSED ? p.server : p.client),
                     r.certificate);
    part(&p);
}

static void another_root_is_refused(void **state)
{
    (void)state;
    const struct plan stranger = {other_root_seed, us_seed, "us", "us", false, now_s + 100};
    refused(&good_us, &stranger,
            (struct refusal){now_s, NODETLS_FAULT_REFUSED, NODETLS_FAULT_CERTIFICATE,
                             AUTHORITY_SIGNATURE});
}

static void an_expired_one_is_refused(void **state)
{
    (void)state;
    const struct plan brief = {root_seed, us_seed, "us", "us", false, now_s + 10};
    refused(&good_us, &brief,
            (struct refusal){now_s + 50, NODETLS_FAULT_REFUSED, NODETLS_FAULT_CERTIFICATE,
                             AUTHORITY_EXPIRED});
    refused(&brief, &good_us,
            (struct refusal){now_s + 50, NODETLS_FAULT_CERTIFICATE, NODETLS_FAULT_REFUSED,
                             AUTHORITY_EXPIRED});
}

static void the_other_realm_is_refused(void **state)
{
    (void)state;
    const struct plan government = {root_seed, us_seed, "us", "us", true, now_s + 100};
    refused(&good_us, &government,
            (struct refusal){now_s, NODETLS_FAULT_REFUSED, NODETLS_FAULT_REALM, AUTHORITY_FINE});
}

static void nobody_opens_with_papers_that_do_not_hold(void **state)
{
    (void)state;
    struct party p;
    const struct plan rogue = {root_seed, cn_seed, "cn", "us", false, now_s + 100};
    assert_int_equal(open_party(&p, &rogue, 1, now_s), ERR_AUTH);
    assert_int_equal(open_party(&p, &good_us, 1, now_s + 500), ERR_AUTH);
    assert_int_equal(open_party(&p, &good_us, 1, now_s), ERR_OK);
    struct nodetls_identity own = {.zone = der(&p.zone), .node = der(&p.node)};
    struct nodetls_ctx *ctx;
    enum authority_fault fault;
    memcpy(own.root, p.root, 32);
    own.seed[0] = 9; /* a certificate that was found, without its key */
    assert_int_equal(nodetls_ctx_open(&ctx, &own, now_s, &fault), ERR_AUTH);
    assert_int_equal(fault, AUTHORITY_FINE);
    assert_null(ctx);
    nodetls_ctx_close(p.ctx);
}

/* A client of the bare library: it shows what the plan says, or nothing. */
static SSL *bare_client(const struct party *papers, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_max_proto_version(ctx, version);
    if (papers) {
        const uint8_t *node = papers->node.bytes, *zone = papers->zone.bytes;
        X509 *leaf = d2i_X509(NULL, &node, (long)papers->node.len);
        X509 *above = d2i_X509(NULL, &zone, (long)papers->zone.len);
        EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, papers->seed, 32);
        assert_int_equal(SSL_CTX_use_certificate(ctx, leaf), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
        assert_int_equal(SSL_CTX_add1_chain_cert(ctx, above), 1);
        X509_free(leaf);
        X509_free(above);
        EVP_PKEY_free(key);
    }
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    return ssl;
}

static void stranger_meets(const struct party *papers, int version, enum nodetls_fault fault,
                           enum authority_fault certificate)
{
    struct party us;
    uint8_t bytes[4096];
    assert_int_equal(open_party(&us, &good_us, 2, now_s), ERR_OK);
    struct nodetls *server = nodetls_open(us.ctx, NODETLS_SERVER, now_s);
    SSL *client = bare_client(papers, version);
    for (int round = 0; round < 4; round++) {
        (void)SSL_do_handshake(client);
        int n = BIO_read(SSL_get_wbio(client), bytes, sizeof bytes);
        if (n > 0)
            nodetls_input(server, span_of(bytes, (size_t)n));
        size_t back = nodetls_poll(server, bytes, sizeof bytes);
        if (back > 0)
            (void)BIO_write(SSL_get_rbio(client), bytes, (int)back);
    }
    ERR_clear_error();
    assert_int_equal(nodetls_state(server), NODETLS_FAILED);
    assert_int_equal(nodetls_fault(server), fault);
    assert_int_equal(nodetls_certificate(server), certificate);
    SSL_free(client);
    nodetls_close(server);
    nodetls_ctx_close(us.ctx);
}

static void a_stranger_with_the_bare_library_is_refused(void **state)
{
    (void)state;
    struct party rogue;
    const struct plan lies = {root_seed, cn_seed, "cn", "us", false, now_s + 100};
    stranger_meets(NULL, TLS1_3_VERSION, NODETLS_FAULT_NONE, AUTHORITY_FINE);
    stranger_meets(NULL, TLS1_2_VERSION, NODETLS_FAULT_FORM, AUTHORITY_FINE);
    (void)open_party(&rogue, &lies, 1, now_s);
    stranger_meets(&rogue, TLS1_3_VERSION, NODETLS_FAULT_CERTIFICATE, AUTHORITY_SIGNATURE);
}

static void noise_ends_it(void **state)
{
    (void)state;
    struct party us;
    static uint8_t noise[NODETLS_INPUT + 1];
    assert_int_equal(open_party(&us, &good_us, 2, now_s), ERR_OK);
    const size_t lens[] = {5, NODETLS_HANDSHAKE + 1, NODETLS_INPUT + 1};
    for (size_t i = 0; i < 3; i++) {
        struct nodetls *server = nodetls_open(us.ctx, NODETLS_SERVER, now_s);
        nodetls_input(server, span_of(noise, lens[i]));
        assert_int_equal(nodetls_state(server), NODETLS_FAILED);
        assert_int_equal(nodetls_fault(server), i == 0 ? NODETLS_FAULT_FORM : NODETLS_FAULT_LIMIT);
        nodetls_close(server);
    }
    nodetls_ctx_close(us.ctx);
}

int main(void)
{
    assert_int_equal(crypt_init(), ERR_OK);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_of_two_zones_know_each_other),
        cmocka_unit_test(another_root_is_refused),
        cmocka_unit_test(an_expired_one_is_refused),
        cmocka_unit_test(the_other_realm_is_refused),
        cmocka_unit_test(nobody_opens_with_papers_that_do_not_hold),
        cmocka_unit_test(a_stranger_with_the_bare_library_is_refused),
        cmocka_unit_test(noise_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
