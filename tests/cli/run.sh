#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# plan and run: what they print, what they store, how they are resumed and
# stopped.
set -u
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT
skeleton=$PWD/$B/skeleton.so
case $B in /*) skeleton=$B/skeleton.so ;; esac

matrix() # the small matrix, changed by a sed script
{
	sed "${1:-}" <<'EOF'
name: tiny
variants: [skeleton, "null"]
threads: [1]
memory: {per-node: 8MiB, backing: none}
workloads:
  - {name: repeat, order: 0}
  - {name: bulk, order: [0, 3]}
samples: {min: 8, max: 8}
baseline: skeleton
max-ops: 2000
time-limit: 20s
EOF
}
matrix >"$tmp/m.yaml"
# skeleton offers order 0 only: 5 of the 6 cells can be served
samples=40

records() # FILE STATUS: how many
{
	grep -c "\"status\":\"$2\"" "$1"
}

t_exits 0 plan "$tmp/m.yaml" --plugin "$skeleton" &&
	t_said "matrix tiny: 2 variants x 3 workloads x 1 thread count = 6 cells x 8 samples" \
		"1 cell skipped" "skipped: skeleton lacks orders" "may be spent (bound: " "rank test" \
		"metadata, bytes per frame: skeleton 8."
t_ok "plan shows cells, samples, memory, and what is skipped and why"
[ "$(grep -c '^\(skeleton\|null\) ' "$out")" -eq 6 ]
t_ok "plan has a row for each cell"
[ "$(find "$tmp" -mindepth 1 | wc -l)" -eq 2 ]
t_ok "plan makes no file"

(cd "$tmp" && "$zb" plan slowpath >"$out" 2>&1) && grep -q '^matrix slowpath: ' "$out"
t_ok "a matrix that comes with zonebench is found by its name"
t_exits 2 plan slowpth && t_said "matrix slowpth: No such file"
t_ok "another name is a file that is not there"

t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "zonebench 0.1" "counters: " "matrix tiny: " "[1/$samples] " "[$samples/$samples] " \
		"sample 8/8" " elapsed, " " left" "computed $samples, reused 0, failed 0, skipped 8" \
		"$tmp/run/   samples.jsonl   manifest.json" "compare $tmp/run"
t_ok "run shows the machine, the plan, its progress, its counts and what comes next"
t_said "Who is fastest?" "Who fragments least?" "What does the slow path cost?" &&
	[ "$(sed -n '/^Who is fastest/,/^samples that do not/p' "$out" | wc -L)" -le 100 ]
t_ok "its summary begins with the answers and fits 100 columns"
grep -Eq '^WHAT THE BOOKKEEPING TAKES   metadata, bytes per frame: skeleton [0-9.]+' "$out" &&
	! grep -q "^WHAT THE BOOKKEEPING TAKES.*null" "$out"
t_ok "run shows the bytes of metadata for each variant's frame, without the null variant"
[ "$(records "$tmp/run/samples.jsonl" ok)" -eq $samples ] &&
	[ "$(records "$tmp/run/samples.jsonl" unsupported)" -eq 1 ]
t_ok "each sample is stored, and one record of the cell that cannot be served"
grep -q '"status":"unsupported","reason":"skeleton lacks orders' "$tmp/run/samples.jsonl"
t_ok "with its reason"
"$zb" compare "$tmp/run" >"$out" 2>&1
t_ok "compare reads the directory"
! grep -q $'\033' "$out"
t_ok "no escape sequences where there is no terminal"
for key in name baseline seed topology simulated counter_backend matrix env starts; do
	grep -q "\"$key\"" "$tmp/run/manifest.json" || echo "manifest lacks $key" >>"$out"
done
! grep -q "manifest lacks" "$out"
t_ok "the manifest tells what was asked, where and by whom"

# The plan's column of all MiB is a bound of the peak of every sample.
for nodes in 1 2 4; do
	if ldd "$zb" | grep -q 'lib[at]san'; then
		t_skip "peak memory on $nodes nodes" "a sanitizer takes memory of its own"
		continue
	fi
	printf '%s\n' 'variants: [linux-3.10]' 'memory: {per-node: 24MiB, touch: page}' \
		'workloads: [{name: bulk}]' 'max-ops: 1000' 'samples: {min: 1, max: 1}' >"$tmp/peak.yaml"
	"$zb" plan "$tmp/peak.yaml" --topo "synthetic:numa:$nodes pu:1" >"$out" 2>&1
	read -r most all < <(sed -n 's/^linux-3.10 .* touch=page *\([0-9]*\) *\([0-9]*\) .*/\1 \2/p' "$out")
	[ "${most:-0}" -ge 24 ] && [ "${all:-0}" -ge $((24 * nodes)) ] && [ "$all" -ge "$most" ]
	t_ok "plan says what $nodes nodes take together"
	t_exits 0 run "$tmp/peak.yaml" --topo "synthetic:numa:$nodes pu:1" --passes time -o "$tmp/peak-$nodes" &&
		sed -n 's/.*"peak_mib":\([0-9.]*\).*/\1/p' "$tmp/peak-$nodes/samples.jsonl" |
		awk -v all="$all" -v least=$((24 * nodes)) '{ bad += $1 < least || $1 > all + 0.5; n++ }
			END { exit bad || n != 1 }'
	t_ok "the peak memory of a sample on $nodes nodes is within it"
done

turns=$(grep '"status":"ok"' "$tmp/run/samples.jsonl" | grep '"workload":"repeat"' |
	sed -E 's/.*"variant":"(.)[^"]*".*/\1/' | tr -d '\n')
case $turns in
nssnnssnnssnnssn | snnssnnssnnssnns) ;;
*) echo "order: $turns" >>"$out" && false ;;
esac
t_ok "the variants of a cell are interleaved forwards and backwards"

cp "$tmp/run/samples.jsonl" "$tmp/before"
t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "computed 0, reused $samples, failed 0, skipped 8" "nothing left to measure" &&
	cmp "$tmp/before" "$tmp/run/samples.jsonl" >>"$out" 2>&1
t_ok "a second run measures nothing and leaves every byte"
t_exits 0 plan "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "$samples of $samples samples are there"
t_ok "plan sees what a directory holds"

sed -i '3d' "$tmp/run/samples.jsonl"
t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "computed 1, reused $((samples - 1))"
t_ok "one missing sample is measured, and only that"
matrix 's/max-ops: 2000/max-ops: 3000/' >"$tmp/ops.yaml"
t_exits 0 run "$tmp/ops.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "computed $samples, reused 0"
t_ok "a changed matrix is measured again"
matrix 's/max-ops: 2000/max-ops: 3000/; s/\[0, 3\]/[0, 3], fill: [50%, 20%]/' >"$tmp/more.yaml"
t_exits 0 run "$tmp/more.yaml" --plugin "$skeleton" -o "$tmp/run" &&
	t_said "computed 24, reused $samples"
t_ok "a longer axis costs only what is new"
t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/other-seed" --seed 5 -n 1 -f workload=repeat &&
	t_said "= 2 cells x 1 sample" "computed 2, " &&
	grep -q '"seed": 5' "$tmp/other-seed/manifest.json"
t_ok "--seed, --samples and --filter"
t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -o "$tmp/sweep" -n 1 --sweep reserve=1,2 \
	-f workload=repeat && t_said "computed 4, " && [ "$(records "$tmp/sweep/samples.jsonl" ok)" -eq 4 ] &&
	grep -q '"variant":"skeleton,reserve=2"' "$tmp/sweep/samples.jsonl"
t_ok "--sweep adds a variant for each value"

matrix 's/threads: .*/threads: [3]/' >"$tmp/three.yaml"
two_cpus="synthetic:numa:1(memory=4GiB) core:2 pu:1"
t_exits 1 run "$tmp/three.yaml" --plugin "$skeleton" -o "$tmp/three" -n 1 --topo "$two_cpus" &&
	t_said "nothing was measured" &&
	grep -q "3 threads on 2 CPUs; --oversubscribe allows it" "$tmp/three/samples.jsonl"
t_ok "more threads than CPUs are refused"
t_exits 0 run "$tmp/three.yaml" --plugin "$skeleton" -o "$tmp/over" -n 1 --oversubscribe \
	--topo "$two_cpus" && t_said "simulated topology" &&
	[ "$(grep '"status":"ok"' "$tmp/over/samples.jsonl" | grep -c '"flags":"s[a-z]*o')" -eq 5 ]
t_ok "unless asked for; then rows are flagged o, and s on a simulated topology"

# Stopped by a signal: what is finished stays.
for sig in INT:130 TERM:143; do
	dir=$tmp/stop-${sig%:*}
	"$zb" run "$tmp/m.yaml" --plugin "$skeleton" -o "$dir" -n 1000 >"$out" 2>&1 &
	pid=$!
	t_wait_lines "$dir/samples.jsonl" 3
	kill "-${sig%:*}" $pid
	wait $pid
	rc=$?
	[ $rc -eq "${sig#*:}" ] && t_said "stopped by SIG${sig%:*}" "-o $dir goes on" "computed "
	t_ok "SIG${sig%:*} stops the run with exit code ${sig#*:} and tells how to go on"
	stored=$(grep -c '^{.*}$' "$dir/samples.jsonl")
	[ "$stored" -ge 3 ] && [ "$stored" -eq "$(wc -l <"$dir/samples.jsonl")" ] &&
		t_said "computed $((stored - 1)), "
	t_ok "what was finished before SIG${sig%:*} is kept"
done

(cd "$tmp" && t_exits 0 run "$tmp/m.yaml" --plugin "$skeleton" -n 1 -f workload=repeat) &&
	[ "$(find "$tmp/results/runs" -path '*/tiny-20*/samples.jsonl' | wc -l)" -eq 1 ]
t_ok "without -o the directory is results/runs/NAME-DATE"
t_exits 0 plan && t_said "matrix default: " "linux-3.10" "unmovable-drip" && t_exits 0 plan --quick &&
	t_said "matrix quick: "
t_ok "the default and the quick matrix are found"

# A terminal: the line is rewritten; NO_COLOR takes the colours.
if command -v script >/dev/null; then
	on_terminal() # NAME=VALUE...
	{
		env "$@" script -qec "'$zb' run '$tmp/m.yaml' --plugin '$skeleton' -n 1 -o '$tmp/tty-$tap_n'" \
			/dev/null >"$out" 2>&1 </dev/null
	}
	on_terminal TERM=xterm && grep -q $'\r\033\[K\033\[36m\[1/5\]' "$out"
	t_ok "on a terminal the progress line is rewritten"
	on_terminal TERM=xterm NO_COLOR=1 && grep -q $'\r\033\[K\[1/5\]' "$out" && ! grep -q $'\033\[36m' "$out"
	t_ok "NO_COLOR is respected"
else
	t_skip "on a terminal the progress line is rewritten" "script is not installed"
fi
t_done
