/* `conclave dc list` and `withdraw`; see cmd_dc.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "bin/cmd_dc.h"
#include "bin/dc_files.h"
#include "crypt/crypt.h"
#include "proto/note.h"

static const char *const states[] = {"up", "draining", "down", "withdrawn"};

/* ---- whether it may follow ---- */

/* The list that is to be followed; version 0 when none is named. */
static bool read_after(const char *file, const uint8_t key[SIGN_PUBLIC], struct list *out)
{
    struct json_read r = {{0}};
    struct span note;
    memset(out, 0, sizeof *out);
    if (!file)
        return true;
    if (!dc_read(file, &note))
        return false;
    if (list_read_note(out, &r, note, key))
        return true;
    (void)dc_refuse(file, r.wrong);
    return false;
}

/* "" when it follows. */
static void follows(const struct list *now, const struct list *next, int64_t now_s,
                    char sentence[JSON_READ_SENTENCE])
{
    const char *id;
    enum list_fault fault = list_follows(now, next, now_s, &id);
    if (fault == LIST_FINE || fault == LIST_SAME)
        sentence[0] = '\0';
    else
        (void)snprintf(sentence, JSON_READ_SENTENCE, "%s%s%s", id ? id : "", id ? ": " : "",
                       list_fault_words(fault));
}

/* ---- showing ---- */

static void print_table(const struct list *l)
{
    printf("version %lld, %u zones, %u data centres\n", (long long)l->version, l->zones,
           l->centres);
    for (uint32_t i = 0; i < l->zones; i++)
        printf("zone %s%s, %u %s\n", l->zone[i].id, l->zone[i].fenced ? ", fenced" : "",
               l->zone[i].countries, l->zone[i].countries == 1 ? "country" : "countries");
    for (uint32_t i = 0; i < l->centres; i++) {
        const struct list_centre *c = &l->centre[i];
        printf("%-12s %-10s %s  zone %s, %s, %s, %s\n", c->id, states[c->state], c->country,
               l->zone[c->zone].id, c->realm == LIST_GOVERNMENT ? "government" : "commercial",
               c->name, c->url);
    }
}

static void print_json(const struct list *l)
{
    json_t *centres = json_array();
    for (uint32_t i = 0; i < l->centres; i++) {
        const struct list_centre *c = &l->centre[i];
        (void)json_array_append_new(centres, json_pack("{s:s, s:s, s:s, s:s}", "id", c->id, "zone",
                                                       l->zone[c->zone].id, "country", c->country,
                                                       "state", states[c->state]));
    }
    json_t *o = json_pack("{s:I, s:I, s:o}", "version", (json_int_t)l->version, "issued",
                          (json_int_t)l->issued_s, "datacentres", centres);
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static int check(const struct dc_flags *f)
{
    static struct list now, next;
    struct json_read r = {{0}};
    struct span note;
    uint8_t key[SIGN_PUBLIC];
    char sentence[2 * JSON_READ_SENTENCE];
    if (!dc_needs(f->public, "--public") || !dc_public("--public", f->public, key))
        return EXIT_USAGE;
    if (!read_after(f->after, key, &now) || !dc_read(f->check, &note))
        return EXIT_FAILED;
    if (list_read_note(&next, &r, note, key))
        follows(&now, &next, f->now_s, r.wrong);
    if (r.wrong[0] != '\0') {
        (void)snprintf(sentence, sizeof sentence, "%s: %s.", f->check, r.wrong);
        return cmd_fail(f->json, sentence);
    }
    if (f->json)
        print_json(&next);
    else
        print_table(&next);
    return EXIT_DONE;
}

/* ---- signing ---- */

/* Signs the text when it is a list that may follow `now`, as every node would judge it. */
static int sign(const struct dc_flags *f, const char *file, const struct list *now,
                const uint8_t seed[SIGN_SEED], struct span text)
{
    static struct list next;
    static uint8_t bytes[NOTE_BYTES];
    struct json_read r = {{0}};
    struct writer w = writer_of(bytes, sizeof bytes);
    if (list_read_text(&next, &r, text))
        follows(now, &next, f->now_s, r.wrong);
    if (r.wrong[0] != '\0')
        return dc_refuse(file, r.wrong);
    note_write(&w, text, LIST_KEY_NAME, seed);
    if (!writer_ok(&w))
        return dc_refuse(file, "is no text of whole lines without other control characters, or "
                               "has more than 256 KiB");
    return dc_write(f->out, writer_span(&w)) ? EXIT_DONE : EXIT_FAILED;
}

static int sign_file(const struct dc_flags *f)
{
    static struct list now;
    uint8_t seed[SIGN_SEED], key[SIGN_PUBLIC];
    struct span text;
    if (!dc_needs(f->key, "--key") || !dc_needs(f->out, "--out"))
        return EXIT_USAGE;
    if (!dc_key_read(f->key, seed))
        return EXIT_FAILED;
    sign_public(seed, key);
    int status = read_after(f->after, key, &now) && dc_read(f->sign, &text)
                     ? sign(f, f->sign, &now, seed, text)
                     : EXIT_FAILED;
    crypt_wipe(seed, sizeof seed);
    return status;
}

int dc_list(const struct dc_flags *f)
{
    if ((f->sign != NULL) == (f->check != NULL)) {
        fputs("`conclave dc list` takes either --sign or --check; see `conclave dc --help`.\n",
              stderr);
        return EXIT_USAGE;
    }
    return f->sign ? sign_file(f) : check(f);
}

/* ---- withdrawing ---- */

static json_t *entry_of(json_t *list, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(list, "datacentres"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0)
            return one;
    }
    return NULL;
}

/* The text of the next version, without that data centre; to be freed. */
static char *without(struct span text, const struct dc_flags *f, const struct list *now)
{
    json_t *list = json_loadb((const char *)text.ptr, text.len, 0, NULL);
    json_t *one = entry_of(list, f->centre);
    BUG_IF(!list || !one);
    int64_t at = f->now_s > now->issued_s ? f->now_s : now->issued_s;
    (void)json_object_set_new(one, "state", json_string("withdrawn"));
    (void)json_object_set_new(list, "version", json_integer(now->version + 1));
    (void)json_object_set_new(list, "issued", json_integer(at));
    char *out = json_dumps(list, JSON_INDENT(2));
    json_decref(list);
    return out;
}

static int withdraw(const struct dc_flags *f, const uint8_t seed[SIGN_SEED])
{
    static struct list now;
    struct note_key k = {.name = LIST_KEY_NAME};
    struct json_read r = {{0}};
    struct span note, text;
    sign_public(seed, k.key);
    if (!dc_read(f->list, &note))
        return EXIT_FAILED;
    if (!list_read_note(&now, &r, note, k.key) || note_check(note, &k, &text) != NOTE_FINE)
        return dc_refuse(f->list, r.wrong);
    const struct list_centre *c = list_centre_of(&now, f->centre);
    if (!c || c->state == LIST_WITHDRAWN)
        return dc_refuse(f->list, c ? "that data centre is withdrawn already"
                                    : "there is no data centre of that id");
    char *next = without(text, f, &now);
    if (!next)
        return dc_refuse(f->list, "no memory");
    size_t len = strlen(next);
    next[len] = '\n'; /* in the place of the terminating zero */
    int status = sign(f, f->list, &now, seed, span_of(next, len + 1));
    free(next);
    return status;
}

int dc_withdraw(const struct dc_flags *f)
{
    uint8_t seed[SIGN_SEED];
    if (!dc_needs(f->list, "--list") || !dc_needs(f->key, "--key") ||
        !dc_needs(f->centre, "--centre") || !dc_needs(f->out, "--out"))
        return EXIT_USAGE;
    if (!dc_key_read(f->key, seed))
        return EXIT_FAILED;
    int status = withdraw(f, seed);
    crypt_wipe(seed, sizeof seed);
    return status;
}
