/* The core's entry, its flows and effects; the commands are in account_*.c. */
#include "account/account.h"

#include <assert.h>

#include "account/flow.h"
#include "base/bug.h"
#include "base/text.h"
#include "crypt/crypt.h"

/* Ten attempts a name at once, then one in 30 s; all names together 40, then 5 a second, which is
 * what one thread hashes. Browsers that were let in before have budgets of their own, so that no
 * flood of strangers keeps them out. */
static const struct attempts_rule each_name = {10, 30};
/* A program may ask 120 times at once, then once a second. Strangers have no key to count by: a
 * wrong one costs a look into an index. */
static const struct attempts_rule each_key = {120, 1};
enum { ALL_BURST = 40, SIGN_UPS = 20, CHALLENGES = 200 };
#define ALL_EVERY (200 * US_PER_MS)
#define SIGN_UP_EVERY (2 * US_PER_S)
#define CHALLENGE_EVERY (50 * US_PER_MS)

static_assert(CHALLENGES + ACCOUNT_CEREMONY_US / CHALLENGE_EVERY < ACCOUNT_CEREMONIES,
              "a challenge is never pushed out by others before its time");

size_t account_bytes(void)
{
    return sizeof(struct account);
}

struct account *account_init(void *memory, const struct account_config *c)
{
    struct account *a = memory;
    memset(a, 0, sizeof *a);
    a->config = *c;
    places_here(&a->places);
    if (c->places)
        a->places = *c->places;
    crypt_sha256(a->rp_hash, span_str(c->rp_id));
    attempts_init(&a->tries, each_name, ALL_BURST, ALL_EVERY);
    attempts_init(&a->known_tries, each_name, ALL_BURST, ALL_EVERY);
    attempts_init(&a->keys, each_key, 1, 0);
    attempts_all_init(&a->sign_ups, SIGN_UPS, SIGN_UP_EVERY);
    attempts_all_init(&a->challenges, CHALLENGES, CHALLENGE_EVERY);
    return a;
}

const struct account_counts *account_count(const struct account *a)
{
    return &a->counts;
}

const char *account_reason_word(enum account_reason r)
{
    static const char *const words[] = {
#define WORD(name, word) word,
        ACCOUNT_REASONS(WORD)
#undef WORD
    };
    return r < ACCOUNT_REASON_COUNT_ ? words[r] : "busy";
}

/* ---- lookups ---- */

enum { LOOKUP_BYTES = 16 + 2048 };

static void lookup(uint8_t out[ACCOUNT_HASH], const char *kind, struct span first,
                   struct span second)
{
    uint8_t bytes[LOOKUP_BYTES];
    size_t len = strlen(kind);
    BUG_IF(len + first.len + second.len > sizeof bytes);
    memcpy(bytes, kind, len);
    if (first.len > 0)
        memcpy(bytes + len, first.ptr, first.len);
    len += first.len;
    if (second.len > 0)
        memcpy(bytes + len, second.ptr, second.len);
    crypt_sha256(out, span_of(bytes, len + second.len));
}

void account_lookup_password(uint8_t out[ACCOUNT_HASH], const uint8_t account[ACCOUNT_ID])
{
    lookup(out, "password", span_of(account, ACCOUNT_ID), span_of(NULL, 0));
}

void account_lookup_passkey(uint8_t out[ACCOUNT_HASH], struct span id)
{
    lookup(out, "passkey", id, span_of(NULL, 0));
}

void account_lookup_provider(uint8_t out[ACCOUNT_HASH], struct span iss, struct span sub)
{
    uint8_t of_iss[ACCOUNT_HASH]; /* of fixed length: no two pairs run into each other */
    crypt_sha256(of_iss, iss);
    lookup(out, "oidc", span_of(of_iss, sizeof of_iss), sub);
}

/* ---- effects ---- */

static struct account_effect *effect(struct account *a, enum account_effect_type type)
{
    BUG_IF(a->count == FLOW_EFFECTS);
    struct account_effect *e = &a->effects[(a->first + a->count++) % FLOW_EFFECTS];
    memset(e, 0, sizeof *e);
    e->type = type;
    return e;
}

bool account_poll(struct account *a, struct account_effect *out)
{
    if (a->count == 0)
        return false;
    *out = a->effects[a->first];
    crypt_wipe(&a->effects[a->first], sizeof *out); /* a token may be in it */
    a->first = (a->first + 1) % FLOW_EFFECTS;
    a->count--;
    return true;
}

/* A number that names the flow and is not used again soon. */
static uint32_t number_of(struct account *a, const struct flow *f)
{
    a->counter = (a->counter + 1) & 0xffffff;
    if (a->counter == 0)
        a->counter = 1;
    return a->counter << 8 | (uint32_t)(f - a->flows);
}

static_assert(ACCOUNT_FLOWS == 256, "a flow's index has a byte of its numbers");

void flow_ask(struct account *a, struct flow *f, struct account_ask *ask, flow_step next)
{
    f->waits_for = ask->request = number_of(a, f);
    f->next = next;
    effect(a, ACCOUNT_ASK)->as.ask = *ask;
}

void flow_hash(struct account *a, struct flow *f, struct span password,
               const uint8_t salt[PASSWORD_SALT], flow_step next)
{
    f->waits_for = number_of(a, f);
    f->next = next;
    struct account_job *job = &effect(a, ACCOUNT_HASH_PASSWORD)->as.job;
    job->job = f->waits_for;
    job->password = password;
    job->known = f->trusted;
    memcpy(job->salt, salt, PASSWORD_SALT);
}

void flow_answer_with(struct account *a, struct flow *f, struct account_answer *answer)
{
    answer->call = f->call;
    answer->command = f->command;
    answer->row = f->row;
    answer->grant = f->grant;
    answer->found = f->found;
    answer->block = f->block;
    answer->on = f->on;
    answer->meeting = f->meeting;
    answer->hook = f->hook;
    answer->places = f->places;
    answer->above = f->above;
    answer->bound = f->bound;
    answer->fault = f->fault;
    memcpy(answer->session, f->session.hash, sizeof answer->session);
    effect(a, ACCOUNT_ANSWER)->as.answer = *answer;
    a->counts.wrong += answer->reason == ACCOUNT_WRONG;
    a->counts.slowed += answer->reason == ACCOUNT_SLOW;
    a->counts.forged += answer->reason == ACCOUNT_FORGED;
    a->counts.counters_back += answer->reason == ACCOUNT_COUNTER;
    a->counts.busy += answer->reason == ACCOUNT_BUSY;
    crypt_wipe(f, sizeof *f);
}

void flow_answer(struct account *a, struct flow *f, enum account_reason reason)
{
    struct account_answer answer = {.reason = reason};
    flow_answer_with(a, f, &answer);
}

enum account_reason flow_reason(enum err e, enum account_reason not_found,
                                enum account_reason conflict)
{
    switch (e) {
    case ERR_OK:
        return ACCOUNT_OK;
    case ERR_NOT_FOUND:
        return not_found;
    case ERR_CONFLICT:
        return conflict;
    case ERR_LIMIT:
        return ACCOUNT_LIMIT;
    case ERR_STATE:
        return ACCOUNT_LAST;
    case ERR_REPLAY:
        return ACCOUNT_COUNTER;
    case ERR_FORBIDDEN:
        return ACCOUNT_DISABLED;
    default: /* the store's trouble, whatever it is */
        return ACCOUNT_BUSY;
    }
}

void flow_list(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_answer answer = {
        .reason = flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_TAKEN), .reply = reply};
    flow_answer_with(a, f, &answer);
}

void flow_done(struct account *a, struct flow *f, const struct account_reply *reply)
{
    flow_answer(a, f, flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_TAKEN));
}

/* ---- entering ---- */

static void entered(struct account *a, struct flow *f, const struct account_reply *reply)
{
    /* What it was proved with is not in force any more: another password was set meanwhile. */
    enum account_reason gone = f->means == ACCOUNT_BY_PASSWORD ? ACCOUNT_WRONG : ACCOUNT_FORGED;
    struct account_answer answer = {.reason = flow_reason(reply->result, gone, ACCOUNT_BUSY)};
    if (answer.reason == ACCOUNT_OK) {
        answer.has_token = true;
        memcpy(answer.token, f->random + RANDOM_TOKEN, ACCOUNT_TOKEN);
        name_known(a, f->row.name, answer.known);
        a->counts.signed_in++;
    }
    flow_answer_with(a, f, &answer);
    crypt_wipe(&answer, sizeof answer);
}

void flow_enter(struct account *a, struct flow *f, enum account_means means)
{
    struct account_ask ask = {.type = ASK_SESSION_PUT};
    struct account_session *s = &f->session;
    if (f->row.disabled) {
        flow_answer(a, f, ACCOUNT_DISABLED);
        return;
    }
    f->means = means;
    memset(s, 0, sizeof *s);
    crypt_sha256(s->hash, span_of(f->random + RANDOM_TOKEN, ACCOUNT_TOKEN));
    memcpy(s->account, f->row.id, sizeof s->account);
    memcpy(s->device, f->label, sizeof s->device);
    s->means = (uint8_t)means;
    s->created_s = s->used_s = a->now.unix_s;
    f->credential.used_s = a->now.unix_s;
    ask.as.enter.session = *s;
    ask.as.enter.credential = f->credential;
    ask.as.enter.checked = !f->fresh;
    flow_ask(a, f, &ask, entered);
}

/* ---- input ---- */

static struct flow *flow_of(struct account *a, uint32_t number)
{
    struct flow *f = &a->flows[number & 0xff];
    return number != 0 && f->waits_for == number ? f : NULL;
}

static struct flow *flow_free(struct account *a)
{
    for (size_t i = 0; i < ACCOUNT_FLOWS; i++)
        if (a->flows[i].waits_for == 0)
            return &a->flows[i];
    return NULL;
}

/* What a person calls something: short UTF-8 text that shows nothing else than itself. */
static void label_read(char out[ACCOUNT_LABEL + 1], struct span in)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len && n < ACCOUNT_LABEL; i++)
        if (in.ptr[i] >= 0x20 && in.ptr[i] < 0x7f) /* printable ASCII: it is listed in terminals */
            out[n++] = (char)in.ptr[i];
    out[n] = '\0';
}

static void asked(struct account *a, const struct account_event *in)
{
    struct flow *f = flow_free(a);
    struct flow none = {.call = in->call, .command = in->command};
    a->counts.commands++;
    if (!f) {
        flow_answer(a, &none, ACCOUNT_BUSY);
        return;
    }
    *f = none;
    f->since = a->now.at;
    memcpy(f->random, in->random, sizeof f->random);
    label_read(f->label, in->label.len > 0 ? in->label : in->device);
    if (in->command <= ACCOUNT_SIGN_IN || in->command == ACCOUNT_PASSWORD_SET ||
        in->command == ACCOUNT_USER_CREATE)
        password_command(a, f, in);
    else if (in->command <= ACCOUNT_VOUCHED ||
             (in->command >= ACCOUNT_PASSKEY_ADD && in->command <= ACCOUNT_PASSKEY_DROP))
        passkey_command(a, f, in);
    else if (in->command >= ACCOUNT_PLACES_LOOK)
        places_command(a, f, in);
    else if (in->command >= ACCOUNT_DEVICE_ADD)
        device_command(a, f, in);
    else if (in->command >= ACCOUNT_KEY_MAKE)
        key_command(a, f, in);
    else if (in->command < ACCOUNT_USER_CREATE)
        session_command(a, f, in);
    else
        operator_command(a, f, in);
}

static void stored(struct account *a, const struct account_reply *reply)
{
    struct flow *f = flow_of(a, reply->request);
    if (f)
        f->next(a, f, reply);
}

static void hashed(struct account *a, const struct account_event *in)
{
    struct flow *f = flow_of(a, in->job);
    if (!f)
        return;
    f->hashed = in->hashed;
    memcpy(f->hash, in->hash, sizeof f->hash);
    f->next(a, f, NULL);
}

void account_input(struct account *a, const struct account_event *in, const struct account_now *now)
{
    a->now = *now;
    switch (in->type) {
    case ACCOUNT_ASKED:
        asked(a, in);
        return;
    case ACCOUNT_STORED:
        stored(a, in->reply);
        return;
    case ACCOUNT_HASHED:
        hashed(a, in);
        return;
    }
}

void account_tick(struct account *a, const struct account_now *now)
{
    a->now = *now;
    for (size_t i = 0; i < ACCOUNT_FLOWS; i++)
        if (a->flows[i].waits_for != 0 && now->at - a->flows[i].since > ACCOUNT_FLOW_US)
            flow_answer(a, &a->flows[i], ACCOUNT_BUSY);
}
