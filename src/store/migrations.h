/* The schema as steps. Step n takes a database from version n to n + 1 inside one transaction; a
 * step that was ever released is never edited, only followed. owns: nothing. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

static const char *const migrations_sqlite[] = {
    /* 0 -> 1: meetings. Proofs are kept as digests only; a meeting that ended stays, so that its
     * id is never given to another. */
    "CREATE TABLE meetings ("
    "  id          TEXT    NOT NULL PRIMARY KEY,"
    "  access_hash BLOB    NOT NULL CHECK (length(access_hash) = 32),"
    "  host_hash   BLOB    NOT NULL CHECK (length(host_hash) = 32),"
    "  created_ms  INTEGER NOT NULL,"
    "  ended_ms    INTEGER NOT NULL DEFAULT 0"
    ") STRICT, WITHOUT ROWID;",

    /* 1 -> 2: the signed descriptor, which clients check, and whether people wait to be let in. A
     * meeting from before has an empty one: no client that encrypts can enter it. */
    "ALTER TABLE meetings ADD COLUMN descriptor BLOB NOT NULL DEFAULT x''"
    "  CHECK (length(descriptor) <= 1024);"
    "ALTER TABLE meetings ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0"
    "  CHECK (waiting IN (0, 1));",
};

#endif
