/* The link that a person was given, and the key of this device. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "bin/bot.h"

enum { SECRET_LETTERS = TEXT_BASE64URL_LEN(E2EE_SECRET) };

static enum err wrong(struct complaint *why)
{
    return complain(why, "This is no meeting link; it looks like "
                         "https://host/m/<20 letters>#v1.<secret>.<host key>, and its part after # "
                         "must be whole (in a shell, put it in quotes).");
}

/* "https://host:port" in its parts; *rest is what follows. */
static bool take_server(struct bot_link *l, const char *link, const char **rest)
{
    static const char scheme[] = "https://";
    if (strncmp(link, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = link + sizeof scheme - 1;
    size_t len = strcspn(host, "/");
    if (len == 0 || len > 250 ||
        strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]") < len)
        return false;
    (void)snprintf(l->host, sizeof l->host, "%.*s", (int)len, host);
    (void)snprintf(l->origin, sizeof l->origin, "https://%.250s", l->host);
    const char *bracket = strrchr(l->host, ']'), *colon = strrchr(l->host, ':');
    uint64_t port = 443;
    size_t name = strlen(l->host);
    if (colon && colon > bracket) {
        if (text_u64(&port, span_str(colon + 1), 65535) != ERR_OK || port == 0)
            return false;
        name = (size_t)(colon - l->host);
    }
    bool bare = l->host[0] == '[' && name >= 2 && l->host[name - 1] == ']';
    (void)snprintf(l->address, sizeof l->address, "%.*s", (int)(bare ? name - 2 : name),
                   l->host + (bare ? 1 : 0));
    if (strcmp(l->address, "localhost") == 0) /* always this machine (RFC 6761 section 6.3) */
        (void)snprintf(l->address, sizeof l->address, "127.0.0.1");
    l->port = (int)port;
    *rest = host + len;
    return true;
}

/* A point, a letter unless `mark` is 0, and so many bytes in base64url. */
static bool take_part(const char **at, char mark, uint8_t *out, size_t bytes)
{
    size_t len = 0, letters = TEXT_BASE64URL_LEN(bytes), before = mark ? 2 : 1;
    if (**at != '.' || (mark && (*at)[1] != mark) || strlen(*at) < before + letters ||
        text_unbase64url(out, bytes, &len, span_of(*at + before, letters)) != ERR_OK ||
        len != bytes)
        return false;
    *at += before + letters;
    return true;
}

static bool take_secret(const char **at, uint8_t out[E2EE_SECRET])
{
    return take_part(at, 0, out, E2EE_SECRET);
}

/* What follows the host's key: .r<renewal>, then .<host secret> or .p<token>. Lengths tell them
 * apart: a host's secret may begin with those letters. */
static bool take_extras(struct bot_link *l, const char **at)
{
    size_t part = strcspn(*at + (**at == '.'), ".");
    if (part == 1 + SECRET_LETTERS) {
        l->keys.renewed = take_part(at, 'r', l->keys.renewal, E2EE_SECRET);
        if (!l->keys.renewed)
            return false;
        part = strcspn(*at + (**at == '.'), ".");
    }
    if (part == SECRET_LETTERS)
        l->keys.host = take_secret(at, l->keys.host_secret);
    else if (part > 0)
        l->personal = take_part(at, 'p', l->token, BOT_TOKEN);
    return **at == 0;
}

enum err bot_link_parse(struct bot_link *out, const char *link, struct complaint *why)
{
    const char *at;
    *out = (struct bot_link){.port = 443};
    if (!take_server(out, link, &at) || strncmp(at, "/m/", 3) != 0)
        return wrong(why);
    at += 3;
    size_t id = strcspn(at, "#");
    if (!meeting_id_fine(span_of(at, id)))
        return wrong(why);
    memcpy(out->meeting, at, id);
    out->keys.meeting = span_of(out->meeting + id - BOT_MEETING, BOT_MEETING);
    at += id;
    if (strncmp(at, "#v1", 3) != 0)
        return wrong(why);
    at += 3;
    if (!take_secret(&at, out->keys.secret) || !take_secret(&at, out->keys.host_key_hash))
        return wrong(why);
    return take_extras(out, &at) ? ERR_OK : wrong(why);
}

/* ---- the device key: a file with 64 hexadecimal digits ---- */

static enum err read_seed(int fd, const char *file, uint8_t seed[BOT_SEED], struct complaint *why)
{
    char text[2 * BOT_SEED + 2];
    struct stat st;
    size_t len = 0;
    ssize_t n = read(fd, text, sizeof text);
    if (n < 2 * BOT_SEED || fstat(fd, &st) != 0)
        return complain(why, "%s is no device key of this program.", file);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return complain(why, "Others may read the device key %s; run `chmod 600 %s`.", file, file);
    enum err e = text_unhex(seed, BOT_SEED, &len, span_of(text, 2 * BOT_SEED));
    sodium_memzero(text, sizeof text);
    if (e != ERR_OK || len != BOT_SEED)
        return complain(why, "%s is no device key of this program.", file);
    return ERR_OK;
}

static enum err make_seed(const char *file, uint8_t seed[BOT_SEED], struct complaint *why)
{
    char text[2 * BOT_SEED + 1];
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return complain(why, "The device key %s cannot be made (%s).", file, strerror(errno));
    randombytes_buf(seed, BOT_SEED);
    text_hex(text, span_of(seed, BOT_SEED));
    text[2 * BOT_SEED] = '\n';
    bool ok = write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
    sodium_memzero(text, sizeof text);
    ok = close(fd) == 0 && ok;
    return ok ? ERR_OK
              : complain(why, "The device key %s cannot be written (%s).", file, strerror(errno));
}

enum err bot_device_open(struct bot_device *out, const char *file, struct complaint *why)
{
    uint8_t seed[BOT_SEED];
    enum err e = ERR_OK;
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        e = read_seed(fd, file, seed, why);
        close(fd);
    } else if (!file) {
        randombytes_buf(seed, sizeof seed);
    } else if (errno == ENOENT) {
        e = make_seed(file, seed, why);
    } else {
        e = complain(why, "The device key %s cannot be read (%s).", file, strerror(errno));
    }
    if (e == ERR_OK)
        (void)crypto_sign_seed_keypair(out->public, out->secret, seed);
    sodium_memzero(seed, sizeof seed);
    return e;
}
