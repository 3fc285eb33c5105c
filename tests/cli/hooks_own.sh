#!/usr/bin/env bash
# A webhook does not lead back to the machine itself by an address of its own that is public: in a network of its own, where
# a public address is this machine's.
if [ -z "${HOOKS_INSIDE:-}" ]; then
    unshare -rn true 2>/dev/null || { echo "  --  skipped: needs a network of its own" && exit 0; }
    HOOKS_INSIDE=1 exec unshare -rn bash "$0"
fi
. "$(dirname "$0")/common.bash"
public=9.9.9.9
receiver=
end_all() {
    [ -z "$receiver" ] || kill -KILL "$receiver" 2>/dev/null
    cleanup
}
trap end_all EXIT
say() { run "$CONCLAVE" "$@" --data "$scratch/data" </dev/null; }
field() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\1/p" "$scratch/out"; }
api() { # api PATH JSON
    curl -sk -m 20 -o "$scratch/out" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$2" "$url/api/v1$1"
}
metric() { curl -s -m 20 "http://127.0.0.1:9464/metrics" | sed -nE "s/^conclave_$1 ([0-9]+)$/\1/p"; }
refused() { [ "$(metric webhooks_refused_total)" = "$1" ]; }

ip link set lo up
ip address add "$public/32" dev lo
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$scratch/tls.key" -out "$scratch/tls.crt" \
    -subj /CN=own -addext "subjectAltName=IP:$public,IP:127.0.0.1" -days 2 2>"$scratch/openssl.log"
: >"$scratch/heard"
node "$(dirname "$0")/receiver.mjs" "$scratch/tls.key" "$scratch/tls.crt" "$scratch/heard" 0.0.0.0 >"$scratch/port" 2>"$scratch/receiver.log" &
receiver=$!
fact "a receiver" until_true 20 grep -q . "$scratch/port"
at=$(cat "$scratch/port")
fact "answers at that address" curl -sk -m 10 -o "$scratch/out" -d x "https://$public:$at/tried"
printf 'webhooks: yes\nwebhooks_ca: %s\nwebhooks_internal: 127.0.0.1:%s\n' "$scratch/tls.crt" "$at" >"$scratch/conclave.yaml"
fact "a server" start --config "$scratch/conclave.yaml" --metrics 127.0.0.1:9464
say user create ada && say org create school ada
say org key create school roster --json && key=$(field key)
api /webhooks "{\"url\":\"https://$public:$at/own\",\"events\":[\"meeting.created\"]}"
fact "a webhook that leads to the machine itself" [ -n "$(field signing_key)" ]
api /webhooks "{\"url\":\"https://127.0.0.1:$at/named\",\"events\":[\"meeting.created\"]}"
fact "and one to the host that was named" [ -n "$(field signing_key)" ]
run "$CONCLAVE" meeting create --draft "$url"
api /meetings "$(sed -E 's/.*"meeting":(\{.*\})\}$/\1/' "$scratch/out")"
fact "the second is told" until_true 20 grep -q '"/named"' "$scratch/heard"
fact "the first is refused" until_true 20 refused 1
fact "and hears nothing" bash -c "! grep -q '\"/own\"' '$scratch/heard'"
stop
fact "the server ends in order" [ "$status" = 0 ]
