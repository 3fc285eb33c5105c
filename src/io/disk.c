/* Whole files and folders. knows: the file system. knows not: contents. owns: nothing. */
#include "io/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum err disk_join(char *out, size_t cap, const char *folder, const char *name)
{
    int n = snprintf(out, cap, "%s/%s", folder, name);
    return n < 0 || (size_t)n >= cap ? ERR_LIMIT : ERR_OK;
}

enum err disk_absolute(const char *path, char *absolute, size_t cap)
{
    char full[PATH_MAX];
    if (!realpath(path, full))
        return ERR_IO;
    int n = snprintf(absolute, cap, "%s", full);
    return n < 0 || (size_t)n >= cap ? ERR_LIMIT : ERR_OK;
}

enum err disk_folder_make(const char *path, char *absolute, size_t cap)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return ERR_IO;
    struct stat st;
    if (stat(path, &st) != 0)
        return ERR_IO;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return ERR_IO;
    }
    if (!disk_writable(path))
        return ERR_IO;
    return disk_absolute(path, absolute, cap);
}

enum err disk_lock(const char *folder, const char *name, int *fd)
{
    char path[PATH_MAX];
    TRY(disk_join(path, sizeof path, folder, name));
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return ERR_IO;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        enum err e = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
        close(lock);
        return e;
    }
    *fd = lock;
    return ERR_OK;
}

static bool write_all(int fd, struct span content)
{
    size_t done = 0;
    while (done < content.len) {
        ssize_t n = write(fd, content.ptr + done, content.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

static void sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s", path);
    while (n > 1 && folder[n - 1] != '/')
        n--;
    folder[n > 0 ? n : 0] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

enum err disk_replace(const char *path, struct span content)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return ERR_LIMIT;
    (void)unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    bool ok = write_all(fd, content);
    ok = close(fd) == 0 && ok;
    if (!ok || rename(temporary, path) != 0) {
        int saved = errno;
        (void)unlink(temporary);
        errno = saved;
        return ERR_IO;
    }
    sync_folder_of(path);
    return ERR_OK;
}

enum err disk_read(const char *path, void *out, size_t cap, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    size_t done = 0;
    ssize_t n = 1;
    while (done < cap && n > 0) {
        n = read(fd, (char *)out + done, cap - done);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            done += (size_t)n;
    }
    char more;
    bool longer = n > 0 && read(fd, &more, 1) > 0;
    int saved = errno;
    close(fd);
    errno = saved;
    if (n < 0)
        return ERR_IO;
    *len = done;
    return longer ? ERR_LIMIT : ERR_OK;
}

enum err disk_link(const char *path, const char *target)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return ERR_LIMIT;
    (void)unlink(temporary);
    return symlink(target, temporary) == 0 && rename(temporary, path) == 0 ? ERR_OK : ERR_IO;
}

bool disk_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool disk_writable(const char *folder)
{
    return access(folder, W_OK | X_OK | R_OK) == 0;
}
