#include "bin/receipt_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/list_read.h"
#include "crypt/authority.h"

static const char format[] = "conclave receipts 1";

/* ---- pieces ---- */

static bool array(struct json_read *r, json_t *o, const char *key, size_t most, size_t *count)
{
    json_t *list = json_object_get(o, key);
    *count = json_array_size(list);
    return (json_is_array(list) && *count <= most) ||
           json_read_wrong(r, "\"%s\" is no list of at most %zu", key, most);
}

static bool moment(struct json_read *r, json_t *o, const char *key, int64_t *out)
{
    json_t *v = json_object_get(o, key);
    *out = json_is_integer(v) ? json_integer_value(v) : -1;
    return (*out >= 0 && *out <= RECEIPT_MS_MAX) ||
           json_read_wrong(r, "\"%s\" is no time in ms since 1970", key);
}

/* Bytes in base64url. */
static bool bytes_of(json_t *v, uint8_t *out, size_t cap, size_t *len)
{
    const char *text = json_string_value(v);
    return text &&
           text_unbase64url(out, cap, len, span_of((const uint8_t *)text, json_string_length(v))) ==
               ERR_OK;
}

/* ---- nodes ---- */

/* The authority of a node's zone, as the list has its key. */
static bool authority_for(const struct receipt_file *f, const char *zone, json_t *list,
                          struct authority_der *out)
{
    const struct list_zone *z = list_zone_of(&f->list, zone);
    struct authority_node a;
    for (size_t i = 0; z && i < json_array_size(list); i++)
        if (bytes_of(json_array_get(list, i), out->bytes, sizeof out->bytes, &out->len) &&
            authority_read(span_of(out->bytes, out->len), &a) && a.node[0] == '\0' &&
            strcmp(a.zone, zone) == 0 && memcmp(a.key, z->authority, sizeof a.key) == 0)
            return true;
    return false;
}

static bool node_fits_list(struct receipt_file *f, const struct authority_node *n)
{
    const struct list_centre *c = list_centre_of(&f->list, n->centre);
    if (!c || strcmp(f->list.zone[c->zone].id, n->zone) != 0 ||
        n->government != (c->realm == LIST_GOVERNMENT))
        return json_read_wrong(
            &f->read, "\"nodes\" has \"%s\", whose data centre the list does not have so", n->node);
    return true;
}

/* A certificate is looked at as of its own last second: each receipt is held against its time. */
static bool read_node(struct receipt_file *f, json_t *one, json_t *authorities,
                      const uint8_t root[SIGN_PUBLIC])
{
    struct authority_der der, above;
    struct authority_node n;
    if (!bytes_of(one, der.bytes, sizeof der.bytes, &der.len) ||
        !authority_read(span_of(der.bytes, der.len), &n) || n.node[0] == '\0')
        return json_read_wrong(&f->read, "\"nodes\" has what is no certificate of a node");
    if (!authority_for(f, n.zone, authorities, &above))
        return json_read_wrong(
            &f->read, "\"authorities\" has none of zone \"%s\" with the list's key", n.zone);
    enum authority_fault fault = authority_check(root, span_of(above.bytes, above.len),
                                                 span_of(der.bytes, der.len), n.from_s, &n);
    if (fault != AUTHORITY_FINE)
        return json_read_wrong(&f->read, "the certificate of \"%s\" %s", n.node,
                               authority_fault_words(fault));
    for (uint32_t i = 0; i < f->facts.nodes; i++)
        if (strcmp(f->node[i].node, n.node) == 0)
            return json_read_wrong(&f->read, "\"nodes\" has \"%s\" twice", n.node);
    struct chain_node *to = &f->node[f->facts.nodes++];
    (void)snprintf(to->node, sizeof to->node, "%s", n.node);
    (void)snprintf(to->centre, sizeof to->centre, "%s", n.centre);
    (void)snprintf(to->zone, sizeof to->zone, "%s", n.zone);
    memcpy(to->key, n.key, sizeof to->key);
    to->from_s = n.from_s;
    to->till_s = n.till_s;
    to->fenced = list_zone_of(&f->list, n.zone)->fenced;
    return node_fits_list(f, &n);
}

static bool read_nodes(struct receipt_file *f, json_t *o, const struct receipt_trust *t)
{
    size_t nodes, authorities;
    if (!array(&f->read, o, "authorities", LIST_ZONES, &authorities) ||
        !array(&f->read, o, "nodes", CHAIN_NODES, &nodes))
        return false;
    for (size_t i = 0; i < nodes; i++)
        if (!read_node(f, json_array_get(json_object_get(o, "nodes"), i),
                       json_object_get(o, "authorities"), t->root))
            return false;
    return true;
}

/* ---- people ---- */

static bool read_person(struct receipt_file *f, json_t *one)
{
    struct chain_person *p = &f->person[f->facts.people];
    if (!json_read_keys(&f->read, one, "roster", JSON_KEYS("participant", "node", "from", "to")))
        return false;
    const char *id = json_read_text(json_object_get(one, "participant"), RECEIPT_PERSON);
    const char *node = json_read_name(json_object_get(one, "node"));
    if (!id || !node)
        return json_read_wrong(&f->read, "\"roster\" has an entry without a name");
    if (!moment(&f->read, one, "from", &p->from_ms) || !moment(&f->read, one, "to", &p->to_ms))
        return false;
    p->node = 0;
    while (p->node < f->facts.nodes && strcmp(f->node[p->node].node, node) != 0)
        p->node++;
    if (p->node == f->facts.nodes)
        return json_read_wrong(&f->read, "\"roster.node\" names \"%s\", which is not in \"nodes\"",
                               node);
    if (p->from_ms > p->to_ms)
        return json_read_wrong(&f->read, "\"roster\" has \"%s\" leave before they came", id);
    (void)snprintf(f->name[f->facts.people++], sizeof *f->name, "%s", id);
    return true;
}

/* The entry of that person that was there all the time; CHAIN_PEOPLE: none. */
static uint32_t entry_during(const struct receipt_file *f, const char *id, int64_t from, int64_t to)
{
    for (uint32_t i = 0; i < f->facts.people; i++)
        if (strcmp(f->name[i], id) == 0 && f->person[i].from_ms - CHAIN_CLOCK_MS <= from &&
            to <= f->person[i].to_ms + CHAIN_CLOCK_MS)
            return i;
    return CHAIN_PEOPLE;
}

static bool read_heard(struct receipt_file *f, json_t *one, const char *self)
{
    struct chain_heard *h = &f->hear[f->facts.heard];
    if (!json_read_keys(&f->read, one, "heard", JSON_KEYS("participant", "from", "to")))
        return false;
    const char *id = json_read_text(json_object_get(one, "participant"), RECEIPT_PERSON);
    if (!moment(&f->read, one, "from", &h->from_ms) || !moment(&f->read, one, "to", &h->to_ms))
        return false;
    if (!id || h->from_ms > h->to_ms)
        return json_read_wrong(&f->read, "\"heard\" has an entry without a name, or that ends "
                                         "before it begins");
    h->person = entry_during(f, id, h->from_ms, h->to_ms);
    h->own = entry_during(f, self, h->from_ms, h->to_ms);
    if (h->person == CHAIN_PEOPLE || h->own == CHAIN_PEOPLE)
        return json_read_wrong(&f->read,
                               "\"heard\" has \"%s\" at a time when \"roster\" has not "
                               "both of them",
                               id);
    f->facts.heard++;
    return true;
}

static bool read_people(struct receipt_file *f, json_t *o)
{
    size_t people, heard;
    const char *self = json_read_text(json_object_get(o, "self"), RECEIPT_PERSON);
    if (!self)
        return json_read_wrong(&f->read, "\"self\" is no participant");
    if (!array(&f->read, o, "roster", CHAIN_PEOPLE, &people) ||
        !array(&f->read, o, "heard", CHAIN_HEARD, &heard))
        return false;
    for (size_t i = 0; i < people; i++)
        if (!read_person(f, json_array_get(json_object_get(o, "roster"), i)))
            return false;
    for (size_t i = 0; i < heard; i++)
        if (!read_heard(f, json_array_get(json_object_get(o, "heard"), i), self))
            return false;
    return true;
}

/* ---- receipts ---- */

static int by_node_and_number(const void *a, const void *b)
{
    const struct receipt *x = &((const struct chain_entry *)a)->r;
    const struct receipt *y = &((const struct chain_entry *)b)->r;
    int order = strcmp(x->node, y->node);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool read_receipts(struct receipt_file *f, json_t *o)
{
    size_t count, len, used = 0, all = 0;
    json_t *list = json_object_get(o, "receipts");
    if (!array(&f->read, o, "receipts", CHAIN_RECEIPTS, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        all += json_string_length(json_array_get(list, i));
    f->bytes = malloc(all + 1);
    f->entry = calloc(count + 1, sizeof *f->entry);
    if (!f->bytes || !f->entry)
        return json_read_wrong(&f->read, "no memory");
    for (size_t i = 0; i < count; i++) {
        struct chain_entry *e = &f->entry[i];
        if (!bytes_of(json_array_get(list, i), f->bytes + used, RECEIPT_BYTES, &len) ||
            receipt_parse(&e->r, span_of(f->bytes + used, len)) != ERR_OK)
            return json_read_wrong(&f->read, "\"receipts\" has what is no receipt, at place %zu",
                                   i + 1);
        e->bytes = span_of(f->bytes + used, len);
        used += len;
    }
    if (count > 0)
        qsort(f->entry, count, sizeof *f->entry, by_node_and_number);
    f->facts.receipts = (uint32_t)count;
    return true;
}

/* ---- all of it ---- */

static bool room(struct receipt_file *f)
{
    f->node = calloc(CHAIN_NODES, sizeof *f->node);
    f->person = calloc(CHAIN_PEOPLE, sizeof *f->person);
    f->hear = calloc(CHAIN_HEARD, sizeof *f->hear);
    f->name = calloc(CHAIN_PEOPLE, sizeof *f->name);
    return (f->node && f->person && f->hear && f->name) || json_read_wrong(&f->read, "no memory");
}

static bool read_head(struct receipt_file *f, json_t *o, const struct receipt_trust *t)
{
    if (!json_read_keys(&f->read, o, "file",
                        JSON_KEYS("format", "meeting", "self", "exported", "list", "authorities",
                                  "nodes", "roster", "heard", "receipts")))
        return false;
    const char *kind = json_read_text(json_object_get(o, "format"), sizeof format);
    const char *meeting = json_read_text(json_object_get(o, "meeting"), RECEIPT_PERSON);
    const char *list = json_string_value(json_object_get(o, "list"));
    if (!kind || strcmp(kind, format) != 0)
        return json_read_wrong(&f->read, "\"format\" is not \"%s\"", format);
    if (!meeting)
        return json_read_wrong(&f->read, "\"meeting\" is no id");
    (void)snprintf(f->meeting, sizeof f->meeting, "%s", meeting);
    receipt_meeting(meeting, f->facts.meeting);
    if (!list)
        return json_read_wrong(&f->read, "\"list\" is no signed list of data centres");
    return list_read_note(
               &f->list, &f->read,
               span_of((const uint8_t *)list, json_string_length(json_object_get(o, "list"))),
               t->list) &&
           moment(&f->read, o, "exported", &f->facts.now_ms);
}

bool receipt_file_read(struct receipt_file *out, struct span text, const struct receipt_trust *t)
{
    json_error_t error;
    memset(out, 0, sizeof *out);
    json_t *o = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        return json_read_wrong(&out->read, "line %d is no JSON: %.120s", error.line, error.text);
    bool ok = room(out) && read_head(out, o, t) && read_nodes(out, o, t) && read_people(out, o) &&
              read_receipts(out, o);
    json_decref(o);
    out->facts.node = out->node;
    out->facts.person = out->person;
    out->facts.hear = out->hear;
    out->facts.receipt = out->entry;
    out->facts.build = (const uint8_t(*)[RECEIPT_HASH])t->build;
    out->facts.builds = t->builds;
    out->facts.any_build = t->builds == 0;
    return ok;
}

void receipt_file_close(struct receipt_file *f)
{
    free(f->node);
    free(f->person);
    free(f->hear);
    free(f->name);
    free(f->entry);
    free(f->bytes);
}
