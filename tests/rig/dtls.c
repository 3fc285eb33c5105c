/* See dtls.h. */
#include "rig/dtls.h"

#include <openssl/err.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static void fingerprint_of(X509 *cert, uint8_t out[32])
{
    unsigned int n = 32;
    X509_digest(cert, EVP_sha256(), out, &n);
}

void rig_dtls_identity_init(struct rig_dtls_identity *id)
{
    id->key = EVP_EC_gen("P-256");
    id->cert = X509_new();
    if (!id->key || !id->cert)
        abort();
    uint16_t serial;
    rig_random(&serial, sizeof(serial));
    ASN1_INTEGER_set(X509_get_serialNumber(id->cert), 1L + serial);
    X509_set_version(id->cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(id->cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(id->cert), 86400 * 30L);
    X509_set_pubkey(id->cert, id->key);
    X509_NAME *name = X509_get_subject_name(id->cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"rig", -1, -1, 0);
    X509_set_issuer_name(id->cert, name);
    X509_sign(id->cert, id->key, EVP_sha256());
    fingerprint_of(id->cert, id->fingerprint);
    char *p = id->fingerprint_text;
    for (int i = 0; i < 32; i++)
        p += snprintf(p, 4, i ? ":%02X" : "%02X", id->fingerprint[i]);
}

void rig_dtls_identity_fini(struct rig_dtls_identity *id)
{
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}

/* The fingerprint is compared by the caller, as in a browser. */
static int accept_any(int ok, X509_STORE_CTX *store)
{
    (void)ok;
    (void)store;
    return 1;
}

void rig_dtls_init(struct rig_dtls *d, const struct rig_dtls_identity *id,
                   struct rig_dtls_options o)
{
    memset(d, 0, sizeof(*d));
    d->ctx = SSL_CTX_new(DTLS_method());
    if (!d->ctx || SSL_CTX_use_certificate(d->ctx, id->cert) != 1 ||
        SSL_CTX_use_PrivateKey(d->ctx, id->key) != 1)
        abort();
    SSL_CTX_set_verify(d->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    const char *profiles = o.srtp_profiles ? o.srtp_profiles : "SRTP_AEAD_AES_128_GCM";
    if (profiles[0])
        SSL_CTX_set_tlsext_use_srtp(d->ctx, profiles);
    d->ssl = SSL_new(d->ctx);
    d->in = BIO_new(BIO_s_mem());
    d->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(d->in, -1);
    BIO_set_mem_eof_return(d->out, -1);
    SSL_set_bio(d->ssl, d->in, d->out);
    SSL_set_options(d->ssl, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(d->ssl, 1200);
    if (o.as_server)
        SSL_set_accept_state(d->ssl);
    else
        SSL_set_connect_state(d->ssl);
}

void rig_dtls_fini(struct rig_dtls *d)
{
    if (d->ssl)
        SSL_free(d->ssl);
    if (d->ctx)
        SSL_CTX_free(d->ctx);
    memset(d, 0, sizeof(*d));
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. */
static void export_keys(struct rig_dtls *d)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    uint8_t m[56];
    d->done = true;
    X509 *cert = SSL_get_peer_certificate(d->ssl);
    if (cert) {
        fingerprint_of(cert, d->remote_fingerprint);
        X509_free(cert);
    }
    if (SSL_export_keying_material(d->ssl, m, sizeof(m), label, sizeof(label) - 1, NULL, 0, 0) !=
        1) {
        d->failed = true;
        return;
    }
    bool server = SSL_is_server(d->ssl);
    rig_srtp_derive(server ? &d->recv : &d->send, m, m + 32);
    rig_srtp_derive(server ? &d->send : &d->recv, m + 16, m + 44);
}

void rig_dtls_take(struct rig_dtls *d, struct span datagram)
{
    uint8_t buf[2048];
    if (d->failed || !d->ssl)
        return;
    if (datagram.len)
        BIO_write(d->in, datagram.ptr, (int)datagram.len);
    ERR_clear_error();
    int r = d->done ? SSL_read(d->ssl, buf, sizeof(buf)) : SSL_do_handshake(d->ssl);
    if (r == 1 && !d->done)
        export_keys(d);
    int e = r > 0 ? SSL_ERROR_NONE : SSL_get_error(d->ssl, r);
    if (e != SSL_ERROR_NONE && e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
        d->failed = true;
}

size_t rig_dtls_give(struct rig_dtls *d, uint8_t *out, size_t cap)
{
    if (!d->ssl || BIO_ctrl_pending(d->out) < 13)
        return 0;
    /* record header: type 1, version 2, epoch 2, sequence 6, length 2 */
    if (BIO_read(d->out, out, 13) != 13)
        return 0;
    size_t body = (size_t)out[11] << 8 | out[12];
    if (13 + body > cap || BIO_read(d->out, out + 13, (int)body) != (int)body)
        return 0;
    return 13 + body;
}

void rig_dtls_tick(struct rig_dtls *d)
{
    if (d->ssl && !d->done && !d->failed && DTLSv1_handle_timeout(d->ssl) < 0)
        d->failed = true;
}

void rig_dtls_write(struct rig_dtls *d, struct span data)
{
    SSL_write(d->ssl, data.ptr, (int)data.len);
}

void rig_dtls_goodbye(struct rig_dtls *d)
{
    SSL_shutdown(d->ssl);
}
