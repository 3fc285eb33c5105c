/* Defaults, the YAML file through libcyaml, and single values.
 * knows: keys, bounds, and how to say where a mistake is. knows not: what the values cause.
 * owns: nothing beyond a call. */
#include "bin/config.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/config_addr.h"
#include "io/disk.h"
#include "store/store.h"

/* The file as libcyaml gives it: every value is text here, config_set judges it. */
struct yaml {
    char *data, *listen, *web, *metrics, *media_processes, *media_pin, *media_spread,
        *tls_certificate, *tls_key, *database, *sign_up, *origin, *oidc_issuer, *oidc_client,
        *oidc_secret, *oidc_alg, *oidc_internal, *oidc_ca, *webhooks, *webhooks_internal,
        *webhooks_ca, *node_key, *node_certificate, *zone_certificate, *node_root, *node_listen,
        *datacentres, *datacentres_key;
    char **node_peers;
    unsigned node_peers_count;
    char **public_ip;
    unsigned public_ip_count;
    char **embed_origins;
    unsigned embed_origins_count;
};

#define TEXT_KEY(key)                                                                              \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml, key, 0,    \
                           CYAML_UNLIMITED)

static const cyaml_schema_value_t ip_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t fields[] = {
    TEXT_KEY(data),
    TEXT_KEY(listen),
    TEXT_KEY(web),
    TEXT_KEY(metrics),
    TEXT_KEY(media_processes),
    TEXT_KEY(media_pin),
    TEXT_KEY(media_spread),
    TEXT_KEY(tls_certificate),
    TEXT_KEY(tls_key),
    TEXT_KEY(database),
    TEXT_KEY(sign_up),
    TEXT_KEY(origin),
    TEXT_KEY(oidc_issuer),
    TEXT_KEY(oidc_client),
    TEXT_KEY(oidc_secret),
    TEXT_KEY(oidc_alg),
    TEXT_KEY(oidc_internal),
    TEXT_KEY(oidc_ca),
    TEXT_KEY(webhooks),
    TEXT_KEY(webhooks_internal),
    TEXT_KEY(webhooks_ca),
    TEXT_KEY(node_key),
    TEXT_KEY(node_certificate),
    TEXT_KEY(zone_certificate),
    TEXT_KEY(node_root),
    TEXT_KEY(node_listen),
    TEXT_KEY(datacentres),
    TEXT_KEY(datacentres_key),
    CYAML_FIELD_SEQUENCE("node_peers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml,
                         node_peers, &ip_schema, 0, IPC_PEERS_MAX),
    CYAML_FIELD_SEQUENCE("public_ip", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml,
                         public_ip, &ip_schema, 0, CONFIG_PUBLIC_MAX),
    CYAML_FIELD_SEQUENCE("embed_origins", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml,
                         embed_origins, &ip_schema, 0, CONFIG_EMBED_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml, fields)};

void config_init(struct config *c)
{
    memset(c, 0, sizeof *c);
    (void)snprintf(c->data, sizeof c->data, "data");
    c->listen = (struct ipc_addr){.family = 6, .port = 8443};
    c->listen_any = true;
    c->accounts.sign_up = 1;
    c->metrics = (struct ipc_addr){.family = 4, .ip = {127, 0, 0, 1}, .port = 9464};
}

enum err complain(struct complaint *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    return ERR_CONFIG;
}

/* ---- single values ---- */

static enum err set_path(char *out, const char *key, const char *value, const char *where,
                         struct complaint *why)
{
    size_t len = strlen(value);
    if (len == 0 || len > IPC_PATH_MAX)
        return complain(why, "%s: %s must be a path of 1 to %d bytes.", where, key, IPC_PATH_MAX);
    memcpy(out, value, len + 1);
    return ERR_OK;
}

static enum err set_listen(struct config *c, const char *value, const char *where,
                           struct complaint *why)
{
    if (config_addr_parse(value, &c->listen, &c->listen_any))
        return ERR_OK;
    return complain(why,
                    "%s: listen is \"%.80s\", but must be an address and a port such as "
                    "0.0.0.0:8443, [::]:8443 or :8443.",
                    where, value);
}

static enum err set_public_ip(struct config *c, const char *value, const char *where,
                              struct complaint *why)
{
    struct ipc_addr a;
    if (!config_ip_parse(value, &a) || config_ip_unspecified(&a))
        return complain(why,
                        "%s: public_ip is \"%.80s\", but must be an IP address that browsers can "
                        "reach, such as 203.0.113.5.",
                        where, value);
    if (c->public_count == CONFIG_PUBLIC_MAX)
        return complain(why, "%s: public_ip may be given at most %d times.", where,
                        CONFIG_PUBLIC_MAX);
    c->public_addr[c->public_count++] = a;
    return ERR_OK;
}

static enum err set_metrics(struct config *c, const char *value, const char *where,
                            struct complaint *why)
{
    bool any = false;
    c->metrics_off = strcmp(value, "off") == 0;
    if (c->metrics_off)
        return ERR_OK;
    bool ok = config_addr_parse(value, &c->metrics, &any) && !any;
    static const uint8_t loopback6[16] = {[15] = 1};
    bool loopback = ok && (c->metrics.family == 4 ? c->metrics.ip[0] == 127
                                                  : memcmp(c->metrics.ip, loopback6, 16) == 0);
    if (loopback)
        return ERR_OK;
    return complain(why,
                    "%s: metrics is \"%.80s\", but must be a loopback address and a port such as "
                    "127.0.0.1:9464, or off.",
                    where, value);
}

static enum err set_media_processes(struct config *c, const char *value, const char *where,
                                    struct complaint *why)
{
    uint64_t n;
    if (text_u64(&n, span_str(value), LIMIT_MEDIA_PROCESSES) != ERR_OK || n == 0)
        return complain(why, "%s: media_processes is \"%.80s\", but must be a number from 1 to %d.",
                        where, value, LIMIT_MEDIA_PROCESSES);
    c->media_processes = (uint32_t)n;
    return ERR_OK;
}

static enum err set_media_pin(struct config *c, const char *value, const char *where,
                              struct complaint *why)
{
    c->media_pin = strcmp(value, "yes") == 0;
    if (c->media_pin || strcmp(value, "no") == 0)
        return ERR_OK;
    return complain(why, "%s: media_pin is \"%.80s\", but must be yes or no.", where, value);
}

static enum err set_media_spread(struct config *c, const char *value, const char *where,
                                 struct complaint *why)
{
    uint64_t n;
    c->media_spread = 0;
    if (strcmp(value, "never") == 0)
        return ERR_OK;
    if (text_u64(&n, span_str(value), LIMIT_ROOM_PEERS) != ERR_OK || n == 0)
        return complain(
            why,
            "%s: media_spread is \"%.80s\", but must be never, or how many of a meeting "
            "one media process takes before the next: 1 to %d.",
            where, value, LIMIT_ROOM_PEERS);
    c->media_spread = (uint32_t)n;
    return ERR_OK;
}

/* Whoever may frame the page may lay something over it: exact origins only. */
static enum err add_embed_origin(struct config *c, const char *value, const char *where,
                                 struct complaint *why)
{
    size_t len = strlen(value), used = strlen(c->embed);
    if (!config_origin_valid(value))
        return complain(why,
                        "%s: embed_origins has \"%.80s\", but each must be the exact origin of a "
                        "page, such as https://school.example or https://school.example:8443, "
                        "without path or *.",
                        where, value);
    if (c->embed_count == CONFIG_EMBED_MAX || used + 1 + len > IPC_EMBED_MAX)
        return complain(why, "%s: embed_origins takes at most %d origins, of %d letters together.",
                        where, CONFIG_EMBED_MAX, IPC_EMBED_MAX);
    c->embed_count++;
    (void)snprintf(c->embed + used, sizeof c->embed - used, "%s%s", used ? " " : "", value);
    return ERR_OK;
}

/* The value is in no sentence: it may hold a password. */
static enum err set_database(struct config *c, const char *value, const char *where,
                             struct complaint *why)
{
    char words[STORE_WHY];
    size_t len = strlen(value);
    if (len > IPC_DATABASE_MAX)
        return complain(why, "%s: database is longer than %d bytes.", where, IPC_DATABASE_MAX);
    if (len == 0 || store_database_check(value, words) != ERR_OK)
        return complain(why, "%s: %s", where,
                        len == 0 ? "database is empty; leave it out for SQLite." : words);
    memcpy(c->database, value, len + 1);
    return ERR_OK;
}

enum err config_set(struct config *c, const char *key, const char *value, const char *where,
                    struct complaint *why)
{
    if (strcmp(key, "listen") == 0)
        return set_listen(c, value, where, why);
    if (strcmp(key, "public_ip") == 0)
        return set_public_ip(c, value, where, why);
    if (strcmp(key, "embed_origins") == 0)
        return add_embed_origin(c, value, where, why);
    if (strcmp(key, "metrics") == 0)
        return set_metrics(c, value, where, why);
    if (strcmp(key, "media_processes") == 0)
        return set_media_processes(c, value, where, why);
    if (strcmp(key, "media_pin") == 0)
        return set_media_pin(c, value, where, why);
    if (strcmp(key, "media_spread") == 0)
        return set_media_spread(c, value, where, why);
    if (strcmp(key, "database") == 0)
        return set_database(c, value, where, why);
    if (strcmp(key, "data") == 0)
        return set_path(c->data, key, value, where, why);
    if (strcmp(key, "web") == 0)
        return set_path(c->web, key, value, where, why);
    if (strcmp(key, "tls_certificate") == 0)
        return set_path(c->tls_certificate, key, value, where, why);
    if (strcmp(key, "tls_key") == 0)
        return set_path(c->tls_key, key, value, where, why);
    enum err e = config_accounts_set(&c->accounts, key, value, where, why);
    if (e == ERR_NOT_FOUND)
        e = config_hooks_set(&c->hooks, key, value, where, why);
    if (e == ERR_NOT_FOUND)
        e = config_cell_set(c, key, value, where, why);
    if (e != ERR_NOT_FOUND)
        return e;
    return complain(why, "%s: there is no key %.80s.", where, key);
}

enum err config_finish(struct config *c, struct complaint *why)
{
    if ((c->tls_certificate[0] == '\0') != (c->tls_key[0] == '\0'))
        return complain(why,
                        "tls_certificate and tls_key belong together: %s is missing; set both "
                        "or neither.",
                        c->tls_key[0] ? "tls_certificate" : "tls_key");
    TRY(config_hooks_finish(&c->hooks, why));
    TRY(config_cell_finish(c, why));
    return config_accounts_finish(&c->accounts, why);
}

/* ---- the file ---- */

/* The line (from 1) on which a key of the file stands for the `which`-th time, or 0. The file is
 * one flat mapping, so a key is the first word of a line that is not indented. */
static unsigned line_of_key(struct span text, const char *key, unsigned which)
{
    size_t len = strlen(key);
    unsigned line = 1;
    for (size_t i = 0; i < text.len; line++) {
        size_t end = i;
        while (end < text.len && text.ptr[end] != '\n')
            end++;
        size_t at = i;
        if (at < end && (text.ptr[at] == '"' || text.ptr[at] == '\''))
            at++;
        bool same = end - at > len && memcmp(text.ptr + at, key, len) == 0;
        uint8_t next = same ? text.ptr[at + len] : 0;
        if ((next == ':' || next == ' ' || next == '"' || next == '\'') && --which == 0)
            return line;
        i = end + 1;
    }
    return 0;
}

/* The n-th entry of public_ip stands on a line of its own below its key, or on the key's line. */
static unsigned line_of_entry(struct span text, unsigned line, unsigned entry)
{
    unsigned at = 1, seen = 0;
    for (size_t i = 0; i < text.len; at++) {
        size_t first = i;
        while (first < text.len && text.ptr[first] == ' ')
            first++;
        if (at > line && first < text.len && text.ptr[first] == '-' && seen++ == entry)
            return at;
        while (i < text.len && text.ptr[i] != '\n')
            i++;
        i++;
    }
    return line;
}

/* What libcyaml said on its way out. */
struct cyaml_words {
    char problem[200], key[100];
    unsigned line;
    bool again;
};

static void trim(char *s)
{
    size_t n = strlen(s);
    while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '.'))
        s[--n] = '\0';
}

static void hear(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct cyaml_words *w = context;
    char text[300];
    (void)vsnprintf(text, sizeof text, format, args);
    if (level < CYAML_LOG_ERROR)
        return;
    trim(text);
    unsigned line;
    if (sscanf(text, "Load: Unexpected key: %99[^\n]", w->key) == 1)
        return;
    if (sscanf(text, "Load: Mapping field already seen: %99[^\n]", w->key) == 1) {
        w->again = true;
        return;
    }
    const char *mark = strstr(text, "(line: ");
    if (mark && sscanf(mark, "(line: %u", &line) == 1) {
        if (w->line == 0)
            w->line = line;
        if (!w->key[0])
            (void)sscanf(text, " in mapping field '%99[^']'", w->key);
    } else if (!w->problem[0] && !strstr(text, "Backtrace")) {
        const char *words = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
        (void)snprintf(w->problem, sizeof w->problem, "%.190s", words);
    }
}

static enum err complain_yaml(const struct cyaml_words *w, const char *file, struct span text,
                              struct complaint *why)
{
    static const char keys[] =
        "data, listen, web, metrics, media_processes, media_pin, media_spread, "
        "tls_certificate, tls_key, database, public_ip, embed_origins, sign_up, origin, "
        "oidc_issuer, oidc_client, "
        "oidc_secret, oidc_alg, oidc_internal, oidc_ca, webhooks, webhooks_internal, "
        "webhooks_ca, node_key, node_certificate, zone_certificate, node_root, node_listen, "
        "node_peers, datacentres, datacentres_key";
    unsigned exact = w->key[0] ? line_of_key(text, w->key, w->again ? 2 : 1) : 0;
    unsigned line = exact ? exact : w->line ? w->line : 1;
    if (w->again)
        return complain(why, "%s:%u: %s is given twice; keep one of them.", file, line, w->key);
    if (!w->problem[0])
        return complain(why, "%s:%u: there is no key %s; the keys are %s.", file, line, w->key,
                        keys);
    if (strncmp(w->problem, "libyaml", 7) == 0)
        return complain(why, "%s:%u: this is not YAML here or just below (%s).", file, line,
                        w->problem);
    if (strcmp(w->key, "public_ip") == 0)
        return complain(why, "%s:%u: public_ip must be a list of at most %d addresses.", file, line,
                        CONFIG_PUBLIC_MAX);
    if (strcmp(w->key, "embed_origins") == 0)
        return complain(why, "%s:%u: embed_origins must be a list of at most %d origins.", file,
                        line, CONFIG_EMBED_MAX);
    if (strcmp(w->key, "node_peers") == 0)
        return complain(why, "%s:%u: node_peers must be a list of at most %d nodes.", file, line,
                        IPC_PEERS_MAX);
    return complain(why, "%s:%u: %s has a value of the wrong kind (%s).", file, line,
                    w->key[0] ? w->key : "the file", w->problem);
}

static enum err take_values(struct config *c, const struct yaml *y, const char *file,
                            struct span text, struct complaint *why)
{
    const struct {
        const char *key, *value;
    } values[] = {
        {"data", y->data},
        {"listen", y->listen},
        {"web", y->web},
        {"metrics", y->metrics},
        {"media_processes", y->media_processes},
        {"media_pin", y->media_pin},
        {"media_spread", y->media_spread},
        {"tls_certificate", y->tls_certificate},
        {"tls_key", y->tls_key},
        {"database", y->database},
        {"sign_up", y->sign_up},
        {"origin", y->origin},
        {"oidc_issuer", y->oidc_issuer},
        {"oidc_client", y->oidc_client},
        {"oidc_secret", y->oidc_secret},
        {"oidc_alg", y->oidc_alg},
        {"oidc_internal", y->oidc_internal},
        {"oidc_ca", y->oidc_ca},
        {"webhooks", y->webhooks},
        {"webhooks_internal", y->webhooks_internal},
        {"webhooks_ca", y->webhooks_ca},
        {"node_key", y->node_key},
        {"node_certificate", y->node_certificate},
        {"zone_certificate", y->zone_certificate},
        {"node_root", y->node_root},
        {"node_listen", y->node_listen},
        {"datacentres", y->datacentres},
        {"datacentres_key", y->datacentres_key},
    };
    char where[IPC_PATH_MAX + 32];
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        if (!values[i].value)
            continue;
        (void)snprintf(where, sizeof where, "%.*s:%u", IPC_PATH_MAX, file,
                       line_of_key(text, values[i].key, 1));
        TRY(config_set(c, values[i].key, values[i].value, where, why));
    }
    const struct {
        const char *key;
        char **value;
        unsigned count;
    } sequences[] = {
        {"public_ip", y->public_ip, y->public_ip_count},
        {"embed_origins", y->embed_origins, y->embed_origins_count},
        {"node_peers", y->node_peers, y->node_peers_count},
    };
    for (size_t k = 0; k < ARRAY_LEN(sequences); k++)
        for (unsigned i = 0; i < sequences[k].count; i++) {
            unsigned line = line_of_entry(text, line_of_key(text, sequences[k].key, 1), i);
            (void)snprintf(where, sizeof where, "%.*s:%u", IPC_PATH_MAX, file, line);
            TRY(config_set(c, sequences[k].key, sequences[k].value[i], where, why));
        }
    return ERR_OK;
}

enum err config_load(struct config *c, const char *file, struct complaint *why)
{
    static char bytes[CONFIG_BYTES_MAX];
    size_t len = 0;
    enum err e = disk_read(file, bytes, sizeof bytes, &len);
    if (e != ERR_OK)
        return complain(why, "The configuration file %s cannot be read (%s); check --config.", file,
                        e == ERR_NOT_FOUND ? "there is none" : err_words(e));
    struct cyaml_words words = {0};
    cyaml_config_t libcyaml = {
        .log_fn = hear, .log_ctx = &words, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
    struct yaml *y = NULL;
    struct span text = span_of(bytes, len);
    cyaml_err_t code = cyaml_load_data(text.ptr, text.len, &libcyaml, &file_schema,
                                       (cyaml_data_t **)(void *)&y, NULL);
    if (code != CYAML_OK && !words.key[0] && !words.problem[0])
        (void)snprintf(words.problem, sizeof words.problem, "%.190s", cyaml_strerror(code));
    if (code != CYAML_OK)
        return complain_yaml(&words, file, text, why);
    e = y ? take_values(c, y, file, text, why) : ERR_OK;
    (void)cyaml_free(&libcyaml, &file_schema, y, 0);
    return e;
}
