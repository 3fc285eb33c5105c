/* Rules of retain.def as statements. */
#include "store/retain.h"

#include <string.h>

#include "base/bug.h"

#define DAY_MS (24 * 60 * 60 * (int64_t)1000)

struct rule {
    const char *name, *table, *clock, *words;
    const char *all, *others, *education; /* the statement without, and with, a condition */
    int days, education_days;
};

/* A clock of 0 is not set; the argument is never that small. */
#define DUE(table, clock, also) "DELETE FROM " table " WHERE " clock " > 0 AND " clock " <= $1" also

static const struct rule rules[RETAIN_RULES] = {
#define RULE(name, table, clock, days, education_days, also, words)                                \
    [RETAIN_##name] = {#name,                                                                      \
                       #table,                                                                     \
                       #clock,                                                                     \
                       words,                                                                      \
                       DUE(#table, #clock, also),                                                  \
                       DUE(#table, #clock, also " AND profile <> 1"),                              \
                       DUE(#table, #clock, also " AND profile = 1"),                               \
                       days,                                                                       \
                       education_days},
#include "store/retain.def"
#undef RULE
};

/* Accounts go one by one, as a person's rows stand in many tables; the rest waits for the next run.
 */
static const char *const idle_accounts[RETAIN_PROFILES] = {
    "SELECT id FROM accounts WHERE seen_ms > 0 AND seen_ms <= $1 AND profile <> 1"
    " ORDER BY seen_ms LIMIT 64",
    "SELECT id FROM accounts WHERE seen_ms > 0 AND seen_ms <= $1 AND profile = 1"
    " ORDER BY seen_ms LIMIT 64",
};

bool retain_statement(enum retain_rule rule, enum retain_profile profile, int64_t now_ms,
                      struct retain_statement *out)
{
    const struct rule *r = &rules[rule];
    bool tells_apart = r->days != r->education_days;
    if (r->clock[0] == '\0' || (profile == RETAIN_EDUCATION && !tells_apart))
        return false;
    int days = profile == RETAIN_EDUCATION ? r->education_days : r->days;
    *out = (struct retain_statement){.before_ms = now_ms - days * DAY_MS,
                                     .people = rule == RETAIN_ACCOUNT_IDLE};
    if (out->people)
        out->sql = idle_accounts[profile];
    else if (!tells_apart)
        out->sql = r->all;
    else
        out->sql = profile == RETAIN_EDUCATION ? r->education : r->others;
    return true;
}

const char *retain_name(enum retain_rule rule)
{
    return rules[rule].name;
}

const char *retain_table(enum retain_rule rule)
{
    return rules[rule].table;
}

const char *retain_words(enum retain_rule rule)
{
    return rules[rule].words;
}
