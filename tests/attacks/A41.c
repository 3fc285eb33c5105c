/* A41: people in the waiting room, and claims of where one is, as votes on where a meeting's media
 * go. Expected: only who was let in weighs; no message has a place to claim a region, and headers
 * that a proxy would set are not looked at. Regions themselves are not built yet. */
#include "rig/honest.h"

enum { CROWD = 6, MEETINGS = 8, PROCESSES = 16 };

static unsigned inside[PROCESSES]; /* let in, of the meetings that began in each process */

/* The process is in the first two digits of a transport's ufrag. */
static unsigned process_of(struct rig_peer *p, bool send)
{
    const char *ufrag = send ? p->send.ufrag : p->recv.ufrag;
    char digits[3] = {ufrag[0], ufrag[1], 0};
    unsigned long at = strtoul(digits, NULL, 16);
    NEED(at < PROCESSES, "as many processes as the test knows");
    return (unsigned)at;
}

static void claims(struct honest *h)
{
    static const char *const fields[] = {"region", "country", "ip", "location"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct rig_peer *p = rig_connect(&h->rig);
        json_t *o = rig_hello(&h->meeting, false);
        json_object_set_new(o, fields[i], json_string("R"));
        NEED(!strcmp(rig_verdict(rig_ask(p, o)), "bad_message"), "no field to claim a region with");
        rig_leave(p, false);
    }
    CHECK(true, "a hello that says where its sender is, is refused");
    static const char extra[] = "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n"
                                "X-Real-IP: 192.0.2.1\r\nCF-IPCountry: R\r\n";
    struct rig_ws w;
    bool answered = rig_ws_open(&h->rig, &w, (struct rig_ws_options){.extra = extra});
    CHECK(answered && w.status == 101, "a proxy's headers change nothing");
    rig_ws_close(&w);
    CHECK(rig_log_count(&h->rig, "192.0.2.1") == 0, "and are not believed in the log either");
}

static void crowd(struct honest *h, struct rig_peer **out)
{
    for (int i = 0; i < CROWD; i++) {
        out[i] = rig_join(&h->rig, &h->meeting, false);
        NEED(out[i] && json_is_true(json_object_get(out[i]->welcome, "waiting")),
             "a crowd waits at the door");
        NEED(!strcmp(rig_verdict(rig_ask(
                         out[i], json_pack("{s:s,s:s}", "t", "transport_open", "dir", "send"))),
                     "forbidden"),
             "and gets no transport");
    }
}

/* New meetings go where the fewest are inside: the crowd's meeting is no heavier for it. */
static void meetings(struct honest *h)
{
    struct rig_peer *host[MEETINGS];
    unsigned most = 0, least = ~0u, used = 0;
    inside[process_of(h->ana, true)] += 2;
    for (int i = 0; i < MEETINGS; i++) {
        struct rig_meeting m;
        NEED(rig_meeting_create(&h->rig, &m), "a meeting is made");
        host[i] = rig_join(&h->rig, &m, true);
        NEED(host[i] && rig_transport_ask(host[i], true), "its host has a transport");
        inside[process_of(host[i], true)]++;
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (inside[i] == 0)
            continue;
        printf("      process %u: %u inside\n", i, inside[i]);
        most = inside[i] > most ? inside[i] : most;
        least = inside[i] < least ? inside[i] : least;
        used++;
    }
    NEED(used > 1, "the server has several media processes");
    CHECK(most - least <= 1, "only those inside decide where the next meeting goes");
    for (int i = 0; i < MEETINGS; i++)
        rig_leave(host[i], true);
}

int main(void)
{
    struct honest h;
    struct rig_peer *waiting[CROWD];
    honest_open_waiting(&h);
    claims(&h);
    crowd(&h, waiting);
    meetings(&h);
    for (int i = 0; i < CROWD; i++)
        rig_leave(waiting[i], true);
    honest_close(&h);
    return 0;
}
