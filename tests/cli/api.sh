#!/usr/bin/env bash
# What a program may do with an organisation's key, against a real server: each call of docs/api/openapi.yaml and no
# other, with the fields of that file; keys that are revoked, of another organisation, or no keys at all.
. "$(dirname "$0")/bots.bash"
spec=$(dirname "$0")/../../docs/api/openapi.yaml
say() { run "$CONCLAVE" "$@" --data "$scratch/data" </dev/null; }
ask() { # ask PATH CURL-FLAGS...: the answer in $scratch/out, its status in $code
    local path=$1
    shift
    code=$(curl -sk -m 20 -o "$scratch/out" -w '%{http_code}' "$@" "$url$path")
}
api() { # api PATH [JSON] [CURL-FLAGS...]: with $key; a GET without JSON
    local path=$1 json=${2:-}
    shift $(($# > 1 ? 2 : 1))
    if [ -n "$json" ]; then
        ask "/api/v1$path" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$json" "$@"
    else
        ask "/api/v1$path" -H "Authorization: Bearer $key" "$@"
    fi
}
person() { # person TOKEN PATH JSON
    ask "/api/account$2" -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$3"
}
is() { [ "$code" = "$1" ] && grep -qF "$2" "$scratch/out"; }
field() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\1/p" "$scratch/out"; }
enter() { # enter NAME: makes that user and signs in; the session is $token
    say user create "$1" --json
    ask /api/account/sign-in -H 'Content-Type: application/json' \
        -d "{\"name\":\"$1\",\"password\":\"$(field password)\",\"bearer\":true}"
    token=$(field token)
}
make_key() { # make_key ORG LABEL: its key is $key, its id $id
    say org key create "$1" "$2" --json
    key=$(field key) id=$(field id)
}

fact "a server" start
enter ada && ada=$token
enter bob && bob=$token
enter eve
say org create school ada
say org create club eve
make_key club "Club's own" && club=$key
make_key school "Roster of 2026"
school=$key
fact "a key is 256 bits and has an id" [ ${#key}/${#id} = 43/16 ]
say org key list school
fact "keys are listed by id and label" [ "$(cat "$scratch/out")" = "$id  Roster of 2026" ]
fact "no key is in the store" bash -c "! grep -qaF -e '$school' -e '$club' '$scratch'/data/conclave.db*"

# ---- the file and the routes ----
awk '/^  \/api\// { path = substr($1, 1, length($1) - 1) }
     /^components:/ { path = "" }
     path && /^    (get|post|put|patch|delete|head|options):/ { print toupper(substr($1, 1, length($1) - 1)) " " path }' \
    "$spec" | sort >"$scratch/described"
api ""
fact "a key says whose it is" is 200 '"organisation":"school"'
grep -o '"\(GET\|POST\) /api[^"]*"' "$scratch/out" | tr -d '"' | sort >"$scratch/served"
fact "each call is described, and nothing else" diff "$scratch/described" "$scratch/served"
key=
while read -r method path; do
    path=${path#/api/v1}
    [ "$method" = GET ] && api "$path?name=ada" || api "$path" '{"name":"ada","id":"AAAAAAAAAAAAAAAA","feature":"chat","why":"x"}'
    fact "$method $path is there, and not without a key" [ "$code" = 401 -o "$code" = 400 ]
done <"$scratch/described"
key=$school
for path in /nothing /members/ /member /members/remove/x /oidc/start /sign-in; do
    api "$path"
    fact "$path is not there" is 404 '"not_found"'
done

# ---- members ----
api /members
fact "the members" is 200 '{"members":[{"name":"ada","role":"owner"}],"more":false}'
api /invitations '{"label":"Class 7b"}'
invitation=$(field invitation)
fact "an invitation" [ "$code/${#invitation}" = 200/43 ]
api /invitations
fact "is listed without its secret" is 200 '"label":"Class 7b"'
fact "(without it)" bash -c "! grep -qF '$invitation' '$scratch/out'"
person "$bob" /organisations/join "{\"invitation\":\"$invitation\"}"
fact "who takes it is a member" is 200 '{"organisation":"school"}'
person "$bob" /organisations/join "{\"invitation\":\"$invitation\"}"
fact "and once alone" is 410 '"expired"'
api "/members?after=ada"
fact "a page begins behind a name" is 200 '{"members":[{"name":"bob","role":"member"}],"more":false}'
api /blocks '{"name":"bob","feature":"chat","why":"a reason of ours"}'
fact "a member's chat is blocked" is 200 '{}'
api "/blocks?name=bob"
fact "and listed" is 200 '"by":"organisation"'
api /blocks '{"name":"ada","feature":"chat","why":"x"}'
fact "an owner's is not" is 403 '"forbidden"'
say block --account bob --feature share --why "an operator's"
api /blocks/lift '{"name":"bob","feature":"share"}'
fact "nor is an operator's block lifted" is 403 '"forbidden"'
api /members/remove '{"name":"ada"}'
fact "nor an owner taken out" is 403 '"forbidden"'
key=$club
for call in '/members/remove {"name":"bob"}' '/blocks {"name":"bob","feature":"chat","why":"x"}' \
    '/blocks/lift {"name":"bob","feature":"chat"}'; do
    api "${call%% *}" "${call#* }"
    fact "another organisation's key: ${call%% *} finds nobody" is 404 '"not_found"'
done
api "/blocks?name=bob"
fact "another organisation's key: /blocks finds nobody" is 404 '"not_found"'
api "/blocks?name=nobody-at-all"
fact "as for a name that nobody has" is 404 '"not_found"'
key=$school

# ---- hostile ----
for body in '{}' '{"name":7}' '{"name":"bob","more":1}' '{"name":"bob","name":"bob"}' '[]' 'bob' '{"name":"b b"}'; do
    api /members/remove "$body"
    fact "a body $body is refused" is 400 '"bad_message"'
done
for query in name=bob after= after=ada\&after=ada x after=%ff; do
    api "/members?$query"
    [ "$query" = after= ] && want=200 || want=400
    fact "a query $query is answered $want" [ "$code" = $want ]
done
api "/members?after=%00"
fact "a query with a zero byte ends the connection" [ "$code" = 000 ]
api /members '{"name":"bob"}'
fact "a POST where there is a GET is refused" is 400 '"bad_message"'
api /members/remove
fact "and a GET where there is a POST" is 400 '"bad_message"'
for method in PUT DELETE PATCH OPTIONS; do
    api /members "" -X $method
    fact "$method is refused" [ "$code" = 405 -o "$code" = 404 -o "$code" = 000 ]
done
head -c 9000 /dev/zero | tr '\0' a >"$scratch/big"
ask /api/v1/members/remove -H "Authorization: Bearer $key" -H 'Content-Type: application/json' --data-binary @"$scratch/big"
fact "9000 bytes are too many" is 413 '"limit"'
ask /api/v1/members/remove -H "Authorization: Bearer $key" -d '{"name":"bob"}'
fact "what is no JSON is refused" is 415 '"unsupported"'
api /members/remove '{"name":"bob"}' -H 'Origin: https://elsewhere.example'
fact "another site's page is refused" is 403 '"forbidden"'
ask /api/v1/members -H "Cookie: __Host-conclave=$key"
fact "a cookie is no key" is 401 '"wrong"'
ask /api/v1/members -H "Authorization: Bearer $ada"
fact "nor is a person's session" is 401 '"wrong"'
ask /api/account -H "Authorization: Bearer $key"
fact "nor a key a session" is 401 '"signed_out"'
curl -sk -m 20 -D "$scratch/out" -o /dev/null -H "Authorization: Bearer $key" -H "Origin: $url" "$url/api/v1/members"
fact "no CORS header is sent" bash -c "! grep -qi '^access-control' '$scratch/out'"

# ---- meetings ----
draft() { # draft FLAGS...: what the server is told goes to $scratch/meeting; the id is $meeting, the link $link
    run "$CONCLAVE" meeting create --draft "$url" "$@"
    sed -E 's/.*"meeting":(\{.*\})\}$/\1/' "$scratch/out" >"$scratch/meeting"
    meeting=$(sed -nE 's/^\{"id":"([^"]*)".*/\1/p' "$scratch/out")
    link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
}
ended() { # whether the answer has a time at which it ended
    local at
    at=$(sed -nE 's/.*"ended":([0-9]+).*/\1/p' "$scratch/out")
    [ "$at" -gt 1700000000 ]
}
draft --profile education --waiting-room --passcode lemon-tree
class=$meeting
fact "a draft" [ ${#class} = 20 ]
api /meetings "$(cat "$scratch/meeting")"
fact "a key makes a meeting" is 200 "{\"id\":\"$class\"}"
api /meetings "$(cat "$scratch/meeting")"
fact "not twice" is 409 '"taken"'
api "/meetings/show?id=$class"
fact "and looks at it" is 200 "{\"id\":\"$class\",\"profile\":\"education\",\"waiting_room\":true,\"passcode\":true,\"created\":"
fact "it has not ended and does not run" is 200 '"ended":0,"running":false}'
fact "its passcode is in no file" bash -c "! grep -raqF lemon-tree '$scratch/data'"
say meeting show "$class"
fact "an operator sees it too" grep -q "profile       education" "$scratch/out"
key=$club
api "/meetings/show?id=$class"
cp "$scratch/out" "$scratch/another"
fact "another organisation's key does not find it" is 404 '"not_found"'
api "/meetings/show?id=aaaaaaaaaaaaaaaaaaaa"
fact "as if it never had been" cmp -s "$scratch/out" "$scratch/another"
api /meetings/end "{\"id\":\"$class\"}"
fact "nor ends it" is 404 '"not_found"'
api /meetings
fact "nor lists it" is 200 '{"meetings":[],"more":false}'
key=$school
run "$CONCLAVE" meeting create --data "$scratch/data" --json
guest=$(field id)
api "/meetings/show?id=$guest"
fact "what an operator made is of no organisation" is 404 '"not_found"'
api /meetings/end "{\"id\":\"$guest\"}"
fact "and is not ended" is 404 '"not_found"'
say meeting show "$guest"
fact "(it stands)" grep -q "state         idle" "$scratch/out"
for _ in $(seq 16); do
    draft
    api /meetings "$(cat "$scratch/meeting")"
    fact "another one" is 200 "$meeting"
done
api /meetings
fact "a page has 16" bash -c "[ \$(grep -o '\"id\"' '$scratch/out' | wc -l) = 16 ]"
fact "and says that there are more" is 200 '"more":true'
grep -oE '"id":"[a-z2-7]{20}"' "$scratch/out" >"$scratch/listed"
last=$(tail -n 1 "$scratch/listed" | cut -d '"' -f 4)
api "/meetings?after=$last"
fact "the next one has the rest" bash -c "[ \$(grep -o '\"id\"' '$scratch/out' | wc -l) = 1 ]"
fact "which is the end" is 200 '"more":false'
grep -oE '"id":"[a-z2-7]{20}"' "$scratch/out" >>"$scratch/listed"
fact "each was listed once, in order" bash -c "[ \$(wc -l <'$scratch/listed') = 17 ] && LC_ALL=C sort -uc '$scratch/listed'"
"$BOT" join "$link" --insecure --name Ada </dev/null >"$scratch/Ada.out" 2>"$scratch/Ada.err.log" &
bots+=("$!")
fact "somebody is in the last one" until_true 30 grep -qF '"phase":"secure"' "$scratch/Ada.out"
api "/meetings/show?id=$meeting"
fact "it runs" is 200 '"running":true}'
api /meetings/end "{\"id\":\"$meeting\"}"
fact "it is ended" is 200 '{}'
gone() { ! kill -0 "${bots[0]}" 2>/dev/null; }
fact "for who is in it, at once" until_true 10 gone
api "/meetings/show?id=$meeting"
fact "it has ended" ended
fact "and does not run" is 200 '"running":false}'
before=$(cat "$scratch/out")
api /meetings/end "{\"id\":\"$meeting\"}"
fact "a second end is as good" is 200 '{}'
api "/meetings/show?id=$meeting"
fact "and changes nothing" [ "$(cat "$scratch/out")" = "$before" ]
api /meetings/end "{\"id\":\"$class\"}"
api "/meetings/show?id=$class"
fact "one that nobody was in is ended as well" ended
draft
whole=$(cat "$scratch/meeting")
for without in id access host descriptor; do
    api /meetings "$(echo "$whole" | sed -E "s/\"$without\":\"[^\"]*\",//")"
    fact "a meeting without $without is refused" is 400 '"bad_message"'
done
for change in 's/"id":"./"id":"A/' 's/"id":"./"id":"/' 's/"access":"./"access":"/' 's/"host":"./"host":"!/' \
    's/"descriptor":"[^"]*"/"descriptor":""/' 's/"waiting":false/"waiting":0/' 's/"default"/"military"/' 's/"default"/7/' \
    's/"default"/"education"/' 's/"default"/"default","passcode":"abc"/' 's/"default"/"default","passcode":"a b c d"/' \
    's/"default"/"default","organisation":"club"/' 's/"default"/"default","owner":"ada"/' 's/^/[/;s/$/]/' 's/.$//'; do
    api /meetings "$(echo "$whole" | sed -E "$change")"
    fact "one that is changed by $change is refused" is 400 '"bad_message"'
done
for query in "" "?id=" "?id=A" "?id=aaaaaaaaaaaaaaaaaaa1" "?id=$class&id=$class" "?id=$class&x=y"; do
    api "/meetings/show$query"
    fact "a look with \"$query\" is refused" is 400 '"bad_message"'
done
api "/meetings?after=7"
fact "so is a page behind what is no id" is 400 '"bad_message"'
for body in '{}' '{"id":7}' '{"id":""}' "{\"id\":\"$class\",\"x\":1}"; do
    api /meetings/end "$body"
    fact "an end with $body is refused" is 400 '"bad_message"'
done
key=
api /meetings "$whole"
fact "no meeting is made without a key" is 401 '"wrong"'
key=$ada
api /meetings "$whole"
fact "nor with a person's session" is 401 '"wrong"'
make_key school "Another" && school=$key
api "/meetings/show?id=$class"
fact "every key of the organisation sees its meetings" is 200 "$class"
api /meetings "$whole"
fact "and makes some" is 200 '{"id":"'

# ---- over ----
api /members/remove '{"name":"bob"}'
fact "a member is taken out" is 200 '{}'
ask /api/account/organisations -H "Authorization: Bearer $bob"
fact "and is in no organisation any more" is 200 '"organisations":[]'
stop() {
    kill -TERM "$server" && wait "$server"
    server=
}
stop
fact "the server starts again" start
api ""
fact "a key outlives it" is 200 '"organisation":"school"'
say org key revoke club "$id"
fact "a key is not revoked by another's name" one_sentence 1 "nobody"
say org key revoke school "$id"
fact "a key is revoked" [ "$status" = 0 ]
api ""
fact "and refused at once" is 401 '"wrong"'
key=$club
for _ in $(seq 140); do echo "url=\"$url/api/v1\""; done >"$scratch/many"
curl -sk -m 60 -H "Authorization: Bearer $key" -K "$scratch/many" >"$scratch/out"
fact "a key that asks too often is told to slow down" grep -q '"error":"slow_down","retry_s":1' "$scratch/out"
