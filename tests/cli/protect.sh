#!/usr/bin/env bash
# A meeting's profile and passcode from the command line, and an operator's blocks, in force on the running server.
. "$(dirname "$0")/common.bash"

field() { # a value of the JSON in $scratch/out
    sed -nE 's/.*"'"$1"'":"([^"]*)".*/\1/p' "$scratch/out"
}
create() {
    run "$CONCLAVE" meeting create --data "$scratch/data" --json "$@"
}
block() {
    run "$CONCLAVE" block --data "$scratch/data" "$@"
}

fact "the server runs" start
create --profile education
fact "a class is made" test "$status" = 0
fact "with a passcode that was drawn for it" grep -qE '"passcode":"[0-9]{6}"' "$scratch/out"
id=$(field id)
create --profile webinar --passcode lemon-tree
fact "a webinar with a passcode of one's own" test "$(field passcode)" = lemon-tree
create
fact "a usual meeting needs none" test -z "$(field passcode)"
create --profile military
fact "a profile that is none says so" one_sentence 2 'There is no profile "military"'
create --passcode abc
fact "a passcode that is too short says so" one_sentence 2 "4 to 64"

block --meeting "$id" --feature share --why "Court order 12/26"
fact "a meeting that does not run is blocked" test "$status" = 0
block --meeting "$id" --feature share --off
fact "and let go" test "$status" = 0
block --meeting "$id" --feature chat --participant AAAAAAAAAAAAAAAAAAAAAA --why spam --json
fact "one person is blocked" grep -q '"ok":true' "$scratch/out"
block --meeting aaaaaaaaaaaaaaaaaaaa --feature chat --why spam
fact "a meeting that is none says so" one_sentence 1 "There is no such meeting"
block --meeting "$id" --feature dance --why spam
fact "a feature that is none says so" one_sentence 1 "share, chat, record, host and join"
block --meeting "$id" --feature chat
fact "a block without a reason is refused" one_sentence 2 "--why"
fact "the log has no participant id" sh -c "! grep -rq AAAAAAAAAAAAAAAA '$scratch'/*.log"
