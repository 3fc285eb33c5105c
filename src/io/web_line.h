/* Small local services: one question, one answer, then the connection closes. Used for the control
 * socket (a question is a line) and for /metrics (a question is an HTTP request head).
 * knows: streams of libuv. knows not: what is asked. owns: its connections, LINE_MAX at most. */
#ifndef IO_WEB_LINE_H
#define IO_WEB_LINE_H

#include <uv.h>

#include "base/err.h"
#include "base/span.h"

enum { LINE_CONNECTIONS = 32, LINE_BYTES = 8192, LINE_S = 15 };

struct line;

/* asked: the whole question; answer with line_answer now or later, by the number. */
typedef void (*line_asked)(void *context, uint64_t number, struct span question);

struct line_config {
    uv_loop_t *loop;
    int fd;          /* listening, non-blocking; becomes the service's */
    const char *end; /* what ends a question: "\n" or "\r\n\r\n" */
    line_asked asked;
    void *context;
};

/* ERR_IO when fd cannot serve, ERR_NOMEM. */
enum err line_open(struct line **out, const struct line_config *c);
/* The answer, whole; nothing happens when the asker is gone. */
void line_answer(struct line *l, uint64_t number, struct span answer);

#endif
