/* The figures of a run, for people and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/load_core.h"

enum { RECEIVERS_MAX = 200 };

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static double seconds_of(const struct measure *m)
{
    return (double)(m->to - m->from) / 1e6;
}

static json_t *times_json(const struct measure_times *t)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:f}", "count", (json_int_t)t->count, "p50_ms",
                     ms(measure_share(t, 500)), "p95_ms", ms(measure_share(t, 950)), "p99_ms",
                     ms(measure_share(t, 990)), "max_ms", ms(t->max_us));
}

static json_t *receivers_json(const struct load *l)
{
    json_t *list = json_array();
    uint32_t told = 0;
    for (uint32_t i = 0; i < l->member_count && told < RECEIVERS_MAX; i++) {
        const struct measure_receiver *m = &l->members[i].measured;
        if (m->streams == 0)
            continue;
        told++;
        (void)json_array_append_new(
            list, json_pack("{s:i, s:I, s:I, s:i, s:f, s:f, s:f}", "number", (int)i, "expected",
                            (json_int_t)m->expected, "received", (json_int_t)m->received,
                            "silent_streams", (int)m->silent, "p50_ms",
                            ms(measure_receiver_share(m, 500)), "p99_ms",
                            ms(measure_receiver_share(m, 990)), "max_ms", ms(m->delay_max_us)));
    }
    return list;
}

static json_t *setup_json(const struct load *l)
{
    const struct load_options *o = &l->o;
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:I}", "system",
                     o->system, "profile", load_profile_name(o->profile), "suite",
                     o->cm ? "cm" : "gcm", "rooms", (int)o->rooms, "publishers",
                     (int)(o->publishers * o->rooms), "participants", (int)l->target, "tiles",
                     (int)o->tiles, "voices", (int)o->voices, "warmup_s", (int)o->warmup_s, "ramp",
                     (int)o->ramp, "batch", (int)o->batch, "gro", (int)o->gro, "seed",
                     (json_int_t)o->seed);
}

static json_t *server_json(const struct load *l)
{
    const struct measure *m = &l->measure;
    json_t *each = json_array();
    for (uint32_t i = 0; i < l->o.pid_count; i++)
        (void)json_array_append_new(each, json_real(share(m->server_each_us[i], m->received)));
    return json_pack("{s:f, s:f, s:o}", "cpu", share(m->server_cpu_us, (uint64_t)(m->to - m->from)),
                     "us_a_forwarded_packet", share(m->server_cpu_us, m->received), "us_each",
                     each);
}

static json_t *arrival_json(const struct load *l)
{
    const struct measure_arrival *a = &l->arrival;
    json_t *each = json_array(), *before = json_array(), *after = json_array();
    for (uint32_t i = 0; i < l->o.pid_count; i++) {
        (void)json_array_append_new(each, json_real((double)a->server_each_us[i] / 1e6));
        (void)json_array_append_new(before, json_integer((json_int_t)a->before_kb[i]));
        (void)json_array_append_new(after, json_integer((json_int_t)a->after_kb[i]));
    }
    return json_pack("{s:f, s:f, s:o, s:o, s:o, s:o}", "seconds", (double)a->took_us / 1e6,
                     "generator_cpu_s", (double)a->own_cpu_us / 1e6, "settled",
                     times_json(&a->settled), "server_cpu_s", each, "memory_before_kb", before,
                     "memory_after_kb", after);
}

/* Of the first key frame of the lowest encoding: each viewer gets so many at once. */
static json_int_t keyframe_packets(const struct load_trace *t)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->count && t->packets[i].at_us == 0; i++)
        count += t->packets[i].keyframe && t->packets[i].encoding == 0;
    return count;
}

const char *load_bound_words(enum load_bound b)
{
    static const char *const words[] = {
        [LOAD_CARRIED] = "carried",
        [LOAD_JOINS] = "not all came in",
        [LOAD_SILENCE] = "streams stayed silent",
        [LOAD_LOSS] = "lost over 0.1 %",
        [LOAD_DELAY] = "p99 too high",
    };
    return words[b];
}

void load_report_slice(const json_t *slice)
{
    const char *const keys[] = {"p50_ms", "p99_ms", "max_ms"};
    double ms[3];
    for (size_t i = 0; i < 3; i++)
        ms[i] = json_real_value(json_object_get(slice, keys[i]));
    fprintf(stderr,
            "until %.0f s: %lld inside, %lld packets, lost %lld, p50 %.2f p99 %.2f max %.2f ms\n",
            json_real_value(json_object_get(slice, "until_s")),
            (long long)json_integer_value(json_object_get(slice, "inside")),
            (long long)json_integer_value(json_object_get(slice, "received")),
            (long long)json_integer_value(json_object_get(slice, "lost")), ms[0], ms[1], ms[2]);
}

static json_t *steps_json(const struct measure *m)
{
    json_t *o = json_object();
    for (int i = 0; i < STEP_COUNT_; i++)
        (void)json_object_set_new(o, measure_step_name((enum measure_step)i),
                                  times_json(&m->step[i]));
    return o;
}

static json_t *report_json(const struct load *l, bool all)
{
    const struct measure *m = &l->measure;
    double s = seconds_of(m);
    json_t *o =
        json_pack("{s:o, s:b, s:i, s:i, s:f, s:I, s:I, s:I, s:I, s:f, s:I}", "setup", setup_json(l),
                  "all_in", (int)all, "broken", (int)l->told_broken, "receivers", (int)m->receivers,
                  "seconds", s, "sent", (json_int_t)m->sent, "expected", (json_int_t)m->expected,
                  "received", (json_int_t)m->received, "lost", (json_int_t)m->lost, "loss",
                  share(m->lost, m->expected), "duplicates", (json_int_t)m->duplicates);
    json_t *more =
        json_pack("{s:i, s:i, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "lossy_receivers", (int)m->lossy,
                  "silent_streams", (int)m->silent_streams, "sent_a_second", (double)m->sent / s,
                  "received_a_second", (double)m->received / s, "received_bps",
                  (double)m->received_bytes * 8 / s, "delay", times_json(&m->delay), "audio_delay",
                  times_json(&m->audio_delay), "join", times_json(&m->join), "lateness",
                  times_json(&m->lateness));
    json_t *rest = json_pack("{s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "audio_expected",
                             (json_int_t)m->audio_expected, "audio_lost", (json_int_t)m->audio_lost,
                             "audio_gaps_over_100_ms", (json_int_t)m->audio_gaps,
                             "audio_gap_max_ms", ms(m->audio_gap_max_us), "generator_cpu",
                             share(m->own_cpu_us, (uint64_t)(m->to - m->from)), "packets_a_receive",
                             share(m->received, m->batches), "each", receivers_json(l));
    (void)json_object_update(o, more);
    (void)json_object_update(o, rest);
    json_decref(more);
    json_decref(rest);
    if (m->has_server)
        (void)json_object_set_new(o, "server", server_json(l));
    if (!l->o.search)
        (void)json_object_set_new(o, "arrival", arrival_json(l));
    (void)json_object_set_new(o, "first_frame", times_json(&m->first_frame));
    (void)json_object_set_new(o, "steps", steps_json(m));
    (void)json_object_set_new(o, "keyframe_packets", json_integer(keyframe_packets(&l->trace[1])));
    if (l->slices)
        (void)json_object_set(o, "slices", l->slices);
    if (l->o.search) {
        (void)json_object_set_new(o, "capacity_viewers", json_integer(l->capacity));
        (void)json_object_set_new(o, "bound", json_string(load_bound_words(l->bound)));
    }
    if (l->last_trouble[0])
        (void)json_object_set_new(o, "trouble", json_string(l->last_trouble));
    return o;
}

static void print_times(const char *what, const struct measure_times *t)
{
    if (t->count > 0)
        printf("%-22s p50 %8.2f   p95 %8.2f   p99 %8.2f   max %8.2f ms\n", what,
               ms(measure_share(t, 500)), ms(measure_share(t, 950)), ms(measure_share(t, 990)),
               ms(t->max_us));
}

static uint64_t arrival_cpu_us(const struct load *l)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < l->o.pid_count; i++)
        all += l->arrival.server_each_us[i];
    return all;
}

static void print_table(const struct load *l, bool all)
{
    const struct measure *m = &l->measure;
    double s = seconds_of(m);
    printf("%s, %s, %s: %u rooms, %u participants, %u of them receive%s\n", l->o.system,
           load_profile_name(l->o.profile), l->o.cm ? "AES-CM" : "AES-GCM", l->o.rooms, l->target,
           m->receivers, all ? "" : "; NOT ALL CAME IN");
    printf("%-22s %.0f packets a second, for %.1f s\n", "sent", (double)m->sent / s, s);
    printf("%-22s %.0f packets a second, %.1f Mb/s of payload\n", "received",
           (double)m->received / s, (double)m->received_bytes * 8 / s / 1e6);
    printf("%-22s %llu of %llu (%.4f %%) at %u receivers; %u streams silent\n", "lost",
           (unsigned long long)m->lost, (unsigned long long)m->expected,
           100 * share(m->lost, m->expected), m->lossy, m->silent_streams);
    print_times("delay", &m->delay);
    print_times("delay of audio", &m->audio_delay);
    if (m->audio_expected > 0)
        printf("%-22s %llu over 100 ms, the longest %.1f ms\n", "gaps of audio",
               (unsigned long long)m->audio_gaps, ms(m->audio_gap_max_us));
    for (int i = 0; i < STEP_COUNT_; i++) {
        char what[32];
        (void)snprintf(what, sizeof what, "click to %s", measure_step_name((enum measure_step)i));
        print_times(what, &m->step[i]);
    }
    print_times("click to media", &m->join);
    print_times("click to first frame", &m->first_frame);
    print_times("click to settled", &l->arrival.settled);
    if (!l->o.search)
        printf("%-22s %.2f s; processor time: generator %.2f s, server %.2f s\n", "all came in",
               (double)l->arrival.took_us / 1e6, (double)l->arrival.own_cpu_us / 1e6,
               (double)arrival_cpu_us(l) / 1e6);
    print_times("sent late by", &m->lateness);
    printf("%-22s %.0f %% of a processor, %.1f packets a receive\n", "generator",
           100 * share(m->own_cpu_us, (uint64_t)(m->to - m->from)), share(m->received, m->batches));
    if (m->has_server)
        printf("%-22s %.0f %% of a processor, %.2f us a forwarded packet\n", "server",
               100 * share(m->server_cpu_us, (uint64_t)(m->to - m->from)),
               share(m->server_cpu_us, m->received));
    if (l->o.search)
        printf("%-22s %u viewers (loss <= 0.1 %%, p99 <= %u ms), ended by: %s\n", "capacity",
               l->capacity, l->o.p99_ms,
               l->bound ? load_bound_words(l->bound) : "no more were allowed");
    if (l->last_trouble[0])
        printf("%-22s %u participants, the last: %s\n", "trouble", l->told_broken, l->last_trouble);
}

void load_report(const struct load *l, bool all)
{
    bool to_stdout = l->o.json && strcmp(l->o.json, "-") == 0;
    if (!to_stdout)
        print_table(l, all);
    fflush(stdout);
    if (!l->o.json)
        return;
    json_t *o = report_json(l, all);
    FILE *f = to_stdout ? stdout : fopen(l->o.json, "w");
    if (!f || json_dumpf(o, f, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0)
        fprintf(stderr, "%s cannot be written.\n", l->o.json);
    if (f)
        fputc('\n', f);
    if (f && !to_stdout)
        fclose(f);
    json_decref(o);
}
