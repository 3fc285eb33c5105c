/* bench-e2ee [--seed N] [--json FILE] [size ...]: what the steps of a group cost over its size, on
 * one core. CPU time of the process, so that a busy machine does not show. A table on standard
 * output, JSON in FILE. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "meeting.h"
#include "people.h"

enum { RUNS_MAX = 41, SIZES_MAX = 16 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- figures ---- */

struct figure {
    const char *what;
    double median_ms, p90_ms;
    size_t commit, welcome; /* bytes; 0: none */
};

struct series {
    double ms[RUNS_MAX];
    int n;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct figure figure_of(const char *what, struct series *s)
{
    qsort(s->ms, (size_t)s->n, sizeof(s->ms[0]), by_value);
    return (struct figure){
        .what = what, .median_ms = s->ms[s->n / 2], .p90_ms = s->ms[(s->n - 1) * 9 / 10]};
}

static int runs_for(uint32_t size)
{
    return size <= 100 ? RUNS_MAX : 21;
}

/* ---- the steps ---- */

struct letter {
    uint8_t *bytes;
    struct span text;
};

struct desk {
    struct crowd *crowd;
    struct letter commit, welcome;
};

static enum err write_commit(struct desk *d, const struct group_plan *plan)
{
    struct writer commit = writer_of(d->commit.bytes, MESSAGE_MAX);
    struct writer welcome = writer_of(d->welcome.bytes, MESSAGE_MAX);
    enum err e = group_commit(d->crowd->founder.group, plan, &commit, &welcome);
    d->commit.text = writer_span(&commit);
    d->welcome.text = writer_span(&welcome);
    return e;
}

/* The founder makes the commit again and again; the last one stays pending. */
static struct figure making(struct desk *d, const char *what, const struct group_plan *plan)
{
    struct series s = {0};
    struct person *founder = &d->crowd->founder;
    for (s.n = 0; s.n < runs_for(d->crowd->size); s.n++) {
        group_drop(founder->group);
        double from = now_ms();
        must(founder, what, write_commit(d, plan));
        s.ms[s.n] = now_ms() - from;
    }
    struct figure f = figure_of(what, &s);
    f.commit = d->commit.text.len;
    f.welcome = d->welcome.text.len;
    return f;
}

static struct figure processing(struct desk *d, const char *what)
{
    struct series s = {0};
    struct person *listener = &d->crowd->listener;
    struct group_result result;
    person_keep(listener);
    for (s.n = 0; s.n < runs_for(d->crowd->size); s.n++) {
        double from = now_ms();
        must(listener, what, group_process(listener->group, d->commit.text, &result));
        s.ms[s.n] = now_ms() - from;
        person_return(listener);
    }
    return figure_of(what, &s);
}

static struct figure joining(struct desk *d, const char *what)
{
    struct series s = {0};
    struct person *newcomer = &d->crowd->newcomer;
    person_keep(newcomer);
    for (s.n = 0; s.n < runs_for(d->crowd->size); s.n++) {
        double from = now_ms();
        must(newcomer, what,
             group_join(newcomer->group, d->welcome.text, (struct span){NULL, 0}, 0));
        s.ms[s.n] = now_ms() - from;
        person_return(newcomer);
    }
    return figure_of(what, &s);
}

/* ---- the two crowds ---- */

enum { FIGURES = 16 };

static struct desk desk_of(struct crowd *c)
{
    struct desk d = {.crowd = c};
    d.commit.bytes = malloc(MESSAGE_MAX);
    d.welcome.bytes = malloc(MESSAGE_MAX);
    if (!d.commit.bytes || !d.welcome.bytes)
        abort();
    return d;
}

static void desk_free(struct desk *d)
{
    free(d->commit.bytes);
    free(d->welcome.bytes);
}

static int measure_populated(uint32_t size, uint64_t seed, struct figure *f)
{
    struct crowd c;
    int n = 0;
    crowd_open(&c, size, CROWD_POPULATED, seed);
    struct desk d = desk_of(&c);
    struct group_plan add = crowd_add_plan(&c), path = {.path = true};
    f[n++] = making(&d, "make Add commit + Welcome", &add);
    f[n++] = processing(&d, "process a one-join commit");
    f[n++] = joining(&d, "join from Welcome");
    f[n++] = making(&d, "rekey, populated tree", &path);
    f[n++] = processing(&d, "process a rekey, populated tree");
    must(&c.founder, "merge", group_merge(c.founder.group));
    (void)making(&d, "add", &add);
    f[n++] = joining(&d, "newcomer join after rekey");
    desk_free(&d);
    crowd_close(&c);
    return n;
}

static int measure_blank(uint32_t size, uint64_t seed, struct figure *f)
{
    struct crowd c;
    int n = 0;
    crowd_open(&c, size, CROWD_BLANK, seed);
    struct desk d = desk_of(&c);
    uint32_t gone = size / 2;
    struct group_plan add = crowd_add_plan(&c), path = {.path = true},
                      drop = {.remove = &gone, .n_remove = 1};
    f[n++] = making(&d, "make Add, blank tree", &add);
    f[n++] = making(&d, "remove, worst tree", &drop);
    f[n++] = processing(&d, "process a remove, worst tree");
    f[n++] = making(&d, "rekey, worst tree", &path);
    must(&c.founder, "merge", group_merge(c.founder.group));
    (void)making(&d, "add", &add);
    f[n++] = joining(&d, "join after rekey, worst tree");
    desk_free(&d);
    crowd_close(&c);
    return n;
}

/* ---- the same by the session's door ---- */

/* `step` again and again; after each the attendee is as before it. */
static struct figure step_of(const char *what, struct meeting *m, struct attendee *who,
                             void (*step)(struct meeting *m))
{
    struct series s = {0};
    attendee_keep(who);
    for (s.n = 0; s.n < runs_for(m->size); s.n++) {
        attendee_return(who);
        double from = now_ms();
        step(m);
        s.ms[s.n] = now_ms() - from;
    }
    struct figure f = figure_of(what, &s);
    f.commit = m->commit_len;
    f.welcome = m->welcome_len;
    return f;
}

static int measure_session(uint32_t size, uint64_t seed, struct figure *f)
{
    static struct meeting m;
    int n = 0;
    meeting_open(&m, size, seed);
    f[n++] = step_of("session: Add commit + Welcome", &m, &m.host, meeting_add);
    f[n++] = step_of("session: process a one-join commit", &m, &m.listener, meeting_process);
    f[n++] = step_of("session: join, all profiles signed", &m, &m.newcomer, meeting_join);
    meeting_close(&m);
    return n;
}

/* ---- printing ---- */

static void print_table(uint32_t size, const struct figure *f, int n)
{
    for (int i = 0; i < n; i++)
        printf("%6u  %-34s %9.2f %9.2f %9zu %9zu\n", size, f[i].what, f[i].median_ms, f[i].p90_ms,
               f[i].commit, f[i].welcome);
    fflush(stdout);
}

static void print_json(FILE *out, uint32_t size, const struct figure *f, int n)
{
    static const char *separator = "";
    for (int i = 0; i < n; i++) {
        fprintf(out,
                "%s\n    {\"members\": %u, \"step\": \"%s\", \"median_ms\": %.3f, \"p90_ms\": %.3f,"
                " \"commit_bytes\": %zu, \"welcome_bytes\": %zu}",
                separator, size, f[i].what, f[i].median_ms, f[i].p90_ms, f[i].commit, f[i].welcome);
        separator = ",";
    }
}

struct options {
    uint64_t seed;
    const char *json;
    uint32_t size[SIZES_MAX];
    int sizes;
};

static bool parse(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--seed") == 0 && has_value) {
            o->seed = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--json") == 0 && has_value) {
            o->json = argv[++i];
        } else {
            unsigned long size = strtoul(argv[i], NULL, 10);
            if (size < 4 || size > 2000 || size % 2 != 0 || o->sizes == SIZES_MAX)
                return false;
            o->size[o->sizes++] = (uint32_t)size;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 420};
    static const uint32_t usual[] = {10, 50, 100, 300, 600, 1000};
    if (!parse(&o, argc, argv) || suite_start() != ERR_OK) {
        fprintf(stderr, "usage: bench-e2ee [--seed N] [--json FILE] [even size, 4 to 2000 ...]\n");
        return 2;
    }
    for (size_t i = 0; o.sizes == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
        o.size[i] = usual[i];
    o.sizes = o.sizes ? o.sizes : (int)(sizeof(usual) / sizeof(usual[0]));
    FILE *json = o.json ? fopen(o.json, "w") : NULL;
    if (o.json && !json) {
        fprintf(stderr, "bench-e2ee: %s cannot be written\n", o.json);
        return 1;
    }
    printf("seed %llu, ms of CPU\n%6s  %-34s %9s %9s %9s %9s\n", (unsigned long long)o.seed,
           "people", "step", "median", "p90", "commit B", "welcome B");
    if (json)
        fprintf(json, "{\"seed\": %llu, \"target\": \"native\", \"figures\": [",
                (unsigned long long)o.seed);
    for (int i = 0; i < o.sizes; i++) {
        struct figure f[FIGURES];
        int n = measure_populated(o.size[i], o.seed, f);
        n += measure_blank(o.size[i], o.seed, f + n);
        n += measure_session(o.size[i], o.seed, f + n);
        print_table(o.size[i], f, n);
        if (json)
            print_json(json, o.size[i], f, n);
    }
    if (json)
        fprintf(json, "\n]}\n");
    return json && fclose(json) != 0 ? 1 : 0;
}
