#!/usr/bin/env bash
# A role that dies comes back by itself, with its channels; nothing outlives the server.
. "$(dirname "$0")/common.bash"

# A meeting passes through front and store, so it shows that both live and hear each other.
meets() { "$CONCLAVE" meeting create --json --data "$scratch/data" >/dev/null; }

came_back() { # came_back ROLE: another process of the role is ready
    [ "$(grep -cE "role_ready role=$1 " "$scratch/serve.err.log")" -gt "$ready" ]
}

fact "it starts" start
for role in media store front media store front; do
    ready=$(grep -cE "role_ready role=$role " "$scratch/serve.err.log")
    before=$(date +%s%N)
    kill -KILL "$(role_pids "$role" | head -n 1)"
    fact "$role is ready again after a kill" until_true 10 came_back "$role"
    echo "      $((($(date +%s%N) - before) / 1000000)) ms"
    fact "a meeting can be made" until_true 5 meets
done
fact "each death is in the log" [ "$(grep -c 'role_died .*signal=9' "$scratch/serve.err.log")" = 6 ]
fact "one process a role and core runs" \
    [ "$(role_pids store | wc -l)/$(role_pids front | wc -l)" = 1/1 ]

for _ in 1 2 3 4 5 6 7; do
    until_true 5 eval 'pid=$(role_pids store) && [ -n "$pid" ]'
    kill -KILL "$(role_pids store)" 2>/dev/null
    sleep 0.1
    grep -q restart_delayed "$scratch/serve.err.log" && break
done
fact "a role that dies again and again is slowed down" until_true 3 grep -q restart_delayed "$scratch/serve.err.log"
fact "and comes back all the same" until_true 10 meets

children=$(cat "/proc/$server/task/$server/children")
kill -KILL "$server"
wait "$server" 2>/dev/null
gone() {
    local pid
    for pid in $children; do
        [ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" || return 1
    done
}
fact "nothing outlives a killed server" until_true 2 gone
fact "and the next start takes the folder over" start
fact "with its meetings" meets
kill -STOP "$(role_pids media | head -n 1)"
before=$(date +%s)
stop
fact "a role that hangs does not hinder the stop" [ "$status" = 0 ]
fact "for longer than a few seconds" [ $(($(date +%s) - before)) -le 8 ]
