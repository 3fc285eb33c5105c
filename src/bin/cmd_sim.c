/* `conclave sim`: a day of meetings over 19 data centres through the routing code itself. Needs no
 * server. knows: flags, figures. knows not: how a day goes (sim_day.h). owns: nothing. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "bin/cmd_args.h"
#include "bin/sim_plot.h"

enum { MONTH_DAYS = 30, GROWS = 20 };
#define MILLION UINT64_C(1000000)
#define MOST (UINT64_C(100000) * MILLION)

static const char help[] =
    "conclave sim: plays a day of meetings over 19 data centres. Every join asks the very code "
    "that\n"
    "a node asks which data centre it may use; each answer is held against a second reading of "
    "the\n"
    "laws. Where people are, when they meet and how large a meeting is are assumptions\n"
    "(docs/guide/sim.md).\n"
    "\n"
    "  --participants N  meeting participants of the day (200000000)\n"
    "  --capacity N      participants that all data centres hold at once (a tenth of the day's)\n"
    "  --scale N         how many meetings one that is played stands for (100)\n"
    "  --seed N          another day of the same kind (1)\n"
    "  --calm            no data centre fails, and no million joins in one minute\n"
    "  --month           thirty days that grow from a twentieth of N to N while no machine comes:\n"
    "                    what is refused, with this --capacity\n"
    "  --out DIR         writes load.csv and plots there\n"
    "  --json            prints the figures as JSON\n"
    "\n"
    "Exits with 1 when a leg was given out that the laws forbid.\n";

struct wish {
    struct sim_scenario s;
    bool calm, month, json, help;
    uint64_t scale;
    const char *out;
};

/* EXIT_DONE, or the exit status after a sentence. */
static int number(struct args *a, uint64_t *to, uint64_t least, uint64_t most)
{
    const char *words = args_value(a);
    if (!words)
        return EXIT_USAGE;
    if (text_u64(to, span_str(words), most) == ERR_OK && *to >= least)
        return EXIT_DONE;
    fprintf(stderr, "%s is a number from %llu to %llu, not \"%.40s\".\n", a->flag,
            (unsigned long long)least, (unsigned long long)most, words);
    return EXIT_USAGE;
}

static int read_flag(struct args *a, struct wish *w)
{
    if (args_is(a, "--participants"))
        return number(a, &w->s.participants, 1000, MOST);
    if (args_is(a, "--capacity"))
        return number(a, &w->s.capacity, 1000, MOST);
    if (args_is(a, "--scale"))
        return number(a, &w->scale, 1, MILLION);
    if (args_is(a, "--seed"))
        return number(a, &w->s.seed, 0, UINT64_MAX);
    if (args_is(a, "--out"))
        return (w->out = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    bool *flag = args_is(a, "--calm")                       ? &w->calm
                 : args_is(a, "--month")                    ? &w->month
                 : args_is(a, "--json")                     ? &w->json
                 : args_is(a, "--help") || args_is(a, "-h") ? &w->help
                                                            : NULL;
    if (!flag)
        return args_refuse(a);
    *flag = true;
    return EXIT_DONE;
}

static uint8_t centre_of(const char *id)
{
    uint8_t i = 0;
    while (i < SIM_CENTRES && strcmp(sim_centre[i].id, id) != 0)
        i++;
    return i;
}

/* An ordinary bad day: one data centre fails, two that are neighbours fail together, one is emptied
 * for work on it, and one is taken off the list; and at 15:00 a million people come in one minute.
 */
static void trouble(struct sim_scenario *s)
{
    const struct sim_event all[] = {
        {3 * 60, centre_of("syd"), FENCE_DRAINING},   {5 * 60, centre_of("syd"), FENCE_UP},
        {8 * 60, centre_of("fra"), FENCE_DOWN},       {9 * 60, centre_of("fra"), FENCE_UP},
        {14 * 60, centre_of("iad"), FENCE_DOWN},      {14 * 60, centre_of("ord"), FENCE_DOWN},
        {14 * 60 + 30, centre_of("iad"), FENCE_UP},   {14 * 60 + 30, centre_of("ord"), FENCE_UP},
        {18 * 60, centre_of("sin"), FENCE_WITHDRAWN},
    };
    memcpy(s->event, all, sizeof all);
    s->events = sizeof all / sizeof *all;
    s->surge_minute = 15 * 60;
    s->surge = s->participants / 200; /* a million of 200 */
}

/* The value below which a share of a histogram lies. */
static uint64_t quantile(const uint64_t *counts, uint32_t n, uint64_t thousandths)
{
    uint64_t all = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        all += counts[i];
    for (uint32_t i = 0; i < n; i++) {
        sum += counts[i];
        if (all > 0 && sum * 1000 >= all * thousandths)
            return i;
    }
    return 0;
}

static uint64_t decision_ns(const struct sim_figures *f, uint64_t thousandths)
{
    return (quantile(f->decision, SIM_DECISIONS, thousandths) + 1) * SIM_DECISION_NS;
}

static uint64_t delay_ms(const struct sim_figures *f, uint64_t thousandths)
{
    return quantile(f->delay, SIM_DELAYS, thousandths);
}

static json_t *count_of(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *centres_of(const struct sim_figures *f)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", sim_centre[i].id, "zone",
                            sim_zone[sim_centre[i].zone], "legs", count_of(f->joins[i]), "peak",
                            count_of(f->peak[i]), "capacity", count_of(f->capacity[i])));
    return list;
}

static json_t *laws_of(const struct sim_figures *f)
{
    json_t *o = json_object();
    for (uint32_t i = 0; i < LAW_COUNT_; i++) {
        const char *name = i == LAW_FINE ? "elsewhere" : fence_law_name((enum fence_law)i);
        uint64_t before = (uint64_t)json_integer_value(json_object_get(o, name));
        if (f->refused_by[i] > 0)
            (void)json_object_set_new(o, name, count_of(before + f->refused_by[i]));
    }
    return o;
}

static void print_json(const struct sim_figures *f)
{
    json_t *delay = json_pack("{s:o, s:o, s:o}", "p50", count_of(delay_ms(f, 500)), "p90",
                              count_of(delay_ms(f, 900)), "p99", count_of(delay_ms(f, 990)));
    json_t *cost = json_pack("{s:o, s:o, s:o}", "p50", count_of(decision_ns(f, 500)), "p99",
                             count_of(decision_ns(f, 990)), "p999", count_of(decision_ns(f, 999)));
    json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                          "meetings", count_of(f->meetings), "asked", count_of(f->asked), "joined",
                          count_of(f->joined), "refused", count_of(f->refused), "refused_by",
                          laws_of(f), "moved", count_of(f->moved), "lost", count_of(f->lost),
                          "fenced", count_of(f->fenced_joined), "violations",
                          count_of(f->violations), "decisions", count_of(f->decisions),
                          "decision_ns", cost, "rtt_ms", delay, "datacentres", centres_of(f));
    (void)json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
}

static double millions(uint64_t n)
{
    return (double)n / 1e6;
}

static void print_words(const struct sim_figures *f)
{
    printf(
        "%.1f million meetings, %.1f million joins asked for, %.1f million let in, %.3f refused\n",
        millions(f->meetings), millions(f->asked), millions(f->joined), millions(f->refused));
    printf("%.2f million moved when their data centre failed, %.3f found no other place\n",
           millions(f->moved), millions(f->lost));
    printf("%.2f million legs in fenced zones; %llu legs that the laws forbid\n",
           millions(f->fenced_joined), (unsigned long long)f->violations);
    printf("round trip to the data centre: p50 %llu, p90 %llu, p99 %llu ms\n",
           (unsigned long long)delay_ms(f, 500), (unsigned long long)delay_ms(f, 900),
           (unsigned long long)delay_ms(f, 990));
    printf("a decision: p50 < %llu, p99 < %llu, p99.9 < %llu ns, of %llu, the clock's own time in "
           "it\n",
           (unsigned long long)decision_ns(f, 500), (unsigned long long)decision_ns(f, 990),
           (unsigned long long)decision_ns(f, 999), (unsigned long long)f->decisions);
    printf("\n%-5s %-5s %12s %12s %12s\n", "", "zone", "legs", "most at once", "capacity");
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        printf("%-5s %-5s %12llu %12llu %12llu\n", sim_centre[i].id, sim_zone[sim_centre[i].zone],
               (unsigned long long)f->joins[i], (unsigned long long)f->peak[i],
               (unsigned long long)f->capacity[i]);
}

static int fail(const struct wish *w, const char *what)
{
    char sentence[200];
    (void)snprintf(sentence, sizeof sentence, "%s: %.120s.", what, strerror(errno));
    return cmd_fail(w->json, sentence);
}

static int play(const struct wish *w)
{
    static struct sim_figures f;
    if (!sim_day(&w->s, &f))
        return fail(w, "the day could not be played");
    if (w->out && !sim_plot(w->out, &f))
        return fail(w, "the plots could not be written");
    if (w->json)
        print_json(&f);
    else
        print_words(&f);
    return fflush(stdout) == 0 && f.violations == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* The days of a month in which they grow twentyfold, and no machine comes. */
static int play_month(const struct wish *w)
{
    static struct sim_figures f;
    json_t *days = json_array();
    uint64_t forbidden = 0, permille = 1000;
    for (int day = 0; day < MONTH_DAYS; day++, permille = permille * 1109 / 1000) {
        struct sim_scenario s = w->s;
        s.seed += (uint64_t)day;
        s.participants = w->s.participants / GROWS * permille / 1000;
        if (!sim_day(&s, &f))
            return fail(w, "the day could not be played");
        forbidden += f.violations;
        (void)json_array_append_new(
            days, json_pack("{s:i, s:o, s:o, s:o, s:o}", "day", day + 1, "asked", count_of(f.asked),
                            "joined", count_of(f.joined), "refused", count_of(f.refused),
                            "violations", count_of(f.violations)));
        if (!w->json)
            printf(
                "day %2d: %7.1f million asked, %7.1f let in, %7.2f refused, %llu forbidden legs\n",
                day + 1, millions(f.asked), millions(f.joined), millions(f.refused),
                (unsigned long long)f.violations);
    }
    json_t *o = json_pack("{s:o}", "days", days);
    if (w->json)
        (void)json_dumpf(o, stdout, JSON_COMPACT);
    json_decref(o);
    return fflush(stdout) == 0 && forbidden == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_sim(int argc, char **argv)
{
    struct args a = args_of("conclave sim", argc, argv);
    struct wish w = {.s = {.seed = 1, .participants = 200 * MILLION, .surge_minute = SIM_MINUTES},
                     .scale = 100};
    while (args_next(&a)) {
        int status = read_flag(&a, &w);
        if (status != EXIT_DONE)
            return status;
    }
    if (w.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    if (w.month && w.out) {
        fputs("--out writes the plots of one day, so it does not go with --month.\n", stderr);
        return EXIT_USAGE;
    }
    w.s.scale = (uint32_t)w.scale;
    if (w.s.capacity == 0)
        w.s.capacity = w.s.participants / 10;
    if (!w.calm)
        trouble(&w.s);
    return w.month ? play_month(&w) : play(&w);
}
