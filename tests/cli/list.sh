#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench list: every table, text and JSON, plug-ins, and wrong words.
set -u
B=${B:-build}
zb=$B/zonebench
n=0 failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

check() # NAME COMMAND...
{
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$out"
		failed=1
	fi
}

# FIXED-TEXT... all in the output of the last command
said()
{
	local words
	for words in "$@"; do
		grep -qF -- "$words" "$out" || return 1
	done
}

exits() # CODE ARGUMENT...
{
	local want=$1
	shift
	"$zb" "$@" >"$out" 2>&1
	[ $? -eq "$want" ]
}

one_line()
{
	[ "$(wc -l <"$out")" -eq 1 ]
}

valid_json()
{
	python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
assert list(t) == sys.argv[2:], list(t)
for rows in t.values():
    assert rows
    for r in rows:
        assert r["name"] and "summary" in r and "reason" in r, r
        for p in r.get("tunables", []):
            assert p["help"] and p["type"] and "default" in p, p
            assert "words" in p or p["min"] <= p["default"] <= p["max"], p' "$@" 2>>"$out"
}

check "list shows every table" exits 0 list
check "with its rows" said variants workloads counters placements sinks null repeat local lkml
check "one table alone" exits 0 list placements
check "and nothing else" eval 'said interleave && ! said repeat'
check "a plug-in is among the variants" exits 0 list variants --plugin "$B/skeleton.so"
check "with tunables, ranges and units" said skeleton 0..65536 frames "default yes"
check "a table that is none" exits 2 list varaints
check "is answered in one line" eval 'said "did you mean '"'variants'"'?" && one_line'
check "a plug-in that is none" exits 2 list --plugin "$B/tests/plugin/no_symbol.so"
check "is named in one line" eval 'said no_symbol.so pga_plugin_ops && one_line'
check "another ABI" exits 2 list --plugin "$B/tests/plugin/wrong_abi.so"
check "is refused in one line" eval 'said "ABI 4" "ABI 3" && one_line'
check "JSON of all" exits 0 list --json
check "is complete" valid_json "$out" variants workloads counters placements sinks
check "JSON of one" exits 0 list workloads --json
check "is that one" valid_json "$out" workloads
check "a refused counter keeps its row" eval \
	'ZB_COUNTERS_BACKEND=null exits 0 list counters && said cost "not available: counters are off"'
check "a full disk is noticed" eval '"$zb" list >/dev/full 2>"$out"; [ $? -eq 1 ] && one_line'
echo "1..$n"
exit $failed
