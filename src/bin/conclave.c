/* The one program: picks the sub-command. Wiring only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "base/text.h"
#include "bin/cmd_args.h"

#ifndef CONCLAVE_VERSION
#define CONCLAVE_VERSION "0.1.0"
#endif

static const char help[] =
    "conclave: private video meetings.\n"
    "\n"
    "  conclave serve            runs the server\n"
    "  conclave meeting create   makes a meeting on the running server and prints its links\n"
    "  conclave meeting list     the meetings that run now; also show ID and end ID\n"
    "  conclave block            switches a feature of a meeting or a person in it off, or on "
    "again\n"
    "  conclave user             makes, lists and disables accounts; ends their sessions\n"
    "  conclave org              organisations, their members and roles\n"
    "  conclave usage            how many meetings, participants and people there were, a day\n"
    "  conclave plan             which data centres a meeting may use, and why not the others\n"
    "  conclave dc               keys and certificates of data centres, and their signed list\n"
    "  conclave sim              a day of 200 million meeting participants over 19 data centres\n"
    "  conclave doctor           says what keeps the server from working here, and the fix\n"
    "  conclave verify client    checks the program that a server hands to browsers; verify "
    "receipt:\n"
    "                            where a meeting went\n"
    "  conclave backup           writes the database into a file; restore reads it back\n"
    "  conclave person           exports or deletes what is stored about one account\n"
    "  conclave version          prints the version\n"
    "\n"
    "Each takes --help, and --json for output that programs read.\n";

#ifdef CONCLAVE_MUTANTS
/* Test-only builds: CONCLAVE_MUTANT=A09 switches off the defence against attack A09. */
static void read_mutant(void)
{
    const char *value = getenv("CONCLAVE_MUTANT");
    uint64_t number;
    if (value && value[0] == 'A') {
        const char *digits = value[1] == '0' ? value + 2 : value + 1;
        if (text_u64(&number, span_str(digits), 99) == ERR_OK)
            mutant_off = (int)number;
    }
}
#endif

int cmd_version(int argc, char **argv)
{
    struct args a = args_of("conclave version", argc, argv);
    bool json = false;
    while (args_next(&a)) {
        if (args_is(&a, "--help") || args_is(&a, "-h")) {
            puts("conclave version: prints the version. --json: as an object.");
            return EXIT_DONE;
        }
        if (!args_is(&a, "--json"))
            return args_refuse(&a);
        json = true;
    }
    if (json)
        puts("{\"version\":\"" CONCLAVE_VERSION "\"}");
    else
        puts("conclave " CONCLAVE_VERSION);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {
        {"serve", cmd_serve},     {"meeting", cmd_meeting}, {"doctor", cmd_doctor},
        {"block", cmd_block},     {"role", cmd_role},       {"verify", cmd_verify},
        {"backup", cmd_backup},   {"restore", cmd_restore}, {"person", cmd_person},
        {"version", cmd_version}, {"user", cmd_user},       {"org", cmd_org},
        {"usage", cmd_usage},     {"plan", cmd_plan},       {"sim", cmd_sim},
        {"dc", cmd_dc},
    };
    (void)umask(077); /* nothing that we write is anyone else's */
#ifdef CONCLAVE_MUTANTS
    read_mutant();
#endif
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0)
        return cmd_version(0, argv);
    if (argc < 2)
        fprintf(stderr, "Say what to do, for example `conclave serve`; see `conclave --help`.\n");
    else
        fprintf(stderr, "There is no command \"%s\"; see `conclave --help`.\n", name);
    return EXIT_USAGE;
}
