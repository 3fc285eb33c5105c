/* soak MINUTES [FOLDER]: eight synthetic participants in one meeting, audio and simulcast video,
 * with one who leaves and joins again each minute, for so long after a warm-up of a fifth of it and
 * at least a minute (the kept packets fill their pool in 45 s). Samples memory and descriptors of
 * all server processes every 10 s into FOLDER/soak.csv (build/soak), prints a table, and fails when
 * memory or descriptors grow after the warm-up or audio gaps. A slope is the least-squares one.
 * CONCLAVE should name a build without sanitizers: theirs hold freed memory back. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "rig/rig.h"

enum {
    PEOPLE = 8,
    TALKERS = 3,
    SAMPLE_S = 10,
    SAMPLES = 2000,
    GAP_MS = 200,
    GROWTH_KIB_HOUR = 2048
};

struct sample {
    double at_s, memory_kib, descriptors, packets, gap_ms;
};

static struct rig rig;
static struct rig_meeting meeting;
static struct rig_peer *person[PEOPLE];
static struct sample samples[SAMPLES];
static unsigned count;

/* The first three talk: of many the server forwards the three loudest. */
static struct rig_peer *enter(int place)
{
    struct rig_peer *p = rig_join(&rig, &meeting, place == 0);
    NEED(p, "a participant joins");
    NEED(rig_group_enter(p), "and is in the group");
    struct rig_track *mic = rig_publish_audio(p);
    NEED(mic && rig_publish_video(p, 3), "and publishes");
    mic->quiet = place >= TALKERS;
    return p;
}

static void subscribe_everybody(void)
{
    for (int i = 0; i < PEOPLE; i++)
        rig_subscribe_all(person[i]);
}

static double packets_in(void)
{
    double n = 0;
    for (int i = 0; i < PEOPLE; i++)
        n += (double)person[i]->recv.rtp_in;
    return n;
}

/* The last one goes and comes again: state that is not given back would show. */
static void turn_over(void)
{
    rig_leave(person[PEOPLE - 1], true);
    person[PEOPLE - 1] = enter(PEOPLE - 1);
    RIG_WAIT(&rig, 2000, person[0]->remote[0].track != 0);
    rig_run(&rig, 500);
    subscribe_everybody();
    /* Many epochs, so that the log turns over too; another's commit may win one of them. */
    for (int i = 0; i < 80; i++)
        json_decref(rig_group_commit(person[i % PEOPLE], 2000, NULL, NULL));
}

static double worst_gap(void)
{
    double worst = 0;
    for (int i = 0; i < PEOPLE; i++) {
        for (int k = 0; k < TALKERS; k++) {
            if (k == i)
                continue;
            const struct rig_sub *s = rig_sub_of(person[i], person[k], false);
            NEED(s, "who talks is subscribed to");
            double gap = (double)rig_sub_gap_ms(person[i], s);
            worst = gap > worst ? gap : worst;
        }
        rig_gap_reset(person[i]);
    }
    return worst;
}

static void take_sample(instant_us start, FILE *csv)
{
    if (count == SAMPLES)
        return;
    struct sample *s = &samples[count++];
    *s = (struct sample){(double)(rig_now() - start) / 1e6, (double)rig_memory_kib(&rig),
                         (double)rig_descriptors(&rig), packets_in(), worst_gap()};
    fprintf(csv, "%.1f,%.0f,%.0f,%.0f,%.0f\n", s->at_s, s->memory_kib, s->descriptors, s->packets,
            s->gap_ms);
    fflush(csv);
    if (count % 6 == 1) {
        printf("%8.0f s %10.0f KiB %6.0f fds %10.0f packets %6.0f ms\n", s->at_s, s->memory_kib,
               s->descriptors, s->packets, s->gap_ms);
        fflush(stdout);
    }
}

/* Growth a second of memory or descriptors over the samples from `first` on. */
static double slope(unsigned first, bool memory)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (unsigned i = first; i < count; i++) {
        double at = samples[i].at_s, v = memory ? samples[i].memory_kib : samples[i].descriptors;
        n++;
        x += at;
        y += v;
        xx += at * at;
        xy += at * v;
    }
    double d = n * xx - x * x;
    return d > 0 ? (n * xy - x * y) / d : 0;
}

static void judge(double warm)
{
    double gap = 0;
    unsigned first = 0;
    while (first < count && samples[first].at_s < warm)
        first++;
    NEED(count - first >= 3, "enough samples after the warm-up");
    for (unsigned i = 0; i < count; i++)
        gap = samples[i].gap_ms > gap ? samples[i].gap_ms : gap;
    double memory = slope(first, true) * 3600, descriptors = slope(first, false) * 3600;
    double grown = samples[count - 1].memory_kib - samples[first].memory_kib;
    double fds = samples[count - 1].descriptors - samples[first].descriptors;
    printf("after %.0f s of warm-up: memory %+.0f KiB (slope %+.0f KiB an hour), descriptors %+.0f "
           "(slope %+.1f an hour), largest audio gap %.0f ms\n",
           warm, grown, memory, fds, descriptors, gap);
    /* a slope over minutes is noise when the sum itself is below a page or two a process */
    CHECK(grown < 512 || memory < GROWTH_KIB_HOUR, "memory does not grow");
    CHECK(fds <= 2, "descriptors do not grow");
    CHECK(gap <= GAP_MS, "audio never gapped more than 200 ms");
}

static FILE *open_csv(const char *folder)
{
    char path[300];
    if (mkdir("build", 0777) != 0 && errno != EEXIST)
        return NULL;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return NULL;
    snprintf(path, sizeof(path), "%s/soak.csv", folder);
    FILE *f = fopen(path, "w");
    if (f)
        fputs("seconds,memory_kib,descriptors,packets_received,audio_gap_ms\n", f);
    return f;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? 60 * strtod(argv[1], NULL) : 0;
    if (seconds <= 0) {
        fputs("soak MINUTES [FOLDER]; CONCLAVE names the server's program\n", stderr);
        return 2;
    }
    double warm = seconds / 5 > 60 ? seconds / 5 : 60;
    FILE *csv = open_csv(argc > 2 ? argv[2] : "build/soak");
    NEED(csv, "the folder can be written");
    rig_open(&rig, NULL);
    NEED(rig_meeting_create(&rig, &meeting), "a meeting is made");
    for (int i = 0; i < PEOPLE; i++)
        person[i] = enter(i);
    rig_run(&rig, 300);
    subscribe_everybody();
    rig_run(&rig, 3000);
    CHECK(packets_in() > PEOPLE * 100, "everybody receives");
    worst_gap();
    instant_us start = rig_now(), next = start, turn = start + 60 * US_PER_S;
    while ((double)(rig_now() - start) / 1e6 < warm + seconds) {
        if (rig_now() >= turn) {
            turn_over();
            turn += 60 * US_PER_S;
        }
        if (rig_now() >= next) {
            take_sample(start, csv);
            next += SAMPLE_S * US_PER_S;
        }
        rig_run(&rig, 50);
        NEED(rig_alive(&rig), "the server lives");
    }
    take_sample(start, csv);
    fclose(csv);
    judge(warm);
    rig_close(&rig);
    return 0;
}
