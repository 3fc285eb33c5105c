#!/usr/bin/env bash
# Bots that send pictures and tones, one that watches and judges, one that records: over a real server.
. "$(dirname "$0")/bots.bash"

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
    "join $good --out x.mkv" "join $good --tile 320x180" "join $good --check --tile 320" "record" "record $good" "record $good --out $scratch/x.mkv --video generated" "record $good --out $scratch/x.mkv --agree" \
    "record $good --out $scratch/x.mkv --screen generated" "join $good --screen" "join $good --expect 2"; do
    # shellcheck disable=SC2086
    run "$BOT" $words
    fact "wrong words are refused: ${words/$good/LINK}" one_sentence 2
done
run "$BOT" join "$good" --video "$scratch/no.webm"
fact "a film that is not there says so" one_sentence 1 "$scratch/no.webm"
echo junk >"$scratch/junk.webm"
run "$BOT" join "$good" --audio "$scratch/junk.webm"
fact "a file that is no film says so" one_sentence 1 "$scratch/junk.webm"
run "$BOT" join "$good" --ca "$scratch/no.pem"
fact "certificates that are not there say so" one_sentence 1 "$scratch/no.pem"
printf 'at 1 hand\nat 0 mute\n' >"$scratch/wrong.script"
run "$BOT" join "$good" --script "$scratch/wrong.script"
fact "a script out of order says so, and where" one_sentence 1 "$scratch/wrong.script line 2"
run "$BOT" record "$good" --out "$scratch/junk.webm"
fact "a recording writes over nothing" one_sentence 1 "$scratch/junk.webm"

fact "a server runs" start
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
host=$(sed -nE 's/.*"host_link":"([^"]*)".*/\1/p' "$scratch/out")
send Ada 0 --agree
ada=$bot
send Ben 1 --agree
send Cleo 2
bot Eve join --name Eve --check --expect 3 --freeze 5000
eve=$bot
fact "Eve sees and hears Ada" until_true 30 sees Eve Ada 440
fact "and Ben" until_true 30 sees Eve Ben 660
fact "and Cleo" until_true 30 sees Eve Cleo 880

bot Mole record --name Mole --out "$scratch/mole.mkv"
mole=$bot
wait "$mole"
mole_status=$?
fact "a guest may not record, and nothing is kept" [ "$mole_status" = 1 -a ! -e "$scratch/mole.mkv" ]
fact "and is told why" said Mole '"event":"ended"' 'not allowed'
link=$host bot Rec record --name Notes --out "$scratch/talk.mkv"
rec=$bot
fact "a recorder is in the roster like anyone" until_true 20 said Ada '"event":"roster"' '"name":"Recorder: Notes"'
fact "asks, and records the two who agree" until_true 30 eval 'times Rec recording Ada 2 && times Rec recording Ben 2'
fact "everybody is told who is kept" said Cleo '"k":"rec"' '"on":true'
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
fact "and has four tracks" said Rec '"event":"recorded"' '"ok":true' '"tracks":4'
fact "none of them of the one who said nothing" [ "$(grep -c '"event":"recording","name":"Cleo"' "$scratch/Rec.out")" = 0 ]
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
# What a bot says of its layers' sizes is true: a tile gets the layer that covers it.
widths() { # widths NAME WIDTH: the trace of NAME has a second of a camera with that width
    awk -F, -v w="$2" '$3 == "camera" && $5 > 0 && $6 == w { found = 1 } END { exit !found }' "$scratch/$1.csv"
}
bot Tom join --name Tom --check --tile 640x360 --trace "$scratch/Tom.csv"
tom=$bot
bot Tina join --name Tina --check --tile 320x180 --trace "$scratch/Tina.csv"
tina=$bot
fact "a tile of 640 pixels gets a bot's large layer" until_true 30 widths Tom 640
fact "and one of 320 the small one" until_true 30 widths Tina 320
kill -INT "$tom" "$tina"
ended "$tom"
ended "$tina"
fact "and never the large one" eval '! widths Tina 640'
kill -TERM "$ada"
fact "Ada leaves in order" ended "$ada"
# In a meeting of its own: where UDP is blocked all goes over the server's TCP port; and a screen beside the camera.
run "$CONCLAVE" meeting create --json --data "$scratch/data"
link=$(sed -nE 's/.*"link":"([^"]*)","host_link".*/\1/p' "$scratch/out")
send Bea 1
bea=$bot
without_udp() { # without_udp PID: none of its sockets is one of UDP
    local fd
    for fd in "/proc/$1/fd"/*; do
        case $(readlink "$fd") in socket:*) ;; *) continue ;; esac
        ! awk -v n="$(readlink "$fd" | tr -dc 0-9)" '$10 == n { found = 1 } END { exit !found }' \
            /proc/net/udp /proc/net/udp6 || return 1
    done
}
bot Una join --name Una --number 5 --tcp --check --expect 1 --freeze 5000 --video generated --audio tone --screen generated
una=$bot
bot Vic join --name Vic --check --freeze 5000 --trace "$scratch/Vic.csv"
vic=$bot
fact "over TCP one sees and hears" until_true 30 sees Una Bea 660
fact "and is seen and heard" until_true 30 sees Vic Una 1540
fact "with a screen of its own size" until_true 30 said Vic '"event":"seen"' '"name":"Una","source":"screen","width":1280,"height":720'
fact "without a socket of UDP" without_udp "$una"
fact "which others have" eval '! without_udp "$vic"'
screens() { # screens NUMBER: the trace of Vic has more pictures of a screen
    awk -F, -v n="$1" '$3 == "screen" { sum += $5 } END { exit !(sum > n) }' "$scratch/Vic.csv"
}
fact "several pictures of the screen come" until_true 30 screens 5
for pid in $(role_pids media); do kill -KILL "$pid"; done
fact "when the stream breaks another is opened" until_true 30 times Vic seen Una 3
kill -INT "$una" "$vic"
fact "nothing was wrong over TCP" ended "$una"
fact "nor with what came of it" ended "$vic"
kill -TERM "$bea"
fact "Bea leaves in order" ended "$bea"
link=$old
fact "each picture of the screen had its mark" \
    [ "$(field Vic Una screen marked)" = "$(field Vic Una screen frames)" -a "$(field Vic Una screen frames)" -gt 5 ]
fact "whoever is asked to see somebody who is not there fails" eval \
    'run "$BOT" join "$link" --insecure --check --expect 9 --seconds 1; [ "$status" = 1 ]'
for name in Ada Ben Cleo Dan Eve Max Rec Film Fan Sue Tom Tina Bea Una Vic; do
    fact "$name's bot wrote no complaint" [ ! -s "$scratch/$name.err.log" ]
done
