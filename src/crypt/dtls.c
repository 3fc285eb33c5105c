/* One DTLS association. The library runs the handshake; this file feeds it datagrams, bounds what
 * it takes, and stands between it and the SRTP keys. The library reads its own clock for
 * retransmission: dtls_deadline translates what is left on that clock to the caller's, so virtual
 * time drives the 30 s limit but not the resending. */
#include "crypt/dtls.h"

#include <sys/time.h> /* struct timeval only: the library measures in it */

#include "base/bug.h"
#include "base/limit.h"
#include "base/mutant.h"
#include "crypt/cert_inner.h"
#include "crypt/crypt.h"
#include "crypt/dtls_bio.h"
#include "crypt/dtls_rest.h"
#include "crypt/openssl.h"

#define HANDSHAKE_US (30 * US_PER_S)
#define RESEND_FIRST_US                                                                            \
    100000u /* a browser is a round trip away, not a modem: RFC 6347 says 1 s                      \
             */
#define RESEND_LAST_US 3000000u
#define REST_AGAIN_US (50 * US_PER_MS) /* between two of our last flights, see dtls_rest */
#define CERT_BYTES_MAX 16384 /* a peer's certificate chain; browsers send some 300 bytes */

static const char suites[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                             "ECDHE-ECDSA-CHACHA20-POLY1305";
static const char srtp_profiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char exporter_label[] = "EXTRACTOR-dtls_srtp"; /* RFC 5764 section 4.2 */

struct dtls_ctx {
    SSL_CTX *ssl; /* *owned* */
};

struct dtls {
    SSL *ssl;            /* *owned*; NULL: it rests */
    struct dtls_bio bio; /* its input and output */
    struct dtls_rest rest;
    enum dtls_role role;
    enum dtls_state state;
    enum err reason;
    bool expects; /* fingerprint is set */
    bool said_goodbye;
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
    size_t bytes_in; /* before the handshake is done */
    instant_us fail_at, tick_at;
};

/* Any certificate passes the library: what counts is its fingerprint, which fingerprint_holds
 * compares, here when it is known already and before the keys in every case. */
static int on_certificate(int preverified, X509_STORE_CTX *store)
{
    (void)preverified;
    (void)store;
    return 1;
}

static unsigned int on_timer(SSL *ssl, unsigned int last_us)
{
    (void)ssl;
    if (last_us == 0)
        return RESEND_FIRST_US;
    return last_us >= RESEND_LAST_US / 2 ? RESEND_LAST_US : last_us * 2;
}

static bool configure(SSL_CTX *ssl, const struct cert *cert, const char *profiles)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    /* A resumed session would skip the certificate, and with it the defence against A03. */
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_certificate);
    SSL_CTX_set_max_cert_list(ssl, CERT_BYTES_MAX);
    SSL_CTX_set_read_ahead(ssl, 1);
    /* This call alone answers 0 for success. */
    if (profiles[0] && SSL_CTX_set_tlsext_use_srtp(ssl, profiles) != 0)
        return false;
    return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl, suites) == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519:P-256") == 1 &&
           SSL_CTX_use_certificate(ssl, cert->x509) == 1 &&
           SSL_CTX_use_PrivateKey(ssl, cert->key) == 1;
}

enum err dtls_ctx_open(struct dtls_ctx **out, const struct cert *cert, const char *profiles)
{
    *out = NULL;
    struct dtls_ctx *ctx = OPENSSL_zalloc(sizeof(*ctx));
    if (!ctx)
        return ERR_NOMEM;
    ctx->ssl = SSL_CTX_new(DTLS_method());
    if (!ctx->ssl || !configure(ctx->ssl, cert, profiles ? profiles : srtp_profiles)) {
        dtls_ctx_close(ctx);
        ERR_clear_error();
        return ERR_CRYPTO;
    }
    *out = ctx;
    return ERR_OK;
}

void dtls_ctx_close(struct dtls_ctx *ctx)
{
    if (!ctx)
        return;
    SSL_CTX_free(ctx->ssl);
    OPENSSL_free(ctx);
}

/* Silence is part of failing: an alert would tell a stranger that somebody listens (A02). */
static void fail(struct dtls *d, enum err reason)
{
    if (d->state == DTLS_FAILED)
        return;
    d->state = DTLS_FAILED;
    d->reason = reason;
    dtls_bio_drop(&d->bio);
}

static bool fingerprint_holds(const struct dtls *d)
{
    uint8_t actual[CERT_FINGERPRINT_LEN];
    unsigned len = sizeof(actual);
    X509 *peer = SSL_get0_peer_certificate(d->ssl);
    if (!peer || X509_digest(peer, EVP_sha256(), actual, &len) != 1 || len != sizeof(actual))
        return DEFENCE(3, false);
    return DEFENCE(3, crypt_equal(actual, d->fingerprint, sizeof(actual)));
}

/* The one way to DTLS_CONNECTED: a finished handshake, a signalled fingerprint that the peer's
 * certificate has, and an SRTP profile in common. */
static void settle(struct dtls *d)
{
    if (d->state != DTLS_HANDSHAKING || !d->expects)
        return;
    if (SSL_get0_peer_certificate(d->ssl) && !fingerprint_holds(d)) {
        fail(d, ERR_AUTH); /* as soon as it is seen, be the handshake done or not */
        return;
    }
    if (!SSL_is_init_finished(d->ssl))
        return;
    if (!fingerprint_holds(d))
        fail(d, ERR_AUTH);
    else if (!SSL_get_selected_srtp_profile(d->ssl))
        fail(d, ERR_UNSUPPORTED);
    else
        d->state = DTLS_CONNECTED;
}

static enum err reason_of(const SSL *ssl, int ssl_error)
{
    if (ssl_error == SSL_ERROR_ZERO_RETURN)
        return ERR_CLOSED;
    unsigned long e = ERR_peek_last_error();
    int reason = ERR_GET_REASON(e);
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return ERR_AUTH;
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        return ERR_LIMIT;
    if (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)
        return ERR_CLOSED;
    return ERR_MALFORMED;
}

static void schedule(struct dtls *d, instant_us now)
{
    struct timeval left;
    d->tick_at = INSTANT_NEVER;
    if (d->state == DTLS_FAILED)
        return;
    if (DTLSv1_get_timeout(d->ssl, &left))
        d->tick_at = now + (instant_us)left.tv_sec * US_PER_S + (instant_us)left.tv_usec;
    if (d->state == DTLS_HANDSHAKING)
        d->tick_at = instant_min(d->tick_at, d->fail_at);
}

/* Lets the library go on until it wants the next datagram. */
static void run(struct dtls *d, instant_us now)
{
    uint8_t dropped[256]; /* application data: there is none in this protocol (A14) */
    int n = 1;
    ERR_clear_error();
    while (n > 0 && d->state != DTLS_FAILED) {
        if (!SSL_is_init_finished(d->ssl))
            n = SSL_do_handshake(d->ssl);
        else
            n = SSL_read(d->ssl, dropped, sizeof(dropped));
        if (n > 1 && DEFENCE(14, false)) /* a stack for data channels would answer */
            (void)SSL_write(d->ssl, dropped, n);
        settle(d);
    }
    int e = n > 0 ? SSL_ERROR_NONE : SSL_get_error(d->ssl, n);
    if (n <= 0 && e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
        fail(d, reason_of(d->ssl, e));
    else if (d->bio.failed)
        fail(d, ERR_NOMEM);
    if (d->role == DTLS_ROLE_SERVER && SSL_is_init_finished(d->ssl) && d->rest.flight_len == 0)
        dtls_rest_flight(&d->rest, dtls_bio_only(&d->bio));
    ERR_clear_error();
    schedule(d, now);
}

struct dtls *dtls_open(struct dtls_ctx *ctx, enum dtls_role role, instant_us now)
{
    struct dtls *d = OPENSSL_zalloc(sizeof(*d));
    if (!d)
        return NULL;
    d->role = role;
    d->fail_at = now + HANDSHAKE_US;
    d->tick_at = d->fail_at;
    d->ssl = SSL_new(ctx->ssl);
    BIO *bio = d->ssl ? dtls_bio_open(&d->bio) : NULL;
    if (!bio) {
        dtls_close(d);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_bio(d->ssl, bio, bio);
    DTLS_set_link_mtu(d->ssl, DTLS_MTU);
    DTLS_set_timer_cb(d->ssl, on_timer);
    if (role == DTLS_ROLE_SERVER) {
        SSL_set_accept_state(d->ssl);
    } else {
        SSL_set_connect_state(d->ssl);
        run(d, now);
    }
    return d;
}

void dtls_close(struct dtls *d)
{
    if (!d)
        return;
    SSL_free(d->ssl);
    dtls_bio_drop(&d->bio);
    OPENSSL_cleanse(d, sizeof(*d));
    OPENSSL_free(d);
}

void dtls_expect(struct dtls *d, const uint8_t fingerprint[CERT_FINGERPRINT_LEN], instant_us now)
{
    if (d->expects && !crypt_equal(d->fingerprint, fingerprint, CERT_FINGERPRINT_LEN)) {
        fail(d, ERR_CONFLICT);
        return;
    }
    memcpy(d->fingerprint, fingerprint, CERT_FINGERPRINT_LEN);
    d->expects = true;
    if (!d->ssl)
        return;
    settle(d);
    schedule(d, now);
}

void dtls_rest(struct dtls *d)
{
    if (d->state != DTLS_CONNECTED || d->role != DTLS_ROLE_SERVER || !d->ssl ||
        dtls_rest_key(&d->rest, d->ssl) != ERR_OK)
        return;
    SSL_free(d->ssl);
    d->ssl = NULL;
    d->tick_at = INSTANT_NEVER;
}

static void hear(struct dtls *d, struct span datagram, instant_us now)
{
    enum dtls_heard heard = dtls_rest_hear(&d->rest, datagram);
    if (heard == DTLS_HEARD_GOODBYE) {
        fail(d, ERR_CLOSED);
    } else if (heard == DTLS_HEARD_FLIGHT && now >= d->rest.again_at &&
               datagram.len > d->rest.flight_len) { /* never more than was sent: A05 */
        d->rest.again_at = now + REST_AGAIN_US;
        (void)dtls_bio_put(&d->bio, span_of(d->rest.flight, d->rest.flight_len));
    }
}

void dtls_input(struct dtls *d, struct span datagram, instant_us now)
{
    if (d->state == DTLS_FAILED || d->said_goodbye || datagram.len == 0)
        return;
    if (datagram.len > LIMIT_DATAGRAM)
        return;
    if (!d->ssl) {
        hear(d, datagram, now);
        return;
    }
    if (d->state == DTLS_HANDSHAKING) {
        d->bytes_in += datagram.len;
        if (!DEFENCE(15, d->bytes_in <= LIMIT_DTLS_HANDSHAKE)) {
            fail(d, ERR_LIMIT);
            return;
        }
    }
    d->bio.in = datagram;
    run(d, now);
    d->bio.in = (struct span){NULL, 0};
}

void dtls_tick(struct dtls *d, instant_us now)
{
    if (d->state == DTLS_FAILED || d->said_goodbye || !d->ssl || now < d->tick_at)
        return;
    if (d->state == DTLS_HANDSHAKING && now >= d->fail_at) {
        fail(d, ERR_AGAIN);
        return;
    }
    ERR_clear_error();
    if (DTLSv1_handle_timeout(d->ssl) < 0)
        fail(d, ERR_AGAIN);
    ERR_clear_error();
    schedule(d, now);
}

instant_us dtls_deadline(const struct dtls *d)
{
    return d->state == DTLS_FAILED || d->said_goodbye ? INSTANT_NEVER : d->tick_at;
}

size_t dtls_poll(struct dtls *d, uint8_t *out, size_t cap)
{
    return dtls_bio_take(&d->bio, out, cap);
}

enum dtls_state dtls_state(const struct dtls *d)
{
    return d->state;
}

enum err dtls_reason(const struct dtls *d)
{
    return d->reason;
}

static enum err suite_of(SSL *ssl, enum srtp_suite *suite, size_t *salt_len)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
    if (!profile)
        return ERR_UNSUPPORTED;
    switch (profile->id) {
    case SRTP_SUITE_AEAD_GCM:
        *suite = SRTP_SUITE_AEAD_GCM;
        *salt_len = 12;
        return ERR_OK;
    case SRTP_SUITE_CM_SHA1_80:
        *suite = SRTP_SUITE_CM_SHA1_80;
        *salt_len = 14;
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

enum err dtls_keys(const struct dtls *d, struct srtp_keys *out)
{
    uint8_t material[2 * (SRTP_KEY_LEN + SRTP_SALT_MAX)];
    struct srtp_keys keys = {0};
    size_t salt = 0;
    if (d->state != DTLS_CONNECTED || !d->ssl)
        return ERR_STATE;
    TRY(suite_of(d->ssl, &keys.suite, &salt));
    size_t len = 2 * (SRTP_KEY_LEN + salt);
    if (SSL_export_keying_material(d->ssl, material, len, exporter_label,
                                   sizeof(exporter_label) - 1, NULL, 0, 0) != 1) {
        ERR_clear_error();
        return ERR_CRYPTO;
    }
    /* client key | server key | client salt | server salt */
    size_t mine = d->role == DTLS_ROLE_SERVER, theirs = 1 - mine;
    const uint8_t *salts = material + 2 * SRTP_KEY_LEN;
    memcpy(keys.local_key, material + mine * SRTP_KEY_LEN, SRTP_KEY_LEN);
    memcpy(keys.remote_key, material + theirs * SRTP_KEY_LEN, SRTP_KEY_LEN);
    memcpy(keys.local_salt, salts + mine * salt, salt);
    memcpy(keys.remote_salt, salts + theirs * salt, salt);
    *out = keys;
    crypt_wipe(material, sizeof(material));
    crypt_wipe(&keys, sizeof(keys));
    return ERR_OK;
}

void dtls_goodbye(struct dtls *d)
{
    if (d->state == DTLS_FAILED || d->said_goodbye || !d->ssl || !SSL_is_init_finished(d->ssl))
        return;
    d->said_goodbye = true;
    ERR_clear_error();
    (void)SSL_shutdown(d->ssl);
    ERR_clear_error();
}
