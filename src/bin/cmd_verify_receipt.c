/* `conclave verify receipt FILE`: did a meeting go where its receipts say? knows: the command line,
 * the words. knows not: the rules (cell/chain.h). owns: nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/cmd_verify.h"
#include "bin/cmd_args.h"
#include "bin/dc_files.h"
#include "bin/receipt_read.h"
#include "io/disk.h"

static const char help[] =
    "conclave verify receipt FILE: did a meeting go where its receipts say?\n"
    "\n"
    "  --root KEY           public key under which the authorities of zones are certified\n"
    "  --list-key KEY       public key that signs the list of data centres\n"
    "  --build HASH         a build that nodes may run (SHA-256, 64 digits); may be repeated.\n"
    "                       Without one, builds are not compared, and the answer says so\n"
    "  --json               prints {\"ok\",\"reason\",\"node\",\"other\",\"number\",\"centres\"}\n"
    "\n"
    "Take the keys from where you would check them anyway, and not from whoever gave you the "
    "file.\n"
    "Receipts show what nodes attest, with keys that only they have. They do not show the cables\n"
    "between them. docs/wire/receipts.md has the file. Exit status: 0 they hold, 1 they do not, 2 "
    "the\n"
    "file cannot be read or the command is wrong.\n";

struct receipt_flags {
    struct receipt_trust trust;
    bool root, list, json, help;
    const char *file; /* *borrowed* */
};

/* ---- what it says ---- */

/* The data centres that carried something, each once, in the file's order of nodes. */
static json_t *centres_of(const struct receipt_file *f)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < f->facts.nodes; i++) {
        bool new_ = f->node[i].count > 0;
        for (uint32_t k = 0; k < i && new_; k++)
            new_ = f->node[k].count == 0 || strcmp(f->node[k].centre, f->node[i].centre) != 0;
        if (new_)
            (void)json_array_append_new(list, json_string(f->node[i].centre));
    }
    return list;
}

static void print_json(const struct receipt_file *f, const struct chain_verdict *v)
{
    json_t *o = json_pack("{s:b, s:s, s:s?, s:s?, s:i, s:o}", "ok", v->fault == CHAIN_FINE,
                          "reason", chain_fault_words(v->fault), "node", v->node, "other", v->other,
                          "number", (int)v->number, "centres", centres_of(f));
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static uint64_t sum(const struct receipt_hop *hop, uint32_t count)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < count; i++)
        all += hop[i].count.packets;
    return all;
}

static void print_nodes(const struct receipt_file *f)
{
    puts("node         data centre  receipts   from people     to people    from nodes      to "
         "nodes");
    for (uint32_t i = 0; i < f->facts.nodes; i++) {
        const struct chain_node *n = &f->node[i];
        uint64_t taken = 0, given = 0, in = 0, out = 0;
        for (uint32_t k = 0; k < n->count; k++) {
            const struct receipt *r = &f->entry[n->first + k].r;
            taken += r->taken.packets;
            given += r->given.packets;
            in += sum(r->from, r->previous);
            out += sum(r->to, r->next);
        }
        printf("%-12s %-12s %8u %13llu %13llu %13llu %13llu\n", n->node, n->centre, n->count,
               (unsigned long long)taken, (unsigned long long)given, (unsigned long long)in,
               (unsigned long long)out);
    }
}

static void print_words(const struct receipt_file *f, const struct chain_verdict *v)
{
    if (v->fault != CHAIN_FINE) {
        fprintf(stderr, "%s%s%s%s%s.\n", chain_fault_words(v->fault), v->node ? ": " : "",
                v->node ? v->node : "", v->other ? " and " : "", v->other ? v->other : "");
        return;
    }
    json_t *centres = centres_of(f);
    printf("%u receipts of %u nodes are whole and agree. The meeting was carried by",
           f->facts.receipts, f->facts.nodes);
    for (size_t i = 0; i < json_array_size(centres); i++) {
        const struct list_centre *c =
            list_centre_of(&f->list, json_string_value(json_array_get(centres, i)));
        printf("%s %s", i > 0 ? "," : "", c ? c->name : "?");
    }
    puts(".");
    json_decref(centres);
    print_nodes(f);
    if (f->facts.any_build)
        puts("The nodes' builds were not compared: no --build was given.");
    puts("Receipts show what nodes attest, not the cables between them.");
}

/* ---- the command ---- */

static int judge(const struct receipt_flags *flags, struct span text)
{
    static struct receipt_file f;
    int status = EXIT_USAGE;
    if (receipt_file_read(&f, text, &flags->trust)) {
        struct chain_verdict v = chain_verify(&f.facts);
        status = v.fault == CHAIN_FINE ? EXIT_DONE : EXIT_FAILED;
        if (flags->json)
            print_json(&f, &v);
        else
            print_words(&f, &v);
    } else if (flags->json)
        (void)cmd_fail(true, f.read.wrong);
    else
        (void)dc_refuse(flags->file, f.read.wrong);
    receipt_file_close(&f);
    return status;
}

static int verify(const struct receipt_flags *flags)
{
    size_t len = 0;
    uint8_t *bytes = malloc(RECEIPT_FILE_BYTES + 1);
    enum err e = bytes ? disk_read(flags->file, bytes, RECEIPT_FILE_BYTES, &len) : ERR_NOMEM;
    int status = EXIT_USAGE;
    if (e == ERR_OK)
        status = judge(flags, span_of(bytes, len));
    else
        (void)dc_refuse(flags->file, e == ERR_LIMIT ? "has more than 32 MiB" : "cannot be read");
    free(bytes);
    return status;
}

static bool take_build(struct receipt_trust *t, const char *text)
{
    size_t len = 0;
    if (t->builds < CHAIN_NODES &&
        text_unhex(t->build[t->builds], RECEIPT_HASH, &len, span_str(text)) == ERR_OK &&
        len == RECEIPT_HASH) {
        t->builds++;
        return true;
    }
    fprintf(stderr, "--build is the SHA-256 of a program, 64 digits, %d of them at most.\n",
            CHAIN_NODES);
    return false;
}

static bool take_key(struct args *a, uint8_t key[SIGN_PUBLIC], bool *given)
{
    const char *text = args_value(a);
    *given = text && dc_public(a->flag, text, key);
    return *given;
}

/* EXIT_DONE, or the status after a sentence. */
static int take(struct args *a, struct receipt_flags *f)
{
    if (args_is(a, "--root"))
        return take_key(a, f->trust.root, &f->root) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--list-key"))
        return take_key(a, f->trust.list, &f->list) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--build")) {
        const char *text = args_value(a);
        return text && take_build(&f->trust, text) ? EXIT_DONE : EXIT_USAGE;
    }
    if (args_is(a, "--json"))
        f->json = true;
    else if (args_is(a, "--help") || args_is(a, "-h"))
        f->help = true;
    else if (a->flag[0] == '-' || f->file)
        return args_refuse(a);
    else
        f->file = a->flag;
    return EXIT_DONE;
}

int verify_receipt(struct args *a)
{
    static struct receipt_flags flags;
    a->command = "conclave verify receipt";
    while (args_next(a)) {
        int status = take(a, &flags);
        if (status != EXIT_DONE)
            return status;
    }
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (!flags.file || !flags.root || !flags.list) {
        fputs("`conclave verify receipt` needs a file, --root and --list-key; see `conclave verify "
              "receipt --help`.\n",
              stderr);
        return EXIT_USAGE;
    }
    return verify(&flags);
}
