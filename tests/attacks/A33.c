/* A33: a meeting's link in a hostile page: in a frame with camera and microphone delegated to it,
 * by script across origins, by a socket of its own. Expected: every answer forbids framing, keeps
 * devices to its own pages and lets no other origin read; a foreign page gets no socket. That the
 * page itself joins nothing and opens no device without a click: tests/e2e/scenarios/hostile.mjs.
 */
#include "rig/honest.h"

#include <strings.h>

/* The value of a header of the answer, "" when it is not there. */
static const char *header(const struct rig_http *h, const char *name, char *out, size_t cap)
{
    size_t len = strlen(name);
    out[0] = '\0';
    for (const char *at = h->head; (at = strstr(at, "\r\n")) != NULL;) {
        at += 2;
        if (strncasecmp(at, name, len) != 0 || at[len] != ':')
            continue;
        at += len + 1;
        snprintf(out, cap, "%.*s", (int)strcspn(at, "\r\n"), at);
        return out;
    }
    return out;
}

static void answer(struct honest *h, const char *method, const char *path, const char *origin)
{
    struct rig_http r;
    char text[2048];
    rig_http_do(&h->rig,
                &(struct rig_http_request){.method = method, .path = path, .origin = origin}, &r);
    printf("      %s %s: %d\n", method, path, r.status);
    CHECK(r.status != 0, "the server answers");
    CHECK(
        strstr(header(&r, "content-security-policy", text, sizeof text), "frame-ancestors 'none'"),
        "no page may frame it");
    CHECK(strstr(text, "default-src 'none'") && !strstr(text, "unsafe-inline") &&
              !strstr(text, "http:") && !strstr(text, " *"),
          "and nothing foreign or inline runs in it");
    CHECK(strstr(header(&r, "permissions-policy", text, sizeof text),
                 "camera=(self), microphone=(self), display-capture=(self)"),
          "devices are for its own pages");
    CHECK(!strcmp(header(&r, "cross-origin-opener-policy", text, sizeof text) + strspn(text, " "),
                  "same-origin"),
          "who opened it has no hold on it");
    CHECK(header(&r, "access-control-allow-origin", text, sizeof text)[0] == '\0',
          "no other origin reads the answer");
    rig_http_fini(&r);
}

int main(void)
{
    struct honest h;
    char page[64];
    honest_open(&h);
    snprintf(page, sizeof page, "/m/%s", h.meeting.id);
    static const char evil[] = "https://evil.example";
    answer(&h, "GET", "/", NULL);
    answer(&h, "GET", page, NULL);
    answer(&h, "GET", page, evil);
    answer(&h, "GET", "/nowhere", evil);
    answer(&h, "GET", "/healthz", evil);
    struct rig_ws w;
    bool answered = rig_ws_open(&h.rig, &w, (struct rig_ws_options){.origin = evil});
    CHECK(answered && w.status == 403, "a foreign page gets no socket");
    rig_ws_close(&w);
    honest_close(&h);
    return 0;
}
