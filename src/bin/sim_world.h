/* The world of `conclave sim`: 19 data centres, the places that people meet from, and the delay
 * between them. Shares, hours and weights are assumptions of ours, not measurements; the order of
 * magnitude is the public one of 2020 (200 million meeting participants a day). knows: tables.
 * knows not: meetings, time. owns: nothing. */
#ifndef BIN_SIM_WORLD_H
#define BIN_SIM_WORLD_H

#include "policy/route.h"

enum { SIM_CENTRES = 19, SIM_ZONES = 10, SIM_PLACES = 34, SIM_HOURS = 24 };

struct sim_centre {
    const char *id, *country; /* *borrowed*, static */
    uint8_t zone;
    uint8_t realm; /* enum fence_realm */
    double latitude, longitude;
    uint32_t weight; /* of the capacity of its realm */
};

struct sim_place {
    const char *name; /* *borrowed*, static */
    uint8_t zone;     /* of people there: fenced people can only be of their own */
    int8_t hours;     /* ahead of UTC, without minutes or summer */
    double latitude, longitude;
    uint32_t weight; /* of the participants */
};

extern const struct sim_centre sim_centre[SIM_CENTRES];
extern const struct sim_place sim_place[SIM_PLACES];
extern const char *const sim_zone[SIM_ZONES];
/* How much goes on in an hour of the local day. */
extern const uint32_t sim_hour[SIM_HOURS];

/* Mainland China, in the default configuration. */
fence_set sim_fenced(void);
/* Two capitals as one number, as route_facts has countries. */
uint16_t sim_country(const char *two);
/* A round trip in us: light in glass along the great circle, half as much again for detours, and
 * 8 ms for the last mile. */
uint32_t sim_rtt_us(const struct sim_place *p, const struct sim_centre *c);

#endif
