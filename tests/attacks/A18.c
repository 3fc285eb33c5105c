/* A18: WebSocket frames that break RFC 6455, endless fragments, a ping flood, compression, and a
 * client that drips. Expected: close 1002, 1007, 1009; no extension; 5 s before the hello. */
#include "rig/honest.h"

#include <poll.h>

/* Opens, fires, and gives the close code: 0 closed without one, -1 still open after ms. */
static int code_of(struct honest *h, struct span bytes, int64_t ms)
{
    struct rig_ws w;
    NEED(rig_ws_open(&h->rig, &w, (struct rig_ws_options){0}) && w.status == 101, "it opens");
    rig_ws_raw(&h->rig, &w, bytes);
    int code = rig_ws_wait_close(&h->rig, &w, ms);
    rig_ws_close(&w);
    return code;
}

/* The same for a member: after a hello that was right. */
static int member_code(struct honest *h, struct span bytes, int64_t ms)
{
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a member joins");
    rig_ws_raw(&h->rig, &p->ws, bytes);
    int code = rig_ws_wait_close(&h->rig, &p->ws, ms);
    rig_leave(p, false);
    return code;
}

#define BYTES(s) span_of(s, sizeof(s) - 1)

static void frames(struct honest *h)
{
    static const struct {
        const char *name;
        struct span bytes;
        int code;
    } bad[] = {
        {"an unmasked frame", {(const uint8_t *)"\x81\x02{}", 4}, 1002},
        {"RSV1 without an extension", {(const uint8_t *)"\xc1\x82\1\2\3\4zz", 8}, 1002},
        {"RSV2", {(const uint8_t *)"\xa1\x82\1\2\3\4zz", 8}, 1002},
        {"opcode 3", {(const uint8_t *)"\x83\x82\1\2\3\4zz", 8}, 1002},
        {"opcode 11", {(const uint8_t *)"\x8b\x82\1\2\3\4zz", 8}, 1002},
        {"a fragmented ping", {(const uint8_t *)"\x09\x80\1\2\3\4", 6}, 1002},
        {"a ping of 126 bytes", {(const uint8_t *)"\x89\xfe\0\x7e\1\2\3\4", 8}, 1002},
        {"a continuation of nothing", {(const uint8_t *)"\x80\x82\1\2\3\4zz", 8}, 1002},
        {"a length of 2^63", {(const uint8_t *)"\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4", 14}, 0},
        {"text that is not UTF-8", {(const uint8_t *)"\x81\x84\0\0\0\0\"\xc3\x28\"", 10}, 1007},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        for (int member = 0; member < 2; member++) {
            int code = member ? member_code(h, bad[i].bytes, 3000) : code_of(h, bad[i].bytes, 3000);
            printf("      %s%s: %d\n", bad[i].name, member ? ", as a member" : "", code);
            NEED(code >= 0, "the connection is closed");
            /* 1006 in effect, closed without a frame, is as safe; an open one is not */
            NEED(code == 0 || code == bad[i].code || code == 1002 || code == 1009 ||
                     (code == 1007 && bad[i].code == 1007) || (code == 1008 && !member),
                 "with the code that says why");
        }
    CHECK(true, "broken frames close the connection, before and after the hello");
}

/* A header that promises 2^40 bytes; 64 KiB of them come. */
static void promised(struct honest *h)
{
    static uint8_t big[70000] = {0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    memset(big + 14, ' ', sizeof(big) - 14);
    int code = member_code(h, span_of(big, sizeof(big)), 3000);
    printf("      a length of 2^40, and 70 000 bytes: %d\n", code);
    CHECK(code == 1009 || code == 0, "a frame of 2^40 bytes is closed at 64 KiB");
}

static void too_much(struct honest *h)
{
    static uint8_t big[70000];
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a member joins");
    memset(big, ' ', sizeof(big));
    rig_ws_send(&h->rig, &p->ws, RIG_WS_TEXT, span_of(big, sizeof(big)));
    int code = rig_ws_wait_close(&h->rig, &p->ws, 3000);
    printf("      70 000 bytes in one frame: %d\n", code);
    CHECK(code == 1009, "a message over 64 KiB: 1009");
    rig_leave(p, false);

    p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a member joins");
    uint8_t part[1006] = {0x01, 0xfe, 1000 >> 8, 1000 & 255, 0, 0, 0, 0};
    memset(part + 8, ' ', 998);
    for (int i = 0; i < 2000 && !p->ws.closed && !p->ws.tls.dead; i++) {
        rig_ws_raw(&h->rig, &p->ws, span_of(part, 1006));
        uint8_t rest[2] = {' ', ' '};
        rig_ws_raw(&h->rig, &p->ws, span_of(rest, 2));
        part[0] = 0x00;
        if (i % 10 == 0)
            rig_run(&h->rig, 2);
        struct rig_frame f;
        while (rig_ws_next(&h->rig, &p->ws, &f))
            continue;
    }
    code = rig_ws_wait_close(&h->rig, &p->ws, 3000);
    printf("      endless fragments: %d\n", code);
    CHECK(code == 1009 || code == 0, "endless fragments: closed at 64 KiB");
    rig_leave(p, false);
}

static void compression(struct honest *h)
{
    struct rig_ws w;
    struct rig_ws_options o = {
        .extra = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"};
    NEED(rig_ws_open(&h->rig, &w, o) && w.status == 101, "it opens");
    CHECK(!w.extension, "compression is not negotiated, so there is no bomb");
    rig_ws_close(&w);
}

static void ping_flood(struct honest *h)
{
    struct rig_peer *p = rig_join(&h->rig, &h->meeting, false);
    NEED(p, "a member joins");
    static const uint8_t ping[] = {0x89, 0x84, 0, 0, 0, 0, 'p', 'i', 'n', 'g'};
    struct rig_frame f;
    for (int i = 0; i < 20000 && !p->ws.closed && !p->ws.tls.dead; i++) {
        if (!rig_ws_raw(&h->rig, &p->ws, span_of(ping, sizeof(ping))))
            break;
        if (i % 100 == 0)
            rig_run(&h->rig, 1);
        while (i % 100 == 0 && rig_ws_next(&h->rig, &p->ws, &f))
            continue;
    }
    printf("      20 000 pings: %u answered, %s\n", p->ws.pongs,
           p->ws.closed || p->ws.tls.dead ? "closed" : "still open");
    rig_leave(p, false);
    CHECK(rig_alive(&h->rig), "a ping flood hurts nobody else");
}

/* One byte now and then of a message that never ends. */
static void drip(struct honest *h)
{
    struct rig_ws w;
    NEED(rig_ws_open(&h->rig, &w, (struct rig_ws_options){0}) && w.status == 101, "it opens");
    instant_us start = rig_now();
    rig_ws_raw(&h->rig, &w, BYTES("\x81\xfe\x10\x00\1\2\3\4"));
    struct rig_frame f;
    while (!w.closed && !w.tls.dead && rig_now() - start < 9 * US_PER_S) {
        rig_ws_raw(&h->rig, &w, BYTES("x"));
        rig_pump(&h->rig, w.tls.fd, POLLIN, rig_now() + 400 * US_PER_MS);
        rig_ws_next(&h->rig, &w, &f);
    }
    double s = (double)(rig_now() - start) / 1e6;
    printf("      a client that drips is closed after %.1f s\n", s);
    CHECK((w.closed || w.tls.dead) && s < 6.5, "no hello within 5 s: closed");
    rig_ws_close(&w);

    start = rig_now();
    int code = code_of(h, BYTES(""), 9000);
    s = (double)(rig_now() - start) / 1e6;
    printf("      a silent one after %.1f s with %d\n", s, code);
    CHECK(code >= 0 && s < 6.5, "silence before the hello: closed within 5 s");
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    frames(&h);
    promised(&h);
    too_much(&h);
    compression(&h);
    ping_flood(&h);
    drip(&h);
    honest_close(&h);
    return 0;
}
