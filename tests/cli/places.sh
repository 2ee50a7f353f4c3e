#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench places, and what a run on several nodes says at its end.
set -u
. tests/support/t_cli.sh

cat >"$tmp/m.yaml" <<'MATRIX'
name: places
variants: [linux-3.10, linux-2.6.9]
threads: [1]
placement: [local, "preferred:1", interleave]
memory: {per-node: 16MiB, backing: none}
workloads:
  - {name: bulk, order: 0, fill: 30%}
  - {name: spill, amount: [150%]}
samples: {min: 2, max: 2}
max-ops: 20000
MATRIX
nodes=(--topo 'synthetic:numa:4 core:1 pu:1' --distances 10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10)

t_exits 0 run "$tmp/m.yaml" "${nodes[@]}" -o "$tmp/run" --passes paths &&
	t_said "WHO STAYS LOCAL" "WHICH NODES DID NOT SERVE" "median; simulated" "whose nodes always served" &&
	! grep -q 'WHAT A REMOTE FRAME COSTS' "$out"
t_ok "a run ends with the nodes that did not serve, and with no cost of simulated distance"
LC_ALL=C.UTF-8 t_exits 0 places "$tmp/run" -f workload=spill -f variant=linux-3.10 &&
	t_said "spill, order 0, 1 thread, local" "2 samples; simulated" "asked for node by served by node" "▓" \
		"not measured: simulated nodes have no distance" "it always served" && [ "$(grep -c '^linux-' "$out")" -eq 1 ] &&
	awk '$1 == "0" && NF == 9 { good = $2 > 60 && $2 < 70 && $4 > 30 && $4 < 40 && $6 == 0 && $8 == 0 } END { exit !good }' "$out"
t_ok "spill fills its node and then the nearest, and no other"
LC_ALL=C t_exits 0 places "$tmp/run" -f placement=interleave && ! LC_ALL=C grep -q '[^ -~]' "$out" &&
	[ "$(awk '/^linux-/ { n = -1 } /served by node/ { n = 0 } n >= 0 && $1 ~ /^[0-3]$/ && NF == 9 && $(2 + 2 * $1) > 24 { print }' "$out" | wc -l)" -eq 8 ]
t_ok "interleaved requests are a quarter on each node, without letters beyond ASCII"
t_exits 0 places "$tmp/run" --svg "$tmp/p.svg" && [ "$(grep -c '<svg' "$tmp/p.svg")" -eq 1 ] &&
	[ "$(grep -c 'served by node</text>' "$tmp/p.svg")" -eq 8 ]
t_ok "a drawing has a map for each cell"
if command -v python3 >/dev/null; then
	python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$tmp/p.svg" >"$out" 2>&1
	t_ok "the drawing is well-formed"
else
	t_skip "the drawing is well-formed" "no python3"
fi
t_exits 1 places "$tmp/run" --svg /nowhere/p.svg && t_one_error && t_said "/nowhere/p.svg: No such file"
t_ok "a drawing that cannot be written"
t_exits 2 places "$tmp/run" -f wrokload=x && t_one_error && t_said "did you mean 'workload'"
t_ok "an unknown key is refused with the nearest name"
t_exits 1 places "$tmp/run" -f workload=frag && t_one_error && t_said "the filter leaves none"
t_ok "a filter that leaves none"
t_exits 0 run "$tmp/m.yaml" --topo 'synthetic:pu:1' -f placement=local -f workload=bulk -o "$tmp/one" --passes paths &&
	! grep -q 'WHICH NODES\|STAYS LOCAL\|zonebench places' "$out" && t_exits 1 places "$tmp/one" && t_said "several nodes"
t_ok "on one node there is nothing to show"
finish
