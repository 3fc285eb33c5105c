#!/usr/bin/env bash
# `conclave verify client` says of a served client what is true, and names each fault.
. "$(dirname "$0")/common.bash"
here=$PWD
dist=${CONCLAVE_WEB:-$here/web/dist}

client() { # client NAME: a copy of the built client at $scratch/NAME
    cp -r "$dist" "$scratch/$1"
    rm -f "$scratch/$1/manifest.sig"
}
manifest() { # manifest NAME: its files are named anew
    node "$here/web/tools/manifest.mjs" "$scratch/$1" >/dev/null
}
serve() { # serve NAME: a server with that client
    [ -z "$server" ] || stop
    start --web "$scratch/$1"
}
verify() {
    run "$CONCLAVE" verify client "$url" --ca "$scratch/data/tls.crt" "$@"
}
fails() { # fails WORDS...: status 1, and a line of failure has each of the words
    [ "$status" = 1 ] || return 1
    local word
    for word; do
        grep '^FAILED ' "$scratch/out" | grep -qF -- "$word" || return 1
    done
}

run "$CONCLAVE" verify
fact "verify alone says what is missing" one_sentence 2 "conclave verify client URL"
run "$CONCLAVE" verify server
fact "only a client can be verified" one_sentence 2 "conclave verify client URL"
run "$CONCLAVE" verify client
fact "a missing address is asked for" one_sentence 2 "needs the address"
for address in http://127.0.0.1 127.0.0.1 https:// https://user@host/ 'https://a b/'; do
    run "$CONCLAVE" verify client "$address"
    fact "no address: $address" one_sentence 2 "$address" "https://meet.example"
done
run "$CONCLAVE" verify client https://127.0.0.1 --dance
fact "an unknown flag is named" one_sentence 2 '"--dance"' "conclave verify client --help"
run "$CONCLAVE" verify client https://127.0.0.1 --manifest
fact "a missing value is named" one_sentence 2 "--manifest needs a value"
for words in "--help" "client --help"; do
    # shellcheck disable=SC2086
    run "$CONCLAVE" verify $words
    fact "conclave verify $words explains itself" [ "$status" = 0 -a -s "$scratch/out" ]
done
run "$CONCLAVE" verify client https://127.0.0.1:1
fact "a server that is not there says so" one_sentence 1 "https://127.0.0.1:1/manifest.json could not be fetched"

fact "the client is built" [ -s "$dist/manifest.json" ]
client good
manifest good
fact "a server runs" serve good
run "$CONCLAVE" verify client "$url"
fact "a foreign certificate is not taken" one_sentence 1 "could not be fetched" "certificate"
verify
fact "an untouched client is fine" [ "$status" = 0 ]
fact "and says how many files it saw" grep -qE '^ok +[0-9]+ files are those of the manifest\.$' "$scratch/out"
fact "and that nobody signed it" grep -qE '^note .*signed by nobody' "$scratch/out"
run "$CONCLAVE" verify client "$url/m/aaaaaaaaaaaaaaaaaaaa#v1.secret" --insecure --json
fact "a meeting's link will do, and the answer is an object" grep -qE \
    '^\{"ok":true,"manifest":"[0-9a-f]{64}","version":"[0-9.]+","files":[0-9]+,"signed":false,"failures":\[\],' "$scratch/out"
verify --manifest "$scratch/good/manifest.json"
fact "it is the one built here" [ "$status" = 0 ]
client other
echo ' ' >>"$scratch/other/assets/key.svg"
manifest other
verify --manifest "$scratch/other/manifest.json"
fact "another build is told by name" fails "The server's manifest is" "/assets/key.svg differs"
verify --manifest "$scratch/none"
fact "a manifest that is not there says so" fails "$scratch/none cannot be read"

client touched
manifest touched
script=$(cd "$scratch/touched" && ls assets/index-*.js | head -n 1)
echo '//' >>"$scratch/touched/$script"
serve touched
verify
fact "a touched script is named" fails "/$script is not the manifest's file"
client bare
manifest bare
sed -i -E 's/ integrity="[^"]*"//' "$scratch/bare/index.html"
hash=$(sha256sum <"$scratch/bare/index.html" | cut -c1-64)
sed -i -E "s|(\"/index.html\":\")[0-9a-f]{64}|\1$hash|" "$scratch/bare/manifest.json"
serve bare
verify
fact "a page without integrity hashes is told" fails "without an integrity hash"
client inline
manifest inline
sed -i 's|</body>|<script>alert(1)</script><img onload="x"></body>|' "$scratch/inline/index.html"
hash=$(sha256sum <"$scratch/inline/index.html" | cut -c1-64)
sed -i -E "s|(\"/index.html\":\")[0-9a-f]{64}|\1$hash|" "$scratch/inline/manifest.json"
serve inline
verify
fact "inline code is told" fails "names no file of the manifest" "runs code"
client loose
manifest loose
sed -i "s|script-src 'self'|script-src 'self' https://cdn.example|" "$scratch/loose/manifest.json"
serve loose
verify
fact "a loose policy is told" fails "script-src" "lets foreign or inline code through" "another content-security-policy"
client spaced
manifest spaced
echo >>"$scratch/spaced/manifest.json"
serve spaced
verify
fact "a manifest that is not canonical is told" one_sentence 1 "canonical"
client none
rm "$scratch/none/manifest.json"
serve none
verify
fact "a server without a manifest is told" one_sentence 1 "has no /manifest.json"

client signed
openssl genpkey -algorithm ed25519 -out "$scratch/key"
openssl pkey -in "$scratch/key" -pubout -out "$scratch/key.pub"
openssl genpkey -algorithm ed25519 -out "$scratch/foreign"
openssl pkey -in "$scratch/foreign" -pubout -out "$scratch/foreign.pub"
manifest signed
run "$here/tools/release-sign" "$scratch/key" "$scratch/signed"
fact "a key that the client does not know cannot sign it" one_sentence 1 "built without this key"
echo "/* $(grep -v -e ----- "$scratch/key.pub") */" >>"$scratch/signed/sw.js"
manifest signed
serve signed
verify --release-key "$scratch/key.pub"
fact "a missing signature is told" fails "signed by nobody"
fact "it is signed" "$here/tools/release-sign" "$scratch/key" "$scratch/signed"
serve signed
verify --release-key "$scratch/key.pub"
fact "a signed release is fine" [ "$status" = 0 ]
fact "and says so" grep -q 'which is signed' "$scratch/out"
verify --release-key "$scratch/foreign.pub"
fact "another's key did not sign it" fails "is not by the key in $scratch/foreign.pub"
verify --release-key "$scratch/key"
fact "a private key is no public key" fails "no Ed25519 public key"
stop
