/* Facts about the group's messages as clients meet them at the real front: uploads, their limits,
 * commits and Welcomes whole, what a welcome says. The order of things is tests/meet's. */
#include "io/backstage.h"

#include "base/text.h"
#include "crypt/crypt.h"

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

static struct rig_meeting new_meeting(bool waiting)
{
    struct rig_meeting m;
    assert_true(rig_meeting_create_as(&b.rig, &m, waiting));
    return m;
}

static struct rig_peer *joined(const struct rig_meeting *m, bool host)
{
    struct rig_peer *p = rig_join(&b.rig, m, host);
    assert_non_null(p);
    return p;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static json_t *joins_of(const struct rig_peer *p)
{
    return json_pack("[{s:I}]", "member", (json_int_t)p->member);
}

static json_t *part(size_t bytes)
{
    char *zeros = malloc(TEXT_BASE64URL_LEN(bytes) + 1);
    memset(zeros, 'A', TEXT_BASE64URL_LEN(bytes));
    zeros[TEXT_BASE64URL_LEN(bytes)] = '\0';
    json_t *o = json_pack("{s:s,s:s}", "t", "group_part", "bytes", zeros);
    free(zeros);
    return o;
}

static void a_welcome_carries_the_descriptor_and_the_group(void **state)
{
    (void)state;
    char descriptor[64];
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true);
    text_base64url(descriptor, span_of(m.descriptor, sizeof m.descriptor));
    assert_string_equal(text(a->welcome, "descriptor"), descriptor);
    assert_null(json_object_get(a->welcome, "group"));
    assert_null(json_object_get(a->welcome, "epoch"));
    assert_true(json_is_false(json_object_get(a->welcome, "waiting")));
    assert_true(rig_group_enter(a));
    struct rig_peer *z = joined(&m, false);
    assert_string_equal(text(z->welcome, "group"), a->group.id);
    assert_int_equal(rig_u32(z->welcome, "epoch"), 0);
    const json_t *other = json_array_get(json_object_get(z->welcome, "members"), 0);
    assert_string_equal(text(other, "participant"), a->participant);
    assert_null(json_object_get(other, "name"));
    rig_leave(a, true);
    rig_leave(z, true);
}

static size_t bytes_of(const json_t *o, const char *key)
{
    return json_string_length(json_object_get(o, key)) * 3 / 4;
}

/* The largest upload that there is, at once, is nobody's flood. */
static void the_largest_commit_and_welcome_arrive_whole(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true), *y = joined(&m, false), *z = joined(&m, false);
    assert_true(rig_group_enter(a) && rig_group_enter(y));
    a->group.passive = true;
    rig_group_ask(z);
    assert_true(RIG_WAIT(&b.rig, 3000, a->group.wanted >= 2));
    json_t *wanted = rig_event(a, "group_wanted", 100);
    json_decref(wanted);
    size_t commit = LIMIT_GROUP_COMMIT_BASE + LIMIT_KEY_PACKAGE + LIMIT_GROUP_COMMIT_GONE;
    size_t welcome = LIMIT_GROUP_UPLOAD - commit;
    a->group.welcome_bytes = welcome;
    json_t *reply = rig_group_commit(a, commit, joins_of(z), NULL);
    assert_string_equal(rig_verdict(reply), "ok");
    assert_true(RIG_WAIT(&b.rig, 5000, z->group.in));
    json_t *got = rig_event(z, "group_welcome", 100);
    assert_int_equal(bytes_of(got, "welcome"), welcome);
    json_decref(got);
    json_t *own = NULL, *heard = NULL;
    while ((got = rig_event(a, "group_commit", 2000)) && rig_u32(got, "epoch") != 1)
        json_decref(got);
    own = got;
    heard = rig_event(y, "group_commit", 2000);
    assert_non_null(own);
    assert_non_null(heard);
    assert_int_equal(bytes_of(own, "commit"), commit);
    assert_string_equal(text(own, "commit"), text(heard, "commit"));
    assert_int_equal(rig_u32(heard, "from"), a->member);
    assert_int_equal(z->group.commits, 0);
    json_decref(own);
    json_decref(heard);
    rig_leave(a, true);
    rig_leave(y, true);
    rig_leave(z, true);
}

/* A commit of another epoch is refused, and takes the buffer along. */
static void empty(struct rig_peer *p)
{
    json_t *o = json_pack("{s:s,s:s,s:i,s:i,s:[],s:[]}", "t", "group_commit", "group", p->group.id,
                          "epoch", 77, "commit", 5, "joins", "gone");
    assert_string_equal(rig_verdict(rig_ask(p, o)), "conflict");
}

static void an_upload_ends_at_its_limit_and_only_so_much_comes_at_once(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true);
    assert_true(rig_group_enter(a));
    unsigned pieces = LIMIT_GROUP_UPLOAD / LIMIT_GROUP_PART;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < pieces; i++)
            assert_string_equal(rig_verdict(rig_ask(a, part(LIMIT_GROUP_PART))), "ok");
        assert_string_equal(rig_verdict(rig_ask(a, part(1))), "limit");
        empty(a);
    }
    const char *last = "ok";
    for (unsigned i = 0; i < 2 * pieces && strcmp(last, "busy") != 0; i++) {
        last = rig_verdict(rig_ask(a, part(LIMIT_GROUP_PART)));
        if (!strcmp(last, "limit"))
            empty(a);
    }
    assert_string_equal(last, "busy");
    assert_false(a->ws.closed);
    rig_leave(a, true);
}

static void who_is_not_in_the_group_uploads_nothing(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true), *z = joined(&m, false);
    assert_true(rig_group_enter(a));
    assert_string_equal(rig_verdict(rig_ask(z, part(10))), "state");
    rig_leave(a, true);
    rig_leave(z, true);
}

static void a_commit_longer_than_its_upload_is_refused(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true);
    assert_true(rig_group_enter(a));
    for (int i = 0; i < 2; i++) {
        assert_string_equal(rig_verdict(rig_ask(a, part(100))), "ok");
        json_t *o = json_pack("{s:s,s:s,s:i,s:i,s:[],s:[]}", "t", "group_commit", "group",
                              a->group.id, "epoch", 0, "commit", 101, "joins", "gone");
        assert_string_equal(rig_verdict(rig_ask(a, o)), "bad_message");
    }
    json_t *o = json_pack("{s:s,s:s,s:i,s:i,s:[],s:[]}", "t", "group_commit", "group", a->group.id,
                          "epoch", 0, "commit", 1, "joins", "gone");
    assert_string_equal(rig_verdict(rig_ask(a, o)), "bad_message"); /* nothing was uploaded */
    rig_leave(a, true);
}

static void a_log_is_sent_again_byte_for_byte(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true);
    assert_true(rig_group_enter(a));
    for (int i = 0; i < 3; i++)
        assert_string_equal(rig_verdict(rig_group_commit(a, 5000, NULL, NULL)), "ok");
    json_t *first[3], *again;
    for (int i = 0; i < 3; i++)
        first[i] = rig_event(a, "group_commit", 2000);
    json_t *o = json_pack("{s:s,s:s,s:i}", "t", "group_log", "group", a->group.id, "epoch", 0);
    assert_string_equal(rig_verdict(rig_ask(a, o)), "ok");
    for (int i = 0; i < 3; i++) {
        again = rig_event(a, "group_commit", 2000);
        assert_true(json_equal(first[i], again));
        json_decref(first[i]);
        json_decref(again);
    }
    rig_leave(a, true);
}

/* The hash by which the others name a commit is that of its bytes. */
static void a_commit_is_reported_by_the_hash_of_its_bytes(void **state)
{
    (void)state;
    static uint8_t raw[LIMIT_KEY_PACKAGE];
    uint8_t digest[32];
    char hash[64];
    size_t len = 0;
    struct rig_meeting m = new_meeting(false);
    struct rig_peer *a = joined(&m, true), *z = joined(&m, false);
    assert_true(rig_group_enter(a) && rig_group_enter(z));
    assert_string_equal(rig_verdict(rig_group_commit(z, 700, NULL, NULL)), "ok");
    json_t *c;
    while ((c = rig_event(a, "group_commit", 2000)) && rig_u32(c, "from") != z->member)
        json_decref(c);
    assert_non_null(c);
    struct span encoded = span_str(text(c, "commit"));
    assert_int_equal(text_unbase64url(raw, sizeof raw, &len, encoded), ERR_OK);
    crypt_sha256(digest, span_of(raw, len));
    text_base64url(hash, span_of(digest, sizeof digest));
    json_t *o = json_pack("{s:s,s:s,s:I,s:s}", "t", "group_invalid", "group", a->group.id, "epoch",
                          (json_int_t)rig_u32(c, "epoch"), "hash", hash);
    assert_string_equal(rig_verdict(rig_ask(a, o)), "ok");
    o = rig_event(z, "group_reopened", 2000);
    assert_int_equal(rig_u32(o, "epoch"), rig_u32(c, "epoch"));
    json_decref(o);
    json_decref(c);
    rig_leave(a, true);
    rig_leave(z, true);
}

static void who_waits_gets_a_bare_welcome(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(true);
    struct rig_peer *a = joined(&m, true), *z = joined(&m, false);
    assert_true(json_is_false(json_object_get(a->welcome, "waiting")));
    assert_true(json_is_true(json_object_get(z->welcome, "waiting")));
    assert_int_equal(json_array_size(json_object_get(z->welcome, "members")), 0);
    assert_string_equal(rig_verdict(rig_ask(z, json_pack("{s:s}", "t", "file_token"))),
                        "forbidden");
    rig_leave(a, true);
    rig_leave(z, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_welcome_carries_the_descriptor_and_the_group),
        FACT(the_largest_commit_and_welcome_arrive_whole),
        FACT(an_upload_ends_at_its_limit_and_only_so_much_comes_at_once),
        FACT(who_is_not_in_the_group_uploads_nothing),
        FACT(a_commit_longer_than_its_upload_is_refused),
        FACT(a_log_is_sent_again_byte_for_byte),
        FACT(a_commit_is_reported_by_the_hash_of_its_bytes),
        FACT(who_waits_gets_a_bare_welcome),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
