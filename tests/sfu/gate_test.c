/* Facts about who may enter: addresses, SSRCs, commands. Each attack here was also seen to succeed
 * with its defence off: build with -DCONCLAVE_MUTANTS and set CONCLAVE_MUTANT_TEST to its number.
 */
#include "sfu/world.h"

static struct world w;
static struct client *alice, *bob;
static const struct ipc_addr mallory = {4, {192, 0, 2, 66}, 666};

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int set_up_two(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    struct ipc_message m = track_message(alice, 1, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x1111;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = track_message(bob, 2, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x2222;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static struct shot voice(uint32_t ssrc, uint16_t seq)
{
    return (struct shot){.ssrc = ssrc, .seq = seq, .pt = OPUS_PT, .payload = span_str("opus")};
}

static void only_an_authenticated_check_opens_a_path(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    uint8_t bytes[STUN_WRITE_MAX];
    size_t len = client_stun(c, bytes, sizeof bytes, true);
    bytes[30] ^= 1; /* inside USERNAME or what follows: integrity fails */
    world_receive(&w, &c->addr, HANDLE_NULL, bytes, len);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 0);
    assert_int_equal(c->stun, 0);
    client_check(&w, c);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 1);
    assert_int_equal(c->stun, 1);
    client_check(&w, c);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 1);
}

/* The shortest request that authenticates: a header, USERNAME, MESSAGE-INTEGRITY. */
static size_t shortest_request(struct client *c, uint8_t *out)
{
    uint8_t tag[HMAC_SHA1_LEN];
    struct writer b = writer_of(out, 64);
    writer_u16(&b, 0x0001);
    writer_u16(&b, 8 + 4 + 24); /* up to the end of MESSAGE-INTEGRITY */
    writer_u32(&b, 0x2112a442);
    writer_text(&b, "transactions");
    writer_u16(&b, 0x0006);
    writer_u16(&b, 6);
    writer_text(&b, c->ufrag);
    writer_text(&b, ":x");
    writer_u16(&b, 0);
    struct span covered = writer_span(&b);
    hmac_sha1_tag(&c->key, &covered, 1, tag);
    writer_u16(&b, 0x0008);
    writer_u16(&b, 20);
    writer_bytes(&b, span_of(tag, sizeof tag));
    return writer_len(&b);
}

static void an_answer_is_never_longer_than_its_request(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    uint8_t bytes[STUN_WRITE_MAX];
    size_t len = shortest_request(c, bytes);
    assert_int_equal(len,
                     56); /* the answer has 64: header, mapped address, integrity, fingerprint */
    world_receive(&w, &c->addr, HANDLE_NULL, bytes, len);
    assert_int_equal(world_count(&w, COUNTER_STUN_IN), 1);
    assert_int_equal(c->stun, 0);
    assert_int_equal(world_dropped(&w, SFU_DROP_STUN_GROWTH), 1);
}

static void a_flood_from_one_network_is_ignored_and_others_are_not(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    uint8_t good[STUN_WRITE_MAX], bad[STUN_WRITE_MAX];
    size_t len = client_stun(c, good, sizeof good, true);
    for (int i = 0; i < 5000; i++) {
        struct ipc_addr from = mallory;
        from.ip[3] = (uint8_t)i;
        memcpy(bad, good, len);
        bad[len - 12] ^= 1;
        world_receive(&w, &from, HANDLE_NULL, bad, len);
    }
    assert_int_equal(world_dropped(&w, SFU_DROP_FLOOD), 5000 - BUDGET_BURST);
    assert_int_equal(w.stray_sends, 0);
    memcpy(bad, good, len);
    world_receive(&w, &mallory, HANDLE_NULL, bad, len); /* even right ones, from there */
    assert_int_equal(w.stray_sends, 0);
    client_check(&w, c);
    assert_int_equal(c->stun, 1);
    world_advance(&w, 6 * US_PER_S); /* the budget comes back */
    len = client_stun(c, good, sizeof good, true);
    world_receive(&w, &mallory, HANDLE_NULL, good, len);
    assert_int_equal(w.stray_sends, 1);
}

static void a_handshake_from_an_unknown_address_is_not_seen(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    uint8_t hello[64] = {22, 0xfe, 0xfd};
    world_receive(&w, &mallory, HANDLE_NULL, hello, sizeof hello);
    assert_int_equal(c->dtls_seen, 0);
    client_check(&w, c);
    world_receive(&w, &mallory, HANDLE_NULL, hello, sizeof hello);
    assert_int_equal(c->dtls_seen, 0);
    world_receive(&w, &c->addr, c->path, hello, sizeof hello);
    assert_int_equal(c->dtls_seen, 1);
    assert_int_equal(w.stray_sends, 0);
}

static void media_before_the_handshake_is_dropped(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    client_check(&w, c);
    uint8_t rtp[64] = {0x80, 111};
    world_receive(&w, &c->addr, c->path, rtp, sizeof rtp);
    assert_int_equal(world_dropped(&w, SFU_DROP_NO_KEYS), 1);
}

static void a_request_for_another_process_is_passed_on_whole(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    c->ufrag[1] = '1';
    uint8_t bytes[STUN_WRITE_MAX], sent[STUN_WRITE_MAX];
    size_t len = client_stun(c, bytes, sizeof bytes, true);
    memcpy(sent, bytes, len);
    world_receive(&w, &c->addr, HANDLE_NULL, bytes, len);
    const struct ipc_message *m = world_last(&w, IPC_STRAY);
    assert_non_null(m);
    assert_int_equal(m->as.STRAY.target, 1);
    assert_int_equal(m->as.STRAY.len, len);
    assert_memory_equal(m->as.STRAY.bytes, sent, len);
    c->ufrag[1] = '7'; /* there is no process 7 */
    uint32_t before = w.reply_count;
    len = client_stun(c, bytes, sizeof bytes, true);
    world_receive(&w, &c->addr, HANDLE_NULL, bytes, len);
    assert_int_equal(w.reply_count, before);
}

static void a_request_that_strayed_to_another_process_is_answered_here(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    struct ipc_message m = {.type = IPC_STRAY_BACK};
    m.as.STRAY_BACK.remote = c->addr;
    m.as.STRAY_BACK.local = world_server;
    m.as.STRAY_BACK.len = (uint16_t)client_stun(c, m.as.STRAY_BACK.bytes, IPC_STRAY_MAX, true);
    assert_int_equal(world_command(&w, &m), ERR_OK);
    assert_int_equal(c->stun, 1);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 1);
}

static void another_participants_ssrc_is_refused(void **state)
{
    (void)state;
    client_subscribe(&w, bob, 1, 100, IPC_AUDIO);
    client_subscribe(&w, alice, 2, 200, IPC_AUDIO);
    struct shot s = voice(0x2222, 1); /* alice sends bob's SSRC, with her own keys */
    s.mid = "1";
    client_shoot(&w, alice, &s);
    assert_int_equal(alice->got_count + bob->got_count, 0);
    assert_int_equal(world_dropped(&w, SFU_DROP_SSRC) + world_dropped(&w, SFU_DROP_SSRC_TAKEN), 1);
    struct ipc_message m = track_message(alice, 3, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x2222;
    assert_int_equal(world_command(&w, &m), ERR_CONFLICT);
    assert_int_equal(world_last(&w, IPC_REFUSED)->as.REFUSED.id, 3);
    m = track_message(alice, 3, IPC_AUDIO); /* learnt from its MID instead */
    assert_int_equal(world_command(&w, &m), ERR_OK);
    s = voice(0x2222, 2);
    s.mid = "3";
    client_shoot(&w, alice, &s);
    assert_int_equal(world_dropped(&w, SFU_DROP_SSRC_TAKEN), 1);
    struct shot honest = voice(0x2222, 1);
    client_shoot(&w, bob, &honest);
    assert_int_equal(alice->got_count, 1);
}

static void another_streams_mid_is_refused(void **state)
{
    (void)state;
    client_subscribe(&w, bob, 1, 100, IPC_AUDIO);
    struct shot s = voice(0x1111, 1);
    s.mid = "2"; /* bob's track has it, alice's has not */
    client_shoot(&w, alice, &s);
    assert_int_equal(world_dropped(&w, SFU_DROP_MID), 1);
    assert_int_equal(bob->got_count, 0);
    s = voice(0x1111, 2);
    s.mid = "1";
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 1);
}

static void sixty_five_thousand_ssrcs_leave_no_trace(void **state)
{
    (void)state;
    struct ipc_message m = track_message(alice, 3, IPC_AUDIO); /* its SSRC is to be learnt */
    assert_int_equal(world_command(&w, &m), ERR_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        uint8_t bytes[256];
        memset(alice->out, 0, sizeof alice->out);
        struct shot s = voice(0x50000000 + i, 1);
        if (i % 2)
            s.mid = "3";
        size_t len = client_seal(alice, &s, bytes, sizeof bytes);
        world_receive(&w, &alice->addr, alice->path, bytes, len);
    }
    assert_in_range(w.sfu->ssrc_owner.used, 3, 2 + LIMIT_PEER_SSRCS);
    assert_true(world_dropped(&w, SFU_DROP_SSRC) >= 65535);
}

static void a_participant_has_at_most_eight_primary_ssrcs(void **state)
{
    (void)state;
    struct ipc_message m;
    uint32_t bound = 1; /* 0x1111 */
    for (uint32_t i = 0; i < 3; i++) {
        m = track_message(alice, 4 + i, IPC_VIDEO);
        m.as.TRACK_OPEN.encodings = 3;
        for (uint32_t k = 0; k < 3; k++)
            m.as.TRACK_OPEN.encoding[k].ssrc = 0x9000 + i * 3 + k;
        enum err e = world_command(&w, &m);
        bound += e == ERR_OK ? 3 : 0;
        assert_int_equal(e, i < 2 ? ERR_OK : ERR_LIMIT);
    }
    assert_int_equal(bound, 7);
    assert_int_equal(w.sfu->ssrc_owner.used, 1 + bound);
}

static void feedback_about_anothers_stream_does_nothing(void **state)
{
    (void)state;
    struct ipc_message m = track_message(alice, 3, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x3333;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, 3, 100, IPC_VIDEO);
    client_pli(&w, alice, 1000);      /* bob's subscription, asked by alice */
    client_pli(&w, bob, 0x3333);      /* alice's own SSRC, asked by bob */
    client_sr(&w, bob, 0x3333, 1, 1); /* a report about it as if it were bob's */
    assert_int_equal(world_count(&w, COUNTER_PLI_IN), 0);
    world_advance(&w, US_PER_S);
    assert_int_equal(bob->sr, 0);
}

static void malformed_media_is_dropped_and_counted(void **state)
{
    (void)state;
    static const uint8_t heads[][16] = {
        {0x8f, 111},             /* 15 CSRCs in 16 bytes */
        {0x90, 111, 0, 1},       /* an extension block past the end */
        {0x80, 200, 0xff, 0xff}, /* SRTCP shorter than its trailer */
        {0xa0, 111},             /* padding, 4 bytes of payload */
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        for (size_t len = 1; len <= 16; len++) {
            uint8_t bytes[16];
            memcpy(bytes, heads[i], 16);
            world_receive(&w, &alice->addr, alice->path, bytes, len);
        }
    }
    assert_int_equal(world_count(&w, COUNTER_RTP_IN), 0);
    struct shot s = voice(0x1111, 1);
    client_shoot(&w, alice, &s);
    assert_int_equal(world_count(&w, COUNTER_RTP_IN), 1);
}

static void a_tcp_connection_must_say_who_it_is_within_five_seconds(void **state)
{
    (void)state;
    struct client *c = client_enter(&w, 1);
    struct sfu_event e = {.type = SFU_TCP_OPEN,
                          .as.tcp_open = {.remote = c->addr, .local = world_server, .token = 9}};
    assert_int_equal(sfu_input(w.sfu, &e, w.now), ERR_OK);
    world_drain(&w);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 1);
    uint8_t rtp[64] = {0x80, 111};
    world_receive(&w, &c->addr, c->path, rtp, sizeof rtp);
    assert_int_equal(world_dropped(&w, SFU_DROP_NO_PATH), 1);
    world_advance(&w, 6 * US_PER_S);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 0);
    assert_int_equal(sfu_input(w.sfu, &e, w.now), ERR_OK);
    world_drain(&w);
    client_check(&w, c);
    assert_int_equal(c->stun, 1);
    client_keys(&w, c);
    world_advance(&w, 6 * US_PER_S);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 1);
}

static void commands_about_unknown_things_are_refused_with_the_reason(void **state)
{
    (void)state;
    struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {9, 9}};
    assert_int_equal(world_command(&w, &m), ERR_NOT_FOUND);
    assert_int_equal(world_last(&w, IPC_REFUSED)->as.REFUSED.type, IPC_PEER_OPEN);
    assert_int_equal(world_last(&w, IPC_REFUSED)->as.REFUSED.reason, ERR_NOT_FOUND);
    (void)client_enter(&w, 1);
    m = (struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, 1}};
    assert_int_equal(world_command(&w, &m), ERR_CONFLICT);
    m = (struct ipc_message){.type = IPC_TRANSPORT_CLOSE, .as.TRANSPORT_CLOSE.transport = 7};
    assert_int_equal(world_command(&w, &m), ERR_NOT_FOUND);
}

static void nobody_subscribes_across_rooms(void **state)
{
    (void)state;
    struct ipc_message m = {.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 2};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {2, 30}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_TRANSPORT_OPEN,
                             .as.TRANSPORT_OPEN = {30, 30, "00zz", "pppppppppppppppppppppppp"}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_OPEN};
    m.as.SUBSCRIPTION_OPEN.transport = 30;
    m.as.SUBSCRIPTION_OPEN.track = 1;
    m.as.SUBSCRIPTION_OPEN.subscription = 5;
    m.as.SUBSCRIPTION_OPEN.ssrc = 5;
    assert_int_equal(world_command(&w, &m), ERR_FORBIDDEN);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    struct ipc_message m = {.type = IPC_RESET};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    assert_int_equal(world_count(&w, COUNTER_ROOMS), 0);
    assert_int_equal(world_count(&w, COUNTER_TRANSPORTS), 0);
    assert_int_equal(world_count(&w, COUNTER_PATHS), 0);
    assert_true(sfu_deadline(w.sfu) == INSTANT_NEVER);
}

#define ALONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        ALONE(only_an_authenticated_check_opens_a_path),
        ALONE(an_answer_is_never_longer_than_its_request),
        ALONE(a_flood_from_one_network_is_ignored_and_others_are_not),
        ALONE(a_handshake_from_an_unknown_address_is_not_seen),
        ALONE(media_before_the_handshake_is_dropped),
        ALONE(a_request_for_another_process_is_passed_on_whole),
        ALONE(a_request_that_strayed_to_another_process_is_answered_here),
        STORY(another_participants_ssrc_is_refused),
        STORY(another_streams_mid_is_refused),
        STORY(sixty_five_thousand_ssrcs_leave_no_trace),
        STORY(a_participant_has_at_most_eight_primary_ssrcs),
        STORY(feedback_about_anothers_stream_does_nothing),
        STORY(malformed_media_is_dropped_and_counted),
        ALONE(a_tcp_connection_must_say_who_it_is_within_five_seconds),
        ALONE(commands_about_unknown_things_are_refused_with_the_reason),
        STORY(nobody_subscribes_across_rooms),
        STORY(reset_forgets_everything),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
