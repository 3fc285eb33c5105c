/* The day itself; see sim_day.h. owns: its meetings and legs, for the time of sim_day. */
#include "bin/sim_day.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SIZE_MOST = 1000, /* of a meeting */
    LAST_MOST = 240,  /* minutes of one */
    MINUTES_ALL = SIM_MINUTES + LAST_MOST + 1,
    COMES_WITHIN = 3, /* minutes in which people come */
    /* of 1,000 meetings */
    ABROAD = 120, /* of a meeting's people: from anywhere */
    GOVERNMENTS = 8,
    OPTED_OUT = 60,       /* their account opted one data centre out */
    REFUSES_FENCED = 250, /* their account refuses the fenced zone */
};

#define NONE UINT32_MAX

struct meeting {
    uint32_t legs;      /* here now, the unscaled */
    uint32_t left;      /* still to come */
    uint16_t end;       /* minute */
    uint16_t opted_out; /* a data centre; SIM_CENTRES: none */
    uint8_t place, realm;
    bool refuses;
    uint32_t zone[SIM_ZONES]; /* admitted people by zone */
    uint32_t first;           /* of its legs */
};

struct leg {
    uint32_t meeting, next; /* in its meeting */
    uint8_t place, centre;
};

struct day {
    const struct sim_scenario *s;
    struct sim_figures *out;
    struct route_facts facts; /* the world; a meeting's part is written over it */
    uint32_t rtt_us[SIM_PLACES][SIM_CENTRES];
    uint64_t used[SIM_CENTRES];
    uint64_t random;
    uint32_t minute, weights, hours;
    struct meeting *meeting; /* *owned* */
    struct leg *leg;         /* *owned* */
    uint32_t meetings, meeting_room, legs, leg_room;
    uint32_t free_meeting, free_leg; /* NONE: none; linked by `first` and `next` */
    uint32_t mean_size;              /* thousandths */
    bool failed;                     /* no memory */
};

static uint64_t draw(struct day *d)
{
    uint64_t x = d->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint32_t below(struct day *d, uint32_t n)
{
    return (uint32_t)((draw(d) >> 32) * n >> 32);
}

/* ---- places to keep things ---- */

static uint32_t grown(uint32_t room)
{
    return room ? 2 * room : 4096;
}

static uint32_t take_meeting(struct day *d)
{
    if (d->free_meeting != NONE) {
        uint32_t i = d->free_meeting;
        d->free_meeting = d->meeting[i].first;
        return i;
    }
    if (d->meetings == d->meeting_room) {
        uint32_t room = grown(d->meeting_room);
        struct meeting *more = realloc(d->meeting, room * sizeof *more);
        if (!more)
            return NONE;
        d->meeting = more;
        d->meeting_room = room;
    }
    return d->meetings++;
}

static uint32_t take_leg(struct day *d)
{
    if (d->free_leg != NONE) {
        uint32_t i = d->free_leg;
        d->free_leg = d->leg[i].next;
        return i;
    }
    if (d->legs == d->leg_room) {
        uint32_t room = grown(d->leg_room);
        struct leg *more = realloc(d->leg, room * sizeof *more);
        if (!more)
            return NONE;
        d->leg = more;
        d->leg_room = room;
    }
    return d->legs++;
}

/* ---- facts and plans ---- */

static void note_load(struct day *d, uint32_t centre)
{
    uint64_t capacity = d->out->capacity[centre];
    uint64_t load = capacity ? d->used[centre] * FENCE_CAPACITY / capacity : FENCE_CAPACITY;
    d->facts.centre[centre].load = (uint32_t)load;
    if (d->used[centre] > d->out->peak[centre])
        d->out->peak[centre] = d->used[centre];
}

static void occupy(struct day *d, uint32_t centre)
{
    d->used[centre] += d->s->scale;
    note_load(d, centre);
}

static void release(struct day *d, uint32_t centre)
{
    d->used[centre] -= d->s->scale;
    note_load(d, centre);
}

static fence_set admitted(const struct meeting *m)
{
    fence_set set = 0;
    for (uint32_t i = 0; i < SIM_ZONES; i++)
        set |= (fence_set)(m->zone[i] > 0) << i;
    return set;
}

static void write_facts(struct day *d, const struct meeting *m, uint8_t place, bool let_in)
{
    struct route_facts *f = &d->facts;
    f->meeting.admitted = admitted(m);
    f->meeting.refused = m->refuses ? sim_fenced() : 0;
    f->meeting.realm = m->realm;
    f->meeting.country = m->realm == FENCE_GOVERNMENT ? sim_country("US") : 0;
    f->client = (struct fence_client){sim_place[place].zone, let_in};
    f->seed = draw(d);
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        f->centre[i].chosen = i != m->opted_out;
    memcpy(f->rtt_us, d->rtt_us[place], sizeof d->rtt_us[place]);
}

/* The data centre that is nearest and not refused; SIM_CENTRES: the join is refused. */
static uint32_t ask(struct day *d, const struct meeting *m, uint8_t place, bool let_in,
                    struct route_plan *plan)
{
    struct timespec from, to;
    write_facts(d, m, place, let_in);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    route_plan(&d->facts, plan);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    int64_t ns = (to.tv_sec - from.tv_sec) * INT64_C(1000000000) + to.tv_nsec - from.tv_nsec;
    uint64_t slot = (uint64_t)ns / SIM_DECISION_NS;
    d->out->decision[slot < SIM_DECISIONS ? slot : SIM_DECISIONS - 1]++;
    d->out->decisions++;
    if (plan->primaries == 0)
        return SIM_CENTRES;
    uint32_t centre = plan->primary[0];
    if (sim_forbids(&d->facts, centre))
        d->out->violations += d->s->scale;
    return centre;
}

/* The law that kept somebody from the nearest data centre of their realm. */
static void note_refusal(struct day *d, const struct meeting *m, uint8_t place,
                         const struct route_plan *plan)
{
    uint32_t nearest = SIM_CENTRES;
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        if (sim_centre[i].realm == m->realm &&
            (nearest == SIM_CENTRES || d->rtt_us[place][i] < d->rtt_us[place][nearest]))
            nearest = i;
    d->out->refused_by[plan->law[nearest]] += d->s->scale;
}

static void note_leg(struct day *d, uint8_t place, uint32_t centre)
{
    uint32_t ms = d->rtt_us[place][centre] / 1000;
    d->out->delay[ms < SIM_DELAYS ? ms : SIM_DELAYS - 1] += d->s->scale;
    d->out->joins[centre] += d->s->scale;
    if (sim_fenced() >> sim_centre[centre].zone & 1)
        d->out->fenced_joined += d->s->scale;
}

/* ---- who comes and goes ---- */

/* Somebody asks, is let in, and of a fenced zone then asks again for a place at home. */
static bool come(struct day *d, uint32_t number, uint8_t place)
{
    struct route_plan plan;
    struct meeting *m = &d->meeting[number];
    d->out->asked += d->s->scale;
    uint32_t centre = ask(d, m, place, false, &plan);
    if (centre == SIM_CENTRES) {
        d->out->refused += d->s->scale;
        d->out->sent_away[d->minute] += d->s->scale;
        note_refusal(d, m, place, &plan);
        return true;
    }
    uint32_t i = take_leg(d);
    if (i == NONE)
        return false;
    m->zone[sim_place[place].zone]++;
    if (sim_fenced() >> sim_place[place].zone & 1) {
        uint32_t home = ask(d, m, place, true, &plan);
        centre = home < SIM_CENTRES ? home : centre;
    }
    d->leg[i] = (struct leg){number, m->first, place, (uint8_t)centre};
    m->first = i;
    m->legs++;
    occupy(d, centre);
    note_leg(d, place, centre);
    d->out->joined += d->s->scale;
    d->out->came[d->minute] += d->s->scale;
    return true;
}

static void end(struct day *d, uint32_t number)
{
    struct meeting *m = &d->meeting[number];
    for (uint32_t i = m->first; i != NONE;) {
        uint32_t next = d->leg[i].next;
        release(d, d->leg[i].centre);
        d->leg[i].meeting = NONE;
        d->leg[i].next = d->free_leg;
        d->free_leg = i;
        i = next;
    }
    m->end = 0;
    m->first = d->free_meeting;
    d->free_meeting = number;
}

static uint8_t some_place(struct day *d)
{
    uint32_t at = below(d, d->weights);
    for (uint8_t i = 0; i < SIM_PLACES; i++) {
        if (at < sim_place[i].weight)
            return i;
        at -= sim_place[i].weight;
    }
    return 0;
}

static uint32_t goes_on_at(const struct day *d, uint32_t place)
{
    return sim_hour[((int)d->minute / 60 + 24 + sim_place[place].hours) % 24];
}

/* A place by how much goes on there at this hour. */
static uint8_t waking_place(struct day *d)
{
    for (;;) {
        uint8_t place = some_place(d);
        if (below(d, 100) < goes_on_at(d, place))
            return place;
    }
}

/* Heavy-tailed: P(size > n) falls as n^-1.5, from 2 on. */
static uint32_t some_size(struct day *d)
{
    uint32_t n = 2;
    while (n < SIZE_MOST) {
        /* (n / (n + 1))^1.5, as thousandths without a root: 1 - 1.5/(n+1) + 0.375/(n+1)^2 */
        uint32_t goes_on = 1000 - 1500 / (n + 1) + 375 / ((n + 1) * (n + 1));
        if (below(d, 1000) >= goes_on)
            break;
        n++;
    }
    return n;
}

/* Minutes: most are half an hour or an hour, some long. */
static uint16_t some_time(struct day *d)
{
    static const uint16_t minutes[10] = {10, 20, 30, 30, 30, 45, 60, 60, 90, 180};
    return (uint16_t)(minutes[below(d, 10)] + below(d, 10));
}

static bool begin(struct day *d)
{
    uint32_t number = take_meeting(d);
    if (number == NONE)
        return false;
    struct meeting *m = &d->meeting[number];
    uint8_t place = waking_place(d);
    bool american = sim_place[place].zone == 0 && sim_place[place].hours <= -5;
    *m = (struct meeting){
        .left = some_size(d), .place = place, .first = NONE, .opted_out = SIM_CENTRES};
    m->end = (uint16_t)(d->minute + COMES_WITHIN + some_time(d));
    m->realm = american && below(d, 1000) < GOVERNMENTS ? FENCE_GOVERNMENT : FENCE_COMMERCIAL;
    m->refuses = below(d, 1000) < REFUSES_FENCED;
    if (below(d, 1000) < OPTED_OUT)
        m->opted_out = (uint16_t)below(d, SIM_CENTRES);
    d->out->meetings += d->s->scale;
    return true;
}

/* A third of who is still to come; in the minute of a surge everybody. */
static bool gather(struct day *d, uint32_t number)
{
    uint32_t n = d->meeting[number].left;
    if (n > 2 && d->minute != d->s->surge_minute)
        n = (n + COMES_WITHIN - 1) / COMES_WITHIN;
    d->meeting[number].left -= n;
    for (uint32_t i = 0; i < n; i++) {
        struct meeting *m = &d->meeting[number];
        bool abroad = m->realm == FENCE_COMMERCIAL && below(d, 1000) < ABROAD;
        if (!come(d, number, abroad ? some_place(d) : m->place))
            return false;
    }
    return true;
}

/* ---- what fails ---- */

/* Everybody whose data centre takes nobody any more asks again. */
static void evacuate(struct day *d, uint32_t centre)
{
    struct route_plan plan;
    for (uint32_t i = 0; i < d->legs; i++) {
        struct leg *leg = &d->leg[i];
        if (leg->meeting == NONE || leg->centre != centre)
            continue;
        const struct meeting *m = &d->meeting[leg->meeting];
        uint32_t to = ask(d, m, leg->place, true, &plan);
        if (to == SIM_CENTRES) {
            d->out->lost += d->s->scale;
            continue; /* it stays without one until its meeting ends */
        }
        release(d, centre);
        leg->centre = (uint8_t)to;
        occupy(d, to);
        note_leg(d, leg->place, to);
        d->out->moved += d->s->scale;
    }
}

static void happen(struct day *d)
{
    for (uint32_t i = 0; i < d->s->events; i++)
        if (d->s->event[i].minute == d->minute)
            d->facts.centre[d->s->event[i].centre].state = d->s->event[i].state;
    for (uint32_t i = 0; i < d->s->events; i++)
        if (d->s->event[i].minute == d->minute && d->s->event[i].state != FENCE_UP)
            evacuate(d, d->s->event[i].centre);
}

/* ---- the day ---- */

/* Participants that come in this minute, by what all places do at this hour. */
static uint64_t usual(const struct day *d)
{
    uint64_t now = 0;
    for (uint32_t i = 0; i < SIM_PLACES; i++)
        now += (uint64_t)sim_place[i].weight * goes_on_at(d, i);
    return d->s->participants * now / ((uint64_t)d->weights * d->hours) / 60;
}

static bool play_minute(struct day *d, uint64_t *owed)
{
    for (uint32_t i = 0; i < d->meetings; i++)
        if (d->meeting[i].end != 0 && d->meeting[i].end <= d->minute)
            end(d, i);
    happen(d);
    *owed += usual(d) + (d->minute == d->s->surge_minute ? d->s->surge : 0);
    uint64_t each = (uint64_t)d->mean_size * d->s->scale / 1000;
    for (; *owed >= each; *owed -= each)
        if (!begin(d))
            return false;
    for (uint32_t i = 0; i < d->meetings; i++)
        if (d->meeting[i].end != 0 && d->meeting[i].left > 0 && !gather(d, i))
            return false;
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        d->out->load[d->minute][i] = d->facts.centre[i].load;
    return true;
}

static void lay_out(struct day *d)
{
    uint32_t weight[FENCE_REALMS_] = {0};
    d->facts.count = SIM_CENTRES;
    d->facts.meeting.fenced = sim_fenced();
    for (uint32_t i = 0; i < SIM_CENTRES; i++)
        weight[sim_centre[i].realm] += sim_centre[i].weight;
    for (uint32_t i = 0; i < SIM_CENTRES; i++) {
        const struct sim_centre *c = &sim_centre[i];
        uint64_t of = c->realm == FENCE_GOVERNMENT ? d->s->capacity / 10 : d->s->capacity;
        d->out->capacity[i] = of * c->weight / weight[c->realm];
        d->facts.centre[i] = (struct fence_centre){.zone = c->zone,
                                                   .realm = c->realm,
                                                   .state = FENCE_UP,
                                                   .country = sim_country(c->country)};
        d->facts.id[i] = i + 1;
        for (uint32_t p = 0; p < SIM_PLACES; p++)
            d->rtt_us[p][i] = sim_rtt_us(&sim_place[p], c);
        note_load(d, i);
    }
    for (uint32_t i = 0; i < SIM_PLACES; i++)
        d->weights += sim_place[i].weight;
    for (uint32_t i = 0; i < SIM_HOURS; i++)
        d->hours += sim_hour[i];
    uint64_t sum = 0; /* what a meeting has on the average, by the same law */
    for (uint32_t i = 0; i < 100000; i++)
        sum += some_size(d);
    d->mean_size = (uint32_t)(sum / 100);
}

bool sim_day(const struct sim_scenario *s, struct sim_figures *out)
{
    static struct day d;
    uint64_t owed = 0;
    bool ok = true;
    memset(out, 0, sizeof *out);
    d = (struct day){.s = s, .out = out, .random = s->seed, .free_meeting = NONE, .free_leg = NONE};
    lay_out(&d);
    for (d.minute = 0; ok && d.minute < SIM_MINUTES; d.minute++)
        ok = play_minute(&d, &owed);
    free(d.meeting);
    free(d.leg);
    return ok;
}
