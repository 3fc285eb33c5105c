/* The client side of the control socket. */
#include "bin/cmd_control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/disk.h"

enum { ANSWER_MAX = 4096, PATIENCE_S = 10 };

static enum err open_socket(const char *data, int *out, struct complaint *why)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (disk_join(at.sun_path, sizeof at.sun_path, data, "control.sock") != ERR_OK)
        return complain(why, "The path of the data folder %s is too long for its control socket.",
                        data);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {PATIENCE_S, 0};
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
        *out = fd;
        return ERR_OK;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (error == EACCES)
        return complain(why, "You may not use %s; run this as the user who runs the server.",
                        at.sun_path);
    (void)complain(why,
                   "No server runs on the data folder %s; start one with `conclave serve --data "
                   "%s`, or name its folder with --data.",
                   data, data);
    return ERR_NOT_FOUND;
}

static bool send_line(int fd, const json_t *ask)
{
    char *line = json_dumps(ask, JSON_COMPACT);
    if (!line)
        return false;
    size_t len = strlen(line), done = 0;
    line[len] = '\n'; /* in place of the zero: the length is known */
    bool ok = true;
    while (ok && done < len + 1) {
        ssize_t n = send(fd, line + done, len + 1 - done, MSG_NOSIGNAL);
        ok = n > 0;
        done += ok ? (size_t)n : 0;
    }
    free(line);
    return ok;
}

static json_t *read_line(int fd)
{
    char text[ANSWER_MAX];
    size_t len = 0;
    while (len < sizeof text) {
        ssize_t n = recv(fd, text + len, sizeof text - len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
        if (memchr(text, '\n', len))
            break;
    }
    return json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
}

enum err control_ask(const char *data, const json_t *ask, json_t **answer, struct complaint *why)
{
    int fd = -1;
    TRY(open_socket(data, &fd, why));
    *answer = send_line(fd, ask) ? read_line(fd) : NULL;
    close(fd);
    if (json_is_object(*answer))
        return ERR_OK;
    json_decref(*answer);
    *answer = NULL;
    return complain(why,
                    "The server on the data folder %s did not answer within %d s; see its log, "
                    "or restart it.",
                    data, PATIENCE_S);
}
