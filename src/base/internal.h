/* Which addresses belong to nobody's public service (attack A06): whoever has us connect to a host
 * must not reach this machine, its neighbours, or a cloud's metadata. knows: IANA's special-purpose
 * registries (RFC 6890). knows not: names. owns: nothing. */
#ifndef BASE_INTERNAL_H
#define BASE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

/* Everything but globally routable unicast. IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) counts
 * as internal whatever it holds: no public service is reached that way. */
bool internal_v4(const uint8_t ip[4]);
bool internal_v6(const uint8_t ip[16]);

#endif
