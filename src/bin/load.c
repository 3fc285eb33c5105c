/* `conclave-bot load`: brings participants in, lets them settle, measures, tells.
 * knows: the order of a run. knows not: media, signalling. owns: the run. */
#include "bin/load.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bin/load_core.h"
#include "client/agent.h" /* agent_draw */
#include "crypt/crypt.h"
#include "e2ee/suite.h"

enum { SETTLE_EXTRA_S = 30, GOODBYE_MS = 300, LATE_MS = 1000, SEARCH_REFINE = 5, SEARCH_STEP = 8 };

/* What a server must keep, to be said to carry its load. */
enum { LOSS_PER_MILLION = 1000 };

static const struct load_adapter *const adapters[] = {&load_conclave, &load_janus};

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    asked_to_stop = 1;
}

static bool stopped(const struct load *l)
{
    (void)l;
    return asked_to_stop;
}

/* ---- before ---- */

static const struct load_adapter *adapter_of(const char *name)
{
    for (size_t i = 0; i < sizeof adapters / sizeof *adapters; i++)
        if (strcmp(adapters[i]->name, name) == 0)
            return adapters[i];
    return NULL;
}

static bool make_traces(struct load *l)
{
    static const struct load_video videos[4][2] = {
        [LOAD_AUDIO] = {{600000, 30}},
        [LOAD_VIDEO600] = {{600000, 30}},
        [LOAD_VIDEO2500] = {{2500000, 30}},
        [LOAD_TILES] = {{150000, 15}, {500000, 30}},
    };
    uint8_t encodings = l->o.profile == LOAD_TILES ? 2 : 1;
    return load_trace_audio(&l->trace[0], l->o.seed) &&
           load_trace_video(&l->trace[1], videos[l->o.profile], encodings, l->o.seed);
}

/* Publishers first, then viewers, each round the rooms. */
static void describe(struct load *l, uint32_t number)
{
    const struct load_options *o = &l->o;
    uint32_t publishers = o->publishers * o->rooms;
    bool tiles = o->profile == LOAD_TILES;
    struct load_peer *p = &l->members[number].peer;
    *p = (struct load_peer){.number = number,
                            .room = (number < publishers ? number : number - publishers) % o->rooms,
                            .publishes = tiles || number < publishers,
                            .watches = tiles || number >= publishers,
                            .load = l};
    if (!p->watches)
        return;
    if (tiles) {
        p->want_video = o->tiles;
        p->want_audio = o->voices;
    } else if (o->profile == LOAD_AUDIO) {
        p->want_audio = o->publishers;
    } else {
        p->want_video = o->publishers;
        p->want_layer = 2;
    }
}

static void pin(int cpu)
{
    cpu_set_t set;
    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fprintf(stderr, "Processor %d is not there: running on any.\n", cpu);
}

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

static int64_t unix_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000 - load_now();
}

static enum err prepare(struct load *l, struct complaint *why)
{
    static const char cm[] = "SRTP_AES128_CM_SHA1_80", gcm[] = "SRTP_AEAD_AES_128_GCM";
    uint32_t publishers = l->o.publishers * l->o.rooms;
    uint32_t viewers = l->o.search ? l->o.max_viewers : l->o.viewers * l->o.rooms;
    l->epoll = -1;
    l->random = l->o.seed;
    l->unix_us = unix_us();
    l->now = load_now();
    l->member_count = publishers + viewers;
    l->members = calloc(l->member_count, sizeof *l->members);
    l->receive = load_receive_open(l->o.gro);
    if (!l->members || !l->receive || !make_traces(l))
        return complain(why, "There is not enough memory.");
    for (uint32_t i = 0; i < l->member_count; i++)
        describe(l, i);
    if (cert_open(&l->cert, (l->now + l->unix_us) / US_PER_S) != ERR_OK ||
        dtls_ctx_open(&l->dtls, l->cert, l->o.cm ? cm : gcm) != ERR_OK)
        return complain(why, "The cryptographic library could not start.");
    l->signal = l->adapter->open(l, &l->o, why);
    if (!l->signal)
        return ERR_CONFIG;
    if (!load_loop_open(l))
        return complain(why, "The event loop could not start.");
    return ERR_OK;
}

/* ---- the run ---- */

static bool settled(const struct load *l)
{
    return asked_to_stop || (l->inside + l->broken == l->target && l->joining == 0);
}

/* What broke, or saw nothing, under too many others tries again among fewer. */
static void come_back(struct load *l, struct load_member *m)
{
    load_member_leave(l, m);
    load_member_join(l, m);
}

/* Called before the first joins and when all are in: at the begin all of it, at the end the
 * difference. */
static void note_arrival(struct load *l, uint64_t memory_kb[MEASURE_SERVERS])
{
    struct measure_arrival *a = &l->arrival;
    a->took_us = (uint64_t)load_now() - a->took_us;
    a->own_cpu_us = measure_cpu_us(getpid()) - a->own_cpu_us;
    for (uint32_t i = 0; i < l->o.pid_count; i++) {
        a->server_each_us[i] = measure_cpu_us(l->o.pids[i]) - a->server_each_us[i];
        memory_kb[i] = measure_memory_kb(l->o.pids[i]);
    }
}

/* As many participants as `target`; false when not all came in. */
static bool bring_in(struct load *l, uint32_t target)
{
    uint32_t coming = target > l->target ? target - l->target : 0;
    for (uint32_t i = l->target; i > target; i--)
        load_member_leave(l, &l->members[i - 1]);
    for (uint32_t i = l->o.publishers * l->o.rooms; i < l->target && i < target; i++)
        if (l->members[i].state == LOAD_BROKEN || l->members[i].measured.silent > 0)
            come_back(l, &l->members[i]);
    l->target = target;
    l->next_join = load_now();
    duration_us time = (instant_us)coming * US_PER_S / l->o.ramp + SETTLE_EXTRA_S * US_PER_S;
    load_run(l, load_now() + time, settled);
    if (!l->o.search)
        note_arrival(l, l->arrival.after_kb);
    load_run(l, load_now() + (instant_us)l->o.warmup_s * US_PER_S, stopped);
    return l->inside == target;
}

/* Those who send come first; the others find a meeting that runs. */
static void lead_in(struct load *l)
{
    l->target = l->o.publishers * l->o.rooms;
    l->next_join = load_now();
    duration_us time = (instant_us)l->target * US_PER_S / l->o.ramp + SETTLE_EXTRA_S * US_PER_S;
    load_run(l, load_now() + time, settled);
}

static void measure(struct load *l)
{
    load_measure_begin(l);
    duration_us every = (duration_us)l->o.every_s * US_PER_S;
    for (instant_us at = l->measure.from + every; every && !asked_to_stop; at += every) {
        load_run(l, instant_min(at, l->measure.to), stopped);
        if (at > l->measure.to)
            break;
        load_slice_end(l);
    }
    load_run(l, l->measure.to, stopped);
    load_measure_cpu(l);
    load_run(l, load_now() + LATE_MS * US_PER_MS, stopped);
    load_measure_end(l);
}

static enum load_bound bound_of(const struct load *l, uint32_t target)
{
    const struct measure *m = &l->measure;
    if (l->inside != target)
        return LOAD_JOINS;
    if (m->received == 0 || m->silent_streams > 0)
        return LOAD_SILENCE;
    if (m->lost * 1000000u > m->expected * LOSS_PER_MILLION)
        return LOAD_LOSS;
    return measure_share(&m->delay, 990) > l->o.p99_ms * 1000u ? LOAD_DELAY : LOAD_CARRIED;
}

static double percent(uint64_t part_us, const struct measure *m)
{
    return 100 * (double)part_us / (double)(m->to - m->from);
}

static bool try_viewers(struct load *l, uint32_t viewers)
{
    uint32_t target = l->o.publishers * l->o.rooms + viewers;
    (void)bring_in(l, target);
    measure(l);
    enum load_bound bound = bound_of(l, target);
    const struct measure *m = &l->measure;
    fprintf(stderr, "%u viewers: %s, lost %llu of %llu, p99 %.1f ms, ", viewers,
            load_bound_words(bound), (unsigned long long)m->lost, (unsigned long long)m->expected,
            (double)measure_share(&m->delay, 990) / 1000);
    fprintf(stderr, "%.0f packets/s, server %.0f %%, load %.0f %%\n",
            (double)m->received * 1e6 / (double)(m->to - m->from), percent(m->server_cpu_us, m),
            percent(m->own_cpu_us, m));
    l->bound = bound != LOAD_CARRIED ? bound : l->bound;
    return bound == LOAD_CARRIED && !asked_to_stop;
}

/* Up by half and a step until it breaks, then halfway in between. */
static uint32_t next_try(uint32_t good, uint32_t bad, uint32_t most)
{
    uint32_t up = good + good / 2 + SEARCH_STEP;
    if (bad <= most)
        return good + (bad - good) / 2;
    return up < most ? up : most;
}

static void search(struct load *l)
{
    uint32_t most = l->o.max_viewers, good = 0, bad = most + 1, next = l->o.viewers * l->o.rooms;
    next = next < most ? next : most;
    for (int refined = 0; refined < SEARCH_REFINE && !asked_to_stop;) {
        if (try_viewers(l, next))
            good = next;
        else
            bad = next;
        if (good == most || (bad <= most && bad - good <= SEARCH_STEP))
            break;
        refined += bad <= most && good > 0;
        if (l->o.climb && bad <= most)
            break;
        next = next_try(good, bad, most);
    }
    /* Once more: these figures are the ones that are told. Luck is not capacity. */
    while (good > 0 && !l->o.climb && !try_viewers(l, good) && !asked_to_stop)
        good -= good / 20 + 1;
    l->capacity = good;
}

static int nobody(const struct load *l)
{
    fprintf(stderr, "Nobody came in; %s.\n",
            l->last_trouble[0] ? l->last_trouble : "nothing was answered in time");
    return EXIT_FAILED;
}

static int run(struct load *l)
{
    bool all = true;
    if (l->o.search) {
        search(l);
    } else {
        if (l->o.lead)
            lead_in(l);
        note_arrival(l, l->arrival.before_kb);
        all = bring_in(l, l->member_count);
        if (l->inside == 0 && !asked_to_stop)
            return nobody(l);
        measure(l);
        for (uint32_t i = 0; i < l->o.pid_count; i++)
            l->arrival.after_kb[i] = measure_memory_kb(l->o.pids[i]);
    }
    for (uint32_t i = 0; i < l->member_count; i++)
        load_member_leave(l, &l->members[i]);
    uint32_t told = l->target;
    l->target = 0; /* nobody comes back in */
    load_run(l, load_now() + GOODBYE_MS * US_PER_MS, NULL);
    l->target = told;
    load_report(l, all);
    if (l->o.search)
        return l->capacity > 0 ? EXIT_DONE : EXIT_FAILED;
    bool received = l->measure.received > 0 && l->measure.silent_streams == 0;
    return all && received ? EXIT_DONE : EXIT_FAILED;
}

static void close_all(struct load *l)
{
    for (uint32_t i = 0; l->members && i < l->member_count; i++)
        load_member_fini(&l->members[i]);
    if (l->signal)
        l->adapter->close(l->signal);
    load_loop_close(l);
    dtls_ctx_close(l->dtls);
    if (l->cert)
        cert_close(l->cert);
    load_trace_free(&l->trace[0]);
    load_trace_free(&l->trace[1]);
    load_receive_close(l->receive);
    json_decref(l->slices);
    free(l->members);
}

int load_main(int argc, char **argv)
{
    struct complaint why = {""};
    bool helped = false;
    struct load *l = calloc(1, sizeof *l);
    int status = l ? load_args(argc, argv, &l->o, &helped) : EXIT_FAILED;
    if (status != EXIT_DONE || helped) {
        free(l);
        return status;
    }
    l->adapter = adapter_of(l->o.system);
    if (!l->adapter) {
        fprintf(stderr, "There is no adapter for \"%.40s\".\n", l->o.system);
        free(l);
        return EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    raise_descriptors();
    pin(l->o.cpu);
    if (crypt_init() != ERR_OK || suite_start() != ERR_OK)
        status = cmd_fail(false, "The cryptographic library could not start.");
    else if (prepare(l, &why) != ERR_OK)
        status = cmd_fail(false, why.text);
    else
        status = run(l);
    close_all(l);
    free(l);
    return status;
}
