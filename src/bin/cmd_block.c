/* `conclave block`: an operator switches one feature off for a meeting, for one person in it, or
 * for an account wherever it goes, with a reason that the person is told. In force at once, also
 * while the meeting runs. knows: the control socket. knows not: the server's insides. owns:
 * nothing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/cmd_args.h"
#include "bin/cmd_control.h"

static const char help[] =
    "conclave block: switches a feature of a meeting, of one person in it, or of an account in "
    "all\n"
    "meetings, off or on again.\n"
    "\n"
    "  --meeting ID       the meeting: the letters behind /m/ in its link\n"
    "  --feature NAME     share, chat, record, host or join\n"
    "  --why TEXT         the reason, told to those concerned; up to 120 characters\n"
    "  --participant ID   one person: the participant id of a report; without it, everybody\n"
    "  --account NAME     instead of a meeting: who signed in by that name, in every meeting\n"
    "  --off              ends the block\n"
    "  --data DIR         the data folder of the running server (data)\n"
    "  --json             prints {\"ok\":true} or {\"error\"}\n";

struct wish {
    const char *data, *meeting, *feature, *why, *participant, *account;
    bool off, json, help;
};

/* EXIT_DONE, or the exit status after a sentence. */
static int read_flags(struct args *a, struct wish *w)
{
    const struct {
        const char *flag;
        const char **value;
    } texts[] = {
        {"--data", &w->data}, {"--meeting", &w->meeting},         {"--feature", &w->feature},
        {"--why", &w->why},   {"--participant", &w->participant}, {"--account", &w->account}};
    while (args_next(a)) {
        size_t i = 0;
        while (i < sizeof texts / sizeof texts[0] && !args_is(a, texts[i].flag))
            i++;
        if (i < sizeof texts / sizeof texts[0]) {
            if (!(*texts[i].value = args_value(a)))
                return EXIT_USAGE;
        } else if (args_is(a, "--off")) {
            w->off = true;
        } else if (args_is(a, "--json")) {
            w->json = true;
        } else if (args_is(a, "--help") || args_is(a, "-h")) {
            w->help = true;
        } else {
            return args_refuse(a);
        }
    }
    return EXIT_DONE;
}

static const char *sentence_of(const char *reason, bool account)
{
    if (account && reason && strcmp(reason, "not_found") == 0)
        return "There is no account of that name.";
    if (account && reason && strcmp(reason, "bad_message") == 0)
        return "The feature is one of share, chat, record, host and join, a reason is visible "
               "ASCII.";
    if (reason && strcmp(reason, "not_found") == 0)
        return "There is no such meeting on this server.";
    if (reason && strcmp(reason, "bad_message") == 0)
        return "The meeting is the letters behind /m/ in its link, the feature is one of share, "
               "chat, record, host and "
               "join, a reason is visible ASCII.";
    if (reason && strcmp(reason, "limit") == 0)
        return "Too many people of this meeting are blocked; block the whole meeting.";
    return "The server could not do it now; its log says more.";
}

static int block(const struct wish *w)
{
    struct complaint why;
    json_t *answer = NULL;
    json_t *ask =
        w->account
            ? json_pack("{s:s, s:s, s:s, s:s*}", "do", w->off ? "user_unblock" : "user_block",
                        "name", w->account, "feature", w->feature, "why", w->off ? NULL : w->why)
            : json_pack("{s:s, s:s, s:s, s:b, s:s, s:s*}", "do", "block", "id", w->meeting,
                        "feature", w->feature, "on", (int)!w->off, "why", w->why ? w->why : "",
                        "participant", w->participant);
    enum err e = control_ask(w->data, ask, &answer, &why);
    json_decref(ask);
    if (e != ERR_OK)
        return cmd_fail(w->json, why.text);
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    bool ok = json_is_true(json_object_get(answer, "ok"));
    int status = ok ? EXIT_DONE : cmd_fail(w->json, sentence_of(reason, w->account));
    json_decref(answer);
    if (ok && w->json)
        puts("{\"ok\":true}");
    else if (ok)
        printf("%s is %s.\n", w->feature, w->off ? "allowed again" : "blocked");
    return status;
}

int cmd_block(int argc, char **argv)
{
    struct args a = args_of("conclave block", argc, argv);
    struct config config;
    config_init(&config);
    struct wish w = {.data = config.data};
    int status = read_flags(&a, &w);
    if (status != EXIT_DONE)
        return status;
    if (w.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    bool one = w.account ? !w.meeting && !w.participant : w.meeting != NULL;
    if (!one || !w.feature || (!w.why && !w.off)) {
        fprintf(stderr,
                "Say --meeting or --account, --feature and --why; see `conclave block --help`.\n");
        return EXIT_USAGE;
    }
    return block(&w);
}
