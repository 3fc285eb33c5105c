/* A25: who has no link tries ids. Expected: a meeting that is there, one that was ended, one that
 * is locked and one with a passcode are answered, with the same bytes and in the same time, like
 * one that never was; with a passcode in hand as well as without. */
#include "rig/honest.h"

#include <sodium.h>
#include <stdlib.h>

enum { KINDS = 5, ROUNDS = 100, DEALS = 100000, WAIT_US = 18 * 1000 };
/* One in 5,000 runs over the four comparisons together; a distance of 0.32 between two kinds is
 * told. */
#define CHANCE 0.00005

static const char *const kinds[KINDS] = {"never made", "open", "ended", "locked", "passcode"};

/* A reply as text, without its number. */
static void ask_as_stranger(struct honest *h, const struct rig_meeting *m, const char *passcode,
                            char out[256], int64_t *us)
{
    struct rig_peer *p = rig_connect(&h->rig);
    NEED(p, "a stranger connects");
    json_t *o = rig_hello(m, false);
    if (passcode)
        json_object_set_new(o, "passcode", json_string(passcode));
    instant_us at = rig_now();
    json_t *reply = rig_ask(p, o);
    *us = rig_now() - at;
    NEED(reply, "it is answered");
    json_object_del(reply, "re");
    char *text = json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(out, 256, "%s", text);
    free(text);
    json_decref(reply);
    rig_leave(p, false);
}

/* Who comes when, by lot. */
static void shuffle(int order[KINDS])
{
    for (int i = KINDS - 1; i > 0; i--) {
        int k = (int)randombytes_uniform((uint32_t)i + 1), was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
}

/* Kolmogorov-Smirnov distance of two kinds, of all their times in order: +1 for the one, -1 for the
 * other. */
struct timed {
    int64_t us;
    int round;
    bool second;
};

static int by_time(const void *a, const void *b)
{
    const struct timed *x = a, *y = b;
    return (x->us > y->us) - (x->us < y->us);
}

static int distance(const struct timed *all, const bool swapped[ROUNDS])
{
    int at = 0, most = 0;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        at += all[i].second == swapped[all[i].round] ? 1 : -1;
        bool tie = i + 1 < 2 * ROUNDS && all[i + 1].us == all[i].us;
        if (!tie && abs(at) > most)
            most = abs(at);
    }
    return most;
}

/* How often so large a distance comes when the two are dealt anew within each round: exact whatever
 * the machine does meanwhile, as who came first in a round was drawn by lot. */
static double same_times(const int64_t *a, const int64_t *b)
{
    struct timed all[2 * ROUNDS];
    bool swapped[ROUNDS] = {false};
    for (int i = 0; i < ROUNDS; i++) {
        all[2 * i] = (struct timed){a[i], i, false};
        all[2 * i + 1] = (struct timed){b[i], i, true};
    }
    qsort(all, 2 * (size_t)ROUNDS, sizeof *all, by_time);
    int seen = distance(all, swapped), as_far = 1;
    for (int deal = 1; deal < DEALS; deal++) {
        uint8_t bits[ROUNDS];
        randombytes_buf(bits, sizeof bits);
        for (int i = 0; i < ROUNDS; i++)
            swapped[i] = bits[i] & 1;
        as_far += distance(all, swapped) >= seen;
    }
    return (double)as_far / DEALS;
}

static void compare(struct honest *h, const struct rig_meeting m[KINDS], const char *passcode,
                    const char *want)
{
    static int64_t us[KINDS][ROUNDS];
    char first[256] = "", text[256];
    int rounds = passcode ? 6 : ROUNDS; /* a digest is made for each: bytes say enough there */
    int order[KINDS] = {0, 1, 2, 3, 4};
    int64_t soonest = INT64_MAX;
    for (int i = 0; i < rounds; i++) {
        shuffle(order);
        for (int at = 0; at < KINDS; at++) {
            int k = order[at];
            ask_as_stranger(h, &m[k], passcode, text, &us[k][i]);
            soonest = us[k][i] < soonest ? us[k][i] : soonest;
            if (first[0] == '\0')
                snprintf(first, sizeof first, "%s", text);
            if (strcmp(first, text) != 0)
                printf("      %s: %s, but %s: %s\n", kinds[0], first, kinds[k], text);
            NEED(strcmp(first, text) == 0, "every answer is the same, byte for byte");
        }
    }
    printf("      all: %s\n", first);
    CHECK(strstr(first, want), "the answers are one and the same");
    if (passcode)
        return;
    printf("      the soonest after %.1f ms\n", (double)soonest / US_PER_MS);
    CHECK(soonest >= WAIT_US, "they come at a moment of their own, not when the store has read");
    for (int k = 1; k < KINDS; k++) {
        double p = same_times(us[0], us[k]);
        printf("      %s against never made: p = %.3f\n", kinds[k], p);
        NEED(p > CHANCE, "and take the same time");
    }
}

static void say(struct rig_peer *p, json_t *o)
{
    NEED(!strcmp(rig_verdict(rig_ask(p, o)), "ok"), "a host does what makes the difference");
}

int main(void)
{
    struct honest h;
    struct rig_meeting m[KINDS];
    honest_open(&h);
    rig_meeting_draw(&m[0]);
    for (int k = 1; k < KINDS; k++) {
        NEED(rig_meeting_create(&h.rig, &m[k]), "a meeting of each kind");
        struct rig_peer *host = rig_join(&h.rig, &m[k], true);
        NEED(host, "with a host");
        if (k == 2)
            say(host, json_pack("{s:s}", "t", "end"));
        if (k == 3)
            say(host, json_pack("{s:s,s:b}", "t", "settings_set", "locked", 1));
        if (k == 4)
            say(host, json_pack("{s:s,s:s}", "t", "passcode_set", "passcode", "lemon-tree"));
        rig_leave(host, false);
        m[k].access[0] ^= 1; /* the id alone, no link */
    }
    rig_gap_reset(h.ana);
    rig_gap_reset(h.ben);
    compare(&h, m, NULL, "not_found");
    compare(&h, m, "lemon-tree", "passcode");
    honest_close(&h);
    return 0;
}
