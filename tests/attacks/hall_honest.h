/* The honest side of A34 to A38: Ana (host), Ben and Chi in a hall in memory, who hear each other
 * and open each other's frames before the attack and after it. The core is inside this program, so
 * its defence is switched off here. owns: the hall. */
#ifndef ATTACK_HALL_HONEST_H
#define ATTACK_HALL_HONEST_H

#include "base/mutant.h"
#include "e2ee/hall.h"
#include "e2ee/media.h"
#include "e2ee/profile.h"
#include "e2ee/session.h"
#include "rig/check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ANA, BEN, CHI, FRAME_MAX = 1200 };

static struct hall hall;

struct frame {
    uint8_t bytes[FRAME_MAX + 64];
    size_t len;
};

static inline void defence_off(void)
{
#ifdef CONCLAVE_MUTANTS
    const char *off = getenv("CONCLAVE_MUTANT");
    mutant_off = off ? (int)strtol(off + 1, NULL, 10) : 0;
#endif
}

static inline struct span frame_span(const struct frame *f)
{
    return span_of(f->bytes, f->len);
}

static inline bool frame_seal(struct media_sender *s, int who, const char *text, struct frame *out)
{
    struct media_frame f = {&sframe_aead_sodium, MEDIA_OPUS, span_str(text), out->bytes, &out->len};
    return media_seal(s, hall.person[who].e, &f) == MEDIA_DONE;
}

/* What the receiver makes of it; `out` is cleared first, so that nothing old is taken for opened.
 */
static inline enum media_result frame_open(struct media_receiver *r, int who, struct span in,
                                           struct frame *out)
{
    memset(out, 0, sizeof *out);
    struct media_frame f = {&sframe_aead_sodium, MEDIA_OPUS, in, out->bytes, &out->len};
    return media_open(r, hall.person[who].e, &f);
}

static inline bool frame_is(const struct frame *f, const char *text)
{
    return span_equal(frame_span(f), span_str(text));
}

/* A note and a frame from one to the other. */
static inline bool reaches(int from, int to)
{
    static unsigned n;
    char text[32] = "word ";
    struct media_sender s;
    struct media_receiver r;
    struct frame sealed, opened;
    for (unsigned v = ++n, i = 5; i < 11; i++, v /= 10)
        text[i] = (char)('0' + v % 10);
    if (hall_say(&hall, from, text, -1) != ERR_OK)
        return false;
    hall_run(&hall, 100);
    media_sender_init(&s, SFRAME_SCREEN_AUDIO);
    media_receiver_init(&r, SFRAME_SCREEN_AUDIO, hall_status(&hall, from).leaf);
    return hall_heard(&hall, to, text) == 1 && frame_seal(&s, from, text, &sealed) &&
           frame_open(&r, to, frame_span(&sealed), &opened) == MEDIA_DONE &&
           frame_is(&opened, text);
}

static inline void honest_start(uint64_t seed)
{
    defence_off();
    printf("seed %lu\n", (unsigned long)seed);
    hall_open(&hall, &(struct hall_terms){.seed = seed});
    NEED(sframe_aead_available(), "this processor has AES instructions");
    hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    hall_join(&hall, "Chi", false);
    NEED(hall_until(&hall, 5000, hall_all_secure), "three people become secure");
    hall_run(&hall, 3000);
    CHECK(reaches(ANA, BEN) && reaches(BEN, ANA), "baseline: Ana and Ben see and hear each other");
}

static inline void honest_unhurt(void)
{
    CHECK(reaches(ANA, BEN) && reaches(BEN, ANA) && reaches(CHI, ANA),
          "Ana, Ben and Chi go on unhurt");
}

/* A key package of somebody who is not a session: its profile as the attacker likes it. */
struct forged {
    struct e2ee_link link;        /* the attacker's idea of the link */
    const char *name;             /* NULL: no profile at all */
    const char *instead;          /* as many bytes, that no writer of ours would seal; or NULL */
    const uint8_t *device_secret; /* signs for `device`; NULL: a signature of nothing */
    const uint8_t *device;
    uint8_t participant[E2EE_PARTICIPANT];
    struct group *group; /* of the attacker, to join with; the caller frees its memory */
    void *memory;
    uint8_t package[2048], proof[E2EE_PROOF];
    size_t len;
};

static inline void forged_fill(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)hall_random(&hall, 256);
}

static const struct random_source forged_random = {forged_fill, NULL};

static inline enum err forged_psk(void *ctx, struct span id, struct span *value)
{
    static uint8_t psk[LINK_KEY];
    struct forged *f = ctx;
    (void)id;
    link_derive(LINK_PSK, f->link.meeting, f->link.secret, psk);
    *value = span_of(psk, sizeof psk);
    return ERR_OK;
}

/* The sealed profile opened and sealed again with other bytes for the name, which nobody signs. */
static inline void forged_rename(const struct forged *f, const struct profile_place *at,
                                 struct span sealed)
{
    enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
    uint8_t plain[PROFILE_PLAIN_MAX], box[PROFILE_SEALED_MAX];
    unsigned long long len = 0;
    NEED(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &len, NULL, sealed.ptr + NONCE,
                                                    sealed.len - NONCE, at->signer.ptr,
                                                    at->signer.len, sealed.ptr, at->key) == 0,
         "who has the link opens a profile");
    memcpy(plain + 3, f->instead, strlen(f->instead)); /* version, flags, length */
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, plain, len, at->signer.ptr,
                                                     at->signer.len, NULL, sealed.ptr, at->key);
    memcpy((uint8_t *)(uintptr_t)sealed.ptr + NONCE, box, sealed.len - NONCE);
}

static inline void forged_profile(struct forged *f, struct profile_place *at, struct writer *x)
{
    uint8_t sealed[PROFILE_SEALED_MAX], text[PROFILE_SIGNED_MAX], signature[SUITE_SIGNATURE] = {0};
    struct writer w = writer_of(sealed, sizeof sealed), t = writer_of(text, sizeof text);
    struct profile p = {.expires_s = hall.now / 1000 + 1000};
    memcpy(p.device, f->device, sizeof p.device);
    p.name_len = (uint8_t)strlen(f->name);
    memcpy(p.name, f->name, p.name_len);
    struct span to_sign = profile_to_sign(at, p.expires_s, &t);
    struct reader r = reader_of(to_sign);
    codec_vector(&r); /* the label: suite_sign writes it itself */
    struct span content = codec_vector(&r);
    if (f->device_secret)
        (void)suite_sign(&suite_chacha, f->device_secret, "conclave device", content, signature);
    struct profile_make make = {&p, signature, NULL, &forged_random};
    NEED(profile_seal(at, &make, &w) == ERR_OK, "a forged profile is sealed");
    if (f->instead)
        forged_rename(f, at, writer_span(&w));
    extension_write(x, EXT_PROFILE, writer_span(&w));
}

static inline void forged_make(struct forged *f)
{
    uint8_t seed[32], secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC], ref[SUITE_HASH];
    uint8_t extensions[1024], key[LINK_KEY];
    struct writer x = writer_of(extensions, sizeof extensions);
    struct writer w = writer_of(f->package, sizeof f->package);
    struct group_config c = {.suite = &suite_chacha,
                             .leaves = hall.capacity,
                             .arena = (size_t)hall.capacity * 1024,
                             .random = forged_random,
                             .hooks = {.ctx = f, .psk = forged_psk}};
    forged_fill(NULL, seed, sizeof seed);
    forged_fill(NULL, f->participant, sizeof f->participant);
    suite_sign_keys(seed, secret, public);
    link_derive(LINK_PROFILE, f->link.meeting, f->link.secret, key);
    struct profile_place at = {key, NULL, span_of(hall.group, hall.group_len),
                               span_of(public, sizeof public)};
    if (f->name)
        forged_profile(f, &at, &x);
    f->memory = calloc(1, group_bytes(&c));
    f->group = group_open(f->memory, &c);
    struct group_self self = {secret, span_of(public, sizeof public),
                              span_of(f->participant, sizeof f->participant), writer_span(&x)};
    NEED(group_set_self(f->group, &self) == ERR_OK &&
             group_key_package(f->group, hall.now / 1000, 3600, &w, ref) == ERR_OK,
         "a forged key package is made");
    f->len = writer_len(&w);
    link_derive(LINK_JOIN, f->link.meeting, f->link.secret, key);
    link_join_proof(key, ref, span_of(hall.group, hall.group_len), f->proof);
}

static inline void forged_free(struct forged *f)
{
    group_close(f->group);
    free(f->memory);
}

/* The server asks `who` to let it in. */
static inline enum err forged_ask(struct forged *f, int who, uint32_t member)
{
    struct e2ee_input in = {.type = E2EE_IN_WANTED_JOIN, .member = member};
    in.a = span_of(f->participant, E2EE_PARTICIPANT);
    in.b = span_of(f->package, f->len);
    in.c = span_of(f->proof, E2EE_PROOF);
    enum err e = hall_tell(&hall, who, &in);
    in = (struct e2ee_input){.type = E2EE_IN_WANTED, .epoch = hall.epoch};
    in.a = span_of(hall.group, hall.group_len);
    (void)hall_tell(&hall, who, &in);
    return e;
}

#endif
