#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run --events: one line for each event, and not a number of the record changed
# by it.
set -u
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/m.yaml" <<'MATRIX'
name: events
variants: [linux-3.10]
threads: [1]
memory: {per-node: 8MiB, backing: none}
workloads:
  - {name: bulk, order: 0}
samples: {min: 2, max: 2}
baseline: linux-3.10
max-ops: 2000
time-limit: 20s
MATRIX

t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" --events "$tmp/events"
t_ok "a run with events"
[ "$(grep -c '^# linux-3.10 bulk order 0, 1 thread, sample [12], seed [0-9]*$' "$tmp/events")" -eq 2 ]
t_ok "each sample says whose events follow"
form='^zonebench +[0-9]+ \[[0-9]{3}\] +[0-9]+\.[0-9]{6}: [a-z]+:[a-z_]+:( [a-z_]+=[^ ]+)*$'
! grep -v '^#' "$tmp/events" | grep -Ev "$form" >"$out"
t_ok "each line has the form of perf script"
allocs=$(grep -c ' kmem:mm_page_alloc: ' "$tmp/events")
frees=$(grep -c ' kmem:mm_page_free: ' "$tmp/events")
echo "$allocs allocations, $frees frees" >"$out"
[ "$allocs" -gt 100 ] && [ "$allocs" -eq "$frees" ]
t_ok "as many frees as allocations"
t_exits 1 run "$tmp/m.yaml" -o "$tmp/other" --events "$tmp/no/such/place" &&
	t_said "--events $tmp/no/such/place: No such file" && [ ! -e "$tmp/other" ]
t_ok "a file that cannot be written is refused before anything is measured"
t_done
