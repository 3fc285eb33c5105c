/* Facts about the fence: every combination of five zones, compared with a second implementation
 * that was written from the page of the laws; and the laws themselves, one by one. */
#include "base/fact.h"

#include <string.h>

#include "policy/fence_naive.h"

enum { ZONES = 5 };

/* One data centre a zone, that of zone z offered when bit z of `offered` is set. */
static void centres_of(struct fence_centre cs[ZONES], unsigned offered)
{
    for (unsigned z = 0; z < ZONES; z++)
        cs[z] = (struct fence_centre){.zone = (uint8_t)z, .chosen = offered >> z & 1};
}

/* Each zone is fenced or not, refused or not, has somebody admitted or not, and a data centre that
 * the account chose or not: 2^20 meetings. Of each: A(m), five data centres for each of eleven
 * clients, and the 25 ways between zones: 83 million answers. */
static void all_meetings_of_five_zones_are_as_the_page_says(void **state)
{
    (void)state;
    struct fence_centre cs[ZONES];
    uint64_t answers = 0, allowed_ways = 0;
    for (uint32_t bits = 0; bits < 1u << (4 * ZONES); bits++) {
        const struct fence_meeting m = {
            .fenced = bits & 31, .refused = bits >> 5 & 31, .admitted = bits >> 10 & 31};
        centres_of(cs, bits >> 15);
        fence_set a = fence_allowed(&m, cs, ZONES);
        for (unsigned z = 0; z < ZONES; z++)
            if (in_set(a, z) != naive_zone_allowed(&m, cs, ZONES, z))
                fail_msg("zone %u of meeting %x", z, bits);
        for (unsigned client = 0; client <= 2 * ZONES; client++) {
            const struct fence_client who = {
                client == 2 * ZONES ? FENCE_NOWHERE : (uint8_t)(client / 2), client % 2 == 1};
            for (unsigned z = 0; z < ZONES; z++, answers++) {
                bool may = fence_judge(&m, a, &who, &cs[z]) == LAW_FINE;
                if (may != naive_may(&m, &who, cs, ZONES, &cs[z]))
                    fail_msg("client %u, data centre %u of meeting %x", client, z, bits);
                if (may && !in_set(a, z))
                    fail_msg("a leg outside of A(m)");
            }
        }
        for (uint8_t from = 0; from < ZONES; from++)
            for (uint8_t to = 0; to < ZONES; to++, answers++) {
                bool may = fence_may_pass(a, from, to);
                allowed_ways += may;
                if (may != (in_set(a, from) && in_set(a, to)))
                    fail_msg("from %u to %u of meeting %x", from, to, bits);
            }
    }
    assert_int_equal(answers, (uint64_t)(1 << 20) * (11 * 5 + 25));
    assert_true(allowed_ways > 0);
}

/* Realm, country, state, choice and load of one data centre, with the rest in its favour. */
static void all_of_one_data_centre_is_as_the_page_says(void **state)
{
    (void)state;
    static const uint32_t loads[] = {0, 999, 1000, 1001, UINT32_MAX};
    uint32_t fine = 0;
    for (unsigned n = 0; n < 4u * 4 * 6 * 2 * 5 * 3 * 3; n++) {
        unsigned at = n;
        struct fence_meeting m = {.realm = (uint8_t)(at % 4)};
        at /= 4;
        struct fence_centre c = {.realm = (uint8_t)(at % 4)};
        at /= 4;
        c.state = (uint8_t)(at % 6);
        at /= 6;
        c.chosen = at % 2;
        at /= 2;
        c.load = loads[at % 5];
        at /= 5;
        c.country = (uint16_t)(at % 3);
        at /= 3;
        m.country = (uint16_t)at;
        const struct fence_client who = {.zone = 1, .admitted = true};
        enum fence_law law = fence_judge(&m, fence_allowed(&m, &c, 1), &who, &c);
        assert_int_equal(law == LAW_FINE, naive_may(&m, &who, &c, 1, &c));
        fine += law == LAW_FINE;
    }
    assert_true(fine > 0);
}

static enum fence_law judge(struct fence_meeting m, struct fence_client who, struct fence_centre c)
{
    struct fence_centre all[] = {c, {.zone = 0, .chosen = true}};
    return fence_judge(&m, fence_allowed(&m, all, 2), &who, &c);
}

static void each_law_has_its_case(void **state)
{
    (void)state;
    const struct fence_meeting plain = {.realm = FENCE_COMMERCIAL}, wall = {.fenced = 2},
                               wall_in = {.fenced = 2, .admitted = 2},
                               state_one = {.realm = FENCE_GOVERNMENT, .country = 7};
    const struct fence_client out = {.zone = 0, .admitted = true},
                              in = {.zone = 1, .admitted = true}, stranger = {.zone = 1};
    const struct fence_centre fine = {.zone = 1, .chosen = true};
    struct fence_centre c = fine;
    assert_int_equal(judge(plain, out, fine), LAW_FINE);
    assert_int_equal(judge(wall_in, in, fine), LAW_FINE);
    assert_int_equal(judge(wall, out, fine), LAW_FENCE);
    assert_int_equal(judge(wall, stranger, fine), LAW_FENCE);
    assert_int_equal(judge(wall_in, out, fine), LAW_LEG);
    assert_int_equal(judge(wall_in, stranger, fine), LAW_STRANGER);
    assert_int_equal(judge(wall_in, (struct fence_client){FENCE_NOWHERE, true}, fine), LAW_LEG);
    assert_int_equal(judge((struct fence_meeting){.refused = 2}, out, fine), LAW_ZONE);
    assert_int_equal(
        judge((struct fence_meeting){.fenced = 2, .admitted = 2, .refused = 2}, in, fine),
        LAW_ZONE);
    c.chosen = false;
    assert_int_equal(judge(plain, out, c), LAW_CHOICE);
    c = fine;
    c.state = FENCE_WITHDRAWN;
    assert_int_equal(judge(plain, out, c), LAW_WITHDRAWN);
    c.state = FENCE_DRAINING;
    assert_int_equal(judge(plain, out, c), LAW_STATE);
    c.state = FENCE_DOWN;
    assert_int_equal(judge(plain, out, c), LAW_STATE);
    c = fine;
    c.load = FENCE_CAPACITY;
    assert_int_equal(judge(plain, out, c), LAW_FULL);
    c = fine;
    c.realm = FENCE_GOVERNMENT;
    assert_int_equal(judge(plain, out, c), LAW_REALM);
    assert_int_equal(judge(state_one, out, c), LAW_COUNTRY);
    c.country = 7;
    assert_int_equal(judge(state_one, out, c), LAW_FINE);
    assert_int_equal(judge(state_one, out, fine), LAW_REALM);
}

/* April 2020: every allowed data centre is full or down, and a fenced one is on the list with room.
 */
static void nothing_spills_over_a_fence(void **state)
{
    (void)state;
    const struct fence_meeting m = {.fenced = 1u << 3};
    const struct fence_client who = {.zone = 0, .admitted = true};
    struct fence_centre cs[] = {{.zone = 0, .chosen = true, .load = 1000},
                                {.zone = 1, .chosen = true, .state = FENCE_DOWN},
                                {.zone = 3, .chosen = true, .load = 0}};
    fence_set a = fence_allowed(&m, cs, 3);
    assert_int_equal(a, 3);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(fence_judge(&m, a, &who, &cs[i]), LAW_FINE);
}

static void facts_out_of_range_are_forbidden(void **state)
{
    (void)state;
    const struct fence_meeting m = {.fenced = 0};
    const struct fence_client who = {.zone = 0, .admitted = true};
    for (unsigned v = 0; v < 256; v++) {
        struct fence_centre c = {.zone = (uint8_t)v, .chosen = true};
        fence_set a = fence_allowed(&m, &c, 1);
        assert_int_equal(fence_judge(&m, UINT32_MAX, &who, &c) == LAW_FINE, v < FENCE_ZONES);
        assert_int_equal(a, v < FENCE_ZONES ? (fence_set)1 << v : 0);
        assert_false(fence_may_pass(UINT32_MAX, (uint8_t)v, 0) && v >= FENCE_ZONES);
        assert_false(fence_may_pass(UINT32_MAX, 0, (uint8_t)v) && v >= FENCE_ZONES);
        c = (struct fence_centre){.realm = (uint8_t)v, .chosen = true};
        assert_int_equal(fence_judge(&m, 1, &who, &c) == LAW_FINE, v == FENCE_COMMERCIAL);
        c = (struct fence_centre){.state = (uint8_t)v, .chosen = true};
        assert_int_equal(fence_judge(&m, 1, &who, &c) == LAW_FINE, v == FENCE_UP);
    }
}

static void each_law_is_said_in_words(void **state)
{
    (void)state;
    for (int law = 1; law < LAW_COUNT_; law++) {
        assert_int_equal(fence_law_name((enum fence_law)law)[0], 'G');
        assert_true(strlen(fence_law_words((enum fence_law)law)) > 10);
    }
    assert_string_equal(fence_law_name(LAW_FINE), "");
    assert_string_equal(fence_law_name(LAW_COUNT_), "G6");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(all_meetings_of_five_zones_are_as_the_page_says),
        FACT(all_of_one_data_centre_is_as_the_page_says),
        FACT(each_law_has_its_case),
        FACT(nothing_spills_over_a_fence),
        FACT(facts_out_of_range_are_forbidden),
        FACT(each_law_is_said_in_words),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
