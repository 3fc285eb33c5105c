/* A26: somebody with the link guesses the passcode, on many connections at once, and goes on after
 * a restart. Expected: ten wrong ones for the whole meeting, then none is even compared, also the
 * right one; the host is told; the budget is the same after a restart; others are served meanwhile.
 */
#include "rig/honest.h"

enum { GUESSES = 24, BEFORE = 12 };

static const char right[] = "lemon-tree-7";

static struct rig_peer *begin_at(struct honest *h, const struct rig_meeting *m,
                                 const char *passcode)
{
    struct rig_peer *p = rig_connect(&h->rig);
    NEED(p, "somebody connects");
    json_t *o = rig_hello(m, false);
    if (passcode)
        json_object_set_new(o, "passcode", json_string(passcode));
    rig_tell(p, o);
    return p;
}

static struct rig_peer *begin_guess(struct honest *h, const char *passcode)
{
    return begin_at(h, &h->meeting, passcode);
}

static const char *end_guess(struct honest *h, struct rig_peer *p)
{
    static char word[64];
    (void)RIG_WAIT(&h->rig, 8000, json_array_size(p->replies) > 0 || p->ws.closed);
    rig_signal_read(p);
    json_t *reply = json_incref(json_array_get(p->replies, 0));
    snprintf(word, sizeof word, "%s", rig_verdict(reply));
    rig_leave(p, false);
    return word;
}

static const char *guess(struct honest *h, const char *passcode)
{
    return end_guess(h, begin_guess(h, passcode));
}

static void storm(struct honest *h)
{
    struct rig_peer *p[GUESSES];
    char word[32];
    unsigned refused = 0;
    for (int i = 0; i < GUESSES; i++) {
        snprintf(word, sizeof word, "guess-%d", i);
        p[i] = begin_guess(h, word);
    }
    instant_us at = rig_now();
    NEED(!strcmp(rig_verdict(rig_ask(h->ben, json_pack("{s:s}", "t", "ping"))), "ok"),
         "Ben's ping is answered meanwhile");
    printf("      a ping among %d digests took %lld ms\n", GUESSES,
           (long long)(rig_now() - at) / 1000);
    for (int i = 0; i < GUESSES; i++)
        refused += !strcmp(end_guess(h, p[i]), "passcode");
    CHECK(refused == GUESSES, "every wrong one is refused with one word");
    double spent = rig_metric(&h->rig, "conclave_passcodes_spent_total");
    printf("      %d guesses at once, %d not even compared\n", GUESSES, (int)spent);
    CHECK(spent >= GUESSES - 10, "ten of them were compared at most, however many came at once");
}

/* The right passcode, compared while its meeting is ended, opens nothing. */
static void ended_meanwhile(struct honest *h)
{
    struct rig_meeting m, never;
    struct rig_peer *before[BEFORE], *late;
    NEED(rig_meeting_create(&h->rig, &m), "another meeting");
    rig_meeting_draw(&never);
    struct rig_peer *host = rig_join(&h->rig, &m, true);
    NEED(host, "with a host");
    json_t *set = json_pack("{s:s,s:s}", "t", "passcode_set", "passcode", right);
    NEED(!strcmp(rig_verdict(rig_ask(host, set)), "ok"), "and a passcode");
    double tried = rig_metric(&h->rig, "conclave_passcodes_total");
    for (int i = 0; i < BEFORE; i++) /* digests to be made before hers */
        before[i] = begin_at(h, &never, "guess");
    late = begin_at(h, &m, right);
    NEED(RIG_WAIT(&h->rig, 8000, rig_metric(&h->rig, "conclave_passcodes_total") > tried + BEFORE),
         "all are being compared");
    NEED(!strcmp(rig_verdict(rig_ask(host, json_pack("{s:s}", "t", "end"))), "ok"), "it is ended");
    CHECK(!strcmp(end_guess(h, late), "ended"), "who was being compared finds it ended");
    for (int i = 0; i < BEFORE; i++)
        (void)end_guess(h, before[i]);
    rig_leave(host, false);
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    CHECK(!strcmp(rig_verdict(rig_ask(
                      h.ana, json_pack("{s:s,s:s}", "t", "passcode_set", "passcode", right))),
                  "ok"),
          "Ana sets a passcode");
    json_t *o = rig_event(h.ben, "settings", 2000);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    CHECK(text && strstr(text, "\"passcode\":true") && !strstr(text, right),
          "Ben hears that there is one, not which");
    free(text);
    json_decref(o);
    CHECK(
        !strcmp(rig_verdict(rig_ask(h.ben, json_pack("{s:s}", "t", "passcode_set"))), "forbidden"),
        "Ben cannot drop it");
    CHECK(!strcmp(guess(&h, NULL), "passcode"), "who says none is asked for it");
    CHECK(!strcmp(guess(&h, "lemon-tree-8"), "passcode"), "a wrong one is refused");
    CHECK(!strcmp(guess(&h, right), "welcome"), "the right one opens");
    ended_meanwhile(&h);
    storm(&h);
    CHECK(!strcmp(guess(&h, right), "passcode"), "now the right one does not help either");
    o = rig_event(h.ana, "at_risk", 2000);
    CHECK(o && !strcmp(json_string_value(json_object_get(o, "cause")), "passcode"),
          "Ana is told that somebody guesses");
    json_decref(o);
    CHECK(!rig_event(h.ben, "at_risk", 100), "Ben is not");
    struct rig_peer *host = rig_join(&h.rig, &h.meeting, true);
    CHECK(host, "a host comes in without it");
    rig_leave(host, true);
    honest_unhurt(&h);
    CHECK(rig_log_count(&h.rig, right) == 0 && rig_log_count(&h.rig, "guess-1") == 0,
          "no passcode is in the log");
    rig_restart(&h.rig);
    CHECK(!strcmp(guess(&h, right), "passcode"), "after a restart the budget is as it was");
    rig_close(&h.rig);
    return 0;
}
