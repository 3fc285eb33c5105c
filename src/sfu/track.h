/* A published track and its encodings (simulcast layers): what arrives, how well, and what is kept
 * for retransmission. knows: one publisher's streams. knows not: receivers' wishes.
 * owns: nothing outside its struct. */
#ifndef SFU_TRACK_H
#define SFU_TRACK_H

#include "base/list.h"
#include "proto/nack.h"
#include "sfu/keyframe.h"
#include "sfu/packet.h"
#include "sfu/police.h"
#include "sfu/reception.h"
#include "sfu/rewrite.h"
#include "sfu/sfu.h"

struct transport;
struct room;

enum { TRACK_AUDIO_RATE = 48000, TRACK_VIDEO_RATE = 90000 };

struct encoding {
    uint32_t ssrc, rtx_ssrc; /* 0: not known yet */
    char rid[IPC_MID_MAX + 1];
    bool active; /* packets came within PICK_IDLE_US */
    instant_us heard_at;
    int64_t highest;
    struct keyframe keyframe;
    struct reception reception;
    struct rewrite_clock clock; /* of the last sender report */
    instant_us clock_at;
    struct nack nack;
    uint32_t history[LIMIT_RTX_HISTORY]; /* packet numbers by seq modulo */
};

struct track {
    uint32_t id;
    uint8_t kind, source; /* enum ipc_kind, enum ipc_source */
    bool paused;
    uint8_t pt, rtx_pt;
    uint8_t encodings;
    uint8_t ext[IPC_EXT_COUNT_];
    uint8_t orientation;  /* last that the publisher told */
    uint8_t loudest;      /* audio level since the last look, 127: silence */
    uint32_t rate;        /* of its RTP clock */
    struct police police; /* of a microphone */
    struct list subscriptions;
    struct transport *transport;
    struct room *room;
    struct handle self;
    struct list transport_node, room_node;
    char mid[IPC_MID_MAX + 1];
    struct encoding encoding[LIMIT_TRACK_ENCODINGS];
};

struct sfu;

enum err track_open(struct sfu *s, const struct ipc_track_open *m);
enum err track_set(struct sfu *s, const struct ipc_track_set *m, instant_us now);
void track_close(struct sfu *s, struct track *t);
/* Bit i: encoding i is active. */
unsigned track_active(const struct track *t);
/* Marks an encoding as heard; the first packet after silence lets receivers choose it. */
void track_heard(struct sfu *s, struct track *t, uint8_t encoding, instant_us now);
/* Notices encodings that fell silent. */
void track_watch(struct sfu *s, struct track *t, instant_us now);
/* Wants a key frame of one encoding; sent at once when the throttle allows. */
void track_want_keyframe(struct sfu *s, struct track *t, uint8_t encoding);

#endif
