/* A meeting of three data centres for a minute, as its receipts tell it; and each way in which they
 * may lie, be forged, repeated, incomplete or altered (issue 6). Shanghai's zone is fenced:
 * somebody from there is in the meeting from second 20 to 40. With RECEIPT_FIXTURE=FOLDER the file
 * is written there (tests/receipts). */
#include "base/fact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/list_read.h"
#include "bin/receipt_read.h"
#include "crypt/authority.h"
#include "proto/note.h"

enum { FRA, IAD, SHA, NODES, WINDOWS = 6, RATE = 500, YEAR = 365 * 86400 };
#define START_S INT64_C(1790000000)
#define START_MS (START_S * 1000)
#define WINDOW INT64_C(10000)

static const char *const node_name[] = {"fra-1", "iad-1", "sha-1"};
static const char *const centre_name[] = {"fra", "iad", "sha"};
static const char *const zone_name[] = {"eu", "us", "cn"};
static const uint8_t root_seed[SIGN_SEED] = {1}, list_seed[SIGN_SEED] = {2};

/* What the nodes would sign, and what becomes of it. */
struct told {
    struct receipt r;
    bool there;
    uint8_t seed[SIGN_SEED];
    uint8_t bytes[RECEIPT_BYTES];
    size_t len;
};

static struct told told[NODES][WINDOWS];
static struct receipt_trust trust;
static json_t *file;
static struct receipt_file read_;

static void seed_of(int zone, bool node, uint8_t seed[SIGN_SEED])
{
    memset(seed, 0, SIGN_SEED);
    seed[0] = (uint8_t)(10 + 2 * zone + node);
}

static json_t *base64(struct span s)
{
    static char text[TEXT_BASE64URL_LEN(RECEIPT_BYTES) + 1];
    text_base64url(text, s);
    return json_string(text);
}

/* ---- the world ---- */

static void put_hop(struct receipt_hop *hop, uint32_t *count, int node, uint64_t packets)
{
    (void)snprintf(hop[*count].node, sizeof hop[*count].node, "%s", node_name[node]);
    hop[(*count)++].count = (struct receipt_count){packets, packets * 100};
}

static bool carries(int node, int window)
{
    return node != SHA || window == 2 || window == 3;
}

static void tell(int node, int window)
{
    struct told *t = &told[node][window];
    struct receipt *r = &t->r;
    memset(t, 0, sizeof *t);
    t->there = carries(node, window);
    seed_of(node, true, t->seed);
    receipt_meeting("4kq-meeting", r->meeting);
    memset(r->build, 0xb1, sizeof r->build);
    r->number = (uint32_t)(node == SHA ? window - 1 : window + 1);
    r->epoch = 1;
    r->participants = 1;
    r->from_ms = START_MS + window * WINDOW;
    r->to_ms = r->from_ms + WINDOW;
    (void)snprintf(r->node, sizeof r->node, "%s", node_name[node]);
    (void)snprintf(r->centre, sizeof r->centre, "%s", centre_name[node]);
    (void)snprintf(r->zone, sizeof r->zone, "%s", zone_name[node]);
    r->taken = (struct receipt_count){RATE, RATE * 100};
    for (int other = 0; other < NODES; other++) {
        if (other == node || !carries(other, window))
            continue;
        put_hop(r->from, &r->previous, other, RATE);
        put_hop(r->to, &r->next, other, RATE);
        r->given.packets += RATE;
    }
    r->given.bytes = r->given.packets * 100;
}

/* Signs all that is there, each after the one before it. */
static void seal(void)
{
    for (int node = 0; node < NODES; node++) {
        struct told *before = NULL;
        for (int w = 0; w < WINDOWS; w++) {
            struct told *t = &told[node][w];
            struct writer out = writer_of(t->bytes, sizeof t->bytes);
            if (!t->there)
                continue;
            if (before)
                receipt_hash(span_of(before->bytes, before->len), t->r.before);
            receipt_write(&out, &t->r, t->seed);
            assert_true(writer_ok(&out));
            t->len = writer_len(&out);
            before = t;
        }
    }
}

static json_t *certificate(int zone, bool node)
{
    struct authority_node n = {.from_s = START_S - 86400, .till_s = START_S + 10 * (int64_t)YEAR};
    struct authority_der above, der;
    uint8_t zone_seed[SIGN_SEED], node_seed[SIGN_SEED];
    seed_of(zone, false, zone_seed);
    seed_of(zone, true, node_seed);
    (void)snprintf(n.zone, sizeof n.zone, "%s", zone_name[zone]);
    (void)snprintf(n.centre, sizeof n.centre, "%s", centre_name[zone]);
    (void)snprintf(n.node, sizeof n.node, "%s", node_name[zone]);
    sign_public(zone_seed, n.key);
    assert_int_equal(authority_sign_zone(root_seed, &n, &above), ERR_OK);
    if (!node)
        return base64(span_of(above.bytes, above.len));
    sign_public(node_seed, n.key);
    assert_int_equal(authority_sign_node(zone_seed, span_of(above.bytes, above.len), &n, &der),
                     ERR_OK);
    return base64(span_of(der.bytes, der.len));
}

static json_t *signed_list(void)
{
    static const char *const country[] = {"DE", "US", "CN"};
    static const char *const name[] = {"Frankfurt", "Ashburn", "Shanghai"};
    static uint8_t note[8192];
    json_t *zones = json_array(), *centres = json_array();
    for (int i = 0; i < NODES; i++) {
        uint8_t seed[SIGN_SEED], key[SIGN_PUBLIC];
        seed_of(i, false, seed);
        sign_public(seed, key);
        (void)json_array_append_new(zones, json_pack("{s:s, s:b, s:[s], s:o}", "id", zone_name[i],
                                                     "fenced", i == SHA, "countries", country[i],
                                                     "authority", base64(span_of(key, 32))));
        (void)json_array_append_new(
            centres,
            json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:i}", "id",
                      centre_name[i], "name", name[i], "url", "https://example.org", "country",
                      country[i], "latitude", 0, "longitude", 0, "zone", zone_name[i], "realm",
                      "commercial", "kind", "colocated", "state", "up", "capacity", 1000));
    }
    json_t *list = json_pack("{s:i, s:I, s:o, s:o}", "version", 1, "issued", (json_int_t)START_S,
                             "zones", zones, "datacentres", centres);
    char *text = json_dumps(list, JSON_INDENT(1));
    size_t len = strlen(text);
    struct writer w = writer_of(note, sizeof note);
    text[len] = '\n';
    note_write(&w, span_of((uint8_t *)text, len + 1), LIST_KEY_NAME, list_seed);
    assert_true(writer_ok(&w));
    json_decref(list);
    free(text);
    return json_stringn((char *)note, writer_len(&w));
}

static json_t *someone(const char *id, int node, int from_s, int to_s)
{
    json_t *o = json_pack("{s:s, s:I, s:I}", "participant", id, "from",
                          (json_int_t)(START_MS + from_s * 1000), "to",
                          (json_int_t)(START_MS + to_s * 1000));
    if (node < NODES)
        (void)json_object_set_new(o, "node", json_string(node_name[node]));
    return o;
}

/* The export of Ana, who is at Frankfurt, heard Ben at Ashburn and for a while Chen at Shanghai. */
static json_t *exported(void)
{
    json_t *receipts = json_array();
    for (int w = WINDOWS - 1; w >= 0; w--) /* in no useful order */
        for (int node = 0; node < NODES; node++)
            if (told[node][w].there)
                (void)json_array_append_new(
                    receipts, base64(span_of(told[node][w].bytes, told[node][w].len)));
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:[o,o,o], s:[o,o,o], s:[o,o,o], s:[o,o], s:o}",
                     "format", "conclave receipts 1", "meeting", "4kq-meeting", "self", "ana",
                     "exported", (json_int_t)(START_MS + 80000), "list", signed_list(),
                     "authorities", certificate(FRA, false), certificate(IAD, false),
                     certificate(SHA, false), "nodes", certificate(FRA, true),
                     certificate(IAD, true), certificate(SHA, true), "roster",
                     someone("ana", FRA, 0, 60), someone("ben", IAD, 0, 60),
                     someone("chen", SHA, 20, 40), "heard", someone("ben", NODES, 0, 60),
                     someone("chen", NODES, 20, 40), "receipts", receipts);
}

static int set_up(void **state)
{
    (void)state;
    memset(&trust, 0, sizeof trust);
    sign_public(root_seed, trust.root);
    sign_public(list_seed, trust.list);
    for (int node = 0; node < NODES; node++)
        for (int w = 0; w < WINDOWS; w++)
            tell(node, w);
    file = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    receipt_file_close(&read_);
    memset(&read_, 0, sizeof read_);
    json_decref(file);
    return 0;
}

/* Reads the file as it stands; false: it was not even read. */
static bool took(void)
{
    char *text = json_dumps(file, JSON_COMPACT);
    receipt_file_close(&read_);
    bool ok = receipt_file_read(&read_, span_str(text), &trust);
    assert_int_equal(ok, read_.read.wrong[0] == '\0');
    free(text);
    return ok;
}

static enum chain_fault verdict(void)
{
    if (!file)
        file = exported();
    assert_true(took());
    return chain_verify(&read_.facts).fault;
}

static enum chain_fault sealed(void)
{
    seal();
    return verdict();
}

/* ---- what must hold ---- */

static void an_honest_meeting_holds(void **state)
{
    (void)state;
    const char *folder = getenv("RECEIPT_FIXTURE");
    assert_int_equal(sealed(), CHAIN_FINE);
    assert_int_equal(read_.facts.receipts, 14);
    if (folder) {
        char path[200];
        (void)snprintf(path, sizeof path, "%s/meeting.json", folder);
        assert_int_equal(json_dump_file(file, path, JSON_INDENT(1)), 0);
    }
}

static void a_build_that_is_known_holds(void **state)
{
    (void)state;
    trust.builds = 1;
    memset(trust.build[0], 0xb1, RECEIPT_HASH);
    assert_int_equal(sealed(), CHAIN_FINE);
    trust.build[0][5] ^= 1;
    assert_int_equal(verdict(), CHAIN_BUILD);
}

static void what_is_lost_on_the_way_is_allowed(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++)
        told[IAD][w].r.from[0].count.packets -= RATE / 25;
    assert_int_equal(sealed(), CHAIN_FINE);
}

static void who_came_late_has_no_earlier_receipts(void **state)
{
    (void)state;
    seal();
    for (int node = 0; node < 2; node++)
        told[node][0].there = told[node][1].there = false;
    file = exported();
    json_array_clear(json_object_get(file, "heard"));
    (void)json_array_append_new(json_object_get(file, "heard"), someone("ben", NODES, 21, 60));
    assert_int_equal(verdict(), CHAIN_FINE);
}

/* ---- what must not: what a node would sign ---- */

static void another_meetings_receipt(void **state)
{
    (void)state;
    receipt_meeting("another", told[IAD][3].r.meeting);
    assert_int_equal(sealed(), CHAIN_MEETING);
}

static void a_node_without_a_certificate(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++)
        (void)snprintf(told[IAD][w].r.node, 33, "ams-1");
    assert_int_equal(sealed(), CHAIN_STRANGER);
}

static void a_node_signs_for_another(void **state)
{
    (void)state;
    seed_of(FRA, true, told[IAD][2].seed);
    assert_int_equal(sealed(), CHAIN_FORGED);
}

static void a_receipt_outside_its_certificate(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++) {
        told[FRA][w].r.from_ms += INT64_C(11) * YEAR * 1000;
        told[FRA][w].r.to_ms += INT64_C(11) * YEAR * 1000;
    }
    assert_int_equal(sealed(), CHAIN_OUTSIDE);
}

static void a_fenced_node_that_calls_itself_another_zones(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++)
        (void)snprintf(told[SHA][w].r.zone, 33, "eu");
    assert_int_equal(sealed(), CHAIN_NAMES);
}

static void a_receipt_from_the_future(void **state)
{
    (void)state;
    told[FRA][5].r.from_ms = START_MS + 80000;
    told[FRA][5].r.to_ms = START_MS + 82000;
    assert_int_equal(sealed(), CHAIN_FUTURE);
}

static void two_receipts_for_one_time(void **state)
{
    (void)state;
    told[FRA][3].r.from_ms -= 1;
    told[FRA][3].r.to_ms -= 1;
    assert_int_equal(sealed(), CHAIN_OVERLAP);
}

static void the_fenced_node_goes_on_after_its_last_participant(void **state)
{
    (void)state;
    struct told *t = &told[SHA][4];
    t->there = true;
    t->r = told[SHA][3].r;
    t->r.number = 3;
    t->r.from_ms += WINDOW;
    t->r.to_ms += WINDOW;
    assert_int_equal(sealed(), CHAIN_FENCE);
}

static void and_for_nobody_at_all(void **state)
{
    (void)state;
    seal();
    file = exported();
    (void)json_array_remove(json_object_get(file, "roster"), 2);
    (void)json_array_remove(json_object_get(file, "heard"), 1);
    assert_int_equal(verdict(), CHAIN_FENCE);
}

static void the_fenced_node_is_transit(void **state)
{
    (void)state;
    told[SHA][2].r.to[1].count = (struct receipt_count){3 * RATE, 300 * RATE};
    told[IAD][2].r.from[1].count = (struct receipt_count){3 * RATE, 300 * RATE};
    assert_int_equal(sealed(), CHAIN_TRANSIT);
}

static void a_hop_that_nobody_knows(void **state)
{
    (void)state;
    (void)snprintf(told[FRA][1].r.to[0].node, 33, "ams-1");
    assert_int_equal(sealed(), CHAIN_HOP);
}

static void a_neighbour_that_counts_half(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++)
        told[IAD][w].r.from[0].count.packets /= 2;
    assert_int_equal(sealed(), CHAIN_COUNTS);
}

static void a_way_that_nobody_attests(void **state)
{
    (void)state;
    for (int w = 0; w < WINDOWS; w++)
        for (int node = 0; node < 2; node++) {
            told[node][w].r.from[0].count = (struct receipt_count){0, 0};
            told[node][w].r.to[0].count = (struct receipt_count){0, 0};
        }
    told[SHA][2].there = told[SHA][3].there = false;
    for (int node = 0; node < 2; node++)
        for (int w = 2; w < 4; w++)
            told[node][w].r.previous = told[node][w].r.next = 1;
    seal();
    file = exported();
    (void)json_array_remove(json_object_get(file, "heard"), 1);
    assert_int_equal(verdict(), CHAIN_PATH);
}

/* ---- what must not: what becomes of signed receipts ---- */

static void none_at_all(void **state)
{
    (void)state;
    file = exported();
    json_array_clear(json_object_get(file, "receipts"));
    assert_int_equal(verdict(), CHAIN_EMPTY);
}

static void one_twice(void **state)
{
    (void)state;
    seal();
    file = exported();
    json_t *list = json_object_get(file, "receipts");
    (void)json_array_append(list, json_array_get(list, 4));
    assert_int_equal(verdict(), CHAIN_REPLAYED);
}

static void one_left_out_of_the_middle(void **state)
{
    (void)state;
    seal();
    told[IAD][3].there = false;
    assert_int_equal(verdict(), CHAIN_GAP);
}

static void one_signed_anew(void **state)
{
    (void)state;
    seal();
    struct told *t = &told[IAD][2];
    struct writer w = writer_of(t->bytes, sizeof t->bytes);
    t->r.given.bytes++;
    receipt_write(&w, &t->r, t->seed);
    assert_int_equal(verdict(), CHAIN_BROKEN);
}

static void the_last_ones_left_out(void **state)
{
    (void)state;
    seal();
    told[IAD][4].there = told[IAD][5].there = false;
    assert_int_equal(verdict(), CHAIN_EDGE);
}

static void a_node_left_out(void **state)
{
    (void)state;
    seal();
    told[SHA][2].there = told[SHA][3].there = false;
    assert_int_equal(verdict(), CHAIN_HOP);
}

static void any_byte_altered(void **state)
{
    (void)state;
    seal();
    struct told *t = &told[IAD][3];
    for (size_t i = 0; i < t->len; i++) {
        t->bytes[i] ^= 0x01;
        json_decref(file);
        file = exported();
        if (took())
            assert_int_not_equal(chain_verify(&read_.facts).fault, CHAIN_FINE);
        t->bytes[i] ^= 0x01;
    }
}

/* ---- the file ---- */

static void refused(const char *key, json_t *value, const char *words)
{
    json_t *kept = json_deep_copy(file);
    if (value)
        (void)json_object_set_new(file, key, value);
    else
        (void)json_object_del(file, key);
    assert_false(took());
    assert_non_null(strstr(read_.read.wrong, words));
    json_decref(file);
    file = kept;
}

static void a_file_that_is_none(void **state)
{
    (void)state;
    seal();
    file = exported();
    refused("colour", json_true(), "\"colour\"");
    refused("format", json_string("conclave receipts 2"), "\"format\"");
    refused("self", NULL, "\"file.self\" is missing");
    refused("self", json_integer(1), "\"self\"");
    refused("self", json_string("nobody"), "\"heard\"");
    refused("exported", json_string("now"), "\"exported\"");
    refused("list", json_string("{}"), "no signed note");
    refused("receipts", json_pack("[s]", "AAAA"), "at place 1");
    refused("receipts", json_true(), "\"receipts\"");
    refused("nodes", json_pack("[o,o]", certificate(FRA, true), certificate(FRA, true)), "twice");
    refused("nodes", json_pack("[o]", certificate(FRA, false)), "no certificate of a node");
    refused("authorities", json_pack("[o]", certificate(IAD, false)), "none of zone \"eu\"");
    refused("roster", json_pack("[o]", someone("ana", NODES, 0, 1)), "\"roster.node\" is missing");
    refused("roster", json_pack("[o]", someone("ana", FRA, 9, 1)), "before they came");
    refused("heard", json_pack("[o]", someone("eve", NODES, 0, 1)), "\"eve\"");
    refused("heard", json_pack("[o]", someone("chen", NODES, 0, 60)), "\"chen\"");
    trust.root[0] ^= 1;
    refused("self", json_string("ana"), "not signed");
    trust.root[0] ^= 1;
    trust.list[0] ^= 1;
    refused("self", json_string("ana"), "not signed by this key");
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(an_honest_meeting_holds),
        FRESH(a_build_that_is_known_holds),
        FRESH(what_is_lost_on_the_way_is_allowed),
        FRESH(who_came_late_has_no_earlier_receipts),
        FRESH(another_meetings_receipt),
        FRESH(a_node_without_a_certificate),
        FRESH(a_node_signs_for_another),
        FRESH(a_receipt_outside_its_certificate),
        FRESH(a_fenced_node_that_calls_itself_another_zones),
        FRESH(a_receipt_from_the_future),
        FRESH(two_receipts_for_one_time),
        FRESH(the_fenced_node_goes_on_after_its_last_participant),
        FRESH(and_for_nobody_at_all),
        FRESH(the_fenced_node_is_transit),
        FRESH(a_hop_that_nobody_knows),
        FRESH(a_neighbour_that_counts_half),
        FRESH(a_way_that_nobody_attests),
        FRESH(none_at_all),
        FRESH(one_twice),
        FRESH(one_left_out_of_the_middle),
        FRESH(one_signed_anew),
        FRESH(the_last_ones_left_out),
        FRESH(a_node_left_out),
        FRESH(any_byte_altered),
        FRESH(a_file_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
