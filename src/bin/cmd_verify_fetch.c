/* GET requests of `conclave verify`, by libcurl: TLS 1.2 or later, no redirects, bounded answers.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/cmd_verify.h"

struct fetcher {
    CURL *curl;
    char origin[300];
    char error[CURL_ERROR_SIZE];
    struct fetched *into;
};

static size_t take_body(char *bytes, size_t one, size_t n, void *context)
{
    struct fetcher *f = context;
    struct fetched *out = f->into;
    size_t len = one * n;
    if (len > VERIFY_FILE_BYTES - out->len)
        return 0;
    uint8_t *grown = realloc(out->bytes, out->len + len + 1);
    if (!grown)
        return 0;
    memcpy(grown + out->len, bytes, len);
    out->bytes = grown;
    out->len += len;
    grown[out->len] = '\0';
    return len;
}

static void add_header(json_t *headers, const char *name, const char *value, size_t len)
{
    json_t *new = NULL;
    const char *old = json_string_value(json_object_get(headers, name));
    if (old)
        new = json_sprintf("%s, %.*s", old, (int)len, value);
    else
        new = json_stringn(value, len);
    (void)json_object_set_new(headers, name, new);
}

static size_t take_header(char *line, size_t one, size_t n, void *context)
{
    struct fetcher *f = context;
    size_t len = one * n, at = 0;
    char name[80];
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        json_object_clear(f->into->headers); /* a new answer begins */
        return len;
    }
    while (at < len && line[at] != ':')
        at++;
    if (at == len || at >= sizeof name)
        return len;
    for (size_t i = 0; i < at; i++)
        name[i] = (char)tolower((unsigned char)line[i]);
    name[at++] = '\0';
    while (at < len && line[at] == ' ')
        at++;
    size_t end = len;
    while (end > at && (line[end - 1] == '\r' || line[end - 1] == '\n' || line[end - 1] == ' '))
        end--;
    add_header(f->into->headers, name, line + at, end - at);
    return len;
}

static bool set_options(struct fetcher *f, const struct fetch_options *o)
{
    CURL *c = f->curl;
    bool ok = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_USERAGENT, "conclave-verify") == CURLE_OK;
    if (o->ca)
        ok = ok && curl_easy_setopt(c, CURLOPT_CAINFO, o->ca) == CURLE_OK;
    if (o->insecure)
        ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
    return ok;
}

struct fetcher *fetch_open(const struct fetch_options *o)
{
    struct fetcher *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    (void)snprintf(f->origin, sizeof f->origin, "%s", o->origin);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    f->curl = curl_easy_init();
    if (f->curl && set_options(f, o))
        return f;
    fetch_close(f);
    return NULL;
}

void fetch_close(struct fetcher *f)
{
    if (!f)
        return;
    curl_easy_cleanup(f->curl);
    curl_global_cleanup();
    free(f);
}

enum err fetch_get(struct fetcher *f, const char *path, struct fetched *out, struct complaint *why)
{
    char url[600];
    (void)snprintf(url, sizeof url, "%s%s", f->origin, path);
    *out = (struct fetched){.headers = json_object()};
    f->into = out;
    f->error[0] = '\0';
    CURLcode code = curl_easy_setopt(f->curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_perform(f->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &out->status);
    if (code == CURLE_OK && !out->bytes)
        out->bytes = calloc(1, 1);
    if (code == CURLE_OK && out->bytes)
        return ERR_OK;
    fetched_fini(out);
    if (code == CURLE_WRITE_ERROR)
        return complain(why, "%s is larger than %d MiB.", url, VERIFY_FILE_BYTES >> 20);
    return complain(why, "%s could not be fetched: %s.", url,
                    f->error[0] ? f->error : curl_easy_strerror(code));
}

void fetched_fini(struct fetched *f)
{
    free(f->bytes);
    json_decref(f->headers);
    *f = (struct fetched){.status = 0};
}
