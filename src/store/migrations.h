/* The schema as steps. Step n takes a database from version n to n + 1 inside one transaction; a
 * step that was ever released is never edited, only followed. The words in braces are what the two
 * databases write differently (migrate.c). Why each column is there: schema.def. owns: nothing. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

static const char *const migrations[] = {
    /* 0 -> 1: meetings. Proofs are kept as digests only. */
    "CREATE TABLE meetings ("
    "  id          {text}  NOT NULL PRIMARY KEY,"
    "  access_hash {bytes} NOT NULL CHECK (length(access_hash) = 32),"
    "  host_hash   {bytes} NOT NULL CHECK (length(host_hash) = 32),"
    "  created_ms  {int}   NOT NULL,"
    "  ended_ms    {int}   NOT NULL DEFAULT 0"
    "){table};",

    /* 1 -> 2: the signed descriptor, which clients check, and whether people wait to be let in. A
     * meeting from before has an empty one: no client that encrypts can enter it. */
    "ALTER TABLE meetings ADD COLUMN descriptor {bytes} NOT NULL DEFAULT {empty}"
    "  CHECK (length(descriptor) <= 1024);"
    "ALTER TABLE meetings ADD COLUMN waiting {int} NOT NULL DEFAULT 0"
    "  CHECK (waiting IN (0, 1));",

    /* 2 -> 3: accounts. */
    "CREATE TABLE accounts ("
    "  id         {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
    "  login      {text}  NOT NULL,"
    "  name       {text}  NOT NULL,"
    "  region     {text}  NOT NULL,"
    "  profile    {int}   NOT NULL,"
    "  state      {int}   NOT NULL,"
    "  created_ms {int}   NOT NULL,"
    "  seen_ms    {int}   NOT NULL"
    "){table};"
    "CREATE UNIQUE INDEX accounts_login ON accounts (login) WHERE login <> '';"
    "CREATE INDEX accounts_seen ON accounts (seen_ms);",

    /* 3 -> 4: how people prove who they are. */
    "CREATE TABLE credentials ("
    "  id         {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 32),"
    "  account    {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  kind       {int}   NOT NULL CHECK (kind IN (1, 2, 3)),"
    "  key_id     {bytes} NOT NULL CHECK (length(key_id) <= 255),"
    "  algorithm  {int}   NOT NULL,"
    "  proof      {bytes} NOT NULL CHECK (length(proof) <= 512),"
    "  sign_count {int}   NOT NULL,"
    "  name       {text}  NOT NULL,"
    "  created_ms {int}   NOT NULL,"
    "  used_ms    {int}   NOT NULL"
    "){table};"
    "CREATE INDEX credentials_account ON credentials (account);"
    "CREATE TABLE devices ("
    "  id          {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
    "  account     {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  name        {text}  NOT NULL,"
    "  signing_key {bytes} NOT NULL CHECK (length(signing_key) <= 64),"
    "  created_ms  {int}   NOT NULL,"
    "  seen_ms     {int}   NOT NULL"
    "){table};"
    "CREATE INDEX devices_account ON devices (account);"
    "CREATE TABLE sessions ("
    "  token_hash {bytes} NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),"
    "  account    {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  means      {int}   NOT NULL CHECK (means IN (1, 2, 3)),"
    "  device     {text}  NOT NULL,"
    "  created_ms {int}   NOT NULL,"
    "  used_ms    {int}   NOT NULL,"
    "  expires_ms {int}   NOT NULL"
    "){table};"
    "CREATE INDEX sessions_account ON sessions (account);"
    "CREATE INDEX sessions_expires ON sessions (expires_ms);",

    /* 4 -> 5: organisations, what they lock, and who belongs to them. */
    "CREATE TABLE organisations ("
    "  id         {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
    "  name       {text}  NOT NULL,"
    "  region     {text}  NOT NULL,"
    "  profile    {int}   NOT NULL,"
    "  created_ms {int}   NOT NULL"
    "){table};"
    "CREATE UNIQUE INDEX organisations_name ON organisations (name);"
    "CREATE TABLE organisation_settings ("
    "  organisation {bytes} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,"
    "  setting      {int}   NOT NULL,"
    "  value        {int}   NOT NULL,"
    "  locked       {int}   NOT NULL CHECK (locked IN (0, 1)),"
    "  PRIMARY KEY (organisation, setting)"
    "){table};"
    "CREATE TABLE memberships ("
    "  organisation {bytes} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,"
    "  account      {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  role         {int}   NOT NULL,"
    "  created_ms   {int}   NOT NULL,"
    "  PRIMARY KEY (organisation, account)"
    "){table};"
    "CREATE INDEX memberships_account ON memberships (account);",

    /* 5 -> 6: whose a meeting is, what protects it as the meeting core writes it, and wrong
     * passcodes. One from before is a guest's and has nothing but its waiting room. */
    "ALTER TABLE meetings ADD COLUMN owner {bytes} NOT NULL DEFAULT {empty}"
    "  CHECK (length(owner) IN (0, 16));"
    "ALTER TABLE meetings ADD COLUMN organisation {bytes} NOT NULL DEFAULT {empty}"
    "  CHECK (length(organisation) IN (0, 16));"
    "ALTER TABLE meetings ADD COLUMN profile {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE meetings ADD COLUMN attempts {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE meetings ADD COLUMN attempts_since_ms {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE meetings ADD COLUMN safe {bytes} NOT NULL DEFAULT {empty}"
    "  CHECK (length(safe) <= 6144);"
    "CREATE INDEX meetings_owner ON meetings (owner) WHERE length(owner) > 0;"
    "CREATE INDEX meetings_organisation ON meetings (organisation) WHERE length(organisation) > 0;"
    "CREATE INDEX meetings_ended ON meetings (ended_ms);",

    /* 6 -> 7: planned meetings. */
    "CREATE TABLE schedules ("
    "  meeting   {text}  NOT NULL PRIMARY KEY REFERENCES meetings (id) ON DELETE CASCADE,"
    "  account   {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  starts_ms {int}   NOT NULL,"
    "  minutes   {int}   NOT NULL,"
    "  zone      {text}  NOT NULL,"
    "  repeats   {text}  NOT NULL,"
    "  title     {bytes} NOT NULL CHECK (length(title) <= 512),"
    "  revision  {int}   NOT NULL"
    "){table};"
    "CREATE INDEX schedules_account ON schedules (account);",

    /* 7 -> 8: blocks and consents. */
    "CREATE TABLE blocks ("
    "  account    {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  feature    {int}   NOT NULL,"
    "  reason     {text}  NOT NULL,"
    "  set_by     {bytes} NOT NULL CHECK (length(set_by) IN (0, 16)),"
    "  created_ms {int}   NOT NULL,"
    "  until_ms   {int}   NOT NULL,"
    "  PRIMARY KEY (account, feature)"
    "){table};"
    "CREATE INDEX blocks_set_by ON blocks (set_by);"
    "CREATE TABLE consents ("
    "  account      {bytes} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
    "  kind         {int}   NOT NULL,"
    "  version      {int}   NOT NULL,"
    "  given_ms     {int}   NOT NULL,"
    "  withdrawn_ms {int}   NOT NULL,"
    "  PRIMARY KEY (account, kind, version)"
    "){table};",

    /* 8 -> 9: figures and webhooks of organisations. */
    "CREATE TABLE usage_days ("
    "  organisation {bytes} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,"
    "  day_ms       {int}   NOT NULL,"
    "  profile      {int}   NOT NULL,"
    "  meetings     {int}   NOT NULL,"
    "  participants {int}   NOT NULL,"
    "  people       {int}   NOT NULL,"
    "  minutes      {int}   NOT NULL,"
    "  PRIMARY KEY (organisation, day_ms)"
    "){table};"
    "CREATE TABLE webhooks ("
    "  id           {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
    "  organisation {bytes} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,"
    "  url          {text}  NOT NULL,"
    "  signing_key  {bytes} NOT NULL CHECK (length(signing_key) = 32),"
    "  events       {int}   NOT NULL,"
    "  failures     {int}   NOT NULL"
    "){table};"
    "CREATE INDEX webhooks_organisation ON webhooks (organisation);",

    /* 9 -> 10: who was deleted, for backups from before. */
    "CREATE TABLE deletions ("
    "  account    {bytes} NOT NULL PRIMARY KEY CHECK (length(account) = 16),"
    "  deleted_ms {int}   NOT NULL"
    "){table};",

    /* 10 -> 11: keys of organisations' programs, and invitations. */
    "CREATE TABLE organisation_tokens ("
    "  token_hash   {bytes} NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),"
    "  organisation {bytes} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,"
    "  kind         {int}   NOT NULL CHECK (kind IN (1, 2)),"
    "  label        {text}  NOT NULL,"
    "  created_ms   {int}   NOT NULL,"
    "  expires_ms   {int}   NOT NULL"
    "){table};"
    "CREATE INDEX organisation_tokens_organisation ON organisation_tokens (organisation);"
    "CREATE INDEX organisation_tokens_expires ON organisation_tokens (expires_ms);",

    /* 11 -> 12: figures of the whole server. */
    "CREATE TABLE server_days ("
    "  day_ms       {int} NOT NULL PRIMARY KEY,"
    "  meetings     {int} NOT NULL,"
    "  participants {int} NOT NULL,"
    "  guests       {int} NOT NULL,"
    "  people       {int} NOT NULL,"
    "  minutes      {int} NOT NULL,"
    "  flags        {int} NOT NULL CHECK (flags BETWEEN 0 AND 3)"
    "){table};",

    /* 12 -> 13: figures of organisations are two, with what tells a day of few people. Nothing was
     * written there before. */
    "ALTER TABLE usage_days DROP COLUMN meetings;"
    "ALTER TABLE usage_days DROP COLUMN minutes;"
    "ALTER TABLE usage_days ADD COLUMN run {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE usage_days ADD COLUMN run_people {int} NOT NULL DEFAULT 0;"
    "ALTER TABLE usage_days ADD COLUMN most_people {int} NOT NULL DEFAULT 0;",

    /* 13 -> 14: choices of data centres. */
    "CREATE TABLE account_choices ("
    "  account    {bytes} NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,"
    "  version    {int}   NOT NULL,"
    "  choice     {text}  NOT NULL,"
    "  changed_ms {int}   NOT NULL"
    "){table};"
    "CREATE TABLE organisation_choices ("
    "  organisation {bytes} NOT NULL PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,"
    "  version      {int}   NOT NULL,"
    "  choice       {text}  NOT NULL,"
    "  changed_ms   {int}   NOT NULL"
    "){table};",
};

#endif
