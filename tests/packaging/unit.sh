#!/usr/bin/env bash
# The unit: it says what systemd understands, exposes no more than agreed, and lets each role do what its own
# sandbox allows (src/io/sandbox.c). Usage: unit.sh [UNIT]
. "$(dirname "$0")/facts.bash"
unit=${1:-$top/packaging/systemd/conclave.service}
cp "$unit" "$scratch/conclave.service"

expand() { # expand WORDS...: the system calls of groups (@name) and names, one a line
    local w line
    for w; do
        case $w in
        @*) while read -r line; do expand "$line"; done < <(
            systemd-analyze syscall-filter "$w" | sed -nE 's/^ +([@a-z0-9_-]+)$/\1/p') ;;
        *) echo "$w" ;;
        esac
    done
}

allowed() { # what the unit's filters leave, in their order
    local line words
    : >"$scratch/allowed"
    while read -r line; do
        words=${line#SystemCallFilter=}
        # shellcheck disable=SC2086 # a list of words
        case $words in
        \~*) expand ${words#\~} | sort -u >"$scratch/minus"
             comm -23 "$scratch/allowed" "$scratch/minus" >"$scratch/next" ;;
        *) { cat "$scratch/allowed"; expand $words; } | sort -u >"$scratch/next" ;;
        esac
        mv "$scratch/next" "$scratch/allowed"
    done < <(grep '^SystemCallFilter=' "$scratch/conclave.service")
    # Those that systemd always lets through.
    expand @default | sort -u - "$scratch/allowed" >"$scratch/next"
    mv "$scratch/next" "$scratch/allowed"
}

promised() { # what the roles may do, without what their own filter answers with an error
    sed -n '/^static const struct promise media\[\]/,/^static const struct promise supervisor_may_not/p' \
        "$top/src/io/sandbox.c" | grep -oE 'MAY\([a-z0-9_]+\)|SCMP_SYS\([a-z0-9_]+\), [A-Z_]+' |
        grep -v 'FAILS$' | sed -E 's/^[A-Z_]+\(([a-z0-9_]+)\).*/\1/' | sort -u
}

sed 's|^ExecStart=/usr/bin/conclave|ExecStart=/bin/true|; s|^Documentation=.*||' "$unit" >"$scratch/true.service"
run systemd-analyze verify --man=no "$scratch/true.service"
fact "systemd understands every line" [ "$status" = 0 ]
fact "and has nothing to say about it" [ "$(grep -c true.service "$scratch/err")" = 0 ]
run systemd-analyze security --offline=yes --threshold=20 "$scratch/conclave.service"
fact "its exposure is at most 2.0 of 10" [ "$status" = 0 ]
fact "it may bind low ports, and no other capability is left" \
    [ "$(grep -E '^(CapabilityBoundingSet|AmbientCapabilities)=' "$unit" | sort -u | sed 's/.*=//' | sort -u)" = CAP_NET_BIND_SERVICE ]
fact "8,192 connections fit" [ "$(sed -n 's/^LimitNOFILE=//p' "$unit" | grep . || echo 0)" -ge 16384 ]
fact "it runs as a user of its own" grep -qx 'User=conclave' "$unit"
# The score weighs each of these lightly; none may go unseen.
for line in ProtectSystem=strict ProtectHome=yes PrivateTmp=yes PrivateDevices=yes NoNewPrivileges=yes \
    MemoryDenyWriteExecute=yes SystemCallArchitectures=native RestrictNamespaces=yes UMask=0077 StateDirectoryMode=0700; do
    fact "it says $line" grep -qx "$line" "$unit"
done
allowed
promised >"$scratch/promised"
fact "the roles' lists were found" [ "$(wc -l <"$scratch/promised")" -gt 60 ]
comm -13 "$scratch/allowed" "$scratch/promised" >"$scratch/missing"
fact "the unit allows every call of every role" [ ! -s "$scratch/missing" ]
for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp prctl execve prlimit64 socketpair; do
    fact "and $call, to set them up" grep -qx "$call" "$scratch/allowed"
done
for call in mount ptrace bpf setuid chown fchownat keyctl init_module reboot; do
    fact "but not $call" bash -c "! grep -qx $call $scratch/allowed"
done
total
