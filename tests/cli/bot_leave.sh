#!/usr/bin/env bash
# Bots that leave are gone at once: the server hears each of them say so, and counts nobody as away.
. "$(dirname "$0")/bots.bash"

bot() { # bot NAME FLAGS...: its lines go to $scratch/NAME.out
    local name=$1
    shift
    "$BOT" join "$link" --insecure --name "$name" "$@" </dev/null >"$scratch/$name.out" 2>"$scratch/$name.err.log" &
    bots+=("$!")
}
said() { # said NAME WORDS: NAME's bot printed a line with these words
    grep -qF -- "$2" "$scratch/$1.out"
}
messages() { # messages DIRECTION TYPE: how many the server heard or said
    exec 3<>"/dev/tcp/127.0.0.1/$metrics" || return
    printf 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
    sed -nE "s/^conclave_signal_messages_total\\{direction=\"$1\",type=\"$2\"\\} ([0-9]+).*/\\1/p" <&3
    exec 3<&- 3>&-
}

start_with_metrics() { # on a port that is free
    local tries
    for tries in 1 2 3 4 5; do
        metrics=$((20000 + RANDOM % 12000))
        start --metrics "127.0.0.1:$metrics" && return
    done
    return 1
}
fact "a server runs" start_with_metrics
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
bot Ada --video generated --audio tone
fact "one alone is secure" until_true 20 said Ada '"phase":"secure"'
guests="Ben Cleo Dan Eve Fay"
for name in $guests; do
    bot "$name" --video generated --audio tone --check
    fact "$name sees Ada" until_true 30 said "$name" '"event":"seen","name":"Ada"'
done
# All at once: what the server tells each of the others is on its way while they go.
kill -TERM "${bots[@]:1}"
for pid in "${bots[@]:1}"; do wait "$pid"; done
fact "the server heard all five say that they leave" [ "$(messages in leave)" = 5 ]
fact "and told nobody that somebody is away" [ "$(messages out member_away)" = 0 ]
