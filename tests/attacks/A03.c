/* A03: a DTLS certificate that is not the signalled one; no fingerprint, weak ones, two of them;
 * the wrong role. Expected: no SRTP keys, the session is closed, and signalling refuses the rest.
 */
#include "rig/honest.h"

#define RIGHT h->rig.identity.fingerprint_text
#define WRONG                                                                                      \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static json_t *connect_with(const struct rig_transport *t, const char *role, json_t *prints)
{
    return json_pack("{s:s,s:I,s:s,s:o}", "t", "transport_connect", "transport", (json_int_t)t->id,
                     "role", role, "fingerprints", prints);
}

static json_t *print_of(const char *algorithm, const char *value)
{
    return json_pack("{s:s,s:s}", "algorithm", algorithm, "value", value);
}

static bool refused(struct rig_peer *p, const char *role, json_t *prints)
{
    json_t *o = rig_ask(p, connect_with(&p->send, role, prints));
    bool yes = o && !strcmp(json_string_value(json_object_get(o, "t")), "refused");
    json_decref(o);
    return yes;
}

static void bad_signalling(struct honest *h, struct rig_peer *p)
{
    CHECK(refused(p, "client", json_array()), "no fingerprint is refused");
    CHECK(refused(p, "client", json_pack("[o]", print_of("sha-1", RIGHT))), "sha-1 is refused");
    CHECK(refused(p, "client", json_pack("[o]", print_of("md5", RIGHT))), "md5 is refused");
    CHECK(refused(p, "client",
                  json_pack("[oo]", print_of("sha-256", WRONG), print_of("sha-256", RIGHT))),
          "two fingerprints, the second right, are refused");
    CHECK(refused(p, "client", json_pack("[o]", print_of("sha-256", "AB:CD"))),
          "a short fingerprint is refused");
    CHECK(refused(p, "server", json_pack("[o]", print_of("sha-256", RIGHT))),
          "the server's part in the handshake is refused");
}

/* The handshake with a certificate other than the signalled one, then media under its keys. */
static void impostor(struct honest *h, struct rig_peer *p)
{
    json_t *o =
        rig_ask(p, connect_with(&p->send, "client", json_pack("[o]", print_of("sha-256", WRONG))));
    NEED(!strcmp(rig_verdict(o), "ok"), "a fingerprint is signalled");
    rig_transport_secure(p, true, 3000); /* the client may believe that it is through */
    json_t *e;
    while ((e = rig_event(p, "transport_state", 5000)) && rig_u32(e, "transport") != p->send.id)
        json_decref(e); /* its receive transport connected before */
    const char *state = json_string_value(json_object_get(e, "state"));
    printf("      the server says: %s\n", state ? state : "nothing");
    CHECK(state && (!strcmp(state, "failed") || !strcmp(state, "closed")),
          "the server says that the transport is no more");
    json_decref(e);
    struct rig_track *t = rig_publish_audio(p);
    if (!t)
        return;
    json_t *opened = rig_event(h->ben, "track_opened", 2000);
    json_decref(opened);
    rig_subscribe_all(h->ben);
    rig_run(&h->rig, 500);
    struct rig_sub *s = rig_sub_of(h->ben, p, false);
    CHECK(!s || s->packets == 0, "no packet under its keys is forwarded");
}

int main(void)
{
    struct honest hh, *h = &hh;
    honest_open(h);
    struct rig_peer *guest = honest_guest(h);
    NEED(rig_transport_ask(guest, true), "it opens another transport");
    bad_signalling(h, guest);
    impostor(h, guest);
    rig_leave(guest, false);
    honest_close(h);
    return 0;
}
