/* Facts about proto/ipc: each message has one size, one direction, and no field is believed. */
#include "base/fact.h"

#include <string.h>

#include "base/bug.h"
#include "proto/ipc.h"

static struct ipc_message of(enum ipc_type type)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = type;
    return m;
}

static enum err check(const struct ipc_message *m, enum ipc_party from, enum ipc_party to)
{
    return ipc_check(m, ipc_size(m->type), from, to);
}

static struct ipc_message good_transport(void)
{
    struct ipc_message m = of(IPC_TRANSPORT_OPEN);
    m.as.TRANSPORT_OPEN.peer = m.as.TRANSPORT_OPEN.transport = 1;
    memcpy(m.as.TRANSPORT_OPEN.ufrag, "00abcdef", 9);
    memcpy(m.as.TRANSPORT_OPEN.pwd, "0123456789012345678901", 23);
    return m;
}

static struct ipc_message good_track(void)
{
    struct ipc_message m = of(IPC_TRACK_OPEN);
    struct ipc_track_open *t = &m.as.TRACK_OPEN;
    t->peer = t->transport = t->track = 1;
    t->kind = IPC_VIDEO;
    t->codec = IPC_VP8;
    t->pt = 96;
    t->encodings = 3;
    return m;
}

static struct ipc_message good_start(void)
{
    struct ipc_message m = of(IPC_ROLE_START);
    m.as.ROLE_START.media_count = 2;
    m.as.ROLE_START.listen.family = 6;
    memcpy(m.as.ROLE_START.data, "/d", 3);
    return m;
}

static void sizes_fit_their_types_and_end_at_the_table(void **state)
{
    (void)state;
    assert_int_equal(ipc_size(IPC_NONE_), 0);
    assert_int_equal(ipc_size(IPC_TYPE_COUNT_), 0);
    assert_int_equal(ipc_size(UINT32_MAX), 0);
    for (uint32_t t = 1; t < IPC_TYPE_COUNT_; t++) {
        assert_true(ipc_size(t) > 4);
        assert_true(ipc_size(t) <= sizeof(struct ipc_message));
        assert_string_not_equal(ipc_name(t), "unknown");
    }
    assert_string_equal(ipc_name(IPC_TRACK_OPEN), "TRACK_OPEN");
    assert_string_equal(ipc_name(IPC_TYPE_COUNT_), "unknown");
}

static void a_wrong_length_or_type_is_malformed(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_ROOM_OPEN);
    m.as.ROOM_OPEN.room = 1;
    uint32_t size = ipc_size(IPC_ROOM_OPEN);
    assert_int_equal(ipc_check(&m, size, IPC_FRONT, IPC_MEDIA), ERR_OK);
    assert_int_equal(ipc_check(&m, size - 1, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    assert_int_equal(ipc_check(&m, size + 1, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    assert_int_equal(ipc_check(&m, 0, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.type = IPC_TYPE_COUNT_;
    assert_int_equal(ipc_check(&m, size, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
}

/* The naive oracle: the table itself, read a second time. */
static void only_the_directions_of_the_table_are_allowed(void **state)
{
    (void)state;
    static const struct {
        unsigned from, to;
    } table[] = {
        {0, 0},
#define IPC(name, from, to, body) {IPC_##from, IPC_##to},
#include "proto/ipc.def"
#undef IPC
    };
    static const enum ipc_party parties[] = {IPC_SUPERVISOR, IPC_FRONT, IPC_MEDIA, IPC_STORE,
                                             IPC_FETCH,      IPC_HOOKS, IPC_NODES};
    for (uint32_t t = 1; t < IPC_TYPE_COUNT_; t++) {
        struct ipc_message m = of((enum ipc_type)t);
        for (size_t f = 0; f < ARRAY_LEN(parties); f++)
            for (size_t to = 0; to < ARRAY_LEN(parties); to++) {
                enum err e = check(&m, parties[f], parties[to]);
                bool allowed = (table[t].from & parties[f]) && (table[t].to & parties[to]);
                assert_int_equal(e == ERR_FORBIDDEN, !allowed);
            }
    }
}

static void media_cannot_pose_as_front_or_supervisor(void **state)
{
    (void)state;
    struct ipc_message m = good_transport();
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    assert_int_equal(check(&m, IPC_MEDIA, IPC_MEDIA), ERR_FORBIDDEN);
    assert_int_equal(check(&m, IPC_STORE, IPC_MEDIA), ERR_FORBIDDEN);
    m = good_start();
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_STORE), ERR_OK);
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_FORBIDDEN);
}

static void text_must_end_inside_its_field(void **state)
{
    (void)state;
    struct ipc_message m = good_transport();
    memset(m.as.TRANSPORT_OPEN.ufrag, 'a', sizeof m.as.TRANSPORT_OPEN.ufrag);
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = good_transport();
    m.as.TRANSPORT_OPEN.pwd[21] = '\0'; /* shorter than ICE allows */
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = good_track();
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    memset(m.as.TRACK_OPEN.encoding[3].rid, 'a', sizeof m.as.TRACK_OPEN.encoding[3].rid);
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = of(IPC_MEETING_GET);
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    memset(m.as.MEETING_GET.id, 'a', sizeof m.as.MEETING_GET.id);
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    m.as.MEETING_GET.id[LIMIT_MEETING_ID] = '\0';
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_OK);
    m = of(IPC_HOOK_DUE);
    assert_int_equal(check(&m, IPC_STORE, IPC_HOOKS), ERR_MALFORMED);
    m.as.HOOK_DUE.url[0] = m.as.HOOK_DUE.name[0] = m.as.HOOK_DUE.meeting[0] = 'a';
    assert_int_equal(check(&m, IPC_STORE, IPC_HOOKS), ERR_OK);
    m.as.HOOK_DUE.event = IPC_HOOK_EVENTS;
    assert_int_equal(check(&m, IPC_STORE, IPC_HOOKS), ERR_MALFORMED);
    m.as.HOOK_DUE.event = 0;
    memset(m.as.HOOK_DUE.url, 'a', sizeof m.as.HOOK_DUE.url);
    assert_int_equal(check(&m, IPC_STORE, IPC_HOOKS), ERR_MALFORMED);
    m = good_start();
    memset(m.as.ROLE_START.hooks.internal, 'a', sizeof m.as.ROLE_START.hooks.internal);
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_HOOKS), ERR_MALFORMED);
    m = good_start();
    memset(m.as.ROLE_START.web, 'a', sizeof m.as.ROLE_START.web);
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_FRONT), ERR_MALFORMED);
}

static void track_fields_stay_in_range(void **state)
{
    (void)state;
    static const size_t fields[] = {offsetof(struct ipc_track_open, kind),
                                    offsetof(struct ipc_track_open, source),
                                    offsetof(struct ipc_track_open, paused),
                                    offsetof(struct ipc_track_open, pt),
                                    offsetof(struct ipc_track_open, rtx_pt),
                                    offsetof(struct ipc_track_open, encodings),
                                    offsetof(struct ipc_track_open, ext) + IPC_EXT_TWCC};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct ipc_message m = good_track();
        ((uint8_t *)&m.as.TRACK_OPEN)[fields[i]] = 255;
        assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    }
    struct ipc_message m = good_track();
    m.as.TRACK_OPEN.encodings = 0;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = good_track();
    m.as.TRACK_OPEN.ext[IPC_EXT_MID] = 15; /* reserved, RFC 8285 */
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
}

static void a_codec_is_of_its_track_s_kind(void **state)
{
    (void)state;
    struct ipc_message m = good_track();
    m.as.TRACK_OPEN.codec = IPC_OPUS;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.TRACK_OPEN.codec = IPC_CODEC_COUNT_;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.TRACK_OPEN.kind = IPC_AUDIO;
    m.as.TRACK_OPEN.codec = IPC_OPUS;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    m.as.TRACK_OPEN.spatial = LIMIT_SPATIAL_LAYERS + 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
}

static void a_subscription_is_of_a_track_or_of_a_slot(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_SUBSCRIPTION_OPEN);
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = o->subscription = o->track = 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    o->slot = 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    o->track = 0;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    o->slot = LIMIT_VOICE_SLOTS + 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
}

static void tiles_voices_and_wishes_stay_in_range(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_SUBSCRIPTION_SET);
    m.as.SUBSCRIPTION_SET =
        (struct ipc_subscription_set){.subscription = 1, .width = LIMIT_PICTURE_SIDE};
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    m.as.SUBSCRIPTION_SET.height = LIMIT_PICTURE_SIDE + 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.SUBSCRIPTION_SET.height = 0;
    m.as.SUBSCRIPTION_SET.priority = IPC_PRIORITY_COUNT_;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = of(IPC_VOICE);
    m.as.VOICE = (struct ipc_voice){1, 0, LIMIT_VOICE_SLOTS - 1};
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_OK);
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_FORBIDDEN);
    m.as.VOICE.slot = LIMIT_VOICE_SLOTS;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m = of(IPC_TRACK_WANTED);
    m.as.TRACK_WANTED = (struct ipc_track_wanted){1, LIMIT_TRACK_ENCODINGS + 1};
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
}

static void counts_stay_inside_their_arrays(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_LEVELS);
    m.as.LEVELS.room = 1;
    m.as.LEVELS.count = IPC_LEVELS_MAX;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_OK);
    m.as.LEVELS.level[31].level = 128;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m.as.LEVELS.count = IPC_LEVELS_MAX + 1;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m = of(IPC_STATS);
    m.as.STATS.count = IPC_STATS_MAX;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_OK);
    m.as.STATS.count++;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m = of(IPC_STRAY);
    m.as.STRAY.remote.family = m.as.STRAY.local.family = 4;
    m.as.STRAY.len = IPC_STRAY_MAX;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_OK);
    m.as.STRAY.len++;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m.as.STRAY.len = 0;
    m.as.STRAY.target = LIMIT_MEDIA_PROCESSES;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
    m = good_start();
    m.as.ROLE_START.public_count = 9;
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_FRONT), ERR_MALFORMED);
    m = good_start();
    memset(m.as.ROLE_START.embed, 'a', sizeof m.as.ROLE_START.embed);
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_FRONT), ERR_MALFORMED);
}

static void addresses_have_a_known_family(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_TCP_SOCKET);
    m.as.TCP_SOCKET.remote.family = 4;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.TCP_SOCKET.local.family = 6;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    m.as.TCP_SOCKET.local.family = 10;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
}

static void an_answer_about_a_meeting_has_one_of_six_results(void **state)
{
    (void)state;
    for (unsigned e = 0; e < 256; e++) {
        struct ipc_message m = of(IPC_MEETING_ROW);
        m.as.MEETING_ROW.result = (uint8_t)e;
        bool good = e == ERR_OK || e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_IO ||
                    e == ERR_AGAIN || e == ERR_BUSY;
        assert_int_equal(check(&m, IPC_STORE, IPC_FRONT) == ERR_OK, good);
    }
}

static void a_meeting_s_descriptor_fits_and_waiting_is_yes_or_no(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_MEETING_PUT);
    m.as.MEETING_PUT.id[0] = 'a';
    m.as.MEETING_PUT.waiting = 1;
    m.as.MEETING_PUT.descriptor_len = LIMIT_DESCRIPTOR;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_OK);
    m.as.MEETING_PUT.descriptor_len++;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    m.as.MEETING_PUT.descriptor_len = 0;
    m.as.MEETING_PUT.waiting = 2;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    m = of(IPC_MEETING_ROW);
    m.as.MEETING_ROW.meeting.descriptor_len = LIMIT_DESCRIPTOR + 1;
    assert_int_equal(check(&m, IPC_STORE, IPC_FRONT), ERR_MALFORMED);
}

static void ids_are_never_zero(void **state)
{
    (void)state;
    static const enum ipc_type types[] = {
        IPC_ROOM_OPEN,        IPC_ROOM_CLOSE,         IPC_PEER_OPEN,         IPC_PEER_CLOSE,
        IPC_TRANSPORT_OPEN,   IPC_TRANSPORT_CLOSE,    IPC_TRANSPORT_CONNECT, IPC_TRANSPORT_RESTART,
        IPC_TRACK_OPEN,       IPC_TRACK_SET,          IPC_TRACK_CLOSE,       IPC_SUBSCRIPTION_OPEN,
        IPC_SUBSCRIPTION_SET, IPC_SUBSCRIPTION_CLOSE, IPC_ROOM_SPREAD,       IPC_MIRROR_OPEN};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct ipc_message m = of(types[i]);
        assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    }
}

static void what_spreads_a_room_stays_in_range(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_ROOM_SPREAD);
    m.as.ROOM_SPREAD = (struct ipc_room_spread){.room = 1, .home = 63, .spread = UINT64_MAX};
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    m.as.ROOM_SPREAD.spread = UINT64_MAX >> 1; /* not over its own home */
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.ROOM_SPREAD.home = LIMIT_MEDIA_PROCESSES;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = of(IPC_MIRROR_OPEN);
    m.as.MIRROR_OPEN.track = good_track().as.TRACK_OPEN;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_OK);
    m.as.MIRROR_OPEN.home = LIMIT_MEDIA_PROCESSES;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m.as.MIRROR_OPEN.home = 0;
    m.as.MIRROR_OPEN.track.encodings = LIMIT_TRACK_ENCODINGS + 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = of(IPC_CHANNEL);
    m.as.CHANNEL.party = IPC_MEDIA;
    m.as.CHANNEL.lane = IPC_LANE_VIDEO;
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_MEDIA), ERR_OK);
    m.as.CHANNEL.lane = IPC_LANE_COUNT_;
    assert_int_equal(check(&m, IPC_SUPERVISOR, IPC_MEDIA), ERR_MALFORMED);
    m = of(IPC_MEDIA_BUSY);
    m.as.MEDIA_BUSY.percent = 100;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_OK);
    m.as.MEDIA_BUSY.percent = 101;
    assert_int_equal(check(&m, IPC_MEDIA, IPC_FRONT), ERR_MALFORMED);
}

static void entries_of_members_are_bounded(void **state)
{
    (void)state;
    struct ipc_message m = of(IPC_USAGE_MEMBERS);
    struct ipc_usage_members *u = &m.as.USAGE_MEMBERS;
    u->count = IPC_ENTRIES;
    u->entry[IPC_ENTRIES - 1].first = 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_OK);
    u->entry[IPC_ENTRIES - 1].first = 2;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    u->entry[IPC_ENTRIES - 1].first = 0;
    u->count = IPC_ENTRIES + 1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    u->count = 0;
    u->run = -1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    u->run = 0;
    u->day_ms = -1;
    assert_int_equal(check(&m, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
}

static void figures_are_no_less_than_nothing_and_no_more_than_a_page(void **state)
{
    (void)state;
    struct ipc_message add = of(IPC_USAGE_ADD), rows = of(IPC_USAGE_ROWS);
    assert_int_equal(check(&add, IPC_FRONT, IPC_STORE), ERR_OK);
    assert_int_equal(check(&add, IPC_MEDIA, IPC_STORE), ERR_FORBIDDEN);
    add.as.USAGE_ADD.day.people = -1;
    assert_int_equal(check(&add, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    add.as.USAGE_ADD.day.people = 1;
    add.as.USAGE_ADD.day.flags = 4;
    assert_int_equal(check(&add, IPC_FRONT, IPC_STORE), ERR_MALFORMED);
    rows.as.USAGE_ROWS.count = IPC_USAGE_MAX;
    assert_int_equal(check(&rows, IPC_STORE, IPC_FRONT), ERR_OK);
    rows.as.USAGE_ROWS.day[IPC_USAGE_MAX - 1].minutes = -1;
    assert_int_equal(check(&rows, IPC_STORE, IPC_FRONT), ERR_MALFORMED);
    rows.as.USAGE_ROWS.count = IPC_USAGE_MAX + 1;
    rows.as.USAGE_ROWS.day[IPC_USAGE_MAX - 1].minutes = 0;
    assert_int_equal(check(&rows, IPC_STORE, IPC_FRONT), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(sizes_fit_their_types_and_end_at_the_table),
        FACT(a_wrong_length_or_type_is_malformed),
        FACT(only_the_directions_of_the_table_are_allowed),
        FACT(media_cannot_pose_as_front_or_supervisor),
        FACT(text_must_end_inside_its_field),
        FACT(track_fields_stay_in_range),
        FACT(a_codec_is_of_its_track_s_kind),
        FACT(a_subscription_is_of_a_track_or_of_a_slot),
        FACT(tiles_voices_and_wishes_stay_in_range),
        FACT(counts_stay_inside_their_arrays),
        FACT(addresses_have_a_known_family),
        FACT(an_answer_about_a_meeting_has_one_of_six_results),
        FACT(a_meeting_s_descriptor_fits_and_waiting_is_yes_or_no),
        FACT(ids_are_never_zero),
        FACT(what_spreads_a_room_stays_in_range),
        FACT(entries_of_members_are_bounded),
        FACT(figures_are_no_less_than_nothing_and_no_more_than_a_page),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
