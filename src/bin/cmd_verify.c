/* `conclave verify client URL`: is the program that a server hands out the one that was published?
 */
#include "bin/cmd_verify.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/cmd_args.h"
#include "crypt/crypt.h"

static const char help[] =
    "conclave verify client URL: checks the program that a server hands to browsers.\n"
    "\n"
    "  --manifest FILE      a manifest.json of one's own build to compare with\n"
    "  --release-key FILE   public key (PEM) that must have signed the manifest\n"
    "  --ca FILE            certificates to trust instead of the system's\n"
    "  --insecure           takes any certificate: only for a server on this machine\n"
    "  --json               prints "
    "{\"ok\",\"manifest\",\"version\",\"files\",\"signed\",\"failures\",\"notes\"}\n"
    "\n"
    "Of URL only the server's name is used: a meeting's link may be given, its secret is not "
    "sent.\n"
    "docs/guide/verify.md says what this shows, and what it cannot show.\n"
    "\n"
    "conclave verify receipt FILE: did a meeting go where its receipts say? It has its own "
    "--help.\n";

struct verify_flags {
    char origin[300];
    const char *manifest, *release_key, *ca;
    bool insecure, json, help;
};

/* "https://host:port" of an address; false when it is none. */
static bool take_origin(char out[300], const char *url)
{
    static const char scheme[] = "https://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    size_t len = strcspn(url + sizeof scheme - 1, "/?#");
    size_t good = strspn(url + sizeof scheme - 1,
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]");
    if (len == 0 || len > 270 || good < len)
        return false;
    (void)snprintf(out, 300, "%.*s", (int)(sizeof scheme - 1 + len), url);
    return true;
}

static const char **flag_of(const struct args *a, struct verify_flags *f)
{
    if (args_is(a, "--manifest"))
        return &f->manifest;
    if (args_is(a, "--release-key"))
        return &f->release_key;
    return args_is(a, "--ca") ? &f->ca : NULL;
}

static int take_flag(struct args *a, struct verify_flags *f)
{
    const char **value = flag_of(a, f);
    if (value) {
        *value = args_value(a);
        return *value ? EXIT_DONE : EXIT_USAGE;
    }
    if (args_is(a, "--json"))
        f->json = true;
    else if (args_is(a, "--insecure"))
        f->insecure = true;
    else if (args_is(a, "--help") || args_is(a, "-h"))
        f->help = true;
    else if (a->flag[0] == '-' || f->origin[0])
        return args_refuse(a);
    else if (!take_origin(f->origin, a->flag)) {
        fprintf(stderr, "\"%s\" is no address of a server, for example https://meet.example.\n",
                a->flag);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static void check_signature(struct verify_report *r, struct fetcher *f, const struct manifest *m,
                            const char *key_file)
{
    struct fetched got;
    struct complaint why;
    if (fetch_get(f, "/manifest.sig", &got, &why) != ERR_OK) {
        report_fail(r, "%s", why.text);
        return;
    }
    bool there = got.status == 200;
    if (!key_file) {
        report_note(r, there ? "The manifest has a signature; give --release-key to check it."
                             : "The manifest is signed by nobody: a development build.");
    } else if (!there) {
        report_fail(r, "The manifest is signed by nobody.");
    } else {
        enum err e = manifest_signature(m, key_file, span_of(got.bytes, got.len), &why);
        r->is_signed = e == ERR_OK;
        if (e == ERR_CONFIG)
            report_fail(r, "%s", why.text);
        else if (e != ERR_OK)
            report_fail(r, "The manifest's signature is not by the key in %s.", key_file);
    }
    fetched_fini(&got);
}

static void check_own(struct verify_report *r, const struct manifest *m, const char *file)
{
    struct complaint why;
    struct manifest own;
    size_t len = 0;
    char *text = verify_read_file(file, &len, &why);
    enum err e = text ? manifest_read(&own, span_of(text, len), file, &why) : ERR_CONFIG;
    if (e != ERR_OK) {
        report_fail(r, "%s", why.text);
    } else {
        check_against(r, m, &own);
        manifest_fini(&own);
    }
    free(text);
}

/* ERR_CONFIG with a sentence when there is nothing to check. */
static enum err run_checks(struct verify_report *r, const struct verify_flags *flags,
                           struct fetcher *f, struct manifest *m, struct complaint *why)
{
    struct fetched got;
    TRY(fetch_get(f, "/manifest.json", &got, why));
    enum err e = ERR_OK;
    if (got.status != 200)
        e = complain(why, "%s has no /manifest.json (status %ld): nothing can be checked.",
                     flags->origin, got.status);
    else
        e = manifest_read(m, span_of(got.bytes, got.len), "/manifest.json", why);
    fetched_fini(&got);
    if (e != ERR_OK)
        return e;
    check_policy(r, m);
    check_pages(r, f, m);
    check_files(r, f, m);
    check_signature(r, f, m, flags->release_key);
    if (flags->manifest)
        check_own(r, m, flags->manifest);
    else
        report_note(r, "Compared with the server's own manifest only; --manifest compares with "
                       "a build of yours.");
    return ERR_OK;
}

static void print_words(const struct verify_report *r, const struct verify_flags *flags,
                        const struct manifest *m)
{
    size_t i;
    json_t *line;
    printf("%s hands out the client %s\nmanifest %s\n", flags->origin, m->version, m->hash);
    json_array_foreach(r->failures, i, line) printf("FAILED  %s\n", json_string_value(line));
    json_array_foreach(r->notes, i, line) printf("note    %s\n", json_string_value(line));
    if (json_array_size(r->failures) == 0)
        printf("ok      %zu files are those of the manifest%s.\n", r->files,
               r->is_signed ? ", which is signed" : "");
}

static int report(const struct verify_report *r, const struct verify_flags *flags,
                  const struct manifest *m)
{
    bool ok = json_array_size(r->failures) == 0;
    if (flags->json) {
        json_t *o = json_pack("{s:b, s:s, s:s, s:I, s:b, s:O, s:O}", "ok", ok, "manifest", m->hash,
                              "version", m->version, "files", (json_int_t)r->files, "signed",
                              r->is_signed, "failures", r->failures, "notes", r->notes);
        (void)json_dumpf(o, stdout, JSON_COMPACT);
        json_decref(o);
        printf("\n");
    } else {
        print_words(r, flags, m);
    }
    return ok ? EXIT_DONE : EXIT_FAILED;
}

static int verify_client(const struct verify_flags *flags)
{
    struct complaint why;
    struct manifest m = {.root = NULL};
    const struct fetch_options o = {flags->origin, flags->ca, flags->insecure};
    if (crypt_init() != ERR_OK || sodium_init() < 0)
        return cmd_fail(flags->json, "The cryptographic library failed its self-test.");
    struct fetcher *f = fetch_open(&o);
    if (!f)
        return cmd_fail(flags->json, "The HTTP library could not start.");
    struct verify_report r = {.failures = json_array(), .notes = json_array()};
    enum err e = run_checks(&r, flags, f, &m, &why);
    int status = e == ERR_OK ? report(&r, flags, &m) : cmd_fail(flags->json, why.text);
    manifest_fini(&m);
    json_decref(r.failures);
    json_decref(r.notes);
    fetch_close(f);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_flags flags = {.json = false};
    struct args a = args_of("conclave verify client", argc, argv);
    bool named = args_next(&a);
    if (named && (args_is(&a, "--help") || args_is(&a, "-h"))) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (named && args_is(&a, "receipt"))
        return verify_receipt(&a);
    if (!named || !args_is(&a, "client")) {
        fprintf(stderr,
                "Say what to verify: `conclave verify client URL` or `conclave verify receipt "
                "FILE`; see `conclave verify --help`.\n");
        return EXIT_USAGE;
    }
    int status = EXIT_DONE;
    while (status == EXIT_DONE && args_next(&a))
        status = take_flag(&a, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (!flags.origin[0]) {
        fprintf(stderr, "`conclave verify client` needs the address of a server, for example "
                        "https://meet.example.\n");
        return EXIT_USAGE;
    }
    return verify_client(&flags);
}
