/* The words of a scenario program: each fact is printed once it was seen; the first one that does
 * not hold ends the program with status 1, the server it started included.
 * knows: printing, exiting. knows not: what is tested. owns: nothing. */
#ifndef RIG_CHECK_H
#define RIG_CHECK_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the failed fact with its place and values, ends all servers, exits with 1. */
_Noreturn void rig_fail(const char *file, int line, const char *fact);

/* CHECK(count == 0, "no injected packet was forwarded") */
#define CHECK(cond, fact)                                                                          \
    do {                                                                                           \
        if (!(cond))                                                                               \
            rig_fail(__FILE__, __LINE__, fact "   [" #cond "]");                                   \
        printf("  ok  %s\n", fact);                                                                \
        fflush(stdout);                                                                            \
    } while (0)

/* The same without a line of its own when it holds. */
#define NEED(cond, fact)                                                                           \
    do {                                                                                           \
        if (!(cond))                                                                               \
            rig_fail(__FILE__, __LINE__, fact "   [" #cond "]");                                   \
    } while (0)

#endif
