/* Configuration of webhooks: its keys, their bounds, their sentences. */
#include <string.h>

#include "base/text.h"
#include "bin/config.h"

static enum err set_on(struct ipc_hooks *h, const char *value, const char *where,
                       struct complaint *why)
{
    h->on = strcmp(value, "yes") == 0;
    if (h->on || strcmp(value, "no") == 0)
        return ERR_OK;
    return complain(why, "%s: webhooks is \"%.80s\", but must be yes or no.", where, value);
}

/* A host and its port: no scheme, no path. Without the port each key would reach all of that host.
 */
static enum err set_internal(struct ipc_hooks *h, const char *value, const char *where,
                             struct complaint *why)
{
    size_t len = strlen(value);
    const char *colon = strrchr(value, ':');
    uint64_t port = 0;
    bool ok = colon && colon > value && text_u64(&port, span_str(colon + 1), UINT16_MAX) == ERR_OK;
    if (!ok || port == 0 || len >= sizeof h->internal || strpbrk(value, "/@ \t\r\n"))
        return complain(why,
                        "%s: webhooks_internal is \"%.80s\", but must be one host and its port, "
                        "such as hooks.lan:8443.",
                        where, value);
    memcpy(h->internal, value, len + 1);
    return ERR_OK;
}

enum err config_hooks_set(struct ipc_hooks *h, const char *key, const char *value,
                          const char *where, struct complaint *why)
{
    size_t len = strlen(value);
    if (strcmp(key, "webhooks") == 0)
        return set_on(h, value, where, why);
    if (strcmp(key, "webhooks_internal") == 0)
        return set_internal(h, value, where, why);
    if (strcmp(key, "webhooks_ca") != 0)
        return ERR_NOT_FOUND;
    if (len == 0 || len >= sizeof h->ca)
        return complain(why, "%s: webhooks_ca is empty or too long.", where);
    memcpy(h->ca, value, len + 1);
    return ERR_OK;
}

enum err config_hooks_finish(struct ipc_hooks *h, struct complaint *why)
{
    if (!h->on && (h->ca[0] || h->internal[0]))
        return complain(why,
                        "webhooks_ca and webhooks_internal say something about webhooks, which "
                        "are off: set webhooks: yes, or leave them out.");
    return config_file_find(h->ca, "webhooks_ca", why);
}
