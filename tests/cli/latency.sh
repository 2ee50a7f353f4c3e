#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The latency pass from the command line: chosen, compared, exported, on the axis of requests.
set -u
. tests/support/t_cli.sh

cat >"$tmp/m.yaml" <<'MATRIX'
name: latency
variants: [linux-2.4, linux-3.10]
threads: [1]
memory: {per-node: 32MiB, backing: none}
workloads:
  - {name: repeat}
samples: {min: 2, max: 2}
baseline: linux-2.4
max-ops: 100000
time-limit: 60s
MATRIX

check() # EXPRESSION over rows
{
	python3 - "$tmp/run/samples.jsonl" "$1" >"$out" 2>&1 <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
value = lambda r, name: r["latency"][name]["value"]
sys.exit(0 if eval(sys.argv[2]) else 1)
PY
}

t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" --passes time,paths,frag,latency && t_complete "$tmp/run" 4 &&
	t_said "p99 ns"
t_ok "a run with the latency pass has a column of it"
check 'len(rows) == 4 and all(value(r, "p50.alloc") <= value(r, "p99.alloc") <= value(r, "max.alloc") for r in rows)'
t_ok "percentiles of each sample"
check 'all(sum(h["buckets"][1::2]) + h["over"] == h["n"] == value(r, "timed." + name)
           for r in rows for name, h in r["histograms"]["of"].items())'
t_ok "the number in the buckets is the number timed"
check 'all(sum(h["n"] for name, h in r["histograms"]["of"].items() if name != "free") == value(r, "timed.alloc")
           for r in rows)'
t_ok "all classes together are all allocations"
check 'all(v["value"] is not None or v["note"] for r in rows for v in r["latency"].values())'
t_ok "what is null has a reason"

t_exits 0 compare "$tmp/run" -m latency:p99.alloc,latency:p99.free && t_said "latency:p99.alloc (ns), all samples" \
	"all operations of a cell's samples together"
t_ok "compared as one histogram"
t_exits 0 compare "$tmp/run" -m latency:p99.alloc -f json && python3 - "$tmp/run/samples.jsonl" "$out" <<'PY'
# The percentile of all operations of both samples, computed from the buckets anew.
import json, sys

def least(b):
    s = max(b // 32 - 1, 0)
    return (b - s * 32) << s

def pooled(variant):
    count, most = {}, 0
    for r in rows:
        for name, h in r["histograms"]["of"].items() if r["variant"] == variant else ():
            if name == "free":
                continue
            most = max(most, h["max"])
            for b, n in zip(h["buckets"][::2], h["buckets"][1::2]):
                count[b] = count.get(b, 0) + n
    n = sum(count.values())
    seen = 0
    for b in sorted(count):
        seen += count[b]
        if seen >= n - n // 100:
            return min((least(b) + least(b + 1) - 1) / 2 * 0.25, most)

rows = [json.loads(line) for line in open(sys.argv[1])]
text = json.load(open(sys.argv[2]))
medians = []

def walk(o):
    if isinstance(o, dict):
        if "median" in o:
            medians.append(o["median"])
        o = list(o.values())
    for x in o if isinstance(o, list) else ():
        walk(x)

walk(text)
want = [pooled(v) for v in ("linux-2.4", "linux-3.10")]
print(medians, want)
sys.exit(medians[:2] != want)
PY
t_ok "the percentile is that of the samples' buckets added up"
t_exits 2 compare "$tmp/run" -m latency:p98.alloc && t_one_error && t_said "did you mean"
t_ok "an unknown level is refused with the nearest name"

t_exits 0 compare "$tmp/run" --series && head -n 1 "$out" | grep -q 'p99.alloc,p99.free'
t_ok "p99 is a column of the series"
t_exits 0 timeline "$tmp/run" && grep -q '^p99 .* ns of an allocation$' "$out"
t_ok "and a row of the timeline"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/none" --passes frag -n 1 && t_exits 0 timeline "$tmp/none" &&
	grep -q '^p99 *the latency pass was not run$' "$out"
t_ok "without the pass the row says so"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/paths" --passes time,paths -n 1 && ! grep -q 'p99 ns' "$out" &&
	t_said "WHAT AN ALLOCATION COSTS"
t_ok "and the table of paths has no column of it"
t_exits 0 compare "$tmp/run" -m latency:p99.alloc -f csv && grep -q '^repeat,.*linux-3.10,latency:p99.alloc,ns,lower,2,' "$out"
t_ok "in csv"
t_exits 0 compare "$tmp/run" -m latency:p99.alloc -f md && t_said "all samples"
t_ok "in Markdown"
t_exits 0 compare "$tmp/run" -m latency:p99.alloc -f lkml && t_said "all samples"
t_ok "in the format for patches"
t_done
