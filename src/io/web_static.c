/* Reads the web client's folder once. */
#include "io/web_static.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/text.h"
#include "crypt/crypt.h"

enum { DEPTH_MAX = 6, PATH_CAP = 512 };

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".wav", "audio/wav"},
    {".txt", "text/plain; charset=utf-8"},
    {".ts", "text/plain; charset=utf-8"},
    {".sig", "text/plain; charset=utf-8"},
};

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && memcmp(s + n - k, suffix, k) == 0;
}

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (ends_with(path, types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}

static enum err read_all(int fd, struct span *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return ERR_IO;
    if (st.st_size < 0 || st.st_size > WEB_FILE_BYTES)
        return ERR_LIMIT;
    size_t len = (size_t)st.st_size, at = 0;
    uint8_t *bytes = malloc(len + 1);
    if (!bytes)
        return ERR_NOMEM;
    while (at < len) {
        ssize_t n = read(fd, bytes + at, len - at);
        if (n <= 0) {
            free(bytes);
            return ERR_IO;
        }
        at += (size_t)n;
    }
    *out = span_of(bytes, len);
    return ERR_OK;
}

static void etag_make(struct web_file *f)
{
    uint8_t digest[CRYPT_SHA256_LEN];
    crypt_sha256(digest, f->plain);
    f->etag[0] = '"';
    text_hex(f->etag + 1, span_of(digest, 16));
    f->etag[WEB_ETAG - 1] = '"';
    f->etag[WEB_ETAG] = '\0';
}

/* Takes ownership of the bytes. */
static enum err add_file(struct web_static *s, const char *path, struct span bytes)
{
    if (s->count == WEB_FILES_MAX)
        return ERR_LIMIT;
    struct web_file *f = &s->file[s->count];
    *f = (struct web_file){.path = strdup(path), .type = type_of(path), .plain = bytes};
    if (!f->path)
        return ERR_NOMEM;
    f->immutable = strncmp(path, "/assets/", 8) == 0;
    etag_make(f);
    s->count++;
    return ERR_OK;
}

static enum err load_folder(struct web_static *s, int folder_fd, const char *path, int depth);

static enum err load_entry(struct web_static *s, int folder_fd, const char *path,
                           const struct dirent *entry, int depth)
{
    char below[PATH_CAP];
    struct stat st;
    int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (n < 0 || (size_t)n >= sizeof below)
        return ERR_LIMIT;
    int fd = openat(folder_fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ELOOP ? ERR_OK : ERR_IO;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return load_folder(s, fd, below, depth + 1);
    struct span bytes = {NULL, 0};
    enum err e = S_ISREG(st.st_mode) ? read_all(fd, &bytes) : ERR_OK;
    close(fd);
    if (e == ERR_OK && bytes.ptr)
        e = add_file(s, below, bytes);
    return e;
}

/* Takes ownership of folder_fd. */
static enum err load_folder(struct web_static *s, int folder_fd, const char *path, int depth)
{
    DIR *d = depth > DEPTH_MAX ? NULL : fdopendir(folder_fd);
    if (!d) {
        close(folder_fd);
        return depth > DEPTH_MAX ? ERR_LIMIT : ERR_IO;
    }
    enum err e = ERR_OK;
    for (struct dirent *entry; e == ERR_OK && (entry = readdir(d));)
        if (entry->d_name[0] != '.')
            e = load_entry(s, dirfd(d), path, entry, depth);
    closedir(d);
    return e;
}

/* "x.js.gz" becomes the gzip form of "x.js" when that is there. */
static void pair_gzip(struct web_static *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct web_file *f = &s->file[i];
        size_t n = strlen(f->path);
        if (!ends_with(f->path, ".gz"))
            continue;
        const struct web_file *plain = web_static_find(s, span_of(f->path, n - 3));
        if (plain)
            s->file[plain - s->file].gzip = f->plain;
    }
}

enum err web_static_open(struct web_static *s, const char *folder)
{
    s->count = 0;
    if (!*folder)
        return ERR_OK;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    enum err e = load_folder(s, fd, "", 0);
    if (e == ERR_OK)
        pair_gzip(s);
    else
        web_static_close(s);
    return e;
}

void web_static_close(struct web_static *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        free(s->file[i].path);
        free((void *)(uintptr_t)s->file[i].plain.ptr);
    }
    s->count = 0;
}

const struct web_file *web_static_find(const struct web_static *s, struct span path)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (span_equal(span_str(s->file[i].path), path))
            return &s->file[i];
    return NULL;
}
