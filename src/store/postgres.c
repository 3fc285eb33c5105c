/* PostgreSQL behind backend.h. Nothing waits longer than its deadline: a database that does not
 * answer counts as away, calls answer ERR_AGAIN at once from then on, and store_tick looks for it
 * again, later each time. knows: statements, the shell's clock. knows not: tables, who asks.
 * owns: the connection. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "store/backend.h"

enum {
    STATEMENT_MS = 4000, /* front waits 5 s for an answer (FRONT_ASK_US) */
    SLOW_MS = 60000,     /* a step of a migration, scrubbing */
    CONNECT_MS = 5000,
    AGAIN_FIRST_MS = 100,
    AGAIN_LAST_MS = 5000,
    OLDEST_SERVER = 150000,
    MIGRATION_LOCK = 0x636f6e63, /* "conc": our number among the server's advisory locks */
};

/* Types of values on the wire: pg_type's own numbers. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25 };

enum place { AWAY, CONNECTING, UP };

struct pg_store {
    struct store head;
    struct store_shell shell;
    char *url;
    char host_addresses[STORE_ADDRESSES_TEXT];
    char host_names[STORE_ADDRESSES * 256]; /* libpq wants as many names as addresses */
    PGconn *c;
    enum place place;
    PostgresPollingStatusType wants; /* of a connection under way */
    int64_t next_ms, backoff_ms, patience_ms;
    bool writing; /* in a transaction that writes */
    bool refused; /* by us: a newer schema, an old server: nothing to wait for */
    char xid[24]; /* of the write that is being committed */
    enum store_doubt doubt;
    bool prepared[BACKEND_PREPARED];
    char why[STORE_WHY];
};

static struct pg_store *self(struct store *s)
{
    return (struct pg_store *)(void *)s;
}

static int64_t now(const struct pg_store *p)
{
    return p->shell.now_ms(p->shell.ctx);
}

/* ---- losing and finding the connection ---- */

static void keep_why(struct pg_store *p, const char *words)
{
    (void)snprintf(p->why, sizeof p->why, "The database is away (%.190s).", words);
    for (char *at = p->why; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
}

static enum err lose(struct pg_store *p, const char *words)
{
    if (p->c && PQerrorMessage(p->c)[0])
        words = PQerrorMessage(p->c);
    keep_why(p, words);
    PQfinish(p->c);
    p->c = NULL;
    p->place = AWAY;
    p->next_ms = now(p) + p->backoff_ms;
    p->backoff_ms = p->backoff_ms * 2 < AGAIN_LAST_MS ? p->backoff_ms * 2 : AGAIN_LAST_MS;
    return ERR_AGAIN;
}

static void start_connecting(struct pg_store *p)
{
    /* What stands behind the URL wins. No Kerberos: its library reads files and keyrings. */
    const char *const keys[] = {"dbname",
                                "gssencmode",
                                "client_encoding",
                                "application_name",
                                "target_session_attrs",
                                p->host_addresses[0] ? "hostaddr" : NULL,
                                "host",
                                NULL};
    const char *const values[] = {p->url,       "disable",         "UTF8",        "conclave",
                                  "read-write", p->host_addresses, p->host_names, NULL};
    p->c = PQconnectStartParams(keys, values, 1);
    p->next_ms = now(p) + CONNECT_MS;
    p->wants = PGRES_POLLING_WRITING;
    p->place = CONNECTING;
    if (!p->c || PQstatus(p->c) == CONNECTION_BAD)
        (void)lose(p, "no connection could be begun");
}

/* ---- one command ---- */

static bool wait_for(const struct pg_store *p, bool write, int64_t until)
{
    int64_t left = until - now(p);
    return left > 0 && p->shell.wait(p->shell.ctx, PQsocket(p->c), write, left);
}

/* The result of what was sent, or NULL when the connection or the time is gone. */
static PGresult *await(struct pg_store *p)
{
    int64_t until = now(p) + p->patience_ms;
    int left;
    while ((left = PQflush(p->c)) > 0)
        if (!wait_for(p, true, until) || !PQconsumeInput(p->c))
            return NULL;
    while (left == 0 && PQisBusy(p->c))
        if (!wait_for(p, false, until) || !PQconsumeInput(p->c))
            return NULL;
    return left == 0 ? PQgetResult(p->c) : NULL;
}

static enum err judge(struct pg_store *p, const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return ERR_OK;
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (!state || PQstatus(p->c) == CONNECTION_BAD)
        return ERR_AGAIN;
    if (strncmp(state, "23", 2) == 0)
        return ERR_CONFLICT;
    if (strncmp(state, "22", 2) == 0)
        return ERR_MALFORMED;
    /* shut down, cancelled, deadlocked, not yet or no longer the one that takes writes */
    if (strncmp(state, "57", 2) == 0 || strncmp(state, "40", 2) == 0 ||
        strncmp(state, "08", 2) == 0 || strcmp(state, "25006") == 0)
        return ERR_AGAIN;
    (void)snprintf(p->why, sizeof p->why, "The database refused a statement (SQLSTATE %.5s).",
                   state);
    return ERR_IO;
}

/* Reads all results of one command; the first failure is its answer. */
static enum err finish(struct pg_store *p, int sent, void (*take)(void *, PGresult *), void *ctx)
{
    enum err e = ERR_OK;
    PGresult *r;
    if (!sent)
        return lose(p, "a command could not be sent");
    r = await(p);
    if (!r)
        return lose(p, "it did not answer in time");
    while (r) {
        enum err one = judge(p, r);
        if (one == ERR_OK && e == ERR_OK && take)
            take(ctx, r);
        e = e == ERR_OK ? one : e;
        PQclear(r);
        r = await(p);
    }
    if (PQtransactionStatus(p->c) == PQTRANS_ACTIVE)
        return lose(p, "it did not answer in time");
    bool lost = e == ERR_AGAIN || PQstatus(p->c) == CONNECTION_BAD;
    return lost ? lose(p, "it ended the connection") : e;
}

static enum err command(struct pg_store *p, const char *sql)
{
    return finish(p, PQsendQuery(p->c, sql), NULL, NULL);
}

struct text {
    char *out;
    size_t cap;
};

static void take_text(void *ctx, PGresult *r)
{
    struct text *t = ctx;
    if (PQntuples(r) > 0 && PQnfields(r) > 0 && !PQgetisnull(r, 0, 0))
        (void)snprintf(t->out, t->cap, "%s", PQgetvalue(r, 0, 0));
}

/* The first column of the first row as text; "" when there is none. */
static enum err ask(struct pg_store *p, const char *sql, char *out, size_t cap)
{
    struct text t = {out, cap};
    out[0] = '\0';
    return finish(p, PQsendQuery(p->c, sql), take_text, &t);
}

/* ---- statements ---- */

struct params {
    Oid types[BACKEND_ARGS];
    const char *values[BACKEND_ARGS];
    int lengths[BACKEND_ARGS], formats[BACKEND_ARGS];
    uint8_t numbers[BACKEND_ARGS][8];
};

static void fill_params(struct params *out, const struct backend_call *c)
{
    for (size_t i = 0; i < c->arg_count; i++) {
        const struct store_value *v = &c->args[i];
        out->formats[i] = 1; /* binary */
        if (v->kind == STORE_INT) {
            for (int b = 0; b < 8; b++)
                out->numbers[i][b] = (uint8_t)((uint64_t)v->number >> (56 - 8 * b));
            out->types[i] = OID_INT8;
            out->values[i] = (const char *)out->numbers[i];
            out->lengths[i] = 8;
            continue;
        }
        out->types[i] = v->kind == STORE_TEXT ? OID_TEXT : OID_BYTEA;
        out->values[i] = v->bytes.len > 0 ? (const char *)v->bytes.ptr : "";
        out->lengths[i] = (int)v->bytes.len;
    }
}

static struct store_value column(const PGresult *r, int row, int i)
{
    struct span raw = span_of(PQgetvalue(r, row, i), (size_t)PQgetlength(r, row, i));
    Oid type = PQftype(r, i);
    if (type == OID_TEXT)
        return value_text(raw);
    if (type != OID_INT8 && type != OID_INT4)
        return value_blob(raw);
    uint64_t n = raw.len > 0 && raw.ptr[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t b = 0; b < raw.len; b++)
        n = n << 8 | raw.ptr[b];
    return value_int((int64_t)n);
}

static void take_rows(void *ctx, PGresult *r)
{
    struct backend_call *c = ctx;
    struct store_value columns[BACKEND_ARGS];
    int n = PQnfields(r), rows = PQntuples(r);
    BUG_IF(n > BACKEND_ARGS);
    for (int row = 0; row < rows; row++) {
        for (int i = 0; i < n; i++)
            columns[i] = column(r, row, i);
        c->rows++;
        if (c->row)
            c->row(c->ctx, columns, (size_t)n);
    }
    char *end;
    if (strncmp(PQcmdStatus(r), "SELECT", 6) != 0)
        c->changed = strtoull(PQcmdTuples(r), &end, 10);
}

static enum err prepare(struct pg_store *p, const struct backend_call *c, const struct params *a,
                        const char *name)
{
    if (p->prepared[c->number])
        return ERR_OK;
    TRY(finish(p, PQsendPrepare(p->c, name, c->sql, (int)c->arg_count, a->types), NULL, NULL));
    p->prepared[c->number] = true;
    return ERR_OK;
}

static enum err run(struct store *s, struct backend_call *c)
{
    struct pg_store *p = self(s);
    struct params a;
    char name[16];
    c->rows = c->changed = 0;
    if (p->place != UP)
        return ERR_AGAIN;
    fill_params(&a, c);
    if (c->number >= BACKEND_PREPARED)
        return finish(p,
                      PQsendQueryParams(p->c, c->sql, (int)c->arg_count, a.types, a.values,
                                        a.lengths, a.formats, 1),
                      take_rows, c);
    (void)snprintf(name, sizeof name, "s%u", c->number);
    TRY(prepare(p, c, &a, name));
    return finish(
        p, PQsendQueryPrepared(p->c, name, (int)c->arg_count, a.values, a.lengths, a.formats, 1),
        take_rows, c);
}

static enum err script(struct store *s, const char *sql)
{
    struct pg_store *p = self(s);
    if (p->place == AWAY)
        return ERR_AGAIN;
    p->patience_ms = SLOW_MS;
    enum err e = command(p, sql);
    p->patience_ms = STATEMENT_MS;
    return e;
}

/* ---- transactions ---- */

static enum err begin(struct store *s, bool write)
{
    struct pg_store *p = self(s);
    if (write) {
        p->doubt = STORE_SURE;
        p->xid[0] = '\0';
    }
    if (p->place != UP)
        return ERR_AGAIN;
    p->writing = write;
    return command(p, write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

static void rollback(struct store *s)
{
    struct pg_store *p = self(s);
    if (p->c && p->place == UP)
        (void)command(p, "ROLLBACK");
}

static void take_tag(void *ctx, PGresult *r)
{
    struct text *t = ctx;
    (void)snprintf(t->out, t->cap, "%s", PQcmdStatus(r));
}

/* A connection that breaks here leaves the outcome open. The server knows it by the transaction's
 * number, which is asked for before (PostgreSQL 15, section 9.26: pg_xact_status). */
static enum err commit(struct store *s)
{
    struct pg_store *p = self(s);
    char tag[16] = "";
    struct text t = {tag, sizeof tag};
    if (p->place != UP)
        return ERR_AGAIN;
    if (p->writing)
        TRY(ask(p, "SELECT pg_current_xact_id_if_assigned()::text", p->xid, sizeof p->xid));
    enum err e = finish(p, PQsendQuery(p->c, "COMMIT"), take_tag, &t);
    if (e == ERR_OK)
        return strcmp(tag, "COMMIT") == 0 ? ERR_OK : ERR_IO;
    if (e == ERR_AGAIN && p->xid[0])
        p->doubt = STORE_IN_DOUBT;
    return e;
}

/* ERR_AGAIN: the server is still at it. */
static enum err settle_doubt(struct pg_store *p)
{
    char sql[80], status[16];
    if (p->doubt != STORE_IN_DOUBT)
        return ERR_OK;
    (void)snprintf(sql, sizeof sql, "SELECT pg_xact_status('%.20s'::xid8)", p->xid);
    enum err e = ask(p, sql, status, sizeof status);
    if (e == ERR_AGAIN)
        return e;
    if (strcmp(status, "in progress") == 0)
        return lose(p, "it is still busy with the last write");
    /* An error: the number is in the future, as a crash lost all of that transaction. */
    p->doubt = strcmp(status, "committed") == 0 ? STORE_WRITTEN : STORE_UNWRITTEN;
    return ERR_OK;
}

static enum store_doubt doubt(const struct store *s)
{
    return ((const struct pg_store *)(const void *)s)->doubt;
}

/* ---- the version of the schema ---- */

/* Steps come one after another: only one node of several takes a database forward. */
static enum err version(struct store *s, int *out)
{
    struct pg_store *p = self(s);
    char sql[64], text[24], *end;
    if (p->place == AWAY)
        return ERR_AGAIN;
    (void)snprintf(sql, sizeof sql, "SELECT pg_advisory_xact_lock(%d)", MIGRATION_LOCK);
    TRY(script(s, sql));
    TRY(script(s, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"));
    TRY(ask(p, "SELECT max(version)::text FROM schema_version", text, sizeof text));
    *out = (int)strtol(text, &end, 10);
    return *out < 0 ? ERR_IO : ERR_OK;
}

static enum err set_version(struct store *s, int to)
{
    char sql[120];
    (void)snprintf(sql, sizeof sql,
                   "DELETE FROM schema_version; INSERT INTO schema_version VALUES (%d)", to);
    return script(s, sql);
}

static void forget(struct store *s)
{
    struct pg_store *p = self(s);
    if (p->place == UP)
        (void)script(s, "DEALLOCATE ALL");
    memset(p->prepared, 0, sizeof p->prepared);
}

/* Deleted rows stay in a table's file until it is rewritten. */
static enum err scrub(struct store *s)
{
    char sql[64];
    for (size_t i = 0; i < STORE_TABLES; i++) {
        (void)snprintf(sql, sizeof sql, "VACUUM FULL %s", store_schema[i].name);
        TRY(script(s, sql));
    }
    return ERR_OK;
}

/* ---- coming up ---- */

/* Not for lack of patience, but for good. */
static enum err refuse(struct pg_store *p, const char *sentence)
{
    (void)lose(p, "");
    (void)snprintf(p->why, sizeof p->why, "%s", sentence);
    p->refused = true;
    return ERR_STATE;
}

static enum err arrive(struct pg_store *p)
{
    memset(p->prepared, 0, sizeof p->prepared);
    if (PQsetnonblocking(p->c, 1) != 0)
        return lose(p, "its socket cannot be used");
    if (PQserverVersion(p->c) < OLDEST_SERVER)
        return refuse(p, "The database is older than PostgreSQL 15; use a newer one.");
    TRY(command(p,
                "SET client_min_messages = warning; SET statement_timeout = 0;"
                " SET synchronous_commit = on; SET idle_in_transaction_session_timeout = 15000"));
    TRY(settle_doubt(p));
    p->place = UP;
    enum store_doubt settled = p->doubt; /* migrating writes too */
    enum err e = store_migrate(&p->head, MIGRATE_NEWEST);
    p->doubt = settled;
    if (e == ERR_STATE)
        return refuse(p, "The database was written by a newer version of this program; run that "
                         "one.");
    if (e == ERR_OK) {
        p->backoff_ms = AGAIN_FIRST_MS;
        p->why[0] = '\0';
    } else if (p->place == UP) {
        char words[STORE_WHY];
        (void)snprintf(words, sizeof words, "%.180s", p->why);
        (void)lose(p, words);
    }
    return e;
}

static enum err go_on(struct pg_store *p)
{
    if (p->place == AWAY && now(p) >= p->next_ms)
        start_connecting(p);
    if (p->place != CONNECTING)
        return p->place == UP ? ERR_OK : ERR_AGAIN;
    p->wants = PQconnectPoll(p->c);
    if (p->wants == PGRES_POLLING_OK)
        return arrive(p);
    if (p->wants == PGRES_POLLING_FAILED)
        return lose(p, "there is no connection");
    return now(p) >= p->next_ms ? lose(p, "it did not answer in time") : ERR_AGAIN;
}

static bool tick(struct store *s, int64_t *next_ms, int *fd, bool *write)
{
    struct pg_store *p = self(s);
    bool was_up = p->place == UP;
    *fd = -1;
    *next_ms = INT64_MAX;
    if (p->refused || go_on(p) == ERR_OK)
        return !was_up && p->place == UP;
    *next_ms = p->next_ms;
    if (p->place == CONNECTING) {
        *fd = PQsocket(p->c);
        *write = p->wants == PGRES_POLLING_WRITING;
    }
    return false;
}

static bool up(const struct store *s)
{
    return ((const struct pg_store *)(const void *)s)->place == UP;
}

static const char *why_of(const struct store *s)
{
    return ((const struct pg_store *)(const void *)s)->why;
}

static void explain(struct store *s, char why[STORE_WHY])
{
    (void)snprintf(why, STORE_WHY, "%s", self(s)->why);
}

static void close_store(struct store *s)
{
    struct pg_store *p = self(s);
    PQfinish(p->c);
    if (p->url)
        memset(p->url, 0, strlen(p->url));
    free(p->url);
    free(p);
}

static const struct backend_ops ops = {
    .close = close_store,
    .run = run,
    .script = script,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .version = version,
    .set_version = set_version,
    .forget = forget,
    .scrub = scrub,
    .explain = explain,
    .tick = tick,
    .up = up,
    .doubt = doubt,
    .why = why_of,
    .postgres = true,
};

/* Waits as long as one connection may take. */
static enum err first_connection(struct pg_store *p)
{
    enum err e = go_on(p);
    while (e == ERR_AGAIN && p->place == CONNECTING) {
        (void)wait_for(p, p->wants == PGRES_POLLING_WRITING, p->next_ms);
        e = go_on(p);
    }
    return e;
}

/* Each address stands for the same host, whose name its certificate is checked against. */
static void keep_addresses(struct pg_store *p, const char *addresses)
{
    char host[256];
    uint16_t port;
    if (strlen(addresses) >= sizeof p->host_addresses ||
        store_database_host(p->url, host, sizeof host, &port) != ERR_OK)
        return;
    size_t len = (size_t)snprintf(p->host_names, sizeof p->host_names, "%s", host);
    for (const char *at = strchr(addresses, ','); at; at = strchr(at + 1, ',')) {
        if (len + 1 + strlen(host) >= sizeof p->host_names)
            return;
        len += (size_t)snprintf(p->host_names + len, sizeof p->host_names - len, ",%s", host);
    }
    (void)snprintf(p->host_addresses, sizeof p->host_addresses, "%s", addresses);
}

enum err store_open_postgres(struct store **out, const struct store_options *o, char why[STORE_WHY])
{
    struct pg_store *p = calloc(1, sizeof *p);
    size_t len = strlen(o->database);
    if (p)
        p->url = malloc(len + 1);
    if (!p || !p->url) {
        free(p);
        (void)snprintf(why, STORE_WHY, "The database needs more memory than there is.");
        return ERR_NOMEM;
    }
    memcpy(p->url, o->database, len + 1);
    if (o->host_addresses)
        keep_addresses(p, o->host_addresses);
    p->head.ops = &ops;
    p->shell = o->shell;
    p->backoff_ms = AGAIN_FIRST_MS;
    p->patience_ms = STATEMENT_MS;
    p->next_ms = now(p);
    enum err e = first_connection(p);
    if (e != ERR_OK && !(e == ERR_AGAIN && o->may_be_away)) {
        (void)snprintf(why, STORE_WHY, "%s", p->why);
        close_store(&p->head);
        return e;
    }
    *out = &p->head;
    return ERR_OK;
}
