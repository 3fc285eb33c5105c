/* cmocka and what it wants before itself. */
#ifndef TESTS_PROTO_CM_H
#define TESTS_PROTO_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
