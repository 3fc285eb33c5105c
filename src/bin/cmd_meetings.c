/* `conclave meeting list | show | end`: what an operator may see of meetings, and their end.
 * knows: the control socket. knows not: links, keys, who is in a meeting. owns: nothing. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/cmd_args.h"
#include "bin/cmd_control.h"

static const char help[] =
    "conclave meeting list      the meetings that run now\n"
    "conclave meeting show ID   how one stands\n"
    "conclave meeting end ID    ends it for everybody; its links open nothing any more\n"
    "\n"
    "  --data DIR      the data folder of the running server (data)\n"
    "  --config FILE   its configuration file, instead of --data\n"
    "  --json          prints {\"meetings\"}, {\"id\",\"state\",...} or {\"ok\":true}\n"
    "\n"
    "ID is the letters behind /m/ in the meeting's link. The server knows counts, times and\n"
    "settings; it knows neither names nor what is said.\n";

static const char *sentence_of(const char *reason)
{
    if (reason && strcmp(reason, "not_found") == 0)
        return "There is no such meeting on this server.";
    if (reason && strcmp(reason, "bad_message") == 0)
        return "The id of a meeting is the letters behind /m/ in its link.";
    return "The server could not do it now; its log says more.";
}

/* The server's answer when it is "ok", *owned*; NULL after a sentence. */
static json_t *ask_server(const struct server_flags *flags, json_t *ask)
{
    struct complaint why;
    json_t *answer = NULL;
    enum err e = control_ask(flags->config.data, ask, &answer, &why);
    json_decref(ask);
    if (e != ERR_OK) {
        (void)cmd_fail(flags->json, why.text);
        return NULL;
    }
    if (json_is_true(json_object_get(answer, "ok")))
        return answer;
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    (void)cmd_fail(flags->json, sentence_of(reason));
    json_decref(answer);
    return NULL;
}

static void print_json(json_t *o)
{
    (void)json_object_del(o, "ok");
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    printf("\n");
}

static long long number_of(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

/* ---- list ---- */

static void print_meetings(const json_t *all)
{
    size_t i;
    const json_t *one;
    if (json_array_size(all) == 0)
        printf("No meeting runs.\n");
    else
        printf("%-20s  %6s  %7s\n", "meeting", "people", "waiting");
    json_array_foreach(all, i, one) printf("%-20s  %6lld  %7lld\n", text_of(one, "id"),
                                           number_of(one, "people"), number_of(one, "waiting"));
}

/* Page by page, each behind the last id of the one before. */
static int list(const struct server_flags *flags)
{
    json_t *all = json_array();
    for (bool more = true; more;) {
        const json_t *last = json_array_get(all, json_array_size(all) - 1);
        json_t *ask = json_pack("{s:s, s:s}", "do", "meeting_list", "after", text_of(last, "id"));
        json_t *answer = ask_server(flags, ask);
        if (!answer) {
            json_decref(all);
            return EXIT_FAILED;
        }
        json_t *page = json_object_get(answer, "meetings");
        more = json_is_true(json_object_get(answer, "more")) && json_array_size(page) > 0;
        (void)json_array_extend(all, page);
        json_decref(answer);
    }
    json_t *o = json_pack("{s:o}", "meetings", all);
    if (flags->json)
        print_json(o);
    else
        print_meetings(all);
    json_decref(o);
    return EXIT_DONE;
}

/* ---- show ---- */

static void print_time(const char *what, long long ms)
{
    char text[40] = "";
    time_t s = (time_t)(ms / 1000);
    struct tm utc;
    if (ms != 0 && gmtime_r(&s, &utc) &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc) > 0)
        printf("%-13s %s\n", what, text);
}

static void print_meeting(const json_t *o)
{
    static const char *const flags[] = {"waiting_room", "passcode", "locked"};
    size_t i;
    const json_t *one;
    printf("%-13s %s\n%-13s %s\n%-13s %s\n", "meeting", text_of(o, "id"), "state",
           text_of(o, "state"), "profile", text_of(o, "profile"));
    print_time("made", number_of(o, "created_ms"));
    print_time("ended", number_of(o, "ended_ms"));
    printf("%-13s %lld\n%-13s %lld\n", "people", number_of(o, "people"), "waiting",
           number_of(o, "waiting"));
    for (i = 0; i < sizeof flags / sizeof *flags; i++)
        printf("%-13s %s\n", flags[i], json_is_true(json_object_get(o, flags[i])) ? "on" : "off");
    json_array_foreach(json_object_get(o, "blocked"), i, one)
        printf("%-13s %s\n", "blocked", json_string_value(one));
}

static int show(const struct server_flags *flags, const char *id)
{
    json_t *o = ask_server(flags, json_pack("{s:s, s:s}", "do", "meeting_show", "id", id));
    if (!o)
        return EXIT_FAILED;
    if (flags->json)
        print_json(o);
    else
        print_meeting(o);
    json_decref(o);
    return EXIT_DONE;
}

/* ---- end ---- */

static int end(const struct server_flags *flags, const char *id)
{
    json_t *o = ask_server(flags, json_pack("{s:s, s:s}", "do", "meeting_end", "id", id));
    if (!o)
        return EXIT_FAILED;
    puts(flags->json ? "{\"ok\":true}" : "The meeting is over.");
    json_decref(o);
    return EXIT_DONE;
}

/* ---- all ---- */

bool cmd_meetings_has(const char *verb)
{
    return strcmp(verb, "list") == 0 || strcmp(verb, "show") == 0 || strcmp(verb, "end") == 0;
}

int cmd_meetings(int argc, char **argv)
{
    static struct server_flags flags;
    const char *verb = argv[0];
    char command[32];
    (void)snprintf(command, sizeof command, "conclave meeting %.10s", verb);
    bool one = strcmp(verb, "list") != 0, has_id = one && argc > 1 && argv[1][0] != '-';
    const char *id = has_id ? argv[1] : NULL;
    struct args a = args_of(command, argc - 1 - has_id, argv + 1 + has_id);
    int status = cmd_server_flags(&a, false, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (flags.profile || flags.passcode || flags.waiting_room || flags.draft || flags.centre) {
        fprintf(stderr,
                "A profile, a passcode, a waiting room and a draft are for `conclave meeting "
                "create`.\n");
        return EXIT_USAGE;
    }
    if (one && !id) {
        fprintf(stderr, "Say which meeting: `%s ID`, the letters behind /m/ in its link.\n",
                command);
        return EXIT_USAGE;
    }
    if (!one)
        return list(&flags);
    return strcmp(verb, "show") == 0 ? show(&flags, id) : end(&flags, id);
}
