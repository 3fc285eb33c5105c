#!/usr/bin/env bash
# A mistake in the configuration file is one sentence that names file, line and key.
. "$(dirname "$0")/common.bash"

file=$scratch/conclave.yaml
config() { # config TEXT: tries to serve with that file; no port is opened before the file is right
    printf '%b' "$1" >"$file"
    run "$CONCLAVE" serve --config "$file" --data "$scratch/none/data"
}

config 'listen: 127.0.0.1:0\n# a comment\ncamera: yes\n'
fact "an unknown key names its line" one_sentence 1 "$file:3:" "camera" "tls_certificate"
config 'listen: 127.0.0.1:0\nListen: 127.0.0.1:0\n'
fact "keys are case sensitive" one_sentence 1 "$file:2:" "Listen"
config 'listen: 127.0.0.1:0\nmetrics: off\nlisten: 127.0.0.1:1\n'
fact "a key given twice names the second" one_sentence 1 "$file:3:" "listen" "twice"
config '\n\nlisten: somewhere\n'
fact "a bad address names its line" one_sentence 1 "$file:3:" "listen" "somewhere"
config 'media_processes: 0\n'
fact "no media process is too few" one_sentence 1 "$file:1:" "media_processes" "1 to"
config 'media_processes: 6x\n'
fact "a number is a number" one_sentence 1 "$file:1:" "media_processes" "6x"
config 'data:\n  - a\n'
fact "a list where a text must be" one_sentence 1 "$file:" "data" "wrong kind"
config 'public_ip:\n  - 203.0.113.5\n  - here\n'
fact "a bad list entry names its line" one_sentence 1 "$file:3:" "public_ip" "here"
config 'public_ip: 203.0.113.5\n'
fact "public_ip is a list" one_sentence 1 "$file:1:" "public_ip" "list"
config 'embed_origins:\n  - https://school.example\n  - https://*.school.example\n'
fact "who may frame is an exact origin" one_sentence 1 "$file:3:" "embed_origins" "https://*.school.example" "exact origin"
config 'embed_origins:\n  - http://school.example\n'
fact "of https" one_sentence 1 "$file:2:" "embed_origins"
config 'embed_origins: https://school.example\n'
fact "in a list" one_sentence 1 "$file:1:" "embed_origins" "list"
config 'metrics: "0.0.0.0:1"\n'
fact "metrics stay on the loopback" one_sentence 1 "$file:1:" "metrics" "loopback"
config 'metrics: off\nlisten: a: b\n'
fact "what is not YAML says so" one_sentence 1 "$file:" "YAML"
config 'listen: "127.0.0.1:0\n'
fact "an open quote says so" one_sentence 1 "$file:" "YAML"
config '- listen\n'
fact "a list is no configuration" one_sentence 1 "$file:1:"
config 'tls_certificate: /etc/hostname\n'
fact "a certificate needs a key" one_sentence 1 "tls_key is missing"
run "$CONCLAVE" serve --config "$scratch/none.yaml"
fact "a missing file is named" one_sentence 1 "$scratch/none.yaml" "--config"
config ''
fact "an empty file is fine (the folder is what fails)" one_sentence 1 "$scratch/none/data" "parent"
printf 'metrics: off\nmedia_processes: 1\nlisten: 127.0.0.1:1\npublic_ip:\n  - 127.0.0.1\n' >"$file"
fact "flags win over the file" start --config "$file"
fact "the file's own keys hold" [ "$(role_pids media | wc -l)" = 1 ]
fact "the public address is in the address" grep -q '"url":"https://127.0.0.1:' "$scratch/serve.log"
stop
