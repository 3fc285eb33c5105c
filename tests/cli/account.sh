#!/usr/bin/env bash
# Users and organisations from the command line, and what a refused one is told.
. "$(dirname "$0")/common.bash"

for command in user org; do
    run "$CONCLAVE" $command --help
    fact "conclave $command --help explains itself" [ "$status" = 0 -a -s "$scratch/out" ]
    run "$CONCLAVE" $command
    fact "conclave $command alone is not enough" one_sentence 2 "conclave $command list"
    run "$CONCLAVE" $command dance
    fact "an unknown word of $command is answered with a hint" one_sentence 2 "conclave $command --help"
    run "$CONCLAVE" $command list --data "$scratch"
    fact "conclave $command needs a running server" one_sentence 1 "No server runs"
done
run "$CONCLAVE" org set school ada --data "$scratch"
fact "a missing word is counted" one_sentence 2 "3 words"

start
fact "a server runs" [ -n "$server" ]
say() { # say WORDS...: a command to that server, without a password of ours
    run "$CONCLAVE" "$@" --data "$scratch/data" </dev/null
}
call() { # call PATH JSON: its answer in $scratch/out
    curl -sk -m 20 -H 'Content-Type: application/json' "$url/api/account$1" -d "$2" >"$scratch/out"
}
say user create ada --json
fact "a user is made with a password that is drawn" grep -qE '^\{"ok":true,"password":"[A-Za-z0-9_-]{20}"\}$' "$scratch/out"
password=$(sed -E 's/.*"password":"([^"]*)".*/\1/' "$scratch/out")
call /sign-in "{\"name\":\"ada\",\"password\":\"$password\",\"bearer\":true}"
token=$(sed -E 's/.*"token":"([^"]*)".*/\1/' "$scratch/out")
fact "and signs in with it" [ ${#token} = 43 ]
who() {
    curl -sk -m 20 -H "Authorization: Bearer $token" "$url/api/account" >"$scratch/out"
}
who
fact "the token is ada's" grep -q '"name":"ada"' "$scratch/out"
say user create ada
fact "a name is taken once" one_sentence 1 "already something of that name"
say user create "a b"
fact "a strange name is refused" one_sentence 1 "names have 2 to 64"
run bash -c 'echo "a password of mine" | "$0" user create bob --data "$1"' "$CONCLAVE" "$scratch/data"
fact "a password may come on standard input" grep -qx "There is a user bob now." "$scratch/out"
call /sign-in '{"name":"bob","password":"a password of mine"}'
fact "and is that user's" grep -q '"name":"bob"' "$scratch/out"
say user list
fact "both are listed" [ "$(paste -sd, "$scratch/out")" = ada,bob ]
say user sign-out ada
fact "an operator ends sessions" grep -q "signed out everywhere" "$scratch/out"
who
fact "and the token is worth nothing at once" grep -q signed_out "$scratch/out"
say user disable ada
say user list --json
fact "a disabled user is listed as such" grep -qE '"name":"ada".*"disabled":true' "$scratch/out"
call /sign-in "{\"name\":\"ada\",\"password\":\"$password\"}"
fact "and does not come in" grep -q '"disabled"' "$scratch/out"
say user enable ada
call /sign-in "{\"name\":\"ada\",\"password\":\"$password\"}"
fact "until enabled again" grep -q '"name":"ada"' "$scratch/out"
say user disable nobody
fact "nobody of that name" one_sentence 1 "nobody, or nothing, of that name"

for i in $(seq 10 49); do
    run bash -c 'echo "a password of mine" | "$0" user create "u$2" --data "$1"' "$CONCLAVE" "$scratch/data" "$i"
done
say user list
fact "a long list has all pages, in order" [ "$(wc -l <"$scratch/out")" = 42 -a "$(sort -c "$scratch/out" && echo yes)" = yes ]

say org create school ada
fact "an organisation is made" grep -q "organisation school" "$scratch/out"
say org create school bob
fact "once" one_sentence 1 "already something"
say org set school bob member
say org members school
fact "its members have roles" [ "$(paste -sd, "$scratch/out")" = "ada  owner,bob  member" ]
say org set school ada member
fact "the last owner stays one" one_sentence 1 "keeps an owner"
say org remove school ada
fact "and stays in" one_sentence 1 "keeps an owner"
say org set school bob king
fact "there are three roles" one_sentence 1 "owner, admin or member"
say org set school bob owner
say org remove school ada
say org members school --json
fact "another owner lets the first go" [ "$(cat "$scratch/out")" = '{"name":"bob","role":"owner"}' ]
say org list
fact "organisations are listed" [ "$(cat "$scratch/out")" = school ]
fact "no password or token is in the log" [ -z "$(grep -F -e "$password" -e "$token" "$scratch"/*.log)" ]
