/* One track as one receiver gets it: the layer chosen, the rewritten stream, its header template.
 * knows: one receiver's stream. knows not: other receivers. owns: nothing outside its struct. */
#ifndef SFU_SUBSCRIPTION_H
#define SFU_SUBSCRIPTION_H

#include "base/list.h"
#include "proto/seal.h"
#include "sfu/layer.h"
#include "sfu/layer_cut.h"
#include "sfu/pick.h"
#include "sfu/rewrite.h"
#include "sfu/sfu.h"

enum { TEMPLATE_MAX = 64, TEMPLATE_NONE = 0 };

struct track;
struct transport;

/* The RTP header as this receiver expects it, written once; a packet's own values are patched at
 * the offsets (TEMPLATE_NONE: the receiver did not negotiate the extension). */
struct header_template {
    uint8_t bytes[TEMPLATE_MAX];
    uint8_t len;
    uint8_t abs_send_time, twcc, level, orientation;
    uint8_t dependency; /* of the last element, whose length is each packet's own */
};

struct subscription {
    struct list track_node; /* in track.subscriptions or room.voices: the hot path walks these */
    struct transport *transport;
    struct track *track; /* NULL: a slot of the room's voices */
    bool paused;
    uint8_t slot;           /* place of the ranking, from 1 on; 0: of `track` */
    uint8_t turn;           /* of a slot: counts its switches, as the segments' encoding */
    uint32_t source;        /* of a slot: the track that it carries, 0: none yet */
    uint8_t cap;            /* highest layer that the receiver asked for */
    uint8_t priority;       /* enum ipc_priority */
    struct layer_size tile; /* that it is shown in */
    int8_t counted;         /* encoding that track.want has it under, WANT_NOTHING */
    uint8_t pt, rtx_pt;
    struct pick pick;
    struct layer_cut cut; /* inside the encoding that it gets */
    uint8_t temporal;     /* highest temporal layer that it should get */
    struct rewrite rewrite;
    struct header_template header, rtx_header;
    struct seal_stream stream, rtx_stream;
    uint32_t ssrc, rtx_ssrc;
    uint16_t rtx_seq;
    uint8_t pad_back;      /* which of the last packets the next padding repeats */
    instant_us hold_until; /* not hold_encoding or above before: it was stepped down from */
    uint8_t hold_encoding;
    instant_us raised_at;     /* last step up */
    duration_us hold_us;      /* how long the next step down holds */
    uint32_t packets, octets; /* sent, for sender reports */
    instant_us burst_at;      /* last start from kept packets */
    int64_t rtx_bytes; /* that may be sent again: grows with what is sent, up to a cap (A12) */
    uint32_t id;
    struct handle self;
    struct list transport_node;
};

struct sfu;

enum err subscription_open(struct sfu *s, const struct ipc_subscription_open *m);
enum err subscription_set(struct sfu *s, const struct ipc_subscription_set *m);
void subscription_close(struct sfu *s, struct subscription *u);
/* Chooses the layer anew and asks for the key frame that the change needs. */
void subscription_choose(struct sfu *s, struct subscription *u);
/* The receiver lost its picture, or starts: a key frame of what it gets or waits for. */
void subscription_want_keyframe(struct sfu *s, struct subscription *u);
/* The track that arrives by it now, or NULL. */
const struct track *subscription_source(const struct sfu *s, const struct subscription *u);
/* That of a transport with this SSRC (its own or its RTX one), or NULL. */
struct subscription *subscription_by_ssrc(struct sfu *s, const struct transport *t, uint32_t ssrc);

#endif
