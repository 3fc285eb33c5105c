/* Test-only (-Drecorder): a media process writes what it sees after SRTP, so that a test can look
 * through it for what must not be there. CONCLAVE_RECORD names a folder inside the data folder (the
 * supervisor's sandbox lets nobody write elsewhere), absolute or from there, made when it is
 * missing; each media process makes one file in it: records of a length (2 bytes, big-endian) and a
 * payload. In every other build the call is nothing, and recorder.c is empty. */
#ifndef BIN_RECORDER_H
#define BIN_RECORDER_H

#include <stdint.h>

#ifdef CONCLAVE_RECORDER
void recorder_open(uint32_t media_index, const char *data);
#else
#define recorder_open(media_index, data) ((void)0)
#endif

#endif
