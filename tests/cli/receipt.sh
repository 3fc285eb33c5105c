#!/usr/bin/env bash
# `conclave verify receipt` on a meeting's exported file (tests/receipts/meeting.json, written by receipt_file_test, which
# has each way in which receipts may lie): the answer in words and as JSON, the keys that are the reader's own, wrong files
# and wrong command lines.
. "$(dirname "$0")/common.bash"
meeting=$(dirname "$0")/../receipts/meeting.json
root=$(sed -n 's/^root //p' "$(dirname "$meeting")/keys.txt")
list=$(sed -n 's/^list //p' "$(dirname "$meeting")/keys.txt")
build=$(printf 'b1%.0s' {1..32})

verify() {
    run "$CONCLAVE" verify receipt "$@"
}
edit() { # edit PYTHON: the file, changed by a line about `f`
    python3 - "$meeting" "$1" >"$scratch/edited.json" <<'PY'
import json, sys
f = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(f, sys.stdout)
PY
}
refused() { # refused STATUS CHANGE WORDS...
    local want=$1
    edit "$2"
    verify "$scratch/edited.json" --root "$root" --list-key "$list" --build "$build"
    one_sentence "$want" "${@:3}" && [ ! -s "$scratch/out" ]
}

verify "$meeting" --root "$root" --list-key "$list" --build "$build"
fact "receipts that hold" [ "$status" -eq 0 ]
fact "say who carried the meeting" grep -q "carried by Frankfurt, Ashburn, Shanghai\.$" "$scratch/out"
fact "and what they cannot show" grep -q "not the cables between them" "$scratch/out"
fact "builds were compared" [ "$(grep -c "not compared" "$scratch/out")" = 0 ]
verify "$meeting" --root "$root" --list-key "$list"
fact "or it says that they were not" grep -q "builds were not compared" "$scratch/out"
verify "$meeting" --root "$root" --list-key "$list" --json
fact "as JSON" python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); assert o["ok"] and o["centres"] == ["fra", "iad", "sha"]' "$scratch/out"
verify "$meeting" --root "$root" --list-key "$list" --build "${build/b1/b2}"
fact "another build" one_sentence 1 "not among the known builds"

fact "one left out" refused 1 "del f['receipts'][5]" "missing"
fact "one twice" refused 1 "f['receipts'].append(f['receipts'][0])" "twice"
fact "all of a node left out" refused 1 "import base64; f['receipts'] = [r for r in f['receipts'] if b'\x05iad-1\x03' not in base64.urlsafe_b64decode(r + '==')]" "iad-1"
fact "a forged signature" refused 1 "r = f['receipts'][0]; f['receipts'][0] = r[:-8] + ('A' if r[-8] != 'A' else 'B') + r[-7:]" "not signed by its node"
fact "nobody of the fenced zone in the roster" refused 1 "f['roster'].pop(); f['heard'].pop()" "fenced" "sha-1"
fact "another meeting" refused 1 "f['meeting'] = 'x'" "another meeting"
verify "$scratch/edited.json" --root "$root" --list-key "$list" --json
fact "the reason as JSON" python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); assert not o["ok"] and "another meeting" in o["reason"]' "$scratch/out"

verify "$meeting" --root "$list" --list-key "$list"
fact "another root than the reader's" one_sentence 2 "not signed by the one above"
verify "$meeting" --root "$root" --list-key "$root"
fact "another list's key" one_sentence 2 "not signed by this key"
fact "no receipts" refused 1 "f['receipts'] = []" "no receipt"
fact "an unknown key" refused 2 "f['trust'] = 'me'" '"trust"'
fact "a list that was changed" refused 2 "f['list'] = f['list'].replace('Frankfurt', 'Frankfurd')" "not this key's"
echo '{' >"$scratch/edited.json"
verify "$scratch/edited.json" --root "$root" --list-key "$list"
fact "no JSON" one_sentence 2 "no JSON"
head -c 34000000 /dev/zero >"$scratch/edited.json"
verify "$scratch/edited.json" --root "$root" --list-key "$list"
fact "a file that is too long" one_sentence 2 "32 MiB"
verify "$scratch/nowhere" --root "$root" --list-key "$list"
fact "no file" one_sentence 2 "cannot be read"

verify "$meeting"
fact "no keys" one_sentence 2 "--root"
verify "$meeting" --root abc --list-key "$list"
fact "a key that is none" one_sentence 2 "--root" "43"
verify "$meeting" --root "$root" --list-key "$list" --build 12
fact "a build that is none" one_sentence 2 "--build"
verify "$meeting" two --root "$root" --list-key "$list"
fact "two files" one_sentence 2 '"two"'
verify --frob
fact "an unknown flag" one_sentence 2 '"--frob"'
verify --help
fact "help" grep -q "Receipts show what nodes attest" "$scratch/out"
