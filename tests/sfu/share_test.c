/* Facts about what the estimate does to the streams, in a whole core: probes and their padding, the
 * pace, the division among videos, the overload ladder, and a receiver that lies (attack A12). */
#include "sfu/congest.h"

static struct sim *s;
static struct sim_flow *f;

static int set_up(void **state)
{
    (void)state;
    s = sim_open(3);
    s->link[0] = sim_link(5000000, 20 * US_PER_MS, 1);
    s->link[1] = sim_link(100000000, 20 * US_PER_MS, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_close(s);
    return 0;
}

static struct transport *transport_of(const struct sim_flow *flow)
{
    uint64_t packed = 0;
    assert_true(map_get(&s->w.sfu->transport_by_id, flow->client->id, &packed));
    return pool_get(&s->w.sfu->transports, handle_unpack(packed));
}

static struct subscription *subscription_of(uint32_t id)
{
    uint64_t packed = 0;
    assert_true(map_get(&s->w.sfu->subscription_by_id, id, &packed));
    return pool_get(&s->w.sfu->subscriptions, handle_unpack(packed));
}

static int8_t layer_of(const struct sim_flow *flow)
{
    return flow->view[0].slot_layer[sim_slot(s) - 1];
}

static void a_good_way_gets_the_top_layer_within_two_seconds_of_joining(void **state)
{
    (void)state;
    sim_run(s, 2 * US_PER_S); /* the publisher is there before */
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 2 * US_PER_S);
    assert_int_equal(layer_of(f), 2);
    assert_true(world_count(&s->w, COUNTER_PROBES) >= 1);
}

/* A browser in the server's network: the first picture at once, the top layer soon. */
static void a_near_receiver_sees_a_picture_at_once_and_the_top_layer_within_a_second(void **state)
{
    (void)state;
    sim_run(s, 2 * US_PER_S);
    for (int i = 0; i < 2; i++) {
        link_set_rate(&s->link[i], 100000000, s->w.now);
        s->link[i].delay = 500;
    }
    instant_us joined = s->w.now;
    f = sim_join(s, &s->link[0], &s->link[1]);
    while (f->view[0].frames == 0 && s->w.now < joined + 5 * US_PER_S)
        sim_run(s, 5 * US_PER_MS);
    duration_us picture = s->w.now - joined;
    const struct subscription *u = subscription_of(f->view[0].video);
    while (u->pick.current != 2 && s->w.now < joined + 5 * US_PER_S)
        sim_run(s, 5 * US_PER_MS);
    duration_us top = s->w.now - joined;
    print_message("picture after %d ms, top layer after %d ms\n", (int)(picture / US_PER_MS),
                  (int)(top / US_PER_MS));
    assert_true(picture <= 150 * US_PER_MS);
    assert_true(top <= US_PER_S);
}

static void padding_goes_by_the_rtx_stream_and_leaves_the_primary_unbroken(void **state)
{
    (void)state;
    link_set_rate(&s->link[0], 1000000, s->w.now); /* more is wanted for ever */
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 20 * US_PER_S);
    assert_true(world_count(&s->w, COUNTER_PROBE_OUT) > 50);
    assert_true(f->view[0].started);
    uint16_t end = f->view[0].next;
    for (int i = 1; i < 1000; i++) /* no gap among the last thousand */
        assert_true(f->view[0].window[(uint16_t)(end - i) % 4096].here);
}

static void without_rtx_nothing_is_padded(void **state)
{
    (void)state;
    link_set_rate(&s->link[0], 1000000, s->w.now);
    f = sim_join(s, &s->link[0], &s->link[1]);
    subscription_of(f->view[0].video)->rtx_ssrc = 0;
    sim_run(s, 10 * US_PER_S);
    assert_int_equal(world_count(&s->w, COUNTER_PROBE_OUT), 0);
    assert_int_equal(world_count(&s->w, COUNTER_PROBES), 0);
}

static void a_receiver_that_pauses_video_is_not_padded(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    sim_pause(s, f, true);
    sim_run(s, US_PER_S);
    uint64_t before = world_count(&s->w, COUNTER_PROBE_OUT);
    sim_run(s, 10 * US_PER_S);
    assert_int_equal(world_count(&s->w, COUNTER_PROBE_OUT), before);
}

static void big_frames_are_paced_and_arrive_in_order(void **state)
{
    (void)state;
    link_set_rate(&s->link[0], 2500000, s->w.now);
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 30 * US_PER_S);
    assert_int_equal(layer_of(f), 2);
    assert_true(world_count(&s->w, COUNTER_PACED) > 0);
    assert_int_equal(world_dropped(&s->w, SFU_DROP_PACED), 0);
    assert_in_range(f->view[0].frames, 880, 901); /* thirty a second */
}

/* One layer, and no probe that could prove room for it. */
static void join_with_one_layer(uint32_t bps, uint64_t way)
{
    s->camera[0].layer_bps[0] = bps;
    s->camera[0].layer_bps[1] = s->camera[0].layer_bps[2] = 0;
    link_set_rate(&s->link[0], way, s->w.now);
    f = sim_join(s, &s->link[0], &s->link[1]);
    subscription_of(f->view[0].video)->rtx_ssrc = 0;
}

static void a_single_layer_above_the_first_guess_is_kept_and_soon_not_paced(void **state)
{
    (void)state;
    join_with_one_layer(2500000, 100000000);
    sim_run(s, 2 * US_PER_S);
    uint64_t paced = world_count(&s->w, COUNTER_PACED);
    sim_run(s, 8 * US_PER_S);
    assert_int_equal(world_count(&s->w, COUNTER_SUSPENDED), 0);
    assert_int_equal(world_count(&s->w, COUNTER_PACED), paced);
    assert_true(transport_of(f)->bwe.rate > 2400000);
    assert_in_range(f->view[0].frames, 290, 301);
    assert_true(f->view[0].longest < 100 * US_PER_MS);
}

static void a_single_layer_that_its_way_does_not_take_is_suspended(void **state)
{
    (void)state;
    join_with_one_layer(2500000, 400000);
    sim_run(s, 5 * US_PER_S);
    assert_true(transport_of(f)->bwe.limited);
    assert_true(world_count(&s->w, COUNTER_SUSPENDED) >= 1);
    assert_int_equal(subscription_of(f->view[0].video)->pick.ceiling, PICK_NONE);
}

/* Fills a queue, so that something waits when its owner goes. */
static void fill_queue(void)
{
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    t->bwe.rate = BWE_MIN_BPS;
    pacer_set(&t->pacer, BWE_MIN_BPS);
    for (int i = 0; i < 200 && t->pacer.count == 0; i++)
        sim_run(s, US_PER_MS);
    assert_true(t->pacer.count > 0);
}

static uint32_t free_places(void)
{
    uint32_t n = 0;
    for (uint32_t i = s->w.sfu->paced_free; i; i = s->w.sfu->paced[i - 1].next)
        n++;
    return n;
}

static enum err command(const struct ipc_message *m)
{
    enum err e =
        sfu_input(s->w.sfu, &(struct sfu_event){.type = SFU_COMMAND, .as.command = m}, s->w.now);
    sim_drain(s);
    return e;
}

static void a_subscription_that_closes_takes_what_waits_with_it(void **state)
{
    (void)state;
    fill_queue();
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_CLOSE,
                            .as.SUBSCRIPTION_CLOSE.subscription = f->view[0].video};
    assert_int_equal(command(&m), ERR_OK);
    sim_run(s, US_PER_S);
    assert_true(world_dropped(&s->w, SFU_DROP_PACED) > 0);
    assert_int_equal(free_places(), s->w.sfu->config.pending);
}

static void a_transport_that_closes_gives_its_places_back(void **state)
{
    (void)state;
    fill_queue();
    struct ipc_message m = {.type = IPC_TRANSPORT_CLOSE,
                            .as.TRANSPORT_CLOSE.transport = f->client->id};
    assert_int_equal(command(&m), ERR_OK);
    assert_int_equal(free_places(), s->w.sfu->config.pending);
    s->flows = 0;
    sim_run(s, US_PER_S);
}

static void audio_passes_what_waits(void **state)
{
    (void)state;
    fill_queue();
    uint32_t before = f->view[0].audio_got;
    for (int i = 0; i < 50; i++) {
        struct transport *t = transport_of(f);
        t->pacer.free_at_ns = (s->w.now + US_PER_S) * 1000; /* the pace lets nothing out */
        sim_run(s, 20 * US_PER_MS);
    }
    assert_in_range(f->view[0].audio_got - before, 48, 51);
}

/* The last 17 * `items` packets of video are asked for again, at one moment. */
static void ask_again(uint16_t items)
{
    uint8_t buf[1200], bytes[SFU_DATAGRAM_MAX];
    struct rtcp_nack nack[16];
    struct writer w = writer_of(buf, sizeof buf);
    struct seal_out out = {bytes, sizeof bytes, 0};
    assert_true(items <= 16);
    for (uint16_t i = 0; i < items; i++)
        nack[i] = (struct rtcp_nack){(uint16_t)(f->view[0].next - 17 * (i + 1)), 0xffff};
    assert_true(rtcp_write_nack(&w, 7, f->view[0].video * 10, nack, items));
    assert_int_equal(seal_rtcp(&f->client->seal, writer_span(&w), &out), ERR_OK);
    sim_to_core(s, f->client, bytes, out.len);
}

static void repairs_take_half_the_pace_at_most(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    pacer_set(&t->pacer, 320000); /* half of 400 kb/s for 100 ms: 2,500 bytes, begun packets end */
    ask_again(10);
    assert_in_range(world_count(&s->w, COUNTER_RTX_OUT), 1, 4);
    assert_true(world_dropped(&s->w, SFU_DROP_RTX_PACE) > 150);
    uint64_t before = world_count(&s->w, COUNTER_RTX_OUT);
    s->w.now += 500 * US_PER_MS; /* 12,500 bytes more */
    ask_again(10);
    assert_in_range(world_count(&s->w, COUNTER_RTX_OUT) - before, 2, 6);
}

static void nothing_is_repaired_of_a_layer_that_was_cut(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    ask_again(1);
    assert_int_equal(world_count(&s->w, COUNTER_RTX_OUT), 17);
    t->bwe.rate = 240000;
    t->used_bps = 1600000;
    share_run(s->w.sfu, t);
    assert_int_equal(world_count(&s->w, COUNTER_LAYERS_CUT), 1);
    ask_again(1);
    assert_int_equal(world_count(&s->w, COUNTER_RTX_OUT), 17);
    assert_int_equal(world_dropped(&s->w, SFU_DROP_RTX_LAYER), 17);
}

/* What is still on the way bridges the time until the next layer's key frame. */
static void a_long_queue_on_the_way_lets_a_layer_go_at_once(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    t->bwe.rate = 1000000; /* not far below what is sent */
    t->used_bps = 1600000;
    share_run(s->w.sfu, t);
    assert_int_equal(subscription_of(f->view[0].video)->pick.target, 1);
    assert_int_equal(world_count(&s->w, COUNTER_LAYERS_CUT), 0);
    t->bwe.queue_us = 120 * US_PER_MS;
    share_run(s->w.sfu, t);
    assert_int_equal(world_count(&s->w, COUNTER_LAYERS_CUT), 1);
    sim_drain(s);
}

static void nothing_is_asked_of_a_way_with_a_long_queue(void **state)
{
    (void)state;
    link_set_rate(&s->link[0], 100000000, s->w.now);
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 20 * US_PER_S);
    struct transport *t = transport_of(f);
    uint64_t before = world_count(&s->w, COUNTER_PROBES);
    t->bwe.queue_us = 120 * US_PER_MS;
    pace_probe(s->w.sfu, t, 2 * t->bwe.rate);
    assert_int_equal(world_count(&s->w, COUNTER_PROBES), before);
    t->bwe.queue_us = 20 * US_PER_MS;
    pace_probe(s->w.sfu, t, 2 * t->bwe.rate);
    assert_int_equal(world_count(&s->w, COUNTER_PROBES), before + 1);
}

static void what_waits_of_a_layer_that_was_cut_is_not_sent(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    t->pacer.free_at_ns = (s->w.now + US_PER_S) * 1000; /* the pace lets nothing out */
    sim_run(s, 50 * US_PER_MS);
    uint32_t waiting = t->pacer.count;
    assert_true(waiting > 0);
    t->bwe.rate = 240000;
    t->used_bps = 1600000;
    share_run(s->w.sfu, t);
    assert_int_equal(t->pacer.count, 0);
    assert_int_equal(t->pacer.bytes, 0);
    assert_int_equal(world_dropped(&s->w, SFU_DROP_CUT), waiting);
    assert_int_equal(free_places(), s->w.sfu->config.pending);
    sim_drain(s);
}

/* A second video to the same receiver, of the same publisher. */
static void add_screen(uint32_t id, enum ipc_source source)
{
    struct ipc_message m = track_message(s->publisher, 7, IPC_VIDEO);
    m.as.TRACK_OPEN.source = (uint8_t)source;
    m.as.TRACK_OPEN.encoding[0].ssrc = 0xc0;
    assert_int_equal(command(&m), ERR_OK);
    client_subscribe(&s->w, f->client, 7, id, IPC_VIDEO);
}

static void the_screen_is_kept_where_only_one_video_fits(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 3 * US_PER_S);
    add_screen(50, IPC_SCREEN);
    sim_run(s, 3 * US_PER_S); /* no longer fresh */
    struct track *k = subscription_of(50)->track;
    struct transport *t = transport_of(f);
    k->encoding[0].active = true;
    k->encoding[0].heard_at = s->w.now;
    t->bwe.rate = 250000;
    t->bwe.limited = true; /* as a queue would have it */
    share_run(s->w.sfu, t);
    assert_int_equal(subscription_of(50)->pick.ceiling, 0);
    assert_int_equal(subscription_of(f->view[0].video)->pick.ceiling, PICK_NONE);
    t->bwe.rate = 5000000;
    share_run(s->w.sfu, t);
    assert_true(subscription_of(f->view[0].video)->pick.ceiling >= 1);
    sim_drain(s);
}

/* Much less fits than is sent: the old layer stops at once, the new one starts with its key frame.
 */
static void
a_way_that_loses_most_of_its_width_stops_the_layer_before_the_next_is_there(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    struct transport *t = transport_of(f);
    struct subscription *u = subscription_of(f->view[0].video);
    assert_int_equal(u->pick.current, 2);
    t->bwe.rate = t->used_bps / 10 * 7;
    share_run(s->w.sfu, t);
    assert_int_equal(u->pick.target, 1);
    assert_int_equal(u->pick.current, 2); /* not that much: the picture goes on meanwhile */
    t->bwe.rate = BWE_MIN_BPS * 8;
    t->used_bps = 1600000;
    share_run(s->w.sfu, t);
    assert_int_equal(u->pick.target, 0);
    assert_int_equal(u->pick.current, PICK_NONE);
    assert_int_equal(world_count(&s->w, COUNTER_LAYERS_CUT), 1);
    sim_drain(s);
    sim_run(s, 200 * US_PER_MS);
    assert_true(u->pick.current != PICK_NONE);
}

/* Ticks of a shell that is busy all the time. */
static void busy(int percent, duration_us time)
{
    for (instant_us end = s->w.now + time; s->w.now < end;) {
        sim_run(s, 10 * US_PER_MS);
        struct sfu_event e = {.type = SFU_TICK, .as.tick.busy_us = percent * 100};
        (void)sfu_input(s->w.sfu, &e, s->w.now);
        sim_drain(s);
    }
}

static void overload_sheds_layers_then_videos_but_never_audio(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    assert_int_equal(layer_of(f), 2);
    const struct pick *pick = &subscription_of(f->view[0].video)->pick;
    uint32_t audio = f->view[0].audio_got;
    instant_us began = s->w.now;
    for (int ceiling = 1; ceiling >= PICK_NONE; ceiling--) {
        while (pick->ceiling > ceiling && s->w.now < began + 30 * US_PER_S)
            busy(99, 100 * US_PER_MS);
        assert_int_equal(pick->ceiling, ceiling);
    }
    assert_int_equal(world_count(&s->w, COUNTER_OVERLOAD), OVERLOAD_CLASSES);
    uint32_t sound = (uint32_t)((s->w.now - began) / (20 * US_PER_MS));
    assert_in_range(f->view[0].audio_got - audio, sound - 2, sound + 2);
    busy(20, 3 * US_PER_S);
    assert_int_equal(world_count(&s->w, COUNTER_OVERLOAD), 0);
    busy(20, 1 * US_PER_S);
    assert_int_equal(layer_of(f), 2);
}

static unsigned with_video(struct sim_flow *const flow[])
{
    unsigned mask = 0;
    for (unsigned i = 0; i < SIM_FLOWS; i++)
        mask |= subscription_of(flow[i]->view[0].video)->pick.ceiling != PICK_NONE ? 1u << i : 0;
    return mask;
}

/* Of videos that do not all fit a part goes on, whole and as before, and not for ever the same. */
static void what_does_not_fit_is_shared_and_takes_turns(void **state)
{
    (void)state;
    struct sim_flow *flow[SIM_FLOWS];
    for (int i = 0; i < SIM_FLOWS; i++)
        flow[i] = sim_join(s, &s->link[1], &s->link[1]);
    sim_run(s, 3 * US_PER_S);
    struct overload *o = &s->w.sfu->overload;
    o->short_of_time = true;
    o->budget = o->wanted.cost[OVERLOAD_FIRST] / 2;
    busy(88, 500 * US_PER_MS); /* neither full nor calm */
    unsigned first = with_video(flow), any = 0, all = ~0u;
    assert_in_range(__builtin_popcount(first), 1, SIM_FLOWS - 1);
    busy(88, 500 * US_PER_MS);
    assert_int_equal(with_video(flow), first);
    for (int i = 0; i < 60; i++) {
        busy(88, 2 * US_PER_S);
        any |= with_video(flow);
        all &= with_video(flow);
    }
    assert_int_equal(any, (1u << SIM_FLOWS) - 1);
    assert_int_equal(all, 0);
}

/* Late feedback is no silence: who has no time to read it does not lower anybody's estimate. */
static void a_saturated_process_takes_its_lateness_for_no_silence(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    rate_bps before = transport_of(f)->bwe.rate;
    f->muted = true;
    for (int i = 0; i < 40; i++) {
        s->w.sfu->overload.saturated_at = s->w.now;
        sim_run(s, 50 * US_PER_MS);
    }
    assert_true(transport_of(f)->bwe.rate >= before);
    sim_run(s, 6 * US_PER_S);
    assert_true(transport_of(f)->bwe.rate < before / 2);
}

static void who_left_is_no_longer_weighed(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 3 * US_PER_S);
    const struct overload *o = &s->w.sfu->overload;
    assert_true(o->wanted.cost[OVERLOAD_FIRST] > 0);
    assert_true(o->wanted.cost[OVERLOAD_TOP] > 0);
    transport_close(s->w.sfu, transport_of(f));
    for (int i = 0; i < OVERLOAD_CLASSES; i++)
        assert_int_equal(o->wanted.cost[i], 0);
    sim_drain(s);
}

/* Feedback about packets that were never sent, sent before, and in another century. */
static void lie(struct sim_flow *liar)
{
    uint8_t buf[64];
    for (int i = 0; i < 50; i++) {
        struct writer w = writer_of(buf, sizeof buf);
        writer_u32(&w, 0x8fcd0006);
        writer_u32(&w, 7);
        writer_u32(&w, liar->view[0].video * 10);
        writer_u16(&w, (uint16_t)(transport_of(liar)->sent.next + i * 100));
        writer_u16(&w, 4000);
        writer_u32(&w, i % 2 ? 0x10000001 : 0x50000002);
        writer_u16(&w, 0x0fa0); /* a run of 4000 that did not arrive */
        writer_u16(&w, 0);
        writer_u32(&w, 0);
        sim_send_rtcp(s, liar, writer_span(&w));
    }
}

static void a_liar_changes_nothing_for_others(void **state)
{
    (void)state;
    f = sim_join(s, &s->link[0], &s->link[1]);
    struct link own = sim_link(5000000, 20 * US_PER_MS, 9);
    struct sim_flow *liar = sim_join(s, &own, &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    assert_int_equal(layer_of(f), 2);
    uint32_t frames = f->view[0].frames;
    for (int i = 0; i < 100; i++) {
        lie(liar);
        sim_run(s, 100 * US_PER_MS);
    }
    assert_true(world_count(&s->w, COUNTER_TWCC_UNKNOWN) > 100000);
    assert_true(world_count(&s->w, COUNTER_TWCC_CLAMPED) > 1000);
    assert_int_equal(layer_of(f), 2);
    assert_in_range(f->view[0].frames - frames, 298, 302);
    assert_true(transport_of(liar)->bwe.rate <= BWE_MAX_BPS);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_good_way_gets_the_top_layer_within_two_seconds_of_joining),
        STORY(a_near_receiver_sees_a_picture_at_once_and_the_top_layer_within_a_second),
        STORY(padding_goes_by_the_rtx_stream_and_leaves_the_primary_unbroken),
        STORY(without_rtx_nothing_is_padded),
        STORY(a_receiver_that_pauses_video_is_not_padded),
        STORY(big_frames_are_paced_and_arrive_in_order),
        STORY(a_single_layer_above_the_first_guess_is_kept_and_soon_not_paced),
        STORY(a_single_layer_that_its_way_does_not_take_is_suspended),
        STORY(a_subscription_that_closes_takes_what_waits_with_it),
        STORY(a_transport_that_closes_gives_its_places_back),
        STORY(audio_passes_what_waits),
        STORY(repairs_take_half_the_pace_at_most),
        STORY(nothing_is_repaired_of_a_layer_that_was_cut),
        STORY(a_long_queue_on_the_way_lets_a_layer_go_at_once),
        STORY(nothing_is_asked_of_a_way_with_a_long_queue),
        STORY(what_waits_of_a_layer_that_was_cut_is_not_sent),
        STORY(the_screen_is_kept_where_only_one_video_fits),
        STORY(a_way_that_loses_most_of_its_width_stops_the_layer_before_the_next_is_there),
        STORY(overload_sheds_layers_then_videos_but_never_audio),
        STORY(what_does_not_fit_is_shared_and_takes_turns),
        STORY(a_saturated_process_takes_its_lateness_for_no_silence),
        STORY(who_left_is_no_longer_weighed),
        STORY(a_liar_changes_nothing_for_others),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
