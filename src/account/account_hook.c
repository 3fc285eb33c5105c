/* An organisation's webhooks, as a program with its key asks about them: addresses that the server
 * tells of the organisation's meetings. knows: what an address may look like. knows not: what it
 * resolves to (io/fetch.h), when something is told. owns: nothing. */
#include "account/flow.h"
#include "crypt/crypt.h"

enum { HOST_MAX = 128, PORT_HTTPS = 443, PORT_FREE = 1024 };

/* Letters, digits, '-' and '.', or an address in brackets: no user, no escape, no blank. */
static bool host_byte(uint8_t c, bool brackets)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           (brackets ? c == ':' : c == '-');
}

/* The end of the host that begins at `at`; 0: there is none. */
static size_t host_end(struct span url, size_t at)
{
    bool brackets = at < url.len && url.ptr[at] == '[';
    size_t first = at + brackets, end = first;
    while (end < url.len && host_byte(url.ptr[end], brackets))
        end++;
    if (end == first || end - first > HOST_MAX)
        return 0;
    if (!brackets)
        return end;
    return end < url.len && url.ptr[end] == ']' ? end + 1 : 0;
}

/* ":443" or a port that needs no privilege, so that no mail or file server is spoken to. Moves *at
 * behind it. */
static bool port_ok(struct span url, size_t *at)
{
    unsigned port = 0, digits = 0;
    if (*at >= url.len || url.ptr[*at] != ':')
        return true;
    for (++*at; *at < url.len && url.ptr[*at] >= '0' && url.ptr[*at] <= '9' && digits < 6; digits++)
        port = port * 10 + (unsigned)(url.ptr[(*at)++] - '0');
    return port == PORT_HTTPS || (port >= PORT_FREE && port <= UINT16_MAX);
}

/* https, a host, perhaps a port, and a path and query of printable ASCII. */
static bool url_ok(struct span url)
{
    static const char scheme[] = "https://";
    size_t len = sizeof scheme - 1;
    if (url.len <= len || url.len > ACCOUNT_URL || memcmp(url.ptr, scheme, len) != 0)
        return false;
    size_t at = host_end(url, len);
    if (at == 0 || !port_ok(url, &at))
        return false;
    if (at < url.len && url.ptr[at] != '/')
        return false;
    for (; at < url.len; at++)
        if (url.ptr[at] <= ' ' || url.ptr[at] >= 0x7f || url.ptr[at] == '#' || url.ptr[at] == '"' ||
            url.ptr[at] == '\\')
            return false;
    return true;
}

bool hook_read(struct flow *f, const struct account_event *in)
{
    if (in->command == ACCOUNT_API_HOOK_DROP) {
        if (in->id.len == sizeof f->hook.id)
            memcpy(f->hook.id, in->id.ptr, in->id.len);
        return in->id.len == sizeof f->hook.id;
    }
    if (!url_ok(in->url) || in->events == 0 || in->events >= 1 << HOOK_EVENTS_)
        return false;
    memcpy(f->hook.url, in->url.ptr, in->url.len);
    f->hook.events = in->events;
    memcpy(f->hook.id, f->random + RANDOM_ID, sizeof f->hook.id);
    return true;
}

static void made(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_answer answer = {
        .reason = flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_BUSY)};
    if (answer.reason == ACCOUNT_OK)
        memcpy(answer.given, f->random + RANDOM_TOKEN, sizeof answer.given);
    flow_answer_with(a, f, &answer);
    crypt_wipe(&answer, sizeof answer);
}

void hook_command(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = f->command == ACCOUNT_API_HOOK_MAKE ? ASK_HOOK_PUT
                                      : f->command == ACCOUNT_API_HOOKS   ? ASK_HOOK_LIST
                                                                          : ASK_HOOK_DROP};
    if (ask.type == ASK_HOOK_PUT && !a->config.hooks) {
        flow_answer(a, f, ACCOUNT_CLOSED);
        return;
    }
    memcpy(f->hook.org, f->found.id, sizeof f->hook.org);
    ask.as.hook = f->hook;
    if (ask.type == ASK_HOOK_PUT)
        memcpy(ask.as.hook.key, f->random + RANDOM_TOKEN, sizeof ask.as.hook.key);
    flow_ask(a, f, &ask,
             ask.type == ASK_HOOK_PUT    ? made
             : ask.type == ASK_HOOK_LIST ? flow_list
                                         : flow_done);
}
