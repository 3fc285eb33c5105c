# What the command-line tests share: a scratch folder, a server of their own, and plain assertions.
# A script ends at its first untrue fact with status 1; its server ends with it.
set -u
: "${CONCLAVE:?the path of the built binary}"
scratch=$(mktemp -d /tmp/conclave-cli.XXXXXX)
server=
cleanup() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT

fact() { # fact WORDS COMMAND...: the command must succeed
    local words=$1
    shift
    if "$@"; then
        echo "  ok  $words"
    else
        echo "  NOT TRUE: $words  [$*]"
        tail -n 30 "$scratch"/*.log "$scratch"/out "$scratch"/err 2>/dev/null
        exit 1
    fi
}

run() { # run COMMAND...: keeps its output in $scratch/out, err and its status in $status
    timeout 60 "$@" >"$scratch/out" 2>"$scratch/err"
    status=$?
}

one_sentence() { # exactly one line on standard error, that names each of the words, and the status
    local want=$1
    shift
    [ "$status" = "$want" ] || return 1
    [ "$(grep -vcE '^(=|[0-9]{13} )' "$scratch/err")" = 1 ] || return 1
    local word
    for word; do
        grep -qF -- "$word" "$scratch/err" || return 1
    done
}

until_true() { # until_true SECONDS COMMAND...: asks ten times a second
    local left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}

start() { # start FLAGS...: a server on a free port and $scratch/data; its pid is $server
    : >"$scratch/serve.log"
    : >"$scratch/serve.err.log"
    "$CONCLAVE" serve --data "$scratch/data" --listen 127.0.0.1:0 --metrics off --json "$@" \
        >"$scratch/serve.log" 2>"$scratch/serve.err.log" &
    server=$!
    until_true 30 grep -q '"ready":true' "$scratch/serve.log" || return 1
    url=$(sed -nE 's/.*"url":"([^"]*)".*/\1/p' "$scratch/serve.log" | head -n 1)
    port=${url##*:}
}

stop() { # stops it in order; its status is $status
    kill -TERM "$server"
    wait "$server"
    status=$?
    server=
}

role_pids() { # role_pids NAME: the processes of that role of this server
    local task
    for task in $(cat "/proc/$server/task/$server/children"); do
        tr '\0' ' ' <"/proc/$task/cmdline" | grep -q "role $1 " && echo "$task"
    done
}
