/* Facts about codecs as clients meet them at the real front: what a hello may say, what is told of
 * it, what is offered and refused. When it is told is tests/meet's. */
#include "io/backstage.h"

#include "base/bug.h"
#include "meet/meet.h"

static struct backstage b;

static int open_all(void **state)
{
    (void)state;
    backstage_open(&b);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    backstage_close(&b);
    return 0;
}

static struct rig_meeting new_meeting(void)
{
    struct rig_meeting m;
    assert_true(rig_meeting_create(&b.rig, &m));
    return m;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* "vp8 vp9" and so on into [{"codec":"vp8"},...]. */
static json_t *list_of(const char *words)
{
    char copy[128], *rest = copy;
    json_t *list = json_array();
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word; (word = strsep(&rest, " "));)
        json_array_append_new(list, json_pack("{s:s}", "codec", word));
    return list;
}

static struct rig_peer *joined(const struct rig_meeting *m, const char *words)
{
    struct rig_peer *p = rig_connect(&b.rig);
    assert_non_null(p);
    p->meeting = *m;
    json_t *hello = rig_hello(m, false);
    if (words)
        json_object_set_new(hello, "decodes", list_of(words));
    json_t *reply = rig_ask(p, hello);
    assert_true(rig_welcome(p, reply));
    json_decref(reply);
    return p;
}

static void told(struct rig_peer *p, const char *words)
{
    json_t *event = rig_event(p, "codecs", 3 * MEET_CODECS_US / US_PER_MS),
           *wanted = list_of(words);
    assert_non_null(event);
    assert_true(json_equal(json_object_get(event, "video"), wanted));
    json_decref(wanted);
    json_decref(event);
}

static void what_all_decode_is_told_by_name(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = joined(&m, "h264 av1 vp9 vp8 vp9");
    told(a, "vp8 vp9 av1 h264");
    struct rig_peer *z = joined(&m, "vp9");
    told(a, "vp8 vp9");
    told(z, "vp8 vp9");
    struct rig_peer *old = joined(&m, NULL);
    told(a, "vp8");
    told(z, "vp8");
    rig_leave(old, true);
    told(a, "vp8 vp9");
    rig_leave(a, true);
    rig_leave(z, true);
}

static void an_unknown_codec_in_a_hello_is_refused_by_name(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    const char *const wrong[] = {"vp8 theora", "VP9", ""};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct rig_peer *p = rig_connect(&b.rig);
        json_t *hello = rig_hello(&m, false);
        json_object_set_new(hello, "decodes", list_of(wrong[i]));
        json_t *reply = rig_ask(p, hello);
        assert_string_equal(text(reply, "reason"), "bad_message");
        assert_string_equal(text(reply, "field"), "codec");
        json_decref(reply);
        rig_leave(p, false);
    }
    struct rig_peer *p = rig_connect(&b.rig);
    json_t *hello = rig_hello(&m, false);
    json_object_set_new(hello, "decodes", list_of("vp8 vp8 vp8 vp8 vp8 vp8"));
    assert_string_equal(rig_verdict(rig_ask(p, hello)), "limit");
    rig_leave(p, false);
}

static bool offers(const json_t *welcome, const char *part, const char *key, const char *word)
{
    const json_t *list = json_object_get(json_object_get(welcome, "rtp"), part), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        if (strcmp(text(one, key), word) == 0 && strcmp(text(one, "kind"), "video") == 0)
            return true;
    }
    return false;
}

static void all_four_and_the_dependency_descriptor_are_offered(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = joined(&m, NULL);
    const char *const codecs[] = {"video/VP8", "video/VP9", "video/AV1", "video/H264"};
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++)
        assert_true(offers(a->welcome, "codecs", "mimeType", codecs[i]));
    assert_true(offers(a->welcome, "headerExtensions", "uri",
                       "https://aomediacodec.github.io/av1-rtp-spec/"
                       "#dependency-descriptor-rtp-header-extension"));
    rig_leave(a, true);
}

static json_t *publishing(const struct rig_peer *p, const char *codec, uint32_t replaces)
{
    json_t *o =
        json_pack("{s:s,s:I,s:s,s:s,s:b,s:s,s:i,s:[],s:[{s:i}],s:s}", "t", "publish", "transport",
                  (json_int_t)p->send.id, "kind", "video", "source", "screen", "paused", 0, "mid",
                  "0", "pt", 98, "ext", "encodings", "ssrc", replaces ? 78 : 77, "codec", codec);
    if (replaces)
        json_object_set_new(o, "replaces", json_integer(replaces));
    return o;
}

static json_t *subscribing(const struct rig_peer *p, uint32_t track)
{
    return json_pack("{s:s,s:I,s:I}", "t", "subscribe", "transport", (json_int_t)p->recv.id,
                     "track", (json_int_t)track);
}

static void who_cannot_decode_a_track_is_refused_until_it_is_replaced(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = joined(&m, "vp9"), *z = joined(&m, NULL);
    assert_true(rig_transport_ask(a, true) && rig_transport_ask(z, false));
    json_t *reply = rig_ask(a, publishing(a, "vp9", 0));
    uint32_t first = rig_u32(reply, "track");
    json_decref(reply);
    assert_string_equal(rig_verdict(rig_ask(z, subscribing(z, first))), "unsupported");
    reply = rig_ask(a, publishing(a, "vp8", first));
    uint32_t second = rig_u32(reply, "track");
    json_decref(reply);
    reply = rig_ask(z, subscribing(z, second));
    assert_string_equal(text(reply, "t"), "subscribed");
    assert_string_equal(text(reply, "codec"), "vp8");
    json_decref(reply);
    rig_leave(a, true);
    rig_leave(z, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(what_all_decode_is_told_by_name),
        FACT(an_unknown_codec_in_a_hello_is_refused_by_name),
        FACT(all_four_and_the_dependency_descriptor_are_offered),
        FACT(who_cannot_decode_a_track_is_refused_until_it_is_replaced),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
