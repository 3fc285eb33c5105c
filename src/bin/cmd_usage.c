/* `conclave usage`: the figures of the last days, meeting participants and people apart.
 * knows: the control socket, days. knows not: how figures come about (account/usage.h). owns:
 * nothing. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "bin/cmd_args.h"
#include "bin/cmd_control.h"

enum { DAYS = 30, DAYS_MOST = 400 };
#define DAY_MS (24 * 60 * 60 * (long long)1000)

static const char help[] =
    "conclave usage: the server's figures, a line a day (UTC).\n"
    "\n"
    "  meetings       meetings that somebody entered\n"
    "  participants   meeting participants: each entry into a meeting. Who goes to three "
    "meetings,\n"
    "                 or loads the page three times, is three\n"
    "  guests         those of them without an account\n"
    "  people         accounts that entered any meeting, each once a day. Guests are not told\n"
    "                 apart, so none of them is in this figure\n"
    "  minutes        time in meetings, of all participants together\n"
    "\n"
    "\"<=\" stands before people of a day on which the server was started again: at most so many.\n"
    "\">=\" when there were more than it tells apart: at least so many. \"~\": both.\n"
    "\n"
    "  --days N    how many days, to 400 (30); those without a meeting are left out\n"
    "  --data DIR  the data folder of the running server (data)\n"
    "  --json      prints {\"days\":[...]}\n";

struct wish {
    const char *data;
    uint64_t days;
    bool json, help;
};

/* EXIT_DONE, or the exit status after a sentence. */
static int read_flags(struct args *a, struct wish *w)
{
    const char *days = NULL;
    while (args_next(a)) {
        if (args_is(a, "--data") || args_is(a, "--days")) {
            const char **to = args_is(a, "--data") ? &w->data : &days;
            if (!(*to = args_value(a)))
                return EXIT_USAGE;
        } else if (args_is(a, "--json")) {
            w->json = true;
        } else if (args_is(a, "--help") || args_is(a, "-h")) {
            w->help = true;
        } else {
            return args_refuse(a);
        }
    }
    if (!days || (text_u64(&w->days, span_str(days), DAYS_MOST) == ERR_OK && w->days > 0))
        return EXIT_DONE;
    fprintf(stderr, "--days is a number from 1 to %d, not \"%.40s\".\n", DAYS_MOST, days);
    return EXIT_USAGE;
}

/* Page after page, each behind the last day of the one before. NULL after a sentence. */
static json_t *ask_days(const struct wish *w)
{
    json_t *all = json_array();
    long long now = (long long)time(NULL) * 1000;
    json_int_t after = now - now % DAY_MS - (long long)w->days * DAY_MS;
    for (bool more = true; more;) {
        struct complaint why = {.text = "The server could not do it now; its log says more."};
        json_t *answer = NULL;
        json_t *ask = json_pack("{s:s, s:I}", "do", "usage", "after_ms", after);
        enum err e = control_ask(w->data, ask, &answer, &why);
        json_decref(ask);
        if (e != ERR_OK || !json_is_true(json_object_get(answer, "ok"))) {
            (void)cmd_fail(w->json, why.text);
            json_decref(answer);
            json_decref(all);
            return NULL;
        }
        json_t *page = json_object_get(answer, "days");
        more = json_is_true(json_object_get(answer, "more")) && json_array_size(page) > 0;
        (void)json_array_extend(all, page);
        json_decref(answer);
        const json_t *last = json_array_get(all, json_array_size(all) - 1);
        after = json_integer_value(json_object_get(last, "day_ms"));
    }
    return all;
}

static long long number_of(const json_t *day, const char *key)
{
    return (long long)json_integer_value(json_object_get(day, key));
}

/* What people of that day are: exactly, at most or at least so many. */
static const char *mark_of(const json_t *day)
{
    bool most = json_is_true(json_object_get(day, "at_most"));
    bool least = json_is_true(json_object_get(day, "at_least"));
    return most && least ? "~" : most ? "<=" : least ? ">=" : "";
}

static void print_day(const json_t *day)
{
    char text[16] = "", people[32];
    time_t s = (time_t)(number_of(day, "day_ms") / 1000);
    struct tm utc;
    if (gmtime_r(&s, &utc))
        (void)strftime(text, sizeof text, "%Y-%m-%d", &utc);
    (void)snprintf(people, sizeof people, "%s%lld", mark_of(day), number_of(day, "people"));
    printf("%-10s  %8lld  %12lld  %8lld  %8s  %9lld\n", text, number_of(day, "meetings"),
           number_of(day, "participants"), number_of(day, "guests"), people,
           number_of(day, "minutes"));
}

static int print_all(const struct wish *w)
{
    size_t i;
    const json_t *day;
    json_t *all = ask_days(w);
    if (!all)
        return EXIT_FAILED;
    if (w->json) {
        json_t *o = json_pack("{s:O}", "days", all);
        (void)json_dumpf(o, stdout, JSON_COMPACT);
        json_decref(o);
        printf("\n");
    } else if (json_array_size(all) == 0) {
        printf("No meeting in these days.\n");
    } else {
        printf("%-10s  %8s  %12s  %8s  %8s  %9s\n", "day", "meetings", "participants", "guests",
               "people", "minutes");
        json_array_foreach(all, i, day) print_day(day);
    }
    json_decref(all);
    return EXIT_DONE;
}

int cmd_usage(int argc, char **argv)
{
    struct args a = args_of("conclave usage", argc, argv);
    struct config config;
    config_init(&config);
    struct wish w = {.data = config.data, .days = DAYS};
    int status = read_flags(&a, &w);
    if (status != EXIT_DONE)
        return status;
    if (w.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    return print_all(&w);
}
