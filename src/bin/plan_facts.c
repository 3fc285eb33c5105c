#include "bin/plan_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"

#define RTT_MOST_MS 1e6
#define LOAD_MOST 1e6

static uint64_t number_of(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bits */
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 0x100000001b3u;
    return h;
}

static const char *const realms[] = {"commercial", "government"};
static const char *const states[] = {"up", "draining", "down", "withdrawn"};

/* FENCE_ZONES: there is none of that name. */
static uint8_t zone_of(const struct plan_facts *f, json_t *v)
{
    const char *text = json_read_text(v, PLAN_NAME);
    for (uint32_t i = 0; text && i < f->zones; i++)
        if (strcmp(f->zone[i], text) == 0)
            return (uint8_t)i;
    return FENCE_ZONES;
}

/* ---- zones and data centres ---- */

static bool read_zones(struct plan_facts *f, json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) > FENCE_ZONES)
        return json_read_wrong(&f->read, "\"zones\" is no list of at most %d", FENCE_ZONES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i), *fenced = json_object_get(one, "fenced");
        if (!json_read_keys(&f->read, one, "zones", JSON_KEYS("id", "fenced")))
            return false;
        const char *name = json_read_name(json_object_get(one, "id"));
        if (!name)
            return json_read_wrong(&f->read, "\"zones.id\" is no name of a to z, 0 to 9 and -");
        if (zone_of(f, json_object_get(one, "id")) != FENCE_ZONES)
            return json_read_wrong(&f->read, "\"zones.id\" names \"%s\" twice", name);
        if (!json_is_boolean(fenced))
            return json_read_wrong(&f->read, "\"zones.fenced\" is neither true nor false");
        (void)snprintf(f->zone[i], sizeof f->zone[i], "%s", name);
        f->route.meeting.fenced |= (fence_set)json_is_true(fenced) << i;
        f->zones++;
    }
    return true;
}

static bool read_centre(struct plan_facts *f, json_t *one, uint32_t i)
{
    struct fence_centre *c = &f->route.centre[i];
    if (!json_read_keys(&f->read, one, "datacentres",
                        JSON_KEYS("id", "zone", "country", "realm", "state", "load", "?rtt_ms")))
        return false;
    json_t *load = json_object_get(one, "load"), *rtt = json_object_get(one, "rtt_ms");
    c->zone = zone_of(f, json_object_get(one, "zone"));
    c->realm = json_read_word(json_object_get(one, "realm"), realms, ARRAY_LEN(realms));
    c->state = json_read_word(json_object_get(one, "state"), states, ARRAY_LEN(states));
    c->country = json_read_country(json_object_get(one, "country"));
    if (c->zone == FENCE_ZONES)
        return json_read_wrong(&f->read, "\"datacentres.zone\" of \"%s\" is no zone of these facts",
                               f->centre[i]);
    if (c->realm == ARRAY_LEN(realms))
        return json_read_wrong(
            &f->read, "\"datacentres.realm\" of \"%s\" is neither commercial nor government",
            f->centre[i]);
    if (c->state == ARRAY_LEN(states))
        return json_read_wrong(
            &f->read, "\"datacentres.state\" of \"%s\" is not up, draining, down or withdrawn",
            f->centre[i]);
    if (c->country == 0)
        return json_read_wrong(&f->read, "\"datacentres.country\" of \"%s\" is not two capitals",
                               f->centre[i]);
    if (!json_is_number(load) || !(json_number_value(load) >= 0) ||
        json_number_value(load) > LOAD_MOST)
        return json_read_wrong(&f->read, "\"datacentres.load\" of \"%s\" is no number from 0",
                               f->centre[i]);
    bool measured = rtt && !json_is_null(rtt);
    if (measured && (!json_is_number(rtt) || !(json_number_value(rtt) >= 0) ||
                     json_number_value(rtt) > RTT_MOST_MS))
        return json_read_wrong(&f->read, "\"datacentres.rtt_ms\" of \"%s\" is no number from 0",
                               f->centre[i]);
    c->load = (uint32_t)(json_number_value(load) * FENCE_CAPACITY + 1e-6);
    f->route.rtt_us[i] = measured ? (uint32_t)(json_number_value(rtt) * 1000) : ROUTE_UNKNOWN;
    f->route.id[i] = number_of(f->centre[i]);
    return true;
}

struct named {
    const char *name; /* *borrowed* */
    json_t *object;   /* *borrowed* */
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* In the order of their ids, so that no plan depends on the order in the file. */
static bool read_centres(struct plan_facts *f, json_t *list)
{
    struct named all[ROUTE_CENTRES];
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > ROUTE_CENTRES)
        return json_read_wrong(&f->read, "\"datacentres\" is no list of at most %d", ROUTE_CENTRES);
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_array_get(list, i);
        all[i] = (struct named){json_read_name(json_object_get(one, "id")), one};
        if (!all[i].name)
            return json_read_wrong(&f->read,
                                   "\"datacentres.id\" is no name of a to z, 0 to 9 and -");
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(all[i - 1].name, all[i].name) == 0)
            return json_read_wrong(&f->read, "\"datacentres.id\" names \"%s\" twice", all[i].name);
        (void)snprintf(f->centre[i], sizeof f->centre[i], "%s", all[i].name);
        if (!read_centre(f, all[i].object, (uint32_t)i))
            return false;
    }
    f->route.count = (uint32_t)n;
    return true;
}

/* ---- the account ---- */

static bool lists(json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            return true;
    return false;
}

static bool is_names(struct plan_facts *f, json_t *list, const char *where)
{
    if (!list)
        return true;
    if (!json_is_array(list))
        return json_read_wrong(&f->read, "\"%s\" is no list", where);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_read_name(json_array_get(list, i)))
            return json_read_wrong(&f->read, "\"%s\" has something that is no name", where);
    return true;
}

/* A data centre that the facts do not have may be named: it may have left the list. */
static bool read_choice(struct plan_facts *f, json_t *in, json_t *out)
{
    bool all = !in || json_is_null(in);
    if ((!all && !is_names(f, in, "account.opt_in")) || !is_names(f, out, "account.opt_out"))
        return false;
    for (size_t i = 0; !all && i < json_array_size(in); i++)
        if (lists(out, json_string_value(json_array_get(in, i))))
            return json_read_wrong(&f->read,
                                   "\"account.opt_in\" and \"account.opt_out\" both name \"%s\"",
                                   json_string_value(json_array_get(in, i)));
    for (uint32_t i = 0; i < f->route.count; i++)
        f->route.centre[i].chosen = (all || lists(in, f->centre[i])) && !lists(out, f->centre[i]);
    return true;
}

/* A government's meeting is in one country: the account's, or that of all its data centres. */
static bool read_country(struct plan_facts *f, json_t *country)
{
    struct fence_meeting *m = &f->route.meeting;
    if (country && m->realm != FENCE_GOVERNMENT)
        return json_read_wrong(&f->read, "\"account.country\" is for a government's account");
    m->country = country ? json_read_country(country) : 0;
    if (country && m->country == 0)
        return json_read_wrong(&f->read, "\"account.country\" is not two capitals");
    for (uint32_t i = 0; i < f->route.count && !country; i++) {
        const struct fence_centre *c = &f->route.centre[i];
        if (c->realm != FENCE_GOVERNMENT || m->realm != FENCE_GOVERNMENT || !c->chosen)
            continue;
        if (m->country != 0 && m->country != c->country)
            return json_read_wrong(&f->read,
                                   "\"account.country\" is missing: there are data centres of two "
                                   "governments");
        m->country = c->country;
    }
    return true;
}

static bool read_account(struct plan_facts *f, json_t *o)
{
    if (!json_read_keys(&f->read, o, "account",
                        JSON_KEYS("realm", "?opt_in", "?opt_out", "?refuse_zones", "?country")))
        return false;
    json_t *refuse = json_object_get(o, "refuse_zones");
    f->route.meeting.realm = json_read_word(json_object_get(o, "realm"), realms, ARRAY_LEN(realms));
    if (f->route.meeting.realm == ARRAY_LEN(realms))
        return json_read_wrong(&f->read, "\"account.realm\" is neither commercial nor government");
    if (!is_names(f, refuse, "account.refuse_zones"))
        return false;
    for (size_t i = 0; i < json_array_size(refuse); i++) {
        uint8_t zone = zone_of(f, json_array_get(refuse, i));
        if (zone == FENCE_ZONES)
            return json_read_wrong(
                &f->read, "\"account.refuse_zones\" names \"%s\", which is no zone of these facts",
                json_string_value(json_array_get(refuse, i)));
        f->route.meeting.refused |= (fence_set)1 << zone;
    }
    return read_choice(f, json_object_get(o, "opt_in"), json_object_get(o, "opt_out")) &&
           read_country(f, json_object_get(o, "country"));
}

/* ---- people ---- */

static bool read_admitted(struct plan_facts *f, json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) > PLAN_PEOPLE)
        return json_read_wrong(&f->read, "\"admitted\" is no list of at most %d", PLAN_PEOPLE);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        if (!json_read_keys(&f->read, one, "admitted", JSON_KEYS("id", "zone")))
            return false;
        const char *id = json_read_text(json_object_get(one, "id"), PLAN_PERSON);
        uint8_t zone = zone_of(f, json_object_get(one, "zone"));
        if (!id)
            return json_read_wrong(&f->read, "\"admitted.id\" is no text of 1 to %d bytes",
                                   PLAN_PERSON);
        if (zone == FENCE_ZONES)
            return json_read_wrong(&f->read,
                                   "\"admitted.zone\" of \"%s\" is no zone of these facts", id);
        for (size_t k = 0; k < i; k++)
            if (strcmp(json_string_value(json_object_get(json_array_get(list, k), "id")), id) == 0)
                return json_read_wrong(&f->read, "\"admitted.id\" names \"%s\" twice", id);
        f->route.meeting.admitted |= (fence_set)1 << zone;
    }
    return true;
}

static bool read_client(struct plan_facts *f, json_t *o, json_t *admitted)
{
    f->route.client = (struct fence_client){.zone = FENCE_NOWHERE};
    f->route.seed = number_of("");
    if (!o)
        return true;
    if (!json_read_keys(&f->read, o, "client", JSON_KEYS("id", "zone", "?country")))
        return false;
    const char *id = json_read_text(json_object_get(o, "id"), PLAN_PERSON);
    json_t *country = json_object_get(o, "country");
    f->route.client.zone = zone_of(f, json_object_get(o, "zone"));
    if (!id)
        return json_read_wrong(&f->read, "\"client.id\" is no text of 1 to %d bytes", PLAN_PERSON);
    if (f->route.client.zone == FENCE_ZONES)
        return json_read_wrong(&f->read, "\"client.zone\" is no zone of these facts");
    if (country && json_read_country(country) == 0)
        return json_read_wrong(&f->read, "\"client.country\" is not two capitals");
    f->route.seed = number_of(id);
    for (size_t i = 0; i < json_array_size(admitted); i++) {
        json_t *one = json_array_get(admitted, i);
        if (strcmp(json_string_value(json_object_get(one, "id")), id) != 0)
            continue;
        if (zone_of(f, json_object_get(one, "zone")) != f->route.client.zone)
            return json_read_wrong(&f->read,
                                   "\"client.zone\" is not that of \"admitted\" for \"%s\"", id);
        f->route.client.admitted = true;
    }
    return true;
}

bool plan_facts_read(struct plan_facts *out, json_t *object)
{
    memset(out, 0, sizeof *out);
    json_t *admitted = json_object_get(object, "admitted");
    return json_read_keys(&out->read, object, "facts",
                          JSON_KEYS("zones", "datacentres", "account", "admitted", "?client")) &&
           read_zones(out, json_object_get(object, "zones")) &&
           read_centres(out, json_object_get(object, "datacentres")) &&
           read_account(out, json_object_get(object, "account")) && read_admitted(out, admitted) &&
           read_client(out, json_object_get(object, "client"), admitted);
}
