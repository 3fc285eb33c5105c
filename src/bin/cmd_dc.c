/* `conclave dc`: keys, certificates of zones and nodes, and the signed list of data centres. All
 * but two words work on files alone, so that the keys above the nodes can stay on a machine without
 * a network. knows: the command line. knows not: how a certificate or a list is written. owns:
 * nothing. */
#include "bin/cmd_dc.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/dc_files.h"
#include "crypt/crypt.h"

enum { DAY_S = 86400, ZONE_DAYS = 1825, NODE_DAYS = 90, DAYS_MOST = 7300 };

static const char help[] =
    "conclave dc: who may be a node of which data centre, and which data centres there are.\n"
    "All but load and show read and write files alone; keep the keys of root and zones on a "
    "machine without a "
    "network.\n"
    "\n"
    "  conclave dc key --key FILE\n"
    "      draws a key (root, zone, node, list: all alike) and prints its public half\n"
    "  conclave dc authority --root FILE --zone ID --public KEY --out FILE [--days N]\n"
    "      the root certifies the authority of a zone\n"
    "  conclave dc issue --key FILE --certificate FILE --centre ID --node ID --realm REALM\n"
    "                    --public KEY --out FILE [--days N]\n"
    "      a zone's authority certifies a node; REALM is commercial or government\n"
    "  conclave dc check --root KEY --certificate FILE --node FILE\n"
    "      whether a node's certificate holds under its zone's and the root's public key\n"
    "  conclave dc list --sign FILE --key FILE --out FILE [--after FILE]\n"
    "      signs a list of data centres; --after: the list that it is to follow\n"
    "  conclave dc list --check FILE --public KEY [--after FILE]\n"
    "      whether a list is signed by that key, well formed, and follows another one\n"
    "  conclave dc withdraw --list FILE --key FILE --centre ID --out FILE\n"
    "      takes a data centre off, for good, and signs the next version\n"
    "  conclave dc load --list FILE --data DIR\n"
    "      hands a list to the server that runs on that data folder, and so to all nodes\n"
    "  conclave dc show --data DIR\n"
    "      which version is in force there\n"
    "\n"
    "KEY is a public key as `dc key` prints it, an ID 1 to 32 of a to z, 0 to 9 and -. --days: "
    "how\n"
    "long a certificate holds (1825 for a zone, 90 for a node). --now S: judges as if it were "
    "that\n"
    "time, in seconds since 1970. check, list --check, load and show take --json.\n"
    "docs/wire/datacentres.md has the files. Exit status: 0 done, 1 refused, 2 a wrong command.\n";

bool dc_needs(const char *value, const char *flag)
{
    if (!value)
        fprintf(stderr, "%s is missing; see `conclave dc --help`.\n", flag);
    return value != NULL;
}

static bool name_given(const char *name, const char *flag)
{
    if (!dc_needs(name, flag))
        return false;
    if (!authority_name_fine(name))
        fprintf(stderr, "%s \"%s\" is not 1 to %d of a to z, 0 to 9 and -.\n", flag, name,
                AUTHORITY_NAME);
    return authority_name_fine(name);
}

/* ---- the words ---- */

static int dc_key(const struct dc_flags *f)
{
    uint8_t public[SIGN_PUBLIC];
    char text[44];
    if (!dc_needs(f->key, "--key"))
        return EXIT_USAGE;
    if (!dc_key_make(f->key, public))
        return EXIT_FAILED;
    dc_public_text(public, text);
    puts(text);
    return EXIT_DONE;
}

/* Whom a certificate is about, valid from an hour ago: clocks differ. */
static struct authority_node subject_of(const struct dc_flags *f, int64_t days)
{
    struct authority_node n = {.from_s = f->now_s - 3600};
    n.till_s = f->now_s + (f->days ? f->days : days) * DAY_S;
    (void)snprintf(n.zone, sizeof n.zone, "%s", f->zone ? f->zone : "");
    (void)snprintf(n.centre, sizeof n.centre, "%s", f->centre ? f->centre : "");
    (void)snprintf(n.node, sizeof n.node, "%s", f->node ? f->node : "");
    n.government = f->realm && strcmp(f->realm, "government") == 0;
    return n;
}

static int written(const char *file, const struct authority_der *der)
{
    return dc_certificate_write(file, der) ? EXIT_DONE : EXIT_FAILED;
}

static int dc_authority(const struct dc_flags *f)
{
    struct authority_node n = subject_of(f, ZONE_DAYS);
    struct authority_der der;
    uint8_t root[SIGN_SEED];
    if (!dc_needs(f->root, "--root") || !name_given(f->zone, "--zone") ||
        !dc_needs(f->public, "--public") || !dc_needs(f->out, "--out") ||
        !dc_public("--public", f->public, n.key))
        return EXIT_USAGE;
    if (!dc_key_read(f->root, root))
        return EXIT_FAILED;
    enum err e = authority_sign_zone(root, &n, &der);
    crypt_wipe(root, sizeof root);
    return e == ERR_OK ? written(f->out, &der)
                       : dc_refuse(f->out, "the certificate cannot be made");
}

static bool issue_given(const struct dc_flags *f, struct authority_node *n)
{
    if (!dc_needs(f->key, "--key") || !dc_needs(f->certificate, "--certificate") ||
        !name_given(f->centre, "--centre") || !name_given(f->node, "--node") ||
        !dc_needs(f->realm, "--realm") || !dc_needs(f->public, "--public") ||
        !dc_needs(f->out, "--out") || !dc_public("--public", f->public, n->key))
        return false;
    bool realm = n->government || strcmp(f->realm, "commercial") == 0;
    if (!realm)
        fputs("--realm is commercial or government.\n", stderr);
    return realm;
}

static int dc_issue(const struct dc_flags *f)
{
    struct authority_node n = subject_of(f, NODE_DAYS), zone;
    struct authority_der above, der;
    uint8_t seed[SIGN_SEED];
    if (!issue_given(f, &n))
        return EXIT_USAGE;
    if (!dc_certificate_read(f->certificate, &above))
        return EXIT_FAILED;
    if (!authority_read(span_of(above.bytes, above.len), &zone) || zone.node[0] != '\0')
        return dc_refuse(f->certificate, "is no certificate of a zone's authority");
    memcpy(n.zone, zone.zone, sizeof n.zone);
    if (n.till_s > zone.till_s)
        return dc_refuse(f->certificate, "ends before the node's would; give fewer --days");
    if (!dc_key_read(f->key, seed))
        return EXIT_FAILED;
    enum err e = authority_sign_node(seed, span_of(above.bytes, above.len), &n, &der);
    crypt_wipe(seed, sizeof seed);
    if (e == ERR_FORBIDDEN)
        return dc_refuse(f->key, "is not the key of that certificate");
    return e == ERR_OK ? written(f->out, &der)
                       : dc_refuse(f->out, "the certificate cannot be made");
}

static void print_node(const struct authority_node *n, bool json)
{
    char key[44];
    dc_public_text(n->key, key);
    const char *realm = n->government ? "government" : "commercial";
    if (!json) {
        printf("node %s of data centre %s, zone %s, realm %s, key %s\n", n->node, n->centre,
               n->zone, realm, key);
        return;
    }
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "node", n->node, "centre",
                          n->centre, "zone", n->zone, "realm", realm, "key", key, "from",
                          (json_int_t)n->from_s, "till", (json_int_t)n->till_s);
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static int dc_check(const struct dc_flags *f)
{
    struct authority_der zone, node;
    struct authority_node n;
    uint8_t root[SIGN_PUBLIC];
    char sentence[JSON_READ_SENTENCE];
    if (!dc_needs(f->root, "--root") || !dc_needs(f->certificate, "--certificate") ||
        !dc_needs(f->node, "--node") || !dc_public("--root", f->root, root))
        return EXIT_USAGE;
    if (!dc_certificate_read(f->certificate, &zone) || !dc_certificate_read(f->node, &node))
        return EXIT_FAILED;
    enum authority_fault fault = authority_check(root, span_of(zone.bytes, zone.len),
                                                 span_of(node.bytes, node.len), f->now_s, &n);
    if (fault == AUTHORITY_FINE) {
        print_node(&n, f->json);
        return EXIT_DONE;
    }
    (void)snprintf(sentence, sizeof sentence,
                   "%s: the certificate, or the authority's above it, "
                   "%s.",
                   f->node, authority_fault_words(fault));
    return cmd_fail(f->json, sentence);
}

/* ---- the command line ---- */

static bool take_number(struct args *a, int64_t *out, uint64_t most)
{
    uint64_t n;
    const char *text = args_value(a);
    if (!text)
        return false;
    if (text_u64(&n, span_str(text), most) != ERR_OK || n == 0) {
        fprintf(stderr, "%s is a whole number from 1 to %llu.\n", a->flag,
                (unsigned long long)most);
        return false;
    }
    *out = (int64_t)n;
    return true;
}

/* EXIT_DONE, or the status after a sentence. */
static int take(struct args *a, struct dc_flags *f)
{
    const struct {
        const char *flag;
        const char **value;
    } texts[] = {{"--root", &f->root},     {"--certificate", &f->certificate},
                 {"--zone", &f->zone},     {"--centre", &f->centre},
                 {"--node", &f->node},     {"--realm", &f->realm},
                 {"--public", &f->public}, {"--key", &f->key},
                 {"--list", &f->list},     {"--sign", &f->sign},
                 {"--check", &f->check},   {"--after", &f->after},
                 {"--out", &f->out},       {"--data", &f->data}};
    if (args_is(a, "--json")) {
        f->json = true;
        return EXIT_DONE;
    }
    if (args_is(a, "--days"))
        return take_number(a, &f->days, DAYS_MOST) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--now"))
        return take_number(a, &f->now_s, 253402300799) ? EXIT_DONE : EXIT_USAGE;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (args_is(a, texts[i].flag))
            return (*texts[i].value = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    return args_refuse(a);
}

int cmd_dc(int argc, char **argv)
{
    static const struct {
        const char *word;
        int (*run)(const struct dc_flags *f);
    } words[] = {
        {"key", dc_key},   {"authority", dc_authority}, {"issue", dc_issue}, {"check", dc_check},
        {"list", dc_list}, {"withdraw", dc_withdraw},   {"load", dc_load},   {"show", dc_show}};
    struct args a = args_of("conclave dc", argc, argv);
    struct dc_flags f = {.now_s = (int64_t)time(NULL)};
    int (*run)(const struct dc_flags *) = NULL;
    if (!args_next(&a)) {
        fputs("Say what to do, for example `conclave dc key`; see `conclave dc --help`.\n", stderr);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (args_is(&a, words[i].word))
            run = words[i].run;
    if (!run)
        a.at--;
    while (args_next(&a)) {
        if (args_is(&a, "--help") || args_is(&a, "-h")) {
            fputs(help, stdout);
            return EXIT_DONE;
        }
        int status = run ? take(&a, &f) : args_refuse(&a);
        if (status != EXIT_DONE)
            return status;
    }
    return run(&f);
}
