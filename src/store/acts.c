/* Acts that read and write in one statement, so that of two nodes only one wins.
 * knows: their SQL. */
#include "base/bug.h"
#include "store/backend.h"

enum act {
    END_MEETING,
    PROTECT_MEETING,
    USE_CREDENTIAL,
    LIST_MEMBERS,
    ADD_USAGE,
    ADD_SERVER,
    ACTS
};
static_assert((int)ACTS <= (int)BACKEND_ACTS, "each act has a number");

/* What a run has counted with this addition. */
#define COUNTED_BY_RUN                                                                             \
    "excluded.people + CASE WHEN usage_days.run = excluded.run"                                    \
    " THEN usage_days.run_people ELSE 0 END"

static const char *const sql[ACTS] = {
    [END_MEETING] = "UPDATE meetings SET ended_ms = CASE ended_ms WHEN 0 THEN $2 ELSE ended_ms END"
                    " WHERE id = $1",
    [PROTECT_MEETING] =
        "UPDATE meetings SET safe = CASE $2 WHEN 0 THEN safe ELSE $3 END,"
        " attempts = CASE $4 WHEN 0 THEN attempts ELSE $5 END,"
        " attempts_since_ms = CASE $4 WHEN 0 THEN attempts_since_ms ELSE $6 END WHERE id = $1",
    [USE_CREDENTIAL] = "UPDATE credentials SET sign_count = $2, used_ms = $3"
                       " WHERE id = $1 AND proof = $4"
                       " AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))",
    [LIST_MEMBERS] = "SELECT m.account, m.role, a.login FROM memberships m"
                     " JOIN accounts a ON a.id = m.account"
                     " WHERE m.organisation = $1 AND m.role >= $2 AND (a.login > $3 OR $3 = '')"
                     " ORDER BY a.login LIMIT $4",
    [ADD_USAGE] = "INSERT INTO usage_days"
                  " (organisation, day_ms, profile, participants, people, run, run_people,"
                  " most_people) SELECT id, $2, profile, $3, $4, $5, $4, $4"
                  " FROM organisations WHERE id = $1"
                  " ON CONFLICT (organisation, day_ms) DO UPDATE SET"
                  " profile = excluded.profile,"
                  " participants = usage_days.participants + excluded.participants,"
                  " people = usage_days.people + excluded.people,"
                  " run = excluded.run,"
                  " run_people = " COUNTED_BY_RUN ","
                  " most_people = CASE WHEN " COUNTED_BY_RUN " > usage_days.most_people"
                  " THEN " COUNTED_BY_RUN " ELSE usage_days.most_people END",
    [ADD_SERVER] = "INSERT INTO server_days"
                   " (day_ms, meetings, participants, guests, people, minutes, flags)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                   " ON CONFLICT (day_ms) DO UPDATE SET"
                   " meetings = server_days.meetings + excluded.meetings,"
                   " participants = server_days.participants + excluded.participants,"
                   " guests = server_days.guests + excluded.guests,"
                   " people = server_days.people + excluded.people,"
                   " minutes = server_days.minutes + excluded.minutes,"
                   " flags = server_days.flags | excluded.flags | $8",
};

static struct backend_call call(enum act act)
{
    return (struct backend_call){.number = (unsigned)(BACKEND_PREPARED - BACKEND_ACTS + act),
                                 .sql = sql[act]};
}

static void arg(struct backend_call *c, struct store_value v)
{
    c->args[c->arg_count++] = v;
}

enum err store_end_meeting(struct store *s, const char *id, int64_t ended_ms)
{
    struct backend_call c = call(END_MEETING);
    arg(&c, value_text(span_str(id)));
    arg(&c, value_int(ended_ms));
    TRY(backend_write(s, &c));
    return c.changed == 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err store_protect_meeting(struct store *s, const struct store_protection *p)
{
    struct backend_call c = call(PROTECT_MEETING);
    BUG_IF(p->has_safe && p->safe.len > LIMIT_SAFE);
    arg(&c, value_text(span_str(p->meeting)));
    arg(&c, value_int(p->has_safe));
    arg(&c, value_blob(p->has_safe ? p->safe : span_of("", 0)));
    arg(&c, value_int(p->has_attempts));
    arg(&c, value_int(p->attempts));
    arg(&c, value_int(p->attempts_since_ms));
    TRY(backend_write(s, &c));
    return c.changed == 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err store_use_credential(struct store *s, const struct store_credential *used)
{
    struct backend_call c = call(USE_CREDENTIAL);
    struct store_credential row = {.kind = 0};
    struct span proof = span_of(used->proof, used->proof_len);
    arg(&c, value_blob(span_of(used->id, sizeof used->id)));
    arg(&c, value_int(used->sign_count));
    arg(&c, value_int(used->used_ms));
    arg(&c, value_blob(proof));
    TRY(backend_write(s, &c));
    if (c.changed > 0)
        return ERR_OK;
    memcpy(row.id, used->id, sizeof row.id);
    TRY(store_get_credential(s, &row));
    return span_equal(span_of(row.proof, row.proof_len), proof) ? ERR_REPLAY : ERR_NOT_FOUND;
}

static void take_member(void *ctx, const struct store_value *columns, size_t count)
{
    struct store_members *m = ctx;
    if (m->count == m->cap) {
        m->more = true;
        return;
    }
    struct store_member *to = &m->rows[m->count++];
    memset(to, 0, sizeof *to);
    m->bad |= count != 3 || columns[0].kind != STORE_BLOB || columns[0].bytes.len != STORE_ID ||
              columns[1].kind != STORE_INT || columns[2].kind != STORE_TEXT ||
              columns[2].bytes.len >= sizeof to->login;
    if (m->bad)
        return;
    memcpy(to->account, columns[0].bytes.ptr, STORE_ID);
    to->role = columns[1].number;
    if (columns[2].bytes.len > 0)
        memcpy(to->login, columns[2].bytes.ptr, columns[2].bytes.len);
}

enum err store_list_members(struct store *s, struct store_members *m)
{
    struct backend_call c = call(LIST_MEMBERS);
    BUG_IF(m->cap == 0 || m->cap > STORE_LIST);
    m->count = 0;
    m->more = m->bad = false;
    c.row = take_member;
    c.ctx = m;
    arg(&c, value_blob(span_of(m->organisation, STORE_ID)));
    arg(&c, value_int(m->role));
    arg(&c, value_text(span_str(m->after)));
    arg(&c, value_int((int64_t)m->cap + 1)); /* one more tells whether there are */
    TRY(backend_read(s, &c));
    return m->bad ? ERR_IO : ERR_OK;
}

enum err store_add_usage(struct store *s, const struct store_usage_day *more)
{
    struct backend_call c = call(ADD_USAGE);
    arg(&c, value_blob(span_of(more->organisation, STORE_ID)));
    const int64_t numbers[] = {more->day_ms, more->participants, more->people, more->run};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        arg(&c, value_int(numbers[i]));
    TRY(backend_write(s, &c));
    return c.changed == 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err store_add_server_day(struct store *s, const struct store_server_day *more,
                              int64_t flags_if_there)
{
    struct backend_call c = call(ADD_SERVER);
    const int64_t numbers[] = {more->day_ms, more->meetings, more->participants, more->guests,
                               more->people, more->minutes,  more->flags,        flags_if_there};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        arg(&c, value_int(numbers[i]));
    return backend_write(s, &c);
}
