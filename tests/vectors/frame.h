/* What main.c and sframe.c tell the frame: which case runs now. */
#ifndef TESTS_VECTORS_FRAME_H
#define TESTS_VECTORS_FRAME_H

#include "vectors/vectors.h"

/* Frees the memory of the case before. */
void frame_case(const char *file, size_t number);
/* Whether something was reported about the case of now. */
bool frame_failed(void);

#endif
