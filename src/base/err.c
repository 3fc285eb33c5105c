#include "base/err.h"

struct row {
    const char *name;
    const char *words;
    enum err_class class;
};

static const struct row rows[ERR_COUNT_] = {
#define ERR(name, class, words) [ERR_##name] = {#name, words, ERR_CLASS_##class},
#include "base/err.def"
#undef ERR
};

const char *err_name(enum err e)
{
    return (unsigned)e < ERR_COUNT_ ? rows[e].name : "unknown";
}

const char *err_words(enum err e)
{
    return (unsigned)e < ERR_COUNT_ ? rows[e].words : "unknown";
}

enum err_class err_class(enum err e)
{
    return (unsigned)e < ERR_COUNT_ ? rows[e].class : ERR_CLASS_LOCAL;
}
