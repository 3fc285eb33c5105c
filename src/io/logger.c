/* One log line, one write, so that lines of several processes never mix.
 * knows: CLOCK_REALTIME, descriptor 2. knows not: events. owns: the prefix. */
#include "io/logger.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *logger_role = "conclave";
static int logger_pid;

void logger_init(const char *role)
{
    logger_role = role;
    logger_pid = (int)getpid();
}

void log_line(const struct logline *l)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (logger_pid == 0)
        logger_pid = (int)getpid();
    char text[sizeof l->text + 64];
    int n = snprintf(text, sizeof text, "%lld %.15s[%d] %s\n",
                     (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, logger_role, logger_pid,
                     l->text);
    if (n <= 0)
        return;
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    ssize_t wrote = write(STDERR_FILENO, text, len);
    (void)wrote;
}
