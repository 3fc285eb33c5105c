/* Result codes of the whole program, declared once in err.def.
 * knows: names, classes, words. knows not: who reports them. owns: nothing. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_class { ERR_CLASS_NONE, ERR_CLASS_PEER, ERR_CLASS_LOCAL };

enum err {
#define ERR(name, class, words) ERR_##name,
#include "base/err.def"
#undef ERR
    ERR_COUNT_
};

/* Static strings, never NULL; "unknown" outside the range. */
const char *err_name(enum err e);
const char *err_words(enum err e);
enum err_class err_class(enum err e);

/* Where nothing is held. Where something is, use one `goto out`, never both in a function. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum err try_e_ = (expr);                                                                  \
        if (try_e_ != ERR_OK)                                                                      \
            return try_e_;                                                                         \
    } while (0)

#endif
