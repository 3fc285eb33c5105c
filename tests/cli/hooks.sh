#!/usr/bin/env bash
# Webhooks of an organisation, against a real server and a real receiver: what is told and to whom, that the signature is
# right, that nothing inside is reached but the one host that the operator named, and that who is slow keeps nobody waiting.
. "$(dirname "$0")/bots.bash"
here=$(dirname "$0")
receiver=
end_all() {
    [ -z "$receiver" ] || kill -KILL "$receiver" 2>/dev/null
    end_bots
}
trap end_all EXIT
say() { run "$CONCLAVE" "$@" --data "$scratch/data" </dev/null; }
api() { # api PATH [JSON]: with $key; the answer in $scratch/out, its status in $code
    local json=()
    [ $# -lt 2 ] || json=(-H 'Content-Type: application/json' -d "$2")
    code=$(curl -sk -m 20 -o "$scratch/out" -w '%{http_code}' -H "Authorization: Bearer $key" "${json[@]}" "$url/api/v1$1")
}
is() { [ "$code" = "$1" ] && grep -qF "$2" "$scratch/out"; }
field() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\1/p" "$scratch/out"; }
heard() { # heard PATH: the events that were told there, in order
    jq -r --arg path "$1" 'select(.path == $path) | .body | fromjson | .event' "$scratch/heard" | tr '\n' ' '
}
told() { [ "$(heard "$1")" = "$2" ]; }
hook() { # hook PATH EVENTS: at the receiver; its id is $id, its signing key $signing
    api /webhooks "{\"url\":\"https://localhost:$at$1\",\"events\":$2}"
    id=$(field id) signing=$(field signing_key)
}
draft() { # makes a meeting of $key's organisation: $meeting, $link
    run "$CONCLAVE" meeting create --draft "$url"
    sed -E 's/.*"meeting":(\{.*\})\}$/\1/' "$scratch/out" >"$scratch/meeting"
    meeting=$(sed -nE 's/^\{"id":"([^"]*)".*/\1/p' "$scratch/out")
    link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
    api /meetings "$(cat "$scratch/meeting")"
}
metric() { # metric NAME: its value
    curl -s -m 20 "http://127.0.0.1:$metrics/metrics" | sed -nE "s/^conclave_$1 ([0-9]+)$/\1/p"
}
at_least() { [ "$(metric "$1")" -ge "$2" ]; }
open_metrics() { # a server on the ports that are free
    for _ in 1 2 3 4 5; do
        metrics=$((20000 + RANDOM % 12000))
        start --config "$scratch/conclave.yaml" --metrics "127.0.0.1:$metrics" && return
    done
    return 1
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$scratch/tls.key" -out "$scratch/tls.crt" \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -days 2 2>"$scratch/openssl.log"
: >"$scratch/heard"
node "$here/receiver.mjs" "$scratch/tls.key" "$scratch/tls.crt" "$scratch/heard" >"$scratch/port" 2>"$scratch/receiver.log" &
receiver=$!
fact "a receiver" until_true 20 grep -q . "$scratch/port"
at=$(cat "$scratch/port")
all='["meeting.created","meeting.started","meeting.ended"]'

# ---- off, unless the operator wants them ----
fact "a server" start
say user create ada && say user create eve
say org create school ada && say org create club eve && say org create park eve
say org key create school roster --json && school=$(field key)
say org key create club roster --json && club=$(field key)
say org key create park roster --json && park=$(field key)
key=$school
api /webhooks "{\"url\":\"https://hooks.example.org/\",\"events\":$all}"
fact "webhooks are off" is 403 '{"error":"closed"}'
api /webhooks
fact "and there are none" is 200 '{"webhooks":[]}'
fact "nor a process for them" [ -z "$(role_pids hooks)" ]
stop
printf 'webhooks_internal: localhost:%s\n' "$at" >"$scratch/conclave.yaml"
run "$CONCLAVE" serve --data "$scratch/data" --config "$scratch/conclave.yaml"
fact "half a configuration is told" one_sentence 1 "webhooks: yes"
printf 'webhooks: yes\nwebhooks_internal: https://localhost\n' >"$scratch/conclave.yaml"
run "$CONCLAVE" serve --data "$scratch/data" --config "$scratch/conclave.yaml"
fact "as is an address where a host belongs" one_sentence 1 "webhooks_internal" "hooks.lan:8443"
printf 'webhooks: yes\nwebhooks_internal: localhost:%s\nwebhooks_ca: %s\n' "$at" "$scratch/tls.crt" >"$scratch/conclave.yaml"
fact "they are on" open_metrics

# ---- what is told ----
hook /good "$all"
good=$id good_key=$signing
fact "a webhook has an id and a signing key" [ "$code/${#id}/${#signing}" = 200/22/64 ]
fact "it is described" is 200 "\"events\":$all,\"failures\":0,\"left_alone\":false"
api /webhooks
fact "it is listed" is 200 "{\"webhooks\":[{\"id\":\"$good\",\"url\":\"https://localhost:$at/good\""
fact "without its key" bash -c "! grep -q 'signing\|$good_key' '$scratch/out'"
hook /starts '["meeting.started"]'
key=$club
hook /club "$all"
key=$school
draft
first=$meeting
fact "a meeting is made" is 200 "\"id\":\"$first\""
fact "which is told" until_true 20 told /good "meeting.created "
"$BOT" join "$link" --insecure --name Ada </dev/null >"$scratch/Ada.out" 2>"$scratch/Ada.err.log" &
bots+=("$!")
fact "somebody enters" until_true 30 grep -qF '"phase":"secure"' "$scratch/Ada.out"
fact "which is told" until_true 20 told /good "meeting.created meeting.started "
"$BOT" join "$link" --insecure --name Bob </dev/null >"$scratch/Bob.out" 2>"$scratch/Bob.err.log" &
bots+=("$!")
fact "somebody else enters" until_true 30 grep -qF '"phase":"secure"' "$scratch/Bob.out"
api /meetings/end "{\"id\":\"$first\"}"
fact "it is ended" is 200 '{}'
fact "which is told, and the second entry was not" until_true 20 told /good "meeting.created meeting.started meeting.ended "
api /meetings/end "{\"id\":\"$first\"}"
say meeting create --json && guest=$(field id)
say meeting end "$guest"
draft
idle=$meeting
say meeting end "$idle" && say meeting end "$idle"
fact "an operator ends one that nobody was in" [ "$status" = 0 ]
draft
api /meetings/end "{\"id\":\"$meeting\"}"
fact "a second end is not told, nor whose meeting is nobody's" until_true 20 told /good \
    "meeting.created meeting.started meeting.ended meeting.created meeting.ended meeting.created meeting.ended "
fact "a webhook is told what it asked for alone" told /starts "meeting.started "
fact "and none of another organisation's" told /club ""

# ---- how ----
head -n 1 "$scratch/heard" >"$scratch/one"
jq -r .body "$scratch/one" >"$scratch/body"
fact "as a POST of JSON" [ "$(jq -r '.method + .type' "$scratch/one")" = POSTapplication/json ]
fact "it says that and no more" [ "$(jq -c 'del(.id, .at)' "$scratch/body")/$(jq -r 'keys_unsorted | join(" ")' "$scratch/body")" = \
    "{\"event\":\"meeting.created\",\"meeting\":\"$first\",\"organisation\":\"school\"}/id event meeting organisation at" ]
age=$(($(date +%s) - $(jq .at "$scratch/body")))
fact "when it was, in seconds" [ "$age" -ge 0 -a "$age" -lt 600 ]
signed() { # signed KEY: whether the first delivery was signed with it
    jq -j '.timestamp + "." + .body' "$scratch/one" >"$scratch/signed"
    [ "v1=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r <"$scratch/signed" | cut -d ' ' -f 1)" = \
        "$(jq -r .signature "$scratch/one")" ]
}
fact "it is signed with the key that was given" signed "$good_key"
fact "and not with another webhook's" bash -c "! $(declare -f signed); ! scratch='$scratch' signed '$signing'"
fact "each delivery has an id of its own" [ "$(jq -r '.body | fromjson | .id' "$scratch/heard" | sort | uniq -d)" = "" ]
fact "no signing key is in a log" bash -c "! grep -qF -e '$good_key' '$scratch'/*.log"

# ---- what is inside is not reached ----
inside=0
key=$club
for host in 127.0.0.1 127.1 0x7f000001 2130706433 0.0.0.0 '[::1]' '[::ffff:127.0.0.1]' '[::ffff:7f00:1]'; do
    api /webhooks "{\"url\":\"https://$host:$at/inside\",\"events\":$all}"
    fact "a webhook at $host can be made" [ "$code" = "$([ $inside -lt 7 ] && echo 200 || echo 409)" ]
    inside=$((inside + 1))
done
fact "eight are the most" is 409 '"limit"'
refused=$(metric webhooks_refused_total)
draft
fact "but none of them is spoken to" until_true 30 at_least webhooks_refused_total $((refused + 7))
fact "(the organisation's other one is)" until_true 20 told /club "meeting.created "
api /webhooks
for id in $(grep -oE '"id":"[^"]*","url":"[^"]*inside' "$scratch/out" | cut -d '"' -f 4); do api /webhooks/remove "{\"id\":\"$id\"}"; done
for name in "localhost:$port" "localhost:1024" "169.254.169.254" "[64:ff9b::7f00:1]:$at" "10.0.0.1" "[fe80::1]:$at" "[fc00::1]"; do
    api /webhooks "{\"url\":\"https://$name/inside\",\"events\":$all}"
    fact "one at $name" [ "$code" = 200 ]
done
refused=$(metric webhooks_refused_total)
draft
fact "neither are the server itself, its neighbours, or a cloud's metadata" until_true 30 at_least webhooks_refused_total $((refused + 7))
fact "nothing inside heard anything" told /inside ""
waits() { [ "$(metric webhooks_waiting)" = "$1" ]; }
fact "they wait for their next attempt" until_true 20 waits 7
api /webhooks
for id in $(grep -oE '"id":"[^"]*","url":"[^"]*inside' "$scratch/out" | cut -d '"' -f 4); do api /webhooks/remove "{\"id\":\"$id\"}"; done
fact "what waits for a webhook goes with it" until_true 20 waits 0

# ---- who does not take it ----
hook /away "$all"
hook /flaky "$all"
hook /long "$all"
before=$(heard /good)
draft
fact "a redirect is not followed" until_true 20 told /away "meeting.created "
key=$park
hook /slow1 "$all"
hook /slow2 "$all"
draft
fact "a silent receiver is spoken to" until_true 20 grep -q '"/slow' "$scratch/heard"
key=$school
draft
fact "another organisation is told" until_true 20 told /good "${before}meeting.created "
silent() { jq -r .path "$scratch/heard" | awk '$0 == "/good" { n = s } /^.slow/ { s++ } END { print n }'; } # before the last /good
fact "before the second silent one of the first is spoken to" [ "$(silent)" = 1 ]
fact "an answer without an end counts by its status" until_true 30 told /long "meeting.created "
fact "what was not taken is tried again" until_true 60 told /flaky "meeting.created meeting.created "
fact "under the same id" [ "$(jq -r 'select(.path == "/flaky") | .body | fromjson | .id' "$scratch/heard" | uniq | wc -l)" = 1 ]
fact "and elsewhere heard nothing" told /elsewhere ""
fact "failed attempts are counted" at_least webhooks_failed_total 3

# ---- hostile ----
for body in '{}' '[]' '{"url":"https://a.example/"}' "{\"events\":$all}" "{\"url\":7,\"events\":$all}" \
    '{"url":"https://a.example/","events":[]}' '{"url":"https://a.example/","events":"meeting.ended"}' \
    '{"url":"https://a.example/","events":["meeting.left"]}' '{"url":"https://a.example/","events":[1]}' \
    '{"url":"https://a.example/","events":["meeting.ended","meeting.ended"]}' \
    "{\"url\":\"https://a.example/\",\"events\":$all,\"x\":1}" "{\"url\":\"https://a.example/\",\"events\":$all,\"organisation\":\"club\"}"; do
    api /webhooks "$body"
    fact "a webhook $body is refused" is 400 '"bad_message"'
done
for address in http://a.example/ ftp://a.example/ file:///etc/passwd https:// https:///x https://u@a.example/ https://u:p@a.example/ \
    https://a.example:25/ https://a.example:80/ https://a.example:0/ https://a.example:65536/ https://a.example:/ 'https://a b.example/' \
    https://a.example/#x 'https://a.example/\"x' 'https://a.example\\\\b/' https://a.example?x 'https://[::1/' \
    "https://a.example/$(printf 'a%.0s' $(seq 240))" 'https://ä.example/' 'https://a.example/\u0000' 'https://a%2e.example/'; do
    api /webhooks "{\"url\":\"$address\",\"events\":$all}"
    fact "an address ${address:0:40} is refused" is 400 '"bad_message"'
done
for body in '{}' '{"id":""}' '{"id":7}' '{"id":"AAAA"}' "{\"id\":\"$good\",\"x\":1}"; do
    api /webhooks/remove "$body"
    fact "a removal of $body is refused" is 400 '"bad_message"'
done
key=$club
api /webhooks/remove "{\"id\":\"$good\"}"
fact "another organisation's webhook is not found" is 404 '"not_found"'

# ---- over ----
key=$school
pid=$(role_pids hooks)
kill -KILL "$pid"
again() { [ -n "$(role_pids hooks)" ] && [ "$(role_pids hooks)" != "$pid" ]; }
fact "the process is started again" until_true 20 again
fact "and serves" until_true 20 bash -c "grep -c 'role_ready role=hooks' '$scratch/serve.err.log' | grep -q 2"
before=$(heard /good)
draft
fact "so that webhooks are told" until_true 20 told /good "${before}meeting.created "
api /webhooks/remove "{\"id\":\"$good\"}"
fact "a webhook is removed" is 200 '{}'
hook /last "$all"
before=$(heard /good)
draft
fact "others are told" until_true 20 told /last "meeting.created "
fact "and it is not any more" told /good "$before"
stop
fact "the server ends in order" [ "$status" = 0 ]
