#!/usr/bin/env bash
# A bot whose network changes comes back by itself: another address, and a path that drops what is sent.
# Needs root, for a network of its own.
. "$(dirname "$0")/common.bash"
BOT=${CONCLAVE_BOT:-$(dirname "$CONCLAVE")/conclave-bot}
if [ "$(id -u)" != 0 ]; then
    echo "  --  skipped: needs root for a network of its own"
    exit 0
fi
space=conclave-bot-$$ outer=cb$$o inner=cb$$i
bots=()
end_network() {
    local pid
    for pid in "${bots[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    ip netns del "$space" 2>/dev/null
    ip link del "$outer" 2>/dev/null
    cleanup
}
trap end_network EXIT

inside() { ip netns exec "$space" "$@"; }
address() { # address N: the bot's side has 10.77.9.N alone
    inside ip addr flush dev "$inner" && inside ip addr add "10.77.9.$1/24" dev "$inner"
}
times() { # times EVENT COUNT: Eve's bot printed such lines of Ada at least so often
    [ "$(grep "\"event\":\"$1\"" "$scratch/eve.out" | grep -cF '"name":"Ada"')" -ge "$2" ]
}
both() { times seen "$1" && times heard "$1"; }

ip netns add "$space" && ip link add "$outer" type veth peer name "$inner" netns "$space" &&
    ip addr add 10.77.9.1/24 dev "$outer" && ip link set "$outer" up && inside ip link set "$inner" up &&
    inside ip link set lo up && address 2
fact "a network of its own is there" eval 'inside ip -o addr show dev "$inner" | grep -q 10.77.9.2'
fact "a server runs" start --listen 10.77.9.1:0
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
"$BOT" join "$link" --insecure --name Ada --number 0 --video generated --audio tone \
    </dev/null >"$scratch/ada.out" 2>"$scratch/ada.log" &
bots+=("$!")
ip netns exec "$space" "$BOT" join "$link" --insecure --name Eve --check --freeze 60000 \
    </dev/null >"$scratch/eve.out" 2>"$scratch/eve.log" &
eve=$!
bots+=("$eve")
fact "Eve sees and hears Ada" until_true 30 both 1
since=$SECONDS
fact "Eve's address changes" address 3
fact "and she sees and hears again" until_true 60 both 2
echo "      $((SECONDS - since)) s"
since=$SECONDS
inside nft add table inet wall && inside nft add chain inet wall out '{ type filter hook output priority 0; }'
fact "nothing of hers gets out any more" inside nft add rule inet wall out meta l4proto udp drop
# The server ends a transport that is silent for its consent time, the bot one that gets no answer.
fact "which the transport notices" until_true 60 grep -q '"event":"transport_lost"' "$scratch/eve.out"
fact "and when the wall is gone" inside nft delete table inet wall
fact "she sees and hears once more" until_true 60 both 3
echo "      $((SECONDS - since)) s"
kill -INT "$eve"
wait "$eve"
status=$?
fact "with nothing wrong" [ "$status" = 0 ]
fact "and no complaint" [ ! -s "$scratch/eve.log" ]
