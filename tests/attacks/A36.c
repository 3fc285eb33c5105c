/* A36: the server forks, withholds, reorders, replays: two commits for one epoch to different
 * halves, a commit kept from one member, removals that never happen, an old Welcome. Expected:
 * nobody goes on as "secure" in a split group for more than 5 seconds; what is merely late is
 * caught up with. */
#include "hall_honest.h"

/* ---- two commits for one epoch ---- */

enum { SIX = 6 };

static struct {
    bool on;
    int n;
    uint8_t *commit[2];
    size_t len[2];
    int from[2];
} fork_;

static bool keep_commit(struct hall *h, int from, struct e2ee_effect *out)
{
    (void)h;
    if (!fork_.on || out->type != E2EE_OUT_COMMIT || fork_.n == 2)
        return !fork_.on || out->type != E2EE_OUT_COMMIT;
    fork_.commit[fork_.n] = malloc(out->b.len);
    memcpy(fork_.commit[fork_.n], out->b.ptr, out->b.len);
    fork_.len[fork_.n] = out->b.len;
    fork_.from[fork_.n++] = from;
    return false;
}

static void rename_now(int who, const char *name)
{
    struct e2ee_input in = {.type = E2EE_IN_RENAME, .b = span_str(name)};
    NEED(hall_tell(&hall, who, &in) == ERR_OK, "somebody makes a commit");
}

static void forked(void)
{
    for (int i = CHI + 1; i < SIX; i++)
        hall_join(&hall, "guest", false);
    NEED(hall_until(&hall, 5000, hall_all_secure), "six people are secure");
    hall_run(&hall, 40000);
    fork_.on = true;
    hall.hooks.up = keep_commit;
    rename_now(ANA, "Ana A.");
    rename_now(BEN, "Ben B.");
    hall_run(&hall, 50);
    NEED(fork_.n == 2, "the server holds two commits for one epoch");
    for (int i = 0; i < SIX; i++) {
        int k = i == fork_.from[0] ? 0 : i == fork_.from[1] ? 1 : i % 2;
        struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
        in.member = hall.person[fork_.from[k]].member;
        in.a = span_of(hall.group, hall.group_len);
        in.b = span_of(fork_.commit[k], fork_.len[k]);
        hall_down(&hall, i, &in);
    }
    uint64_t since = hall.now;
    hall.epoch++;
    hall_run(&hall, 5000);
    for (int i = 0; i < SIX; i++) {
        struct e2ee_status s = hall_status(&hall, i);
        if (s.phase != E2EE_STOPPED)
            printf("      %s goes on in epoch %lu\n", hall.person[i].name, (unsigned long)s.epoch);
        NEED(s.phase == E2EE_STOPPED && s.why == E2EE_WHY_FORK, "everybody stops for the fork");
        NEED(hall.person[i].stopped_at - since <= 5000, "within five seconds");
    }
    CHECK(true, "all six stop sending within 5 s of a fork");
    for (int k = 0; k < 2; k++)
        free(fork_.commit[k]);
}

/* ---- withheld ---- */

static int victim;
static bool deaf; /* nothing of the group at all, not even the others' beats */

static bool withhold(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    return !(to == victim && (in->type == E2EE_IN_COMMIT || (deaf && in->type == E2EE_IN_MESSAGE)));
}

static bool victim_stopped(struct hall *h)
{
    return hall_status(h, victim).phase == E2EE_STOPPED;
}

static void withheld(void)
{
    victim = BEN;
    hall.hooks.down = withhold;
    uint64_t since = hall.now;
    rename_now(CHI, "Chi C.");
    CHECK(hall_until(&hall, 5000, victim_stopped) && hall.now - since <= 5000,
          "who is kept from a commit stops within 5 s of it");
    CHECK(hall_status(&hall, BEN).why == E2EE_WHY_BEHIND, "and says that messages are missing");
    hall.hooks.down = NULL;
    CHECK(hall_until(&hall, 30000, hall_all_secure), "it is back when the server delivers again");
    deaf = true;
    hall.hooks.down = withhold;
    since = hall.now;
    CHECK(hall_until(&hall, 20000, victim_stopped) && hall.now - since <= 17000 &&
              hall_status(&hall, BEN).why == E2EE_WHY_SILENT,
          "who hears no beat of an administrator stops after three");
    hall.hooks.down = NULL;
    deaf = false;
    CHECK(hall_until(&hall, 30000, hall_all_secure), "and resumes with the next");
}

/* ---- reordered, replayed ---- */

static struct {
    bool on, held;
    struct e2ee_input in;
    uint8_t bytes[65536];
} late;

static bool reorder(struct hall *h, int to, struct e2ee_input *in)
{
    if (!late.on || to != BEN || in->type != E2EE_IN_COMMIT || late.held)
        return true;
    late.held = true;
    late.in = *in;
    memcpy(late.bytes, in->b.ptr, in->b.len);
    late.in.b.ptr = late.bytes;
    late.in.a = span_of(h->group, h->group_len);
    return false;
}

static void reordered(void)
{
    late.on = true;
    hall.hooks.down = reorder;
    rename_now(ANA, "Ana");
    hall_run(&hall, 100);
    rename_now(CHI, "Chi");
    hall_run(&hall, 1000);
    hall.hooks.down = NULL;
    CHECK(hall_until(&hall, 3000, hall_all_secure), "commits out of order are fetched in order");
    uint64_t epoch = hall_status(&hall, BEN).epoch;
    NEED(hall_tell(&hall, BEN, &late.in) == ERR_OK, "the late one comes, too");
    CHECK(hall_status(&hall, BEN).epoch == epoch, "and an old commit changes nothing");
}

static struct {
    bool held;
    struct e2ee_input in;
    uint8_t bytes[E2EE_UPLOAD_MAX];
} welcome;

static bool keep_welcome(struct hall *h, int to, struct e2ee_input *in)
{
    (void)to;
    if (in->type != E2EE_IN_GROUP_WELCOME || welcome.held)
        return true;
    welcome.held = true;
    welcome.in = *in;
    memcpy(welcome.bytes, in->b.ptr, in->b.len);
    welcome.in.b.ptr = welcome.bytes;
    welcome.in.a = span_of(h->group, h->group_len);
    return true;
}

static void old_welcome(void)
{
    hall.hooks.down = keep_welcome;
    int dan = hall_join(&hall, "Dan", false);
    NEED(hall_until(&hall, 5000, hall_all_secure) && welcome.held, "Dan joins by a Welcome");
    uint64_t epoch = hall_status(&hall, dan).epoch;
    CHECK(hall_tell(&hall, dan, &welcome.in) != ERR_OK && hall_status(&hall, dan).epoch == epoch,
          "the same Welcome again is refused");
    int eve = hall_join(&hall, "Eve", false);
    hall_run(&hall, 2);
    (void)hall_tell(&hall, eve, &welcome.in);
    CHECK(hall_status(&hall, eve).phase == E2EE_STARTING, "and is nobody else's way in");
    NEED(hall_until(&hall, 5000, hall_all_secure), "who then joins in the right way");
    hall.hooks.down = NULL;
    hall_leave(&hall, eve);
    hall_leave(&hall, dan);
    NEED(hall_until(&hall, 5000, hall_all_secure), "both leave");
}

/* ---- removals that never happen ---- */

static bool drop_commits(struct hall *h, int from, struct e2ee_effect *out)
{
    (void)h;
    (void)from;
    return out->type != E2EE_OUT_COMMIT;
}

static void dropped_removal(void)
{
    int dan = hall_join(&hall, "Dan", false);
    NEED(hall_until(&hall, 5000, hall_all_secure), "Dan joins");
    hall.hooks.up = drop_commits;
    hall_leave(&hall, dan);
    uint64_t since = hall.now;
    hall_run(&hall, 4000);
    for (int i = ANA; i <= CHI; i++) {
        struct e2ee_status s = hall_status(&hall, i);
        NEED(s.phase == E2EE_STOPPED && s.why == E2EE_WHY_GHOST, "all stop");
        NEED(hall.person[i].stopped_at - since <= 3500, "soon");
    }
    CHECK(true, "a removal that the server swallows stops sending after 3 s");
    hall.hooks.up = NULL;
}

static void start(uint64_t seed)
{
    memset(&late, 0, sizeof late);
    honest_start(seed);
}

int main(void)
{
    start(36);
    withheld();
    reordered();
    old_welcome();
    honest_unhurt();
    dropped_removal();
    hall_close(&hall);
    start(3600);
    forked();
    hall_close(&hall);
    return 0;
}
