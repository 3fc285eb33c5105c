/* Files of meetings over HTTP: POST and GET of bytes, with the session's token.
 *
 *     POST /api/meetings/<meeting>/files          Authorization: Bearer <token>   bytes
 *     GET  /api/meetings/<meeting>/files/<file>   Authorization: Bearer <token>
 *
 * knows: paths, headers, how many bytes may be in memory. knows not: whose token it is, where files
 * are kept (the handlers do). owns: a request's buffer. */
#include <stdlib.h>

#include "base/bug.h"
#include "io/web_inner.h"

enum { ANSWER_BYTES = 256, MEETING_ID = 20 };

static struct web_file_ask ask_of(const struct web_file_path *p)
{
    return (struct web_file_ask){span_str(p->meeting), span_str(p->file), span_str(p->token)};
}

/* "<meeting>/files" or "<meeting>/files/<file>" behind WEB_FILES. */
static bool read_path(struct web_file_path *out, struct span path)
{
    static const char middle[] = "/files";
    size_t skip = strlen(WEB_FILES), n = strlen(middle);
    if (path.len < skip + MEETING_ID + n)
        return false;
    const char *at = (const char *)path.ptr + skip, *end = (const char *)path.ptr + path.len;
    memcpy(out->meeting, at, MEETING_ID);
    out->meeting[MEETING_ID] = '\0';
    at += MEETING_ID;
    if (memchr(out->meeting, '/', MEETING_ID) || memcmp(at, middle, n) != 0)
        return false;
    at += n;
    size_t left = (size_t)(end - at);
    out->file[0] = '\0';
    if (left == 0)
        return true;
    if (at[0] != '/' || left - 1 >= sizeof out->file || left == 1)
        return false;
    memcpy(out->file, at + 1, left - 1);
    out->file[left - 1] = '\0';
    return true;
}

static bool read_token(struct lws *wsi, struct web_file_path *out)
{
    static const char scheme[] = "Bearer ";
    char value[sizeof scheme + sizeof out->token];
    if (!web_http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, value, sizeof value) ||
        strncmp(value, scheme, sizeof scheme - 1) != 0 ||
        strlen(value) - (sizeof scheme - 1) >= sizeof out->token)
        return false;
    memcpy(out->token, value + sizeof scheme - 1, strlen(value) - (sizeof scheme - 1) + 1);
    return true;
}

static int not_found(struct web *w, struct web_session *s)
{
    w->counts.not_found++;
    return web_http_refuse(s, 404, "{\"error\":\"not_found\"}");
}

static int refuse(struct web_session *s, unsigned status)
{
    switch (status) {
    case 413:
        return web_http_refuse(s, status, "{\"error\":\"limit\"}");
    case 507:
        return web_http_refuse(s, status, "{\"error\":\"full\"}");
    case 503:
        return web_http_refuse(s, status, "{\"error\":\"busy\"}");
    default:
        return web_http_refuse(s, 403, "{\"error\":\"forbidden\"}");
    }
}

int web_file_get(struct web *w, struct web_session *s, struct span path)
{
    struct web_file_path p;
    if (!read_path(&p, path) || !p.file[0])
        return not_found(w, s);
    if (!read_token(s->wsi, &p))
        return refuse(s, 403);
    if (web_bodies_busy(w, p.token) || !web_body_take(w, s, ANSWER_BYTES))
        return refuse(s, 503);
    memcpy(s->file.token, p.token, sizeof p.token);
    struct web_file_ask q = ask_of(&p);
    w->handlers->file_get(w->handlers->context, web_id_take(w, s), &q);
    return 0;
}

int web_file_post(struct web *w, struct web_session *s, struct span path)
{
    char length[16];
    struct web_file_path p;
    if (!read_path(&p, path) || p.file[0])
        return not_found(w, s);
    if (!web_http_same_origin(s->wsi) || !read_token(s->wsi, &p))
        return refuse(s, 403);
    if (!web_http_header(s->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length))
        return web_http_refuse(s, 411, "{\"error\":\"bad_message\"}");
    unsigned long bytes = strlen(length) > 9 ? 999999999 : strtoul(length, NULL, 10);
    struct web_file_ask q = ask_of(&p);
    unsigned status = w->handlers->file_check(w->handlers->context, &q, bytes);
    if (status == 0 && (web_bodies_busy(w, p.token) || !web_body_begin(w, s, bytes)))
        status = 503;
    if (status != 0)
        return refuse(s, status);
    s->file = p;
    s->posting = true;
    return 0;
}

void web_file_whole(struct web *w, struct web_session *s, uint64_t id)
{
    struct web_file_ask q = ask_of(&s->file);
    w->handlers->file_put(w->handlers->context, id, &q, span_of(s->body, s->body_len));
}

void web_answer_bytes(struct web *w, uint64_t call, struct span bytes)
{
    struct web_session *s = web_find(w, call);
    if (!s || s->is_socket)
        return;
    if (!web_body_take(w, s, bytes.len)) {
        web_id_give(w, s);
        if (refuse(s, 503) != 0)
            web_kill_soon(s);
        return;
    }
    web_id_give(w, s);
    memcpy(s->body, bytes.ptr, bytes.len);
    if (web_http_respond(s, (struct web_response){.status = 200,
                                                  .type = "application/octet-stream",
                                                  .body = span_of(s->body, bytes.len)}) != 0)
        web_kill_soon(s);
}
