/* Facts about roles in an organisation: every wish there is, against laws and a naive oracle. */
#include "base/fact.h"

#include "account/organisation.h"

#define EACH_WISH(w)                                                                               \
    for (int act_ = 0; act_ < ORGANISATION_ACT_COUNT_; act_++)                                     \
        for (int actor_ = 0; actor_ < ACCOUNT_ROLE_COUNT_; actor_++)                               \
            for (int from_ = 0; from_ < ACCOUNT_ROLE_COUNT_; from_++)                              \
                for (int to_ = 0; to_ < ACCOUNT_ROLE_COUNT_; to_++)                                \
                    for (uint32_t owners_ = 1; owners_ < 3; owners_++)                             \
                        for (struct organisation_wish                                              \
                                 w = {(enum organisation_act)act_, (enum account_role)actor_,      \
                                      (enum account_role)from_, (enum account_role)to_, owners_},  \
                                 *once_ = &w;                                                      \
                             once_; once_ = NULL)

static enum err oracle(const struct organisation_wish *w)
{
    bool member_only = true, reaches_owner = false;
    if (w->act == ORGANISATION_LOOK)
        return ERR_OK;
    if (w->act == ORGANISATION_LEAVE)
        return w->actor == ACCOUNT_OWNER && w->owners == 1 ? ERR_STATE : ERR_OK;
    if (w->act != ORGANISATION_ADD)
        member_only = w->from == ACCOUNT_MEMBER;
    if (w->act != ORGANISATION_REMOVE && w->act != ORGANISATION_BLOCK)
        member_only = member_only && w->to == ACCOUNT_MEMBER;
    if (w->actor == ACCOUNT_MEMBER || (w->actor == ACCOUNT_ADMIN && !member_only))
        return ERR_FORBIDDEN;
    reaches_owner =
        w->act != ORGANISATION_ADD && w->act != ORGANISATION_BLOCK && w->from == ACCOUNT_OWNER;
    if (w->act == ORGANISATION_CHANGE && w->to == ACCOUNT_OWNER)
        reaches_owner = false;
    return reaches_owner && w->owners == 1 ? ERR_STATE : ERR_OK;
}

static void the_table_is_what_the_oracle_says(void **state)
{
    (void)state;
    EACH_WISH(w)
    assert_int_equal(organisation_may(&w), oracle(&w));
}

static void a_higher_role_loses_no_right(void **state)
{
    (void)state;
    EACH_WISH(w)
    {
        struct organisation_wish higher = w;
        bool own = w.act == ORGANISATION_LEAVE; /* the last owner stays: a duty, not a right */
        if (w.actor == ACCOUNT_OWNER || own || organisation_may(&w) != ERR_OK)
            continue;
        higher.actor = (enum account_role)(w.actor + 1);
        assert_int_equal(organisation_may(&higher), ERR_OK);
    }
}

static void nobody_but_an_owner_makes_or_unmakes_admins_and_owners(void **state)
{
    (void)state;
    EACH_WISH(w)
    {
        bool reaches = (w.act == ORGANISATION_ADD && w.to > ACCOUNT_MEMBER) ||
                       ((w.act == ORGANISATION_REMOVE || w.act == ORGANISATION_BLOCK) &&
                        w.from > ACCOUNT_MEMBER) ||
                       (w.act == ORGANISATION_CHANGE && (w.from | w.to) > ACCOUNT_MEMBER);
        if (reaches && w.actor != ACCOUNT_OWNER)
            assert_int_equal(organisation_may(&w), ERR_FORBIDDEN);
    }
}

static void what_is_no_role_may_nothing(void **state)
{
    (void)state;
    struct organisation_wish w = {ORGANISATION_LOOK, ACCOUNT_ROLE_COUNT_, ACCOUNT_MEMBER,
                                  ACCOUNT_MEMBER, 1};
    assert_int_equal(organisation_may(&w), ERR_FORBIDDEN);
    w = (struct organisation_wish){ORGANISATION_ACT_COUNT_, ACCOUNT_OWNER, ACCOUNT_MEMBER,
                                   ACCOUNT_MEMBER, 1};
    assert_int_equal(organisation_may(&w), ERR_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_table_is_what_the_oracle_says),
        FACT(a_higher_role_loses_no_right),
        FACT(nobody_but_an_owner_makes_or_unmakes_admins_and_owners),
        FACT(what_is_no_role_may_nothing),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
