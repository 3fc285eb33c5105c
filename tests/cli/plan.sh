#!/usr/bin/env bash
# `conclave plan`: plans of known facts stay as they are (tests/policy/plans), in whatever order the facts stand; facts
# that are wrong are refused by the name of the key.
. "$(dirname "$0")/common.bash"
plans=$(dirname "$0")/../policy/plans

plan() {
    run "$CONCLAVE" plan "$@"
}
# edit JQ-LIKE PYTHON: the facts of "nearest", changed by a line of Python about `f`
edit() {
    python3 - "$plans/nearest.json" "$1" >"$scratch/facts.json" <<'PY'
import json, sys
f = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(f, sys.stdout)
PY
}
wrong() { # wrong CHANGE WORDS...: status 2, one sentence, nothing on standard output
    edit "$1"
    shift
    plan --facts "$scratch/facts.json"
    one_sentence 2 "$@" && [ ! -s "$scratch/out" ]
}

count=0
for facts in "$plans"/*.json; do
    plan --facts "$facts"
    fact "$(basename "$facts" .json)" cmp -s "$scratch/out" "${facts%.json}.plan"
    count=$((count + 1))
done
fact "there are $count plans" [ "$count" -ge 16 ]

for seed in 1 2 3 4 5; do
    edit "import random; r = random.Random($seed); [r.shuffle(f[k]) for k in ('zones', 'datacentres', 'admitted')]"
    plan --facts "$scratch/facts.json"
    fact "the order of the facts ($seed) changes nothing but that of the zones" python3 - "$scratch/out" "$plans/nearest.plan" <<'PY'
import json, sys
a, b = (json.load(open(one)) for one in sys.argv[1:])
for one in (a, b): one["allowed_zones"].sort()
sys.exit(a != b)
PY
done
plan --facts - <"$plans/nearest.json"
fact "standard input is read too" cmp -s "$scratch/out" "$plans/nearest.plan"

fact "an unknown key at the top" wrong "f['meeting'] = 1" '"meeting"' '"facts"'
fact "an unknown key of a data centre" wrong "f['datacentres'][0]['rtt'] = 1" '"rtt"' '"datacentres"'
fact "an unknown key of the account" wrong "f['account']['optout'] = []" '"optout"' '"account"'
fact "a key that is missing" wrong "del f['admitted']" '"facts.admitted" is missing'
fact "a zone that is none" wrong "f['datacentres'][0]['zone'] = 'mars'" '"datacentres.zone"' '"iad"'
fact "somebody admitted from no zone" wrong "f['admitted'][0]['zone'] = 'mars'" '"admitted.zone"' '"p1"'
fact "a client of no zone" wrong "f['client']['zone'] = 'mars'" '"client.zone"'
fact "a refused zone that is none" wrong "f['account']['refuse_zones'] = ['mars']" '"account.refuse_zones"' '"mars"'
fact "in and out at once" wrong "f['account'].update(opt_in=['iad'], opt_out=['iad'])" '"account.opt_in"' '"account.opt_out"' '"iad"'
fact "somebody in two zones" wrong "f['admitted'].append({'id': 'p1', 'zone': 'eu'})" '"admitted.id"' '"p1"' "twice"
fact "a client that is admitted from elsewhere" wrong "f['client'] = {'id': 'p1', 'zone': 'eu'}" '"client.zone"' '"p1"'
fact "two zones of one name" wrong "f['zones'].append(f['zones'][0])" '"zones.id"' "twice"
fact "two data centres of one name" wrong "f['datacentres'].append(f['datacentres'][0])" '"datacentres.id"' "twice"
fact "two governments and no country" wrong "f['account']['realm'] = 'government'; f['datacentres'][9]['country'] = 'DE'" '"account.country"'
fact "a country of a commercial account" wrong "f['account']['country'] = 'DE'" '"account.country"'
for value in -1 '"much"' None 1e9 True; do
    fact "a load of $value" wrong "f['datacentres'][0]['load'] = $value" '"datacentres.load"' '"iad"'
    [ "$value" = None ] || fact "a delay of $value" wrong "f['datacentres'][0]['rtt_ms'] = $value" '"datacentres.rtt_ms"' '"iad"'
done
fact "a realm that is none" wrong "f['datacentres'][0]['realm'] = 'Commercial'" '"datacentres.realm"'
fact "a state that is none" wrong "f['datacentres'][0]['state'] = 'ok'" '"datacentres.state"'
fact "a country that is none" wrong "f['datacentres'][0]['country'] = 'usa'" '"datacentres.country"'
fact "a name with other signs" wrong "f['datacentres'][0]['id'] = 'I AD'" '"datacentres.id"'
fact "a fence that is no yes or no" wrong "f['zones'][0]['fenced'] = 'no'" '"zones.fenced"'
fact "too many zones" wrong "f['zones'] += [{'id': f'z{i}', 'fenced': True} for i in range(40)]" '"zones"'
fact "too many data centres" wrong "f['datacentres'] += [dict(f['datacentres'][0], id=f'd{i}') for i in range(80)]" '"datacentres"'
fact "too many people" wrong "f['admitted'] += [{'id': f'q{i}', 'zone': 'us'} for i in range(2001)]" '"admitted"'
fact "a list for an object" wrong "f['account'] = []" '"account"'

printf '{"zones":[],"zones":[]}' >"$scratch/facts.json"
plan --facts "$scratch/facts.json"
fact "a key that stands twice" one_sentence 2 "no JSON"
printf '[1,' >"$scratch/facts.json"
plan --facts "$scratch/facts.json"
fact "half a file" one_sentence 2 "line 1" "no JSON"
head -c 1100000 /dev/zero | tr '\0' ' ' >"$scratch/facts.json"
plan --facts "$scratch/facts.json"
fact "a file without end" one_sentence 2 "1 MiB"
plan --facts "$scratch/none.json"
fact "a file that is not there" one_sentence 2 "none.json" "cannot be opened"
plan --facts "$scratch"
fact "a folder" one_sentence 2 "cannot be read"
plan
fact "no file at all" one_sentence 2 "--facts"
plan --facts
fact "--facts alone" one_sentence 2 "--facts needs a value"
plan facts.json
fact "a word too many" one_sentence 2 '"facts.json"' "conclave plan --help"
plan --help
fact "help" grep -q "docs/wire/plan.md" "$scratch/out"
