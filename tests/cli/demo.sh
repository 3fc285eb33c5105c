#!/usr/bin/env bash
# `make demo`: whoever comes sees three pictures, hears three tones and is greeted; nothing outlives it.
. "$(dirname "$0")/common.bash"
folder=$(dirname "$CONCLAVE")
tools=$(dirname "$0")/../../tools
demo=
end_demo() {
    [ -z "$demo" ] || kill -TERM "$demo" 2>/dev/null
    cleanup
}
trap end_demo EXIT

# shows WORDS: the guest's bot printed them
shows() { grep -qF -- "$1" "$scratch/guest.out"; }
over() { # every process that the demo started is gone
    local pid
    for pid in $children; do [ ! -e "/proc/$pid" ] || return 1; done
}

"$tools/demo" "$folder" --data "$scratch/data" --listen '[::]:0' --metrics off \
    >"$scratch/demo.out" 2>"$scratch/demo.log" &
demo=$!
fact "it prints a link" until_true 30 grep -q 'https://.*/m/.*#v1' "$scratch/demo.out"
link=$(sed -nE 's/^ +(https.*)/\1/p' "$scratch/demo.out")
fact "it is the link of no host" [ "$(tr -cd . <<<"${link#*#}" | wc -c)" = 2 ]
"$folder/conclave-bot" join "$link" --insecure --name Guest --check --expect 3 --freeze 5000 \
    </dev/null >"$scratch/guest.out" 2>"$scratch/guest.log" &
guest=$!
for who in Ada:440 Ben:660 Cleo:880; do
    fact "${who%:*} is seen" until_true 30 shows "\"event\":\"seen\",\"name\":\"${who%:*}\""
    fact "and heard" until_true 30 shows "\"name\":\"${who%:*}\",\"source\":\"mic\",\"tone_hz\":${who#*:}"
    fact "and greets" until_true 30 shows "\"event\":\"note\",\"from\":\"${who%:*}\""
done
kill -INT "$guest"
wait "$guest"
status=$?
fact "with nothing wrong in any picture" [ "$status" = 0 ]
children=$(cat "/proc/$demo/task/$demo/children")
fact "three bots and a server run" [ "$(wc -w <<<"$children")" = 4 ]
kill -TERM "$demo"
fact "its end is that of its server and bots too" until_true 20 over
wait "$demo"
status=$?
demo=
fact "in order" [ "$status" = 0 ]
