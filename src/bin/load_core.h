/* What the files of `conclave-bot load` share; adapters include load.h only.
 * owns: see load.h. */
#ifndef BIN_LOAD_CORE_H
#define BIN_LOAD_CORE_H

#include <jansson.h>

#include "bin/load.h"
#include "bin/load_measure.h"
#include "bin/load_trace.h"
#include "crypt/cert.h"

enum {
    LOAD_BATCH = 64,        /* datagrams of one receive */
    LOAD_OUT = 256,         /* datagrams of one flush */
    LOAD_BYTES = 1 << 16,   /* room for one receive: with GRO up to 64 KB */
    LOAD_STREAMS_MAX = 1024 /* of one participant */
};

struct load_member;

enum load_timer_kind { LOAD_TIMER_LANE, LOAD_TIMER_SOURCE };

struct load_timer {
    instant_us at;
    uint32_t place; /* in the heap, 0: not there */
    enum load_timer_kind kind;
};

/* A key frame that is being received. */
struct load_key {
    bool begun, ended;
    uint16_t first, last, count; /* sequence numbers; packets so far */
    uint32_t ts;
};

struct load_stream {
    bool used;
    enum ipc_kind kind;
    instant_us last_at;
    uint64_t base_expected, base_packets, base_duplicates;
    struct load_key key;
};

/* One transport of a participant and its socket. */
struct load_lane {
    struct load_timer timer;
    struct load_member *member;
    enum load_dir dir;
    int fd; /* -1: none yet */
    bool connected;
    struct client *client; /* *owned*; NULL: not used */
    struct load_local local;
    struct load_stream *streams; /* *owned*, by the client's stream numbers */
    uint32_t stream_count;
};

/* A published track that follows the trace. */
struct load_source {
    struct load_timer timer;
    struct load_member *member;
    const struct load_trace *trace;
    int track; /* of the client, -1: none */
    bool audio, talks;
    uint8_t wanted; /* encodings that anybody watches, from the lowest on */
    bool keyframe_wanted[LIMIT_TRACK_ENCODINGS];
    instant_us started_at;
    uint32_t cursor;
    uint32_t ts_base;
};

enum load_state { LOAD_OUTSIDE, LOAD_JOINING, LOAD_SETTLED, LOAD_BROKEN, LOAD_GONE };

struct load_member {
    struct load_peer peer; /* first: an adapter's pointer is ours */
    enum load_state state;
    struct load_lane lane[2];
    struct load_source source[LOAD_TRACKS];
    instant_us joined_at, media_at; /* start; first media packet, 0: none yet */
    instant_us framed_at;           /* first whole key frame, 0: none yet */
    struct measure_receiver measured;
};

/* A part of the measured time; expected and lost are sums since its beginning. */
struct load_slice {
    struct measure_times delay;
    uint64_t expected, lost;
};

/* What ended a search. */
enum load_bound { LOAD_CARRIED, LOAD_JOINS, LOAD_SILENCE, LOAD_LOSS, LOAD_DELAY };

struct load {
    struct load_options o;
    const struct load_adapter *adapter;
    void *signal; /* *owned* by the adapter */
    struct cert *cert;
    struct dtls_ctx *dtls;
    int epoll;
    struct load_member *members;
    uint32_t member_count, target; /* there are; should be in */
    uint32_t joining, inside, broken;
    uint32_t told_broken;     /* at the end of the measured time */
    uint32_t capacity;        /* of --search: viewers that were carried */
    struct load_timer **heap; /* from 1 */
    uint32_t heap_count, heap_cap;
    struct load_trace trace[LOAD_TRACKS]; /* audio, video */
    struct measure measure;
    struct measure_arrival arrival;
    struct load_slice slice, told; /* the running one; what was told of the one before */
    json_t *slices;                /* *owned*; NULL: none was ended */
    enum load_bound bound;         /* of --search, LOAD_CARRIED: the number of viewers allowed */
    bool measuring;
    bool poked;            /* the adapter was called: its loop must run */
    instant_us service_at; /* when its loop wants to */
    instant_us now;        /* monotonic: timers and transports */
    int64_t unix_us;       /* wall clock minus now */
    uint64_t random;
    instant_us next_join;
    char last_trouble[160];
    struct client_out out;
    struct span out_datagrams[LOAD_OUT];
    uint8_t out_bytes[LOAD_OUT * CLIENT_DATAGRAM_MAX];
    struct load_receive *receive; /* *owned* */
};

/* load_loop.c */
instant_us load_now(void);
void load_timer_set(struct load *l, struct load_timer *t, instant_us at);
void load_timer_clear(struct load *l, struct load_timer *t);
/* Runs until the time, or until `done` says so. */
void load_run(struct load *l, instant_us until, bool (*done)(const struct load *l));
bool load_loop_open(struct load *l);
void load_loop_close(struct load *l);

/* load_peer.c */
void load_member_join(struct load *l, struct load_member *m);
void load_member_leave(struct load *l, struct load_member *m);
void load_member_fini(struct load_member *m);
void load_lane_readable(struct load *l, struct load_lane *a);
void load_lane_due(struct load *l, struct load_lane *a);
void load_source_due(struct load *l, struct load_source *s);
struct load_receive *load_receive_open(bool gro);
void load_receive_close(struct load_receive *r);

/* load_count.c */
enum { LOAD_MAGIC = 6 };
extern const uint8_t load_magic[LOAD_MAGIC]; /* of each payload */
void load_count_packet(struct load *l, struct load_member *m, const struct client_packet *p,
                       struct load_stream *s);
/* Tells of the time since the slice before. */
void load_slice_end(struct load *l);
/* A measured time, and then a while for what is still on its way. */
void load_measure_begin(struct load *l);
void load_measure_cpu(struct load *l);
void load_measure_end(struct load *l);

/* load_args.c */
/* EXIT_DONE, or the exit status after a sentence; *help: it was asked for and printed. */
int load_args(int argc, char **argv, struct load_options *o, bool *help);

/* load_report.c */
void load_report(const struct load *l, bool all);
void load_report_slice(const json_t *slice); /* one line on standard error */
const char *load_bound_words(enum load_bound b);
const char *load_profile_name(enum load_profile p);

#endif
