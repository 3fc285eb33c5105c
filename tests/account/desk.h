/* The account core with rows in memory and real argon2id, in virtual time: each command runs to its
 * answer at once. Counts what the core asked for, so that facts can be about the steps too. */
#ifndef TESTS_ACCOUNT_DESK_H
#define TESTS_ACCOUNT_DESK_H

#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/memory.h"
#include "crypt/crypt.h"

struct rig {
    struct account *core;
    struct memory *rows;
    struct account_now now;
    struct account_reply reply;
    struct account_answer got;
    uint32_t asks[ASK_COUNT_], hashes, answers;
    bool store_away, store_dumb, revoke_between, replace_between;
    uint64_t seed;
    const uint8_t *random; /* of the next command, when it is not drawn */
};

static inline void rig_fill(struct rig *r, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(r->seed >> 56);
    }
}

static inline void rig_open_at(struct rig *r, bool sign_up, const char *origin, const char *rp_id)
{
    struct account_config c = {.sign_up = sign_up, .hooks = true};
    memset(r, 0, sizeof *r);
    r->seed = 7;
    r->now = (struct account_now){1000 * US_PER_S, 1800000000};
    memcpy(c.origin, origin, strlen(origin) + 1);
    memcpy(c.rp_id, rp_id, strlen(rp_id) + 1);
    rig_fill(r, c.key, sizeof c.key);
    r->rows = calloc(1, sizeof *r->rows);
    r->core = account_init(malloc(account_bytes()), &c);
}

static inline void rig_open(struct rig *r, bool sign_up)
{
    rig_open_at(r, sign_up, "https://meet.example.org", "meet.example.org");
}

static inline void rig_close(struct rig *r)
{
    free(r->rows);
    free(r->core);
}

static inline void rig_pass(struct rig *r, int64_t seconds)
{
    r->now.at += seconds * US_PER_S;
    r->now.unix_s += seconds;
}

static inline void rig_run(struct rig *r)
{
    struct account_effect e;
    while (account_poll(r->core, &e)) {
        struct account_event in = {.type = ACCOUNT_STORED, .reply = &r->reply};
        if (e.type == ACCOUNT_ANSWER) {
            r->got = e.as.answer;
            r->answers++;
            continue;
        }
        if (e.type == ACCOUNT_HASH_PASSWORD) {
            r->hashes++;
            in = (struct account_event){.type = ACCOUNT_HASHED, .job = e.as.job.job};
            in.hashed = password_hash(in.hash, e.as.job.password, e.as.job.salt);
        } else {
            r->asks[e.as.ask.type]++;
            if (r->replace_between && e.as.ask.type == ASK_SESSION_PUT)
                r->rows->credential[0].key[40] ^= 1;
            if (r->revoke_between && e.as.ask.type == ASK_ACCOUNT_GET)
                r->rows->sessions = 0;
            memory_ask(r->rows, &e.as.ask, &r->reply);
            if (r->store_dumb)
                continue;
            if (r->store_away)
                r->reply.result = ERR_IO;
        }
        account_input(r->core, &in, &r->now);
    }
}

/* Runs a command; its answer is r->got. */
static inline enum account_reason rig_do(struct rig *r, struct account_event e)
{
    uint32_t before = r->answers;
    e.type = ACCOUNT_ASKED;
    e.call = before + 1;
    rig_fill(r, e.random, sizeof e.random);
    if (r->random)
        memcpy(e.random, r->random, sizeof e.random);
    r->random = NULL;
    account_input(r->core, &e, &r->now);
    rig_run(r);
    if (!r->store_dumb) {
        assert_int_equal(r->answers, before + 1);
        assert_int_equal(r->got.call, e.call);
    }
    return r->got.reason;
}

static inline struct account_event rig_event(enum account_command command, const char *name,
                                             const char *password)
{
    struct account_event e = {.command = command};
    e.name = name ? span_str(name) : span_of(NULL, 0);
    e.password = password ? span_str(password) : span_of(NULL, 0);
    return e;
}

/* With the token that an answer gave. */
static inline struct account_event rig_with(enum account_command command,
                                            const uint8_t token[ACCOUNT_TOKEN])
{
    struct account_event e = {.command = command};
    e.token = span_of(token, ACCOUNT_TOKEN);
    return e;
}

/* The token of a fresh account or session. */
static inline void rig_token(struct rig *r, struct account_event e, uint8_t out[ACCOUNT_TOKEN])
{
    assert_int_equal(rig_do(r, e), ACCOUNT_OK);
    assert_true(r->got.has_token);
    memcpy(out, r->got.token, ACCOUNT_TOKEN);
}

#endif
