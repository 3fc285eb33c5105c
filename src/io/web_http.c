/* HTTP requests: the static client, /healthz, POST /api/meetings, and who may upgrade; files of
 * meetings are in web_file.c.
 * knows: paths, methods, headers. knows not: meetings. owns: nothing beyond a request's buffers. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "io/clock.h"
#include "io/web_inner.h"

/* wasm-unsafe-eval lets WebAssembly be compiled, and no script be made of text. The client's
 * manifest repeats these headers (web/tools/headers.mjs); `conclave verify client` compares them.
 */
#define CSP_BEFORE                                                                                 \
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "                 \
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "    \
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "                \
    "frame-ancestors "
#define CSP_AFTER "; require-trusted-types-for 'script'; trusted-types conclave-workers"
#define PERMISSIONS                                                                                \
    "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "                \
    "picture-in-picture=(self), speaker-selection=(self), screen-wake-lock=(self), "               \
    "autoplay=(self), accelerometer=(), geolocation=(), gyroscope=(), magnetometer=(), midi=(), "  \
    "payment=(), usb=(), serial=(), hid=(), xr-spatial-tracking=(), browsing-topics=()"

static const char page_404[] =
    "There is nothing at this address. Check the link, or start at the front page: /\n";
static const char page_403[] = "This page may not talk to this server.\n";
static const char page_no_client[] =
    "The server runs, but its web client is not built. Run \"make build\", then restart it.\n";

void web_http_headers(struct web *w, const char *embed)
{
    const char *const lines[WEB_HEADERS][2] = {
        {"content-security-policy:", w->policy},
        {"permissions-policy:", PERMISSIONS},
        {"referrer-policy:", "no-referrer"},
        {"x-content-type-options:", "nosniff"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
    };
    (void)snprintf(w->policy, sizeof w->policy, CSP_BEFORE "%.*s" CSP_AFTER, WEB_EMBED_BYTES,
                   embed && *embed ? embed : "'none'");
    for (size_t i = 0; i < WEB_HEADERS; i++)
        w->headers[i] = (struct lws_protocol_vhost_options){
            i + 1 < WEB_HEADERS ? &w->headers[i + 1] : NULL, NULL, lines[i][0], lines[i][1]};
}

/* ---- headers ---- */

/* The header when it came exactly once and fits; copies a terminating zero. */
bool web_http_header(struct lws *wsi, enum lws_token_indexes token, char *out, int cap)
{
    char second[2];
    if (lws_hdr_total_length(wsi, token) <= 0 || lws_hdr_copy(wsi, out, cap, token) <= 0)
        return false;
    return lws_hdr_copy_fragment(wsi, second, sizeof second, token, 1) < 0 &&
           strlen(out) == (size_t)lws_hdr_total_length(wsi, token);
}

/* The page that asks came from this very server (attack A17): Origin is https:// and our Host. */
bool web_http_same_origin(struct lws *wsi)
{
    char origin[300], host[280];
    if (!web_http_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin) ||
        !web_http_header(wsi, WSI_TOKEN_HOST, host, sizeof host))
        return false;
    return strncasecmp(origin, "https://", 8) == 0 && strcasecmp(origin + 8, host) == 0;
}

static bool local_host(struct lws *wsi)
{
    char host[280];
    if (!web_http_header(wsi, WSI_TOKEN_HOST, host, sizeof host))
        return true;
    return strncmp(host, "localhost", 9) == 0 || strncmp(host, "127.", 4) == 0 ||
           strncmp(host, "[::1]", 5) == 0;
}

static bool takes_gzip(struct lws *wsi)
{
    char accept[256];
    return web_http_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accept, sizeof accept) &&
           strstr(accept, "gzip") && !strstr(accept, "gzip;q=0");
}

static bool has_etag(struct lws *wsi, const char *etag)
{
    char value[256];
    return web_http_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, value, sizeof value) &&
           strstr(value, etag);
}

/* ---- answers ---- */

static bool starts(struct span path, const char *with)
{
    size_t n = strlen(with);
    return path.len >= n && memcmp(path.ptr, with, n) == 0;
}

struct header_block {
    struct lws *wsi;
    unsigned char *at, *end;
    bool failed;
};

static void add_header(struct header_block *b, const char *name, const char *value)
{
    b->failed |= lws_add_http_header_by_name(b->wsi, (const unsigned char *)name,
                                             (const unsigned char *)value, (int)strlen(value),
                                             &b->at, b->end) != 0;
}

static void add_file_headers(struct header_block *b, const struct web_response *r)
{
    if (!r->file) {
        add_header(b, "cache-control:", "no-store");
        return;
    }
    add_header(b, "cache-control:",
               r->file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    add_header(b, "etag:", r->file->etag);
    add_header(b, "vary:", "accept-encoding");
    if (r->gzip)
        add_header(b, "content-encoding:", "gzip");
    /* Other origins' pages load the script that embeds a meeting. */
    if (starts(span_str(r->file->path), "/embed/"))
        add_header(b, "access-control-allow-origin:", "*");
}

/* Sends the head of the answer; the body follows in web_http_writeable. */
int web_http_respond(struct web_session *s, struct web_response r)
{
    unsigned char block[LWS_PRE + 4096], *start = block + LWS_PRE;
    struct header_block b = {s->wsi, start, block + sizeof block, false};
    s->answered = true;
    s->response = r;
    s->sent = 0;
    if (lws_add_http_common_headers(s->wsi, r.status, r.type, r.body.len, &b.at, b.end))
        return -1;
    add_file_headers(&b, &r);
    if (r.status == 405)
        add_header(&b, "allow:", "GET, HEAD, POST");
    for (int i = 0; i < 2 && r.set_cookie[i]; i++)
        add_header(&b, "set-cookie:", r.set_cookie[i]);
    if (r.location)
        add_header(&b, "location:", r.location);
    if (!local_host(s->wsi))
        add_header(&b, "strict-transport-security:", "max-age=31536000");
    if (b.failed || lws_finalize_write_http_header(s->wsi, start, &b.at, b.end))
        return -1;
    if (r.head || r.body.len == 0)
        return lws_http_transaction_completed(s->wsi) ? -1 : 0;
    if (r.body.len <= WEB_POST_BYTES)
        return web_http_writeable(s);
    lws_callback_on_writable(s->wsi);
    return 0;
}

static int respond_text(struct web_session *s, unsigned status, const char *text)
{
    return web_http_respond(s, (struct web_response){.status = status,
                                                     .type = "text/plain; charset=utf-8",
                                                     .body = span_str(text)});
}

int web_http_writeable(struct web_session *s)
{
    uint8_t chunk[LWS_PRE + WEB_CHUNK];
    if (!s->answered || s->response.head)
        return 0;
    size_t left = s->response.body.len - s->sent;
    if (left == 0)
        return 0;
    size_t n = left < WEB_CHUNK ? left : WEB_CHUNK;
    memcpy(chunk + LWS_PRE, s->response.body.ptr + s->sent, n);
    s->sent += n;
    if (lws_write(s->wsi, chunk + LWS_PRE, n, n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
        (int)n)
        return -1;
    if (n < left) {
        lws_callback_on_writable(s->wsi);
        return 0;
    }
    web_body_give(s->web, s); /* the connection may stay */
    return lws_http_transaction_completed(s->wsi) ? -1 : 0;
}

/* ---- GET ---- */

static int respond_file(struct web_session *s, const struct web_file *f, bool head)
{
    struct web_response r = {
        .status = 200, .type = f->type, .body = f->plain, .file = f, .head = head};
    if (has_etag(s->wsi, f->etag)) {
        r.status = 304;
        r.body = span_of(NULL, 0);
    } else if (f->gzip.len > 0 && takes_gzip(s->wsi)) {
        r.gzip = true;
        r.body = f->gzip;
    }
    return web_http_respond(s, r);
}

/* The list of data centres is everybody's: who reads it checks its signature. It is shared by all
 * who are reading it, so that slow ones hold nothing. */
static int respond_list(const struct web *w, struct web_session *s, bool head)
{
    struct web_text *list = w->handlers->list ? w->handlers->list(w->handlers->context) : NULL;
    if (!list)
        return respond_text(s, 404, page_404);
    web_body_give(s->web, s);
    if (!head) {
        list->refs++;
        s->text = list;
    }
    return web_http_respond(s, (struct web_response){.status = 200,
                                                     .type = "text/plain; charset=utf-8",
                                                     .body = web_text_span(list),
                                                     .head = head});
}

static int get(struct web *w, struct web_session *s, struct span path, bool head)
{
    if (span_equal(path, span_str("/healthz")))
        return respond_text(s, 200, "ok\n");
    if (span_equal(path, span_str("/api/datacentres")))
        return respond_list(w, s, head);
    if (starts(path, WEB_FILES) && !head)
        return web_file_get(w, s, path);
    if (web_call_is(path) && !head)
        return web_call_get(w, s, path);
    bool page = span_equal(path, span_str("/")) || span_equal(path, span_str("/test")) ||
                span_equal(path, span_str("/account")) || starts(path, "/m/");
    const struct web_file *f = web_static_find(w->files, page ? span_str("/index.html") : path);
    if (f)
        return respond_file(s, f, head);
    w->counts.not_found++;
    return page ? respond_text(s, 503, page_no_client) : respond_text(s, 404, page_404);
}

/* ---- POST ---- */

int web_http_refuse(struct web_session *s, unsigned status, const char *json)
{
    return web_http_respond(s, (struct web_response){.status = status,
                                                     .type = "application/json",
                                                     .body = span_str(json)});
}

static int post(struct web *w, struct web_session *s, struct span path)
{
    char type[64], length[16];
    if (starts(path, WEB_FILES))
        return web_file_post(w, s, path);
    if (web_call_is(path))
        return web_call_post(w, s, path);
    if (!span_equal(path, span_str("/api/meetings")))
        return respond_text(s, 404, page_404);
    if (!DEFENCE(17, web_http_same_origin(s->wsi)))
        return web_http_refuse(s, 403, "{\"error\":\"forbidden\"}");
    if (!web_http_header(s->wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, type, sizeof type) ||
        strncasecmp(type, "application/json", 16) != 0)
        return web_http_refuse(s, 415, "{\"error\":\"unsupported\"}");
    if (!web_http_header(s->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length))
        return web_http_refuse(s, 411, "{\"error\":\"bad_message\"}");
    if (strlen(length) > 4 || strtoul(length, NULL, 10) > WEB_POST_BYTES)
        return web_http_refuse(s, 413, "{\"error\":\"limit\"}");
    s->posting = web_body_take(w, s, WEB_POST_BYTES);
    return s->posting ? 0 : web_http_refuse(s, 503, "{\"error\":\"busy\"}");
}

static size_t body_counted(size_t cap)
{
    return cap > WEB_POST_BYTES ? cap : 0;
}

static bool body_grow(struct web *w, struct web_session *s, size_t cap)
{
    size_t more = body_counted(cap) - body_counted(s->body_cap);
    uint8_t *body = more <= WEB_BODIES - w->body_bytes ? realloc(s->body, cap) : NULL;
    if (!body)
        return false;
    s->body = body;
    s->body_cap = cap;
    w->body_bytes += more;
    return true;
}

bool web_body_take(struct web *w, struct web_session *s, size_t cap)
{
    web_body_give(w, s);
    if (!body_grow(w, s, cap))
        return false;
    s->body_want = cap;
    s->body_since = clock_now();
    list_init(&s->node);
    if (body_counted(cap))
        list_append(&w->bodies, &s->node);
    return true;
}

void web_body_give(struct web *w, struct web_session *s)
{
    if (s->text)
        web_text_give(s->text);
    s->text = NULL;
    if (!s->body)
        return;
    list_remove(&s->node);
    w->body_bytes -= body_counted(s->body_cap);
    free(s->body);
    s->body = NULL;
    s->body_len = s->body_cap = s->body_want = 0;
}

bool web_body_begin(struct web *w, struct web_session *s, size_t want)
{
    if (want > WEB_BODIES - w->body_bytes ||
        !web_body_take(w, s, want < WEB_POST_BYTES ? WEB_POST_BYTES : WEB_POST_BYTES + 1))
        return false;
    s->body_want = want;
    return true;
}

bool web_bodies_busy(const struct web *w, const char *token)
{
    uint32_t n = 0;
    LIST_EACH(&w->bodies, it)
    {
        n += strcmp(LIST_ENTRY(it, const struct web_session, node)->file.token, token) == 0;
    }
    return n >= WEB_BODIES_EACH;
}

/* By what passed, not by when bytes last did: one byte now and then is no progress. */
void web_bodies_tick(struct web *w)
{
    instant_us now = clock_now();
    LIST_EACH_SAFE(&w->bodies, it, next)
    {
        struct web_session *s = LIST_ENTRY(it, struct web_session, node);
        int64_t seconds = (now - s->body_since) / US_PER_S;
        int64_t passed = (int64_t)(s->answered ? s->sent : s->body_len);
        if (seconds > WEB_BODY_S ||
            (seconds > WEB_BODY_SLOW_S && passed < (seconds - WEB_BODY_SLOW_S) * WEB_BODY_RATE))
            web_kill_soon(s);
    }
}

int web_http_body(struct web_session *s, struct span part)
{
    size_t need = s->body_len + part.len, step = s->body_cap + WEB_BODY_STEP;
    if (!s->posting || need > s->body_want)
        return -1;
    if (need > s->body_cap && need > step)
        step = need;
    if (need > s->body_cap && !body_grow(s->web, s, step < s->body_want ? step : s->body_want))
        return -1;
    if (part.len > 0)
        memcpy(s->body + s->body_len, part.ptr, part.len);
    s->body_len += part.len;
    return 0;
}

int web_http_body_end(struct web *w, struct web_session *s)
{
    if (!s->posting)
        return s->answered ? 0 : -1;
    s->posting = false;
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, 10);
    uint64_t id = web_id_take(w, s);
    if (s->file.meeting[0]) {
        web_file_whole(w, s, id);
        return 0;
    }
    if (s->call) {
        web_call_whole(w, s, id);
        return 0;
    }
    w->handlers->post(w->handlers->context, id, span_of(s->body, s->body_len));
    return 0;
}

void web_answer(struct web *w, uint64_t call, unsigned status, struct span json)
{
    struct web_session *s = web_find(w, call);
    if (!s || s->is_socket)
        return;
    web_id_give(w, s);
    BUG_IF(json.len > s->body_cap);
    memcpy(s->body, json.ptr, json.len); /* the request's own buffer: it is not needed any more */
    if (web_http_respond(s, (struct web_response){.status = status,
                                                  .type = "application/json",
                                                  .body = span_of(s->body, json.len)}) != 0)
        web_kill_soon(s);
}

int web_http_request(struct web *w, struct web_session *s, struct span path)
{
    w->counts.http++;
    web_body_give(w, s);
    web_call_drop(s);
    s->answered = s->posting = false;
    s->file.meeting[0] = '\0';
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_GET_URI) > 0)
        return get(w, s, path, false);
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_HEAD_URI) > 0)
        return get(w, s, path, true);
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_POST_URI) > 0)
        return post(w, s, path);
    return respond_text(s, 405, "Only GET, HEAD and POST.\n");
}

/* ---- upgrade ---- */

int web_http_confirm_upgrade(struct web *w, struct lws *wsi)
{
    char uri[16];
    struct web_session once = {.web = w, .wsi = wsi}; /* the answer is small: written at once */
    bool right_path =
        web_http_header(wsi, WSI_TOKEN_GET_URI, uri, sizeof uri) && strcmp(uri, "/ws") == 0;
    if (right_path && DEFENCE(17, web_http_same_origin(wsi)))
        return 0;
    w->counts.upgrades_refused++;
    struct web_response r = {.status = right_path ? 403 : 404,
                             .type = "text/plain; charset=utf-8",
                             .body = span_str(right_path ? page_403 : page_404)};
    return web_http_respond(&once, r) ? -1 : 1;
}
