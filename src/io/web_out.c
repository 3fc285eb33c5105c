/* What waits for WebSockets: shared texts in bounded queues, many messages in one write, and events
 * at a pace. A message alone costs a TLS record and a system call; in a large meeting most are
 * events for everybody, so what waits for one receiver leaves together. An event for a quiet
 * receiver leaves at once; within a pace of the last write it waits for the next beat, with
 * all others. Replies never wait, and take along what does. "At once" is the end of the loop's
 * round, without asking the library to watch for room in the socket: that is two system calls a
 * write, and nearly always there is room.
 * knows: frames that a server sends (RFC 6455 section 5.2). knows not: what messages say.
 * owns: the queues' items. */
#include "io/web_out.h"

#include <stdlib.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "io/web_inner.h"

enum { OPCODE_TEXT = 0x81 /* final */, LENGTH_16 = 126, LENGTH_64 = 127 };

size_t web_out_head(uint8_t head[WEB_OUT_HEAD], size_t len)
{
    unsigned bytes = len < LENGTH_16 ? 0 : len <= UINT16_MAX ? 2 : 8;
    head[0] = OPCODE_TEXT;
    head[1] = (uint8_t)(bytes == 0 ? len : bytes == 2 ? LENGTH_16 : LENGTH_64);
    for (unsigned i = 0; i < bytes; i++)
        head[2 + i] = (uint8_t)((uint64_t)len >> (8 * (bytes - 1 - i)));
    return 2 + bytes;
}

/* ---- texts ---- */

struct web_text *web_text_take(struct span text)
{
    struct web_text *t = malloc(sizeof *t + LWS_PRE + text.len);
    if (!t)
        return NULL;
    t->refs = 1;
    t->len = text.len;
    memcpy(t->bytes + LWS_PRE, text.ptr, text.len);
    return t;
}

struct span web_text_span(const struct web_text *t)
{
    return span_of(t->bytes + LWS_PRE, t->len);
}

void web_text_give(struct web_text *t)
{
    if (--t->refs == 0)
        free(t);
}

/* The first of the queue, *owned* by the caller now. */
static struct web_text *out_take(struct web_session *s)
{
    struct web_out *o = s->out;
    struct web_text *t = o->text;
    s->out = o->next;
    s->out_bytes -= t->len;
    free(o);
    return t;
}

void web_out_drop(struct web_session *s)
{
    while (s->out)
        web_text_give(out_take(s));
    list_remove(&s->paced);
}

/* ---- writing ---- */

static int write_one(struct web_session *s)
{
    struct web_text *t = out_take(s);
    int n = lws_write(s->wsi, t->bytes + LWS_PRE, t->len, LWS_WRITE_TEXT);
    bool short_write = n < (int)t->len;
    web_text_give(t);
    return short_write ? -1 : 0;
}

int web_out_write(struct web_session *s)
{
    struct web *w = s->web;
    size_t len = 0;
    BUG_IF(!s->out);
    list_remove(&s->paced);
    s->written_ms = uv_now(w->loop);
    w->counts.writes++;
    if (!s->out->next || s->out->text->len > WEB_BATCH - WEB_OUT_HEAD)
        return write_one(s);
    while (s->out && s->out->text->len <= WEB_BATCH - WEB_OUT_HEAD - len) {
        struct web_text *t = out_take(s);
        uint8_t *at = w->batch + LWS_PRE + len;
        size_t head = web_out_head(at, t->len);
        memcpy(at + head, t->bytes + LWS_PRE, t->len);
        len += head + t->len;
        web_text_give(t);
        if (len > WEB_BATCH - WEB_OUT_HEAD)
            break;
    }
    return lws_write(s->wsi, w->batch + LWS_PRE, len, LWS_WRITE_RAW) < (int)len ? -1 : 0;
}

/* ---- when ---- */

/* Longer where there are more: a beat is a write for each, and so a beat's share of a processor
 * stays about the same. */
static uint32_t pace_ms(const struct web *w)
{
    return WEB_PACE_MS + w->counts.sockets / WEB_PACE_SOCKETS;
}

/* One write; what does not fit waits for room in the socket. */
static void write_now(struct web_session *s)
{
    list_remove(&s->paced);
    if (s->close_sent || !s->out)
        return;
    if (!lws_partial_buffered(s->wsi) && web_out_write(s) < 0) {
        web_kill_soon(s);
        return;
    }
    if (s->out || s->close_code != 0 || lws_partial_buffered(s->wsi))
        lws_callback_on_writable(s->wsi);
}

static void on_round(uv_prepare_t *p)
{
    struct web *w = p->data;
    LIST_EACH_SAFE(&w->soon, it, next)
    {
        write_now(LIST_ENTRY(it, struct web_session, paced));
    }
}

static void on_beat(uv_timer_t *t)
{
    struct web *w = t->data;
    LIST_EACH_SAFE(&w->paced, it, next)
    {
        write_now(LIST_ENTRY(it, struct web_session, paced));
    }
}

void web_out_open(struct web *w, uv_loop_t *loop)
{
    list_init(&w->paced);
    list_init(&w->soon);
    w->loop = loop;
    BUG_IF(uv_timer_init(loop, &w->beat) != 0 || uv_prepare_init(loop, &w->round) != 0);
    w->beat.data = w->round.data = w;
    BUG_IF(uv_prepare_start(&w->round, on_round) != 0);
    uv_unref((uv_handle_t *)&w->round); /* it keeps no loop alive */
}

/* first: nothing waited before, so no write is on its way. */
static void wake(struct web *w, struct web_session *s, bool first, bool at_once)
{
    bool paced = !list_empty(&s->paced);
    at_once = at_once || s->out_bytes >= WEB_BATCH; /* a full write gains nothing by waiting */
    if (!first && !(paced && at_once))
        return;
    if (at_once || uv_now(w->loop) - s->written_ms >= pace_ms(w)) {
        list_remove(&s->paced);
        list_append(&w->soon, &s->paced);
        return;
    }
    if (list_empty(&w->paced))
        uv_timer_start(&w->beat, on_beat, pace_ms(w), 0);
    list_append(&w->paced, &s->paced);
}

static enum err queue(struct web *w, uint64_t socket, struct web_text *t, bool at_once)
{
    struct web_session *s = web_find(w, socket);
    if (!s || !s->is_socket || s->close_code != 0)
        return ERR_NOT_FOUND;
    /* An empty queue takes one message of any size: the welcome of a large meeting. */
    if (!DEFENCE(18, s->out_bytes == 0 || s->out_bytes + t->len <= LIMIT_SIGNAL_QUEUE)) {
        w->counts.slow_closed++;
        s->close_code = 1008;
        web_kill_soon(s);
        return ERR_LIMIT;
    }
    struct web_out *o = malloc(sizeof *o);
    if (!o)
        return ERR_NOMEM;
    bool first = !s->out;
    o->next = NULL;
    o->text = t;
    t->refs++;
    if (s->out)
        s->out_last->next = o;
    else
        s->out = o;
    s->out_last = o;
    s->out_bytes += t->len;
    w->counts.messages++;
    wake(w, s, first, at_once);
    return ERR_OK;
}

enum err web_send_text(struct web *w, uint64_t socket, struct web_text *t)
{
    return queue(w, socket, t, false);
}

enum err web_send(struct web *w, uint64_t socket, struct span text)
{
    struct web_text *t = web_text_take(text);
    if (!t)
        return ERR_NOMEM;
    enum err err = queue(w, socket, t, true);
    web_text_give(t);
    return err;
}
