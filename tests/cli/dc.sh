#!/usr/bin/env bash
# `conclave dc`, as its first user would: keys, a root, two zones, nodes, a list, a withdrawal; and everything that must
# be refused, with its reason (issue 6, "Bad input"; attack A42).
. "$(dirname "$0")/common.bash"
cd "$scratch" || exit 1

dc() {
    run "$CONCLAVE" dc "$@"
}
refused() { # refused WORDS...: status 1 and one sentence
    one_sentence 1 "$@"
}
done_() {
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
}
key() { # key NAME: makes NAME.key, prints the public half
    "$CONCLAVE" dc key --key "$1.key" 2>/dev/null
}

root=$(key root) eu=$(key eu) cn=$(key cn) node=$(key node) list=$(key list)
fact "a key is 43 characters" [ ${#root} -eq 43 ]
fact "and its file is the owner's alone" [ "$(stat -c %a root.key)" = 600 ]
dc key --key root.key
fact "a key is not written over" refused "root.key" "already"

dc authority --root root.key --zone eu --public "$eu" --out eu.pem
fact "the root certifies Europe's authority" done_
dc authority --root root.key --zone cn --public "$cn" --out cn.pem
fact "and China's" done_
dc issue --key eu.key --certificate eu.pem --centre fra --node fra-1 --realm commercial --public "$node" --out fra-1.pem
fact "Europe's authority certifies a node" done_
dc check --root "$root" --certificate eu.pem --node fra-1.pem
fact "that holds" grep -q "node fra-1 of data centre fra, zone eu, realm commercial, key $node" "$scratch/out"
dc check --root "$root" --certificate eu.pem --node fra-1.pem --json
fact "also as JSON" python3 -c 'import json; o = json.load(open("out")); assert o["zone"] == "eu" and o["till"] > o["from"]'
fact "openssl reads it" openssl x509 -in fra-1.pem -noout

# ---- A42: certificates that must not hold
dc issue --key eu.key --certificate cn.pem --centre sha --node sha-9 --realm commercial --public "$node" --out no.pem
fact "Europe's key signs no node of China" refused "eu.key" "not the key"
dc check --root "$root" --certificate cn.pem --node fra-1.pem
fact "a node of Europe under China's authority" refused "fra-1.pem" "not signed"
dc check --root "$node" --certificate eu.pem --node fra-1.pem
fact "another root" refused "not signed"
dc check --root "$root" --certificate fra-1.pem --node fra-1.pem
fact "a node in the place of an authority" refused "no certificate of this kind"
dc check --root "$root" --certificate eu.pem --node fra-1.pem --now $(($(date +%s) + 91 * 86400))
fact "an expired certificate" refused "no longer valid"
dc check --root "$root" --certificate eu.pem --node fra-1.pem --now $(($(date +%s) - 2 * 86400))
fact "one that is not valid yet" refused "not valid yet"
dc issue --key eu.key --certificate eu.pem --centre fra --node fra-2 --realm commercial --public "$node" --out no.pem --days 4000
fact "a node does not outlive its authority" refused "eu.pem" "fewer --days"
chmod 644 eu.key
dc issue --key eu.key --certificate eu.pem --centre fra --node fra-2 --realm commercial --public "$node" --out no.pem
fact "a key that others may read" refused "eu.key" "0600"
chmod 600 eu.key
fact "none of these left a file" [ ! -e no.pem ]

# ---- the list
write() { # write VERSION PYTHON: draft.json, changed by a line about `f`
    python3 - "$1" "$eu" "$cn" "$2" >draft.json <<'PY'
import json, sys, time
def centre(id, name, zone, country, lat, lon):
    return {"id": id, "name": name, "url": f"https://{id}.example.org", "country": country, "latitude": lat, "longitude": lon,
            "zone": zone, "realm": "commercial", "kind": "colocated", "state": "up", "capacity": 100000}
f = {"version": int(sys.argv[1]), "issued": int(time.time()),
     "zones": [{"id": "eu", "fenced": False, "countries": ["DE", "IE"], "authority": sys.argv[2]},
               {"id": "cn", "fenced": True, "countries": ["CN"], "authority": sys.argv[3]}],
     "datacentres": [centre("fra", "Frankfurt", "eu", "DE", 50.11, 8.68), centre("dub", "Dublin", "eu", "IE", 53.35, -6.26),
                     centre("sha", "Shanghai", "cn", "CN", 31.23, 121.47)]}
exec(sys.argv[4])
json.dump(f, sys.stdout, indent=2)
print()
PY
}
sign() { # sign VERSION CHANGE OUT [--after FILE]
    write "$1" "$2"
    dc list --sign draft.json --key list.key --out "$3" "${@:4}"
}
sign 7 "" seven
fact "a list is signed" done_
dc list --check seven --public "$list"
fact "and read" grep -q "^version 7, 2 zones, 3 data centres$" "$scratch/out"
fact "with its fence" grep -q "^zone cn, fenced, 1 country$" "$scratch/out"
dc list --check seven --public "$list" --json
fact "also as JSON" python3 -c 'import json; o = json.load(open("out")); assert o["version"] == 7 and len(o["datacentres"]) == 3'

dc withdraw --list seven --key list.key --centre dub --out eight
fact "a data centre is withdrawn" done_
dc list --check eight --public "$list" --after seven
fact "in a list that follows" grep -q "^dub  *withdrawn" "$scratch/out"
dc list --check seven --public "$list" --after eight
fact "the older one does not follow it" refused "seven" "older"
dc withdraw --list eight --key list.key --centre dub --out nine
fact "nothing is withdrawn twice" refused "already"
dc withdraw --list eight --key list.key --centre mars --out nine
fact "nor what is not there" refused "no data centre"
dc withdraw --list eight --key root.key --centre fra --out nine
fact "nor with another key" refused "eight" "not signed by this key"

bad() { # bad CHANGE WORDS...: signed by nobody, after version 7
    sign 8 "$1" no --after seven
    refused "${@:2}" && [ ! -e no ]
}
fact "an unsigned list" sh -c '! "$CONCLAVE" dc list --check draft.json --public '"$list"' 2>err && grep -q "no signed note" err'
sed 's/Frankfurt/Frankfurd/' seven >altered
dc list --check altered --public "$list"
fact "an altered list" refused "altered" "not this key's"
fact "an unknown zone" bad "f['datacentres'][0]['zone'] = 'mars'" '"datacentres.zone"' '"fra"'
fact "a country outside its zone" bad "f['datacentres'][0]['country'] = 'CN'" '"datacentres.country"' '"fra"'
fact "an unknown key" bad "f['datacentres'][0]['colour'] = 1" '"colour"'
fact "a key that is missing" bad "del f['zones'][0]['authority']" '"zones.authority" is missing'
fact "one id twice" bad "f['datacentres'].append(f['datacentres'][0])" '"datacentres.id"' "twice"
fact "no place of the earth" bad "f['datacentres'][0]['latitude'] = 91" "no place"
fact "a page without TLS" bad "f['datacentres'][0]['url'] = 'http://fra.example.org'" '"datacentres.url"'
fact "too many" bad "f['datacentres'] = [centre('x%d' % i, 'X', 'eu', 'DE', 0, 0) for i in range(65)]" "at most 64"
fact "no whole version" bad "f['version'] = 8.5" '"version"'
fact "a fence that falls" bad "f['zones'][1]['fenced'] = False" "cn" "fence"
fact "a data centre that moves" bad "f['datacentres'][2].update(zone='eu', country='DE')" "sha" "changes its zone"
fact "one that is left out" bad "f['datacentres'].pop()" "sha" "withdraw it"
fact "one that changes its realm" bad "f['datacentres'][0]['realm'] = 'government'" "fra"
fact "a list from the future" bad "f['issued'] += 3600" "future"
sign 9 "" no --after eight
fact "what was withdrawn does not come back" refused "dub" "comes back"
sign 8 "f['datacentres'][0]['state'] = 'draining'" other --after seven
fact "another list of one version" sh -c '"$CONCLAVE" dc list --check other --public '"$list"' --after eight 2>&1 | grep -q "says something else"'

# ---- the command line
usage() {
    run "$CONCLAVE" dc "${@:2}"
    one_sentence 2 "$1"
}
fact "no word" usage "dc key"
fact "an unknown word" usage '"frob"' frob
fact "an unknown flag" usage '"--frob"' key --frob
fact "a flag without its value" usage "--key" key --key
fact "a flag that is missing" usage "--zone" authority --root root.key --public "$eu" --out x
fact "a name that is none" usage "--zone" authority --root root.key --zone EU --public "$eu" --out x
fact "a public key that is none" usage "--public" authority --root root.key --zone eu --public abc --out x
fact "an unknown realm" usage "--realm" issue --key eu.key --certificate eu.pem --centre fra --node f --realm x --public "$node" --out x
fact "days that are none" usage "--days" key --days 0
fact "both sign and check" usage "either" list --sign draft.json --check seven
dc list --check nowhere --public "$list"
fact "a file that is not there" refused "nowhere"
dc --help
fact "help" grep -q "conclave dc withdraw" "$scratch/out"
