#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The pass of costs from the command line: with counters refused, with simulated ones, in the
# table, in the record and in a comparison.
set -u
. tests/support/t_cli.sh

cat >"$tmp/m.yaml" <<'MATRIX'
name: costs
variants: [linux-3.10]
threads: [1]
memory: {per-node: 32MiB, backing: none}
workloads:
  - {name: repeat, order: 0}
samples: {min: 2, max: 2}
baseline: linux-3.10
max-ops: 100000
time-limit: 20s
MATRIX

check() # EXPRESSION over rows; c() is a value of a row's costs
{
	python3 - "$tmp/$run/samples.jsonl" "$1" >"$out" 2>&1 <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
def c(r, name):
    return r["costs"].get(name, {"value": None, "note": ""})
def way(r, name):
    return c(r, name).get("note", "")
print(json.dumps([r["costs"] for r in rows], indent=1))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else 1)
PY
}

deny=$B/tests/tool/deny
run=refused
if [ ! -x "$deny" ]; then
	t_skip "perf_event_open refused" "$deny is not built"
elif ! "$deny" perf_event_open:EPERM -- true 2>/dev/null; then
	t_skip "perf_event_open refused" "no seccomp filters here"
else
	"$deny" perf_event_open:EPERM -- "$zb" run "$tmp/m.yaml" -o "$tmp/refused" \
		--passes paths,costs >"$out" 2>&1 </dev/null && t_complete "$tmp/refused" 2 &&
		t_said "cycles of the time-stamp" "cycles/op" \
			"instructions/op, dTLB/kop left out: "
	t_ok "perf_event_open refused: the table is of the time-stamp counter, and says why"
	check 'all("time-stamp counter" in way(r, "pcp_hit.cycles") and c(r, "pcp_hit.cycles")["value"] > 0
	           for r in rows)'
	t_ok "cycles are the time-stamp counter's, in each sample"
	check 'all(c(r, "pcp_hit.instructions")["value"] is None and
	           ("seccomp" in way(r, "pcp_hit.instructions") or "perf_event" in way(r, "pcp_hit.instructions") or
	            "PMU" in way(r, "pcp_hit.instructions")) for r in rows)'
	t_ok "events are null, with the reason"
	check 'all(c(r, "regression.windows")["value"] > 0 and c(r, "regression.condition")["value"] is not None and
	           c(r, "pcp_hit.timed")["value"] > 0 for r in rows)'
	t_ok "both ways run on it"
fi

export ZB_COUNTERS_BACKEND=fake:read=80
run=fake
t_exits 0 run "$tmp/m.yaml" -o "$tmp/fake" --passes paths,costs && t_complete "$tmp/fake" 2 &&
	t_said "instructions/op" "dTLB/kop" "WHAT AN ALLOCATION COSTS"
t_ok "with counters the table has their columns"
awk '/^-+$/ { line = NR } /^free  / { if (NR != line + 1 || /%/) exit 1; seen = $2 } END { exit seen + 0 > 0 ? 0 : 1 }' "$out" &&
	t_said "free: frees to a list of the CPU" && ! grep -q 'not known of frees' "$out"
t_ok "frees have a line of their own, last, without a share"
t_exits 0 report "$tmp/fake" && sed -n '/id="paths"/,/<.section>/p' "$tmp/fake/report/report.html" >"$tmp/section" &&
	grep -q '<tr class="slow"><th scope="row">free</th><td></td><td class="n" data-k="[0-9]' "$tmp/section" &&
	[ "$(head -c 5 "$tmp/fake/report/figures/paths.pdf" 2>/dev/null)" = "$(command -v gnuplot >/dev/null && echo %PDF-)" ]
t_ok "and so they have in the report, whose figure of paths is a PDF too where gnuplot is"
check 'all("s" in r["flags"] and "simulated counter" in way(r, "pcp_hit.instructions") for r in rows)'
t_ok "simulated counters are marked"
check 'all(c(r, n)["value"] is None or c(r, n + ".lo")["value"] <= c(r, n)["value"] <= c(r, n + ".hi")["value"]
           for r in rows for n in ["pcp_hit.ns", "pcp_hit.cycles", "pcp_hit.instructions", "pcp_hit.cache_misses"])'
t_ok "each value has its interval"
check 'all(v["value"] is not None or v["note"] for r in rows for v in r["costs"].values())'
t_ok "what is null has a reason"
t_exits 0 compare "$tmp/fake" --metric cost:pcp_hit.ns --format csv && t_said "cost:pcp_hit.ns"
t_ok "costs are compared, too"
unset ZB_COUNTERS_BACKEND

mkdir "$tmp/groups"
cat >"$tmp/groups/paths.txt" <<'GROUP'
SHORT  what the kernel counts itself
EVENTS page_faults=perf::PAGE-FAULTS
METRIC any page_faults/ops
LONG   no PMU is needed
GROUP
export ZB_COUNTERS=$tmp/groups
run=own
t_exits 0 run "$tmp/m.yaml" -o "$tmp/own" --passes costs && t_complete "$tmp/own" 2
t_ok "a group of one's own"
check 'all((c(r, "pcp_hit.page_faults")["value"] or 0) < 0.1 and way(r, "pcp_hit.page_faults") for r in rows)'
t_ok "nothing that was populated faults; where nothing can be counted, the reason"
finish
