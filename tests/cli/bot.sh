#!/usr/bin/env bash
# Two native participants in one meeting: each sees the other's name, both the same codes, and they chat.
. "$(dirname "$0")/bots.bash"

join() { # join NAME FLAGS...: a bot that reads its lines from $scratch/NAME.in; its pid is $bot
    local name=$1
    shift
    mkfifo "$scratch/$name.in"
    # Opened for both ends, so that neither side waits for the other.
    "$BOT" join "$link" --name "$name" --ca "$scratch/data/tls.crt" "$@" \
        <>"$scratch/$name.in" >"$scratch/$name.out" 2>"$scratch/$name.err.log" &
    bot=$!
    bots+=("$bot")
}
said() { # said NAME WORDS: NAME's bot printed a line with these words
    grep -qF -- "$2" "$scratch/$1.out"
}
last() { # last NAME EVENT FIELD: of the last line of that event
    grep "\"event\":\"$2\"" "$scratch/$1.out" | tail -n 1 | sed -nE "s/.*\"$3\":\"?([^\",}]*).*/\1/p"
}
equal() { # equal EVENT FIELD: Ada and Ben see the same, and something
    [ -n "$(last Ada "$1" "$2")" ] && [ "$(last Ada "$1" "$2")" = "$(last Ben "$1" "$2")" ]
}
pair_code() { # pair_code NAME: the one that is not empty
    grep '"event":"roster"' "$scratch/$1.out" | tail -n 1 | grep -oE '"pair_code":"[0-9]{60}"'
}
both_see_both() {
    local name
    for name in Ada Ben; do
        [ "$(last "$name" status people)" = 2 ] && [ "$(last "$name" status phase)" = secure ] &&
            grep '"event":"roster"' "$scratch/$name.out" | tail -n 1 | grep -F '"name":"Ada"' | grep -qF '"name":"Ben"' ||
            return 1
    done
}

for words in "" "dance" "join" "join --dance" "join --name"; do
    # shellcheck disable=SC2086
    run "$BOT" $words
    fact "wrong words are refused: conclave-bot $words" one_sentence 2 "conclave-bot join"
done
for words in "--help" "join --help"; do
    # shellcheck disable=SC2086
    run "$BOT" $words
    fact "conclave-bot $words explains itself" [ "$status" = 0 -a -s "$scratch/out" ]
done
good="https://127.0.0.1:1/m/aaaaaaaaaaaaaaaaaaaa#v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
for wrong in "http${good#https}" "${good%.*}" "${good}A" "$good.AAA" "${good/aaaa#/a#}" "${good/v1/v2}" "https:///m/x" "x"; do
    run "$BOT" join "$wrong"
    fact "no link: $wrong" one_sentence 1 "This is no meeting link"
done
token=$(printf 'A%.0s' {1..43})
for wrong in "$good.r${good##*.}A" "$good.p$token.${good##*.}" "$good.q$token" "$good.r${good##*.}.x"; do
    run "$BOT" join "$wrong"
    fact "no link: $wrong" one_sentence 1 "This is no meeting link"
done
for right in "$good.r${good##*.}" "$good.p$token" "$good.r${good##*.}.p$token" "$good.r${good##*.}.${good##*.}"; do
    run "$BOT" join "$right"
    fact "a renewed or personal link: ${right#"$good"}" one_sentence 1 "https://127.0.0.1:1 cannot be reached"
done
run "$BOT" join "$good" --name "$(printf 'x%.0s' {1..121})"
fact "a name too long is refused" one_sentence 1 "is no name"
run "$BOT" join "$good"
fact "a server that is not there says so" one_sentence 1 "https://127.0.0.1:1 cannot be reached"
echo junk >"$scratch/junk.key"
run "$BOT" join "$good" --key "$scratch/junk.key"
fact "a file that is no key says so" one_sentence 1 "$scratch/junk.key is no device key"

fact "a server runs" start
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
host_link=$(sed -nE 's/.*"host_link":"([^"]*)".*/\1/p' "$scratch/out")
run "$BOT" join "$link"
fact "a foreign certificate is not taken" one_sentence 1 "cannot be reached"
secret=${link#*#v1.}
run timeout 20 "$BOT" join "${link%%#*}#v1.AAAAAAAAAAAAAAAAAAAAAA.${secret#*.}" --insecure
fact "a wrong secret is refused" [ "$status" = 1 ]
fact "with the server's reason" grep -qF '{"event":"ended","reason":"not_found"}' "$scratch/out"
run timeout 20 "$BOT" join "${link%.*}.AAAAAAAAAAAAAAAAAAAAAA" --insecure --say never
fact "a link of another host's meeting gets nowhere" grep -qF '"why":"descriptor"' "$scratch/out"
fact "and says so with its status" [ "$status" = 1 ]

join Ada --key "$scratch/ada.key" --say "good morning"
ada=$bot
fact "one alone is secure" until_true 20 said Ada '"phase":"secure"'
fact "the device key is private" [ "$(stat -c %a "$scratch/ada.key")" = 600 ]
join Ben
ben=$bot
fact "both see both names" until_true 20 both_see_both
fact "they have the same meeting code" equal status code
fact "of 30 digits" grep -qE '^[0-9]{30}$' <<<"$(last Ada status code)"
fact "in the same epoch" until_true 10 equal status epoch
fact "and the same pairwise code" [ "$(pair_code Ada)" = "$(pair_code Ben)" ] && [ -n "$(pair_code Ada)" ]
fact "Ben hears what Ada was told to say" until_true 10 said Ben '"from":"Ada","private":false,"note":{"k":"chat","text":"good morning"}'
echo 'a line with "quotes" and é' >"$scratch/Ben.in"
fact "Ada hears a line of Ben's standard input" until_true 10 said Ada '"text":"a line with \"quotes\" and é"'

together=$(last Ada status epoch) # whoever joined takes new keys at a moment of its own, so which epoch it is is not given
kill -TERM "$ben"
wait "$ben"
status=$?
alone_later() {
    [ "$(last Ada status phase)" = secure ] && [ "$(last Ada status people)" = 1 ] && [ "$(last Ada status epoch)" -gt "$together" ]
}
fact "SIGTERM is an orderly end" [ "$status" = 0 ]
fact "Ada is alone again, in a later epoch" until_true 20 alone_later
kill -TERM "$ada"
wait "$ada"
rm "$scratch/Ada.in" "$scratch/Ben.in"
join Ada --key "$scratch/ada.key"
echo "at 3 hand" >"$scratch/hand"
link=$host_link join Ben --script "$scratch/hand"
fact "they come back, one as the host" until_true 20 both_see_both
fact "with the host shown as one" until_true 10 said Ada '"admin":true'
fact "a raised hand is heard as one, and the key of its commitment is not printed" \
    until_true 20 said Ada '"note":{"k":"hand","up":true}'
fact "nothing of the link or of what was said is in the server's log" \
    bash -c "! grep -qaF -e '${secret%%.*}' -e 'good morning' -e Ben '$scratch/serve.err.log' '$scratch/serve.log'"
fact "nor in its data folder" bash -c "! grep -rqaF -e '${secret%%.*}' -e 'good morning' '$scratch/data'"
for name in Ada Ben; do
    fact "$name's bot wrote no complaint" [ ! -s "$scratch/$name.err.log" ]
done
stop
for pid in "${bots[@]:2}"; do
    kill -TERM "$pid"
    wait "$pid"
    status=$?
    fact "without a server they end in order too" [ "$status" = 0 ]
done
