/* See stun.h. */
#include "rig/stun.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>

static const uint8_t magic[4] = {0x21, 0x12, 0xa4, 0x42};

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void rig_stun_start(struct rig_stun *m, uint16_t type)
{
    memset(m->buf, 0, 20);
    put16(m->buf, type);
    memcpy(m->buf + 4, magic, 4);
    RAND_bytes(m->buf + 8, 12);
    m->len = 20;
}

void rig_stun_add(struct rig_stun *m, uint16_t type, struct span value)
{
    size_t padded = (value.len + 3) & ~(size_t)3;
    if (m->len + 4 + padded > sizeof(m->buf))
        return;
    uint8_t *p = m->buf + m->len;
    put16(p, type);
    put16(p + 2, value.len);
    memset(p + 4, 0, padded);
    if (value.len)
        memcpy(p + 4, value.ptr, value.len);
    m->len += 4 + padded;
    put16(m->buf + 2, m->len - 20);
}

static void hmac(uint8_t out[20], const char *pwd, const uint8_t *in, size_t len)
{
    unsigned int n = 20;
    HMAC(EVP_sha1(), pwd, (int)strlen(pwd), in, len, out, &n);
}

void rig_stun_sign(struct rig_stun *m, const char *pwd)
{
    uint8_t mac[20];
    put16(m->buf + 2, m->len - 20 + 24);
    hmac(mac, pwd, m->buf, m->len);
    rig_stun_add(m, RIG_STUN_INTEGRITY, span_of(mac, 20));
}

static uint32_t crc32_of(const uint8_t *p, size_t n)
{
    uint32_t crc = 0xffffffff;
    while (n--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

void rig_stun_fingerprint(struct rig_stun *m)
{
    put16(m->buf + 2, m->len - 20 + 8);
    uint32_t crc = crc32_of(m->buf, m->len) ^ 0x5354554e;
    uint8_t v[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc};
    rig_stun_add(m, RIG_STUN_FINGERPRINT, span_of(v, 4));
}

void rig_stun_check(struct rig_stun *m, const char *ufrag_remote, const char *pwd_remote,
                    const char *ufrag_own)
{
    char user[80];
    snprintf(user, sizeof(user), "%s:%s", ufrag_remote, ufrag_own);
    static const uint8_t priority[4] = {0x6e, 0xff, 0xff, 0xff}, tie[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    rig_stun_start(m, RIG_STUN_REQUEST);
    rig_stun_add(m, RIG_STUN_USERNAME, span_str(user));
    rig_stun_add(m, RIG_STUN_PRIORITY, span_of(priority, 4));
    rig_stun_add(m, RIG_STUN_CONTROLLING, span_of(tie, 8));
    rig_stun_add(m, RIG_STUN_USE_CANDIDATE, span_of(NULL, 0));
    rig_stun_sign(m, pwd_remote);
    rig_stun_fingerprint(m);
}

bool rig_stun_is(struct span in, uint16_t type, const char *pwd)
{
    if (in.len < 20 || (in.ptr[0] << 8 | in.ptr[1]) != type || memcmp(in.ptr + 4, magic, 4) != 0)
        return false;
    if (!pwd)
        return true;
    uint8_t copy[1500], mac[20];
    if (in.len > sizeof(copy))
        return false;
    memcpy(copy, in.ptr, in.len);
    for (size_t at = 20; at + 24 <= in.len;) {
        size_t n = (size_t)(copy[at + 2] << 8 | copy[at + 3]);
        if ((copy[at] << 8 | copy[at + 1]) == RIG_STUN_INTEGRITY && n == 20) {
            put16(copy + 2, at - 20 + 24);
            hmac(mac, pwd, copy, at);
            return memcmp(mac, copy + at + 4, 20) == 0;
        }
        at += 4 + ((n + 3) & ~(size_t)3);
    }
    return false;
}
