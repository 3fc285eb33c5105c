#!/usr/bin/env bash
# An operator lists the meetings that run, looks at one, and ends one: the people in it are told, its link opens
# nothing any more. No answer and no log line says who is in a meeting.
. "$(dirname "$0")/bots.bash"

meeting() {
    run "$CONCLAVE" meeting "$@" --data "$scratch/data"
}
field() { # a text of the JSON in $scratch/out
    sed -nE 's/.*"'"$1"'":"([^"]*)".*/\1/p' "$scratch/out"
}
bot() { # bot LINK NAME: its lines go to $scratch/NAME.out
    "$BOT" join "$1" --insecure --name "$2" </dev/null >"$scratch/$2.out" 2>"$scratch/$2.err.log" &
    bots+=("$!")
}
secure() { # secure NAME
    grep -qF '"phase":"secure"' "$scratch/$1.out"
}
has() { # has WORDS...: all of them are in the answer
    local word
    for word; do grep -qF -- "$word" "$scratch/out" || return 1; done
}
gone() { ! kill -0 "${bots[0]}" 2>/dev/null; }

fact "a server runs" start
meeting list
fact "nothing runs yet" has "No meeting runs."
meeting list --json
fact "the same as an object" [ "$(cat "$scratch/out")" = '{"meetings":[]}' ]
meeting create --json --profile education --passcode lemon-tree
class=$(field id)
meeting create --json
id=$(field id) link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
meeting show "$class"
fact "a class that nobody is in yet" has "state         idle" "profile       education" "passcode      on" "people        0" " UTC"
bot "$link" Ada
fact "Ada is in the other one" until_true 20 secure Ada
bot "$link" Ben
fact "and Ben" until_true 20 secure Ben
meeting list
fact "it is listed with how many are there" grep -qE "^$id +2 +0\$" "$scratch/out"
fact "the empty one is not" test -z "$(grep "$class" "$scratch/out")"
run "$CONCLAVE" block --meeting "$id" --feature share --why spam --data "$scratch/data"
meeting show "$id" --json
fact "it is shown" has "\"id\":\"$id\",\"state\":\"running\",\"people\":2,\"waiting\":0" '"profile":"default"' '"ended_ms":0' '"blocked":["share"]'
fact "with nobody's name" test -z "$(grep -E 'Ada|Ben|participant' "$scratch/out")"

meeting end "$id" --json
fact "it is ended" [ "$(cat "$scratch/out")" = '{"ok":true}' ]
fact "the people in it are gone" until_true 20 gone
fact "because they were told" grep -qE '"reason":"(server|ended)"' "$scratch/Ada.out"
meeting list
fact "nothing runs any more" has "No meeting runs."
meeting show "$id"
fact "it is over" has "state         ended" "ended         20"
meeting show "$id" --json
before=$(cat "$scratch/out")
meeting end "$id"
meeting show "$id" --json
fact "ending it again changes nothing" [ "$(cat "$scratch/out")" = "$before" ]
bot "$link" Eve
fact "its link opens nothing" until_true 20 grep -qxF '{"event":"ended","reason":"ended"}' "$scratch/Eve.out"
meeting end "$class"
fact "an idle one is ended too" has "The meeting is over."
meeting show "$class"
fact "and stays so" has "state         ended"

for verb in show end; do
    meeting $verb aaaaaaaaaaaaaaaaaaaa
    fact "$verb: a meeting that is none" one_sentence 1 "There is no such meeting"
    meeting $verb 'a";drop'
    fact "$verb: no id at all" one_sentence 1 "letters behind"
done
meeting show aaaaaaaaaaaaaaaaaaaa --json
fact "as an object" [ "$(cat "$scratch/out")" = '{"error":"There is no such meeting on this server."}' ]
fact "the log names no meeting and nobody" sh -c "! grep -qE '$id|$class|Ada' '$scratch/serve.err.log'"
