/* How long rows stay, as statements: a pure function of a rule of retain.def, a profile and the
 * time. knows: rules. knows not: databases, clocks. owns: nothing. */
#ifndef STORE_RETAIN_H
#define STORE_RETAIN_H

#include <stdbool.h>
#include <stdint.h>

enum retain_rule {
#define RULE(name, table, clock, days, education_days, also, words) RETAIN_##name,
#include "store/retain.def"
#undef RULE
    RETAIN_RULES
};

/* STORE_PROFILE_* of a row: education rows go sooner. */
enum retain_profile { RETAIN_OTHERS, RETAIN_EDUCATION, RETAIN_PROFILES };

struct retain_statement {
    const char *sql;   /* one argument: the latest clock that goes; static */
    int64_t before_ms; /* that argument, Unix time */
    bool people;       /* the statement selects accounts, each of which is to be deleted */
};

/* False when no statement belongs to the rule and profile: the rule has no clock, or does not tell
 * profiles apart (then RETAIN_OTHERS stands for all rows). */
bool retain_statement(enum retain_rule rule, enum retain_profile profile, int64_t now_ms,
                      struct retain_statement *out);

/* The rule's name, table ("" for none) and words; static. */
const char *retain_name(enum retain_rule rule);
const char *retain_table(enum retain_rule rule);
const char *retain_words(enum retain_rule rule);

#endif
