#!/usr/bin/env bash
# `conclave usage`: what came in is counted as docs/usage.md says, by a running server with real participants; a restart
# shows; no figure is lost with the store process; no log line says who or which meeting.
. "$(dirname "$0")/bots.bash"

usage() {
    run "$CONCLAVE" usage "$@" --data "$scratch/data"
}
bot() { # bot LINK NAME: its lines go to $scratch/NAME.out
    "$BOT" join "$1" --insecure --name "$2" </dev/null >"$scratch/$2.out" 2>"$scratch/$2.err.log" &
    bots+=("$!")
}
secure() { # secure NAME
    grep -qF '"phase":"secure"' "$scratch/$1.out"
}
says() { # says WORDS...: they come to stand in the answer
    usage --json
    local word
    for word; do grep -qF -- "$word" "$scratch/out" || return 1; done
}
make() { # make FLAGS...: a meeting; its link is $link
    run "$CONCLAVE" meeting create --json --data "$scratch/data" "$@"
    link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
}

run "$CONCLAVE" usage --data "$scratch"
fact "figures need a running server" one_sentence 1 "No server runs"
for days in 0 401 -1 x 1e2 99999999999999999999 ""; do
    run "$CONCLAVE" usage --days "$days"
    fact "--days \"$days\" is answered with what is good" one_sentence 2 "--days" "1 to 400"
done
run "$CONCLAVE" usage --days
fact "a missing number is named" one_sentence 2 "--days needs a value"
run "$CONCLAVE" usage today
fact "a word too many is named" one_sentence 2 '"today"' "conclave usage --help"

fact "a server runs" start
usage
fact "nothing was counted yet" grep -qx "No meeting in these days." "$scratch/out"
usage --json
fact "the same as an object" [ "$(cat "$scratch/out")" = '{"days":[]}' ]
make
bot "$link" Ada
bot "$link" Ben
fact "Ada is in" until_true 20 secure Ada
fact "and Ben" until_true 20 secure Ben
fact "two participants of one meeting, both guests, so nobody is known to be one person" \
    until_true 20 says '"meetings":1,"participants":2,"guests":2,"people":0' '"at_most":false,"at_least":false'
make
bot "$link" Ada2
fact "Ada comes to another one" until_true 20 secure Ada2
fact "that is one more participant" until_true 20 says '"meetings":2,"participants":3,"guests":3,"people":0'
make --waiting-room
bot "$link" Eve
fact "Eve waits to be let in" until_true 20 grep -qF '"waiting":true' "$scratch/Eve.out"
kill -KILL "$(role_pids store)"
make
bot "$link" Joe
fact "Joe comes while the store is started again" until_true 20 secure Joe
fact "he is counted, Eve is not" until_true 30 says '"meetings":3,"participants":4,"guests":4'
usage --days 1
fact "a table has a line for today" grep -qE "^$(date -u +%Y-%m-%d) +3 +4 +4 +0 +[0-9]+\$" "$scratch/out"

stop
start
make
bot "$link" Kim
fact "Kim comes after a restart" until_true 20 secure Kim
fact "the figures went on, and the day says that it was begun anew" until_true 30 says '"participants":5' '"at_most":true'
usage
fact "so does the table" grep -qE '  <=0  ' "$scratch/out"
fact "no log line says who" sh -c "! grep -qE 'Ada|Ben|Kim' '$scratch/serve.err.log'"
