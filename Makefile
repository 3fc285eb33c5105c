# One word each, the same here and in CI. CC=clang make build builds with the other compiler.
.PHONY: run demo test build asan tsan web deps tidy fuzz soak sim-long docs clean attacks e2e vectors interop network bench bench-meeting bench-e2ee bench-crowd bench-bridge deb deb-test
BUILD ?= build
PORT ?= 8443

run: build
	$(BUILD)/conclave serve --meeting --listen '[::]:$(PORT)'

# The same with three bots in the meeting: what it looks like, seen alone.
demo: build
	@tools/demo $(BUILD) --listen '[::]:$(PORT)'

# Installs what is missing: Debian's packages by apt, the client's by npm.
deps:
	@tools/deps

build: deps web
	@tools/build $(BUILD) -Dtests=false --buildtype=release

# Builds with sanitizers, tests included: build/asan, build/tsan.
asan: deps
	@tools/deps test && tools/build build/asan -Db_sanitize=address,undefined -Db_lundef=false \
	    --buildtype=debugoptimized
tsan: deps
	@tools/deps test && tools/build build/tsan -Db_sanitize=thread -Db_lundef=false \
	    --buildtype=debugoptimized

web: deps
	@tools/web

test: deps
	@tools/test

tidy:
	@tools/tidy && tools/layers && tools/purity && tools/promises

fuzz:
	@tools/test fuzz-long

soak:
	@tools/test soak-long

# a million seeds of law G5's simulator, some minutes
sim-long:
	@tools/test sim-long

attacks:
	@tools/test attacks

e2e:
	@tools/test e2e

interop:
	@tools/test build interop-long

# Our server, Debian's Janus and a null forwarder under the same load; build/bench/. Some 25 minutes on 2 idle
# cores, and a goal that is missed makes it fail; BENCH_SHORT=1 shows in 2 that it works, BENCH_ONLY=fanout,capacity picks parts. docs/guide/bench.md
bench: deps
	@tools/deps bench && BENCH_BUILD=$(BUILD) bench/forwarding/run

# 500 people in one meeting, 25 tiles and the three loudest, for 10 minutes: loss, delay and memory a minute.
bench-meeting: deps
	@tools/deps bench && BENCH_BUILD=$(BUILD) BENCH_ONLY=meeting BENCH_MEETING_SECONDS=$${BENCH_MEETING_SECONDS:-600} bench/forwarding/run

# RFC 8867 and bad networks with real packets, through impaired links between namespaces (needs root).
network: build asan
	@node tests/network/run.mjs

# Our core, ts-mls and OpenMLS in wasm beside each other: native, Chromium, Firefox; build/bench/.
bench-e2ee: asan
	@bench/e2ee/run

# A meeting of up to 300 people over the real server: click to first opened frame, keys of who is gone.
bench-crowd: build
	@bench/e2ee/crowd/run

# The way between nodes beside the channel of one machine, a relayed packet: checks of the fence, seal, open. Seconds.
bench-bridge: deps
	@bench/bridge/run

# The official MLS vectors and those of RFC 9605, by file and suite; CONCLAVE_VECTORS names their folder.
vectors: asan
	@build/asan/vectors

# Packages for Debian 12: build/deb/conclave_*.deb and conclave-bot_*.deb.
deb: build
	@packaging/deb/build $(BUILD) $(BUILD)/deb

# Their whole life in a scratch Debian 12: installed, served, upgraded, removed, purged (needs root and a mirror).
deb-test: build
	@tools/deps deb && packaging/deb/test $(BUILD)/deb-root

# Writes what is generated from src/proto/signal.def.
docs: asan
	build/asan/gen_signal --ts > web/src/wire/signal.gen.ts
	build/asan/gen_signal --md > docs/wire/signalling.table.md
	build/asan/gen_register > docs/wire/register.md

clean:
	rm -rf build web/dist
