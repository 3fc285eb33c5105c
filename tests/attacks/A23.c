/* A23: tokens and proofs where they do not belong: of another meeting, changed in one bit, shown
 * twice, after their time, dressed up as another kind of token. There are no signed tokens and so
 * no algorithm to choose: each is 32 random or derived bytes that the server compares. Expected:
 * each is worth nothing outside its own meeting and use. */
#include "rig/honest.h"

#include "base/text.h"

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

/* Says hello with this; the welcome is taken in. */
static struct rig_peer *come(struct honest *h, json_t *hello, const char **word)
{
    struct rig_peer *p = rig_connect(&h->rig);
    json_t *reply = rig_ask(p, hello);
    (void)rig_welcome(p, json_incref(reply));
    *word = rig_verdict(reply);
    return p;
}

static json_t *with(const struct rig_meeting *m, const char *field, const char *token)
{
    json_t *o = rig_hello(m, false);
    json_object_set_new(o, field, json_string(token));
    return o;
}

static const char *role_of(const struct rig_peer *p)
{
    const char *role = json_string_value(json_object_get(p->welcome, "role"));
    return role ? role : "none";
}

/* One bit of a token is another. */
static const char *bent(const char *token)
{
    static char text[64];
    uint8_t bytes[32];
    size_t len;
    NEED(text_unbase64url(bytes, sizeof bytes, &len, span_str(token)) == ERR_OK, "a token");
    bytes[17] ^= 4;
    text_base64url(text, span_of(bytes, sizeof bytes));
    return text;
}

static void proofs(struct honest *h, const struct rig_meeting *other)
{
    const char *word;
    struct rig_meeting m = h->meeting;
    memcpy(m.access, other->access, sizeof m.access);
    rig_leave(come(h, rig_hello(&m, false), &word), false);
    CHECK(!strcmp(word, "not_found"), "the access proof of another meeting opens nothing");
    m = h->meeting;
    memcpy(m.host, other->host, sizeof m.host);
    rig_leave(come(h, rig_hello(&m, true), &word), false);
    CHECK(!strcmp(word, "forbidden"), "the host proof of another meeting makes nobody a host");
    memcpy(m.host, h->meeting.access, sizeof m.host);
    rig_leave(come(h, rig_hello(&m, true), &word), false);
    CHECK(!strcmp(word, "forbidden"), "nor does the access proof in its place");
}

static void resume(struct honest *h, const struct rig_meeting *other)
{
    const char *word;
    struct rig_peer *p = come(h, with(other, "resume", h->ben->resume), &word);
    CHECK(!strcmp(word, "welcome") && !json_is_true(json_object_get(p->welcome, "resumed")),
          "a resume token means nothing in another meeting");
    rig_leave(p, true);
    p = come(h, with(&h->meeting, "resume", bent(h->ben->resume)), &word);
    CHECK(!strcmp(word, "welcome") && !json_is_true(json_object_get(p->welcome, "resumed")),
          "nor with one bit changed");
    rig_leave(p, true);
    rig_leave(come(h, with(&h->meeting, "resume", h->ben->resume), &word), false);
    CHECK(!strcmp(word, "conflict"), "nor under another participant id");
    CHECK(!h->ben->ws.closed, "and Ben keeps his place");
}

/* A page loaded anew shows the token of the page before: once, and in its own meeting. */
static void again(struct honest *h, const struct rig_meeting *other)
{
    const char *word;
    char token[64];
    struct rig_peer *p = come(h, rig_hello(&h->meeting, false), &word);
    NEED(!strcmp(say(h->ana, json_pack("{s:s,s:I,s:s}", "t", "role_set", "member",
                                       (json_int_t)p->member, "role", "cohost")),
                 "ok"),
         "a guest is made co-host");
    snprintf(token, sizeof token, "%s", p->resume);
    rig_leave(p, false);
    p = come(h, with(other, "again", token), &word);
    CHECK(!strcmp(role_of(p), "participant"), "the role is not one of another meeting");
    rig_leave(p, true);
    p = come(h, with(&h->meeting, "again", bent(token)), &word);
    CHECK(!strcmp(role_of(p), "participant"), "nor with one bit changed");
    rig_leave(p, true);
    p = come(h, with(&h->meeting, "again", token), &word);
    CHECK(!strcmp(role_of(p), "cohost"), "the same person on a page loaded anew is a co-host");
    struct rig_peer *thief = come(h, with(&h->meeting, "again", token), &word);
    CHECK(!strcmp(role_of(thief), "participant"), "the token shown again is worth nothing");
    rig_leave(thief, true);
    rig_leave(p, true);
    thief = come(h, with(&h->meeting, "again", h->ana->resume), &word);
    CHECK(!strcmp(role_of(thief), "participant"), "and never stands in for the host's proof");
    rig_leave(thief, true);
}

static int upload(struct honest *h, const struct rig_meeting *m, const char *token)
{
    char path[96];
    struct rig_http r;
    snprintf(path, sizeof path, "/api/meetings/%s/files", m->id);
    struct rig_http_request q = {
        .method = "POST", .path = path, .token = token, .bytes = span_str("sealed bytes")};
    q.type = "application/octet-stream";
    rig_http_do(&h->rig, &q, &r);
    int status = r.status;
    rig_http_fini(&r);
    return status;
}

static void files(struct honest *h, const struct rig_meeting *other)
{
    static const char *const dressed[] = {"eyJhbGciOiJub25lIn0.eyJyb2xlIjoiaG9zdCJ9.",
                                          "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uIn0.e30.AA",
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "",
                                          "null"};
    const char *word;
    char token[64];
    struct rig_peer *p = come(h, rig_hello(&h->meeting, false), &word);
    NEED(rig_group_enter(p), "a guest comes in");
    json_t *o = rig_ask(p, json_pack("{s:s}", "t", "file_token"));
    snprintf(token, sizeof token, "%s", json_string_value(json_object_get(o, "token")));
    json_decref(o);
    CHECK(upload(h, &h->meeting, token) == 201, "a file's token is good in its meeting");
    CHECK(upload(h, other, token) == 403, "and in no other");
    CHECK(upload(h, &h->meeting, bent(token)) == 403, "nor with one bit changed");
    CHECK(upload(h, &h->meeting, p->resume) == 403, "nor is another kind of token one");
    for (size_t i = 0; i < sizeof dressed / sizeof dressed[0]; i++)
        CHECK(upload(h, &h->meeting, dressed[i]) == 403, "no header chooses how it is checked");
    rig_leave(p, true);
    CHECK(upload(h, &h->meeting, token) == 403, "nor is it good when its owner has gone");
}

int main(void)
{
    struct honest h;
    struct rig_meeting other;
    honest_open(&h);
    NEED(rig_meeting_create(&h.rig, &other), "another meeting is made");
    resume(&h, &other);
    again(&h, &other);
    files(&h, &other);
    proofs(&h, &other);
    honest_close(&h);
    return 0;
}
