/* One question, one answer, over a stream. */
#include "io/web_line.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"

struct line_connection {
    struct list node;
    struct line *line;
    uv_pipe_t stream; /* libuv's pipe serves any stream descriptor, TCP included */
    uv_write_t write;
    uint64_t number, since_ms;
    size_t len;
    uint8_t *answer;
    bool asked, closing;
    uint8_t question[LINE_BYTES];
};

struct line {
    struct line_config config;
    uv_pipe_t listener;
    uv_timer_t timer;
    struct list connections;
    uint32_t count;
    uint64_t next;
};

static void on_closed(uv_handle_t *h)
{
    struct line_connection *c = h->data;
    free(c->answer);
    free(c);
}

static void connection_close(struct line_connection *c)
{
    if (c->closing)
        return;
    c->closing = true;
    c->line->count--;
    list_remove(&c->node);
    uv_close((uv_handle_t *)&c->stream, on_closed);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct line_connection *c = h->data;
    (void)suggested;
    *buf = uv_buf_init((char *)c->question + c->len, (unsigned)(sizeof c->question - c->len));
}

static void on_read(uv_stream_t *h, ssize_t n, const uv_buf_t *buf)
{
    struct line_connection *c = h->data;
    const char *end = c->line->config.end;
    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        connection_close(c);
        return;
    }
    c->len += (size_t)n;
    void *at = memmem(c->question, c->len, end, strlen(end));
    if (!at) {
        if (c->len == sizeof c->question)
            connection_close(c);
        return;
    }
    uv_read_stop(h);
    c->asked = true;
    size_t len = (size_t)((uint8_t *)at - c->question);
    c->line->config.asked(c->line->config.context, c->number, span_of(c->question, len));
}

static void on_written(uv_write_t *w, int status)
{
    (void)status;
    connection_close(w->data);
}

void line_answer(struct line *l, uint64_t number, struct span answer)
{
    LIST_EACH(&l->connections, it)
    {
        struct line_connection *c = LIST_ENTRY(it, struct line_connection, node);
        if (c->number != number || c->answer)
            continue;
        c->answer = malloc(answer.len + 1);
        if (!c->answer) {
            connection_close(c);
            return;
        }
        memcpy(c->answer, answer.ptr, answer.len);
        uv_buf_t buf = uv_buf_init((char *)c->answer, (unsigned)answer.len);
        c->write.data = c;
        if (uv_write(&c->write, (uv_stream_t *)&c->stream, &buf, 1, on_written) != 0)
            connection_close(c);
        return;
    }
}

static void on_timer(uv_timer_t *t)
{
    struct line *l = t->data;
    uint64_t now = uv_now(l->config.loop);
    LIST_EACH_SAFE(&l->connections, it, next)
    {
        struct line_connection *c = LIST_ENTRY(it, struct line_connection, node);
        if (now - c->since_ms > LINE_S * 1000)
            connection_close(c);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct line *l = listener->data;
    struct line_connection *c = status == 0 ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return;
    uv_pipe_init(l->config.loop, &c->stream, 0);
    c->stream.data = c;
    c->line = l;
    c->number = ++l->next;
    c->since_ms = uv_now(l->config.loop);
    l->count++;
    list_append(&l->connections, &c->node);
    if (uv_accept(listener, (uv_stream_t *)&c->stream) != 0 || l->count > LINE_CONNECTIONS ||
        uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read) != 0)
        connection_close(c);
}

enum err line_open(struct line **out, const struct line_config *config)
{
    struct line *l = calloc(1, sizeof *l);
    if (!l)
        return ERR_NOMEM;
    l->config = *config;
    list_init(&l->connections);
    uv_pipe_init(config->loop, &l->listener, 0);
    l->listener.data = l;
    uv_timer_init(config->loop, &l->timer);
    l->timer.data = l;
    *out = l;
    if (uv_pipe_open(&l->listener, config->fd) != 0 ||
        uv_listen((uv_stream_t *)&l->listener, LINE_CONNECTIONS, on_connection) != 0)
        return ERR_IO;
    uv_timer_start(&l->timer, on_timer, 1000, 1000);
    return ERR_OK;
}
