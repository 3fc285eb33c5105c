#include "bin/list_read.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/fence.h"
#include "policy/route.h"
#include "proto/note.h"

static_assert((int)LIST_ZONES == (int)FENCE_ZONES && (int)LIST_CENTRES == (int)ROUTE_CENTRES,
              "the fence has a bit for each zone, a plan a place for each data centre");
static_assert((int)LIST_WITHDRAWN == (int)FENCE_WITHDRAWN && (int)LIST_DOWN == (int)FENCE_DOWN &&
                  (int)LIST_DRAINING == (int)FENCE_DRAINING &&
                  (int)LIST_GOVERNMENT == (int)FENCE_GOVERNMENT,
              "the same order");

#define CAPACITY_MOST 100000000

static const char *const realms[] = {"commercial", "government"};
static const char *const kinds[] = {"colocated", "cloud"};
static const char *const states[] = {"up", "draining", "down", "withdrawn"};
enum { REALMS = 2, KINDS = 2, STATES = 4 };

/* A whole number from least to most; -1 (least is never below 0): something else. */
static int64_t whole(json_t *v, int64_t least, int64_t most)
{
    int64_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    return n >= least && n <= most ? n : -1;
}

static bool country_code(char out[3], json_t *v)
{
    if (json_read_country(v) == 0)
        return false;
    memcpy(out, json_string_value(v), 2);
    return true;
}

static bool read_countries(struct list_zone *z, struct json_read *r, json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > LIST_COUNTRIES)
        return json_read_wrong(r, "\"zones.countries\" of \"%s\" is no list of 1 to %d", z->id,
                               LIST_COUNTRIES);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!country_code(z->country[i], json_array_get(list, i)))
            return json_read_wrong(r, "\"zones.countries\" of \"%s\" has what is not two capitals",
                                   z->id);
    z->countries = (uint32_t)json_array_size(list);
    return true;
}

static bool read_zone(struct list *l, struct json_read *r, json_t *one)
{
    struct list_zone *z = &l->zone[l->zones];
    size_t len = 0;
    if (!json_read_keys(r, one, "zones", JSON_KEYS("id", "fenced", "countries", "authority")))
        return false;
    const char *id = json_read_name(json_object_get(one, "id"));
    const char *key = json_read_text(json_object_get(one, "authority"), LIST_LABEL);
    if (!id)
        return json_read_wrong(r, "\"zones.id\" is no name of a to z, 0 to 9 and -");
    if (list_zone_of(l, id))
        return json_read_wrong(r, "\"zones.id\" names \"%s\" twice", id);
    (void)snprintf(z->id, sizeof z->id, "%s", id);
    if (!json_is_boolean(json_object_get(one, "fenced")))
        return json_read_wrong(r, "\"zones.fenced\" of \"%s\" is neither true nor false", id);
    z->fenced = json_is_true(json_object_get(one, "fenced"));
    if (!key ||
        text_unbase64url(z->authority, sizeof z->authority, &len, span_str(key)) != ERR_OK ||
        len != sizeof z->authority)
        return json_read_wrong(r, "\"zones.authority\" of \"%s\" is no key", id);
    l->zones++;
    return read_countries(z, r, json_object_get(one, "countries"));
}

/* "https://" and a host, perhaps a port, and nothing behind. */
static bool url_fine(const char *url)
{
    static const char scheme[] = "https://";
    size_t head = sizeof scheme - 1;
    return url && strncmp(url, scheme, head) == 0 && url[head] != '\0' &&
           strspn(url + head, "abcdefghijklmnopqrstuvwxyz0123456789-.:[]") == strlen(url + head);
}

static bool degrees(int32_t *out, json_t *v, double most)
{
    double d = json_is_number(v) ? json_number_value(v) : most + 1;
    if (!(d >= -most && d <= most))
        return false;
    *out = (int32_t)(d * 1000000 + (d < 0 ? -0.5 : 0.5));
    return true;
}

static bool read_place(struct list_centre *c, struct json_read *r, json_t *one)
{
    const char *name = json_read_text(json_object_get(one, "name"), LIST_LABEL);
    const char *url = json_read_text(json_object_get(one, "url"), LIST_URL);
    if (!name)
        return json_read_wrong(r, "\"datacentres.name\" of \"%s\" is no text", c->id);
    if (!url_fine(url))
        return json_read_wrong(r, "\"datacentres.url\" of \"%s\" is not https:// and a host",
                               c->id);
    if (!country_code(c->country, json_object_get(one, "country")))
        return json_read_wrong(r, "\"datacentres.country\" of \"%s\" is not two capitals", c->id);
    if (!degrees(&c->latitude, json_object_get(one, "latitude"), 90) ||
        !degrees(&c->longitude, json_object_get(one, "longitude"), 180))
        return json_read_wrong(r, "\"datacentres\" has \"%s\" at no place of the earth", c->id);
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    (void)snprintf(c->url, sizeof c->url, "%s", url);
    return true;
}

/* A data centre is in a country of its zone: a zone is a set of countries. */
static bool in_its_zone(const struct list *l, const struct list_centre *c)
{
    const struct list_zone *z = &l->zone[c->zone];
    for (uint32_t i = 0; i < z->countries; i++)
        if (memcmp(z->country[i], c->country, sizeof c->country) == 0)
            return true;
    return false;
}

static bool read_kind(struct list *l, struct list_centre *c, struct json_read *r, json_t *one)
{
    const char *zone = json_read_name(json_object_get(one, "zone"));
    const struct list_zone *z = zone ? list_zone_of(l, zone) : NULL;
    int64_t capacity = whole(json_object_get(one, "capacity"), 0, CAPACITY_MOST);
    c->realm = json_read_word(json_object_get(one, "realm"), realms, REALMS);
    c->kind = json_read_word(json_object_get(one, "kind"), kinds, KINDS);
    c->state = json_read_word(json_object_get(one, "state"), states, STATES);
    if (!z)
        return json_read_wrong(r, "\"datacentres.zone\" of \"%s\" is no zone of this list", c->id);
    c->zone = (uint8_t)(z - l->zone);
    if (!in_its_zone(l, c))
        return json_read_wrong(r, "\"datacentres.country\" of \"%s\" is none of its zone", c->id);
    if (c->realm == REALMS)
        return json_read_wrong(r,
                               "\"datacentres.realm\" of \"%s\" is neither commercial nor "
                               "government",
                               c->id);
    if (c->kind == KINDS)
        return json_read_wrong(r, "\"datacentres.kind\" of \"%s\" is neither colocated nor cloud",
                               c->id);
    if (c->state == STATES)
        return json_read_wrong(
            r, "\"datacentres.state\" of \"%s\" is not up, draining, down or withdrawn", c->id);
    if (capacity < 0)
        return json_read_wrong(r, "\"datacentres.capacity\" of \"%s\" is no number from 0", c->id);
    c->capacity = (uint32_t)capacity;
    return true;
}

static bool read_centre(struct list *l, struct json_read *r, json_t *one)
{
    struct list_centre *c = &l->centre[l->centres];
    if (!json_read_keys(r, one, "datacentres",
                        JSON_KEYS("id", "name", "url", "country", "latitude", "longitude", "zone",
                                  "realm", "kind", "state", "capacity")))
        return false;
    const char *id = json_read_name(json_object_get(one, "id"));
    if (!id)
        return json_read_wrong(r, "\"datacentres.id\" is no name of a to z, 0 to 9 and -");
    if (list_centre_of(l, id))
        return json_read_wrong(r, "\"datacentres.id\" names \"%s\" twice", id);
    (void)snprintf(c->id, sizeof c->id, "%s", id);
    if (!read_place(c, r, one) || !read_kind(l, c, r, one))
        return false;
    l->centres++;
    return true;
}

static bool read_all(struct list *l, struct json_read *r, json_t *o)
{
    if (!json_read_keys(r, o, "list", JSON_KEYS("version", "issued", "zones", "datacentres")))
        return false;
    json_t *zones = json_object_get(o, "zones"), *centres = json_object_get(o, "datacentres");
    l->version = whole(json_object_get(o, "version"), 1, LIST_VERSION_MAX);
    l->issued_s = whole(json_object_get(o, "issued"), 1, LIST_VERSION_MAX);
    if (l->version < 0)
        return json_read_wrong(r, "\"version\" is no whole number from 1");
    if (l->issued_s < 0)
        return json_read_wrong(r, "\"issued\" is no time in seconds since 1970");
    if (!json_is_array(zones) || json_array_size(zones) > LIST_ZONES)
        return json_read_wrong(r, "\"zones\" is no list of at most %d", LIST_ZONES);
    if (!json_is_array(centres) || json_array_size(centres) > LIST_CENTRES)
        return json_read_wrong(r, "\"datacentres\" is no list of at most %d", LIST_CENTRES);
    for (size_t i = 0; i < json_array_size(zones); i++)
        if (!read_zone(l, r, json_array_get(zones, i)))
            return false;
    for (size_t i = 0; i < json_array_size(centres); i++)
        if (!read_centre(l, r, json_array_get(centres, i)))
            return false;
    return true;
}

bool list_read_text(struct list *out, struct json_read *r, struct span text)
{
    json_error_t error;
    memset(out, 0, sizeof *out);
    json_t *o = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        return json_read_wrong(r, "line %d is no JSON: %.120s", error.line, error.text);
    bool ok = read_all(out, r, o);
    json_decref(o);
    return ok;
}

bool list_read_note(struct list *out, struct json_read *r, struct span note,
                    const uint8_t key[SIGN_PUBLIC])
{
    struct note_key k = {.name = LIST_KEY_NAME};
    struct span text;
    memcpy(k.key, key, sizeof k.key);
    enum note_fault fault = note_check(note, &k, &text);
    if (fault != NOTE_FINE)
        return json_read_wrong(r, "the list %s", note_fault_words(fault));
    return list_read_text(out, r, text);
}
