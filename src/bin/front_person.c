/* Who of a meeting's people has an account: a WebSocket that came with a session's cookie is asked
 * for once, before its hello goes on. What is blocked for that account is in force in whichever
 * meeting they enter, and from the moment that an operator says so. A guest is never asked. knows:
 * accounts by their ids. knows not: names; what a block does (meet). owns: each session's person.
 */
#include <stdlib.h>

#include "base/text.h"
#include "bin/front_account.h"
#include "crypt/crypt.h"

struct person {
    uint8_t account[ACCOUNT_ID];
    uint8_t blocked; /* bits 1 << enum safe_feature */
    char why[SAFE_FEATURE_COUNT_][ACCOUNT_WHY + 1];
};

void person_cookie(void *front, uint64_t socket, struct span token)
{
    struct front *f = front;
    struct session *s = session_find(f, socket);
    struct desk_call call = {.call = socket | DESK_SOCKET};
    struct account_event e;
    uint8_t bytes[ACCOUNT_TOKEN];
    size_t len = 0;
    if (s && f->pass && token.len < sizeof s->cookie)
        memcpy(s->cookie, token.ptr, token.len);
    if (!s || text_unbase64url(bytes, sizeof bytes, &len, token) != ERR_OK || len != sizeof bytes)
        return;
    s->person_state = PERSON_ASKED;
    memset(&e, 0, sizeof e);
    e.command = ACCOUNT_MEET;
    e.token = span_of(bytes, sizeof bytes);
    desk_ask(f->desk, &e, &call);
    crypt_wipe(bytes, sizeof bytes);
}

bool person_is_asked(const struct session *s)
{
    return s->person_state == PERSON_ASKED;
}

bool person_may_not_join(const struct session *s)
{
    return s->person && (s->person->blocked >> SAFE_JOIN & 1);
}

const uint8_t *person_account(const struct session *s)
{
    return s->person ? s->person->account : NULL;
}

void person_drop(struct session *s)
{
    free(s->person);
    s->person = NULL;
}

static void keep(struct person *p, const struct account_block *b, bool on)
{
    if (b->feature >= SAFE_FEATURE_COUNT_)
        return;
    uint8_t bit = (uint8_t)(1u << b->feature);
    p->blocked = (uint8_t)(on ? p->blocked | bit : p->blocked & ~bit);
    memcpy(p->why[b->feature], b->why, sizeof p->why[0]);
}

static enum person_state take_person(struct session *s, const struct account_answer *a)
{
    if (a->reason == ACCOUNT_SIGNED_OUT || a->reason == ACCOUNT_DISABLED)
        return PERSON_NONE; /* a guest like others */
    if (a->reason != ACCOUNT_OK || !a->reply)
        return PERSON_LOST;
    s->person = calloc(1, sizeof *s->person);
    if (!s->person)
        return PERSON_LOST;
    memcpy(s->person->account, a->row.id, sizeof s->person->account);
    for (uint32_t i = 0; i < a->reply->count; i++)
        keep(s->person, &a->reply->as.block[i], true);
    return PERSON_KNOWN;
}

void person_answer(struct front *f, const struct account_answer *a)
{
    struct session *s = session_find(f, a->call & ~DESK_SOCKET);
    if (!s || s->person_state != PERSON_ASKED)
        return;
    s->person_state = take_person(s, a);
    if (s->hello)
        session_ask(f, s);
}

static void tell(struct front *f, const struct session *s, uint8_t feature, bool on)
{
    struct meet_command c = {.type = MEET_BLOCK_SESSION, .session = s->number};
    c.as.block.one = true;
    c.as.block.feature = (enum safe_feature)feature;
    c.as.block.on = on;
    c.as.block.why = span_str(on ? s->person->why[feature] : "");
    front_input(f, &c);
}

void person_joined(struct front *f, const struct session *s)
{
    for (uint8_t i = 0; s->person && i < SAFE_FEATURE_COUNT_; i++)
        if (s->person->blocked >> i & 1)
            tell(f, s, i, true);
}

void person_block(struct front *f, const struct account_block *b, bool on)
{
    f->counts.blocks++;
    for (uint32_t i = 0; i <= f->sessions.mask; i++) {
        const struct map_cell *cell = &f->session_cells[i];
        struct session *s = cell->used ? (struct session *)(uintptr_t)cell->value : NULL;
        if (!s || !s->person || memcmp(s->person->account, b->account, ACCOUNT_ID) != 0)
            continue;
        keep(s->person, b, on);
        if (s->joined)
            tell(f, s, b->feature, on);
    }
}
