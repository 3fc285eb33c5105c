/* Facts about choices of data centres: all choices over three data centres, alone and below an
 * organisation's, against a reading data centre by data centre; adding a choice, a list or a zone
 * never lets more in. */
#include "base/fact.h"

#include <string.h>

#include "policy/choice.h"

enum { CENTRES = 3, LISTS = 2 << (2 * CENTRES), WORLDS = 5 };

static const struct choice_world worlds[WORLDS] = {
    {3, {{.zone = 0}, {.zone = 1}, {.zone = 1}}, 0},
    {3, {{.zone = 0}, {.zone = 1}, {.zone = 0}}, 2},
    {3, {{.zone = 0}, {.zone = 0, .state = FENCE_WITHDRAWN}, {.zone = 1, .state = FENCE_DOWN}}, 0},
    {3, {{.zone = 0}, {.zone = 0, .realm = FENCE_GOVERNMENT, .country = 7}, {.zone = 1}}, 1},
    {3,
     {{.zone = 0, .realm = FENCE_GOVERNMENT, .country = 7},
      {.zone = 1, .realm = FENCE_GOVERNMENT, .country = 8},
      {.zone = 1}},
     0},
};

static struct choice_lists lists_of(unsigned n)
{
    unsigned all = (1u << CENTRES) - 1;
    return (struct choice_lists){n >> (2 * CENTRES) & 1, n & all, n >> CENTRES & all};
}

/* ---- the other reading: may this one be used, and if not, by whose word ---- */

static bool naive_listed(const struct choice *c, enum choice_use use, unsigned i)
{
    const struct choice_lists *l = &c->use[use];
    if (use == CHOICE_TRANSIT && !c->transit_own)
        l = &c->use[CHOICE_PROCESSING];
    if (l->out >> i & 1)
        return false;
    return !l->only || (l->in >> i & 1);
}

static bool naive_may(const struct choice_world *w, const struct choice *own,
                      const struct choice *above, enum choice_use use, unsigned i)
{
    const struct fence_centre *c = &w->centre[i];
    const struct choice *realm = above ? above : own;
    if (c->state == FENCE_WITHDRAWN || c->realm != realm->realm)
        return false;
    if (realm->realm == FENCE_GOVERNMENT && realm->country && realm->country != c->country)
        return false;
    if (own->refused >> c->zone & 1 || !naive_listed(own, use, i))
        return false;
    return !above || (!(above->refused >> c->zone & 1) && naive_listed(above, use, i));
}

static bool naive_named_well(const struct choice_world *w, const struct choice *own,
                             const struct choice *above, enum choice_use use, unsigned i)
{
    static const struct choice anything;
    struct choice open = anything;
    open.realm = own->realm;
    open.country = own->country;
    const struct choice_lists *l = &own->use[use];
    if (l->in >> i & l->out >> i & 1)
        return false;
    if (!l->only || !(l->in >> i & 1) || w->centre[i].state == FENCE_WITHDRAWN)
        return true;
    return naive_may(w, &open, above, use, i) && !(own->refused >> w->centre[i].zone & 1);
}

static bool naive_fine(const struct choice_world *w, const struct choice *own,
                       const struct choice *above)
{
    for (int use = 0; use < CHOICE_USES_; use++) {
        bool left = false;
        for (unsigned i = 0; i < w->count; i++) {
            bool named = use != CHOICE_TRANSIT || own->transit_own;
            if (named && !naive_named_well(w, own, above, (enum choice_use)use, i))
                return false;
            left |= naive_may(w, own, above, (enum choice_use)use, i) &&
                    !(w->fenced >> w->centre[i].zone & 1);
        }
        if (!left)
            return false;
    }
    return true;
}

static uint64_t asked;

static void agree(const struct choice_world *w, const struct choice *own,
                  const struct choice *above)
{
    struct choice_result r;
    struct choice_verdict v = choice_judge(w, own, above, above != NULL);
    choice_bind(w, own, above, above != NULL, &r);
    asked++;
    assert_int_equal(v.fault == CHOICE_FINE, naive_fine(w, own, above));
    for (int use = 0; use < CHOICE_USES_; use++) {
        choice_set may = 0;
        for (unsigned i = 0; i < w->count; i++)
            may |= (choice_set)naive_may(w, own, above, (enum choice_use)use, i) << i;
        assert_int_equal(r.may[use], may);
    }
}

/* ---- facts ---- */

static void every_choice_alone(void **state)
{
    (void)state;
    for (unsigned w = 0; w < WORLDS; w++)
        for (unsigned p = 0; p < LISTS; p++)
            for (unsigned t = 0; t < 2 * LISTS; t++)
                for (unsigned rest = 0; rest < 16; rest++) {
                    struct choice c = {.transit_own = t >= LISTS,
                                       .refused = rest & 3,
                                       .realm = rest >> 2 & 1,
                                       .country = rest & 8 ? 7 : 0};
                    c.use[CHOICE_PROCESSING] = lists_of(p);
                    c.use[CHOICE_TRANSIT] = lists_of(t % LISTS);
                    c.use[CHOICE_STORAGE] = lists_of((p * 5 + t) % LISTS);
                    agree(&worlds[w], &c, NULL);
                }
    assert_int_equal(asked, WORLDS * LISTS * 2 * LISTS * 16);
}

static void every_choice_below_an_organisations(void **state)
{
    (void)state;
    for (unsigned w = 0; w < WORLDS; w++)
        for (unsigned p = 0; p < LISTS; p++)
            for (unsigned q = 0; q < LISTS; q++)
                for (unsigned rest = 0; rest < 16; rest++) {
                    struct choice own = {.refused = rest & 3};
                    struct choice above = {.refused = rest >> 2, .realm = (p + q) % 2};
                    own.use[CHOICE_PROCESSING] = lists_of(p);
                    above.use[CHOICE_PROCESSING] = lists_of(q);
                    above.use[CHOICE_STORAGE] = lists_of((q * 3) % LISTS);
                    agree(&worlds[w], &own, &above);
                }
}

/* What an organisation leaves out no account of it gets, and each further word takes away only. */
static void narrowing_never_widens(void **state)
{
    (void)state;
    for (unsigned w = 0; w < WORLDS; w++)
        for (unsigned p = 0; p < LISTS; p++)
            for (unsigned q = 0; q < LISTS; q++) {
                struct choice own = {.refused = p & 3}, above = {.refused = q & 2}, more;
                struct choice_result alone, both, less;
                own.use[CHOICE_PROCESSING] = lists_of(p);
                above.use[CHOICE_PROCESSING] = lists_of(q);
                choice_bind(&worlds[w], &above, NULL, 0, &alone);
                choice_bind(&worlds[w], &own, &above, 1, &both);
                more = own;
                more.refused |= 1;
                more.use[CHOICE_PROCESSING].out |= 1u << p % CENTRES;
                choice_bind(&worlds[w], &more, &above, 1, &less);
                for (int use = 0; use < CHOICE_USES_; use++) {
                    assert_int_equal(both.may[use] & ~alone.may[use], 0);
                    assert_int_equal(less.may[use] & ~both.may[use], 0);
                }
            }
}

static void transit_follows_processing_until_it_is_chosen(void **state)
{
    (void)state;
    struct choice c = {.realm = FENCE_COMMERCIAL};
    struct choice_result r;
    c.use[CHOICE_PROCESSING].out = 1;
    choice_bind(&worlds[0], &c, NULL, 0, &r);
    assert_int_equal(r.may[CHOICE_TRANSIT], 6);
    assert_int_equal(r.may[CHOICE_STORAGE], 7);
    c.transit_own = true;
    choice_bind(&worlds[0], &c, NULL, 0, &r);
    assert_int_equal(r.may[CHOICE_TRANSIT], 7);
}

static void two_realms_above_let_nothing_in(void **state)
{
    (void)state;
    static struct choice own, above[CHOICE_ABOVE + 1];
    struct choice_result r;
    above[1].realm = FENCE_GOVERNMENT;
    choice_bind(&worlds[3], &own, above, 2, &r);
    assert_true(r.torn);
    assert_int_equal(r.may[CHOICE_PROCESSING], 0);
    assert_int_equal(choice_judge(&worlds[3], &own, above, 2).fault, CHOICE_TORN);
    above[1].realm = FENCE_COMMERCIAL;
    assert_int_equal(choice_judge(&worlds[0], &own, above, CHOICE_ABOVE).fault, CHOICE_FINE);
    assert_int_equal(choice_judge(&worlds[0], &own, above, CHOICE_ABOVE + 1).fault, CHOICE_TORN);
}

static void each_fault_names_its_list_and_data_centre(void **state)
{
    (void)state;
    struct choice own = {0}, above = {0};
    own.use[CHOICE_STORAGE] = (struct choice_lists){true, 6, 4};
    struct choice_verdict v = choice_judge(&worlds[0], &own, NULL, 0);
    assert_int_equal(v.fault, CHOICE_BOTH);
    assert_int_equal(v.use, CHOICE_STORAGE);
    assert_int_equal(v.centre, 2);
    own.use[CHOICE_STORAGE] = (struct choice_lists){true, 2, 0};
    assert_int_equal(choice_judge(&worlds[3], &own, NULL, 0).fault, CHOICE_REALM);
    above.use[CHOICE_STORAGE].out = 2;
    assert_int_equal(choice_judge(&worlds[0], &own, &above, 1).fault, CHOICE_BOUND);
    own.refused = 2;
    assert_int_equal(choice_judge(&worlds[0], &own, NULL, 0).fault, CHOICE_ZONE);
    own = (struct choice){.refused = 1};
    own.use[CHOICE_PROCESSING].out = 2;
    v = choice_judge(&worlds[2], &own, NULL, 0);
    assert_int_equal(v.fault, CHOICE_FINE);
    own.use[CHOICE_PROCESSING].out = 4;
    v = choice_judge(&worlds[2], &own, NULL, 0);
    assert_int_equal(v.fault, CHOICE_NONE);
    assert_int_equal(v.centre, CHOICE_CENTRES);
    assert_string_equal(choice_fault_word(v.fault), "none_left");
    assert_true(strlen(choice_fault_why(v.fault)) > 10);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(every_choice_alone),
        cmocka_unit_test(every_choice_below_an_organisations),
        cmocka_unit_test(narrowing_never_widens),
        cmocka_unit_test(transit_follows_processing_until_it_is_chosen),
        cmocka_unit_test(two_realms_above_let_nothing_in),
        cmocka_unit_test(each_fault_names_its_list_and_data_centre),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
