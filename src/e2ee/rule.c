/* The words of rule.def. */
#include "e2ee/group.h"

static const char *const words[RULE_COUNT_] = {
#define RULE(name, text) [RULE_##name] = (text),
#include "e2ee/rule.def"
#undef RULE
};

const char *rule_words(enum mls_rule r)
{
    return (unsigned)r < RULE_COUNT_ ? words[r] : "unknown";
}
