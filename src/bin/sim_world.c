/* Tables and distances; see sim_world.h. owns: nothing. */
#include "bin/sim_world.h"

#include <math.h>

enum { US, CA, BR, EU, GB, IN, JP, SG, AU, CN };

const char *const sim_zone[SIM_ZONES] = {"us", "ca", "br", "eu", "gb",
                                         "in", "jp", "sg", "au", "cn"};

#define COMMERCIAL FENCE_COMMERCIAL
#define GOVERNMENT FENCE_GOVERNMENT

const struct sim_centre sim_centre[SIM_CENTRES] = {
    {"iad", "US", US, COMMERCIAL, 39.0, -77.5, 14},
    {"ord", "US", US, COMMERCIAL, 41.9, -87.9, 10},
    {"dfw", "US", US, COMMERCIAL, 32.9, -97.0, 10},
    {"sjc", "US", US, COMMERCIAL, 37.4, -121.9, 12},
    {"yyz", "CA", CA, COMMERCIAL, 43.7, -79.6, 4},
    {"gru", "BR", BR, COMMERCIAL, -23.4, -46.5, 8},
    {"fra", "DE", EU, COMMERCIAL, 50.0, 8.6, 16},
    {"ams", "NL", EU, COMMERCIAL, 52.3, 4.8, 14},
    {"cdg", "FR", EU, COMMERCIAL, 49.0, 2.5, 10},
    {"lhr", "GB", GB, COMMERCIAL, 51.5, -0.4, 9},
    {"bom", "IN", IN, COMMERCIAL, 19.1, 72.9, 14},
    {"hyd", "IN", IN, COMMERCIAL, 17.2, 78.4, 10},
    {"nrt", "JP", JP, COMMERCIAL, 35.8, 140.4, 9},
    {"sin", "SG", SG, COMMERCIAL, 1.4, 104.0, 12},
    {"syd", "AU", AU, COMMERCIAL, -33.9, 151.2, 5},
    {"sha", "CN", CN, COMMERCIAL, 31.2, 121.5, 8},
    {"pek", "CN", CN, COMMERCIAL, 39.9, 116.6, 6},
    {"gve", "US", US, GOVERNMENT, 39.0, -77.0, 60},
    {"gvw", "US", US, GOVERNMENT, 33.4, -112.0, 40},
};

const struct sim_place sim_place[SIM_PLACES] = {
    {"US east", US, -5, 40.7, -74.0, 150},    {"US centre", US, -6, 35.0, -95.0, 90},
    {"US west", US, -8, 36.0, -119.0, 80},    {"Canada", CA, -5, 44.5, -78.0, 35},
    {"Mexico", US, -6, 19.4, -99.1, 30},      {"Colombia", US, -5, 4.7, -74.1, 14},
    {"Brazil", BR, -3, -23.5, -46.6, 45},     {"Argentina", BR, -3, -34.6, -58.4, 12},
    {"Britain", GB, 0, 52.5, -1.5, 55},       {"Ireland", EU, 0, 53.3, -6.3, 7},
    {"Germany", EU, 1, 51.2, 10.4, 45},       {"France", EU, 1, 47.0, 2.5, 38},
    {"Italy", EU, 1, 42.8, 12.6, 30},         {"Spain", EU, 1, 40.4, -3.7, 24},
    {"Netherlands", EU, 1, 52.1, 5.3, 16},    {"Poland", EU, 1, 52.2, 19.1, 16},
    {"Sweden", EU, 1, 59.3, 18.1, 12},        {"Turkey", EU, 3, 41.0, 29.0, 18},
    {"Egypt", EU, 2, 30.0, 31.2, 12},         {"Nigeria", EU, 1, 6.5, 3.4, 10},
    {"South Africa", EU, 2, -26.2, 28.0, 14}, {"Gulf", IN, 3, 24.7, 46.7, 20},
    {"India west", IN, 5, 19.0, 74.0, 50},    {"India east", IN, 5, 20.0, 83.0, 45},
    {"China east", CN, 8, 31.2, 121.5, 25},   {"China north", CN, 8, 39.9, 116.4, 20},
    {"Hong Kong", SG, 8, 22.3, 114.2, 10},    {"Japan", JP, 9, 35.7, 139.7, 35},
    {"Korea", JP, 9, 37.6, 127.0, 20},        {"Singapore", SG, 8, 1.35, 103.8, 10},
    {"Indonesia", SG, 7, -6.2, 106.8, 22},    {"Philippines", SG, 8, 14.6, 121.0, 16},
    {"Australia", AU, 10, -33.0, 147.0, 20},  {"New Zealand", AU, 12, -41.0, 174.0, 5},
};

const uint32_t sim_hour[SIM_HOURS] = {4,  2,  1,  1,  2,  6,  18, 42, 80, 100, 100, 92,
                                      70, 84, 96, 92, 80, 62, 48, 42, 36, 26,  16,  8};

fence_set sim_fenced(void)
{
    return (fence_set)1 << CN;
}

uint16_t sim_country(const char *two)
{
    return (uint16_t)((uint8_t)two[0] << 8 | (uint8_t)two[1]);
}

uint32_t sim_rtt_us(const struct sim_place *p, const struct sim_centre *c)
{
    const double degree = 0.017453292519943295, earth_km = 6371, km_a_us = 0.2;
    double lat1 = p->latitude * degree, lat2 = c->latitude * degree;
    double half_lat = (lat2 - lat1) / 2, half_long = (c->longitude - p->longitude) * degree / 2;
    /* haversine */
    double h =
        sin(half_lat) * sin(half_lat) + cos(lat1) * cos(lat2) * sin(half_long) * sin(half_long);
    double km = 2 * earth_km * asin(sqrt(h < 1 ? h : 1));
    return (uint32_t)(2 * 1.5 * km / km_a_us) + 8000;
}
