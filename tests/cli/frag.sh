#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The fragmentation pass from the command line: chosen, resumed, compared, exported.
set -u
. tests/support/t_cli.sh

cat >"$tmp/m.yaml" <<'MATRIX'
name: frag
variants: [linux-3.10, linux-3.10-nopcp, "null"]
threads: [1]
memory: {per-node: 32MiB, backing: none}
workloads:
  - {name: holes}
  - {name: bulk, order: 0}
samples: {min: 2, max: 2}
baseline: linux-3.10
max-ops: 2000
time-limit: 20s
MATRIX

check() # EXPRESSION over rows
{
	python3 - "$tmp/run/samples.jsonl" "$1" >"$out" 2>&1 <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(0 if eval(sys.argv[2]) else 1)
PY
}

t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" --passes time,frag --filter variant=linux-3.10 \
	--filter variant=linux-3.10-nopcp && t_complete "$tmp/run" 8 &&
	t_said "WHO FRAGMENTS LESS   frag:Fu(9)" "frag:moves"
t_ok "a run with the passes time and frag"
check 'all(r["ns_op"] and not r["paths"] and r["frag"]["Fu(9)"]["value"] is not None for r in rows)'
t_ok "these were measured, no other"
check 'all(r["series"]["points"][-1][2] == r["frag"]["Fu(9)"]["value"] and
           r["series"]["columns"][:3] == ["requests", "free", "Fu(9)"] and
           all(len(p) == len(r["series"]["columns"]) for p in r["series"]["points"]) for r in rows)'
t_ok "the series ends with the state that counts"
check 'all([p[0] for p in r["series"]["phases"]] == ["take", "punch"] and
           r["series"]["phases"][0][1] == 0 < r["series"]["phases"][1][1] < r["series"]["points"][-1][0]
           for r in rows if r["workload"] == "holes")'
t_ok "it knows where phases began"
check 'all(v["value"] is not None or v["note"] for r in rows for v in r["frag"].values())'
t_ok "what is null has a reason"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" --passes frag,time --filter variant=linux-3.10 \
	--filter variant=linux-3.10-nopcp && t_said "computed 0, reused 8"
t_ok "the same passes in another order are the same cells"
t_exits 0 plan "$tmp/m.yaml" -o "$tmp/run" --passes time --filter variant=linux-3.10
t_ok "plan knows passes too"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/other" --passes frag --frag-every 512 \
	--filter variant=linux-3.10 && t_said "computed 4, reused 0"
t_ok "the fragmentation pass alone, with a distance of its own"
t_exits 2 run "$tmp/m.yaml" -o "$tmp/none" --passes time,frags && t_one_error &&
	t_said "unknown pass 'frags'" "did you mean 'frag'?" && [ ! -e "$tmp/none" ]
t_ok "an unknown pass is refused with the nearest name"

t_exits 0 compare "$tmp/run" -m 'frag:Fu(9),frag:Fi(9),frag:polluted' -f csv &&
	grep -q '^holes,.*linux-3.10-nopcp,frag:Fu(9),,lower,2,' "$out" &&
	grep -q ',frag:Fi(9),,neither,' "$out"
t_ok "final values compare, and go to csv"
t_exits 0 compare "$tmp/run" -m 'frag:moves' -f json && python3 -m json.tool "$out" >/dev/null
t_ok "and to json"
t_exits 0 compare "$tmp/run" --series
points=$(python3 -c 'import json,sys
print(sum(len(json.loads(l)["series"]["points"]) for l in open(sys.argv[1])))' "$tmp/run/samples.jsonl")
[ "$(wc -l <"$out")" -eq $((points + 1)) ] && [ "$points" -ge 8 ]
t_ok "the series as csv: one line for each point"
t_exits 0 compare "$tmp/run" --series --format json --filter workload=holes && python3 -c '
import json, sys
s = json.load(open(sys.argv[1]))
sys.exit(not (len(s) == 4 and all(x["workload"] == "holes" and x["points"] for x in s)))' "$out"
t_ok "the series as json, filtered"
t_exits 2 compare "$tmp/run" --series --format md && t_said "it has csv and json"
t_ok "another format is refused"
t_done
