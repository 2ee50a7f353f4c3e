#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# samples: until.  How many rounds a comparison takes is chance; that each has
# the number that its reason states is not.
. tests/support/t_cli.sh

matrix() # SAMPLES
{
	cat >"$tmp/until.yaml" <<-EOF
	name: rounds
	variants: [linux-3.10, linux-2.6.9, "null"]
	memory: {per-node: 16MiB, backing: none}
	workloads:
	  - {name: rand, order: [0, 3]}
	samples: $1
	max-ops: 4000
	EOF
}

# Reasons and records of $tmp/run agree; EXPRESSION over the list of ends, if any.
agrees()
{
	python3 - "$tmp/run" "${1:-True}" <<-'EOF'
	import json, sys
	m = json.load(open(sys.argv[1] + "/manifest.json"))
	u, records = m["until"], {}
	for line in open(sys.argv[1] + "/samples.jsonl"):
	    r = json.loads(line)
	    records.setdefault((r["variant"], r["order"]), {})[r["sample"]] = r
	    extra = r["sample"] >= m["samples"]
	    assert r["status"] == "ok" and r["quiet_ns_op"] > 0, r
	    assert extra or r["paths"] or r["variant"] == "null", "a fixed round lacks a pass"
	    assert not extra or not (r["paths"] or r["frag"]), "an extra round has other passes"
	    assert not extra or r["variant"] != "null", "the null variant is not compared"
	    assert r["sample"] < u["max"], r["sample"]
	assert len(u["cells"]) == 2, u
	for c in u["cells"]:
	    mine = records[c["variant"], c["order"]]
	    both = set(mine) & set(records["linux-3.10", c["order"]])
	    assert len(both) == c["rounds"], (c, len(both))
	    if c["end"] == "interval reached":
	        assert c["halfwidth"] <= u["halfwidth"] and c["rounds"] >= u["min"] and c["rounds"] % 2 == 0, c
	    elif c["end"] == "max reached":
	        assert c["rounds"] == u["max"] and c["halfwidth"] is not None, c
	    else:
	        assert c["end"] == "budget ended" and c["rounds"] < u["max"], c
	ends = [c["end"] for c in u["cells"]]
	assert eval(sys.argv[2]), ends
	EOF
}

matrix '{min: 3, max: 9, until: 0.1%, budget: 5min}'
t_exits 0 plan "$tmp/until.yaml" && t_said "until:   more rounds of the time pass, up to 9"
t_ok "the plan tells of rounds that may follow"
t_exits 0 run "$tmp/until.yaml" -o "$tmp/run" && t_said "rounds: " "of a comparison, until its interval is within 0.1 %" &&
	agrees '"budget ended" not in ends'
t_ok "rounds go on until the interval or max is reached"
t_exits 0 run "$tmp/until.yaml" -o "$tmp/run" && t_said "computed 0, reused" && agrees
t_ok "a run that ended that way has nothing left to do"
rm -rf "$tmp/run"
matrix '{min: 3, max: 900, until: 0.1%, budget: 300ms}'
t_exits 0 run "$tmp/until.yaml" -o "$tmp/run" && agrees
t_ok "the budget ends it"
rm -rf "$tmp/run"
t_exits 0 run "$tmp/until.yaml" -o "$tmp/run" --samples 2 && ! grep -q '"until"' "$tmp/run/manifest.json" &&
	[ "$(wc -l <"$tmp/run/samples.jsonl")" -eq 12 ]
t_ok "--samples gives the number"
for bad in '{until: 5}' '{until: 0.01%}' '{until: x%}' '{budget: 10s}' '{until: 2%, budget: 10}'; do
	matrix "$bad"
	t_exits 2 plan "$tmp/until.yaml" && t_one_error
	t_ok "refused: samples: $bad"
done
t_done
