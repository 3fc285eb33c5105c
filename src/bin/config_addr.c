/* Addresses as text and as the kernel wants them. owns: nothing. */
#include "bin/config_addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool config_ip_parse(const char *text, struct ipc_addr *out)
{
    struct ipc_addr a = {0};
    if (inet_pton(AF_INET, text, a.ip) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text, a.ip) == 1)
        a.family = 6;
    else
        return false;
    *out = a;
    return true;
}

bool config_addr_parse(const char *text, struct ipc_addr *out, bool *any)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (!colon || text_u64(&port, span_str(colon + 1), 65535) != ERR_OK)
        return false;
    size_t len = (size_t)(colon - text);
    struct ipc_addr a = {.family = 6};
    char host[CONFIG_ADDR_TEXT] = "";
    bool bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (len >= sizeof host)
        return false;
    if (bracketed)
        memcpy(host, text + 1, len - 2);
    else
        memcpy(host, text, len);
    if (len > 0 && (!config_ip_parse(host, &a) || bracketed != (a.family == 6)))
        return false;
    a.port = (uint16_t)port;
    *out = a;
    *any = len == 0;
    return true;
}

void config_ip_print(const struct ipc_addr *a, bool url, char out[CONFIG_ADDR_TEXT])
{
    char text[INET6_ADDRSTRLEN] = "?";
    (void)inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof text);
    bool brackets = url && a->family == 6;
    (void)snprintf(out, CONFIG_ADDR_TEXT, "%s%s%s", brackets ? "[" : "", text, brackets ? "]" : "");
}

void config_addr_print(const struct ipc_addr *a, char out[CONFIG_ADDR_TEXT])
{
    char ip[CONFIG_ADDR_TEXT];
    config_ip_print(a, true, ip);
    (void)snprintf(out, CONFIG_ADDR_TEXT, "%.48s:%u", ip, (unsigned)a->port);
}

socklen_t config_addr_socket(const struct ipc_addr *a, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (a->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(a->port);
    memcpy(&in6->sin6_addr, a->ip, 16);
    return sizeof *in6;
}

bool config_ip_unspecified(const struct ipc_addr *a)
{
    for (size_t i = 0; i < (a->family == 4 ? 4u : 16u); i++)
        if (a->ip[i])
            return false;
    return true;
}

static bool label_valid(const char *at, size_t len)
{
    if (len == 0 || len > 63 || at[0] == '-' || at[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!((at[i] >= 'a' && at[i] <= 'z') || (at[i] >= '0' && at[i] <= '9') || at[i] == '-'))
            return false;
    return true;
}

static bool name_valid(const char *at, size_t len)
{
    for (;;) {
        size_t label = strcspn(at, ".:");
        if (!label_valid(at, label))
            return false;
        if (label == len)
            return true;
        at += label + 1;
        len -= label + 1;
    }
}

static bool port_valid(const char *text)
{
    uint64_t port;
    return text[0] != '0' && text_u64(&port, span_str(text), 65535) == ERR_OK && port != 443;
}

bool config_origin_valid(const char *text)
{
    static const char scheme[] = "https://";
    enum { SCHEME = sizeof scheme - 1, NAME_BYTES = 253 };
    if (strncmp(text, scheme, SCHEME) != 0)
        return false;
    const char *at = text + SCHEME;
    size_t len = strcspn(at, ":");
    return len <= NAME_BYTES && name_valid(at, len) &&
           (at[len] == '\0' || port_valid(at + len + 1));
}
