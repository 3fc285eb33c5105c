/* What the server's processes use, read from /proc. See rig.h. */
#include "rig/rig.h"

#include <dirent.h>
#include <stdlib.h>

/* The parent of a process, 0 when it is gone. */
static pid_t parent_of(pid_t pid)
{
    char path[64], line[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    char *got = fgets(line, sizeof(line), f), *end = got ? strrchr(line, ')') : NULL;
    fclose(f);
    return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

unsigned rig_pids(struct rig *r, pid_t *out, unsigned cap)
{
    unsigned n = 0;
    if (r->pid > 0 && cap > 0)
        out[n++] = r->pid;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && n < cap && (e = readdir(d));) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && parent_of(pid) == r->pid)
            out[n++] = pid;
    }
    if (d)
        closedir(d);
    return n;
}

/* VmRSS of one process. */
static long resident(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kib;
}

static long descriptors(pid_t pid)
{
    char path[64];
    long n = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    DIR *d = opendir(path);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n > 2 ? n - 2 : 0;
}

long rig_memory_kib(struct rig *r)
{
    pid_t pid[80];
    long sum = 0;
    for (unsigned n = rig_pids(r, pid, 80), i = 0; i < n; i++)
        sum += resident(pid[i]);
    return sum;
}

long rig_descriptors(struct rig *r)
{
    pid_t pid[80];
    long sum = 0;
    for (unsigned n = rig_pids(r, pid, 80), i = 0; i < n; i++)
        sum += descriptors(pid[i]);
    return sum;
}
