#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# run --self-check and compare --self-check: what is measured and printed.  The
# rates are this machine's own, and nothing is asked of them.
. tests/support/t_cli.sh

cat >"$tmp/check.yaml" <<'EOF'
name: check
variants: [linux-2.6.9, linux-3.10, "null"]
memory: {per-node: 16MiB, backing: none}
baseline: linux-3.10
workloads:
  - {name: rand, order: [0, 3]}
max-ops: 4000
EOF
t_exits 0 run "$tmp/check.yaml" --self-check --samples 7 -o "$tmp/run" &&
	t_said "SELF-CHECK   linux-3.10 against itself in 2 rows, 7 to 7 rounds" \
		"false alarms, measured" "made slower by 5%, measured" "families with an alarm" "of 200: " \
		"a row slower by  2 % found" "a row slower by  5 % found" "a row slower by 10 % found" "of 100: "
t_ok "a run against itself prints its rates"
t_complete "$tmp/run" 42
t_ok "each row is there three times"
check='import json, sys
rows = [json.loads(line) for line in open(sys.argv[1] + "/samples.jsonl")]
names = {r["variant"] for r in rows}
assert names == {"linux-3.10", "linux-3.10,again", "linux-3.10,plant=5%"}, names
assert len({r["cell"] for r in rows}) == 6
assert not any(r["paths"] or r["frag"] for r in rows)'
python3 -c "$check" "$tmp/run" >"$out" 2>&1
t_ok "as it is, once more and slower; the time pass alone"
t_exits 0 compare --self-check "$tmp/run" && t_said "SELF-CHECK   linux-3.10 against itself in 2 rows"
t_ok "compare prints the same of the directory"
cp "$out" "$tmp/first"
t_exits 0 compare --self-check "$tmp/run" && cmp -s "$out" "$tmp/first"
t_ok "the same bytes again"
t_exits 0 run "$tmp/check.yaml" --passes time --samples 2 -o "$tmp/other" &&
	t_exits 1 compare --self-check "$tmp/other" && t_one_error && t_said "no variant is there twice"
t_ok "another run is refused with what makes one"
t_done
