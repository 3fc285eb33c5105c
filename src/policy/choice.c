/* See choice.h. Every rule takes bits away from all there are, so none can give one back. */
#include "policy/choice.h"

static const struct choice_lists *lists_of(const struct choice *c, enum choice_use use)
{
    bool follows = use == CHOICE_TRANSIT && !c->transit_own;
    return &c->use[follows ? CHOICE_PROCESSING : use];
}

static choice_set listed(const struct choice_lists *l)
{
    return (l->only ? l->in : ~(choice_set)0) & ~l->out;
}

static uint32_t count_of(const struct choice_world *w)
{
    return w->count < CHOICE_CENTRES ? w->count : CHOICE_CENTRES;
}

/* On the list and of that realm (of a government: of that country, when one is said). */
static choice_set of_realm(const struct choice_world *w, const struct choice_result *r)
{
    choice_set set = 0;
    for (uint32_t i = 0; i < count_of(w); i++) {
        const struct fence_centre *c = &w->centre[i];
        bool home = r->realm != FENCE_GOVERNMENT || r->country == 0 || c->country == r->country;
        if (c->state < FENCE_WITHDRAWN && c->zone < FENCE_ZONES && c->realm == r->realm && home)
            set |= (choice_set)1 << i;
    }
    return set;
}

static choice_set in_zones(const struct choice_world *w, fence_set zones)
{
    choice_set set = 0;
    for (uint32_t i = 0; i < count_of(w); i++)
        if (w->centre[i].zone < FENCE_ZONES && (zones >> w->centre[i].zone & 1))
            set |= (choice_set)1 << i;
    return set;
}

/* The realm is that of those above; without any, one's own. */
static void take_realm(const struct choice *own, const struct choice *above, uint32_t count,
                       struct choice_result *out)
{
    const struct choice *first = count > 0 ? &above[0] : own;
    out->realm = first->realm;
    out->country = first->country;
    out->torn = count > CHOICE_ABOVE || out->realm >= FENCE_REALMS_;
    for (uint32_t i = 1; i < count && !out->torn; i++)
        out->torn = above[i].realm != out->realm || above[i].country != out->country;
}

void choice_bind(const struct choice_world *w, const struct choice *own, const struct choice *above,
                 uint32_t count, struct choice_result *out)
{
    *out = (struct choice_result){.refused = own->refused};
    take_realm(own, above, count, out);
    if (out->torn)
        return;
    for (uint32_t i = 0; i < count; i++)
        out->refused |= above[i].refused;
    choice_set base = of_realm(w, out) & ~in_zones(w, out->refused);
    for (int use = 0; use < CHOICE_USES_; use++) {
        out->may[use] = base & listed(lists_of(own, (enum choice_use)use));
        for (uint32_t i = 0; i < count; i++)
            out->may[use] &= listed(lists_of(&above[i], (enum choice_use)use));
    }
}

static uint8_t first_of(choice_set set)
{
    uint8_t i = 0;
    while (i < CHOICE_CENTRES && !(set >> i & 1))
        i++;
    return i;
}

/* On the list: one that left it may still be named, and lets nothing in. */
static choice_set there(const struct choice_world *w)
{
    choice_set set = 0;
    for (uint32_t i = 0; i < count_of(w); i++)
        if (w->centre[i].state < FENCE_WITHDRAWN)
            set |= (choice_set)1 << i;
    return set;
}

/* Of the data centres that one use opts in, by name. */
static struct choice_verdict judge_list(const struct choice_world *w, const struct choice *own,
                                        const struct choice_result *all,
                                        const struct choice_result *bound, enum choice_use use)
{
    const struct choice_lists *l = &own->use[use];
    choice_set in = l->only ? l->in & there(w) : 0;
    const struct {
        enum choice_fault fault;
        choice_set wrong;
    } rules[] = {
        {CHOICE_BOTH, l->in & l->out},
        {CHOICE_REALM, in & ~of_realm(w, all)},
        {CHOICE_BOUND, in & ~bound->may[use]},
        {CHOICE_ZONE, in & in_zones(w, own->refused)},
    };
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong)
            return (struct choice_verdict){rules[i].fault, (uint8_t)use, first_of(rules[i].wrong)};
    return (struct choice_verdict){CHOICE_FINE, (uint8_t)use, CHOICE_CENTRES};
}

struct choice_verdict choice_judge(const struct choice_world *w, const struct choice *own,
                                   const struct choice *above, uint32_t count)
{
    struct choice_result all, bound;
    struct choice nothing = {.realm = own->realm, .country = own->country};
    choice_bind(w, own, above, count, &all);
    choice_bind(w, &nothing, above, count, &bound);
    if (all.torn)
        return (struct choice_verdict){CHOICE_TORN, CHOICE_PROCESSING, CHOICE_CENTRES};
    for (int use = 0; use < CHOICE_USES_; use++) {
        if (use == CHOICE_TRANSIT && !own->transit_own)
            continue;
        struct choice_verdict v = judge_list(w, own, &all, &bound, (enum choice_use)use);
        if (v.fault != CHOICE_FINE)
            return v;
    }
    for (int use = 0; use < CHOICE_USES_; use++)
        if (!(all.may[use] & ~in_zones(w, w->fenced)))
            return (struct choice_verdict){CHOICE_NONE, (uint8_t)use, CHOICE_CENTRES};
    return (struct choice_verdict){CHOICE_FINE, CHOICE_PROCESSING, CHOICE_CENTRES};
}

const char *choice_fault_word(enum choice_fault f)
{
    static const char *const words[] = {
#define FAULT(name, word, why) word,
        CHOICE_FAULTS(FAULT)
#undef FAULT
    };
    return (unsigned)f < CHOICE_FAULT_COUNT_ ? words[f] : words[CHOICE_NONE];
}

const char *choice_fault_why(enum choice_fault f)
{
    static const char *const whys[] = {
#define FAULT(name, word, why) why,
        CHOICE_FAULTS(FAULT)
#undef FAULT
    };
    return (unsigned)f < CHOICE_FAULT_COUNT_ ? whys[f] : whys[CHOICE_NONE];
}
