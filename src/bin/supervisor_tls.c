/* The web server's certificate: theirs if configured, else one of our own that stays the same from
 * start to start, so that a browser's exception lasts.
 * knows: PEM files. knows not: connections. owns: <data>/tls.crt and <data>/tls.key. */
#define ERR_STATE OPENSSL_ERR_STATE /* a type of theirs that is a result code of ours */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/config_addr.h"
#include "bin/supervisor.h"
#include "crypt/cert.h"
#include "crypt/crypt.h"
#include "io/disk.h"

enum { DAYS = 365, RENEW_BEFORE_S = 14 * 86400 };

static int64_t unix_s(const ASN1_TIME *t)
{
    struct tm tm;
    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static X509 *read_cert(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    return cert;
}

/* A key under a passphrase cannot be used by a server that starts by itself. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
    fclose(f);
    return key;
}

/* Every address that browsers may write in their address bar, beside localhost. */
struct own_names {
    char text[CONFIG_PUBLIC_MAX + 1][CONFIG_ADDR_TEXT];
    const char *list[CONFIG_PUBLIC_MAX + 1];
    size_t count;
};

static void add_name(struct own_names *n, const struct ipc_addr *a)
{
    config_ip_print(a, false, n->text[n->count]);
    n->list[n->count] = n->text[n->count];
    n->count++;
}

static void collect_names(struct own_names *n, const struct config *c)
{
    n->count = 0;
    for (uint32_t i = 0; i < c->public_count; i++)
        add_name(n, &c->public_addr[i]);
    if (!config_ip_unspecified(&c->listen))
        add_name(n, &c->listen);
}

static bool names_all(X509 *cert, const struct config *c)
{
    struct own_names names;
    collect_names(&names, c);
    for (size_t i = 0; i < names.count; i++)
        if (X509_check_ip_asc(cert, names.list[i], 0) != 1)
            return false;
    return true;
}

struct tls_state tls_look(const char *cert_path, const char *key_path, const struct config *c)
{
    struct tls_state t = {.found = disk_exists(cert_path) && disk_exists(key_path)};
    X509 *cert = read_cert(cert_path);
    EVP_PKEY *key = read_key(key_path);
    t.readable = cert && key;
    if (t.readable) {
        t.matches = X509_check_private_key(cert, key) == 1;
        t.self_signed = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
        t.names_public = names_all(cert, c);
        t.not_before_s = unix_s(X509_get0_notBefore(cert));
        t.not_after_s = unix_s(X509_get0_notAfter(cert));
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return t;
}

static enum err use_configured(const struct config *c, const char *cert, const char *key,
                               struct complaint *why)
{
    struct tls_state t = tls_look(c->tls_certificate, c->tls_key, c);
    char from_cert[IPC_PATH_MAX + 1], from_key[IPC_PATH_MAX + 1];
    if (!t.found)
        return complain(why,
                        "There is no file %s; correct tls_certificate and tls_key in the "
                        "configuration, or remove both to use a self-signed certificate.",
                        disk_exists(c->tls_certificate) ? c->tls_key : c->tls_certificate);
    if (!t.readable)
        return complain(why,
                        "%s and %s cannot be read as a PEM certificate and a PEM key without "
                        "passphrase; correct tls_certificate and tls_key.",
                        c->tls_certificate, c->tls_key);
    if (!t.matches)
        return complain(why, "%s is not the key of the certificate %s; correct tls_key.",
                        c->tls_key, c->tls_certificate);
    if (disk_absolute(c->tls_certificate, from_cert, sizeof from_cert) != ERR_OK ||
        disk_absolute(c->tls_key, from_key, sizeof from_key) != ERR_OK ||
        disk_link(cert, from_cert) != ERR_OK || disk_link(key, from_key) != ERR_OK)
        return complain(why, "%s cannot be linked to %s (%s).", cert, c->tls_certificate,
                        strerror(errno));
    return ERR_OK;
}

static enum err make_own(const struct config *c, const char *cert, const char *key,
                         struct complaint *why)
{
    struct own_names names;
    collect_names(&names, c);
    struct cert_request request = {names.list, names.count, (int64_t)time(NULL), DAYS};
    struct cert_pem pem;
    enum err e = cert_write_pem(&request, &pem);
    if (e == ERR_OK)
        e = disk_replace(key, span_str(pem.key));
    if (e == ERR_OK)
        e = disk_replace(cert, span_str(pem.cert));
    crypt_wipe(&pem, sizeof pem);
    return e == ERR_OK ? ERR_OK
                       : complain(why, "A self-signed certificate could not be made in %s (%s).",
                                  cert, e == ERR_IO ? strerror(errno) : err_words(e));
}

enum err tls_prepare(const struct config *c, const char *data, struct complaint *why)
{
    char cert[IPC_PATH_MAX + 16], key[IPC_PATH_MAX + 16];
    TRY(disk_join(cert, sizeof cert, data, "tls.crt"));
    TRY(disk_join(key, sizeof key, data, "tls.key"));
    if (c->tls_certificate[0])
        return use_configured(c, cert, key, why);
    struct tls_state t = tls_look(cert, key, c);
    if (!t.found)
        return make_own(c, cert, key, why);
    if (!t.readable || !t.matches)
        return complain(why,
                        "%s and %s do not belong together or cannot be read; remove both, and the "
                        "next start makes new ones.",
                        cert, key);
    bool stale = t.not_after_s - (int64_t)time(NULL) < RENEW_BEFORE_S || !t.names_public;
    return t.self_signed && stale ? make_own(c, cert, key, why) : ERR_OK;
}
