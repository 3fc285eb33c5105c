#!/usr/bin/env bash
# Two nodes of two data centres, as an operator sets them up: the list that is in force, how a newer one reaches both,
# what is refused and leaves the last good one in force (issue 6, "Bad input"), and who may not start at all.
. "$(dirname "$0")/common.bash"
cd "$scratch" || exit 1
other=
also() { [ -z "$other" ] || kill -KILL "$other" 2>/dev/null; cleanup; }
trap also EXIT

key() { "$CONCLAVE" dc key --key "$1.key" 2>/dev/null; }
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
dc() { run "$CONCLAVE" dc "$@"; }
issue() { # issue ZONE CENTRE MORE...: the node's certificate, CENTRE.pem
    "$CONCLAVE" dc issue --key "$1.key" --certificate "$1.pem" --centre "$2" --node "$2-1" --realm commercial --public "${keys[$2]}" \
        --out "$2.pem" "${@:3}"
}
root=$(key root) list=$(key list) stranger=$(key stranger)
declare -A keys=([eu]=$(key eu) [us]=$(key us) [fra]=$(key fra) [iad]=$(key iad)) at=([fra]=$(port) [iad]=$(port))
for zone in eu us; do
    "$CONCLAVE" dc authority --root root.key --zone $zone --public "${keys[$zone]}" --out $zone.pem || exit 1
done
issue eu fra && issue us iad || exit 1

sign() { # sign VERSION CHANGE OUT [KEY [MORE...]]: a list, changed by a line of Python about `f`, signed without asking what it follows
    python3 - "$1" "${keys[eu]}" "${keys[us]}" "$2" >draft.json <<'PY'
import json, sys, time
def centre(id, name, zone, country, lat, lon):
    return {"id": id, "name": name, "url": f"https://{id}.example.org", "country": country, "latitude": lat, "longitude": lon,
            "zone": zone, "realm": "commercial", "kind": "colocated", "state": "up", "capacity": 100000}
f = {"version": int(sys.argv[1]), "issued": int(time.time()),
     "zones": [{"id": "eu", "fenced": False, "countries": ["DE", "IE"], "authority": sys.argv[2]},
               {"id": "us", "fenced": False, "countries": ["US"], "authority": sys.argv[3]},
               {"id": "cn", "fenced": True, "countries": ["CN"], "authority": sys.argv[3]}],
     "datacentres": [centre("fra", "Frankfurt", "eu", "DE", 50.11, 8.68), centre("iad", "Ashburn", "us", "US", 39.04, -77.49),
                     centre("sha", "Shanghai", "cn", "CN", 31.23, 121.47)]}
exec(sys.argv[4])
print(json.dumps(f))
PY
    "$CONCLAVE" dc list --sign draft.json --key "${4:-list}.key" --out "$3" "${@:5}"
}
config() { # config CENTRE ZONE PEER: CENTRE.yaml
    cat >"$1.yaml" <<YAML
node_key: $scratch/$1.key
node_certificate: $scratch/$1.pem
zone_certificate: $scratch/$2.pem
node_root: $root
node_listen: 127.0.0.1:${at[$1]}
node_peers:
  - $3 127.0.0.1:${at[$3]}
datacentres: $scratch/$1.note
datacentres_key: $list
YAML
}
config fra eu iad
config iad us fra
sign 5 "" five && cp five fra.note && cp five iad.note || exit 1

# ---- who may not start
serve() { run "$CONCLAVE" serve --data "$scratch/never" --listen 127.0.0.1:0 --metrics off "$@"; }
without() { grep -v "^$1:" fra.yaml >bad.yaml; serve --config bad.yaml; }
for one in node_key node_certificate zone_certificate node_root node_listen datacentres datacentres_key; do
    without $one
    fact "without $one" one_sentence 1 "needs $one as well"
done
sed "s/^node_root: .*/node_root: $stranger/" fra.yaml >bad.yaml
serve --config bad.yaml
fact "a certificate under another root" one_sentence 1 "node_certificate" "not signed"
sed "s/^node_key: .*/node_key: ${scratch//\//\\/}\/iad.key/" fra.yaml >bad.yaml
serve --config bad.yaml
fact "another node's key" one_sentence 1 "node_key is not the key"
sed "s/- iad .*/- iad somewhere/" fra.yaml >bad.yaml
serve --config bad.yaml
fact "a peer that is no address" one_sentence 1 "bad.yaml:7" "node_peers"
issue eu fra --days 1 --now $(($(date +%s) - 3 * 86400))
serve --config fra.yaml
fact "a certificate that has run out" one_sentence 1 "no longer valid"
issue eu fra
sign 5 "" fra.note stranger
serve --config fra.yaml
fact "no list that can be believed" grep -q 'list_refused.*from=configuration' err
fact "and so no server" [ "$status" -ne 0 ]
sign 5 'f["datacentres"] = [d for d in f["datacentres"] if d["id"] != "fra"]' fra.note
serve --config fra.yaml
fact "nor without its own data centre in the list" grep -q 'list_refused.*our own data centre' err
cp five fra.note

# ---- two nodes, one list
"$CONCLAVE" serve --data "$scratch/iad" --listen 127.0.0.1:0 --metrics off --json --config iad.yaml >iad.log 2>iad.err.log &
other=$!
fact "one node runs" start --config fra.yaml
fact "and each has dialled the other" until_true 20 eval '[ $(grep -c "way_up centre=iad" serve.err.log) -eq 2 ]'
version() { "$CONCLAVE" dc show --data "$scratch/$1" --json; }
fact "the list of the configuration is in force" [ "$(version data)" = '{"version":5}' ]
sign 6 'f["datacentres"][1]["capacity"] = 7' six
dc load --list six --data "$scratch/data"
fact "a newer one is taken" eval '[ $status -eq 0 ] && grep -q "Version 6 is in force" out'
fact "and the other node has it" until_true 20 eval '[ "$(version iad)" = "{\"version\":6}" ]'
# whoever asks over HTTPS gets it as it was signed, and an older one never again
shown() { run curl -sk -o shown -w '%{http_code}' "https://127.0.0.1:$port/api/datacentres$1"; }
shown ""
fact "anybody gets the list in force" eval '[ "$(cat out)" = 200 ] && cmp -s shown six'
dc list --check shown --public "$list" --json
fact "and can check it with the public key alone" [ $status -eq 0 ]
run curl -skI "https://127.0.0.1:$port/api/datacentres"
fact "its length is told without it" grep -qi "content-length: $(stat -c %s six)" out
shown "/more"
fact "there is nothing below it" [ "$(cat out)" = 404 ]
refused() { # refused WORDS FILE WHY...: by name, and version 6 stays
    dc load --list "$2" --data "$scratch/data"
    fact "$1" one_sentence 1 "$2" "${@:3}" "version 6"
    fact "  version 6 stays in force" [ "$(version data)" = '{"version":6}' ]
}
refused "an older one" five "older"
sign 6 'f["datacentres"][1]["capacity"] = 8' fork
refused "another one of the same version" fork "says something else"
sign 7 "" forged stranger
refused "one that somebody else signed" forged "sign"
sign 7 'f["zones"][2]["fenced"] = False' unfenced
refused "one in which a fence falls" unfenced "fence" "cn"
sign 7 'f["datacentres"].pop()' gone
refused "one in which a data centre is missing" gone "sha"
sign 7 'f["issued"] += 3600' future list --now $(($(date +%s) + 3600))
refused "one from the future" future "future"
head -c 300000 /dev/zero | tr '\0' 'x' >large
dc load --list large --data "$scratch/data"
fact "one that is too large" one_sentence 1 "large" "256 KiB"
: >empty
dc load --list empty --data "$scratch/data"
fact "an empty one" one_sentence 1 "empty"
dc load --data "$scratch/data"
fact "no list at all" one_sentence 2 "--list is missing"
dc load --list six --data "$scratch/nowhere"
fact "no server there" one_sentence 1 "$scratch/nowhere"

# ---- kept over a restart, though the configuration's file is old
stop
fact "it ends in order" [ "$status" -eq 0 ]
fact "it comes again" start --config fra.yaml
fact "with what it had seen" [ "$(version data)" = '{"version":6}' ]
fact "and says why the file is not in force" grep -q 'list_refused.*from=configuration.*older' serve.err.log
stop
echo rubbish >fra.note
fact "it comes again with a file that is rubbish" start --config fra.yaml
fact "with what it had seen" [ "$(version data)" = '{"version":6}' ]

# ---- meetings of this data centre
meeting() { run "$CONCLAVE" meeting create --data "$scratch/data" --json; }
meeting
fact "a meeting's id begins with its data centre" grep -qE '"id":"fra-[a-z2-7]{20}"' out

run "$CONCLAVE" meeting create --draft https://meet.example.org --centre fra
fact "so does a program's draft" grep -qE '"id":"fra-[a-z2-7]{20}".*"meeting":{"id":"fra-' out
run "$CONCLAVE" meeting create --draft https://meet.example.org --centre Frankfurt
fact "of a data centre that can be one" one_sentence 2 "--centre"
run "$CONCLAVE" meeting create --data "$scratch/data" --centre fra
fact "where no server is asked" one_sentence 2 "--centre"

# ---- conclave doctor
doctor() { run "$CONCLAVE" doctor --data "$scratch/data" --listen 127.0.0.1:"$port" --metrics off --config "$1" --json; }
finding() { # finding NAME LEVEL WORDS: of the last doctor
    python3 - "$@" <<'PY'
import json, sys
found = [f for f in json.load(open("out"))["checks"] if f["check"] == sys.argv[1]]
sys.exit(0 if len(found) == 1 and found[0]["result"] == sys.argv[2] and sys.argv[3] in found[0]["says"] else 1)
PY
}
doctor fra.yaml
fact "doctor knows the node" finding node ok "node fra-1 of data centre fra in zone eu"
fact "and that the configuration's list is none" finding datacentres failed "fra.note"
cp six fra.note
doctor fra.yaml
fact "and when it is one again" finding datacentres ok "Version 6 of the list has 3 data centres"
issue eu fra --days 9
doctor fra.yaml
fact "and when the certificate runs out soon" finding node note "make another"
issue eu fra

# ---- withdrawn means gone
until_true 20 eval '[ $(grep -c "way_up centre=iad" serve.err.log) -eq 2 ]'
"$CONCLAVE" dc withdraw --list six --key list.key --centre iad --out seven
dc load --list seven --data "$scratch/data"
fact "the other data centre is taken off" grep -q "Version 7" out
fact "its own node knows" until_true 20 grep -q 'withdrawn.*our own data centre' iad.err.log
fact "and nobody is connected to it any more" until_true 20 grep -q 'way_ended.*withdrawn' serve.err.log
run "$CONCLAVE" meeting create --data "$scratch/iad" --json
fact "nobody makes a meeting there" eval '[ $status -eq 1 ] && grep -q busy out err'
meeting
fact "here they do" [ "$status" -eq 0 ]
kill -TERM $other
wait $other
fact "the withdrawn one ends in order" [ $? -eq 0 ]
other=
stop
fact "and this one" [ "$status" -eq 0 ]
