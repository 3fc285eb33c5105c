/* The desk: routes of HTTP calls, effects of the account core. See front_account.h. */
#include "bin/front_account.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front_provider.h"
#include "crypt/crypt.h"
#include "io/clock.h"

enum { COOKIE_TEXT = 160, ATTEMPT_S = 60, KNOWN_S = 400 * 86400 };

static const struct desk_route routes[] = {
    {false, "", ACCOUNT_WHO, 0, false},
    {true, "/sign-up", ACCOUNT_SIGN_UP, FIELD_NAME | FIELD_PASSWORD | FIELD_DEVICE | FIELD_BEARER,
     false},
    {true, "/sign-in", ACCOUNT_SIGN_IN, FIELD_NAME | FIELD_PASSWORD | FIELD_DEVICE | FIELD_BEARER,
     false},
    {true, "/sign-out", ACCOUNT_SIGN_OUT, 0, false},
    {true, "/password", ACCOUNT_PASSWORD_SET, FIELD_PASSWORD | FIELD_PASSWORD_NEW, false},
    {false, "/sessions", ACCOUNT_SESSION_LIST, 0, false},
    {true, "/sessions/end", ACCOUNT_SESSION_END, FIELD_ID, false},
    {true, "/sessions/end-all", ACCOUNT_SESSIONS_END, FIELD_EVERYWHERE, false},
    {false, "/passkeys", ACCOUNT_PASSKEY_LIST, 0, false},
    {true, "/passkeys/drop", ACCOUNT_PASSKEY_DROP, FIELD_ID, false},
    {true, "/passkeys/new", ACCOUNT_PASSKEY_NEW, FIELD_NAME, false},
    {true, "/passkeys/add", ACCOUNT_PASSKEY_ADD, 0, false},
    {true, "/passkeys/made", ACCOUNT_PASSKEY_MADE, FIELD_MADE | FIELD_LABEL, false},
    {true, "/passkeys/ask", ACCOUNT_PASSKEY_ASK, 0, false},
    {true, "/passkeys/enter", ACCOUNT_PASSKEY_ENTER, FIELD_ENTERED | FIELD_DEVICE, false},
    {true, "/export", ACCOUNT_EXPORT, FIELD_FROM, false},
    {true, "/delete", ACCOUNT_DELETE, FIELD_NAME, false},
    {false, "/organisations", ACCOUNT_ORG_MINE, 0, false},
    {true, "/organisations/join", ACCOUNT_ORG_JOIN, FIELD_TICKET, false},
    {true, "/organisations/leave", ACCOUNT_ORG_LEAVE, FIELD_ORG, false},
    {true, "/organisations/usage", ACCOUNT_API_USAGE, FIELD_ORG | FIELD_UNTIL, false},
    {true, "/organisations/members", ACCOUNT_API_MEMBERS, FIELD_ORG | FIELD_AFTER, false},
    {true, "/organisations/remove", ACCOUNT_API_MEMBER_DROP, FIELD_ORG | FIELD_NAME, false},
    {true, "/organisations/invite", ACCOUNT_API_INVITE, FIELD_ORG | FIELD_LABEL, false},
    {true, "/organisations/blocks", ACCOUNT_API_BLOCKS, FIELD_ORG | FIELD_NAME, false},
    {true, "/organisations/block", ACCOUNT_API_BLOCK,
     FIELD_ORG | FIELD_NAME | FIELD_BLOCK | FIELD_WHY, true},
    {true, "/organisations/lift", ACCOUNT_API_BLOCK, FIELD_ORG | FIELD_NAME | FIELD_BLOCK, false},
    {false, "/devices", ACCOUNT_DEVICE_LIST, 0, false},
    {true, "/devices/add", ACCOUNT_DEVICE_ADD, FIELD_KEY | FIELD_PROOF | FIELD_LABEL, false},
    {true, "/devices/drop", ACCOUNT_DEVICE_DROP, FIELD_ID, false},
    {false, "/datacentres", ACCOUNT_PLACES_LOOK, 0, false},
    {true, "/datacentres/choose", ACCOUNT_PLACES_SET, FIELD_CHOICE, false},
    {true, "/organisations/datacentres", ACCOUNT_PLACES_LOOK, FIELD_ORG, false},
    {true, "/organisations/datacentres/choose", ACCOUNT_PLACES_SET, FIELD_ORG | FIELD_CHOICE,
     false},
    {true, "/devices/check", ACCOUNT_DEVICE_CHECK, FIELD_NAME | FIELD_KEY, false},
};

/* ---- effects ---- */

static struct desk_call *call_of(struct desk *d, uint64_t call)
{
    for (size_t i = 0; i < ACCOUNT_FLOWS; i++)
        if (d->calls[i].call == call)
            return &d->calls[i];
    return NULL;
}

static void session_cookie(char out[COOKIE_TEXT], const struct account_answer *a)
{
    char token[TEXT_BASE64URL_LEN(ACCOUNT_TOKEN) + 1];
    text_base64url(token, span_of(a->token, sizeof a->token));
    (void)snprintf(out, COOKIE_TEXT,
                   DESK_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d", token,
                   ACCOUNT_LIFE_S);
    crypt_wipe(token, sizeof token);
}

static void known_cookie(char out[COOKIE_TEXT], const struct account_answer *a)
{
    char text[TEXT_BASE64URL_LEN(ACCOUNT_HASH) + 1];
    text_base64url(text, span_of(a->known, sizeof a->known));
    (void)snprintf(out, COOKIE_TEXT,
                   DESK_COOKIE_KNOWN "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d",
                   text, KNOWN_S);
}

static bool ends_session(const struct account_answer *a)
{
    return a->reason == ACCOUNT_SIGNED_OUT ||
           (a->reason == ACCOUNT_OK &&
            (a->command == ACCOUNT_SIGN_OUT || a->command == ACCOUNT_DELETE));
}

static void fill_cookies(struct web_reply *r, const struct account_answer *a, bool bearer,
                         char text[2][COOKIE_TEXT])
{
    static const char over[] =
        DESK_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";
    char attempt[TEXT_BASE64URL_LEN(ACCOUNT_TOKEN) + 1];
    bool challenge = a->reason == ACCOUNT_OK &&
                     (a->command == ACCOUNT_PASSKEY_ASK || a->command == ACCOUNT_PASSKEY_NEW ||
                      a->command == ACCOUNT_PASSKEY_ADD);
    if (a->has_token && !bearer) {
        session_cookie(text[0], a);
        known_cookie(text[1], a);
        r->set_cookie[0] = text[0];
        r->set_cookie[1] = text[1];
    } else if (ends_session(a)) {
        r->set_cookie[0] = over;
    } else if (challenge) {
        text_base64url(attempt, span_of(a->ceremony, sizeof a->ceremony));
        (void)snprintf(text[1], COOKIE_TEXT,
                       DESK_COOKIE_ATTEMPT
                       "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d",
                       attempt, ATTEMPT_S);
        r->set_cookie[0] = text[1];
    }
}

/* One that runs is told of by the core's effect. */
static void ended(struct front *f, const struct account_meeting *m)
{
    if (!meetings_live(f, m->id) && m->ended_s == 0)
        hooks_ended(f, m->id);
    meetings_end_live(f, m->id, "ended_by_organisation");
}

/* What was stored by a program is in force now in meetings that run. */
static void in_force(struct front *f, const struct account_answer *a)
{
    if (a->reason == ACCOUNT_OK && a->command == ACCOUNT_API_BLOCK)
        person_block(f, &a->block, a->on);
    else if (a->reason == ACCOUNT_OK && a->command == ACCOUNT_API_MEETING_END)
        ended(f, &a->meeting);
}

static void answer_http(struct desk *d, const struct account_answer *a)
{
    char cookie[2][COOKIE_TEXT], json[WEB_CALL_BYTES], back[48];
    struct desk_call *c = call_of(d, a->call);
    struct desk_call was = c ? *c : (struct desk_call){.call = a->call};
    if (c)
        *c = (struct desk_call){.call = 0};
    if (desk_making_go(d, was.making, a))
        return;
    in_force(d->front, a);
    json_t *words = desk_words(d, a, was.bearer);
    size_t len = words ? json_dumpb(words, json, sizeof json, JSON_COMPACT) : 0;
    json_decref(words);
    struct web_reply r = {.status = desk_status(a->reason), .json = span_of(json, len)};
    if (len == 0 || len > sizeof json)
        r = (struct web_reply){.status = 503, .json = span_str("{\"error\":\"busy\"}")};
    fill_cookies(&r, a, was.bearer, cookie);
    if (was.redirect) { /* a person looks at it: the page says the word in a sentence */
        (void)snprintf(back, sizeof back, "/account#%s", account_reason_word(a->reason));
        r.status = 303;
        r.location = a->reason == ACCOUNT_OK ? "/" : back;
    }
    web_reply(d->front->web, a->call, &r);
    crypt_wipe(json, sizeof json);
    crypt_wipe(cookie, sizeof cookie);
}

static void log_answer(const struct desk *d, const struct account_answer *a)
{
    char tag[PII_TAG_TEXT + 1];
    if (a->reason != ACCOUNT_COUNTER)
        return;
    pii_tag(span_of(d->front->pii_key, sizeof d->front->pii_key),
            span_of(a->row.id, sizeof a->row.id), tag);
    front_log("passkey_counter_back", "account", tag);
}

static void answer(struct desk *d, const struct account_answer *a)
{
    if (a->call & DESK_CONTROL)
        desk_control_answer(d, a);
    else if (a->call & DESK_SOCKET)
        person_answer(d->front, a);
    else
        answer_http(d, a);
}

static void carry(struct desk *d, const struct account_effect *e)
{
    switch (e->type) {
    case ACCOUNT_ANSWER:
        log_answer(d, &e->as.answer);
        answer(d, &e->as.answer);
        return;
    case ACCOUNT_ASK:
        d->failed_ask = desk_store_ask(d, &e->as.ask) ? 0 : e->as.ask.request;
        return;
    case ACCOUNT_HASH_PASSWORD:
        d->failed_why = desk_hash(d, &e->as.job);
        d->failed_job = d->failed_why == ERR_OK ? 0 : e->as.job.job;
        return;
    }
}

static struct account_now now_of(void)
{
    return (struct account_now){clock_now(), front_unix_ms() / 1000};
}

static void tell(struct desk *d, const struct account_event *e)
{
    struct account_now now = now_of();
    account_input(d->core, e, &now);
}

/* Carries out what the core wants until it wants nothing. */
static void pump(struct desk *d)
{
    struct account_effect effect;
    if (d->pumping)
        return;
    d->pumping = true;
    for (;;) {
        while (d->failed_job == 0 && d->failed_ask == 0 && account_poll(d->core, &effect))
            carry(d, &effect);
        struct account_reply none;
        struct account_event e = {.type = ACCOUNT_STORED, .reply = &none};
        none.request = d->failed_ask;
        none.result = ERR_BUSY;
        none.count = 0;
        if (d->failed_job != 0)
            e = (struct account_event){
                .type = ACCOUNT_HASHED, .job = d->failed_job, .hashed = d->failed_why};
        else if (d->failed_ask == 0)
            break;
        d->failed_job = d->failed_ask = 0;
        tell(d, &e);
    }
    crypt_wipe(&effect, sizeof effect);
    d->pumping = false;
}

void desk_tell(struct desk *d, const struct account_event *e)
{
    tell(d, e);
    pump(d);
}

/* ---- HTTP ---- */

void desk_refuse(struct desk *d, uint64_t call, enum account_reason reason)
{
    struct account_answer a = {.call = call, .reason = reason};
    answer(d, &a);
}

void desk_refuse_page(struct desk *d, uint64_t call, enum account_reason reason)
{
    char back[48];
    (void)snprintf(back, sizeof back, "/account#%s", account_reason_word(reason));
    web_reply(d->front->web, call,
              &(struct web_reply){.status = 303, .json = span_str("{}"), .location = back});
}

void desk_ask(struct desk *d, struct account_event *e, const struct desk_call *call)
{
    bool http = !(call->call & (DESK_CONTROL | DESK_SOCKET));
    struct desk_call *c = http ? call_of(d, 0) : NULL;
    e->type = ACCOUNT_ASKED;
    e->call = call->call;
    if ((!c && http) || crypt_random(e->random, sizeof e->random) != ERR_OK) {
        desk_making_drop(call->making);
        if (call->redirect)
            desk_refuse_page(d, call->call, ACCOUNT_BUSY);
        else
            desk_refuse(d, call->call, ACCOUNT_BUSY);
        return;
    }
    if (c)
        *c = *call;
    tell(d, e);
    pump(d);
}

static struct span token_of(uint8_t out[ACCOUNT_TOKEN], struct span text)
{
    size_t len = 0;
    if (text.len == 0 || text_unbase64url(out, ACCOUNT_TOKEN, &len, text) != ERR_OK ||
        len != ACCOUNT_TOKEN)
        return span_of(NULL, 0);
    return span_of(out, ACCOUNT_TOKEN);
}

const struct desk_route *desk_route_of(const struct desk_route *all, size_t count,
                                       const struct web_call *q, bool *path_known)
{
    *path_known = false;
    for (size_t i = 0; i < count; i++) {
        if (!span_equal(q->path, span_str(all[i].path)))
            continue;
        *path_known = true;
        if (all[i].post == q->post)
            return &all[i];
    }
    return NULL;
}

static void take_call(struct desk *d, const struct desk_route *r, uint64_t call,
                      const struct web_call *q)
{
    struct desk_bytes bytes;
    struct account_event e;
    struct desk_call c = {.call = call};
    memset(&bytes, 0, sizeof bytes);
    memset(&e, 0, sizeof e);
    e.command = r->command;
    e.on = r->on;
    e.token = token_of(bytes.token, q->bearer.len > 0 ? q->bearer : q->cookie);
    e.ceremony = token_of(bytes.ceremony, q->attempt);
    e.known = token_of(bytes.known, q->known);
    json_t *object = NULL;
    bool ok = true;
    if (q->post) {
        object = json_loadb((const char *)q->body.ptr, q->body.len, JSON_REJECT_DUPLICATES, NULL);
    } else if (q->api) {
        object = desk_api_query(q->query);
    }
    if (r->fields & FIELD_MEETING) {
        ok = desk_making_read(&c, object);
    } else if (q->post || q->api) {
        ok = desk_read(&e, &bytes, &c.bearer, object, r->fields);
    }
    if (ok)
        desk_ask(d, &e, &c);
    else
        desk_refuse(d, call, ACCOUNT_BAD);
    json_decref(object);
    desk_bytes_fini(&bytes);
    crypt_wipe(&e, sizeof e);
}

static void list_places(struct desk *d, uint64_t call)
{
    char json[WEB_CALL_BYTES];
    json_t *words = desk_places_list(&d->places);
    size_t len = words ? json_dumpb(words, json, sizeof json, JSON_COMPACT) : 0;
    json_decref(words);
    if (len == 0 || len > sizeof json)
        desk_refuse(d, call, ACCOUNT_BUSY);
    else
        web_reply(d->front->web, call,
                  &(struct web_reply){.status = 200, .json = span_of(json, len)});
}

void desk_call(void *front, uint64_t call, const struct web_call *q)
{
    struct desk *d = ((struct front *)front)->desk;
    bool known;
    const struct desk_route *r =
        q->api ? desk_api_route(q, &known) : desk_route_of(routes, ARRAY_LEN(routes), q, &known);
    if (!q->post && !q->api && span_equal(q->path, span_str("/oidc/start")))
        provider_start(d, call);
    else if (!q->post && !q->api && span_equal(q->path, span_str("/oidc/back")))
        provider_back(d, call, q);
    else if (!q->post && !q->api && span_equal(q->path, span_str("/datacentres/list")))
        list_places(d, call);
    else if (r)
        take_call(d, r, call, q);
    else
        desk_refuse(d, call, known ? ACCOUNT_BAD : ACCOUNT_NOT_FOUND);
}

/* ---- beginning ---- */

/* The host between "https://" and a port; "" for an address, which is no relying party's id. */
static void rp_id_of(const char *origin, char *out)
{
    const char *host = origin + strlen("https://");
    size_t len = strcspn(host, ":/"), letters = 0;
    for (size_t i = 0; i < len; i++)
        letters += (host[i] < '0' || host[i] > '9') && host[i] != '.';
    if (host[0] == '[' || letters == 0)
        len = 0;
    memcpy(out, host, len);
    out[len] = '\0';
}

static enum err open_core(struct desk *d)
{
    const struct ipc_accounts *c = &d->front->start.accounts;
    void *memory = malloc(account_bytes());
    if (!memory)
        return ERR_NOMEM;
    d->config.sign_up = c->sign_up;
    d->config.hooks = d->front->start.hooks.on;
    places_here(&d->places);
    d->config.places = &d->places;
    if (c->origin[0])
        (void)snprintf(d->config.origin, sizeof d->config.origin, "%s", c->origin);
    else
        api_base_url(d->front, d->config.origin, sizeof d->config.origin);
    rp_id_of(d->config.origin, d->config.rp_id);
    TRY(crypt_random(d->config.key, sizeof d->config.key));
    d->core = account_init(memory, &d->config);
    return ERR_OK;
}

struct desk *desk_open(struct front *f)
{
    struct desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->front = f;
    if (open_core(d) != ERR_OK)
        return NULL; /* the process ends */
    d->provider = provider_open(d);
    return worker_open(&d->worker, &f->loop) == ERR_OK ? d : NULL;
}

void desk_tick(struct desk *d)
{
    struct account_now now = now_of();
    account_tick(d->core, &now);
    pump(d);
    provider_tick(d);
}

const char *desk_metric(const struct desk *d, unsigned index, uint64_t *value)
{
    const struct account_counts *c = account_count(d->core);
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"account_commands_total", c->commands},
        {"account_sign_ins_total", c->signed_in},
        {"account_sign_ups_total", c->signed_up},
        {"account_wrong_total", c->wrong},
        {"account_slowed_total", c->slowed},
        {"account_forged_total", c->forged},
        {"account_counters_back_total", c->counters_back},
        {"account_busy_total", c->busy},
        {"account_key_calls_total", c->keys},
    };
    if (index >= ARRAY_LEN(rows))
        return NULL;
    *value = rows[index].value;
    return rows[index].name;
}
