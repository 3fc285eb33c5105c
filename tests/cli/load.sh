#!/usr/bin/env bash
# The load generator against a real server: what it says of itself is true, and its words are checked.
. "$(dirname "$0")/common.bash"
BOT=${CONCLAVE_BOT:-$(dirname "$CONCLAVE")/conclave-bot}

load() { # load FLAGS...: three seconds, its figures in $scratch/load.json
    run "$BOT" load --ca "$scratch/data/tls.crt" --seconds 3 --warmup 1 --json "$scratch/load.json" "$@"
}
figure() { # figure KEY: the first of that name
    sed -nE "s/^ *\"$1\": ([-0-9.e+a-z]*),?$/\1/p" "$scratch/load.json" | head -n 1
}
holds() { # holds KEY OPERATOR NUMBER
    awk -v a="$(figure "$1")" -v b="$3" "BEGIN { exit !(a != \"\" && a + 0 $2 b) }"
}
participants_left() {
    [ "$(grep -c 'front joined' "$scratch/serve.err.log")" -gt 0 ] &&
        [ "$(grep -c 'front joined' "$scratch/serve.err.log")" = "$(grep -c 'front left' "$scratch/serve.err.log")" ]
}

for words in "" "--dance" "--viewers" "--viewers x" "--profile opera x" "--suite des x" "--create 2" "--create 1 x" \
    "--seconds 0 x" "--batch 0 x" "--batch x" "--system moon x" "--viewers 19999 --publishers 2 x"; do
    # shellcheck disable=SC2086
    run "$BOT" load $words
    fact "wrong words are refused: conclave-bot load $words" [ "$status" = 2 -a "$(wc -l <"$scratch/err")" = 1 ]
done
good="https://127.0.0.1:1/m/aaaaaaaaaaaaaaaaaaaa#v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
for words in "$good --server https://x" "$good --climb" "$good --lead --search"; do
    # shellcheck disable=SC2086
    run "$BOT" load $words
    fact "words that do not go together are refused: ${words#"$good "}" [ "$status" = 2 -a "$(wc -l <"$scratch/err")" = 1 ]
done
run "$BOT" load "$good" --json "$scratch/no/such.json"
fact "figures that could not be written are not measured" one_sentence 1 "$scratch/no/such.json"
run "$BOT" load "$good" --pid 4194303
fact "nor the time of a process that is not there" one_sentence 1 "4194303"
run "$BOT" load "$good" --ca "$scratch/no.pem"
fact "certificates that are not there say so" one_sentence 1 "$scratch/no.pem"
run "$BOT" load "$good" --seconds 60
fact "where nobody comes in nothing is measured" one_sentence 1 "Nobody came in"
run "$BOT" load --help
fact "conclave-bot load --help explains itself" [ "$status" = 0 -a -s "$scratch/out" ]
fact "and says that payloads are noise" grep -q "Payloads are noise" "$scratch/out"
run "$BOT" load nothing
fact "no link is no link" one_sentence 1 "This is no meeting link"
run "$BOT" load --create 1 --server https://127.0.0.1:1
fact "a server that is not there says so" one_sentence 1 "https://127.0.0.1:1 made no meeting"

fact "a server runs" start
run "$BOT" load --create 1 --server "$url"
fact "a foreign certificate is not taken" one_sentence 1 "$url made no meeting"

load --create 2 --server "$url" --viewers 5
fact "two rooms of five viewers are served" [ "$status" = 0 ]
fact "everybody came in" [ "$(figure all_in)" = true ]
fact "ten receive" holds receivers == 10
fact "nothing is lost" [ "$(figure lost)" = 0 ]
fact "no stream is silent" [ "$(figure silent_streams)" = 0 ]
fact "as much is received as five times what is sent" \
    awk -v s="$(figure sent)" -v r="$(figure received)" 'BEGIN { exit !(s > 0 && r > 4.9 * s && r < 5.1 * s) }'
fact "at some 600 kb/s each" holds received_bps '>' 10*550000

load --create 1 --server "$url" --viewers 2 --every 1
fact "what each second had is told while it runs" [ "$(grep -c '^until [123] s: 3 inside' "$scratch/err")" = 3 ]
fact "and kept" [ "$(grep -c '"until_s"' "$scratch/load.json")" = 3 ]
fact "the first frame is timed for both viewers" eval 'grep -A1 "\"first_frame\"" "$scratch/load.json" | grep -q "\"count\": 2"'
load --create 1 --server "$url" --viewers 4 --max-viewers 20 --search --p99 1000
fact "a search says what ended it" [ "$status" = 0 -a "$(grep -c 'viewers: carried, lost' "$scratch/err")" -ge 3 ]
fact "and what was carried" holds capacity_viewers == 20

load --create 1 --server "$url" --profile tiles --viewers 3 --suite cm
fact "three who see and hear each other are served, with the older suite" [ "$status" = 0 ]
fact "nothing is lost there" [ "$(figure lost)" = 0 ]
fact "audio among it" holds audio_expected ">" 700

run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
load "$link" --profile audio --viewers 3 --pid "$(role_pids media | head -n 1)" --pid "$(role_pids media | tail -n 1)"
fact "a link is a room as well" [ "$status" = 0 ]
fact "audio arrives without a gap" [ "$(figure audio_lost)" = 0 ]
fact "the server's processor time is measured" grep -q '"us_a_forwarded_packet"' "$scratch/load.json"

run "$CONCLAVE" meeting create --json --profile webinar --data "$scratch/data"
guest=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
host=$(sed -nE 's/.*"host_link":"([^"]*)".*/\1/p' "$scratch/out")
load "$host" --viewers 40 --ramp 100
fact "a webinar: who sends is a host, forty watch" [ "$status" = 0 -a "$(figure receivers)" = 40 ]
fact "nothing is lost on the way to them" [ "$(figure lost)" = 0 ]
load "$guest" --viewers 0
fact "by the audience's link nobody sends" [ "$status" = 1 ]
fact "and the server says why" grep -q 'refused: forbidden' "$scratch/err"

load "${link%%#*}#v1.AAAAAAAAAAAAAAAAAAAAAA.${link##*.}" --viewers 1
fact "who is not let in is told of" [ "$status" = 1 ]
fact "with the server's reason" grep -q 'Nobody came in; participant 1: refused: not_found\.' "$scratch/err"
stop
fact "the server ends in order" [ "$status" = 0 ]
