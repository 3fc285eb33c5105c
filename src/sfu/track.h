/* A published track and its encodings (simulcast layers): what arrives, how well, and what is kept
 * for retransmission. knows: one publisher's streams. knows not: receivers' wishes.
 * owns: nothing outside its struct. */
#ifndef SFU_TRACK_H
#define SFU_TRACK_H

#include "base/list.h"
#include "proto/nack.h"
#include "sfu/gop.h"
#include "sfu/keyframe.h"
#include "sfu/layer.h"
#include "sfu/layer_cut.h"
#include "sfu/meter.h"
#include "sfu/mirror.h"
#include "sfu/packet.h"
#include "sfu/police.h"
#include "sfu/reception.h"
#include "sfu/rewrite.h"
#include "sfu/sfu.h"
#include "sfu/speaker.h"
#include "sfu/want.h"

struct transport;
struct room;
struct peer;

enum { TRACK_AUDIO_RATE = 48000, TRACK_VIDEO_RATE = 90000 };

struct encoding {
    uint32_t ssrc, rtx_ssrc; /* 0: not known yet */
    char rid[IPC_MID_MAX + 1];
    bool active; /* packets came within PICK_IDLE_US */
    instant_us heard_at;
    int64_t highest;
    uint32_t unfinished_in; /* round in which a frame has begun and not ended; 0: none */
    struct keyframe keyframe;
    struct reception reception;
    struct meter meter;                          /* what arrives */
    rate_bps bps;                                /* the same, smoothed; 0: not known yet */
    instant_us measured_at;                      /* when that was brought up to date */
    uint32_t by_temporal[LIMIT_TEMPORAL_LAYERS]; /* bytes of each layer, the older the less */
    struct rewrite_clock clock;                  /* of the last sender report */
    instant_us clock_at;
    struct nack nack;
    struct gop gop;
    bool key_seen;   /* H.264 without descriptors: */
    uint32_t key_ts; /* of the last key frame */
    struct layer_described described;
    uint32_t history[LIMIT_RTX_HISTORY]; /* packet numbers by seq modulo */
};

struct track {
    uint32_t id;
    uint8_t kind, source; /* enum ipc_kind, enum ipc_source */
    bool paused;
    uint8_t pt, rtx_pt;
    uint8_t encodings;
    uint8_t codec;    /* enum ipc_codec */
    uint8_t layers;   /* encodings, or spatial layers inside the only one */
    uint8_t temporal; /* layers, at least 1 */
    uint8_t ext[IPC_EXT_COUNT_];
    uint8_t orientation;  /* last that the publisher told */
    uint8_t loudest;      /* audio level since the last look, 127: silence */
    bool unheard;         /* a microphone whose packets nobody gets now */
    uint32_t rate;        /* of its RTP clock */
    struct police police; /* of a microphone */
    struct speaker speaker;
    struct want want;
    struct layer_size size[LIMIT_TRACK_ENCODINGS]; /* of its layers, all said or guessed */
    struct list subscriptions;
    struct transport *transport; /* NULL: published in another process, see mirror.h */
    struct room *room;
    struct peer *peer;
    struct mirror mirror;
    struct handle self;
    struct list transport_node, room_node; /* or in peer.mirrors */
    char mid[IPC_MID_MAX + 1];
    struct encoding *encoding; /* `encodings` of them at least, from sfu.encodings */
    struct handle block;
    uint8_t block_size; /* which of those pools */
};

/* Tracks have 1 encoding or few: how many a block of each size has. */
enum { TRACK_BLOCKS = 3 };
static inline uint32_t track_block(uint32_t size)
{
    static const uint8_t counts[TRACK_BLOCKS] = {1, 2, LIMIT_TRACK_ENCODINGS};
    return counts[size];
}

struct sfu;

enum err track_open(struct sfu *s, const struct ipc_track_open *m);
/* A track of a peer whose transports are in another process. */
enum err track_mirror(struct sfu *s, const struct ipc_mirror_open *m);
enum err track_set(struct sfu *s, const struct ipc_track_set *m, instant_us now);
void track_close(struct sfu *s, struct track *t);
/* Its layers lie inside one encoding. */
static inline bool track_scalable(const struct track *t)
{
    return t->layers > t->encodings;
}
/* What arrived counts for its temporal layer; 0 where there are none. */
void track_note_temporal(struct encoding *e, uint8_t temporal, uint16_t bytes);
/* Of the layer's rate, in 1024ths, what its temporal layers up to this one take. */
uint32_t track_temporal_share(const struct track *t, uint8_t layer, uint8_t temporal);
/* The encoding that carries a layer. */
static inline uint8_t track_encoding(const struct track *t, int layer)
{
    return track_scalable(t) ? 0 : (uint8_t)layer;
}
/* Bit i: layer i is active. */
unsigned track_active(const struct track *t);
/* Marks an encoding as heard; the first packet after silence lets receivers choose it. */
void track_heard(struct sfu *s, struct track *t, uint8_t encoding, instant_us now);
/* Receivers choose anew: what is active has changed. */
void track_choose_all(struct sfu *s, struct track *t);
/* Tells front when more or fewer of its encodings are wanted than it knows. */
void track_tell_wanted(struct sfu *s, struct track *t);
/* Notices encodings that fell silent, and tells what is wanted. */
void track_watch(struct sfu *s, struct track *t, instant_us now);
/* What a layer and those below it in its encoding take in bits a second: measured, or a guess from
 * its place while it is new. Of layers inside one encoding only the sum is measured. */
rate_bps track_bps(const struct track *t, uint8_t layer);
/* Wants a key frame of one encoding; sent at once when the throttle allows. */
void track_want_keyframe(struct sfu *s, struct track *t, uint8_t encoding);

#endif
