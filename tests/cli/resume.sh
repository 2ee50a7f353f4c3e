#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A run that is killed at random moments loses, doubles and damages nothing.
set -u
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT
RANDOM=${ZB_SEED:-$$}
echo "# ZB_SEED=${ZB_SEED:-$$}"

cat >"$tmp/m.yaml" <<'EOF'
name: tiny
variants: ["null"]
threads: [1]
memory: {per-node: 8MiB, backing: none}
workloads:
  - {name: repeat, order: [0, 3]}
samples: {min: 8, max: 8}
max-ops: 1000
EOF
cells=2 samples=16

start=$(date +%s%N)
t_exits 0 run "$tmp/m.yaml" -o "$tmp/whole" && t_complete "$tmp/whole" $samples
t_ok "an undisturbed run is complete"
ms=$((($(date +%s%N) - start) / 1000000))

kill_at_random() # DIR
{
	local wait pid
	wait=$((RANDOM % (ms + 1)))
	"$zb" run "$tmp/m.yaml" -o "$1" >"$tmp/killed" 2>&1 &
	pid=$!
	sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
}

# Whole lines that the killed run left must still be there, byte for byte.
keep_whole_lines() # DIR
{
	: >"$tmp/before"
	[ -f "$1/samples.jsonl" ] && head -n "$(wc -l <"$1/samples.jsonl")" "$1/samples.jsonl" >"$tmp/before"
}

interrupted=0
for ((i = 1; i <= 20; i++)); do
	dir=$tmp/run$i
	kill_at_random "$dir"
	((i % 2)) && kill_at_random "$dir"
	keep_whole_lines "$dir"
	lines=$(wc -l <"$tmp/before")
	[ "$lines" -lt $samples ] && interrupted=$((interrupted + 1))
	t_exits 0 run "$tmp/m.yaml" -o "$dir" &&
		t_said "computed $((samples - lines)), reused $lines, failed 0, skipped 0" &&
		t_complete "$dir" $samples &&
		cmp -s "$tmp/before" <(head -c "$(stat -c %s "$tmp/before")" "$dir/samples.jsonl")
	t_ok "killed with $lines of $samples samples stored: resumed to a whole"
	[ "$(sed -E 's/.*"cell":"([0-9a-f]+)".*/\1/' "$dir/samples.jsonl" | sort -u | wc -l)" -eq $cells ]
	t_ok "killed with $lines of $samples samples stored: all cells are there"
done
[ $interrupted -gt 0 ]
t_ok "at least one kill came before the end ($interrupted of 20)"

cp "$tmp/run1/samples.jsonl" "$tmp/before"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/run1" && t_said "computed 0, reused $samples" &&
	cmp "$tmp/before" "$tmp/run1/samples.jsonl"
t_ok "a complete run is left byte for byte"
t_done
