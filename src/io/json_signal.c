/* Walks the object that jansson built beside the table of signal.def.
 * knows: jansson. knows not: limits and words; proto/signal.c checks every value. owns: nothing. */
#include "io/json_signal.h"

#include <jansson.h>

#include "base/mutant.h"

enum { CLOSE_BAD_DATA = 1007, CLOSE_POLICY = 1008 }; /* RFC 6455 section 7.4.1 */

/* One parse: where values go, and the name of the field at fault. */
struct walk {
    struct signal_request *out;
    const char *field;
};

static enum err put_object(struct walk *w, const struct signal_shape_row *shape, void *base,
                           json_t *object);

static enum err put_list(struct walk *w, const struct signal_field *f, void *base, json_t *list)
{
    size_t n = json_array_size(list);
    TRY(signal_put_count(f, base, n));
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_array_get(list, i);
        if (!json_is_object(item))
            return ERR_MALFORMED;
        TRY(put_object(w, f->shape, signal_item_at(f, base, i), item));
    }
    return ERR_OK;
}

static enum err put_value(struct walk *w, const struct signal_field *f, void *base, json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_INTEGER:
        return signal_put_int(f, base, json_integer_value(v));
    case JSON_STRING:
        return signal_put_text(f, base, span_of(json_string_value(v), json_string_length(v)),
                               w->out);
    case JSON_TRUE:
    case JSON_FALSE:
        return signal_put_flag(f, base, json_is_true(v));
    case JSON_ARRAY:
        return f->type == SIGNAL_FIELD_MANY ? put_list(w, f, base, v) : ERR_MALFORMED;
    case JSON_OBJECT:
        return f->type == SIGNAL_FIELD_ONE ? put_object(w, f->shape, signal_item_at(f, base, 0), v)
                                           : ERR_MALFORMED;
    case JSON_REAL:
    case JSON_NULL:
        return ERR_MALFORMED;
    }
    return ERR_MALFORMED;
}

/* The envelope's own keys, read before the fields. */
static bool is_envelope(const struct walk *w, const void *base, const char *key)
{
    return base == &w->out->message.as && (strcmp(key, "t") == 0 || strcmp(key, "n") == 0);
}

static enum err put_object(struct walk *w, const struct signal_shape_row *shape, void *base,
                           json_t *object)
{
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        const char *key = json_object_iter_key(it);
        if (is_envelope(w, base, key))
            continue;
        const struct signal_field *f = signal_field_of(shape, span_str(key));
        w->field = f ? f->name : "unknown";
        if (!f) {
            if (!DEFENCE(20, false))
                return ERR_MALFORMED;
            continue;
        }
        TRY(put_value(w, f, base, json_object_iter_value(it)));
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct signal_field *f = &shape->fields[i];
        w->field = f->name;
        if (f->required && !json_object_get(object, f->name))
            return ERR_MALFORMED;
    }
    w->field = NULL;
    return ERR_OK;
}

static bool refuse(struct signal_fault *fault, enum signal_set_reason reason, const char *field)
{
    fault->reason = reason;
    fault->field = field;
    return false;
}

static bool read_envelope(struct signal_request *out, json_t *root, struct signal_fault *fault,
                          const struct signal_row **row)
{
    json_t *n = json_object_get(root, "n"), *t = json_object_get(root, "t");
    if (!json_is_integer(n) || json_integer_value(n) < 0 || json_integer_value(n) > UINT32_MAX)
        return fault->close = CLOSE_POLICY, refuse(fault, SIGNAL_reason_bad_message, "n");
    fault->numbered = true;
    fault->number = out->message.number = (uint32_t)json_integer_value(n);
    if (!json_is_string(t))
        return refuse(fault, SIGNAL_reason_bad_message, "t");
    struct span wire = span_of(json_string_value(t), json_string_length(t));
    *row = signal_request_of(wire, &out->message.type);
    return *row ? true : refuse(fault, SIGNAL_reason_bad_message, "t");
}

static bool read_root(struct signal_request *out, json_t *root, struct signal_fault *fault)
{
    const struct signal_row *row = NULL;
    if (!json_is_object(root)) {
        fault->close = CLOSE_BAD_DATA;
        return refuse(fault, SIGNAL_reason_bad_message, NULL);
    }
    if (!read_envelope(out, root, fault, &row))
        return false;
    struct walk w = {out, NULL};
    enum err e = put_object(&w, &row->shape, &out->message.as, root);
    if (e == ERR_OK)
        return true;
    return refuse(fault, e == ERR_LIMIT ? SIGNAL_reason_limit : SIGNAL_reason_bad_message, w.field);
}

bool json_signal_parse(struct signal_request *out, struct span text, struct signal_fault *fault)
{
    memset(&out->message, 0, sizeof out->message);
    out->store_used = 0;
    *fault = (struct signal_fault){.reason = SIGNAL_reason_bad_message};
    if (!DEFENCE(20, signal_depth(text, LIMIT_SIGNAL_DEPTH) <= LIMIT_SIGNAL_DEPTH)) {
        fault->close = CLOSE_POLICY;
        return false;
    }
    size_t flags = DEFENCE(20, false) ? 0 : JSON_REJECT_DUPLICATES;
    json_error_t error;
    json_t *root = json_loadb((const char *)text.ptr, text.len, flags, &error);
    if (!root) {
        fault->close = CLOSE_BAD_DATA;
        return false;
    }
    bool ok = read_root(out, root, fault);
    json_decref(root);
    return ok;
}
