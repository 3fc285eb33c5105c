/* Calls about accounts over HTTP: GET reads, POST changes, both with a session's token in a cookie
 * or after `Authorization: Bearer`.
 *
 * A page of another site can send neither: the cookie is SameSite=Strict, and each POST that a
 * browser sends carries its Origin, which must be ours. A program that is no browser sends no
 * Origin; it may then send no cookie either. The one GET that another site may lead to is the
 * identity provider's way back, which does nothing without its own cookie. knows: paths, headers,
 * cookies. knows not: whose token it is. owns: what a request named. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bug.h"
#include "io/web_inner.h"

/* __Host-: only this very host sets it, over TLS, for all paths (RFC 6265bis section 4.1.3.2). */
#define COOKIE_SESSION "__Host-conclave"
#define COOKIE_ATTEMPT "__Host-conclave-attempt"
#define COOKIE_KNOWN "__Host-conclave-known"

static bool below(struct span path, const char *base)
{
    size_t n = strlen(base);
    return path.len >= n && memcmp(path.ptr, base, n) == 0 && (path.len == n || path.ptr[n] == '/');
}

bool web_call_is(struct span path)
{
    return below(path, WEB_CALLS) || below(path, WEB_CALLS_API);
}

void web_call_drop(struct web_session *s)
{
    if (!s->call)
        return;
    explicit_bzero(s->call, sizeof *s->call);
    free(s->call);
    s->call = NULL;
}

/* ---- headers ---- */

/* One cookie's value; "" when it is not there, is there twice, or is too long to be ours. */
static void cookie_read(const char *header, const char *name, char out[64])
{
    size_t len = strlen(name);
    unsigned seen = 0;
    out[0] = '\0';
    for (const char *at = header; *at;) {
        size_t n = strcspn(at, ";");
        if (n > len && memcmp(at, name, len) == 0 && at[len] == '=') {
            size_t value = n - len - 1;
            seen++;
            if (value < 64) {
                memcpy(out, at + len + 1, value);
                out[value] = '\0';
            }
        }
        at += n;
        at += strspn(at, "; ");
    }
    if (seen != 1)
        out[0] = '\0';
}

/* Authorization twice, or of another scheme, is as none. */
static void bearer_read(struct lws *wsi, char out[64])
{
    static const char scheme[] = "Bearer ";
    char value[80];
    size_t skip = sizeof scheme - 1;
    out[0] = '\0';
    if (web_http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, value, sizeof value) &&
        strncmp(value, scheme, skip) == 0 && strlen(value) - skip < 64)
        memcpy(out, value + skip, strlen(value) - skip + 1);
    explicit_bzero(value, sizeof value);
}

static void tokens_read(struct lws *wsi, struct web_call_kept *k)
{
    char header[2048];
    bearer_read(wsi, k->bearer);
    if (!k->api && web_http_header(wsi, WSI_TOKEN_HTTP_COOKIE, header, sizeof header)) {
        cookie_read(header, COOKIE_ATTEMPT, k->attempt);
        cookie_read(header, COOKIE_KNOWN, k->known);
        if (!k->bearer[0])
            cookie_read(header, COOKIE_SESSION, k->cookie);
    }
    explicit_bzero(header, sizeof header);
}

void web_call_cookie(struct lws *wsi, char out[64])
{
    char header[2048];
    out[0] = '\0';
    if (web_http_header(wsi, WSI_TOKEN_HTTP_COOKIE, header, sizeof header))
        cookie_read(header, COOKIE_SESSION, out);
    explicit_bzero(header, sizeof header);
}

/* The library takes a query apart at its "&"; false: it is too long. */
static bool query_read(struct lws *wsi, char *out, size_t cap)
{
    size_t len = 0;
    for (int i = 0;; i++) {
        int room = (int)(cap - len - 1);
        int n = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (n <= 0)
            break;
        if (n + 2 > room)
            return false;
        if (i > 0)
            out[len++] = '&';
        n = lws_hdr_copy_fragment(wsi, out + len, room, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (n < 0)
            return false;
        len += (size_t)n;
    }
    out[len] = '\0';
    return true;
}

/* ---- requests ---- */

static int refuse_reading(struct web_session *s, unsigned status)
{
    return web_http_refuse(s, status,
                           status == 503 ? "{\"error\":\"busy\"}" : "{\"error\":\"bad_message\"}");
}

/* What the request names, kept with it; false: it was refused. */
static bool keep(struct web_session *s, struct span path, unsigned *status)
{
    bool api = below(path, WEB_CALLS_API);
    size_t skip = strlen(api ? WEB_CALLS_API : WEB_CALLS);
    struct web_call_kept *k = calloc(1, sizeof *k);
    *status = k ? 400 : 503;
    s->call = k;
    if (!k || path.len - skip >= sizeof k->path)
        return false;
    k->api = api;
    memcpy(k->path, path.ptr + skip, path.len - skip);
    tokens_read(s->wsi, k);
    return query_read(s->wsi, k->query, sizeof k->query);
}

static void hand_over(struct web *w, const struct web_session *s, uint64_t id, bool post)
{
    const struct web_call_kept *k = s->call;
    const struct web_call q = {
        .post = post,
        .api = k->api,
        .path = span_str(k->path),
        .query = span_str(k->query),
        .cookie = span_str(k->cookie),
        .bearer = span_str(k->bearer),
        .attempt = span_str(k->attempt),
        .known = span_str(k->known),
        .body = span_of(s->body, post ? s->body_len : 0),
    };
    w->handlers->call(w->handlers->context, id, &q);
}

static int no_such(struct web *w, struct web_session *s)
{
    w->counts.not_found++;
    return web_http_refuse(s, 404, "{\"error\":\"not_found\"}");
}

int web_call_get(struct web *w, struct web_session *s, struct span path)
{
    unsigned status;
    if (!w->handlers->call)
        return no_such(w, s);
    if (!keep(s, path, &status))
        return refuse_reading(s, status);
    if (!web_body_take(w, s, WEB_CALL_BYTES))
        return refuse_reading(s, 503);
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, 30);
    hand_over(w, s, web_id_take(w, s), false);
    return 0;
}

/* Of a browser: our own page's. Without an Origin it is no browser's. Where no cookie is read, one
 * does no harm. */
static bool origin_ok(const struct web_session *s, bool api)
{
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_ORIGIN) > 0)
        return web_http_same_origin(s->wsi);
    return api || lws_hdr_total_length(s->wsi, WSI_TOKEN_HTTP_COOKIE) <= 0;
}

int web_call_post(struct web *w, struct web_session *s, struct span path)
{
    char type[64], length[16];
    unsigned status;
    if (!w->handlers->call)
        return no_such(w, s);
    if (!origin_ok(s, below(path, WEB_CALLS_API)))
        return web_http_refuse(s, 403, "{\"error\":\"forbidden\"}");
    if (!web_http_header(s->wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, type, sizeof type) ||
        strncasecmp(type, "application/json", 16) != 0)
        return web_http_refuse(s, 415, "{\"error\":\"unsupported\"}");
    if (!web_http_header(s->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length))
        return web_http_refuse(s, 411, "{\"error\":\"bad_message\"}");
    if (strlen(length) > 4 || strtoul(length, NULL, 10) > WEB_CALL_BYTES)
        return web_http_refuse(s, 413, "{\"error\":\"limit\"}");
    if (!keep(s, path, &status))
        return refuse_reading(s, status);
    s->posting = web_body_take(w, s, WEB_CALL_BYTES);
    return s->posting ? 0 : refuse_reading(s, 503);
}

void web_call_whole(struct web *w, struct web_session *s, uint64_t id)
{
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, 30); /* a password takes its time */
    hand_over(w, s, id, true);
}

void web_reply(struct web *w, uint64_t call, const struct web_reply *r)
{
    struct web_session *s = web_find(w, call);
    if (!s || s->is_socket)
        return;
    web_id_give(w, s);
    web_call_drop(s);
    BUG_IF(r->json.len > s->body_cap);
    if (r->json.len > 0)
        memcpy(s->body, r->json.ptr, r->json.len);
    if (web_http_respond(s,
                         (struct web_response){.status = r->status,
                                               .type = "application/json",
                                               .body = span_of(s->body, r->json.len),
                                               .set_cookie = {r->set_cookie[0], r->set_cookie[1]},
                                               .location = r->location}) != 0)
        web_kill_soon(s);
}
