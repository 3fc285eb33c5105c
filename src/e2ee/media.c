#include "e2ee/media.h"

#include "base/mutant.h"
#include "e2ee/suite.h"

enum {
    VP8_DELTA_CLEAR = 1,
    VP8_KEY_CLEAR = 10,
    KID_BITS = 4 + SFRAME_LEAF_BITS + SFRAME_EPOCH_BITS
};

size_t media_clear(enum media_codec codec, struct span frame)
{
    if (codec == MEDIA_OPUS || frame.len == 0)
        return 0;
    size_t n = (frame.ptr[0] & 1) == 0 ? VP8_KEY_CLEAR : VP8_DELTA_CLEAR; /* RFC 6386 9.1: P bit */
    return n < frame.len ? n : frame.len;
}

/* ---- out ---- */

void media_sender_init(struct media_sender *s, enum sframe_context context)
{
    *s = (struct media_sender){.context = context};
}

void media_sender_fini(struct media_sender *s)
{
    suite_wipe(s, sizeof *s);
}

/* The key of the epoch; a new one starts its counter at 0. The session gives none unless secure. */
static bool sender_key(struct media_sender *s, const struct e2ee *e)
{
    struct e2ee_status now;
    struct sframe_key key;
    e2ee_status(e, &now);
    if (now.phase != E2EE_SECURE)
        return false;
    if (s->held && s->epoch == now.epoch && s->leaf == now.leaf) {
        /* a group made anew begins at small epochs again: same numbers, another key */
        if (e2ee_media_key(e, s->context, now.leaf, now.epoch, &key) != ERR_OK)
            return false;
        bool same = suite_equal(key.key, s->key.key, sizeof key.key);
        suite_wipe(&key, sizeof key);
        if (same)
            return true;
    }
    s->held = e2ee_media_key(e, s->context, now.leaf, now.epoch, &s->key) == ERR_OK;
    s->epoch = now.epoch;
    s->leaf = now.leaf;
    s->counter = 0;
    return s->held;
}

enum media_result media_seal(struct media_sender *s, const struct e2ee *e,
                             const struct media_frame *f)
{
    size_t clear = media_clear(f->codec, f->in), sealed = 0;
    if (!sender_key(s, e) || s->counter == UINT64_MAX)
        return MEDIA_STOPPED;
    struct sframe_seal seal = {
        .aead = f->aead,
        .key = &s->key,
        .kid = sframe_kid(s->context, s->leaf, s->epoch),
        .counter = s->counter++,
        .clear = span_of(f->in.ptr, clear),
    };
    struct span payload = span_of(f->in.ptr + clear, f->in.len - clear);
    if (sframe_seal(&seal, payload, f->out, &sealed) != ERR_OK)
        return MEDIA_STOPPED;
    *f->out_len = sealed;
    return MEDIA_DONE;
}

/* ---- in ---- */

void media_receiver_init(struct media_receiver *r, enum sframe_context context, uint32_t leaf)
{
    memset(r, 0, sizeof *r);
    r->context = context;
    r->leaf = leaf;
}

void media_receiver_fini(struct media_receiver *r)
{
    suite_wipe(r, sizeof *r);
}

void media_receiver_forget(struct media_receiver *r, uint64_t epoch)
{
    for (size_t i = 0; i < 2; i++)
        if (r->slot[i].held && r->slot[i].epoch == epoch)
            suite_wipe(&r->slot[i], sizeof r->slot[i]);
}

/* The KID has the epoch's low bits: the current epoch or the one before, if any, has them too. */
static bool epoch_of(const struct e2ee *e, uint64_t kid, uint64_t *epoch)
{
    struct e2ee_status now;
    uint32_t mask = (1U << SFRAME_EPOCH_BITS) - 1;
    e2ee_status(e, &now);
    for (uint64_t back = 0; back < 2 && back <= now.epoch; back++)
        if (((now.epoch - back) & mask) == sframe_kid_epoch(kid)) {
            *epoch = now.epoch - back;
            return true;
        }
    return false;
}

/* A slot keeps its window as long as its epoch lives; a third epoch takes the older slot. */
static struct media_slot *slot_of(struct media_receiver *r, const struct e2ee *e, uint64_t kid)
{
    uint64_t epoch;
    struct sframe_key key;
    if (!epoch_of(e, kid, &epoch) ||
        e2ee_media_key(e, sframe_kid_context(kid), sframe_kid_leaf(kid), epoch, &key) != ERR_OK)
        return NULL;
    struct media_slot *s = NULL, *old = &r->slot[0];
    for (size_t i = 0; i < 2; i++) {
        struct media_slot *at = &r->slot[i];
        if (at->held && at->kid == kid && suite_equal(at->key.key, key.key, sizeof key.key))
            s = at;
        if (!at->held || (old->held && at->epoch < old->epoch))
            old = at;
    }
    if (!s) {
        s = old;
        memset(s, 0, sizeof *s);
        s->held = true;
        s->epoch = epoch;
        s->kid = kid;
        s->key = key;
    }
    suite_wipe(&key, sizeof key);
    return s;
}

static enum media_result open_sealed(struct media_receiver *r, const struct e2ee *e,
                                     const struct media_frame *f, struct span clear)
{
    struct sframe_header header;
    size_t len = 0;
    struct span sealed = span_of(f->in.ptr + clear.len, f->in.len - clear.len);
    if (sframe_header_parse(sealed, &header) != ERR_OK || header.kid >> KID_BITS != 0)
        return MEDIA_FORM;
    if (sframe_kid_context(header.kid) != r->context)
        return MEDIA_CONTEXT;
    if (!DEFENCE(38, sframe_kid_leaf(header.kid) == r->leaf))
        return MEDIA_LEAF;
    struct media_slot *slot = slot_of(r, e, header.kid);
    if (!slot)
        return MEDIA_EPOCH;
    if (!DEFENCE(34, sframe_window_fresh(&slot->window, header.counter)))
        return MEDIA_REPLAY;
    struct sframe_seal open = {f->aead, &slot->key, header.kid, header.counter, clear};
    enum err err = sframe_open(&open, sealed, f->out + clear.len, &len);
    if (!DEFENCE(34, err == ERR_OK))
        return err == ERR_AUTH ? MEDIA_TAG : MEDIA_FORM;
    (void)sframe_window_note(&slot->window, header.counter);
    if (clear.len > 0)
        memcpy(f->out, clear.ptr, clear.len);
    *f->out_len = clear.len + len;
    return MEDIA_DONE;
}

enum media_result media_open(struct media_receiver *r, const struct e2ee *e,
                             const struct media_frame *f)
{
    struct span clear = span_of(f->in.ptr, media_clear(f->codec, f->in));
    enum media_result result = open_sealed(r, e, f, clear);
    r->count[result]++;
    return result;
}
