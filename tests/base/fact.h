/* The few lines that every twin test shares: cmocka with its includes, and a list of facts. */
#ifndef TESTS_BASE_FACT_H
#define TESTS_BASE_FACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define FACT(name) cmocka_unit_test(name)

#endif
