#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# trace: what it converts, describes, replays and refuses; and recording, where
# the kernel lets it.
. tests/support/tap.sh

for seed in perf trace-cmd; do
	run "$zb" trace convert "tests/fuzz/seeds/$seed.txt" -o "$tmp/$seed.zbt"
	[ $rc -eq 0 ] && grep -q ' events; ' "$tmp/out"
	result $? "convert $seed"
done
run "$zb" trace info "$tmp/perf.zbt"
[ $rc -eq 0 ] && grep -q 'kernel *6.1.0' "$tmp/out" && grep -q 'allocations 2, failed 0, frees 1' "$tmp/out" &&
	grep -q 'reclaimable .*movable *claimed' "$tmp/out" && grep -q 'scans ended: success 1' "$tmp/out"
result $? "info tells events, fallbacks and compaction"
run "$zb" trace info "$tmp/trace-cmd.zbt"
[ $rc -eq 0 ] && grep -q 'lost by the recorder 12' "$tmp/out" && grep -q 'failed 1' "$tmp/out"
result $? "info tells lost events and failed allocations"
run "$zb" trace convert - -o "$tmp/stdin.zbt" <tests/fuzz/seeds/perf.txt
[ $rc -eq 0 ] && cmp "$tmp/stdin.zbt" "$tmp/perf.zbt"
result $? "convert reads the standard input"
run "$zb" trace convert README.md -o "$tmp/none.zbt"
[ $rc -eq 1 ] && grep -q 'README.md: none of' "$tmp/err" && [ ! -e "$tmp/none.zbt" ]
result $? "a text without events is refused, and leaves no file"
for name in compiler tree sqlite; do
	run "$zb" trace info $name
	[ $rc -eq 0 ] && grep -q '^command ' "$tmp/out" && grep -q 'lost by the recorder 0' "$tmp/out"
	result $? "info of the delivered trace $name"
done
[ "$(cat workloads/traces/*.zbt | wc -c)" -le 3145728 ]
result $? "the delivered traces take at most 3 MiB"

head -c 5000 workloads/traces/sqlite.zbt >"$tmp/short.zbt"
run "$zb" trace info "$tmp/short.zbt"
[ $rc -eq 1 ] && grep -q "short.zbt: byte 5000: the file ends inside" "$tmp/err"
result $? "a file cut short is refused with the place"
run "$zb" trace info Makefile
[ $rc -eq 1 ]
result $? "what is no trace is refused"
for words in "record" "record true" "convert" "info" "rekord" "info -- x"; do
	# shellcheck disable=SC2086 # split into words on purpose
	run "$zb" trace $words
	[ $rc -eq 2 ] && [ "$(grep -c '^zonebench: ' "$tmp/err")" -eq 1 ]
	result $? "trace $words is refused in one line"
done

cat >"$tmp/m.yaml" <<EOF
name: replay
variants: [linux-2.4, linux-2.6.9, linux-3.10]
threads: [1]
memory: {per-node: 64MiB, backing: none}
workloads:
  - {name: trace, file: [$tmp/perf.zbt, sqlite]}
samples: {min: 1, max: 1}
baseline: linux-3.10
max-ops: 20000
EOF
run "$zb" run "$tmp/m.yaml" -o "$tmp/run" --passes time
[ $rc -eq 0 ] && [ "$(grep -c '"status":"ok"' "$tmp/run/samples.jsonl")" -eq 6 ]
result $? "a file and a delivered trace are replayed on three generations"
grep -q '2 of 2 operations replayed\|3 of 3 operations replayed' "$tmp/run/samples.jsonl" &&
	grep -q '"dropped_cut":{"value":[1-9]' "$tmp/run/samples.jsonl"
result $? "and the results say what was dropped"
sed "s|$tmp/perf.zbt, sqlite|sqlyte|" "$tmp/m.yaml" >"$tmp/bad.yaml"
run "$zb" plan "$tmp/bad.yaml"
[ $rc -ne 0 ] && grep -q "unknown trace 'sqlyte'; did you mean 'sqlite'" "$tmp/err"
result $? "an unknown trace is refused with the nearest name"

run "$zb" run harness/matrices/trace.yaml -n 1 --passes paths,frag -o "$tmp/hurt"
[ $rc -eq 0 ] && python3 - "$tmp/hurt/samples.jsonl" <<'PY'
import json, sys
row = {r["variant"]: r for r in map(json.loads, open(sys.argv[1]))}
def frag(v, name): return row[v]["frag"][name]["value"]
def metric(v, name): return row[v]["metrics"].get(name, {}).get("value")
ok = len(row) == 4 and all(r["status"] == "ok" for r in row.values())
ok &= all(metric(v, "build.trace.slow") > 0 for v in row)
ok &= metric("linux-3.10", "steals") > 0 and metric("linux-2.4", "steals") is None
ok &= frag("linux-3.10", "Fu(9)") < frag("linux-3.10-nogroup", "Fu(9)")
ok &= frag("linux-3.10", "success_now(9)") > frag("linux-2.6.9", "success_now(9)")
sys.exit(not ok)
PY
result $? "a build in scarce memory tells the generations apart"

run timeout 60 "$zb" trace record -o "$tmp/rec.zbt" -- sh -c 'cat tests/cli/*.sh >/dev/null; exit 3'
if [ $rc -eq 77 ]; then
	[ "$(grep -c '^zonebench: trace record: ' "$tmp/err")" -eq 1 ] && [ ! -e "$tmp/rec.zbt" ]
	result $? "where recording is refused, one line says why and what would help"
	skip "record" "$(cat "$tmp/err")"
else
	[ $rc -eq 1 ] && grep -q 'ended with exit code 3' "$tmp/err" &&
		"$zb" trace info "$tmp/rec.zbt" >"$tmp/out" && grep -q 'exit-code *3' "$tmp/out" &&
		! grep -q 'allocations 0,' "$tmp/out"
	result $? "record keeps the events of a command that fails, and says that it did"
	"$zb" trace record -o "$tmp/int.zbt" -- sh -c 'echo started; exec sleep 1000' >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	for _ in $(seq 1000); do grep -q started "$tmp/out" && break; sleep 0.02; done
	kill -INT $pid
	wait $pid
	rc=$?
	[ $rc -eq 0 ] && grep -q 'ended by signal 2' "$tmp/out" && "$zb" trace info "$tmp/int.zbt" >/dev/null
	result $? "a signal ends the recording and keeps the file"
	dir=$(awk '$3 == "tracefs" { print $2; exit }' /proc/mounts)
	[ -n "$dir" ] && ! ls "$dir/instances" | grep -q "zonebench-$pid"
	result $? "the instance is removed"
fi
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$zb" trace record -o /tmp/none.$$.zbt -- true
	[ $rc -eq 77 ] && grep -q 'needs root.*try: sudo zonebench trace record' "$tmp/err"
	result $? "without root, one line says so"
else
	skip "without root" "the test does not run as root"
fi
finish
