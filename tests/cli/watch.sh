#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench watch: runs that go on, are over, were stopped, are damaged.
. tests/support/t_cli.sh

cat >"$tmp/m.yaml" <<'EOF'
name: tiny
variants: [linux-3.10, "null", linux-2.4]
threads: [1]
memory: {per-node: 8MiB, backing: none}
workloads:
  - {name: repeat, order: [0, 3]}
samples: {min: 4, max: 4}
max-ops: 1000
EOF
run=$tmp/run
t_exits 0 run "$tmp/m.yaml" -o "$run" && t_complete "$run" 24
t_ok "a run to be watched"

unset NO_COLOR COLUMNS
export LC_ALL=C.UTF-8
t_exits 0 watch "$run" && t_said "matrix tiny   finished" "24/24" "repeat order 3, 1 thread" linux-2.4 &&
	[ "$(grep -oE ' 4/4 ' "$out" | wc -l)" -eq 6 ]
t_ok "a run that is over"
grep -qF '█' "$out" && ! grep -q $'\033' "$out"
t_ok "sparklines, and no colour in a pipe"
LC_ALL=C "$zb" watch --once "$run" >"$out" && ! LC_ALL=C grep -q '[^ -~]' "$out" && grep -q ' 4/4 [^ ]' "$out"
t_ok "ASCII where the locale is not UTF-8"
COLUMNS=60 t_exits 0 watch "$run" && t_said "more variants, in a wider window" "repeat order 0" &&
	[ "$(wc -L <"$out")" -le 60 ]
t_ok "a narrow window leaves columns out and says so"
median=$(sed -n 's/.*"variant":"null".*"order":3,.*"ns_op":\([0-9.e+-]*\),.*/\1/p' "$run/samples.jsonl" |
	sort -g | awk '{ v[NR] = $1 } END { printf "%.4g", (v[2] + v[3]) / 2 }')
t_exits 0 watch "$run" && grep '^repeat order 3' "$out" | grep -qF -- " $median "
t_ok "the median of null, order 3, is $median"

cp -r "$run" "$tmp/part"
head -n 10 "$run/samples.jsonl" >"$tmp/part/samples.jsonl"
head -c 300 "$run/samples.jsonl" >>"$tmp/part/samples.jsonl"
t_exits 0 watch "$tmp/part" && t_said "stopped" "10/24" "left"
t_ok "a run that was stopped in the middle of a line"
sed -i '3s/"ns_op"/"ns_up"/' "$tmp/part/samples.jsonl"
t_exits 1 watch "$tmp/part" && t_one_error && t_said "line 3: field 'ns_op' is missing"
t_ok "damage names its line and field"
cp -r "$run" "$tmp/failed"
sed -i '2s/"status":"ok"/"status":"crashed"/' "$tmp/failed/samples.jsonl"
t_exits 0 watch "$tmp/failed" && t_said "finished" "1 failed" " 3/4 "
t_ok "a failed sample is told and is not in the count"
t_exits 1 watch "$tmp/none" && t_one_error && t_said "not a run directory"
t_ok "no such run"
t_exits 2 watch "$run" --interval 0 && t_one_error && t_said "from 1 to 3600"
t_ok "an interval out of range"
"$zb" watch "$run" >/dev/full 2>"$out"
[ $? -eq 1 ] && t_one_error && t_said "cannot write"
t_ok "a full output device is an error"

if ! command -v script >/dev/null || ! command -v flock >/dev/null; then
	t_skip "live on a terminal" "script or flock is not installed"
	t_done
fi
head -n 10 "$run/samples.jsonl" >"$tmp/part/samples.jsonl"
flock "$tmp/part/samples.jsonl" "$zb" watch --once "$tmp/part" >"$out" 2>&1
t_said "running" "10/24" "left"
t_ok "somebody writes to it: running"

# Until TEXT is on the terminal; false after a minute.
shown() # TEXT
{
	local i
	for ((i = 0; i < 1200; i++)); do
		grep -qF -- "$1" "$out" && return
		sleep 0.05
	done
	return 1
}
exec 9>>"$tmp/part/samples.jsonl"
flock 9
: >"$out"
TERM=xterm timeout 120 script -qfec "$zb watch --interval 1 $tmp/part" /dev/null >"$out" 2>&1 </dev/null 9>&- &
watcher=$!
shown "10/24"
t_ok "on a terminal: what there is"
tail -n +11 "$run/samples.jsonl" | head -n 6 >&9
shown "16/24"
t_ok "... and what is added"
tail -n +17 "$run/samples.jsonl" >&9
exec 9>&-
wait $watcher
t_ok "... until nobody writes any more"
t_said "24/24" "finished" $'\033[36m' $'\033[32m'
t_ok "... in colour"
NO_COLOR=1 TERM=xterm timeout 60 script -qfec "$zb watch $run" /dev/null >"$out" 2>&1 </dev/null
t_said "24/24" && ! grep -q $'\033\[3[0-9]m' "$out"
t_ok "NO_COLOR"
t_done
