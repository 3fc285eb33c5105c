#!/usr/bin/env bash
# One meeting in two media processes: people in both see and hear each other, and either may die.
. "$(dirname "$0")/bots.bash"

bot() { # bot NAME NUMBER: a camera and a tone of its own, and it watches; its lines go to $scratch/NAME.out
    "$BOT" join "$link" --insecure --name "$1" --number "$2" --video generated --audio tone --check --expect 2 \
        --freeze 20000 </dev/null >"$scratch/$1.out" 2>"$scratch/$1.err.log" &
    bots+=("$!")
}
times() { # times NAME EVENT SOMEBODY COUNT: such lines came at least so often
    [ "$(grep "\"event\":\"$2\"" "$scratch/$1.out" | grep -cF "\"name\":\"$3\"")" -ge "$4" ]
}
all_see_all() { # all_see_all COUNT: each saw and heard each of the others so often
    local me other
    for me in Ada Ben Cleo; do
        for other in Ada Ben Cleo; do
            [ "$me" = "$other" ] || { times "$me" seen "$other" "$1" && times "$me" heard "$other" "$1"; } || return 1
        done
    done
}
paths() { # paths PID: sockets of a media process
    find "/proc/$1/fd" -lname 'socket:*' 2>/dev/null | wc -l
}

printf 'media_processes: 2\nmedia_spread: 1\n' >"$scratch/two.yaml"
fact "a server with two media processes runs" start --config "$scratch/two.yaml"
first=$(role_pids media | head -n 1)
second=$(role_pids media | tail -n 1)
alone=$(paths "$second")
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
bot Ada 0
bot Ben 1
bot Cleo 2
fact "all three see and hear each other" until_true 40 all_see_all 1
fact "some of them in the first process" [ "$(paths "$first")" -gt "$alone" ]
fact "some in the second" [ "$(paths "$second")" -gt "$alone" ]

kill -KILL "$second"
fact "when the second dies, all see and hear each other again" until_true 40 all_see_all 2
fact "the second is there again" [ "$(role_pids media | wc -l)" = 2 ]
kill -KILL "$first"
fact "when the first dies, too" until_true 40 all_see_all 3
for pid in "${bots[@]}"; do kill -TERM "$pid"; done
for pid in "${bots[@]}"; do
    wait "$pid"
    status=$?
    fact "a bot found every picture and sound as it was sent" [ "$status" = 0 ]
done
bots=()
fact "nobody broke the format between them" eval '! grep -q bad_relay "$scratch/serve.err.log"'
stop
fact "the server ends in order" [ "$status" = 0 ]
