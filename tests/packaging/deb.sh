#!/usr/bin/env bash
# The packages, built from the release build: what is in them, and that lintian finds no error.
. "$(dirname "$0")/facts.bash"
build=${1:-$top/build}

run "$top/packaging/deb/build" "$build" "$scratch/a"
fact "the packages are built" [ "$status" = 0 ]
run "$top/packaging/deb/build" "$build" "$scratch/b"
fact "twice the same bytes" bash -c "cd '$scratch/a' && sha256sum ./*.deb | (cd '$scratch/b' && sha256sum --quiet -c)"
server=$(echo "$scratch"/a/conclave_*.deb)
bot=$(echo "$scratch"/a/conclave-bot_*.deb)
dpkg-deb -c "$server" | sed -E 's/ +/ /g; s| \./| /|' | cut -d ' ' -f 1,2,6 >"$scratch/server"
dpkg-deb -c "$bot" | sed -E 's/ +/ /g; s| \./| /|' | cut -d ' ' -f 1,2,6 >"$scratch/bot"
while read -r mode path; do
    fact "conclave has $path" grep -qx -- "$mode root/root $path" "$scratch/server"
done <<'LIST'
-rwxr-xr-x /usr/bin/conclave
-rw-r--r-- /usr/share/conclave/web/index.html
-rw-r--r-- /etc/conclave/conclave.yaml
-rw-r--r-- /lib/systemd/system/conclave.service
-rw-r--r-- /usr/lib/sysusers.d/conclave.conf
-rw-r--r-- /usr/share/man/man1/conclave.1.gz
LIST
fact "conclave-bot has its program" grep -qx -- "-rwxr-xr-x root/root /usr/bin/conclave-bot" "$scratch/bot"
fact "and its manual page" grep -qF /usr/share/man/man1/conclave-bot.1.gz "$scratch/bot"
sed -n 's|^-rw-r--r-- root/root /usr/share/conclave/web/||p' "$scratch/server" | LC_ALL=C sort >"$scratch/packed"
find "$top/web/dist" -type f ! -name .stamp -printf '%P\n' | LC_ALL=C sort >"$scratch/client"
fact "the client's files are in it, all of them and no other" cmp "$scratch/packed" "$scratch/client"
fact "nothing is setuid" bash -c "! grep -E '^-[rwx-]*s' '$scratch/server' '$scratch/bot'"
dpkg-deb -f "$server" Depends >"$scratch/depends"
for lib in libc6 libssl3 libwebsockets17 libsqlite3-0 libseccomp2 libpq5 libwebsockets-evlib-uv; do
    fact "it depends on $lib" grep -qE "(^|, )$lib( |,|$)" "$scratch/depends"
done
fact "the configuration is a conffile" [ "$(dpkg-deb --ctrl-tarfile "$server" | tar -xO ./conffiles)" = /etc/conclave/conclave.yaml ]
dpkg-deb -x "$server" "$scratch/root"
sed "s|/var/lib/conclave|$scratch/data|; s|8443|0|" "$scratch/root/etc/conclave/conclave.yaml" >"$scratch/example.yaml"
"$scratch/root/usr/bin/conclave" doctor --json --config "$scratch/example.yaml" >"$scratch/out" 2>"$scratch/err"
fact "the example configuration is understood" [ -s "$scratch/out" ]
run man --warnings -E UTF-8 -l -Tutf8 <(dpkg-deb --fsys-tarfile "$server" | tar -xO ./usr/share/man/man1/conclave.1.gz | gunzip)
fact "the manual page is one" bash -c "[ $status = 0 ] && grep -q 'conclave serve' '$scratch/out' && [ ! -s '$scratch/err' ]"
# No upload to Debian, so no bug to close; systemctl is called as there is no debhelper.
run lintian --allow-root --fail-on error,warning --suppress-tags \
    initial-upload-closes-no-bugs,maintainer-script-calls-systemctl "$server" "$bot"
fact "lintian finds no error and no warning" [ "$status" = 0 ]
[ "$status" = 0 ] || cat "$scratch/out"
total
