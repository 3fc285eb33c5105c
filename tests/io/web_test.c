/* Facts about the front role as clients meet it: pages, the API, WebSockets, the one port, and what
 * it asks of store and media. The real role_front runs in its own sandboxed process. */
#include "io/backstage.h"

#include <errno.h>

#include "base/text.h"

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

/* ---- HTTP ---- */

static struct rig_http http_of(const char *method, const char *path, const char *body)
{
    struct rig_http h;
    const struct rig_http_request q = {.method = method, .path = path, .body = body};
    rig_http_do(&b.rig, &q, &h);
    return h;
}

static void serves(const char *path, int status, const char *body)
{
    struct rig_http h = http_of("GET", path, NULL);
    if (h.status != status || (body && strcmp(h.body, body) != 0))
        fail_msg("%s: %d %s", path, h.status, h.body);
    rig_http_fini(&h);
}

static void pages_are_served(void **state)
{
    (void)state;
    const char *page = "<!doctype html><title>front page</title>";
    serves("/", 200, page);
    serves("/m/aaaaaaaaaaaaaaaaaaaa", 200, page);
    serves("/m/", 200, page);
    serves("/test", 200, page);
    serves("/account", 200, page);
    serves("/index.html", 200, page);
    serves("/?x=1", 200, page);
    serves("/assets/a-1234.js", 200, "export const a = 1;\n");
    serves("/healthz", 200, "ok\n");
}

static void nothing_but_the_table_is_served(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nothing",
                                        "/assets/",
                                        "/assets",
                                        "/.secret",
                                        "/../tls.key",
                                        "/assets/../../tls.key",
                                        "/..%2ftls.key",
                                        "/%2e%2e/tls.key",
                                        "/assets/..%2f..%2ftls.key",
                                        "//etc/passwd",
                                        "/assets/a-1234.js%00.html",
                                        "/api/meetings"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct rig_http h = http_of("GET", paths[i], NULL);
        if (h.status == 200 && strcmp(h.body, "<!doctype html><title>front page</title>") != 0)
            fail_msg("%s is served: %s", paths[i], h.body);
        assert_null(strstr(h.body, "PRIVATE"));
        assert_null(strstr(h.body, "hidden"));
        rig_http_fini(&h);
    }
}

static void has(const struct rig_http *h, const char *line)
{
    if (!strstr(h->head, line))
        fail_msg("no \"%s\" in %s", line, h->head);
}

static void every_answer_carries_the_security_headers(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
    } asks[] = {
        {"GET", "/"}, {"GET", "/nothing"}, {"GET", "/assets/a-1234.js"}, {"POST", "/api/meetings"},
        {"PUT", "/"}, {"GET", "/ws"}};
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        struct rig_http h = http_of(asks[i].method, asks[i].path, NULL);
        has(&h,
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
            "style-src 'self'; ");
        has(&h, "frame-ancestors 'none'");
        has(&h, "require-trusted-types-for 'script'; trusted-types conclave-workers");
        has(&h, "referrer-policy: no-referrer");
        has(&h, "x-content-type-options: nosniff");
        has(&h, "permissions-policy: camera=(self), microphone=(self), display-capture=(self)");
        has(&h, "cross-origin-opener-policy: same-origin");
        assert_null(strstr(h.head, "unsafe-inline"));
        assert_null(strstr(h.head, "'unsafe-eval'"));
        assert_null(strstr(h.head, "strict-transport")); /* the rig comes as localhost */
        rig_http_fini(&h);
    }
}

static void other_origins_may_load_the_embedding_script_alone(void **state)
{
    (void)state;
    struct rig_http h = http_of("GET", "/embed/conclave.js", NULL);
    assert_int_equal(h.status, 200);
    has(&h, "access-control-allow-origin: *");
    has(&h, "cache-control: no-cache");
    rig_http_fini(&h);
    static const char *const others[] = {"/", "/assets/a-1234.js", "/embed/none.js", "/healthz"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        h = http_of("GET", others[i], NULL);
        assert_null(strstr(h.head, "access-control"));
        rig_http_fini(&h);
    }
}

/* With embed_origins. */
static void the_named_origins_may_frame_the_client(void **state)
{
    (void)state;
    static const char *const paths[] = {"/", "/m/aaaaaaaaaaaaaaaaaaaa", "/nothing", "/ws"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct rig_http h = http_of("GET", paths[i], NULL);
        has(&h, "content-security-policy: default-src 'none'; script-src 'self' ");
        has(&h, "; frame-ancestors https://school.example https://b.example:8443; "
                "require-trusted-types-for 'script'; trusted-types conclave-workers");
        has(&h, "cross-origin-resource-policy: same-origin");
        assert_null(strstr(h.head, "frame-ancestors 'none'"));
        rig_http_fini(&h);
    }
}

static void files_are_cached_by_their_names(void **state)
{
    (void)state;
    struct rig_http h = http_of("GET", "/assets/a-1234.js", NULL);
    has(&h, "cache-control: public, max-age=31536000, immutable");
    has(&h, "content-type: text/javascript");
    rig_http_fini(&h);
    h = http_of("GET", "/", NULL);
    has(&h, "cache-control: no-cache");
    has(&h, "etag: \"");
    rig_http_fini(&h);
}

static void other_methods_are_refused(void **state)
{
    (void)state;
    struct rig_http h = http_of("DELETE", "/", NULL);
    assert_true(h.status == 405 || h.status == 400 || h.status == 0);
    rig_http_fini(&h);
    h = http_of("HEAD", "/", NULL);
    assert_int_equal(h.status, 200);
    has(&h, "content-length: 40");
    assert_string_equal(h.body, "");
    rig_http_fini(&h);
}

/* ---- creating meetings ---- */

static int post(const char *origin, const char *type, const char *body)
{
    struct rig_http h;
    const struct rig_http_request q = {
        .method = "POST", .path = "/api/meetings", .type = type, .body = body, .origin = origin};
    rig_http_do(&b.rig, &q, &h);
    int status = h.status;
    rig_http_fini(&h);
    return status;
}

static struct rig_meeting new_meeting(void)
{
    struct rig_meeting m;
    char body[256];
    rig_meeting_draw(&m);
    rig_meeting_body(body, sizeof body, &m);
    assert_int_equal(post(NULL, NULL, body), 201);
    return m;
}

static void a_meeting_is_created_once(void **state)
{
    (void)state;
    char body[256];
    struct rig_meeting m = new_meeting();
    rig_meeting_body(body, sizeof body, &m);
    assert_int_equal(post(NULL, NULL, body), 409);
}

static void a_strange_creation_is_refused(void **state)
{
    (void)state;
    static char long_body[5001];
    char body[512];
    struct rig_meeting m;
    rig_meeting_draw(&m);
    rig_meeting_body(body, sizeof body, &m);
    memset(long_body, ' ', 5000);
    assert_int_equal(post("https://evil.example", NULL, body), 403);
    assert_int_equal(post("null", NULL, body), 403);
    assert_int_equal(post("", NULL, body), 403);
    assert_int_equal(post(NULL, "text/plain", body), 415);
    assert_int_equal(post(NULL, NULL, long_body), 413);
    assert_int_equal(post(NULL, NULL, "{}"), 400);
    assert_int_equal(post(NULL, NULL, "not json"), 400);
    body[strlen(body) - 1] = '\0';
    char with[600];
    snprintf(with, sizeof with, "%s,\"x\":1}", body);
    assert_int_equal(post(NULL, NULL, with), 400);
    snprintf(with, sizeof with, "%s,\"id\":\"%s\"}", body, m.id);
    assert_int_equal(post(NULL, NULL, with), 400); /* a key twice */
    memset(strstr(body, m.id), 'A', 1);
    snprintf(with, sizeof with, "%s}", body);
    assert_int_equal(post(NULL, NULL, with), 400); /* an id with a capital */
}

/* ---- joining ---- */

static const char *refusal(const struct rig_meeting *m, bool host)
{
    struct rig_peer *p = rig_connect(&b.rig);
    assert_non_null(p);
    const char *why = rig_verdict(rig_ask(p, rig_hello(m, host)));
    rig_leave(p, false);
    return why;
}

static void unknown_and_wrong_are_one_answer(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting(), wrong = m, unknown;
    wrong.access[0] ^= 1;
    rig_meeting_draw(&unknown);
    assert_string_equal(refusal(&wrong, false), "not_found");
    assert_string_equal(refusal(&unknown, false), "not_found");
    wrong = m;
    wrong.host[31] ^= 1;
    assert_string_equal(refusal(&wrong, true), "forbidden");
    assert_string_equal(refusal(&m, true), "welcome");
}

static void a_silent_store_makes_it_busy(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    b.notes->mute_store = true;
    struct rig_peer *p = rig_connect(&b.rig);
    assert_non_null(p);
    rig_tell(p, rig_hello(&m, false));
    assert_true(RIG_WAIT(&b.rig, 8000, p->ws.closed || p->ws.tls.dead));
    b.notes->mute_store = false;
    rig_leave(p, false);
    assert_string_equal(refusal(&m, false), "welcome");
}

static void two_people_publish_and_subscribe(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = rig_join(&b.rig, &m, true), *z = rig_join(&b.rig, &m, false);
    assert_non_null(a);
    assert_non_null(z);
    json_t *t = rig_ask(a, json_pack("{s:s,s:s}", "t", "transport_open", "dir", "send"));
    const json_t *c = json_array_get(json_object_get(t, "candidates"), 0);
    assert_string_equal(json_string_value(json_object_get(c, "protocol")), "udp");
    assert_int_equal(rig_u32(c, "port"), b.rig.port);
    json_t *made = rig_ask(
        a,
        json_pack("{s:s,s:i,s:s,s:s,s:b,s:s,s:i,s:i,s:[{s:s,s:i},{s:s,s:i}],s:[{s:s},{s:s}]}", "t",
                  "publish", "transport", (int)rig_u32(t, "transport"), "kind", "video", "source",
                  "camera", "paused", 0, "mid", "4", "pt", 98, "rtx_pt", 99, "ext", "uri", "mid",
                  "id", 9, "uri", "rid", "id", 3, "encodings", "rid", "lo", "rid", "hi"));
    uint32_t track = rig_u32(made, "track");
    assert_int_not_equal(track, 0);
    /* media got what the publisher said, under the publisher's own transport */
    rig_run(&b.rig, 100);
    const struct ipc_track_open *o = &b.notes->track;
    assert_int_equal(o->track, track);
    assert_int_equal(o->transport, rig_u32(t, "transport"));
    assert_int_equal(o->kind, IPC_VIDEO);
    assert_int_equal(o->pt, 98);
    assert_int_equal(o->rtx_pt, 99);
    assert_int_equal(o->ext[IPC_EXT_MID], 9);
    assert_int_equal(o->ext[IPC_EXT_RID], 3);
    assert_int_equal(o->ext[IPC_EXT_TWCC], 0);
    assert_int_equal(o->encodings, 2);
    assert_string_equal(o->encoding[1].rid, "hi");
    json_t *event = rig_event(z, "track_opened", 2000);
    assert_int_equal(rig_u32(event, "track"), track);
    json_t *r = rig_ask(z, json_pack("{s:s,s:s}", "t", "transport_open", "dir", "recv"));
    json_t *s = rig_ask(z, json_pack("{s:s,s:i,s:i}", "t", "subscribe", "transport",
                                     (int)rig_u32(r, "transport"), "track", (int)track));
    assert_int_equal(rig_u32(s, "pt"), 96);
    assert_int_equal(rig_u32(s, "rtx_pt"), 97);
    assert_int_not_equal(rig_u32(s, "ssrc"), rig_u32(s, "rtx_ssrc"));
    json_decref(t), json_decref(made), json_decref(event), json_decref(r), json_decref(s);
    rig_leave(a, true);
    rig_leave(z, true);
}

static void ask_stream(int fd, const char *question, char *out, size_t cap);

/* The value of a metric without labels. */
static uint64_t metric(const char *name)
{
    static char page[300000];
    struct sockaddr_in at = b.rig.addr;
    at.sin_port = htons(b.rig.metrics_port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    ask_stream(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", page, sizeof page);
    const char *line = strstr(page, name);
    assert_non_null(line);
    return strtoull(line + strlen(name), NULL, 10);
}

static void a_burst_of_events_comes_in_order_and_in_few_writes(void **state)
{
    (void)state;
    enum { BURST = 60 };
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = rig_join(&b.rig, &m, true), *z = rig_join(&b.rig, &m, false);
    json_t *t = rig_ask(a, json_pack("{s:s,s:s}", "t", "transport_open", "dir", "send"));
    json_t *made = rig_ask(a, json_pack("{s:s,s:i,s:s,s:s,s:b,s:s,s:i,s:[],s:[{s:i}]}", "t",
                                        "publish", "transport", (int)rig_u32(t, "transport"),
                                        "kind", "audio", "source", "mic", "paused", 0, "mid", "4",
                                        "pt", 98, "ext", "encodings", "ssrc", 77));
    uint32_t track = rig_u32(made, "track");
    uint64_t messages = metric("\nconclave_socket_messages_total ");
    uint64_t writes = metric("\nconclave_socket_writes_total ");
    char text[96];
    for (int i = 1; i <= BURST; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"track_pause\",\"n\":%d,\"track\":%u,\"paused\":%s}", 1000 + i,
                       track, i % 2 ? "true" : "false");
        rig_ws_send(&b.rig, &a->ws, RIG_WS_TEXT, span_str(text));
    }
    for (int i = 1; i <= BURST; i++) {
        json_t *e = rig_event(z, "track_changed", 2000);
        assert_non_null(e);
        assert_int_equal(json_is_true(json_object_get(e, "paused")), i % 2);
        json_decref(e);
    }
    messages = metric("\nconclave_socket_messages_total ") - messages;
    writes = metric("\nconclave_socket_writes_total ") - writes;
    assert_true(messages >= 2 * BURST);      /* an answer to one and an event to the other, each */
    assert_true(writes < BURST + BURST / 2); /* the events leave in fewer than half as many */
    json_decref(t), json_decref(made);
    rig_leave(a, true);
    rig_leave(z, true);
}

static void a_media_process_that_restarts_is_told_anew(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = rig_join(&b.rig, &m, true);
    assert_non_null(a);
    json_t *t = rig_ask(a, json_pack("{s:s,s:s}", "t", "transport_open", "dir", "send"));
    const char *ufrag =
        json_string_value(json_object_get(json_object_get(t, "ice"), "usernameFragment"));
    int index = ufrag[1] - '0';
    unsigned rooms = b.notes->media[index][IPC_ROOM_OPEN];
    b.notes->restart = index + 1;
    assert_true(RIG_WAIT(&b.rig, 3000, b.notes->media[index][IPC_ROOM_OPEN] > rooms));
    assert_true(RIG_WAIT(&b.rig, 3000, a->media_restarts == 1));
    json_t *gone = rig_ask(a, json_pack("{s:s,s:i}", "t", "transport_close", "transport",
                                        (int)rig_u32(t, "transport")));
    assert_string_equal(rig_verdict(gone), "not_found");
    json_decref(t);
    rig_leave(a, true);
}

static void an_ended_meeting_stays_ended(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = rig_join(&b.rig, &m, true), *z = rig_join(&b.rig, &m, false);
    assert_string_equal(rig_verdict(rig_ask(z, json_pack("{s:s}", "t", "end"))), "forbidden");
    assert_string_equal(rig_verdict(rig_ask(a, json_pack("{s:s}", "t", "end"))), "ok");
    json_t *event = rig_event(z, "ended", 2000);
    assert_string_equal(json_string_value(json_object_get(event, "reason")), "host");
    json_decref(event);
    assert_int_equal(rig_ws_wait_close(&b.rig, &z->ws, 3000), 1000);
    rig_leave(a, false);
    rig_leave(z, false);
    rig_run(&b.rig, 100);
    assert_string_equal(refusal(&m, false), "ended");
}

static void too_many_messages_are_refused_and_then_the_connection_ends(void **state)
{
    (void)state;
    struct rig_meeting m = new_meeting();
    struct rig_peer *a = rig_join(&b.rig, &m, true);
    static const char ping[] = "{\"t\":\"ping\",\"n\":1}";
    for (int i = 0; i < 2000 && !a->ws.tls.dead && !a->ws.closed; i++) {
        rig_ws_send(&b.rig, &a->ws, RIG_WS_TEXT, span_str(ping));
        if (i % 20 == 0)
            rig_run(&b.rig, 1);
    }
    assert_int_equal(rig_ws_wait_close(&b.rig, &a->ws, 3000), 1008);
    rig_leave(a, false);
}

/* ---- the one port ---- */

static bool closed_by_server(int fd, int64_t ms)
{
    char c;
    rig_pump(&b.rig, fd, POLLIN, rig_now() + ms * US_PER_MS);
    ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno == ECONNRESET); /* reset: it left our bytes unread */
}

static void strange_first_bytes_are_hung_up_on(void **state)
{
    (void)state;
    static const char *const first[] = {"POST / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\x16\x02xx",
                                        "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"};
    for (size_t i = 0; i < 4; i++) {
        int fd = rig_tcp_open(&b.rig);
        assert_true(send(fd, first[i], strlen(first[i]), 0) > 0);
        if (!closed_by_server(fd, 1000))
            fail_msg("still open after %s", first[i]);
        close(fd);
    }
}

static void plain_http_is_answered_and_then_hung_up_on(void **state)
{
    (void)state;
    static const char request[] = "GET /m/a HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\n\r\n";
    char answer[512] = "";
    int fd = rig_tcp_open(&b.rig);
    assert_true(send(fd, request, sizeof request - 1, 0) > 0);
    for (int i = 0; i < 100 && recv(fd, answer, sizeof answer - 1, MSG_DONTWAIT) <= 0; i++)
        rig_run(&b.rig, 10);
    assert_non_null(strstr(answer, "\r\nLocation: https://a.example/m/a\r\n"));
    assert_true(closed_by_server(fd, 1000));
    close(fd);
}

static void who_says_nothing_is_hung_up_on(void **state)
{
    (void)state;
    int silent = rig_tcp_open(&b.rig), slow = rig_tcp_open(&b.rig);
    assert_true(send(slow, "\x16", 1, 0) == 1);
    rig_run(&b.rig, 4000);
    assert_false(closed_by_server(silent, 0));
    assert_true(closed_by_server(silent, 2500));
    assert_true(closed_by_server(slow, 1000));
    close(silent);
    close(slow);
}

/* RFC 4571: 44 bytes follow; RFC 8489: a Binding request with USERNAME "01abcd:xy". */
static void a_framed_stun_request_goes_to_the_media_process_of_its_ufrag(void **state)
{
    (void)state;
    uint8_t framed[] = {0,   36,  0x00, 0x01, 0,   16,  0x21, 0x12, 0xa4, 0x42, 1,    2, 3,
                        4,   5,   6,    7,    8,   9,   10,   11,   12,   0x00, 0x06, 0, 9,
                        '0', '1', 'a',  'b',  'c', 'd', ':',  'x',  'y',  0,    0,    0};
    unsigned before = b.notes->sockets[1];
    int fd = rig_tcp_open(&b.rig);
    assert_true(send(fd, framed, 10, 0) == 10); /* in two pieces */
    rig_run(&b.rig, 100);
    assert_true(send(fd, framed + 10, sizeof framed - 10, 0) == (ssize_t)sizeof framed - 10);
    assert_true(RIG_WAIT(&b.rig, 2000, b.notes->sockets[1] == before + 1));
    close(fd);
    framed[27] = '9'; /* process 9 is none */
    fd = rig_tcp_open(&b.rig);
    assert_true(send(fd, framed, sizeof framed, 0) > 0);
    assert_true(closed_by_server(fd, 2000));
    close(fd);
}

/* ---- control and metrics ---- */

static void ask_stream(int fd, const char *question, char *out, size_t cap)
{
    size_t len = 0;
    ssize_t n;
    assert_true(send(fd, question, strlen(question), 0) > 0);
    while (len + 1 < cap && (n = recv(fd, out + len, cap - 1 - len, 0)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    close(fd);
}

static json_t *control(const char *line)
{
    char answer[4096];
    struct sockaddr_un u = {.sun_family = AF_UNIX};
    snprintf(u.sun_path, sizeof u.sun_path, "%s/control.sock", b.data);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&u, sizeof u), 0);
    ask_stream(fd, line, answer, sizeof answer);
    json_t *o = json_loads(answer, 0, NULL);
    assert_non_null(o);
    return o;
}

static void the_command_line_makes_meetings_and_asks_how_it_goes(void **state)
{
    (void)state;
    struct rig_meeting m;
    char body[256], line[320];
    rig_meeting_draw(&m);
    rig_meeting_body(body, sizeof body, &m);
    snprintf(line, sizeof line, "{\"do\":\"meeting_create\",%s\n", body + 1);
    json_t *o = control(line);
    assert_true(json_is_true(json_object_get(o, "ok")));
    json_decref(o);
    o = control(line);
    assert_string_equal(json_string_value(json_object_get(o, "reason")), "conflict");
    json_decref(o);
    assert_string_equal(refusal(&m, true), "welcome");
    o = control("{\"do\":\"status\"}\n");
    assert_int_equal(rig_u32(o, "media"), 2);
    assert_non_null(strstr(json_string_value(json_object_get(o, "base")), "https://localhost:"));
    json_decref(o);
    o = control("{\"do\":\"dance\"}\n");
    assert_string_equal(json_string_value(json_object_get(o, "reason")), "unsupported");
    json_decref(o);
    o = control("nonsense\n");
    assert_false(json_is_true(json_object_get(o, "ok")));
    json_decref(o);
}

static void the_running_meetings_are_listed_page_by_page(void **state)
{
    (void)state;
    enum { RUNNING = 27 }; /* more than one page */
    struct rig_peer *peer[RUNNING];
    char line[320], body[256], last[LIMIT_MEETING_ID + 1] = "";
    for (int i = 0; i < RUNNING; i++) {
        struct rig_meeting m;
        rig_meeting_draw(&m);
        rig_meeting_body(body, sizeof body, &m);
        snprintf(line, sizeof line, "{\"do\":\"meeting_create\",%s\n", body + 1);
        json_decref(control(line));
        peer[i] = rig_join(&b.rig, &m, true);
        assert_non_null(peer[i]);
    }
    int seen = 0, pages = 0;
    for (bool more = true; more; pages++) {
        size_t i;
        const json_t *one;
        snprintf(line, sizeof line, "{\"do\":\"meeting_list\",\"after\":\"%s\"}\n", last);
        json_t *o = control(line);
        more = json_is_true(json_object_get(o, "more"));
        json_array_foreach(json_object_get(o, "meetings"), i, one)
        {
            const char *id = json_string_value(json_object_get(one, "id"));
            assert_true(strcmp(id, last) > 0); /* in their order, so none twice */
            snprintf(last, sizeof last, "%s", id);
            assert_int_equal(rig_u32(one, "people"), 1);
            seen++;
        }
        json_decref(o);
    }
    assert_int_equal(seen, RUNNING);
    assert_int_equal(pages, 2);
    for (int i = 0; i < RUNNING; i++)
        rig_leave(peer[i], true);
}

static void metrics_say_what_front_and_media_count(void **state)
{
    (void)state;
    static char page[300000];
    struct sockaddr_in a = b.rig.addr;
    a.sin_port = htons(b.rig.metrics_port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    ask_stream(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", page, sizeof page);
    assert_non_null(strstr(page, "conclave_meetings "));
    assert_non_null(
        strstr(page, "conclave_signal_messages_total{direction=\"in\",type=\"hello\"}"));
    assert_non_null(strstr(page, "conclave_signal_refused_total{reason=\"not_found\"}"));
    assert_non_null(strstr(page, "{process=\"0\"} 4200\n"));
    assert_non_null(strstr(page, "{process=\"1\"} 4201\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(pages_are_served),
        FACT(nothing_but_the_table_is_served),
        FACT(every_answer_carries_the_security_headers),
        FACT(other_origins_may_load_the_embedding_script_alone),
        FACT(files_are_cached_by_their_names),
        FACT(other_methods_are_refused),
        FACT(a_meeting_is_created_once),
        FACT(a_strange_creation_is_refused),
        FACT(unknown_and_wrong_are_one_answer),
        FACT(a_silent_store_makes_it_busy),
        FACT(two_people_publish_and_subscribe),
        FACT(a_burst_of_events_comes_in_order_and_in_few_writes),
        FACT(a_media_process_that_restarts_is_told_anew),
        FACT(an_ended_meeting_stays_ended),
        FACT(too_many_messages_are_refused_and_then_the_connection_ends),
        FACT(strange_first_bytes_are_hung_up_on),
        FACT(plain_http_is_answered_and_then_hung_up_on),
        FACT(who_says_nothing_is_hung_up_on),
        FACT(a_framed_stun_request_goes_to_the_media_process_of_its_ufrag),
        FACT(the_command_line_makes_meetings_and_asks_how_it_goes),
        FACT(metrics_say_what_front_and_media_count),
    };
    const struct CMUnitTest framed[] = {FACT(the_named_origins_may_frame_the_client),
                                        FACT(the_running_meetings_are_listed_page_by_page)};
    int failed = cmocka_run_group_tests(tests, open_all, close_all);
    backstage_embed = "https://school.example https://b.example:8443";
    return failed + cmocka_run_group_tests(framed, open_all, close_all);
}
