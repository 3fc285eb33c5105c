/* The client's manifest: its shape, its canonical form, its signature. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/cmd_verify.h"
#include "crypt/crypt.h"

enum { KEY_FILE_MAX = 4096 };

void hash_hex(char out[VERIFY_HEX], struct span in)
{
    uint8_t digest[CRYPT_SHA256_LEN];
    crypt_sha256(digest, in);
    text_hex(out, span_of(digest, sizeof digest));
}

static bool is_hash(const char *text)
{
    return text && strlen(text) == VERIFY_HEX - 1 &&
           strspn(text, "0123456789abcdef") == VERIFY_HEX - 1;
}

static bool is_path(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._/-";
    size_t len = strlen(text);
    return len >= 2 && len <= VERIFY_PATH_MAX && text[0] == '/' && strspn(text, letters) == len;
}

static bool shape_holds(json_t *files, json_t *headers)
{
    const char *name;
    json_t *value;
    if (!json_is_object(files) || !json_is_object(headers) ||
        json_object_size(files) > VERIFY_FILES_MAX || !json_object_get(files, "/index.html"))
        return false;
    json_object_foreach(files, name, value) if (!is_path(name) ||
                                                !is_hash(json_string_value(value))) return false;
    json_object_foreach(headers, name, value) if (!json_is_string(value)) return false;
    return true;
}

/* The one way to write it: keys sorted, no white space. So the same files give the same hash. */
static bool is_canonical(const json_t *root, struct span text)
{
    char *again = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    bool same = again && span_equal(span_str(again), text);
    free(again);
    return same;
}

enum err manifest_read(struct manifest *m, struct span text, const char *from,
                       struct complaint *why)
{
    json_error_t error;
    *m = (struct manifest){
        .root = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error)};
    if (!m->root)
        return complain(why, "%s is no JSON: %s.", from, error.text);
    json_t *files = json_object_get(m->root, "files"),
           *headers = json_object_get(m->root, "headers");
    const char *version = json_string_value(json_object_get(m->root, "version"));
    enum err e = ERR_OK;
    if (json_integer_value(json_object_get(m->root, "v")) != 1 || !version ||
        strlen(version) >= sizeof m->version || !shape_holds(files, headers))
        e = complain(why, "%s is no manifest of this program's client.", from);
    else if (!is_canonical(m->root, text))
        e = complain(why, "%s is not in its canonical form.", from);
    if (e != ERR_OK) {
        manifest_fini(m);
        return e;
    }
    m->files = files;
    m->headers = headers;
    (void)snprintf(m->version, sizeof m->version, "%s", version);
    hash_hex(m->hash, text);
    return ERR_OK;
}

void manifest_fini(struct manifest *m)
{
    json_decref(m->root);
    *m = (struct manifest){.root = NULL};
}

char *verify_read_file(const char *path, size_t *len, struct complaint *why)
{
    FILE *file = fopen(path, "rbe");
    char *text = file ? malloc(VERIFY_FILE_BYTES + 1) : NULL;
    if (!text) {
        (void)complain(why, "%s cannot be read (%s).", path, strerror(errno));
        if (file)
            (void)fclose(file);
        return NULL;
    }
    *len = fread(text, 1, VERIFY_FILE_BYTES, file);
    text[*len] = '\0';
    (void)fclose(file);
    return text;
}

/* The 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410), in PEM. */
static bool read_key(uint8_t out[crypto_sign_PUBLICKEYBYTES], const char *pem)
{
    static const uint8_t head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                   0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    static const char begin[] = "-----BEGIN PUBLIC KEY-----";
    uint8_t der[sizeof head + crypto_sign_PUBLICKEYBYTES];
    size_t len = 0;
    const char *at = strstr(pem, begin), *end = NULL;
    if (!at)
        return false;
    at += sizeof begin - 1;
    if (sodium_base642bin(der, sizeof der, at, strlen(at), " \r\n", &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len != sizeof der || memcmp(der, head, sizeof head) != 0)
        return false;
    memcpy(out, der + sizeof head, crypto_sign_PUBLICKEYBYTES);
    return strncmp(end, "-----END PUBLIC KEY-----", 24) == 0;
}

enum err manifest_signature(const struct manifest *m, const char *key_file, struct span signature,
                            struct complaint *why)
{
    uint8_t key[crypto_sign_PUBLICKEYBYTES], bytes[crypto_sign_BYTES];
    char line[128];
    const char *end = NULL;
    size_t len = 0;
    char *pem = verify_read_file(key_file, &len, why);
    if (!pem)
        return ERR_CONFIG;
    bool known = len <= KEY_FILE_MAX && read_key(key, pem);
    free(pem);
    if (!known)
        return complain(why, "%s is no Ed25519 public key in PEM.", key_file);
    (void)snprintf(line, sizeof line, "conclave release manifest sha256 %s\n", m->hash);
    if (sodium_base642bin(bytes, sizeof bytes, (const char *)signature.ptr, signature.len, "\r\n",
                          &len, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len != sizeof bytes || end != (const char *)signature.ptr + signature.len)
        return ERR_AUTH;
    if (crypto_sign_verify_detached(bytes, (const uint8_t *)line, strlen(line), key) != 0)
        return ERR_AUTH;
    return ERR_OK;
}
