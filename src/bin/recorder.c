/* See recorder.h. knows: one file. knows not: tracks, people. owns: its descriptor. */
#include "bin/recorder.h"

#ifdef CONCLAVE_RECORDER
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limit.h"
#include "sfu/tap.h"

#ifdef CONCLAVE_HOSTILE
#error "a build is a recorder or hostile, not both"
#endif

enum { RECORD_BYTES = 512 << 20 }; /* then it stops: a test is short */

static int file = -1;
static size_t written;

void recorder_open(uint32_t media_index, const char *data)
{
    char path[1024];
    const char *folder = getenv("CONCLAVE_RECORD");
    if (!folder)
        return;
    const char *base = folder[0] == '/' ? "" : data, *slash = folder[0] == '/' ? "" : "/";
    int n = snprintf(path, sizeof path, "%.400s%s%.400s", base, slash, folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path + n, sizeof path - (size_t)n, "/media%u-%ld.rtp", (unsigned)media_index,
                   (long)getpid());
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

void sfu_tap(uint8_t *payload, size_t len)
{
    uint8_t record[2 + LIMIT_RTP_PACKET] = {(uint8_t)(len >> 8), (uint8_t)len};
    if (file < 0 || written + len + 2 > RECORD_BYTES || len > LIMIT_RTP_PACKET)
        return;
    memcpy(record + 2, payload, len);
    if (write(file, record, len + 2) != (ssize_t)(len + 2))
        file = -1;
    written += len + 2;
}
#endif
