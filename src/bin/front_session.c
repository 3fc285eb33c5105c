/* Clients: their messages become commands of the meeting core, once their proofs are checked.
 * knows: the hello, proofs, rates. knows not: what a command does. owns: the sessions. */
#include <stdlib.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "bin/front_pass.h"
#include "bin/hostile.h"
#include "crypt/crypt.h"
#include "io/clock.h"
#include "io/json_signal.h"
#include "io/logger.h"

enum {
    CLOSE_POLICY = 1008,
    COST_MESSAGE = 1000,
    COST_BAD = 10000,
    COST_LOG = 20000,
    OVER_RATE_MAX = 200
};

static_assert((int)SIGNAL_dir_recv == (int)MEET_RECV, "same order");
static_assert((int)SIGNAL_kind_video == (int)MEET_VIDEO, "same order");
static_assert((int)SIGNAL_source_screen_audio == (int)MEET_SCREEN_AUDIO, "same order");

/* ---- sessions ---- */

struct session *session_find(struct front *f, uint64_t number)
{
    uint64_t p;
    return map_get(&f->sessions, number, &p) ? (struct session *)(uintptr_t)p : NULL;
}

const struct session *session_of_member(const struct front *f, uint32_t member)
{
    if (f->sender && f->sender->joined && f->sender->member == member)
        return f->sender;
    for (uint32_t i = 0; i <= f->sessions.mask; i++) {
        const struct map_cell *cell = &f->session_cells[i];
        const struct session *s =
            cell->used ? (const struct session *)(uintptr_t)cell->value : NULL;
        if (s && s->joined && s->member == member)
            return s;
    }
    return NULL;
}

struct session *session_begin(struct front *f, uint64_t number)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s || !map_put(&f->sessions, number, (uint64_t)(uintptr_t)s)) {
        free(s);
        return NULL;
    }
    s->number = number;
    s->opened = s->tokens_at = clock_now();
    s->tokens = FRONT_BURST * COST_MESSAGE;
    s->upload.tokens_at = s->opened;
    s->upload.tokens = FRONT_UPLOAD_BURST;
    return s;
}

void session_opened(void *front, uint64_t number, int fd)
{
    struct front *f = front;
    struct ipc_addr remote;
    struct session *s = session_begin(f, number);
    if (!s) {
        web_hang_up(f->web, number, 1013, "full");
        return;
    }
    address_of_socket(fd, &s->local, &remote);
    pii_tag(span_of(f->pii_key, sizeof f->pii_key), span_of(remote.ip, sizeof remote.ip), s->tag);
}

static void hello_free(struct session *s)
{
    if (s->hello)
        crypt_wipe(s->hello, sizeof *s->hello);
    free(s->hello);
    s->hello = NULL;
}

void session_closed(void *front, uint64_t number)
{
    struct front *f = front;
    struct session *s = session_find(f, number);
    if (!s)
        return;
    map_remove(&f->sessions, number);
    pass_closed(f, s);
    if (s->joined) {
        struct meet_command c = {.type = MEET_CONNECTION_LOST, .session = number};
        front_input(f, &c);
    }
    hello_free(s);
    person_drop(s);
    upload_drop(f, s);
    crypt_wipe(s, sizeof *s);
    free(s);
}

void session_refuse(struct front *f, uint64_t number, uint32_t n, enum signal_set_reason reason,
                    const char *field)
{
    struct signal_message m = {.type = SIGNAL_REFUSED, .number = n};
    m.as.refused.reason = (uint8_t)reason;
    f->counts.refusals[reason]++;
    if (field) {
        m.as.refused.has_field = true;
        size_t len = strnlen(field, sizeof m.as.refused.field - 1);
        memcpy(m.as.refused.field, field, len);
    }
    front_send(f, number, &m);
}

void session_tick(struct front *f, instant_us now)
{
    files_expire(f, now);
    for (uint32_t i = 0; i <= f->sessions.mask; i++) {
        const struct map_cell *cell = &f->session_cells[i];
        if (!cell->used)
            continue;
        struct session *s = (struct session *)(uintptr_t)cell->value;
        if (s->ended) {
            session_closed(f, s->number);
            continue;
        }
        if (s->upload.bytes && now - s->upload.since > FRONT_UPLOAD_US)
            upload_drop(f, s);
        if (s->joined || s->hello || pass_is(s) || DEFENCE(18, now - s->opened < FRONT_HELLO_US))
            continue;
        f->counts.hello_late++;
        client_hang_up(f, s->number, CLOSE_POLICY, "no hello");
    }
}

/* ---- rate ---- */

/* A bucket of FRONT_BURST messages that fills by FRONT_RATE a second. */
static bool rate_take(struct session *s, int64_t cost, instant_us now)
{
    int64_t gained = (now - s->tokens_at) * FRONT_RATE / 1000; /* thousandths of a message */
    if (gained > 0) {
        s->tokens += gained;
        s->tokens_at = now;
    }
    if (s->tokens > FRONT_BURST * COST_MESSAGE)
        s->tokens = FRONT_BURST * COST_MESSAGE;
    if (s->tokens < cost)
        return false;
    s->tokens -= cost;
    return true;
}

/* By bytes too: what one sends at once must fit everybody else's queue. A piece of an upload goes
 * to nobody until a commit is accepted, and has a share of bytes of its own; a log that is fetched
 * again costs what it makes us send. */
static int64_t cost_of(const struct signal_message *m, size_t bytes)
{
    if (m->type == SIGNAL_GROUP_PART)
        return COST_MESSAGE;
    if (m->type == SIGNAL_GROUP_LOG)
        return COST_LOG;
    return COST_MESSAGE * (1 + (int64_t)bytes / 1024);
}

/* ---- hello ---- */

void session_end_hello(struct front *f, struct session *s, enum signal_set_reason reason)
{
    uint32_t n = s->hello->number;
    struct logline l;
    hello_free(s);
    session_refuse(f, s->number, n, reason, NULL);
    client_hang_up(f, s->number, CLOSE_POLICY, "refused");
    logline_start(&l, "front", "hello_refused");
    logline_int(&l, "reason", reason);
    logline_str(&l, "from", s->tag);
    log_line(&l);
}

/* Kept until the hello is judged: whoever is let in has its transports a round trip earlier. A
 * refused hello ends the connection, and them with it. */
static bool early_keep(struct session *s, const struct signal_message *m)
{
    if (!s->hello || m->type != SIGNAL_TRANSPORT_OPEN || s->earlies == FRONT_EARLY)
        return false;
    s->early[s->earlies++] = (struct early){m->number, (uint8_t)m->as.transport_open.dir};
    return true;
}

static void early_carry(struct front *f, struct session *s)
{
    for (uint8_t i = 0; i < s->earlies; i++) {
        struct meet_command c = {.type = MEET_TRANSPORT_OPEN,
                                 .session = s->number,
                                 .number = s->early[i].number,
                                 .as.open.dir = (enum meet_dir)s->early[i].dir};
        f->sender = s;
        front_input(f, &c);
        f->sender = NULL;
    }
    s->earlies = 0;
}

static struct hello *hello_copy(const struct signal_message *m, uint64_t at_ms)
{
    const struct signal_hello *in = &m->as.hello;
    struct hello *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->number = m->number;
    h->at_ms = at_ms;
    memcpy(h->meeting, in->meeting, sizeof in->meeting);
    memcpy(h->access, in->access.ptr, sizeof h->access);
    h->has_host = in->has_host;
    if (in->has_host)
        memcpy(h->host, in->host.ptr, sizeof h->host);
    h->has_resume = in->has_resume;
    memcpy(h->participant, in->participant.ptr, sizeof h->participant);
    h->has_passcode = in->has_passcode;
    memcpy(h->passcode, in->passcode, sizeof h->passcode);
    h->has_personal = in->has_personal;
    if (in->has_personal)
        memcpy(h->personal, in->personal.ptr, sizeof h->personal);
    h->has_again = in->has_again;
    if (in->has_again)
        crypt_sha256(h->again, in->again);
    h->bot = in->has_bot && in->bot;
    for (uint32_t i = 0; i < in->n_decodes; i++)
        h->decodes |= front_codec_bit(in->decodes[i].codec);
    return h;
}

static void hello_begin(struct front *f, struct session *s, const struct signal_message *m)
{
    if (s->joined || s->hello) {
        session_refuse(f, s->number, m->number, SIGNAL_reason_state, NULL);
        return;
    }
    s->earlies = 0;
    uv_update_time(&f->loop);
    s->hello = hello_copy(m, uv_now(&f->loop));
    if (!s->hello || crypt_random(s->fresh, sizeof s->fresh) != ERR_OK) {
        session_refuse(f, s->number, m->number, SIGNAL_reason_busy, NULL);
        hello_free(s);
        return;
    }
    if (m->as.hello.has_resume)
        memcpy(s->shown, m->as.hello.resume.ptr, sizeof s->shown);
    if (!person_is_asked(s))
        session_ask(f, s);
}

void session_ask(struct front *f, struct session *s)
{
    if (s->person_state == PERSON_LOST) {
        session_end_hello(f, s, SIGNAL_reason_busy); /* nobody escapes a block by a dead store */
        return;
    }
    uint32_t request = ask_open(f, ASK_HELLO, s->number);
    if (request == 0 || !ask_meeting_get(f, request, s->hello->meeting)) {
        if (request != 0)
            f->asks[request % FRONT_ASKS].kind = ASK_NONE;
        session_end_hello(f, s, SIGNAL_reason_busy);
    }
}

static bool proof_right(const uint8_t proof[32], const uint8_t hash[32])
{
    uint8_t digest[CRYPT_SHA256_LEN];
    crypt_sha256(digest, span_of(proof, 32));
    return crypt_equal(digest, hash, sizeof digest);
}

void session_enter(struct front *f, struct session *s, const struct ipc_meeting *row,
                   const struct safe *safe)
{
    if (person_may_not_join(s)) {
        session_refuse(f, s->number, s->hello->number, SIGNAL_reason_blocked,
                       safe_feature_name(SAFE_JOIN));
        client_hang_up(f, s->number, CLOSE_POLICY, "refused");
        hello_free(s);
        return;
    }
    const struct hello *h = s->hello;
    struct meet_command c = {.type = MEET_JOIN, .session = s->number, .number = h->number};
    struct meet_join *j = &c.as.join;
    memcpy(j->meeting, h->meeting, sizeof j->meeting);
    j->role = h->has_host ? MEET_HOST : MEET_PARTICIPANT;
    j->has_resume = h->has_resume;
    crypt_sha256(j->resume, span_of(s->shown, sizeof s->shown));
    crypt_sha256(j->fresh, span_of(s->fresh, sizeof s->fresh));
    j->has_again = h->has_again;
    memcpy(j->again, h->again, sizeof j->again);
    j->decodes = h->decodes;
    j->safe = safe;
    j->bot = h->bot;
    j->resume_only = safe->rotated && !proof_right(h->access, safe->access);
    j->has_personal = h->has_personal;
    crypt_sha256(j->personal, span_of(h->personal, sizeof h->personal));
    memcpy(j->participant, h->participant, sizeof j->participant);
    memcpy(s->participant, h->participant, sizeof s->participant);
    f->sender = s;
    s->meeting = row;
    front_input(f, &c);
    s->meeting = NULL;
    f->sender = NULL;
    hello_free(s);
    if (!s->joined) {
        client_hang_up(f, s->number, CLOSE_POLICY, "refused");
        return;
    }
    person_joined(f, s);
    early_carry(f, s);
}

/* Who need not say it: hosts, who comes by a personal link, who was inside a moment ago. */
static bool needs_passcode(const struct front *f, const struct session *s, struct safe *safe)
{
    const struct hello *h = s->hello;
    uint8_t hash[32];
    if (!setting_on(&safe->settings, SETTING_passcode) || h->has_host)
        return false;
    crypt_sha256(hash, span_of(h->personal, sizeof h->personal));
    if (h->has_personal && safe_link_find(safe, hash))
        return false;
    crypt_sha256(hash, span_of(s->shown, sizeof s->shown));
    return !h->has_resume || !meet_is_resumable(f->meet, h->meeting, hash);
}

static bool is_proved(const struct hello *h, const struct safe *safe)
{
    return h->has_proved && crypt_equal(h->proved, safe->passcode, sizeof h->proved);
}

/* Whoever shows no right access proof learns nothing: with a passcode the same work and answer as
 * for a wrong one, without it the same as for a meeting that never was, at a moment of its own. */
static void hello_unknown(struct front *f, struct session *s, bool known)
{
    if (s->hello->has_passcode && (known || !DEFENCE(25, false)))
        passcode_try(f, s, NULL, NULL);
    else
        stranger_refuse(f, s, SIGNAL_reason_not_found);
}

static void hello_known(struct front *f, struct session *s, const struct ipc_meeting *row,
                        struct safe *safe)
{
    bool host = DEFENCE(23, proof_right(s->hello->host, row->host_hash));
    if (row->ended_ms != 0)
        session_end_hello(f, s, SIGNAL_reason_ended);
    else if (s->hello->has_host && !host)
        session_end_hello(f, s, SIGNAL_reason_forbidden);
    else if (!needs_passcode(f, s, safe) || is_proved(s->hello, safe))
        session_enter(f, s, row, safe);
    else if (s->hello->has_proved) /* it was changed meanwhile */
        stranger_refuse(f, s, SIGNAL_reason_passcode);
    else if (!s->hello->has_passcode)
        session_end_hello(f, s, SIGNAL_reason_passcode);
    else
        passcode_try(f, s, row, safe);
}

/* Unknown meeting and wrong access are one answer and take one way: the same hashes are computed
 * and compared for both (a row that is not there has hashes of zeros). A meeting that runs has its
 * newest record here, another one in the store. */
static void hello_judge(struct front *f, struct session *s, const struct ipc_meeting_row *row)
{
    struct safe safe;
    const struct safe *live = meet_safe_of(f->meet, s->hello->meeting);
    enum err e = live ? ERR_OK : rules_of_row(&row->meeting, &safe);
    if (live)
        safe = *live;
    bool first = proof_right(s->hello->access, row->meeting.access_hash);
    bool fresh =
        proof_right(s->hello->access, e == ERR_OK ? safe.access : row->meeting.access_hash);
    bool access = first | (fresh & (e == ERR_OK && safe.rotated));
    if (!(access & (row->result == ERR_OK)))
        hello_unknown(f, s, row->result == ERR_OK);
    else if (e != ERR_OK)
        session_end_hello(f, s, SIGNAL_reason_busy); /* a damaged record lets nobody in */
    else
        hello_known(f, s, &row->meeting, &safe);
}

void session_row(struct front *f, uint64_t number, const struct ipc_meeting_row *row)
{
    struct session *s = session_find(f, number);
    if (!s || !s->hello)
        return;
    if (!row || err_class((enum err)row->result) == ERR_CLASS_LOCAL) /* failed, away, too busy */
        session_end_hello(f, s, SIGNAL_reason_busy);
    else
        hello_judge(f, s, row);
}

/* ---- messages to commands ---- */

static void publish_command(struct meet_command *c, const struct signal_publish *p)
{
    c->type = MEET_PUBLISH;
    c->as.publish.transport = p->transport;
    c->as.publish.kind = (enum meet_kind)p->kind;
    c->as.publish.source = (enum meet_source)p->source;
    c->as.publish.paused = p->paused;
    uint8_t usual = p->kind == SIGNAL_kind_audio ? SIGNAL_codec_opus : SIGNAL_codec_vp8;
    c->as.publish.codec = p->has_codec ? p->codec : usual;
    c->as.publish.needs = front_codec_bit(c->as.publish.codec);
    c->as.publish.replaces = p->replaces;
}

static void set_command(struct meet_command *c, const struct signal_subscription_set *p)
{
    c->type = MEET_SUBSCRIPTION_SET;
    c->as.set.subscription = p->subscription;
    /* A tile without a side is hidden; a side that is not said does not limit. */
    bool hidden = (p->has_width && p->width == 0) || (p->has_height && p->height == 0);
    c->as.set.paused = p->paused || hidden;
    c->as.set.layer = (uint8_t)(p->has_layer ? p->layer : LIMIT_TRACK_ENCODINGS - 1);
    c->as.set.priority = (uint8_t)p->priority;
    c->as.set.width = (uint16_t)p->width;
    c->as.set.height = (uint16_t)p->height;
}

static void thing_command(struct meet_command *c, enum meet_command_type type, uint32_t id)
{
    c->type = type;
    c->as.thing.id = id;
}

/* False for what is no request after hello. */
static bool command_of(struct meet_command *c, const struct signal_message *m)
{
    switch (m->type) {
    case SIGNAL_TRANSPORT_OPEN:
        c->type = MEET_TRANSPORT_OPEN;
        c->as.open.dir = (enum meet_dir)m->as.transport_open.dir;
        return true;
    case SIGNAL_TRANSPORT_CONNECT:
        return thing_command(c, MEET_TRANSPORT_CONNECT, m->as.transport_connect.transport), true;
    case SIGNAL_TRANSPORT_RESTART:
        return thing_command(c, MEET_TRANSPORT_RESTART, m->as.transport_restart.transport), true;
    case SIGNAL_TRANSPORT_CLOSE:
        return thing_command(c, MEET_TRANSPORT_CLOSE, m->as.transport_close.transport), true;
    case SIGNAL_PUBLISH:
        return publish_command(c, &m->as.publish), true;
    case SIGNAL_UNPUBLISH:
        return thing_command(c, MEET_UNPUBLISH, m->as.unpublish.track), true;
    case SIGNAL_TRACK_PAUSE:
        c->type = MEET_TRACK_PAUSE;
        c->as.pause.track = m->as.track_pause.track;
        c->as.pause.paused = m->as.track_pause.paused;
        return true;
    case SIGNAL_SUBSCRIBE:
        c->type = MEET_SUBSCRIBE;
        c->as.subscribe.transport = m->as.subscribe.transport;
        c->as.subscribe.track = m->as.subscribe.track;
        return true;
    case SIGNAL_SUBSCRIPTION_SET:
        return set_command(c, &m->as.subscription_set), true;
    case SIGNAL_VOICES_OPEN:
        c->type = MEET_VOICES_OPEN;
        c->as.voices.transport = m->as.voices_open.transport;
        c->as.voices.slots = m->as.voices_open.slots;
        return true;
    case SIGNAL_UNSUBSCRIBE:
        return thing_command(c, MEET_UNSUBSCRIBE, m->as.unsubscribe.subscription), true;
    case SIGNAL_FILE_ASK:
        return c->type = MEET_FILE_TOKEN, true;
    case SIGNAL_REMOVE:
        return thing_command(c, MEET_REMOVE, m->as.remove.member), true;
    case SIGNAL_END:
        return c->type = MEET_END, true;
    case SIGNAL_LEAVE:
        return c->type = MEET_LEAVE, true;
    case SIGNAL_PING:
        return c->type = MEET_PING, true;
    default: /* hello, and the server's own messages, which no parser gives */
        return rules_command(c, m);
    }
}

static void request_carry(struct front *f, struct session *s, const struct signal_request *r)
{
    const struct signal_message *m = &r->message;
    struct meet_command c = {.session = s->number, .number = m->number};
    f->counts.messages[m->type]++;
    if (early_keep(s, m))
        return;
    if (m->type == SIGNAL_HELLO) {
        hello_begin(f, s, m);
        return;
    }
    if (m->type == SIGNAL_PASSCODE_SET) {
        passcode_set(f, s, m);
        return;
    }
    const char *fault = m->type == SIGNAL_PUBLISH ? signal_publish_fault(&m->as.publish) : NULL;
    if (fault) {
        session_refuse(f, s->number, m->number, SIGNAL_reason_bad_message, fault);
        return;
    }
    struct group_lists lists;
    if (hostile_takes(f, s, m))
        return;
    if (!command_of(&c, m) && !front_group_command(f, s, m, &c, &lists))
        return;
    if (change_take(f, &c))
        return;
    f->request = r;
    f->sender = s;
    front_input(f, &c);
    f->request = NULL;
    f->sender = NULL;
    front_group_carried(f, s, &c);
}

/* More than its share: refused, and hung up on when it does not stop. */
static void over_rate(struct front *f, struct session *s, uint32_t n)
{
    f->counts.over_rate++;
    session_refuse(f, s->number, n, SIGNAL_reason_busy, NULL);
    if (++s->over_rate > OVER_RATE_MAX)
        client_hang_up(f, s->number, CLOSE_POLICY, "too many messages");
}

void session_message(void *front, uint64_t number, struct span text)
{
    struct front *f = front;
    struct session *s = session_find(f, number);
    struct signal_request r;
    struct signal_fault fault;
    if (!s || s->ended)
        return;
    if (pass_is(s)) {
        pass_message(f, s, text);
        return;
    }
    bool ok = json_signal_parse(&r, text, &fault);
    if (!ok && fault.close != 0) {
        f->counts.broken++;
        client_hang_up(f, number, fault.close, fault.field ? fault.field : "bad message");
        return;
    }
    uint32_t n = ok ? r.message.number : fault.number;
    if (!DEFENCE(18, rate_take(s, ok ? cost_of(&r.message, text.len) : COST_BAD, clock_now())))
        over_rate(f, s, n);
    else if (ok && pass_takes(f, s, &r.message, text))
        f->counts.messages[r.message.type]++;
    else if (ok)
        request_carry(f, s, &r);
    else
        session_refuse(f, number, n, fault.reason, fault.field);
    crypt_wipe(r.store, r.store_used);
}
