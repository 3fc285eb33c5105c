/* The registries as prefixes, see internal.h. */
#include "base/internal.h"

#include <stddef.h>

struct prefix {
    uint8_t bytes[4], bits;
};

/* IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and the future class E. */
static const struct prefix v4[] = {
    {{0, 0, 0, 0}, 8},       {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},
    {{127, 0, 0, 0}, 8},     {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},   {{192, 31, 196, 0}, 24},
    {{192, 52, 193, 0}, 24}, {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16},
    {{192, 175, 48, 0}, 24}, {{198, 18, 0, 0}, 15},  {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24},  {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

/* Inside 2000::/3, what is not for services: 2001::/23 (Teredo, ORCHID, benchmarking),
 * documentation, 6to4, and 3fff::/20 (RFC 9637). */
static const struct prefix v6[] = {
    {{0x20, 0x01, 0, 0}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02, 0, 0}, 16},
    {{0x3f, 0xff, 0, 0}, 20},
};

static bool in(const uint8_t *ip, const struct prefix *p)
{
    unsigned whole = p->bits / 8u, rest = p->bits % 8u;
    for (unsigned i = 0; i < whole; i++)
        if (ip[i] != p->bytes[i])
            return false;
    return rest == 0 || (ip[whole] ^ p->bytes[whole]) >> (8 - rest) == 0;
}

static bool in_any(const uint8_t *ip, const struct prefix *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (in(ip, &p[i]))
            return true;
    return false;
}

bool internal_v4(const uint8_t ip[4])
{
    return in_any(ip, v4, sizeof v4 / sizeof *v4);
}

/* Global unicast is 2000::/3 alone (RFC 4291 section 2.4): the rest, with ::, ::1, fe80::, fc00::,
 * ff00::, ::ffff:0:0/96 and 64:ff9b::/96 in it, is internal. */
bool internal_v6(const uint8_t ip[16])
{
    return ip[0] >> 5 != 1 || in_any(ip, v6, sizeof v6 / sizeof *v6);
}
