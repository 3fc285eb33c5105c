/* Configuration of accounts and single sign-on: its keys, their bounds, their sentences. */
#include <stdio.h>
#include <string.h>

#include "bin/config.h"
#include "crypt/jws.h"
#include "io/disk.h"

/* "https://", a host, perhaps a port; `path`: perhaps more behind it. */
static bool url_ok(const char *value, bool path)
{
    static const char scheme[] = "https://";
    if (strncmp(value, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = value + sizeof scheme - 1;
    size_t len = strcspn(host, "/?#");
    if (len == 0 || strcspn(host, "@\\ \t\r\n\"'<>%") < strlen(host))
        return false;
    return path ? !strpbrk(host, "?#") : host[len] == '\0';
}

/* A value of 1 to cap - 1 bytes. */
static enum err set_text(char *out, size_t cap, const char *value)
{
    size_t len = strlen(value);
    if (len == 0 || len >= cap)
        return ERR_LIMIT;
    memcpy(out, value, len + 1);
    return ERR_OK;
}

static enum err set_sign_up(struct ipc_accounts *a, const char *value, const char *where,
                            struct complaint *why)
{
    a->sign_up = strcmp(value, "yes") == 0;
    if (a->sign_up || strcmp(value, "no") == 0)
        return ERR_OK;
    return complain(why, "%s: sign_up is \"%.80s\", but must be yes or no.", where, value);
}

static enum err set_alg(struct ipc_accounts *a, const char *value, const char *where,
                        struct complaint *why)
{
    enum jws_alg alg;
    if (jws_alg_read(&alg, value) == ERR_OK)
        return set_text(a->oidc_alg, sizeof a->oidc_alg, value);
    return complain(why, "%s: oidc_alg is \"%.80s\", but must be RS256, PS256 or ES256.", where,
                    value);
}

enum err config_accounts_set(struct ipc_accounts *a, const char *key, const char *value,
                             const char *where, struct complaint *why)
{
    enum err e;
    if (strcmp(key, "sign_up") == 0)
        return set_sign_up(a, value, where, why);
    if (strcmp(key, "oidc_alg") == 0)
        return set_alg(a, value, where, why);
    if (strcmp(key, "origin") == 0)
        e = url_ok(value, false) ? set_text(a->origin, sizeof a->origin, value) : ERR_MALFORMED;
    else if (strcmp(key, "oidc_issuer") == 0)
        e = url_ok(value, true) ? set_text(a->oidc_issuer, sizeof a->oidc_issuer, value)
                                : ERR_MALFORMED;
    else if (strcmp(key, "oidc_client") == 0)
        e = set_text(a->oidc_client, sizeof a->oidc_client, value);
    else if (strcmp(key, "oidc_secret") == 0)
        e = set_text(a->oidc_secret, sizeof a->oidc_secret, value);
    else if (strcmp(key, "oidc_internal") == 0)
        e = set_text(a->oidc_internal, sizeof a->oidc_internal, value);
    else if (strcmp(key, "oidc_ca") == 0)
        e = set_text(a->oidc_ca, sizeof a->oidc_ca, value);
    else
        return ERR_NOT_FOUND;
    if (e == ERR_MALFORMED)
        return complain(why, "%s: %s is \"%.80s\", but must be like https://meet.example.org.",
                        where, key, value);
    return e == ERR_OK ? ERR_OK : complain(why, "%s: %s is empty or too long.", where, key);
}

enum err config_file_find(char path[IPC_PATH_MAX + 1], const char *key, struct complaint *why)
{
    char absolute[IPC_PATH_MAX + 1];
    if (!path[0])
        return ERR_OK;
    if (disk_absolute(path, absolute, sizeof absolute) != ERR_OK)
        return complain(why, "%s: the file %s cannot be read.", key, path);
    memcpy(path, absolute, sizeof absolute);
    return ERR_OK;
}

enum err config_accounts_finish(struct ipc_accounts *a, struct complaint *why)
{
    bool any = a->oidc_issuer[0] || a->oidc_client[0] || a->oidc_secret[0];
    if (!any)
        return ERR_OK;
    if (!a->oidc_issuer[0] || !a->oidc_client[0] || !a->oidc_secret[0])
        return complain(why, "oidc_issuer, oidc_client and oidc_secret (a file with our password "
                             "there) belong together: set all three or none.");
    if (!a->oidc_alg[0])
        (void)snprintf(a->oidc_alg, sizeof a->oidc_alg, "RS256");
    TRY(config_file_find(a->oidc_secret, "oidc_secret", why));
    return config_file_find(a->oidc_ca, "oidc_ca", why);
}
