/* Facts about signalling messages, most of them asked of every field of every request in the table:
 * a request that is right is taken, and each way of being wrong is refused by the field's name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/text.h"
#include "io/json_signal.h"

/* ---- requests from the table ---- */

static json_t *sample_object(const struct signal_shape_row *shape);

static json_t *text_of(size_t len, char c)
{
    char *s = malloc(len + 1);
    assert_non_null(s);
    memset(s, c, len);
    s[len] = '\0';
    json_t *v = json_string(s);
    free(s);
    return v;
}

/* base64url of n zero bytes: only 'A's, and canonical */
static json_t *bytes_of(size_t n)
{
    return text_of(TEXT_BASE64URL_LEN(n), 'A');
}

static json_t *items_of(const struct signal_field *f, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, sample_object(f->shape));
    return list;
}

static json_t *sample(const struct signal_field *f)
{
    char hash[96] = "";
    switch (f->type) {
    case SIGNAL_FIELD_UINT:
        return json_integer(f->min);
    case SIGNAL_FIELD_FLAG:
        return json_true();
    case SIGNAL_FIELD_CHOICE:
        return json_string(f->set->words[0]);
    case SIGNAL_FIELD_TEXT:
        return text_of(f->min, 'a');
    case SIGNAL_FIELD_BYTES:
        return bytes_of(f->min);
    case SIGNAL_FIELD_HASH:
        for (int i = 0; i < 32; i++)
            memcpy(hash + 3 * i, i < 31 ? "0F:" : "0f", 3);
        return json_string(hash);
    case SIGNAL_FIELD_MANY:
        return items_of(f, f->min > 0 ? f->min : 1);
    default:
        return sample_object(f->shape);
    }
}

static json_t *sample_object(const struct signal_shape_row *shape)
{
    json_t *o = json_object();
    for (uint32_t i = 0; i < shape->count; i++)
        json_object_set_new(o, shape->fields[i].name, sample(&shape->fields[i]));
    return o;
}

static json_t *sample_request(const struct signal_row *row)
{
    json_t *o = sample_object(&row->shape);
    json_object_set_new(o, "t", json_string(row->wire));
    json_object_set_new(o, "n", json_integer(7));
    return o;
}

static struct signal_request request;
static struct signal_fault fault;

static bool parse_text(const char *text)
{
    return json_signal_parse(&request, span_str(text), &fault);
}

static bool parse(json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT);
    bool ok = parse_text(text);
    free(text);
    return ok;
}

/* Takes ownership of o. */
static void refuses(json_t *o, const char *field)
{
    if (parse(o)) {
        fail_msg("taken: %s", json_dumps(o, 0));
    }
    if (!fault.field || strcmp(fault.field, field) != 0)
        fail_msg("field %s, not %s: %s", fault.field, field, json_dumps(o, 0));
    assert_int_equal(fault.close, 0);
    assert_true(fault.numbered);
    assert_int_equal(fault.number, 7);
    assert_true(fault.reason == SIGNAL_reason_bad_message || fault.reason == SIGNAL_reason_limit);
    json_decref(o);
}

typedef void (*each)(const struct signal_row *row, const struct signal_field *f);

static void for_each_field(each fn)
{
    unsigned seen = 0;
    for (int t = SIGNAL_NONE_ + 1; t < SIGNAL_TYPE_COUNT_; t++) {
        const struct signal_row *row = signal_row_of((enum signal_type)t);
        for (uint32_t i = 0; row->direction == SIGNAL_REQUEST && i < row->shape.count; i++, seen++)
            fn(row, &row->shape.fields[i]);
    }
    assert_true(seen > 30);
}

static void with(const struct signal_row *row, const struct signal_field *f, json_t *value)
{
    json_t *o = sample_request(row);
    json_object_set_new(o, f->name, value);
    refuses(o, f->name);
}

static void takes(const struct signal_row *row, const struct signal_field *f, json_t *value)
{
    json_t *o = sample_request(row);
    json_object_set_new(o, f->name, value);
    if (!parse(o))
        fail_msg("refused (%s): %s", fault.field, json_dumps(o, 0));
    json_decref(o);
}

/* ---- facts ---- */

static void every_request_with_every_field_is_taken(void **state)
{
    (void)state;
    unsigned n = 0;
    for (int t = SIGNAL_NONE_ + 1; t < SIGNAL_TYPE_COUNT_; t++) {
        const struct signal_row *row = signal_row_of((enum signal_type)t);
        if (row->direction != SIGNAL_REQUEST)
            continue;
        json_t *o = sample_request(row);
        if (!parse(o))
            fail_msg("%s: %s", row->wire, fault.field);
        assert_int_equal(request.message.type, t);
        assert_int_equal(request.message.number, 7);
        json_decref(o);
        n++;
    }
    assert_int_equal(n, 38);
}

static void missing_one(const struct signal_row *row, const struct signal_field *f)
{
    json_t *o = sample_request(row);
    json_object_del(o, f->name);
    if (f->required) {
        refuses(o, f->name);
        return;
    }
    assert_true(parse(o));
    json_decref(o);
}

static void a_missing_required_field_is_refused_by_name(void **state)
{
    (void)state;
    for_each_field(missing_one);
}

static void mistyped(const struct signal_row *row, const struct signal_field *f)
{
    with(row, f, json_null());
    with(row, f, json_real(1.5));
    if (f->type != SIGNAL_FIELD_UINT)
        with(row, f, json_integer(1));
    if (f->type != SIGNAL_FIELD_FLAG)
        with(row, f, json_true());
    if (f->type != SIGNAL_FIELD_MANY)
        with(row, f, json_array());
    with(row, f, json_object());
    with(row, f, json_string("no such word, no base64url: \xc3\xa9"));
}

static void a_value_of_another_type_is_refused(void **state)
{
    (void)state;
    for_each_field(mistyped);
}

static void at_the_edges(const struct signal_row *row, const struct signal_field *f)
{
    switch (f->type) {
    case SIGNAL_FIELD_UINT:
        takes(row, f, json_integer(f->min));
        takes(row, f, json_integer(f->max));
        with(row, f, json_integer((json_int_t)f->min - 1));
        with(row, f, json_integer((json_int_t)f->max + 1));
        with(row, f, json_integer(INT64_MIN));
        with(row, f, json_integer(INT64_MAX));
        with(row, f, json_integer((json_int_t)f->min + ((json_int_t)1 << 32)));
        break;
    case SIGNAL_FIELD_TEXT:
        takes(row, f, text_of(f->max, 'z'));
        with(row, f, text_of(f->min - 1, 'z'));
        with(row, f, text_of(f->max + 1, 'z'));
        with(row, f, text_of(f->min, ' '));
        if (f->letters == SIGNAL_LETTERS_PRINT)
            break; /* any visible ASCII; a passcode is never sent back */
        with(row, f, text_of(f->min, '"'));
        with(row, f, text_of(f->min, '<'));
        break;
    case SIGNAL_FIELD_BYTES:
        takes(row, f, bytes_of(f->max));
        with(row, f, bytes_of(f->min - 1));
        with(row, f, bytes_of(f->max + 1));
        with(row, f, text_of(TEXT_BASE64URL_LEN((size_t)f->min), '+'));
        with(row, f, json_string("AAAA="));
        break;
    case SIGNAL_FIELD_HASH:
        with(row, f, text_of(95, 'A'));
        with(row, f, text_of(94, ':'));
        break;
    case SIGNAL_FIELD_MANY:
        takes(row, f, items_of(f, f->max));
        with(row, f, items_of(f, f->max + 1));
        if (f->min > 0)
            with(row, f, items_of(f, f->min - 1));
        with(row, f, json_pack("[i]", 1));
        break;
    default:
        break;
    }
}

static void each_limit_is_inclusive_and_holds(void **state)
{
    (void)state;
    for_each_field(at_the_edges);
}

static void choose(const struct signal_row *row, const struct signal_field *f)
{
    if (f->type != SIGNAL_FIELD_CHOICE)
        return;
    for (uint32_t i = 0; i < f->set->count; i++)
        takes(row, f, json_string(f->set->words[i]));
    with(row, f, json_string(""));
    with(row, f, json_string("AUDIO"));
    char longer[64];
    (void)snprintf(longer, sizeof longer, "%sx", f->set->words[0]);
    with(row, f, json_string(longer));
}

static void every_word_of_a_set_is_taken_and_no_other(void **state)
{
    (void)state;
    for_each_field(choose);
}

/* Inside an item the name at fault is the item's field. */
static void spoil_items(const struct signal_row *row, const struct signal_field *f)
{
    if (f->type != SIGNAL_FIELD_MANY)
        return;
    for (uint32_t i = 0; i < f->shape->count; i++) {
        const struct signal_field *inner = &f->shape->fields[i];
        json_t *o = sample_request(row);
        json_t *item = json_array_get(json_object_get(o, f->name), 0);
        json_object_set_new(item, inner->name, json_null());
        refuses(o, inner->name);
        o = sample_request(row);
        item = json_array_get(json_object_get(o, f->name), 0);
        json_object_set_new(item, "extra", json_true());
        refuses(o, "unknown");
    }
}

static void a_broken_item_of_a_list_is_refused(void **state)
{
    (void)state;
    for_each_field(spoil_items);
}

static void add_unknown(const struct signal_row *row, const struct signal_field *f)
{
    static const char *const names[] = {"x", "__proto__", "from", "role_", "", "N", "constructor"};
    (void)f;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_t *o = sample_request(row);
        json_object_set_new(o, names[i], json_integer(1));
        refuses(o, "unknown");
    }
}

static void an_unknown_field_is_refused_in_every_request(void **state)
{
    (void)state;
    for_each_field(add_unknown);
}

static void replies_and_events_are_no_requests(void **state)
{
    (void)state;
    for (int t = SIGNAL_NONE_ + 1; t < SIGNAL_TYPE_COUNT_; t++) {
        const struct signal_row *row = signal_row_of((enum signal_type)t);
        enum signal_type other;
        if (row->direction == SIGNAL_REQUEST || signal_request_of(span_str(row->wire), &other))
            continue;
        json_t *o = json_pack("{s:s, s:i}", "t", row->wire, "n", 7);
        refuses(o, "t");
    }
}

static void closes(const char *text, unsigned code)
{
    if (parse_text(text))
        fail_msg("taken: %s", text);
    if (fault.close != code)
        fail_msg("%u, not %u: %s", fault.close, code, text);
}

static void what_is_not_json_ends_the_connection(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "{",
        "}",
        "{]",
        "[]",
        "1",
        "null",
        "\"t\"",
        "{\"t\":\"ping\",\"n\":1}}",
        "{\"t\":\"ping\",\"n\":1,}",
        "{'t':'ping','n':1}",
        "{\"t\":\"ping\",\"n\":01}",
        "{\"t\":\"ping\",\"n\":1}{\"t\":\"ping\",\"n\":1}",
        "{\"t\":\"ping\" /* */,\"n\":1}",
        "\xef\xbb\xbf{\"t\":\"ping\",\"n\":1}", /* a byte order mark */
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        closes(bad[i], 1007);
}

/* A20 */
static void duplicate_keys_end_the_connection(void **state)
{
    (void)state;
    closes("{\"t\":\"ping\",\"t\":\"ping\",\"n\":1}", 1007);
    closes("{\"t\":\"ping\",\"n\":1,\"n\":1}", 1007);
    closes("{\"t\":\"ping\",\"\\u0074\":\"end\",\"n\":1}", 1007); /* the same key, escaped */
    closes("{\"t\":\"track_pause\",\"n\":1,\"track\":1,\"track\":2,\"paused\":true}", 1007);
    closes("{\"t\":\"transport_connect\",\"n\":1,\"transport\":1,\"role\":\"client\","
           "\"fingerprints\":[{\"algorithm\":\"sha-256\",\"algorithm\":\"sha-256\"}]}",
           1007);
}

static void strings_that_are_no_text_end_the_connection(void **state)
{
    (void)state;
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\\u0000\"}", 1007);
    closes("{\"t\":\"ping\",\"n\":1,\"x\\u0000\":1}", 1007);
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\\ud800\"}", 1007);
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\\udc00\\ud800\"}", 1007);
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\xc3\x28\"}", 1007);         /* not UTF-8 */
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\xed\xa0\x80\"}", 1007);     /* a surrogate in UTF-8 */
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\xf4\x90\x80\x80\"}", 1007); /* over U+10FFFF */
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\xc0\xaf\"}", 1007);         /* overlong */
    closes("{\"t\":\"ping\",\"n\":1,\"x\":\"\n\"}", 1007);               /* a bare control */
}

static void numbers_out_of_any_range_end_the_connection(void **state)
{
    (void)state;
    closes("{\"t\":\"ping\",\"n\":1e999}", 1007);
    closes("{\"t\":\"ping\",\"n\":99999999999999999999999}", 1007);
}

static void a_request_without_a_usable_number_ends_the_connection(void **state)
{
    (void)state;
    closes("{\"t\":\"ping\"}", 1008);
    closes("{\"t\":\"ping\",\"n\":-1}", 1008);
    closes("{\"t\":\"ping\",\"n\":4294967296}", 1008);
    closes("{\"t\":\"ping\",\"n\":1.0}", 1008);
    closes("{\"t\":\"ping\",\"n\":\"1\"}", 1008);
    assert_true(parse_text("{\"t\":\"ping\",\"n\":4294967295}"));
    assert_true(parse_text("{\"n\":0,\"t\":\"ping\"}"));
}

static void nesting_is_limited_before_parsing(void **state)
{
    (void)state;
    static char deep[100001];
    memset(deep, '[', 100000);
    closes(deep, 1008);
    assert_int_equal(signal_depth(span_str(deep), LIMIT_SIGNAL_DEPTH), LIMIT_SIGNAL_DEPTH + 1);
    closes("{\"t\":\"ping\",\"n\":1,\"x\":[[[[[[[[]]]]]]]]}", 1008); /* 9 deep */
    assert_false(parse_text("{\"t\":\"ping\",\"n\":1,\"x\":[[[[[[[]]]]]]]}"));
    assert_int_equal(fault.close, 0); /* 8 deep: only the field is unknown */
    assert_string_equal(fault.field, "unknown");
}

static void brackets_inside_strings_do_not_nest(void **state)
{
    (void)state;
    assert_int_equal(signal_depth(span_str("{\"a\":\"[[[[\\\"[[[\",\"b\":[1]}"), 8), 2);
    assert_int_equal(signal_depth(span_str("\"\\"), 8), 0);
    assert_int_equal(signal_depth(span_str("]]]["), 8), 1);
}

static void fields_arrive_as_they_were_sent(void **state)
{
    (void)state;
    assert_true(parse_text(
        "{\"t\":\"publish\",\"n\":9,\"transport\":4,\"kind\":\"video\",\"source\":\"screen\","
        "\"paused\":true,\"mid\":\"2\",\"pt\":101,\"ext\":[{\"uri\":\"twcc\",\"id\":3}],"
        "\"encodings\":[{\"rid\":\"q\"},{\"rid\":\"h\",\"ssrc\":4294967295}]}"));
    const struct signal_publish *p = &request.message.as.publish;
    assert_int_equal(p->transport, 4);
    assert_int_equal(p->kind, SIGNAL_kind_video);
    assert_int_equal(p->source, SIGNAL_source_screen);
    assert_true(p->paused);
    assert_string_equal(p->mid, "2");
    assert_int_equal(p->pt, 101);
    assert_false(p->has_rtx_pt);
    assert_int_equal(p->n_ext, 1);
    assert_int_equal(p->ext[0].uri, SIGNAL_ext_twcc);
    assert_int_equal(p->n_encodings, 2);
    assert_string_equal(p->encodings[1].rid, "h");
    assert_true(p->encodings[1].has_ssrc);
    assert_int_equal(p->encodings[1].ssrc, UINT32_MAX);
    assert_false(p->encodings[1].has_rtx_ssrc);
    assert_null(signal_publish_fault(p));
}

static void publish_with(const char *field, const char *kind, const char *rest)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"t\":\"publish\",\"n\":9,\"transport\":4,\"kind\":\"%s\",\"source\":\"mic\","
                   "\"paused\":true,\"mid\":\"2\",\"pt\":101,%s}",
                   kind, rest);
    if (!parse_text(text))
        fail_msg("%s: %s", fault.field, text);
    const char *at = signal_publish_fault(&request.message.as.publish);
    if (field && (!at || strcmp(at, field) != 0))
        fail_msg("%s, not %s: %s", at, field, text);
    if (!field && at)
        fail_msg("%s: %s", at, text);
}

static void streams_of_one_track_do_not_contradict_each_other(void **state)
{
    (void)state;
    publish_with(NULL, "audio", "\"ext\":[],\"encodings\":[{\"ssrc\":5}]");
    publish_with("encodings", "audio",
                 "\"ext\":[],\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"b\"}]");
    publish_with("encodings", "video",
                 "\"ext\":[],\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"a\"}]");
    publish_with("encodings", "video", "\"ext\":[],\"encodings\":[{\"rid\":\"a\"},{\"ssrc\":6}]");
    publish_with("encodings", "video", "\"ext\":[],\"encodings\":[{\"ssrc\":5,\"rtx_ssrc\":5}]");
    publish_with(
        "encodings", "video",
        "\"ext\":[],\"encodings\":[{\"rid\":\"a\",\"ssrc\":5},{\"rid\":\"b\",\"rtx_ssrc\":5}]");
    publish_with("rtx_pt", "video", "\"rtx_pt\":101,\"ext\":[],\"encodings\":[{}]");
    publish_with(
        "ext", "video",
        "\"ext\":[{\"uri\":\"mid\",\"id\":1},{\"uri\":\"rid\",\"id\":1}],\"encodings\":[{}]");
    publish_with(
        "ext", "video",
        "\"ext\":[{\"uri\":\"mid\",\"id\":1},{\"uri\":\"mid\",\"id\":2}],\"encodings\":[{}]");
}

/* ---- writing ---- */

static json_t *write_and_read(const struct signal_message *m)
{
    static uint8_t buffer[1 << 20];
    struct writer w = writer_of(buffer, sizeof buffer);
    assert_int_equal(signal_write(&w, m), ERR_OK);
    struct span s = writer_span(&w);
    json_t *o = json_loadb((const char *)s.ptr, s.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    return o;
}

static void a_reply_carries_its_number_and_an_event_none(void **state)
{
    (void)state;
    for (int t = SIGNAL_NONE_ + 1; t < SIGNAL_TYPE_COUNT_; t++) {
        const struct signal_row *row = signal_row_of((enum signal_type)t);
        struct signal_message m = {.type = (enum signal_type)t, .number = 77};
        if (t == SIGNAL_WELCOME)
            m.as.welcome.rtp = "{}";
        json_t *o = write_and_read(&m);
        assert_string_equal(json_string_value(json_object_get(o, "t")), row->wire);
        assert_int_equal(json_integer_value(json_object_get(o, "re")),
                         row->direction == SIGNAL_REPLY ? 77 : 0);
        size_t required = row->direction == SIGNAL_EVENT ? 1 : 2;
        for (uint32_t i = 0; i < row->shape.count; i++)
            required += row->shape.fields[i].required;
        assert_int_equal(json_object_size(o), required);
        json_decref(o);
    }
}

static void a_welcome_lists_members_and_their_tracks(void **state)
{
    (void)state;
    struct signal_track_info track = {.track = 9, .kind = SIGNAL_kind_video, .paused = true};
    struct signal_member_info members[2] = {
        {.member = 3, .participant = span_str("abc"), .role = SIGNAL_role_host},
        {.member = 4, .participant = span_str("d"), .n_tracks = 1, .tracks = &track}};
    struct signal_message m = {.type = SIGNAL_WELCOME, .number = 1};
    m.as.welcome = (struct signal_welcome){.member = 5,
                                           .resume = span_str("0123"),
                                           .resumed = true,
                                           .descriptor = span_str("abc"),
                                           .has_group = true,
                                           .group = span_str("d"),
                                           .has_epoch = true,
                                           .epoch = INT32_MAX,
                                           .rtp = "{\"codecs\":[]}",
                                           .n_members = 2,
                                           .members = members};
    json_t *o = write_and_read(&m);
    char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(
        text, "{\"descriptor\":\"YWJj\",\"epoch\":2147483647,\"group\":\"ZA\",\"member\":5,"
              "\"members\":[{\"member\":3,\"participant\":\"YWJj\",\"role\":\"host\","
              "\"tracks\":[]},{\"member\":4,\"participant\":\"ZA\",\"role\":\"participant\","
              "\"tracks\":[{\"kind\":\"video\",\"paused\":true,\"source\":\"mic\",\"track\":9}]}],"
              "\"re\":1,"
              "\"resume\":\"MDEyMw\",\"resumed\":true,\"role\":\"participant\",\"rtp\":"
              "{\"codecs\":[]},\"t\":\"welcome\",\"waiting\":false}");
    free(text);
    json_decref(o);
}

static void long_bytes_are_written_whole(void **state)
{
    (void)state;
    static uint8_t body[LIMIT_GROUP_COMMIT], back[LIMIT_GROUP_COMMIT];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 31);
    for (size_t n = 1; n <= sizeof body; n = n * 2 + 1) {
        struct signal_message m = {.type = SIGNAL_GROUP_COMMITTED};
        m.as.group_committed =
            (struct signal_group_committed){.from = 1, .commit = span_of(body, n)};
        json_t *o = write_and_read(&m);
        size_t len = 0;
        struct span text = span_str(json_string_value(json_object_get(o, "commit")));
        assert_int_equal(text_unbase64url(back, sizeof back, &len, text), ERR_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, body, n);
        json_decref(o);
    }
}

static void a_message_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct signal_message m = {.type = SIGNAL_TRANSPORT_STATE};
    for (size_t cap = 0; cap < 40; cap++) {
        struct writer w = writer_of(buffer, cap);
        assert_int_equal(signal_write(&w, &m), ERR_LIMIT);
        assert_int_equal(writer_span(&w).len, 0);
    }
}

static void every_result_code_has_a_reason(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT_; e++)
        assert_true(signal_reason_of((enum err)e) < SIGNAL_reason_COUNT_);
    assert_int_equal(signal_reason_of(ERR_AUTH), signal_reason_of(ERR_NOT_FOUND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_with_every_field_is_taken),
        cmocka_unit_test(a_missing_required_field_is_refused_by_name),
        cmocka_unit_test(a_value_of_another_type_is_refused),
        cmocka_unit_test(each_limit_is_inclusive_and_holds),
        cmocka_unit_test(every_word_of_a_set_is_taken_and_no_other),
        cmocka_unit_test(a_broken_item_of_a_list_is_refused),
        cmocka_unit_test(an_unknown_field_is_refused_in_every_request),
        cmocka_unit_test(replies_and_events_are_no_requests),
        cmocka_unit_test(what_is_not_json_ends_the_connection),
        cmocka_unit_test(duplicate_keys_end_the_connection),
        cmocka_unit_test(strings_that_are_no_text_end_the_connection),
        cmocka_unit_test(numbers_out_of_any_range_end_the_connection),
        cmocka_unit_test(a_request_without_a_usable_number_ends_the_connection),
        cmocka_unit_test(nesting_is_limited_before_parsing),
        cmocka_unit_test(brackets_inside_strings_do_not_nest),
        cmocka_unit_test(fields_arrive_as_they_were_sent),
        cmocka_unit_test(streams_of_one_track_do_not_contradict_each_other),
        cmocka_unit_test(a_reply_carries_its_number_and_an_event_none),
        cmocka_unit_test(a_welcome_lists_members_and_their_tracks),
        cmocka_unit_test(long_bytes_are_written_whole),
        cmocka_unit_test(a_message_that_does_not_fit_is_not_written),
        cmocka_unit_test(every_result_code_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
