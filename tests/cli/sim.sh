#!/usr/bin/env bash
# `conclave sim`: a day breaks no law and is the same for the same seed; room that is missing is said; wrong flags are refused.
. "$(dirname "$0")/common.bash"

sim() {
    run "$CONCLAVE" sim --scale 2000 "$@"
}
figure() { # figure PYTHON: something true about the JSON that was printed, as f
    python3 -c 'import json, sys; f = json.load(open(sys.argv[1])); sys.exit(not ('"$1"'))' "$scratch/out"
}

sim --json --out "$scratch/plots"
fact "a day of 200 million is played" [ "$status" = 0 ]
fact "no leg is forbidden" figure "f['violations'] == 0"
fact "who asked was let in or refused" figure "f['asked'] == f['joined'] + f['refused'] and 180e6 < f['asked'] < 225e6"
fact "people moved when theirs failed" figure "f['moved'] > 0"
fact "19 data centres, and fenced ones among them" figure "len(f['datacentres']) == 19 and f['fenced'] > 0"
fact "each join was decided, and what it cost is said" figure "f['decisions'] * 2000 >= f['asked'] and 0 < f['decision_ns']['p50'] <= f['decision_ns']['p99']"
for plot in load delay joins; do
    fact "$plot.svg is one" python3 -c 'import sys, xml.dom.minidom as x; sys.exit(x.parse(sys.argv[1]).documentElement.tagName != "svg")' "$scratch/plots/$plot.svg"
done
fact "load.csv has a line a minute" [ "$(wc -l <"$scratch/plots/load.csv")" = 1441 ]

sim --json
sed '/decision_ns/,/}/d' "$scratch/out" >"$scratch/first"
sim --json
sed '/decision_ns/,/}/d' "$scratch/out" >"$scratch/second"
fact "the same seed is the same day" cmp -s "$scratch/first" "$scratch/second"
sim --json --seed 2
sed '/decision_ns/,/}/d' "$scratch/out" >"$scratch/second"
fact "another seed is another day" [ "$(cmp -s "$scratch/first" "$scratch/second"; echo $?)" = 1 ]

sim --json --calm --capacity 4000000
fact "with little room some are refused, and no law is broken" figure "f['refused'] > 1e6 and f['violations'] == 0 and f['moved'] == 0 and f['refused_by']['G6'] > 0"
sim
fact "in words" grep -qF "0 legs that the laws forbid" "$scratch/out"
sim --month --scale 20000
fact "a month has thirty days" [ "$(grep -c '^day ' "$scratch/out")" = 30 ]

sim --participants 0
fact "nobody at all is no day" one_sentence 2 --participants
sim --scale many
fact "a scale is a number" one_sentence 2 --scale '"many"'
sim --capacity
fact "a flag without its value" one_sentence 2 --capacity
sim --people 3
fact "an unknown flag" one_sentence 2 --people
sim --month --out "$scratch/plots"
fact "plots of a month" one_sentence 2 --out --month
sim --out "$scratch/none/plots"
fact "a folder that cannot be made" one_sentence 1 plots
run "$CONCLAVE" sim --help
fact "help names each flag" grep -q -- --participants "$scratch/out"
