/* Takes a database from its version to another, step by step.
 * knows: versions, and the words that the two databases write differently. */
#include <stdio.h>
#include <string.h>

#include "base/bug.h"
#include "store/backend.h"
#include "store/migrations.h"

enum { STEP_SQL = 4096 };

struct word {
    const char *token, *sqlite, *postgres;
};

/* Text sorts by its bytes in both. */
static const struct word words[] = {
    {"{text}", "TEXT", "TEXT COLLATE \"C\""},
    {"{bytes}", "BLOB", "BYTEA"},
    {"{int}", "INTEGER", "BIGINT"},
    {"{empty}", "x''", "''"},
    {"{table}", " STRICT, WITHOUT ROWID", ""},
};

static const char *word_at(const char *at, bool postgres, size_t *len)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        *len = strlen(words[i].token);
        if (strncmp(at, words[i].token, *len) == 0)
            return postgres ? words[i].postgres : words[i].sqlite;
    }
    return NULL;
}

/* Steps are ours: one that does not fit or has a word that is not in the table is a bug. */
static void expand(const char *step, bool postgres, char out[STEP_SQL])
{
    size_t n = 0;
    while (*step) {
        size_t len = 1, add = 1;
        const char *text = step;
        if (*step == '{') {
            text = word_at(step, postgres, &len);
            BUG_IF(!text);
            add = strlen(text);
        }
        BUG_IF(n + add >= STEP_SQL);
        memcpy(out + n, text, add);
        n += add;
        step += len;
    }
    out[n] = '\0';
}

int store_newest_version(void)
{
    return (int)ARRAY_LEN(migrations);
}

/* Does one step, unless the version is there already (another node may have done it meanwhile). */
static enum err step(struct store *s, int target, bool *done)
{
    char sql[STEP_SQL];
    int version = 0;
    TRY(s->ops->version(s, &version));
    if (version > (int)ARRAY_LEN(migrations))
        return ERR_STATE;
    *done = version >= target;
    if (*done)
        return ERR_OK;
    expand(migrations[version], s->ops->postgres, sql);
    TRY(s->ops->script(s, sql));
    return s->ops->set_version(s, version + 1);
}

enum err store_migrate(struct store *s, int target)
{
    bool done = false;
    if (target == MIGRATE_NEWEST)
        target = store_newest_version();
    while (!done) {
        if (s->inside) {
            TRY(step(s, target, &done));
            continue;
        }
        TRY(s->ops->begin(s, true));
        enum err e = step(s, target, &done);
        if (e == ERR_OK)
            e = s->ops->commit(s);
        else
            s->ops->rollback(s);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}
