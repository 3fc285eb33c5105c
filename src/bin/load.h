/* `conclave-bot load`: many participants in one process on one thread, to load a media server and
 * to measure it. What all systems share is here and in load_*.c; a system's signalling is an
 * adapter: load_conclave.c for our server, others to the same table.
 *
 *     main loop (load.c)  --join, connected, leave-->  adapter
 *     adapter  --load_transport, load_publish, load_listen, load_failed-->  load_peer.c
 *
 * knows: participants, traces, measures. knows not: a system's messages (the adapters do).
 * owns: the participants and their sockets. */
#ifndef BIN_LOAD_H
#define BIN_LOAD_H

#include <netinet/in.h>

#include "bin/cmd_args.h"
#include "bin/load_measure.h"
#include "client/client.h"

enum { LOAD_SERVER_PIDS = 16, LOAD_LINKS = 256, LOAD_PEERS_MAX = 20000, LOAD_TRACKS = 2 };

enum load_profile { LOAD_AUDIO, LOAD_VIDEO600, LOAD_VIDEO2500, LOAD_TILES };

struct load_options {
    const char *system; /* name of the adapter: "conclave" */
    const char *links[LOAD_LINKS];
    uint32_t link_count;
    const char *server;           /* --server URL, with --create */
    uint32_t create;              /* meetings to make */
    uint32_t publishers, viewers; /* a room */
    uint32_t rooms;               /* links, or create */
    enum load_profile profile;
    uint32_t max_viewers;   /* of all rooms, for --search */
    uint32_t p99_ms;        /* delay that --search allows */
    uint32_t tiles, voices; /* video and audio tracks that one participant watches */
    bool cm, gro, search, insecure;
    bool climb;       /* the search ends at the first number that is too many */
    bool voice_slots; /* audio by the server's choice of the loudest */
    bool lead;        /* publishers are in before viewers come */
    uint32_t seconds, warmup_s;
    uint32_t ramp, batch; /* joins a second, of which so many come at once */
    uint32_t every_s;     /* tells of so many seconds at a time; 0: at the end alone */
    int cpu;              /* -1: not pinned */
    uint64_t seed;
    const char *json, *ca;
    pid_t pids[LOAD_SERVER_PIDS];
    uint32_t pid_count;
};

enum load_dir { LOAD_SEND, LOAD_RECV };

struct load;

/* What an adapter may read of a participant, and the one field that is its own. */
struct load_peer {
    uint32_t number, room; /* number: 0 .. peers - 1; room: 0 .. rooms - 1 */
    bool publishes, watches;
    uint32_t want_video, want_audio; /* tracks to watch at most */
    uint8_t want_layer;              /* simulcast layer to ask for, 0 the lowest */
    struct load *load;
    void *signal; /* *owned* by the adapter */
};

/* The command, after its name: gives the exit status. */
int load_main(int argc, char **argv);

/* ---- the adapter's table ---- */

struct load_adapter {
    const char *name;
    /* State of the whole run, or NULL with the reason in `why`. */
    void *(*open)(struct load *l, const struct load_options *o, struct complaint *why);
    void (*close)(void *s);
    /* Its event loop inside ours: wake service when the descriptor is readable, or after wait_ms
     * (-1: no need). service never blocks. */
    int (*descriptor)(void *s);
    int (*wait_ms)(void *s);
    void (*service)(void *s);
    /* Starts to bring the participant in; the rest follows by the calls below. */
    void (*join)(void *s, struct load_peer *p);
    /* Its transport of that direction has keys (a system may publish or subscribe only now). */
    void (*connected)(void *s, struct load_peer *p, enum load_dir dir);
    void (*leave)(void *s, struct load_peer *p);
};

extern const struct load_adapter load_conclave;
extern const struct load_adapter load_janus;

/* ---- what an adapter calls ---- */

/* Credentials and certificate that signalling tells the server. The transport is made when it is
 * first asked for; a peer uses LOAD_SEND, LOAD_RECV or both. NULL: no memory or socket. */
struct load_local {
    const char *ufrag, *pwd;
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
};
const struct load_local *load_local(struct load_peer *p, enum load_dir dir);
/* The server's side as signalled: starts ICE and DTLS. address: where its UDP candidate is. */
void load_transport(struct load_peer *p, enum load_dir dir, const struct client_remote *remote,
                    const struct sockaddr_storage *address);
/* The kinds that this peer publishes, in order: fills `kinds`, gives their count. */
uint32_t load_publishes(const struct load_peer *p, enum ipc_kind kinds[LOAD_TRACKS]);
/* How many encodings a published track of that kind has (simulcast). */
uint8_t load_encodings(const struct load_peer *p, enum ipc_kind kind);
/* Publishes over LOAD_SEND: fills in the SSRCs of `track`. Media flows once it is connected and
 * load_publish_start was called (the server knows the track). -1: no room. */
int load_publish(struct load_peer *p, struct client_track *track);
void load_publish_start(struct load_peer *p, int track);
/* How many encodings of it the server wants, from the lowest on. Until told: all. */
void load_wanted(struct load_peer *p, int track, uint8_t encodings);
/* A stream that will arrive over LOAD_RECV. */
bool load_listen(struct load_peer *p, const struct client_stream *stream);
/* This peer got so far: the session with the server is open, it is inside, its receiving
 * transport's address is known. */
void load_step(struct load_peer *p, enum measure_step step);
/* All that this peer wanted is asked for and answered. */
void load_settled(struct load_peer *p);
/* The participant could not come in, or fell out: it counts as failed. */
void load_failed(struct load_peer *p, const char *why);

#endif
