#!/usr/bin/env bash
# The server starts from nothing, makes meetings, keeps its certificate, stops in order.
. "$(dirname "$0")/common.bash"

fact "it starts from nothing" start
fact "the data folder is private" [ "$(stat -c %a "$scratch/data")" = 700 ]
fact "so is the key" [ "$(stat -c %a "$scratch/data/tls.key")" = 600 ]
fact "so is the control socket" [ "$(stat -c %a "$scratch/data/control.sock")" = 600 ]
fact "so is the database" [ "$(stat -c %a "$scratch/data/conclave.db")" = 600 ]
run "$CONCLAVE" meeting create --json --data "$scratch/data"
fact "a meeting is made" [ "$status" = 0 ]
link="$url/m/[a-z2-7]{20}#v1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}"
fact "its links have the server's address" grep -qE \
    "^\{\"id\":\"[a-z2-7]{20}\",\"link\":\"$link\",\"host_link\":\"$link\.[A-Za-z0-9_-]{22}\"\}$" "$scratch/out"
secret=$(sed -nE 's/.*"link":"[^"]*#v1\.([^".]*)\..*","host.*/\1/p' "$scratch/out")
host_secret=$(sed -nE 's/.*"host_link":"[^"]*\.([^".]*)".*/\1/p' "$scratch/out")
fact "the secrets are nowhere in the data folder or the log" \
    bash -c "! grep -rqaF -e '$secret' -e '$host_secret' '$scratch/data' '$scratch/serve.err.log' '$scratch/serve.log'"
fact "and they were found" [ "${#secret},${#host_secret}" = 22,22 ]
run "$CONCLAVE" meeting create --waiting-room --json --data "$scratch/data"
fact "a meeting with a waiting room is made" [ "$status" = 0 ]
run "$CONCLAVE" meeting create --data "$scratch/data"
fact "the same in words" grep -q "Send this link" "$scratch/out"
run curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' "http://127.0.0.1:$port/m/a?b=c"
fact "plain HTTP is shown the way to TLS" [ "$(cat "$scratch/out")" = "307 https://127.0.0.1:$port/m/a?b=c" ]
run curl -sk -o /dev/null -w '%{http_code}' "https://127.0.0.1:$port/api/datacentres"
fact "a machine for itself has no list of data centres" [ "$(cat "$scratch/out")" = 404 ]
run "$CONCLAVE" doctor --json --data "$scratch/data" --listen "127.0.0.1:$port" --public-ip 127.0.0.1
fact "the doctor sees it run" grep -q '"check":"server","result":"ok","says":"The server runs' "$scratch/out"
fact "and its port as its own" grep -q "is in use by this server" "$scratch/out"
fact "and its address lead here" grep -q '"check":"public_ip","result":"ok"' "$scratch/out"
run "$CONCLAVE" serve --data "$scratch/data" --listen 127.0.0.1:0 --metrics off
fact "a second server on the folder is refused" one_sentence 1 "Another server already uses" "$scratch/data" "--data"
fact "and hurts the first not at all" bash -c "\"$CONCLAVE\" meeting create --data \"$scratch/data\" >/dev/null"
first=$(cksum <"$scratch/data/tls.crt")
stop
fact "it stops with status 0" [ "$status" = 0 ]
fact "nobody is let in before there is a media process" [ "$(grep -oE 'media ready index|front listening why=media_up' "$scratch/serve.err.log" | head -n 1)" = "media ready index" ]
fact "and then they are" grep -q 'front listening why=media_up' "$scratch/serve.err.log"
fact "front first, store last" [ "$(grep -oE 'role_stopped role=[a-z]+' "$scratch/serve.err.log" | sed 's/.*=//' | uniq | tr '\n' ' ')" = "front media store " ]
touch "$scratch/data/control.sock.stale"
fact "it starts again" start --meeting
fact "with the same certificate" [ "$(cksum <"$scratch/data/tls.crt")" = "$first" ]
fact "and prints a meeting's links" until_true 10 grep -q '"host_link":' "$scratch/serve.log"
kill -INT "$server"
wait "$server"
status=$?
server=
fact "Ctrl-C is an orderly stop too" [ "$status" = 0 ]
fact "it starts with a further public address" start --public-ip 127.0.0.2
fact "and its certificate names it" [ "$(cksum <"$scratch/data/tls.crt")" != "$first" ]
stop
