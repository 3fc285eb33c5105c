#!/usr/bin/env bash
# The doctor names what is wrong, each with its fix, and its status says whether anything is.
. "$(dirname "$0")/common.bash"

mkdir "$scratch/web"
touch "$scratch/web/index.html"
fine() { run "$CONCLAVE" doctor --data "$scratch/data" --listen 127.0.0.1:18499 --web "$scratch/web" "$@"; }

ulimit -Sn 512
fine
fact "a machine without a fault has status 0" [ "$status" = 0 ]
fact "and leaves nothing behind" [ ! -e "$scratch/data" ]
for check in clock data server certificate web files landlock seccomp reuseport port public_ip; do
    fact "it looks at: $check" grep -qE "^(ok|note) +$check: " "$scratch/out"
done
fine --json --public-ip 127.0.0.1
fact "the same as an object" grep -q '^{"ok":true,"checks":\[{"check":"clock",' "$scratch/out"
fact "an address of this machine leads here" grep -q '"check":"public_ip","result":"ok"' "$scratch/out"
fine --public-ip 192.0.2.1
fact "one of another does not" grep -qE '^failed +public_ip: 192.0.2.1:18499 does not lead here' "$scratch/out"
fact "which is a failure" [ "$status" = 1 ]
fine --web "$scratch/none"
fact "a missing web client is a failure with its fix" grep -qE '^failed +web: .*make build' "$scratch/out"
mkdir -m 755 "$scratch/open"
fine --data "$scratch/open"
fact "an open data folder is a failure with its fix" grep -qE '^failed +data: .*chmod 700' "$scratch/out"
touch "$scratch/file"
fine --data "$scratch/file/data"
fact "an impossible data folder too" grep -qE '^failed +data: ' "$scratch/out"
mkdir -m 700 "$scratch/data"
echo junk >"$scratch/data/tls.crt"
cp "$scratch/data/tls.crt" "$scratch/data/tls.key"
fine
fact "a broken certificate too" grep -qE '^failed +certificate: ' "$scratch/out"
rm "$scratch/data/tls.crt" "$scratch/data/tls.key"
fact "a server starts" start
run "$CONCLAVE" doctor --data "$scratch/other" --listen "127.0.0.1:$port" --web "$scratch/web"
fact "another program's port is a failure with its fix" grep -qE '^failed +port: .*--listen' "$scratch/out"
stop
