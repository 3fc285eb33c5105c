/* Resolve, judge, pin, ask. See fetch.h. */
#include "io/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/internal.h"
#include "base/mutant.h"

enum { PINNED = 4 }; /* addresses of a host that are tried, in the resolver's order */

struct target {
    char host[FETCH_HOST_MAX + 1], port[8];
    char pin[FETCH_HOST_MAX + 16 + PINNED * (INET6_ADDRSTRLEN + 3)]; /* for CURLOPT_RESOLVE */
};

enum err fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? ERR_OK : ERR_IO;
}

/* ---- the host ---- */

static bool part(CURLU *u, CURLUPart which, unsigned flags, char *out, size_t cap)
{
    char *value = NULL;
    bool ok = curl_url_get(u, which, &value, flags) == CURLUE_OK && strlen(value) < cap;
    if (ok)
        memcpy(out, value, strlen(value) + 1);
    curl_free(value);
    return ok;
}

/* libcurl's own parser takes the URL apart, so that both of us mean the same host. */
static bool read_url(const char *url, struct target *t)
{
    char scheme[8], user[2];
    CURLU *u = curl_url();
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
              part(u, CURLUPART_SCHEME, 0, scheme, sizeof scheme) && strcmp(scheme, "https") == 0 &&
              part(u, CURLUPART_HOST, 0, t->host, sizeof t->host) &&
              part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, t->port, sizeof t->port) &&
              !part(u, CURLUPART_USER, 0, user, sizeof user);
    curl_url_cleanup(u);
    return ok;
}

static bool is_allowed(const struct target *t, const char *internal)
{
    char both[FETCH_HOST_MAX + 16];
    (void)snprintf(both, sizeof both, "%s:%s", t->host, t->port);
    return internal[0] && (strcmp(internal, t->host) == 0 || strcmp(internal, both) == 0);
}

static bool is_internal(const struct sockaddr *at)
{
    const void *where = at;
    if (at->sa_family == AF_INET) {
        uint8_t ip[4];
        memcpy(ip, &((const struct sockaddr_in *)where)->sin_addr, sizeof ip);
        return internal_v4(ip);
    }
    return at->sa_family != AF_INET6 ||
           internal_v6(((const struct sockaddr_in6 *)where)->sin6_addr.s6_addr);
}

static bool same_ip(const struct sockaddr *a, const struct sockaddr *b)
{
    const void *x = a, *y = b;
    if (a->sa_family != b->sa_family)
        return false;
    return a->sa_family == AF_INET ? memcmp(&((const struct sockaddr_in *)x)->sin_addr,
                                            &((const struct sockaddr_in *)y)->sin_addr, 4) == 0
                                   : memcmp(&((const struct sockaddr_in6 *)x)->sin6_addr,
                                            &((const struct sockaddr_in6 *)y)->sin6_addr, 16) == 0;
}

/* Whether the kernel would speak to this machine itself: towards an address of ours it speaks from
 * that address. A datagram socket that is connected sends nothing. */
static bool is_this_machine(const struct addrinfo *a)
{
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof from;
    int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known = fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0 &&
                 getsockname(fd, (struct sockaddr *)&from, &len) == 0;
    if (fd >= 0)
        close(fd);
    return known && same_ip(a->ai_addr, (const struct sockaddr *)&from);
}

static bool is_own(const struct addrinfo *a, const struct fetch_tell *t)
{
    const void *at = a->ai_addr;
    for (size_t i = 0; i < t->own_count; i++) {
        const struct ipc_addr *own = &t->own[i];
        bool v4 = a->ai_family == AF_INET && own->family == 4;
        bool v6 = a->ai_family == AF_INET6 && own->family == 6;
        if ((v4 && memcmp(&((const struct sockaddr_in *)at)->sin_addr, own->ip, 4) == 0) ||
            (v6 && memcmp(&((const struct sockaddr_in6 *)at)->sin6_addr, own->ip, 16) == 0))
            return true;
    }
    return is_this_machine(a);
}

/* "host:port:address,address" */
static bool pin_to(struct target *t, const struct addrinfo *list)
{
    size_t len = (size_t)snprintf(t->pin, sizeof t->pin, "%s:%s:", t->host, t->port);
    int n = 0;
    for (const struct addrinfo *a = list; a && n < PINNED; a = a->ai_next) {
        char ip[INET6_ADDRSTRLEN];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, ip, sizeof ip, NULL, 0, NI_NUMERICHOST) != 0)
            continue; /* a link-local one with the name of its interface */
        bool v6 = a->ai_family == AF_INET6;
        len += (size_t)snprintf(t->pin + len, sizeof t->pin - len, "%s%s%s%s", n++ > 0 ? "," : "",
                                v6 ? "[" : "", ip, v6 ? "]" : "");
    }
    return n > 0;
}

/* All addresses must be public: a name with one of each kind is a trap, not a service. */
static enum err judge(struct target *t, const struct fetch_ask *ask)
{
    char host[FETCH_HOST_MAX + 1];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    size_t len = strlen(t->host);
    bool literal = t->host[0] == '[' && t->host[len - 1] == ']';
    (void)snprintf(host, sizeof host, "%.*s", (int)(literal ? len - 2 : len),
                   t->host + (literal ? 1 : 0));
    if (getaddrinfo(host, t->port, &hints, &list) != 0)
        return ERR_NOT_FOUND;
    enum err e = pin_to(t, list) ? ERR_OK : ERR_IO;
    for (struct addrinfo *a = list; a && e == ERR_OK; a = a->ai_next) {
        bool inside = is_internal(a->ai_addr) || (ask->tell && is_own(a, ask->tell));
        if (!DEFENCE(6, !inside) && !is_allowed(t, ask->internal))
            e = ERR_FORBIDDEN;
    }
    freeaddrinfo(list);
    return e;
}

/* ---- the request ---- */

static size_t take(char *bytes, size_t one, size_t n, void *context)
{
    struct fetch_answer *out = context;
    size_t len = one * n;
    if (len > sizeof out->body - out->len)
        return 0;
    memcpy(out->body + out->len, bytes, len);
    out->len += len;
    return len;
}

/* The status is all that counts: the first byte behind the header ends the transfer. */
static size_t take_none(char *bytes, size_t one, size_t n, void *context)
{
    (void)bytes, (void)one, (void)n, (void)context;
    return 0;
}

static bool set_up_tell(CURL *c, const struct fetch_tell *t, struct curl_slist **headers)
{
    *headers = curl_slist_append(NULL, "Content-Type: application/json");
    for (size_t i = 0; *headers && i < FETCH_HEADERS && t->header[i]; i++) {
        struct curl_slist *more = curl_slist_append(*headers, t->header[i]);
        if (!more)
            return false;
        *headers = more;
    }
    return *headers && curl_easy_setopt(c, CURLOPT_HTTPHEADER, *headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)t->seconds) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_none) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)t->json.len) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, (const char *)t->json.ptr) == CURLE_OK;
}

static bool set_up(CURL *c, const struct fetch_ask *ask, struct fetch_answer *out)
{
    bool ok = curl_easy_setopt(c, CURLOPT_URL, ask->url) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)FETCH_SECONDS) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_USERAGENT, "conclave") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEDATA, out) == CURLE_OK;
    struct curl_blob ca = {(void *)(uintptr_t)ask->ca.ptr, ask->ca.len, CURL_BLOB_COPY};
    if (ask->ca.len > 0)
        ok = ok && curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK;
    if (ask->form.len > 0)
        ok = ok && curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)ask->form.len) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, (const char *)ask->form.ptr) == CURLE_OK;
    return ok;
}

static enum err err_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return ERR_OK;
    case CURLE_WRITE_ERROR:
        return ERR_LIMIT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return ERR_AUTH;
    default: /* the library's enum, not ours */
        return ERR_IO;
    }
}

enum err fetch_do(const struct fetch_ask *ask, struct fetch_answer *out)
{
    struct target t;
    long status = 0;
    out->len = 0;
    if (!read_url(ask->url, &t))
        return ERR_FORBIDDEN;
    TRY(judge(&t, ask));
    CURL *c = curl_easy_init();
    struct curl_slist *pin = curl_slist_append(NULL, t.pin), *headers = NULL;
    enum err e = ERR_IO;
    if (c && pin && set_up(c, ask, out) && (!ask->tell || set_up_tell(c, ask->tell, &headers)) &&
        curl_easy_setopt(c, CURLOPT_RESOLVE, pin) == CURLE_OK)
        e = err_of(curl_easy_perform(c));
    if ((e == ERR_OK || (e == ERR_LIMIT && ask->tell)) &&
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK) {
        out->status = (uint16_t)status;
        e = ERR_OK;
    }
    curl_slist_free_all(headers);
    curl_slist_free_all(pin);
    curl_easy_cleanup(c);
    return e;
}
