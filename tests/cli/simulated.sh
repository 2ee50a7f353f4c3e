#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A machine that is not this one: requests spill by distance, and every row and
# every table says simulated.
. tests/support/tap.sh

shape='synthetic:numa:4 core:1 pu:1'
distances=10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10
cat >"$tmp/spill.yaml" <<'YAML'
name: spill
variants:  [linux-3.10, linux-3.10-nopcp]
threads:   [1]
memory:    {per-node: 32MiB, backing: none}
workloads:
  - {name: spill, amount: [150%, 350%]}
samples:   {min: 2, max: 2}
YAML

run "$zb" run "$tmp/spill.yaml" --topo "$shape" --distances "$distances" -o "$tmp/sim"
[ $rc -eq 0 ]
result $? "spill runs on four simulated nodes"
# Long lines are folded; the rest of one is indented.
sed -e ':all;N;$!b all' -e 's/\n  \([^ ]\)/ \1/g' "$tmp/out" >"$tmp/screen"

python3 - "$tmp/sim/samples.jsonl" >"$tmp/out" 2>"$tmp/err" <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 8, len(rows)
for r in rows:
    assert r["status"] == "ok", (r["status"], r["reason"])
    assert "s" in r["flags"], r["flags"]
    assert r["frames_ok"] is None and r["meta_ok"] is None
    share = [r["metrics"]["share.node%d" % n]["value"] for n in range(4)]
    far = [share[n] for n in (0, 1, 3, 2)]  # by distance from node 0
    assert abs(sum(share) - 1) < 1e-9, share
    if r["params"] == "":  # the default, 150 %
        assert far[0] > 0.6 and far[1] > 0.25 and far[2] == far[3] == 0, far
    else:
        assert min(far) > 0.1 and far[3] < far[0], far
    print(r["params"], far)
PY
result $? "requests go to the next node by distance"

# Each row that shows a number carries the flag s, each heading the word.
awk '/^(WHO|WHAT|WHICH)/ { if (!/simulated/) bad = 1; tables++ }
	/^spill/ { rows++; if (!/ s[a-z]*( |$)/) bad = 1 }
	END { exit bad || tables < 2 || rows < 2 }' "$tmp/screen"
result $? "every table and row of the first screen says simulated"
for format in term md json lkml github-smaller bencher; do
	run "$zb" compare "$tmp/sim" --row workload,params --col variant --format $format
	grep -qi simulated "$tmp/out"
	result $? "compare --format $format says simulated"
done
run "$zb" compare "$tmp/sim" --row workload,params --col variant --format csv
python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert rows and all("s" in r["flags"] for r in rows)' "$tmp/out" 2>"$tmp/err"
result $? "compare --format csv flags every row as simulated"

# The same matrix here: the two must not meet in one comparison.
run "$zb" run "$tmp/spill.yaml" -o "$tmp/real"
run "$zb" compare "$tmp/sim" "$tmp/real" --force
[ $rc -eq 2 ] || [ $rc -eq 1 ] && grep -q simulated "$tmp/err"
result $? "simulated and real runs are not compared, not even with --force"
run "$zb" run "$tmp/spill.yaml" -o "$tmp/sim"
[ $rc -ne 0 ] && [ "$(wc -l <"$tmp/sim/samples.jsonl")" -eq 8 ]
result $? "a simulated run is not resumed on the real machine"
finish
