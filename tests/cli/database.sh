#!/usr/bin/env bash
# A server with PostgreSQL of its own folder: killed with -9 in a running meeting, the meeting goes on and writes
# resume. And what an operator does with a database: backup, restore, export and deletion of a person.
. "$(dirname "$0")/postgres.bash"
bot() { # bot NAME FLAGS...: its lines go to $scratch/NAME.out; its pid is $bot
    local name=$1
    shift
    "$BOT" join "$link" --insecure --name "$name" "$@" </dev/null >"$scratch/$name.out" 2>"$scratch/$name.err.log" &
    bot=$!
    bots+=("$bot")
}
meets() { "$CONCLAVE" meeting create --json --data "$scratch/data" >"$scratch/made" 2>&1; }
count() { [ "$(sql 'SELECT count(*) FROM meetings')" = "$1" ]; }

for words in "mysql://root:geheim@db/x" "postgres://u:geheim@db:x/y" "conclave.db"; do
    run "$CONCLAVE" serve --data "$scratch/data" --database "$words"
    fact "no database: ${words%%:*}" one_sentence 2 "database"
    fact "and the value is not repeated" bash -c "! grep -q geheim '$scratch/err' '$scratch/out'"
done

pg_make
"$PG/psql" -XAtq "postgres://conclave@/conclave?host=$pg_folder&port=$pg_port" \
    -c "CREATE ROLE op LOGIN PASSWORD 'geheim-canary' IN ROLE conclave; GRANT ALL ON DATABASE conclave TO op;
        GRANT ALL ON SCHEMA public TO op"
printf 'database: postgres://op:geheim-canary@localhost:%s/conclave\n' "$pg_port" >"$scratch/conclave.yaml"

fact "the server runs with it, over TCP, inside its sandbox" start --config "$scratch/conclave.yaml"
fact "a meeting is made" until_true 5 meets
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/made")
fact "and is a row there" count 1
id=$(sql 'SELECT id FROM meetings')
safe() { # safe WORDS: what the record of the first meeting is
    [ "$(sql "SELECT $1 FROM meetings WHERE id = '$id'")" = t ]
}
block() { run "$CONCLAVE" block --data "$scratch/data" --meeting "$id" --feature record "$@"; }
block --why "canary reason"
fact "what protects it is in its row" until_true 5 safe "position('canary reason'::bytea in safe) > 0"
fact "no SQLite file is made" [ ! -e "$scratch/data/conclave.db" ]
fact "no command line of front or media holds the password" bash -c \
    "! grep -qaF geheim-canary /proc/$(role_pids front | head -n 1)/cmdline /proc/$(role_pids media | head -n 1)/cmdline"

bot Ada --video generated --audio tone
bot Eve --check --expect 1 --freeze 2000
eve=$bot
fact "pictures arrive" until_true 30 grep -q '"event":"seen"' "$scratch/Eve.out"
before=$(grep -c '"event":"stream"' "$scratch/Eve.out")

pg_signal KILL
fact "the database is killed, and the store knows" until_true 20 bash -c \
    "'$CONCLAVE' meeting create --data '$scratch/data' >/dev/null 2>&1; grep -q ' away ' '$scratch/serve.err.log'"
run "$CONCLAVE" meeting create --data "$scratch/data"
fact "no meeting can be made, and a sentence says so" one_sentence 1
block --why "another reason"
fact "it runs, so it is blocked all the same" [ "$status" = 0 ]
fact "the store process lives on" [ "$(grep -c 'role_started role=store' "$scratch/serve.err.log")" = 1 ]

"$CONCLAVE" meeting create --json --data "$scratch/data" >"$scratch/waited" 2>&1 &
waiting=$!
fact "the database starts again" pg_start
wait "$waiting"
status=$?
fact "the store finds it" until_true 20 grep -q ' back ' "$scratch/serve.err.log"
fact "writes resume" until_true 5 meets
rows=$(sql 'SELECT count(*) FROM meetings')
fact "what waited was either made or refused, and nothing else" [ "$rows" = $((status == 0 ? 3 : 2)) ]
echo "      the one that waited ended with $status; $rows rows"
fact "and what was changed meanwhile is written" until_true 10 safe "position('another reason'::bytea in safe) > 0"
fact "nobody left the meeting" bash -c "kill -0 ${bots[0]} && kill -0 $eve"
kill -TERM "$eve"
wait "$eve"
status=$?
fact "and no picture stood still for 2 s in all that" [ "$status" = 0 ]
echo "      $(grep -c '"event":"stream"' "$scratch/Eve.out") reports, $before before the kill"

kill -KILL "$(role_pids store)"
pg_signal KILL
fact "a store that starts without its database waits for it" until_true 10 bash -c \
    "[ \$(grep -c 'role_ready role=store' '$scratch/serve.err.log') = 2 ]"
fact "which comes back" pg_start
fact "and serves" until_true 20 meets
fact "no log holds the password" bash -c "! grep -rqaF geheim-canary '$scratch/serve.err.log' '$scratch/serve.log' '$scratch/data'"

config=(--config "$scratch/conclave.yaml" --data "$scratch/data")
rows=$(sql 'SELECT count(*) FROM meetings')
run "$CONCLAVE" backup "$scratch/one.backup" "${config[@]}"
fact "a backup is made while the server runs" [ "$status" = 0 ]
fact "that nobody else may read" [ "$(stat -c %a "$scratch/one.backup")" = 600 ]
run "$CONCLAVE" backup "$scratch/one.backup" "${config[@]}"
fact "and writes over nothing" one_sentence 1 "$scratch/one.backup"
run "$CONCLAVE" restore "$scratch/one.backup" "${config[@]}"
fact "a running server's database is not replaced" one_sentence 1 "in use by a server"
stop

id=00000000000000000000000000000abc
sql "INSERT INTO accounts VALUES (decode('$id', 'hex'), 'ann@canary.example', 'Ann', 'eu', 0, 0, 1,
    (extract(epoch FROM now()) * 1000)::bigint)"
run "$CONCLAVE" backup "$scratch/two.backup" "${config[@]}"
run "$CONCLAVE" person export "$id" "${config[@]}"
fact "a person gets what is stored" grep -qF '"login":"ann@canary.example"' "$scratch/out"
run "$CONCLAVE" person export ffff "${config[@]}"
fact "an id is an id" one_sentence 1 "32 hexadecimal"
run "$CONCLAVE" person delete "$id" "${config[@]}"
fact "the person is deleted" [ "$status" = 0 ]
run "$CONCLAVE" person delete "$id" "${config[@]}"
fact "once" one_sentence 1 "no account"
sql 'DELETE FROM meetings'
run "$CONCLAVE" restore "$scratch/two.backup" "${config[@]}"
fact "a backup from before is restored" [ "$status" = 0 ]
fact "with its meetings" count "$rows"
fact "and without the person" [ "$(sql 'SELECT count(*) FROM accounts')" = 0 ]
dd if=/dev/zero of="$scratch/two.backup" bs=1 count=1 seek=200 conv=notrunc 2>/dev/null
run "$CONCLAVE" restore "$scratch/two.backup" "${config[@]}"
fact "a damaged one is refused" one_sentence 1 "damaged"
fact "and changes nothing" count "$rows"

run "$CONCLAVE" restore "$scratch/one.backup" --data "$scratch/other"
fact "the backup fits SQLite too" [ "$status" = 0 ]
fact "with all its meetings" [ "$(sqlite3 "$scratch/other/conclave.db" 'SELECT count(*) FROM meetings')" = "$rows" ]
sql 'UPDATE schema_version SET version = 99'
run "$CONCLAVE" backup "$scratch/three.backup" "${config[@]}"
fact "a newer database is left alone" one_sentence 1 "newer version"
