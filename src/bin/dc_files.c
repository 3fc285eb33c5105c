#include "bin/dc_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "bin/cmd_args.h"
#include "crypt/crypt.h"
#include "io/disk.h"
#include "proto/note.h"

static const char head[] = "conclave-key ";
enum { SEED_TEXT = TEXT_BASE64URL_LEN(SIGN_SEED), KEY_FILE = sizeof head - 1 + SEED_TEXT + 1 };

int dc_refuse(const char *file, const char *sentence)
{
    fprintf(stderr, "%s: %s.\n", file, sentence);
    return EXIT_FAILED;
}

static bool refuse(const char *file, const char *sentence)
{
    (void)dc_refuse(file, sentence);
    return false;
}

/* ---- keys ---- */

void dc_public_text(const uint8_t key[SIGN_PUBLIC], char out[44])
{
    text_base64url(out, span_of(key, SIGN_PUBLIC));
}

bool dc_public(const char *flag, const char *text, uint8_t key[SIGN_PUBLIC])
{
    size_t len = 0;
    if (text_unbase64url(key, SIGN_PUBLIC, &len, span_str(text)) == ERR_OK && len == SIGN_PUBLIC)
        return true;
    fprintf(stderr, "%s is a public key of 43 characters, as `conclave dc key` prints it.\n", flag);
    return false;
}

static bool write_all(int fd, const char *text, size_t len)
{
    return write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
}

bool dc_key_make(const char *file, uint8_t public[SIGN_PUBLIC])
{
    uint8_t seed[SIGN_SEED];
    char text[KEY_FILE + 1];
    if (crypt_random(seed, sizeof seed) != ERR_OK)
        return refuse(file, "no randomness for a key");
    memcpy(text, head, sizeof head - 1);
    text_base64url(text + sizeof head - 1, span_of(seed, sizeof seed));
    text[KEY_FILE - 1] = '\n';
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_all(fd, text, KEY_FILE);
    int why = errno;
    if (fd >= 0 && close(fd) != 0)
        ok = false;
    if (fd >= 0 && !ok)
        (void)unlink(file);
    sign_public(seed, public);
    crypt_wipe(seed, sizeof seed);
    crypt_wipe(text, sizeof text);
    if (ok)
        return true;
    return refuse(file, why == EEXIST ? "is there already; a key is not written over"
                                      : "the key cannot be written");
}

static bool only_mine(const char *file)
{
    struct stat s;
    if (stat(file, &s) != 0)
        return refuse(file, "the key cannot be opened");
    if (!S_ISREG(s.st_mode) || (s.st_mode & 077) != 0)
        return refuse(file, "is a key that others may read; give it mode 0600 and make a new one "
                            "if others had it");
    return true;
}

bool dc_key_read(const char *file, uint8_t seed[SIGN_SEED])
{
    char text[KEY_FILE + 1];
    size_t len = 0, n = 0;
    if (!only_mine(file))
        return false;
    bool ok = disk_read(file, text, sizeof text, &len) == ERR_OK && len == KEY_FILE &&
              memcmp(text, head, sizeof head - 1) == 0 && text[KEY_FILE - 1] == '\n' &&
              text_unbase64url(seed, SIGN_SEED, &n, span_of(text + sizeof head - 1, SEED_TEXT)) ==
                  ERR_OK &&
              n == SIGN_SEED;
    crypt_wipe(text, sizeof text);
    return ok || refuse(file, "is no key of `conclave dc key`");
}

/* ---- other files ---- */

bool dc_read(const char *file, struct span *out)
{
    static char bytes[NOTE_BYTES + 1];
    size_t len = 0;
    enum err e = disk_read(file, bytes, sizeof bytes, &len);
    if (e != ERR_OK || len > NOTE_BYTES)
        return refuse(file, e == ERR_OK || e == ERR_LIMIT ? "has more than 256 KiB"
                                                          : "it cannot be read");
    *out = span_of(bytes, len);
    return true;
}

bool dc_write(const char *file, struct span content)
{
    return disk_replace(file, content) == ERR_OK || refuse(file, "it cannot be written");
}

bool dc_certificate_read(const char *file, struct authority_der *out)
{
    struct span pem;
    if (!dc_read(file, &pem))
        return false;
    return authority_of_pem(pem, out) == ERR_OK || refuse(file, "is no certificate");
}

bool dc_certificate_write(const char *file, const struct authority_der *der)
{
    char pem[AUTHORITY_PEM];
    if (authority_to_pem(der, pem) != ERR_OK)
        return refuse(file, "the certificate cannot be written");
    return dc_write(file, span_str(pem));
}
