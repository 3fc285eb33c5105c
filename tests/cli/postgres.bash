# What the tests with a PostgreSQL share: a server in a folder of its own with an empty database, ended with the script.
. "$(dirname "$0")/common.bash"
BOT=${CONCLAVE_BOT:-$(dirname "$CONCLAVE")/conclave-bot}
PG=/usr/lib/postgresql/15/bin
bots=()
pg_folder=$(mktemp -d /tmp/conclave-pg.XXXXXX)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses root
    chown postgres: "$pg_folder"
    as() { (cd "$pg_folder" && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
fi
postmaster() { head -n 1 "$pg_folder/data/postmaster.pid" 2>/dev/null; }
pg_signal() { # pg_signal SIGNAL: to every process of it, the postmaster first
    local main
    main=$(postmaster) && [ -n "$main" ] || return 0
    # shellcheck disable=SC2046
    set -- "$1" "$main" $(cat "/proc/$main/task/$main/children" 2>/dev/null)
    kill "-$1" "${@:2}" 2>/dev/null
    [ "$1" = KILL ] || return 0
    until_true 10 dead "${@:2}"
    rm -f "$pg_folder/data/postmaster.pid" "$pg_folder/.s.PGSQL.$pg_port.lock" # nobody may have reaped it yet: it would count as alive
}
dead() { # dead PID...
    local pid
    for pid; do
        [ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" || return 1
    done
}
pg_start() {
    as "$PG/pg_ctl" -D "$pg_folder/data" -w -t 60 -l "$pg_folder/log" \
        -o "-k $pg_folder -h 127.0.0.1 -p $pg_port $*" start >"$scratch/pg.log" 2>&1
}
end_all() {
    local pid
    for pid in "${bots[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    pg_signal KILL
    cleanup
    rm -rf "$pg_folder"
}
trap end_all EXIT
sql() { "$PG/psql" -XAtq "postgres://conclave@/conclave?host=$pg_folder&port=$pg_port" -c "$1"; }
pg_make() { # an empty database `conclave` on $pg_port
    pg_port=$((20000 + RANDOM % 20000))
    fact "a PostgreSQL is made" as "$PG/initdb" -D "$pg_folder/data" -U conclave -A trust -E UTF8 --locale=C -N \
        >"$scratch/initdb.log"
    fact "and runs" pg_start
    "$PG/createdb" -h "$pg_folder" -p "$pg_port" -U conclave conclave
}
