/* Sessions: who a token belongs to, and their end. A session is looked up anew each time, so what
 * was revoked is out of force with the next request.
 * knows: idle and absolute life. knows not: cookies. owns: nothing. */
#include "account/flow.h"
#include "crypt/crypt.h"

static bool over(const struct account *a, const struct account_session *s)
{
    return a->now.unix_s - s->used_s > ACCOUNT_IDLE_S ||
           a->now.unix_s - s->created_s > ACCOUNT_LIFE_S;
}

static void dropped(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    memset(f->session.hash, 0, sizeof f->session.hash);
    flow_answer(a, f, ACCOUNT_SIGNED_OUT);
}

static void touched(struct account *a, struct flow *f, const struct account_reply *reply)
{
    /* NOT_FOUND: it was revoked while this command was under way, and that counts. */
    if (reply->result == ERR_NOT_FOUND)
        flow_answer(a, f, ACCOUNT_SIGNED_OUT);
    else
        f->signed_in(a, f, reply);
}

static void known(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_SESSION_USED};
    if (reply->result != ERR_OK) {
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_SIGNED_OUT, ACCOUNT_BUSY));
        return;
    }
    f->row = reply->as.row[0];
    if (f->row.disabled) {
        flow_answer(a, f, ACCOUNT_DISABLED);
        return;
    }
    if (a->now.unix_s - f->session.used_s < ACCOUNT_TOUCH_S) {
        f->signed_in(a, f, reply);
        return;
    }
    f->session.used_s = a->now.unix_s;
    ask.as.session = f->session;
    flow_ask(a, f, &ask, touched);
}

static void found(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_GET};
    const struct account_session *s = &reply->as.session[0];
    if (reply->result != ERR_OK) {
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_SIGNED_OUT, ACCOUNT_BUSY));
        return;
    }
    if (!crypt_equal(s->hash, f->session.hash, sizeof s->hash)) {
        flow_answer(a, f, ACCOUNT_SIGNED_OUT);
        return;
    }
    f->session = *s;
    if (over(a, s)) {
        ask.type = ASK_SESSION_DROP;
        ask.as.session = *s;
        flow_ask(a, f, &ask, dropped);
        return;
    }
    memcpy(ask.as.row.id, s->account, sizeof ask.as.row.id);
    flow_ask(a, f, &ask, known);
}

void session_with(struct account *a, struct flow *f, const struct account_event *in, flow_step then)
{
    struct account_ask ask = {.type = ASK_SESSION_GET};
    if (in->token.len != ACCOUNT_TOKEN) {
        flow_answer(a, f, ACCOUNT_SIGNED_OUT);
        return;
    }
    crypt_sha256(f->session.hash, in->token);
    memcpy(ask.as.session.hash, f->session.hash, sizeof ask.as.session.hash);
    f->signed_in = then;
    flow_ask(a, f, &ask, found);
}

/* ---- the commands ---- */

static void who(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    flow_answer(a, f, ACCOUNT_OK);
}

static void sign_out(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_SESSION_DROP};
    (void)reply;
    ask.as.session = f->session;
    flow_ask(a, f, &ask, flow_done);
}

static void ask_list(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_SESSION_LIST};
    memcpy(ask.as.session.account, f->row.id, sizeof ask.as.session.account);
    flow_ask(a, f, &ask, next);
}

static void list(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    ask_list(a, f, flow_list);
}

static void end_one(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_SESSION_DROP};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    for (uint32_t i = 0; i < reply->count; i++) {
        if (memcmp(reply->as.session[i].hash, f->id, ACCOUNT_SESSION_ID) != 0)
            continue;
        ask.as.session = reply->as.session[i];
        flow_ask(a, f, &ask, flow_done);
        return;
    }
    flow_answer(a, f, ACCOUNT_NOT_FOUND);
}

static void end(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    ask_list(a, f, end_one);
}

static void end_all(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_SESSION_CLEAR};
    (void)reply;
    ask.as.session = f->session;
    if (f->everywhere)
        memset(ask.as.session.hash, 0, sizeof ask.as.session.hash);
    flow_ask(a, f, &ask, flow_done);
}

static void meet(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_BLOCK_LIST};
    (void)reply;
    memcpy(ask.as.block.account, f->row.id, sizeof ask.as.block.account);
    flow_ask(a, f, &ask, flow_list);
}

static void give_out(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_EXPORT};
    struct account_answer slow = {.reason = ACCOUNT_SLOW};
    uint64_t budget;
    (void)reply;
    memcpy(&budget, f->row.id, sizeof budget);
    if (!attempts_take(&a->keys, budget | 1, a->now.at, &slow.retry_s)) {
        flow_answer_with(a, f, &slow);
        return;
    }
    memcpy(ask.as.piece.account, f->row.id, sizeof ask.as.piece.account);
    ask.as.piece.from = ask.as.piece.total = f->from;
    flow_ask(a, f, &ask, flow_list);
}

/* Whoever finds a session open deletes nothing: it must have begun a moment ago. */
static void delete_own(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_DROP};
    int64_t age_s = a->now.unix_s - f->session.created_s;
    (void)reply;
    if (age_s < 0 || age_s > ACCOUNT_FRESH_S) {
        flow_answer(a, f, ACCOUNT_STALE);
        return;
    }
    if (strcmp(f->name, f->row.name) != 0) {
        flow_answer(a, f, ACCOUNT_WRONG);
        return;
    }
    ask.as.row = f->row;
    ask.as.row.created_s = a->now.unix_s;
    flow_ask(a, f, &ask, flow_done);
}

void session_command(struct account *a, struct flow *f, const struct account_event *in)
{
    f->everywhere = in->everywhere;
    f->from = in->from;
    if (in->command == ACCOUNT_SESSION_END) {
        if (in->id.len != ACCOUNT_SESSION_ID) {
            flow_answer(a, f, ACCOUNT_BAD);
            return;
        }
        memcpy(f->id, in->id.ptr, in->id.len);
    }
    if (in->command == ACCOUNT_DELETE && !name_read(f->name, in->name)) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    flow_step then = in->command == ACCOUNT_SIGN_OUT       ? sign_out
                     : in->command == ACCOUNT_SESSION_LIST ? list
                     : in->command == ACCOUNT_SESSION_END  ? end
                     : in->command == ACCOUNT_SESSIONS_END ? end_all
                     : in->command == ACCOUNT_MEET         ? meet
                     : in->command == ACCOUNT_EXPORT       ? give_out
                     : in->command == ACCOUNT_DELETE       ? delete_own
                                                           : who;
    session_with(a, f, in, then);
}
