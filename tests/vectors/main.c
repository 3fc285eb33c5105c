/* Runs the official vectors of MLS (RFC 9420) and those of RFC 9605 over our core, and prints them
 * by file and suite. They are data beside the project: ../shared/vectors, or what CONCLAVE_VECTORS
 * names. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bug.h"
#include "base/writer.h"
#include "vectors/frame.h"

static const struct vector_file files[] = {
    {"crypto-basics", vectors_crypto_basics},
    {"deserialization", vectors_deserialization},
    {"key-schedule", vectors_key_schedule},
    {"message-protection", vectors_message_protection},
    {"messages", vectors_messages},
    {"passive-client-handling-commit", vectors_passive},
    {"passive-client-random", vectors_passive},
    {"passive-client-welcome", vectors_passive},
    {"psk_secret", vectors_psk_secret},
    {"secret-tree", vectors_secret_tree},
    {"transcript-hashes", vectors_transcript_hashes},
    {"tree-math", vectors_tree_math},
    {"tree-operations", vectors_tree_operations},
    {"tree-validation", vectors_tree_validation},
    {"treekem", vectors_treekem},
    {"welcome", vectors_welcome},
};

enum { SUITES = 8 }; /* 0: files without suites; 1 to 7: RFC 9420 section 17.1 */

/* jansson's integers end at 2^63: longer numbers become strings, which vector_uint reads. */
static char *quote_long_numbers(const char *text, size_t len)
{
    char *out = malloc(len * 2 + 1);
    bool inside = false; /* a string; these files have no escapes */
    BUG_IF(!out);
    struct writer w = writer_of(out, len * 2 + 1);
    for (size_t i = 0; i < len; i++) {
        size_t digits = inside ? 0 : strspn(text + i, "0123456789");
        inside ^= text[i] == '"';
        bool quoted = digits >= 19;
        if (quoted)
            writer_u8(&w, '"');
        writer_bytes(&w, span_of(text + i, quoted ? digits : 1));
        if (quoted)
            writer_u8(&w, '"');
        i += quoted ? digits - 1 : 0;
    }
    writer_u8(&w, '\0');
    BUG_IF(!writer_ok(&w));
    return out;
}

static char *read_whole(FILE *f, size_t *len)
{
    size_t cap = 1 << 16;
    char *text = malloc(cap);
    *len = 0;
    while (text && (*len += fread(text + *len, 1, cap - *len - 1, f)) == cap - 1)
        text = realloc(text, cap *= 2);
    BUG_IF(!text);
    text[*len] = '\0';
    return text;
}

static json_t *load(const char *folder, const char *name, bool *missing)
{
    char path[4096];
    json_error_t error;
    size_t len;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    *missing = !f && errno == ENOENT;
    if (!f) {
        printf("%s: %s\n", path, *missing ? "is not there, skipped" : "cannot be read");
        return NULL;
    }
    char *text = read_whole(f, &len), *quoted = quote_long_numbers(text, len);
    json_t *json = json_loads(quoted, 0, &error);
    fclose(f);
    free(text);
    free(quoted);
    if (!json)
        printf("%s: line %d: %s\n", path, error.line, error.text);
    return json;
}

static void print_rows(const char *name, const struct vector_count counts[SUITES],
                       struct vector_count *sum)
{
    for (int i = 0; i < SUITES; i++) {
        const struct vector_count *c = &counts[i];
        sum->passed += c->passed;
        sum->failed += c->failed;
        sum->skipped += c->skipped;
        if (c->passed + c->failed + c->skipped == 0)
            continue;
        char suite[4] = "-";
        if (i > 0)
            snprintf(suite, sizeof suite, "%d", i);
        printf("%-32s %5s %7u %7u %7u\n", name, suite, c->passed, c->failed, c->skipped);
    }
}

static void run_case(const struct vector_file *f, const json_t *c, size_t number,
                     struct vector_count counts[SUITES])
{
    uint16_t id = (uint16_t)vector_uint(c, "cipher_suite");
    const struct suite *s = id ? suite_find(id) : NULL;
    struct vector_count *count = &counts[id < SUITES ? id : 0];
    frame_case(f->name, number);
    if (id && !s) {
        count->skipped++;
        return;
    }
    bool good = f->check(c, s);
    if (!good && !frame_failed())
        vector_fail("without a reason given");
    if (good && !frame_failed())
        count->passed++;
    else
        count->failed++;
}

static void run_file(const char *folder, const struct vector_file *f, struct vector_count *sum)
{
    struct vector_count counts[SUITES] = {0};
    char name[96];
    bool missing;
    snprintf(name, sizeof name, "mls/%s.json", f->name);
    json_t *json = load(folder, name, &missing);
    if (!json_is_array(json) || json_array_size(json) == 0)
        *(missing ? &counts[0].skipped : &counts[0].failed) = 1;
    for (size_t i = 0; json_is_array(json) && i < json_array_size(json); i++)
        run_case(f, json_array_get(json, i), i, counts);
    frame_case("", 0);
    json_decref(json);
    print_rows(f->name, counts, sum);
}

/* `vectors [file]`: that file alone, for who works on it. */
int main(int argc, char **argv)
{
    const char *folder = getenv("CONCLAVE_VECTORS");
    struct vector_count sum = {0}, sframe = {0};
    bool missing;
    if (!folder)
        folder = "../shared/vectors";
    BUG_IF(suite_start() != ERR_OK);
    vectors_add_suite_1();
    printf("%-32s %5s %7s %7s %7s\n", "file", "suite", "passed", "failed", "skipped");
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (argc < 2 || strcmp(argv[1], files[i].name) == 0)
            run_file(folder, &files[i], &sum);
    if (argc < 2 || strcmp(argv[1], "rfc9605") == 0) {
        json_t *json = load(folder, "sframe/rfc9605.json", &missing);
        if (json)
            sframe = vectors_sframe(json);
        else
            *(missing ? &sframe.skipped : &sframe.failed) = 1;
        json_decref(json);
    }
    printf("MLS vectors: %u passed, %u failed, %u skipped\n", sum.passed, sum.failed, sum.skipped);
    printf("SFrame vectors: %u passed, %u failed, %u skipped\n", sframe.passed, sframe.failed,
           sframe.skipped);
    return sum.failed + sframe.failed == 0 ? 0 : 1;
}
