/* See places.h. */
#include "account/places.h"

#include <string.h>

static const char use_letter[CHOICE_USES_] = {'p', 't', 's'};
static const char *const use_word[CHOICE_USES_] = {"processing", "transit", "storage"};

void places_here(struct centre_table *out)
{
    memset(out, 0, sizeof *out);
    out->world.count = 1;
    out->zones = 1;
    memcpy(out->zone[0], "here", sizeof "here");
    memcpy(out->row[0].id, "here", sizeof "here");
}

uint16_t places_country(struct span two)
{
    for (size_t i = 0; i < two.len; i++)
        if (two.ptr[i] < 'A' || two.ptr[i] > 'Z')
            return 0;
    return (uint16_t)(two.len == 2 ? two.ptr[0] << 8 | two.ptr[1] : 0);
}

/* ---- reading ---- */

struct reading {
    struct choice *out;
    const struct centre_table *t;
    bool known;
    int last; /* the key that was read last: keys come in their order, each once */
    struct places_fault *fault;
};

static void refuse(struct reading *r, const char *key, struct span id, const char *word,
                   const char *why)
{
    struct places_fault *f = r->fault;
    size_t n = 0;
    if (!f)
        return;
    memset(f, 0, sizeof *f);
    while (key[n] && n < sizeof f->key - 1) {
        f->key[n] = key[n];
        n++;
    }
    memcpy(f->name, id.ptr, id.len < PLACES_ID ? id.len : PLACES_ID);
    f->word = word;
    f->why = why;
}

static bool id_ok(struct span id)
{
    for (size_t i = 0; i < id.len; i++) {
        uint8_t c = id.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return id.len > 0 && id.len <= PLACES_ID;
}

static bool called(const char name[PLACES_ID + 1], struct span id)
{
    return memcmp(name, id.ptr, id.len) == 0 && name[id.len] == '\0';
}

/* The first byte of `text` that is `c`; its length: none is. */
static size_t until(struct span text, uint8_t c)
{
    size_t n = 0;
    while (n < text.len && text.ptr[n] != c)
        n++;
    return n;
}

static uint32_t place_of(const struct centre_table *t, bool zone, struct span id)
{
    uint32_t count = zone ? t->zones : t->world.count, i = 0;
    while (i < count && !called(zone ? t->zone[i] : t->row[i].id, id))
        i++;
    return i < count ? i : UINT32_MAX;
}

/* Ids between commas; what is none of the table's sets no bit. */
static enum err read_ids(struct reading *r, struct span text, const char *key, uint64_t *set)
{
    bool zone = key[0] == 'r';
    while (text.len > 0) {
        size_t n = until(text, ',');
        struct span id = span_of(text.ptr, n);
        if (!id_ok(id) || n + 1 == text.len)
            return ERR_MALFORMED;
        uint32_t at = place_of(r->t, zone, id);
        if (at == UINT32_MAX && r->known) {
            refuse(r, key, id, zone ? "unknown_zone" : "unknown_datacentre",
                   zone ? "there is no such zone" : "there is no such data centre");
            return ERR_MALFORMED;
        }
        if (at != UINT32_MAX)
            *set |= (uint64_t)1 << at;
        n += n < text.len;
        text = span_of(text.ptr + n, text.len - n);
    }
    return ERR_OK;
}

static enum err read_list(struct reading *r, unsigned use, bool in, struct span value)
{
    static const char *const keys[CHOICE_USES_][2] = {
        {"processing.opt_out", "processing.opt_in"},
        {"transit.opt_out", "transit.opt_in"},
        {"storage.opt_out", "storage.opt_in"},
    };
    struct choice_lists *l = &r->out->use[use];
    l->only |= in;
    r->out->transit_own |= use == CHOICE_TRANSIT;
    return read_ids(r, value, keys[use][in], in ? &l->in : &l->out);
}

static enum err read_zones(struct reading *r, struct span value)
{
    uint64_t set = 0;
    TRY(read_ids(r, value, "refuse_zones", &set));
    r->out->refused = (fence_set)set;
    return ERR_OK;
}

/* The number of a key, in their order; -1: it is none. */
static int key_of(struct span key)
{
    static const char *const others[] = {"zones", "realm", "country"};
    for (int use = 0; use < CHOICE_USES_; use++)
        if (key.len >= 4 && key.ptr[0] == (uint8_t)use_letter[use] && key.ptr[1] == '.')
            return span_equal(span_of(key.ptr + 2, key.len - 2), span_str("in"))    ? 2 * use
                   : span_equal(span_of(key.ptr + 2, key.len - 2), span_str("out")) ? 2 * use + 1
                                                                                    : -1;
    for (int i = 0; i < 3; i++)
        if (span_equal(key, span_str(others[i])))
            return 2 * CHOICE_USES_ + i;
    return -1;
}

static enum err read_pair(struct reading *r, struct span pair)
{
    size_t n = until(pair, '=');
    if (n == pair.len)
        return ERR_MALFORMED;
    struct span value = span_of(pair.ptr + n + 1, pair.len - n - 1);
    int key = key_of(span_of(pair.ptr, n));
    if (key <= r->last)
        return ERR_MALFORMED;
    r->last = key;
    if (key < 2 * CHOICE_USES_)
        return read_list(r, (unsigned)key / 2, key % 2 == 0, value);
    if (key == 2 * CHOICE_USES_)
        return read_zones(r, value);
    if (key == 2 * CHOICE_USES_ + 1) {
        r->out->realm = FENCE_GOVERNMENT;
        return span_equal(value, span_str("government")) ? ERR_OK : ERR_MALFORMED;
    }
    r->out->country = places_country(value);
    return r->out->country ? ERR_OK : ERR_MALFORMED;
}

static enum err read_all(struct reading *r, struct span text)
{
    while (text.len > 0) {
        size_t n = until(text, ';');
        if (n == text.len)
            return ERR_MALFORMED;
        TRY(read_pair(r, span_of(text.ptr, n)));
        text = span_of(text.ptr + n + 1, text.len - n - 1);
    }
    return ERR_OK;
}

enum err places_read(struct choice *out, struct span text, const struct centre_table *t, bool known,
                     struct places_fault *fault)
{
    struct reading r = {out, t, known, -1, fault};
    memset(out, 0, sizeof *out);
    refuse(&r, "", span_of("", 0), "bad_message", "it is no choice");
    enum err e = text.len > PLACES_TEXT ? ERR_MALFORMED : read_all(&r, text);
    if (e == ERR_OK)
        return ERR_OK;
    memset(out, 0, sizeof *out);
    for (int use = 0; use < CHOICE_USES_; use++)
        out->use[use].only = true;
    return e;
}

/* ---- saying ---- */

void places_fault_of(const struct choice_verdict *v, const struct centre_table *t,
                     struct places_fault *out)
{
    const char *word = v->use < CHOICE_USES_ ? use_word[v->use] : use_word[0];
    const char *tail = v->fault == CHOICE_NONE || v->fault == CHOICE_TORN ? "" : ".opt_in";
    memset(out, 0, sizeof *out);
    memcpy(out->key, word, strlen(word));
    memcpy(out->key + strlen(word), tail, strlen(tail));
    if (v->centre < t->world.count)
        memcpy(out->name, t->row[v->centre].id, sizeof out->name);
    out->word = choice_fault_word(v->fault);
    out->why = choice_fault_why(v->fault);
}
