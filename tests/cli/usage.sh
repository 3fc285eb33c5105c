#!/usr/bin/env bash
# Every command explains itself, and a wrong word gets one sentence with a hint and status 2.
. "$(dirname "$0")/common.bash"

for command in "" serve usage meeting "meeting create" "meeting list" "meeting show" "meeting end" doctor user org version; do
    # shellcheck disable=SC2086
    run "$CONCLAVE" $command --help
    fact "conclave $command --help explains itself" [ "$status" = 0 -a -s "$scratch/out" ]
done
run "$CONCLAVE"
fact "no command is answered with a hint" one_sentence 2 "--help"
run "$CONCLAVE" dance
fact "an unknown command is named" one_sentence 2 '"dance"' "conclave --help"
run "$CONCLAVE" serve --dance
fact "an unknown flag is named" one_sentence 2 '"--dance"' "conclave serve --help"
run "$CONCLAVE" serve --data
fact "a missing value is named" one_sentence 2 "--data needs a value"
run "$CONCLAVE" serve --listen nowhere
fact "a bad address says what is good" one_sentence 2 "--listen" "nowhere" "[::]:8443"
run "$CONCLAVE" serve --listen 127.0.0.1:65536
fact "a port over 65535 is refused" one_sentence 2 "--listen"
run "$CONCLAVE" serve --listen ::1:8443
fact "an IPv6 address needs brackets" one_sentence 2 "--listen" "::1:8443"
run "$CONCLAVE" serve --public-ip meet.example
fact "a public address is no name" one_sentence 2 "public_ip" "meet.example"
run "$CONCLAVE" serve --public-ip 0.0.0.0
fact "a public address is not 0.0.0.0" one_sentence 2 "public_ip"
run "$CONCLAVE" serve --metrics 0.0.0.0:9464
fact "metrics stay on the loopback" one_sentence 2 "metrics" "loopback"
run "$CONCLAVE" meeting
fact "meeting alone is not enough" one_sentence 2 "meeting create"
run "$CONCLAVE" meeting destroy
fact "an unknown meeting command is named" one_sentence 2 "meeting destroy"
run "$CONCLAVE" meeting show
fact "one meeting is asked for by its id" one_sentence 2 "conclave meeting show ID" "letters behind"
run "$CONCLAVE" meeting end --json
fact "and ended by it" one_sentence 2 "conclave meeting end ID"
run "$CONCLAVE" meeting list --profile webinar
fact "a list takes no profile" one_sentence 2 "conclave meeting create"
run "$CONCLAVE" meeting list aaaaaaaaaaaaaaaaaaaa
fact "nor an id" one_sentence 2 '"aaaaaaaaaaaaaaaaaaaa"' "conclave meeting list --help"
run "$CONCLAVE" meeting list --data "$scratch"
fact "a list needs a running server" one_sentence 1 "No server runs"
run "$CONCLAVE" meeting show aaaaaaaaaaaaaaaaaaaa --draft https://meet.example.org
fact "nor is one that is there a draft" one_sentence 2 "conclave meeting create"
for bad in http://meet.example.org https:// https://meet.example.org/ https://meet.example.org#x; do
    run "$CONCLAVE" meeting create --draft "$bad"
    fact "a draft for $bad is none" one_sentence 2 "--draft" "https://meet.example.org."
done
run "$CONCLAVE" meeting create --draft https://meet.example.org --profile education
fact "a draft needs no server" [ "$status" = 0 ]
fact "its links lead to the address" grep -qE '"link":"https://meet.example.org/m/[a-z2-7]{20}#v1\.' "$scratch/out"
secret=$(sed -nE 's/.*"link":"[^"#]*#v1\.([^."]*)\..*/\1/p' "$scratch/out")
fact "what the server is told" grep -q '"meeting":{"id":.*"profile":"education","passcode":"' "$scratch/out"
fact "has not the link's secret" bash -c "[ ${#secret} = 22 ] && ! sed 's/.*\"meeting\"://' '$scratch/out' | grep -qF -e '$secret'"
run "$CONCLAVE" role keys
fact "a role is no command for people" one_sentence 2 "conclave serve"
run "$CONCLAVE" meeting create --data "$scratch"
fact "a meeting needs a running server" one_sentence 1 "No server runs" "conclave serve --data $scratch"
run "$CONCLAVE" meeting create --data "$scratch" --json
fact "the same as an object" grep -q '^{"error":"No server runs' "$scratch/out"
run "$CONCLAVE" version --json
fact "the version is an object" grep -qE '^\{"version":"[0-9]+\.[0-9]+\.[0-9]+"\}$' "$scratch/out"
