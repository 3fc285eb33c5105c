/* Where a test-only build sees, or spoils, each payload that arrived and was opened: bin/recorder.c
 * (-Drecorder) and bin/hostile.c (-Dhostile). In every other build there is nothing here.
 * knows: bytes. knows not: whose. owns: nothing. */
#ifndef SFU_TAP_H
#define SFU_TAP_H

#include <stddef.h>
#include <stdint.h>

#if defined CONCLAVE_RECORDER || defined CONCLAVE_HOSTILE
/* The RTP payload after SRTP, before it goes to any listener; may be changed in place. */
void sfu_tap(uint8_t *payload, size_t len);
#else
#define sfu_tap(payload, len) ((void)0)
#endif

#endif
