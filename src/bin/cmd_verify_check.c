/* What is wrong with a served client: files, headers, differences from a build of one's own. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bin/cmd_verify.h"

enum { FAILURES_MAX = 200, SENTENCE_MAX = 900 };

static void add(json_t *list, const char *format, va_list args)
{
    char text[SENTENCE_MAX];
    (void)vsnprintf(text, sizeof text, format, args);
    if (json_array_size(list) < FAILURES_MAX)
        (void)json_array_append_new(list, json_string(text));
}

void report_fail(struct verify_report *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(r->failures, format, args);
    va_end(args);
}

void report_note(struct verify_report *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(r->notes, format, args);
    va_end(args);
}

static void check_header(struct verify_report *r, const char *path, const char *name,
                         const char *const is_want[2])
{
    char framers[VERIFY_FRAMERS];
    const char *is = is_want[0], *want = is_want[1];
    if (!is)
        report_fail(r, "%s is served without the header %s.", path, name);
    else if (strcmp(is, want) == 0)
        return;
    else if (strcmp(name, "content-security-policy") != 0 || !policy_framed(is, want, framers))
        report_fail(r, "%s is served with another %s: \"%s\".", path, name, is);
    else if (strcmp(path, "/") == 0)
        report_note(r, "The operator lets pages of these origins show a meeting in a frame: %s.",
                    framers);
}

/* The answer for `path` is the file of that hash, under the manifest's headers. */
static void check_answer(struct verify_report *r, const struct manifest *m, const char *path,
                         const struct fetched *got, const char *hash)
{
    char now[VERIFY_HEX];
    const char *name;
    json_t *want;
    if (got->status != 200) {
        report_fail(r, "%s is answered with status %ld.", path, got->status);
        return;
    }
    hash_hex(now, span_of(got->bytes, got->len));
    if (strcmp(now, hash) != 0)
        report_fail(r, "%s is not the manifest's file: %s, not %s.", path, now, hash);
    json_object_foreach((json_t *)(uintptr_t)m->headers, name, want)
    {
        check_header(r, path, name,
                     (const char *const[]){json_string_value(json_object_get(got->headers, name)),
                                           json_string_value(want)});
    }
}

static void check_one(struct verify_report *r, struct fetcher *f, const struct manifest *m,
                      const char *path, const char *hash)
{
    struct fetched got;
    struct complaint why;
    if (fetch_get(f, path, &got, &why) != ERR_OK) {
        report_fail(r, "%s", why.text);
        return;
    }
    check_answer(r, m, path, &got, hash);
    if (strcmp(path, "/index.html") == 0)
        check_integrity(r, m, (const char *)got.bytes);
    fetched_fini(&got);
    r->files++;
}

void check_files(struct verify_report *r, struct fetcher *f, const struct manifest *m)
{
    const char *path;
    json_t *hash;
    json_object_foreach((json_t *)(uintptr_t)m->files, path, hash)
        check_one(r, f, m, path, json_string_value(hash));
    if (!json_object_get(m->files, "/sw.js"))
        report_fail(r, "The manifest names no /sw.js, which pins the program in browsers.");
}

void check_pages(struct verify_report *r, struct fetcher *f, const struct manifest *m)
{
    static const char *const pages[] = {"/", "/m/aaaaaaaaaaaaaaaaaaaa"};
    const char *hash = json_string_value(json_object_get(m->files, "/index.html"));
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct fetched got;
        struct complaint why;
        if (fetch_get(f, pages[i], &got, &why) != ERR_OK) {
            report_fail(r, "%s", why.text);
            continue;
        }
        check_answer(r, m, pages[i], &got, hash);
        fetched_fini(&got);
    }
}

void check_against(struct verify_report *r, const struct manifest *m, const struct manifest *own)
{
    const char *path;
    json_t *hash;
    if (strcmp(m->hash, own->hash) == 0)
        return;
    report_fail(r, "The server's manifest is %s, the one built here %s.", m->hash, own->hash);
    json_object_foreach((json_t *)(uintptr_t)own->files, path, hash)
    {
        const json_t *theirs = json_object_get(m->files, path);
        if (!theirs)
            report_fail(r, "The server's manifest lacks %s.", path);
        else if (!json_equal(theirs, hash))
            report_fail(r, "%s differs from the one built here.", path);
    }
    json_object_foreach((json_t *)(uintptr_t)m->files, path,
                        hash) if (!json_object_get(own->files, path))
        report_fail(r, "The server's manifest adds %s.", path);
    if (!json_equal(m->headers, own->headers))
        report_fail(r, "The server's manifest asks for other headers.");
}
