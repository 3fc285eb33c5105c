/* A meeting in several media processes: cores joined by pipes, in virtual time. The test is their
 * front: process 0 is the room's home, alice and bob are there, carol is in 1. owns: the cores,
 * from set_up to tear_down. */
#ifndef TESTS_SFU_MIRRORS_H
#define TESTS_SFU_MIRRORS_H

#include "sfu/world.h"

enum { CORES = 3 };

static struct world w[CORES];
static struct client *alice, *bob, *carol;
static bool cut[CORES][CORES]; /* the channel from, to is full */
static uint32_t messages[CORES][CORES];

/* --- the pipes -------------------------------------------------------------------------------- */

static inline void hand_over(uint32_t from, const struct sfu_relay *r)
{
    uint8_t copy[RELAY_MESSAGE_MAX];
    struct sfu_relay_in in;
    assert_true(r->to < CORES && r->to != from && r->bytes.len <= sizeof copy);
    memcpy(copy, r->bytes.ptr, r->bytes.len);
    messages[from][r->to]++;
    if (cut[from][r->to]) {
        struct sfu_event e = {.type = SFU_RELAY_LOST,
                              .as.relay = {r->to, span_of(copy, r->bytes.len)}};
        assert_int_equal(sfu_input(w[from].sfu, &e, w[from].now), ERR_OK);
        return;
    }
    sfu_relay_begin(&in, from, span_of(copy, r->bytes.len));
    while (!sfu_relay_take(w[r->to].sfu, &in, w[r->to].now))
        world_drain(&w[r->to]);
    assert_int_equal(in.walk.fault, RELAY_OK);
    world_drain(&w[r->to]);
}

static inline void pump(void)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < CORES; i++) {
            struct sfu_relay r;
            while (sfu_relay(w[i].sfu, &r)) {
                more = true;
                hand_over(i, &r);
            }
            world_drain(&w[i]);
        }
    }
}

static inline void advance(duration_us by)
{
    for (duration_us done = 0; done < by; done += 10 * US_PER_MS) {
        for (uint32_t i = 0; i < CORES; i++)
            world_advance(&w[i], 10 * US_PER_MS);
        pump();
    }
}

/* --- front's part ----------------------------------------------------------------------------- */

static inline void tell(uint32_t core, const struct ipc_message *m)
{
    assert_int_equal(world_command(&w[core], m), ERR_OK);
    pump();
}

static inline void spread(uint32_t core, uint32_t cores)
{
    struct ipc_message m = {.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1};
    (void)world_command(&w[core], &m);
    m = (struct ipc_message){
        .type = IPC_ROOM_SPREAD,
        .as.ROOM_SPREAD = {.room = 1, .home = 0, .epoch = 1, .spread = (1u << cores) - 1}};
    tell(core, &m);
}

/* A client of one core, a peer in all. */
static inline struct client *enter(uint32_t core, uint32_t id)
{
    struct client *c = client_join(&w[core], id);
    for (uint32_t i = 0; i < CORES; i++) {
        struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
        if (i != core)
            tell(i, &m);
    }
    client_wide(&w[core], c);
    return c;
}

static inline void publish(uint32_t core, const struct ipc_message *m)
{
    tell(core, m);
    for (uint32_t i = 0; i < CORES; i++) {
        struct ipc_message mirror = {.type = IPC_MIRROR_OPEN,
                                     .as.MIRROR_OPEN = {m->as.TRACK_OPEN, core}};
        if (i != core)
            tell(i, &mirror);
    }
    pump();
}

static inline struct track *track_at(uint32_t core, uint32_t id)
{
    return sfu_find(&w[core].sfu->track_by_id, &w[core].sfu->tracks, id);
}

static inline struct subscription *subscription_at(uint32_t core, uint32_t id)
{
    return sfu_find(&w[core].sfu->subscription_by_id, &w[core].sfu->subscriptions, id);
}

static inline int set_up(void **state)
{
    (void)state;
    memset(cut, 0, sizeof cut);
    memset(messages, 0, sizeof messages);
    for (uint32_t i = 0; i < CORES; i++)
        world_open_as(&w[i], i, CORES);
    for (uint32_t i = 0; i < CORES; i++)
        spread(i, CORES);
    alice = enter(0, 1);
    bob = enter(0, 2);
    carol = enter(1, 3);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CORES; i++)
        world_close(&w[i]);
    return 0;
}

static inline void assert_unbroken(const struct client *c, uint32_t ssrc)
{
    const struct got *last = NULL;
    for (uint32_t i = 0; i < c->got_count; i++) {
        if (c->got[i].ssrc != ssrc)
            continue;
        if (last && (uint16_t)(c->got[i].seq - last->seq) != 1)
            fail_msg("packet %u breaks stream %u", i, ssrc);
        last = &c->got[i];
    }
    assert_non_null(last);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
