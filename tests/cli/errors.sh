#!/usr/bin/env bash
# What keeps a server from starting is one sentence with the fix, and status 1.
. "$(dirname "$0")/common.bash"

serve() {
    run "$CONCLAVE" serve --metrics off "$@"
}

fact "a first server runs" start
serve --data "$scratch/other" --listen "127.0.0.1:$port"
fact "a used port says so" one_sentence 1 "Port $port is in use" "--listen"
serve --data "$scratch/other" --listen 192.0.2.1:0
fact "a foreign address says so" one_sentence 1 "This machine has no address 192.0.2.1" "listen"
run "$CONCLAVE" serve --data "$scratch/other" --listen 127.0.0.1:0 --metrics "127.0.0.1:$port"
fact "a used metrics port names its key" one_sentence 1 "metrics port 127.0.0.1:$port is in use" "off"
serve --json --data "$scratch/other" --listen "127.0.0.1:$port"
fact "the same as an object" grep -q '^{"error":"Port [0-9]* is in use' "$scratch/out"
stop

serve --data "$scratch/a/b/c"
fact "a missing parent folder says so" one_sentence 1 "$scratch/a/b/c" "parent" "--data"
touch "$scratch/file"
serve --data "$scratch/file"
fact "a file is no folder" one_sentence 1 "$scratch/file" "cannot be written to" "--data"
serve --data "/sys/conclave"
fact "an unwritable place says so" one_sentence 1 "/sys/conclave" "--data"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    mkdir -m 755 "$scratch/theirs"
    chmod 755 "$scratch"
    run setpriv --reuid 65534 --regid 65534 --clear-groups "$CONCLAVE" serve --data "$scratch/theirs" --metrics off
    fact "another user's folder says so" one_sentence 1 "$scratch/theirs" "cannot be written to (Permission denied)"
fi
serve --data "$scratch/$(printf 'x%.0s' {1..120})" --listen 127.0.0.1:0
fact "a folder too deep for a socket says so" one_sentence 1 "too long"

printf 'tls_certificate: %s/none.crt\ntls_key: %s/none.key\n' "$scratch" "$scratch" >"$scratch/c.yaml"
serve --config "$scratch/c.yaml" --data "$scratch/tls" --listen 127.0.0.1:0
fact "a missing certificate says so" one_sentence 1 "There is no file $scratch/none.crt" "tls_certificate"
echo junk >"$scratch/none.crt"
echo junk >"$scratch/none.key"
serve --config "$scratch/c.yaml" --data "$scratch/tls" --listen 127.0.0.1:0
fact "a broken certificate says so" one_sentence 1 "$scratch/none.crt" "cannot be read as a PEM"
cp "$scratch/data/tls.crt" "$scratch/none.crt"
cp "$scratch/data/tls.key" "$scratch/none.key"
rm -rf "$scratch/data"
fact "another pair is made" start
stop
cp "$scratch/data/tls.key" "$scratch/none.key"
serve --config "$scratch/c.yaml" --data "$scratch/tls" --listen 127.0.0.1:0
fact "a key of another certificate says so" one_sentence 1 "$scratch/none.key is not the key"
cp "$scratch/data/tls.crt" "$scratch/none.crt"
fact "a fitting pair is served" start --config "$scratch/c.yaml"
fact "by link, without a copy of the key" [ -L "$scratch/data/tls.key" ]
stop
rm "$scratch/data/tls.crt" "$scratch/data/tls.key"
echo junk >"$scratch/data/tls.crt"
cp "$scratch/none.key" "$scratch/data/tls.key"
serve --data "$scratch/data" --listen 127.0.0.1:0
fact "a broken own certificate says so" one_sentence 1 "$scratch/data/tls.crt" "remove both"
rm "$scratch/data/tls.crt"

head -c 20000 /dev/urandom >"$scratch/data/conclave.db"
rm -f "$scratch/data/conclave.db-wal" "$scratch/data/conclave.db-shm"
before=$(cksum <"$scratch/data/conclave.db")
serve --data "$scratch/data" --listen 127.0.0.1:0
fact "a damaged database ends the start" [ "$status" = 1 ]
fact "and says what to do" grep -q "conclave.db is damaged or no database; put back a copy" "$scratch/err"
fact "and is left as it was" [ "$(cksum <"$scratch/data/conclave.db")" = "$before" ]
mkdir "$scratch/noweb"
serve --data "$scratch/other" --listen 127.0.0.1:0 --web "$scratch/noweb"
fact "a web folder without a client says so" one_sentence 1 "$scratch/noweb" "index.html" "--web"
