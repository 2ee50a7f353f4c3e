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
LC_ALL=C t_exits 0 timeline "$tmp/run" --map -f variant=linux-3.10 && ! LC_ALL=C grep -q '[^ -~]' "$out" &&
	t_said "16 pageblocks of 512 frames, 1 a row" "node 0 Normal" "lower case: at most half full" &&
	[ "$(grep -c '^ *[0-9]* [.a-zA-Z-]*$' "$out")" -eq 16 ]
t_ok "a memory map: a row for each pageblock, without colours in a file"
COLUMNS=20 LINES=12 t_exits 0 timeline "$tmp/run" --map -f variant=linux-3.10 && t_said "4 a row" &&
	! grep -q '^ *[0-9]* [^ ]\{11\}' "$out"
t_ok "as wide and as high as the screen"
script -qec "$zb timeline $tmp/run --map -f variant=linux-3.10" /dev/null </dev/null >"$tmp/tty" &&
	grep -q $'\033\\[38;5;' "$tmp/tty" &&
	NO_COLOR=1 script -qec "$zb timeline $tmp/run --map -f variant=linux-3.10" /dev/null </dev/null >"$tmp/tty" &&
	! grep -q $'\033' "$tmp/tty"
t_ok "in colours on a terminal, unless NO_COLOR is set"
t_exits 0 timeline "$tmp/run" --map -f variant=linux-3.10 --svg "$tmp/map.svg" && python3 - "$tmp/map.svg" <<'PY'
import sys, xml.dom.minidom
text = open(sys.argv[1]).read()
xml.dom.minidom.parseString(text)
sys.exit(not ("drip-then-repeat" in text and "requests: " in text and text.count("<path") > 10))
PY
t_ok "and as a figure, without gnuplot"
python3 - "$tmp/run" <<'PY'
import json, re, sys
run = sys.argv[1]
maps = {(m["cell"], m["sample"]): m for m in map(json.loads, open(run + "/maps.jsonl"))}
rows = [json.loads(line) for line in open(run + "/samples.jsonl")]
ok = len(rows) == 2 and len(maps) == 2
letters = dict(zip(("Unmovable", "Reclaimable", "Movable", "Reserve", "Isolate"), "uemri"))
for r in rows:
    m = maps[r["cell"], r["sample"]]
    last = re.sub(r"(\d+)(\D)", lambda x: int(x[1]) * x[2], m["types"][-1])
    ok &= len(last) == m["blocks"] == 16
    ok &= m["requests"][-1] == r["frag"]["requests"]["value"]
    for name, letter in letters.items():
        ok &= last.lower().count(letter) == r["frag"]["pageblocks." + name]["value"]
    ok &= sum(c.isupper() for c in last) == r["frag"]["hybrid"]["value"]
sys.exit(not ok)
PY
t_ok "the last picture counts the pageblocks that the record has"
rm "$tmp/run/maps.jsonl"
t_exits 1 timeline "$tmp/run" --map && t_one_error && t_said "maps.jsonl"
t_ok "a run without maps says so"
sed -i 's/measure: true/mesure: true/' "$tmp/s.yaml"
t_exits 2 run "$tmp/m.yaml" -o "$tmp/other" && t_one_error && t_said "s.yaml:12:5:" "did you mean 'measure'?"
t_ok "an unknown key of a scenario is refused with line, column and the nearest name"
finish
