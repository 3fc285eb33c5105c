#!/usr/bin/env bash
# Bots that send pictures and tones, one that watches and judges, one that records: over a real server.
. "$(dirname "$0")/common.bash"
BOT=${CONCLAVE_BOT:-$(dirname "$CONCLAVE")/conclave-bot}
bots=()
end_bots() {
    local pid
    for pid in "${bots[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    cleanup
}
trap end_bots EXIT

bot() { # bot NAME COMMAND FLAGS...: its lines go to $scratch/NAME.out; its pid is $bot
    local name=$1 command=$2
    shift 2
    "$BOT" "$command" "$link" --insecure "$@" </dev/null >"$scratch/$name.out" 2>"$scratch/$name.err.log" &
    bot=$!
    bots+=("$bot")
}
send() { # send NAME NUMBER FLAGS...: a camera and a tone of its own
    local name=$1 number=$2
    shift 2
    bot "$name" join --name "$name" --number "$number" --video generated --audio tone "$@"
}
said() { # said NAME WORDS...: NAME's bot printed a line with all of these
    local lines word
    lines=$(cat "$scratch/$1.out")
    shift
    for word; do lines=$(grep -F -- "$word" <<<"$lines") || return 1; done
}
sees() { # sees NAME SOMEBODY TONE: the picture and the sound of somebody arrived there
    said "$1" '"event":"seen"' "\"name\":\"$2\"" && said "$1" '"event":"heard"' "\"name\":\"$2\"" "\"tone_hz\":$3"
}
times() { # times NAME EVENT SOMEBODY COUNT: such lines came at least so often
    [ "$(grep "\"event\":\"$2\"" "$scratch/$1.out" | grep -cF "\"name\":\"$3\"")" -ge "$4" ]
}
field() { # field NAME SOMEBODY SOURCE FIELD: of NAME's last words about a stream
    grep '"event":"stream"' "$scratch/$1.out" | grep -F "\"name\":\"$2\",\"source\":\"$3\"" | sed -nE "s/.*\"$4\":([0-9]+).*/\1/p"
}
ended() { # ended PID: with status 0
    wait "$1"
    status=$?
    [ "$status" = 0 ]
}

good="https://127.0.0.1:1/m/aaaaaaaaaaaaaaaaaaaa#v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
for words in "join $good --video" "join $good --number 64" "join $good --number x" "join $good --seconds 0" \
    "join $good --out x.mkv" "record" "record $good" "record $good --out $scratch/x.mkv --video generated"; do
    # shellcheck disable=SC2086
    run "$BOT" $words
    fact "wrong words are refused: ${words/$good/LINK}" one_sentence 2
done
run "$BOT" join "$good" --video "$scratch/no.webm"
fact "a film that is not there says so" one_sentence 1 "$scratch/no.webm"
echo junk >"$scratch/junk.webm"
run "$BOT" join "$good" --audio "$scratch/junk.webm"
fact "a file that is no film says so" one_sentence 1 "$scratch/junk.webm"
printf 'at 1 hand\nat 0 mute\n' >"$scratch/wrong.script"
run "$BOT" join "$good" --script "$scratch/wrong.script"
fact "a script out of order says so, and where" one_sentence 1 "$scratch/wrong.script line 2"
run "$BOT" record "$good" --out "$scratch/junk.webm"
fact "a recording writes over nothing" one_sentence 1 "$scratch/junk.webm"

fact "a server runs" start
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
send Ada 0
ada=$bot
send Ben 1
send Cleo 2
bot Eve join --name Eve --check --expect 3 --freeze 5000
eve=$bot
fact "Eve sees and hears Ada" until_true 30 sees Eve Ada 440
fact "and Ben" until_true 30 sees Eve Ben 660
fact "and Cleo" until_true 30 sees Eve Cleo 880

bot Rec record --name Notes --out "$scratch/talk.mkv"
rec=$bot
fact "a recorder is in the roster like anyone" until_true 20 said Ada '"event":"roster"' '"name":"Recorder: Notes"'
fact "and records all three" until_true 30 eval 'times Rec recording Ada 2 && times Rec recording Ben 2 && times Rec recording Cleo 2'
for pid in $(role_pids media); do kill -KILL "$pid"; done
fact "when the media processes are killed, the pictures and sounds come again" until_true 30 eval \
    'times Eve seen Ada 2 && times Eve seen Cleo 2 && times Eve heard Ben 2'
kill -INT "$eve"
fact "Eve finds nothing wrong" ended "$eve"
fact "with three pictures and three tones" said Eve '"event":"check"' '"ok":true' '"pictures":3' '"sounds":3'
for name in Ada Ben Cleo; do
    fact "each picture of $name's had its mark" \
        [ "$(field Eve $name camera marked)" = "$(field Eve $name camera frames)" -a "$(field Eve $name camera frames)" -gt 20 ]
done
kill -INT "$rec"
fact "a recorder ends in order" ended "$rec"
fact "and has six tracks" said Rec '"event":"recorded"' '"ok":true' '"tracks":6'
fact "in a file that nobody else may read" [ "$(stat -c %a "$scratch/talk.mkv")" = 600 ]
fact "and no other" [ ! -e "$scratch/talk.mkv.part" ]

old=$link
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
bot Film join --name Film --video "$scratch/talk.mkv" --audio "$scratch/talk.mkv" --seconds 60
film=$bot
bot Fan join --name Fan --check
fan=$bot
fact "the recording can be played into a meeting, and one of the three tones is heard" until_true 30 eval \
    'sees Fan Film 440 || sees Fan Film 660 || sees Fan Film 880'
kill -INT "$fan" "$film"
ended "$fan"
fact "with the marks in its pictures" [ "$(field Fan Film camera marked)" -gt 0 ]
fact "a film ends in order" ended "$film"

# In the meeting of the film, where nobody else talks: of many only the three loudest are heard.
bot Sue join --name Sue --check
sue=$bot
printf '# a part in three acts\nat 0.2 hand\nat 0.2 video off\nat 0.4 mute\nat 0.8 unmute\nat 0.8 video on\nat 1 say it is done\n' \
    >"$scratch/part.script"
send Dan 3 --script "$scratch/part.script"
dan=$bot
fact "who follows a script raises a hand" until_true 30 said Sue '"from":"Dan"' '{"k":"hand","up":true}'
fact "and says its words" until_true 20 said Sue '"from":"Dan"' '"text":"it is done"'
fact "and is seen and heard when it is on again" until_true 20 sees Sue Dan 1100
kill -TERM "$dan"
fact "and leaves in order" ended "$dan"
kill -INT "$sue"
fact "and so does who watched" ended "$sue"

link=$old
bot Max join --name Max --check --expect 3 --freeze 60000
max=$bot
fact "a later watcher sees Ada" until_true 30 sees Max Ada 440
stop
fact "the server is started again at its place" start --listen "127.0.0.1:$port"
fact "they come back, with pictures and sound" until_true 60 eval \
    'times Max seen Ada 2 && times Max seen Ben 2 && times Max heard Cleo 2'
kill -INT "$max"
fact "and nothing was wrong with them" ended "$max"
fact "of three people at least" said Max '"event":"check"' '"ok":true'
kill -TERM "$ada"
fact "Ada leaves in order" ended "$ada"
fact "whoever is asked to see somebody who is not there fails" eval \
    'run "$BOT" join "$link" --insecure --check --expect 9 --seconds 1; [ "$status" = 1 ]'
for name in Ada Ben Cleo Dan Eve Max Rec Film Fan Sue; do
    fact "$name's bot wrote no complaint" [ ! -s "$scratch/$name.err.log" ]
done
