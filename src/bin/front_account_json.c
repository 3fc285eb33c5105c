/* JSON of account calls: fields in, words out. A field that no route asked for is refused.
 * knows: names of fields. knows not: what they cause. owns: nothing beyond a call. */
#include <stdlib.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front_account.h"
#include "crypt/crypt.h"

/* ---- reading ---- */

struct reading {
    json_t *object;
    size_t taken;
    bool failed;
};

static json_t *take(struct reading *r, const char *key, bool optional)
{
    json_t *v = json_object_get(r->object, key);
    r->taken += v != NULL;
    r->failed |= !v && !optional;
    return v;
}

static void take_text(struct reading *r, const char *key, bool optional, struct span *out)
{
    json_t *v = take(r, key, optional);
    if (!v)
        return;
    r->failed |= !json_is_string(v);
    if (json_is_string(v))
        *out = span_of(json_string_value(v), json_string_length(v));
}

static bool take_bool(struct reading *r, const char *key)
{
    json_t *v = take(r, key, true);
    r->failed |= v && !json_is_boolean(v);
    return json_is_true(v);
}

static uint32_t take_count(struct reading *r, const char *key)
{
    json_t *v = take(r, key, false);
    bool fits =
        json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= INT32_MAX;
    r->failed |= !fits;
    return fits ? (uint32_t)json_integer_value(v) : 0;
}

static uint32_t take_time(struct reading *r, const char *key)
{
    struct span text = {NULL, 0};
    uint64_t n = 0;
    take_text(r, key, true, &text);
    r->failed |= text.len > 10;
    for (size_t i = 0; i < text.len && !r->failed; i++) {
        r->failed |= text.ptr[i] < '0' || text.ptr[i] > '9';
        n = n * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    r->failed |= n > UINT32_MAX;
    return r->failed ? 0 : (uint32_t)n;
}

struct room {
    uint8_t *bytes;
    size_t cap;
};

static void take_bytes(struct reading *r, const char *key, bool optional, struct room room,
                       struct span *out)
{
    struct span text = {NULL, 0};
    size_t len = 0;
    take_text(r, key, optional, &text);
    if (text.len == 0)
        return;
    r->failed |= text_unbase64url(room.bytes, room.cap, &len, text) != ERR_OK;
    *out = span_of(room.bytes, len);
}

#define ROOM(field) ((struct room){(field), sizeof(field)})

static struct span string_of(json_t *v)
{
    return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v))
                             : span_of(NULL, 0);
}

/* clientDataJSON (WebAuthn section 5.8.1), read once: its hash is of the bytes as they came. */
static void take_client(struct reading *r, struct desk_bytes *b, struct account_passkey *p)
{
    struct span text = {NULL, 0};
    take_bytes(r, "client_data", false, ROOM(b->client), &text);
    if (r->failed)
        return;
    crypt_sha256(p->client_hash, text);
    b->client_json = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    r->failed |= !json_is_object(b->client_json);
    json_t *cross = json_object_get(b->client_json, "crossOrigin");
    p->client = (struct webauthn_client){
        .type = string_of(json_object_get(b->client_json, "type")),
        .challenge = string_of(json_object_get(b->client_json, "challenge")),
        .origin = string_of(json_object_get(b->client_json, "origin")),
        .cross_origin = cross && !json_is_false(cross),
        .has_top = json_object_get(b->client_json, "topOrigin") != NULL,
    };
}

static void take_passkey(struct reading *r, struct desk_bytes *b, struct account_passkey *p,
                         bool made)
{
    take_client(r, b, p);
    if (made) {
        take_bytes(r, "attestation", false, ROOM(b->attestation), &p->attestation);
        return;
    }
    take_bytes(r, "key", false, ROOM(b->key_id), &p->id);
    take_bytes(r, "auth", false, ROOM(b->auth), &p->auth);
    take_bytes(r, "signature", false, ROOM(b->signature), &p->signature);
    take_bytes(r, "user", true, ROOM(b->user), &p->user);
}

static void take_org(struct reading *r, struct account_event *e, struct desk_bytes *b,
                     unsigned fields)
{
    struct span feature = {NULL, 0};
    if (fields & FIELD_TICKET)
        take_bytes(r, "invitation", false, ROOM(b->ticket), &e->ticket);
    if (fields & FIELD_ORG)
        take_text(r, "organisation", false, &e->org);
    if (fields & FIELD_BLOCK) {
        take_text(r, "feature", false, &feature);
        r->failed |= !desk_feature(&e->feature, feature);
    }
    if (fields & FIELD_WHY)
        take_text(r, "why", false, &e->why);
    if (fields & FIELD_AFTER)
        take_text(r, "after", true, &e->name);
    if (fields & FIELD_MEETING_ID)
        take_text(r, "id", false, &e->meeting);
    if (fields & FIELD_AFTER_MEETING)
        take_text(r, "after", true, &e->meeting);
    if (fields & FIELD_HOOK) {
        take_text(r, "url", false, &e->url);
        e->events = desk_hook_events(take(r, "events", false));
        r->failed |= e->events == 0;
    }
    if (fields & FIELD_AFTER_ID)
        take_bytes(r, "after", true, ROOM(b->id), &e->id);
}

enum {
    FIELDS_ORG = FIELD_TICKET | FIELD_ORG | FIELD_BLOCK | FIELD_WHY | FIELD_AFTER | FIELD_AFTER_ID |
                 FIELD_MEETING_ID | FIELD_AFTER_MEETING | FIELD_HOOK
};

bool desk_read(struct account_event *e, struct desk_bytes *b, bool *bearer, json_t *object,
               unsigned fields)
{
    struct reading r = {object, 0, !json_is_object(object)};
    if (fields & FIELD_NAME)
        take_text(&r, "name", false, &e->name);
    if (fields & FIELD_PASSWORD)
        take_text(&r, "password", false, &e->password);
    if (fields & FIELD_PASSWORD_NEW)
        take_text(&r, "new_password", false, &e->password_new);
    if (fields & FIELD_DEVICE)
        take_text(&r, "device", true, &e->device);
    if (fields & FIELD_LABEL)
        take_text(&r, "label", true, &e->label);
    if (fields & FIELD_ID)
        take_bytes(&r, "id", false, ROOM(b->id), &e->id);
    if (fields & FIELD_BEARER)
        *bearer = take_bool(&r, "bearer");
    if (fields & FIELD_UNTIL)
        e->from = take_time(&r, "until");
    if (fields & FIELD_KEY)
        take_bytes(&r, "key", false, ROOM(b->key_id), &e->device_key);
    if (fields & FIELD_PROOF)
        take_bytes(&r, "signature", false, ROOM(b->signature), &e->device_proof);
    if (fields & FIELD_FROM)
        e->from = take_count(&r, "from");
    if (fields & FIELD_CHOICE) {
        size_t len = 0;
        r.failed |= !desk_choice_read(b->choice, &len, take(&r, "choice", false));
        e->choice = span_of(b->choice, len);
        e->version = take_count(&r, "version");
    }
    if (fields & FIELD_EVERYWHERE)
        e->everywhere = take_bool(&r, "everywhere");
    if (fields & FIELDS_ORG)
        take_org(&r, e, b, fields);
    if (fields & (FIELD_MADE | FIELD_ENTERED))
        take_passkey(&r, b, &e->passkey, fields & FIELD_MADE);
    return !r.failed && r.taken == json_object_size(object);
}

void desk_bytes_fini(struct desk_bytes *b)
{
    json_decref(b->client_json);
    crypt_wipe(b, sizeof *b);
}

/* ---- writing ---- */

json_t *desk_base64(const uint8_t *bytes, size_t len)
{
    char text[TEXT_BASE64URL_LEN(ACCOUNT_PASSKEY_ID) + 1];
    BUG_IF(len > ACCOUNT_PASSKEY_ID);
    text_base64url(text, span_of(bytes, len));
    return json_string(text);
}

static const char *const means_words[ACCOUNT_MEANS_] = {"password", "passkey", "provider"};

static json_t *session_list(const struct account_answer *a)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->reply->count; i++) {
        const struct account_session *s = &a->reply->as.session[i];
        bool own = memcmp(s->hash, a->session, sizeof s->hash) == 0;
        (void)json_array_append_new(
            list, json_pack("{s:o, s:s, s:s, s:I, s:I, s:b}", "id",
                            desk_base64(s->hash, ACCOUNT_SESSION_ID), "device", s->device, "means",
                            means_words[s->means < ACCOUNT_MEANS_ ? s->means : 0], "created",
                            (json_int_t)s->created_s, "used", (json_int_t)s->used_s, "this", own));
    }
    return json_pack("{s:o}", "sessions", list);
}

static json_t *passkey_list(const struct account_answer *a)
{
    json_t *list = json_array();
    bool password = false;
    for (uint32_t i = 0; i < a->reply->count; i++) {
        const struct account_credential *c = &a->reply->as.credential[i];
        password = password || c->means == ACCOUNT_BY_PASSWORD;
        if (c->means == ACCOUNT_BY_PASSKEY)
            (void)json_array_append_new(
                list, json_pack("{s:o, s:s, s:I, s:I}", "id", desk_base64(c->lookup, ACCOUNT_HASH),
                                "label", c->label, "created", (json_int_t)c->created_s, "used",
                                (json_int_t)c->used_s));
    }
    return json_pack("{s:o, s:b}", "passkeys", list, "password", password);
}

static json_t *device_list(const struct account_answer *a)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->reply->count; i++) {
        const struct account_device *d = &a->reply->as.device[i];
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o, s:s, s:I, s:I}", "id", desk_base64(d->id, sizeof d->id),
                            "key", desk_base64(d->key, sizeof d->key), "label", d->label, "created",
                            (json_int_t)d->created_s, "seen", (json_int_t)d->seen_s));
    }
    return json_pack("{s:o}", "devices", list);
}

/* What fits an answer of all that is stored, and of how much. */
static json_t *pieces(const struct account_answer *a)
{
    enum { MOST = ACCOUNT_PIECES * ACCOUNT_PIECE };
    uint8_t bytes[MOST];
    char text[TEXT_BASE64URL_LEN(MOST) + 1];
    size_t len = 0;
    const struct account_piece *first = &a->reply->as.piece[0];
    if (a->reply->count == 0 || a->reply->count > ACCOUNT_PIECES)
        return NULL;
    for (uint32_t i = 0; i < a->reply->count; i++) {
        memcpy(bytes + len, first[i].bytes, first[i].len);
        len += first[i].len;
    }
    text_base64url(text, span_of(bytes, len));
    json_t *o = json_pack("{s:s, s:I, s:I, s:o}", "piece", text, "from", (json_int_t)first->from,
                          "total", (json_int_t)first->total, "digest",
                          desk_base64(first->digest, sizeof first->digest));
    crypt_wipe(bytes, sizeof bytes);
    crypt_wipe(text, sizeof text);
    return o;
}

/* What the browser needs for navigator.credentials.get or .create, in our own words. */
static json_t *challenge(const struct desk *d, const struct account_answer *a)
{
    json_t *o = json_pack("{s:o, s:s}", "challenge", desk_base64(a->challenge, sizeof a->challenge),
                          "rp_id", d->config.rp_id);
    if (a->command == ACCOUNT_PASSKEY_ASK)
        return o;
    json_t *known = json_array();
    for (uint32_t i = 0; a->reply && i < a->reply->count; i++)
        if (a->reply->as.credential[i].means == ACCOUNT_BY_PASSKEY)
            (void)json_array_append_new(known, desk_base64(a->reply->as.credential[i].id,
                                                           a->reply->as.credential[i].id_len));
    (void)json_object_set_new(o, "user", desk_base64(a->user, sizeof a->user));
    (void)json_object_set_new(o, "name", json_string(a->row.name));
    (void)json_object_set_new(o, "known", known);
    return o;
}

static json_t *refusal(const struct account_answer *a)
{
    json_t *o = json_pack("{s:s}", "error", account_reason_word(a->reason));
    if (a->reason == ACCOUNT_SLOW)
        (void)json_object_set_new(o, "retry_s", json_integer(a->retry_s));
    if (a->reason == ACCOUNT_REFUSED_CHOICE)
        (void)json_object_update_new(o, desk_places_fault(&a->fault));
    return o;
}

static json_t *person(const struct account_answer *a, bool bearer)
{
    json_t *o =
        json_pack("{s:s, s:I}", "name", a->row.name, "created", (json_int_t)a->row.created_s);
    if (a->has_token && bearer)
        (void)json_object_set_new(o, "token", desk_base64(a->token, sizeof a->token));
    return o;
}

json_t *desk_words(const struct desk *d, const struct account_answer *a, bool bearer)
{
    if (a->reason != ACCOUNT_OK)
        return refusal(a);
    switch (a->command) {
    case ACCOUNT_SESSION_LIST:
        return session_list(a);
    case ACCOUNT_PASSKEY_LIST:
        return passkey_list(a);
    case ACCOUNT_DEVICE_LIST:
        return device_list(a);
    case ACCOUNT_EXPORT:
        return pieces(a);
    case ACCOUNT_PASSKEY_ASK:
    case ACCOUNT_PASSKEY_NEW:
    case ACCOUNT_PASSKEY_ADD:
        return challenge(d, a);
    case ACCOUNT_API_MEETINGS:
    case ACCOUNT_API_MEETING:
    case ACCOUNT_API_MEETING_END:
        return desk_meeting_words(d, a);
    case ACCOUNT_API_HOOK_MAKE:
    case ACCOUNT_API_HOOKS:
        return desk_hook_words(a);
    case ACCOUNT_PLACES_LOOK:
    case ACCOUNT_PLACES_SET:
        return desk_places_words(d, a);
    case ACCOUNT_WHO:
    case ACCOUNT_SIGN_UP:
    case ACCOUNT_SIGN_IN:
    case ACCOUNT_PASSKEY_ENTER:
    case ACCOUNT_PASSKEY_MADE:
    case ACCOUNT_VOUCHED:
        return person(a, bearer);
    default: /* about an organisation, or done and nothing to tell */
        return desk_org_words(a);
    }
}

unsigned desk_status(enum account_reason r)
{
    static const unsigned status[ACCOUNT_REASON_COUNT_] = {
        [ACCOUNT_OK] = 200,         [ACCOUNT_BAD] = 400,         [ACCOUNT_WRONG] = 401,
        [ACCOUNT_SLOW] = 429,       [ACCOUNT_BUSY] = 503,        [ACCOUNT_TAKEN] = 409,
        [ACCOUNT_SIGNED_OUT] = 401, [ACCOUNT_DISABLED] = 403,    [ACCOUNT_CLOSED] = 403,
        [ACCOUNT_EXPIRED] = 410,    [ACCOUNT_FORGED] = 403,      [ACCOUNT_UNVERIFIED] = 403,
        [ACCOUNT_COUNTER] = 403,    [ACCOUNT_UNSUPPORTED] = 400, [ACCOUNT_NOT_FOUND] = 404,
        [ACCOUNT_LIMIT] = 409,      [ACCOUNT_LAST] = 409,        [ACCOUNT_FORBIDDEN] = 403,
        [ACCOUNT_STALE] = 403,      [ACCOUNT_CHANGED] = 409,     [ACCOUNT_REFUSED_CHOICE] = 409,
    };
    return r < ACCOUNT_REASON_COUNT_ ? status[r] : 503;
}
