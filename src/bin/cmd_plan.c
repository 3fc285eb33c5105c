/* `conclave plan`: which data centres a meeting or somebody in it may use, and why not the others,
 * out of facts in a file. Needs no server: whoever doubts a plan makes it again. knows: files,
 * JSON. knows not: the laws (policy/fence.h). owns: nothing. */
#include <stdio.h>
#include <string.h>

#include "bin/cmd_args.h"
#include "bin/plan_facts.h"

static const char help[] =
    "conclave plan: which data centres a meeting may use, and for the others the law that refuses\n"
    "each. The facts are data centres, zones, the account's choice, who is admitted, and who "
    "asks;\n"
    "docs/wire/plan.md describes them, and the plan. The same facts give the same plan.\n"
    "\n"
    "  --facts FILE  the facts as JSON; - reads standard input\n"
    "\n"
    "The plan is printed as JSON, also when it is that nobody may carry the meeting. Facts that "
    "are\n"
    "wrong are refused by the name of the key, with exit status 2.\n";

/* ---- the plan in words ---- */

static json_t *names(const struct plan_facts *f, const uint8_t *places, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(f->centre[places[i]]));
    return list;
}

static json_t *zones(const struct plan_facts *f, fence_set set)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < f->zones; i++)
        if (set >> i & 1)
            (void)json_array_append_new(list, json_string(f->zone[i]));
    return list;
}

static json_t *refused(const struct plan_facts *f, const struct route_plan *p)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < f->route.count; i++) {
        enum fence_law law = (enum fence_law)p->law[i];
        if (law != LAW_FINE)
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", f->centre[i],
                                                        "law", fence_law_name(law), "why",
                                                        fence_law_words(law)));
    }
    return list;
}

/* Whether one would do, were it not full or taking nobody new. */
static bool only_room_is_missing(const struct plan_facts *f, const struct route_plan *p)
{
    for (uint32_t i = 0; i < f->route.count; i++)
        if (p->law[i] == LAW_FULL || p->law[i] == LAW_STATE)
            return true;
    return false;
}

static json_t *why(const struct plan_facts *f, const struct route_plan *p)
{
    uint32_t may = 0;
    for (uint32_t i = 0; i < f->route.count; i++)
        may += p->law[i] == LAW_FINE;
    if (may > 0)
        return json_sprintf("%u of %u data centres may carry it; the nearest come first", may,
                            f->route.count);
    return json_string(
        only_room_is_missing(f, p)
            ? "every data centre that the laws allow is full or takes nobody new, and "
              "nothing spills over to another (G6)"
            : "the laws allow no data centre, and nothing spills over (G6)");
}

static void print_plan(const struct plan_facts *f)
{
    struct route_plan p;
    route_plan(&f->route, &p);
    json_t *o =
        json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "primaries", names(f, p.primary, p.primaries),
                  "secondaries", names(f, p.secondary, p.secondaries), "allowed_zones",
                  zones(f, p.allowed), "refused", refused(f, &p), "verdict",
                  p.primaries > 0 ? "ok" : "refused", "why", why(f, &p));
    (void)json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
}

/* ---- the file ---- */

static int refuse(const char *file, const char *sentence)
{
    fprintf(stderr, "%s: %s.\n", file, sentence);
    return EXIT_USAGE;
}

static int plan_of(const char *file, const char *bytes, size_t len)
{
    static struct plan_facts facts;
    char sentence[PLAN_SENTENCE];
    json_error_t error;
    json_t *object = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (!object) {
        (void)snprintf(sentence, sizeof sentence, "line %d is no JSON: %.120s", error.line,
                       error.text);
        return refuse(file, sentence);
    }
    bool ok = plan_facts_read(&facts, object);
    json_decref(object);
    if (!ok)
        return refuse(file, facts.read.wrong);
    print_plan(&facts);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int plan_file(const char *file)
{
    static char bytes[PLAN_BYTES + 1];
    bool own = strcmp(file, "-") != 0;
    FILE *in = own ? fopen(file, "rb") : stdin;
    if (!in)
        return refuse(file, "it cannot be opened");
    size_t len = fread(bytes, 1, sizeof bytes, in);
    bool failed = ferror(in) != 0;
    if (own)
        (void)fclose(in);
    if (failed)
        return refuse(file, "it cannot be read");
    return len > PLAN_BYTES ? refuse(file, "it has more than 1 MiB") : plan_of(file, bytes, len);
}

int cmd_plan(int argc, char **argv)
{
    struct args a = args_of("conclave plan", argc, argv);
    const char *file = NULL;
    while (args_next(&a)) {
        if (args_is(&a, "--help") || args_is(&a, "-h")) {
            fputs(help, stdout);
            return EXIT_DONE;
        }
        if (!args_is(&a, "--facts"))
            return args_refuse(&a);
        if (!(file = args_value(&a)))
            return EXIT_USAGE;
    }
    if (!file) {
        fputs("--facts names the file with the facts; see conclave plan --help.\n", stderr);
        return EXIT_USAGE;
    }
    return plan_file(file);
}
