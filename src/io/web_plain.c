/* The way to TLS; see web_plain.h. */
#include "io/web_plain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 255 };

static const char refusal[] = "HTTP/1.1 400 Bad Request\r\n"
                              "Content-Type: text/plain\r\n"
                              "Content-Length: 62\r\n"
                              "Connection: close\r\n\r\n"
                              "This port speaks HTTPS: put https:// in front of the address.\n";

bool plain_begins(struct span seen)
{
    return seen.len >= 4 && (memcmp(seen.ptr, "GET ", 4) == 0 || memcmp(seen.ptr, "HEAD", 4) == 0);
}

/* The line that begins at *at, without its end; moves *at behind it. False: its end has not come.
 */
static bool next_line(struct span seen, size_t *at, struct span *line)
{
    const uint8_t *from = seen.ptr + *at;
    const uint8_t *end = memchr(from, '\n', seen.len - *at);
    if (!end)
        return false;
    size_t len = (size_t)(end - from);
    *line = span_of(from, len > 0 && from[len - 1] == '\r' ? len - 1 : len);
    *at += len + 1;
    return true;
}

/* What stands between the first two spaces. */
static struct span target_of(struct span line)
{
    const uint8_t *from = memchr(line.ptr, ' ', line.len);
    size_t left = from ? line.len - (size_t)(from + 1 - line.ptr) : 0;
    const uint8_t *end = left > 0 ? memchr(from + 1, ' ', left) : NULL;
    return end ? span_of(from + 1, (size_t)(end - from - 1)) : span_of("", 0);
}

/* RFC 3986 section 2: what a path and a query may consist of, which has no space, quote or control.
 */
static bool is_path(struct span s)
{
    if (s.len == 0 || s.ptr[0] != '/' || (s.len > 1 && s.ptr[1] == '/'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("\"<>\\^`{|}", s.ptr[i]))
            return false;
    }
    return true;
}

static bool is_host(struct span s)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == 0 || !strchr(allowed, s.ptr[i]))
            return false;
    }
    return s.len > 0 && s.len <= HOST_MAX;
}

static bool host_of(struct span line, struct span *host)
{
    if (line.len < 5 || strncasecmp((const char *)line.ptr, "host:", 5) != 0)
        return false;
    size_t from = 5, to = line.len;
    while (from < to && (line.ptr[from] == ' ' || line.ptr[from] == '\t'))
        from++;
    while (to > from && (line.ptr[to - 1] == ' ' || line.ptr[to - 1] == '\t'))
        to--;
    *host = span_of(line.ptr + from, to - from);
    return true;
}

static size_t refuse(char *out)
{
    memcpy(out, refusal, sizeof refusal - 1);
    return sizeof refusal - 1;
}

size_t plain_answer(struct span seen, bool whole, char out[static PLAIN_ANSWER_MAX])
{
    size_t at = 0;
    struct span line, host;
    if (!next_line(seen, &at, &line))
        return whole ? refuse(out) : 0;
    struct span path = target_of(line);
    do {
        if (!next_line(seen, &at, &line))
            return whole ? refuse(out) : 0;
        if (line.len == 0)
            return refuse(out);
    } while (!host_of(line, &host));
    if (!is_path(path) || !is_host(host))
        return refuse(out);
    int n = snprintf(out, PLAIN_ANSWER_MAX,
                     "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://%.*s%.*s\r\n"
                     "Content-Length: 0\r\nConnection: close\r\n\r\n",
                     (int)host.len, (const char *)host.ptr, (int)path.len, (const char *)path.ptr);
    return n > 0 && n < PLAIN_ANSWER_MAX ? (size_t)n : refuse(out);
}
