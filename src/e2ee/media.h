/* Media frames on their way out and in: which key, which counter, whose frame, what is dropped.
 * knows: SFrame (sframe.h), the session's keys (e2ee.h), the clear bytes of Opus and VP8.
 * knows not: RTP, transports. owns: derived keys and replay windows; wiped by fini.
 *
 * A frame on the wire: clear bytes || SFrame header || ciphertext || tag. The browser's transform
 * worker keeps to the same rules (web/src/e2ee/transform.ts). Drop reasons are results, not errors;
 * a frame that does not open is never given out. */
#ifndef E2EE_MEDIA_H
#define E2EE_MEDIA_H

#include "e2ee/e2ee.h"

enum media_codec { MEDIA_OPUS, MEDIA_VP8 };
enum media_result {
    MEDIA_DONE,
    MEDIA_FORM,    /* too short, a header that is malformed, a KID with bits that we never set */
    MEDIA_CONTEXT, /* another kind of source than the track's */
    MEDIA_LEAF,    /* somebody else than the track's owner */
    MEDIA_EPOCH,   /* no key: an epoch that is not held */
    MEDIA_REPLAY,  /* a counter seen before, or too old */
    MEDIA_TAG,     /* does not open */
    MEDIA_STOPPED, /* sending: the session is not secure */
    MEDIA_RESULT_COUNT_,
};

/* Bytes of the frame that stay readable: none of Opus; of VP8 one, and ten of a key frame (RFC 7741
 * section 4.3: the frame tag, start code and dimensions). */
size_t media_clear(enum media_codec codec, struct span frame);

/* One for each context of a person, for the whole meeting, over all simulcast layers and restarts
 * of the source: its counter never goes back inside an epoch. */
struct media_sender {
    enum sframe_context context;
    bool held;
    uint64_t epoch, counter;
    uint32_t leaf;
    struct sframe_key key;
};
void media_sender_init(struct media_sender *s, enum sframe_context context);
void media_sender_fini(struct media_sender *s);

struct media_frame {
    const struct sframe_aead *aead;
    enum media_codec codec;
    struct span in;
    uint8_t *out; /* in.len + SFRAME_HEADER_MAX + SFRAME_TAG bytes */
    size_t *out_len;
};
enum media_result media_seal(struct media_sender *s, const struct e2ee *e,
                             const struct media_frame *f);

struct media_slot {
    bool held;
    uint64_t epoch, kid;
    struct sframe_key key;
    struct sframe_window window;
};
/* One for each track; leaf and context are those of the participant that the track is said to be
 * of. */
struct media_receiver {
    enum sframe_context context;
    uint32_t leaf;
    struct media_slot slot[2]; /* the epoch and the one before */
    uint64_t count[MEDIA_RESULT_COUNT_];
};
void media_receiver_init(struct media_receiver *r, enum sframe_context context, uint32_t leaf);
void media_receiver_fini(struct media_receiver *r);
/* On E2EE_OUT_FORGET. */
void media_receiver_forget(struct media_receiver *r, uint64_t epoch);
enum media_result media_open(struct media_receiver *r, const struct e2ee *e,
                             const struct media_frame *f);

#endif
