/* A29: a link that was made for one person is used by a second one, after it was revoked, and
 * without one where it is needed; an old link after a new one was made. Expected: the second waits
 * for a host's yes, who sees which link it was; revoked and replaced links open nothing. */
#include "rig/honest.h"

#include "base/text.h"
#include "crypt/crypt.h"

static void token_of(uint8_t seed, char token[64], char hash[64])
{
    uint8_t bytes[32], digest[32];
    memset(bytes, seed, sizeof bytes);
    crypt_sha256(digest, span_of(bytes, sizeof bytes));
    text_base64url(token, span_of(bytes, sizeof bytes));
    text_base64url(hash, span_of(digest, sizeof digest));
}

/* Comes by a personal link; the reply's word in *word. */
static struct rig_peer *come(struct honest *h, const char *token, const char **word)
{
    struct rig_peer *p = rig_connect(&h->rig);
    json_t *o = rig_hello(&h->meeting, false);
    if (token)
        json_object_set_new(o, "personal", json_string(token));
    json_t *reply = rig_ask(p, o);
    (void)rig_welcome(p, json_incref(reply));
    *word = rig_verdict(reply);
    return p;
}

static const char *say(struct rig_peer *p, json_t *o)
{
    return rig_verdict(rig_ask(p, o));
}

static bool waits(const struct rig_peer *p)
{
    return p->welcome && json_is_true(json_object_get(p->welcome, "waiting"));
}

static void the_second_waits(struct honest *h, const char *token, uint32_t link)
{
    const char *word;
    struct rig_peer *first = come(h, token, &word);
    CHECK(!strcmp(word, "welcome") && !waits(first), "the one it was made for comes in");
    struct rig_peer *second = come(h, token, &word);
    CHECK(!strcmp(word, "welcome") && waits(second), "the second one waits");
    CHECK(!json_object_get(second->welcome, "settings") &&
              json_array_size(json_object_get(second->welcome, "members")) == 0,
          "and learns nothing");
    json_t *o = rig_event(h->ana, "at_risk", 2000);
    CHECK(o && !strcmp(json_string_value(json_object_get(o, "cause")), "link") &&
              rig_u32(o, "link") == link && rig_u32(o, "member") == second->member,
          "Ana hears which link was used twice, and by whom");
    json_decref(o);
    rig_group_ask(second);
    uint32_t wanted = h->ana->group.wanted;
    NEED(RIG_WAIT(&h->rig, 3000, h->ana->group.wanted > wanted), "it asks in");
    CHECK(honest_admit(h, second), "with Ana's yes it comes in");
    o = rig_ask(h->ana, json_pack("{s:s}", "t", "links"));
    const json_t *l = json_array_get(json_object_get(o, "links"), 0);
    CHECK(rig_u32(l, "link") == link && json_is_true(json_object_get(l, "used")),
          "the list of links says that it is used");
    json_decref(o);
    CHECK(!strcmp(say(h->ben, json_pack("{s:s}", "t", "links")), "forbidden"),
          "Ben cannot ask for that list");
    CHECK(!strcmp(say(h->ben, json_pack("{s:s,s:I}", "t", "link_drop", "link", (json_int_t)link)),
                  "forbidden"),
          "nor revoke a link");
    CHECK(!strcmp(say(h->ana, json_pack("{s:s,s:I}", "t", "link_drop", "link", (json_int_t)link)),
                  "ok"),
          "Ana revokes it");
    o = rig_event(first, "ended", 2000);
    CHECK(o && !strcmp(json_string_value(json_object_get(o, "reason")), "link"),
          "who came by it is out, and told why");
    json_decref(o);
    rig_leave(first, false);
    rig_leave(second, false);
    rig_leave(come(h, token, &word), false);
    CHECK(!strcmp(word, "not_found"), "and it opens nothing any more");
}

static void only_with_one(struct honest *h)
{
    const char *word;
    NEED(
        !strcmp(say(h->ana, json_pack("{s:s,s:b}", "t", "settings_set", "personal_only", 1)), "ok"),
        "Ana lets only personal links in");
    rig_leave(come(h, NULL, &word), false);
    CHECK(!strcmp(word, "disallowed"), "the common link is refused then");
    NEED(
        !strcmp(say(h->ana, json_pack("{s:s,s:b}", "t", "settings_set", "personal_only", 0)), "ok"),
        "and everybody again");
}

/* Ben, who came by the old link, keeps his place when his connection is lost. */
static void a_new_link(struct honest *h)
{
    struct rig_meeting old = h->meeting;
    char access[64];
    const char *word;
    h->meeting.access[0] ^= 1;
    text_base64url(access, span_of(h->meeting.access, sizeof h->meeting.access));
    CHECK(!strcmp(say(h->ana, json_pack("{s:s,s:s}", "t", "link_rotate", "access", access)), "ok"),
          "Ana makes a new link");
    struct rig_peer *p = come(h, NULL, &word);
    CHECK(!strcmp(word, "welcome"), "it opens");
    rig_leave(p, true);
    struct rig_meeting fresh = h->meeting;
    h->meeting = old;
    rig_leave(come(h, NULL, &word), false);
    CHECK(!strcmp(word, "not_found"), "the old one does not");
    p = rig_connect(&h->rig);
    json_t *o = rig_hello(&old, false);
    json_object_set_new(o, "resume", json_string(h->ben->resume));
    json_object_set_new(o, "participant", json_string(h->ben->participant));
    json_t *reply = rig_ask(p, o);
    CHECK(json_is_true(json_object_get(reply, "resumed")), "who is inside may come back by it");
    json_decref(reply);
    rig_leave(p, false);
    h->meeting = fresh;
}

int main(void)
{
    struct honest h;
    char token[64], hash[64];
    const char *word;
    honest_open(&h);
    token_of(7, token, hash);
    CHECK(!strcmp(say(h.ben, json_pack("{s:s,s:s}", "t", "link_add", "hash", hash)), "forbidden"),
          "Ben cannot make links");
    rig_leave(come(&h, token, &word), false);
    CHECK(!strcmp(word, "not_found"), "a token of nobody's opens nothing");
    json_t *o = rig_ask(h.ana, json_pack("{s:s,s:s}", "t", "link_add", "hash", hash));
    uint32_t link = rig_u32(o, "link");
    CHECK(link == 1, "Ana makes a link for one person");
    json_decref(o);
    the_second_waits(&h, token, link);
    only_with_one(&h);
    honest_unhurt(&h);
    a_new_link(&h);
    rig_close(&h.rig);
    return 0;
}
