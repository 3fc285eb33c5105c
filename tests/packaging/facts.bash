# What the packaging tests share: a scratch folder and plain assertions that are counted.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d /tmp/conclave-packaging.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
true_facts=0
untrue_facts=0

fact() { # fact WORDS COMMAND...: the command must succeed
    local words=$1
    shift
    if "$@"; then
        true_facts=$((true_facts + 1))
        echo "  ok  $words"
    else
        untrue_facts=$((untrue_facts + 1))
        echo "  NOT TRUE: $words  [$*]"
    fi
}

run() { # run COMMAND...: keeps its output in $scratch/out, err and its status in $status
    timeout 300 "$@" >"$scratch/out" 2>"$scratch/err"
    status=$?
}

total() { # the line that tools/test counts, and the script's status
    echo "$true_facts passed, $untrue_facts failed"
    [ "$untrue_facts" = 0 ]
}
