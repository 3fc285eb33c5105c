/* Facts about the order of choice: random facts of 19 data centres against a slow second
 * implementation; what fails is made smaller before it is told. */
#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "policy/fence_naive.h"

enum { CENTRES = 19, TRIES = 200000 };

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static fence_set some(uint32_t one_in)
{
    fence_set s = 0;
    for (unsigned z = 0; z < 6; z++)
        s |= (fence_set)(below(one_in) == 0) << z;
    return s;
}

/* Mostly what happens, now and then anything. */
static void invent(struct route_facts *f)
{
    memset(f, 0, sizeof *f);
    f->meeting = (struct fence_meeting){.fenced = some(3), .refused = some(6), .admitted = some(2)};
    f->meeting.realm = below(4) == 0;
    f->meeting.country = (uint16_t)below(3);
    f->client = (struct fence_client){(uint8_t)below(7), below(2)};
    if (f->client.zone == 6)
        f->client.zone = FENCE_NOWHERE;
    f->seed = below(1000);
    f->count = below(CENTRES + 1);
    for (uint32_t i = 0; i < f->count; i++) {
        f->centre[i] = (struct fence_centre){.zone = (uint8_t)below(6),
                                             .realm = (uint8_t)(below(4) == 0),
                                             .state = (uint8_t)(below(3) == 0 ? below(5) : 0),
                                             .chosen = below(5) != 0,
                                             .country = (uint16_t)below(3),
                                             .load = below(1200)};
        f->rtt_us[i] = below(10) == 0 ? ROUTE_UNKNOWN : below(40);
        f->id[i] = i * 77 + 5;
    }
}

/* ---- the plan, as the page has it ---- */

static bool in_list(const uint8_t *list, uint32_t n, uint32_t i)
{
    for (uint32_t k = 0; k < n; k++)
        if (list[k] == i)
            return true;
    return false;
}

static const char *breaks(const struct route_facts *f)
{
    struct route_plan p, again;
    route_plan(f, &p);
    route_plan(f, &again);
    if (memcmp(&p, &again, sizeof p) != 0)
        return "the same facts gave two plans";
    uint32_t may = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        bool allowed = naive_may(&f->meeting, &f->client, f->centre, f->count, &f->centre[i]);
        bool first = in_list(p.primary, p.primaries, i);
        bool second = in_list(p.secondary, p.secondaries, i);
        may += allowed;
        if ((first || second) && !allowed)
            return "a forbidden data centre was chosen";
        if (first && second)
            return "one was chosen twice";
        if (allowed != (p.law[i] == LAW_FINE))
            return "a law is named without cause, or none with cause";
        /* Whoever was left out of the primaries is not nearer than one of them. */
        for (uint32_t k = 0; k < p.primaries && allowed && !first; k++)
            if (f->rtt_us[i] < f->rtt_us[p.primary[k]])
                return "a nearer one was left out";
    }
    if (p.primaries != (may < 5 ? may : 5))
        return "not as many primaries as there could be";
    if (p.secondaries != (may < 5 ? 0 : may - 5 < 2 ? may - 5 : 2))
        return "not as many secondaries as there could be";
    for (uint32_t k = 1; k < p.primaries; k++)
        if (f->rtt_us[p.primary[k]] < f->rtt_us[p.primary[k - 1]])
            return "the primaries are not in the order of their delay";
    for (unsigned z = 0; z < FENCE_ZONES; z++)
        if (in_set(p.allowed, z) != naive_zone_allowed(&f->meeting, f->centre, f->count, z))
            return "A(m) is another one";
    return NULL;
}

/* Without one data centre after another, as long as it still breaks. */
static void shrink(struct route_facts *f)
{
    for (uint32_t i = 0; i < f->count;) {
        struct route_facts less = *f;
        for (uint32_t k = i; k + 1 < less.count; k++) {
            less.centre[k] = less.centre[k + 1];
            less.rtt_us[k] = less.rtt_us[k + 1];
            less.id[k] = less.id[k + 1];
        }
        less.count--;
        if (breaks(&less))
            *f = less;
        else
            i++;
    }
}

static void tell(const struct route_facts *f, const char *why)
{
    print_error("%s; fenced %x refused %x admitted %x realm %u country %u, client of %u%s\n", why,
                f->meeting.fenced, f->meeting.refused, f->meeting.admitted, f->meeting.realm,
                f->meeting.country, f->client.zone, f->client.admitted ? ", admitted" : "");
    for (uint32_t i = 0; i < f->count; i++)
        print_error("  zone %u realm %u state %u%s country %u load %u rtt %u\n", f->centre[i].zone,
                    f->centre[i].realm, f->centre[i].state, f->centre[i].chosen ? " chosen" : "",
                    f->centre[i].country, f->centre[i].load, f->rtt_us[i]);
}

static void random_facts_of_nineteen_give_lawful_plans(void **state)
{
    (void)state;
    struct route_facts f;
    seed = 20200403;
    for (int n = 0; n < TRIES; n++) {
        invent(&f);
        const char *why = breaks(&f);
        if (!why)
            continue;
        shrink(&f);
        tell(&f, breaks(&f));
        fail();
    }
}

static struct route_facts plain(uint32_t count)
{
    struct route_facts f;
    memset(&f, 0, sizeof f);
    f.client = (struct fence_client){0, true};
    f.count = count;
    for (uint32_t i = 0; i < count && i < ROUTE_CENTRES; i++) {
        f.centre[i].chosen = true;
        f.rtt_us[i] = 1000 * (i + 1);
        f.id[i] = i + 1;
    }
    return f;
}

static void the_nearest_five_come_first(void **state)
{
    (void)state;
    struct route_plan p;
    struct route_facts f = plain(9);
    f.rtt_us[8] = 1;
    f.rtt_us[0] = ROUTE_UNKNOWN;
    route_plan(&f, &p);
    static const uint8_t expected[] = {8, 1, 2, 3, 4};
    assert_int_equal(p.primaries, 5);
    assert_memory_equal(p.primary, expected, sizeof expected);
}

static void not_everybody_has_the_same_two_in_reserve(void **state)
{
    (void)state;
    struct route_plan p;
    struct route_facts f = plain(15);
    uint32_t drawn[15] = {0};
    for (f.seed = 0; f.seed < 10000; f.seed++) {
        route_plan(&f, &p);
        assert_int_equal(p.secondaries, 2);
        drawn[p.secondary[0]]++;
        drawn[p.secondary[1]]++;
    }
    for (uint32_t i = 5; i < 15; i++) /* 2,000 each, within five standard deviations */
        assert_in_range(drawn[i], 1800, 2200);
}

static void more_than_there_may_be_are_not_looked_at(void **state)
{
    (void)state;
    struct route_plan p;
    struct route_facts f = plain(ROUTE_CENTRES);
    f.count = UINT32_MAX;
    route_plan(&f, &p);
    assert_int_equal(p.primaries, 5);
    f.count = 0;
    route_plan(&f, &p);
    assert_int_equal(p.primaries + p.secondaries, 0);
    assert_int_equal(p.allowed, 0);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(random_facts_of_nineteen_give_lawful_plans),
        FACT(the_nearest_five_come_first),
        FACT(not_everybody_has_the_same_two_in_reserve),
        FACT(more_than_there_may_be_are_not_looked_at),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
