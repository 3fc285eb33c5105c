/* Choices of data centres in JSON: out of a call into the text that is stored, and back with what
 * is in force and why. The text's ids are judged by the account core alone. knows: names of fields.
 * knows not: who may choose, where the list of data centres comes from. owns: nothing. */
#include <jansson.h>
#include <string.h>

#include "bin/front_account.h"
#include "policy/route.h"

static const char *const use_word[CHOICE_USES_] = {"processing", "transit", "storage"};
static const char use_letter[CHOICE_USES_] = {'p', 't', 's'};

/* ---- reading ---- */

struct line {
    char *out;
    size_t len;
    bool failed;
};

static void add(struct line *l, const char *text, size_t len)
{
    l->failed |= len > ACCOUNT_CHOICE - l->len;
    if (l->failed)
        return;
    memcpy(l->out + l->len, text, len);
    l->len += len;
}

/* Ids alone: nothing of the line's own signs may come in. */
static bool id_ok(const char *id, size_t len)
{
    return len > 0 && len <= PLACES_ID &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void add_ids(struct line *l, const char *key, json_t *list)
{
    l->failed |= !json_is_array(list);
    add(l, key, strlen(key));
    for (size_t i = 0; i < json_array_size(list) && !l->failed; i++) {
        json_t *id = json_array_get(list, i);
        l->failed |= !json_is_string(id) || !id_ok(json_string_value(id), json_string_length(id));
        if (l->failed)
            return;
        add(l, ",", i > 0);
        add(l, json_string_value(id), json_string_length(id));
    }
    add(l, ";", 1);
}

/* {"opt_in": null or ids, "opt_out": ids}; of transit also null: as processing. */
static void add_use(struct line *l, int use, json_t *object)
{
    char in[] = "p.in=", out[] = "p.out=";
    in[0] = out[0] = use_letter[use];
    if (use == CHOICE_TRANSIT && json_is_null(object))
        return;
    json_t *opt_in = json_object_get(object, "opt_in");
    json_t *opt_out = json_object_get(object, "opt_out");
    l->failed |= !json_is_object(object) || json_object_size(object) != 2 || !opt_in || !opt_out;
    if (!json_is_null(opt_in))
        add_ids(l, in, opt_in);
    if (json_array_size(opt_out) > 0 || !json_is_array(opt_out) || use == CHOICE_TRANSIT)
        add_ids(l, out, opt_out);
}

bool desk_choice_read(char out[ACCOUNT_CHOICE], size_t *len, json_t *object)
{
    struct line l = {out, 0, !json_is_object(object) || json_object_size(object) != 4};
    for (int use = 0; use < CHOICE_USES_; use++)
        add_use(&l, use, json_object_get(object, use_word[use]));
    json_t *zones = json_object_get(object, "refuse_zones");
    if (json_array_size(zones) > 0 || !json_is_array(zones))
        add_ids(&l, "zones=", zones);
    *len = l.len;
    return !l.failed;
}

/* ---- writing ---- */

/* The ids of one key of the line; NULL: the key is not there. */
static json_t *ids_of(const char *text, const char *key)
{
    const char *at = strstr(text, key); /* no id holds a '=' */
    if (!at)
        return NULL;
    json_t *list = json_array();
    for (at += strlen(key); *at && *at != ';';) {
        size_t n = strcspn(at, ",;");
        (void)json_array_append_new(list, json_stringn(at, n));
        at += n + (at[n] == ',');
    }
    return list;
}

static json_t *use_words(const char *text, int use)
{
    char in[] = "p.in=", out[] = "p.out=";
    in[0] = out[0] = use_letter[use];
    json_t *opt_in = ids_of(text, in), *opt_out = ids_of(text, out);
    if (use == CHOICE_TRANSIT && !opt_in && !opt_out)
        return json_null();
    return json_pack("{s:o, s:o}", "opt_in", opt_in ? opt_in : json_null(), "opt_out",
                     opt_out ? opt_out : json_array());
}

static json_t *choice_words(const char *text)
{
    json_t *o = json_object(), *zones = ids_of(text, "zones=");
    for (int use = 0; use < CHOICE_USES_; use++)
        (void)json_object_set_new(o, use_word[use], use_words(text, use));
    (void)json_object_set_new(o, "refuse_zones", zones ? zones : json_array());
    return o;
}

static json_t *set_words(const struct centre_table *t, const struct choice_result *r)
{
    json_t *o = json_object();
    for (int use = 0; use < CHOICE_USES_; use++) {
        json_t *list = json_array();
        for (uint32_t i = 0; i < t->world.count; i++)
            if (r->may[use] >> i & 1)
                (void)json_array_append_new(list, json_string(t->row[i].id));
        (void)json_object_set_new(o, use_word[use], list);
    }
    return o;
}

static json_t *org_names(const struct account_reply *above)
{
    json_t *list = json_array();
    for (uint32_t i = 0; above && i < above->count; i++)
        if (above->as.places[i].version > 0)
            (void)json_array_append_new(list, json_string(above->as.places[i].org));
    return list;
}

/* The plan of a meeting that begins now, with nobody in it: the same code as `conclave plan`. */
static json_t *plan_words(const struct centre_table *t, const struct choice_result *r)
{
    static struct route_facts f;
    struct route_plan plan;
    json_t *refused = json_array(), *offered = json_array();
    memset(&f, 0, sizeof f);
    f.meeting = (struct fence_meeting){
        .fenced = t->world.fenced, .refused = r->refused, .realm = r->realm, .country = r->country};
    f.client.zone = FENCE_NOWHERE;
    f.count = t->world.count;
    for (uint32_t i = 0; i < f.count; i++) {
        f.centre[i] = t->world.centre[i];
        f.centre[i].chosen = r->may[CHOICE_PROCESSING] >> i & 1;
        f.rtt_us[i] = ROUTE_UNKNOWN;
        f.id[i] = i;
    }
    route_plan(&f, &plan);
    for (uint32_t i = 0; i < f.count; i++) {
        enum fence_law law = (enum fence_law)plan.law[i];
        if (law == LAW_FINE)
            (void)json_array_append_new(offered, json_string(t->row[i].id));
        else
            (void)json_array_append_new(
                refused, json_pack("{s:s, s:s}", "id", t->row[i].id, "law", fence_law_name(law)));
    }
    return json_pack("{s:o, s:o}", "datacentres", offered, "refused", refused);
}

json_t *desk_places_words(const struct desk *d, const struct account_answer *a)
{
    const struct account_places *p = &a->places;
    json_t *o =
        json_pack("{s:I, s:I, s:s, s:o, s:o, s:o, s:o}", "version", (json_int_t)p->version,
                  "changed", (json_int_t)p->changed_s, "realm",
                  a->bound.realm == FENCE_GOVERNMENT ? "government" : "commercial", "choice",
                  choice_words(p->text), "above", set_words(&d->places, &a->above), "in_force",
                  set_words(&d->places, &a->bound), "plan", plan_words(&d->places, &a->bound));
    if (a->command == ACCOUNT_PLACES_LOOK)
        (void)json_object_set_new(o, "bound_by", org_names(a->reply));
    return o;
}

json_t *desk_places_fault(const struct places_fault *f)
{
    json_t *o =
        json_pack("{s:s, s:s}", "fault", f->word ? f->word : "", "why", f->why ? f->why : "");
    if (f->key[0])
        (void)json_object_set_new(o, "key", json_string(f->key));
    if (f->name[0])
        (void)json_object_set_new(o, "id", json_string(f->name));
    return o;
}

static json_t *centre(const struct centre_table *t, uint32_t i)
{
    static const char *const states[] = {"up", "draining", "down", "withdrawn"};
    const struct fence_centre *c = &t->world.centre[i];
    const struct centre_row *row = &t->row[i];
    json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "id", row->id, "zone",
                          c->zone < t->zones ? t->zone[c->zone] : "", "realm",
                          c->realm == FENCE_GOVERNMENT ? "government" : "commercial", "state",
                          states[c->state < FENCE_STATES_ ? c->state : FENCE_WITHDRAWN]);
    if (row->name[0])
        (void)json_object_set_new(o, "name", json_string(row->name));
    if (row->country[0])
        (void)json_object_set_new(o, "country", json_string(row->country));
    if (row->located)
        (void)json_object_update_new(
            o, json_pack("{s:f, s:f}", "latitude", row->latitude, "longitude", row->longitude));
    return o;
}

json_t *desk_places_list(const struct centre_table *t)
{
    json_t *centres = json_array(), *fenced = json_array();
    for (uint32_t i = 0; i < t->world.count; i++)
        (void)json_array_append_new(centres, centre(t, i));
    for (uint32_t z = 0; z < t->zones; z++)
        if (t->world.fenced >> z & 1)
            (void)json_array_append_new(fenced, json_string(t->zone[z]));
    return json_pack("{s:o, s:o}", "datacentres", centres, "fenced", fenced);
}
