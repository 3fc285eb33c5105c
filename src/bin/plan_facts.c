#include "bin/plan_facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"

#define RTT_MOST_MS 1e6
#define LOAD_MOST 1e6

static bool wrong(struct plan_facts *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Only the first is told. */
static bool wrong(struct plan_facts *f, const char *format, ...)
{
    va_list list;
    if (f->wrong[0] != '\0')
        return false;
    va_start(list, format);
    (void)vsnprintf(f->wrong, sizeof f->wrong, format, list);
    va_end(list);
    return false;
}

/* ---- shapes ---- */

/* An object with these keys; those behind a '?' may be left out. */
static bool has_keys(struct plan_facts *f, json_t *o, const char *where, const char *const *keys)
{
    const char *name;
    json_t *value;
    if (!json_is_object(o))
        return wrong(f, "\"%s\" is no object", where);
    json_object_foreach(o, name, value)
    {
        bool known = false;
        for (size_t i = 0; keys[i]; i++)
            known = known || strcmp(keys[i] + (keys[i][0] == '?'), name) == 0;
        if (!known)
            return wrong(f, "\"%.40s\" is no key of \"%s\"", name, where);
    }
    for (size_t i = 0; keys[i]; i++)
        if (keys[i][0] != '?' && !json_object_get(o, keys[i]))
            return wrong(f, "\"%s.%s\" is missing", where, keys[i]);
    return true;
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *text_of(json_t *v, size_t most)
{
    const char *text = json_string_value(v);
    return text && strlen(text) == json_string_length(v) && text[0] && strlen(text) <= most ? text
                                                                                            : NULL;
}

/* The id of a zone or a data centre, or NULL. */
static const char *name_of(json_t *v)
{
    const char *text = text_of(v, PLAN_NAME);
    return text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) ? text
                                                                                         : NULL;
}

static uint64_t number_of(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bits */
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 0x100000001b3u;
    return h;
}

/* Two capitals as a number; 0: something else. */
static uint16_t country_of(json_t *v)
{
    const char *text = text_of(v, 2);
    bool ok = text && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
    int number = ok ? (text[0] - 'A' + 1) * 32 + (text[1] - 'A' + 1) : 0;
    return (uint16_t)number;
}

/* One of the words; `count`: none of them. */
static uint8_t word_of(json_t *v, const char *const *words, uint8_t count)
{
    const char *text = text_of(v, PLAN_NAME);
    uint8_t i = 0;
    while (i < count && (!text || strcmp(words[i], text) != 0))
        i++;
    return i;
}

static const char *const realms[] = {"commercial", "government"};
static const char *const states[] = {"up", "draining", "down", "withdrawn"};

/* FENCE_ZONES: there is none of that name. */
static uint8_t zone_of(const struct plan_facts *f, json_t *v)
{
    const char *text = text_of(v, PLAN_NAME);
    for (uint32_t i = 0; text && i < f->zones; i++)
        if (strcmp(f->zone[i], text) == 0)
            return (uint8_t)i;
    return FENCE_ZONES;
}

/* ---- zones and data centres ---- */

static bool read_zones(struct plan_facts *f, json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) > FENCE_ZONES)
        return wrong(f, "\"zones\" is no list of at most %d", FENCE_ZONES);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i), *fenced = json_object_get(one, "fenced");
        if (!has_keys(f, one, "zones", KEYS("id", "fenced")))
            return false;
        const char *name = name_of(json_object_get(one, "id"));
        if (!name)
            return wrong(f, "\"zones.id\" is no name of a to z, 0 to 9 and -");
        if (zone_of(f, json_object_get(one, "id")) != FENCE_ZONES)
            return wrong(f, "\"zones.id\" names \"%s\" twice", name);
        if (!json_is_boolean(fenced))
            return wrong(f, "\"zones.fenced\" is neither true nor false");
        (void)snprintf(f->zone[i], sizeof f->zone[i], "%s", name);
        f->route.meeting.fenced |= (fence_set)json_is_true(fenced) << i;
        f->zones++;
    }
    return true;
}

static bool read_centre(struct plan_facts *f, json_t *one, uint32_t i)
{
    struct fence_centre *c = &f->route.centre[i];
    if (!has_keys(f, one, "datacentres",
                  KEYS("id", "zone", "country", "realm", "state", "load", "?rtt_ms")))
        return false;
    json_t *load = json_object_get(one, "load"), *rtt = json_object_get(one, "rtt_ms");
    c->zone = zone_of(f, json_object_get(one, "zone"));
    c->realm = word_of(json_object_get(one, "realm"), realms, ARRAY_LEN(realms));
    c->state = word_of(json_object_get(one, "state"), states, ARRAY_LEN(states));
    c->country = country_of(json_object_get(one, "country"));
    if (c->zone == FENCE_ZONES)
        return wrong(f, "\"datacentres.zone\" of \"%s\" is no zone of these facts", f->centre[i]);
    if (c->realm == ARRAY_LEN(realms))
        return wrong(f, "\"datacentres.realm\" of \"%s\" is neither commercial nor government",
                     f->centre[i]);
    if (c->state == ARRAY_LEN(states))
        return wrong(f, "\"datacentres.state\" of \"%s\" is not up, draining, down or withdrawn",
                     f->centre[i]);
    if (c->country == 0)
        return wrong(f, "\"datacentres.country\" of \"%s\" is not two capitals", f->centre[i]);
    if (!json_is_number(load) || !(json_number_value(load) >= 0) ||
        json_number_value(load) > LOAD_MOST)
        return wrong(f, "\"datacentres.load\" of \"%s\" is no number from 0", f->centre[i]);
    bool measured = rtt && !json_is_null(rtt);
    if (measured && (!json_is_number(rtt) || !(json_number_value(rtt) >= 0) ||
                     json_number_value(rtt) > RTT_MOST_MS))
        return wrong(f, "\"datacentres.rtt_ms\" of \"%s\" is no number from 0", f->centre[i]);
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
        return wrong(f, "\"datacentres\" is no list of at most %d", ROUTE_CENTRES);
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_array_get(list, i);
        all[i] = (struct named){name_of(json_object_get(one, "id")), one};
        if (!all[i].name)
            return wrong(f, "\"datacentres.id\" is no name of a to z, 0 to 9 and -");
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(all[i - 1].name, all[i].name) == 0)
            return wrong(f, "\"datacentres.id\" names \"%s\" twice", all[i].name);
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
        return wrong(f, "\"%s\" is no list", where);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!name_of(json_array_get(list, i)))
            return wrong(f, "\"%s\" has something that is no name", where);
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
            return wrong(f, "\"account.opt_in\" and \"account.opt_out\" both name \"%s\"",
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
        return wrong(f, "\"account.country\" is for a government's account");
    m->country = country ? country_of(country) : 0;
    if (country && m->country == 0)
        return wrong(f, "\"account.country\" is not two capitals");
    for (uint32_t i = 0; i < f->route.count && !country; i++) {
        const struct fence_centre *c = &f->route.centre[i];
        if (c->realm != FENCE_GOVERNMENT || m->realm != FENCE_GOVERNMENT || !c->chosen)
            continue;
        if (m->country != 0 && m->country != c->country)
            return wrong(f, "\"account.country\" is missing: there are data centres of two "
                            "governments");
        m->country = c->country;
    }
    return true;
}

static bool read_account(struct plan_facts *f, json_t *o)
{
    if (!has_keys(f, o, "account",
                  KEYS("realm", "?opt_in", "?opt_out", "?refuse_zones", "?country")))
        return false;
    json_t *refuse = json_object_get(o, "refuse_zones");
    f->route.meeting.realm = word_of(json_object_get(o, "realm"), realms, ARRAY_LEN(realms));
    if (f->route.meeting.realm == ARRAY_LEN(realms))
        return wrong(f, "\"account.realm\" is neither commercial nor government");
    if (!is_names(f, refuse, "account.refuse_zones"))
        return false;
    for (size_t i = 0; i < json_array_size(refuse); i++) {
        uint8_t zone = zone_of(f, json_array_get(refuse, i));
        if (zone == FENCE_ZONES)
            return wrong(f,
                         "\"account.refuse_zones\" names \"%s\", which is no zone of these facts",
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
        return wrong(f, "\"admitted\" is no list of at most %d", PLAN_PEOPLE);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        if (!has_keys(f, one, "admitted", KEYS("id", "zone")))
            return false;
        const char *id = text_of(json_object_get(one, "id"), PLAN_PERSON);
        uint8_t zone = zone_of(f, json_object_get(one, "zone"));
        if (!id)
            return wrong(f, "\"admitted.id\" is no text of 1 to %d bytes", PLAN_PERSON);
        if (zone == FENCE_ZONES)
            return wrong(f, "\"admitted.zone\" of \"%s\" is no zone of these facts", id);
        for (size_t k = 0; k < i; k++)
            if (strcmp(json_string_value(json_object_get(json_array_get(list, k), "id")), id) == 0)
                return wrong(f, "\"admitted.id\" names \"%s\" twice", id);
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
    if (!has_keys(f, o, "client", KEYS("id", "zone", "?country")))
        return false;
    const char *id = text_of(json_object_get(o, "id"), PLAN_PERSON);
    json_t *country = json_object_get(o, "country");
    f->route.client.zone = zone_of(f, json_object_get(o, "zone"));
    if (!id)
        return wrong(f, "\"client.id\" is no text of 1 to %d bytes", PLAN_PERSON);
    if (f->route.client.zone == FENCE_ZONES)
        return wrong(f, "\"client.zone\" is no zone of these facts");
    if (country && country_of(country) == 0)
        return wrong(f, "\"client.country\" is not two capitals");
    f->route.seed = number_of(id);
    for (size_t i = 0; i < json_array_size(admitted); i++) {
        json_t *one = json_array_get(admitted, i);
        if (strcmp(json_string_value(json_object_get(one, "id")), id) != 0)
            continue;
        if (zone_of(f, json_object_get(one, "zone")) != f->route.client.zone)
            return wrong(f, "\"client.zone\" is not that of \"admitted\" for \"%s\"", id);
        f->route.client.admitted = true;
    }
    return true;
}

bool plan_facts_read(struct plan_facts *out, json_t *object)
{
    memset(out, 0, sizeof *out);
    json_t *admitted = json_object_get(object, "admitted");
    return has_keys(out, object, "facts",
                    KEYS("zones", "datacentres", "account", "admitted", "?client")) &&
           read_zones(out, json_object_get(object, "zones")) &&
           read_centres(out, json_object_get(object, "datacentres")) &&
           read_account(out, json_object_get(object, "account")) && read_admitted(out, admitted) &&
           read_client(out, json_object_get(object, "client"), admitted);
}
