/* A17: a WebSocket upgrade with a foreign, null or missing Origin and a cookie (cross-site
 * WebSocket hijacking). Expected: 403 before the upgrade; a cookie is worth nothing. */
#include "rig/honest.h"

static int status_of(struct honest *h, const char *origin)
{
    struct rig_ws w;
    struct rig_ws_options o = {origin, "Cookie: session=abc; resume=def\r\n", NULL};
    bool answered = rig_ws_open(&h->rig, &w, o);
    int status = answered ? w.status : 0;
    rig_ws_close(&w);
    return status;
}

int main(void)
{
    struct honest h;
    char origin[160];
    honest_open(&h);
    CHECK(status_of(&h, NULL) == 101, "the server's own origin is let in");
    CHECK(status_of(&h, "https://evil.example") == 403, "a foreign origin: 403");
    CHECK(status_of(&h, "null") == 403, "origin null: 403");
    CHECK(status_of(&h, "") == 403, "no origin: 403");
    snprintf(origin, sizeof(origin), "http://%s", h.rig.authority);
    CHECK(status_of(&h, origin) == 403, "the same host without TLS: 403");
    snprintf(origin, sizeof(origin), "https://%s.evil.example", h.rig.authority);
    CHECK(status_of(&h, origin) == 403, "the own name as a prefix: 403");
    snprintf(origin, sizeof(origin), "https://evil.example/%s", h.rig.authority);
    CHECK(status_of(&h, origin) == 403, "the own name as a path: 403");
    snprintf(origin, sizeof(origin), "https://127.0.0.1:%u", h.rig.port == 1 ? 2 : h.rig.port - 1);
    CHECK(status_of(&h, origin) == 403, "another port: 403");

    /* the same rule for the API, which a form on a foreign page could reach */
    struct rig_http r;
    rig_http_do(&h.rig,
                &(struct rig_http_request){.method = "POST",
                                           .path = "/api/meetings",
                                           .body = "{}",
                                           .origin = "https://evil.example"},
                &r);
    CHECK(r.status == 403, "POST /api/meetings from a foreign origin: 403");
    rig_http_fini(&r);

    struct rig_peer *p = rig_connect(&h.rig);
    NEED(p, "a connection of the right origin");
    rig_tell(p, json_pack("{s:s,s:s}", "t", "group_create", "group", "AAAA"));
    json_t *reply = rig_ask(p, json_pack("{s:s}", "t", "leave"));
    CHECK(strcmp(rig_verdict(reply), "ok") != 0, "without a hello nothing is done");
    rig_leave(p, false);
    honest_close(&h);
    return 0;
}
