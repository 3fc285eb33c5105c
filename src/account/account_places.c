/* Which data centres an account's or an organisation's meetings may use. Every organisation that a
 * person is in binds their choice: it is judged together with theirs, and in force together with
 * them. knows: who may choose. knows not: JSON, plans. owns: nothing. */
#include <assert.h>

#include "account/flow.h"
#include "account/organisation.h"

static_assert((int)ACCOUNT_CHOICE == (int)PLACES_TEXT, "a choice fits its row");
static_assert((int)ACCOUNT_PAGE == (int)CHOICE_ABOVE, "as do those above it");

static struct span text_of(const struct account_places *p)
{
    return span_str(p->text);
}

/* What binds from above, as it is read out of the store: one that cannot be read lets nothing in.
 */
static void read_above(const struct account *a, const struct account_reply *above,
                       struct choice out[CHOICE_ABOVE])
{
    for (uint32_t i = 0; above && i < above->count; i++)
        (void)places_read(&out[i], text_of(&above->as.places[i]), &a->places, false, NULL);
}

/* f->places is in force below `above`. */
static void bind(const struct account *a, struct flow *f, const struct account_reply *above)
{
    struct choice own, others[CHOICE_ABOVE];
    (void)places_read(&own, text_of(&f->places), &a->places, false, NULL);
    read_above(a, above, others);
    uint32_t count = above ? above->count : 0;
    struct choice open = {.realm = own.realm, .country = own.country};
    choice_bind(&a->places.world, &own, others, count, &f->bound);
    choice_bind(&a->places.world, &open, others, count, &f->above);
}

static void put(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_OK && reply->count == 1)
        f->places = reply->as.places[0];
    flow_answer(a, f, flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_CHANGED));
}

/* The choice that was asked for, judged below `above`: stored, or refused with the key. */
static void choose(struct account *a, struct flow *f, const struct account_reply *above)
{
    struct account_ask ask = {.type = ASK_PLACES_PUT};
    struct choice own, others[CHOICE_ABOVE];
    memcpy(f->places.text, f->wanted, sizeof f->places.text);
    if (places_read(&own, text_of(&f->places), &a->places, true, &f->fault) != ERR_OK) {
        flow_answer(a, f, ACCOUNT_REFUSED_CHOICE);
        return;
    }
    read_above(a, above, others);
    struct choice_verdict v =
        choice_judge(&a->places.world, &own, others, above ? above->count : 0);
    if (v.fault != CHOICE_FINE) {
        places_fault_of(&v, &a->places, &f->fault);
        flow_answer(a, f, ACCOUNT_REFUSED_CHOICE);
        return;
    }
    bind(a, f, above);
    f->places.changed_s = a->now.unix_s;
    ask.as.places = f->places;
    flow_ask(a, f, &ask, put);
}

static void look(struct account *a, struct flow *f, const struct account_reply *above)
{
    struct account_answer answer = {.reason = ACCOUNT_OK, .reply = above};
    bind(a, f, above);
    flow_answer_with(a, f, &answer);
}

/* reply: what binds from above. */
static void above_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK)
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_BUSY));
    else if (f->command == ACCOUNT_PLACES_SET)
        choose(a, f, reply);
    else
        look(a, f, reply);
}

/* An organisation's has nothing above it. */
static void rise(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_PLACES_ABOVE};
    if (!f->places.of_org) {
        memcpy(ask.as.places.owner, f->row.id, sizeof ask.as.places.owner);
        flow_ask(a, f, &ask, above_came);
    } else if (f->command == ACCOUNT_PLACES_SET) {
        choose(a, f, NULL);
    } else {
        look(a, f, NULL);
    }
}

/* Nobody gives themselves a realm, or leaves one: that is the operator's. */
static bool realm_kept(const struct account *a, const struct flow *f)
{
    struct choice was, wanted;
    (void)places_read(&was, text_of(&f->places), &a->places, false, NULL);
    (void)places_read(&wanted, span_str(f->wanted), &a->places, false, NULL);
    return was.realm == wanted.realm && was.country == wanted.country;
}

/* reply: the choice that is stored. */
static void own_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK || reply->count != 1) {
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_BUSY));
        return;
    }
    uint32_t version = f->places.version;
    f->places = reply->as.places[0];
    if (f->command != ACCOUNT_PLACES_SET)
        rise(a, f);
    else if (version != f->places.version)
        flow_answer(a, f, ACCOUNT_CHANGED);
    else if (!realm_kept(a, f))
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    else
        rise(a, f);
}

static void begin(struct account *a, struct flow *f, const uint8_t owner[ACCOUNT_ID])
{
    struct account_ask ask = {.type = ASK_PLACES_GET};
    memcpy(f->places.owner, owner, sizeof f->places.owner);
    ask.as.places = f->places;
    flow_ask(a, f, &ask, own_came);
}

/* ---- whose ---- */

static void own(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    begin(a, f, f->row.id);
}

/* Who is no member gets the answer of an organisation that is not there. */
static void member_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->actor = (enum account_role)reply->as.member[0].role;
    if (f->command == ACCOUNT_PLACES_SET && f->actor < ACCOUNT_ADMIN)
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    else
        begin(a, f, f->found.id);
}

static void org_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_GET};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, member_came);
}

static void of_org(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ORG_NAMED};
    (void)reply;
    memcpy(ask.as.org.org.name, f->org, sizeof ask.as.org.org.name);
    flow_ask(a, f, &ask, org_came);
}

void places_command(struct account *a, struct flow *f, const struct account_event *in)
{
    f->places.of_org = in->org.len > 0;
    if (in->choice.len > ACCOUNT_CHOICE) {
        flow_answer(a, f, ACCOUNT_LIMIT);
        return;
    }
    if (f->places.of_org && !name_read(f->org, in->org)) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    if (in->choice.len > 0)
        memcpy(f->wanted, in->choice.ptr, in->choice.len);
    f->places.version = in->version;
    session_with(a, f, in, f->places.of_org ? of_org : own);
}
