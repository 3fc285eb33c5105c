/* A bug is not an error: it asserts, in every build. */
#ifndef BASE_BUG_H
#define BASE_BUG_H

#define BUG_IF(cond)                                                                               \
    do {                                                                                           \
        if (__builtin_expect(!!(cond), 0))                                                         \
            __builtin_trap();                                                                      \
    } while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
