/* SRTP and SRTCP. Both suites number packets with a 48-bit index (RTP) or a 31-bit one (RTCP); the
 * index and the SSRC make the nonce, so an index is used once.
 *
 *  SRTP   | header | sealed payload | tag |
 *  SRTCP  | 8 bytes | sealed rest | tag | E + index |     AEAD_AES_128_GCM (RFC 7714 section 9)
 *  SRTCP  | 8 bytes | sealed rest | E + index | tag |     AES-CM (RFC 3711 section 3.4)
 */
#include "proto/seal.h"

#include "base/bug.h"
#include "base/mutant.h"
#include "base/writer.h"
#include "crypt/crypt.h"

enum {
    GCM_SALT_LEN = 12,
    CM_SALT_LEN = 14,
    CM_TAG_LEN = 10,
    CM_AUTH_KEY_LEN = 20,
    RTP_FIXED_LEN = 12,
    RTCP_CLEAR_LEN = 8,
    RTCP_INDEX_LEN = 4,
    RTCP_WINDOW = 64,
    PADDING_MAX = 255,
};

#define INDEX_MAX ((uint64_t)0xffffffffffff) /* 2^48 - 1: RFC 3711 section 9.2 */
#define RTCP_INDEX_MAX 0x7fffffffu
#define RTCP_SEALED 0x80000000u /* the E bit */

/* RFC 3711 section 4.3.2. */
enum label { LABEL_RTP = 0, LABEL_RTCP = 3 };
enum part { PART_KEY, PART_AUTH, PART_SALT };

/* The master key, as the generator that it drives, and the master salt of one direction. */
struct master {
    struct ctr prf; /* *owned* */
    const uint8_t *salt;
    size_t salt_len;
    bool gcm;
    bool seals;
};

/* x = (label || 0) XOR salt, then the AES-CM key stream from x * 2^16 (section 4.3.3). The 96-bit
 * salt of the AEAD suite stands for one with 16 zero bits behind it (RFC 7714 section 11). */
static enum err derive(struct master *m, uint8_t label, uint8_t *out, size_t len)
{
    uint8_t iv[CTR_IV_LEN] = {0};
    memcpy(iv, m->salt, m->salt_len);
    iv[7] ^= label;
    memset(out, 0, len);
    TRY(ctr_start(&m->prf, iv));
    return ctr_next(&m->prf, span_of(out, len), out);
}

static enum err open_half(struct seal_half *h, struct master *m, enum label label)
{
    uint8_t key[SRTP_KEY_LEN], auth[CM_AUTH_KEY_LEN];
    enum err e = derive(m, (uint8_t)(label + PART_KEY), key, sizeof(key));
    if (e != ERR_OK)
        goto out;
    e = derive(m, (uint8_t)(label + PART_SALT), h->salt, m->salt_len);
    if (e != ERR_OK)
        goto out;
    if (m->gcm) {
        e = m->seals ? aead_open_sealer(&h->gcm, key) : aead_open_unsealer(&h->gcm, key);
        goto out;
    }
    e = derive(m, (uint8_t)(label + PART_AUTH), auth, sizeof(auth));
    if (e != ERR_OK)
        goto out;
    hmac_sha1_init(&h->mac, span_of(auth, sizeof(auth)));
    e = ctr_open(&h->ctr, key);
out:
    crypt_wipe(key, sizeof(key));
    crypt_wipe(auth, sizeof(auth));
    return e;
}

static enum err open_direction(struct seal_half *rtp, struct seal_half *rtcp, struct master *m,
                               const uint8_t key[SRTP_KEY_LEN])
{
    TRY(ctr_open(&m->prf, key));
    enum err e = open_half(rtp, m, LABEL_RTP);
    if (e == ERR_OK)
        e = open_half(rtcp, m, LABEL_RTCP);
    ctr_close(&m->prf);
    return e;
}

enum err seal_open(struct seal *s, const struct srtp_keys *keys)
{
    bool gcm = keys->suite == SRTP_SUITE_AEAD_GCM;
    size_t salt_len = gcm ? GCM_SALT_LEN : CM_SALT_LEN;
    struct master local = {.salt = keys->local_salt, .salt_len = salt_len, .gcm = gcm};
    struct master remote = {.salt = keys->remote_salt, .salt_len = salt_len, .gcm = gcm};
    memset(s, 0, sizeof(*s));
    if (!gcm && keys->suite != SRTP_SUITE_CM_SHA1_80)
        return ERR_UNSUPPORTED;
    local.seals = true;
    enum err e = open_direction(&s->rtp_out, &s->rtcp_out, &local, keys->local_key);
    if (e == ERR_OK)
        e = open_direction(&s->rtp_in, &s->rtcp_in, &remote, keys->remote_key);
    if (e == ERR_OK)
        s->suite = keys->suite;
    else
        seal_close(s);
    return e;
}

static void close_half(struct seal_half *h)
{
    aead_close(&h->gcm);
    ctr_close(&h->ctr);
}

void seal_close(struct seal *s)
{
    close_half(&s->rtp_out);
    close_half(&s->rtcp_out);
    close_half(&s->rtp_in);
    close_half(&s->rtcp_in);
    crypt_wipe(s, sizeof(*s)); /* the suite is then SRTP_SUITE_NONE */
}

size_t seal_rtp_overhead(const struct seal *s)
{
    return s->suite == SRTP_SUITE_AEAD_GCM ? AEAD_TAG_LEN : CM_TAG_LEN;
}

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The 48-bit index nearest to the highest one known (RFC 3711 section 3.3.1); a stream begins with
 * roll-over counter 0. False for a number from before that beginning. */
static bool guess_index(const struct seal_stream *st, uint16_t seq, uint64_t *index)
{
    if (!st->replay.started) {
        *index = seq;
        return true;
    }
    int64_t highest = (int64_t)st->replay.highest;
    int64_t full = highest + (int16_t)(uint16_t)(seq - (uint16_t)highest);
    *index = (uint64_t)full;
    return full >= 0;
}

/* RFC 7714 section 8.1: (0 0 | SSRC | ROC | SEQ) XOR salt. For SRTCP (9.1) the last six bytes are
 * 0 0 | index, which the 48-bit form of a 31-bit index is. */
static void gcm_iv(const struct seal_half *h, uint32_t ssrc, uint64_t index,
                   uint8_t iv[AEAD_IV_LEN])
{
    memcpy(iv, h->salt, GCM_SALT_LEN);
    for (int i = 0; i < 4; i++)
        iv[2 + i] ^= (uint8_t)(ssrc >> (24 - 8 * i));
    for (int i = 0; i < 6; i++)
        iv[6 + i] ^= (uint8_t)(index >> (40 - 8 * i));
}

/* RFC 3711 section 4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16; the low 16 bits count. */
static void cm_iv(const struct seal_half *h, uint32_t ssrc, uint64_t index, uint8_t iv[CTR_IV_LEN])
{
    memset(iv, 0, CTR_IV_LEN);
    memcpy(iv, h->salt, CM_SALT_LEN);
    for (int i = 0; i < 4; i++)
        iv[4 + i] ^= (uint8_t)(ssrc >> (24 - 8 * i));
    for (int i = 0; i < 6; i++)
        iv[8 + i] ^= (uint8_t)(index >> (40 - 8 * i));
}

/* The parts of an RTP packet that are sealed: front, payload, and padding that ends in its count.
 */
static void gather(const struct seal_packet *p, struct aead_text *text)
{
    static const uint8_t zeros[PADDING_MAX];
    text->aad = p->header;
    text->part[0] = p->front;
    text->part[1] = p->payload;
    text->parts = 2;
    if (p->padding > 0) {
        text->part[2] = span_of(zeros, p->padding - 1u);
        text->part[3] = span_of(&p->padding, 1);
        text->parts = 4;
    }
}

static enum err seal_rtp_cm(struct seal_half *h, const struct aead_text *text, uint64_t index,
                            uint8_t *buf)
{
    uint8_t iv[CTR_IV_LEN], tag[HMAC_SHA1_LEN], roc[4];
    uint8_t *at = buf + text->aad.len;
    cm_iv(h, read_u32(buf + 8), index, iv);
    TRY(ctr_start(&h->ctr, iv));
    for (size_t i = 0; i < text->parts; i++) {
        TRY(ctr_next(&h->ctr, text->part[i], at));
        at += text->part[i].len;
    }
    write_u32(roc, (uint32_t)(index >> 16));
    struct span parts[2] = {span_of(buf, (size_t)(at - buf)), span_of(roc, sizeof(roc))};
    hmac_sha1_tag(&h->mac, parts, 2, tag);
    memcpy(at, tag, CM_TAG_LEN);
    return ERR_OK;
}

enum err seal_rtp(struct seal *s, struct seal_stream *stream, const struct seal_packet *packet,
                  struct seal_out *out)
{
    struct aead_text text;
    uint64_t index = 0;
    const uint8_t *header = packet->header.ptr;
    size_t body = packet->front.len + packet->payload.len + packet->padding;
    size_t len = packet->header.len + body + seal_rtp_overhead(s);
    if (s->suite == SRTP_SUITE_NONE)
        return ERR_STATE;
    BUG_IF(packet->header.len < RTP_FIXED_LEN);
    if (len > out->cap)
        return ERR_LIMIT;
    uint16_t seq = (uint16_t)(header[2] << 8 | header[3]);
    if (!guess_index(stream, seq, &index) || !replay_fresh(&stream->replay, index))
        return ERR_REPLAY;
    if (index > INDEX_MAX)
        return ERR_STATE;
    memcpy(out->buf, header, packet->header.len);
    gather(packet, &text);
    if (s->suite == SRTP_SUITE_AEAD_GCM) {
        uint8_t iv[AEAD_IV_LEN];
        gcm_iv(&s->rtp_out, read_u32(header + 8), index, iv);
        TRY(aead_seal(&s->rtp_out.gcm, iv, &text, out->buf + packet->header.len));
    } else {
        TRY(seal_rtp_cm(&s->rtp_out, &text, index, out->buf));
    }
    replay_accept(&stream->replay, index);
    out->len = len;
    return ERR_OK;
}

static enum err unseal_rtp_cm(struct seal_half *h, uint64_t index, uint8_t *packet, size_t body_at,
                              size_t body_end)
{
    uint8_t iv[CTR_IV_LEN], tag[HMAC_SHA1_LEN], roc[4];
    write_u32(roc, (uint32_t)(index >> 16));
    struct span parts[2] = {span_of(packet, body_end), span_of(roc, sizeof(roc))};
    hmac_sha1_tag(&h->mac, parts, 2, tag);
    if (!crypt_equal(tag, packet + body_end, CM_TAG_LEN))
        return ERR_AUTH;
    cm_iv(h, read_u32(packet + 8), index, iv);
    TRY(ctr_start(&h->ctr, iv));
    return ctr_next(&h->ctr, span_of(packet + body_at, body_end - body_at), packet + body_at);
}

enum err seal_unseal_rtp(struct seal *s, struct seal_stream *stream, uint8_t *packet, size_t *len,
                         size_t header_len)
{
    uint64_t index = 0;
    size_t tag = seal_rtp_overhead(s);
    if (s->suite == SRTP_SUITE_NONE)
        return ERR_STATE;
    if (header_len < RTP_FIXED_LEN || *len < header_len + tag)
        return ERR_SHORT;
    uint16_t seq = (uint16_t)(packet[2] << 8 | packet[3]);
    if (!guess_index(stream, seq, &index) || !replay_fresh(&stream->replay, index))
        return ERR_REPLAY;
    if (index > INDEX_MAX)
        return ERR_STATE;
    if (s->suite == SRTP_SUITE_AEAD_GCM) {
        uint8_t iv[AEAD_IV_LEN];
        gcm_iv(&s->rtp_in, read_u32(packet + 8), index, iv);
        TRY(aead_unseal(&s->rtp_in.gcm, iv, span_of(packet, header_len), packet + header_len,
                        *len - header_len));
    } else {
        TRY(unseal_rtp_cm(&s->rtp_in, index, packet, header_len, *len - tag));
    }
    replay_accept(&stream->replay, index);
    *len -= tag;
    return ERR_OK;
}

static size_t rtcp_overhead(const struct seal *s)
{
    return seal_rtp_overhead(s) + RTCP_INDEX_LEN;
}

/* The AEAD suite authenticates the clear head and the index word that follows the tag. */
static void rtcp_aad(const uint8_t *packet, uint32_t word, uint8_t aad[RTCP_CLEAR_LEN + 4])
{
    memcpy(aad, packet, RTCP_CLEAR_LEN);
    write_u32(aad + RTCP_CLEAR_LEN, word);
}

static enum err seal_rtcp_gcm(struct seal_half *h, struct span compound, uint32_t index,
                              uint8_t *buf)
{
    uint8_t iv[AEAD_IV_LEN], aad[RTCP_CLEAR_LEN + RTCP_INDEX_LEN];
    uint32_t word = RTCP_SEALED | index;
    rtcp_aad(compound.ptr, word, aad);
    gcm_iv(h, read_u32(compound.ptr + 4), index, iv);
    struct aead_text text = {.aad = span_of(aad, sizeof(aad)), .parts = 1};
    text.part[0] = span_of(compound.ptr + RTCP_CLEAR_LEN, compound.len - RTCP_CLEAR_LEN);
    TRY(aead_seal(&h->gcm, iv, &text, buf + RTCP_CLEAR_LEN));
    write_u32(buf + compound.len + AEAD_TAG_LEN, word);
    return ERR_OK;
}

static enum err seal_rtcp_cm(struct seal_half *h, struct span compound, uint32_t index,
                             uint8_t *buf)
{
    uint8_t iv[CTR_IV_LEN], tag[HMAC_SHA1_LEN];
    struct span rest = span_of(compound.ptr + RTCP_CLEAR_LEN, compound.len - RTCP_CLEAR_LEN);
    cm_iv(h, read_u32(compound.ptr + 4), index, iv);
    TRY(ctr_start(&h->ctr, iv));
    TRY(ctr_next(&h->ctr, rest, buf + RTCP_CLEAR_LEN));
    write_u32(buf + compound.len, RTCP_SEALED | index);
    struct span all = span_of(buf, compound.len + RTCP_INDEX_LEN);
    hmac_sha1_tag(&h->mac, &all, 1, tag);
    memcpy(buf + all.len, tag, CM_TAG_LEN);
    return ERR_OK;
}

enum err seal_rtcp(struct seal *s, struct span compound, struct seal_out *out)
{
    if (s->suite == SRTP_SUITE_NONE || s->rtcp_index == RTCP_INDEX_MAX)
        return ERR_STATE;
    BUG_IF(compound.len < RTCP_CLEAR_LEN);
    if (compound.len + rtcp_overhead(s) > out->cap)
        return ERR_LIMIT;
    uint32_t index = ++s->rtcp_index; /* spent even if sealing fails: never used twice */
    memcpy(out->buf, compound.ptr, RTCP_CLEAR_LEN);
    if (s->suite == SRTP_SUITE_AEAD_GCM)
        TRY(seal_rtcp_gcm(&s->rtcp_out, compound, index, out->buf));
    else
        TRY(seal_rtcp_cm(&s->rtcp_out, compound, index, out->buf));
    out->len = compound.len + rtcp_overhead(s);
    return ERR_OK;
}

static struct seal_rtcp_sender *find_sender(struct seal *s, uint32_t ssrc)
{
    for (uint16_t i = 0; i < s->rtcp_senders; i++)
        if (s->rtcp_sender[i].ssrc == ssrc)
            return &s->rtcp_sender[i];
    return NULL;
}

static bool rtcp_fresh(const struct seal_rtcp_sender *r, uint32_t index)
{
    if (!r || index > r->highest)
        return true;
    uint32_t behind = r->highest - index;
    return DEFENCE(10, behind < RTCP_WINDOW && !(r->bits >> behind & 1));
}

/* A place for a sender that was just authenticated: a free one, or that of the longest silent. */
static struct seal_rtcp_sender *place_sender(struct seal *s, uint32_t ssrc, uint32_t index)
{
    struct seal_rtcp_sender *place = &s->rtcp_sender[0];
    if (s->rtcp_senders < SEAL_RTCP_SENDERS) {
        place = &s->rtcp_sender[s->rtcp_senders++];
    } else {
        for (int i = 1; i < SEAL_RTCP_SENDERS; i++)
            if (s->rtcp_clock - s->rtcp_sender[i].used_at > s->rtcp_clock - place->used_at)
                place = &s->rtcp_sender[i];
    }
    *place = (struct seal_rtcp_sender){.ssrc = ssrc, .highest = index};
    return place;
}

static void rtcp_accept(struct seal *s, uint32_t ssrc, uint32_t index)
{
    struct seal_rtcp_sender *r = find_sender(s, ssrc);
    if (!r)
        r = place_sender(s, ssrc, index);
    if (index > r->highest) {
        uint32_t ahead = index - r->highest;
        r->bits = ahead < RTCP_WINDOW ? r->bits << ahead : 0;
        r->highest = index;
    }
    uint32_t behind = r->highest - index;
    if (behind < RTCP_WINDOW)
        r->bits |= (uint64_t)1 << behind;
    r->used_at = ++s->rtcp_clock;
}

static enum err unseal_rtcp_gcm(struct seal_half *h, uint8_t *packet, size_t len, uint32_t word)
{
    uint8_t iv[AEAD_IV_LEN], aad[RTCP_CLEAR_LEN + RTCP_INDEX_LEN];
    rtcp_aad(packet, word, aad);
    gcm_iv(h, read_u32(packet + 4), word & RTCP_INDEX_MAX, iv);
    return aead_unseal(&h->gcm, iv, span_of(aad, sizeof(aad)), packet + RTCP_CLEAR_LEN,
                       len - RTCP_INDEX_LEN - RTCP_CLEAR_LEN);
}

static enum err unseal_rtcp_cm(struct seal_half *h, uint8_t *packet, size_t len, uint32_t word)
{
    uint8_t iv[CTR_IV_LEN], tag[HMAC_SHA1_LEN];
    struct span all = span_of(packet, len - CM_TAG_LEN);
    hmac_sha1_tag(&h->mac, &all, 1, tag);
    if (!crypt_equal(tag, packet + all.len, CM_TAG_LEN))
        return ERR_AUTH;
    uint8_t *rest = packet + RTCP_CLEAR_LEN;
    cm_iv(h, read_u32(packet + 4), word & RTCP_INDEX_MAX, iv);
    TRY(ctr_start(&h->ctr, iv));
    return ctr_next(&h->ctr, span_of(rest, all.len - RTCP_INDEX_LEN - RTCP_CLEAR_LEN), rest);
}

enum err seal_unseal_rtcp(struct seal *s, uint8_t *packet, size_t *len)
{
    if (s->suite == SRTP_SUITE_NONE)
        return ERR_STATE;
    if (*len < RTCP_CLEAR_LEN + rtcp_overhead(s))
        return ERR_SHORT;
    bool gcm = s->suite == SRTP_SUITE_AEAD_GCM;
    uint32_t ssrc = read_u32(packet + 4);
    uint32_t word = read_u32(packet + *len - RTCP_INDEX_LEN - (gcm ? 0 : CM_TAG_LEN));
    uint32_t index = word & RTCP_INDEX_MAX;
    if (!(word & RTCP_SEALED))
        return ERR_AUTH; /* authenticated but readable RTCP is nothing that our peers send */
    if (!rtcp_fresh(find_sender(s, ssrc), index))
        return ERR_REPLAY;
    if (gcm)
        TRY(unseal_rtcp_gcm(&s->rtcp_in, packet, *len, word));
    else
        TRY(unseal_rtcp_cm(&s->rtcp_in, packet, *len, word));
    rtcp_accept(s, ssrc, index);
    *len -= rtcp_overhead(s);
    return ERR_OK;
}
