/* What every cmocka test of this folder includes first. */
#ifndef TESTS_AV_CM_H
#define TESTS_AV_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
