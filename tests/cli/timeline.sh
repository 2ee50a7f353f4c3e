#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench timeline, of a run of a scenario.
set -u
. tests/support/t_cli.sh

cp harness/scenarios/drip-then-repeat.yaml "$tmp/s.yaml"
cat >"$tmp/m.yaml" <<'MATRIX'
name: timeline
variants: [linux-3.10, linux-3.10-nopcp]
threads: [1]
memory: {per-node: 32MiB, backing: none}
workloads:
  - {scenario: s.yaml}
samples: {min: 1, max: 1}
max-ops: 5000
MATRIX

t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" --passes time,paths,frag -n 1 && t_complete "$tmp/run" 2 &&
	grep -qF '"frames.repeat.ns_op":' "$tmp/run/samples.jsonl" &&
	grep -qF '"frames.repeat.path.pcp_hit":' "$tmp/run/samples.jsonl"
t_ok "a scenario in a matrix, with numbers by phase and actor"
LC_ALL=C.UTF-8 t_exits 0 timeline "$tmp/run" && t_said "linux-3.10   drip-then-repeat" linux-3.10-nopcp \
	"Fu(9)" "per 1000 requests" "% of allocations" "million per s" "█"
t_ok "a line for each value"
LC_ALL=C t_exits 0 timeline "$tmp/run" -f variant=linux-3.10 && ! LC_ALL=C grep -q '[^ -~]' "$out" &&
	! grep -q nopcp "$out"
t_ok "one cell, without letters beyond ASCII"
t_exits 2 timeline "$tmp/run" --filter varaint=x && t_one_error && t_said "did you mean 'variant'"
t_ok "an unknown key is refused with the nearest name"
t_exits 2 timeline "$tmp/run" --svg "$tmp/t.svg" && t_said "a figure shows one cell; here are 2"
t_ok "a figure of two cells is refused"
t_exits 1 timeline "$tmp/run" --sample 9 && t_one_error && t_said "no sample 9"
t_ok "a sample that is not there"
if command -v gnuplot >/dev/null; then
	t_exits 0 timeline "$tmp/run" -f variant=linux-3.10 --svg "$tmp/t.svg" &&
		grep -q '</svg>' "$tmp/t.svg" && grep -qF 'drip-then-repeat, order 0, 1 thread, sample 1' "$tmp/t.svg"
	t_ok "a figure"
else
	t_skip "a figure" "gnuplot is not installed"
fi
sed -i 's/measure: true/mesure: true/' "$tmp/s.yaml"
t_exits 2 run "$tmp/m.yaml" -o "$tmp/other" && t_one_error && t_said "s.yaml:12:5:" "did you mean 'measure'?"
t_ok "an unknown key of a scenario is refused with line, column and the nearest name"
finish
