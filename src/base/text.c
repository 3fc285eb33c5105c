#include "base/text.h"

#include "base/bug.h"

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_hex(char *out, struct span in)
{
    for (size_t i = 0; i < in.len; i++) {
        *out++ = hex_digits[in.ptr[i] >> 4];
        *out++ = hex_digits[in.ptr[i] & 15];
    }
    *out = '\0';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum err text_unhex(uint8_t *out, size_t cap, size_t *len, struct span in)
{
    if (in.len % 2 != 0)
        return ERR_MALFORMED;
    if (in.len / 2 > cap)
        return ERR_LIMIT;
    for (size_t i = 0; i < in.len; i++)
        if (hex_value(in.ptr[i]) < 0)
            return ERR_MALFORMED;
    for (size_t i = 0; i < in.len / 2; i++)
        out[i] = (uint8_t)(hex_value(in.ptr[2 * i]) << 4 | hex_value(in.ptr[2 * i + 1]));
    *len = in.len / 2;
    return ERR_OK;
}

void text_base64url(char *out, struct span in)
{
    size_t i = 0;
    for (; i + 3 <= in.len; i += 3) {
        uint32_t v = (uint32_t)in.ptr[i] << 16 | (uint32_t)in.ptr[i + 1] << 8 | in.ptr[i + 2];
        *out++ = b64_digits[v >> 18];
        *out++ = b64_digits[v >> 12 & 63];
        *out++ = b64_digits[v >> 6 & 63];
        *out++ = b64_digits[v & 63];
    }
    size_t rest = in.len - i;
    if (rest > 0) {
        uint32_t v = (uint32_t)in.ptr[i] << 16 | (rest == 2 ? (uint32_t)in.ptr[i + 1] << 8 : 0);
        *out++ = b64_digits[v >> 18];
        *out++ = b64_digits[v >> 12 & 63];
        if (rest == 2)
            *out++ = b64_digits[v >> 6 & 63];
    }
    *out = '\0';
}

static int b64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

/* The bits of the last character that no byte uses must be zero (RFC 4648 section 3.5). */
static bool b64_canonical(struct span in)
{
    size_t rest = in.len % 4;
    if (rest == 0)
        return true;
    int last = b64_value(in.ptr[in.len - 1]);
    return rest == 2 ? (last & 15) == 0 : (last & 3) == 0;
}

enum err text_unbase64url(uint8_t *out, size_t cap, size_t *len, struct span in)
{
    if (in.len % 4 == 1)
        return ERR_MALFORMED;
    size_t n = in.len * 3 / 4;
    if (n > cap)
        return ERR_LIMIT;
    for (size_t i = 0; i < in.len; i++)
        if (b64_value(in.ptr[i]) < 0)
            return ERR_MALFORMED;
    if (!b64_canonical(in))
        return ERR_MALFORMED;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < in.len; i++) {
        bits = bits << 6 | (uint32_t)b64_value(in.ptr[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            *out++ = (uint8_t)(bits >> have);
        }
    }
    *len = n;
    return ERR_OK;
}

enum err text_u64(uint64_t *out, struct span in, uint64_t max)
{
    if (in.len == 0 || in.len > 20 || (in.len > 1 && in.ptr[0] == '0'))
        return ERR_MALFORMED;
    uint64_t v = 0;
    for (size_t i = 0; i < in.len; i++) {
        if (in.ptr[i] < '0' || in.ptr[i] > '9')
            return ERR_MALFORMED;
        uint64_t digit = (uint64_t)(in.ptr[i] - '0');
        if (v > (max - digit) / 10 || digit > max)
            return ERR_LIMIT;
        v = v * 10 + digit;
    }
    *out = v;
    return ERR_OK;
}
