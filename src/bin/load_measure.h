/* What a run found: histograms of times, counts a receiver, the server's processor time; a table
 * for people and JSON. knows: numbers, processes' clocks. knows not: participants. owns: nothing.
 */
#ifndef BIN_LOAD_MEASURE_H
#define BIN_LOAD_MEASURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/instant.h"

enum {
    MEASURE_FINE = 32,                   /* buckets of the doubling of a time: 3 % wide */
    MEASURE_BUCKETS = 28 * MEASURE_FINE, /* up to 2^28 us */
    MEASURE_COARSE = 28 * 4,             /* of one receiver: 19 % wide */
    MEASURE_SERVERS = 16,                /* processes of the server */
};

struct measure_times {
    uint64_t count, max_us;
    uint64_t bucket[MEASURE_BUCKETS];
};

void measure_time(struct measure_times *t, int64_t us);
/* The time below which that share of 1000 lies, to the bucket's upper end; 0 when there is none. */
uint64_t measure_share(const struct measure_times *t, unsigned thousandth);

/* What a newcomer gets through, in order; of all from its start. */
enum measure_step { STEP_SESSION, STEP_INSIDE, STEP_ADDRESS, STEP_KEYS, STEP_COUNT_ };
const char *measure_step_name(enum measure_step step);

/* One participant that receives. */
struct measure_receiver {
    uint64_t expected, received, duplicates, bytes;
    uint32_t streams, silent; /* listened to; of them, nothing came */
    uint32_t delay_max_us;
    uint32_t bucket[MEASURE_COARSE];
};

void measure_delay(struct measure_receiver *r, int64_t us);
uint64_t measure_receiver_share(const struct measure_receiver *r, unsigned thousandth);

struct measure {
    instant_us from, to;
    struct measure_times delay, audio_delay, join, first_frame, lateness, step[STEP_COUNT_];
    uint64_t sent, sent_bytes, received, received_bytes, expected, lost, duplicates;
    uint64_t audio_expected, audio_lost;
    uint64_t audio_gaps; /* longer than 100 ms */
    uint64_t audio_gap_max_us;
    uint64_t batches; /* receive calls that gave something */
    uint32_t receivers, lossy, silent_streams;
    uint64_t own_cpu_us;                      /* of this process */
    uint64_t server_cpu_us;                   /* of the named ones */
    uint64_t server_each_us[MEASURE_SERVERS]; /* in their order */
    bool has_server;
};

/* The time in which all came in, until the last was settled. */
struct measure_arrival {
    uint64_t took_us;
    struct measure_times settled; /* of each: from its start until all is answered */
    uint64_t own_cpu_us, server_each_us[MEASURE_SERVERS];
    /* resident memory of the server's processes, before anybody came and when all have media */
    uint64_t before_kb[MEASURE_SERVERS], after_kb[MEASURE_SERVERS];
};

/* Resident memory of a process in KiB; 0 when it is gone. */
uint64_t measure_memory_kb(pid_t pid);
/* Processor time, user and system, of a process with all its threads; 0 when it is gone. */
uint64_t measure_cpu_us(pid_t pid);

#endif
