/* crowd LINK [HOST_LINK]: a crowd of native participants. Seat 0 is the host when there is a host's
 * link. Commands on standard input, one a line:
 *
 *     open N      N more seats, 8 a second: all share one thread
 *     leave I     the seat leaves the meeting and says so
 *     remove I    the host removes the seat
 *     back I      a new person takes the seat
 *     hold, go    the members' clock stands still, or goes: while it stands nobody rekeys or beats
 *     quit
 *
 * Prints JSON, one object a line; times are ms since 1970:
 *
 *     in      a seat got its first epoch; took: from its connection's begin
 *     epoch   every seat is in this epoch or a later one; first, last: when they came to it
 *     gone    nobody's tree has the seat that left or was removed any more; first, last
 *     lost, ended, refused: what should not happen here */
#include "crowd.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { SEATS = 1000, A_SECOND = 8, PING_MS = 5000, EPOCHS = 4096 };

struct seat {
    struct bot bot;
    void *memory;
    double began;
    uint64_t ping_at, epoch;
    uint32_t place;
    bool in, out, again; /* in the group; on its way out; to be taken anew once it is out */
    bool clear;          /* its tree has not the one who went */
};

static struct {
    const char *link, *host_link;
    struct seat *seat[SEATS];
    uint32_t seats;
    uint32_t settled_members;
    uint64_t held;                      /* the members' time while it stands still, or 0 */
    uint64_t settled;                   /* the last epoch that all came to, and 1 */
    double first[EPOCHS], last[EPOCHS]; /* of an epoch, modulo EPOCHS */
    struct leaving {
        bool on, by_host;
        uint32_t place, members;
        uint8_t participant[E2EE_PARTICIPANT];
        double began, first, last;
    } leaving;
} crowd;

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

uint64_t bot_now_ms(void)
{
    return crowd.held ? crowd.held : (uint64_t)now_ms();
}

static struct seat *seat_of(struct bot *b)
{
    return (struct seat *)(void *)((char *)b - offsetof(struct seat, bot));
}

/* ---- what the bot's parts would print ---- */

void bot_tell_status(const struct bot *b)
{
    (void)b;
}

void bot_tell_roster(const struct bot *b)
{
    (void)b;
}

void bot_tell_note(const struct bot *b, const struct e2ee_effect *effect)
{
    (void)b, (void)effect;
}

void bot_tell_refused(const struct e2ee_effect *effect)
{
    printf("{\"event\": \"refused\", \"rule\": \"%s\"}\n", rule_words(effect->rule));
}

void bot_tell_end(const char *reason)
{
    printf("{\"event\": \"ended\", \"reason\": \"%s\"}\n", reason);
}

/* ---- who is where ---- */

static void look_settled(uint64_t epoch)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < crowd.seats; i++) {
        members += crowd.seat[i]->in;
        if (crowd.seat[i]->in && crowd.seat[i]->epoch < epoch)
            return;
    }
    bool more = epoch + 1 == crowd.settled && members > crowd.settled_members;
    if ((epoch < crowd.settled && !more) || members == 0)
        return;
    crowd.settled = epoch + 1;
    crowd.settled_members = members;
    printf("{\"event\": \"epoch\", \"epoch\": %llu, \"members\": %u, \"first\": %.3f, "
           "\"last\": %.3f}\n",
           (unsigned long long)epoch, members, crowd.first[epoch % EPOCHS],
           crowd.last[epoch % EPOCHS]);
}

static bool tree_has(const struct bot *b, const uint8_t participant[E2EE_PARTICIPANT])
{
    struct e2ee_person p;
    for (uint32_t cursor = 0; e2ee_person_next(b->core, &cursor, &p);)
        if (memcmp(p.participant, participant, E2EE_PARTICIPANT) == 0)
            return true;
    return false;
}

static void look_gone(struct seat *s, double now)
{
    struct leaving *l = &crowd.leaving;
    if (!l->on || s->clear || tree_has(&s->bot, l->participant))
        return;
    s->clear = true;
    l->first = l->first > 0 ? l->first : now;
    l->last = now;
    l->members++;
    for (uint32_t i = 0; i < crowd.seats; i++)
        if (crowd.seat[i]->in && !crowd.seat[i]->clear)
            return;
    l->on = false;
    printf("{\"event\": \"gone\", \"seat\": %u, \"how\": \"%s\", \"members\": %u, "
           "\"first\": %.3f, \"took\": %.3f}\n",
           l->place, l->by_host ? "remove" : "leave", l->members, l->first - l->began,
           l->last - l->began);
}

static void came_to(struct seat *s, uint64_t epoch)
{
    double now = now_ms();
    bool fresh = !s->in;
    if (s->out)
        return;
    s->in = true;
    s->epoch = epoch;
    if (crowd.first[epoch % EPOCHS] < now - 60e3)
        crowd.first[epoch % EPOCHS] = now;
    crowd.last[epoch % EPOCHS] = now;
    if (fresh)
        printf("{\"event\": \"in\", \"seat\": %u, \"took\": %.3f}\n", s->place, now - s->began);
    look_gone(s, now);
    look_settled(epoch);
}

/* ---- the core ---- */

static void fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    randombytes_buf(out, len);
}

/* Up at the core's next moment or for the next ping, whichever is first. */
static void arm(struct seat *s)
{
    uint64_t real = (uint64_t)now_ms(), now = bot_now_ms(), at = e2ee_deadline(s->bot.core);
    uint64_t wait = s->ping_at > real ? s->ping_at - real : 0;
    if (at <= now)
        wait = 0;
    else if (!crowd.held && at - now < wait)
        wait = at - now;
    bot_wire_wake(s->bot.wire, wait);
}

void bot_input(struct bot *b, const struct e2ee_input *in)
{
    struct e2ee_effect effect;
    uint64_t epoch = 0;
    bool began = false;
    (void)e2ee_input(b->core, in, bot_now_ms());
    while (e2ee_poll(b->core, &effect)) {
        if (effect.type == E2EE_OUT_EPOCH) {
            began = true;
            epoch = effect.epoch;
        }
        bot_carry(b, &effect);
    }
    if (began)
        came_to(seat_of(b), epoch);
    if (b->to_sign) {
        b->to_sign = false;
        bot_input(b, &(struct e2ee_input){.type = E2EE_IN_DEVICE_SIGNED,
                                          .a = span_of(b->signature, sizeof b->signature)});
    }
    arm(seat_of(b));
}

/* ---- the connection ---- */

static void close_seat(struct seat *s);
static void open_seat(uint32_t place, uint32_t after_ms);

static void opened(void *context)
{
    struct seat *s = context;
    bot_hello(&s->bot);
}

static void text(void *context, struct span message)
{
    struct seat *s = context;
    bot_hear(&s->bot, message);
}

static void again(struct seat *s)
{
    uint32_t place = s->place;
    close_seat(s);
    open_seat(place, 0);
}

static void lost(void *context, const char *why, int close_code)
{
    struct seat *s = context;
    s->bot.joined = false;
    if (!s->out)
        printf("{\"event\": \"lost\", \"seat\": %u, \"code\": %d, \"why\": \"%s\"}\n", s->place,
               close_code, why);
    s->out = true;
    s->in = false;
    if (s->again)
        again(s);
    else
        bot_wire_wake(s->bot.wire, 3600000); /* nothing more */
}

static void due(void *context)
{
    struct seat *s = context;
    uint64_t now = (uint64_t)now_ms();
    if (s->out)
        return;
    if (now >= s->ping_at) {
        s->ping_at = now + PING_MS;
        if (s->bot.joined)
            (void)bot_ask(&s->bot, json_pack("{s:s}", "t", "ping"), 0);
    }
    bot_input(&s->bot, &(struct e2ee_input){.type = E2EE_IN_TICK});
}

/* ---- seats ---- */

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "crowd: %s\n", what);
    exit(1);
}

static void open_core(struct seat *s)
{
    char name[24];
    (void)snprintf(name, sizeof name, "Bot %u", s->place);
    struct e2ee_config c = {
        .members = BOT_MEMBERS,
        .random = {fill_random, NULL},
        .link = s->bot.link.keys,
        .name = span_str(name),
        .bot = true,
    };
    memcpy(c.device_public, s->bot.device.public, sizeof c.device_public);
    s->memory = calloc(1, e2ee_bytes(BOT_MEMBERS));
    must(s->memory && e2ee_open(s->memory, &c, &s->bot.core) == ERR_OK, "no core");
}

static void open_seat(uint32_t place, uint32_t after_ms)
{
    struct complaint why;
    struct seat *s = calloc(1, sizeof *s);
    const char *link = place == 0 && crowd.host_link ? crowd.host_link : crowd.link;
    must(s != NULL, "no memory");
    s->place = place;
    must(bot_link_parse(&s->bot.link, link, &why) == ERR_OK, "not a link");
    must(bot_device_open(&s->bot.device, NULL, &why) == ERR_OK, "no device key");
    open_core(s);
    const struct bot_wire_options o = {.link = &s->bot.link,
                                       .hooks = {.context = s, opened, text, lost, due, NULL}};
    s->bot.wire = bot_wire_open(&o);
    must(s->bot.wire != NULL, "no memory");
    s->began = now_ms() + after_ms;
    crowd.seat[place] = s;
    bot_wire_connect(s->bot.wire, after_ms);
}

static void close_seat(struct seat *s)
{
    bot_wire_close(s->bot.wire);
    e2ee_close(s->bot.core);
    free(s->memory);
    free(s);
}

static void open_seats(uint32_t n)
{
    for (uint32_t i = 0; i < n && crowd.seats < SEATS; i++)
        open_seat(crowd.seats++, i * 1000 / A_SECOND);
}

/* ---- commands ---- */

static void begin_leaving(struct seat *s, bool by_host)
{
    crowd.leaving = (struct leaving){.on = true, .by_host = by_host, .place = s->place};
    memcpy(crowd.leaving.participant, e2ee_participant(s->bot.core), E2EE_PARTICIPANT);
    for (uint32_t i = 0; i < crowd.seats; i++)
        crowd.seat[i]->clear = false;
    s->in = false;
    s->out = true;
    crowd.leaving.began = now_ms();
}

static void leave(struct seat *s)
{
    begin_leaving(s, false);
    (void)e2ee_input(s->bot.core, &(struct e2ee_input){.type = E2EE_IN_LEAVE}, bot_now_ms());
    (void)bot_ask(&s->bot, json_pack("{s:s}", "t", "leave"), 0);
    bot_wire_hang_up(s->bot.wire);
}

static void remove_by_host(struct seat *s)
{
    begin_leaving(s, true);
    bot_input(&crowd.seat[0]->bot,
              &(struct e2ee_input){.type = E2EE_IN_REMOVE,
                                   .a = span_of(crowd.leaving.participant, E2EE_PARTICIPANT)});
}

/* A seat that was removed still holds its connection. */
static void back(struct seat *s)
{
    s->again = true;
    if (!s->bot.joined) {
        again(s);
        return;
    }
    (void)bot_ask(&s->bot, json_pack("{s:s}", "t", "leave"), 0);
    bot_wire_hang_up(s->bot.wire);
}

static void take_line(struct span words)
{
    char line[64] = "", verb[16] = "";
    unsigned number = 0;
    memcpy(line, words.ptr, words.len < sizeof line - 1 ? words.len : sizeof line - 1);
    int n = sscanf(line, "%15s %u", verb, &number);
    struct seat *s = n == 2 && number < crowd.seats ? crowd.seat[number] : NULL;
    if (strcmp(verb, "open") == 0)
        open_seats(number);
    else if (strcmp(verb, "hold") == 0)
        crowd.held = bot_now_ms();
    else if (strcmp(verb, "go") == 0)
        crowd.held = 0;
    else if (strcmp(verb, "quit") == 0)
        crowd_wire_end();
    else if (s && s->in && strcmp(verb, "leave") == 0)
        leave(s);
    else if (s && s->in && crowd.host_link && strcmp(verb, "remove") == 0)
        remove_by_host(s);
    else if (s && s->out && strcmp(verb, "back") == 0)
        back(s);
    else
        printf("{\"event\": \"wrong\", \"line\": \"%s\"}\n", verb);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || sodium_init() < 0 || suite_start() != ERR_OK) {
        fprintf(stderr, "usage: crowd LINK [HOST_LINK]\n");
        return 2;
    }
    crowd.link = argv[1];
    crowd.host_link = argc == 3 ? argv[2] : NULL;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    must(crowd_wire_start(take_line), "the network library did not start");
    crowd_wire_run();
    return 0; /* the seats go with the process */
}
