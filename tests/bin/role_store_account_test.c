/* Facts about accounts in the store: every question is answered as the rows in memory answer it,
 * over SQLite and over PostgreSQL; the two implementations know nothing of each other. */
#include "store/both.h"

#include "account/memory.h"
#include "bin/role_store.h"
#include "crypt/crypt.h"
#include "meet/safe.h"

static struct {
    struct store *s;
    struct memory *m;
    struct account_reply from_store, from_memory;
    unsigned asked, refused;
} rig;

static void open_rig(void)
{
    memset(&rig, 0, sizeof rig);
    rig.s = both_open();
    rig.m = calloc(1, sizeof *rig.m);
    assert_non_null(rig.m);
}

static void close_rig(void)
{
    store_close(rig.s);
    free(rig.m);
}

/* Asks both; the answers are the same, whatever they are. */
static enum err ask(const struct account_ask *q)
{
    struct account_reply *a = &rig.from_store, *b = &rig.from_memory;
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    store_account(rig.s, q, a);
    memory_ask(rig.m, q, b);
    rig.asked++;
    rig.refused += a->result != ERR_OK;
    if (a->result != b->result)
        fail_msg("question %u of kind %d: %s, not %s", rig.asked, q->type, err_name(a->result),
                 err_name(b->result));
    if (a->result != ERR_OK)
        return a->result;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->more, b->more);
    bool in_order = q->type != ASK_CREDENTIAL_LIST && q->type != ASK_MEMBER_OWNERS;
    for (uint32_t i = 0; in_order && i < a->count; i++) {
        struct span row = account_reply_row(a, q->type, i);
        if (row.len > 0 && memcmp(row.ptr, account_reply_row(b, q->type, i).ptr, row.len) != 0)
            fail_msg("question %u of kind %d: row %u differs", rig.asked, q->type, i);
    }
    return ERR_OK;
}

/* ---- questions by small numbers ---- */

static void id_of(uint8_t id[ACCOUNT_ID], unsigned n)
{
    memset(id, 0, ACCOUNT_ID);
    id[0] = 0xa0;
    id[ACCOUNT_ID - 1] = (uint8_t)n;
}

static void hash_of(uint8_t hash[ACCOUNT_HASH], unsigned n, unsigned kind)
{
    memset(hash, (int)kind, ACCOUNT_HASH);
    hash[0] = (uint8_t)n;
}

static struct account_credential credential(unsigned account, unsigned n)
{
    struct account_credential c = {.means = (uint8_t)(n % ACCOUNT_MEANS_),
                                   .alg = -7,
                                   .key_len = 48,
                                   .id_len = (uint16_t)(n % 4),
                                   .created_s = 1800000000,
                                   .used_s = 1800000000,
                                   .label = "Laptop"};
    hash_of(c.lookup, n, 1);
    id_of(c.account, account);
    memset(c.key, (int)n, c.key_len);
    memset(c.id, 0x1d, c.id_len);
    return c;
}

static struct account_session session(unsigned account, unsigned n)
{
    struct account_session s = {.means = ACCOUNT_BY_PASSWORD,
                                .created_s = 1800000000 + n,
                                .used_s = 1800000000 + n,
                                .device = "Desk"};
    hash_of(s.hash, n, 2);
    id_of(s.account, account);
    return s;
}

static struct account_ask of_account(enum account_ask_type type, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.row.id, n);
    (void)snprintf(q.as.row.name, sizeof q.as.row.name, "user%02u", n);
    q.as.row.created_s = 1800000000;
    if (type == ASK_ACCOUNT_PUT)
        q.as.fresh.credential = credential(n, n);
    return q;
}

static struct account_ask of_credential(enum account_ask_type type, unsigned account, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    q.as.credential = credential(account, n);
    return q;
}

static struct account_ask of_session(enum account_ask_type type, unsigned account, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    if (type != ASK_SESSION_PUT) {
        q.as.session = session(account, n);
        return q;
    }
    q.as.enter.session = session(account, n);
    q.as.enter.credential = credential(account, account);
    q.as.enter.checked = 1;
    return q;
}

static struct account_ask of_org(enum account_ask_type type, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.org.org.id, 100 + n);
    (void)snprintf(q.as.org.org.name, sizeof q.as.org.org.name, "org%u", n);
    q.as.org.org.created_s = 1800000000;
    id_of(q.as.org.owner.org, 100 + n);
    id_of(q.as.org.owner.account, n);
    q.as.org.owner.role = ACCOUNT_OWNER;
    return q;
}

static struct account_ask of_member(enum account_ask_type type, unsigned org, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.member.org, 100 + org);
    id_of(q.as.member.account, n);
    q.as.member.role = (uint8_t)(n % ACCOUNT_ROLE_COUNT_);
    return q;
}

static struct account_ask of_block(enum account_ask_type type, unsigned account, unsigned feature)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.block.account, account);
    q.as.block.feature = (uint8_t)feature;
    q.as.block.created_s = 1800000000;
    (void)snprintf(q.as.block.why, sizeof q.as.block.why, "reason %u", feature);
    return q;
}

static struct account_ask of_grant(enum account_ask_type type, unsigned org, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    struct account_grant *g = type == ASK_GRANT_TAKE ? &q.as.take.grant : &q.as.grant;
    hash_of(g->hash, n, 3);
    g->hash[1] = (uint8_t)n; /* an id is more than its first byte */
    id_of(g->org, 100 + org);
    g->kind = (uint8_t)(n % GRANT_KINDS_);
    g->created_s = 1800000000;
    g->expires_s = g->kind == GRANT_INVITE ? 1800000000 + n : 0;
    (void)snprintf(g->label, sizeof g->label, "grant %u", n);
    if (type == ASK_GRANT_TAKE) {
        id_of(q.as.take.member.account, 1 + n % 4);
        q.as.take.now_s = 1800000005;
    }
    return q;
}

static enum err put_account(unsigned n)
{
    struct account_ask q = of_account(ASK_ACCOUNT_PUT, n);
    return ask(&q);
}

/* ---- facts ---- */

static void an_account_comes_with_its_credential_or_not_at_all(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    struct account_ask q = of_account(ASK_ACCOUNT_PUT, 2);
    q.as.fresh.credential = credential(2, 1); /* somebody has that one */
    assert_int_equal(ask(&q), ERR_CONFLICT);
    q = of_account(ASK_ACCOUNT_GET, 2);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_account(ASK_ACCOUNT_NAMED, 1);
    assert_int_equal(ask(&q), ERR_OK);
    q.as.row.disabled = true;
    q.type = ASK_ACCOUNT_SET;
    assert_int_equal(ask(&q), ERR_OK);
    q.type = ASK_ACCOUNT_GET;
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.as.row[0].disabled);
    close_rig();
}

static void a_session_needs_what_it_was_proved_with(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK); /* by a passkey, as 1 % 3 says */
    struct account_ask q = of_session(ASK_SESSION_PUT, 1, 1);
    q.as.enter.credential.counter = 5;
    assert_int_equal(ask(&q), ERR_OK);
    q = of_session(ASK_SESSION_PUT, 1, 2);
    q.as.enter.credential.counter = 5;
    assert_int_equal(ask(&q), ERR_REPLAY);
    q.as.enter.credential.counter = 6;
    q.as.enter.credential.key[0] ^= 1; /* another key was set meanwhile */
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_session(ASK_SESSION_GET, 1, 2);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_account(ASK_ACCOUNT_SET, 1);
    q.as.row.disabled = true;
    assert_int_equal(ask(&q), ERR_OK);
    q = of_session(ASK_SESSION_PUT, 1, 3);
    q.as.enter.credential.counter = 9;
    assert_int_equal(ask(&q), ERR_FORBIDDEN);
    q = of_credential(ASK_CREDENTIAL_GET, 1, 1);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.as.credential[0].counter, 5); /* nothing was half done */
    close_rig();
}

static void the_seventeenth_session_ends_the_least_used(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    for (unsigned i = 1; i <= ACCOUNT_SESSIONS + 1; i++) {
        struct account_ask q = of_session(ASK_SESSION_PUT, 1, i);
        q.as.enter.credential.counter = i;
        assert_int_equal(ask(&q), ERR_OK);
        if (i != 1)
            continue;
        q = of_session(ASK_SESSION_USED, 1, 1); /* the first is used again, later */
        q.as.session.used_s += 1000;
        assert_int_equal(ask(&q), ERR_OK);
    }
    struct account_ask q = of_session(ASK_SESSION_GET, 1, 2);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_session(ASK_SESSION_LIST, 1, 1);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.count, ACCOUNT_SESSIONS);
    q = of_session(ASK_SESSION_CLEAR, 1, 3);
    assert_int_equal(ask(&q), ERR_OK);
    q = of_session(ASK_SESSION_LIST, 1, 1);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.count, 1); /* the one that asked */
    q = of_session(ASK_SESSION_DROP, 2, 3);
    assert_int_equal(ask(&q), ERR_NOT_FOUND); /* of another account */
    close_rig();
}

static void the_last_way_in_and_the_last_owner_stay(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    assert_int_equal(put_account(2), ERR_OK);
    struct account_ask q = of_credential(ASK_CREDENTIAL_DROP, 1, 1);
    assert_int_equal(ask(&q), ERR_STATE);
    q = of_org(ASK_ORG_PUT, 1);
    assert_int_equal(ask(&q), ERR_OK);
    q = of_member(ASK_MEMBER_DROP, 1, 1);
    assert_int_equal(ask(&q), ERR_STATE);
    q.type = ASK_MEMBER_PUT;
    q.as.member.role = ACCOUNT_MEMBER;
    assert_int_equal(ask(&q), ERR_STATE);
    q = of_member(ASK_MEMBER_PUT, 1, 2);
    q.as.member.role = ACCOUNT_OWNER;
    assert_int_equal(ask(&q), ERR_OK);
    q = of_member(ASK_MEMBER_DROP, 1, 1);
    assert_int_equal(ask(&q), ERR_OK);
    q = of_member(ASK_MEMBER_OWNERS, 1, 0);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.count, 1);
    close_rig();
}

/* The core never puts what refers to nobody, and memory does not look: these rows get an account
 * and an organisation that are there. False: there is none yet. */
static bool of_somebody(struct account_ask *q, uint32_t draw)
{
    bool member = q->type == ASK_MEMBER_PUT;
    uint8_t *who = member                          ? q->as.member.account
                   : q->type == ASK_ORG_PUT        ? q->as.org.owner.account
                   : q->type == ASK_CREDENTIAL_PUT ? q->as.credential.account
                   : q->type == ASK_BLOCK_PUT      ? q->as.block.account
                                                   : NULL;
    if (who && (rig.m->accounts == 0 || (member && rig.m->orgs == 0)))
        return false;
    if (who)
        memcpy(who, rig.m->account[draw % rig.m->accounts].id, ACCOUNT_ID);
    if (member)
        memcpy(q->as.member.org, rig.m->org[draw % rig.m->orgs].id, ACCOUNT_ID);
    return true;
}

static void an_invitation_is_taken_once_and_in_time(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    assert_int_equal(put_account(4), ERR_OK);
    struct account_ask q = of_org(ASK_ORG_PUT, 1);
    assert_int_equal(ask(&q), ERR_OK);
    q = of_grant(ASK_GRANT_PUT, 1, 7); /* over two seconds after `now` */
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(ask(&q), ERR_CONFLICT);
    q = of_grant(ASK_GRANT_PUT, 1, 3); /* over before */
    assert_int_equal(ask(&q), ERR_OK);
    q = of_grant(ASK_GRANT_TAKE, 1, 3);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_grant(ASK_GRANT_TAKE, 1, 7);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    q = of_member(ASK_MEMBER_GET, 1, 4);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.as.member[0].role, ACCOUNT_MEMBER);
    q.type = ASK_ORG_MINE;
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.count, 1);
    q = of_grant(ASK_GRANT_PUT, 9, 9); /* no such organisation */
    assert_int_equal(ask(&q), ERR_CONFLICT);
    close_rig();
}

/* Asked for until it is whole. */
static size_t export_all(char *text, size_t cap)
{
    static struct account_reply r;
    struct account_ask q = {.type = ASK_EXPORT};
    uint8_t digest[ACCOUNT_HASH];
    size_t len = 0;
    memcpy(q.as.piece.account, rig.m->account[0].id, ACCOUNT_ID);
    do {
        q.as.piece.from = (uint32_t)len;
        store_account(rig.s, &q, &r);
        assert_int_equal(r.result, ERR_OK);
        for (uint32_t i = 0; i < r.count; i++) {
            const struct account_piece *p = &r.as.piece[i];
            if (len == 0)
                memcpy(digest, p->digest, sizeof digest);
            assert_memory_equal(digest, p->digest, sizeof digest);
            assert_int_equal(p->from, len);
            assert_true(p->len > 0 && len + p->len <= p->total && len + p->len < cap);
            memcpy(text + len, p->bytes, p->len);
            len += p->len;
        }
    } while (r.more);
    text[len] = '\0';
    q.as.piece.from = (uint32_t)len;
    store_account(rig.s, &q, &r);
    assert_int_equal(r.result, ERR_NOT_FOUND);
    crypt_sha256(q.as.piece.digest, span_of(text, len));
    assert_memory_equal(q.as.piece.digest, digest, sizeof digest);
    return len;
}

static void an_export_comes_in_pieces_that_fit(void **state)
{
    (void)state;
    static char text[65536];
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    size_t len = export_all(text, sizeof text);
    assert_true(len > ACCOUNT_PIECE);
    assert_non_null(strstr(text, "\"proof\":\"withheld\""));
    struct account_ask q;
    for (unsigned k = 2; k <= ACCOUNT_CREDENTIALS; k++) {
        q = of_credential(ASK_CREDENTIAL_PUT, 1, k);
        assert_int_equal(ask(&q), ERR_OK);
    }
    for (uint8_t k = 0; k < ACCOUNT_FEATURES; k++) {
        q = of_block(ASK_BLOCK_PUT, 1, k);
        memset(q.as.block.why, 'y', ACCOUNT_WHY);
        assert_int_equal(ask(&q), ERR_OK);
    }
    assert_true(export_all(text, sizeof text) > ACCOUNT_PIECES * ACCOUNT_PIECE); /* two answers */
    q = (struct account_ask){.type = ASK_EXPORT};                                /* of nobody */
    store_account(rig.s, &q, &rig.from_store);
    assert_int_equal(rig.from_store.result, ERR_NOT_FOUND);
    close_rig();
}

static void an_organisation_has_sixteen_keys_and_pages_of_invitations(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    struct account_ask q = of_org(ASK_ORG_PUT, 1);
    assert_int_equal(ask(&q), ERR_OK);
    for (unsigned i = 0; i <= 2 * ACCOUNT_KEYS + 1; i++) {
        q = of_grant(ASK_GRANT_PUT, 1, i);
        assert_int_equal(ask(&q), i == 2 * ACCOUNT_KEYS ? ERR_LIMIT : ERR_OK);
    }
    q = of_grant(ASK_GRANT_LIST, 1, 1);
    memset(q.as.grant.hash, 0, sizeof q.as.grant.hash);
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.count == ACCOUNT_PAGE && rig.from_store.more);
    q.as.grant = rig.from_store.as.grant[ACCOUNT_PAGE - 1];
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.count == 1 && !rig.from_store.more);
    q.type = ASK_GRANT_DROP;
    id_of(q.as.grant.org, 102); /* of another organisation */
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    id_of(q.as.grant.org, 101);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(ask(&q), ERR_NOT_FOUND);
    close_rig();
}

static void an_organisation_changes_its_own_blocks_alone(void **state)
{
    (void)state;
    open_rig();
    assert_int_equal(put_account(1), ERR_OK);
    assert_int_equal(put_account(2), ERR_OK);
    struct account_ask q = of_org(ASK_ORG_PUT, 1);
    assert_int_equal(ask(&q), ERR_OK);
    q = of_member(ASK_MEMBER_PUT, 1, 2);
    q.as.member.role = ACCOUNT_MEMBER;
    assert_int_equal(ask(&q), ERR_OK);
    q = of_block(ASK_BLOCK_PUT, 2, 1); /* an operator's */
    assert_int_equal(ask(&q), ERR_OK);
    id_of(q.as.block.by, 101);
    assert_int_equal(ask(&q), ERR_FORBIDDEN);
    q.type = ASK_BLOCK_DROP;
    assert_int_equal(ask(&q), ERR_FORBIDDEN);
    q.type = ASK_BLOCK_PUT;
    q.as.block.feature = 2;
    assert_int_equal(ask(&q), ERR_OK);
    id_of(q.as.block.by, 102); /* another organisation */
    assert_int_equal(ask(&q), ERR_FORBIDDEN);
    q = of_member(ASK_MEMBER_DROP, 1, 2); /* who leaves is rid of its blocks, not of others */
    assert_int_equal(ask(&q), ERR_OK);
    q = of_block(ASK_BLOCK_LIST, 2, 0);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.count, 1);
    assert_int_equal(rig.from_store.as.block[0].feature, 1);
    close_rig();
}

/* What protects meeting n: a profile that its waiting room and passcode suit. */
static void protect(unsigned n, struct account_meeting *m, struct store_meeting *row)
{
    struct safe safe;
    struct writer w = writer_of(row->safe, sizeof row->safe);
    m->waiting_room = row->waiting;
    m->passcode = n % 3 == 0;
    m->profile = (uint8_t)(n % PROFILE_COUNT_);
    for (;; m->profile = PROFILE_DEFAULT) {
        safe_begin(&safe, (enum profile)m->profile);
        safe.settings.value[SETTING_waiting_room] = m->waiting_room;
        safe.settings.value[SETTING_passcode] = m->passcode;
        if (settings_valid(&safe.settings))
            break;
        assert_int_not_equal(m->profile, PROFILE_DEFAULT);
    }
    safe_write(&safe, &w);
    row->safe_len = (uint32_t)writer_len(&w);
}

/* Meeting n of that organisation (0: of nobody), in both. */
static void has_meeting(unsigned org, unsigned n)
{
    struct account_meeting *m = &rig.m->meeting[rig.m->meetings++];
    struct store_meeting row = both_meeting(n);
    memset(m, 0, sizeof *m);
    m->created_s = 1800000000 + n;
    row.created_ms = m->created_s * 1000;
    protect(n, m, &row);
    memset(row.id, 'a' + (int)n % 26, ACCOUNT_MEETING);
    memcpy(m->id, row.id, ACCOUNT_MEETING);
    if (org != 0) {
        id_of(m->org, 100 + org);
        row.organisation_len = STORE_ID;
        memcpy(row.organisation, m->org, STORE_ID);
    }
    assert_int_equal(store_put_meeting(rig.s, &row), ERR_OK);
}

static struct account_ask of_meeting(enum account_ask_type type, unsigned org, unsigned n)
{
    struct account_ask q = {.type = type, .request = 1};
    memset(q.as.meeting.id, 'a' + (int)n % 26, ACCOUNT_MEETING);
    id_of(q.as.meeting.org, 100 + org);
    q.as.meeting.ended_s = 1800000100 + n;
    return q;
}

static void an_organisation_sees_and_ends_its_own_meetings_alone(void **state)
{
    (void)state;
    open_rig();
    for (unsigned n = 0; n <= ACCOUNT_PAGE + 1; n++) /* one more than a page; one of another, */
        has_meeting(n == 5 ? 2 : 1, n);
    has_meeting(0, 25); /* and a guest's */
    struct account_ask q = of_meeting(ASK_MEETING_LIST, 1, 0);
    memset(q.as.meeting.id, 0, sizeof q.as.meeting.id);
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.count == ACCOUNT_PAGE && rig.from_store.more);
    q.as.meeting = rig.from_store.as.meeting[ACCOUNT_PAGE - 1];
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.count == 1 && !rig.from_store.more);
    q = of_meeting(ASK_MEETING_GET, 1, 3);
    assert_int_equal(ask(&q), ERR_OK);
    assert_true(rig.from_store.as.meeting[0].passcode);
    for (unsigned i = 0; i < 3; i++) { /* another's, a guest's, and one that never was */
        static const unsigned not_its_own[] = {5, 25, 24};
        q = of_meeting(ASK_MEETING_GET, 1, not_its_own[i]);
        assert_int_equal(ask(&q), ERR_NOT_FOUND);
        q.type = ASK_MEETING_END;
        assert_int_equal(ask(&q), ERR_NOT_FOUND);
    }
    q = of_meeting(ASK_MEETING_GET, 2, 5);
    assert_int_equal(ask(&q), ERR_OK);
    assert_int_equal(rig.from_store.as.meeting[0].ended_s, 0); /* nobody ended it */
    for (int i = 0; i < 2; i++) {
        q = of_meeting(ASK_MEETING_END, 1, 3);
        q.as.meeting.ended_s += i; /* the second time changes nothing */
        assert_int_equal(ask(&q), ERR_OK);
        q.type = ASK_MEETING_GET;
        assert_int_equal(ask(&q), ERR_OK);
        assert_int_equal(rig.from_store.as.meeting[0].ended_s, 1800000103);
    }
    close_rig();
}

static void a_meeting_that_nobody_wrote_like_that_is_no_answer(void **state)
{
    (void)state;
    struct store_meeting row = both_meeting(7);
    struct account_ask q = of_meeting(ASK_MEETING_GET, 1, 0);
    open_rig();
    row.organisation_len = STORE_ID;
    memcpy(row.organisation, q.as.meeting.org, STORE_ID);
    memcpy(row.id, q.as.meeting.id, ACCOUNT_MEETING + 1);
    row.safe_len = 3; /* no record */
    assert_int_equal(store_put_meeting(rig.s, &row), ERR_OK);
    store_account(rig.s, &q, &rig.from_store);
    assert_int_equal(rig.from_store.result, ERR_IO);
    assert_int_equal(rig.from_store.count, 0);
    close_rig();
}

/* A thousand questions of every kind, drawn: both say the same to each. */
static void whatever_is_asked_memory_says_the_same(void **state)
{
    (void)state;
    uint64_t x = 20261122;
    open_rig();
    for (unsigned i = 0; i < 26; i++)
        has_meeting(i % 4, i);
    for (unsigned i = 0; i < 1000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        unsigned type = (unsigned)(x >> 33) % ASK_COUNT_;
        unsigned n = 1 + (unsigned)(x >> 40) % 20, k = 1 + (unsigned)(x >> 48) % 24;
        enum account_ask_type t = (enum account_ask_type)type;
        struct account_ask q = t <= ASK_ACCOUNT_LIST || t == ASK_ACCOUNT_DROP ? of_account(t, n)
                               : t <= ASK_CREDENTIAL_DROP ? of_credential(t, n, k)
                               : t <= ASK_SESSION_CLEAR   ? of_session(t, n, k)
                               : t <= ASK_ORG_LIST        ? of_org(t, 1 + n % 3)
                               : t <= ASK_MEMBER_OWNERS   ? of_member(t, 1 + n % 3, k % 20)
                               : t <= ASK_BLOCK_LIST      ? of_block(t, n, k % ACCOUNT_FEATURES)
                               : t <= ASK_GRANT_TAKE      ? of_grant(t, 1 + n % 3, k)
                                                          : of_meeting(t, 1 + n % 3, k);
        if (t >= ASK_BLOCK_PUT && t <= ASK_BLOCK_LIST && x >> 60 < 8)
            id_of(q.as.block.by, 101 + (unsigned)(x >> 60) % 2);
        if (t == ASK_SESSION_PUT)
            q.as.enter.credential.counter = i;
        if (t == ASK_EXPORT || !of_somebody(&q, (uint32_t)(x >> 20)))
            continue;
        (void)ask(&q);
    }
    assert_true(rig.refused > 100 && rig.refused < 900);
    close_rig();
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(an_account_comes_with_its_credential_or_not_at_all),
        BOTH_FACT(a_session_needs_what_it_was_proved_with),
        BOTH_FACT(the_seventeenth_session_ends_the_least_used),
        BOTH_FACT(the_last_way_in_and_the_last_owner_stay),
        BOTH_FACT(an_invitation_is_taken_once_and_in_time),
        BOTH_FACT(an_export_comes_in_pieces_that_fit),
        BOTH_FACT(an_organisation_has_sixteen_keys_and_pages_of_invitations),
        BOTH_FACT(an_organisation_changes_its_own_blocks_alone),
        BOTH_FACT(an_organisation_sees_and_ends_its_own_meetings_alone),
        BOTH_FACT(a_meeting_that_nobody_wrote_like_that_is_no_answer),
        BOTH_FACT(whatever_is_asked_memory_says_the_same),
    };
    return BOTH(facts);
}
