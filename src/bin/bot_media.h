/* The bot's sound and pictures. Its parts: the two transports and their sockets (bot_media.c),
 * tracks as the server knows them (bot_tracks.c), what is sent (bot_camera.c), what arrives
 * (bot_watch.c), what is said of it at the end (bot_facts.c).
 * knows: client.h, the codecs of av/, frames sealed and opened by e2ee/media.h. knows not: MLS.
 * owns: transports, encoders, decoders and the recording, from bot_media_open to bot_media_close.
 *
 * After a lost connection, a server that was started again or a silent network everything is
 * opened anew (a round); what was seen and heard of a person goes on being counted. */
#ifndef BIN_BOT_MEDIA_H
#define BIN_BOT_MEDIA_H

#include <stdio.h>

#include "av/codec.h"
#include "av/file.h"
#include "av/recording.h"
#include "av/timeline.h"
#include "bin/bot.h"
#include "client/client.h"
#include "client/queue.h"
#include "e2ee/media.h"
#include "io/tcp.h"
#include "proto/red.h"

struct udp_batch;

enum {
    BOT_STREAMS = 128, /* tracks of others that are remembered */
    BOT_TILES = 25,    /* pictures watched at once */
    BOT_FRAME_MAX = 1 << 18,
    BOT_LAYERS = 2,
    BOT_WIDTH = 640,
    BOT_HEIGHT = 360,
    BOT_FPS = 30,
    BOT_SCREEN_WIDTH = 1280,
    BOT_SCREEN_HEIGHT = 720,
    BOT_SCREEN_FPS = 5,
    BOT_SEALED_MORE = SFRAME_HEADER_MAX + SFRAME_TAG,
};

/* ---- the door: called by bot.c, bot_talk.c and bot_request.c; nothing happens without media ----
 */

/* ERR_CONFIG with a sentence. */
enum err bot_media_open(struct bot *b, const struct bot_flags *f, struct complaint *why);
/* Ends the recording, prints what was seen; b->status becomes EXIT_FAILED when --check or the
 * recording says so. */
void bot_media_close(struct bot *b);
void bot_media_begin(struct bot *b); /* the session is open, perhaps again: opens all anew */
void bot_media_goodbye(struct bot *b);
void bot_media_member(struct bot *b, const json_t *m); /* with a list of tracks */
void bot_media_gone(struct bot *b, uint32_t member);
void bot_media_track(struct bot *b, const json_t *m);
void bot_media_track_closed(struct bot *b, const json_t *m);
void bot_media_track_changed(struct bot *b, const json_t *m);
/* Whether one's own microphone carries earlier sound along; cameras send all their layers. */
void bot_media_track_wanted(struct bot *b, const json_t *m);
void bot_media_unsubscribed(struct bot *b, const json_t *m);
void bot_media_transport_state(struct bot *b, const json_t *m);
void bot_media_restarted(struct bot *b, const json_t *m);
void bot_media_answer(struct bot *b, const struct bot_request *asked, const json_t *m);
void bot_media_people(struct bot *b); /* who is in the group, or its keys, changed */
void bot_media_forget(struct bot *b, uint64_t epoch);
void bot_media_mute(struct bot *b, bool muted);
void bot_media_video(struct bot *b, bool on);
void bot_media_readable(struct bot *b, enum bot_lane lane);
void bot_media_due(struct bot *b);

/* ---- the inside ---- */

enum bot_source { BOT_MIC, BOT_CAMERA, BOT_SCREEN, BOT_SOURCES };

/* One transport of the running round. */
struct bot_transport {
    struct client *client; /* NULL: not open */
    void *storage;
    int fd;                      /* of a carrier: the same, and the carrier's */
    struct tcp_carrier *carrier; /* *owned*; NULL: UDP */
    uint32_t id;                 /* the server's; 0: none */
    bool connected;
};

/* A source of our own. */
struct bot_own {
    bool wanted, paused;
    int local;      /* the client's number, or -1 */
    uint32_t track; /* the server's, 0: not published yet */
    struct media_sender sender;
};

struct bot_layer {
    struct video_encoder *encoder;
    struct picture picture;
    uint8_t *memory;
    uint32_t rate_bps;
    bool wants_key;
};

/* A camera or a screen. */
struct bot_camera {
    enum bot_source source;
    unsigned layers, fps;     /* pictures a second of the largest layer */
    struct file_source *film; /* NULL: drawn */
    struct drawing drawing;
    struct bot_layer layer[BOT_LAYERS]; /* lowest first */
    instant_us began;
    uint32_t number; /* of the next picture */
    uint32_t rtp_from;
    bool strained; /* the path has no room for the large layer */
};

struct bot_voice {
    struct file_source *sound; /* NULL: a tone */
    struct tone tone;
    struct audio_encoder *encoder;
    instant_us began;
    uint32_t number; /* of the next piece of 20 ms */
    uint32_t rtp_from;
    struct red_memory sent; /* under the keys of `epoch` */
    uint64_t epoch;
    bool carries; /* earlier pieces in each packet, as the server asked */
    uint8_t coded[AUDIO_FRAME_MAX + RED_MORE];
};

/* What a line of the trace has counted already. */
struct bot_traced {
    uint64_t bytes, frames, lost, gaps, freezes;
};

/* What is known of somebody's pictures or sound, over all rounds. */
struct bot_facts {
    uint64_t frames;        /* opened, and decoded when we decode */
    uint64_t unopened;      /* frames that SFrame did not open */
    uint64_t undecodable;   /* opened, but the decoder refused them */
    uint64_t lost;          /* times that frames before one were missing */
    uint64_t marked, wrong; /* pictures with a marker; with a wrong one, or one out of order */
    uint64_t freezes;       /* longer than BOT_FREEZE_US */
    duration_us longest;    /* between two pictures, or two pieces of sound, at their arrival */
    uint64_t gaps;          /* sound: pieces that never came */
    uint64_t judged, toned; /* sound: times that a tone was looked for, and found */
    uint16_t width, height;
    uint16_t last_mark;
    uint8_t mark;
    unsigned tone_hz;
    instant_us last_at;         /* 0: nothing to be waited for */
    duration_us traced_longest; /* as longest, since the last line of the trace */
    struct bot_traced traced;
    bool told; /* that it arrived, of this subscription */
};

/* A track of somebody else. */
struct bot_stream {
    bool used;
    uint8_t participant[E2EE_PARTICIPANT];
    enum sframe_context context;
    char name[E2EE_NAME_MAX + 1];
    bool bot;                             /* the group says so */
    uint32_t member, track, subscription; /* the server's; 0: not now */
    bool asked, paused;
    int local; /* the client's number, or -1 */
    bool in_group;
    struct media_receiver receiver;
    bool keyed; /* the decoder had a key frame */
    instant_us asked_key;
    struct video_decoder *pictures;
    struct audio_decoder *sound;
    struct queue *queue; /* of sound, from its first piece on */
    uint32_t last_ts;
    bool has_ts;
    int16_t ear[SOUND_EAR];
    size_t heard;
    instant_us judge_at;
    int recorded;                 /* the recording's track, or -1 */
    struct timeline_sender clock; /* of the person's first stream of this pair, used by both */
    struct timeline timeline;
    instant_us clocked_at; /* arrival of the report that the timeline has */
    struct bot_facts facts;
};

struct bot_media {
    struct bot *bot;
    struct bot_flags flags;
    bool watches, begun;
    struct cert *cert;
    struct dtls_ctx *dtls;
    uint32_t round, tries; /* tries: which of the server's addresses is next */
    instant_us retry_at, began, ended, recording_from;
    struct bot_transport lane[BOT_LANES];
    struct bot_own own[BOT_SOURCES];
    struct bot_camera camera, screen;
    struct bot_voice voice;
    struct bot_stream stream[BOT_STREAMS];
    struct recording *recording;
    bool recording_failed;
    FILE *trace; /* NULL: none is wanted */
    instant_us trace_at;
    struct udp_batch *batch;
    struct client_out out;
    struct client_datagram *in;
    struct client_packet *packets;
    uint8_t *sealed, *opened; /* BOT_FRAME_MAX + BOT_SEALED_MORE */
    int16_t *samples;         /* AUDIO_DECODED_MAX */
};

/* bot_media.c */
void bot_media_flush(struct bot_media *m, enum bot_lane lane); /* sends what is in m->out */
void bot_media_again(struct bot_media *m, duration_us after);  /* a new round, after a while */

/* bot_tracks.c */
void bot_tracks_transport(struct bot_media *m, enum bot_lane lane); /* it has its credentials */
void bot_tracks_end_round(struct bot_media *m);
void bot_tracks_answer(struct bot_media *m, const struct bot_request *asked, const json_t *answer);

/* bot_camera.c */
enum err bot_camera_open(struct bot_media *m, struct complaint *why);
void bot_camera_close(struct bot_media *m);
void bot_camera_key(struct bot_media *m, const struct client_event *e);
void bot_camera_rate(struct bot_media *m, uint32_t rate_bps);
void bot_camera_due(struct bot_media *m, instant_us now);
instant_us bot_camera_deadline(const struct bot_media *m);

/* bot_watch.c */
void bot_watch_frame(struct bot_media *m, const struct client_frame *f);   /* pictures */
void bot_watch_packet(struct bot_media *m, const struct client_packet *p); /* sound */
void bot_watch_people(struct bot_media *m);
void bot_watch_rest(struct bot_stream *s); /* a track that is silent on purpose is not waited for */
void bot_watch_close(struct bot_media *m);

/* bot_facts.c */
void bot_facts_first(const struct bot_stream *s);
void bot_facts_recording(const struct bot_stream *s);
/* The trace: a CSV line for each track at the end of each second of the world's clock.
 * ERR_CONFIG with a sentence. Without a file nothing is due and nothing written. */
enum err bot_facts_trace_open(struct bot_media *m, struct complaint *why);
void bot_facts_trace_due(struct bot_media *m, instant_us now);
void bot_facts_trace_close(struct bot_media *m);
/* Prints all; false when --check is not met. */
bool bot_facts_end(struct bot_media *m);

#endif
