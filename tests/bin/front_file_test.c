/* Facts about files at the real front: who may leave one, who may fetch it, how much there may be,
 * and that it is gone with its meeting. */
#include "io/backstage.h"

#include "base/text.h"
#include "io/web.h"

static struct backstage b;
static uint8_t big[LIMIT_FILE + 1];

static int open_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 251);
    backstage_open(&b);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    backstage_close(&b);
    return 0;
}

struct one {
    struct rig_meeting meeting;
    struct rig_peer *peer;
    char token[64], path[64];
};

/* Someone in a meeting of its own, with a token. */
static struct one someone(void)
{
    struct one o = {.peer = NULL};
    assert_true(rig_meeting_create(&b.rig, &o.meeting));
    o.peer = rig_join(&b.rig, &o.meeting, true);
    assert_non_null(o.peer);
    json_t *reply = rig_ask(o.peer, json_pack("{s:s}", "t", "file_token"));
    snprintf(o.token, sizeof o.token, "%s", json_string_value(json_object_get(reply, "token")));
    snprintf(o.path, sizeof o.path, "/api/meetings/%s/files", o.meeting.id);
    json_decref(reply);
    return o;
}

/* One more in the same meeting; its token. */
static struct rig_peer *another(const struct one *o, char token[64])
{
    struct rig_peer *z = rig_join(&b.rig, &o->meeting, false);
    assert_non_null(z);
    json_t *reply = rig_ask(z, json_pack("{s:s}", "t", "file_token"));
    snprintf(token, 64, "%s", json_string_value(json_object_get(reply, "token")));
    json_decref(reply);
    return z;
}

static struct rig_http put(const struct one *o, const char *token, size_t len)
{
    struct rig_http h;
    const struct rig_http_request q = {.method = "POST",
                                       .path = o->path,
                                       .token = token,
                                       .type = "application/octet-stream",
                                       .bytes = span_of(big, len)};
    rig_http_do(&b.rig, &q, &h);
    return h;
}

static int put_status(const struct one *o, const char *token, size_t len)
{
    struct rig_http h = put(o, token, len);
    int status = h.status;
    rig_http_fini(&h);
    return status;
}

/* The new file's path. */
static void leaves(const struct one *o, size_t len, char out[128])
{
    struct rig_http h = put(o, o->token, len);
    if (h.status != 201)
        fail_msg("%d %s", h.status, h.body);
    json_t *json = json_loads(h.body, 0, NULL);
    snprintf(out, 128, "%s/%s", o->path, json_string_value(json_object_get(json, "file")));
    json_decref(json);
    rig_http_fini(&h);
}

static int get_status(const char *path, const char *token, size_t len)
{
    struct rig_http h;
    const struct rig_http_request q = {.method = "GET", .path = path, .token = token};
    rig_http_do(&b.rig, &q, &h);
    int status = h.status;
    if (status == 200 && (h.body_len != len || memcmp(h.body, big, len) != 0))
        status = -1;
    if (status == 200)
        assert_non_null(strcasestr(h.head, "content-type: application/octet-stream"));
    rig_http_fini(&h);
    return status;
}

static void a_file_comes_back_as_it_was_left(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 300, 16384, 70000, LIMIT_FILE};
    struct one o = someone();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char path[128];
        leaves(&o, sizes[i], path);
        assert_int_equal(get_status(path, o.token, sizes[i]), 200);
    }
    rig_leave(o.peer, true);
}

static void only_members_leave_and_fetch(void **state)
{
    (void)state;
    char path[128], other_path[128];
    struct one o = someone(), other = someone();
    leaves(&o, 100, path);
    leaves(&other, 100, other_path);
    assert_int_equal(put_status(&o, NULL, 100), 403);
    assert_int_equal(put_status(&o, other.token, 100), 403);
    assert_int_equal(put_status(&o, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 100), 403);
    assert_int_equal(get_status(path, NULL, 100), 403);
    assert_int_equal(get_status(path, other.token, 100), 403);
    assert_int_equal(get_status(path, "", 100), 403);
    /* another meeting's file under one's own meeting's name */
    char mixed[128];
    snprintf(mixed, sizeof mixed, "%s%s", other.path, strrchr(path, '/'));
    assert_int_equal(get_status(mixed, other.token, 100), 404);
    rig_leave(o.peer, true);
    rig_leave(other.peer, true);
}

static void a_token_ends_with_its_session_and_a_file_with_its_meeting(void **state)
{
    (void)state;
    char path[128];
    struct one o = someone();
    leaves(&o, 100, path);
    struct rig_peer *z = rig_join(&b.rig, &o.meeting, false);
    assert_non_null(z);
    rig_leave(o.peer, true);
    assert_int_equal(get_status(path, o.token, 100), 403);
    json_t *reply = rig_ask(z, json_pack("{s:s}", "t", "file_token"));
    const char *token = json_string_value(json_object_get(reply, "token"));
    assert_int_equal(get_status(path, token, 100), 200);
    rig_leave(z, true);
    struct one again = {.meeting = o.meeting};
    again.peer = rig_join(&b.rig, &o.meeting, true);
    assert_non_null(again.peer);
    json_decref(reply);
    reply = rig_ask(again.peer, json_pack("{s:s}", "t", "file_token"));
    token = json_string_value(json_object_get(reply, "token"));
    assert_int_equal(get_status(path, token, 100), 404);
    json_decref(reply);
    rig_leave(again.peer, true);
}

static void there_are_limits_to_a_file_and_to_a_meeting(void **state)
{
    (void)state;
    char path[128];
    struct one o = someone();
    assert_int_equal(put_status(&o, o.token, LIMIT_FILE + 1), 413);
    assert_int_equal(put_status(&o, o.token, 0), 413);
    for (int i = 0; i < LIMIT_PEER_FILES / LIMIT_FILE - 1; i++)
        leaves(&o, LIMIT_FILE, path);
    assert_int_equal(put_status(&o, o.token, LIMIT_FILE), 507); /* the files' own cost is counted */
    leaves(&o, LIMIT_FILE / 2, path);
    assert_int_equal(get_status(path, o.token, LIMIT_FILE / 2), 200);
    /* One member's share is not the meeting's; the third finds what is left of that. */
    struct rig_peer *more[2];
    char tokens[2][64];
    for (int i = 0; i < 2; i++) {
        more[i] = another(&o, tokens[i]);
        for (int k = 0; k < LIMIT_PEER_FILES / LIMIT_FILE - 1; k++)
            assert_int_equal(put_status(&o, tokens[i], LIMIT_FILE), 201);
    }
    assert_int_equal(put_status(&o, tokens[1], LIMIT_FILE - 4096), 201);
    assert_int_equal(put_status(&o, o.token, LIMIT_FILE / 2 - 4096), 201);
    assert_int_equal(put_status(&o, tokens[0], LIMIT_FILE / 2), 507); /* though it has a share */
    rig_leave(more[0], true);
    rig_leave(more[1], true);
    rig_leave(o.peer, true);
}

/* The head of an upload of the largest file, and nothing of the file. */
static void upload_begins(const struct one *o, struct rig_tls *t)
{
    char head[512];
    int n = snprintf(head, sizeof head,
                     "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: https://%s\r\n"
                     "Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n",
                     o->path, b.rig.authority, b.rig.authority, o->token, LIMIT_FILE);
    assert_true(rig_tls_open(&b.rig, t));
    assert_true(rig_tls_write(&b.rig, t, span_of(head, (size_t)n)));
}

/* Uploads that begin and do not go on take no room, and the server gives them up; one token has but
 * a few under way. */
static void stalled_uploads_hinder_nobody(void **state)
{
    (void)state;
    enum { STALLED = 2 * WEB_BODIES_EACH };
    static_assert(STALLED * LIMIT_FILE == WEB_BODIES,
                  "two clients declare as much as there is room for");
    struct one o = someone(), two = o;
    struct rig_tls t[STALLED];
    char token[64], byte;
    struct rig_peer *y = another(&o, two.token), *z = another(&o, token);
    for (int i = 0; i < STALLED; i++)
        upload_begins(i % 2 ? &two : &o, &t[i]);
    assert_true(RIG_WAIT(&b.rig, 2000, put_status(&o, o.token, LIMIT_FILE) == 503));
    assert_int_equal(put_status(&o, token, LIMIT_FILE), 201);
    struct rig_meeting m;
    assert_true(rig_meeting_create(&b.rig, &m));
    for (int i = 0; i < STALLED; i++) {
        assert_true(RIG_WAIT(&b.rig, 15000, (rig_tls_read(&t[i], &byte, 1), t[i].dead)));
        rig_tls_close(&t[i]);
    }
    assert_int_equal(put_status(&o, o.token, LIMIT_FILE), 201);
    rig_leave(y, true);
    rig_leave(z, true);
    rig_leave(o.peer, true);
}

/* A byte now and then keeps a connection alive, and is too slow all the same. */
static void an_upload_that_trickles_is_given_up(void **state)
{
    (void)state;
    struct one o = someone();
    struct rig_tls t;
    char byte;
    upload_begins(&o, &t);
    assert_true(RIG_WAIT(&b.rig, 1000 * (WEB_BODY_SLOW_S + 10),
                         (rig_tls_write(&b.rig, &t, span_of("x", 1)), rig_run(&b.rig, 500),
                          rig_tls_read(&t, &byte, 1), t.dead)));
    rig_tls_close(&t);
    rig_leave(o.peer, true);
}

static void odd_paths_and_origins_are_refused(void **state)
{
    (void)state;
    char path[160];
    struct one o = someone();
    static const char *const tails[] = {"/", "/x/y", "/../../../healthz",
                                        "/aaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(path, sizeof path, "%s%s", o.path, tails[i]);
        int status = get_status(path, o.token, 0);
        assert_true(status == 404 || status == 403);
    }
    assert_int_equal(get_status("/api/meetings/", o.token, 0), 404);
    assert_int_equal(get_status(o.path, o.token, 0), 404);
    struct rig_http h;
    const struct rig_http_request q = {.method = "POST",
                                       .path = o.path,
                                       .token = o.token,
                                       .body = "x",
                                       .origin = "https://evil.example"};
    rig_http_do(&b.rig, &q, &h);
    assert_int_equal(h.status, 403);
    rig_http_fini(&h);
    rig_leave(o.peer, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_file_comes_back_as_it_was_left),
        FACT(only_members_leave_and_fetch),
        FACT(a_token_ends_with_its_session_and_a_file_with_its_meeting),
        FACT(there_are_limits_to_a_file_and_to_a_meeting),
        FACT(stalled_uploads_hinder_nobody),
        FACT(an_upload_that_trickles_is_given_up),
        FACT(odd_paths_and_origins_are_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
