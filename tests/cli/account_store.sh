#!/usr/bin/env bash
# Accounts, sessions and organisations outlive the server, and what was revoked stays revoked: over SQLite and over
# PostgreSQL. A database that is killed: sign-ins are told "busy" at once, and a running meeting does not notice.
. "$(dirname "$0")/postgres.bash"
bot() { # bot NAME FLAGS...: its lines go to $scratch/NAME.out; its pid is $bot
    local name=$1
    shift
    "$BOT" join "$link" --insecure --name "$name" "$@" </dev/null >"$scratch/$name.out" 2>"$scratch/$name.err.log" &
    bot=$!
    bots+=("$bot")
}
say() { run "$CONCLAVE" "$@" --data "$scratch/data" </dev/null; }
call() { # call PATH JSON: its answer in $scratch/out, its status in $code
    code=$(curl -sk -m 20 -o "$scratch/out" -w '%{http_code}' -H 'Content-Type: application/json' "$url/api/account$1" -d "$2")
}
who() { # who TOKEN
    code=$(curl -sk -m 20 -o "$scratch/out" -w '%{http_code}' -H "Authorization: Bearer $1" "$url/api/account")
}
api() { # api PATH [JSON]: with $key, below /api/v1
    local json=()
    [ $# = 1 ] || json=(-H 'Content-Type: application/json' -d "$2")
    code=$(curl -sk -m 20 -o "$scratch/out" -w '%{http_code}' -H "Authorization: Bearer $key" "${json[@]}" "$url/api/v1$1")
}
member() { # member NAME: makes that user; their password is $password
    say user create "$1" --json
    password=$(sed -nE 's/.*"password":"([^"]*)".*/\1/p' "$scratch/out")
}
enter() { # enter NAME PASSWORD: a session; its token is $token
    call /sign-in "{\"name\":\"$1\",\"password\":\"$2\",\"bearer\":true,\"device\":\"Desk\"}"
    token=$(sed -nE 's/.*"token":"([^"]*)".*/\1/p' "$scratch/out")
}
is() { [ "$code" = "$1" ] && grep -qF "$2" "$scratch/out"; }

outlives() { # outlives WORDS FLAGS...: the story over one database
    local words=$1
    shift
    fact "$words: a server" start "$@"
    member ada && ada=$password
    member bob && bob=$password
    enter ada "$ada" && stays=$token
    enter ada "$ada" && ended=$token
    enter bob "$bob" && disabled=$token
    fact "$words: three sessions" [ ${#stays}${#ended}${#disabled} = 434343 ]
    say org create school ada
    say org set school bob admin
    curl -sk -m 20 -H "Authorization: Bearer $ended" -H 'Content-Type: application/json' "$url/api/account/sign-out" -d '{}' >"$scratch/out"
    who "$ended"
    fact "$words: a sign-out is in force at once" is 401 signed_out
    say user disable bob
    who "$disabled"
    fact "$words: so is a disabled account" is 401 signed_out
    stop
    fact "$words: the server starts again" start "$@"
    who "$stays"
    fact "$words: a session is still in force" is 200 '"name":"ada"'
    who "$ended"
    fact "$words: the ended one is not" is 401 signed_out
    who "$disabled"
    fact "$words: nor that of the disabled account" is 401 signed_out
    enter bob "$bob"
    fact "$words: which is still disabled" is 403 disabled
    enter ada wrong-password
    fact "$words: a wrong password is wrong" is 401 wrong
    enter ada "$ada"
    fact "$words: and the right one right" [ ${#token} = 43 ]
    say org members school
    fact "$words: the organisation has its members" [ "$(paste -sd, "$scratch/out")" = "ada  owner,bob  admin" ]
    say org key create school Timetable --json
    key=$(sed -nE 's/.*"key":"([^"]*)".*/\1/p' "$scratch/out")
    for meeting in $(seq 3); do
        run "$CONCLAVE" meeting create --draft "$url" --profile education
        lesson=$(sed -nE 's/^\{"id":"([^"]*)".*/\1/p' "$scratch/out")
        api /meetings "$(sed -E 's/.*"meeting":(\{.*\})\}$/\1/' "$scratch/out")"
        fact "$words: lesson $meeting is made with its key" is 200 "{\"id\":\"$lesson\"}"
    done
    api /meetings/end "{\"id\":\"$lesson\"}"
    fact "$words: and the last one ended" is 200 '{}'
    say org set school ada member
    fact "$words: and keeps its owner" one_sentence 1 "keeps an owner"
    say block --account bob --feature chat --why "a reason of ours"
    fact "$words: a block of an account is taken" grep -q "chat is blocked" "$scratch/out"
    kill -KILL "$(role_pids front)"
    fact "$words: front starts again by itself" until_true 20 bash -c \
        "curl -sk -m 5 -H 'Authorization: Bearer $stays' '$url/api/account' | grep -q '\"name\":\"ada\"'"
    curl -sk -m 20 -H "Authorization: Bearer $stays" -H 'Content-Type: application/json' "$url/api/account/sessions/end-all" \
        -d '{"everywhere":true}' >"$scratch/out"
    stop
    fact "$words: and once more" start "$@"
    api /meetings
    fact "$words: the organisation has its three lessons" [ "$code/$(grep -o '"profile":"education"' "$scratch/out" | wc -l)" = 200/3 ]
    api "/meetings/show?id=$lesson"
    fact "$words: one of them has ended" bash -c "grep -qE '\"ended\":[1-9][0-9]{9},\"running\":false' '$scratch/out'"
    who "$stays"
    fact "$words: who signed out everywhere is signed out" is 401 signed_out
    who "$token"
    fact "$words: on every device" is 401 signed_out
}

outlives SQLite
fact "no token or password is in the file as it is" bash -c "! grep -qaF -e '$stays' -e '$ada' '$scratch'/data/conclave.db*"
member canary.cleo && cleo=$password
enter canary.cleo "$cleo"
fact "cleo is in the store's files" bash -c "grep -qaF canary.cleo '$scratch'/data/conclave.db*"
curl -sk -m 20 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$url/api/account/delete" \
    -d '{"name":"canary.cleo"}' >"$scratch/out"
fact "cleo deletes the account" [ "$(cat "$scratch/out")" = "{}" ]
enter ada "$ada"
curl -sk -m 20 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$url/api/account/delete" \
    -d '{"name":"ada"}' >"$scratch/out"
fact "the last owner of an organisation may not" grep -qF '"last"' "$scratch/out"
stop
fact "nothing of cleo is left in any file" bash -c "! grep -raqF canary.cleo '$scratch/data'"
rm -rf "$scratch/data"
pg_make
printf 'database: postgres://conclave@127.0.0.1:%s/conclave\n' "$pg_port" >"$scratch/conclave.yaml"
outlives PostgreSQL --config "$scratch/conclave.yaml"
fact "the lessons are of the organisation, and of nobody" [ "$(sql "SELECT count(*) FROM meetings m JOIN organisations o ON m.organisation = o.id WHERE length(m.owner) = 0")" = 3 ]
fact "no session, and the people are" [ "$(sql "SELECT (SELECT count(*) FROM sessions) || '/' || (SELECT count(*) FROM accounts)")" = 0/2 ]

fact "the block is kept with its reason" [ "$(sql 'SELECT reason FROM blocks')" = "a reason of ours" ]
enter ada "$ada"
held=$token
fact "ada is in" [ ${#held} = 43 ]
"$CONCLAVE" meeting create --json --data "$scratch/data" >"$scratch/made" 2>&1
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/made")
bot Ada --video generated --audio tone
bot Eve --check --expect 1 --freeze 2000
eve=$bot
fact "a meeting runs" until_true 30 grep -q '"event":"seen"' "$scratch/Eve.out"
pg_signal KILL
fact "the database is killed: who is asked for is told busy" until_true 5 bash -c \
    "curl -sk -m 5 -H 'Authorization: Bearer $held' '$url/api/account' | grep -q '\"busy\"'"
for i in 1 2 3; do
    before=$(date +%s%N)
    enter ada "$ada"
    took=$((($(date +%s%N) - before) / 1000000))
    fact "and a sign-in too, after $took ms" [ "$code" = 503 -a "$took" -lt 2000 ]
done
say user disable ada
fact "an operator reads a sentence" one_sentence 1 "could not"
fact "the database starts again" pg_start
back() { who "$held" && is 200 '"name":"ada"'; }
fact "and the session is in force" until_true 20 back
kill -TERM "$eve"
wait "$eve"
status=$?
fact "in the meeting no picture stood still for 2 s" [ "$status" = 0 ]
