/* `conclave dc load` and `dc show`: the list of data centres of the server that runs here. knows:
 * the control socket. knows not: which list may follow, which is the server's question. owns:
 * nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/cmd_control.h"
#include "bin/cmd_dc.h"
#include "bin/dc_files.h"

enum { PIECE = 4096 }; /* bytes of a list in one line */

/* The answer, *owned*, or NULL after a sentence. */
static json_t *ask_server(const struct dc_flags *f, json_t *ask)
{
    struct complaint why;
    json_t *answer = NULL;
    enum err e = control_ask(f->data, ask, &answer, &why);
    json_decref(ask);
    if (e != ERR_OK)
        fprintf(stderr, "%s\n", why.text);
    return e == ERR_OK ? answer : NULL;
}

/* False after a sentence. *version: of the list that is in force now. */
static bool took(const struct dc_flags *f, json_t *answer, json_int_t *version)
{
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    bool ok = json_is_true(json_object_get(answer, "ok"));
    *version = json_integer_value(json_object_get(answer, "version"));
    if (answer && !ok)
        fprintf(stderr, "%s: %s; the list in force stays, version %lld.\n",
                f->list ? f->list : "The server", reason ? reason : "refused", (long long)*version);
    json_decref(answer);
    return ok;
}

static bool say_version(const struct dc_flags *f, json_int_t version)
{
    if (f->json)
        printf("{\"version\":%lld}\n", (long long)version);
    else if (version == 0)
        puts("The server has no list of data centres.");
    else
        printf("Version %lld is in force.\n", (long long)version);
    return true;
}

static bool send(const struct dc_flags *f, struct span note, json_int_t *version)
{
    char text[TEXT_BASE64URL_LEN(PIECE) + 1];
    bool ok = note.len > 0;
    for (size_t at = 0; ok && at < note.len; at += PIECE) {
        size_t n = note.len - at < PIECE ? note.len - at : PIECE;
        text_base64url(text, span_of(note.ptr + at, n));
        ok =
            took(f,
                 ask_server(f, json_pack("{s:s, s:I, s:I, s:s}", "do", "list", "at", (json_int_t)at,
                                         "of", (json_int_t)note.len, "bytes", text)),
                 version);
    }
    return ok;
}

int dc_load(const struct dc_flags *f)
{
    struct span note;
    json_int_t version = 0;
    if (!dc_needs(f->list, "--list") || !dc_needs(f->data, "--data"))
        return EXIT_USAGE;
    if (!dc_read(f->list, &note))
        return EXIT_FAILED;
    if (note.len == 0)
        return dc_refuse(f->list, "is empty");
    return send(f, note, &version) && say_version(f, version) ? EXIT_DONE : EXIT_FAILED;
}

int dc_show(const struct dc_flags *f)
{
    json_int_t version = 0;
    if (!dc_needs(f->data, "--data"))
        return EXIT_USAGE;
    json_t *answer = ask_server(f, json_pack("{s:s}", "do", "list"));
    return answer && took(f, answer, &version) && say_version(f, version) ? EXIT_DONE : EXIT_FAILED;
}
