# What the tests of native participants share: the program, and that none of them outlives its script.
. "$(dirname "$0")/common.bash"
BOT=${CONCLAVE_BOT:-$(dirname "$CONCLAVE")/conclave-bot}
bots=()
end_bots() {
    local pid
    for pid in "${bots[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    cleanup
}
trap end_bots EXIT
