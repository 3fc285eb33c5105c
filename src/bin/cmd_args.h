/* The sub-commands, and the little that their command lines share.
 * knows: argv. knows not: what a flag does. owns: nothing. */
#ifndef BIN_CMD_ARGS_H
#define BIN_CMD_ARGS_H

#include <stdbool.h>

#include "base/err.h"
#include "bin/config.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Each takes what follows its name; the result is the exit status. */
int cmd_serve(int argc, char **argv);
int cmd_meeting(int argc, char **argv);
/* `conclave meeting` list, show and end; argv[0] is that word. */
bool cmd_meetings_has(const char *verb);
int cmd_meetings(int argc, char **argv);
int cmd_usage(int argc, char **argv);
int cmd_block(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_dc(int argc, char **argv);
int cmd_sim(int argc, char **argv);
int cmd_role(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_org(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_person(int argc, char **argv);

struct args {
    int count, at;
    char **words;        /* *borrowed* */
    const char *command; /* for sentences: "conclave serve" */
    const char *flag, *inline_value;
};

struct args args_of(const char *command, int argc, char **argv);
/* The next flag ("--data", also of "--data=x") in a->flag; false at the end. A word that is no
 * flag is given as it is. */
bool args_next(struct args *a);
bool args_is(const struct args *a, const char *flag);
/* The flag's value; NULL after a sentence on standard error when it is missing. */
const char *args_value(struct args *a);
/* One sentence about the flag at hand and a hint, on standard error. EXIT_USAGE. */
int args_refuse(const struct args *a);

/* {"error":"..."} on standard output when json, the sentence on standard error otherwise.
 * EXIT_FAILED. */
int cmd_fail(bool json, const char *sentence);

/* The flags that name a running or coming server, shared by serve, meeting and doctor. */
struct server_flags {
    struct config config;
    bool json, meeting, waiting_room, help;
    const char *profile, *passcode, *draft, *centre; /* *borrowed* from argv, or NULL */
};

/* Takes --config, --data, --json, --help and, for `serve` and `doctor` (all), --listen,
 * --public-ip, --web, --metrics, --meeting, or else --waiting-room, --profile, --passcode and
 * --draft. EXIT_DONE, or the exit status
 * after a sentence. Flags win over the file, wherever they stand. */
int cmd_server_flags(struct args *a, bool all, struct server_flags *out);

#endif
